"""How a run ended. The value of each code is the sentence that a person reads."""

from __future__ import annotations

from enum import Enum

from euthymia.words import Message, msg


class Status(Enum):
    """Outcome of one run; the number is what is stored."""

    OK = 0
    SOLVER_FAILED = 1
    NOT_FINITE = 2

    @property
    def sentence(self) -> Message:
        """What a person reads."""
        return {
            Status.OK: msg("The run finished."),
            Status.SOLVER_FAILED: msg("The solver could not go on."),
            Status.NOT_FINITE: msg("The run gave a number that is not finite."),
        }[self]
