"""The stress-hormone axis: at rest by itself, hormones within minutes, glands over weeks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pytest
import xarray as xr

from euthymia.cohorts.draw import sample_cohort
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism, compose
from euthymia.pipeline import ATOL, RTOL, run_experiment
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Fragment, common_library
from support import ATLAS_STUDIES

DAY: Final = 24.0
REST: Final = 1e-5
"""Drift of a resting level; ten times the solver's relative tolerance."""
FRACTION: Final = 1e-3
"""Error of a half-life, or of an exact state that is approached over a finite time."""
DAILY_DEFEAT: Final = [
    jump
    for day in range(10)
    for jump in (Jump(day * DAY, "stressor", "set", 4.0), Jump(day * DAY + 0.5, "stressor", "set", 0.0))
]
HORMONES: Final = ("crh", "acth", "cort")
NOTHING: Final = 1e-4
"""Load that rounding makes of a resting hormone within weeks: a ten-thousandth of what restraint makes."""
GLANDS: Final = ("pituitary_mass", "adrenal_mass")
STILL: Final = {"pituitary_half_life": 1e12, "adrenal_half_life": 1e12}
"""Glands that do not change, in hours."""


@pytest.fixture(scope="module")
def axis() -> Mechanism:
    """The axis with the common stress and nothing else."""
    fragments = common_library().fragments
    outside = Fragment("hormone from outside", "outside = 0;", ())
    return compose(
        "axis", [fragments["stress"], fragments["hpa"], outside], derived={"glucocorticoid_given": "outside"}
    )


def course(mechanism: Mechanism, times: Sequence[float], jumps: Sequence[Jump] = (), **values: float) -> xr.Dataset:
    """The typical animal."""
    result = simulate(
        mechanism.model, times=list(times), parameters=mechanism.values() | values, schedule=Schedule.of(list(jumps)),
        outputs=[*HORMONES, *GLANDS], rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def level(result: xr.Dataset, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(result[name].values).ravel()


def test_the_axis_rests_at_one_without_stress(axis: Mechanism) -> None:
    result = course(axis, [0, 1, DAY, 100 * DAY])
    for name in (*HORMONES, *GLANDS):
        assert np.abs(level(result, name) - 1).max() < REST, name


@pytest.mark.parametrize(("hormone", "source", "parameter"), [
    ("crh", "outside", "crh_half_life"),
    ("acth", "outside", "acth_half_life"),
    ("cort", "outside", "cort_half_life"),
])  # fmt: skip
def test_a_hormone_without_a_source_falls_by_its_half_life(
    axis: Mechanism, hormone: str, source: str, parameter: str
) -> None:
    """Hormone from outside, without end, stops CRH; ACTH and corticosterone follow, each by its own step."""
    others = {f"{name}_half_life": 1e-4 for name in HORMONES if name != hormone}
    half = axis.values()[parameter]
    result = course(axis, [0, 2 * half, 3 * half], [Jump(0, source, "set", 1e6)], **others, **STILL)
    ratio = level(result, hormone)[2] / level(result, hormone)[1]
    assert ratio == pytest.approx(0.5, rel=FRACTION)


def test_stress_raises_hormones_in_their_order(axis: Mechanism) -> None:
    minutes = np.arange(0, 121, 1.0)
    result = course(axis, minutes / 60, [Jump(0, "stressor", "set", 4.0)])
    half_way = [minutes[np.argmax(level(result, name) > (1 + level(result, name).max()) / 2)] for name in HORMONES]
    assert half_way == sorted(half_way)
    assert half_way[-1] < 60
    assert level(result, "cort").max() > 2


def test_glands_set_hormones_back_under_stress_without_end(axis: Mechanism) -> None:
    """CRH and ACTH adapt exactly; corticosterone stays up, as the adrenal has grown (Karin 2020)."""
    result = course(axis, [0, 3000 * DAY], [Jump(0, "stressor", "set", 0.1)])
    assert level(result, "crh")[-1] == pytest.approx(1, rel=FRACTION)
    assert level(result, "acth")[-1] == pytest.approx(1, rel=FRACTION)
    assert level(result, "cort")[-1] == pytest.approx(level(result, "adrenal_mass")[-1], rel=FRACTION)
    assert level(result, "cort")[-1] > 1.3


def test_memory_of_weeks_lies_in_the_glands(axis: Mechanism) -> None:
    times = [0, 9 * DAY + 12, 10 * DAY + 12, 38 * DAY, 400 * DAY]
    whole, without = course(axis, times, DAILY_DEFEAT), course(axis, times, DAILY_DEFEAT, **STILL)
    hormone = level(whole, "cort")
    assert hormone[2] > hormone[3] > 1.02
    assert abs(hormone[4] - 1) < 0.01
    assert np.abs(level(without, "cort")[2:] - 1).max() < 0.002


def test_the_gland_mode_has_the_time_scale_of_its_equations(axis: Mechanism) -> None:
    """Small deviations fade as the slow pair of eigenvalues says, with fast hormones taken as settled.

    With x the hormones at their fast balance, d ln P/dt = gP (x1 - 1), d ln A/dt = gA (x2 - 1). At rest, with
    f = -d ln GR/d ln x and p, a, x small deviations: x1 = -(1 + f) x3, x2 = x1 + p - f x3, x3 = x2 + a.
    """
    values = axis.values()
    half, hill = values["gr_half"], values["gr_hill"]
    feedback = hill * half**-hill / (1 + half**-hill)
    denominator = 2 + 2 * feedback
    x3 = np.array([1.0, 1.0]) / denominator
    x1 = -(1 + feedback) * x3
    x2 = x3 - np.array([0.0, 1.0])
    rates = np.array([math.log(2) / values["pituitary_half_life"], math.log(2) / values["adrenal_half_life"]])
    slow = np.linalg.eigvals(np.array([rates[0] * x1, rates[1] * x2]))
    decay = -float(slow.real.max())
    assert 14 * DAY < 1 / decay < 120 * DAY
    period = 2 * math.pi / float(np.abs(slow.imag).max())
    start = [Jump(0, "adrenal_mass", "set", 1.001)]
    result = course(axis, [0, 5 * DAY, 5 * DAY + period], start)
    distance = [level(result, "adrenal_mass")[i] - 1 for i in (1, 2)]
    assert distance[1] / distance[0] == pytest.approx(math.exp(-decay * period), abs=0.02)


def test_hormone_from_outside_quiets_the_axis_and_shrinks_the_glands(axis: Mechanism) -> None:
    result = course(axis, [0, DAY, 14 * DAY], [Jump(0, "outside", "set", 2.0)])
    for name in HORMONES:
        assert level(result, name)[1] < 0.7, name
    assert level(result, "adrenal_mass")[2] < level(result, "adrenal_mass")[1] < 1


def stressed(mechanism: Mechanism, **values: float) -> xr.Dataset:
    """The typical animal of a study under ten defeats, or under none."""
    result = simulate(
        mechanism.model, times=[0, 2 * DAY, 10 * DAY, 24 * DAY], parameters=mechanism.values() | values,
        schedule={"defeats": Schedule.of(DAILY_DEFEAT), "none": Schedule.of([])},
        outputs=["stress_load", "stress_acute", "despair", "anhedonia", "anxiety"], rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    assert (result["status"] == 0).all()
    return result


@pytest.mark.parametrize("name", ATLAS_STUDIES)
def test_in_every_study_the_load_of_stress_passes_through_the_hormone(
    mechanisms: dict[str, Mechanism], name: str
) -> None:
    whole, without = stressed(mechanisms[name]), stressed(mechanisms[name], stress_to_hpa=0.0)
    assert (whole["stress_load"].sel(arm="defeats").values.ravel()[1:] > 0.1).all()
    for state in ("stress_load", "stress_acute"):
        assert np.abs(without[state].values).max() < NOTHING, state


def test_in_s13_restraint_without_the_axis_is_no_stress(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]
) -> None:
    """No other way leads from the stressor to mood or to the circuit."""
    study, mechanism = atlas["S13"], mechanisms["S13"]
    experiment = next(one for one in study.record.experiments if one.id == "stress")
    cohort = sample_cohort(mechanism.parameters, animals=8, seed=1)
    for to_hpa, moved in ((None, True), (0.0, False)):
        animals = cohort if to_hpa is None else cohort.with_settings({"stress_to_hpa": to_hpa})
        states = run_experiment(study, mechanism, animals, experiment, dense=False).states
        for state in ("despair", "anhedonia"):
            course = states[state].isel(time=-1)
            gap = np.abs((course.sel(arm="crs") - course.sel(arm="unstressed")).values)
            assert (gap.max() > 0.2) == moved, state
            assert moved or gap.max() < NOTHING, state


def test_corticosterone_from_outside_lowers_the_animal_s_own(mechanisms: dict[str, Mechanism]) -> None:
    """What both make together is above rest, and burdens as the hormone of a stressor does; the own one comes back."""
    mechanism = mechanisms["S09"]
    doses = [Jump(day * DAY, "corticosterone_depot", "add", 20000.0) for day in range(14)]
    result = simulate(
        mechanism.model, times=[0, DAY, 13.1 * DAY, 200 * DAY], parameters=mechanism.values(),
        schedule=Schedule.of(doses), outputs=["cort", "acth", "crh", "glucocorticoid", "adrenal_mass", "stress_load"],
        rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    assert (result["status"] == 0).all()
    during = {name: level(result, name)[2] for name in result.data_vars if name != "status"}
    assert all(during[name] < 0.8 for name in HORMONES)
    assert during["adrenal_mass"] < 1
    assert during["glucocorticoid"] > 1.2
    assert during["stress_load"] > 0.1
    assert level(result, "cort")[3] == pytest.approx(1, abs=0.05)
