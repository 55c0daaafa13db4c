"""Cohorts on the compiled model: initial values, schedules as tables, the calls of the stepping loop, what paused."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.batch import kernel, lanes
from euthymia.engine.batch.emit import Layout
from euthymia.engine.batch.events import EventHandler
from euthymia.engine.batch.functions import Analysis, volumes_of
from euthymia.engine.batch.graph import Node
from euthymia.engine.batch.lanes import CONTEXT, record_index
from euthymia.engine.batch.machine import Library, build, native, vector_width
from euthymia.engine.batch.system import System
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.status import Status

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Watch = Callable[[int], None]
"""Told several times a second how many runs have ended at least; what it raises ends the call."""
STATUSES: Final = {
    lanes.DONE: Status.OK, lanes.STEP_CAP: Status.STEP_CAP, lanes.UNDERFLOW: Status.STEP_UNDERFLOW,
    lanes.NOT_FINITE: Status.NOT_FINITE, lanes.SINGULAR: Status.SINGULAR_PIVOT, lanes.STORM: Status.EVENT_STORM,
}  # fmt: skip
MAX_STEPS: Final = 100_000
"""Steps after which a run is given up; models of the atlas need some hundreds. Bounds the time of every run."""
MAX_PAUSES: Final = 100_000
"""Events left to the caller after which a run is given up."""
FIRST_STEP: Final = 0.5
"""Part of rtol^(1/5) by which the states may change in the first step."""
_POLL: Final = 0.1
"""Seconds between looks for a keyboard interrupt, and between words to who watches."""


@dataclass(frozen=True)
class Compiled:
    """A model ready to run.

    Attributes
    ----------
    analysis, layout, stepping
        What was compiled, and how a lane block lies in memory.
    initial
        Machine code of the initial values.
    folder
        Where machine code is kept.
    """

    analysis: Analysis
    layout: Layout
    stepping: Library
    initial: Library
    folder: Path | None
    _readings: dict[tuple[object, ...], Library] = field(default_factory=dict)

    def readings(self, outputs: tuple[str, ...], copies: tuple[Node, ...]) -> Library:
        """Machine code of outputs, and of numbers that scheduled jumps copy."""
        key = (outputs, copies)
        if key not in self._readings:
            source = kernel.readings_source(self.system, outputs, copies, self.layout)
            self._readings[key] = build(source, ("outputs", "copies"), self.folder)
        return self._readings[key]

    @property
    def system(self) -> System:
        """The model's expressions."""
        return self.analysis.system


def compile_analysis(analysis: Analysis, folder: Path | None, *, width: int | None = None) -> Compiled:
    """A model ready to run; machine code is read from `folder` where it was made before."""
    system, chosen = analysis.system, width or vector_width()
    source, layout = kernel.stepping_source(analysis, chosen, native=native(chosen))
    targets = [system.initial[name] for name in (*system.states, *system.slots)]
    initial = kernel.initial_source(system, targets, layout)
    return Compiled(analysis, layout, build(source, ("run",), folder), build(initial, ("initial",), folder), folder)


@dataclass(frozen=True)
class Request:
    """Runs that are asked for.

    Attributes
    ----------
    keys, values
        What is given for each animal, shape of `values` [animal, key].
    arms
        One schedule per arm.
    times, outputs
        Output times, and names of `System.outputs`.
    """

    keys: tuple[str, ...]
    values: Array
    arms: tuple[Schedule, ...]
    times: Array
    outputs: tuple[str, ...]
    rtol: float
    atol: float


def solve(
    compiled: Compiled, request: Request, *, threads: int = 1, out: Array | None = None, watch: Watch | None = None
) -> tuple[Array, npt.NDArray[np.int8]]:
    """Run a cohort; the outputs are put into `out`, contiguous, if it is given, and `watch` is told how far it is.

    Returns
    -------
    tuple
        Outputs [animal, arm, time, output], NaN where a run failed, and status codes [animal, arm].
    """
    animals, arms = len(request.values), len(request.arms)
    table = _Table(compiled, request.arms, len(request.outputs))
    records = np.zeros((animals, arms, compiled.analysis.record))
    for index, arm in enumerate(request.arms):
        _fill(compiled, request, arm, records[:, index])
        records[:, index, record_index(compiled.analysis, "POS")] = table.begin[index]
        records[:, index, record_index(compiled.analysis, "END")] = table.begin[index + 1]
    flat = records.reshape(animals * arms, -1)
    handler = EventHandler(
        compiled.analysis,
        {run: table.odd[run % arms] for run in range(len(flat)) if table.odd[run % arms]} if any(table.odd) else {},
    )
    shape = (animals * arms, len(request.times), len(request.outputs))
    results = np.empty(shape) if out is None else out.reshape(shape)
    _Call(compiled, request, table, flat, results, watch).run(handler, threads)
    left = flat[:, record_index(compiled.analysis, "STATUS")]
    codes = np.array([STATUSES[float(value)].value for value in left], np.int8)
    results[codes != Status.OK.value] = np.nan
    return results.reshape(animals, arms, *results.shape[1:]), codes.reshape(animals, arms)


def _fill(compiled: Compiled, request: Request, arm: Schedule, records: Array) -> None:
    """Records at time 0 of one arm's runs."""
    analysis, system = compiled.analysis, compiled.system
    names = (*system.states, *system.slots)
    animals = len(request.values)
    width = compiled.layout.width
    padded = -(-animals // width) * width
    places = {key: index for index, key in enumerate(system.settable)}
    given, has = np.zeros((max(len(places), 1), padded)), np.zeros(max(len(places), 1))
    columns: dict[str, Any] = {key: request.values[:, index] for index, key in enumerate(request.keys)}
    for key, value in {**columns, **arm.settings}.items():
        given[places[key], :animals] = value
        has[places[key]] = 1.0
    found = np.zeros((len(names), padded))
    address = ctypes.c_void_p
    function = compiled.initial.function("initial", address, address, address, ctypes.c_int64)
    function(given.ctypes.data, has.ctypes.data, found.ctypes.data, padded)
    records[:, : len(names)] = found[:, :animals].T
    for index, event in enumerate(system.events):
        records[:, len(names) + index] = float(event.initially)
    records[:, record_index(analysis, "PAUSE")] = np.inf


class _Table:
    """Scheduled jumps of all arms as the stepping loop reads them."""

    def __init__(self, compiled: Compiled, arms: Sequence[Schedule], outputs: int) -> None:
        self.system = compiled.system
        self.copies: list[Node] = []
        self.copied_from = compiled.layout.size // (8 * compiled.layout.width) + outputs + 1
        self.rows = {name: index for index, name in enumerate((*self.system.states, *self.system.slots))}
        self.volumes = volumes_of(self.system)
        self.begin = [0]
        self.odd: list[list[Jump]] = []
        times: list[float] = []
        first: list[int] = [0]
        ops: list[tuple[int, int, int, float]] = []
        for arm in arms:
            odd: list[Jump] = []
            for time in dict.fromkeys(jump.time for jump in arm.jumps):
                here = [jump for jump in arm.jumps if jump.time == time]
                lowered = [self._lowered(jump) for jump in here]
                if any(one is None for one in lowered) or self._depends_on_others(here):
                    odd += here
                    continue
                ops += [one for one in lowered if one is not None]
                times.append(time)
                first.append(len(ops))
            self.odd.append(odd)
            self.begin.append(len(times))
        self.times = np.array([*times, np.inf])
        self.first = np.array(first, np.int64)
        self.ops = np.zeros((max(len(ops), 1), 4), np.int64)
        for index, (kind, target, source, factor) in enumerate(ops):
            self.ops[index, :3] = (kind, target, source)
            self.ops[index, 3:].view(np.float64)[0] = factor

    def _source(self, name: str) -> int:
        """Where a number that is copied lies in a lane block: in the record, or worked out behind the outputs."""
        if name in self.rows:
            return self.rows[name]
        node = self.system.outputs[name]
        if node not in self.copies:
            self.copies.append(node)
        return self.copied_from + self.copies.index(node)

    def _depends_on_others(self, jumps: Sequence[Jump]) -> bool:
        """Whether a number that is worked out for a copy depends on what another jump of the same time changes."""
        graph = self.system.graph
        changed = {jump.target.strip("[]") for jump in jumps}
        for jump in jumps:
            if jump.operation == "copy" and str(jump.value) not in self.rows:
                needed = graph.order([self.system.outputs[str(jump.value)]])
                if changed & {graph.names[node].strip("[]") for node in needed if node in graph.names}:
                    return True
        return False

    def _lowered(self, jump: Jump) -> tuple[int, int, int, float] | None:
        """(operation, row of the target, row of a factor or -1, number); None if the stepping loop cannot do it."""
        kind = {"add": 0, "set": 1, "multiply": 2, "copy": 1}[jump.operation]
        target, source = jump.target, -1
        if target in self.volumes:
            return None
        factor = 1.0 if jump.operation == "copy" else float(jump.value)
        if target not in self.rows:
            inner = target.strip("[]")
            volume = self.system.outputs.get(f"volume of {inner}")
            if not target.startswith("[") or inner not in self.rows or volume is None or jump.operation == "copy":
                return None
            target = inner
            graph = self.system.graph
            if jump.operation != "multiply" and graph.is_const(volume):
                factor *= graph.values[volume]
            elif jump.operation != "multiply":
                name = graph.names.get(volume, "")
                if name not in self.rows:
                    return None
                source = self.rows[name]
        if jump.operation == "copy":
            return kind, self.rows[target], self._source(str(jump.value)), 1.0
        return kind, self.rows[target], source, factor


class _Call:
    """Calls of the stepping loop for one set of records."""

    def __init__(
        self, compiled: Compiled, request: Request, table: _Table, records: Array, results: Array, watch: Watch | None
    ) -> None:
        self.compiled, self.records, self.watch = compiled, records, watch
        self.readings = compiled.readings(request.outputs, tuple(table.copies))
        needed = set(compiled.system.graph.order(compiled.system.outputs[name] for name in request.outputs))
        symbols = [compiled.system.graph.symbol(name) for name in compiled.system.states]
        need = np.array([index for index, symbol in enumerate(symbols) if symbol in needed] or [0], np.int64)
        self.queue = np.zeros(len(records), np.int64)
        self.taken, self.stop = np.zeros(1, np.int64), np.zeros(1, np.int32)
        self.arrays: dict[str, npt.NDArray[Any]] = {
            "records": records, "queue": self.queue, "taken": self.taken, "stop": self.stop, "results": results,
            "times": request.times, "need": need, "stop_times": table.times, "stop_ops": table.first, "ops": table.ops,
        }  # fmt: skip
        numbers = {
            "n_times": len(request.times), "n_out": len(request.outputs), "n_need": len(need),
            "rtol": request.rtol, "atol": request.atol, "max_steps": float(MAX_STEPS),
            "guess": FIRST_STEP * request.rtol**0.2, "queued": 0,
            "out": self.readings.functions["outputs"], "copies": self.readings.functions["copies"],
        }  # fmt: skip
        self.context = np.zeros(len(CONTEXT))
        for name in CONTEXT:
            self._set(name, self.arrays[name].ctypes.data if name in self.arrays else numbers[name])
        self.function = compiled.stepping.function("run", ctypes.c_void_p, ctypes.c_void_p)
        self.block = compiled.layout.size + (len(request.outputs) + 1 + len(table.copies)) * compiled.layout.width * 8

    def run(self, handler: EventHandler, threads: int) -> None:
        """Follow all runs to their end."""
        records, analysis = self.records, self.compiled.analysis
        status, pause = record_index(analysis, "STATUS"), record_index(analysis, "PAUSE")
        for run in handler.waiting:
            records[run, pause] = handler.next_pause(run)
        left = np.arange(len(records))
        with ThreadPoolExecutor(self._workers(len(left), threads)) as pool:
            for _ in range(MAX_PAUSES):
                self._follow(left, pool, threads)
                left = left[records[left, status] == lanes.PAUSED]
                for run in left:
                    handler.handle(int(run), records[run])
                left = left[records[left, status] == 0.0]
                if not len(left):
                    return
        records[left, status] = lanes.STORM

    def _workers(self, runs: int, threads: int) -> int:
        return max(1, min(threads, -(-runs // self.compiled.layout.width)))

    def _follow(self, queue: Whole, pool: ThreadPoolExecutor, threads: int) -> None:
        """Follow some runs until each has ended or paused; a keyboard interrupt ends it soon."""
        self.queue[: len(queue)] = queue
        self.taken[0] = 0
        self._set("queued", len(queue))
        count = self._workers(len(queue), threads)
        if count == 1 and self.watch is None and threading.current_thread() is not threading.main_thread():
            self._work()
            return
        futures = [pool.submit(self._work) for _ in range(count)]
        try:
            while wait(futures, timeout=_POLL).not_done:
                if self.watch is not None:
                    begun = min(int(self.taken[0]), len(queue)) - count * self.compiled.layout.width
                    self.watch(len(self.records) - len(queue) + max(begun, 0))
        except BaseException:
            self.stop[0] = 1
            raise
        for future in futures:
            future.result()

    def _work(self) -> None:
        raw = np.zeros(self.block // 8 + 8)
        shift = -raw.ctypes.data % 64
        self.function(self.context.ctypes.data, raw.ctypes.data + shift)

    def _set(self, name: str, value: float) -> None:
        """A field of the call's context: doubles as they are, whole numbers and addresses as such."""
        place = CONTEXT.index(name)
        slot = self.context[place : place + 1]
        if isinstance(value, float):
            slot[0] = value
        else:
            slot.view(np.int64)[0] = value
