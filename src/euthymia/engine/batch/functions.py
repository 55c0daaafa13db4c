"""The functions of one model as instructions: rates, Jacobian, factors, modes, events; one lane block at a time.

Areas of a block's memory (see `Layout`): the *record* of a run (states ``Y``, slots ``S``, triggers ``G``, then numbers
of the driver), trial states ``U`` at time ``TS``, Jacobian ``J``, factors ``LU``, terms of slots alone ``C``, modes
``M`` held during a step and ``NM`` found anew, triggers found anew ``NG``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from euthymia.engine.batch.discrete import Modes, find_modes, moving
from euthymia.engine.batch.elimination import Elimination, plan
from euthymia.engine.batch.emit import Code, Layout, Value
from euthymia.engine.batch.expressions import Expressions, Roots
from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.system import Event, System

RECORD = ("T", "H", "STEPS", "POS", "END", "OUT", "PAUSE", "PHASE", "STATUS", "EVENTS", "MOVE", "FINITE")
"""Numbers of a run's record after states, slots and triggers. ``FINITE`` is 0, and NaN after an output that is not."""

TOLERANCES = {" atol": "ATOL", " rtol": "RTOL"}
"""Symbols of the tolerances, and their areas."""
MARGIN = 100.0
"""Tolerances by which a number below zero may still be zero: errors add up over the steps."""


@dataclass(frozen=True)
class Analysis:
    """All that the generated code needs to know of a model.

    Attributes
    ----------
    system
        The model.
    modes
        What jumps in rates and triggers.
    rates, triggers
        With modes held.
    jacobian
        Negative partial derivatives of the rates, by row and column; those that are zero everywhere are left out.
    by_time
        Partial derivatives of the rates by time.
    elimination
        Plan of the factors.
    direct
        For each event whether the driver may execute it alone.
    """

    system: System
    modes: Modes
    rates: tuple[Node, ...]
    triggers: tuple[Node, ...]
    jacobian: Mapping[tuple[int, int], Node]
    by_time: Mapping[int, Node]
    elimination: Elimination
    direct: tuple[bool, ...]

    @property
    def times(self) -> tuple[Node, ...]:
        """Times at which modes change, where they are known beforehand."""
        return self.modes.times

    @property
    def smooth(self) -> bool:
        """Whether nothing in the model jumps by itself."""
        return not self.modes.now and not self.system.events

    def layout(self, width: int, *, native: bool = False) -> Layout:
        """The areas of a lane block."""
        system, size = self.system, len(self.rates)
        layout = Layout(width, native)
        for name, length in (("Y", size), ("S", len(system.slots)), ("G", len(system.events))):
            layout.add(name, length)
        for name in RECORD:
            layout.add(name, 1)
        for name in ("RUN", "ACTIVE", "POINT", "OUTT", "STOP", "TNEW", "STEP", "W0", "TS", "BAD", "MASK", "REJECTED",
                     "RTOL", "ATOL", "LOW", "HIGH", "MID", "FOUND"):  # fmt: skip
            layout.add(name, 1)
        modes = len(self.modes.now)
        for name, length in (("U", size), ("Y1", size), ("F", size), ("FT", size), ("K", 8 * size), ("D", 3 * size),
                             ("M", modes), ("NM", modes), ("NG", len(system.events)), ("TH", len(self.times)),
                             ("J", len(self.jacobian)), ("LU", self.elimination.entries + size)):  # fmt: skip
            layout.add(name, length)
        return layout

    @property
    def record(self) -> int:
        """Numbers in the record of a run."""
        return len(self.rates) + len(self.system.slots) + len(self.system.events) + len(RECORD)


def analyse(system: System) -> Analysis:
    """What the generated code needs to know of a model that has at least one state."""
    graph, slots = system.graph, frozenset(system.slots)
    triggers = [event.trigger for event in system.events]
    modes = find_modes(graph, [*system.rates, *triggers], slots)
    rates, held = modes.frozen[: len(system.rates)], modes.frozen[len(system.rates) :]
    symbols = {graph.symbol(name): index for index, name in enumerate(system.states)}
    time = graph.symbol("time")
    by = frozenset({*symbols, time})
    jacobian: dict[tuple[int, int], Node] = {}
    by_time: dict[int, Node] = {}
    for row, rate in enumerate(rates):
        for symbol, partial in sorted(graph.gradient(rate, by).items()):
            if symbol == time:
                by_time[row] = partial
            else:
                jacobian[row, symbols[symbol]] = graph.neg(partial)
    direct = tuple(_direct(event, system) for event in system.events)
    elimination = plan(len(rates), jacobian)
    return Analysis(system, modes, rates, held, jacobian, by_time, elimination, direct)


def _direct(event: Event, system: System) -> bool:
    """Whether the stepping loop can execute an event by itself where no other is triggered at the same time."""
    targets = {target for target, _ in event.assignments}
    return event.delay is None and targets <= {*system.states, *system.slots} and not targets & volumes_of(system)


def volumes_of(system: System) -> set[str]:
    """States and slots that give the volume of a species whose state is a concentration: their jumps move it too."""
    graph = system.graph
    volumes = [
        system.outputs[f"volume of {name[1:-1]}"] for name in system.states if name.startswith("[") and "|" not in name
    ]
    return {graph.names[node] for node in graph.order(volumes) if node in graph.names}


class Functions:
    """Writes the functions of a model."""

    def __init__(self, analysis: Analysis, layout: Layout, uses: set[str]) -> None:
        self.analysis, self.layout, self.uses = analysis, layout, uses
        self.system, self.graph = analysis.system, analysis.system.graph
        self.states = {name: index for index, name in enumerate(self.system.states)}
        self.slots = {name: index for index, name in enumerate(self.system.slots)}
        self.margins = margins(self.system, [*analysis.rates, *analysis.modes.now])
        self.hoisted = self._hoisted()
        layout.add("C", len(self.hoisted))

    def texts(self) -> list[str]:
        """All functions."""
        modes = self.analysis.modes
        written = [self.prepare(), self.jacobian(), self.rhs(), self.factor(), self.solve()]
        written += [self.modes_at("modes", modes.now), self.modes_at("modes_after", modes.just_after)]
        written += [self.crossings(), self.triggers()]
        written += [self.action(index) for index, direct in enumerate(self.analysis.direct) if direct]
        return written

    def _hoisted(self) -> list[Node]:
        """Terms of slots alone that the functions need: computed once, when a slot has changed."""
        analysis, graph = self.analysis, self.graph
        roots = [*analysis.rates, *analysis.jacobian.values(), *analysis.by_time.values(), *analysis.triggers]
        roots += [*analysis.modes.now, *analysis.modes.just_after, *analysis.times]
        changing = moving(graph, roots, frozenset(self.slots))
        needed = {arg for node in changing for arg in graph.args[node] if arg not in changing}
        needed |= {root for root in roots if root not in changing}
        simple = ("const", "symbol")
        return sorted(node for node in needed if graph.ops[node] not in simple and not graph.is_boolean(node))

    def _code(self) -> Code:
        return Code(self.layout, self.uses)

    def _expressions(
        self, code: Code, states: str, time: str, *, hoisted: bool = True, roots: Roots = "strict"
    ) -> Expressions:
        def load(name: str) -> Value:
            if name in TOLERANCES:
                return code.load(TOLERANCES[name])
            if name in self.states:
                return code.load(states, self.states[name])
            if name in self.slots:
                return code.load("S", self.slots[name])
            if name == "time":
                return code.load(time)
            return code.load("M", int(name.removeprefix("mode ")))

        ready = _Lazy({node: index for index, node in enumerate(self.hoisted)} if hoisted else {}, code)
        return Expressions(code, self.graph, load, ready, roots=roots, margins=self.margins)

    def prepare(self) -> str:
        """Terms of slots alone."""
        code = self._code()
        for index, value in enumerate(self._expressions(code, "Y", "T", hoisted=False).values(self.hoisted)):
            code.store(value, "C", index)
        return code.function("prepare(ptr noalias %ws) noinline")

    def crossings(self) -> str:
        """Times at which modes change next, to ``TH``."""
        code = self._code()
        for index, value in enumerate(self._expressions(code, "Y", "T").values(self.analysis.times)):
            code.store(value, "TH", index)
        return code.function("crossings(ptr noalias %ws) noinline")

    def jacobian(self) -> str:
        """Rates, their negative partial derivatives and derivatives by time, at ``Y`` and ``T``."""
        analysis, code = self.analysis, self._code()
        inside = self._expressions(code, "Y", "T", roots="smooth")
        place = {entry: index for index, entry in enumerate(analysis.jacobian)}
        by_row: dict[int, list[tuple[int, Node]]] = {}
        for entry, node in analysis.jacobian.items():
            if not self._at_hand(node):
                by_row.setdefault(entry[0], []).append((place[entry], node))
        targets: list[tuple[str, int]] = []
        roots: list[Node] = []
        for row, rate in enumerate(analysis.rates):
            wanted = [("F", row, rate), *(("J", index, node) for index, node in by_row.get(row, ()))]
            if row in analysis.by_time:
                wanted.append(("FT", row, analysis.by_time[row]))
            targets += [(area, index) for area, index, _ in wanted]
            roots += [node for _, _, node in wanted]
        for (area, index), value in zip(targets, inside.values(roots), strict=True):
            code.store(value, area, index)
        self._check_powers(code, inside)
        return code.function("jacobian(ptr noalias %ws) noinline")

    def _check_powers(self, code: Code, inside: Expressions) -> None:
        """Makes the rates NaN where a number with a fractional power is below zero, and not within the tolerances."""
        wrong: Value | None = None
        for base, exponents in fractional_powers(self.graph, self.analysis.rates).items():
            if base not in self.margins:
                continue
            x, allowed = inside.values([base, self.margins[base]])
            below = code.compare("olt", x, code.op("fneg", allowed))
            for exponent in exponents:
                [y] = inside.values([exponent])
                mine = code.logic("and", below, code.invert(code.whole_numbers(y)))
                wrong = mine if wrong is None else code.logic("or", wrong, mine)
        if wrong is not None:
            code.store(code.select(wrong, code.const(float("nan")), code.load("F")), "F")

    def _at_hand(self, node: Node) -> bool:
        """Whether an entry of the Jacobian need not be stored: a number, a slot, or a term of slots."""
        if self.graph.ops[node] == "const" or node in self.hoisted:
            return True
        return self.graph.ops[node] == "symbol" and self.graph.names[node] in self.slots

    def rhs(self) -> str:
        """Adds the rates at ``U`` and ``TS`` to what stands at `out`."""
        code = self._code()
        values = self._expressions(code, "U", "TS", roots="smooth").values(self.analysis.rates)
        for index, value in enumerate(values):
            if value != code.const(0.0):
                pointer = code.pointer("%out", index * self.layout.width * 8)
                code.store_at(code.op("fadd", code.load_at(pointer), value), pointer)
        return code.function("rhs(ptr noalias %ws, ptr noalias %out) noinline")

    def factor(self) -> str:
        """Factors of I / (h gamma) - J, with reciprocal pivots; lanes whose pivot all but vanished go to ``BAD``."""
        analysis, code = self.analysis, self._code()
        elimination = analysis.elimination
        entry = {key: index for index, key in enumerate(analysis.jacobian)}
        inside = self._expressions(code, "Y", "T")
        diagonal, tiny = code.load("W0"), code.const(1e-13)
        bad: Value | None = None
        place = self._places()
        for step, index in enumerate(elimination.order):
            row: dict[int, Value] = {}
            size = diagonal
            for other in (*elimination.lower[step], step, *elimination.upper[step]):
                key = (index, elimination.order[other])
                if key in entry:
                    node = analysis.jacobian[key]
                    at_hand = self._at_hand(node)
                    row[other] = next(inside.values([node])) if at_hand else code.load("J", entry[key])
            if step in row:
                size = code.op("fadd", diagonal, code.intrinsic("fabs", row[step]))
                row[step] = code.op("fadd", diagonal, row[step])
            else:
                row[step] = diagonal
            for earlier in elimination.lower[step]:
                if earlier not in row:
                    continue
                factor = code.op("fmul", row[earlier], code.load("LU", place[earlier, earlier]))
                code.store(factor, "LU", place[step, earlier])
                minus = code.op("fneg", factor)
                for column in elimination.upper[earlier]:
                    pivot_row = code.load("LU", place[earlier, column])
                    if column in row:
                        row[column] = code.fma(minus, pivot_row, row[column])
                    else:
                        row[column] = code.op("fmul", minus, pivot_row)
            code.store(code.op("fdiv", code.const(1.0), row[step]), "LU", place[step, step])
            for column in elimination.upper[step]:
                code.store(row[column], "LU", place[step, column])
            if elimination.lower[step]:  # other pivots are what they were
                lost = code.invert(code.compare("ogt", code.intrinsic("fabs", row[step]), code.op("fmul", size, tiny)))
                bad = lost if bad is None else code.logic("or", bad, lost)
        if bad is None:
            code.store(code.const(0.0), "BAD")
        else:
            code.store(code.select(bad, code.const(1.0), code.const(0.0)), "BAD")
        return code.function("factor(ptr noalias %ws) noinline")

    def _places(self) -> dict[tuple[int, int], int]:
        """Where the factors' entries lie in ``LU``: row by row; the diagonal holds reciprocal pivots."""
        elimination = self.analysis.elimination
        found: dict[tuple[int, int], int] = {}
        for step in range(len(elimination.order)):
            for other in (*elimination.lower[step], step, *elimination.upper[step]):
                found[step, other] = len(found)
        return found

    def solve(self) -> str:
        """Solves with the factors, in place of the right-hand side at `out`."""
        elimination, code = self.analysis.elimination, self._code()
        place, stride = self._places(), self.layout.width * 8
        pointers = [code.pointer("%out", index * stride) for index in elimination.order]
        values: dict[int, Value] = {}

        def known(step: int) -> Value:
            if step not in values:
                values[step] = code.load_at(pointers[step])
            return values[step]

        for step, row in enumerate(elimination.lower):
            value = known(step)
            for earlier in row:
                factor = code.op("fneg", code.load("LU", place[step, earlier]))
                value = code.fma(factor, known(earlier), value)
            values[step] = value
        for step in range(len(pointers) - 1, -1, -1):
            for later in elimination.upper[step]:
                factor = code.op("fneg", code.load("LU", place[step, later]))
                values[step] = code.fma(factor, values[later], values[step])
            values[step] = code.op("fmul", values[step], code.load("LU", place[step, step]))
            code.store_at(values[step], pointers[step])
        return code.function("solve(ptr noalias %ws, ptr noalias %out) noinline")

    def modes_at(self, name: str, nodes: Sequence[Node]) -> str:
        """Modes at ``U`` and ``TS``, to ``NM``."""
        code = self._code()
        inside = self._expressions(code, "U", "TS", roots="guarded")
        for index, value in enumerate(inside.values(nodes)):
            code.store(value, "NM", index)
        return code.function(f"{name}(ptr noalias %ws) noinline")

    def triggers(self) -> str:
        """Triggers under the modes ``M``, to ``NG``, as 1 and 0."""
        code = self._code()
        for index, value in enumerate(self._expressions(code, "U", "TS").values(self.analysis.triggers)):
            code.store(code.select(value, code.const(1.0), code.const(0.0)), "NG", index)
        return code.function("triggers(ptr noalias %ws) noinline")

    def action(self, index: int) -> str:
        """An event executed in the lanes of ``MASK``."""
        code, event = self._code(), self.system.events[index]
        values = list(
            self._expressions(code, "Y", "T", hoisted=False, roots="guarded").values(
                [node for _, node in event.assignments]
            )
        )
        mask = code.compare("ogt", code.load("MASK"), code.const(0.0))
        for (target, _), value in zip(event.assignments, values, strict=True):
            area = ("Y", self.states[target]) if target in self.states else ("S", self.slots[target])
            code.store(code.select(mask, value, code.load(*area)), *area)
        return code.function(f"action{index}(ptr noalias %ws) noinline")


def margins(system: System, roots: Iterable[Node]) -> dict[Node, Node]:
    """For each number with a fractional power that depends on states, how far it is uncertain within the tolerances."""
    graph = system.graph
    symbols = frozenset(graph.symbol(name) for name in system.states)
    found: dict[Node, Node] = {}
    for base in fractional_powers(graph, roots):
        total = graph.const(0.0)
        for symbol, partial in sorted(graph.gradient(base, symbols).items()):
            error = graph.add(graph.symbol(" atol"), graph.mul(graph.symbol(" rtol"), graph.call("abs", symbol)))
            total = graph.add(total, graph.mul(graph.call("abs", partial), error))
        if not graph.is_const(total):
            found[base] = graph.mul(graph.const(MARGIN), total)
    return found


def fractional_powers(graph: Graph, roots: Iterable[Node]) -> dict[Node, list[Node]]:
    """Numbers that are raised to powers that may be fractional, and these powers."""
    found: dict[Node, list[Node]] = {}
    for node in graph.order(roots):
        if graph.ops[node] == "pow":
            base, exponent = graph.args[node]
            if not (graph.is_const(exponent) and graph.values[exponent].is_integer()):
                found.setdefault(base, []).append(exponent)
        elif graph.ops[node] == "sqrt":
            found.setdefault(graph.args[node][0], []).append(graph.const(0.5))
    return found


class _Lazy(dict[Node, Value]):
    """Hoisted terms that are loaded where they are first used."""

    def __init__(self, places: Mapping[Node, int], code: Code) -> None:
        super().__init__()
        self.places, self.code = places, code

    def __contains__(self, node: object) -> bool:
        return dict.__contains__(self, node) or node in self.places

    def __missing__(self, node: Node) -> Value:
        self[node] = self.code.load("C", self.places[node])
        return self[node]
