"""How the effect of an intervention changes with its strength: in sentences, as rows, as a chart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from euthymia.comparing.measures import MARGIN
from euthymia.records.intervention import Entry
from euthymia.records.protocol import Drug, Exercise, Infusion, Stimulation
from euthymia.report.bilingual import Words, shown
from euthymia.report.charts import SMALL
from euthymia.report.compared import between
from euthymia.report.numbers import number
from euthymia.report.scales import ValueScale
from euthymia.report.svg import element, group, path, text
from euthymia.report.told import Intervention, Response
from euthymia.site.data import FOLDER, Download, pictures, table
from euthymia.words import Message, msg

STRENGTHS: Final = f"{FOLDER}/interventions/"
"""Where the files under the charts of interventions are."""
NAMED_BY: Final = "dose-name"
"""Id of the element that names the chart."""


def amount(entry: Entry, factor: float) -> Words:
    """What a multiple of the strength means in units; empty where the protocol has several strengths or none."""
    items = [item for item in entry.protocol if not (isinstance(item, Drug) and item.drug in entry.kept)]
    match items:
        case [Drug(dose=dose)]:
            return f"{number(dose.value * factor)} {dose.unit}"
        case [Infusion(amount=nanomoles)]:
            return f"{number(nanomoles * factor)} nmol"
        case [Stimulation(strength=strength)]:
            return msg("{share} % of the cells", share=number(100 * strength * factor))
        case [Exercise(intensity=intensity)]:
            return msg("{share} % of the largest effort", share=number(100 * intensity * factor))
        case _:
            return ""


def times(entry: Entry, factor: float) -> Words:
    """A multiple of the strength, and what it means in units."""
    found = amount(entry, factor)
    plain = msg("{factor} times that of the study", factor=number(factor))
    return msg("{factor} times that of the study ({amount})", factor=number(factor), amount=found) if found else plain


def half(one: Intervention, entry: Entry) -> Message | None:
    """The strength with half of the largest effect tried, in a sentence."""
    found = one.dose_response
    if found is None:
        return None
    if found.half.median is None:
        return msg("No strength that was tried relieves the animals by more than half a standard deviation in most "
                   "draws.")  # fmt: skip
    if found.half.median == 0:
        return msg("Even the weakest that was tried, {dose}, brings more than half of the largest effect.",
                   dose=times(entry, found.factors[0]))  # fmt: skip
    return msg("Half of the largest effect is reached at a strength of {dose}.", dose=times(entry, found.half.median))


def dose_rows(one: Intervention, entry: Entry) -> tuple[tuple[str, Words, Words], ...]:
    """Multiples of the strength, what they mean in units, and the largest relief."""
    found = one.dose_response
    if found is None:
        return ()
    return tuple((f"{factor:g} ×", amount(entry, factor), between(peak))
                 for factor, peak in zip(found.factors, found.peaks, strict=True))  # fmt: skip


def dose_chart(found: Response) -> Markup:
    """The largest relief over the strength: median and 5 to 95 % of the draws."""
    left, _, top, bottom = SMALL.plot
    right = SMALL.width - 14
    first, last = math.log10(found.factors[0]), math.log10(found.factors[-1])
    wide = (last - first) or 1.0
    xs = [left + 12 + (math.log10(one) - first) / wide * (right - left - 24) for one in found.factors]
    low, middle, high = ([getattr(peak, name) or 0.0 for peak in found.peaks] for name in ("low", "median", "high"))
    y = ValueScale.of([0.0, MARGIN, *low, *high], start=bottom, stop=top)
    grid = [
        group(element("line", x1=left, x2=right, y1=y(value), y2=y(value), class_="grid"),
              text(left - 6, y(value) + 4, label, text_anchor="end", class_="tick"))
        for value, label in y.ticks()
    ]  # fmt: skip
    ticks = [text(at, bottom + 16, f"{factor:g}", text_anchor="middle", class_="tick")
             for at, factor in zip(xs, found.factors, strict=True)]  # fmt: skip
    margin = element("line", x1=left, x2=right, y1=y(MARGIN), y2=y(MARGIN), class_="day0")
    base = element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis")
    upper, lower = list(zip(xs, map(y, high), strict=True)), list(zip(xs, map(y, low), strict=True))
    marks = [element("circle", cx=at, cy=y(value), r=3.6, class_="mark") for at, value in zip(xs, middle, strict=True)]
    body = group(*grid, base, margin, *ticks, text(4, 13, msg("SD"), class_="unit"))
    curve = group(element("path", d=path([*upper, *reversed(lower)], close=True), class_="band"),
                  element("path", d=path(zip(xs, map(y, middle), strict=True)), class_="median"), *marks,
                  class_="k1")  # fmt: skip
    return element("svg", body, curve, viewBox=f"0 0 {SMALL.width:g} {SMALL.height:g}", role="img",
                   aria_labelledby=NAMED_BY, class_="chart course")  # fmt: skip


def strength_files(name: str, one: Intervention, entry: Entry) -> Iterator[Download]:
    """The chart and its numbers as files; none where only one strength was tried."""
    found = one.dose_response
    if found is None:
        return
    base = f"{STRENGTHS}{name}"
    rows = [
        {"times_study": factor, "amount": shown(amount(entry, factor), "en"), "relief_sd_median": peak.median,
         "relief_sd_5": peak.low, "relief_sd_95": peak.high}
        for factor, peak in zip(found.factors, found.peaks, strict=True)
    ]  # fmt: skip
    yield Download("strength", f"{base}.csv", table(rows))
    yield from pictures("strength", base, dose_chart(found))
