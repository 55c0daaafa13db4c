"""Jobs: tasks that wait, run and end, each watched by its id; the same task asked twice runs once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from euthymia.errors import EuthymiaError
from euthymia.serving.limits import Limits
from euthymia.serving.results import Results
from euthymia.serving.tasks import Kind, Task
from euthymia.serving.told import Told
from euthymia.words import Message

State = Literal["waiting", "running", "done", "failed", "cancelled"]


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
        raise NotImplementedError


@dataclass(frozen=True)
class Load:
    """How much a server has to do."""

    workers: int
    waiting: int
    running: int

    def to_dict(self) -> Mapping[str, int]:
        """Plain data."""
        raise NotImplementedError


class Jobs:
    """Takes tasks, runs them in worker processes, and knows how far each is. No call waits for a worker.

    Parameters
    ----------
    results
        Where results are looked for and kept; stays open when the jobs are closed.
    limits
        What is taken.
    """

    def __init__(self, results: Results, limits: Limits) -> None:
        raise NotImplementedError

    def submit(self, task: Task) -> Job:
        """A job for a task: done at once if its result is kept, else one that waits, or joins the run of the same task.

        Raises
        ------
        RequestError, ProtocolError, RecordError
            If the task is larger than the limits, or can be seen to be impossible.
        BusyError
            If too many tasks wait.
        """
        raise NotImplementedError

    def get(self, name: str) -> Job | None:
        """The job of an id, or None if it is not known or forgotten."""
        raise NotImplementedError

    def cancel(self, name: str) -> Job | None:
        """The job of an id, cancelled unless it has ended; its run is stopped if no other job waits for it."""
        raise NotImplementedError

    @property
    def load(self) -> Load:
        """How much there is to do."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop all workers; jobs that have not ended are cancelled."""
        raise NotImplementedError

    def __enter__(self) -> Jobs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
