"""Quantities written by people (``5 mg/kg``, ``2 h/day``, ``56 d``), parsed once and kept with their unit.

All equations of the atlas are in one coherent set of units, `CANONICAL`: hours, nanomoles per litre,
nanomoles per kilogram, litres per kilogram. Tables may use any unit of the same dimension.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import pint

from euthymia.errors import QuantityError, suggestion
from euthymia.words import msg

CANONICAL: Final[dict[str, str]] = {
    "dimensionless": "dimensionless",
    "time": "hour",
    "rate": "1/hour",
    "concentration": "nmol/l",
    "dose by amount": "nmol/kg",
    "volume by mass": "l/kg",
    "clearance by mass": "l/hour/kg",
    "rate by concentration": "1/hour/(nmol/l)",
    "molar mass": "g/mol",
    "force": "gram_force",
    "mass": "gram",
    "length": "um",
    "length density": "1/um",
    "voltage": "mV",
    "firing rate": "spike/s",
    "gain of firing": "spike/s/mV",
    "strength of a synapse": "mV*s/spike",
}
"""Dimension by name, and the unit in which the models' equations hold it."""

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*\Z", re.DOTALL)
_TOWER = r"\*\*|\)\s*\^|\^(?! *-?\d *(?:[*/)]|\Z))|\b(?:squared?|sq|cubed|cubic)\b"
"""Powers other than one digit after a plain name: towers of them grow beyond all bounds."""
_UNIT_TEXT = re.compile(rf"(?!.*(?:{_TOWER}))[A-Za-zµμ%0-9_*/().^ -]{{0,40}}\Z")


@dataclass(frozen=True)
class Quantity:
    """A number with a unit, as it was written.

    Parameters
    ----------
    value
        The number in `unit`.
    unit
        A pint unit expression; empty for a pure number.
    """

    value: float
    unit: str

    def to(self, unit: str) -> float:
        """The number in another unit of the same dimension.

        Raises
        ------
        QuantityError
            If the dimensions differ; both sides are named.
        """
        return self.value * conversion(self.unit, unit)

    def __str__(self) -> str:
        return f"{self.value!r} {self.unit}".replace(".0 ", " ").strip()


@cache
def registry() -> pint.UnitRegistry[float]:
    """The unit registry, with percent, molar and gram-force as laboratories write them."""
    units: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    units.define("fold = 1")
    units.define("score = 1")
    units.define("spike = [spike]")
    return units


@lru_cache(maxsize=4096)
def conversion(source: str, target: str) -> float:
    """The factor from one unit to another of the same dimension.

    >>> conversion("min", "hour") * 60
    1.0
    """
    try:
        factor = float((1.0 * _unit(source)).to(_unit(target)).magnitude)
    except OverflowError:
        raise QuantityError(msg("“{found}” is not a unit.", found=source)) from None
    except pint.DimensionalityError as error:
        raise QuantityError(
            msg(
                "The unit “{found}” ({found_dimension}) cannot be turned into “{expected}” ({expected_dimension}).",
                found=source or "1",
                expected=target or "1",
                found_dimension=error.dim1,
                expected_dimension=error.dim2,
            )
        ) from None
    return factor


@lru_cache(maxsize=4096)
def _unit(text: str) -> pint.Unit:
    if not _UNIT_TEXT.match(text):
        raise QuantityError(msg("“{found}” is not a unit.", found=text[:40]))
    try:
        return registry().parse_units(text.replace("%", "percent"))
    except Exception as error:  # pint raises many kinds, all of which mean the same to the writer
        raise QuantityError(
            msg(
                "The unit “{found}” is not known. {suggestion}",
                found=text,
                suggestion=suggestion(text, ["mg/kg", "h", "d", "min", "h/day", "%", "s", "nmol/l", "1/h"]),
            )
        ) from error


def parse_quantity(text: str) -> Quantity:
    """A quantity from its text.

    Raises
    ------
    QuantityError
        If there is no number, the number is not finite, or the unit is unknown.

    >>> parse_quantity("5 mg/kg")
    Quantity(value=5.0, unit='mg/kg')
    >>> parse_quantity("2 h/day").to("min/day")
    120.0
    """
    match = _QUANTITY.match(text)
    if not match:
        raise QuantityError(msg("“{found}” is not a quantity; write a number and a unit, as in “5 mg/kg”.", found=text))
    value, unit = float(match[1]), match[2]
    if not math.isfinite(value):
        raise QuantityError(msg("“{found}” is not a finite number.", found=text))
    conversion(unit, unit)
    return Quantity(value, unit)


@cache
def dimension_of(unit: str) -> str | None:
    """The name in `CANONICAL` of the dimension that `unit` has, or None if the atlas does not use it."""
    wanted = _unit(unit).dimensionality
    return next((name for name, canonical in CANONICAL.items() if _unit(canonical).dimensionality == wanted), None)


def to_canonical(value: float, unit: str) -> float:
    """A number turned into the unit that the models' equations use.

    A ratio of two units of one dimension (``mg/kg``, ``h/day``) is refused: it would become a bare number.

    >>> to_canonical(30, "min")
    0.5
    """
    name = dimension_of(unit)
    if name is None or (name == "dimensionless" and "/" in unit):
        raise QuantityError(
            msg("The unit “{found}” has a dimension that the atlas does not use. {suggestion}",
                found=unit, suggestion=suggestion(unit, list(CANONICAL.values())))
        )  # fmt: skip
    return value * conversion(unit, CANONICAL[name])
