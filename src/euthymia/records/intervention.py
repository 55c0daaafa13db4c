"""The catalogue of interventions: what is given, how, in which doses, what it is meant to engage, what may do harm.

The record behind ``atlas/common/interventions.yaml``. Entries, targets and harms of studies that are not joined have no
effect.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from euthymia.records.assay import Figure, Status
from euthymia.records.base import Bilingual, Identifier, Record, Source, refuse
from euthymia.records.library import ATLAS
from euthymia.records.protocol import Protocol, Stress
from euthymia.records.reading import build, read_yaml
from euthymia.words import msg

FILE: Final = ATLAS / "common" / "interventions.yaml"
"""The interventions of the atlas."""
Kind = Literal["drug", "combination", "gene", "circuit", "exercise", "infusion"]


class Probe(Record):
    """A quantity of the joined model, with the noise of a single reading of it.

    Either the read-out that a study's mechanism has for an assay, whose noise is the assay's, or a variable of the
    study with a noise of its own.
    """

    study: str
    assay: Identifier | None = None
    of: Identifier = Field(default="all", description="the population read, where the study has several")
    variable: Identifier | None = Field(default=None, description="its name in the study")
    sd: Figure | None = Field(default=None, description="SD of single readings of the variable")

    @model_validator(mode="after")
    def _one_way(self) -> Probe:
        if (self.assay is None) == (self.variable is None) or (self.variable is None) != (self.sd is None):
            raise refuse(msg("A read-out is given either by “assay”, or by “variable” with “sd”."))
        return self


class Target(Record):
    """Something that an intervention engages on purpose, or by the way."""

    label: Bilingual
    probe: Probe
    also: Probe | None = Field(
        default=None, description="another text's read-out of the same thing; the one that is displaced more counts"
    )


class Harm(Record):
    """An unwanted effect, or one that the atlas has no read-out for."""

    label: Bilingual
    probe: Probe | None = None
    worse: Literal["higher", "lower"] = "higher"
    findings: tuple[str, ...] = Field(default=(), description="findings of the atlas about it")
    missing: Bilingual | None = Field(default=None, description="why it cannot be read")

    @model_validator(mode="after")
    def _read_or_missing(self) -> Harm:
        if (self.probe is None) == (self.missing is None):
            raise refuse(msg("A harm has either a read-out (“probe”) or a reason why it has none (“missing”)."))
        return self


class Doses(Record):
    """The range of doses, as multiples of the protocol's."""

    factors: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=2, max_length=7)]
    status: Status
    source: Source | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _rising(self) -> Doses:
        if tuple(sorted(set(self.factors))) != self.factors:
            raise refuse(msg("The doses must rise from one to the next."))
        if self.status in ("measured", "derived") and self.source is None:
            raise refuse(msg("A {status} number needs a source.", status=self.status))
        return self


class Entry(Record):
    """One intervention, given from day 0 on."""

    label: Bilingual
    short: Bilingual = Field(description="name in the picture")
    study: str
    kind: Kind
    protocol: Annotated[Protocol, Field(min_length=1)]
    as_in: str | None = Field(default=None, description="study/experiment/arm whose doses these are")
    kept: tuple[Identifier, ...] = Field(default=(), description="drugs whose dose stays when doses are varied")
    doses: Doses
    target: Identifier

    @model_validator(mode="after")
    def _no_stress(self) -> Entry:
        if any(isinstance(item, Stress) for item in self.protocol):
            raise refuse(
                msg("An intervention of the catalogue holds no stress: all are compared on one stressed cohort.")
            )
        return self


class Catalogue(Record):
    """The whole file."""

    format: Literal[1]
    targets: dict[Identifier, Target]
    harms: dict[Identifier, Harm]
    interventions: Annotated[dict[Identifier, Entry], Field(min_length=1)]

    @model_validator(mode="after")
    def _targets_known(self) -> Catalogue:
        for name, entry in self.interventions.items():
            if entry.target not in self.targets:
                raise refuse(msg("The intervention “{name}” names the target “{found}”, which is not in the file.",
                                 name=name, found=entry.target))  # fmt: skip
        return self


@cache
def read_catalogue(file: Path = FILE) -> Catalogue:
    """The interventions of a file.

    Raises
    ------
    RecordError
        With every problem of the file.

    >>> read_catalogue().interventions["ketamine"].kind
    'drug'
    """
    return build(Catalogue, read_yaml(file))
