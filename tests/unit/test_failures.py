"""Runs that fail: each kind has its status and sentence, leaves the rest of a batch alone, and takes bounded time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pytest

from euthymia.engine import work
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.compose import Mechanism
from euthymia.models.load import load_model

BOUND: Final = 20.0
"""Seconds that a few runs may take on a busy machine, compiling included; each run's steps are bounded."""


FEEDBACK: Final = """
x' = V*y^n/(K^n + y^n) - d*x; y' = V*x^n/(K^n + x^n) + 1e-6 - y; x = 0; y = 0; n = 0.5; V = 1; K = 1; d = 1
"""


@dataclass(frozen=True)
class Provoked:
    """A model of which one animal fails: its text, the parameter that differs, good values, and a bad one."""

    text: str
    key: str
    good: tuple[float, float]
    bad: float
    status: Status
    times: tuple[float, ...] = (0.0, 1.0, 2.0)


PROVOKED: Final = {
    "a pole": Provoked("x' = k*x^2; x = 1; k = 1", "k", (0.1, 0.2), 1.0, Status.NOT_FINITE),
    "a root of a number below zero": Provoked(
        "x' = -sqrt(x) - k; x = 1; k = 0", "k", (0.0, -0.5), 1.0, Status.NOT_FINITE, (0, 1, 3)
    ),
    "a division by zero": Provoked("x' = 1/k; x = 1; k = 1", "k", (1.0, 2.0), 0.0, Status.NOT_FINITE),
    "an unresolvable oscillation": Provoked(
        "x' = w*y; y' = -w*x; x = 1; y = 0; w = 1", "w", (1.0, 2.0), 1e7, Status.STEP_CAP
    ),
    "a step to nothing": Provoked("x' = exp(k*x); x = 0; k = 1", "k", (0.1, 0.2), 1.0, Status.STEP_UNDERFLOW),
    "events without end": Provoked(
        "x' = k; x = 0; k = 1; n = 0; at x > 1: n = n + 1, x = 0; at n >= 1: n = 0, x = 2;",
        "k", (0.0, 0.2), 1.0, Status.EVENT_STORM,
    ),
    "events that come ever faster": Provoked(
        "h' = v; v' = -9.81; h = 10; v = 0; r = 0.8; bounce: at h < 0: h = 0, v = -r*v;",
        "r", (0.95, 0.96), 0.5, Status.STEP_CAP, (0, 10, 20),
    ),
    "a rate that turns at once": Provoked(
        "x' = piecewise(-k, x > 0, k); x = 1; k = 1", "k", (0.1, 0.2), 1e3, Status.STEP_CAP, (0, 1, 3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROVOKED)
def test_a_run_that_fails_has_its_status_and_leaves_the_others_alone(name: str) -> None:
    """Bit for bit; on the way out it is tried again, which takes bounded time too."""
    one = PROVOKED[name]
    model = load_model(one.text)
    (first, second), started = one.good, time.monotonic()
    whole = simulate(model, times=one.times, parameters={one.key: [first, one.bad, second]})
    assert time.monotonic() - started < BOUND
    assert [Status(int(code)) for code in whole["status"].values] == [Status.OK, one.status, Status.OK]
    without = simulate(model, times=one.times, parameters={one.key: [first, second]})
    for output in without.data_vars:
        assert np.isnan(whole[output].values[1]).all() or output == "status"
        assert whole[output].values[[0, 2]].tobytes() == without[output].values.tobytes()


def test_every_status_has_a_sentence_in_both_languages() -> None:
    sentences = [(status.sentence.text("en"), status.sentence.text("zh")) for status in Status]
    assert len({en for en, _ in sentences}) == len({zh for _, zh in sentences}) == len(Status)
    assert all(en.endswith(".") and zh.endswith("。") for en, zh in sentences)


# Second attempts


def test_a_second_attempt_is_told_by_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two feedbacks with infinite derivatives at the start: at wide tolerances some trial states fall below zero."""
    model = load_model(FEEDBACK)
    exponents = np.array([0.25, 0.3, 0.35, 0.8])
    times = [0, 1, 100]
    found = simulate(model, times=times, parameters={"n": exponents})
    right = simulate(model, times=times, parameters={"n": exponents}, rtol=1e-9, atol=1e-13)
    assert {Status(int(code)) for code in found["status"].values} <= {Status.OK, Status.RESCUED}
    assert found["x"].values == pytest.approx(right["x"].values, rel=1e-4, abs=1e-6)  # errors at the start grow a lot
    monkeypatch.setattr(work, "AGAIN", frozenset())
    once = simulate(model, times=times, parameters={"n": exponents})
    again = once["status"].values != found["status"].values
    assert (found["status"].values[again] == Status.RESCUED.value).all()


def test_the_second_attempt_is_with_libroadrunner_where_more_steps_are_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("euthymia.engine.batch.runs.MAX_STEPS", 20)
    model = load_model("x' = w*y; y' = -w*x; x = 1; y = 0; w = 1")
    found = simulate(model, times=[0, 1, 9], parameters={"w": [0.01, 3.0]}, rtol=1e-8)
    assert found["status"].values.tolist() == [Status.OK.value, Status.RESCUED.value]
    assert found["x"].values[1] == pytest.approx(np.cos(3 * np.array([0, 1, 9])), abs=1e-5)


def test_a_pivot_that_is_lost_is_no_result() -> None:
    """Two nearly dependent rows, with a difference below rounding: what is left of the second pivot is rounding."""
    text = "x' = -k*x + k*y; y' = k*x - k*y; x = 1; y = 0; k = 1"
    found = simulate(load_model(text), times=[0, 1], parameters={"k": [1.0, 1e3, 1e17, 1e300]})
    for code, x, y in zip(found["status"].values, found["x"].values, found["y"].values, strict=True):
        assert Status(int(code)).finished == np.isfinite(x).all()
        assert not Status(int(code)).finished or x[1] + y[1] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_fixed_pivots_are_accurate_or_refuse(seed: int) -> None:
    """Stable linear systems of any stiffness up to 1e13, with zero pivots, against their periodic solution.

    It is x = u cos t - v sin t with u = A v and (1 + A A) v = -b.
    """
    chance = np.random.default_rng(seed)
    matrix = _stable(chance)
    size = len(matrix)
    load = chance.standard_normal(size) * 10.0 ** chance.uniform(0, 6, size)
    u, v = _periodic(matrix, load)
    terms = ["".join(f" + ({float(a)!r})*x{j}" for j, a in enumerate(row)) for row in matrix]
    text = "; ".join(f"x{i}' = ({float(load[i])!r})*cos(time){terms[i]}; x{i} = {float(u[i])!r}" for i in range(size))
    end = float(chance.choice([0.5, 3.0, 100.0]))
    found = simulate(load_model(text), times=[end])
    expected = np.cos(end) * u - np.sin(end) * v
    if Status(int(found["status"].values[0])).finished:
        for index in range(size):
            error = abs(found[f"x{index}"].values[0, 0] - expected[index])
            assert error < 100 * (1e-9 + 1e-6 * np.abs(expected).max())


def _stable(chance: np.random.Generator) -> Any:
    while True:
        size = int(chance.integers(2, 5))
        matrix = chance.standard_normal((size, size)) * 10.0 ** chance.uniform(3, 13, (size, size))
        matrix[0, 0] = 0.0
        if (np.linalg.eigvals(matrix).real < -1e-3).all():
            return matrix


def _periodic(matrix: Any, load: Any) -> tuple[Any, Any]:
    """In exact arithmetic, by elimination."""
    size, a = len(matrix), [[Fraction(float(x)) for x in row] for row in matrix]
    square = [[sum(a[i][k] * a[k][j] for k in range(size)) for j in range(size)] for i in range(size)]
    rows = [[square[i][j] + (i == j) for j in range(size)] + [-Fraction(float(load[i]))] for i in range(size)]
    for column in range(size):
        pivot = next(row for row in range(column, size) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in set(range(size)) - {column}:
            factor = rows[row][column] / rows[column][column]
            rows[row] = [x - factor * y for x, y in zip(rows[row], rows[column], strict=True)]
    v = [rows[i][size] / rows[i][i] for i in range(size)]
    u = [sum(a[i][k] * v[k] for k in range(size)) for i in range(size)]
    return np.array([float(x) for x in u]), np.array([float(x) for x in v])


# Wide priors


@pytest.mark.parametrize("sigma", [0.7, 1.0])
def test_wide_hill_exponents_with_states_at_zero(sigma: float) -> None:
    exponents = np.exp(sigma * np.random.default_rng(2).standard_normal(100)) * 0.7
    started = time.monotonic()
    found = simulate(load_model(FEEDBACK), times=np.linspace(0, 100, 11), parameters={"n": exponents})
    assert time.monotonic() - started < BOUND
    assert np.isfinite(found["x"].values).all()
    assert {Status(int(code)) for code in found["status"].values} <= {Status.OK, Status.RESCUED}


@pytest.mark.parametrize("name", ["S02", "S04"])
@pytest.mark.parametrize("sigma", [0.7, 1.0])
def test_wide_priors_of_the_atlas(name: str, sigma: float, mechanisms: dict[str, Mechanism]) -> None:
    """All parameters at once; runs away to infinity are the model's, and have their status."""
    model, animals = mechanisms[name].model, 64
    chance = np.random.default_rng(3)
    central = {key: one.value for key, one in model.symbols.items() if one.role in ("constant", "input") and one.value}
    drawn = {key: value * np.exp(sigma * chance.standard_normal(animals)) for key, value in central.items()}
    started = time.monotonic()
    found = simulate(model, times=np.linspace(0, 24 * 14, 15), parameters=drawn)
    assert time.monotonic() - started < BOUND
    finished = [Status(int(code)).finished for code in found["status"].values]
    assert np.mean(finished) > 0.9
    for output in model.ids("species"):
        assert (np.isfinite(found[output].values).all(axis=1) == finished).all()


# Interrupts

ENDLESS: Final = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may start background work deaf to it
from euthymia import load_model, simulate
model = load_model("x' = w*y; y' = -w*x; x = 1; y = 0; w = 1")
simulate(model, times=[0, 1], parameters={"w": [1.0]})
print("ready", flush=True)
started = time.monotonic()
try:
    simulate(model, times=[0, 1], parameters={"w": [1e4] * 100_000}, workers=WORKERS)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_a_long_call(workers: int) -> None:
    code = ENDLESS.replace("WORKERS", str(workers))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        sent = time.monotonic()
        assert child.stdout.readline() == "interrupted\n"
        assert time.monotonic() - sent < 3.0
        child.kill()
