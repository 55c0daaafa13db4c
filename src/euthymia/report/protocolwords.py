"""Interventions in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Final

from euthymia.records.library import Library
from euthymia.records.protocol import Bath, Drug, Exercise, Genetic, Imaging, Infusion, Injury, Stimulation, Stress
from euthymia.report.bilingual import Words, listed
from euthymia.report.numbers import MINUS, number, span
from euthymia.report.placewords import SUBSTANCES, place_name
from euthymia.units import Quantity
from euthymia.words import Message, msg

_ROUTES = {
    "ip": msg("into the abdomen (i.p.)"),
    "sc": msg("under the skin (s.c.)"),
    "iv": msg("into a vein (i.v.)"),
    "po": msg("by mouth (p.o.)"),
    "in": msg("through the nose (i.n.)"),
    "bath": msg("in the bath of a slice"),
}
INJURIES: Final = {
    "spared_nerve_injury": msg("spared nerve injury"),
    "complete_freund_adjuvant": msg("inflammation (complete Freund’s adjuvant)"),
}
"""Injuries in words."""


@singledispatch
def described(item: object, library: Library) -> Words:
    """An intervention in a phrase."""
    return type(item).__name__


@described.register
def _drug(item: Drug, library: Library) -> Message:
    return msg("{drug} {dose} {route}, {days}",
               drug=drug_name(item.drug, library), dose=quantity(item.dose), route=_ROUTES[item.route],
               days=_days([time.to("d") for time in item.at]))  # fmt: skip


@described.register
def _bath(item: Bath, library: Library) -> Message:
    return msg("{drug} {dose} in the bath of the slice for {time} from {start}",
               drug=drug_name(item.bath, library), dose=quantity(item.concentration), time=quantity(item.duration),
               start=_start(item.start.to("d")))  # fmt: skip


@described.register
def _stress(item: Stress, library: Library) -> Message:
    stressor = library.stressors.get(item.stress)
    name = stressor.label.text if stressor else item.stress
    daily = (item.daily or Quantity(0, "h/day")).to("h/day") if item.daily or not stressor else None
    hours = number(daily) if daily is not None else stressor.daily.split(" ")[0] if stressor else ""
    return msg("{stressor}, {hours} h a day, {count} × from day {day}",
               stressor=name, hours=hours, count=item.days, day=plain_day(item.start.to("d")))  # fmt: skip


@described.register
def _injury(item: Injury, library: Library) -> Message:
    return msg("{injury} from day {day}", injury=INJURIES[item.injury], day=plain_day(item.at.to("d")))


@described.register
def _genetic(item: Genetic, library: Library) -> Message:
    gene = item.gene.replace("_", " ")
    place = msg("in the whole body") if item.where == "whole_body" else msg("in {place}", place=place_name(item.where))
    if item.change == "knock_out":
        change = msg("{gene} knocked out {place}", gene=gene, place=place)
    else:
        level = number(100 * item.remaining)
        change = msg("{gene} at {level} % of the usual level {place}", gene=gene, level=level, place=place)
    if item.since is None:
        return change
    return msg("{change}, from {start}", change=change, start=_start(item.since.to("d")))


@described.register
def _stimulation(item: Stimulation, library: Library) -> Message:
    target: Words = place_name(item.target)
    if item.strength < 1:
        target = msg("{share} % of {target}", share=number(100 * item.strength), target=target)
    if item.start is None or item.duration is None:
        if item.effect == "silence":
            return msg("{target} carry a receptor (hM4Di) by which its drug silences them", target=target)
        return msg("{target} carry a receptor (hM3Dq) by which its drug drives them", target=target)
    values = {"target": target, "time": quantity(item.duration), "start": _start(item.start.to("d"))}
    if item.effect == "silence":
        if item.method == "chemogenetic":
            return msg("{target} silenced by a designer receptor for {time} from {start}", **values)
        return msg("{target} silenced by light for {time} from {start}", **values)
    if item.method == "chemogenetic":
        return msg("{target} driven by a designer receptor for {time} from {start}", **values)
    return msg("{target} driven by light for {time} from {start}", **values)


@described.register
def _exercise(item: Exercise, library: Library) -> Message:
    kind = msg("treadmill running") if item.exercise == "treadmill" else msg("wheel running")
    return msg("{kind} for {time} from {start}", kind=kind, time=quantity(item.duration),
               start=_start(item.start.to("d")))  # fmt: skip


@described.register
def _infusion(item: Infusion, library: Library) -> Message:
    return msg("{substance} infused into {region}, {days}", substance=drug_name(item.infusion, library),
               region=place_name(item.region), days=_days([time.to("d") for time in item.at]))  # fmt: skip


@described.register
def _imaging(item: Imaging, library: Library) -> Message:
    return msg("the same dendrites imaged, {days}", days=_days([time.to("d") for time in item.sessions]))


def short_background(items: Sequence[object], library: Library) -> Words:
    """A few words for what sets a group of arms apart; empty for untouched animals."""
    names = [_short(item, library) for item in items]
    if not names:
        return ""
    joined: Words = names[0]
    for name in names[1:]:
        joined = msg("{first}, {second}", first=joined, second=name)
    return joined


def _short(item: object, library: Library) -> Words:
    match item:
        case Genetic():
            if item.change == "knock_out":
                return msg("{gene} knocked out", gene=item.gene.replace("_", " "))
            return msg("{gene} at {level} %", gene=item.gene.replace("_", " "), level=number(100 * item.remaining))
        case Stimulation(effect="silence"):
            return msg("{target} silenced", target=place_name(item.target))
        case Stimulation():
            return msg("{target} driven", target=place_name(item.target))
        case Stress():
            known = library.stressors.get(item.stress)
            return known.label.text if known else item.stress
        case Injury():
            return INJURIES[item.injury]
        case _:
            return msg("exercise")


def drug_name(drug: str, library: Library) -> Words:
    """A drug's name, or its id where the library does not know it."""
    record = library.drugs.get(drug)
    return record.label.text if record else SUBSTANCES.get(drug, drug)


def quantity(value: Quantity) -> Words:
    """A quantity as it was written; times are translated."""
    days = {"min": msg("{number} min", number=f"{value.value:g}"), "h": msg("{number} h", number=f"{value.value:g}"),
            "d": msg("{number} d", number=f"{value.value:g}")}  # fmt: skip
    return days.get(value.unit, str(value))


def plain_day(day: float) -> str:
    """A day as a number."""
    return f"{day:.4g}".replace("-", MINUS)


def _start(day: float) -> Words:
    if 0 < abs(day) < 0.99:
        return msg("{time} before day 0", time=span(-day)) if day < 0 else msg("{time} after day 0", time=span(day))
    return msg("day {day}", day=plain_day(day))


def _days(days: Sequence[float]) -> Words:
    if len(days) == 1 and 0 < abs(days[0]) < 0.99:
        return _start(days[0])
    if len(days) == 1:
        return msg("on day {day}", day=plain_day(days[0]))
    if len(days) > 8:
        return msg("{count} times from day {first} to day {last}",
                   count=len(days), first=plain_day(days[0]), last=plain_day(days[-1]))  # fmt: skip
    return msg("on days {days}", days=listed(plain_day(day) for day in days))
