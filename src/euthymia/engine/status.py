"""How a run ended. The value of each code is the sentence that a person reads."""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

from euthymia.words import Message, msg


class Status(Enum):
    """Outcome of one run; the number is what is stored."""

    OK = 0
    SOLVER_FAILED = 1
    NOT_FINITE = 2
    STEP_CAP = 3
    STEP_UNDERFLOW = 4
    SINGULAR_PIVOT = 5
    EVENT_STORM = 6
    RESCUED = 10

    @property
    def finished(self) -> bool:
        """Whether the run gave a result."""
        return self in (Status.OK, Status.RESCUED)

    @property
    def sentence(self) -> Message:
        """What a person reads."""
        return {
            Status.OK: msg("The run finished."),
            Status.SOLVER_FAILED: msg("The solver could not go on."),
            Status.NOT_FINITE: msg("The run gave a number that is not finite."),
            Status.STEP_CAP: msg("The run needed more steps than are allowed."),
            Status.STEP_UNDERFLOW: msg("The step became too small to go on."),
            Status.SINGULAR_PIVOT: msg("The linear system of a step could not be solved."),
            Status.EVENT_STORM: msg("Events followed one another without end at one time."),
            Status.RESCUED: msg("The run needed a second attempt, with tighter tolerances or with libRoadRunner."),
        }[self]


def failed(codes: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Which runs gave no result."""
    return ~np.isin(codes, [status.value for status in Status if status.finished])
