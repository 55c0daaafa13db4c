"""Checks and rules: a grade is the number of checks that hold, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from euthymia.words import Message, msg

HIGHEST: Final = 4
MOST: Final = 0.8
"""Four in five, as for a verdict."""
HALF: Final = 0.5
LEVELS: Final[tuple[Message, ...]] = (
    msg("insufficient"), msg("partial"), msg("adequate"), msg("extensive"), msg("comprehensive")
)  # fmt: skip
"""The grades 0 to 4 of the rubric, in words.

References
----------
Manchel et al. 2025, PLoS ONE, doi:10.1371/journal.pone.0313711. There a level says which readers can understand how a
rule was kept; only readers can judge that. Here a level is the number of computed checks that hold.
"""


@dataclass(frozen=True)
class Check:
    """One thing that can be computed.

    Attributes
    ----------
    criterion
        What must hold.
    fact
        What was found.
    holds
        Whether it does; false where it was not computed.
    computed
        Whether it was computed.
    """

    criterion: Message
    fact: Message
    holds: bool
    computed: bool = True


@dataclass(frozen=True)
class Rule:
    """One of the ten rules, with its checks; `id` is its name in JSON."""

    number: int
    id: str
    name: Message
    checks: tuple[Check, ...]

    @property
    def grade(self) -> int:
        """Number of checks that hold, from 0 to 4."""
        return sum(check.holds for check in self.checks)

    @property
    def level(self) -> Message:
        """The grade in a word."""
        return LEVELS[self.grade]


def share_check(criterion: Message, found: int, among: int, needed: float) -> Check:
    """A check that a share is large enough; of nothing, no share is.

    >>> share_check(msg("{count} runs failed.", count=1), 8, 10, MOST).fact.text()
    '8 of 10.'
    """
    return Check(criterion, msg("{found} of {all}.", found=found, all=among), among > 0 and found >= needed * among)


def missing_check(criterion: Message) -> Check:
    """A check that was not computed, and therefore does not hold."""
    return Check(criterion, msg("Not computed."), holds=False, computed=False)
