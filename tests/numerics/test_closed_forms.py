"""Models with solutions in closed form; output times; restarts at scheduled jumps."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from running import ATOL, TIGHT, Array, course, courses
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.special import ellipj

from euthymia.engine.schedule import Jump

SLOPE: Final = 0.9
"""Power of the tolerance with which errors between steps fall. Steps of a method of order five are as the fifth root of
the tolerance, and dense output of order four is wrong by the fifth power of the step, which makes 1; with a cubic
through the ends of the step it would be 0.8."""
BETWEEN: Final = 30.0
"""Errors between steps may be so many times the tolerance: those of some steps of an undamped oscillation add up."""
SINGULAR: Final = 1e-5
"""Accuracy where the right-hand side has no derivative at the start: steps there are found by trial."""
SAME: Final = 1e-11
"""Two runs that differ by the rounding of times only."""

TIMES: Final = np.array([0.0, 0.01, 0.3, 1.0, 2.5, 7.0, 12.0])


def test_bateman_chain() -> None:
    """Five nuclides (Bateman 1910, Proc Camb Philos Soc 15:423, equation for the n-th product)."""
    rates = np.array([0.9, 0.35, 2.0, 0.1, 0.6])
    reactions = [f"S{i + 1} -> {f'S{i + 2}' if i < 4 else ''}; {k}*S{i + 1};" for i, k in enumerate(rates)]
    starts = ["S1 = 10;", *(f"S{i} = 0;" for i in range(2, 6))]
    found = course("\n".join([*reactions, *starts]), TIMES, [f"S{i}" for i in range(1, 6)])
    for n, row in enumerate(found):
        formed = 10 * math.prod(rates[:n])
        others = [math.prod(rates[q] - rates[p] for q in range(n + 1) if q != p) for p in range(n + 1)]
        expected = formed * sum(np.exp(-rates[p] * TIMES) / others[p] for p in range(n + 1))
        assert row == pytest.approx(expected, rel=TIGHT, abs=TIGHT)


def test_repeated_doses_add_up() -> None:
    """One compartment with first-order absorption: each dose does what it would do alone (superposition)."""
    text = "depot -> body; ka*depot; body -> ; ke*body; ka = 1.3; ke = 0.15; depot = 0; body = 0;"
    doses = {8.0 * number: 100.0 + 5 * number for number in range(14)}
    times = np.linspace(0, 130, 261)
    body, depot = course(
        text, times, ["body", "depot"], schedule=[Jump(at, "depot", "add", size) for at, size in doses.items()]
    )
    since = [np.maximum(times - at, 0) for at in doses]
    for row, one in (
        (body, lambda t: 1.3 / (1.3 - 0.15) * (np.exp(-0.15 * t) - np.exp(-1.3 * t))),
        (depot, lambda t: np.exp(-1.3 * t)),
    ):
        parts = [size * one(t) * (times >= at) for (at, size), t in zip(doses.items(), since, strict=True)]
        assert row == pytest.approx(sum(parts), rel=TIGHT, abs=100 * TIGHT)


def test_reversible_binding() -> None:
    """A + B <-> C: between the two roots of the equilibrium, the way is a fraction of exponentials."""
    a, b, on, off = 3.0, 2.0, 0.7, 0.4
    (c,) = course(f"A + B -> C; on*A*B - off*C; A = {a}; B = {b}; C = 0; on = {on}; off = {off};", TIMES, ["C"])
    total = a + b + off / on
    low, high = (total + sign * math.sqrt(total**2 - 4 * a * b) for sign in (-1, 1))
    decay = np.exp(-on * (high - low) / 2 * TIMES)
    assert c == pytest.approx(low * high / 2 * (1 - decay) / (high - low * decay), rel=TIGHT, abs=TIGHT)


@pytest.mark.parametrize("seed", range(3))
def test_linear_systems_follow_the_matrix_exponential(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 8
    matrix = rng.exponential(size=(size, size)) * (rng.random((size, size)) < 0.4)
    np.fill_diagonal(matrix, 0)
    matrix -= np.diag(matrix.sum(axis=0) + rng.exponential(size=size))  # what leaves arrives elsewhere or is lost
    start = rng.exponential(size=size)
    names = [f"x{i}" for i in range(size)]
    sums = [" + ".join(f"{rate!r}*{name}" for rate, name in zip(row, names, strict=True)) for row in matrix.tolist()]
    rules = [f"{name}' = {sums[i]}; {name} = {start[i]:.17g};" for i, name in enumerate(names)]
    found = course("\n".join(rules), TIMES, names)
    expected = np.stack([expm(matrix * time) @ start for time in TIMES], axis=1)
    assert found == pytest.approx(expected, rel=TIGHT, abs=TIGHT)


def test_logistic_growth_of_many_animals() -> None:
    """Each animal has its own rate, so each has its own steps."""
    rates, capacity, start = np.array([0.02, 0.5, 3.0, 40.0, 2.5, 0.1]), 5.0, 0.01
    text = f"x' = r*x*(1 - x/{capacity}); x = {start}; r = 1;"
    found = courses(text, TIMES, ["x"], parameters={"r": rates})[:, :, 0]
    expected = capacity / (1 + (capacity / start - 1) * np.exp(-np.outer(rates, TIMES)))
    assert found == pytest.approx(expected, rel=TIGHT)


def test_forced_oscillator() -> None:
    """x'' + 2 zeta omega x' + omega^2 x = cos(drive t): what swings in, and what dies out."""
    zeta, omega, drive = 0.05, 3.0, 2.0
    damping, turns = zeta * omega, omega * math.sqrt(1 - zeta**2)
    times = np.linspace(0, 30, 61)
    text = f"x' = v; v' = cos({drive}*time) - 2*{damping}*v - {omega}^2*x; x = 1; v = 0;"
    x, v = course(text, times, ["x", "v"])
    answer = 1 / (omega**2 - drive**2 + 2j * damping * drive)
    rest, speed = 1 - answer.real, -(1j * drive * answer).real
    own = (rest - 1j * (speed + damping * rest) / turns) * np.exp((-damping + 1j * turns) * times)
    swing = answer * np.exp(1j * drive * times)
    assert x == pytest.approx((own + swing).real, rel=TIGHT, abs=TIGHT)
    assert v == pytest.approx(((-damping + 1j * turns) * own + 1j * drive * swing).real, rel=TIGHT, abs=TIGHT)


@pytest.mark.parametrize("exponent", [0.2, 0.5, 0.8])
def test_a_hill_input_with_an_exponent_below_one_that_starts_at_zero(exponent: float) -> None:
    """The derivative of the input by the state is infinite at the start."""
    text = f"u' = 1; y' = u^n/(0.5^n + u^n); u = 0; y = 0; n = {exponent};"
    (y,) = course(text, TIMES, ["y"])
    expected = [quad(lambda u: u**exponent / (0.5**exponent + u**exponent), 0, time, limit=200)[0] for time in TIMES]
    assert y == pytest.approx(expected, rel=SINGULAR, abs=SINGULAR)


def test_a_vessel_that_fills_and_leaks_by_the_root_of_its_level() -> None:
    """Torricelli: the time at which the level x is reached is known; the leak's derivative is infinite at the start."""
    inflow, leak = 1.0, 0.5
    (x,) = course(f"x' = {inflow} - {leak}*x^0.5; x = 0;", TIMES, ["x"])
    root = np.sqrt(x)
    reached = -2 / leak * (root + inflow / leak * np.log1p(-leak * root / inflow))
    assert reached == pytest.approx(TIMES, rel=SINGULAR, abs=SINGULAR)


def test_a_root_of_what_decays_to_nothing() -> None:
    """The state falls below the absolute tolerance, and must not fall below zero, where the root is not a number."""
    (y,) = course("x' = -10*x; y' = x^0.5; x = 1; y = 0;", [1.0, 10.0, 100.0], ["y"])
    assert y == pytest.approx((1 - np.exp(-5 * np.array([1.0, 10.0, 100.0]))) / 5, rel=SINGULAR)


# Output times


def test_an_output_at_the_start_only() -> None:
    assert course("x' = -x; x = 3;", [0.0], ["x"]).tolist() == [[3.0]]


@pytest.mark.parametrize("end", [1e3, 1e6, 1e9])
def test_one_output_far_away(end: float) -> None:
    """A clock, an equilibrium, and an accumulation at a constant rate behind a transient."""
    clock, x, y = course("t' = 1; x' = 5*x*(1 - x); y' = x; t = 0; x = 0.5; y = 0;", [end], ["t", "x", "y"])
    assert clock == pytest.approx([end], rel=TIGHT)
    assert x == pytest.approx([1.0], rel=TIGHT)
    assert y == pytest.approx([end - math.log(2) / 5], rel=TIGHT)


def test_very_many_outputs() -> None:
    times = np.linspace(0, 20, 100_001)
    (x,) = course("x' = -k*x; x = 1; k = 0.5;", times, ["x"])
    assert x == pytest.approx(np.exp(-0.5 * times), rel=TIGHT, abs=100 * ATOL)
    few = course("x' = -k*x; x = 1; k = 0.5;", times[::1000], ["x"])[0]
    assert x[::1000] == pytest.approx(few, rel=TIGHT)


def test_outputs_near_to_one_another() -> None:
    times = np.array([0.0, 5e-324, 1e-300, 1e-16, 1.0, np.nextafter(1.0, 2.0), np.nextafter(2.0, 1.0), 2.0])
    (x,) = course("x' = -k*x; x = 1; k = 0.5;", times, ["x"])
    assert x == pytest.approx(np.exp(-0.5 * times), rel=TIGHT)


def test_errors_between_steps_fall_like_those_at_their_ends() -> None:
    tolerances = np.array([1e-4, 1e-6, 1e-8, 1e-10])
    times = np.linspace(0, 20, 4001)
    found = []
    for rtol in tolerances:
        (x,) = course("x' = v; v' = -sin(x); x = 0; v = 2*k; k = 0.6;", times, ["x"], rtol=rtol, atol=rtol / 10)
        found.append(float(np.abs(x - pendulum(times, 0.6)).max()))
    slope = np.polyfit(np.log(tolerances), np.log(found), 1)[0]
    assert slope > SLOPE
    assert max(found / tolerances) < BETWEEN


def pendulum(times: Array, k: float) -> Array:
    """Angle of a pendulum that starts at rest point with speed 2 k: 2 arcsin(k sn(t, k^2))."""
    return np.asarray(2 * np.arcsin(k * ellipj(times, k**2)[0]))


# Restarts at scheduled jumps

PREDATORS: Final = "x' = x - x*y; y' = x*y - y; x = 2; y = 0.5;"
JUMP: Final = 1.375


def test_a_run_with_a_jump_is_two_runs_joined() -> None:
    after = np.array([0.0, 0.1, 1.0, 2.0, 3.125])
    whole = course(PREDATORS, [0.5, *(JUMP + after)], ["x", "y"], schedule=[Jump(JUMP, "x", "add", 2.0)])
    first = course(PREDATORS, [0.5, JUMP], ["x", "y"])
    assert whole[:, 0].tolist() == first[:, 0].tolist()
    assert whole[:, 1].tolist() == (first[:, 1] + [2.0, 0.0]).tolist()
    second = course(PREDATORS, after, ["x", "y"], parameters={"x": whole[0, 1], "y": whole[1, 1]})
    assert whole[:, 1:] == pytest.approx(second, rel=SAME)


def test_what_was_before_a_jump_that_sets_everything_is_forgotten() -> None:
    """Bit for bit: a restart knows nothing of the steps before it."""
    jumps = [Jump(JUMP, "x", "set", 1.5), Jump(JUMP, "y", "set", 0.75)]
    times = [JUMP, 2.0, 3.0, 4.5]
    found = courses(PREDATORS, times, ["x", "y"], schedule=jumps, parameters={"x": [2.0, 0.1, 9.0], "y": [0.5, 3, 1]})
    assert found[0].tolist() == found[1].tolist() == found[2].tolist()


def test_what_comes_does_not_change_what_was() -> None:
    """Bit for bit: until a jump, it makes no difference what it will do."""
    before = [
        course(PREDATORS, [0.5, 1.0, 1.25, 3.0], ["x", "y"], schedule=[jump])[:, :3].tolist()
        for jump in (Jump(JUMP, "x", "add", 2.0), Jump(JUMP, "y", "set", 0.0), Jump(JUMP, "x", "multiply", 50.0))
    ]
    assert before[0] == before[1] == before[2]


def test_outputs_inside_long_steps_of_a_stiff_state() -> None:
    """y' = k (cos(t) - y) along its slow solution: steps grow to the whole span, as nothing happens at their ends."""
    k, t = 10.0 ** np.arange(2, 13, 2), np.array([0.1, 0.5, 1.0, 3.0, 10.0, 100.0])
    found = courses("y' = k*(cos(time) - y); y = y0; y0 = 1; k = 1", t, ["y"], rtol=1e-6, atol=1e-9,
                    parameters={"k": k, "y0": k * k / (k * k + 1)})[..., 0]  # fmt: skip
    k = k[:, None]
    assert found == pytest.approx((k * k * np.cos(t) + k * np.sin(t)) / (k * k + 1), abs=1e-5)
