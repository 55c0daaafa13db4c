"""Protocols -> schedules: what people write about an arm, as jumps in model time (hours)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Final, TypeVar

from euthymia.engine.schedule import Jump, Schedule
from euthymia.errors import Place, Problem, ProtocolError, suggestion
from euthymia.records.library import Library
from euthymia.records.protocol import (
    Bath,
    Drug,
    Exercise,
    Genetic,
    Imaging,
    Infusion,
    Injury,
    Stimulation,
    Stress,
)
from euthymia.records.study import Arm, Experiment, Port, Ports, StimulationPort
from euthymia.units import Quantity, parse_quantity
from euthymia.words import Message, msg

HOURS: Final = 24.0
SESSION: Final = 0.01
"""Hours between the reading of an imaging session and the marking of what it saw (36 s)."""
T = TypeVar("T")


def first_day(experiment: Experiment) -> float:
    """The day on which an experiment's clock starts: its earliest intervention or sample, day 0 at the latest.

    All arms of an experiment share it, so that they share draws and time.
    """
    days = [time.to("d") for sampling in experiment.sampling for time in sampling.times]
    for arm in experiment.arms:
        for item in arm.protocol:
            days += [quantity.to("d") for quantity in _when(item)]
    return min([0.0, *days])


def last_day(experiment: Experiment) -> float:
    """The day of the last sample."""
    return max(time.to("d") for sampling in experiment.sampling for time in sampling.times)


def _when(item: object) -> tuple[Quantity, ...]:
    match item:
        case Drug() | Infusion():
            return item.at
        case Stress() | Exercise() | Bath():
            return (item.start,)
        case Stimulation():
            return (item.start,) if item.start else ()
        case Injury():
            return (item.at,)
        case Imaging():
            return item.sessions
        case Genetic():
            return (item.since,) if item.since else ()
        case _:
            return ()


def lower(arm: Arm, *, ports: Ports, library: Library, origin: float) -> Schedule:
    """The schedule of an arm.

    Parameters
    ----------
    arm
        The arm.
    ports
        What the mechanism lets interventions reach.
    library
        Drugs and stressors.
    origin
        Day on which model time is zero.

    Raises
    ------
    ProtocolError
        If the mechanism has no port for an intervention.
    """
    lowering = _Lowering(arm.id, ports, library, origin)
    jumps: list[Jump] = []
    settings: dict[str, float] = {}
    for item in arm.protocol:
        if isinstance(item, Genetic) and item.since is None:
            settings[lowering.gene_port(item).sets] = item.remaining
        elif isinstance(item, Stimulation) and item.start is None:
            settings[lowering.receptor(item)] = item.strength
        else:
            jumps += lowering.jumps(item)
    return Schedule.of(jumps, settings)


@dataclass(frozen=True)
class _Lowering:
    arm: str
    ports: Ports
    library: Library
    origin: float

    def hours(self, time: Quantity) -> float:
        return round((time.to("d") - self.origin) * HOURS, 9)

    @singledispatchmethod
    def jumps(self, item: object) -> Iterator[Jump]:
        raise self._refusal(msg("an intervention of kind {kind}", kind=type(item).__name__), [])

    @jumps.register
    def _drug(self, item: Drug) -> Iterator[Jump]:
        if item.drug not in self.ports.drugs:
            raise self._refusal(msg("the drug “{name}”", name=item.drug), list(self.ports.drugs), item.drug)
        drug = self.library.drugs[item.drug]
        amount = item.dose.to("mg/kg") * 1e6 / drug.molar_mass
        for time in item.at:
            yield Jump(self.hours(time), drug.routes[item.route].into, "add", amount)

    @jumps.register
    def _bath(self, item: Bath) -> Iterator[Jump]:
        variable = self.library.drugs[item.bath].bath if item.bath in self.ports.drugs else None
        if variable is None:
            raise self._refusal(msg("the drug “{name}” in a bath", name=item.bath), list(self.ports.drugs), item.bath)
        start = self.hours(item.start)
        yield Jump(start, variable, "set", item.concentration.to("nmol/l"))
        yield Jump(start + item.duration.to("h"), variable, "set", 0.0)

    @jumps.register
    def _stress(self, item: Stress) -> Iterator[Jump]:
        if not self.ports.stress:
            raise self._refusal(msg("stress"), [])
        stressor = self.library.stressors[item.stress]
        daily = (item.daily or parse_quantity(stressor.daily)).to("h/day")
        start = self.hours(item.start)
        yield Jump(start, "stressor_predictability", "set", stressor.predictability.value)
        for day in range(item.days):
            yield Jump(start + day * HOURS, "stressor", "set", stressor.intensity.value)
            yield Jump(start + day * HOURS + daily, "stressor", "set", 0.0)

    @jumps.register
    def _genetic(self, item: Genetic) -> Iterator[Jump]:
        since = item.since or Quantity(self.origin, "d")
        yield Jump(self.hours(since), self.gene_port(item).sets, "set", item.remaining)

    def gene_port(self, item: Genetic) -> Port:
        places = self._found(self.ports.genes, item.gene, msg("the gene “{name}”", name=item.gene))
        return self._found(places, item.where, msg("the gene “{name}” in “{place}”", name=item.gene, place=item.where))

    @jumps.register
    def _stimulation(self, item: Stimulation) -> Iterator[Jump]:
        assert item.start is not None
        assert item.duration is not None
        variable, on, off = self._effect(item)
        start = self.hours(item.start)
        yield Jump(start, variable, "set", on)
        yield Jump(start + item.duration.to("h"), variable, "set", off)

    def _effect(self, item: Stimulation) -> tuple[str, float, float]:
        """The variable that a stimulation sets, its value while it lasts and its value at rest."""
        port = self._stimulated(item)
        drives = item.effect == "drive"
        level, share = (port.drive, port.driven) if drives else (port.silence, port.silenced)
        if port.sets is not None and level is not None:
            return port.sets, 1 + item.strength * (level - 1), 1.0
        if share is None:
            raise self._refusal(msg("the effect “{effect}” on “{name}”", effect=item.effect, name=item.target), [])
        return share, item.strength, 0.0

    def receptor(self, item: Stimulation) -> str:
        """The share of cells that carry the designer receptor of a stimulation."""
        port = self._stimulated(item)
        share = port.hm3d if item.effect == "drive" else port.hm4d
        if share is None:
            raise self._refusal(msg("a designer receptor with the effect “{effect}” on “{name}”",
                                    effect=item.effect, name=item.target), [])  # fmt: skip
        return share

    def _stimulated(self, item: Stimulation) -> StimulationPort:
        name = msg("stimulation of “{name}”", name=item.target)
        return self._found(self.ports.stimulation, item.target, name)

    @jumps.register
    def _injury(self, item: Injury) -> Iterator[Jump]:
        port = self._found(self.ports.injury, item.injury, msg("the injury “{name}”", name=item.injury))
        yield Jump(self.hours(item.at), port.sets, "set", 1.0)

    @jumps.register
    def _exercise(self, item: Exercise) -> Iterator[Jump]:
        if self.ports.exercise is None:
            raise self._refusal(msg("exercise"), [])
        start = self.hours(item.start)
        yield Jump(start, self.ports.exercise.sets, "set", item.intensity)
        yield Jump(start + item.duration.to("h"), self.ports.exercise.sets, "set", 0.0)

    @jumps.register
    def _infusion(self, item: Infusion) -> Iterator[Jump]:
        regions = self._found(self.ports.infusion, item.infusion, msg("infusion of “{name}”", name=item.infusion))
        port = self._found(regions, item.region, msg("infusion into “{name}”", name=item.region))
        for time in item.at:
            yield Jump(self.hours(time), port.sets, "add", item.amount)

    @jumps.register
    def _imaging(self, item: Imaging) -> Iterator[Jump]:
        marks = self._found(self.ports.imaging, item.imaging, msg("imaging of “{name}”", name=item.imaging))
        for time in item.sessions:
            for mark, source in marks.items():
                yield Jump(self.hours(time) + SESSION, mark, "copy", source)

    def _found(self, known: Mapping[str, T], name: str, wanted: Message) -> T:
        if name not in known:
            raise self._refusal(wanted, list(known), name)
        return known[name]

    def _refusal(self, wanted: Message, known: list[str], found: str = "") -> ProtocolError:
        known_here = suggestion(found, known) if known else msg("It has none of this kind.")
        return ProtocolError(
            Problem(
                msg("The mechanism has no port for {wanted}. {suggestion}",
                    wanted=wanted, suggestion=known_here),
                Place(f"arm {self.arm}"),
            )
        )  # fmt: skip
