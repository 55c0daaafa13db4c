"""The table that ``euthymia simulate`` prints."""

from __future__ import annotations

import json

import numpy as np

from euthymia.engine.checks import check_size, default_outputs
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.words import msg


def simulate_to_table(
    model: Model,
    *,
    end: float,
    points: int,
    values: list[str],
    jumps: list[str],
    outputs: list[str] | None,
    rtol: float,
    atol: float,
    as_json: bool,
) -> str:
    """Times and outputs as comma-separated values, or as JSON with the provenance.

    Raises
    ------
    RequestError
        If an argument cannot be read, or the run fails.
    """
    names = outputs or default_outputs(model)
    check_size(points * max(len(names), 1))
    result = simulate(
        model, times=np.linspace(0.0, end, points), parameters=dict(_pair(text) for text in values),
        schedule=Schedule.of([_jump(text) for text in jumps]), outputs=names, rtol=rtol, atol=atol,
    )  # fmt: skip
    status = Status(int(result["status"].values[0]))
    if not status.finished:
        raise RequestError(status.sentence)
    columns = {name: result[name].values[0] for name in names}
    times = result["time"].values
    if as_json:
        data = {"time": times.tolist(), **{name: column.tolist() for name, column in columns.items()}}
        return json.dumps({"provenance": result.attrs, "data": data}, indent=2) + "\n"
    rows = [",".join(["time", *names])]
    rows += [",".join(repr(float(x)) for x in row) for row in np.column_stack([times, *columns.values()])]
    return "\n".join(rows) + "\n"


def _pair(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        return name.strip(), float(value if equals else "")
    except ValueError:
        raise RequestError(msg("“{found}” is not of the form ID=VALUE.", found=text)) from None


def _jump(text: str) -> Jump:
    parts = text.split(":")
    try:
        time, target, operation, value = parts
        return Schedule.of([{"time": float(time), "target": target, "op": operation, "value": float(value)}]).jumps[0]
    except ValueError:
        raise RequestError(msg("“{found}” is not of the form TIME:ID:OP:VALUE.", found=text)) from None
