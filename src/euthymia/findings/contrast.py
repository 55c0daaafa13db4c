"""What a finding claims, as numbers: over the draws, does the virtual experiment show it, and would one of its size?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from euthymia.cohorts.draw import generator
from euthymia.findings.trial import Trial
from euthymia.records.cross import complete, sampled_days
from euthymia.records.finding import (
    ChangeForm,
    Contrast,
    DifferenceForm,
    Direction,
    DurationForm,
    Finding,
    Form,
    GoneForm,
    NoDifferenceForm,
    OrderingForm,
    Parting,
    Reading,
    Reported,
    Separation,
    SeriesMatch,
)
from euthymia.records.tables import Observation
from euthymia.units import Quantity

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
REPLICATES: Final = 40
"""Experiments of published size per draw; with 50 draws the chance has a standard error below 0.02."""
ALPHA: Final = 0.05
"""Significance level of the usual two-sided test."""
USUAL_N: Final = 10
"""Animals per arm where the source gives none; said wherever it is used."""
NEAR: Final = 1e-9


@dataclass(frozen=True)
class Claim:
    """A finding, evaluated.

    Attributes
    ----------
    size
        Per draw, the number that the claim is about: a difference of group means, or a group mean.
    slack
        Per draw, by how much the claim holds for the group means, in `unit`; below zero it does not hold.
    chance
        Per draw, the chance that an experiment of published size shows it by the usual test; None where there is no
        such experiment (series).
    unit
        Unit of `size`.
    n
        Animals per arm used for `chance`, and whether the source gives them.
    parts
        For a claim about several times, the slack at each: array [time, draw].
    """

    size: Array
    slack: Array
    chance: Array | None
    unit: str
    n: tuple[int, ...] = ()
    n_known: bool = False
    parts: Array | None = None

    @property
    def shown(self) -> Flags:
        """Per draw, whether the claim holds for the group means."""
        return np.asarray(self.slack > 0)


@singledispatch
def claim(finding: Finding | Contrast, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    """A finding evaluated on a trial, by its kind.

    Parameters
    ----------
    finding
        The finding; its arms, assays and times are in `trial`.
    trial
        The experiment, simulated.
    points
        The published points, for a series.
    """
    raise TypeError(type(finding).__name__)


@claim.register
def _difference(finding: DifferenceForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    other = complete(finding.reading, finding.against)
    size = _gap(trial, finding.reading, other)
    sign = 1 if finding.kind == "greater" else -1
    first, second, n = _samples(trial, finding.reading, other, _reported(finding))
    chance = significant(first, second, finding.kind).mean(axis=1)
    return _claim(trial, finding, size, sign * size - _margin(trial, finding.reading), chance, n)


@claim.register
def _no_difference(finding: NoDifferenceForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    other = complete(finding.reading, finding.against)
    size = _gap(trial, finding.reading, other)
    margin = finding.margin or _margin(trial, finding.reading)
    first, second, n = _samples(trial, finding.reading, other, _reported(finding))
    return _claim(trial, finding, size, margin - np.abs(size), _equivalent(first, second, margin).mean(axis=1), n)


@claim.register
def _change(finding: ChangeForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    if finding.against is None:
        size = trial.means(finding.reading)
        n = _animals(_reported(finding), 1)
        means = trial.sample(finding.reading, animals=n[0], replicates=REPLICATES).mean(axis=2)
    else:
        other = complete(finding.reading, finding.against)
        size = _gap(trial, finding.reading, other)
        first, second, n = _samples(trial, finding.reading, other, _reported(finding))
        means = first.mean(axis=2) - second.mean(axis=2)
    inside = ((means >= finding.low) & (means <= finding.high)).mean(axis=1)
    return _claim(trial, finding, size, np.minimum(size - finding.low, finding.high - size), inside, n)


@claim.register
def _ordering(finding: OrderingForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    readings = [complete(finding.reading, other) for other in finding.rising]
    margin = _margin(trial, finding.reading)
    steps = [_gap(trial, high, low) for low, high in itertools.pairwise(readings)]
    n = _animals(_reported(finding), len(readings))
    samples = [trial.sample(r, animals=k, replicates=REPLICATES) for r, k in zip(readings, n, strict=True)]
    rises = [significant(high, low, "greater") for low, high in itertools.pairwise(samples)]
    smallest = np.min(steps, axis=0)
    return _claim(trial, finding, smallest, smallest - margin, np.all(rises, axis=0).mean(axis=1), n)


@claim.register
def _lasts(finding: DurationForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    days = _days_between(trial, finding.reading, finding.reading.time.to("d"), finding.until.to("d"))
    sign = 1 if finding.direction == "greater" else -1
    sizes = np.array([sign * _gap(trial, *_pair(finding, day)) for day in days])
    margin = _margin(trial, finding.reading)
    first, second, n = _samples(trial, *_pair(finding, days[-1]), _reported(finding))
    chance = significant(first, second, finding.direction).mean(axis=1)
    return _claim(trial, finding, sign * sizes.min(axis=0), sizes - margin, chance, n)


@claim.register
def _gone(finding: GoneForm, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    days = _days_between(trial, finding.reading, finding.by.to("d"), np.inf)
    sign = 1 if finding.direction == "greater" else -1
    sizes = np.array([sign * _gap(trial, *_pair(finding, day)) for day in days])
    margin = _margin(trial, finding.reading)
    first, second, n = _samples(trial, *_pair(finding, days[0]), _reported(finding))
    chance = _equivalent(first, second, margin).mean(axis=1)
    return _claim(trial, finding, sign * sizes.max(axis=0), margin - sizes, chance, n)


@claim.register
def _parting(finding: Parting, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    share = 100 * trial.picked(finding.reading.arm).mean(axis=1)
    n = _animals(finding.reported, 1)
    counts = generator(trial.seed, finding.id).binomial(n[0], share[:, None] / 100, (len(share), REPLICATES))
    found = 100 * counts / n[0]
    chance = ((found >= finding.low) & (found <= finding.high)).mean(axis=1)
    known = finding.reported is not None and finding.reported.n is not None
    return Claim(share, np.minimum(share - finding.low, finding.high - share), chance, "%", n, known)


@claim.register
def _separation(finding: Separation, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    other = complete(finding.reading, finding.against)
    one, two = (side.model_copy(update={"assay": finding.than, "of": None}) for side in (finding.reading, other))
    first, second, n = _samples(trial, finding.reading, other, finding.reported)
    third, fourth, _ = _samples(trial, one, two, finding.reported)
    better = _told_apart(first, second) - _told_apart(third, fourth)
    known = finding.reported is not None and finding.reported.n is not None
    size = 100 * better.mean(axis=1)
    return Claim(size, size, (better > 0).mean(axis=1), "%", n, known)


def _told_apart(first: Array, second: Array) -> Array:
    """How well single animals of two groups are told apart [draw, replicate]: area under the curve, 0.5 to 1."""
    wins = (first[..., :, None] > second[..., None, :]).mean(axis=(2, 3))
    ties = (first[..., :, None] == second[..., None, :]).mean(axis=(2, 3))
    return np.asarray(0.5 + np.abs(wins + ties / 2 - 0.5))


@claim.register
def _series(finding: SeriesMatch, trial: Trial, points: tuple[Observation, ...] = ()) -> Claim:
    raise TypeError("a series is evaluated by series_claim")


def misfit(values: Array, point: Observation) -> Array:
    """Distance of simulated values from a published point, in standard errors of its mean."""
    return np.asarray((values - point.mean) / point.sem)


WITHIN: Final = 1.96
"""Standard errors that bound the published 95 % interval of a mean."""


def allowed_misses(points: int) -> int:
    """How many points of a matching series may lie outside their 95 % interval: one in five, rounded down."""
    return points // 5


def series_claim(values: Array, points: tuple[Observation, ...], unit: str) -> Claim:
    """A published series against simulated means [draw, point]; `size` is the share of points inside."""
    inside = np.array([np.abs(misfit(values[:, i], point)) <= WITHIN for i, point in enumerate(points)])
    n = tuple(sorted({point.n_animals for point in points}))
    misses = (~inside).sum(axis=0)
    slack = allowed_misses(len(points)) - misses + 0.5
    return Claim(100 * inside.mean(axis=0), slack, None, unit, n, n_known=True)


def _claim(trial: Trial, finding: Contrast, size: Array, slack: Array, chance: Array, n: tuple[int, ...]) -> Claim:
    unit = "%" if finding.reading.since is not None else trial.assays[finding.reading.assay].unit
    reported = _reported(finding)
    known = reported is not None and reported.n is not None
    if slack.ndim == 2:
        return Claim(size, slack.min(axis=0), chance, unit, n, known, slack)
    return Claim(size, slack, chance, unit, n, known)


def _reported(form: Form) -> Reported | None:
    """What the source of a finding reports; a contrast by itself has none."""
    reported: Reported | None = getattr(form, "reported", None)
    return reported


def _gap(trial: Trial, first: Reading, second: Reading) -> Array:
    return np.asarray(trial.means(first) - trial.means(second))


def _margin(trial: Trial, reading: Reading) -> float:
    return trial.assays[reading.assay].margin(change=reading.since is not None)


def _animals(reported: Reported | None, arms: int) -> tuple[int, ...]:
    n = reported.n if reported and reported.n else (USUAL_N,)
    return n if len(n) == arms else (n[0],) * arms


def _samples(
    trial: Trial, first: Reading, second: Reading, reported: Reported | None
) -> tuple[Array, Array, tuple[int, ...]]:
    n = _animals(reported, 2)
    return (
        trial.sample(first, animals=n[0], replicates=REPLICATES),
        trial.sample(second, animals=n[1], replicates=REPLICATES),
        n,
    )


def _welch(first: Array, second: Array) -> tuple[Array, Array, Array]:
    """Difference of means, its standard error, and the degrees of freedom (Welch 1947, Biometrika 34:28)."""
    gap = first.mean(axis=2) - second.mean(axis=2)
    a, b = first.var(axis=2, ddof=1) / first.shape[2], second.var(axis=2, ddof=1) / second.shape[2]
    total = np.maximum(a + b, np.finfo(float).tiny)
    freedom = total**2 / np.maximum(a**2 / (first.shape[2] - 1) + b**2 / (second.shape[2] - 1), np.finfo(float).tiny)
    return gap, np.sqrt(total), np.maximum(freedom, 1.0)


def significant(first: Array, second: Array, direction: Direction) -> Flags:
    """Whether experiments [draw, replicate, animal] show the direction by the usual two-sided test (p < 0.05)."""
    gap, error, freedom = _welch(first, second)
    critical = special.stdtrit(freedom, 1 - ALPHA / 2)
    return np.asarray((gap if direction == "greater" else -gap) > critical * error)


def _equivalent(first: Array, second: Array, margin: float) -> Flags:
    """Two one-sided tests (Schuirmann 1987, J Pharmacokinet Biopharm 15:657)."""
    gap, error, freedom = _welch(first, second)
    return np.asarray(np.abs(gap) + special.stdtrit(freedom, 1 - ALPHA) * error < margin)


def _days_between(trial: Trial, reading: Reading, start: float, stop: float) -> list[float]:
    days = sampled_days(trial.experiment, reading.assay)
    return [day for day in days if start - NEAR <= day <= stop + NEAR]


def _pair(finding: DurationForm | GoneForm, day: float) -> tuple[Reading, Reading]:
    first = finding.reading.model_copy(update={"time": Quantity(day, "d")})
    second = complete(finding.reading, finding.against).model_copy(update={"time": Quantity(day, "d")})
    return first, second
