"""A study: citation, causal chain, experiments, findings. The record behind ``study.yaml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from euthymia.records.base import Bilingual, Curie, Identifier, Record, Source, Time, refuse
from euthymia.records.finding import Finding, Series
from euthymia.records.protocol import Protocol
from euthymia.words import msg


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
    """One causal link removed, or read in another way, by setting parameters of the mechanism."""

    id: Identifier
    links: tuple[Identifier, ...]
    label: Bilingual
    cut: Annotated[dict[str, float], Field(min_length=1)]
    variant: bool = Field(
        default=False,
        exclude_if=lambda variant: not variant,
        description="puts another reading in the place of the links instead of removing them; those whose id begins "
        "with `rival_` do so in any case",
    )


class Port(Record):
    """A model quantity through which an intervention reaches the mechanism."""

    sets: Annotated[str, Field(min_length=1)]


class StimulationPort(Record):
    """How light and designer receptors reach a population or projection.

    Either they set its level, or they set the shares of its cells that they recruit, each a model quantity from 0 to 1;
    the mechanism has the gain, a parameter like any other, and the drugs of the designer receptors among its receptors.
    """

    sets: Identifier | None = Field(default=None, description="level; 1 = free")
    drive: float | None = Field(default=None, description="level at full drive")
    silence: float | None = Field(default=None, description="level at full silencing")
    driven: Identifier | None = Field(default=None, description="share of cells driven for a given time")
    silenced: Identifier | None = Field(default=None, description="share of cells silenced for a given time")
    hm3d: Identifier | None = Field(default=None, description="share of cells that carry hM3Dq, which drives them")
    hm4d: Identifier | None = Field(default=None, description="share of cells that carry hM4Di, which silences them")

    @model_validator(mode="after")
    def _one_way(self) -> StimulationPort:
        levels = self.drive is not None or self.silence is not None
        shares = any((self.driven, self.silenced, self.hm3d, self.hm4d))
        if (self.sets is not None) != levels or levels == shares:
            raise refuse(msg("A port of a stimulation has either “sets” with “drive” or “silence”, or names of shares "
                             "(driven, silenced, hm3d, hm4d)."))  # fmt: skip
        return self


class Ports(Record):
    """What interventions can reach, by kind; names are those that protocols use."""

    drugs: tuple[Identifier, ...] = ()
    stress: bool = False
    genes: dict[str, dict[str, Port]] = Field(default_factory=dict, description="gene, then place")
    stimulation: dict[str, StimulationPort] = Field(default_factory=dict, description="population or projection")
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
    common: tuple[Identifier, ...] = ("stress", "hpa", "affect")
    calibrates: tuple[Identifier, ...] = Field(
        default=(), description="common fragments whose tables the calibration of this study, and of no other, writes"
    )
    relief: Identifier | None = Field(default=None, description="model variable that relieves the affective states")
    pain_relief: Identifier | None = Field(
        default=None, description="model variable that relieves mechanical sensitivity"
    )
    relief_at_once: Identifier | None = Field(
        default=None,
        description="model variable that relieves what animals show at once, without the inertia of the affective "
        "states, as light does within a session",
    )
    pain_relief_at_once: Identifier | None = Field(default=None, description="the same for mechanical sensitivity")
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

    def shown(self, latent: str) -> str:
        """The variable that behaviour shows of an affective state: the state, less what is relieved at once."""
        return f"{latent}_shown" if f"{latent}_shown" in self.shown_states else latent

    @property
    def shown_states(self) -> dict[str, str]:
        """Expressions of what behaviour shows, by variable, where something is relieved at once."""
        now, pain = self.relief_at_once, self.pain_relief_at_once
        shown = {
            "despair_shown": f"despair - {now}",
            "anhedonia_shown": f"anhedonia - relief_of_anhedonia*{now}",
            "anxiety_shown": f"anxiety - relief_of_anxiety*{now}",
        }
        felt = {"mechanical_sensitivity_shown": f"mechanical_sensitivity - {pain}"}
        return (shown if now else {}) | (felt if pain else {})


class Split(Record):
    """Which animals of an arm are meant: those whose reading lay on one side of a line, as a laboratory parts them."""

    assay: Identifier
    of: Identifier | None = None
    time: Time
    side: Literal["below", "above"]
    line: float


class Arm(Record):
    """Animals that share one protocol, or those of them that a reading picks."""

    id: Identifier
    label: Bilingual
    n: Annotated[int, Field(ge=1)] | None = None
    sex: Literal["male", "female", "both", "unknown"] = "unknown"
    protocol: Protocol = ()
    split: Split | None = Field(default=None, exclude_if=lambda split: split is None)


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


class RecordedGroup(Record):
    """Animals that are recorded: an arm at a sampled time."""

    experiment: Identifier
    arm: Identifier
    time: Time


class Recording(Record):
    """Neurons that are recorded from simulated animals: which model variables shape their spikes."""

    id: Identifier
    label: Bilingual
    choice_gain: Identifier | None = Field(default=None, description="code of the coming choice, in log rate")
    history_gain: Identifier | None = Field(default=None, description="code of switching or staying, in log rate")
    resting_states: Identifier | None = Field(default=None, description="number of states visited at rest")
    groups: Annotated[tuple[RecordedGroup, ...], Field(min_length=1, max_length=5)]

    @property
    def variables(self) -> tuple[str, ...]:
        """The model variables that it needs."""
        named = (self.choice_gain, self.history_gain, self.resting_states)
        return tuple(dict.fromkeys(name for name in named if name is not None))


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
    recordings: tuple[Recording, ...] = Field(default=(), description="populations of neurons drawn on the page")
    not_covered: tuple[Bilingual, ...] = ()

    @property
    def splits(self) -> bool:
        """Whether an arm is parted by a reading."""
        return any(arm.split is not None for experiment in self.experiments for arm in experiment.arms)
