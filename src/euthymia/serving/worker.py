"""The inside of a worker process: one task at a time from a pipe, progress and results back through it.

Each message is a letter and, after it, JSON. A task can be stopped whenever it tells how far it is; when the server is
gone, the process ends at once.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from euthymia.errors import EuthymiaError
from euthymia.pipeline import Progress
from euthymia.serving.limits import MIB, Limits
from euthymia.serving.tasks import Result, Task
from euthymia.serving.told import Told, told
from euthymia.words import Message, msg

TASK, STOP = b"T", b"S"
"""To a worker: perform this; stop what is being performed."""
READY, PROGRESS, RESULT, FAILED, STOPPED = b"W", b"P", b"R", b"F", b"S"
"""From a worker."""
NICE: Final = 10
"""How far workers stand back behind other processes, the server itself first."""
LOG: Final = logging.getLogger(__name__)
Performer = Callable[[Task, Progress], Result]
"""Does a task; a function of a module, so that a new process can find it."""
Warmer = Callable[[], None]
"""Makes ready what most tasks need."""


class StopWork(BaseException):
    """A task is to stop; raised where it tells how far it is. No error, so that nothing on the way catches it."""


def work(pipe: Connection, folder: str, perform: Performer, warm: Warmer | None, limits: Limits) -> None:
    """The life of a worker process; temporary files go into `folder`, which the server deletes after it."""
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server is interrupted, and ends its workers
    stand_back(limits.memory)
    tasks: SimpleQueue[Task] = SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(pipe, folder, tasks, stop), daemon=True).start()
    if warm is not None:
        with suppress(EuthymiaError):  # each task meets the error again, and tells it
            warm()
    pipe.send_bytes(READY)
    while True:
        answer, sound = _answer(tasks.get(), perform, _teller(pipe, stop), limits)
        pipe.send_bytes(answer)
        if not sound:
            return


def stand_back(memory: int) -> None:
    """Let other processes go first, and bound the address space of this one, where the system knows such things.

    The bound is on top of what the process has at its start, which grows with the number of cores.
    """
    if sys.platform == "win32":
        return
    import resource

    os.nice(NICE)
    with suppress(ValueError, OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _listen(pipe: Connection, folder: str, tasks: SimpleQueue[Task], stop: threading.Event) -> None:
    while True:
        try:
            said = pipe.recv_bytes()
        except (EOFError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)
        if said[:1] == STOP:
            stop.set()
        else:
            stop.clear()  # a stop that came too late is meant for an earlier task
            tasks.put(Task.from_json(said[1:]))


def _teller(pipe: Connection, stop: threading.Event) -> Progress:
    def tell(done: int, total: int) -> None:
        if stop.is_set():
            raise StopWork
        pipe.send_bytes(PROGRESS + json.dumps([int(done), int(total)]).encode())

    return tell


def _answer(task: Task, perform: Performer, tell: Progress, limits: Limits) -> tuple[bytes, bool]:
    """What is sent back, and whether the process can go on after it."""
    try:
        found = perform(task, tell).to_json().encode()
    except StopWork:
        return STOPPED, True
    except EuthymiaError as error:
        return _failed(*told(error)), True
    except MemoryError:
        return _failed(Told.of(too_much_memory(limits))), False
    except Exception as error:
        LOG.exception("A task of kind “%s” failed in an unexpected way.", task.kind)
        return _failed(Told.of(msg("Something went wrong inside the server ({kind}); its log tells more.",
                                   kind=type(error).__name__))), False  # fmt: skip
    if len(found) > limits.result_bytes:
        return _failed(Told.of(msg(
            "The result takes {size} MiB; this server gives at most {limit} MiB. Ask for fewer arms, assays or times.",
            size=f"{len(found) / MIB:.1f}", limit=f"{limits.result_bytes / MIB:.1f}",
        ))), True  # fmt: skip
    return RESULT + found, True


def too_much_memory(limits: Limits) -> Message:
    """What is said when a task needs more memory than a worker may have."""
    return msg("The task needs more memory than the {limit} MiB that a worker of this server may use. Ask for fewer "
               "animals, arms or times.", limit=limits.memory // MIB)  # fmt: skip


def _failed(*problems: Told) -> bytes:
    return FAILED + json.dumps([one.to_dict() for one in problems]).encode()
