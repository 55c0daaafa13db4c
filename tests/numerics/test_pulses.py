"""Rates that jump in time or state: nothing is stepped over, and the instants are met."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from running import TIGHT, course

from euthymia.engine.schedule import Jump

SPAN: Final = 100.0
WIDTH: Final = SPAN / 1000
"""Length of a pulse: a thousandth of the span."""
START: Final = 70.3
"""Far from the start, where nothing has happened for so long that steps are as long as they get."""

PULSES: Final = {
    "condition on time": f"piecewise(1, time >= {START} && time < {START + WIDTH}, 0)",
    "strict and turned round": f"piecewise(0, time <= {START} || time > {START + WIDTH}, 1)",
    "two pieces": f"piecewise(0, time < {START}, 1, time < {START + WIDTH}, 0)",
    "nested": f"piecewise(piecewise(1, time < {START + WIDTH}, 0), time >= {START}, 0)",
    "product of conditions": f"piecewise(1, time >= {START}, 0)*piecewise(1, {START + WIDTH} > time, 0)",
    "by a state": f"piecewise(1, clock >= {START} && clock < {START + WIDTH}, 0)",
    "by a rule": f"piecewise(1, abs(centred) < {WIDTH / 2}, 0)",
    "floor": f"piecewise(1, floor((time - {START})/{WIDTH}) == 0, 0)",
}


@pytest.mark.parametrize("times", [[SPAN], np.linspace(0, SPAN, 11)], ids=["one output", "some outputs"])
@pytest.mark.parametrize("name", PULSES)
def test_a_short_pulse_is_not_stepped_over(name: str, times: list[float]) -> None:
    text = f"""
    clock' = 1; clock = 0; centred := time - {START + WIDTH / 2};
    x' = u; x = 0; u := {PULSES[name]};
    """
    x = course(text, times, ["x"], rtol=1e-6, atol=1e-9)[0]
    assert x[-1] == pytest.approx(WIDTH, rel=TIGHT)
    assert not x[:-3].any()


def test_a_pulse_seen_from_within() -> None:
    times = START + WIDTH * np.array([-1.0, 0.0, 0.25, 0.75, 1.0, 2.0])
    text = f"x' = u - 3*x; x = 0; u := {PULSES['condition on time']};"
    x, u = course(text, times, ["x", "u"])
    inside = np.clip(times - START, 0, WIDTH)
    after = np.maximum(times - START - WIDTH, 0)
    assert x == pytest.approx((1 - np.exp(-3 * inside)) / 3 * np.exp(-3 * after), rel=TIGHT)
    assert u[[0, 2, 3, 5]].tolist() == [0, 1, 1, 0]


DAYS: Final = 40


@pytest.mark.parametrize("hours", [0.024, 12.0])
def test_an_input_every_day(hours: float) -> None:
    """The usual way to write periodic doses: the time of day by floor. Elimination is 0.2 per hour."""
    (x, total) = course(
        f"x' = u - 0.2*x; total' = u; x = 0; total = 0; u := piecewise(1, time - 24*floor(time/24) < {hours}, 0);",
        [24.0 * DAYS],
        ["x", "total"],
    )
    assert total == pytest.approx([DAYS * hours], rel=TIGHT)
    daily = (math.exp(0.2 * hours) - 1) / 0.2 * math.exp(-0.2 * 24)
    assert x == pytest.approx([daily / (1 - math.exp(-0.2 * 24))], rel=TIGHT)


def test_light_by_the_sine_of_the_time_of_day() -> None:
    text = "x' = piecewise(1, sin(pi*time/12) > 0, 0) - x; x = 0;"
    (x,) = course(text, [24.0 * DAYS - 12, 24.0 * DAYS, 24.0 * DAYS + 6], ["x"])
    evening = (1 - math.exp(-12)) / (1 - math.exp(-24))
    morning = evening * math.exp(-12)
    assert x == pytest.approx([evening, morning, 1 - (1 - morning) * math.exp(-6)], rel=TIGHT)


def test_a_switch_by_the_state() -> None:
    """Elimination doubles above a level."""
    text = "x' = piecewise(-2*x, x > 1, -x); x = 8;"
    switch = math.log(8) / 2
    times = np.array([0.5, 1.0, switch, 2.0, 4.0])
    (x,) = course(text, times, ["x"])
    expected = np.where(times < switch, 8 * np.exp(-2 * times), np.exp(-(times - switch)))
    assert x == pytest.approx(expected, rel=TIGHT)


def test_corners() -> None:
    """Absolute value and maximum, whose derivatives jump."""
    text = "x' = abs(sin(time)); y' = max(sin(time), cos(time)); x = 0; y = 0;"
    x, y = course(text, 2 * math.pi * np.array([1.0, 10.0]), ["x", "y"])
    assert x == pytest.approx([4, 40], rel=TIGHT)
    assert y == pytest.approx([math.sqrt(8), 10 * math.sqrt(8)], rel=TIGHT)


def test_a_pulse_that_a_schedule_moves() -> None:
    """A jump changes the time at which the pulse begins, once before it would have come and once while it lasts."""
    text = f"x' = piecewise(1, time >= begin && time < begin + {WIDTH}, 0); x = 0; begin = 40;"
    later = [Jump(30.0, "begin", "set", 60.0)]
    assert course(text, [50.0, SPAN], ["x"], schedule=later)[0] == pytest.approx([0, WIDTH], abs=TIGHT * WIDTH)
    broken = [Jump(40.0 + WIDTH / 4, "begin", "set", 60.0)]
    parts = [WIDTH / 4, 1.25 * WIDTH]
    assert course(text, [50.0, SPAN], ["x"], schedule=broken)[0] == pytest.approx(parts, rel=TIGHT)


def test_alternating_rates_between_equal_bounds() -> None:
    """A relay with two thresholds: a triangle wave with turns at known times (an event at each)."""
    text = "x' = s; x = 0; s = 1; up: at x > 1: s = -1; down: at x < 0: s = 1;"
    (x,) = course(text, np.arange(0.25, 50, 0.5), ["x"])
    assert x == pytest.approx(np.tile([0.25, 0.75, 0.75, 0.25], 25)[: len(x)], rel=TIGHT)
