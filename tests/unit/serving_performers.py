"""What the workers of tests do in the place of simulations: sleep, fail, die, fill memory."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from euthymia.errors import Place, Problem, RecordError
from euthymia.pipeline import Progress
from euthymia.serving.tasks import Result, Task
from euthymia.words import msg

STEP = 0.02


def act(task: Task, progress: Progress) -> Result:
    """What the text of a model task says, word by word, as in ``steps:5 say:x``."""
    said = []
    for word in str(task.payload["text"]).split():
        verb, _, rest = word.partition(":")
        match verb:
            case "say":
                said.append(rest)
            case "count":  # how often it was performed
                with Path(rest).open("a") as stream:
                    stream.write("x")
            case "steps":
                for step in range(int(rest)):
                    progress(step, int(rest))
                    time.sleep(STEP)
            case "until":  # a file is there
                while not Path(rest).exists():
                    progress(1, 2)
                    time.sleep(STEP)
            case "deaf":
                time.sleep(float(rest))
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "die-once":
                if not Path(rest).exists():
                    Path(rest).touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            case "wrong":
                raise RecordError([
                    Problem(msg("The file is empty."), Place(f"/var/tmp/euthymia-study-a_b1/{rest}", 3)),
                    Problem(msg("The file cannot be read: {reason}.", reason="/var/tmp/euthymia-study-a_b1/x.tsv")),
                ])  # fmt: skip
            case "bug":
                raise ZeroDivisionError(rest)
            case "fill":
                held = [bytearray(2**28) for _ in range(int(rest))]  # address space that is never touched
                said.append(str(len(held)))
            case "long":
                said.append("x" * int(rest))
            case "process":
                said.append(str(os.getpid()))
            case _:
                raise AssertionError(word)
    return Result(task.kind, said, "", {})


def warm() -> None:
    """Nothing that takes long."""


def warm_wrong() -> None:
    """What a broken atlas does."""
    raise RecordError(msg("The file is empty."))


def warm_dying() -> None:
    """What too small a memory does."""
    os.kill(os.getpid(), signal.SIGKILL)
