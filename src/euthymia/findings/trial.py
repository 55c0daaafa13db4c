"""A virtual experiment: simulated animals of all arms, and what assays read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import special

from euthymia.assays.read import expected, observed
from euthymia.cohorts.draw import INDIVIDUALS, generator
from euthymia.engine.status import failed
from euthymia.records.assay import Assay
from euthymia.records.finding import Reading
from euthymia.records.study import Experiment, Mechanism

Array = npt.NDArray[np.float64]
RARE: Final = 1e-9
"""Least chance to be picked, so that a group without members has a mean (that of its likeliest animals)."""


@dataclass(frozen=True)
class Trial:
    """One experiment, simulated.

    Attributes
    ----------
    experiment
        The experiment's record.
    mechanism
        The study's mechanism record (its read-outs).
    assays
        The shared assays.
    states
        Trajectories with dimensions animal, arm, time (days).
    seed
        Seed of assay noise.
    individuals
        Animals per draw.
    typical
        Whether assays have their central gain in every draw, so that draws differ by their parameters only.
    """

    experiment: Experiment
    mechanism: Mechanism
    assays: Mapping[str, Assay]
    states: xr.Dataset
    seed: int
    individuals: int = INDIVIDUALS
    typical: bool = False

    @cached_property
    def draws(self) -> int:
        """Number of draws."""
        return self.states.sizes["animal"] // self.individuals

    @cached_property
    def failed(self) -> npt.NDArray[np.bool_]:
        """Draws in which a run of any animal or arm failed."""
        bad = failed(self.states["status"].values).any(axis=1)
        return np.asarray(bad.reshape(self.draws, self.individuals).any(axis=1))

    def variable(self, assay: str, of: str | None) -> str | None:
        """The model variable that an assay reads, or None if the mechanism has none."""
        latent = self.assays[assay].latent
        if latent is not None:
            shown = self.mechanism.shown(latent)
            return shown if shown in self.states else None
        readout = self.mechanism.readouts.get(assay)
        return readout.states.get(of or "all") if readout else None

    def gain(self, assay: str) -> Array:
        """Factor on an assay's gain, one per draw: its uncertainty, the same for all studies and arms."""
        sd = 0.0 if self.typical else self.assays[assay].gain_sd
        return np.exp(sd * generator(self.seed, "gain", assay).standard_normal(self.draws))

    def readings(self, reading: Reading) -> Array:
        """Expected readings [draw, individual]; a change in percent where the reading has `since`."""
        assay = self.assays[reading.assay]
        gain = self.gain(reading.assay)[:, None]
        now = expected(assay, self._state(reading, reading.time.to("d")), gain)
        if reading.since is None:
            return now
        before = expected(assay, self._state(reading, reading.since.to("d")), gain)
        return np.asarray(100 * (now / before - 1))

    def means(self, reading: Reading) -> Array:
        """Group means [draw] of the expected readings, over the animals that the arm's split picks."""
        return np.asarray((self.readings(reading) * self.shares(reading.arm)).sum(axis=1))

    def shares(self, arm: str) -> Array:
        """Weight of each individual in its group [draw, individual], summing to one.

        An arm without a split has equal weights. With one, an individual weighs as likely as its noisy reading lies on
        the split's side of the line.
        """
        picked = self.picked(arm)
        return np.asarray(picked / picked.sum(axis=1, keepdims=True))

    def picked(self, arm: str) -> Array:
        """Chance that an individual belongs to an arm [draw, individual]: one where the arm has no split."""
        record = next(one for one in self.experiment.arms if one.id == arm)
        if record.split is None:
            return np.ones((self.draws, self.individuals))
        split = record.split
        reading = Reading(arm=arm, assay=split.assay, of=split.of, time=split.time)
        assay = self.assays[split.assay]
        distance = (self.readings(reading) - split.line) / assay.animal_sd
        return np.asarray(np.maximum(special.ndtr(distance if split.side == "above" else -distance), RARE))

    def sample(self, reading: Reading, *, animals: int, replicates: int) -> Array:
        """Readings [draw, replicate, animal] of single animals with their own baselines and measurement error.

        Animals are drawn from the individuals of each draw, whose mirrored pairs have the variance of the population.
        """
        assay = self.assays[reading.assay]
        rng = generator(self.seed, "sample", self.experiment.id, str(sorted(reading.model_dump().items(), key=str)))
        shape = (self.draws, replicates, animals)
        chosen = self._chosen(reading.arm, rng, shape)
        between = rng.standard_normal(shape)
        gain = self.gain(reading.assay)[:, None, None]

        def read(day: float) -> Array:
            state = self._state(reading, day)
            picked = np.take_along_axis(state[:, None, :], chosen, axis=2)
            return observed(assay, picked, between, rng.standard_normal(shape), gain)

        now = read(reading.time.to("d"))
        return now if reading.since is None else np.asarray(100 * (now / read(reading.since.to("d")) - 1))

    def _chosen(self, arm: str, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        if all(one.split is None for one in self.experiment.arms if one.id == arm):
            return rng.integers(0, self.individuals, shape)
        bounds = np.cumsum(self.shares(arm), axis=1)[:, None, None, :-1]
        return np.asarray((rng.random(shape)[..., None] > bounds).sum(axis=-1))

    def course(self, arm: str, assay: str, of: str | None, since: float | None = None) -> xr.DataArray:
        """Group means [draw, time] of an assay over all simulated times."""
        record = self.assays[assay]
        variable = self.variable(assay, of)
        state = self._values(variable)[:, self._arms[arm]].reshape(self.draws, self.individuals, -1)
        values = expected(record, state, self.gain(assay)[:, None, None])
        if since is not None:
            values = 100 * (values / values[:, :, [self.nearest(since)]] - 1)
        return xr.DataArray(
            (values * self.shares(arm)[:, :, None]).sum(axis=1),
            dims=("draw", "time"),
            coords={"time": self.states["time"].values},
        )

    def values(self, arm: str, variable: str, day: float) -> Array:
        """A model variable [draw, individual] of an arm at the simulated time nearest to a day."""
        found = self._values(variable)[:, self._arms[arm], self.nearest(day)]
        return np.asarray(found.reshape(self.draws, self.individuals))

    def nearest(self, day: float) -> int:
        """Index of the simulated time that is nearest to a day."""
        return int(np.argmin(np.abs(self._days - day)))

    @cached_property
    def _days(self) -> Array:
        return np.asarray(self.states["time"].values)

    @cached_property
    def _arms(self) -> dict[str, int]:
        return {str(name): index for index, name in enumerate(self.states["arm"].values)}

    def _values(self, variable: str | None) -> Array:
        """A variable [animal, arm, time]; findings whose assay the mechanism cannot show are not read."""
        assert variable is not None
        if variable not in self._arrays:
            self._arrays[variable] = self.states[variable].values
        return self._arrays[variable]

    @cached_property
    def _arrays(self) -> dict[str, Array]:
        return {}

    def _state(self, reading: Reading, day: float) -> Array:
        variable = self.variable(reading.assay, reading.of)
        assert variable is not None
        return self.values(reading.arm, variable, day)
