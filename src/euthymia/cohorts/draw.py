"""Seeded cohorts: parameter uncertainty (draws) kept apart from variation between animals (individuals).

Animal ``i`` is individual ``i % INDIVIDUALS`` of draw ``i // INDIVIDUALS``. Each parameter has two random streams of
its own, keyed by seed and id, so a cohort of 100 is the beginning of a cohort of 1000, and a new parameter moves no
other.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from euthymia.errors import RequestError
from euthymia.records.parameter import Ensemble, Parameter
from euthymia.words import msg

Array = npt.NDArray[np.float64]
INDIVIDUALS: Final = 4
"""Animals per draw. The mean of a group is estimated from them; all arms share them, so a contrast is paired."""
SPLIT_INDIVIDUALS: Final = 16
"""Animals per draw where a study parts an arm by a reading, so that both parts have members."""


@dataclass(frozen=True)
class Cohort:
    """Drawn parameters.

    Attributes
    ----------
    values
        By parameter id, one value per animal, in the unit of the equations.
    draws
        Number of draws.
    seed
        The seed.
    individuals
        Animals per draw.
    """

    values: Mapping[str, Array]
    draws: int
    seed: int
    individuals: int = INDIVIDUALS

    @property
    def animals(self) -> int:
        """Number of animals."""
        return self.draws * self.individuals

    def with_settings(self, settings: Mapping[str, float]) -> Cohort:
        """The same animals with some parameters set to one value (as an ablation does)."""
        fixed = {name: np.full(self.animals, value) for name, value in settings.items()}
        return replace(self, values={**self.values, **fixed})


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for a seed and some names."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    key = np.random.SeedSequence([seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()])
    return np.random.Generator(np.random.Philox(key))


def sample_cohort(
    parameters: Sequence[Parameter],
    *,
    animals: int,
    seed: int,
    ensemble: Ensemble | None = None,
    individuals: int = INDIVIDUALS,
) -> Cohort:
    """A cohort.

    Parameters
    ----------
    parameters
        Rows of the parameter tables.
    animals
        Number of animals, rounded up to a multiple of `INDIVIDUALS` and to at least two draws.
    seed
        Not negative.
    ensemble
        Calibrated joint draws; parameters that are not in it are drawn from their priors.
    individuals
        Animals per draw; more than usual, in addition to those asked for, where arms are parted by a reading.

    Raises
    ------
    RequestError
        If the number of animals or the seed cannot be used.
    """
    if animals < 1:
        raise RequestError(msg("The number of animals is {found}; it must be at least 1.", found=animals))
    if seed < 0:
        raise RequestError(msg("The seed is {found}; it must not be negative.", found=seed))
    draws = max(2, math.ceil(animals / INDIVIDUALS))
    central = {p.id: draw_values(p, generator(seed, "draw", p.id).random(draws)) for p in parameters}
    if ensemble is not None:
        rows = generator(seed, "ensemble").permutation(len(ensemble.values))[np.arange(draws) % len(ensemble.values)]
        central |= {name: ensemble.values[rows, index] for index, name in enumerate(ensemble.ids)}
    values = {p.id: _animals(p, np.repeat(central[p.id], individuals), seed) * p.factor for p in parameters}
    return Cohort(values, draws, seed, individuals)


def _animals(parameter: Parameter, central: Array, seed: int) -> Array:
    if not parameter.between_sd:
        return central
    return varied(parameter, central, _mirrored(generator(seed, "between", parameter.id), len(central)))


def varied(parameter: Parameter, central: Array, deviates: Array) -> Array:
    """Values of single animals, in the parameter's own unit, from central values and standard normal deviates."""
    noise = (parameter.between_sd or 0.0) * deviates
    moved = central * np.exp(noise) if parameter.scale == "log" else central + noise
    return np.asarray(np.clip(moved, parameter.lower, parameter.upper))


def typical_deviates(parameter: Parameter, individuals: int) -> Array:
    """The same few deviates whatever the seed: the animals of a calibration that parts an arm by a reading."""
    return _mirrored(generator(0, "typical", parameter.id), individuals)


def _mirrored(rng: np.random.Generator, animals: int) -> Array:
    """Standard normal deviates in pairs of opposite sign, so that the few individuals of a draw have mean zero."""
    half = rng.standard_normal(animals // 2)
    return np.stack([half, -half], axis=1).reshape(animals)


@dataclass(frozen=True)
class _Normal:
    mean: float
    sd: float

    def cdf(self, value: float) -> float:
        return float(special.ndtr((value - self.mean) / self.sd))

    def quantile(self, share: Array) -> Array:
        return np.asarray(special.ndtri(share) * self.sd + self.mean)


@dataclass(frozen=True)
class _Uniform:
    low: float
    width: float

    def cdf(self, value: float) -> float:
        return float(np.clip((value - self.low) / self.width, 0.0, 1.0))

    def quantile(self, share: Array) -> Array:
        return np.asarray(share * self.width + self.low)


def draw_values(parameter: Parameter, uniform: Array) -> Array:
    """Values of a parameter, in its own unit, at quantiles of its distribution cut off at its bounds.

    The distribution is the calibrated one where there is one, otherwise the prior.
    """
    prior = parameter.prior
    if parameter.fitted_sd is not None:
        logarithmic = parameter.scale == "log"
        distribution: _Normal | _Uniform = _Normal(
            np.log(parameter.value) if logarithmic else parameter.value, parameter.fitted_sd
        )
    elif prior.kind == "fixed":
        return np.full(len(uniform), parameter.value)
    else:
        logarithmic = prior.kind in ("lognormal", "loguniform")
        first, second = (np.log(prior.first), prior.second) if logarithmic else (prior.first, prior.second)
        if prior.kind in ("lognormal", "normal"):
            distribution = _Normal(first, second)
        else:
            width = np.log(prior.second / prior.first) if logarithmic else prior.second - prior.first
            distribution = _Uniform(first, width)
    low, high = parameter.lower, parameter.upper
    if logarithmic:
        low, high = (np.log(bound) if bound > 0 else -np.inf for bound in (low, high))
    edges = (distribution.cdf(low), distribution.cdf(high))
    drawn = distribution.quantile(edges[0] + uniform * (edges[1] - edges[0]))
    return np.asarray(np.clip(np.exp(drawn) if logarithmic else drawn, parameter.lower, parameter.upper))
