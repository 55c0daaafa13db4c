"""Findings of each kind, judged on trials whose truth is known."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.cohorts.draw import sample_cohort
from euthymia.findings.contrast import REPLICATES, claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import MAX_FAILED, SURE, Verdict, judge
from euthymia.records.finding import Reading, Series
from euthymia.records.tables import Observation
from support import SOURCE_RECORD, WORDS, assay, figure, finding, parameter, trial

REPRODUCED, CONTRADICTED, INCONCLUSIVE = Verdict.REPRODUCED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE
AT_1: Final = {"arm": "drug", "assay": "readout", "time": "1 d"}
CONTROL: Final = {"arm": "control"}
BASE: Final = 100.0
MARGIN: Final = 5.0
"""Half of the read-out's standard deviation of 10."""
CHANCE: Final = 0.05
"""Allowed error of a chance: 800 experiments have a standard error of 0.018 at most."""
SPREAD: Final = 0.05
"""Allowed relative error of a standard deviation of 2000 independent animals (standard error 1.6 %)."""


def course(*values: float) -> dict[float, float]:
    return {float(day): value for day, value in enumerate(values, 1)}


def versus(drug: dict[float, Any], control: dict[float, Any] | None = None, **settings: Any) -> Trial:
    return trial({"drug": drug, "control": control or dict.fromkeys(drug, BASE)}, **settings)


@pytest.mark.parametrize(("kind", "sign"), [("greater", 1), ("less", -1)])
@pytest.mark.parametrize(
    ("gap", "verdict"), [(20, REPRODUCED), (4, CONTRADICTED), (0, CONTRADICTED), (-20, CONTRADICTED)]
)
def test_a_difference_needs_the_margin(kind: str, sign: int, gap: float, verdict: Verdict) -> None:
    outcome = judge(finding(kind, reading=AT_1, against=CONTROL), versus(course(BASE + sign * gap)))
    assert outcome.verdict is verdict
    assert outcome.median == pytest.approx(sign * gap)
    assert (outcome.unit, outcome.draws) == ("%", 20)


@pytest.mark.parametrize(
    ("gap", "verdict"), [(0, REPRODUCED), (4, REPRODUCED), (-4, REPRODUCED), (6, CONTRADICTED), (-6, CONTRADICTED)]
)
def test_no_difference_is_equivalence(gap: float, verdict: Verdict) -> None:
    outcome = judge(finding("no_difference", reading=AT_1, against=CONTROL), versus(course(BASE + gap)))
    assert outcome.verdict is verdict


def test_no_difference_may_have_a_margin_of_its_own() -> None:
    wide = finding("no_difference", reading=AT_1, against=CONTROL, margin=30.0)
    assert judge(wide, versus(course(BASE + 20))).verdict is REPRODUCED


def test_equivalence_is_tested_and_not_read_from_a_missing_p_value() -> None:
    """A small experiment cannot show equivalence: where nothing is significant, equivalence is not shown either."""

    def chance(n: int, kind: str) -> float:
        record = finding(kind, reading=AT_1, against=CONTROL, reported={"n": (n, n)})
        return judge(record, versus(course(BASE))).chance

    assert chance(4, "greater") < CHANCE
    assert chance(4, "no_difference") < CHANCE
    assert chance(200, "no_difference") > 1 - CHANCE


def test_an_equivalence_test_errs_at_its_level_on_the_margin() -> None:
    record = finding("no_difference", reading=AT_1, against=CONTROL, reported={"n": (200, 200)})
    assert judge(record, versus(course(BASE + MARGIN))).chance == pytest.approx(0.05, abs=CHANCE)


def test_a_significance_test_errs_at_its_level_without_a_difference() -> None:
    both = [
        judge(finding(kind, reading=AT_1, against=CONTROL), versus(course(BASE))).chance for kind in ("less", "greater")
    ]
    assert sum(both) == pytest.approx(0.05, abs=CHANCE)


def test_the_chance_is_the_power_of_the_usual_test() -> None:
    """Ten animals a side and one standard deviation between them: power 0.56 (two-sided, Cohen 1988, table 2.3)."""
    record = finding("greater", reading=AT_1, against=CONTROL, reported={"n": (10, 10)})
    outcome = judge(record, versus(course(BASE + 10)))
    assert outcome.chance == pytest.approx(0.56, abs=CHANCE)
    assert outcome.n == (10, 10)
    assert outcome.n_known


def test_an_unknown_n_is_said_to_be_unknown() -> None:
    outcome = judge(finding("greater", reading=AT_1, against=CONTROL), versus(course(BASE)))
    assert not outcome.n_known
    assert outcome.n == (10,) or outcome.n == (10, 10)


@pytest.mark.parametrize(("gap", "verdict"), [(15, REPRODUCED), (9, CONTRADICTED), (21, CONTRADICTED)])
def test_a_change_lies_between_its_limits(gap: float, verdict: Verdict) -> None:
    record = finding("change", reading=AT_1, against=CONTROL, low=10.0, high=20.0)
    assert judge(record, versus(course(BASE + gap))).verdict is verdict


def test_a_change_without_another_side_is_a_reading() -> None:
    record = finding("change", reading=AT_1, low=110.0, high=120.0)
    assert judge(record, versus(course(115))).verdict is REPRODUCED
    assert judge(record, versus(course(105))).verdict is CONTRADICTED


def test_a_change_since_is_in_percent() -> None:
    record = finding("change", reading={**AT_1, "time": "2 d", "since": "1 d"}, against=CONTROL, low=45.0, high=55.0)
    outcome = judge(record, versus(course(200, 300)))
    assert outcome.verdict is REPRODUCED
    assert outcome.median == pytest.approx(50)
    assert outcome.unit == "%"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((100, 110, 120), REPRODUCED), ((100, 110, 112), CONTRADICTED), ((120, 110, 100), CONTRADICTED)],
)
def test_an_ordering_needs_every_step(values: tuple[float, ...], verdict: Verdict) -> None:
    arms = {name: course(value) for name, value in zip(("control", "low", "drug"), values, strict=True)}
    record = finding("ordering", reading=AT_1, rising=(CONTROL, {"arm": "low"}, {"arm": "drug"}))
    assert judge(record, trial(arms)).verdict is verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((120, 115, 110, 100), REPRODUCED), ((120, 100, 115, 120), CONTRADICTED), ((80, 80, 80, 80), CONTRADICTED)],
)
def test_lasting_means_at_every_sample_until_then(values: tuple[float, ...], verdict: Verdict) -> None:
    record = finding("lasts_until", direction="greater", reading=AT_1, against=CONTROL, until="3 d")
    assert judge(record, versus(course(*values))).verdict is verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((120, 120, 100, 101), REPRODUCED), ((120, 100, 100, 120), CONTRADICTED), ((120, 120, 108, 100), CONTRADICTED)],
)
def test_gone_means_gone_at_every_later_sample(values: tuple[float, ...], verdict: Verdict) -> None:
    record = finding("gone_by", direction="greater", reading=AT_1, against=CONTROL, by="3 d")
    assert judge(record, versus(course(*values))).verdict is verdict


SERIES: Final = Series.model_validate(
    {"id": "s", "file": "x.csv", "where": {}, "experiment": "bench", "arm": "drug", "assay": "readout", "label": WORDS,
     "source": SOURCE_RECORD}
)  # fmt: skip
POINTS: Final = tuple(Observation(float(day), 100.0 + day, 2.0, 8) for day in range(1, 6))


@pytest.mark.parametrize(("off", "verdict"), [(0, REPRODUCED), (1, REPRODUCED), (2, CONTRADICTED), (5, CONTRADICTED)])
def test_a_series_may_miss_one_point_in_five(off: int, verdict: Verdict) -> None:
    values = [point.mean + (4.0 if index < off else 3.8) for index, point in enumerate(POINTS)]  # 1.96 SE are 3.92
    outcome = judge(finding("series", series="s"), versus(course(*values)), SERIES, POINTS)
    assert outcome.verdict is verdict
    assert outcome.median == pytest.approx(100 * (5 - off) / 5)
    assert np.isnan(outcome.chance)


def test_a_baseline_without_error_does_not_count() -> None:
    points = (Observation(1.0, 0.0, 0.0, 8), *POINTS[1:])
    outcome = judge(finding("series", series="s"), versus(course(999, *(p.mean for p in POINTS[1:]))), SERIES, points)
    assert outcome.median == pytest.approx(100)


def mixture(shown: int, draws: int = 20) -> Trial:
    """A trial in which `shown` of the draws show a large effect."""
    values = np.repeat([BASE + 20] * shown + [BASE] * (draws - shown), 4)
    return versus({1.0: values}, draws=draws)


@pytest.mark.parametrize(
    ("shown", "verdict"), [(20, REPRODUCED), (16, REPRODUCED), (15, INCONCLUSIVE), (5, INCONCLUSIVE), (3, CONTRADICTED)]
)
def test_verdicts_follow_the_share_of_draws(shown: int, verdict: Verdict) -> None:
    outcome = judge(finding("greater", reading=AT_1, against=CONTROL), mixture(shown))
    assert outcome.probability == shown / 20
    assert outcome.verdict is verdict
    assert 0 < outcome.error < 0.2


def test_thresholds_are_symmetric() -> None:
    """Four fifths reproduce a finding, so one fifth contradicts it."""
    assert judge(finding("greater", reading=AT_1, against=CONTROL), mixture(round(20 * SURE))).verdict is REPRODUCED
    assert (
        judge(finding("greater", reading=AT_1, against=CONTROL), mixture(round(20 * (1 - SURE)))).verdict
        is CONTRADICTED
    )


def test_draws_with_a_failed_run_are_left_out() -> None:
    values = np.repeat([BASE + 20] * 18 + [BASE] * 2, 4)
    failed = [(18 * 4 + 1, "drug"), (19 * 4 + 3, "control")]
    outcome = judge(finding("greater", reading=AT_1, against=CONTROL), versus({1.0: values}, failed=failed))
    assert outcome.probability == 1
    assert outcome.draws == 18
    assert outcome.low == pytest.approx(20)


def test_too_many_failed_runs_are_not_judged() -> None:
    failed = [(animal, "control") for animal in (0, 4, 8)]
    assert MAX_FAILED < 3 / 20
    outcome = judge(finding("greater", reading=AT_1, against=CONTROL), versus(course(120), failed=failed))
    assert outcome.verdict is Verdict.NOT_EVALUATED
    assert outcome.reason is not None
    assert "15 %" in outcome.reason.text()
    assert np.isnan(outcome.probability)


@pytest.mark.parametrize("reading", [{**AT_1, "assay": "perk"}, {**AT_1, "of": "PT"}, {**AT_1, "assay": "forced_swim"}])
def test_without_a_read_out_nothing_is_judged(reading: dict[str, str]) -> None:
    outcome = judge(finding("no_difference", reading=reading, against=CONTROL), versus(course(100)))
    assert outcome.verdict is Verdict.NOT_EVALUATED
    assert outcome.reason is not None
    assert outcome.reason.text("en")


def test_samples_have_the_spread_of_the_population() -> None:
    """Few individuals per draw are simulated; samples from them have the variance of the animals they stand for."""
    row = parameter("state", BASE, scale="lin", prior="fixed", between_sd=10.0)
    values = sample_cohort([row], animals=4000, seed=1).values["state"]
    assert values.std() == pytest.approx(10, rel=SPREAD)
    many = versus({1.0: values}, draws=1000, read=assay(between_sd=figure(0.0), measurement_sd=figure(0.0)))
    sample = many.sample(Reading.model_validate(AT_1), animals=10, replicates=4)
    assert sample.mean() == pytest.approx(BASE, abs=0.5)
    assert sample.std() == pytest.approx(10, rel=SPREAD)


def test_the_same_seed_samples_the_same_animals() -> None:
    record = Reading.model_validate(AT_1)
    first, again = (versus(course(100)).sample(record, animals=5, replicates=REPLICATES) for _ in range(2))
    assert np.array_equal(first, again)


@given(gap=st.floats(-50, 50))
def test_a_difference_and_its_mirror_image_agree(gap: float) -> None:
    up = claim(finding("greater", reading=AT_1, against=CONTROL), versus(course(BASE + gap)))
    down = claim(
        finding("less", reading={**AT_1, "arm": "control"}, against={"arm": "drug"}), versus(course(BASE + gap))
    )
    assert np.array_equal(up.shown, down.shown)
