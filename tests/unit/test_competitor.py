"""The null competitor: arrows that add, from protocols to read-outs; what it can fit, and what it never can."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
import pytest

import euthymia.findings.contrast
from euthymia.calibration.challenge import EFFORT
from euthymia.calibration.competitor import Competitor, competitor
from euthymia.calibration.competitor.exposure import DAY, Session, courses, degree, exposure
from euthymia.calibration.competitor.rest import rest_of
from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import ensemble_of, free_parameters
from euthymia.calibration.sampler import sample
from euthymia.cohorts.draw import Cohort, sample_cohort
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.pipeline import judge_all
from euthymia.records.folder import StudyFolder, load_study
from euthymia.records.library import common_library
from euthymia.records.protocol import Genetic, Imaging, Protocol
from euthymia.records.study import Experiment
from euthymia.units import parse_quantity

STUDIES: Final = ("S02", "S10", "S11")
ANIMALS: Final = 16
JUDGED: Final = 200
"""Fifty draws: the standard error of a probability is below 0.08."""
ADDS: Final = 1e-12
"""Rounding of sums of a few numbers of order one."""
MOST: Final = 0.8
"""Share of the ordinal findings that main effects alone must be able to fit."""
GATES: Final = ("S02-20", "S02-22")
"""Findings “without TrkB, the drugs do nothing”, where other findings say that they work with it."""
each_study: Final = pytest.mark.parametrize("name", STUDIES)


@cache
def null_of(name: str) -> Competitor:
    return competitor(load_study(name, calibrated=False))


def evidence_for(null: Competitor, study: StudyFolder | None = None) -> Evidence:
    """The evidence as a function of the competitor's parameters."""
    return Evidence(study or null.study, null.parameters, parameters=null.parameters, simulator=null.trials)


def drawn(null: Competitor) -> Cohort:
    return sample_cohort(null.parameters, animals=ANIMALS, seed=1)


def with_protocols(experiment: Experiment, *protocols: Protocol) -> Experiment:
    """The experiment with arms of other names and these protocols."""
    first = experiment.arms[0]
    arms = [
        first.model_copy(update={"id": f"other_{number}", "protocol": protocol})
        for number, protocol in enumerate(protocols)
    ]
    return experiment.model_copy(update={"id": "other", "arms": tuple(arms)})


def run(null: Competitor, experiment: Experiment) -> Trial:
    return null.trials(drawn(null), [experiment])[experiment.id]


def values(trial: Trial, variable: str) -> Any:
    """States [animal, arm, time]."""
    return trial.states[variable].values


@each_study
def test_an_arm_without_interventions_stays_at_baseline(name: str) -> None:
    null = null_of(name)
    for experiment in null.study.record.experiments:
        trial = run(null, with_protocols(experiment, ()))
        assert not trial.failed.any()
        for read in null.read_outs:
            assert (values(trial, read.variable) == read.baseline).all()


@each_study
def test_names_of_arms_and_experiments_change_no_bit(name: str) -> None:
    null = null_of(name)
    for experiment in null.study.record.experiments:
        ours = run(null, experiment)
        others = run(null, with_protocols(experiment, *(arm.protocol[::-1] for arm in experiment.arms)))
        for read in null.read_outs:
            np.testing.assert_array_equal(values(ours, read.variable), values(others, read.variable))


@each_study
def test_effects_of_two_interventions_add(name: str) -> None:
    null = null_of(name)
    pairs = 0
    for experiment in null.study.record.experiments:
        for arm in experiment.arms:
            given = courses(arm.protocol, null.study.library)
            if len(given) != 2 or len(arm.protocol) != 2:
                continue
            first, second = arm.protocol
            trial = run(null, with_protocols(experiment, (first,), (second,), (first, second)))
            for read in null.read_outs:
                found = values(trial, read.variable)
                effect = np.log(found / read.baseline) if read.scale == "log" else found
                np.testing.assert_allclose(effect[:, 2], effect[:, 0] + effect[:, 1], rtol=0, atol=ADDS)
            pairs += 1
    assert pairs


@each_study
def test_trials_have_the_form_of_the_mechanism_s_own(name: str) -> None:
    null = null_of(name)
    trials = null.trials(drawn(null))
    outcomes = judge_all(null.study, trials)
    assert list(trials) == [experiment.id for experiment in null.study.record.experiments]
    for finding, outcome in zip(null.study.record.findings, outcomes, strict=True):
        trial = trials[finding.experiment]
        shown = trial.variable(finding.reading.assay, finding.reading.of) is not None
        assert (outcome.verdict is not Verdict.NOT_EVALUATED) == shown


@each_study
def test_every_parameter_is_assumed_and_every_arrow_has_a_weight(name: str) -> None:
    null = null_of(name)
    ids = [parameter.id for parameter in null.parameters]
    assert len(ids) == len(set(ids))
    assert {parameter.status for parameter in null.parameters} == {"assumed"}
    assert sum(one.startswith("weight_") for one in ids) == len(null.arrows)


def test_a_cohort_moves_only_what_its_parameters_reach() -> None:
    null = null_of("S02")
    cohort = drawn(null)
    name, target = "bath_ketamine", "field_potential"
    moved = cohort.with_settings({f"weight_{name}_on_{target}": 0.3})
    before, after = (null.trials(one)["slice"] for one in (cohort, moved))
    differs = {str(v) for v in before.states if not before.states[v].equals(after.states[v])}
    assert differs == {target}


def test_one_mood_is_one_arrow() -> None:
    study = load_study("S11", calibrated=False)
    apart, one = competitor(study), competitor(study, one_mood=True)
    assert len(one.arrows) < len(apart.arrows)
    assert {read.target for read in one.read_outs if read.scale == "latent"} == {"mood"}
    trial = run(one, study.record.experiments[0])
    ratio = values(trial, "anhedonia_shown")[:, 1, -1] / values(trial, "despair_shown")[:, 1, -1]
    np.testing.assert_allclose(ratio, drawn(one).values["anhedonia_shown_of_mood"])


def test_effects_may_start_from_the_mechanism_s_own_rest() -> None:
    study = load_study("S04", calibrated=False)
    null = competitor(study, rest=rest_of(study))
    cohort = drawn(null).with_settings({p.id: 0.0 for p in null.parameters if p.id.startswith("weight_")})
    trial = null.trials(cohort)["imaging"]
    course = values(trial, "it_density")
    assert (course == course[:1, :1]).all(), "all arms rest alike, whatever is done to them"
    assert course[0, 0, 0] > 1.3 * values(trial, "pt_density")[0, 0, 0], "IT neurons carry more spines"


DAYS: Final = parse_quantity("1 d"), parse_quantity("2 d")


def test_protocols_become_courses() -> None:
    change: Callable[..., Genetic] = lambda **more: Genetic(gene="NTRK2", **more)  # noqa: E731
    half, fourfold = change(change="knock_down", level=0.5), change(change="over_expression", level=4.0)
    assert (degree(half), degree(fourfold), degree(change(change="knock_out"))) == (0.5, 2.0, 1.0)
    given = courses((half, fourfold, Imaging(imaging="x", sessions=DAYS)), common_library())
    assert list(given) == ["gene_NTRK2_whole_body_less", "gene_NTRK2_whole_body_more"]
    assert given["gene_NTRK2_whole_body_less"] == (Session(-np.inf, np.inf, 0.5),)
    psilocybin = next(
        arm for arm in load_study("S10", calibrated=False).record.experiments[0].arms if len(arm.protocol) == 2
    )
    drug = courses(psilocybin.protocol, common_library())["drug_psilocybin"]
    assert drug == (Session(0.0, 0.0, 1.0),)


def test_an_exposure_rises_gathers_and_decays() -> None:
    daily = tuple(Session(DAY * day, DAY * day + 2, 2.0) for day in range(3))
    hours, one = np.array([-1.0, 1.0, 26.0, 50.0, 1e4]), np.ones(1)
    sudden = exposure(daily, hours, onset=None, decay=None)
    np.testing.assert_allclose(sudden, [[0, 2, 4, 6, 6]])
    slow = exposure(daily, hours, onset=5 * one, decay=100 * one)
    assert (np.diff(slow[0, :4]) > 0).all()
    assert (slow < sudden + ADDS).all()
    assert slow[0, -1] == pytest.approx(0)
    assert slow[0, 1] == pytest.approx(2 * (1 - np.exp(-1 / 5)))


@pytest.mark.parametrize("name", ["S08", "S12"])
def test_effects_grow_with_dose_and_saturate(name: str) -> None:
    null = null_of(name)
    cohort = drawn(null)
    for one in null.interventions:
        doses = [(Session(0.0, np.inf, one.reference * factor),) for factor in (0.0, 0.5, 1.0, 2.0)]
        held = dataclasses.replace(cohort, values={k: v for k, v in cohort.values.items() if k.startswith("half_")})
        effects = np.array([one.effect(dose, np.array([1.0]), held)[:, 0] for dose in doses])
        np.testing.assert_allclose(effects[[0, 2]], np.array([[0.0], [1.0]]) * np.ones(effects.shape[1]))
        assert (np.diff(effects, axis=0) > 0).all()
        steps = np.diff(effects[1:], axis=0) / [[0.5], [1.0]]
        assert (steps[1] < steps[0]).all() if one.saturates else np.allclose(steps[1], steps[0])


@pytest.fixture(scope="module")
def calibrated() -> Callable[[str], dict[str, Outcome]]:
    """Outcomes by finding of a competitor calibrated on the findings marked for it."""

    @cache
    def made(name: str) -> dict[str, Outcome]:
        null = null_of(name)
        with pytest.MonkeyPatch.context() as patch:
            # The evidence reads group means; the chances that come with them are not used and only cost time.
            patch.setattr(euthymia.findings.contrast, "REPLICATES", 1)
            evidence = evidence_for(null)
            found = sample(evidence, len(null.parameters), seed=1, name=f"{name} null", effort=EFFORT)
            ensemble = ensemble_of(evidence, found)
            cohort = sample_cohort(null.parameters, animals=JUDGED, seed=1, ensemble=ensemble)
            return {outcome.finding.id: outcome for outcome in judge_all(null.study, null.trials(cohort))}

    return made


def test_main_effects_can_be_fitted(calibrated: Callable[[str], dict[str, Outcome]]) -> None:
    used = [outcome for outcome in calibrated("S11").values() if outcome.finding.use == "calibrate"]
    reproduced = [outcome for outcome in used if outcome.verdict is Verdict.REPRODUCED]
    assert len(reproduced) / len(used) >= MOST


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_cannot_be_fitted(calibrated: Callable[[str], dict[str, Outcome]], gate: str) -> None:
    outcome = calibrated("S02")[gate]
    assert outcome.finding.use == "calibrate"
    assert outcome.verdict is not Verdict.REPRODUCED


@each_study
def test_findings_kept_for_validation_do_not_enter(name: str) -> None:
    null = null_of(name)
    record = null.study.record
    kept = tuple(finding for finding in record.findings if finding.use == "calibrate")
    assert len(kept) < len(record.findings)
    without = dataclasses.replace(null.study, record=record.model_copy(update={"findings": kept}))
    positions = np.random.default_rng(1).standard_normal((3, len(null.parameters)))
    both = [evidence_for(null, study).residuals(positions) for study in (null.study, without)]
    np.testing.assert_array_equal(*both)


def test_the_real_mechanism_s_free_parameters_are_its_ensemble_s() -> None:
    study = load_study("S02")
    assert study.ensemble is not None
    free, own = free_parameters(study)
    assert {parameter.id for parameter in free} == set(study.ensemble.ids)
    assert 0 < own < len(free)
