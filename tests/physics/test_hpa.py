"""The stress-hormone axis: at rest by itself, hormones within minutes, glands over weeks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pytest
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism, compose
from euthymia.pipeline import ATOL, RTOL
from euthymia.records.library import Fragment, common_library

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
