"""A slow, plain second implementation of what a `System` means: one run, SciPy's solver, events by the book.

Relations, floors and ceilings are held at their values while the solver steps; as soon as one of them turns, the
instant is found by bisection down to neighbouring numbers, and the solver starts anew there. At one time the jumps
come first, then the events.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.integrate import LSODA, Radau

from euthymia.engine.batch.graph import _FUNCTIONS, RELATIONS, Graph, Node
from euthymia.engine.batch.system import Event, System
from euthymia.engine.schedule import Jump

Array = npt.NDArray[np.float64]
_STEPS: Final = frozenset({*RELATIONS, "floor", "ceil"})
_LOOKS: Final = 4
"""Points of each solver step at which relations are looked at."""
_LONGEST: Final = 1 / 200
"""Longest solver step as part of the whole span, where there are relations."""
_MAX_RESTARTS: Final = 20_000
_CLOSE: Final = 1e-13
"""Relative distance of two times below which one Euler step is taken."""
_INLINE: Final = {
    "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "neg": "(-{})", "lt": "({} < {})", "le": "({} <= {})",
    "eq": "({} == {})", "and": "({} and {})", "or": "({} or {})", "not": "(not {})", "true": "True", "false": "False",
    "select": "({1} if {0} else {2})",
}  # fmt: skip


def solve(
    system: System,
    *,
    times: Sequence[float] | Array,
    given: Mapping[str, float] | None = None,
    jumps: Sequence[Jump] = (),
    outputs: Sequence[str] | None = None,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    seed: int = 0,
) -> Array:
    """One run as an array [time, output]; an output at the time of a jump or event shows the state after it.

    Events of one time and one priority are executed in an order that `seed` decides.
    """
    names = list(system.outputs if outputs is None else outputs)
    return _Run(system, dict(given or {}), list(jumps), rtol, atol, seed).outputs(
        [float(time) for time in times], names
    )


def initial_values(system: System, given: Mapping[str, float]) -> dict[str, float]:
    """The values of states and slots at time 0, before any event."""
    known = {f"given {key}": given.get(key, 0.0) for key in system.settable}
    known |= {f"has {key}": float(key in given) for key in system.settable}
    found = system.graph.evaluate(list(system.initial.values()), known)
    return dict(zip(system.initial, found, strict=True))


def program(
    graph: Graph, roots: Sequence[Node], places: Mapping[str, str], held: Mapping[Node, str] | None = None
) -> Callable[..., list[float]]:
    """A function (t, y, p, d) of time, states, slots and held values that gives the values of nodes."""
    lines, held, needed, stack = ["def run(t, y, p, d):"], held or {}, set[Node](), list(roots)
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack.extend(() if node in held else graph.args[node])
    lines += [f" v{n} = {held[n] if n in held else _source(graph, n, places)}" for n in sorted(needed)]
    lines.append(f" return [{', '.join(f'v{root}' for root in roots)}]")
    space: dict[str, Any] = {**{f"f_{op}": function for op, function in _FUNCTIONS.items()}, "nan": math.nan}
    exec("\n".join(lines), space | {"inf": math.inf}, found := {})  # the text is made above, of numbers and places
    made: Callable[..., list[float]] = found["run"]
    return made


def _source(graph: Graph, node: Node, places: Mapping[str, str]) -> str:
    op, args = graph.ops[node], [f"v{arg}" for arg in graph.args[node]]
    if op == "const":
        return repr(graph.values[node])
    if op == "symbol":
        return places[graph.names[node]]
    return _INLINE[op].format(*args) if op in _INLINE else f"f_{op}({', '.join(args)})"


@dataclass
class _Pending:
    """An event that was triggered and waits for its execution."""

    event: Event
    time: float
    values: list[float] | None


class _Expressions:
    """All that is evaluated during a run, as functions of time, states and slots."""

    def __init__(self, system: System) -> None:
        graph, self.system = system.graph, system
        self.places = {name: f"y[{place}]" for place, name in enumerate(system.states)}
        self.places |= {name: f"p[{place}]" for place, name in enumerate(system.slots)} | {"time": "t"}
        watched = [*system.rates, *(event.trigger for event in system.events)]
        steps = [node for node in graph.order(watched) if graph.ops[node] in _STEPS]
        self.steps = program(graph, list(self._signatures(steps)), self.places)
        held = {node: f"(d[{at}] == 0)" if graph.ops[node] == "eq" else f"d[{at}]" for at, node in enumerate(steps)}
        self.rates = program(graph, system.rates, self.places, held)
        self.stepping = bool(steps)
        self._programs: dict[tuple[Node, ...], Callable[..., list[float]]] = {}

    def _signatures(self, steps: Sequence[Node]) -> Iterator[Node]:
        """The steps themselves; of an equality the sign of the difference, so that its crossing is seen."""
        graph = self.system.graph
        for node in steps:
            if graph.ops[node] == "eq":
                a, b = graph.args[node]
                one, zero = graph.const(1.0), graph.const(0.0)
                above = graph.select(graph.relation("lt", b, a), one, zero)
                yield graph.select(graph.relation("lt", a, b), graph.const(-1.0), above)
            else:
                yield node

    def at(self, nodes: Sequence[Node], time: float, values: Mapping[str, float]) -> list[float]:
        """Values of nodes at a time."""
        key = tuple(nodes)
        if key not in self._programs:
            self._programs[key] = program(self.system.graph, nodes, self.places)
        y, p = [values[name] for name in self.system.states], [values[name] for name in self.system.slots]
        return self._programs[key](time, y, p, ())


class _Run:
    """One run from time 0."""

    def __init__(
        self, system: System, given: dict[str, float], jumps: list[Jump], rtol: float, atol: float, seed: int
    ) -> None:
        self.chance = random.Random(seed)
        self.system, self.rtol, self.atol = system, rtol, atol
        self.expressions = _Expressions(system)
        self.time = 0.0
        self.values = initial_values(system, given)
        self.jumps = sorted(jumps, key=lambda jump: jump.time)
        self.triggered = {event.name: event.initially for event in system.events}
        self.pending: list[_Pending] = []
        self.rows: list[list[float]] = []

    def outputs(self, times: list[float], names: list[str]) -> Array:
        """Values of outputs at times."""
        self.wanted, self.times = [self.system.outputs[name] for name in names], times
        for _ in range(_MAX_RESTARTS):
            self._instant()
            while len(self.rows) < len(times) and times[len(self.rows)] <= self.time:
                self._emit(self.time, self.values)
            if len(self.rows) == len(times):
                return np.array(self.rows, dtype=float).reshape(len(times), len(names))
            self._go_on(min([times[-1], *(jump.time for jump in self.jumps), *(one.time for one in self.pending)]))
        raise RuntimeError("too many restarts")

    def _emit(self, time: float, values: Mapping[str, float]) -> None:
        self.rows.append([float(one) for one in self.expressions.at(self.wanted, time, values)])

    # what happens at one time

    def _instant(self) -> None:
        while self.jumps and self.jumps[0].time <= self.time:
            self._jump(self.jumps.pop(0))
        for _ in range(_MAX_RESTARTS):
            self._look_at_triggers()
            ready = [one for one in self.pending if one.time <= self.time]
            if not ready:
                return
            chosen = self._next(ready)
            self.pending = [one for one in self.pending if one is not chosen]
            self._assign(chosen.event, chosen.values or self._now([node for _, node in chosen.event.assignments]))
        raise RuntimeError("events without end")

    def _now(self, nodes: Sequence[Node]) -> list[float]:
        return self.expressions.at(nodes, self.time, self.values)

    def _priority(self, pending: _Pending) -> float:
        return self._now([pending.event.priority])[0] if pending.event.priority is not None else -math.inf

    def _next(self, ready: Sequence[_Pending]) -> _Pending:
        """One of the highest priority, by chance where several have it; those without one come last, in order."""
        priorities = [self._priority(one) for one in ready]
        best = [one for one, priority in zip(ready, priorities, strict=True) if priority == max(priorities)]
        return best[0] if best[0].event.priority is None else self.chance.choice(best)

    def _look_at_triggers(self) -> None:
        for event, now in zip(
            self.system.events, self._now([event.trigger for event in self.system.events]), strict=True
        ):
            before, self.triggered[event.name] = self.triggered[event.name], bool(now)
            if now and not before:
                delay = self._now([event.delay])[0] if event.delay is not None else 0.0
                if not delay >= 0.0:
                    raise RuntimeError(f"delay {delay} of the event {event.name}")
                values = self._now([node for _, node in event.assignments]) if event.at_trigger else None
                self.pending.append(_Pending(event, self.time + delay, values))
            elif not now and not event.persistent:
                self.pending = [one for one in self.pending if one.event is not event]

    def _assign(self, event: Event, values: Sequence[float]) -> None:
        """All at once: concentrations are meant in the old sizes of the compartments; then amounts are kept."""
        targets = [target for target, _ in event.assignments]
        self._set({target: float(value) for target, value in zip(targets, values, strict=True)})

    def _set(self, new: Mapping[str, float]) -> None:
        """Set states and slots, or the other form of species (``[S1]`` of an amount, ``S1`` of a concentration)."""
        before, changed = self._units(), dict(new)
        for target in new:
            if target not in self.values:
                changed[_other(target)] = changed.pop(target) * before[target]
        self.values |= changed
        for form, unit in self._units().items():
            if form == form.strip("[]") and unit != before[form]:
                self.values[_other(form)] *= unit / before[form]

    def _units(self) -> dict[str, float]:
        """For each other form of a species what one unit of it is in the form that is held."""
        species = [name for name in self.system.outputs if name in self.values and _other(name) in self.system.outputs]
        if not species:
            return {}
        forms = [_other(name) for name in species]
        nodes = [self.system.outputs[form] for form in forms]
        values = self.expressions.at(nodes, self.time, self.values | dict.fromkeys(species, 1.0))
        return {form: 1.0 / value if value else math.nan for form, value in zip(forms, values, strict=True)}

    def _jump(self, jump: Jump) -> None:
        now = self._now([self.system.outputs[jump.target]])[0]
        given = jump.value
        value = self._now([self.system.outputs[given]])[0] if isinstance(given, str) else float(given)
        result = {"add": now + value, "multiply": now * value}.get(jump.operation, value)
        self._set({jump.target: result})

    # between two times

    def _go_on(self, stop: float) -> None:
        """Integrate until `stop`, or until a relation, floor or ceiling turns."""
        y = [self.values[name] for name in self.system.states]
        p = [self.values[name] for name in self.system.slots]
        held = self.expressions.steps(self.time, y, p, ())

        def rhs(t: float, y: Any) -> list[float]:
            return self.expressions.rates(t, [float(one) for one in y[: len(self.system.states)]], p, held) or [0.0]

        for start, end, course in self._steps(rhs, y, stop):
            turn = self._turn(start, end, course, p, held)
            until = end if turn is None else turn
            self._emit_before(until, course)
            self._arrive(until, course(until))
            if turn is not None:
                return

    def _arrive(self, time: float, y: Sequence[float]) -> None:
        self.time = time
        self.values |= dict(zip(self.system.states, map(float, y), strict=False))

    def _emit_before(self, time: float, course: Callable[[float], Any]) -> None:
        while len(self.rows) < len(self.times) and (now := self.times[len(self.rows)]) < time:
            states = dict(zip(self.system.states, map(float, course(now)), strict=False))
            self._emit(now, {**self.values, **states})

    def _steps(
        self, rhs: Callable[..., list[float]], y: list[float], stop: float
    ) -> Iterator[tuple[float, float, Callable[[float], Any]]]:
        start, y = self.time, y or [0.0]
        rates = rhs(start, y)
        if stop - start <= _CLOSE * max(abs(stop), 1.0) or not np.isfinite([*y, *rates]).all():
            yield start, stop, lambda t: [one + rate * (t - start) for one, rate in zip(y, rates, strict=True)]
            return
        longest = self.times[-1] * _LONGEST if self.expressions.stepping else math.inf
        for solver_class in (LSODA, Radau):
            solver = solver_class(rhs, start, np.array(y), stop, max_step=longest, rtol=self.rtol, atol=self.atol)
            while solver.status == "running":
                solver.step()
                if solver.status != "failed":
                    yield solver.t_old, solver.t, solver.dense_output()
            if solver.status == "finished":
                return
            start, y = solver.t, list(solver.y)
        raise RuntimeError("the solver failed")

    def _turn(
        self, start: float, end: float, course: Callable[[float], Any], p: list[float], held: list[float]
    ) -> float | None:
        """The first number at which a relation, floor or ceiling is not what it was; None if there is none."""
        if not self.expressions.stepping:
            return None

        def turned(t: float) -> bool:
            return self.expressions.steps(t, [float(one) for one in course(t)], p, ()) != held

        low = start
        for high in np.linspace(start, end, _LOOKS + 1)[1:]:
            if turned(float(high)):
                return _bisected(turned, low, float(high))
            low = float(high)
        return None


def _other(form: str) -> str:
    """The concentration for an amount, and the other way round."""
    return form[1:-1] if form.startswith("[") else f"[{form}]"


def _bisected(turned: Callable[[float], bool], low: float, high: float) -> float:
    while low < (middle := low + (high - low) / 2) < high:
        low, high = (low, middle) if turned(middle) else (middle, high)
    return high
