"""Autophagy and receptors of S03: level is not flux, receptors are moved before they are lost."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL

CONSERVED: Final = 1e-5
"""Relative drift of a conserved sum; ten times the solver's relative tolerance."""
START: Final = 24.0
"""Hour of an intervention."""
TIMES: Final = (0.0, START, START + 0.5, START + 2, START + 24)
ENDLESS: Final = {"ampa_half_life": 1e12, "nmda_half_life": 1e12, "gabaa_half_life": 1e12}
"""Half-lives in hours at which nothing is made and nothing lost."""
RECEPTORS: Final = ("glua1", "glua2", "glun1", "gabaa")


def course(mechanism: Mechanism, jumps: list[Jump], outputs: list[str], **values: float) -> xr.Dataset:
    """The typical animal."""
    result = simulate(mechanism.model, times=TIMES, parameters=mechanism.values() | values, schedule=Schedule.of(jumps),
                      outputs=outputs, rtol=RTOL, atol=ATOL)  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def last(result: xr.Dataset, name: str, time: int = -1) -> float:
    return float(np.asarray(result[name].isel(time=time)).squeeze())


def test_a_block_of_lysosomes_raises_the_level_and_stops_the_flux(mechanisms: dict[str, Mechanism]) -> None:
    names = ["autophagic_flux", "lc3_ii", "p62"]
    blocked = course(mechanisms["S03"], [Jump(START, "bafilomycin_bath", "set", 1000.0)], names)
    started = course(mechanisms["S03"], [Jump(START, "tbp_bath", "set", 5000.0)], names)
    assert last(blocked, "autophagic_flux") < 0.5 < 2 < last(blocked, "lc3_ii")
    assert last(started, "lc3_ii") > 1 < last(started, "autophagic_flux")
    assert last(started, "p62") < 1 < last(blocked, "p62")


def test_receptors_are_only_moved_when_nothing_is_made_or_lost(mechanisms: dict[str, Mechanism]) -> None:
    jumps = [Jump(START, "tbp_bath", "set", 5000.0), Jump(START + 1, "dyngo_bath", "set", 30_000.0)]
    outputs = [f"{name}_{pool}" for name in RECEPTORS for pool in ("surface", "inside", "engulfed")]
    result = course(mechanisms["S03"], jumps, outputs, **ENDLESS)
    for name in RECEPTORS:
        total = sum(result[f"{name}_{pool}"] for pool in ("surface", "inside", "engulfed"))
        assert float(abs(total - 1).max()) < CONSERVED, name
    assert last(result, "glua1_surface", 2) < 0.8 * last(result, "glua1_surface", 1)


def test_receptors_leave_the_surface_before_they_are_lost(mechanisms: dict[str, Mechanism]) -> None:
    result = course(mechanisms["S03"], [Jump(START, "tbp_bath", "set", 5000.0)], ["ampa_current", "total_glua1"])
    assert last(result, "ampa_current", 2) < 0.9 < 0.98 < last(result, "total_glua1", 2)
    assert last(result, "total_glua1") < last(result, "total_glua1", 2) < 1


def test_without_autophagy_receptors_pile_up_and_inhibition_stays(mechanisms: dict[str, Mechanism]) -> None:
    gone = [Jump(START, "atg7_level", "set", 0.0)]
    result = course(mechanisms["S03"], gone, ["autophagic_flux", "total_glua1", "total_glun1", "total_gabaa"])
    assert last(result, "autophagic_flux") < 0.01
    assert min(last(result, "total_glua1"), last(result, "total_glun1")) > 1.03
    assert abs(last(result, "total_gabaa") - 1) < 0.02
