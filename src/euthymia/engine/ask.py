"""What is asked of a simulation, checked and gathered in one value before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.engine import checks
from euthymia.engine.batch.compiled import system_of
from euthymia.engine.batch.sensitivity import check_sensitivities
from euthymia.engine.checks import Schedules
from euthymia.engine.status import Status
from euthymia.engine.work import Results, Work, chosen_engine, engine_name
from euthymia.errors import RequestError
from euthymia.models.missing import check_complete
from euthymia.models.model import Model
from euthymia.provenance import stamp
from euthymia.words import msg

Array = npt.NDArray[np.float64]
EngineChoice = Literal["auto", "batch", "reference"]


@dataclass(frozen=True)
class Asked:
    """Runs that are asked for, the arms' names, and whether the caller gave them."""

    work: Work
    arms: tuple[str, ...]
    labelled: bool

    @property
    def numbers(self) -> int:
        """How many numbers the whole result holds."""
        work = self.work
        return work.runs * len(work.times) * max(work.columns, 1)

    def provenance(self, seed: int | None) -> dict[str, Any]:
        """Facts that make the result again, for its ``attrs``."""
        work = self.work
        return stamp(
            model=work.model.name, model_sha256=work.model.digest, engine=engine_name(work.engine),
            rtol=work.rtol, atol=work.atol, seed=-1 if seed is None else seed,
        )  # fmt: skip


def ask(
    model: Model,
    *,
    times: Sequence[float] | Array,
    parameters: Mapping[str, Any] | None,
    schedule: Schedules,
    outputs: Sequence[str] | None,
    rtol: float,
    atol: float,
    engine: EngineChoice,
    sensitivities: Sequence[str] = (),
) -> Asked:
    """The arguments of `simulate`, checked.

    Raises
    ------
    RequestError, ModelError
        With the first argument, or all elements of the model, that cannot be honoured.
    """
    checks.check_model(model)
    if engine not in ("auto", "batch", "reference"):
        raise RequestError(msg("The engine is “auto”, “batch” or “reference”; found “{found}”.", found=engine))
    by = checks.checked_names(sensitivities, what="sensitivities")
    grid = checks.checked_times(times)
    arms, labelled = checks.checked_arms(schedule, model)
    names = checks.checked_names(checks.default_outputs(model) if outputs is None else outputs, what="outputs")
    for name in names:
        checks.check_output(model, name)
    columns, animals = checks.checked_columns({} if parameters is None else parameters)
    settings = {key for arm in arms.values() for key in arm.settings}
    checks.check_keys(model, [*columns, *(key for key in sorted(settings) if key not in columns)])
    checks.check_tolerances(rtol, atol)
    chosen = chosen_engine(model, engine)
    check_complete(model, {*columns, *checks.set_in_all(list(arms.values()))})
    if by:
        if chosen == "reference":
            raise RequestError(msg("Only the batched engine gives sensitivities, and it is not used for this model."))
        check_sensitivities(system_of(model), by, tuple(columns))
    stacked = [np.broadcast_to(column, animals) for column in columns.values()]
    values = np.column_stack(stacked) if stacked else np.empty((animals, 0))
    work = Work(model, chosen, tuple(columns), values, tuple(arms.values()), grid, names, rtol, atol, by)
    return Asked(work, tuple(arms), labelled)


def dataset(asked: Asked, found: Results, *, seed: int | None, first: int = 0) -> xr.Dataset:
    """Results with labels and units; `first` is the number of the first animal."""
    work, (results, status) = asked.work, found
    dims = ("animal", "arm", "time") if asked.labelled else ("animal", "time")
    chosen = results if asked.labelled else results[:, 0]
    variables: dict[str, Any] = {
        name: (dims, chosen[..., index], {"units": work.model.output_unit(name)})
        for index, name in enumerate(work.outputs)
    }
    for number, name in enumerate(work.outputs):
        columns = [len(work.outputs) * (1 + key) + number for key in range(len(work.sensitivities))]
        if columns:
            variables[f"{name}_sensitivity"] = ((*dims, "parameter"), chosen[..., columns])
    variables["status"] = (dims[:-1], status if asked.labelled else status[:, 0], status_meanings())
    coordinates: dict[str, Any] = {
        "animal": np.arange(first, first + len(results)),
        "time": ("time", np.array(work.times), {"units": work.model.time_unit}),
    }
    if asked.labelled:
        coordinates["arm"] = list(asked.arms)
    if work.sensitivities:
        coordinates["parameter"] = list(work.sensitivities)
    return xr.Dataset(variables, coordinates, asked.provenance(seed))


def status_meanings() -> dict[str, Any]:
    """Attributes that say what the codes of ``status`` mean."""
    return {
        "flag_values": [status.value for status in Status],
        "flag_meanings": " ".join(status.name.lower() for status in Status),
    }
