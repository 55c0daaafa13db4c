"""Variants of a mechanism: the file that holds them, what each changes, and going on after an interruption."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from euthymia.calibration import challenge as module
from euthymia.calibration.challenge import FACTOR, challenge
from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import free_parameters
from euthymia.calibration.sampler import Effort, Sample
from euthymia.calibration.steps import Steps
from euthymia.cohorts.draw import INDIVIDUALS, Cohort
from euthymia.errors import RecordError
from euthymia.records.challenge import CUT, FILE, NULL, PRIOR, WHOLE, WIDER, Challenge, challenge_text, read_challenge
from euthymia.records.folder import StudyFolder, load_study
from euthymia.records.parameter import Parameter
from euthymia.words import Message
from support import EXAMPLE, OwnStudy, parameter

Array = npt.NDArray[np.float64]
EFFORT: Final = Effort(runs=1, particles=8, moves=1, last_moves=1, rounds=0)
ANIMALS: Final = 8
SHOWN: Final = 5e-5
"""Half a unit of the fourth digit, which a probability is written with."""
TOLD: Final = Challenge(
    {WHOLE: {"A": 0.95, "B": 0.5}, PRIOR: {"A": 0.25, "B": math.nan}, f"{CUT}no_relief": {"A": 0.0, "B": 1 / 3}},
    {WHOLE: -12.5, f"{CUT}no_relief": -20.125},
    40,
)


@pytest.fixture
def study(own_study: OwnStudy, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    """A small study whose variants cost little."""
    monkeypatch.setattr(module, "EFFORT", EFFORT)
    monkeypatch.setattr(module, "ANIMALS", ANIMALS)
    return own_study.load()


@pytest.fixture(scope="module")
def whole() -> Challenge:
    """The challenge of that study, not interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EFFORT", EFFORT)
        patch.setattr(module, "ANIMALS", ANIMALS)
        return challenge(load_study(EXAMPLE))


def test_a_challenge_survives_writing(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text(challenge_text(TOLD, "digest"), encoding="utf-8")
    read = read_challenge(file, "digest")
    assert read is not None
    assert (read.draws, read.log_evidence, list(read.cuts)) == (40, TOLD.log_evidence, ["no_relief"])
    assert {name: list(one) for name, one in read.probabilities.items()} == {
        name: list(one) for name, one in TOLD.probabilities.items()
    }
    for name, told in TOLD.probabilities.items():
        assert list(read.probabilities[name].values()) == pytest.approx(list(told.values()), abs=SHOWN, nan_ok=True)


def test_a_challenge_of_another_text_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / FILE
    assert read_challenge(file, "digest") is None
    file.write_text(challenge_text(TOLD, "digest"), encoding="utf-8")
    assert read_challenge(file, "another") is None


@pytest.mark.parametrize(("old", "new"), [("0.95", "much"), ("# draws: 40\n", ""), ("=-12.5", "=low")])
def test_a_damaged_challenge_is_refused_with_its_file(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / FILE
    file.write_text(challenge_text(TOLD, "digest").replace(old, new), encoding="utf-8")
    with pytest.raises(RecordError, match=FILE):
        read_challenge(file, "digest")


def interrupt_at(place: int) -> Callable[[Message], None]:
    def report(state: Message) -> None:
        if state.text("en").startswith(f"variant {place} "):
            raise KeyboardInterrupt

    return report


def same(first: Challenge, second: Challenge) -> bool:
    return challenge_text(first, "") == challenge_text(second, "") and first.log_evidence == second.log_evidence


def test_every_variant_judges_every_finding(study: StudyFolder, whole: Challenge) -> None:
    told = whole
    assert list(told.probabilities) == [WHOLE, PRIOR, WIDER, NULL, f"{CUT}no_relief"]
    assert set(told.log_evidence) == set(told.probabilities) - {PRIOR}
    assert all(math.isfinite(value) for value in told.log_evidence.values())
    assert told.draws == ANIMALS // INDIVIDUALS
    for probabilities in told.probabilities.values():
        assert list(probabilities) == [finding.id for finding in study.record.findings]
        assert all(0 <= value <= 1 for value in probabilities.values())
    assert told.probabilities[f"{CUT}no_relief"]["F1-less"] == 0, "without relief nothing relieves"


def test_a_resumed_challenge_is_the_uninterrupted_one(study: StudyFolder, whole: Challenge, tmp_path: Path) -> None:
    for place in (2, 5):
        steps = Steps(tmp_path / str(place))
        with pytest.raises(KeyboardInterrupt):
            challenge(study, done=steps, report=interrupt_at(place))
        assert "whole" in steps
        assert same(challenge(study, done=steps), whole)


def test_an_interruption_between_drawing_and_judging_changes_nothing(
    study: StudyFolder, whole: Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    kept: dict[str, Array] = {}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "run_study", interrupted)
        challenge(study, done=kept)
    assert sorted(kept) == ["best", "checks"]
    assert same(challenge(study, done=kept), whole)


class _Taken(Exception):  # noqa: N818
    """The evidence of a variant, taken before anything is drawn."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence


def evidence_of(study: StudyFolder, name: str, monkeypatch: pytest.MonkeyPatch) -> Evidence:
    """What a variant is calibrated on."""

    def take(target: Evidence, *arguments: Any, **named: Any) -> Sample:
        raise _Taken(target)

    monkeypatch.setattr(module, "sample", take)
    with pytest.raises(_Taken) as taken:
        module._Variants(replace(study, ensemble=None), 1, {}).told(name)
    return taken.value.evidence


def cohort_of(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> Cohort:
    """The animals that two positions stand for."""
    seen: list[Cohort] = []

    def simulator(cohort: Cohort, experiments: Any) -> dict[str, Any]:
        seen.append(cohort)
        return {}

    monkeypatch.setattr(evidence, "simulator", simulator)
    evidence.trials(np.array([[-1.0], [1.0]]) * np.ones(len(evidence.free)))
    return seen[0]


@pytest.mark.parametrize("name", ["FIRST", "S04", "S05"])
def test_what_is_cut_is_not_free_and_has_the_value_of_the_cut(
    study: StudyFolder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every animal, also where the cut lies outside a parameter's bounds or animals differ in it."""
    folder = study if name == "FIRST" else load_study(name, calibrated=False)
    whole, _ = free_parameters(folder)
    for ablation in folder.record.ablations:
        evidence = evidence_of(folder, CUT + ablation.id, monkeypatch)
        assert [one.id for one in evidence.free] == [one.id for one in whole if one.id not in ablation.cut]
        factors = {one.id: one.factor for one in evidence.parameters}
        values = cohort_of(evidence, monkeypatch).values
        for cut, value in ablation.cut.items():
            assert (values[cut] == value * factors[cut]).all(), (ablation.id, cut)


@pytest.mark.parametrize("row", [
    parameter("k", 2.0, prior="lognormal(3, 0.4)"),
    parameter("k", 0.5, scale="lin", lower=-9, upper=9, prior="normal(0.1, 0.2)"),
    parameter("k", 2.0, prior="loguniform(1, 8)"),
])  # fmt: skip
def test_wider_priors_are_half_as_wide_again(row: Parameter) -> None:
    centre, spread = row.centre
    wider = module._wider(row)
    assert wider.centre == pytest.approx((centre, FACTOR * spread))
    assert FACTOR == 1.5
    assert (wider.id, wider.lower, wider.upper) == (row.id, row.lower, row.upper)


def test_all_free_parameters_are_widened_and_nothing_else(study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, wider = (evidence_of(study, name, monkeypatch) for name in (WHOLE, WIDER))
    np.testing.assert_allclose(wider.spread, FACTOR * usual.spread)
    np.testing.assert_allclose(wider.centre, usual.centre)
    assert [one.finding for one in wider.terms] == [one.finding for one in usual.terms]


def test_the_competitor_has_the_same_evidence_and_parameters_of_its_own(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, null = (evidence_of(study, name, monkeypatch) for name in (WHOLE, NULL))
    assert [(one.finding, one.low, one.high, one.error) for one in null.terms] == [
        (one.finding, one.low, one.high, one.error) for one in usual.terms
    ]
    assert {one.id for one in null.free} & {one.id for one in usual.free} == set()


def test_the_prior_forgets_what_calibrations_of_this_study_taught() -> None:
    """Also what they wrote into a common fragment."""
    study = load_study("S04", calibrated=False)
    assert any(one.fitted_sd for fragment in study.fitted for one in fragment.parameters)
    unfitted = module._unfitted(study)
    assert [fragment.name for fragment in unfitted.fitted] == [fragment.name for fragment in study.fitted]
    assert not any(one.fitted_sd for fragment in unfitted.fitted for one in fragment.parameters)
    assert [one.prior for one in unfitted.fragment.parameters] == [one.prior for one in study.fragment.parameters]
