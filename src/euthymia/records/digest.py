"""What the digest and the glossary of the site say besides the studies: chapters and terms.

The records behind ``atlas/common/digest.yaml`` and ``atlas/common/glossary.yaml``. They hold general knowledge and no
results.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from euthymia.records.base import Bilingual, Identifier, Record
from euthymia.records.library import ATLAS
from euthymia.records.reading import build, read_yaml

CHAPTERS: Final = ATLAS / "common" / "digest.yaml"
"""The chapters of the digest."""
TERMS: Final = ATLAS / "common" / "glossary.yaml"
"""The general terms of the glossary."""


class Chapter(Record):
    """Studies that answer one question, in the order in which they are told."""

    id: Identifier
    heading: Bilingual
    lead: Bilingual
    studies: Annotated[tuple[str, ...], Field(min_length=1)]


class Chapters(Record):
    """The whole file of chapters."""

    format: Literal[1]
    chapters: Annotated[tuple[Chapter, ...], Field(min_length=1)]


class Forms(Record):
    """A term as it stands in sentences."""

    en: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    zh: tuple[Annotated[str, Field(min_length=2)], ...] = ()


class Term(Record):
    """A term, what it means, and the words that lead to it where they stand first on a page."""

    term: Bilingual
    meaning: Bilingual
    forms: Forms = Forms()


class Terms(Record):
    """The whole file of terms."""

    format: Literal[1]
    terms: Annotated[dict[Identifier, Term], Field(min_length=1)]


@cache
def read_chapters(file: Path = CHAPTERS) -> tuple[Chapter, ...]:
    """The chapters of a file.

    Raises
    ------
    RecordError
        With every problem of the file.
    """
    return build(Chapters, read_yaml(file)).chapters


@cache
def read_terms(file: Path = TERMS) -> dict[str, Term]:
    """The terms of a file, by id.

    Raises
    ------
    RecordError
        With every problem of the file.

    >>> read_terms()["receptor"].term.en
    'receptor'
    """
    return build(Terms, read_yaml(file)).terms
