"""The scales that the common dynamics define hold at the central values."""

from __future__ import annotations

from typing import Final

import pytest

from euthymia import Jump, load_study, mechanism_of, simulate
from support import OwnStudy

SCALE: Final = 0.02
"""The rate that sets the scale is written with three digits; two percent covers it."""


def test_three_weeks_of_restraint_are_a_load_of_one() -> None:
    model = mechanism_of(load_study("S02", calibrated=False)).model
    jumps = [Jump(0, "stressor_predictability", "set", 1.0)]
    for day in range(21):
        jumps += [Jump(24 * day, "stressor", "set", 1.0), Jump(24 * day + 2, "stressor", "set", 0.0)]
    course = simulate(model, times=[0, 24 * 21], schedule=jumps, outputs=["stress_load"])
    assert course["stress_load"].values[0, -1] == pytest.approx(1.0, abs=SCALE)


def test_a_burden_acts_as_its_load_of_stress_and_pain_comes_from_the_mechanism(own_study: OwnStudy) -> None:
    own_study.edit("  relief: receptor_relief\n", "  burden: distress\n  pain: ache\n")
    own_study.edit("receptor_level = 1;", "distress = 0; ache = 0; receptor_level = 1;", file="mechanism.ant")
    model = mechanism_of(own_study.load()).model
    jumps = [Jump(0, "distress", "set", 0.5), Jump(0, "ache", "set", 0.8), Jump(0, "nerve_injury", "set", 5.0)]
    names = ["despair", "anhedonia", "anxiety", "mechanical_sensitivity"]
    course = simulate(model, times=[0, 24 * 60], schedule=jumps, outputs=names)
    settled = [float(course[name].values[0, -1]) for name in names]
    assert settled == pytest.approx([0.5, 0.45, 0.45, 0.8], rel=SCALE)
