"""How well a mechanism predicted findings: proper scores of the probabilities that it gave them.

Every finding was published, so the event predicted is always "it is shown": the log score of a probability P is ln P,
its Brier score (1 - P)^2. Findings that were not evaluated (NaN) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.cohorts.draw import generator

Array = npt.NDArray[np.float64]
RESAMPLES: Final = 4000
"""Bootstrap samples; the ends of a 95 % interval then lie within 0.4 % of their quantiles."""


def log_scores(probabilities: npt.ArrayLike, draws: int) -> Array:
    """The logarithm of P per finding, with P from that many draws kept one pseudo-draw away from 0 and 1; zero is best.

    >>> log_scores([1.0, 0.5, 0.0], 8).round(2).tolist()
    [-0.11, -0.69, -2.3]
    """
    edge = 1 / (draws + 2)
    return np.asarray(np.log(np.clip(np.asarray(probabilities, dtype=float), edge, 1 - edge)))


def brier_scores(probabilities: npt.ArrayLike) -> Array:
    """(1 - P)^2 per finding; zero is best.

    References
    ----------
    Brier GW (1950). Verification of forecasts expressed in terms of probability. Mon Weather Rev 78:1.
    """
    return np.asarray((1 - np.asarray(probabilities, dtype=float)) ** 2)


def mean_score(scores: Array) -> float:
    """The mean over the findings that were evaluated; NaN if none was."""
    evaluated = scores[~np.isnan(scores)]
    return float(evaluated.mean()) if len(evaluated) else float("nan")


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference of two mechanisms' scores over the same findings.

    Attributes
    ----------
    mean
        First minus second.
    low, high
        95 % bootstrap interval over findings.
    findings
        How many both evaluated.
    """

    mean: float
    low: float
    high: float
    findings: int


def paired_difference(first: Array, second: Array, *, seed: int = 1) -> PairedDifference:
    """First minus second, over the findings that both evaluated; findings are resampled, pairs kept together.

    References
    ----------
    Efron B (1979). Bootstrap methods: another look at the jackknife. Ann Stat 7:1.
    """
    gaps = first - second
    gaps = gaps[~np.isnan(gaps)]
    if not len(gaps):
        return PairedDifference(float("nan"), float("nan"), float("nan"), 0)
    chosen = generator(seed, "paired difference").integers(0, len(gaps), (RESAMPLES, len(gaps)))
    low, high = np.percentile(gaps[chosen].mean(axis=1), [2.5, 97.5])
    return PairedDifference(float(gaps.mean()), float(low), float(high), len(gaps))
