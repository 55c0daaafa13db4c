"""Places of the atlas on the map of the brain: regions, cell types, and what lies outside the brain.

The record behind ``atlas/common/regions.yaml``. Entities of studies that are not asked for have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from euthymia.records.base import Bilingual, Curie, Identifier, Record, refuse
from euthymia.records.library import ATLAS
from euthymia.records.reading import build, read_yaml
from euthymia.words import msg

FILE: Final = ATLAS / "common" / "regions.yaml"
"""The places of the atlas."""
Number = float | int
"""Picture units or degrees."""


class Shape(Record):
    """Where a place is drawn, in units of the map: an ellipse, or a part of the band of the cortex."""

    at: tuple[Number, Number, Number, Number, Number] | None = Field(
        default=None, description="x and y of the middle, half width, half height, angle in degrees"
    )
    band: tuple[Number, Number] | None = Field(
        default=None, description="from where to where along the cortex, from 0 at the front to 1 at the back"
    )
    beside: bool = Field(default=False, description="lies beside the plane of the section, and is drawn dashed")
    name_at: tuple[Number, Number] = Field(description="where its name stands")
    anchor: Literal["start", "middle", "end"] = "middle"

    @model_validator(mode="after")
    def _one_way(self) -> Shape:
        if (self.at is None) == (self.band is None):
            raise refuse(msg("A place of the map is drawn either as an ellipse (“at”) or as a “band” of the cortex."))
        return self


class Region(Record):
    """A place: its name, what it is in one sentence, its identifiers, and the entities of studies that lie there.

    Places without a shape, such as cell types, are chosen from a list; `within` then names places that are lit.
    """

    label: Bilingual
    note: Bilingual
    kind: Literal["region", "cells", "body"]
    ids: tuple[Curie, ...] = ()
    shape: Shape | None = None
    within: tuple[Identifier, ...] = ()
    entities: Annotated[dict[str, tuple[Identifier, ...]], Field(min_length=1, description="by study")]


class Regions(Record):
    """The whole file."""

    format: Literal[1]
    places: Annotated[dict[Identifier, Region], Field(min_length=1)]

    @model_validator(mode="after")
    def _known(self) -> Regions:
        for name, place in self.places.items():
            for other in place.within:
                if other not in self.places:
                    raise refuse(msg("The place “{name}” names the place “{found}”, which is not in the file.",
                                     name=name, found=other))  # fmt: skip
        return self

    def of(self, kind: str) -> Mapping[str, Region]:
        """The places of one kind."""
        return {name: place for name, place in self.places.items() if place.kind == kind}


@cache
def read_regions(file: Path = FILE) -> Regions:
    """The places of a file.

    Raises
    ------
    RecordError
        With every problem of the file.

    >>> read_regions().places["lateral_habenula"].ids
    ('mba:186',)
    """
    return build(Regions, read_yaml(file))
