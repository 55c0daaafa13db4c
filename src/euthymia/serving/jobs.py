"""Jobs: tasks that wait, run and end, each watched by its id; the same task asked twice runs once."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal

from euthymia.errors import EuthymiaError
from euthymia.serving.check import check_task
from euthymia.serving.limits import Limits
from euthymia.serving.perform import perform as perform_task
from euthymia.serving.perform import warm as warm_up
from euthymia.serving.pool import FailedError, StoppedError, Worker
from euthymia.serving.results import Results
from euthymia.serving.tasks import Kind, Task
from euthymia.serving.told import Told, told
from euthymia.serving.version import version_stamp
from euthymia.serving.worker import Performer, Warmer
from euthymia.words import Message, msg

State = Literal["waiting", "running", "done", "failed", "cancelled"]
GUESS: Final = 5.0
"""Seconds that a task is thought to take before any was run."""
RETRY: Final = (2, 120)
"""The least and the most seconds after which another try is advised."""
LOG: Final = logging.getLogger(__name__)


class BusyError(EuthymiaError):
    """No further task can wait; `seconds` tells after how long another try is worth it."""

    def __init__(self, message: Message, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class Job:
    """A job as it was at one moment.

    Attributes
    ----------
    id
        Random, not to be guessed.
    kind, state
        What is computed, and how far it has come.
    done, total
        Runs done and runs in all; `total` is 0 until it is known.
    ahead
        Tasks that run before this one; None unless it waits.
    seconds
        Since it was submitted, up to its end.
    result
        Key of the result in `Results`, once it is done.
    problems
        Why it failed.
    """

    id: str
    kind: Kind
    state: State
    done: int
    total: int
    ahead: int | None
    seconds: float
    result: str | None
    problems: tuple[Told, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.state in ("done", "failed", "cancelled")

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.id, "kind": self.kind, "state": self.state, "done": self.done, "total": self.total,
            "ahead": self.ahead, "seconds": round(self.seconds, 3), "result": self.result,
            "problems": [one.to_dict() for one in self.problems],
        }  # fmt: skip


@dataclass(frozen=True)
class Load:
    """How much a server has to do."""

    workers: int
    waiting: int
    running: int

    def to_dict(self) -> dict[str, int]:
        """Plain data."""
        return {"workers": self.workers, "waiting": self.waiting, "running": self.running}


@dataclass(eq=False)
class _Run:
    """A task on its way, shared by all jobs that asked for it; `packed` is the task, until it has ended."""

    key: str
    kind: Kind
    packed: bytes = b""
    state: State = "waiting"
    progress: tuple[int, int] = (0, 0)
    problems: tuple[Told, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    asking: set[str] = field(default_factory=set)


@dataclass(eq=False)
class _Ticket:
    """One job: which run it waits for, since when, and when and how it ended."""

    id: str
    run: _Run
    since: float
    ended: float | None = None
    cancelled: bool = False


class Jobs:
    """Takes tasks, runs them in worker processes, and knows how far each is. No call waits for a worker.

    Parameters
    ----------
    results
        Where results are looked for and kept; stays open when the jobs are closed.
    limits
        What is taken.
    perform, warm
        What a worker does and makes ready first, as functions of a module.
    """

    def __init__(
        self, results: Results, limits: Limits, *, perform: Performer = perform_task, warm: Warmer | None = warm_up
    ) -> None:
        version_stamp()  # of the code as it is now, which all workers are started from
        self._results, self._limits = results, limits
        self._changed = threading.Condition()
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()
        self._ended: deque[_Ticket] = deque()
        self._active: dict[str, _Run] = {}
        self._queue: deque[_Run] = deque()
        self._running = 0
        self._pace = GUESS
        self._closed = False
        self._workers = [Worker(perform, warm, limits) for _ in range(limits.workers)]
        self._threads = [
            threading.Thread(target=self._serve, args=(one,), name=f"worker {place}", daemon=True)
            for place, one in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Task) -> Job:
        """A job for a task: done at once if its result is kept, else one that waits, or joins the run of the same task.

        Raises
        ------
        RequestError, ProtocolError, RecordError
            If the task is larger than the limits, or can be seen to be impossible.
        BusyError
            If too many tasks wait.
        """
        check_task(task, self._limits)
        key = task.key
        known, packed = self._results.get(key) is not None, zlib.compress(task.to_json().encode())
        with self._changed:
            self._forget()
            run = self._active.get(key)
            if run is None and known:
                return self._snapshot(self._end_ticket(self._ticket(_Run(key, task.kind, state="done"))))
            if self._closed or len(self._tickets) - len(self._ended) >= self._limits.kept:
                raise self._busy()
            if run is None:
                if len(self._queue) >= self._limits.queue:
                    raise self._busy()
                run = self._active[key] = _Run(key, task.kind, packed)
                self._queue.append(run)
                self._changed.notify()
            return self._snapshot(self._ticket(run))

    def get(self, name: str) -> Job | None:
        """The job of an id, or None if it is not known or forgotten."""
        with self._changed:
            self._forget()
            ticket = self._tickets.get(name)
            return None if ticket is None else self._snapshot(ticket)

    def cancel(self, name: str) -> Job | None:
        """The job of an id, cancelled unless it has ended; its run is stopped if no other job waits for it."""
        with self._changed:
            ticket = self._tickets.get(name)
            if ticket is None:
                return None
            if ticket.ended is None:
                ticket.cancelled = True
                self._end_ticket(ticket)
                if not ticket.run.asking:
                    self._drop(ticket.run)
            return self._snapshot(ticket)

    @property
    def load(self) -> Load:
        """How much there is to do."""
        with self._changed:
            return Load(len(self._workers), len(self._queue), self._running)

    def close(self) -> None:
        """Stop all workers; jobs that have not ended are cancelled."""
        with self._changed:
            self._closed = True
            for ticket in list(self._tickets.values()):
                if ticket.ended is None:
                    ticket.cancelled = True
                    self._end_ticket(ticket)
            for run in list(self._active.values()):
                self._drop(run)
            self._changed.notify_all()
        for worker in self._workers:
            worker.close()
        for thread in self._threads:
            thread.join()

    def _ticket(self, run: _Run) -> _Ticket:
        made = _Ticket(secrets.token_urlsafe(16), run, time.monotonic())
        run.asking.add(made.id)
        self._tickets[made.id] = made
        return made

    def _end_ticket(self, ticket: _Ticket) -> _Ticket:
        ticket.ended = time.monotonic()
        ticket.run.asking.discard(ticket.id)
        self._ended.append(ticket)
        return ticket

    def _snapshot(self, ticket: _Ticket) -> Job:
        run = ticket.run
        state: State = "cancelled" if ticket.cancelled else run.state
        done, total = run.progress
        return Job(
            ticket.id, run.kind, state, done, total,
            self._queue.index(run) if state == "waiting" else None,
            (ticket.ended or time.monotonic()) - ticket.since,
            run.key if state == "done" else None, run.problems if state == "failed" else (),
        )  # fmt: skip

    def _forget(self) -> None:
        """Forget jobs that ended long ago, or before many others."""
        now = time.monotonic()
        while self._ended:
            first = self._ended[0]
            assert first.ended is not None
            if len(self._ended) <= self._limits.kept and now - first.ended <= self._limits.kept_seconds:
                return
            self._ended.popleft()
            del self._tickets[first.id]

    def _busy(self) -> BusyError:
        least, most = RETRY
        ahead = (len(self._queue) + 1) / max(len(self._workers), 1)
        seconds = min(max(math.ceil(self._pace * ahead), least), most)
        return BusyError(msg("Too many tasks wait for this server; ask again in {seconds} seconds.", seconds=seconds),
                         seconds)  # fmt: skip

    def _drop(self, run: _Run) -> None:
        """Stop a run that nobody asks for any more; the same task asked again runs anew."""
        run.stop.set()
        run.packed = b""
        self._active.pop(run.key, None)
        if run in self._queue:
            self._queue.remove(run)

    def _serve(self, worker: Worker) -> None:
        """The life of a thread: runs, one after the other, in one worker process."""
        worker.prepare()
        while (taken := self._next()) is not None:
            run, task = taken
            begun = time.monotonic()
            state, problems = self._outcome(run, task, worker)
            self._finish(run, state, problems, time.monotonic() - begun)
            worker.prepare()
        worker.end()

    def _next(self) -> tuple[_Run, Task] | None:
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            run = self._queue.popleft()
            run.state = "running"
            self._running += 1
            packed, run.packed = run.packed, b""
        return run, Task.from_json(zlib.decompress(packed))

    def _outcome(self, run: _Run, task: Task, worker: Worker) -> tuple[State, tuple[Told, ...]]:
        try:
            if self._results.get(run.key) is None:  # it may have been finished since it was asked for
                self._results.put(run.key, worker.perform(task, lambda *done: self._tell(run, done), run.stop))
        except StoppedError:
            return "cancelled", ()
        except FailedError as error:
            return "failed", error.problems
        except EuthymiaError as error:
            return "failed", told(error)
        except Exception as error:
            LOG.exception("A run failed outside its worker.")
            return "failed", (Told.of(msg("Something went wrong inside the server ({kind}); its log tells more.",
                                          kind=type(error).__name__)),)  # fmt: skip
        return "done", ()

    def _tell(self, run: _Run, progress: tuple[int, int]) -> None:
        with self._changed:
            run.progress = progress

    def _finish(self, run: _Run, state: State, problems: tuple[Told, ...], seconds: float) -> None:
        with self._changed:
            self._running -= 1
            run.state, run.problems = state, problems
            if self._active.get(run.key) is run:
                del self._active[run.key]
            for name in list(run.asking):
                self._end_ticket(self._tickets[name])
            if state == "done":
                self._pace += 0.2 * (seconds - self._pace)

    def __enter__(self) -> Jobs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
