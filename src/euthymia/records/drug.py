"""A drug: identity, exposure model and affinities; one file serves every study that uses it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from euthymia.records.base import Bilingual, Curie, Identifier, Record
from euthymia.records.parameter import Parameter


class Route(Record):
    """Where a dose by one route enters the exposure model."""

    into: Annotated[str, Field(min_length=1, description="variable of the exposure model, in nmol/kg")]


class DrugRecord(Record):
    """One drug.

    The dose in mg/kg becomes ``dose / molar_mass`` in nmol/kg and is added to the species of its route.
    """

    format: Annotated[int, Field(ge=1, le=1)]
    id: Identifier
    label: Bilingual
    ids: tuple[Curie, ...]
    molar_mass: Annotated[float, Field(gt=0, description="g/mol of the form that is weighed")]
    routes: dict[str, Route]
    exposure: Annotated[str, Field(min_length=1, description="Antimony text of the exposure model")]
    concentration: Annotated[str, Field(description="variable that holds the unbound brain concentration, nmol/l")]
    bath: str | None = Field(
        default=None, description="variable that holds the concentration in a slice's bath, nmol/l"
    )
    parameters: tuple[Parameter, ...]
    not_covered: tuple[Bilingual, ...] = ()
