"""MDMA: what the rat's kinetics say in numbers holds at the central values."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import compose, drug_fragment
from euthymia.pipeline import ATOL, RTOL
from euthymia.records.library import common_library

HOURS: Final = np.linspace(0, 12, 721)
MOLAR_MASS: Final = 193.24
"""g/mol of the base, in which plasma levels are reported."""


def plasma(dose: float) -> npt.NDArray[np.float64]:
    """MDMA in plasma, ng/ml, after `dose` mg/kg of the hydrochloride."""
    drug = common_library().drugs["mdma"]
    mechanism = compose("mdma", [drug_fragment(drug)])
    amount = dose * 1e6 / drug.molar_mass
    dosing = Schedule.of([Jump(0.0, drug.routes["ip"].into, "add", amount)])
    result = simulate(
        mechanism.model, times=HOURS, schedule=dosing, parameters=mechanism.values(), outputs=["mdma_plasma"],
        rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    return np.asarray(result["mdma_plasma"].values).ravel() * MOLAR_MASS / 1e3


def test_peak_and_half_life_of_a_low_dose_are_those_of_the_rat() -> None:
    """About 200 ng/ml after 2 mg/kg, and half of it in less than an hour (Baumann 2009, doi:10.1124/dmd.109.028506)."""
    course = plasma(2)
    peak = int(np.argmax(course))
    assert 100 < course[peak] < 250
    half = HOURS[peak + int(np.argmax(course[peak:] < course[peak] / 2))] - HOURS[peak]
    assert 0.3 < half < 1


def test_five_times_the_dose_gives_more_than_five_times_the_exposure() -> None:
    """10 to 36 times the area under the curve, by route (Baumann 2009)."""
    ratio = np.trapezoid(plasma(10), HOURS) / np.trapezoid(plasma(2), HOURS)
    assert 10 < ratio < 36
