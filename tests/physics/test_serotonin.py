"""Serotonin: sizes and signs that follow from release, uptake and the autoreceptor alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pytest
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism, compose, drug_fragment, receptor_sums
from euthymia.pipeline import ATOL, RTOL
from euthymia.records.library import common_library

DRUGS: Final = ("fluoxetine", "eight_oh_dpat", "way_100635")
RECEPTORS: Final[Mapping[str, tuple[str, ...]]] = {"sert": (), "htr1a": ("goa", "gi3")}
OUTPUTS: Final = (
    "serotonin_raphe", "serotonin_forebrain", "raphe_firing", "sert_occupancy", "autoreceptor_sensitivity",
)  # fmt: skip
BALANCE: Final = 1e-4
"""Relative error of a steady state after hundreds of turnovers; the solver's is a hundred times smaller."""
DOSE: Final = 30_000.0
"""About 10 mg/kg of fluoxetine, nmol/kg."""


@pytest.fixture(scope="module")
def loop() -> Mechanism:
    """The serotonin text with three drugs and no study."""
    library = common_library()
    drugs = [library.drugs[name] for name in DRUGS]
    fragments = [library.fragments["serotonin"], *(drug_fragment(drug, RECEPTORS) for drug in drugs)]
    return compose("loop", fragments, derived=receptor_sums(RECEPTORS, drugs))


def course(loop: Mechanism, times: list[float], **arms: Schedule) -> xr.Dataset:
    result = simulate(
        loop.model, times=times, schedule=arms, outputs=list(OUTPUTS), rtol=RTOL, atol=ATOL, workers=1
    )  # fmt: skip
    assert (result["status"] == 0).all()
    return result.isel(animal=0)


def test_the_pathways_not_asked_for_are_left_out(loop: Mechanism) -> None:
    names = {parameter.id for parameter in loop.parameters}
    assert {"eight_oh_dpat_tau_goa", "eight_oh_dpat_tau_gi3"} <= names
    assert not {"eight_oh_dpat_tau_gz", "eight_oh_dpat_tau_arrestin"} & names


def test_without_transporter_and_feedback_the_other_ways_clear_all(loop: Mechanism) -> None:
    rest = loop.values()
    gone = {"sert_level": 0.0, "htr1a_raphe_level": 0.0, "girk_hill": 0.0}
    end = course(loop, [0.0, 200.0], gone=Schedule.of([], gone)).sel(arm="gone").isel(time=-1)
    for place in ("raphe", "forebrain"):
        expected = rest["serotonin_rest"] / (1 - rest[f"sert_share_{place}"])
        assert float(end[f"serotonin_{place}"]) == pytest.approx(expected, rel=BALANCE)


def test_with_nothing_to_release_nothing_is_left(loop: Mechanism) -> None:
    empty = Schedule.of([], {"serotonin_level": 0.0})
    end = course(loop, [0.0, 200.0], empty=empty).sel(arm="empty").isel(time=-1)
    assert abs(float(end["serotonin_raphe"])) < BALANCE
    assert abs(float(end["serotonin_forebrain"])) < BALANCE


def test_blocked_uptake_raises_serotonin_most_in_the_raphe_and_slows_firing(loop: Mechanism) -> None:
    """Malagie et al. 1995, Eur J Pharmacol, doi:10.1016/0014-2999(95)00573-4: raphe above forebrain."""
    acute = course(loop, [0.0, 1.0], dose=Schedule.of([Jump(0.0, "fluoxetine_depot", "add", DOSE)])).sel(arm="dose")
    rise = {place: float(acute[f"serotonin_{place}"].isel(time=-1)) for place in ("raphe", "forebrain")}
    assert rise["raphe"] > rise["forebrain"] > 1.2 * loop.values()["serotonin_rest"]
    assert float(acute["raphe_firing"].isel(time=-1)) < 0.8


def test_the_antagonist_gives_firing_back(loop: Mechanism) -> None:
    dose, block = Jump(0.0, "fluoxetine_depot", "add", DOSE), Jump(0.0, "way_100635_depot", "add", 600.0)
    result = course(loop, [0.0, 1.0], alone=Schedule.of([dose]), both=Schedule.of([dose, block])).isel(time=-1)
    assert float(result["raphe_firing"].sel(arm="both")) > 1.2 * float(result["raphe_firing"].sel(arm="alone"))


def test_firing_returns_in_two_to_three_weeks_of_daily_doses(loop: Mechanism) -> None:
    """Czachura and Rasmussen 2000, Naunyn Schmiedebergs Arch Pharmacol 362:266: back within 14 to 21 days."""
    doses = Schedule.of([Jump(24.0 * day, "fluoxetine_depot", "add", DOSE) for day in range(22)])
    hours = [24.0 * day + 4 for day in (0, 3, 7, 14, 21)]
    daily = course(loop, [0.0, *hours], daily=doses).sel(arm="daily").isel(time=slice(1, None))
    assert (np.diff(daily["raphe_firing"]) > 0).all()
    assert float(daily["raphe_firing"][1]) < 0.9 < float(daily["raphe_firing"][-1])
    assert float(daily["serotonin_forebrain"][-1]) > 1.3 * float(daily["serotonin_forebrain"][0])
    assert 0 < float(daily["autoreceptor_sensitivity"][-1]) < 0.5
