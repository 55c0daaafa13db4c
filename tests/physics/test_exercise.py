"""One run in S06: how much adiponectin it can raise, how long each step lasts, what can and cannot carry a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pytest
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL

END: Final = 24.0
"""Hour at which the run ends."""
RUN: Final = 0.5
"""Hours of running."""
EFFORT: Final = 0.6
"""Moderate effort, fraction of maximal."""
AFTER: Final = (0.0, 0.5, 2.0, 6.0, 24.0, 48.0, 96.0)
TIMES: Final = (0.0, END - RUN, *(END + hours for hours in AFTER))
SOLVED: Final = 1e-4
"""Relative error allowed against a closed form: a hundred times the solver's relative tolerance."""
MEASURED: Final = 2e-3
"""Error of a rise against the two digits that the dossier gives."""
CONSERVED: Final = 1e-5
"""Relative drift of a conserved sum; ten times the solver's relative tolerance."""
FORGOTTEN: Final = 0.02
"""Share of a peak below which a signal counts as gone; it is 1/50 of a change that is itself small."""


def bout(hours: float = RUN, effort: float = EFFORT) -> list[Jump]:
    return [Jump(END - hours, "running", "set", effort), Jump(END, "running", "set", 0.0)]


def course(
    mechanism: Mechanism,
    jumps: list[Jump],
    outputs: list[str],
    *,
    settings: Mapping[str, float] | None = None,
    **values: float,
) -> xr.Dataset:
    """The typical animal; values in the units of the equations."""
    schedule = Schedule.of(jumps, settings or {})
    result = simulate(mechanism.model, times=TIMES, parameters=mechanism.values() | values, schedule=schedule,
                      outputs=outputs, rtol=RTOL, atol=ATOL)  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def at(result: xr.Dataset, name: str, hours: float) -> float:
    """A quantity some hours after the end of the run."""
    return float(np.asarray(result[name].sel(time=END + hours)).squeeze())


def rise(result: xr.Dataset, name: str, hours: float) -> float:
    """Its relative rise over the time before the run."""
    return at(result, name, hours) / at(result, name, -RUN) - 1


@pytest.mark.parametrize(("gain", "expected"), [(0.62, 0.15), (0.83, 0.20)])
def test_a_plasma_rise_of_15_to_20_percent_needs_a_secretion_step_of_062_to_083(
    mechanisms: dict[str, Mechanism], gain: float, expected: float
) -> None:
    result = course(mechanisms["S06"], bout(), ["plasma_adiponectin"], secretion_gain=gain)
    assert abs(rise(result, "plasma_adiponectin", 0.0) - expected) < MEASURED
    assert abs(rise(result, "plasma_adiponectin", 0.0) / gain - (1 - 2 ** (-30 / 75))) < SOLVED


def test_a_third_of_the_plasma_rise_is_left_after_two_hours_and_nothing_after_a_day(
    mechanisms: dict[str, Mechanism],
) -> None:
    result = course(mechanisms["S06"], bout(), ["plasma_adiponectin"])
    peak = rise(result, "plasma_adiponectin", 0.0)
    assert abs(rise(result, "plasma_adiponectin", 2.0) / peak - 2 ** (-120 / 75)) < SOLVED
    assert abs(2 ** (-120 / 75) - 1 / 3) < 0.01
    assert pytest.approx(2e-6, rel=0.2) == 2 ** (-1440 / 75)
    assert abs(rise(result, "plasma_adiponectin", 24.0)) < SOLVED * peak


def test_a_rise_in_plasma_alone_raises_the_brain_by_less(mechanisms: dict[str, Mechanism]) -> None:
    outputs = ["plasma_adiponectin", "acc_adiponectin"]
    shut = course(mechanisms["S06"], bout(), outputs, running_to_entry=0.0)
    free = course(mechanisms["S06"], bout(), outputs)
    peak = rise(shut, "plasma_adiponectin", 0.0)
    assert 0 < max(rise(shut, "acc_adiponectin", hours) for hours in AFTER) < peak
    assert max(rise(free, "acc_adiponectin", hours) for hours in AFTER) > peak


def test_acetylation_is_too_fast_for_a_day_and_spines_are_not(mechanisms: dict[str, Mechanism]) -> None:
    outputs = ["histone_acetylation", "synaptic_proteins", "new_spines"]
    result = course(mechanisms["S06"], bout(), outputs)
    for name in outputs[:2]:
        assert rise(result, name, 2.0) > 0.05, name
        assert abs(rise(result, name, 24.0)) < FORGOTTEN * rise(result, name, 2.0), name
    spines = {hours: at(result, "new_spines", hours) for hours in (2.0, 24.0, 48.0)}
    assert spines[24.0] > 0.3 * spines[2.0] > 0
    assert spines[48.0] < 0.5 * spines[24.0]


def test_two_hours_of_half_life_would_leave_two_to_the_minus_twelve(mechanisms: dict[str, Mechanism]) -> None:
    """The slowest of the fast sites: even it forgets within a day what nuclear APPL1 does not renew."""
    result = course(mechanisms["S06"], bout(), ["histone_acetylation"], acetyl_half_life=2.0)
    assert abs(rise(result, "histone_acetylation", 24.0)) < FORGOTTEN * rise(result, "histone_acetylation", 2.0)


@pytest.mark.parametrize("lost", ["adipor1_level", "appl1_level", "adipoq_level"])
def test_without_ligand_receptor_or_adaptor_a_run_leaves_no_spines(mechanisms: dict[str, Mechanism], lost: str) -> None:
    outputs = ["new_spines", "histone_acetylation", "synaptic_relief"]
    gone = course(mechanisms["S06"], bout(), outputs, settings={lost: 0.0})
    wild = course(mechanisms["S06"], bout(), outputs)
    for name in ("new_spines", "synaptic_relief"):
        most = max(at(wild, name, hours) for hours in AFTER)
        assert most > 0
        assert max(at(gone, name, hours) for hours in AFTER) < FORGOTTEN * most


def test_appl1_is_only_moved(mechanisms: dict[str, Mechanism]) -> None:
    result = course(mechanisms["S06"], bout(), ["cytosolic_appl1", "nuclear_appl1"])
    assert float(abs(result["cytosolic_appl1"] + result["nuclear_appl1"] - 1).max()) < CONSERVED
    assert at(result, "nuclear_appl1", 0.5) > 1.2 * at(result, "nuclear_appl1", -RUN)
    assert abs(rise(result, "nuclear_appl1", 48.0)) < SOLVED * 10


def test_a_run_of_no_effort_is_rest_bit_for_bit(mechanisms: dict[str, Mechanism]) -> None:
    outputs = ["plasma_adiponectin", "acc_adiponectin", "acc_activity", "spine_density", "despair"]
    none = course(mechanisms["S06"], bout(effort=0.0), outputs)
    stops = [Jump(time, "stressor", "add", 0.0) for time in (END - RUN, END)]
    rest = course(mechanisms["S06"], stops, outputs)
    assert all(np.array_equal(none[name], rest[name]) for name in outputs)


def test_a_longer_run_does_more(mechanisms: dict[str, Mechanism]) -> None:
    outputs = ["plasma_adiponectin", "acc_adiponectin", "new_spines", "acc_relief"]
    results = [course(mechanisms["S06"], bout(hours), outputs) for hours in (1 / 6, RUN)]
    assert all(at(results[0], name, 2.0) < at(results[1], name, 2.0) for name in outputs)


def test_the_immediate_lift_is_not_made_of_spines(mechanisms: dict[str, Mechanism]) -> None:
    outputs = ["lift", "synaptic_relief", "felt_depression"]
    result = course(mechanisms["S06"], bout(), outputs)
    assert at(result, "lift", 0.0) > 3 * at(result, "synaptic_relief", 0.0)
    assert at(result, "felt_depression", 0.0) < -0.3
    assert at(result, "lift", 24.0) < FORGOTTEN * at(result, "synaptic_relief", 24.0)


def test_an_infusion_into_the_cortex_needs_no_running(mechanisms: dict[str, Mechanism]) -> None:
    infused = course(mechanisms["S06"], [Jump(END - RUN, "adiponectin_infused", "add", 1e-6)],
                     ["acc_ligand", "new_spines", "plasma_adiponectin"], barrier_open=0.0)  # fmt: skip
    assert at(infused, "new_spines", 6.0) > 0
    assert abs(rise(infused, "plasma_adiponectin", 2.0)) < SOLVED
