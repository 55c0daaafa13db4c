"""The mechanisms of several studies -> one model: what is common once, what is a study's own under a prefix.

Each study's text keeps its words. Names that it defines itself get a prefix (``s02_perk``), except those that
`euthymia.records.joining` declares to be one with another text's; names of the common dynamics, of drugs and of sums
over ligands are the same for all. What studies give to the affective states adds up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from euthymia.errors import ModelError, Problem
from euthymia.models.compose import Mechanism, compose, drug_fragment, receptor_sums
from euthymia.models.names import identifiers, normal_form, renamed, statements, tokens, without
from euthymia.models.pools import equations, present
from euthymia.records.drug import DrugRecord
from euthymia.records.folder import StudyFolder
from euthymia.records.joining import Joining, Pooled, Rewired, Role, joining_parameters
from euthymia.records.library import Fragment, Library, common_library
from euthymia.records.study import Mechanism as MechanismRecord
from euthymia.words import msg

TOTALS: Final[dict[str, Role]] = {
    "mood_relief": "relief",
    "pain_relief": "pain_relief",
    "mood_relief_at_once": "relief_at_once",
    "pain_relief_at_once": "pain_relief_at_once",
    "mood_burden": "burden",
    "pain_drive": "pain",
}
"""Quantities of the joined model that add up what studies give to the affective states."""
_POOLED: Final[dict[Role, str]] = {"relief": "slow", "relief_at_once": "now"}


@dataclass(frozen=True)
class Joined:
    """Several studies as one model.

    Attributes
    ----------
    mechanism
        The composed model with its parameters: a model as any other.
    studies
        The studies, by id.
    library
        Assays, stressors, drugs and common fragments of all of them.
    names
        For each study, its own names and what they are called in the joined model.
    joining
        The declarations that were followed.
    """

    mechanism: Mechanism
    studies: Mapping[str, StudyFolder]
    library: Library
    names: Mapping[str, Mapping[str, str]]
    joining: Joining

    def name(self, study: str, alone: str) -> str:
        """What a quantity of a study is called in the joined model."""
        return self.names[study].get(alone, alone)

    @cached_property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """For each name of the joined model that comes from studies' own texts, the studies that have it."""
        found: dict[str, tuple[str, ...]] = {}
        for study, names in self.names.items():
            for joined in names.values():
                found[joined] = (*found.get(joined, ()), study)
        return found

    @cached_property
    def contributions(self) -> dict[str, tuple[str, ...]]:
        """For each total, the quantities that it adds up."""
        return {total: tuple(_parts(self.studies, self.names, self.joining, role)) for total, role in TOTALS.items()}


def prefix(study: str) -> str:
    """What stands before a study's own names.

    >>> prefix("S02")
    's02_'
    """
    return re.sub(r"\W", "_", study).lower() + "_"


def join(studies: Sequence[StudyFolder], joining: Joining) -> Joined:
    """One model from the mechanisms of several studies.

    Parameters
    ----------
    studies
        Each once.
    joining
        What they share, and which text remains where two say one thing.

    Raises
    ------
    ModelError
        If two texts define one shared quantity differently, or the joined text is wrong.
    """
    folders = {study.id: study for study in studies}
    library = _library(studies)
    names = {study.id: own_names(study, joining) for study in studies}
    common = [library.fragments[name] for name in library.fragments if any(name in _record(s).common for s in studies)]
    drugs = [library.drugs[name] for name in dict.fromkeys(n for s in studies for n in _record(s).ports.drugs)]
    receptors = _receptors(studies)
    own = list(_own_fragments(studies, names, joining, common))
    fragments = [*common, *(drug_fragment(drug, receptors) for drug in drugs), *own]
    fragments.append(_joining_fragment(folders, joining))
    used = set[str]().union(*(identifiers(fragment.text) for fragment in fragments))
    derived = _sums(receptors, drugs, used) | _totals(folders, names, joining, common, drugs)
    return Joined(compose("joined", fragments, derived=derived), folders, library, names, joining)


def own_names(study: StudyFolder, joining: Joining) -> dict[str, str]:
    """The names that a study defines itself, and what they are called in the joined model.

    States that an assay reads by name, and that no common text has, keep their names.
    """
    shared = {latent: latent for latent in _own_latents(study)}
    shared |= {entry.of[study.id]: entry.name for entry in joining.shared if study.id in entry.of}
    text = study.fragment.text
    alone = {p.id for p in study.fragment.parameters} | (identifiers(text) - _given(study))
    return {name: shared.get(name, prefix(study.id) + name) for name in sorted(alone)}


def _own_latents(study: StudyFolder) -> set[str]:
    """States that an assay reads by name and that no common text has."""
    read = {assay.latent for assay in study.library.assays.values() if assay.latent is not None}
    return read - set[str]().union(*(identifiers(fragment.text) for fragment in study.library.fragments.values()))


def _record(study: StudyFolder) -> MechanismRecord:
    return study.record.mechanism


def _given(study: StudyFolder) -> set[str]:
    """Names that a study alone finds in the common dynamics, its drugs and the sums over them."""
    record, library = _record(study), study.library
    drugs = [library.drugs[name] for name in record.ports.drugs]
    fragments = [library.fragments[name] for name in record.common]
    fragments += [Fragment(drug.id, drug.exposure, drug.parameters) for drug in drugs]
    found = {"glucocorticoid_given", *TOTALS, *record.shown_states, *receptor_sums(record.receptors, drugs)}
    for fragment in fragments:
        found |= identifiers(fragment.text) | {parameter.id for parameter in fragment.parameters}
    defined = {one.defines[0] for one in statements(tokens(study.fragment.text)) if one.defines}
    return found - defined


def _library(studies: Sequence[StudyFolder]) -> Library:
    drugs: dict[str, DrugRecord] = {}
    for study in studies:
        for name, drug in study.library.drugs.items():
            if drugs.setdefault(name, drug) != drug:
                raise ModelError(Problem(msg("Two of the joined studies have different drugs “{name}”.", name=name)))
    base = studies[0].library if studies else common_library()
    return Library(base.assays, base.stressors, drugs, base.fragments)


def _receptors(studies: Sequence[StudyFolder]) -> dict[str, tuple[str, ...]]:
    """All receptors asked for, with all pathways that any study asks for."""
    found: dict[str, tuple[str, ...]] = {}
    for study in studies:
        for receptor, pathways in _record(study).receptors.items():
            found[receptor] = tuple(dict.fromkeys((*found.get(receptor, ()), *pathways)))
    return found


def _sums(receptors: Mapping[str, Sequence[str]], drugs: Sequence[DrugRecord], used: set[str]) -> dict[str, str]:
    """The sums over ligands by pathway, and that without a pathway where a text reads it."""
    plain = receptor_sums(dict.fromkeys(receptors, ()), drugs)
    return receptor_sums(receptors, drugs) | {
        name: text for name, text in plain.items() if name in used or name.endswith("_bound")
    }


def _totals(
    studies: Mapping[str, StudyFolder],
    names: Mapping[str, Mapping[str, str]],
    joining: Joining,
    common: Sequence[Fragment],
    drugs: Sequence[DrugRecord],
) -> dict[str, str]:
    """What the common dynamics expect from the mechanisms: sums over all of them."""
    present = {fragment.name for fragment in common}
    derived: dict[str, str] = {}
    if "hpa" in present:
        derived["glucocorticoid_given"] = " + ".join(one.glucocorticoid for one in drugs if one.glucocorticoid) or "0"
    if "affect" in present:
        for total, role in TOTALS.items():
            nothing = "nerve_injury" if role == "pain" else "0"
            derived[total] = " + ".join(_parts(studies, names, joining, role)) or nothing
        derived |= totals_record(next(iter(studies.values()))).shown_states
        for pool in _pools(studies, joining):
            derived |= equations(pool, names)
    return derived


def _pools(studies: Mapping[str, StudyFolder], joining: Joining) -> tuple[Pooled, ...]:
    return tuple(pool for entry in joining.doubled for pool in entry.pools if present(pool, studies))


def _joining_fragment(studies: Mapping[str, StudyFolder], joining: Joining) -> Fragment:
    """The parameters that only the joined model has, those of the pools at hand."""
    used = {pool.exponent for pool in _pools(studies, joining)}
    return Fragment("joined", "", tuple(one for one in joining_parameters() if one.id in used))


def totals_record(study: StudyFolder) -> MechanismRecord:
    """A study's mechanism record with the joined totals in the place of what it gives alone."""
    return _record(study).model_copy(update={role: total for total, role in TOTALS.items()})


def _parts(
    studies: Mapping[str, StudyFolder], names: Mapping[str, Mapping[str, str]], joining: Joining, role: Role
) -> Iterator[str]:
    left_out = {
        (one.study, one.role) for entry in joining.doubled for one in entry.leaves_out if one.held_by in studies
    }
    pools = _pools(studies, joining)
    pooled = {(part.study, given) for pool in pools for part in pool.parts for given in (part.relief, part.at_once)}
    parts = [
        names[study].get(alone, alone)
        for study, folder in studies.items()
        if (alone := getattr(_record(folder), role)) is not None
        and (study, role) not in left_out
        and (study, alone) not in pooled
    ]
    parts += [f"{pool.name}_{_POOLED[role]}" for pool in pools if role in _POOLED]
    yield from dict.fromkeys(parts)


def _own_fragments(
    studies: Sequence[StudyFolder],
    names: Mapping[str, Mapping[str, str]],
    joining: Joining,
    common: Sequence[Fragment],
) -> Iterator[Fragment]:
    """The studies' texts under their joined names, each shared definition and parameter in the first of them."""
    known: dict[tuple[str, str], str] = {}
    for fragment in common:
        pieces = tokens(fragment.text)
        known |= {one.defines: normal_form(pieces, one) for one in statements(pieces) if one.defines}
    values: dict[str, object] = {}
    for study in studies:
        text = _rewired(study, renamed(study.fragment.text, names[study.id]), names[study.id], joining, names)
        parameters = []
        for parameter in study.fragment.parameters:
            one = parameter.model_copy(update={"id": names[study.id][parameter.id]})
            said = (one.value * one.factor, one.prior, one.fitted_sd, one.between_sd)
            if one.id not in values:
                parameters.append(one)
            _same(one.id, values.setdefault(one.id, said), said)
        yield Fragment(study.id, _once(text, known), tuple(parameters))


def _once(text: str, known: dict[tuple[str, str], str]) -> str:
    """A text without what is defined before it in the same words."""
    pieces, dropped = tokens(text), []
    for statement in statements(pieces):
        if statement.defines is not None:
            said = normal_form(pieces, statement)
            if statement.defines in known:
                _same(statement.defines[0], known[statement.defines], said)
                dropped.append(statement)
            known[statement.defines] = said
    return without(pieces, dropped)


def _same(name: str, first: object, second: object) -> None:
    if first != second:
        raise ModelError(Problem(msg("“{id}” is declared as shared, but is defined in two ways: {first} and {second}.",
                                     id=name, first=first, second=second)))  # fmt: skip


def _rewired(
    study: StudyFolder,
    text: str,
    own: Mapping[str, str],
    joining: Joining,
    joined: Iterable[str],
) -> str:
    wires = [one for entry in joining.doubled for one in entry.rewires if one.study == study.id]
    for wire in wires:
        if wire.given_by is None or wire.given_by in joined:
            text = _with_wire(text, wire, {own.get(name, name) for name in wire.definitions})
    return text


def _with_wire(text: str, wire: Rewired, targets: set[str]) -> str:
    pieces = tokens(text)
    parts: list[str] = []
    end = 0
    for statement in statements(pieces):
        if statement.defines is not None and statement.defines[0] in targets:
            before = "".join(one.text for one in pieces[end : statement.first])
            said = "".join(one.text for one in pieces[statement.first : statement.last])
            parts += [before, renamed(said, {wire.name: wire.reads})]
            end = statement.last
    return "".join(parts) + "".join(one.text for one in pieces[end:])
