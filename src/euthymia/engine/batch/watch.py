"""Conditions that may hold for a short time only, and quantities that make the solver see them.

The stepping loop looks at each condition some times per step. A condition that is linear in time or a state is found
by that, as the step follows the state. One like ``sin(10*time) > 0.9`` or ``(time - 2)*(time - 3) < 0`` could turn and
turn back between two looks. For each of these a further state is added, which nothing depends on: its rate is the
difference of the two sides, so that the step follows it, and jumps where the difference has an extremum or (for
conditions on time) its slope has one, so that the solver stops there. In between it passes zero once at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from euthymia.engine.batch.discrete import moving
from euthymia.engine.batch.graph import RELATIONS, Graph, Node
from euthymia.engine.batch.system import System
from euthymia.errors import Problem, UnsupportedError
from euthymia.words import msg

_LARGE: Final = 1e6
"""Size from which a difference is not followed; it may be infinite."""


def with_watches(system: System) -> System:
    """A system with a further state for each condition that the stepping loop could miss."""
    graph = system.graph
    differences = dict(_differences(system))
    names = [f" watch {number}" for number in range(len(differences))]
    rates = [
        _rate(system, node, depth, graph.symbol(name))
        for (node, depth), name in zip(differences.items(), names, strict=True)
    ]
    zeros = dict.fromkeys(names, graph.const(0.0))
    return replace(
        system, states=(*system.states, *names), rates=(*system.rates, *rates), initial={**system.initial, **zeros}
    )


def check_triggers(system: System) -> None:
    """Refuse triggers that hold at single points in time which cannot be worked out.

    Raises
    ------
    UnsupportedError
        If a trigger has an equality of a state; the event is named.
    """
    graph, slots = system.graph, frozenset(system.slots)
    symbols = frozenset(graph.symbol(name) for name in system.states)
    for event in system.events:
        for node in moving(graph, [event.trigger], slots):
            if graph.ops[node] == "eq" and graph.gradient(graph.sub(*graph.args[node]), symbols):
                raise UnsupportedError(
                    Problem(msg("The trigger of “{id}” has an equality (eq or neq) of what changes continuously, "
                                "which is not supported.", id=event.name))
                )  # fmt: skip


def _differences(system: System) -> Iterator[tuple[Node, int]]:
    """What passes zero (or a whole number) in the conditions that could be missed, and how many slopes to look at."""
    graph, slots = system.graph, frozenset(system.slots)
    triggers = [event.trigger for event in system.events]
    every = frozenset({graph.symbol("time"), *(graph.symbol(name) for name in system.states)})
    clocks, of_triggers = _clocks(system), set(graph.order(triggers))
    for node in sorted(moving(graph, [*system.rates, *triggers], slots)):
        if graph.ops[node] in (*RELATIONS, "floor", "ceil"):
            args = graph.args[node]
            difference = graph.sub(*args) if len(args) == 2 else args[0]
            if _bends(graph, difference, clocks):
                yield difference, 2
            elif node in of_triggers and _bends(graph, difference, every):
                yield difference, 1


def _clocks(system: System) -> frozenset[Node]:
    """Time, and states whose rates need time and other clocks only: the solver can take any step through these."""
    graph = system.graph
    states = {graph.symbol(name): rate for name, rate in zip(system.states, system.rates, strict=True)}
    found = {graph.symbol("time")}
    needs = {symbol: states.keys() & set(graph.order([rate])) for symbol, rate in states.items()}
    while new := {symbol for symbol, needed in needs.items() if symbol not in found and needed <= found}:
        found |= new
    return frozenset(found)


def _bends(graph: Graph, node: Node, by: frozenset[Node]) -> bool:
    """Whether a number is not linear in some symbols."""
    return any(by.intersection(graph.order([slope])) for slope in graph.gradient(node, by).values())


def _rate(system: System, difference: Node, depth: int, state: Node) -> Node:
    graph = system.graph
    zero, one = graph.const(0.0), graph.const(1.0)
    small = graph.relation("lt", graph.call("abs", difference), graph.const(_LARGE))
    rate, slope = graph.select(small, difference, zero), difference
    for _ in range(depth):
        slope = _by_time(system, slope)
        rate = graph.mul(rate, graph.select(graph.relation("lt", slope, zero), graph.const(2.0), one))
    return graph.sub(rate, state)


def _by_time(system: System, node: Node) -> Node:
    """The derivative by time of a number."""
    graph = system.graph
    rates = {graph.symbol(name): rate for name, rate in zip(system.states, system.rates, strict=True)}
    rates[graph.symbol("time")] = graph.const(1.0)
    total = graph.const(0.0)
    for symbol, partial in graph.gradient(node, frozenset(rates)).items():
        total = graph.add(total, graph.mul(partial, rates[symbol]))
    return total
