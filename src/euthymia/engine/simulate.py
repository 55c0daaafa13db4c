"""`simulate`: compiled model + schedules + parameters -> labelled trajectories."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import roadrunner
import xarray as xr
from joblib import Parallel, delayed

from euthymia.engine.reference import Job, Start, run
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.status import Status
from euthymia.engine.store import Results, RunStore
from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.models.overrides import following, initial_values_model, symbol_of, with_overrides
from euthymia.provenance import stamp
from euthymia.words import msg

CHUNK: Final = 16
"""Animals per unit of work; results do not depend on it."""
PARALLEL_FROM: Final = 64
"""Runs from which worker processes are worth their start."""
MAX_BYTES: Final = 4 * 1024**3
"""Result size above which a call is refused before anything is computed."""

OneSchedule = Schedule | Sequence[Jump | Mapping[str, Any]]
Array = npt.NDArray[np.float64]


def simulate(
    model: Model,
    *,
    times: Sequence[float] | Array,
    parameters: Mapping[str, float | Sequence[float] | Array] | None = None,
    schedule: OneSchedule | Mapping[str, OneSchedule] | None = None,
    outputs: Sequence[str] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seed: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    store: RunStore | None = None,
) -> xr.Dataset:
    """Trajectories of a cohort.

    Parameters
    ----------
    model
        From `load_model`.
    times
        Output times in the model's time unit: finite, not negative, rising.
    parameters
        Values by id: a number for all animals, or one per animal. ``S1`` sets an initial amount, ``[S1]`` an initial
        concentration, any other id a parameter or compartment. Initial assignments are evaluated with these values.
    schedule
        A schedule, or a list of jumps; or a mapping from arm to these, which gives the result a dimension ``arm``.
    outputs
        ``S1`` is an amount, ``[S1]`` a concentration, anything else a parameter, compartment or reaction rate by id.
        All species' amounts and all quantities with a rate rule if left out.
    rtol, atol
        Relative and absolute tolerance per step; the absolute one is per state, in the state's unit.
    seed
        Kept in the provenance. The solution of a deterministic model does not depend on it.
    workers
        Worker processes; by default as many as cores when the call is large. Results do not depend on it.
    progress
        Called with the number of runs done and the number of all runs.
    store
        Where results are kept and read back, in parts, so that an interrupted call resumes.

    Returns
    -------
    xarray.Dataset
        Dimensions ``animal``, ``time`` (and ``arm``); one variable per output with its unit in ``attrs["units"]``;
        ``status`` per run, whose meanings stand in its ``attrs``. A run that failed is NaN throughout.

    Raises
    ------
    RequestError
        If an argument cannot be honoured; nothing is computed then.

    >>> from euthymia.models.load import load_model
    >>> decay = load_model("S1 -> ; k*S1; S1 = 10; k = 1")
    >>> simulate(decay, times=[0, 1], parameters={"k": [0.5, 1.0]})["S1"].round(3).values.tolist()
    [[10.0, 6.065], [10.0, 3.679]]
    """
    grid = _checked_times(times)
    arms, labelled = _arms(schedule, model)
    names = list(outputs) if outputs is not None else default_outputs(model)
    for name in names:
        _check_output(model, name)
    columns, animals = _columns(parameters or {})
    _check_tolerances(rtol, atol)
    _check_size(animals * len(arms) * len(grid) * max(len(names), 1))
    job = _job(model, columns, animals, arms, grid, names, rtol, atol)
    results, status = _run_all(job, workers, progress, store)
    return _dataset(model, job, list(arms), results, status, labelled=labelled, seed=seed)


def _job(
    model: Model,
    columns: Mapping[str, Array],
    animals: int,
    arms: Mapping[str, Schedule],
    grid: tuple[float, ...],
    names: list[str],
    rtol: float,
    atol: float,
) -> Job:
    """The runs of a call. What an arm sets, another arm that does not set it keeps as the model has it."""
    settings = sorted({key for arm in arms.values() for key in arm.settings} - set(columns))
    derived = following(model, [*columns, *settings]) if columns or settings else []
    sbml, targets = with_overrides(model, [*columns, *settings, *derived])
    worked_out = [
        key for key in settings if targets[key] not in (key, f"init({key})") or symbol_of(model, key).initial_assignment
    ]
    worked_out += derived
    stacked = [np.broadcast_to(column, animals) for column in columns.values()]
    return Job(
        sbml,
        tuple(targets[key] for key in columns),
        np.column_stack(stacked) if stacked else np.empty((animals, 0)),
        tuple(Schedule(arm.jumps, {targets[k]: v for k, v in arm.settings.items()}) for arm in arms.values()),
        grid,
        tuple(names),
        rtol,
        atol,
        tuple(_start(model, columns, arm, worked_out, targets) for arm in arms.values()) if worked_out else (),
    )


def _start(
    model: Model, columns: Mapping[str, Array], arm: Schedule, derived: Sequence[str], targets: Mapping[str, str]
) -> Start:
    sbml, ids = initial_values_model(model, [*columns, *(key for key in arm.settings if key not in columns)])
    return Start(
        sbml,
        tuple(ids[key] for key in columns),
        {ids[key]: value for key, value in arm.settings.items()},
        tuple((key, targets[key]) for key in derived if key not in arm.settings),
    )


def default_outputs(model: Model) -> list[str]:
    """All species' amounts, and the other quantities with a rate rule."""
    states = [s.id for s in model.symbols.values() if s.kind != "species" and s.role == "state"]
    return model.ids("species") + states


def _checked_times(times: Sequence[float] | Array) -> tuple[float, ...]:
    try:
        grid = tuple(float(time) for time in np.asarray(times, dtype=float).ravel())
    except (TypeError, ValueError):
        raise RequestError(msg("The output times must be numbers.")) from None
    if not grid:
        raise RequestError(msg("No output times are given."))
    for index, time in enumerate(grid):
        if not math.isfinite(time) or time < 0:
            raise RequestError(msg("Output time number {number} is {time}; times are finite and not negative.",
                                   number=index + 1, time=time))  # fmt: skip
    if any(later <= earlier for earlier, later in itertools.pairwise(grid)):
        raise RequestError(msg("The output times must rise, each above the one before."))
    return grid


def _arms(schedule: OneSchedule | Mapping[str, OneSchedule] | None, model: Model) -> tuple[dict[str, Schedule], bool]:
    if isinstance(schedule, Mapping):
        arms = {str(name): _schedule(one) for name, one in schedule.items()}
        if not arms:
            raise RequestError(msg("The schedule has no arm."))
    else:
        arms = {"": _schedule(schedule if schedule is not None else Schedule())}
    for arm in arms.values():
        arm.check(model)
        for key in arm.settings:
            symbol_of(model, key)
    return arms, isinstance(schedule, Mapping)


def _schedule(one: OneSchedule) -> Schedule:
    return one if isinstance(one, Schedule) else Schedule.of(one)


def _check_output(model: Model, name: str) -> None:
    if name in ("time", "animal", "arm", "status"):
        raise RequestError(msg("“{id}” is a name that the result itself uses and cannot be an output.", id=name))
    symbol_of(model, name)


def _columns(parameters: Mapping[str, Any]) -> tuple[dict[str, Array], int]:
    columns: dict[str, Array] = {}
    animals: int | None = None
    for key, value in parameters.items():
        try:
            column = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise RequestError(msg("“{id}” must be a number or a list of numbers.", id=key)) from None
        if column.ndim > 1:
            raise RequestError(msg("“{id}” must be a number or a list of numbers.", id=key))
        if not np.isfinite(column).all():
            raise RequestError(msg("“{id}” holds a number that is not finite.", id=key))
        if column.ndim == 1:
            if animals not in (None, len(column)) or not len(column):
                raise RequestError(msg("“{id}” has {found} values; the other parameters have {expected}.",
                                       id=key, found=len(column), expected=animals or 1))  # fmt: skip
            animals = len(column)
        columns[key] = column
    return columns, animals or 1


def _check_tolerances(rtol: float, atol: float) -> None:
    if not (0 < rtol < 1 and 0 < atol < math.inf):
        raise RequestError(msg("The tolerances must be positive, the relative one below 1; found {rtol} and {atol}.",
                               rtol=rtol, atol=atol))  # fmt: skip


def _check_size(numbers: int) -> None:
    if numbers * 8 > MAX_BYTES:
        raise RequestError(
            msg("The result would hold {numbers} numbers ({size} GB); ask for fewer outputs, times or animals.",
                numbers=numbers, size=f"{numbers * 8 / 1e9:.1f}")
        )  # fmt: skip


def _run_all(
    job: Job, workers: int | None, progress: Callable[[int, int], None] | None, store: RunStore | None
) -> Results:
    runs = len(job.values) * len(job.arms)
    parts = [job.part(start, min(start + CHUNK, len(job.values))) for start in range(0, len(job.values), CHUNK)]
    done: dict[int, Results] = {}
    if store is not None:
        done = {index: kept for index, part in enumerate(parts) if (kept := store.get(part)) is not None}
    missing = [index for index in range(len(parts)) if index not in done]
    count = workers if workers is not None else (os.cpu_count() or 1) if runs >= PARALLEL_FROM else 1
    for index, results in zip(missing, _finished([parts[index] for index in missing], count), strict=True):
        done[index] = results
        if store is not None:
            store.put(parts[index], results)
        if progress:
            progress(sum(len(part) for part, _ in done.values()) * len(job.arms), runs)
    if progress:
        progress(runs, runs)
    ordered = [done[index] for index in range(len(parts))]
    return np.concatenate([results for results, _ in ordered]), np.concatenate([status for _, status in ordered])


def _finished(parts: list[Job], workers: int) -> Iterable[Results]:
    """The parts' results in order, as they are ready."""
    if workers <= 1 or len(parts) <= 1:
        return map(run, parts)
    finished: Iterable[Results] = Parallel(n_jobs=workers, return_as="generator", max_nbytes=None)(
        delayed(run)(p) for p in parts
    )
    return finished


def _dataset(
    model: Model,
    job: Job,
    arms: list[str],
    results: Array,
    status: npt.NDArray[np.int8],
    *,
    labelled: bool,
    seed: int | None,
) -> xr.Dataset:
    dims = ("animal", "arm", "time") if labelled else ("animal", "time")
    chosen = results if labelled else results[:, 0]
    variables: dict[str, Any] = {
        name: (dims, chosen[..., index], {"units": model.output_unit(name)}) for index, name in enumerate(job.outputs)
    }
    meanings = {
        "flag_values": [s.value for s in Status],
        "flag_meanings": " ".join(s.name.lower() for s in Status),
    }
    variables["status"] = (dims[:-1], status if labelled else status[:, 0], meanings)
    coordinates: dict[str, Any] = {
        "animal": np.arange(len(job.values)),
        "time": ("time", np.array(job.times), {"units": model.time_unit}),
    }
    if labelled:
        coordinates["arm"] = arms
    attributes = stamp(
        model=model.name, model_sha256=model.digest, engine=f"libRoadRunner {roadrunner.__version__} (CVODE)",
        rtol=job.rtol, atol=job.atol, seed=-1 if seed is None else seed,
    )  # fmt: skip
    return xr.Dataset(variables, coordinates, attributes)
