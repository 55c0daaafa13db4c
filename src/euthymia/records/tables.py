"""Parameter tables and published series, read from delimited text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from euthymia.errors import EuthymiaError, Place, Problem, RecordError, suggestion
from euthymia.records.finding import Series
from euthymia.records.parameter import Parameter
from euthymia.records.reading import build_rows, inside, read_table
from euthymia.words import msg

COLUMNS = (
    "id", "value", "unit", "scale", "lower", "upper", "prior", "fitted_sd", "between_sd", "status", "source", "note"
)  # fmt: skip
_NUMBERS = ("value", "lower", "upper", "fitted_sd", "between_sd")


def parameter_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's cells as the fields of a `Parameter`; empty cells are left out.

    Cells that cannot be turned into numbers stay text, so that validation names them.
    """
    fields: dict[str, Any] = {key: value for key, value in row.items() if value not in ("", None) or key == "unit"}
    for name in _NUMBERS:
        if isinstance(fields.get(name), str):
            try:
                fields[name] = float(fields[name])
            except ValueError:
                continue
    return fields


def read_parameters(file: Path) -> tuple[Parameter, ...]:
    """The rows of a ``parameters.tsv``.

    Raises
    ------
    RecordError
        With every problem of every row, at its line.
    """
    header, rows = read_table(file)
    wrong = [name for name in header if name not in COLUMNS] + [name for name in COLUMNS if name not in header]
    if wrong:
        raise RecordError(
            [
                Problem(
                    msg("The column “{column}” is unknown or missing. {suggestion}",
                        column=name, suggestion=suggestion(name, COLUMNS)),
                    Place(file, 1),
                )
                for name in wrong
            ]
        )  # fmt: skip
    parameters = build_rows(Parameter, [(line, parameter_fields(row)) for line, row in rows], file)
    lines = [line for line, _ in rows]
    problems = _unit_problems(parameters, lines, file)
    seen: dict[str, int] = {}
    for line, parameter in zip(lines, parameters, strict=True):
        if parameter.id in seen:
            problems.append(
                Problem(
                    msg("The parameter “{id}” occurs twice (first in line {line}).",
                        id=parameter.id, line=seen[parameter.id]),
                    Place(file, line),
                )
            )  # fmt: skip
        seen.setdefault(parameter.id, line)
    if problems:
        raise RecordError(problems)
    return parameters


def _unit_problems(parameters: tuple[Parameter, ...], lines: list[int], file: Path) -> list[Problem]:
    problems: list[Problem] = []
    for line, parameter in zip(lines, parameters, strict=True):
        try:
            _ = parameter.factor
        except EuthymiaError as error:
            problems += [Problem(problem.message, Place(file, line)) for problem in error.problems]
    return problems


@dataclass(frozen=True)
class Observation:
    """One published point of a series: mean and SEM in the assay's unit, time in days."""

    time: float
    mean: float
    sem: float
    n_animals: int
    sd_animals: float | None = None


def read_series(series: Series, folder: Path) -> tuple[Observation, ...]:
    """The points of a published series, in the order of time.

    Raises
    ------
    RecordError
        If the table lacks a column, or no row is selected.
    """
    file = inside(folder, series.file)
    header, rows = read_table(file, delimiter="," if file.suffix == ".csv" else "\t")
    needed = ["time", "mean", "sem", "n_animals", *series.where]
    missing = [name for name in needed if name not in header]
    if missing:
        raise RecordError(
            [
                Problem(msg("The column “{column}” is unknown or missing. {suggestion}",
                            column=name, suggestion=suggestion(name, header)), Place(file, 1))
                for name in missing
            ]
        )  # fmt: skip
    chosen = [(n, row) for n, row in rows if all(row[key] == value for key, value in series.where.items())]
    if not chosen:
        raise RecordError(Problem(msg("No row of the table belongs to the series “{id}”.", id=series.id), Place(file)))
    points = [_observation(row, series.factor, Place(file, line)) for line, row in chosen]
    if all(point.sem == 0 for point in points):
        raise RecordError(Problem(msg("No point of the series “{id}” has a SEM above 0.", id=series.id), Place(file)))
    return tuple(sorted(points, key=lambda point: point.time))


def _observation(row: Mapping[str, str], factor: float, place: Place) -> Observation:
    try:
        spread = row.get("sd_animals", "")
        point = Observation(
            time=float(row["time"]),
            mean=float(row["mean"]) * factor,
            sem=float(row["sem"]) * factor,
            n_animals=int(row["n_animals"]),
            sd_animals=float(spread) * factor if spread else None,
        )
    except ValueError as error:
        raise RecordError(Problem(msg("A cell is not a number: {reason}.", reason=error), place)) from None
    if not all(map(math.isfinite, (point.time, point.mean, point.sem))) or point.sem < 0 or point.n_animals < 1:
        raise RecordError(
            Problem(
                msg("A point of a series needs finite numbers, a SEM of at least 0 and at least one animal."), place
            )
        )
    return point
