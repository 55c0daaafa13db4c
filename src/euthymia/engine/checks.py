"""What is asked of a simulation, checked before anything is computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.schedule import Jump, Schedule
from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.models.overrides import symbol_of
from euthymia.words import msg

MAX_BYTES: Final = 4 * 1024**3
"""Result size above which a call is refused before anything is computed."""

OneSchedule = Schedule | Sequence[Jump | Mapping[str, Any]]
Schedules = OneSchedule | Mapping[str, OneSchedule] | None
Array = npt.NDArray[np.float64]


def default_outputs(model: Model) -> list[str]:
    """All species' amounts, and the other quantities with a rate rule."""
    states = [s.id for s in model.symbols.values() if s.kind != "species" and s.role == "state"]
    return model.ids("species") + states


def checked_times(times: Sequence[float] | Array) -> tuple[float, ...]:
    """Output times as numbers.

    Raises
    ------
    RequestError
        If there are none, or they are not finite, negative, or do not rise.
    """
    try:
        given = np.asarray(times, dtype=float)
    except (TypeError, ValueError):
        raise RequestError(msg("The output times must be numbers.")) from None
    if given.ndim != 1:
        raise RequestError(msg("The output times must be one list of numbers."))
    grid = tuple(given.tolist())
    if not grid:
        raise RequestError(msg("No output times are given."))
    for index, time in enumerate(grid):
        if not math.isfinite(time) or time < 0:
            raise RequestError(msg("Output time number {number} is {time}; times are finite and not negative.",
                                   number=index + 1, time=time))  # fmt: skip
    if any(later <= earlier for earlier, later in itertools.pairwise(grid)):
        raise RequestError(msg("The output times must rise, each above the one before."))
    return grid


def checked_arms(schedule: Schedules, model: Model) -> tuple[dict[str, Schedule], bool]:
    """Schedules by arm, and whether the caller named the arms.

    Raises
    ------
    RequestError
        If a schedule asks for what the model has not.
    """
    if isinstance(schedule, Mapping):
        arms = {str(name): _schedule(one) for name, one in schedule.items()}
        if not arms:
            raise RequestError(msg("The schedule has no arm."))
    else:
        arms = {"": _schedule(schedule if schedule is not None else Schedule())}
    for arm in arms.values():
        arm.check(model)
        for key, value in arm.settings.items():
            check_settable(model, key)
            if not math.isfinite(value):
                raise RequestError(msg("“{id}” holds a number that is not finite.", id=key))
    return arms, isinstance(schedule, Mapping)


def _schedule(one: OneSchedule) -> Schedule:
    if isinstance(one, Schedule):
        return one
    if isinstance(one, str | bytes) or not isinstance(one, Iterable):
        raise RequestError(msg("A schedule is a list of jumps; found {found}.", found=repr(one)))
    return Schedule.of(one)


def set_in_all(arms: Sequence[Schedule]) -> set[str]:
    """Keys that every arm sets from the start."""
    return set.intersection(*(set(arm.settings) for arm in arms))


def check_model(model: object) -> None:
    """Refuse what is not a model, such as its text."""
    if not isinstance(model, Model):
        raise RequestError(msg("The model must come from load_model; found {found}.", found=type(model).__name__))


def checked_names(names: Sequence[str], *, what: str) -> tuple[str, ...]:
    """Names, each once, in the order given.

    Raises
    ------
    RequestError
        If they are not a list of names; `what` is the argument's name.
    """
    listed = isinstance(names, Iterable) and not isinstance(names, str | bytes)
    chosen = tuple(dict.fromkeys(names)) if listed else ()
    if not listed or not all(isinstance(name, str) for name in chosen):
        raise RequestError(
            msg("The argument {what} must be a list of names; found {found}.", what=what, found=repr(names))
        )
    return chosen


def check_settable(model: Model, key: str) -> None:
    """Refuse a key whose value the model computes."""
    if symbol_of(model, key).role in ("assigned", "rate"):
        raise RequestError(msg("“{id}” is computed by the model and cannot be set; set what it depends on.", id=key))


def check_keys(model: Model, keys: Sequence[str]) -> None:
    """Refuse unknown keys, those that the model computes, and two for one species."""
    for key in keys:
        check_settable(model, key)
        if key.startswith("[") and key[1:-1] in keys:
            raise RequestError(
                msg("Both “{first}” and “{second}” are given; give one of them.", first=key[1:-1], second=key)
            )


def check_output(model: Model, name: str) -> None:
    """Refuse an output that the model has not, or whose name the result needs."""
    if name in ("time", "animal", "arm", "status", "parameter"):
        raise RequestError(msg("“{id}” is a name that the result itself uses and cannot be an output.", id=name))
    symbol_of(model, name)


def checked_columns(parameters: Mapping[str, Any]) -> tuple[dict[str, Array], int]:
    """Values by key, and the number of animals.

    Raises
    ------
    RequestError
        If a value is not a finite number, or a list has another length than the others.
    """
    if not isinstance(parameters, Mapping) or not all(isinstance(key, str) for key in parameters):
        raise RequestError(msg("The parameters must be given as values by id, as in {example}.", example="{'k1': 0.5}"))
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


def check_tolerances(rtol: float, atol: float) -> None:
    """Refuse tolerances that are not positive."""
    numbers = isinstance(rtol, float | int) and isinstance(atol, float | int)
    if not numbers or not (0 < rtol < 1 and 0 < atol < math.inf):
        raise RequestError(msg("The tolerances must be positive, the relative one below 1; found {rtol} and {atol}.",
                               rtol=rtol, atol=atol))  # fmt: skip


def check_workers(workers: int | None) -> None:
    """Refuse less than one worker."""
    if workers is not None and not (isinstance(workers, int) and workers >= 1):
        raise RequestError(msg("The number of workers must be a whole number from 1; found {found}.", found=workers))


def check_size(numbers: int) -> None:
    """Refuse a result that would not fit into memory."""
    if numbers * 8 > MAX_BYTES:
        raise RequestError(
            msg("The result would hold {numbers} numbers ({size} GB); ask for fewer outputs, times or "
                "animals, or write it to a folder with simulate_to.",
                numbers=numbers, size=f"{numbers * 8 / 1e9:.1f}")
        )  # fmt: skip
