"""The scales that the common dynamics define hold at the central values."""

from __future__ import annotations

from typing import Final

import pytest

from euthymia import Jump, load_study, mechanism_of, simulate

SCALE: Final = 0.02
"""The rate that sets the scale is written with three digits; two percent covers it."""


def test_three_weeks_of_restraint_are_a_load_of_one() -> None:
    model = mechanism_of(load_study("S02", calibrated=False)).model
    jumps = [Jump(0, "stressor_predictability", "set", 1.0)]
    for day in range(21):
        jumps += [Jump(24 * day, "stressor", "set", 1.0), Jump(24 * day + 2, "stressor", "set", 0.0)]
    course = simulate(model, times=[0, 24 * 21], schedule=jumps, outputs=["stress_load"])
    assert course["stress_load"].values[0, -1] == pytest.approx(1.0, abs=SCALE)
