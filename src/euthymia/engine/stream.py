"""`simulate_to` and `open_results`: cohorts that do not fit into memory, on disk in parts.

A folder holds ``manifest.json`` and one Parquet file per part with a row per run: ``animal``, ``arm``, ``status`` and,
for each output, a list of numbers, one per output time. Each file is written under another name and then renamed, so
that a file that is there is whole, and an interrupted call goes on where it was.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xarray as xr
from pyarrow import parquet

from euthymia.engine import checks
from euthymia.engine.ask import Asked, EngineChoice, ask, status_meanings
from euthymia.engine.checks import Schedules
from euthymia.engine.spread import Place, finished, parts_of
from euthymia.engine.work import Results
from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.words import msg

if TYPE_CHECKING:
    from distributed import Client

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StoredCohort:
    """Results in a folder.

    Attributes
    ----------
    folder
        Where they are.
    manifest
        What was asked for: animals, arms, times, outputs and their units, the first animal of each part, provenance.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def animals(self) -> int:
        """How many animals were asked for."""
        return int(self.manifest["animals"])

    @property
    def missing(self) -> list[int]:
        """Numbers of the parts that are not there yet."""
        return [number for number in range(len(self.manifest["parts"])) if not self.part_file(number).exists()]

    def part_file(self, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"part-{number:06d}.parquet"

    def datasets(self) -> Iterator[xr.Dataset]:
        """The results part by part, each as `simulate` would give it for these animals.

        Raises
        ------
        RequestError
            If a part is missing or damaged.
        """
        if self.missing:
            raise RequestError(
                msg("{count} of {all} parts of “{folder}” are missing; call simulate_to again to make them.",
                    count=len(self.missing), all=len(self.manifest["parts"]), folder=self.folder)
            )  # fmt: skip
        for number in range(len(self.manifest["parts"])):
            yield self._dataset(number)

    def _dataset(self, number: int) -> xr.Dataset:
        file, facts = self.part_file(number), self.manifest
        try:
            table = parquet.read_table(file)
        except (pa.ArrowException, OSError) as error:
            raise RequestError(
                msg("The part “{file}” cannot be read ({reason}); delete it and call simulate_to again.",
                    file=file, reason=str(error))
            ) from None  # fmt: skip
        start, stop = facts["parts"][number]
        shape: tuple[int, ...] = (stop - start, len(facts["arms"]))
        dims = ("animal", "arm", "time") if facts["labelled"] else ("animal", "time")
        kept = shape if facts["labelled"] else shape[:1]
        variables: dict[str, Any] = {}
        for name, unit in facts["outputs"].items():
            flat = table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
            variables[name] = (dims, flat.reshape(*kept, len(facts["times"])), {"units": unit})
        variables["status"] = (dims[:-1], table["status"].to_numpy().reshape(kept), status_meanings())
        coordinates: dict[str, Any] = {
            "animal": np.arange(start, stop),
            "time": ("time", np.array(facts["times"]), {"units": facts["time_unit"]}),
        }
        if facts["labelled"]:
            coordinates["arm"] = facts["arms"]
        return xr.Dataset(variables, coordinates, facts["provenance"])


def open_results(folder: Path | str) -> StoredCohort:
    """Results that `simulate_to` wrote.

    Raises
    ------
    RequestError
        If the folder holds none, or they are of another format.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        raise RequestError(msg("“{folder}” holds no results of simulate_to.", folder=folder)) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise RequestError(
            msg("The results in “{folder}” are of another format; make them again in a new folder.", folder=folder)
        )
    return StoredCohort(folder, manifest)


def simulate_to(
    folder: Path | str,
    model: Model,
    *,
    times: Sequence[float] | Array,
    parameters: Mapping[str, float | Sequence[float] | Array] | None = None,
    schedule: Schedules = None,
    outputs: Sequence[str] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seed: int | None = None,
    workers: int | None = None,
    processes: bool = False,
    client: Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    engine: EngineChoice = "auto",
) -> StoredCohort:
    """Trajectories of a cohort of any size, written to a folder in parts; arguments as for `simulate`.

    Memory holds the parameters and a few parts of at most 64 MB. A call with the same arguments and folder goes on
    where an interrupted one was.

    Raises
    ------
    RequestError
        If an argument cannot be honoured, or the folder holds other things or the results of other arguments.
    ModelError
        If the model uses something that the engine does not support.

    >>> import tempfile
    >>> from euthymia.models.load import load_model
    >>> decay = load_model("S1 -> ; k*S1; S1 = 10; k = 1")
    >>> with tempfile.TemporaryDirectory() as made:
    ...     stored = simulate_to(made + "/cohort", decay, times=[0, 1], parameters={"k": [0.5, 1.0]})
    ...     [part["S1"].round(3).values.tolist() for part in stored.datasets()]
    [[[10.0, 6.065], [10.0, 3.679]]]
    """
    checks.check_workers(workers)
    asked = ask(model, times=times, parameters=parameters, schedule=schedule, outputs=outputs, rtol=rtol, atol=atol,
                engine=engine)  # fmt: skip
    parts = parts_of(asked.work)
    stored = _prepared(Path(folder), _manifest(asked, parts, seed))
    missing = stored.missing
    arms, total = len(asked.arms), asked.work.runs
    done = total - arms * sum(parts[number][1] - parts[number][0] for number in missing)
    place = Place(workers, processes, client)
    for index, results in finished(asked.work, [parts[number] for number in missing], place):
        number = missing[index]
        _write_part(stored.part_file(number), asked, parts[number][0], results)
        done += arms * (parts[number][1] - parts[number][0])
        if progress:
            progress(done, total)
    return stored


def _manifest(asked: Asked, parts: Sequence[tuple[int, int]], seed: int | None) -> dict[str, Any]:
    work = asked.work
    return {
        "format": FORMAT,
        "request": work.digest(),
        "animals": len(work.values),
        "arms": list(asked.arms),
        "labelled": asked.labelled,
        "times": list(work.times),
        "time_unit": work.model.time_unit,
        "outputs": {name: work.model.output_unit(name) for name in work.outputs},
        "parts": [list(part) for part in parts],
        "provenance": asked.provenance(seed),
    }


def _prepared(folder: Path, manifest: dict[str, Any]) -> StoredCohort:
    """The folder with its manifest; one that is there must be of the same request."""
    if (folder / MANIFEST).exists():
        stored = open_results(folder)
        if stored.manifest.get("request") != manifest["request"]:
            raise RequestError(
                msg("“{folder}” holds the results of another request; choose another folder.", folder=folder)
            )
        return stored
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RequestError(msg("“{folder}” is not an empty folder; choose another one.", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    _renamed(folder / MANIFEST, lambda file: file.write_text(json.dumps(manifest, indent=1), encoding="utf-8"))
    return StoredCohort(folder, json.loads(json.dumps(manifest)))


def _write_part(file: Path, asked: Asked, first: int, found: Results) -> None:
    results, status = found
    animals, arms = status.shape
    columns: dict[str, Any] = {
        "animal": np.repeat(np.arange(first, first + animals), arms),
        "arm": pa.array(list(asked.arms) * animals).dictionary_encode(),
        "status": status.ravel(),
    }
    count = len(asked.work.times)
    for index, name in enumerate(asked.work.outputs):
        flat = np.ascontiguousarray(results[..., index]).reshape(-1)
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(flat), count)
    _renamed(file, lambda made: parquet.write_table(pa.table(columns), made, compression="zstd"))


def _renamed(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name, then rename it."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    os.close(handle)
    made = Path(name)
    try:
        write(made)
        made.replace(file)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
