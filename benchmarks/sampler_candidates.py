"""Samplers that are measured, each as a function of a frame, a budget of evaluations and a seed.

References
----------
Waste-free sequential Monte Carlo: Dau and Chopin 2022, J R Stat Soc B 84:114.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sampler_targets import Frame

Array = npt.NDArray[np.float64]
MOVES: Final = 8
"""Moves after each tempering step."""
SHARES: Final = {"reference": 27, "capped reference": 20, "prior": 80}
"""Evaluations per particle, by start: its own, and the moves of some three, two or ten steps."""
KEPT: Final = 0.5
"""Share of effective particles kept in a tempering step."""
KEPT_NOISE: Final = 0.9
"""First share of the old place in a preconditioned Crank-Nicolson move."""
PATIENCE: Final = 15.0
"""Seconds after which nested sampling is stopped."""


@dataclass(frozen=True)
class Sampled:
    """What a run gives.

    Attributes
    ----------
    draws
        Array [draw, parameter] in the frame's coordinates; draws with a common ancestor are neighbours, so that they
        count as correlated.
    log_evidence
        Log of the integral of likelihood times prior, if the sampler gives it.
    finished
        Whether the sampler met its own criterion.
    every
        Draws if each state after the last tempering step is one, not only the last one of each particle.
    """

    draws: Array
    log_evidence: float | None = None
    finished: bool = True
    every: Array | None = None


Sampler = Callable[[Frame, int, int], Sampled]


def shorter_or_longer(kept: float, accepted: float) -> float:
    """The next share of the old place in a move, as calibrations adapt it."""
    length = (1 - kept**2) * (1.6 if accepted > 0.35 else 0.6)
    return float(np.sqrt(1 - min(0.999, max(1e-3, length))))


def own(frame: Frame, budget: int, seed: int) -> Sampled:
    """The algorithm of `euthymia.calibration.sampler`, in one run with few moves, and the evidence.

    Calibrations run it from the capped reference, four times with 100 particles and 50 moves after the last step, and
    then move on until the runs agree. Relatives are neighbours here too.
    """
    rng = np.random.default_rng(seed)
    members = budget // SHARES[frame.start]
    noise, inside = frame.draw_inside(members, rng)
    gain, kept, power, evidence = frame.gain(noise), KEPT_NOISE, 0.0, np.log(inside)
    while power < 1.0:
        step = 1.0 - power
        while True:
            weights = np.exp(step * (gain - gain.max()))
            if step <= 1e-4 or weights.sum() ** 2 / (weights**2).sum() >= KEPT * members:
                break
            step *= 0.8
        evidence += float(np.log(weights.mean()) + step * gain.max())
        chosen = np.sort(rng.choice(members, members, p=weights / weights.sum()))
        noise, gain, power = noise[chosen], gain[chosen], power + step
        states = []
        for _ in range(MOVES):
            tried = kept * noise + np.sqrt(1 - kept**2) * rng.standard_normal(noise.shape)
            new = frame.gain(tried)
            accepted = np.log(rng.random(members)) < power * (new - gain)
            noise[accepted], gain[accepted] = tried[accepted], new[accepted]
            kept = shorter_or_longer(kept, float(accepted.mean()))
            states.append(noise.copy())
    return Sampled(noise, float(evidence), every=np.stack(states, axis=1).reshape(-1, frame.dimension))


def ensemble(frame: Frame, budget: int, seed: int) -> Sampled:
    """`emcee` with differential evolution, snooker and stretch moves; the first half is left out."""
    import emcee

    rng = np.random.default_rng(seed)
    walkers = max(2 * frame.dimension + 2, min(budget // 40, 400)) // 2 * 2
    moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.15), (emcee.moves.StretchMove(), 0.15)]
    sampler = emcee.EnsembleSampler(walkers, frame.dimension, frame.log_density, moves=moves, vectorize=True)
    start = emcee.State(frame.draw_inside(walkers, rng)[0], random_state=np.random.RandomState(seed).get_state())
    steps = budget // walkers
    sampler.run_mcmc(start, steps)
    return Sampled(np.swapaxes(sampler.get_chain(discard=steps // 2), 0, 1).reshape(-1, frame.dimension))


def library(frame: Frame, budget: int, seed: int, *, random_walk: bool) -> Sampled:
    """Waste-free adaptive tempering of `particles`, with its random walk or with Crank-Nicolson moves."""
    import particles
    from particles import distributions, resampling, smc_samplers

    class Posterior(smc_samplers.StaticModel):  # type: ignore[misc]
        def loglik(self, theta: Array, t: int | None = None) -> Array:
            return frame.gain(theta)

    class CrankNicolson(smc_samplers.ArrayMCMC):  # type: ignore[misc]
        kept = KEPT_NOISE

        def step(self, x: Any, target: Any = None) -> float:
            fresh = np.random.standard_normal(x.theta.shape)
            tried = type(x)(theta=self.kept * x.theta + np.sqrt(1 - self.kept**2) * fresh)
            target(tried)
            power = x.shared["exponents"][-1]
            accepted = np.log(np.random.random(x.N)) < power * (tried.llik - x.llik)
            x.copyto(tried, where=accepted)
            share = float(accepted.mean())
            self.kept = shorter_or_longer(self.kept, share)
            return share

    class Families(smc_samplers.MCMCSequenceWF):  # type: ignore[misc]
        def __call__(self, x: Any, target: Any) -> Any:
            found = super().__call__(x, target)
            return found[np.arange(found.N).reshape(-1, x.N).T.ravel()]

    np.random.seed(seed)
    length = MOVES + 1
    kernel = smc_samplers.ArrayRandomWalk() if random_walk else CrankNicolson()
    model = Posterior(prior=distributions.MvNormal(loc=np.zeros(frame.dimension), cov=np.eye(frame.dimension)))
    tempering = smc_samplers.AdaptiveTempering(
        model, len_chain=length, ESSrmin=KEPT, move=Families(mcmc=kernel, len_chain=length)
    )
    run = particles.SMC(fk=tempering, N=budget // SHARES[frame.start], collect="off")
    run.run()
    chosen = np.sort(resampling.systematic(run.W, M=run.X.N))
    return Sampled(run.X.theta[chosen], float(run.logLt))


def nested(frame: Frame, budget: int, seed: int) -> Sampled:
    """`nautilus` on the unit cube of the frame, stopped at the budget or after `PATIENCE`."""
    import nautilus
    from scipy.special import ndtri

    live = min(2000, budget // 5)
    sampler = nautilus.Sampler(
        ndtri, frame.gain, frame.dimension, n_live=live, vectorized=True, pass_dict=False, seed=seed
    )
    finished = sampler.run(n_like_max=budget, n_eff=min(2000, budget // 10), timeout=PATIENCE)
    points, weights, _ = sampler.posterior()
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(points), 400, p=np.exp(weights - np.logaddexp.reduce(weights)))
    return Sampled(points[np.sort(chosen)], float(sampler.log_z), bool(finished))


SAMPLERS: Final[dict[str, Sampler]] = {
    "own tempering": own,
    "emcee": ensemble,
    "particles, random walk": lambda frame, budget, seed: library(frame, budget, seed, random_walk=True),
    "particles, Crank-Nicolson": lambda frame, budget, seed: library(frame, budget, seed, random_walk=False),
    "nautilus": nested,
}
NEEDS: Final = {name: name.split(",")[0] for name in SAMPLERS if not name.startswith("own")}
"""The module that each candidate needs; without it the candidate is left out."""
