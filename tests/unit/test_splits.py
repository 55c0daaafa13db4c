"""Groups made by a measurement, what tells them apart, and curves of instruments."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

from euthymia.assays.read import expected, observed
from euthymia.calibration.evidence import Evidence
from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, sample_cohort
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Verdict, judge
from euthymia.neural import Design, Population, decode, participation_ratio, record
from euthymia.records.folder import load_study
from euthymia.records.library import common_library
from euthymia.records.study import Split
from support import assay, figure, finding, parameter, trial

AT_1: Final = {"arm": "drug", "assay": "readout", "time": "1 d"}
HALF: Final = [50, 50, 150, 150]
POINTS: Final = 6.0
"""Percentage points within which a curve is measured again with fewer populations."""


def parted(values: Any, side: str = "below") -> Trial:
    """Twenty draws of four animals with given states; the arm `drug` is parted at 100."""
    made = trial({"drug": {1.0: np.tile(values, 20)}, "control": {1.0: 100.0}})
    split = Split.model_validate({"assay": "readout", "time": "1 d", "side": side, "line": 100.0})
    arms = tuple(arm.model_copy(update={"split": split}) if arm.id == "drug" else arm for arm in made.experiment.arms)
    return Trial(made.experiment.model_copy(update={"arms": arms}), made.mechanism, made.assays, made.states, made.seed)


def test_a_group_is_those_whose_reading_lies_on_its_side() -> None:
    low, high = parted(HALF), parted(HALF, side="above")
    reading = finding("less", reading=AT_1, against={"arm": "control"}).reading  # type: ignore[union-attr]
    assert low.means(reading) == pytest.approx(50, abs=0.1)
    assert high.means(reading) == pytest.approx(150, abs=0.1)
    assert (low.picked("drug") + high.picked("drug")).mean() == pytest.approx(1)
    assert low.sample(reading, animals=10, replicates=5).mean() == pytest.approx(50, abs=2)


@pytest.mark.parametrize(("values", "verdict"), [(HALF, Verdict.REPRODUCED), ([150] * 4, Verdict.CONTRADICTED)])
def test_a_cohort_parts_or_does_not(values: list[float], verdict: Verdict) -> None:
    outcome = judge(finding("parting", reading=AT_1, low=20.0, high=80.0), parted(values))
    assert outcome.verdict is verdict
    assert outcome.unit == "%"


@pytest.mark.parametrize(("gap", "verdict"), [(10, Verdict.REPRODUCED), (0, Verdict.INCONCLUSIVE)])
def test_the_better_assay_tells_animals_apart(gap: float, verdict: Verdict) -> None:
    """The other assay has three times the noise; without a difference neither is better."""
    made = trial({"drug": {1.0: 100.0 + gap}, "control": {1.0: 100.0}})
    blunt = assay(measurement_sd=figure(30.0))
    readouts = {**made.mechanism.readouts, "blunt": made.mechanism.readouts["readout"]}
    both = Trial(made.experiment, made.mechanism.model_copy(update={"readouts": readouts}),
                 {**made.assays, "blunt": blunt}, made.states, made.seed)  # fmt: skip
    claimed = finding("separation", reading=AT_1, against={"arm": "control"}, than="blunt")
    assert judge(claimed, both).verdict is verdict


def test_a_cohort_may_have_more_individuals_of_the_same_draws() -> None:
    row = parameter("k", 2.0, between_sd=0.4)
    few = sample_cohort([row], animals=40, seed=1)
    many = sample_cohort([row], animals=40, seed=1, individuals=SPLIT_INDIVIDUALS)
    assert (few.draws, many.animals) == (many.draws, few.animals * SPLIT_INDIVIDUALS // INDIVIDUALS)
    logs = np.log(many.values["k"]).reshape(-1, SPLIT_INDIVIDUALS).mean(axis=1)
    assert logs == pytest.approx(np.log(few.values["k"]).reshape(-1, INDIVIDUALS).mean(axis=1))


def test_calibration_sees_both_groups() -> None:
    evidence = Evidence(load_study("S05", calibrated=False), [])
    first, second = (evidence.residuals(np.zeros((1, 0))) for _ in range(2))
    assert np.isfinite(first).all()
    assert (first == second).all()


def test_an_instrument_reads_its_curve() -> None:
    read = assay(curve=((0.0, 50.0), (0.2, 80.0), (0.4, 95.0)))
    assert expected(read, np.array([0.1, 0.2, 9.0])).tolist() == [65.0, 80.0, 95.0]
    assert observed(read, np.array([0.1]), np.zeros(1), np.zeros(1)) == pytest.approx(65.0)


def test_a_curve_rises() -> None:
    with pytest.raises(ValueError, match="rise"):
        assay(curve=((0.0, 1.0), (0.0, 2.0)))


@pytest.mark.parametrize(("name", "question"), [("choice_decoding", "choice"), ("switch_decoding", "switch")])
@pytest.mark.parametrize("gain", [0.0, 0.2, 0.4])
def test_the_curve_is_what_the_decoder_reads(name: str, question: Any, gain: float) -> None:
    """Points of the curve, measured again."""
    known = float(expected(common_library().assays[name], np.array([gain]))[0])
    code = {"choice": "choice_gain", "switch": "history_gain"}[question]
    found = []
    for number in range(3):
        animals = [
            record(Population(**{code: gain}), animal=str(i), trials=160, rest_bins=2, seed=(number, i))
            for i in range(3)
        ]
        decoded = decode(animals, question, design=Design(permutations=1), seed=number)
        found.append(decoded.accuracy[:, 4].mean())
    assert 100 * np.mean(found) == pytest.approx(known, abs=POINTS)


def dimensions(states: int, number: int) -> float:
    session = record(Population(states=states), rest_bins=1200, trials=10, seed=(number, states))
    return participation_ratio(session.rest, neurons=20)


def test_more_states_have_more_dimensions() -> None:
    few, many = (np.mean([dimensions(states, number) for number in range(8)]) for states in (3, 10))
    assert many > few
