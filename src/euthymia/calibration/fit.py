"""Calibration on the findings marked `calibrate`: from priors to an ensemble of joint draws.

1. The most probable own parameters of the study (least squares, shared parameters at their centres).
2. A normal approximation around them, over own and shared parameters together: the reference.
3. Sequential Monte Carlo from the reference to the posterior, in tempered steps, each followed by moves that leave the
   tempered distribution unchanged; so thresholds and skewed posteriors are not taken for normal.

References
----------
Tempered sequential Monte Carlo: Del Moral, Doucet and Jasra 2006, J R Stat Soc B 68:411. Moves that keep a normal
reference (preconditioned Crank-Nicolson): Cotter et al. 2013, Statistical Science 28:424.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize

from euthymia.calibration.competitor import Competitor
from euthymia.calibration.residuals import Evidence
from euthymia.cohorts.draw import generator
from euthymia.errors import RequestError
from euthymia.pipeline import mechanism_of
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Ensemble, Parameter
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
Report = Callable[[Message], None]
STEP: Final = 0.02
"""Finite-difference step in prior standard deviations; the solver's error is a thousand times smaller."""
INFORMED: Final = 0.9
"""Posterior over prior standard deviation below which a parameter counts as calibrated."""
FELT: Final = 0.05
"""Change of the evidence over a prior standard deviation below which a parameter counts as not informed: too little
for any narrowing, so that a spread that comes out small by chance is not taken for one."""
MEMBERS: Final = 400
"""Particles, and draws of an ensemble."""
KEPT: Final = 0.5
"""Share of effective particles kept in a tempering step."""
MOVES: Final = 10
"""Moves after each tempering step; with three, draws that no finding informs came out a third too narrow."""
LAST_MOVES: Final = 10
"""Moves after the last step."""
WIDER: Final = 1.2
"""Factor on the reference's standard deviations, so that the posterior lies inside it."""


@dataclass(frozen=True)
class Fit:
    """Result of a calibration.

    Attributes
    ----------
    tables
        By fragment, the study's own first, its table with new values, standard deviations and statuses.
    ensemble
        Joint draws of own and shared parameters.
    misfit, terms
        Sum of squares over the evidence at the most probable point, and the number of its terms.
    """

    tables: Mapping[str, tuple[Parameter, ...]]
    ensemble: Ensemble
    misfit: float
    terms: int

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The rows of all tables."""
        return tuple(parameter for table in self.tables.values() for parameter in table)


def calibrate(study: StudyFolder, *, seed: int = 1, report: Report | None = None) -> Fit:
    """A calibration of the study's own parameters that are `assumed` (or were calibrated before).

    Own are those of the study's table and of the common fragments that it alone calibrates. Measured and derived
    parameters keep their prior in the table and are drawn jointly, as are the shared ones, so that the ensemble holds
    their correlation with the study's own; a shared one that another study calibrated starts from what was found there.

    Raises
    ------
    RequestError
        If no finding is marked `calibrate`.
    """
    if not any(finding.use == "calibrate" for finding in study.record.findings):
        raise RequestError(msg("The study {study} marks no finding for calibration.", study=study.id))
    say = report or (lambda state: None)
    free, count = free_parameters(study)
    evidence = Evidence(study, free)
    best, draws, effective = _posterior(evidence, count, seed, say)
    residuals = evidence.residuals(best[None, :])[0]
    felt = _felt(evidence, best, len(free))
    misfit = float(residuals @ residuals)
    return _fit(study, evidence, count, best, draws, felt, effective, misfit, len(residuals))


def free_parameters(study: StudyFolder) -> tuple[list[Parameter], int]:
    """What a calibration moves, the study's own parameters first, and how many of them are its own."""
    mechanism = mechanism_of(study)
    own = {parameter.id for fragment in study.fitted for parameter in fragment.parameters}
    uncertain = [p if p.id in own else p.learned for p in mechanism.parameters if p.prior.kind != "fixed"]
    free = [p for p in uncertain if p.id in own] + [p for p in uncertain if p.id not in own]
    return free, sum(p.id in own for p in free)


def calibrate_competitor(null: Competitor, *, seed: int = 1, report: Report | None = None) -> Ensemble:
    """Joint draws of a null competitor's parameters, calibrated as the real mechanism's are."""
    evidence = Evidence(null.study, null.parameters, null.trials)
    _, draws, effective = _posterior(evidence, len(evidence.free), seed, report or (lambda state: None))
    columns = evidence.values(draws)
    return Ensemble(tuple(columns), np.column_stack(list(columns.values())), effective)


def _posterior(evidence: Evidence, count: int, seed: int, say: Report) -> tuple[Array, Array, float]:
    """The most probable position (the first `count` parameters moved), and draws with the number of distinct ones."""
    best = _most_probable(evidence, count, say)
    slopes = _slopes(evidence, best, len(best))
    covariance: Array = np.linalg.inv(slopes.T @ slopes + np.eye(len(best))).astype(np.float64)
    gradient = slopes.T @ evidence.residuals(best[None, :])[0] + best
    centre = best - np.clip(covariance @ gradient, -1, 1)
    draws, effective = _sample(evidence, centre, covariance, seed, say)
    return best, draws, effective


def _most_probable(evidence: Evidence, count: int, say: Report) -> Array:
    """Own parameters at the maximum of the posterior, shared ones at zero."""
    shared = np.zeros(len(evidence.free) - count)
    limits = [_limits(parameter) for parameter in evidence.free[:count]]
    low, high = (np.array(side) for side in zip(*limits, strict=True))

    def whole(own: Array) -> Array:
        return np.concatenate([own, shared])

    def residuals(own: Array) -> Array:
        terms = np.concatenate([evidence.residuals(whole(own)[None, :])[0], own])
        say(msg("sum of squares {value}", value=f"{terms @ terms:.1f}"))
        return terms

    def slopes(own: Array) -> Array:
        return np.concatenate([_slopes(evidence, whole(own), count), np.eye(count)])

    start = np.clip(np.zeros(count), low + 1e-6, high - 1e-6)
    result = optimize.least_squares(residuals, start, jac=slopes, bounds=(low, high), xtol=1e-3, ftol=1e-3, max_nfev=40)
    return whole(result.x)


def _limits(parameter: Parameter) -> tuple[float, float]:
    centre, spread = parameter.centre
    return (parameter.scaled(parameter.lower) - centre) / spread, (parameter.scaled(parameter.upper) - centre) / spread


def _slopes(evidence: Evidence, position: Array, count: int) -> Array:
    """Derivatives [term, parameter] of the residuals with respect to the first `count` parameters."""
    moves = STEP * np.eye(len(position))[:count]
    both = evidence.residuals(np.concatenate([position + moves, position - moves]))
    return np.asarray((both[:count] - both[count:]).T / (2 * STEP))


def _felt(evidence: Evidence, position: Array, count: int) -> npt.NDArray[np.bool_]:
    """Which of the first `count` parameters the evidence feels when they move by a prior standard deviation."""
    moves = np.eye(len(position))[:count]
    moved = evidence.residuals(np.concatenate([position[None], position + moves, position - moves]))
    change = np.abs(moved[1:] - moved[0]).max(axis=1)
    return np.asarray(np.maximum(change[:count], change[count:]) > FELT)


class _Particles:
    """Particles on their way from the reference to the posterior."""

    def __init__(self, evidence: Evidence, centre: Array, covariance: Array, rng: np.random.Generator) -> None:
        self.evidence, self.centre, self.rng = evidence, centre, rng
        self.root = np.linalg.cholesky(covariance) * WIDER
        self.limits = np.array([_limits(parameter) for parameter in evidence.free])
        self.noise = self._inside(rng.standard_normal((MEMBERS, len(centre))))
        self.gain = self._gains(self.noise)
        self.kept = 0.9

    @property
    def positions(self) -> Array:
        return self.centre + self.noise @ self.root.T

    def temper(self, power: float) -> tuple[float, float]:
        """Resample towards the posterior as far as half of the particles stay effective."""
        step = 1.0 - power
        while step > 1e-4:
            weights = np.exp(step * (self.gain - self.gain.max()))
            weights /= weights.sum()
            if 1 / (weights**2).sum() >= KEPT * MEMBERS:
                break
            step *= 0.8
        chosen = self.rng.choice(MEMBERS, MEMBERS, p=weights)
        self.noise, self.gain = self.noise[chosen], self.gain[chosen]
        return power + step, 1 / float((weights**2).sum())

    def move(self, power: float) -> float:
        """One move of all particles; returns the share accepted and adapts the length of the next."""
        fresh = self.rng.standard_normal(self.noise.shape)
        tried = self.kept * self.noise + np.sqrt(1 - self.kept**2) * fresh
        gain = self._gains(tried)
        accepted = np.log(self.rng.random(MEMBERS)) < power * (gain - self.gain)
        self.noise[accepted], self.gain[accepted] = tried[accepted], gain[accepted]
        share = float(accepted.mean())
        self.kept = float(np.sqrt(1 - min(0.999, max(1e-3, (1 - self.kept**2) * (1.6 if share > 0.35 else 0.6)))))
        return share

    def _inside(self, noise: Array) -> Array:
        for _ in range(1000):
            outside = ~self._allowed(noise)
            if not outside.any():
                break
            noise[outside] = self.rng.standard_normal((int(outside.sum()), noise.shape[1]))
        return noise

    def _allowed(self, noise: Array) -> npt.NDArray[np.bool_]:
        places = self.centre + noise @ self.root.T
        return np.asarray(((places >= self.limits[:, 0]) & (places <= self.limits[:, 1])).all(axis=1))

    def _gains(self, noise: Array) -> Array:
        """Log posterior minus log reference, up to a constant; minus infinity outside the bounds or for failed runs."""
        gains = np.full(len(noise), -np.inf)
        allowed = self._allowed(noise)
        if allowed.any():
            places = self.centre + noise[allowed] @ self.root.T
            terms = self.evidence.residuals(places)
            energy = (terms**2).sum(axis=1) + (places**2).sum(axis=1) - (noise[allowed] ** 2).sum(axis=1)
            gains[allowed] = np.where(np.isfinite(energy), -energy / 2, -np.inf)
        return gains


def _sample(evidence: Evidence, centre: Array, covariance: Array, seed: int, say: Report) -> tuple[Array, float]:
    """Ensemble members [member, parameter], and how many of them are distinct."""
    particles = _Particles(evidence, centre, covariance, generator(seed, "calibrate", evidence.study.id))
    power = 0.0
    while power < 1.0:
        power, effective = particles.temper(power)
        shares = [particles.move(power) for _ in range(LAST_MOVES if power >= 1.0 else MOVES)]
        say(
            msg(
                "tempering {power}, {effective} effective draws, {share} of moves accepted",
                power=f"{power:.3f}",
                effective=f"{effective:.0f}",
                share=f"{np.mean(shares):.2f}",
            )
        )
    distinct = len(np.unique(particles.noise[:, 0]))
    return particles.positions, float(distinct)


def _fit(
    study: StudyFolder,
    evidence: Evidence,
    count: int,
    best: Array,
    draws: Array,
    felt: npt.NDArray[np.bool_],
    effective: float,
    misfit: float,
    terms: int,
) -> Fit:
    columns = evidence.values(draws)
    spread = draws.std(axis=0)
    own = {parameter.id: index for index, parameter in enumerate(evidence.free[:count])}

    def row(parameter: Parameter) -> Parameter:
        index = own.get(parameter.id)
        open_to_evidence = parameter.status in ("assumed", "calibrated")
        if index is not None and open_to_evidence and felt[index] and spread[index] < INFORMED:
            return _calibrated(parameter, float(best[index]), float(spread[index]))
        return _as_prior(parameter)

    tables = {fragment.name: tuple(map(row, fragment.parameters)) for fragment in study.fitted}
    ids = tuple(parameter.id for parameter in evidence.free)
    return Fit(tables, Ensemble(ids, np.column_stack([columns[name] for name in ids]), effective), misfit, terms)


def _calibrated(parameter: Parameter, position: float, deviation: float) -> Parameter:
    centre, spread = parameter.centre
    place = centre + spread * position
    value = float(f"{np.exp(place) if parameter.scale == 'log' else place:.5g}")
    value = min(max(value, parameter.lower), parameter.upper)
    return parameter.model_copy(
        update={"value": value, "fitted_sd": float(f"{spread * deviation:.4g}"), "status": "calibrated"}
    )


def _as_prior(parameter: Parameter) -> Parameter:
    """A parameter that the evidence does not inform: back to the centre of its prior, and `assumed`."""
    if parameter.prior.kind == "fixed" or parameter.status not in ("assumed", "calibrated"):
        return parameter
    centre, _ = parameter.centre
    value = float(f"{np.exp(centre) if parameter.scale == 'log' else centre:.6g}")
    return parameter.model_copy(update={"value": value, "fitted_sd": None, "status": "assumed"})
