"""How the mechanisms of the atlas are joined: what they share, what two texts say of one thing, which gates are open.

The record behind ``atlas/common/joined.yaml``. Entries that name studies which are not joined have no effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from euthymia.errors import RequestError, suggestion
from euthymia.records.base import Bilingual, Identifier, Record
from euthymia.records.library import ATLAS
from euthymia.records.parameter import Parameter
from euthymia.records.reading import build, read_yaml
from euthymia.records.tables import read_parameters
from euthymia.words import msg

FILE: Final = ATLAS / "common" / "joined.yaml"
"""The declarations of the atlas."""
TABLE: Final = FILE.with_suffix(".tsv")
"""The parameters that only the joined model has."""
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


class PooledPart(Record):
    """What one study's circuit does to mood."""

    study: str
    relief: Annotated[Identifier, Field(description="its relief, by its name in the study")]
    at_once: Identifier | None = Field(default=None, description="the part of it that shows at once")
    at_once_share: Identifier | None = Field(default=None, description="that part as a share of the whole")


class Pooled(Record):
    """Reliefs that overlap: together they do less than their sum, down to no more than the strongest of them."""

    name: Annotated[Identifier, Field(description="name of the pool in the joined model")]
    exponent: Annotated[Identifier, Field(description="joining parameter: 1 adds them up, many lets the strongest win")]
    parts: Annotated[tuple[PooledPart, ...], Field(min_length=2)]


class Reading(Record):
    """What a way to read two texts together does to them."""

    leaves_out: tuple[LeftOut, ...] = ()
    rewires: tuple[Rewired, ...] = ()
    pools: tuple[Pooled, ...] = ()


class Rival(Reading):
    """Another way to read two texts together, kept as a variant."""

    id: Identifier
    what: Bilingual


class Doubled(Reading):
    """Two texts for one thing, and which remains; where both remain, the question is open."""

    id: Identifier
    studies: Annotated[tuple[str, ...], Field(min_length=1)]
    what: Bilingual
    decision: Bilingual
    status: Literal["decided", "open"]
    decides: Bilingual | None = Field(default=None, description="the experiment that would decide")
    rivals: tuple[Rival, ...] = Field(default=(), description="readings that were not taken")

    @property
    def taken(self) -> Reading:
        """The reading that is followed."""
        return Reading(**{name: getattr(self, name) for name in Reading.model_fields})


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

    @property
    def rivals(self) -> dict[str, Rival]:
        """The readings that were not taken, by id."""
        return {rival.id: rival for entry in self.doubled for rival in entry.rivals}

    def reading(self, rivals: Iterable[str]) -> Joining:
        """The same declarations with some rival readings in the place of those that were taken.

        Raises
        ------
        RequestError
            If there is no such reading.
        """
        wanted = set(rivals)
        for name in sorted(wanted - set(self.rivals)):
            raise RequestError(msg("There is no rival reading “{found}”. {suggestion}", found=name,
                                   suggestion=suggestion(name, list(self.rivals))))  # fmt: skip
        return self.model_copy(update={"doubled": tuple(_read(entry, wanted) for entry in self.doubled)})


def _read(entry: Doubled, wanted: set[str]) -> Doubled:
    taken = next((rival for rival in entry.rivals if rival.id in wanted), None)
    if taken is None:
        return entry
    return entry.model_copy(update={name: getattr(taken, name) for name in Reading.model_fields})


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


@cache
def joining_parameters(file: Path = TABLE) -> tuple[Parameter, ...]:
    """The parameters that only the joined model has.

    >>> [parameter.id for parameter in joining_parameters()]
    ['circuit_overlap']
    """
    return read_parameters(file)
