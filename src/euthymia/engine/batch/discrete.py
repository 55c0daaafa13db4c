"""What jumps inside expressions (relations, floor): kept fixed during a step, and located when it changes.

With each such *mode* held at its value, rates are smooth within a step. A mode whose argument is linear in time, with
coefficients made of slots and of other such modes (``time >= t_dose``, the time of day ``time - 24*floor(time/24)``),
changes at a time that is known beforehand; the others are watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from euthymia.engine.batch.graph import RELATIONS, Graph, Node


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
        Times at which modes change next; numbers made of slots and held modes.
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
    roots = _without_corners(graph, roots, slots)
    changing = moving(graph, roots, slots)
    search = _Search(graph, slots)
    for node in graph.order(roots):
        if node in changing and graph.ops[node] in (*RELATIONS, "floor"):
            search.add(node)
    frozen = graph.rebuild(roots, search.held) if search.held else list(roots)
    return Modes(
        tuple(search.now), tuple(search.after), tuple(search.times), tuple(search.watched), tuple(frozen)
    )  # fmt: skip


@dataclass(frozen=True)
class _Change:
    """When a mode changes next, and its value at a time and just after it."""

    time: Node
    at: Node
    after: Node


@dataclass
class _Search:
    """Modes found so far, those inside others first.

    Attributes
    ----------
    held
        For each node that jumps what stands for it while its mode is held.
    known
        Symbols of the modes that change at known times.
    at, later
        For these symbols, and for what `held` has for them, the value at a time and just after it.
    """

    graph: Graph
    slots: frozenset[str]
    now: list[Node] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)
    times: dict[Node, None] = field(default_factory=dict)
    watched: list[int] = field(default_factory=list)
    held: dict[Node, Node] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    at: dict[Node, Node] = field(default_factory=dict)
    later: dict[Node, Node] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        """A node that jumps."""
        graph, index = self.graph, len(self.now)
        name = f"mode {index}"
        symbol = graph.symbol(name)
        args = graph.rebuild(graph.args[node], self.held)
        self.held[node] = symbol if graph.ops[node] == "floor" else graph.relation("lt", graph.const(0.0), symbol)
        change = self._change(graph.ops[node], args, symbol)
        if change is None:
            self.watched.append(index)
            free = {inner: held for inner, held in self.held.items() if held in self.at}
            for values, found in ((self.at, self.now), (self.later, self.after)):
                [value] = graph.rebuild([node], {inner: values[held] for inner, held in free.items()})
                found.append(self._number(value))
            return
        self.known.add(name)
        self.times[change.time] = None
        for values, found, value in ((self.at, self.now, change.at), (self.later, self.after, change.after)):
            [whole] = graph.rebuild([value], values)
            found.append(self._number(whole))
            values[symbol] = found[-1]
            values[self.held[node]] = whole

    def _number(self, value: Node) -> Node:
        graph = self.graph
        return graph.select(value, graph.const(1.0), graph.const(0.0)) if graph.is_boolean(value) else value

    def _change(self, op: str, args: Sequence[Node], symbol: Node) -> _Change | None:
        """How a mode changes whose argument is linear in time; None for others."""
        graph, time = self.graph, self.graph.symbol("time")
        difference = args[0] if op == "floor" else graph.sub(*args)  # of a relation: left - right, compared with 0
        [offset] = graph.rebuild([difference], {time: graph.const(0.0)})
        slope = graph.gradient(difference, frozenset({time})).get(time)
        if slope is None or moving(graph, [offset, slope], self.slots | self.known):
            return None
        if op == "floor":
            return _floor(graph, difference, offset, slope, symbol)
        return _relation(graph, op, offset, slope)


def _relation(graph: Graph, op: str, offset: Node, slope: Node) -> _Change:
    """The change of a relation of ``offset + slope * time`` with 0."""
    time, zero = graph.symbol("time"), graph.const(0.0)
    when = graph.neg(graph.div(offset, slope))
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
    return _Change(when, ordered(op, op), ordered("", "") if op == "eq" else ordered("lt", "le"))


def _floor(graph: Graph, argument: Node, offset: Node, slope: Node, symbol: Node) -> _Change:
    """The change of the floor of ``offset + slope * time``, held at `symbol`.

    The value is set right by the times at which it changes, so that rounding cannot let the two disagree.
    """
    time, one = graph.symbol("time"), graph.const(1.0)
    rising = graph.relation("lt", graph.const(0.0), slope)

    def reached(value: Node) -> Node:
        """When the argument equals a value."""
        return graph.div(graph.sub(value, offset), slope)

    def right(value: Node, how: str) -> Node:
        """The floor, from one that is wrong by 1 at most; `how` a time is told from that of a falling argument."""
        above, below = graph.add(value, one), graph.sub(value, one)
        up = graph.select(graph.relation("lt", time, reached(value)), below, value)
        up = graph.select(graph.relation("le", reached(above), time), above, up)
        down = graph.select(graph.relation(how, reached(value), time), below, value)
        down = graph.select(graph.invert(graph.relation(how, reached(above), time)), above, down)
        falling = graph.relation("lt", slope, graph.const(0.0))
        return graph.select(rising, up, graph.select(falling, down, value))

    rough = graph.call("floor", argument)
    following = graph.select(rising, reached(graph.add(symbol, one)), reached(symbol))
    return _Change(following, right(rough, "lt"), right(rough, "le"))


def _without_corners(graph: Graph, roots: Sequence[Node], slots: frozenset[str]) -> list[Node]:
    """The same expressions, so written that what jumps is monotone where it can be.

    A size compared with a bound is compared from both sides; sizes, minima and maxima of the time alone are choices;
    a ceiling is a floor.
    """
    changing = moving(graph, roots, slots)
    of_states = moving(graph, roots, slots | {"time"})
    made: dict[Node, Node] = {}
    for node in graph.order(roots):
        op, args = graph.ops[node], tuple(made[arg] for arg in graph.args[node])
        other = _cornered(graph, op, args, timed=node not in of_states) if node in changing else None
        made[node] = other if other is not None else node if args == graph.args[node] else graph.make(op, args)
    return [made[root] for root in roots]


def _cornered(graph: Graph, op: str, args: tuple[Node, ...], *, timed: bool) -> Node | None:
    if op == "ceil":
        return graph.neg(graph.call("floor", graph.neg(args[0])))
    if op in ("lt", "le"):
        return _both_sides(graph, op, *args)
    if not timed:
        return None
    if op == "abs":
        return graph.select(graph.relation("lt", args[0], graph.const(0.0)), graph.neg(args[0]), args[0])
    if op in ("min", "max"):
        x, y = args
        return graph.select(graph.relation("le", x, y) if op == "min" else graph.relation("le", y, x), x, y)
    return None


def _both_sides(graph: Graph, op: str, a: Node, b: Node) -> Node | None:
    """A relation with a size on one side."""
    if graph.ops[a] == "abs":
        inner = graph.args[a][0]
        return graph.both(graph.relation(op, inner, b), graph.relation(op, graph.neg(inner), b))
    if graph.ops[b] == "abs":
        inner = graph.args[b][0]
        return graph.either(graph.relation(op, a, inner), graph.relation(op, a, graph.neg(inner)))
    return None


def depend_on_slots(graph: Graph, times: Iterable[Node], slots: frozenset[str]) -> bool:
    """Whether a slot decides when modes change."""
    return any(graph.names.get(node, "") in slots for node in graph.order(times))
