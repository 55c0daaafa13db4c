"""Ladders of doses as charts: what a read-out does as one intervention grows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup

from euthymia.doses import Ladder
from euthymia.records.library import Library
from euthymia.records.protocol import Bath, Drug, Exercise, Infusion, Stimulation
from euthymia.report.bilingual import Words
from euthymia.report.charts import SMALL
from euthymia.report.numbers import moment, number
from euthymia.report.placewords import place_name, short_place
from euthymia.report.protocolwords import drug_name, quantity
from euthymia.report.scales import ValueScale
from euthymia.report.svg import element, group, path, text
from euthymia.report.units import unit_words
from euthymia.words import msg

_ZERO: Final = 0.6
"""Decades between the zero dose and the smallest one, where the axis is broken."""


@dataclass(frozen=True)
class DoseChart:
    """One picture: its title, what was read and when, the drawing, and its numbers."""

    assay: Words
    where: Words
    picture: Markup
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DoseGroup:
    """The pictures of one intervention."""

    id: str
    name: Words
    published: Words
    charts: tuple[DoseChart, ...]


def dose_groups(found: Iterable[Ladder], library: Library) -> tuple[DoseGroup, ...]:
    """The ladders of a study, by intervention."""
    made = []
    for place, (_, members) in enumerate(groupby(found, key=lambda one: id(one.item))):
        ladder, *_ = several = list(members)
        charts = tuple(_chart(one, f"dose-{place}") for one in several)
        made.append(DoseGroup(f"dose-{place}", _named(ladder, library), _published(ladder), charts))
    return tuple(made)


def _named(ladder: Ladder, library: Library) -> Words:
    match ladder.item:
        case Drug(drug=name):
            return drug_name(name, library)
        case Bath(bath=name):
            return msg("{drug} in the bath", drug=drug_name(name, library))
        case Infusion(infusion=name, region=region):
            return msg("{substance} into {region}", substance=drug_name(name, library), region=place_name(region))
        case Stimulation(target=target, effect="drive"):
            return msg("{target} driven", target=place_name(target))
        case Stimulation(target=target):
            return msg("{target} silenced", target=place_name(target))
        case Exercise():
            return msg("exercise")


def _published(ladder: Ladder) -> Words:
    match ladder.item:
        case Drug(dose=dose):
            return msg("1 = {dose}, in the group “{arm}”", dose=quantity(dose), arm=ladder.arm.label.text)
        case Bath(concentration=dose):
            return msg("1 = {dose}, in the group “{arm}”", dose=quantity(dose), arm=ladder.arm.label.text)
        case Infusion(amount=amount):
            return msg("1 = {dose}, in the group “{arm}”", dose=f"{amount:g} nmol", arm=ladder.arm.label.text)
        case Stimulation(strength=share):
            return msg("1 = {share} % of the cells, in the group “{arm}”", share=number(100 * share),
                       arm=ladder.arm.label.text)  # fmt: skip
        case Exercise(intensity=share):
            return msg("1 = {share} % of the largest effort, in the group “{arm}”", share=number(100 * share),
                       arm=ladder.arm.label.text)  # fmt: skip


def _chart(ladder: Ladder, labelled_by: str) -> DoseChart:
    unit = unit_words(ladder.assay.unit)
    axis: Words = unit or msg("value")
    where: Words = moment(ladder.reading.time.to("d"))
    if ladder.reading.since is not None:
        axis = msg("% change since {time}", time=moment(ladder.reading.since.to("d")))
    if ladder.reading.of is not None:
        where = msg("{first}, {second}", first=short_place(ladder.reading.of), second=where)
    rows = tuple(
        (f"× {factor:g}", f"{number(middle)} ({number(low)} – {number(high)})")
        for factor, low, middle, high in zip(ladder.factors, ladder.low, ladder.median, ladder.high, strict=True)
    )
    return DoseChart(ladder.assay.label.text, where, _drawn(ladder, axis, labelled_by), rows)


def _drawn(ladder: Ladder, axis: Words, labelled_by: str) -> Markup:
    left, _, top, bottom = SMALL.plot
    right = SMALL.width - 14
    smallest, largest = (math.log10(float(one)) for one in (ladder.factors[1], ladder.factors[-1]))
    start = smallest - _ZERO

    def x(factor: float) -> float:
        decade = math.log10(factor) if factor > 0 else start
        return left + 8 + (decade - start) / (largest - start) * (right - left - 16)

    y = ValueScale.of([*map(float, ladder.low), *map(float, ladder.high)], start=bottom, stop=top)
    xs = [x(float(one)) for one in ladder.factors]
    grid = [
        group(element("line", x1=left, x2=right, y1=y(value), y2=y(value), class_="grid"),
              text(left - 6, y(value) + 4, label, text_anchor="end", class_="tick"))
        for value, label in y.ticks()
    ]  # fmt: skip
    ticks = [text(at, bottom + 16, f"{factor:g}", text_anchor="middle", class_="tick")
             for at, factor in zip(xs, ladder.factors, strict=True)]  # fmt: skip
    upper = list(zip(xs[1:], map(y, ladder.high[1:]), strict=True))
    lower = list(zip(xs[1:], map(y, ladder.low[1:]), strict=True))
    band = element("path", d=path([*upper, *reversed(lower)], close=True), class_="band")
    middle = element("path", d=path(zip(xs[1:], map(y, ladder.median[1:]), strict=True)), class_="median")
    zero = [element("line", x1=xs[0], x2=xs[0], y1=y(float(ladder.low[0])), y2=y(float(ladder.high[0])), class_="sem"),
            element("circle", cx=xs[0], cy=y(float(ladder.median[0])), r=3.6, class_="mark")]  # fmt: skip
    one = element("line", x1=x(1.0), x2=x(1.0), y1=top, y2=bottom, class_="day0")
    base = element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis")
    body = group(*grid, base, one, *ticks, text(4, 13, axis, class_="unit"))
    curve = group(band, middle, group(*zero, class_="point"), class_="k1")
    return element("svg", body, curve, viewBox=f"0 0 {SMALL.width:g} {SMALL.height:g}", role="img",
                   aria_labelledby=labelled_by, class_="chart course")  # fmt: skip
