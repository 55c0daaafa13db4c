"""What readers bring along: a model of their own that was simulated, a study of their own that was judged."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from euthymia.pipeline import Reproduction
from euthymia.report.bilingual import Words
from euthymia.report.charts import SMALL
from euthymia.report.numbers import number
from euthymia.report.pages import render
from euthymia.report.scales import ValueScale
from euthymia.report.svg import element, group, path, text
from euthymia.report.units import unit_words
from euthymia.report.verdicts import summary, tested, verdict_rows
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
CHARTS: Final = 6
"""Quantities of a model that are drawn; all are in the table."""
POINTS: Final = 400
"""Points of a drawn line at the most."""
MODEL: Final[Mapping[str, Message]] = {
    "quantity": msg("Quantity"),
    "unit": msg("Unit"),
    "start": msg("At the start"),
    "end": msg("At the end"),
    "least": msg("Least"),
    "most": msg("Most"),
    "courses": msg("Courses"),
    "values": msg("Values"),
    "again": msg("Run it again"),
    "own": msg("A model of your own, simulated as it is written: nothing of the atlas enters it, and nothing vouches "
               "for it."),
}  # fmt: skip
"""Words of the page of a model."""
STUDY: Final[Mapping[str, Message]] = {
    "finding": msg("Finding"),
    "verdict": msg("Verdict"),
    "probability": msg("Probability"),
    "chance": msg("Chance at published n"),
    "simulated": msg("Simulated, median (5 % to 95 %)"),
    "reported": msg("Reported"),
    "verdicts": msg("Verdicts, finding by finding"),
    "failed": msg("Some runs failed; their draws are left out."),
    "again": msg("Run it again"),
    "own": msg("A study of your own: its claims and its mechanism were checked for form, not for truth."),
}
"""Words of the page of a study."""


@dataclass(frozen=True)
class ModelRun:
    """A model that was simulated once.

    Attributes
    ----------
    name
        Its id.
    time_unit
        Unit of `times`; empty where the model gives none.
    times
        Output times.
    values, units
        By output, its course and its unit.
    """

    name: str
    time_unit: str
    times: Array
    values: Mapping[str, Array]
    units: Mapping[str, str]

    def to_csv(self) -> str:
        """Times and outputs as comma-separated values."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["time", *self.values])
        writer.writerows(map(repr, map(float, row)) for row in np.column_stack([self.times, *self.values.values()]))
        return stream.getvalue()

    @property
    def drawn(self) -> list[str]:
        """Outputs to draw: the first ones that change."""
        moving = [name for name, found in self.values.items() if np.ptp(found) > 1e-9 * np.max(np.abs(found))]
        return (moving or list(self.values))[:CHARTS]


def model_fragment(run: ModelRun, *, command: str) -> str:
    """A simulated model as a part of a page: what was given, courses, first and last values."""
    rows = [(name, unit_words(run.units[name]), *_ends(found)) for name, found in run.values.items()]
    return render(
        "part_modelled.html", t=MODEL, name=run.name, command=command, rows=rows,
        lead=msg("{count} quantities from time {start} to {end} {unit}.", count=len(run.values),
                 start=number(float(run.times[0])), end=f"{float(run.times[-1]):g}", unit=_time_words(run)),
        charts=[(place, name, unit_words(run.units[name]), model_chart(run, name, labelled_by=f"modelled-{place}"))
                for place, name in enumerate(run.drawn)],
    )  # fmt: skip


def _ends(values: Array) -> tuple[str, ...]:
    return tuple(number(float(one), digits=3) for one in (values[0], values[-1], values.min(), values.max()))


def _time_words(run: ModelRun) -> Words:
    return run.time_unit or msg("(no unit of time given)")


def model_chart(run: ModelRun, name: str, *, labelled_by: str | None) -> Markup:
    """The course of one output as an SVG element."""
    left, _, top, bottom = SMALL.plot
    left, right = left + 8, SMALL.width - 14
    values = run.values[name]
    x = _time_scale(run, left, right)
    y = ValueScale.of([float(values.min()), float(values.max())], start=bottom, stop=top)
    grid = [
        group(element("line", x1=left, x2=right, y1=float(y(value)), y2=float(y(value)), class_="grid"),
              text(left - 6, float(y(value)) + 4, label, text_anchor="end", class_="tick"))
        for value, label in y.ticks()
    ]  # fmt: skip
    ticks = [text(float(x(value)), bottom + 16, label, text_anchor="middle", class_="tick")
             for value, label in x.ticks() if value <= x.high]  # fmt: skip
    kept = np.unique(np.linspace(0, len(values) - 1, min(len(values), POINTS)).astype(int))
    line = path((x(float(run.times[one])), y(float(values[one]))) for one in kept)
    base = element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis")
    course = group(element("path", d=line, class_="median"), class_="k1")
    title = text(4, 13, unit_words(run.units[name]) or msg("value"), class_="unit")
    return element("svg", *grid, base, *ticks, title, course, viewBox=f"0 0 {SMALL.width:g} {SMALL.height:g}",
                   role="img", aria_labelledby=labelled_by, class_="chart course")  # fmt: skip


def _time_scale(run: ModelRun, start: float, stop: float) -> ValueScale:
    """The time axis, which ends where the run does."""
    first, last = float(run.times[0]), float(run.times[-1])
    return replace(ValueScale.of([first, last], start=start, stop=stop), low=first, high=last)


def study_fragment(run: Reproduction, *, command: str) -> str:
    """A reproduced study as a part of a page: its verdicts, finding by finding."""
    card = run.scorecard
    return render(
        "part_judged.html", t=STUDY, command=command, study=run.study.record, summary=summary(card),
        tested=tested(card), verdicts=verdict_rows(card),
        failed=any(trial.failed.any() for trial in run.trials.values()),
    )  # fmt: skip
