"""`simulate`: model + schedules + parameters -> labelled trajectories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.engine import checks
from euthymia.engine.ask import EngineChoice, ask, dataset
from euthymia.engine.checks import Schedules
from euthymia.engine.spread import Place, finished, parts_of
from euthymia.engine.store import RunStore
from euthymia.engine.work import Results, Work
from euthymia.models.model import Model

if TYPE_CHECKING:
    from distributed import Client

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
    processes: bool = False,
    client: Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    store: RunStore | None = None,
    engine: EngineChoice = "auto",
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
    processes
        Whether the batched engine's workers are local processes too.
    client
        A `dask.distributed.Client`: the runs are done by its workers (extra ``scale``), in parts that are done again
        where a worker dies. Results have the same bits.
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
    checks.check_workers(workers)
    asked = ask(model, times=times, parameters=parameters, schedule=schedule, outputs=outputs, rtol=rtol, atol=atol,
                engine=engine, sensitivities=sensitivities)  # fmt: skip
    checks.check_size(asked.numbers)
    found = _run_all(asked.work, Place(workers, processes, client), progress, store)
    return dataset(asked, found, seed=seed)


def _run_all(work: Work, place: Place, progress: Callable[[int, int], None] | None, store: RunStore | None) -> Results:
    """All runs; parts that the store holds are read."""
    parts = parts_of(work)
    results = np.empty((len(work.values), len(work.arms), len(work.times), work.columns))
    status = np.zeros(results.shape[:2], np.int8)
    missing: list[tuple[int, int]] = []
    done = 0

    def put(part: tuple[int, int], found: Results) -> None:
        nonlocal done
        start, stop = part
        if not np.may_share_memory(found[0], results):
            results[start:stop] = found[0]
        status[start:stop] = found[1]
        done += (stop - start) * len(work.arms)
        if progress:
            progress(done, work.runs)

    for start, stop in parts:
        kept = store.get(work.part(start, stop)) if store is not None else None
        if kept is None:
            missing.append((start, stop))
        else:
            put((start, stop), kept)
    watch = (lambda runs: progress(done + runs, work.runs)) if progress else None
    for number, found in finished(work, missing, place, results, watch):
        start, stop = missing[number]
        put((start, stop), found)
        if store is not None:
            store.put(work.part(start, stop), found)
    return results, status
