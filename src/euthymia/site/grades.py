"""Grades of sources in plain words: what was read, for those who do not know the letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.report.bilingual import Words
from euthymia.words import Message, msg

GRADES: Final[Mapping[str, Message]] = {
    "RAW": msg("released data"),
    "FIG": msg("a figure of the paper"),
    "ABS": msg("the abstract"),
    "NEWS": msg("a press text"),
    "POLYU": msg("a press text"),
    "HL": msg("a research highlight"),
    "2ND": msg("another page about the study"),
    "SEED": msg("a review"),
    "LIT": msg("other literature"),
    "DERIV": msg("our calculation"),
    "GK": msg("general knowledge"),
}
"""By grade, what was read; the number of a figure is left out."""


def read_from(grade: str) -> Words:
    """What was read, with its grade; a grade that is not known stands alone.

    >>> str(read_from("FIG4"))
    'a figure of the paper (FIG4)'
    """
    known = GRADES.get(_plain(grade))
    return msg("{source} ({grade})", source=known, grade=grade) if known else grade


def is_close(grade: str) -> bool:
    """Whether the data or the figures of the study itself were read."""
    return _plain(grade) in ("RAW", "FIG")


def _plain(grade: str) -> str:
    found = grade.upper()
    return "FIG" if found.startswith("FIG") else found
