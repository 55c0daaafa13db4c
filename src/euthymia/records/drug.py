"""A drug: identity, exposure model and affinities; one file serves every study that uses it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from euthymia.records.base import Bilingual, Curie, Identifier, Record
from euthymia.records.parameter import Parameter


class Route(Record):
    """Where a dose by one route enters the exposure model."""

    into: Annotated[str, Field(min_length=1, description="variable of the exposure model, in nmol/kg")]


class Binding(Record):
    """How one form of a drug binds a receptor, transporter or channel, at one site shared with other ligands.

    Without an efficacy it is an antagonist or a blocker.
    """

    concentration: Annotated[Identifier, Field(description="variable of the unbound concentration, nmol/l")]
    ki: Annotated[
        Identifier, Field(description="parameter or variable of the drug: equilibrium dissociation constant, nmol/l")
    ]
    efficacy: Identifier | dict[Identifier, Identifier] | None = Field(
        default=None,
        description="parameter of the drug: tau of the operational model (Black and Leff 1983), or one per pathway",
    )

    def efficacy_at(self, pathway: str | None) -> str | None:
        """The parameter of the efficacy at a pathway; None without one."""
        return self.efficacy.get(pathway or "") if isinstance(self.efficacy, dict) else self.efficacy

    @property
    def parameters(self) -> set[str]:
        """Ids of the parameters that are named."""
        named = self.efficacy.values() if isinstance(self.efficacy, dict) else [self.efficacy]
        return {self.ki, *(one for one in named if one is not None)}


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
    binds: dict[Identifier, tuple[Binding, ...]] = Field(
        default_factory=dict, description="receptor, then how each form of the drug binds it"
    )
    glucocorticoid: str | None = Field(
        default=None,
        description="what a glucocorticoid adds to the animal's own hormone, in units of its resting level",
    )
    parameters: tuple[Parameter, ...]
    not_covered: tuple[Bilingual, ...] = ()
