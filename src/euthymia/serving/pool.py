"""A worker process seen from the server: started, given tasks, watched, stopped, and replaced when it dies."""

from __future__ import annotations

import json
import logging
import math
import multiprocessing
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final

from euthymia.pipeline import Progress
from euthymia.serving.limits import Limits
from euthymia.serving.tasks import Result, Task
from euthymia.serving.told import Told
from euthymia.serving.worker import (
    FAILED,
    PROGRESS,
    READY,
    RESULT,
    STOP,
    STOPPED,
    TASK,
    Performer,
    Warmer,
    work,
)
from euthymia.words import Message, msg

TRIES: Final = 2
"""How often a task is tried whose worker dies."""
TICK: Final = 0.1
"""Seconds between two looks at the clock and at whether a task is to stop."""
START: Final = 300.0
"""Seconds that a new process has to make itself ready."""
LEAVE: Final = 1.0
"""Seconds that an idle process has to end when the server does."""
LOG: Final = logging.getLogger(__name__)
_STARTING: Final = threading.Lock()  # multiprocessing keeps its children in globals


class FailedError(Exception):
    """A task that gave no result, and why."""

    def __init__(self, *problems: Told) -> None:
        super().__init__(problems[0].en)
        self.problems = problems


class StoppedError(Exception):
    """A task that was stopped on purpose."""


class _LostError(Exception):
    """A process that died while it had a task."""


class Worker:
    """One worker process; used by one thread, closed by any.

    Parameters
    ----------
    perform, warm
        What the process does, and what it makes ready first: functions of a module.
    limits
        Time and memory of a task.
    """

    def __init__(self, perform: Performer, warm: Warmer | None, limits: Limits) -> None:
        self._perform, self._warm, self._limits = perform, warm, limits
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._folder: str | None = None
        self._closing = threading.Event()

    @property
    def process(self) -> int | None:
        """Number of the process, where one runs."""
        return self._process.pid if self._process is not None else None

    def prepare(self) -> None:
        """Have a process that is ready for a task; if none can be made ready, the next task tells so."""
        with suppress(_LostError, StoppedError):
            self._ready()

    def perform(self, task: Task, progress: Progress, stop: threading.Event) -> Result:
        """The result of a task; this thread waits for it.

        Parameters
        ----------
        task
            What is to be done. If the process dies over it, it is tried once more in a new one.
        progress
            Told how far it is.
        stop
            Set by another thread to stop it.

        Raises
        ------
        FailedError
            If it gave no result: refused, too slow, too large, or its process died again.
        StoppedError
            If it was stopped, or the worker closed.
        """
        for _ in range(TRIES):
            try:
                return self._tried(task, progress, stop)
            except _LostError:
                self._end()
        raise FailedError(Told.of(
            msg("The process that worked on this died {count} times, as it does when memory runs out. Ask for fewer "
                "animals, arms or times.", count=TRIES)
        ))  # fmt: skip

    def close(self) -> None:
        """End what the process is doing; the thread that waits for it goes on with `StoppedError`."""
        self._closing.set()

    def end(self) -> None:
        """End the process; for the thread that uses it."""
        if self._pipe is not None and self._process is not None:
            self._pipe.close()
            self._process.join(LEAVE)
        self._end()

    def _ready(self) -> Connection:
        """The pipe to a living process that is ready."""
        if self._process is not None and self._pipe is not None and self._process.is_alive():
            return self._pipe
        self._end()
        own, made = self._started()
        self._process, self._pipe = made, own
        latest = time.monotonic() + START
        while self._heard(own) != READY:
            if self._closing.is_set():
                self._end()
                raise StoppedError
            if time.monotonic() > latest:
                self._end()
                raise _LostError
        return own

    def _started(self) -> tuple[Connection, BaseProcess]:
        """A new process and the pipe to it."""
        context = multiprocessing.get_context("spawn")
        try:
            self._folder = tempfile.mkdtemp(prefix="euthymia-worker-")
            own, other = context.Pipe()
            given = (other, self._folder, self._perform, self._warm, self._limits)
            made = context.Process(target=work, args=given, daemon=True)
            with _STARTING:
                made.start()
        except (OSError, RuntimeError) as error:
            LOG.warning("No worker process can be started: %s", error)
            raise _LostError from None
        other.close()
        return own, made

    def _tried(self, task: Task, progress: Progress, stop: threading.Event) -> Result:
        pipe = self._ready()
        _send(pipe, TASK + task.to_json().encode())
        begun, told = time.monotonic(), math.inf
        while True:
            said = self._heard(pipe)
            kind, rest = said[:1], said[1:]
            if kind == RESULT:
                return Result.from_json(rest)
            if kind == STOPPED:
                raise StoppedError
            if kind == FAILED:
                raise FailedError(*(Told.read(one) for one in json.loads(rest)))
            if kind == PROGRESS:
                progress(*json.loads(rest))
            now = time.monotonic()
            if stop.is_set() and told == math.inf:
                told = now
                _send(pipe, STOP)
            if self._closing.is_set() or now > told + self._limits.grace:
                self._end()
                raise StoppedError
            if now > begun + self._limits.seconds:
                self._end()
                raise FailedError(Told.of(_too_slow(self._limits)))

    def _heard(self, pipe: Connection) -> bytes:
        """The next message, or nothing after a tick."""
        assert self._process is not None
        ready = wait([pipe, self._process.sentinel], TICK)
        if pipe in ready:
            try:
                return pipe.recv_bytes()
            except (EOFError, OSError):
                raise _LostError from None
        if ready:
            raise _LostError
        return b""

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._pipe = self._folder = None


def _send(pipe: Connection, message: bytes) -> None:
    try:
        pipe.send_bytes(message)
    except OSError:
        raise _LostError from None


def _too_slow(limits: Limits) -> Message:
    return msg("The task took longer than the {limit} seconds that this server gives one. Ask for fewer animals, arms "
               "or times.", limit=f"{limits.seconds:g}")  # fmt: skip
