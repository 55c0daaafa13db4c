"""What an intervention brings to an animal, so that arms, findings and other interventions with the same are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from euthymia.records.cross import sides
from euthymia.records.finding import Finding, SeriesMatch
from euthymia.records.intervention import Catalogue, Entry
from euthymia.records.library import Library
from euthymia.records.protocol import Bath, Drug, Exercise, Genetic, Infusion, Stimulation
from euthymia.records.study import Entity, Link, Study


@dataclass(frozen=True, order=True)
class Agent:
    """A substance, a gene whose activity is changed, cells that are switched, or running.

    `way` is up or down for a gene, drive or silence for cells. How strong, when and by which route is left out.
    """

    kind: Literal["substance", "gene", "cells", "running"]
    name: str
    way: str = ""


def agents_of(protocol: Iterable[object], kept: Collection[str] = ()) -> frozenset[Agent]:
    """What a protocol brings; stress, injuries and imaging are no agents, nor are the drugs in `kept`."""
    return frozenset(one for item in protocol for one in _agents(item) if one.name not in kept)


def _agents(item: object) -> Iterator[Agent]:
    match item:
        case Drug(drug=name) | Bath(bath=name) | Infusion(infusion=name):
            yield Agent("substance", name)
        case Genetic(gene=name, change=change):
            yield Agent("gene", name, "up" if change == "over_expression" else "down")
        case Stimulation(target=name, effect=effect):
            yield Agent("cells", name, effect)
        case Exercise():
            yield Agent("running", "running")


def agents(entry: Entry) -> frozenset[Agent]:
    """What an intervention of the catalogue brings."""
    return agents_of(entry.protocol, entry.kept)


def siblings(name: str, catalogue: Catalogue, library: Library) -> tuple[str, ...]:
    """Other interventions with a substance, a gene or cells of this one, whatever is done to these."""
    own = _names(catalogue.interventions[name], library)
    return tuple(other for other, entry in catalogue.interventions.items()
                 if other != name and own & _names(entry, library))  # fmt: skip


def _names(entry: Entry, library: Library) -> set[tuple[str, str]]:
    """Kinds and names, and for a drug also what it becomes in the body."""
    found = {(one.kind, one.name) for one in agents(entry)}
    made = {("substance", drug.concentration.removesuffix("_brain")) for kind, name in found
            if kind == "substance" and (drug := library.drugs.get(name)) is not None}  # fmt: skip
    return found | made


def concerning(study: Study, wanted: Collection[Agent]) -> frozenset[str]:
    """Ids of the findings that read an arm with all that is wanted."""
    arms = {(experiment.id, arm.id): agents_of(arm.protocol) for experiment in study.experiments
            for arm in experiment.arms}  # fmt: skip
    return frozenset(
        finding.id
        for finding in study.findings
        if any(arms.get((finding.experiment, arm), frozenset()) >= set(wanted) for arm in _arms(study, finding))
    )


def _arms(study: Study, finding: Finding) -> set[str]:
    if isinstance(finding, SeriesMatch):
        return {series.arm for series in study.series if series.id == finding.series}
    return {reading.arm for _, reading in sides(finding)}


def path_of(study: Study, wanted: Collection[Agent], library: Library) -> tuple[Link, ...]:
    """The links that lie downstream of the substances that are wanted, in the order of the chain.

    Empty where the chain has no entity that stands for one of them.
    """
    names = [one.name for one in wanted if one.kind == "substance"]
    reached = {name for name, entity in study.entities.items()
               if entity.kind == "drug" and any(_is(name, entity, one, library) for one in names)}  # fmt: skip
    size = 0
    while len(reached) > size:
        size = len(reached)
        reached |= {link.target for link in study.chain if link.source in reached}
    return tuple(link for link in study.chain if link.source in reached)


def _is(name: str, entity: Entity, substance: str, library: Library) -> bool:
    """Whether an entity of a chain stands for a substance: by its id, its identifiers or its variable."""
    drug, state = library.drugs.get(substance), entity.state or ""
    own = name == substance or state.startswith(f"{substance}_")
    return own or (drug is not None and (state == drug.concentration or bool(set(drug.ids) & set(entity.ids))))
