"""Parts of a piece of work, spread over threads, local processes or a cluster; a part that is lost is done again.

A part depends on nothing but itself, so its results are the same bits wherever and however often it is done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.work import Engine, Results, Work, run
from euthymia.errors import RequestError
from euthymia.words import msg

if TYPE_CHECKING:
    from distributed import Client

Array = npt.NDArray[np.float64]
RUNS: Final[dict[Engine, int]] = {"batch": 2048, "reference": 16}
"""Runs of a part at the most, by engine."""
BYTES: Final = 64 * 1024**2
"""Size of a part's results at the most, if it holds more than one animal."""
PARALLEL_FROM: Final[dict[Engine, int]] = {"batch": 32, "reference": 64}
"""Runs from which a second thread or process is worth its start."""
TRIES: Final = 4
"""How often parts are tried whose worker died."""
AHEAD: Final = 3
"""Parts that wait for each thread of a cluster."""


@dataclass(frozen=True)
class Place:
    """Where parts are done.

    Attributes
    ----------
    workers
        Threads, or processes; None for as many as cores where the work is large.
    processes
        Whether the workers are local processes. libRoadRunner always has processes.
    client
        A Dask client; it then decides how many workers there are.
    """

    workers: int | None = None
    processes: bool = False
    client: Client | None = None


def parts_of(work: Work) -> list[tuple[int, int]]:
    """The first animal of each part, and the one after its last. They depend on nothing but the work."""
    size = 8 * len(work.arms) * len(work.times) * max(work.columns, 1)
    animals = max(1, min(RUNS[work.engine] // len(work.arms), BYTES // size))
    count = len(work.values)
    return [(start, min(start + animals, count)) for start in range(0, count, animals)]


def finished(
    work: Work,
    parts: Sequence[tuple[int, int]],
    place: Place,
    out: Array | None = None,
    watch: Callable[[int], None] | None = None,
) -> Iterator[tuple[int, Results]]:
    """Number and results of each part, as they are ready.

    With `out` (the outputs of all animals, contiguous), parts that are done in this process may put theirs there; of a
    part that is being done in it, `watch` is told how many runs have ended at least.

    Raises
    ------
    RequestError
        If workers die again and again.
    """
    if not parts:
        return
    if place.client is not None:
        yield from _on_cluster(work, parts, place.client)
        return
    cores = (os.cpu_count() or 1) if work.runs >= PARALLEL_FROM[work.engine] else 1
    workers = place.workers if place.workers is not None else cores
    if workers > 1 and len(parts) > 1 and (place.processes or work.engine == "reference"):
        yield from _in_processes(work, parts, workers)
        return
    for number, (start, stop) in enumerate(parts):
        placed = None if out is None else out[start:stop]
        yield number, run(work.part(start, stop), threads=workers, out=placed, watch=watch)


def _in_processes(work: Work, parts: Sequence[tuple[int, int]], workers: int) -> Iterator[tuple[int, Results]]:
    """Local processes, which stay for the next call."""
    left = dict(enumerate(parts))
    for _ in range(TRIES):
        try:
            for number, results in _batch(work, left, workers):
                del left[number]
                yield number, results
        except BrokenProcessPool:  # a process was killed; what is left is tried again in new ones
            continue
        return
    raise _dying()


def _batch(work: Work, left: dict[int, tuple[int, int]], workers: int) -> Iterator[tuple[int, Results]]:
    from joblib.externals.loky import as_completed, get_reusable_executor

    executor: Executor = get_reusable_executor(max_workers=workers)
    tasks = {executor.submit(run, work.part(start, stop)): number for number, (start, stop) in left.items()}
    try:
        for task in as_completed(tasks):
            yield tasks.pop(task), task.result()
    finally:
        for task in tasks:
            task.cancel()


def _on_cluster(work: Work, parts: Sequence[tuple[int, int]], client: Any) -> Iterator[tuple[int, Results]]:
    """A cluster: all but the animals' values is sent once to each worker, and few parts wait at a time."""
    from distributed import KilledWorker

    left = dict(enumerate(parts))
    for _ in range(TRIES):
        try:
            for number, results in _submitted(work, left, client):
                del left[number]
                yield number, results
        except (KilledWorker, OSError):
            continue
        return
    raise _dying()


def _submitted(work: Work, left: dict[int, tuple[int, int]], client: Any) -> Iterator[tuple[int, Results]]:
    import distributed

    shared = client.scatter(replace(work, values=work.values[:0]), broadcast=True, hash=False)
    waiting = iter(list(left.items()))
    numbers: dict[Any, int] = {}

    def submit() -> Any:
        for number, (start, stop) in waiting:
            task = client.submit(_part, shared, work.values[start:stop], pure=False, retries=TRIES)
            numbers[task] = number
            return task
        return None

    ahead = AHEAD * max(1, sum(client.nthreads().values()))
    collected: Any = distributed.as_completed
    running = collected([task for _ in range(ahead) if (task := submit()) is not None])
    try:
        for task in running:
            yield numbers.pop(task), task.result()
            following = submit()
            if following is not None:
                running.add(following)
    finally:
        client.cancel(list(numbers))


def _part(shared: Work, values: Array) -> Results:
    return run(replace(shared, values=values))


def _dying() -> RequestError:
    return RequestError(
        msg("The workers died {count} times while the runs were done; parts that are ready are kept where a store or a "
            "folder was given.", count=TRIES)
    )  # fmt: skip
