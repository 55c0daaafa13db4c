"""When an effect is there, how large it gets and how long it stays: per draw, then over the draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from euthymia.findings.contrast import ALPHA

Array = npt.NDArray[np.float64]
FIRST: Final = 1 / 1440
"""Day of the first reading after the treatment has begun: a minute."""
PER_DECADE: Final = 8
"""Readings for each tenfold of time: one falls within 15 % of any moment."""
MARGIN: Final = 0.5
"""Least relief that counts, in standard deviations of single readings: the margin of all verdicts (`Assay.margin`)."""
SURE: Final = 0.8
"""Share of draws from which on an effect is called sure, as for verdicts."""
CERTAIN: Final = 30.0
"""Noncentrality from which a test is certain to every digit; further out SciPy has no number in places."""


def log_grid(days: float) -> tuple[float, ...]:
    """Times of the readings in days, evenly spaced in their logarithm from a minute to `days`.

    >>> [round(day, 4) for day in log_grid(0.01)[:3]], log_grid(70)[-1]
    ([0.0007, 0.0009, 0.0012], 70.0)
    """
    count = max(2, 1 + math.ceil(PER_DECADE * math.log10(days / FIRST)))
    return tuple(round(float(day), 9) for day in np.geomspace(FIRST, days, count))


@dataclass(frozen=True)
class Estimate:
    """A number over draws; draws in which it is not reached count as later, larger or longer than any number.

    Attributes
    ----------
    median, low, high
        50, 5 and 95 % of the draws; None where the limit falls among draws in which it is not reached.
    reached
        Share of draws in which it is reached.
    """

    median: float | None
    low: float | None
    high: float | None
    reached: float

    @classmethod
    def of(cls, values: Array) -> Estimate:
        """From one value per draw; infinity stands for not reached, not-a-number for what cannot be said."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(None, None, None, 0.0)
        low, median, high = np.quantile(known, [0.05, 0.5, 0.95], method="inverted_cdf")
        return cls(_finite(median), _finite(low), _finite(high), float(np.isfinite(values).mean()))

    def to_dict(self) -> dict[str, float | None]:
        """Plain data."""
        return {"median": self.median, "low": self.low, "high": self.high, "reached": self.reached}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class Timing:
    """When an effect is beyond its margin, per draw, in days.

    Attributes
    ----------
    onset
        First time; infinite where it never is.
    end
        Last time; infinite where it is still there at the last reading, not-a-number where it never is.
    """

    onset: Array
    end: Array

    @property
    def duration(self) -> Array:
        """From first to last; infinite where the end was not seen, not-a-number where there is no effect."""
        return np.where(np.isfinite(self.onset), self.end - np.where(np.isfinite(self.onset), self.onset, 0), np.nan)


def timing(times: Array, effect: Array, margin: float) -> Timing:
    """First and last time at which an effect is beyond a margin.

    Between readings the effect is taken as a straight line over the logarithm of time. An effect that is there at the
    first reading has that reading as its onset.

    Parameters
    ----------
    times
        Readings in days, rising, above zero.
    effect
        Effects [draw, time], larger is more.
    margin
        In the effects' unit.

    >>> found = timing(np.array([1.0, 10.0, 100.0]), np.array([[0.0, 2.0, 0.0], [0.0, 0.5, 0.9]]), 1.0)
    >>> found.onset.round(2).tolist(), found.end.round(2).tolist()
    ([3.16, inf], [31.62, nan])
    """
    beyond = effect > margin
    some = beyond.any(axis=1)
    first = beyond.argmax(axis=1)
    last = beyond.shape[1] - 1 - beyond[:, ::-1].argmax(axis=1)
    onset, end = np.full(len(effect), np.inf), np.full(len(effect), np.nan)
    logs = np.log(times)
    for draw in np.flatnonzero(some):
        onset[draw] = times[0] if not first[draw] else _crossing(logs, effect[draw], first[draw] - 1, margin)
        end[draw] = np.inf if last[draw] == len(times) - 1 else _crossing(logs, effect[draw], last[draw], margin)
    return Timing(onset, end)


def _crossing(logs: Array, effect: Array, index: int, margin: float) -> float:
    """Time at which the line from reading `index` to the next crosses the margin."""
    before, after = effect[index], effect[index + 1]
    share = (margin - before) / (after - before)
    return float(np.exp(logs[index] + share * (logs[index + 1] - logs[index])))


def sure_times(times: Array, effect: Array, margin: float) -> tuple[float | None, float | None]:
    """First and last reading at which at least `SURE` of the draws show an effect; None where there is none."""
    sure = times[(effect > margin).mean(axis=0) >= SURE]
    return (float(sure[0]), float(sure[-1])) if len(sure) else (None, None)


@dataclass(frozen=True)
class Spot:
    """Where an intervention lies in the plane of onset and duration, both as log10 of days, over draws that have both.

    Attributes
    ----------
    centre
        Mean onset and duration.
    covariance
        2 x 2.
    share
        Share of all draws that have both.
    open_end
        Share of these in which the end was not seen; the last reading stands for it.
    """

    centre: tuple[float, float]
    covariance: tuple[tuple[float, float], tuple[float, float]]
    share: float
    open_end: float


def spot(found: Timing, horizon: float) -> Spot | None:
    """The place of an effect over draws; None if fewer than two draws show it."""
    shown = np.isfinite(found.onset)
    if shown.sum() < 2:
        return None
    onset, end = found.onset[shown], found.end[shown]
    seen = np.minimum(end, horizon) - onset
    points = np.log10(np.array([onset, np.maximum(seen, FIRST)]))
    spread = np.cov(points)
    centre = points.mean(axis=1)
    return Spot(
        (float(centre[0]), float(centre[1])),
        ((float(spread[0, 0]), float(spread[0, 1])), (float(spread[1, 0]), float(spread[1, 1]))),
        float(shown.mean()),
        float(np.isinf(end).mean()),
    )


def chance(sizes: Array, animals: int) -> Array:
    """The chance that Welch's test finds an effect of some size in the right direction, p < 0.05, two-sided.

    Parameters
    ----------
    sizes
        Differences of group means in standard deviations of single readings.
    animals
        Per group.

    References
    ----------
    Cohen J (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed., section 2.2, with equal variances.

    >>> chance(np.array([0.0, 1.0, 18.9]), 10).round(3).tolist()
    [0.025, 0.562, 1.0]
    """
    freedom = 2 * animals - 2
    critical = special.stdtrit(freedom, 1 - ALPHA / 2)
    shift = np.clip(np.asarray(sizes) * math.sqrt(animals / 2), -CERTAIN, CERTAIN)
    return np.asarray(1 - special.nctdtr(freedom, shift, critical))


def engagement(displacement: Array) -> Array:
    """How far a target is engaged, from 0 to 1: half at one standard deviation of single readings.

    The displacement z counts as z²/(1 + z²), the share that it has in the variance of a reading that has both.
    """
    square = np.asarray(displacement) ** 2
    return np.asarray(square / (1 + square))


def half_dose(factors: Array, effects: Array, margin: float) -> Array:
    """Per draw the dose with half of the largest effect tried.

    Parameters
    ----------
    factors
        Doses, rising.
    effects
        Largest effects [draw, dose].
    margin
        Least effect that counts.

    Returns
    -------
    array
        Interpolated over the logarithm of the dose; zero where the lowest dose has more than half already, infinite
        where no dose has an effect that counts.
    """
    found = np.full(len(effects), np.inf)
    for draw, row in enumerate(effects):
        if row.max() <= margin:
            continue
        half = row.max() / 2
        place = int((row >= half).argmax())
        logs = np.log(factors)
        found[draw] = 0.0 if place == 0 else _crossing(logs, row, place - 1, half)
    return found
