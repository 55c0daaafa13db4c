"""Verdicts: codes whose value is the sentence a person reads; applicability before outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from euthymia.findings.contrast import Claim, claim, series_claim
from euthymia.findings.trial import Trial
from euthymia.records.cross import sides
from euthymia.records.finding import Contrast, Finding, Series, SeriesMatch
from euthymia.records.tables import Observation
from euthymia.words import Message, msg

SURE: Final = 0.8
"""Probability from which a finding counts as reproduced, and below one minus which as contradicted. Four in five is
the power by which experiments of the field are planned; what lies between is called inconclusive."""
MAX_FAILED: Final = 0.1
"""Share of draws with failed runs above which nothing is judged."""


class Verdict(Enum):
    """Outcome for one finding."""

    REPRODUCED = "reproduced"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_EVALUATED = "not evaluated"

    @property
    def sentence(self) -> Message:
        """What a person reads."""
        return {
            Verdict.REPRODUCED: msg("The virtual experiment shows this finding."),
            Verdict.CONTRADICTED: msg("The virtual experiment does not show this finding."),
            Verdict.INCONCLUSIVE: msg("The virtual experiment shows this finding in some draws only."),
            Verdict.NOT_EVALUATED: msg("This finding was not evaluated."),
        }[self]

    @property
    def label(self) -> Message:
        """The verdict in one or two words."""
        return {
            Verdict.REPRODUCED: msg("reproduced"),
            Verdict.CONTRADICTED: msg("contradicted"),
            Verdict.INCONCLUSIVE: msg("inconclusive"),
            Verdict.NOT_EVALUATED: msg("not evaluated"),
        }[self]


@dataclass(frozen=True)
class Outcome:
    """A finding's verdict and the numbers behind it.

    Attributes
    ----------
    probability
        Share of draws in which the virtual experiment shows the finding; NaN when not evaluated.
    error
        Monte Carlo standard error of `probability` (with one pseudo-draw each way, so that it is never zero).
    chance
        Chance that an experiment of published size shows it by the usual test; NaN where there is none.
    low, median, high
        5th, 50th and 95th percentile over draws of the number that the finding is about, in `unit`.
    reason
        Why it was not evaluated.
    """

    finding: Finding
    verdict: Verdict
    probability: float
    error: float
    chance: float
    low: float
    median: float
    high: float
    unit: str
    n: tuple[int, ...]
    n_known: bool
    draws: int
    reason: Message | None = None


def judge(
    finding: Finding, trial: Trial, series: Series | None = None, points: tuple[Observation, ...] = ()
) -> Outcome:
    """The outcome of a finding on a simulated experiment."""
    reason = inapplicable(finding, trial, series)
    if reason is not None:
        return _not_evaluated(finding, reason, trial.draws)
    if isinstance(finding, SeriesMatch) and series is not None:
        judged = series_claim(series_values(series, points, trial), with_error(points), "%")
    else:
        judged = claim(finding, trial)
    return _outcome(finding, judged, trial)


def with_error(points: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The points that have an uncertainty; a baseline set to zero by definition has none."""
    return tuple(point for point in points if point.sem > 0)


def series_values(series: Series, points: tuple[Observation, ...], trial: Trial) -> np.typing.NDArray[np.float64]:
    """Simulated group means [draw, point] at the times of a series' points that have an uncertainty."""
    since = series.since.to("d") if series.since else None
    course = trial.course(series.arm, series.assay, series.of, since)
    return np.asarray(course.values[:, [trial.nearest(point.time) for point in with_error(points)]])


def inapplicable(finding: Finding | Contrast, trial: Trial, series: Series | None = None) -> Message | None:
    """Why a finding or contrast cannot be judged on a trial; None if it can."""
    pairs = [(r.assay, r.of) for _, r in sides(finding)] if series is None else [(series.assay, series.of)]
    for assay, of in pairs:
        if trial.variable(assay, of) is None:
            return msg("The mechanism has no read-out for the assay “{assay}”.", assay=trial.assays[assay].label.text)
    if trial.failed.mean() > MAX_FAILED:
        return msg(
            "{percent} % of the draws contain a failed run, too many to judge.",
            percent=f"{100 * trial.failed.mean():.0f}",
        )
    return None


def _not_evaluated(finding: Finding, reason: Message, draws: int) -> Outcome:
    nan = float("nan")
    return Outcome(finding, Verdict.NOT_EVALUATED, nan, nan, nan, nan, nan, nan, "", (), False, draws, reason)


@dataclass(frozen=True)
class Weight:
    """A claim over the draws without failed runs; names as in `Outcome`."""

    probability: float
    error: float
    chance: float
    low: float
    median: float
    high: float
    draws: int


def weigh(judged: Claim, trial: Trial) -> Weight:
    """How often a claim holds over the draws, and the size that it is about."""
    good = ~trial.failed
    count = int(good.sum())
    smoothed = (judged.shown[good].sum() + 1) / (count + 2)
    low, median, high = np.percentile(judged.size[good], [5, 50, 95])
    chance = float("nan") if judged.chance is None else float(judged.chance[good].mean())
    return Weight(
        float(judged.shown[good].mean()), float(np.sqrt(smoothed * (1 - smoothed) / (count + 2))), chance,
        float(low), float(median), float(high), count,
    )  # fmt: skip


def _outcome(finding: Finding, judged: Claim, trial: Trial) -> Outcome:
    weight = weigh(judged, trial)
    return Outcome(
        finding, verdict_of(weight.probability), weight.probability, weight.error, weight.chance, weight.low,
        weight.median, weight.high, judged.unit, judged.n, judged.n_known, weight.draws,
    )  # fmt: skip


def verdict_of(probability: float) -> Verdict:
    """The verdict that a probability stands for; NaN is one that was not evaluated.

    >>> verdict_of(0.9).value, verdict_of(0.5).value, verdict_of(float("nan")).value
    ('reproduced', 'inconclusive', 'not evaluated')
    """
    if probability != probability:
        return Verdict.NOT_EVALUATED
    if probability >= SURE:
        return Verdict.REPRODUCED
    return Verdict.CONTRADICTED if round(probability, 9) <= round(1 - SURE, 9) else Verdict.INCONCLUSIVE
