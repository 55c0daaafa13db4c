"""The standard test that every composed mechanism must pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr

from euthymia.cohorts.draw import sample_cohort
from euthymia.engine.checks import default_outputs
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL
from euthymia.protocols.lower import lower
from euthymia.records.folder import StudyFolder
from euthymia.records.protocol import Bath, Drug, Genetic, Imaging
from euthymia.records.study import Arm, Experiment
from euthymia.units import dimension_of
from support import ATLAS_STUDIES, STUDY_FACTS

ROUNDING: Final = 1e-9
"""What rounding in the balance of large terms may move a state that rests at zero."""
STEADY: Final = 1e-6
"""Relative change over 60 days without intervention: the solver's tolerance."""
NEGATIVE: Final = 1e-6
"""How far below zero a state may be taken by the solver (absolute tolerance 1e-8, over hundreds of steps)."""
CONSERVED: Final = 1e-5
"""Relative drift of a conserved sum over two months; ten times the solver's relative tolerance."""
UNTOUCHED: Final = 1e-6
"""Relative effect of a drug on read-outs after its target is knocked out."""
MONOTONE: Final = 1e-6
"""Dip of an occupancy between two doses that is put down to the solver."""
SIXTY_DAYS: Final = tuple(24.0 * day for day in (0, 0.01, 0.1, 1, 3, 7, 21, 60))
SIGNED: Final = {"despair", "anhedonia", "anxiety", "mechanical_sensitivity"}
"""Affective states: below zero is better than an unstressed animal."""
study_ids: Final = pytest.mark.parametrize("name", ATLAS_STUDIES)
Arms = Mapping[str, Any]


def course(mechanism: Mechanism, arms: Arms, outputs: list[str], times: tuple[float, ...] = SIXTY_DAYS) -> xr.Dataset:
    """Eight animals drawn from the priors, in some arms."""
    cohort = sample_cohort(mechanism.parameters, animals=8, seed=3)
    result = simulate(mechanism.model, times=times, parameters=cohort.values, schedule=arms, outputs=outputs, rtol=RTOL,
                      atol=ATOL, workers=1)  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def readouts(study: StudyFolder) -> list[str]:
    """Variables that assays read at one time, without those that compare a session with the one before."""
    mechanism, assays = study.record.mechanism, study.library.assays
    states = [
        state for name, readout in mechanism.readouts.items() if not assays[name].per_session
        for state in readout.states.values()
    ]  # fmt: skip
    return sorted({*states, *SIGNED})


def experiments_with(study: StudyFolder, *kinds: type) -> list[tuple[Experiment, Arm]]:
    return [
        (e, arm) for e in study.record.experiments for arm in e.arms if any(isinstance(i, kinds) for i in arm.protocol)
    ]


def schedules(study: StudyFolder, experiment: Experiment) -> dict[str, Schedule]:
    """The arms of an experiment, with the clock at zero on day -30."""
    ports = study.record.mechanism.ports
    return {arm.id: lower(arm, ports=ports, library=study.library, origin=-30.0) for arm in experiment.arms}


def busiest(study: StudyFolder) -> dict[str, Schedule]:
    """All arms of the study, by experiment and arm."""
    return {f"{e.id}/{name}": arm for e in study.record.experiments for name, arm in schedules(study, e).items()}


AROUND: Final = tuple(24.0 * day for day in (0, 15, 29.9, 30.01, 30.1, 30.5, 31, 33, 37, 44, 60, 95))
"""Hours around a dose on day 30."""


@study_ids
def test_states_stay_non_negative_in_every_arm(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str
) -> None:
    states = [state for state in default_outputs(mechanisms[name].model) if state not in SIGNED]
    result = course(mechanisms[name], busiest(atlas[name]), states, AROUND)
    lowest = {state: float(result[state].min()) for state in states}
    assert {state: low for state, low in lowest.items() if low < -NEGATIVE} == {}


@study_ids
def test_nothing_moves_without_an_intervention(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str
) -> None:
    names = readouts(atlas[name])
    result = course(mechanisms[name], {"rest": Schedule()}, names)
    for state in names:
        values = result[state].values
        drift = np.abs(values - values[..., :1]).max() / max(1.0, np.abs(values).max())
        assert drift < STEADY, state
    assert all((np.abs(result[state]) < ROUNDING).all() for state in SIGNED)


def test_imaging_alone_moves_what_the_study_declares(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]
) -> None:
    sessions = Schedule.of([Jump(720.0, "imaging_on", "copy", "unity")])
    names = readouts(atlas["S04"])
    result = course(mechanisms["S04"], {"imaged": sessions, "rest": Schedule()}, names, AROUND)
    moved = {
        state for state in names
        if float(abs(result[state].sel(arm="imaged") - result[state].sel(arm="rest")).max()) > STEADY
    }  # fmt: skip
    measured = ("spine_density", "spine_head_width", "spine_length")
    imaged = {s for name in measured for s in atlas["S04"].record.mechanism.readouts[name].states.values()}
    assert moved == imaged
    before = result.sel(time=slice(0, 719))  # the steps of both arms differ there: those of one end at the session
    gaps = {s: float(abs(before[s].sel(arm="imaged") - before[s].sel(arm="rest")).max()) for s in names}
    assert {s: gap for s, gap in gaps.items() if gap > ROUNDING * float(abs(before[s]).max())} == {}


@study_ids
def test_a_dose_of_zero_is_vehicle_bit_for_bit(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str
) -> None:
    study, names = atlas[name], default_outputs(mechanisms[name].model)
    for experiment, arm in experiments_with(study, Drug)[:2]:
        none = arm.model_copy(update={"protocol": tuple(_emptied(item) for item in arm.protocol)})
        rest = arm.model_copy(update={"protocol": tuple(i for i in arm.protocol if not isinstance(i, Drug | Bath))})
        ports, library = study.record.mechanism.ports, study.library
        zero, vehicle = (lower(one, ports=ports, library=library, origin=-30.0) for one in (none, rest))
        cohort = {"zero": zero, "vehicle": _with_stops(vehicle, zero)}
        result = course(mechanisms[name], cohort, names, AROUND)
        for state in names:
            assert np.array_equal(result[state].sel(arm="zero"), result[state].sel(arm="vehicle")), (
                experiment.id,
                state,
            )


def _emptied(item: Any) -> Any:
    if isinstance(item, Drug):
        return item.model_copy(update={"dose": type(item.dose)(0.0, item.dose.unit)})
    return item


def _with_stops(schedule: Schedule, other: Schedule) -> Schedule:
    """The schedule with a jump that does nothing wherever the other has one, so that the solver restarts there too."""
    known = {jump.time for jump in schedule.jumps}
    stops = [Jump(j.time, "stressor", "add", 0.0) for j in other.jumps if j.time not in known]
    return Schedule.of([*schedule.jumps, *stops], dict(schedule.settings))


@study_ids
def test_units_can_be_converted(atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str) -> None:
    mechanism = mechanisms[name]
    assert mechanism.model.time_unit == "hour"
    for parameter in mechanism.parameters:
        assert dimension_of(parameter.unit) is not None, parameter.id
        assert parameter.factor > 0, parameter.id


@study_ids
def test_more_drug_occupies_no_less(mechanisms: dict[str, Mechanism], name: str) -> None:
    probe = STUDY_FACTS[name].probe
    measure = probe.measure
    arms = {
        str(dose): Schedule.of([Jump(720.0, probe.state, "add", float(dose))], probe.settings) for dose in probe.doses
    }
    values = course(mechanisms[name], arms, [measure], AROUND)[measure].values
    assert (np.diff(values, axis=1) > -MONOTONE).all()
    assert values.min() >= -MONOTONE
    assert values.max() <= 1
    assert (np.diff(values.max(axis=2), axis=1) > 0).all()


@study_ids
def test_a_knock_out_removes_the_effect_of_the_drug(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str
) -> None:
    probe = STUDY_FACTS[name].probe
    dose, stop = Jump(720.0, probe.state, "add", probe.dose), Jump(720.0, probe.state, "add", 0.0)
    gone = probe.settings | dict.fromkeys(STUDY_FACTS[name].knock_out, 0.0)
    arms = {
        "drug": Schedule.of([dose], gone),
        "vehicle": Schedule.of([stop], gone),
        "wild": Schedule.of([dose], probe.settings),
    }
    names = [state for state in readouts(atlas[name]) if state not in STUDY_FACTS[name].exposure]
    result = course(mechanisms[name], arms, names, AROUND)
    for state in names:
        scale = max(1.0, float(abs(result[state]).max()))
        assert float(abs(result[state].sel(arm="drug") - result[state].sel(arm="vehicle")).max()) < UNTOUCHED * scale, (
            state
        )
    despair = result["despair"]
    assert float(abs(despair.sel(arm="wild") - despair.sel(arm="vehicle")).max()) > 0.01


@pytest.mark.parametrize("name", [name for name, facts in STUDY_FACTS.items() if facts.body])
def test_a_drug_leaves_the_body(mechanisms: dict[str, Mechanism], name: str) -> None:
    depot = STUDY_FACTS[name].probe.state
    states = [state for state in default_outputs(mechanisms[name].model) if state in STUDY_FACTS[name].body]
    assert states
    result = course(mechanisms[name], {"dose": Schedule.of([Jump(720.0, depot, "add", 20_000.0)])}, states, AROUND)
    assert all(float(result[state].isel(time=-1).max()) < 1e-3 for state in states)


SPINES: Final = ("pt", "it")


def spine_sums(mechanism: Mechanism, arms: Arms) -> xr.Dataset:
    names = [
        f"{cell}_{pool}"
        for cell in SPINES
        for pool in ("transient", "persistent", "marked_transient", "marked_persistent", "at_mark")
    ]
    return course(mechanism, arms, names, AROUND)


def test_spines_are_conserved_without_a_drug(atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]) -> None:
    imaged = next(
        arm for _, arm in experiments_with(atlas["S04"], Imaging) if not any(isinstance(i, Drug) for i in arm.protocol)
    )
    schedule = lower(imaged, ports=atlas["S04"].record.mechanism.ports, library=atlas["S04"].library, origin=-30.0)
    result = spine_sums(mechanisms["S04"], {"imaged": schedule, "rest": Schedule()})
    for cell in SPINES:
        total = result[f"{cell}_transient"] + result[f"{cell}_persistent"]
        assert float(abs(total - 1).max()) < CONSERVED


def test_marked_spines_are_part_of_all_spines(atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]) -> None:
    arms = {name: arm for name, arm in busiest(atlas["S04"]).items() if name.startswith(("imaging", "knock_out"))}
    result = spine_sums(mechanisms["S04"], arms)
    for cell in SPINES:
        for pool in ("transient", "persistent"):
            excess = result[f"{cell}_marked_{pool}"] - result[f"{cell}_{pool}"]
            assert float(excess.max()) < CONSERVED, (cell, pool)
        marked = result[f"{cell}_marked_transient"] + result[f"{cell}_marked_persistent"]
        assert float((marked - result[f"{cell}_at_mark"]).max()) < CONSERVED


def test_genetic_changes_alone_do_not_move_behaviour(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]
) -> None:
    """A receptor that nothing activates is not missed."""
    assert experiments_with(atlas["S04"], Genetic)
    result = course(
        mechanisms["S04"], {"ko": Schedule.of([], {"htr2a_level": 0.0}), "wild": Schedule()}, ["despair", "pt_firing"]
    )
    for state in ("despair", "pt_firing"):
        assert float(abs(result[state].sel(arm="ko") - result[state].sel(arm="wild")).max()) < STEADY * 100
