"""Python text of a model's right-hand side and initial values, for engines that take a Python function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cases import Case

from euthymia.engine.batch.compiled import system_of
from euthymia.engine.batch.system import System

_PYTHON: Final = {
    "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "neg": "(-{})", "recip": "(1.0 / {})",
    "pow": "({} ** {})",
    "lt": "({} < {})", "le": "({} <= {})", "eq": "({} == {})", "true": "True", "false": "False",
    "min": "np.minimum({}, {})", "max": "np.maximum({}, {})", "select": "choose({}, {}, {})",
    "and": "np.logical_and({}, {})", "or": "np.logical_or({}, {})", "not": "np.logical_not({})",
    **{name: f"np.{name}({{}})" for name in ("sqrt", "exp", "log", "sin", "cos", "tan", "tanh")},
    **{name: f"np.{name}({{}})" for name in ("abs", "floor", "ceil")},
}  # fmt: skip


def functions(case: Case, keys: Sequence[str], space: Mapping[str, Any], *, stack: str) -> tuple[System, Any, Any]:
    """The system, rhs(t, y, p) and start(row) -> all initial values (states, then slots).

    `space` gives ``np`` and, for piecewise, ``choose(condition, if_true, if_false)``; `stack` is how a list of numbers
    becomes an array, with ``{}`` for the list.
    """
    system = system_of(case.model)
    places = {name: f"y[{place}]" for place, name in enumerate(system.states)}
    places |= {name: f"p[{place}]" for place, name in enumerate(system.slots)} | {"time": "t"}
    given = {f"given {key}": "0.0" for key in system.settable} | {f"has {key}": "0.0" for key in system.settable}
    for place, key in enumerate(keys):
        given |= {f"given {key}": f"row[{place}]", f"has {key}": "1.0"}
    rhs = _function(system, "rhs(t, y, p)", system.rates, places, stack)
    first = [system.initial[name] for name in (*system.states, *system.slots)]
    start = _function(system, "start(row)", first, given, stack)
    found: dict[str, Any] = dict(space)
    exec(f"{rhs}\n{start}", found)  # the text is made here, of numbers and places
    return system, found["rhs"], found["start"]


def _function(system: System, head: str, roots: Sequence[int], places: Mapping[str, str], stack: str) -> str:
    graph = system.graph
    lines = [f"def {head}:"]
    for node in graph.order(roots):
        op, args = graph.ops[node], [f"v{arg}" for arg in graph.args[node]]
        if op == "const":
            text = (
                f"float('{graph.values[node]!r}')"
                if abs(graph.values[node]) == float("inf")
                else repr(graph.values[node])
            )
        else:
            text = places[graph.names[node]] if op == "symbol" else _PYTHON[op].format(*args)
        lines.append(f"    v{node} = {text}")
    return "\n".join([*lines, f"    return {stack.format(', '.join(f'v{root}' for root in roots))}"])
