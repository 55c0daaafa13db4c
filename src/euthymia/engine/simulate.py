"""`simulate`: model + schedules + parameters -> labelled trajectories."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.engine import checks
from euthymia.engine.batch.compiled import system_of
from euthymia.engine.batch.sensitivity import check_sensitivities
from euthymia.engine.checks import Schedules
from euthymia.engine.status import Status
from euthymia.engine.store import RunStore
from euthymia.engine.work import Results, Work, chosen_engine, engine_name, run
from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.provenance import stamp
from euthymia.words import msg

CHUNK: Final = {"batch": 2048, "reference": 16}
"""Runs per unit of work, by engine; results do not depend on it."""
PARALLEL_FROM: Final = {"batch": 32, "reference": 64}
"""Runs from which a second thread or process is worth its start."""

Array = npt.NDArray[np.float64]


def simulate(
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
    progress: Callable[[int, int], None] | None = None,
    store: RunStore | None = None,
    engine: Literal["auto", "batch", "reference"] = "auto",
    sensitivities: Sequence[str] = (),
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
        Threads (batched engine) or processes (libRoadRunner); by default as many as cores when the call is large.
        Results do not depend on it.
    progress
        Called with the number of runs done and the number of all runs.
    store
        Where results are kept and read back, in parts, so that an interrupted call resumes.
    engine
        ``auto``: the batched engine, and libRoadRunner for models that the batched engine refuses; or one of them.
    sensitivities
        Keys of `parameters` by which the outputs are differentiated (forward sensitivities, batched engine only).

    Returns
    -------
    xarray.Dataset
        Dimensions ``animal``, ``time`` (and ``arm``); one variable per output with its unit in ``attrs["units"]``;
        ``status`` per run, whose meanings stand in its ``attrs``. A run that failed is NaN throughout. The provenance
        in the ``attrs`` of the whole names the engine. With `sensitivities`, each output ``X`` has a companion
        ``X_sensitivity`` with the further dimension ``parameter``.

    Raises
    ------
    RequestError
        If an argument cannot be honoured; nothing is computed then.
    ModelError
        If the model uses something that the engine does not support; each such element is named.

    >>> from euthymia.models.load import load_model
    >>> decay = load_model("S1 -> ; k*S1; S1 = 10; k = 1")
    >>> simulate(decay, times=[0, 1], parameters={"k": [0.5, 1.0]})["S1"].round(3).values.tolist()
    [[10.0, 6.065], [10.0, 3.679]]
    """
    work, arms, labelled = _work(
        model, times, parameters or {}, schedule, outputs, rtol, atol, engine, tuple(sensitivities)
    )
    results, status = _run_all(work, workers, progress, store)
    return _dataset(work, arms, results, status, labelled=labelled, seed=seed)


def _work(
    model: Model,
    times: Sequence[float] | Array,
    parameters: Mapping[str, Any],
    schedule: Schedules,
    outputs: Sequence[str] | None,
    rtol: float,
    atol: float,
    engine: str,
    sensitivities: tuple[str, ...] = (),
) -> tuple[Work, list[str], bool]:
    """What is asked for, checked."""
    if engine not in ("auto", "batch", "reference"):
        raise RequestError(msg("The engine is “auto”, “batch” or “reference”; found “{found}”.", found=engine))
    grid = checks.checked_times(times)
    arms, labelled = checks.checked_arms(schedule, model)
    names = tuple(outputs) if outputs is not None else tuple(checks.default_outputs(model))
    for name in names:
        checks.check_output(model, name)
    columns, animals = checks.checked_columns(parameters)
    settings = {key for arm in arms.values() for key in arm.settings}
    checks.check_keys(model, [*columns, *(key for key in sorted(settings) if key not in columns)])
    checks.check_sizes(model, names, [*columns, *settings])
    checks.check_tolerances(rtol, atol)
    checks.check_size(animals * len(arms) * len(grid) * max(len(names), 1) * (1 + len(sensitivities)))
    chosen = chosen_engine(model, engine)
    if sensitivities:
        if chosen == "reference":
            raise RequestError(msg("Only the batched engine gives sensitivities, and it is not used for this model."))
        check_sensitivities(system_of(model), sensitivities, tuple(columns))
    stacked = [np.broadcast_to(column, animals) for column in columns.values()]
    values = np.column_stack(stacked) if stacked else np.empty((animals, 0))
    work = Work(model, chosen, tuple(columns), values, tuple(arms.values()), grid, names, rtol, atol, sensitivities)
    return work, list(arms), labelled


def _run_all(
    work: Work, workers: int | None, progress: Callable[[int, int], None] | None, store: RunStore | None
) -> Results:
    animals = max(1, CHUNK[work.engine] // len(work.arms))
    parts = [work.part(start, min(start + animals, len(work.values))) for start in range(0, len(work.values), animals)]
    done: dict[int, Results] = {}
    if store is not None:
        done = {index: kept for index, part in enumerate(parts) if (kept := store.get(part)) is not None}
    missing = [index for index in range(len(parts)) if index not in done]
    cores = (os.cpu_count() or 1) if work.runs >= PARALLEL_FROM[work.engine] else 1
    finished = _finished([parts[index] for index in missing], workers if workers is not None else cores)
    for index, results in zip(missing, finished, strict=True):
        done[index] = results
        if store is not None:
            store.put(parts[index], results)
        if progress:
            progress(sum(len(part) for part, _ in done.values()) * len(work.arms), work.runs)
    if progress:
        progress(work.runs, work.runs)
    if len(parts) == 1:
        return done[0]
    ordered = [done[index] for index in range(len(parts))]
    return np.concatenate([results for results, _ in ordered]), np.concatenate([status for _, status in ordered])


def _finished(parts: list[Work], workers: int) -> Iterator[Results]:
    """The parts' results in order, as they are ready."""
    if workers <= 1 or len(parts) <= 1 or parts[0].engine == "batch":
        yield from (run(part, threads=workers) for part in parts)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=workers, return_as="generator", max_nbytes=None)(delayed(run)(part) for part in parts)


def _dataset(
    work: Work,
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
        name: (dims, chosen[..., index], {"units": work.model.output_unit(name)})
        for index, name in enumerate(work.outputs)
    }
    for number, name in enumerate(work.outputs):
        columns = [len(work.outputs) * (1 + key) + number for key in range(len(work.sensitivities))]
        if columns:
            variables[f"{name}_sensitivity"] = ((*dims, "parameter"), chosen[..., columns])
    meanings = {
        "flag_values": [s.value for s in Status],
        "flag_meanings": " ".join(s.name.lower() for s in Status),
    }
    variables["status"] = (dims[:-1], status if labelled else status[:, 0], meanings)
    coordinates: dict[str, Any] = {
        "animal": np.arange(len(work.values)),
        "time": ("time", np.array(work.times), {"units": work.model.time_unit}),
    }
    if labelled:
        coordinates["arm"] = arms
    if work.sensitivities:
        coordinates["parameter"] = list(work.sensitivities)
    attributes = stamp(
        model=work.model.name, model_sha256=work.model.digest, engine=engine_name(work.engine),
        rtol=work.rtol, atol=work.atol, seed=-1 if seed is None else seed,
    )  # fmt: skip
    return xr.Dataset(variables, coordinates, attributes)
