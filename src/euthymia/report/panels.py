"""Time courses as small multiples: what each chart shows, before it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.findings.contrast import WITHIN
from euthymia.findings.trial import Trial
from euthymia.pipeline import Reproduction
from euthymia.protocols.lower import first_day
from euthymia.records.cross import sampled_days, sides
from euthymia.records.finding import Series, SeriesMatch
from euthymia.records.study import Arm, Experiment
from euthymia.report.bilingual import Words
from euthymia.report.groups import grouped, shade
from euthymia.report.numbers import moment
from euthymia.report.palette import COLOURS
from euthymia.report.placewords import short_place
from euthymia.report.protocolwords import short_background
from euthymia.report.units import unit_words
from euthymia.words import msg

Array = npt.NDArray[np.float64]
MOST_LINES: Final = 5
"""Lines in one panel; more are split over further panels."""
FEW_TIMES: Final = 2
"""Up to this many sampled times are drawn as groups side by side, not as a course."""


@dataclass(frozen=True)
class Point:
    """A published mean, and what was simulated at its time."""

    day: float
    mean: float
    sem: float
    n: int
    simulated: float

    @property
    def inside(self) -> bool | None:
        """Whether the simulated median lies in the published 95 % interval; None for a point without error."""
        return abs(self.simulated - self.mean) <= WITHIN * self.sem if self.sem > 0 else None


@dataclass(frozen=True)
class Line:
    """One arm: median and 5-95 % band over draws of its group mean, by day, and the published points.

    A `ghost` is drawn for comparison, thin and without its band; a `repeated` one stands in another panel too.
    """

    arm: str
    label: Words
    colour: int
    days: Array
    low: Array
    median: Array
    high: Array
    points: tuple[Point, ...] = ()
    ghost: bool = False
    repeated: bool = False

    def at(self, day: float) -> tuple[float, float, float]:
        """Low, median and high at the simulated time nearest to a day."""
        index = int(np.argmin(np.abs(self.days - day)))
        return float(self.low[index]), float(self.median[index]), float(self.high[index])


@dataclass(frozen=True)
class Panel:
    """One chart."""

    title: Words
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Figure:
    """The charts of one assay in one experiment, on common axes.

    Attributes
    ----------
    kind
        ``course`` (bands over time), ``sessions`` (values at sessions only) or ``groups`` (few times).
    axis
        What the value axis shows, with its unit.
    """

    id: str
    experiment: Experiment
    assay: Words
    kind: str
    axis: Words
    unit: Words
    days: tuple[float, ...]
    first: float
    panels: tuple[Panel, ...]

    @property
    def has_points(self) -> bool:
        """Whether published points are shown."""
        return any(line.points for panel in self.panels for line in panel.lines)

    @property
    def has_ghosts(self) -> bool:
        """Whether some lines repeat those of another panel."""
        return any(line.repeated for panel in self.panels for line in panel.lines)

    @property
    def titled(self) -> bool:
        """Whether its panels have titles."""
        return any(panel.title for panel in self.panels)


def figures(run: Reproduction) -> tuple[Figure, ...]:
    """All figures of a study, those with published points first within each experiment."""
    found = []
    for experiment in run.study.record.experiments:
        trial = run.trials[experiment.id]
        assays = dict.fromkeys(sampling.assay for sampling in experiment.sampling)
        here = [figure for assay in assays if (figure := _Builder(run, trial, assay).figure()) is not None]
        found += sorted(here, key=lambda figure: not figure.has_points)
    return tuple(found)


class _Builder:
    """Builds the figure of one assay in one experiment."""

    def __init__(self, run: Reproduction, trial: Trial, assay: str) -> None:
        self.run, self.trial, self.assay = run, trial, assay
        self.experiment = trial.experiment
        self.record = trial.assays[assay]
        self.days = tuple(sampled_days(self.experiment, assay))
        self.series = [one for one in run.study.record.series
                       if one.experiment == self.experiment.id and one.assay == assay]  # fmt: skip
        self.since = self._since()

    def figure(self) -> Figure | None:
        """The figure, or None where the mechanism has no read-out or every draw failed."""
        populations = [of for of in self._populations() if self.trial.variable(self.assay, of) is not None]
        if not populations or self.trial.failed.all():
            return None
        kind = self._kind()
        axis, unit = self._axis()
        panels = tuple(panel for of in populations for panel in self._panels(of, kind))
        name = f"{self.experiment.id}-{self.assay}".replace("_", "-").lower()
        return Figure(name, self.experiment, self.record.label.text, kind, axis, unit, self.days,
                      first_day(self.experiment), panels)  # fmt: skip

    def _kind(self) -> str:
        if self.record.per_session:
            return "sessions"
        return "groups" if len(self.days) <= FEW_TIMES and not self.series else "course"

    def _axis(self) -> tuple[Words, Words]:
        if self.since is not None:
            return msg("% change since {time}", time=moment(self.since)), "%"
        unit = unit_words(self.record.unit)
        return unit or msg("value"), unit

    def _since(self) -> float | None:
        given = [one.since.to("d") if one.since else None for one in self.series]
        if not given:
            given = [reading.since.to("d") if reading.since else None
                     for finding in self.run.study.record.findings if finding.experiment == self.experiment.id
                     for _, reading in sides(finding) if reading.assay == self.assay]  # fmt: skip
        return max(given, key=given.count) if given else None

    def _populations(self) -> list[str | None]:
        names: list[str | None] = [of for one in self.experiment.sampling if one.assay == self.assay for of in one.of]
        names += [one.of for one in self.series]
        names += [reading.of for finding in self.run.study.record.findings
                  if finding.experiment == self.experiment.id and not isinstance(finding, SeriesMatch)
                  for _, reading in sides(finding) if reading.assay == self.assay]  # fmt: skip
        named = [name for name in dict.fromkeys(names) if name is not None]
        return [*named] if named else [None]

    def _panels(self, of: str | None, kind: str) -> Iterator[Panel]:
        arms = [arm for arm in self.experiment.arms if not self.series or kind == "groups" or self._drawn(arm, of)]
        lines = {arm.id: self._line(arm, of) for arm in arms}
        if not lines:
            return
        if kind == "groups":
            yield from self._group_panels(of, tuple(lines.values()))
            return
        groups = grouped(arms)
        for items, members, others in groups:
            label = short_background(items, self.run.study.library)
            if not items and len(groups) > 1:
                label = msg("nothing else changed")
            own = [lines[arm.id] for arm in members]
            own += [replace(lines[arm.id], ghost=True, repeated=again, points=() if again else lines[arm.id].points)
                    for arm, again in others]  # fmt: skip
            for start in range(0, len(own), MOST_LINES):
                yield Panel(_joined(of, label), tuple(own[start : start + MOST_LINES]))

    def _drawn(self, arm: Arm, of: str | None) -> bool:
        """Whether an arm of an experiment with published series belongs to a population's panel."""
        with_points = {one.arm for one in self.series if one.of == of}
        return arm.id in with_points or not with_points

    def _group_panels(self, of: str | None, lines: tuple[Line, ...]) -> Iterator[Panel]:
        for day in self.days:
            own = tuple(
                replace(line, days=np.array([day]), low=np.array([low]), median=np.array([mid]), high=np.array([high]))
                for line in lines
                for low, mid, high in [line.at(day)]
            )
            yield Panel(_joined(of, moment(day)), own)

    def _line(self, arm: Arm, of: str | None) -> Line:
        course = self.trial.course(arm.id, self.assay, of, self.since)
        values = course.values[~self.trial.failed]
        low, median, high = np.percentile(values, [5, 50, 95], axis=0)
        days = np.asarray(course["time"].values, dtype=float)
        if self.record.per_session:
            keep = [int(np.argmin(np.abs(days - day))) for day in self.days]
            days, low, median, high = days[keep], low[keep], median[keep], high[keep]
        line = Line(arm.id, arm.label.text, self._colour(arm), days, low, median, high)
        return replace(line, points=tuple(self._points(arm, of, line)))

    def _points(self, arm: Arm, of: str | None, line: Line) -> Iterator[Point]:
        for one in self.series:
            if one.arm == arm.id and one.of == of and _since_of(one) == self.since:
                for point in self.run.study.observations.get(one.id, ()):
                    yield Point(point.time, point.mean, point.sem, point.n_animals, line.at(point.time)[1])

    def _colour(self, arm: Arm) -> int:
        keys = [key for key in dict.fromkeys(shade(other) for other in self.experiment.arms) if key]
        key = shade(arm)
        return 0 if not key else 1 + keys.index(key) % (COLOURS - 1)


def _since_of(series: Series) -> float | None:
    return series.since.to("d") if series.since else None


def _joined(population: str | None, label: Words) -> Words:
    """A panel's title from what sets it apart."""
    if population is None or population == "all":
        return label
    name = short_place(population)
    return msg("{first}, {second}", first=name, second=label) if label else name
