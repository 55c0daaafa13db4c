"""Recordings from files: NumPy archives, netCDF and NWB. Files are data; nothing in them is executed."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from euthymia.errors import RequestError
from euthymia.neural.sessions import Session, session_of
from euthymia.words import msg

DIMS: Final = {
    "counts": ("trial", "bin", "neuron"),
    "choice": ("trial",),
    "previous": ("trial",),
    "rest": ("rest_bin", "neuron"),
}
MOST_BYTES: Final = 4 * 1024**3
"""Largest size of a file, and of an archive's arrays when unpacked."""


@dataclass(frozen=True)
class NwbColumns:
    """Where an NWB file keeps what decoders need.

    Attributes
    ----------
    choice
        Column of the trials table with the choice; two values.
    sucrose
        The value that stands for sucrose.
    at
        Column with the time of the choice in seconds.
    before, after
        Seconds around it.
    step
        Width of a bin in seconds.
    rest
        Interval table with the times of rest.
    rest_step
        Width of a resting bin in seconds.
    """

    choice: str = "choice"
    sucrose: str = "sucrose"
    at: str = "choice_time"
    before: float = 1.0
    after: float = 1.0
    step: float = 0.25
    rest: str = "rest"
    rest_step: float = 0.25


def load_session(file: Path, *, columns: NwbColumns | None = None) -> Session:
    """A session from a file.

    Parameters
    ----------
    file
        ``.npz`` with arrays ``counts`` [trial, bin, neuron], ``choice`` [trial] and, if there are any, ``previous``
        [trial], ``rest`` [bin, neuron], ``times`` [bin], ``animal``, ``group``, ``rest_step``; ``.nc`` with the
        dataset of `Session.to_dataset`; or ``.nwb``.
    columns
        Names in an NWB file.

    Raises
    ------
    RequestError
        If the file is missing, too large, of another kind, or does not hold what is needed.
    """
    if not file.is_file():
        raise RequestError(msg("There is no file {path}.", path=file))
    if file.stat().st_size > MOST_BYTES:
        raise RequestError(msg("The file {path} is larger than {limit} GB.", path=file, limit=MOST_BYTES // 1024**3))
    if file.suffix not in (".npz", ".nc", ".nwb"):
        raise RequestError(msg("“{path}” is no recording that can be read; use .npz, .nc or .nwb.", path=file.name))
    try:
        data = _read(file, columns or NwbColumns())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RequestError(msg("The file {path} cannot be read: {reason}.", path=file, reason=error)) from error
    return session_of(data, animal=file.stem)


def _read(file: Path, columns: NwbColumns) -> xr.Dataset:
    if file.suffix == ".npz":
        return _npz(file)
    return _netcdf(file) if file.suffix == ".nc" else _nwb(file, columns)


def _npz(file: Path) -> xr.Dataset:
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
            raise ValueError(f"unpacked it is larger than {MOST_BYTES // 1024**3} GB")
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    variables = {name: (dims, arrays[name]) for name, dims in DIMS.items() if name in arrays}
    for name, (dims, values) in variables.items():
        if values.ndim != len(dims):
            raise ValueError(f"“{name}” has {values.ndim} dimensions, not {len(dims)}")
    data = xr.Dataset(variables)
    if "times" in arrays:
        data = data.assign_coords(bin=("bin", arrays["times"]))
    names = {name: str(arrays[name]) for name in ("animal", "group") if name in arrays}
    step = {"rest_step": float(arrays["rest_step"])} if "rest_step" in arrays else {}
    return data.assign_attrs(names | step)


def _netcdf(file: Path) -> xr.Dataset:
    with xr.open_dataset(file, engine="h5netcdf") as data:
        return data.load()


def _nwb(file: Path, columns: NwbColumns) -> xr.Dataset:
    try:
        from pynwb import NWBHDF5IO
    except ImportError:
        raise RequestError(msg("NWB files need the extra “nwb”: pip install 'euthymia[nwb]'.")) from None
    with NWBHDF5IO(str(file), "r") as reader:
        return _of_nwb(reader.read(), columns)


def _of_nwb(nwb: Any, columns: NwbColumns) -> xr.Dataset:
    if nwb.units is None or nwb.trials is None:
        raise ValueError("it holds no units or no trials")
    for name in (columns.choice, columns.at):
        if name not in nwb.trials.colnames:
            raise ValueError(f"its trials have no column “{name}” but {', '.join(nwb.trials.colnames)}")
    spikes = [np.sort(np.asarray(times, dtype=float)) for times in nwb.units["spike_times"][:]]
    choices = np.array([str(one) for one in nwb.trials[columns.choice][:]])
    at = np.asarray(nwb.trials[columns.at][:], dtype=float)
    kept = np.isfinite(at)
    edges = np.arange(-columns.before, columns.after + columns.step / 2, columns.step)
    counts = np.array([_binned(spikes, moment + edges) for moment in at[kept]])
    data = xr.Dataset(
        {"counts": (DIMS["counts"], counts), "choice": ("trial", (choices[kept] == columns.sucrose).astype(int))},
        coords={"bin": ("bin", (edges[1:] + edges[:-1]) / 2)},
        attrs={"animal": str(nwb.subject.subject_id if nwb.subject else nwb.identifier),
               "rest_step": columns.rest_step},
    )  # fmt: skip
    resting = nwb.intervals.get(columns.rest) if nwb.intervals else None
    if resting is not None:
        spans = zip(resting["start_time"][:], resting["stop_time"][:], strict=True)
        parts = [_binned(spikes, np.arange(start, stop, columns.rest_step)) for start, stop in spans]
        data["rest"] = (DIMS["rest"], np.concatenate(parts))
    return data


def _binned(spikes: list[Any], edges: Any) -> Any:
    """Counts [bin, neuron] between edges."""
    places = [np.searchsorted(times, edges) for times in spikes]
    return np.diff(np.array(places), axis=1).T
