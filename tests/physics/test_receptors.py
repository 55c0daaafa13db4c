"""5-HT2A receptors of S04 and S09: efficacy, desensitisation, selectivity; dopamine neurons as positive control."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL

START: Final = 24.0
"""Hour of an intervention."""
TIMES: Final = (0.0, START, START + 0.25, START + 0.5, START + 1, START + 24, START + 240)
EXACT: Final = 1e-6
"""Relative difference that is put down to the solver."""


def course(mechanism: Mechanism, jumps: list[Jump], outputs: list[str], **values: float) -> xr.Dataset:
    """The typical animal."""
    result = simulate(mechanism.model, times=TIMES, parameters=mechanism.values() | values, schedule=Schedule.of(jumps),
                      outputs=outputs, rtol=RTOL, atol=ATOL)  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def at(result: xr.Dataset, name: str, hours: float) -> float:
    return float(np.asarray(result[name].sel(time=START + hours)).squeeze())


def bath(concentration: float) -> list[Jump]:
    return [Jump(START, "nbf_bath", "set", concentration), Jump(START + 2, "nbf_bath", "set", 0.0)]


@pytest.mark.parametrize("concentration", [1.0, 60.0, 1e6])
def test_the_response_is_that_of_the_operational_model(mechanisms: dict[str, Mechanism], concentration: float) -> None:
    values = {"htr2a_desensitisation": 0.0, "nbf_htr2a_ki": 12.0, "nbf_shift": 5.0, "nbf_htr2a_tau": 0.6}
    result = course(mechanisms["S09"], bath(concentration), ["htr2a_response", "htr2a_occupancy"], **values)
    bound = concentration / 60
    assert at(result, "htr2a_response", 1) == pytest.approx(0.6 * bound / (1 + 1.6 * bound), rel=EXACT)
    assert at(result, "htr2a_occupancy", 1) == pytest.approx(bound / (1 + bound), rel=EXACT)


def test_an_agonist_without_efficacy_does_nothing(mechanisms: dict[str, Mechanism]) -> None:
    names = ["htr2a_signal", "htr2a_pool", "despair", "growth_pt"]
    silent = course(mechanisms["S09"], bath(1e4), names, nbf_htr2a_tau=0.0)
    rest = course(mechanisms["S09"], bath(0.0), names)
    assert all(float(abs(silent[name] - rest[name]).max()) < EXACT for name in names)


def test_receptors_that_respond_uncouple_and_come_back(mechanisms: dict[str, Mechanism]) -> None:
    result = course(mechanisms["S09"], bath(1e4), ["htr2a_pool"])
    assert at(result, "htr2a_pool", 1) < 0.9 < at(result, "htr2a_pool", 24) < at(result, "htr2a_pool", 240) <= 1


def test_five_ht2c_holds_the_head_twitch_back(mechanisms: dict[str, Mechanism]) -> None:
    dose, free = [Jump(START, "nbf_depot", "add", 1e5)], [Jump(START, "htr2c_level", "set", 0.0)]
    braked = course(mechanisms["S09"], dose, ["head_twitches"])
    released = course(mechanisms["S09"], free + dose, ["head_twitches"])
    assert at(released, "head_twitches", 0.25) > 1.05 * at(braked, "head_twitches", 0.25) > 3


def test_driven_dopamine_neurons_are_liked_taken_and_disrupt_gating(mechanisms: dict[str, Mechanism]) -> None:
    names = ["dopamine_level", "place_score", "infusions", "prepulse_inhibition"]
    rest = course(mechanisms["S09"], [], names)
    driven = course(mechanisms["S09"], [Jump(START, "vta_drive", "set", 2.0)], names)
    for name, sign in zip(names, (1, 1, 1, -1), strict=True):
        assert sign * (at(driven, name, 1) - at(rest, name, 1)) > 0.05 * max(1.0, abs(at(rest, name, 1))), name


def test_corticosterone_burdens_as_stress_does_and_zero_does_not(mechanisms: dict[str, Mechanism]) -> None:
    given = [Jump(24.0 * day, "corticosterone_depot", "add", 14_000.0) for day in range(1, 8)]
    names = ["cort", "anhedonia", "stress_load"]
    result, rest = course(mechanisms["S09"], given, names), course(mechanisms["S09"], [], names)
    assert at(result, "stress_load", 240) > 0.1 < at(result, "anhedonia", 240)
    assert at(result, "cort", 240) < 0.99
    assert float(abs(rest["stress_load"]).max()) < EXACT
