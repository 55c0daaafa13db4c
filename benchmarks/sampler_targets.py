"""Posteriors that samplers are measured on: mechanisms of the atlas, and a planted one with two modes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from euthymia.calibration import sampler
from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import free_parameters
from euthymia.records.folder import load_study

Array = npt.NDArray[np.float64]
Start = Literal["reference", "capped reference", "prior"]
"""The widened normal approximation; the same, nowhere wider than the prior, as calibrations use it; the prior."""
FLOOR: Final = -1e30
"""Log density outside the bounds and of failed runs, for samplers that want finite numbers."""
HALF_LOG_2PI: Final = 0.5 * float(np.log(2 * np.pi))
PADDED: Final = 30
"""Parameters of the planted posterior."""
MODES: Final = (-2.0, 2.0)
WEIGHTS: Final = (0.7, 0.3)
WIDTH: Final = 0.3
"""Standard deviation of a planted mode along its first parameter, so that the modes are 13 of them apart."""
BEND: Final = 0.3
THICKNESS: Final = 0.4


@dataclass(frozen=True)
class Target:
    """A posterior.

    Attributes
    ----------
    log_posterior
        Log of likelihood times normalised prior at positions [position, parameter] in prior standard deviations.
    limits
        Bounds [parameter, side].
    centre, covariance
        The normal reference.
    truth
        Mean and standard deviation of each parameter where they are known.
    """

    log_posterior: Callable[[Array], Array]
    limits: Array
    centre: Array
    covariance: Array
    truth: tuple[Array, Array] | None = None

    @property
    def dimension(self) -> int:
        return len(self.centre)

    def frame(self, start: Start) -> Frame:
        """Coordinates in which the start is standard normal."""
        if start == "prior":
            return Frame(self, np.zeros(self.dimension), np.eye(self.dimension), start)
        capped = start == "capped reference"
        root = sampler._root(self.covariance) if capped else np.linalg.cholesky(sampler.WIDER**2 * self.covariance)
        return Frame(self, self.centre, np.asarray(root), start)


@dataclass
class Frame:
    """A target seen from a normal start; counts the evaluations of the target."""

    target: Target
    centre: Array
    root: Array
    start: Start
    evaluations: int = field(default=0)

    @property
    def dimension(self) -> int:
        return self.target.dimension

    def positions(self, noise: Array) -> Array:
        return self.centre + noise @ self.root.T

    def gain(self, noise: Array) -> Array:
        """Log posterior minus log density of the start, both normalised as far as known."""
        places = self.positions(noise)
        allowed = self._allowed(places)
        gains = np.full(len(noise), FLOOR)
        if allowed.any():
            self.evaluations += int(allowed.sum())
            start = -(noise[allowed] ** 2).sum(axis=1) / 2 - self.dimension * HALF_LOG_2PI
            found = self.target.log_posterior(places[allowed]) - start + np.log(np.diag(self.root)).sum()
            gains[allowed] = np.where(np.isfinite(found), found, FLOOR)
        return gains

    def log_density(self, noise: Array) -> Array:
        return np.asarray(self.gain(noise) - (noise**2).sum(axis=1) / 2)

    def draw_inside(self, count: int, rng: np.random.Generator) -> tuple[Array, float]:
        """Draws of the start within the bounds, and the share of the start that is within them."""
        drawn = rng.standard_normal((max(20000, 20 * count), self.dimension))
        inside = self._allowed(self.positions(drawn))
        return drawn[inside][:count], float(inside.mean())

    def _allowed(self, places: Array) -> npt.NDArray[np.bool_]:
        limits = self.target.limits
        return np.asarray(((places >= limits[:, 0]) & (places <= limits[:, 1])).all(axis=1))


def mechanism(study_id: str) -> Target:
    """The posterior of a study's parameters, and the reference, as `euthymia calibrate` makes them."""
    study = load_study(study_id, calibrated=False)
    free, own = free_parameters(study)
    evidence = Evidence(study, free)
    best = sampler.most_probable(evidence, own, lambda state: None)
    centre, covariance = sampler._reference(evidence, best)

    def log_posterior(positions: Array) -> Array:
        squares = (evidence.residuals(positions) ** 2).sum(axis=1) + (positions**2).sum(axis=1)
        return np.asarray(-squares / 2 - len(free) * HALF_LOG_2PI)

    return Target(log_posterior, evidence.limits, centre, covariance)


def planted() -> Target:
    """Two modes in the first parameter, a bend in the second, and normal parameters of several widths."""
    widths = np.geomspace(0.2, 1.0, PADDED - 2)

    def log_posterior(positions: Array) -> Array:
        first, second, rest = positions[:, 0], positions[:, 1], positions[:, 2:]
        modes = [
            np.log(weight / WIDTH) - ((first - mode) / WIDTH) ** 2 / 2
            for mode, weight in zip(MODES, WEIGHTS, strict=True)
        ]
        bent = (second - BEND * (first**2 - MODES[0] ** 2)) / THICKNESS
        whole = np.logaddexp(*modes) - bent**2 / 2 - np.log(THICKNESS) - ((rest / widths) ** 2).sum(axis=1) / 2
        return np.asarray(whole - np.log(widths).sum() - PADDED * HALF_LOG_2PI)

    mean, deviation = np.zeros(PADDED), np.concatenate([[0.0, 0.0], widths])
    mean[0] = np.dot(MODES, WEIGHTS)
    deviation[0] = np.sqrt(WIDTH**2 + np.dot(np.square(MODES), WEIGHTS) - mean[0] ** 2)
    mean[1] = BEND * WIDTH**2
    bend_sd = BEND * np.sqrt(2 * WIDTH**4 + 4 * MODES[0] ** 2 * WIDTH**2)
    deviation[1] = np.hypot(THICKNESS, bend_sd)
    slope = 2 * BEND * MODES[0]
    local = np.diag(np.concatenate([[WIDTH**2, THICKNESS**2 + (slope * WIDTH) ** 2], widths**2]))
    local[0, 1] = local[1, 0] = slope * WIDTH**2
    centre = np.zeros(PADDED)
    centre[0] = MODES[0]
    wide = np.full((PADDED, 1), 1e6)
    return Target(log_posterior, np.hstack([-wide, wide]), centre, local, (mean, deviation))
