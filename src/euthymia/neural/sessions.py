"""Recorded or simulated activity of one animal: spike counts of neurons in trials and at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.errors import RequestError
from euthymia.words import msg

Counts = npt.NDArray[np.int64]
TRIAL_TYPES: Final = ("ss", "sw", "ws", "ww")
"""Previous and present choice: s sucrose, w water. "sw" is a trial with water after one with sucrose."""


@dataclass(frozen=True)
class Session:
    """One animal's recording.

    Attributes
    ----------
    animal, group
        Names.
    counts
        Spike counts [trial, bin, neuron].
    choice, previous
        Sucrose (1) or water (0) on each trial and on the one before it [trial].
    times
        Middle of each bin in seconds from the choice [bin].
    rest
        Spike counts without a task [bin, neuron]; no bins if rest was not recorded.
    rest_step
        Width of a resting bin in seconds.
    """

    animal: str
    group: str
    counts: Counts
    choice: Counts
    previous: Counts
    times: npt.NDArray[np.float64]
    rest: Counts
    rest_step: float = 0.1

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return int(self.counts.shape[2])

    @property
    def kinds(self) -> Counts:
        """Type of each trial as an index into `TRIAL_TYPES`."""
        return np.asarray(2 * (1 - self.previous) + (1 - self.choice))

    def trials_of(self, kind: str) -> Counts:
        """Indices of the trials of one type."""
        return np.flatnonzero(self.kinds == TRIAL_TYPES.index(kind))

    def to_dataset(self) -> xr.Dataset:
        """The session as a dataset with dimensions trial, bin, neuron and rest_bin."""
        return xr.Dataset(
            {
                "counts": (("trial", "bin", "neuron"), self.counts),
                "choice": ("trial", self.choice),
                "previous": ("trial", self.previous),
                "rest": (("rest_bin", "neuron"), self.rest),
            },
            coords={"bin": ("bin", self.times, {"units": "s"})},
            attrs={"animal": self.animal, "group": self.group, "rest_step": self.rest_step},
        )


def session_of(data: xr.Dataset, *, animal: str = "", group: str = "") -> Session:
    """A session from a dataset like that of `Session.to_dataset`, with everything checked.

    Parameters
    ----------
    data
        Variables ``counts`` [trial, bin, neuron], ``choice`` [trial] (1 sucrose, 0 water); ``previous`` [trial] is made
        from the order of trials if left out, and the first trial dropped; ``rest`` [rest_bin, neuron] may be left out.
    animal, group
        Names; those in the dataset's attributes come first.

    Raises
    ------
    RequestError
        If a variable or dimension is missing, a count is negative or not whole, or a choice is neither 0 nor 1.
    """
    for name, dims in (("counts", ("trial", "bin", "neuron")), ("choice", ("trial",))):
        _has(data, name, dims)
    counts = _whole(data["counts"].transpose("trial", "bin", "neuron").values, "counts")
    choice = _binary(data["choice"].values, "choice")
    if "previous" in data:
        _has(data, "previous", ("trial",))
        previous = _binary(data["previous"].values, "previous")
    else:
        counts, previous, choice = counts[1:], choice[:-1], choice[1:]
    rest = np.empty((0, counts.shape[2]), dtype=np.int64)
    if "rest" in data:
        _has(data, "rest", ("rest_bin", "neuron"))
        rest = _whole(data["rest"].transpose("rest_bin", "neuron").values, "rest")
    times = np.asarray(data["bin"].values if "bin" in data.coords else np.arange(counts.shape[1]), dtype=float)
    return Session(
        str(data.attrs.get("animal", animal)), str(data.attrs.get("group", group)), counts, choice, previous, times,
        rest, float(data.attrs.get("rest_step", 0.1)),
    )  # fmt: skip


def same_bins(sessions: Sequence[Session]) -> npt.NDArray[np.float64]:
    """The bins that all sessions share.

    Raises
    ------
    RequestError
        If there is no session or their bins differ.
    """
    if not sessions:
        raise RequestError(msg("There is no session to decode."))
    first = sessions[0].times
    for one in sessions[1:]:
        if one.times.shape != first.shape or not np.allclose(one.times, first):
            raise RequestError(msg("The sessions of {first} and {second} have different time bins.",
                                   first=sessions[0].animal, second=one.animal))  # fmt: skip
    return first


def _has(data: xr.Dataset, name: str, dims: tuple[str, ...]) -> None:
    if name not in data:
        raise RequestError(msg("The recording has no variable “{name}”; it needs {dims}.",
                               name=name, dims=", ".join(dims)))  # fmt: skip
    if set(data[name].dims) != set(dims):
        raise RequestError(
            msg("The variable “{name}” has the dimensions {found}; it needs {dims}.",
                name=name, found=", ".join(map(str, data[name].dims)), dims=", ".join(dims))
        )  # fmt: skip


def _whole(values: npt.NDArray[np.generic], name: str) -> Counts:
    numbers = np.asarray(values, dtype=float)
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.round(numbers))
    if bad.any():
        raise RequestError(msg("“{name}” must hold whole numbers of spikes from 0; found {found}.",
                           name=name, found=f"{numbers[bad][0]:g}"))  # fmt: skip
    return numbers.astype(np.int64)


def _binary(values: npt.NDArray[np.generic], name: str) -> Counts:
    numbers = np.asarray(values, dtype=float)
    bad = ~np.isin(numbers, (0.0, 1.0))
    if bad.any():
        raise RequestError(msg("“{name}” must be 1 (sucrose) or 0 (water) on every trial; found {found}.",
                           name=name, found=f"{numbers[bad][0]:g}"))  # fmt: skip
    return numbers.astype(np.int64)
