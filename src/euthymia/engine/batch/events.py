"""Events that the stepping loop leaves to its caller: several at one time, delayed, or prioritised; odd jumps.

SBML Level 3 Version 2 Core, section 4.11, one run and one point in time after another. Where SBML wants one of several
events of one priority to be chosen at random, the choice is drawn from the number of the run's own executions, so that
a run gives the same bits again; events without a priority come in the order of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.batch.functions import Analysis
from euthymia.engine.batch.graph import Graph, Node, apply
from euthymia.engine.batch.lanes import STORM, record_index
from euthymia.engine.batch.points import ROUNDS
from euthymia.engine.schedule import Jump

Array = npt.NDArray[np.float64]
_LOWEST: Final = float("-inf")


class _Program:
    """Some nodes to be evaluated again and again, one run at a time."""

    def __init__(self, graph: Graph, roots: Sequence[Node]) -> None:
        self.graph, self.roots = graph, list(roots)
        self.order = graph.order(roots)

    def __call__(self, known: Callable[[str], float]) -> list[float]:
        graph, values = self.graph, {}
        for node in self.order:
            op = graph.ops[node]
            if op == "const":
                values[node] = graph.values[node]
            elif op == "symbol":
                values[node] = known(graph.names[node])
            else:
                values[node] = apply(op, *(values[arg] for arg in graph.args[node]))
        return [values[root] for root in self.roots]


@dataclass(order=True)
class _Due:
    """An event that has been triggered and waits for its execution."""

    time: float
    event: int
    values: list[float] | None = field(compare=False)


@dataclass
class _Waiting:
    """What a run waits for."""

    jumps: list[Jump] = field(default_factory=list)
    events: list[_Due] = field(default_factory=list)
    executed: int = 0


class EventHandler:
    """Executes what is due in paused runs.

    Parameters
    ----------
    analysis
        The model.
    jumps
        For each run the scheduled jumps that the stepping loop cannot do, in order; runs without any may be left out.
    """

    def __init__(self, analysis: Analysis, jumps: Mapping[int, Sequence[Jump]]) -> None:
        self.analysis, self.system = analysis, analysis.system
        graph = self.system.graph
        self.waiting: dict[int, _Waiting] = {run: _Waiting(list(own)) for run, own in jumps.items()}
        self.places = {name: index for index, name in enumerate((*self.system.states, *self.system.slots))}
        self.triggers_from = len(self.places)
        self.modes = [_Program(graph, nodes) for nodes in (analysis.modes.now, analysis.modes.just_after)]
        self.triggers = _Program(graph, analysis.triggers)
        events = self.system.events
        self.values = [_Program(graph, [node for _, node in event.assignments]) for event in events]
        self.delays = [_Program(graph, [event.delay]) if event.delay is not None else None for event in events]
        self.priorities = [_Program(graph, [e.priority]) if e.priority is not None else None for e in events]
        self.outputs: dict[str, _Program] = {}
        self.at = {name: record_index(analysis, name) for name in ("T", "PAUSE", "PHASE", "STATUS")}

    def next_pause(self, run: int) -> float:
        """When a run must be paused next for what it waits for; infinity if never."""
        waiting = self.waiting.get(run)
        if waiting is None:
            return float("inf")
        times = [one.time for one in waiting.events]
        if waiting.jumps:
            times.append(waiting.jumps[0].time)
        return min(times, default=float("inf"))

    def handle(self, run: int, record: Array) -> None:
        """Do all that is due in a run at the time at which it stands."""
        waiting = self.waiting.setdefault(run, _Waiting())
        now = float(record[self.at["T"]])
        while waiting.jumps and waiting.jumps[0].time <= now:
            self._jump(waiting.jumps.pop(0), record)
        record[self.at["STATUS"]] = STORM
        for _ in range(ROUNDS + 10 * len(self.system.events)):
            self._trigger(waiting, record, now)
            ready = [one for one in waiting.events if one.time <= now]
            if not ready:
                record[self.at["STATUS"]] = 0.0
                break
            chosen = self._chosen(ready, record, waiting.executed)
            waiting.events.remove(chosen)
            waiting.executed += 1
            self._execute(chosen, record)
        record[self.at["PAUSE"]] = self.next_pause(run)

    def _known(self, record: Array, modes: Sequence[float] = ()) -> Callable[[str], float]:
        def value(name: str) -> float:
            place = self.places.get(name)
            if place is not None:
                return float(record[place])
            if name == "time":
                return float(record[self.at["T"]])
            return modes[int(name.removeprefix("mode "))]

        return value

    def _trigger(self, waiting: _Waiting, record: Array, now: float) -> None:
        """New triggers; events that turned true wait for their execution, those that may not persist are dropped."""
        phase = 1 if record[self.at["PHASE"]] > 0 else 0
        modes = self.modes[phase](self._known(record))
        found = self.triggers(self._known(record, modes))
        for index, (event, value) in enumerate(zip(self.system.events, found, strict=True)):
            place = self.triggers_from + index
            before, record[place] = record[place] > 0.5, value
            if value and not before:
                program = self.delays[index]
                delay = program(self._known(record))[0] if program else 0.0
                values = self.values[index](self._known(record)) if event.at_trigger else None
                waiting.events.append(_Due(now + delay, index, values))
            elif not value and not event.persistent:
                waiting.events = [one for one in waiting.events if one.event != index]

    def _priority(self, index: int, record: Array) -> float:
        program = self.priorities[index]
        return program(self._known(record))[0] if program else _LOWEST

    def _chosen(self, ready: list[_Due], record: Array, draw: int) -> _Due:
        """The event of those that are due that is executed next."""
        highest = max(self._priority(one.event, record) for one in ready)
        first = sorted(
            (one for one in ready if self._priority(one.event, record) == highest), key=lambda one: one.event
        )
        return first[0] if highest == _LOWEST else first[_mixed(draw) % len(first)]

    def _execute(self, due: _Due, record: Array) -> None:
        event = self.system.events[due.event]
        values = due.values if due.values is not None else self.values[due.event](self._known(record))
        volumes = self._volumes(record)
        for (target, _), value in zip(event.assignments, values, strict=True):
            self._put(target, value, record)
        self._keep_amounts(volumes, {target for target, _ in event.assignments}, record)

    def _volumes(self, record: Array) -> dict[str, float]:
        """Volumes of the species whose states are concentrations."""
        concentrations = [name for name in self.system.states if name.startswith("[") and "|" not in name]
        return {name: self._volume(name[1:-1], record) for name in concentrations}

    def _keep_amounts(self, before: Mapping[str, float], given: set[str], record: Array) -> None:
        """A compartment that jumps takes no amount of its species with it."""
        for name, volume in before.items():
            if not given & {name, name[1:-1]}:
                record[self.places[name]] *= volume / self._volume(name[1:-1], record)

    def _put(self, target: str, value: float, record: Array) -> None:
        """Set a quantity; one that is no state or slot is the other measure of a species."""
        inner = target.strip("[]")
        if target in self.places:
            record[self.places[target]] = value
        elif target.startswith("["):  # its state is the amount
            record[self.places[inner]] = value * self._volume(inner, record)
        else:  # its state is the concentration
            record[self.places[f"[{inner}]"]] = value / self._volume(inner, record)

    def _volume(self, species: str, record: Array) -> float:
        return self._output(f"volume of {species}", record)

    def _output(self, name: str, record: Array) -> float:
        if name not in self.outputs:
            self.outputs[name] = _Program(self.system.graph, [self.system.outputs[name]])
        return self.outputs[name](self._known(record))[0]

    def _jump(self, jump: Jump, record: Array) -> None:
        value = self._output(str(jump.value), record) if jump.operation == "copy" else float(jump.value)
        if jump.operation in ("add", "multiply"):
            old = self._output(jump.target, record)
            value = old + value if jump.operation == "add" else old * value
        volumes = self._volumes(record)
        self._put(jump.target, value, record)
        self._keep_amounts(volumes, {jump.target}, record)


def _mixed(number: int) -> int:
    """A whole number scattered over 32 bits (SplitMix; Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195)."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return mixed >> 32
