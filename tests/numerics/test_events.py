"""Events of a model against times that are known, and the order of what happens at one time."""

from __future__ import annotations

import itertools
import math
from typing import Final

import numpy as np
import pytest
from running import TIGHT, Array, course, courses

from euthymia.engine.schedule import Jump

EXACT: Final = 1e-12
"""What is set by an event is not integrated."""

# Times of events that depend on the state

GRAVITY, HEIGHT, RESTITUTION = 9.81, 10.0, 0.8
BALL: Final = f"""
h' = v; v' = -{GRAVITY}; h = {HEIGHT}; v = 0; last = 0; bounces = 0;
bounce: at h < 0: h = 0, v = -{RESTITUTION}*v, last = time, bounces = bounces + 1;
"""


def bounce_times(number: int) -> Array:
    """The ball first falls; then each flight is shorter than the one before by the coefficient of restitution."""
    first = math.sqrt(2 * HEIGHT / GRAVITY)
    flights = 2 * first * RESTITUTION ** np.arange(1, number)
    return first + np.concatenate([[0.0], np.cumsum(flights)])


def test_a_ball_bounces_when_it_should() -> None:
    bounces = bounce_times(21)
    between = np.array([(one + other) / 2 for one, other in itertools.pairwise(bounces)])
    h, v, last, count = course(BALL, between, ["h", "v", "last", "bounces"])
    assert count.tolist() == list(range(1, 21))
    assert last == pytest.approx(bounces[:-1], rel=TIGHT)
    away = GRAVITY * bounces[0] * RESTITUTION ** np.arange(1, 21)
    since = between - bounces[:-1]
    assert h == pytest.approx(away * since - GRAVITY / 2 * since**2, rel=TIGHT, abs=TIGHT)
    assert v == pytest.approx(away - GRAVITY * since, abs=TIGHT)  # half way it stands still


def test_a_dose_whenever_the_level_falls_below_a_threshold() -> None:
    """Each animal eliminates at its own rate, and is dosed at its own times."""
    rates, low, high = np.array([0.2, 0.5, 1.0, 3.0, 0.02]), 1.0, 10.0
    text = f"x' = -k*x; x = 4; k = 1; doses = 0; E: at x < {low}: x = {high}, doses = doses + 1;"
    times = np.linspace(0, 40, 83)[1:]
    found = courses(text, times, ["x", "doses"], parameters={"k": rates})
    for k, (x, doses) in zip(rates, found.transpose(0, 2, 1), strict=True):
        since = times - math.log(4 / low) / k
        period = math.log(high / low) / k
        expected = np.where(since < 0, 4 * np.exp(-k * times), high * np.exp(-k * np.mod(since, period)))
        assert doses.tolist() == np.maximum(np.floor(since / period) + 1, 0).tolist()
        assert x == pytest.approx(expected, rel=10 * TIGHT)  # errors of times add up over fifty doses


def test_a_threshold_that_is_touched_for_an_instant_only() -> None:
    """A swing of amplitude 1 is above 0.9999 for 1.4% of a turn; each time counts once."""
    text = "x' = v; v' = -x; x = 0; v = 1; n = 0; at x > 0.9999: n = n + 1;"
    (n,) = course(text, math.pi * np.arange(0, 20, 2), ["n"])
    assert n.tolist() == list(range(10))


def test_a_trigger_by_the_value_of_a_rule() -> None:
    """The trigger depends on an assignment rule, the assignment on another state."""
    text = "x' = 1; y' = -y; x = 0; y = 1; z := x^2; seen = 0; at z >= 2: seen = y;"
    seen = course(text, [1.4, 1.5], ["seen"])[0]
    assert seen == pytest.approx([0, math.exp(-math.sqrt(2))], rel=TIGHT)


# What is seen at the time of an event


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("at time >= 2: x = 5;", [0, 5, 5, 5]),
        ("at time > 2: x = 5;", [0, 0, 5, 5]),
        ("at !(time < 2): x = 5;", [0, 5, 5, 5]),
        ("at time >= 2 && time < 2.5: x = 5;", [0, 5, 5, 5]),
        ("at time >= 3: x = 5;", [0, 0, 0, 5]),
        ("at time > 3: x = 5;", [0, 0, 0, 0]),
        ("at time >= 3.000001: x = 5;", [0, 0, 0, 0]),
        ("at 1 after time >= 1: x = 5;", [0, 5, 5, 5]),
        ("at 1 after time >= 2: x = 5;", [0, 0, 0, 5]),
    ],
)
def test_an_output_at_the_time_of_an_event_shows_the_state_after_it(event: str, expected: list[float]) -> None:
    x = course(f"clock' = 1; clock = 0; x = 0; {event}", [0.0, 2.0, 2.25, 3.0], ["x"])[0]
    assert x.tolist() == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("at time >= 0, t0 = false: n = n + 1;", [1, 1, 1]),
        ("at time >= 0, t0 = true: n = n + 1;", [0, 0, 0]),
        ("at x >= 1, t0 = false: n = n + 1;", [1, 1, 1]),
        ("at x > 1, t0 = false: n = n + 1;", [0, 1, 1]),
        ("at x > 1, t0 = true: n = n + 1;", [0, 1, 1]),  # false at the start, so it can turn true
        ("at x < 2, t0 = false: n = n + 1;", [1, 1, 1]),
        ("at 0.5 after time >= 0, t0 = false: n = n + 1;", [0, 1, 1]),
        ("at x >= 1, t0 = false: n = n + 1, x = 0.5;", [1, 2, 3]),  # at the start, and when it has grown again
    ],
)
def test_events_at_the_start(event: str, expected: list[float]) -> None:
    assert course(f"x' = 1; x = 1; n = 0; {event}", [0.0, 0.75, 1.25], ["n"])[0].tolist() == expected


def test_an_event_at_the_end_is_executed_once() -> None:
    text = "x' = 1; x = 0; n = 0; E: at time >= 2: x = x + 10, n = n + 1;"
    x, n = course(text, [2.0], ["x", "n"])
    assert (x[0], n[0]) == (pytest.approx(12, rel=EXACT), 1)


# Several events at one time


def pair(first: str, second: str, options: str) -> str:
    return f"""
    clock' = 1; clock = 0; x = 3;
    A: at time >= 1, priority = {first}, {options}: x = x + 1;
    B: at time >= 1, priority = {second}, {options}: x = 2*x;
    """


@pytest.mark.parametrize(
    ("first", "second", "options", "expected"),
    [
        ("1", "2", "fromTrigger = false", 7),  # doubled, then one more
        ("2", "1", "fromTrigger = false", 8),
        ("1", "2", "fromTrigger = true", 4),  # both saw 3, and the last one stays
        ("2", "1", "fromTrigger = true", 6),
        ("x - 4", "0", "fromTrigger = false", 7),  # priorities are computed
        ("x - 2", "0", "fromTrigger = false", 8),
    ],
)
def test_priorities(first: str, second: str, options: str, expected: float) -> None:
    assert course(pair(first, second, options), [0.0, 1.0, 2.0], ["x"])[0].tolist() == [3, expected, expected]


CASCADES: Final = {
    "one triggers another": ("x = 0; y = 0; at time >= 1: x = 5; at x > 4: y = y + 1;", [0, 1, 1]),
    "a chain": ("x = 0; y = 0; at time >= 1: x = 1; at x > 0: x = 2; at x > 1: x = 3; at x > 2: y = 7;", [0, 7, 7]),
    "one takes back the trigger of another": (
        "x = 0; y = 0; at time >= 1, priority = 2: x = 1;"
        "at time >= 1 && x < 1, priority = 1, persistent = false: y = 1;",
        [0, 0, 0],
    ),
    "a persistent one is executed nevertheless": (
        "x = 0; y = 0; at time >= 1, priority = 2: x = 1;"
        "at time >= 1 && x < 1, priority = 1, persistent = true: y = 1;",
        [0, 1, 1],
    ),
    "one that triggers itself again": (
        "x = 0; y = 0; at time >= 1: x = 1; up: at x > 0 && y < 3: y = y + 1, x = -1; down: at x < 0: x = 1;",
        [0, 3, 3],
    ),
    "a wait that is given up": (
        "x' = 1; x = 0; y = 0; at 0.5 after x > 0.75, persistent = false: y = 1; at time >= 1: x = 0;",
        [0, 0, 1],  # from 1.75, when it has grown again, to 2.25
    ),
    "a wait that is not given up": (
        "x' = 1; x = 0; y = 0; at 0.5 after x > 0.75, persistent = true: y = y + 1; at time >= 1: x = 0;",
        [0, 0, 2],  # from 0.75 to 1.25, and from 1.75 to 2.25
    ),
}


@pytest.mark.parametrize("name", CASCADES)
def test_events_that_act_on_one_another(name: str) -> None:
    text, expected = CASCADES[name]
    assert course(f"clock' = 1; clock = 0; {text}", [0.0, 1.0, 2.5], ["y"])[0].tolist() == expected


@pytest.mark.parametrize("from_trigger", ["true", "false"])
def test_a_delayed_event_uses_the_values_of_its_trigger_or_of_its_execution(from_trigger: str) -> None:
    text = f"x' = -x; x = 1; E: at 0.5 after time >= 1, fromTrigger = {from_trigger}: x = x + 1;"
    x = course(text, [1.25, 1.5, 2.5], ["x"])[0]
    after = 1 + math.exp(-1 if from_trigger == "true" else -1.5)
    assert x == pytest.approx([math.exp(-1.25), after, after * math.exp(-1)], rel=TIGHT)


def test_a_delay_that_depends_on_the_state() -> None:
    text = "x' = -x; x = 1; n = 0; at x after time >= 1, fromTrigger = false: n = time;"
    (n,) = course(text, [1.3, 1.4], ["n"])
    assert n == pytest.approx([0, 1 + math.exp(-1)], rel=TIGHT)


# Events and scheduled jumps


def test_a_jump_triggers_an_event_at_once() -> None:
    text = "x' = -x; x = 1; n = 0; at x > 2: n = n + 1;"
    jumps = [Jump(1.0, "x", "add", 5.0), Jump(1.5, "x", "set", 0.0), Jump(2.0, "x", "set", 2.5)]
    assert course(text, [0.5, 1.0, 1.5, 2.0, 3.0], ["n"], schedule=jumps)[0].tolist() == [0, 1, 1, 2, 2]


def test_a_jump_that_does_not_change_the_trigger_triggers_nothing() -> None:
    text = "x' = -x; x = 10; n = 0; at x > 2: n = n + 1;"
    jumps = [Jump(0.5, "x", "add", 5.0), Jump(0.75, "x", "multiply", 2.0)]
    assert course(text, [0.5, 0.75, 1.0], ["n"], schedule=jumps)[0].tolist() == [0, 0, 0]


def test_a_jump_and_an_event_at_one_time() -> None:
    """The jump comes first."""
    text = "x' = 0; x = 1; at time >= 1: x = 10*x;"
    x = course(text, [0.5, 1.0, 1.5], ["x"], schedule=[Jump(1.0, "x", "add", 1.0)])[0]
    assert x == pytest.approx([1, 20, 20], rel=EXACT)
