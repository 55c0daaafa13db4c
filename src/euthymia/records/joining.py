"""How the mechanisms of the atlas are joined: what they share, what two texts say of one thing, which gates are open.

The record behind ``atlas/common/joined.yaml``. Entries that name studies which are not joined have no effect.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from euthymia.records.base import Bilingual, Identifier, Record
from euthymia.records.library import ATLAS
from euthymia.records.reading import build, read_yaml

FILE: Final = ATLAS / "common" / "joined.yaml"
"""The declarations of the atlas."""
Role = Literal["relief", "pain_relief", "relief_at_once", "pain_relief_at_once", "burden", "pain"]
"""What a study's mechanism gives to the affective states (`euthymia.records.study.Mechanism`)."""


class Shared(Record):
    """One quantity that several texts define in the same words; joined, it is there once."""

    name: Annotated[Identifier, Field(description="its name in the joined model")]
    of: Annotated[dict[str, Identifier], Field(min_length=1, description="study, then the name it has there")]
    why: Bilingual


class LeftOut(Record):
    """A part that a study gives to the affective states and that another study's part holds already."""

    study: str
    role: Role
    held_by: Annotated[str, Field(description="the study whose part holds it; without it nothing is left out")]


class Rewired(Record):
    """A name that some definitions of a study read from another text once both are joined."""

    study: str
    definitions: Annotated[tuple[Identifier, ...], Field(min_length=1, description="names of the study, alone")]
    name: Annotated[Identifier, Field(description="what they read alone, by its name in the joined model")]
    reads: Annotated[Identifier, Field(description="what they read joined, by its name in the joined model")]
    given_by: str | None = Field(default=None, description="the study that must be joined too")


class Doubled(Record):
    """Two texts for one thing, and which remains; where both remain, the question is open."""

    id: Identifier
    studies: Annotated[tuple[str, ...], Field(min_length=1)]
    what: Bilingual
    decision: Bilingual
    status: Literal["decided", "open"]
    decides: Bilingual | None = Field(default=None, description="the experiment that would decide")
    leaves_out: tuple[LeftOut, ...] = ()
    rewires: tuple[Rewired, ...] = ()


class Gate(Record):
    """A link of a study's chain that its source calls necessary, and how it is read where another route is joined."""

    study: str
    link: Identifier
    bypassed_by: Annotated[tuple[str, ...], Field(min_length=1)]
    reading: Bilingual
    decides: Bilingual


class Joining(Record):
    """The whole file."""

    format: Literal[1]
    shared: tuple[Shared, ...] = ()
    doubled: tuple[Doubled, ...] = ()
    gates: tuple[Gate, ...] = ()


@cache
def read_joining(file: Path = FILE) -> Joining:
    """The declarations of a file.

    Raises
    ------
    RecordError
        With every problem of the file.

    >>> read_joining().format
    1
    """
    return build(Joining, read_yaml(file))
