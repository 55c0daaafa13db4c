"""Whether a sample can be trusted, and what the evidence says about each parameter."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from euthymia.calibration.evidence import Evidence
from euthymia.calibration.sampler import Sample, diagnostics
from euthymia.records.ensemble import Diagnosis

Array = npt.NDArray[np.float64]
FELT: Final = 0.05
"""Change of a residual over a prior standard deviation below which the evidence does not feel a parameter: too little
for any narrowing, so that a spread that comes out small by chance is not taken for one."""


def diagnose(evidence: Evidence, sample: Sample) -> tuple[Diagnosis, ...]:
    """One row per free parameter, on its table's scale."""
    felt = felt_parameters(evidence, sample.best)
    rhat, ess = diagnostics(sample.draws)
    prior = prior_deviations(evidence)
    posterior = sample.pooled.std(axis=0)
    return tuple(
        Diagnosis(
            id=parameter.id,
            prior_sd=float(prior[i] * evidence.spread[i]),
            posterior_sd=float(posterior[i] * evidence.spread[i]),
            shift=float(sample.pooled[:, i].mean()),
            rhat=float(rhat[i]),
            ess=float(ess[i]),
            felt=bool(felt[i]),
        )
        for i, parameter in enumerate(evidence.free)
    )


def prior_deviations(evidence: Evidence) -> Array:
    """Standard deviation of each prior, cut off at its bounds, in units of the uncut one."""
    low, high = evidence.limits.T
    return np.asarray(stats.truncnorm.std(low, high), dtype=float)


def felt_parameters(evidence: Evidence, position: Array) -> npt.NDArray[np.bool_]:
    """Which parameters the evidence feels when they move by a prior standard deviation."""
    moves = np.eye(len(position))
    low, high = evidence.limits.T
    moved = evidence.residuals(np.clip(np.concatenate([position[None], position + moves, position - moves]), low, high))
    change = np.nanmax(np.abs(moved[1:] - moved[0]), axis=1)
    return np.asarray(np.maximum(change[: len(position)], change[len(position) :]) > FELT)


def predictive_checks(evidence: Evidence, posterior: Array, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """By finding, the chance of what was published, before and after calibration.

    Of a known estimate, the chance of one as far from the prediction or farther; of a finding with several statements,
    the least. A small value after calibration says that mechanism and finding disagree.
    """
    low, high = evidence.limits.T
    prior = stats.truncnorm.ppf(rng.random((len(posterior), len(low))), low, high)
    before, after = (_chances(evidence, positions) for positions in (prior, posterior))
    found: dict[str, tuple[float, float]] = {}
    for term, one, two in zip(evidence.terms, before.tolist(), after.tolist(), strict=True):
        known = found.get(term.finding, (1.0, 1.0))
        found[term.finding] = (min(known[0], one), min(known[1], two))
    return found


def _chances(evidence: Evidence, positions: Array) -> Array:
    sizes = evidence.sizes(positions)
    low, high = ((edge - sizes) / evidence.error for edge in (evidence.low, evidence.high))
    inside = stats.norm.cdf(high) - stats.norm.cdf(low)
    tail = 2 * stats.norm.sf(np.abs(low))
    return np.asarray(np.nanmean(np.where(evidence.low == evidence.high, tail, inside), axis=0))
