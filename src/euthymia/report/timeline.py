"""Arms as timelines: what was done to which animals when, as marks on one axis of days per experiment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from euthymia.protocols.lower import first_day, last_day
from euthymia.records.base import Bilingual
from euthymia.records.library import Library
from euthymia.records.protocol import Bath, Drug, Exercise, Genetic, Imaging, Infusion, Injury, Stimulation, Stress
from euthymia.records.study import Arm, Experiment
from euthymia.report.bilingual import Words
from euthymia.report.groups import background, treatment
from euthymia.report.placewords import short_place
from euthymia.report.protocolwords import described
from euthymia.report.scales import TimeScale
from euthymia.words import Message, msg

_WIDTH: Final = 300.0
"""Width in units against which axis labels are thinned out; lanes are never narrower on a page."""
_SEX: Final = {
    "male": msg("males"),
    "female": msg("females"),
    "both": msg("both sexes"),
    "unknown": msg("sex not stated"),
}
_MOUSE: Final = "ncbitaxon:10090"


@dataclass(frozen=True)
class Mark:
    """One mark on a lane: a shape at a place, or a bar from one place to another, in percent of the lane."""

    shape: str
    start: float
    stop: float | None = None


@dataclass(frozen=True)
class Lane:
    """One row: an arm with its interventions, or an assay with its sampling times."""

    label: Words
    facts: tuple[Words, ...]
    items: tuple[tuple[str, Words], ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline:
    """One experiment's design."""

    id: str
    label: Bilingual
    species: Words
    arms: tuple[Lane, ...]
    assays: tuple[Lane, ...]
    ticks: tuple[tuple[float, Message | str], ...]
    bent: bool
    assumed: tuple[Bilingual, ...]
    shapes: tuple[str, ...]


def timeline(experiment: Experiment, library: Library) -> Timeline:
    """The design of an experiment as lanes."""
    days = sorted({time.to("d") for sampling in experiment.sampling for time in sampling.times})
    first, last = first_day(experiment), last_day(experiment)
    pad = 0.04 * _WIDTH
    scale = TimeScale.of(days, first=first, last=last, left=pad, right=_WIDTH - pad)
    arms = tuple(_arm(arm, scale, library) for arm in experiment.arms)
    assays = tuple(_sampled(experiment, library, scale))
    ticks = tuple((_percent(scale(day)), label) for day, label in scale.ticks(sorted({first, *days})))
    species: Words = msg("mouse") if experiment.species.lower() == _MOUSE else experiment.species
    shapes = {mark.shape for lane in (*arms, *assays) for mark in lane.marks}
    return Timeline(experiment.id, experiment.label, species, arms, assays, ticks, scale.bent, experiment.assumed,
                    tuple(shape for shape in SHAPES if shape in shapes))  # fmt: skip


SHAPES: Final = {
    "dose": msg("dose of a drug"),
    "bath": msg("drug in the bath"),
    "stress": msg("stress sessions"),
    "gene": msg("genetic change"),
    "silence": msg("cells silenced"),
    "drive": msg("cells driven"),
    "injury": msg("injury"),
    "exercise": msg("exercise"),
    "infusion": msg("infusion"),
    "imaging": msg("imaging session"),
    "sample": msg("measurement"),
}
"""The shapes of marks, in words."""


def _percent(units: float) -> float:
    return round(100 * units / _WIDTH, 2)


def _arm(arm: Arm, scale: TimeScale, library: Library) -> Lane:
    facts: list[Words] = [msg("n = {count}", count=arm.n) if arm.n else msg("n not stated"), _SEX[arm.sex]]
    marks = tuple(mark for item in arm.protocol for mark in _marks(item, scale))
    items: list[tuple[str, Words]] = [(_shape(item), described(item, library)) for item in arm.protocol]
    if not treatment(arm) and not background(arm):
        items.insert(0, ("", msg("no drug in the model: the vehicle has no action")))
    return Lane(arm.label, tuple(facts), tuple(items), marks)


def _sampled(experiment: Experiment, library: Library, scale: TimeScale) -> Iterator[Lane]:
    times: dict[str, set[float]] = {}
    populations: dict[str, list[str]] = {}
    for sampling in experiment.sampling:
        times.setdefault(sampling.assay, set()).update(time.to("d") for time in sampling.times)
        populations.setdefault(sampling.assay, []).extend(sampling.of)
    for assay, days in times.items():
        facts = tuple(short_place(name) for name in dict.fromkeys(populations[assay]))
        marks = tuple(Mark("sample", _percent(scale(day))) for day in sorted(days))
        yield Lane(library.assays[assay].label.text, facts, (), marks)


def _shape(item: object) -> str:
    match item:
        case Stimulation():
            return "silence" if item.effect == "silence" else "drive"
        case Drug():
            return "dose"
        case Genetic():
            return "gene"
        case _:
            return type(item).__name__.lower()


def _marks(item: object, scale: TimeScale) -> Iterator[Mark]:
    def bar(start: float, stop: float) -> Mark:
        low, high = _percent(scale(max(start, scale.first))), _percent(scale(min(stop, scale.last)))
        return Mark(shape, low, max(high, low + 1.5))

    shape = _shape(item)
    match item:
        case Drug() | Infusion():
            yield from (Mark(shape, _percent(scale(time.to("d")))) for time in item.at)
        case Stress():
            yield bar(item.start.to("d"), item.start.to("d") + item.days)
        case Genetic():
            yield bar(item.since.to("d") if item.since else scale.first, scale.last)
        case Stimulation(start=None):
            yield bar(scale.first, scale.last)
        case Stimulation(start=start, duration=duration) if start and duration:
            yield bar(start.to("d"), start.to("d") + duration.to("d"))
        case Exercise() | Bath():
            yield bar(item.start.to("d"), item.start.to("d") + item.duration.to("d"))
        case Injury():
            yield bar(item.at.to("d"), scale.last)
        case Imaging():
            yield from (Mark(shape, _percent(scale(time.to("d")))) for time in item.sessions)
