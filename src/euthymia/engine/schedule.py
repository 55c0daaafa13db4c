"""Schedules: what is done to a model from outside, and when. In model time; no pharmacology here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from euthymia.errors import RequestError
from euthymia.models.model import Model
from euthymia.models.overrides import symbol_of
from euthymia.words import msg

Operation = Literal["add", "set", "multiply", "copy"]


@dataclass(frozen=True)
class Jump:
    """One discontinuous change at one time.

    Attributes
    ----------
    time
        Model time, not negative.
    target
        ``S1`` (amount), ``[S1]`` (concentration), or the id of a parameter or compartment.
    operation
        ``add``, ``set`` or ``multiply`` with `value`, or ``copy`` the present value of `value`, an id.
    value
        A number, or for ``copy`` an id.
    """

    time: float
    target: str
    operation: Operation
    value: float | str


@dataclass(frozen=True)
class Schedule:
    """Jumps in the order of time (those of one time in the order given), and settings in force from the start.

    `settings` are parameter values that hold before the initial assignments are evaluated. An output at the time of
    a jump shows the state after it.
    """

    jumps: tuple[Jump, ...] = ()
    settings: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, jumps: Iterable[Jump | Mapping[str, Any]], settings: Mapping[str, float] | None = None) -> Schedule:
        """A schedule from jumps or from mappings with the keys time, target, operation (or op), value.

        >>> Schedule.of([{"time": 2, "target": "S1", "op": "add", "value": 10}]).jumps[0].operation
        'add'
        """
        made = [jump if isinstance(jump, Jump) else _jump(jump) for jump in jumps]
        ordered = tuple(sorted(made, key=lambda jump: jump.time))
        return cls(ordered, MappingProxyType(dict(settings or {})))

    def check(self, model: Model) -> None:
        """Refuse what cannot be done to `model`.

        Raises
        ------
        RequestError
            If a time is negative or not finite, a target unknown or computed by the model.
        """
        for jump in self.jumps:
            if not (math.isfinite(jump.time) and jump.time >= 0):
                raise RequestError(msg("A jump of “{target}” is at time {time}; times are finite and not negative.",
                                       target=jump.target, time=jump.time))  # fmt: skip
            symbol = symbol_of(model, jump.target)
            if symbol.role in ("assigned", "rate"):
                raise RequestError(
                    msg(
                        "“{id}” is computed by the model and cannot be set; set what it depends on.",
                        id=jump.target,
                    )
                )
            if jump.operation == "copy":
                symbol_of(model, str(jump.value))
            elif isinstance(jump.value, str) or not math.isfinite(jump.value):
                raise RequestError(msg("The value {value} of a jump of “{target}” is not a finite number.",
                                       value=jump.value, target=jump.target))  # fmt: skip


def _jump(given: Mapping[str, Any]) -> Jump:
    if not isinstance(given, Mapping):
        raise RequestError(msg("A schedule is a list of jumps; found {found}.", found=repr(given)))
    known = {"time", "target", "operation", "op", "value"}
    operation = given.get("operation", given.get("op", "add"))
    if set(given) - known or not {"time", "target", "value"} <= set(given) or operation not in get_args(Operation):
        raise RequestError(
            msg("A jump has the keys time, target, op (one of {operations}) and value; found {found}.",
                operations=", ".join(get_args(Operation)), found=dict(given))
        )  # fmt: skip
    value, target = given["value"], str(given["target"])
    return Jump(_number(given["time"], target), target, operation,
                value if isinstance(value, str) else _number(value, target))  # fmt: skip


def _number(given: Any, target: str) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise RequestError(
            msg("A jump of “{target}” has {found} in the place of a number.", target=target, found=repr(given))
        ) from None
