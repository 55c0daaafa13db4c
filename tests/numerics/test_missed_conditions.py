"""Conditions that hold for a short time only are not stepped over, at any tolerance."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

import oracle
from euthymia.engine.batch.compiled import system_of
from euthymia.engine.simulate import simulate
from euthymia.errors import ModelError
from euthymia.models.load import load_model

TIMES: Final = np.linspace(0, 20, 81)
CLOSE: Final = 1e-5
"""The runs are at the default tolerances; what is missed would change the numbers by a tenth at least."""
MODELS: Final = {
    "a sine in a rate": "x' = piecewise(1, sin(10*time) > 0, 0); x = 0",
    "a sine of a clock": "x' = piecewise(1, sin(10*c) > 0, 0); x = 0; c' = 1; c = 0",
    "a sine in a trigger": "x = 0; E: at sin(10*time) > 0.99: x = x + 1",
    "a sine in a trigger beside a state": "y' = -y; y = 1; x = 0; E: at cos(7*time) < -0.995: x = x + 1",
    "a sine and a delay": "x = 0; y' = 1; y = 0; E: at 0.3 after sin(3*time) > 0.99: x = x + y",
    "a product of times": "x' = piecewise(1, (time - 12)*(time - 12.1) < 0, 0); x = 0",
    "a product of times in a trigger": "x = 0; E: at (time - 12)*(time - 12.01) < 0: x = x + 1",
    "a product of a clock": "c' = 2; c = 0; x = 0; E: at (c - 12.3)*(c - 12.31) < 0: x = x + 1",
    "a product of a state": "c' = -0.1*c; c = 1; x = 0; E: at (c - 0.3)*(c - 0.301) < 0: x = x + 1",
    "a distance in time": "x = 0; E: at abs(time - 7) < 0.01: x = x + 1",
    "steps of a sine": "x' = floor(3*sin(time)); x = 0",
    "a sawtooth": "x' = piecewise(1, c - 2*floor(c/2) < 0.1, 0); x = 0; c' = 1; c = 0",
    "an infinite difference": "x = 0; y' = 1; y = 0; E: at ln(y) > 1: x = x + 1",
    "an equality in time": "x = 0; E: at time == 5: x = x + 1",
}


@pytest.mark.parametrize("name", MODELS)
def test_a_short_condition_is_not_stepped_over(name: str) -> None:
    model = load_model(MODELS[name])
    result = simulate(model, times=TIMES, outputs=["x"])
    assert result["status"].values.tolist() == [0]
    expected = oracle.solve(system_of(model), times=TIMES, outputs=["x"])[:, 0]
    assert np.ptp(expected) >= 0.1 - CLOSE
    assert result["x"].values[0] == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("sign", ["==", "!="])
def test_an_equality_of_a_state_in_a_trigger_is_refused(sign: str) -> None:
    model = load_model(f"c' = 1; c = 0; x = 0; E: at c {sign} 5: x = 1")
    for engine in ("batch", "auto"):
        with pytest.raises(ModelError, match="“E” has an equality"):
            simulate(model, times=[0, 9], engine=engine)  # type: ignore[arg-type]
