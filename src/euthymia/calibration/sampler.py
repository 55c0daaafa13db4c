"""From a prior to draws of the posterior, with its evidence.

1. The most probable position of the own parameters (least squares, shared parameters at their centres).
2. A normal approximation around it, over own and shared parameters together: the reference.
3. Sequential Monte Carlo from the reference to the posterior, in tempered steps, each followed by moves that leave the
   tempered distribution unchanged; so thresholds and skewed posteriors are not taken for normal. Several independent
   runs, each from the reference anew: where they disagree, they have not found the posterior.

References
----------
Tempered sequential Monte Carlo: Del Moral, Doucet and Jasra 2006, J R Stat Soc B 68:411. Moves that keep a normal
reference (preconditioned Crank-Nicolson): Cotter et al. 2013, Statistical Science 28:424.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from euthymia.cohorts.draw import generator
from euthymia.errors import RequestError
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
Report = Callable[[Message], None]
STEP: Final = 0.02
"""Finite-difference step in prior standard deviations."""
KEPT: Final = 0.5
"""Share of effective particles kept in a tempering step."""
GOOD_RHAT: Final = 1.03
"""Largest R-hat with which a sample counts as one."""
GOOD_ESS: Final = 100.0
"""Smallest effective sample size with which a sample is large enough."""
SHRUNK: Final = 0.1
"""Share of the first reference's covariance in that of later rounds, which some hundred draws have taught."""
WIDER: Final = 1.2
"""Factor on the reference's standard deviations, so that the posterior lies inside it."""


class Target(Protocol):
    """What is sampled; the prior is standard normal inside `limits`."""

    @property
    def limits(self) -> Array:
        """Bounds [parameter, side]."""

    def residuals(self, positions: Array) -> Array:
        """Array [position, term], squares sum up to -2 log likelihood; NaN where a position cannot be evaluated."""


@dataclass(frozen=True)
class Effort:
    """How much is spent: independent runs, particles in each, moves after each tempering step and after the last.

    As long as the runs disagree, up to `rounds` rounds of as many moves as after the last step are added to all.
    """

    runs: int = 4
    particles: int = 100
    moves: int = 8
    last_moves: int = 50
    rounds: int = 8


@dataclass(frozen=True)
class Sample:
    """Draws from a posterior.

    Attributes
    ----------
    best
        The most probable position.
    draws
        Positions [run, draw, parameter]; copies of one particle are neighbours.
    log_evidence
        Of each run, the logarithm of the probability of the data under the mechanism and its priors, up to a constant
        that depends on the data alone.
    """

    best: Array
    draws: Array
    log_evidence: Array

    @property
    def pooled(self) -> Array:
        """Draws of all runs [draw, parameter]."""
        return self.draws.reshape(-1, self.draws.shape[2])


def sample(
    target: Target,
    own: int,
    *,
    seed: int,
    name: str,
    effort: Effort | None = None,
    report: Report | None = None,
    done: MutableMapping[str, Array] | None = None,
    start: Array | None = None,
) -> Sample:
    """Draws from the posterior of a target.

    Parameters
    ----------
    target
        What is sampled.
    own
        Number of parameters, the first ones, for which the most probable position is sought; there the others are zero.
    seed, name
        Key of the random streams.
    effort
        How much is spent.
    report
        Told what is going on.
    done
        Finished steps, kept by the caller: what is in it is not computed again, what is not is put into it.
    start
        Where the search of the most probable position starts; the prior's centre if left out.
    """
    effort, say = effort or Effort(), report or (lambda state: None)
    kept: MutableMapping[str, Array] = {} if done is None else done
    if "best" not in kept:
        kept["best"] = most_probable(target, own, say, start)
    if "centre" not in kept or "covariance" not in kept:
        kept["centre"], kept["covariance"] = _reference(target, kept["best"])
    reference = kept["centre"], kept["covariance"]
    for run in range(effort.runs):
        if f"run_{run}" not in kept or f"evidence_{run}" not in kept:
            particles = _Particles(target, *reference, effort, generator(seed, "calibrate", name, str(run)))
            kept[f"run_{run}"], kept[f"evidence_{run}"] = particles.travel(say, run + 1, effort.runs)
    draws = np.stack([kept[f"run_{run}"] for run in range(effort.runs)])
    for again in range(effort.rounds):
        rhat, ess = convergence(draws)
        if rhat <= GOOD_RHAT and ess >= GOOD_ESS:
            break
        say(msg("R-hat {rhat}, {ess} effective draws: more moves", rhat=f"{rhat:.3f}", ess=f"{ess:.0f}"))
        if f"round_{again}" not in kept:
            kept[f"round_{again}"] = _more(target, draws, kept["covariance"], effort, (seed, name, again))
        draws = kept[f"round_{again}"]
    evidence = np.array([float(kept[f"evidence_{run}"]) for run in range(effort.runs)])
    return Sample(kept["best"], draws, evidence)


def convergence(draws: Array) -> tuple[float, float]:
    """Largest R-hat and smallest effective sample size over the parameters of draws [run, draw, parameter]."""
    rhat, ess = diagnostics(draws)
    return float(np.max(rhat)), float(np.min(ess))


def diagnostics(draws: Array) -> tuple[Array, Array]:
    """Rank-normalised split R-hat and bulk effective sample size of each parameter, of draws [run, draw, parameter].

    References
    ----------
    Vehtari et al. 2021, Bayesian Analysis 16:667.
    """
    from arviz_stats.base import array_stats  # takes 2 s to import

    rhat = np.atleast_1d(np.asarray(array_stats.rhat(draws, chain_axis=0, draw_axis=1), dtype=np.float64))
    ess = np.atleast_1d(np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1), dtype=np.float64))
    return rhat, ess


def _more(target: Target, draws: Array, covariance: Array, effort: Effort, key: tuple[int, str, int]) -> Array:
    """The same runs after more moves, with a reference that all draws so far have taught."""
    pooled = draws.reshape(-1, draws.shape[2])
    learned = (1 - SHRUNK) * np.cov(pooled.T) + SHRUNK * covariance
    moved = []
    for run, positions in enumerate(draws):
        rng = generator(key[0], "calibrate", key[1], str(run), "round", str(key[2]))
        particles = _Particles(target, pooled.mean(axis=0), learned, effort, rng, positions)
        for _ in range(effort.last_moves):
            particles.move(1.0)
        moved.append(particles.positions)
    return np.stack(moved)


def most_probable(target: Target, own: int, say: Report, start: Array | None = None) -> Array:
    """The maximum of the posterior over the first `own` parameters, the others at zero.

    Raises
    ------
    RequestError
        If the target cannot be evaluated where the search starts.
    """
    others = np.zeros(len(target.limits) - own)
    low, high = target.limits[:own].T

    def whole(position: Array) -> Array:
        return np.concatenate([position, others])

    def residuals(position: Array) -> Array:
        terms = np.concatenate([target.residuals(whole(position)[None, :])[0], position])
        say(msg("sum of squares {value}", value=f"{terms @ terms:.1f}"))
        return terms

    def slopes(position: Array) -> Array:
        return np.concatenate([_slopes(target, whole(position), own), np.eye(own)])

    first = np.clip(np.zeros(own) if start is None else start[:own], low + 1e-6, high - 1e-6)
    if not np.isfinite(target.residuals(whole(first)[None, :])).all():
        raise RequestError(msg("A run fails where the search for the most probable parameters starts."))
    result = optimize.least_squares(residuals, first, jac=slopes, bounds=(low, high), xtol=1e-3, ftol=1e-3, max_nfev=40)
    return whole(result.x)


def _slopes(target: Target, position: Array, count: int) -> Array:
    """Derivatives [term, parameter] of the residuals with respect to the first `count` parameters."""
    moves = STEP * np.eye(len(position))[:count]
    both = target.residuals(np.concatenate([position + moves, position - moves]))
    return np.asarray((both[:count] - both[count:]).T / (2 * STEP))


def _reference(target: Target, best: Array) -> tuple[Array, Array]:
    """Centre and covariance of the normal approximation."""
    count = len(best)
    slopes = _slopes(target, best, count)
    covariance: Array = np.linalg.inv(slopes.T @ slopes + np.eye(count)).astype(np.float64)
    gradient = slopes.T @ target.residuals(best[None, :])[0] + best
    return best - np.clip(covariance @ gradient, -1, 1), covariance


def _root(covariance: Array) -> Array:
    """A root of a reference's covariance: wider than the approximation, in no direction wider than the prior."""
    variances, axes = np.linalg.eigh(WIDER**2 * covariance)
    return np.asarray(np.linalg.cholesky((axes * np.minimum(variances, 1.0)) @ axes.T))


class _Particles:
    """Particles on their way from the reference to the posterior."""

    def __init__(
        self,
        target: Target,
        centre: Array,
        covariance: Array,
        effort: Effort,
        rng: np.random.Generator,
        positions: Array | None = None,
    ) -> None:
        self.target, self.centre, self.effort, self.rng = target, centre, effort, rng
        self.root = _root(covariance)
        self.limits = target.limits
        if positions is None:
            self.noise, inside = self._inside(rng.standard_normal((effort.particles, len(centre))))
        else:
            self.noise, inside = np.asarray(np.linalg.solve(self.root, (positions - centre).T).T, dtype=np.float64), 1.0
        self.gain = self._gains(self.noise)
        self.kept = 0.9
        allowed = special.ndtr(self.limits[:, 1]) - special.ndtr(self.limits[:, 0])
        self.log_evidence = float(np.log(np.diag(self.root)).sum() + np.log(inside) - np.log(allowed).sum())

    def travel(self, say: Report, run: int, runs: int) -> tuple[Array, Array]:
        """All tempering steps; the positions and the logarithm of the evidence."""
        power = 0.0
        while power < 1.0:
            power = self.temper(power)
            moves = self.effort.last_moves if power >= 1.0 else self.effort.moves
            share = float(np.mean([self.move(power) for _ in range(moves)]))
            say(
                msg(
                    "run {run} of {runs}, tempering {power}, {share} of moves accepted",
                    run=run, runs=runs, power=f"{power:.3f}", share=f"{share:.2f}",
                )
            )  # fmt: skip
        return self.positions, np.array(self.log_evidence)

    @property
    def positions(self) -> Array:
        """Where the particles are."""
        return np.asarray(self.centre + self.noise @ self.root.T)

    def temper(self, power: float) -> float:
        """Resample towards the posterior as far as half of the particles stay effective."""
        step, best = 1.0 - power, self.gain.max()
        while True:
            weights = np.exp(step * (self.gain - best))
            if weights.sum() ** 2 / (weights**2).sum() >= KEPT * len(weights) or step < 1e-4:
                break
            step *= 0.8
        self.log_evidence += float(step * best + np.log(weights.mean()))
        edges = np.cumsum(weights) / weights.sum()
        places = (np.arange(len(weights)) + self.rng.random()) / len(weights)
        chosen = np.minimum(np.searchsorted(edges, places), len(weights) - 1)
        self.noise, self.gain = self.noise[chosen], self.gain[chosen]
        return power + step

    def move(self, power: float) -> float:
        """One move of all particles; returns the share accepted and adapts the length of the next."""
        fresh = self.rng.standard_normal(self.noise.shape)
        tried = self.kept * self.noise + np.sqrt(1 - self.kept**2) * fresh
        gain = self._gains(tried)
        with np.errstate(invalid="ignore"):
            accepted = np.log(self.rng.random(len(gain))) < power * (gain - self.gain)
        self.noise[accepted], self.gain[accepted] = tried[accepted], gain[accepted]
        share = float(accepted.mean())
        self.kept = float(np.sqrt(1 - min(0.999, max(1e-3, (1 - self.kept**2) * (1.6 if share > 0.35 else 0.6)))))
        return share

    def _inside(self, noise: Array) -> tuple[Array, float]:
        """Starting points inside the bounds, and the reference's probability there."""
        tried, allowed = len(noise), int(self._allowed(noise).sum())
        for _ in range(1000):
            outside = ~self._allowed(noise)
            if not outside.any():
                break
            noise[outside] = self.rng.standard_normal((int(outside.sum()), noise.shape[1]))
            tried, allowed = tried + int(outside.sum()), allowed + int(self._allowed(noise)[outside].sum())
        return noise, max(allowed, 1) / tried

    def _allowed(self, noise: Array) -> npt.NDArray[np.bool_]:
        places = self.centre + noise @ self.root.T
        return np.asarray(((places >= self.limits[:, 0]) & (places <= self.limits[:, 1])).all(axis=1))

    def _gains(self, noise: Array) -> Array:
        """Log posterior minus log reference, up to a constant; minus infinity outside the bounds or for failed runs."""
        gains = np.full(len(noise), -np.inf)
        allowed = self._allowed(noise)
        if allowed.any():
            places = self.centre + noise[allowed] @ self.root.T
            terms = self.target.residuals(places)
            energy = (terms**2).sum(axis=1) + (places**2).sum(axis=1) - (noise[allowed] ** 2).sum(axis=1)
            gains[allowed] = np.where(np.isfinite(energy), -energy / 2, -np.inf)
        return gains
