"""What joining made of the mechanisms: shared names, doubled texts, time scales, gates that another route bypasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import libsbml

from euthymia.engine.batch.compiled import system_of
from euthymia.models.algebraic import names_in
from euthymia.models.join import Joined
from euthymia.models.model import Model
from euthymia.models.names import identifiers
from euthymia.records.joining import Doubled, Gate, Shared
from euthymia.records.study import Link

TOTAL: Final = "mood_relief"
"""The quantity that a bypass must reach."""


@dataclass(frozen=True)
class Scale:
    """Time constants of a study's own states in the animal at rest, in hours, with the states' names."""

    study: str
    fastest: tuple[str, float]
    slowest: tuple[str, float]


@dataclass(frozen=True)
class Bypass:
    """A gate of one study that a drug passes by, through what other studies say of the drug."""

    study: str
    link: str
    drug: str
    routes: tuple[str, ...]


@dataclass(frozen=True)
class Composition:
    """The report on a joined model.

    Attributes
    ----------
    states, parameters
        Their numbers.
    shared
        Declared shared quantities of the joined studies, each with its unit where it is a parameter.
    apart
        Names that more than one study uses for things of its own, with the studies; they are kept apart.
    doubled
        Two texts for one thing.
    scales
        Fastest and slowest time constants by study.
    bypasses
        Gates that another route bypasses.
    gates
        How declared ones among them are read.
    """

    states: int
    parameters: int
    shared: tuple[tuple[Shared, str], ...]
    apart: Mapping[str, tuple[str, ...]]
    doubled: tuple[Doubled, ...]
    scales: tuple[Scale, ...]
    bypasses: tuple[Bypass, ...]
    gates: tuple[Gate, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "states": self.states,
            "parameters": self.parameters,
            "shared": [{**one.model_dump(), "unit": unit} for one, unit in self.shared],
            "apart": {name: list(studies) for name, studies in self.apart.items()},
            "doubled": [one.model_dump() for one in self.doubled],
            "time_scales_h": [{"study": s.study, "fastest": s.fastest, "slowest": s.slowest} for s in self.scales],
            "bypasses": [vars(one) for one in self.bypasses],
            "gates": [one.model_dump() for one in self.gates],
        }


def composition(joined: Joined) -> Composition:
    """The report on a joined model."""
    units = {parameter.id: parameter.unit for parameter in joined.mechanism.parameters}
    present = set(joined.studies)
    shared = [one for one in joined.joining.shared if _twice(joined, one)]
    alone: dict[str, tuple[str, ...]] = {}
    for study, names in joined.names.items():
        for name, new in names.items():
            if name != new:
                alone[name] = (*alone.get(name, ()), study)
    return Composition(
        states=len(system_of(joined.mechanism.model).states),
        parameters=len(joined.mechanism.parameters),
        shared=tuple((one, units.get(one.name, "")) for one in shared),
        apart={name: studies for name, studies in sorted(alone.items()) if len(studies) > 1},
        doubled=tuple(one for one in joined.joining.doubled if present >= set(one.studies)),
        scales=tuple(time_scales(joined)),
        bypasses=tuple(bypasses(joined)),
        gates=tuple(one for one in joined.joining.gates if one.study in present),
    )


def _twice(joined: Joined, shared: Shared) -> bool:
    """Whether two of the joined texts define a shared quantity; the common ones count as one."""
    studies = set(joined.studies) & set(shared.of)
    needed = {name for folder in joined.studies.values() for name in folder.record.mechanism.common}
    common = any(shared.name in identifiers(joined.library.fragments[name].text) for name in needed)
    return bool(studies) and len(studies) + common > 1


def time_scales(joined: Joined) -> Iterator[Scale]:
    """By study, the states that answer fastest and slowest to a change of themselves, all else held at rest."""
    constants = _time_constants(joined.mechanism.model)
    for study in joined.studies:
        own = {name: constants[name] for name, studies in joined.owners.items()
               if studies == (study,) and name in constants}  # fmt: skip
        if own:
            fast, slow = min(own, key=own.__getitem__), max(own, key=own.__getitem__)
            yield Scale(study, (fast, own[fast]), (slow, own[slow]))


def _time_constants(model: Model) -> dict[str, float]:
    system = system_of(model)
    graph = system.graph
    places = [*system.states, *system.slots]
    nothing = {f"{word} {key}": 0.0 for word in ("given", "has") for key in system.settable}
    values = graph.evaluate([system.initial[name] for name in places], nothing)
    rest = {**dict(zip(places, values, strict=True)), "time": 0.0}
    found: dict[str, float] = {}
    for name, rate in zip(system.states, system.rates, strict=True):
        symbol = graph.symbol(name)
        slope = graph.gradient(rate, frozenset({symbol})).get(symbol)
        decay = -graph.evaluate([slope], rest)[0] if slope is not None else 0.0
        if decay > 0:
            found[name] = 1 / decay
    return found


def bypasses(joined: Joined) -> Iterator[Bypass]:
    """Gates of the studies' chains that a drug passes by: it reaches mood through another study, without the gate."""
    reached = _followers(joined.mechanism.model)
    for study, folder in joined.studies.items():
        for link in folder.record.chain:
            gate = _state(joined, study, link) if link.sign == "gate" else None
            if gate is not None:
                yield from _past(joined, study, link.id, gate, reached)


def _past(joined: Joined, study: str, link: str, gate: str, follow: Mapping[str, set[str]]) -> Iterator[Bypass]:
    own = {part for part in joined.contributions[TOTAL] if study in joined.owners.get(part, ())}
    for name in joined.studies[study].record.mechanism.ports.drugs:
        drug = joined.library.drugs[name]
        start = {drug.concentration, *(one.concentration for binding in drug.binds.values() for one in binding)}
        if gate in _reach(start, follow, "") and own & _reach({gate}, follow, ""):
            past = _reach(start, follow, gate)
            others = {owner for part in joined.contributions[TOTAL] if part in past - own
                      for owner in joined.owners.get(part, ())} - {study}  # fmt: skip
            if others:
                yield Bypass(study, link, name, tuple(sorted(others)))


def _state(joined: Joined, study: str, link: Link) -> str | None:
    entity = joined.studies[study].record.entities.get(link.source)
    return joined.name(study, entity.state) if entity is not None and entity.state else None


def _followers(model: Model) -> dict[str, set[str]]:
    """For each quantity those whose rules name it."""
    document = libsbml.readSBMLFromString(model.sbml)  # kept: it owns what is read from it
    found: dict[str, set[str]] = {}
    for rule in document.getModel().getListOfRules():
        for name in names_in(rule.getMath()):
            found.setdefault(name, set()).add(rule.getVariable())
    return found


def _reach(start: set[str], follow: Mapping[str, set[str]], closed: str) -> set[str]:
    seen, new = set[str](), start - {closed}
    while new:
        seen |= new
        new = {after for name in new for after in follow.get(name, ())} - seen - {closed}
    return seen
