"""What jumps inside expressions (relations, floor, ceil): kept fixed during a step, and located when it changes.

With each such *mode* held at its value, rates are smooth within a step. A mode of time alone and of slots
(``time >= t_dose``) changes at a time that is known beforehand; the others are watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from euthymia.engine.batch.graph import RELATIONS, Graph, Node

_ROUNDING = ("floor", "ceil")


@dataclass(frozen=True)
class Modes:
    """The modes of a model.

    Attributes
    ----------
    now
        Value of each mode (a number; 1 or 0 for a relation) at a time and state.
    just_after
        The same just after that time: ``time > 5`` holds just after 5, ``time <= 5`` does not.
    times
        Times at which modes of time and slots change; numbers made of slots.
    watched
        Indices of modes that change at times not known beforehand.
    frozen
        What was asked for with all modes held, as symbols ``mode 0``, ``mode 1`` and so on.
    """

    now: tuple[Node, ...]
    just_after: tuple[Node, ...]
    times: tuple[Node, ...]
    watched: tuple[int, ...]
    frozen: tuple[Node, ...]


def moving(graph: Graph, roots: Iterable[Node], slots: frozenset[str]) -> set[Node]:
    """The nodes under `roots` that depend on time, a state or a mode."""
    found: set[Node] = set()
    for node in graph.order(roots):
        if graph.ops[node] == "symbol":
            if graph.names[node] not in slots:
                found.add(node)
        elif any(arg in found for arg in graph.args[node]):
            found.add(node)
    return found


def find_modes(graph: Graph, roots: Sequence[Node], slots: frozenset[str]) -> Modes:
    """The modes in some expressions."""
    changing = moving(graph, roots, slots)
    jumping = [node for node in graph.order(roots) if node in changing and graph.ops[node] in (*RELATIONS, *_ROUNDING)]
    zero, one = graph.const(0.0), graph.const(1.0)
    replaced: dict[Node, Node] = {}
    now: list[Node] = []
    after: list[Node] = []
    times: dict[Node, None] = {}
    watched: list[int] = []
    for index, node in enumerate(jumping):
        symbol = graph.symbol(f"mode {index}")
        rounding = graph.ops[node] in _ROUNDING
        replaced[node] = symbol if rounding else graph.relation("lt", zero, symbol)
        crossing = None if rounding else _crossing(graph, node, slots)
        if crossing is None:
            watched.append(index)
            now.append(node if rounding else graph.select(node, one, zero))
            after.append(now[-1])
        else:
            times[crossing.time] = None
            now.append(graph.select(crossing.at, one, zero))
            after.append(graph.select(crossing.after, one, zero))
    frozen = graph.rebuild(roots, replaced) if replaced else list(roots)
    return Modes(tuple(now), tuple(after), tuple(times), tuple(watched), tuple(frozen))


@dataclass(frozen=True)
class _Crossing:
    """When a relation changes, and its value at a time and just after it."""

    time: Node
    at: Node
    after: Node


def _crossing(graph: Graph, node: Node, slots: frozenset[str]) -> _Crossing | None:
    """Where a relation is linear in time with coefficients made of slots; None for other relations."""
    time, zero = graph.symbol("time"), graph.const(0.0)
    difference = graph.sub(*graph.args[node])  # left - right, compared with 0
    [offset] = graph.rebuild([difference], {time: zero})
    slope = graph.gradient(difference, frozenset({time})).get(time)
    if slope is None or moving(graph, [offset, slope], slots):
        return None
    when = graph.neg(graph.div(offset, slope))
    op = graph.ops[node]
    rising = graph.relation("lt", zero, slope)

    def ordered(first: str, second: str) -> Node:
        """The relation with a rising and with a falling difference; it is constant where the slope is 0."""
        up = graph.relation(first, time, when) if first else graph.boolean(value=False)
        down = graph.relation(second, when, time) if second else graph.boolean(value=False)
        level = graph.relation("eq", slope, zero)
        same = graph.relation(op, offset, zero)
        moving_part = graph.either(graph.both(rising, up), graph.both(graph.relation("lt", slope, zero), down))
        return graph.either(moving_part, graph.both(level, same))

    # Just after a crossing `time < c` and `time <= c` do not hold, `c < time` and `c <= time` do.
    return _Crossing(when, ordered(op, op), ordered("", "") if op == "eq" else ordered("lt", "le"))
