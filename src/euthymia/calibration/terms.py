"""What was published, as intervals: each finding says between which limits an experiment's estimate lay.

An experiment estimates a contrast of group means with a sampling error. A number with its standard error says what the
estimate was; a p-value says how many standard errors it lay from zero; "significant" says that it lay beyond the
critical value; "no difference" says that it lay within the margin. The errors of two findings are correlated where they
share animals, as two drugs do that are compared with one control arm.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from euthymia.findings.contrast import USUAL_N, claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import with_error
from euthymia.records.assay import Assay
from euthymia.records.cross import complete, sampled_days
from euthymia.records.finding import (
    Change,
    Difference,
    Duration,
    Finding,
    Gone,
    NoDifference,
    Ordering,
    Parting,
    Reading,
    Separation,
    SeriesMatch,
)
from euthymia.records.folder import StudyFolder
from euthymia.units import Quantity

Array = npt.NDArray[np.float64]
Noise = Mapping[tuple[object, ...], float]
POINTS: Final = 10.0
"""Error of a share or of a separation, in percentage points, at usual sizes of a cohort."""
ALPHA: Final = 0.05
"""Significance level where a source gives no p-value."""
LABORATORY: Final = 0.3
"""Spread of the logarithm of an assay's standard deviation between laboratories, which enters where a p-value is read
as a distance in standard errors. Assumed."""
NEAR: Final = 1e-9


@dataclass(frozen=True)
class Term:
    """One published statement about one contrast.

    Attributes
    ----------
    finding, experiment
        Where it stands.
    size
        The contrast of group means, one per draw of a trial.
    error
        Standard error of the published estimate, in the contrast's unit.
    low, high
        The estimate lay between them; equal where the estimate itself is known.
    noise
        By source of sampling error (a group of animals read at a time) its share in the error; squares sum up to one,
        less what is the term's own.
    """

    finding: str
    experiment: str
    size: Callable[[Trial], Array]
    error: float
    low: float
    high: float
    noise: Noise


def terms_of(study: StudyFolder, findings: list[Finding]) -> list[Term]:
    """All terms of some findings of a study, in their order.

    A finding whose numbers are points of a published series that is among them gives no term of its own.
    """
    series = {one.series for one in findings if isinstance(one, SeriesMatch)}
    return [
        term
        for finding in findings
        for term in (_series(study, finding) if isinstance(finding, SeriesMatch) else _single(study, finding, series))
    ]


def correlation(terms: list[Term]) -> Array:
    """Correlation [term, term] of the estimates' errors."""
    sources = list(dict.fromkeys(source for term in terms for source in term.noise))
    place = {source: index for index, source in enumerate(sources)}
    loads = np.zeros((len(terms), len(sources)))
    for row, term in enumerate(terms):
        for source, share in term.noise.items():
            loads[row, place[source]] = share
    shared = loads @ loads.T
    np.fill_diagonal(shared, 1.0)
    return np.asarray(shared)


def _single(study: StudyFolder, finding: Finding, series: set[str]) -> Iterator[Term]:
    assert not isinstance(finding, SeriesMatch)
    if _told_by_series(study, finding, series) or not _readable(study, finding.reading):
        return
    if isinstance(finding, Parting | Separation):
        yield Term(finding.id, finding.experiment, lambda trial: claim(finding, trial).slack, POINTS, 0.0, np.inf, {})
        return
    maker = _Maker(study, finding)
    if isinstance(finding, Difference):
        yield maker.difference()
    elif isinstance(finding, Change):
        yield maker.change(finding)
    elif isinstance(finding, NoDifference):
        margin = finding.margin or maker.margin
        yield maker.between(finding.reading, complete(finding.reading, finding.against), -margin, margin)
    elif isinstance(finding, Ordering):
        readings = [complete(finding.reading, other) for other in finding.rising]
        for place, (low, high) in enumerate(itertools.pairwise(readings)):
            yield maker.beyond(high, low, "greater", places=(place + 1, place))
    else:
        yield from maker.over_days(finding)


class _Maker:
    """Terms of one finding."""

    def __init__(self, study: StudyFolder, finding: Finding) -> None:
        assert not isinstance(finding, SeriesMatch)
        self.study, self.finding = study, finding
        assay = study.library.assays[finding.reading.assay]
        self.margin = assay.margin(change=finding.reading.since is not None)
        self.n = finding.reported.n if finding.reported and finding.reported.n else (USUAL_N,)

    def animals(self, place: int) -> int:
        """Animals of an arm, by its place in the finding."""
        return self.n[place] if place < len(self.n) else self.n[0]

    def difference(self) -> Term:
        """A difference: at the distance that its p-value says, or beyond the critical value."""
        finding = self.finding
        assert isinstance(finding, Difference)
        other = complete(finding.reading, finding.against)
        p = finding.reported.p if finding.reported else None
        if p is None:
            return self.beyond(finding.reading, other, finding.kind)
        noise, error = self.noise(finding.reading, other)
        freedom = self.animals(0) + self.animals(1) - 2
        distance = -float(special.stdtrit(freedom, p / 2))
        wider = float(np.sqrt(1 + distance**2 * (1 / (2 * freedom) + LABORATORY**2)))
        observed = (distance if finding.kind == "greater" else -distance) * error
        less = {source: share / wider for source, share in noise.items()}
        return self.term(finding.reading, other, error * wider, observed, observed, less)

    def change(self, finding: Change) -> Term:
        """A number with its standard error, or one between two limits."""
        other = complete(finding.reading, finding.against) if finding.against is not None else None
        noise, error = self.noise(finding.reading, other)
        reported = finding.reported
        if reported and reported.value is not None and reported.sem:
            return self.term(finding.reading, other, reported.sem, reported.value, reported.value, noise)
        return self.term(finding.reading, other, error, finding.low, finding.high, noise)

    def over_days(self, finding: Duration | Gone) -> Iterator[Term]:
        """A claim about several times: one term for each."""
        experiment = next(one for one in self.study.record.experiments if one.id == finding.experiment)
        start = finding.reading.time.to("d") if isinstance(finding, Duration) else finding.by.to("d")
        stop = finding.until.to("d") if isinstance(finding, Duration) else np.inf
        other = complete(finding.reading, finding.against)
        sign = 1.0 if finding.direction == "greater" else -1.0
        for day in sampled_days(experiment, finding.reading.assay):
            if start - NEAR <= day <= stop + NEAR:
                one, two = (side.model_copy(update={"time": Quantity(day, "d")}) for side in (finding.reading, other))
                if isinstance(finding, Duration):
                    yield self.beyond(one, two, finding.direction)
                else:
                    limits = sorted((sign * self.margin, -sign * np.inf))
                    yield self.between(one, two, *limits)

    def beyond(self, first: Reading, second: Reading, direction: str, places: tuple[int, int] = (0, 1)) -> Term:
        """A significant difference."""
        noise, error = self.noise(first, second, places)
        freedom = self.animals(places[0]) + self.animals(places[1]) - 2
        critical = float(special.stdtrit(freedom, 1 - ALPHA / 2)) * error
        low, high = (critical, np.inf) if direction == "greater" else (-np.inf, -critical)
        return self.term(first, second, error, low, high, noise)

    def between(self, first: Reading, second: Reading, low: float, high: float) -> Term:
        """An estimate between two limits."""
        noise, error = self.noise(first, second)
        return self.term(first, second, error, low, high, noise)

    def term(self, first: Reading, second: Reading | None, error: float, low: float, high: float, noise: Noise) -> Term:
        """A term about the difference of two readings, or about one."""

        def size(trial: Trial) -> Array:
            return trial.means(first) if second is None else np.asarray(trial.means(first) - trial.means(second))

        return Term(self.finding.id, self.finding.experiment, size, error, low, high, noise)

    def noise(
        self, first: Reading, second: Reading | None, places: tuple[int, int] = (0, 1)
    ) -> tuple[dict[tuple[object, ...], float], float]:
        """Sources of the estimate's error, as shares of it, and the error itself."""
        total: dict[tuple[object, ...], float] = {}
        for sign, reading, place in ((1, first, places[0]), (-1, second, places[1])):
            if reading is not None:
                assay = self.study.library.assays[reading.assay]
                for source, sd in _sources(self.finding.experiment, reading, assay, self.animals(place)):
                    total[source] = total.get(source, 0.0) + sign * sd
        error = float(np.sqrt(sum(sd**2 for sd in total.values())))
        return {source: sd / error for source, sd in total.items()}, error


def _sources(
    experiment: str, reading: Reading, assay: Assay, animals: int
) -> Iterator[tuple[tuple[object, ...], float]]:
    """The independent errors of a group's mean: one for each time at which the group is read."""
    group = (experiment, reading.arm, reading.assay, reading.of)
    if reading.since is None:
        yield (*group, reading.time.to("d")), assay.animal_sd / animals**0.5
        return
    once = 100 * assay.measurement_sd.value / assay.baseline.value / animals**0.5
    yield (*group, "change", reading.time.to("d")), once
    yield (*group, "change", reading.since.to("d")), -once


def _series(study: StudyFolder, finding: SeriesMatch) -> Iterator[Term]:
    """A term for each point of a series; where points are changes, all share the error of the time they start from."""
    series = next(one for one in study.record.series if one.id == finding.series)
    since = series.since.to("d") if series.since else None
    group = (finding.experiment, series.arm, series.assay, series.of, "series")
    share = 0.5**0.5
    for point in with_error(study.observations[series.id]):

        def size(trial: Trial, day: float = point.time) -> Array:
            course = trial.course(series.arm, series.assay, series.of, since)
            return np.asarray(course.values[:, trial.nearest(day)])

        noise: Noise = {} if since is None else {(*group, since): -share}
        yield Term(finding.id, finding.experiment, size, point.sem, point.mean, point.mean, noise)


def _readable(study: StudyFolder, reading: Reading) -> bool:
    """Whether the mechanism has what the assay reads."""
    if study.library.assays[reading.assay].latent is not None:
        return True
    readout = study.record.mechanism.readouts.get(reading.assay)
    return readout is not None and (reading.of or "all") in readout.states


def _told_by_series(study: StudyFolder, finding: Finding, used: set[str]) -> bool:
    """Whether the finding's numbers are points of a published series that enters by itself."""
    assert not isinstance(finding, SeriesMatch)
    reading = finding.reading
    return any(
        (series.experiment, series.arm, series.assay, series.of)
        == (finding.experiment, reading.arm, reading.assay, reading.of)
        for series in study.record.series
        if series.id in used
    )
