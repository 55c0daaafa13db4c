"""Pleiotrophin of S12: astrocytes set it, chondroitin chains tighten its binding, three readings of one sign fork."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pytest

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL

WEEKS: Final = 24.0 * 28
"""Hours after which all states of the path have settled."""
SETTLED: Final = 1e-3
"""Relative distance from rest of a state that settles with a time constant of days."""
MOVED: Final = 0.05
"""Least relative change of pAKT that counts as a prediction."""
ENOUGH: Final = 2e4
"""Pleiotrophin in the bath, nM, far above all its dissociation constants."""
READINGS: Final = {
    "A": {"activation_share": 1.0, "phosphatase_share": 0.0, "scaffold_share": 0.0},
    "B": {"scaffold_share": 0.0},
    "C": {},
}
FORK: Final = {
    "pleiotrophin": {"A": 1, "B": 1, "C": 1},
    "knock_down": {"A": -1, "B": 1, "C": -1},
    "inhibitor": {"A": 0, "B": 1, "C": 1},
    "stripped": {"A": -1, "B": -1, "C": -1},
    "stripped_pleiotrophin": {"A": 0, "B": 0, "C": -1},
}
"""Predicted sign for phosphorylated AKT in unstressed mice; the last one against pleiotrophin alone."""
STRIPPED: Final = Jump(0.0, "chondroitinase_bath", "set", 1e4)
GIVEN: Final = Jump(0.0, "pleiotrophin_bath", "set", ENOUGH)
DONE: Final = {
    "pleiotrophin": [GIVEN],
    "knock_down": [Jump(0.0, "ptprz1_level", "set", 0.3)],
    "inhibitor": [Jump(0.0, "naz2329_bath", "set", 1e5)],
    "stripped": [STRIPPED],
    "stripped_pleiotrophin": [STRIPPED, GIVEN],
}


def after(mechanism: Mechanism, jumps: Sequence[Jump], outputs: list[str], **values: float) -> dict[str, float]:
    """The typical animal four weeks after some jumps."""
    result = simulate(mechanism.model, times=(0.0, WEEKS), parameters=mechanism.values() | values,
                      schedule=Schedule.of(list(jumps)), outputs=outputs, rtol=RTOL, atol=ATOL)  # fmt: skip
    assert (result["status"] == 0).all()
    return {name: float(np.asarray(result[name].isel(time=-1)).squeeze()) for name in outputs}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("done", FORK)
def test_the_readings_of_the_sign_fork_part(mechanisms: dict[str, Mechanism], done: str, reading: str) -> None:
    mechanism, variant = mechanisms["S12"], READINGS[reading]
    compared = [GIVEN] if done == "stripped_pleiotrophin" else []
    pakt, before = (after(mechanism, jumps, ["pakt"], **variant)["pakt"] for jumps in (DONE[done], compared))
    change = pakt / before - 1
    assert np.sign(change) * (abs(change) > MOVED) == FORK[done][reading], change


def test_every_two_readings_differ_in_a_prediction() -> None:
    for first, second in (("A", "B"), ("A", "C"), ("B", "C")):
        assert any(signs[first] != signs[second] for signs in FORK.values())


@pytest.mark.parametrize("loss", [0.25, 1.0, 3.0])
def test_pleiotrophin_falls_in_proportion_to_astrocytes(mechanisms: dict[str, Mechanism], loss: float) -> None:
    """Without a change per cell and without other sources."""
    stress = [Jump(0.0, "stressor", "set", 1.0)]
    values = {"stress_to_astrocytes": loss, "stress_to_ptn": 0.0, "ptn_other_share": 0.0}
    found = after(mechanisms["S12"], stress, ["astrocytes", "ptn_mrna"], **values)
    assert found["astrocytes"] < 0.9
    assert found["ptn_mrna"] == pytest.approx(found["astrocytes"], rel=SETTLED)


def test_chains_change_the_affinity_and_not_the_number_of_sites(mechanisms: dict[str, Mechanism]) -> None:
    mechanism = mechanisms["S12"]
    for jumps in ([], [STRIPPED]):
        full = [*jumps, Jump(0.0, "pleiotrophin_bath", "set", 1e6)]
        assert after(mechanism, full, ["occupancy"])["occupancy"] > 1 - SETTLED
    little = [Jump(0.0, "ptn_level", "set", 0.0), Jump(0.0, "midkine_level", "set", 0.0),
              Jump(0.0, "pleiotrophin_bath", "set", 13.0)]  # fmt: skip
    half = after(mechanism, [*little, STRIPPED], ["occupancy", "chondroitin"])
    assert half["chondroitin"] < SETTLED
    assert half["occupancy"] == pytest.approx(0.5, abs=0.01)
    assert after(mechanism, little, ["occupancy"])["occupancy"] > 0.8


def test_without_the_receptor_pleiotrophin_does_nothing(mechanisms: dict[str, Mechanism]) -> None:
    gone = [Jump(0.0, "ptprz1_level", "set", 0.0)]
    assert after(mechanisms["S12"], [*gone, GIVEN], ["pakt"])["pakt"] == pytest.approx(
        after(mechanisms["S12"], gone, ["pakt"])["pakt"], rel=SETTLED
    )
