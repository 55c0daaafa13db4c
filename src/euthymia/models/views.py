"""A study as it is seen in a joined model: its ports, read-outs and ablations under the joined names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from euthymia.errors import ModelError, Problem
from euthymia.models.join import Joined, totals_record
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Mechanism, Port, Ports, Readout, StimulationPort
from euthymia.words import msg

T = TypeVar("T")
_SHARES = ("sets", "driven", "silenced", "hm3d", "hm4d")


def view(joined: Joined, study: str) -> StudyFolder:
    """A study whose protocols, read-outs and ablations speak of the joined model; its claims are unchanged."""
    folder = joined.studies[study]
    record = folder.record

    def new(name: str) -> str:
        return joined.name(study, name)

    changed = record.model_copy(
        update={
            "mechanism": _mechanism(folder, new),
            "entities": {key: _state(one, new) for key, one in record.entities.items()},
            "ablations": tuple(
                one.model_copy(update={"cut": {new(name): value for name, value in one.cut.items()}})
                for one in record.ablations
            ),
            "recordings": tuple(
                one.model_copy(update={key: new(found) for key in _RECORDED if (found := getattr(one, key))})
                for one in record.recordings
            ),
        }
    )
    return replace(folder, record=changed, library=joined.library)


_RECORDED = ("choice_gain", "history_gain", "resting_states")
B = TypeVar("B", bound=BaseModel)


def _state(entity: B, new: Callable[[str], str]) -> B:
    state = getattr(entity, "state", None)
    return entity.model_copy(update={"state": new(state)}) if state else entity


def _mechanism(folder: StudyFolder, new: Callable[[str], str]) -> Mechanism:
    record = folder.record.mechanism
    readouts = {
        name: Readout(states={of: new(state) for of, state in one.states.items()})
        for name, one in record.readouts.items()
    }
    return totals_record(folder).model_copy(update={"readouts": readouts, "ports": _ports(record.ports, new)})


def _ports(ports: Ports, new: Callable[[str], str]) -> Ports:
    def port(one: Port) -> Port:
        return Port(sets=new(one.sets))

    def stimulation(one: StimulationPort) -> StimulationPort:
        return one.model_copy(update={key: new(found) for key in _SHARES if (found := getattr(one, key))})

    return ports.model_copy(
        update={
            "genes": {gene: {at: port(one) for at, one in places.items()} for gene, places in ports.genes.items()},
            "stimulation": {name: stimulation(one) for name, one in ports.stimulation.items()},
            "injury": {name: port(one) for name, one in ports.injury.items()},
            "exercise": ports.exercise and port(ports.exercise),
            "infusion": {what: {at: port(one) for at, one in found.items()} for what, found in ports.infusion.items()},
            "imaging": {what: {new(to): new(of) for to, of in marks.items()} for what, marks in ports.imaging.items()},
        }
    )


def all_ports(joined: Joined) -> Ports:
    """What interventions can reach in the joined model: the ports of all studies.

    Raises
    ------
    ModelError
        If two studies reach different quantities under one name.
    """
    found = [view(joined, study).record.mechanism.ports for study in joined.studies]
    genes: dict[str, dict[str, Port]] = {}
    infusion: dict[str, dict[str, Port]] = {}
    for ports in found:
        for gene, places in ports.genes.items():
            genes[gene] = _union(genes.get(gene, {}), places)
        for what, places in ports.infusion.items():
            infusion[what] = _union(infusion.get(what, {}), places)
    return Ports(
        drugs=tuple(dict.fromkeys(drug for ports in found for drug in ports.drugs)),
        stress=any(ports.stress for ports in found),
        genes=genes,
        stimulation=_all([ports.stimulation for ports in found]),
        injury=_all([ports.injury for ports in found]),
        exercise=next((ports.exercise for ports in found if ports.exercise), None),
        infusion=infusion,
        imaging=_all([ports.imaging for ports in found]),
    )


def whole_record(joined: Joined) -> Mechanism:
    """Ports and read-outs of the joined model.

    Where several studies have a read-out of their own for one assay, its populations are called by the study: ``S06``
    for the only population of S06, ``S09_PT`` for one of several of S09.

    Raises
    ------
    ModelError
        If two studies reach different quantities under one name.
    """
    views = {study: view(joined, study).record.mechanism for study in joined.studies}
    found: dict[str, dict[str, dict[str, str]]] = {}
    for study, record in views.items():
        for assay, readout in record.readouts.items():
            found.setdefault(assay, {})[study] = readout.states
    readouts = {assay: Readout(states=_populations(by_study)) for assay, by_study in found.items()}
    first = next(iter(views.values()))
    return first.model_copy(update={"readouts": readouts, "ports": all_ports(joined)})


def _populations(by_study: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    said: dict[str, set[str]] = {}
    for states in by_study.values():
        for of, variable in states.items():
            said.setdefault(of, set()).add(variable)
    named: dict[str, str] = {}
    for study, states in by_study.items():
        for of, variable in states.items():
            own = study if of == "all" else f"{study}_{of}"
            named[of if len(said[of]) == 1 else own] = variable
    return named


def _all(parts: list[dict[str, T]]) -> dict[str, T]:
    whole: dict[str, T] = {}
    for part in parts:
        whole = _union(whole, part)
    return whole


def _union(first: Mapping[str, T], second: Mapping[str, T]) -> dict[str, T]:
    for name in set(first) & set(second):
        if first[name] != second[name]:
            raise ModelError(Problem(msg("Two of the joined studies reach different quantities by the port “{name}”; "
                                         "declare them as shared, or rename a port.", name=name)))  # fmt: skip
    return {**first, **second}
