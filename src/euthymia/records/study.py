"""A study: citation, causal chain, experiments, findings. The record behind ``study.yaml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from euthymia.records.base import Bilingual, Curie, Identifier, Record, Source, Time
from euthymia.records.finding import Finding, Series
from euthymia.records.protocol import Protocol


class Citation(Record):
    """Where the study was published. What could not be found is left out."""

    title: str
    authors: str
    journal: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    doi: Curie | None = None
    pmid: Curie | None = None
    note: Bilingual | None = None


class Entity(Record):
    """A molecule, cell, region, process or behaviour of the causal chain, grounded where the field has an id."""

    label: Bilingual
    kind: Literal["drug", "receptor", "protein", "gene", "cell", "region", "process", "structure", "behaviour"]
    ids: tuple[Curie, ...] = ()
    state: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="the model variable that carries it"
    )


class Link(Record):
    """One causal link. `gate` means that the target link needs the source."""

    id: Identifier
    source: Identifier = Field(alias="from")
    target: Identifier = Field(alias="to")
    sign: Literal["+", "-", "0", "gate"]
    statement: Bilingual
    evidence: Source


class Ablation(Record):
    """One causal link removed, by setting parameters of the mechanism."""

    id: Identifier
    links: tuple[Identifier, ...]
    label: Bilingual
    cut: Annotated[dict[str, float], Field(min_length=1)]


class Port(Record):
    """A model quantity through which an intervention reaches the mechanism."""

    sets: Annotated[str, Field(min_length=1)]
    drive: float | None = Field(default=None, description="value at full drive (stimulation)")
    silence: float | None = Field(default=None, description="value at full silencing (stimulation)")


class Ports(Record):
    """What interventions can reach, by kind; names are those that protocols use."""

    drugs: tuple[Identifier, ...] = ()
    stress: bool = False
    genes: dict[str, dict[str, Port]] = Field(default_factory=dict, description="gene, then place")
    stimulation: dict[str, Port] = Field(default_factory=dict, description="population or projection")
    injury: dict[str, Port] = Field(default_factory=dict)
    exercise: Port | None = None
    infusion: dict[str, dict[str, Port]] = Field(default_factory=dict, description="substance, then region")
    imaging: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="preparation, then marked quantity and the quantity it copies"
    )


class Readout(Record):
    """The model variable that an assay reads; keyed by the population where there are several."""

    states: dict[str, str] = Field(description="population (or `all`), then model variable")


class Mechanism(Record):
    """How the study's model is put together."""

    file: str = "mechanism.ant"
    parameters: str = "parameters.tsv"
    common: tuple[Identifier, ...] = ("stress", "affect")
    calibrates: tuple[Identifier, ...] = Field(
        default=(), description="common fragments whose tables the calibration of this study, and of no other, writes"
    )
    relief: Identifier | None = Field(default=None, description="model variable that relieves the affective states")
    pain_relief: Identifier | None = Field(
        default=None, description="model variable that relieves mechanical sensitivity"
    )
    burden: Identifier | None = Field(
        default=None, description="model variable that burdens the affective states as stress does, in loads of stress"
    )
    pain: Identifier | None = Field(
        default=None, description="model variable that drives mechanical sensitivity; `nerve_injury` if left out"
    )
    receptors: dict[Identifier, tuple[Identifier, ...]] = Field(
        default_factory=dict,
        description="receptors whose binding is summed over the drugs, and their pathways: gives `<receptor>_bound`, "
        "and `<receptor>_driven` or `<receptor>_<pathway>_driven`",
    )
    ports: Ports
    readouts: dict[Identifier, Readout] = Field(default_factory=dict)


class Arm(Record):
    """Animals that share one protocol."""

    id: Identifier
    label: Bilingual
    n: Annotated[int, Field(ge=1)] | None = None
    sex: Literal["male", "female", "both", "unknown"] = "unknown"
    protocol: Protocol = ()


class Sampling(Record):
    """An assay taken at given times."""

    assay: Identifier
    of: tuple[Identifier, ...] = ()
    times: Annotated[tuple[Time, ...], Field(min_length=1)]


class Experiment(Record):
    """Arms, assays and sampling times."""

    id: Identifier
    label: Bilingual
    species: Curie = "ncbitaxon:10090"
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    sampling: Annotated[tuple[Sampling, ...], Field(min_length=1)]
    assumed: tuple[Bilingual, ...] = Field(default=(), description="what the source does not state")


class Study(Record):
    """One publication, whole."""

    format: Literal[1]
    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
    name: Bilingual
    citation: Citation
    question: Bilingual
    answer: Bilingual
    plain: Bilingual
    entities: dict[Identifier, Entity]
    chain: Annotated[tuple[Link, ...], Field(min_length=1)]
    mechanism: Mechanism
    experiments: Annotated[tuple[Experiment, ...], Field(min_length=1)]
    series: tuple[Series, ...] = ()
    findings: Annotated[tuple[Finding, ...], Field(min_length=1)]
    ablations: tuple[Ablation, ...] = ()
    not_covered: tuple[Bilingual, ...] = ()
