"""One engine in a process of its own, on one core, spoken to through a pipe: a crash or a stall harms no other."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}
"""Environment of every worker."""


class WorkerError(Exception):
    """The worker could not do what was asked; the message says why."""


class Worker:
    """A process with one engine ready for one case."""

    def __init__(self, engine: str, case: str, *, patience: float) -> None:
        os.environ.update(ONE_THREAD)
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: Any = context.Process(target=_serve, args=(theirs, engine, case), daemon=True)
        self.process.start()
        theirs.close()
        self.ready: dict[str, Any] = self._answer(patience)

    def ask(self, question: str, *args: Any, patience: float) -> Any:
        """The answer of one of the functions of `_Served`.

        Raises
        ------
        WorkerError
            If it fails, or takes longer than `patience` seconds; the process is ended in the latter case.
        """
        try:
            self.pipe.send((question, args))
        except OSError as error:
            raise WorkerError("the process has ended") from error
        return self._answer(patience)

    def _answer(self, patience: float) -> Any:
        if not self.pipe.poll(patience):
            self.close()
            raise WorkerError(f"no answer within {patience:.0f} s")
        try:
            good, answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise WorkerError("the process ended by itself") from error
        if not good:
            raise WorkerError(answer)
        return answer

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.join()


def _serve(pipe: Connection, engine: str, case: str) -> None:
    _quiet()
    try:
        served = _Served(engine, case)
        pipe.send((True, served.ready))
    except Exception as error:
        pipe.send((False, _reason(error)))
        return
    while True:
        try:
            question, args = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, getattr(served, question)(*args)))
        except Exception as error:
            pipe.send((False, _reason(error)))


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."


def _quiet() -> None:
    """One core, and what the engines print goes nowhere."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


class _Served:
    """What a worker can be asked."""

    def __init__(self, engine: str, case: str) -> None:
        import numpy as np
        from cases import case as case_of
        from engines import make

        self.np, self.case = np, case_of(case)
        keys, values = self.case.cohort(0.2)
        wall, cpu = time.perf_counter(), _cpu()
        self.largest = 0
        self.engine = make(engine, self.case, keys, values[:16])
        self.ready = {
            "about": self.engine.about,
            "ready_cpu": _cpu() - cpu + getattr(self.engine, "earlier", 0.0),
            "ready_wall": time.perf_counter() - wall,
            "states": len(self.case.states),
            "width": getattr(self.engine, "width", 1),
        }

    def use(self, sigma: float, reference: str) -> int:
        """From now on this sigma's animals, those that the reference settles; how many there are."""
        with self.np.load(reference) as stored:
            self.reference, self.values = stored["states"], self.case.cohort(sigma)[1][stored["chosen"]]
        return len(self.values)

    def time(self, rtol: float, animals: int, copies: int) -> dict[str, Any]:
        """Seconds of the first animals of the cohort, each `copies` times."""
        values = self.np.tile(self.values[:animals], (copies, 1))
        if len(values) > self.largest:  # memory is asked for from the system once, before the clock runs
            self.largest = len(values)
            self.engine.run(values, rtol)
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = self.engine.run(values, rtol)
        used, passed = time.process_time() - cpu, time.perf_counter() - wall
        return {"cpu": used, "wall": passed, "runs": len(values), "failed": outcome.failed, "rescued": outcome.rescued}

    def errors(self, rtol: float, animals: int) -> dict[str, Any]:
        """Errors of the first animals; the median over those that ran."""
        from measure import errors

        found = self.engine.run(self.values[:animals], rtol, keep=True).states
        largest, rms = errors(self.case, found, self.reference[:animals])
        counted = self.np.isfinite(largest)
        if not counted.any():
            raise RuntimeError("no run to measure the error of")
        return {"largest": _medians(largest[counted]), "rms": _medians(rms[counted]), "counted": int(counted.sum())}

    def save(self, sigma: float, rtol: float, file: str) -> None:
        """Runs of all draws, into a file."""
        self.np.savez(Path(file), states=self.engine.run(self.case.cohort(sigma)[1], rtol, keep=True).states)


def _cpu() -> float:
    """CPU time of this process and of those it ran (compilers)."""
    return sum(os.times()[:4])


def _medians(values: Any) -> list[float]:
    """Median, lower and upper quartile."""
    import numpy as np

    return [float(one) for one in np.quantile(values, [0.5, 0.25, 0.75])]
