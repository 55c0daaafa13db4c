"""The batched engine against a slow, plain second implementation, on small models and schedules made by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from euthymia.engine.batch.compiled import system_of
from euthymia.engine.schedule import Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.load import load_model

CLOSE: Final = 1e-5
"""Relative difference of the two at tolerances of 1e-9; times of events, and what follows, differ a little."""
TIMES: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.25, 3.0, 4.0)
OUTPUTS: Final = ("A", "B", "D", "[A]", "p", "q", "c", "k", "r")
MOST: Final = 300
"""Restarts of the second implementation after which a model is left out."""


@dataclass(frozen=True)
class Case:
    """A model, values of some animals, and a schedule."""

    text: str
    values: Mapping[str, Sequence[float]]
    jumps: Sequence[Mapping[str, Any]]


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """A number with few digits, so that things coincide."""
    return st.integers(int(low * 4), int(high * 4)).map(lambda quarter: quarter / 4)


HALF: Final = number(0, 4)
SMALL: Final = st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.0])
FLOWS: Final = st.lists(
    st.sampled_from(
        ["A -> B; k*A*c", "B -> A; 0.3*B*c", "A + B -> D; 0.2*A*B*c", "D -> ; 0.4*D", "-> A; 0.5*c",
         "-> B; c*A^n/(1 + A^n)", "2 A -> B; 0.1*A^2*c", "B -> ; 0.3*B*c/(0.5 + B)",
         "-> A; c*piecewise(1, time < 1.5, 0.2)", "-> B; c*piecewise(0.8, A > 1.2, 0.1)",
         "D -> A; 0.2*D*max(p, 0.5)", "-> D; r"]
    ),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
RATES: Final = st.lists(
    st.sampled_from(["p' = 0.5 - 0.3*p", "p' = A - p", "q' = piecewise(1, time >= 2, 0)", "q' = -q*k", "c' = 0.2*c",
                     "c' = 0.3 - 0.1*c*q"]),
    max_size=3, unique_by=lambda rule: rule[0],
)  # fmt: skip
RULES: Final = st.sampled_from(["r := k*A", "r := piecewise(p, p > 1, 1)", "r := 0.1*time + q", "r := A*c + B"])
TRIGGERS: Final = st.one_of(
    HALF.map(lambda t: f"time >= {t}"), HALF.map(lambda t: f"time > {t}"),
    st.tuples(st.sampled_from(["A", "B", "D", "p", "q", "r"]), st.sampled_from([">", "<", ">=", "<="]),
              st.sampled_from([0.45, 0.9, 1.3, 2.1, 3.3])).map(lambda parts: "{} {} {}".format(*parts)),
    st.tuples(HALF, HALF).map(lambda two: f"time >= {two[0]} && time < {two[1]}"),
)  # fmt: skip
ASSIGNMENTS: Final = st.lists(
    st.sampled_from(["A = 2", "A = A + 1", "B = 0.5*A", "D = D + c", "p = p + 1", "p = 0", "q = time", "k = k*1.5",
                     "c = 2", "c = c*1.25", "q = q + 1", "A = B", "B = A"]),
    min_size=1, max_size=3, unique_by=lambda one: one[0],
)  # fmt: skip
EVENTS: Final = st.lists(
    st.tuples(TRIGGERS, st.sampled_from(["", "", "0.5 after ", "1 after ", "0 after ", "p*0.25 after "]),
              st.booleans(), st.booleans(), st.booleans(), st.booleans(), ASSIGNMENTS),
    max_size=3,
)  # fmt: skip
JUMPS: Final = st.lists(
    st.tuples(number(0, 4.25), st.sampled_from(["A", "[A]", "B", "[B]", "D", "[D]", "p", "q", "k", "c", "n"]),
              st.sampled_from(["add", "set", "multiply", "copy"]), SMALL,
              st.sampled_from(["A", "[B]", "k", "r", "p", "c", "D"])),
    max_size=4,
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lines = ["var compartment c; c = 1.5", "var species A in c, B in c; var substanceOnly species D in c",
             f"A = {draw(number(0, 2))}; B = {draw(number(0, 2))}; D = {draw(number(0, 2))}",
             "var k, p, q, n; k = 0.7; p = 1; q = 0.5; n = 2", *draw(FLOWS), *draw(RATES), draw(RULES)]  # fmt: skip
    for index, (trigger, delay, later, persistent, initially, ranked, assigned) in enumerate(draw(EVENTS)):
        if delay and trigger.startswith("time > "):  # just after a time, plus a delay: no more exact in binary
            delay = "0.53 after "
        options = f", t0 = {str(initially).lower()}, persistent = {str(persistent).lower()}"
        options += f", fromTrigger = {str(not later).lower()}" if delay else ""
        options += f", priority = {index + 1}" if ranked else ""
        lines.append(f"E{index}: at {delay}({trigger}){options}: {', '.join(assigned)}")
    values = {"k": draw(st.lists(SMALL, min_size=2, max_size=2)), "n": [1.0, 2.5], "A": [1.0, draw(number(0, 2))]}
    jumps = [
        {"time": time, "target": target, "op": op, "value": source if op == "copy" else value}
        for time, target, op, value, source in draw(JUMPS)
    ]
    return Case(";\n".join(lines) + ";", values, jumps)


@given(cases())
@settings(max_examples=60)
def test_two_implementations_agree(case: Case) -> None:
    """On all outputs of each animal, at the times of jumps and events too."""
    compare(case)


def compare(case: Case) -> None:
    model = load_model(case.text)
    found = simulate(model, times=TIMES, parameters=case.values, schedule=case.jumps, outputs=OUTPUTS,
                     rtol=1e-9, atol=1e-12, engine="batch", workers=1)  # fmt: skip
    schedule = Schedule.of(case.jumps)
    for animal in range(2):
        given_values = {key: values[animal] for key, values in case.values.items()}
        oracle._MAX_RESTARTS = MOST  # type: ignore[misc]
        try:
            expected = oracle.solve(system_of(model), times=TIMES, given=given_values, jumps=schedule.jumps,
                                    outputs=OUTPUTS, rtol=1e-10, atol=1e-12)  # fmt: skip
        except (RuntimeError, ZeroDivisionError, OverflowError, ValueError):
            continue
        if not np.isfinite(expected).all() or not Status(int(found["status"].values[animal])).finished:
            assert not np.isfinite(expected).all() or Status(int(found["status"].values[animal])) is not Status.OK
            continue
        values = np.stack([found[name].values[animal] for name in OUTPUTS], axis=-1)
        size = CLOSE * (1.0 + np.abs(expected))
        wrong = np.argwhere(np.abs(values - expected) > size)
        assert not len(wrong), (animal, [(TIMES[t], OUTPUTS[o], values[t, o], expected[t, o]) for t, o in wrong[:6]])
