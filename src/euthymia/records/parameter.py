"""Parameters: value, unit, prior, source and status; a PEtab-style table, one row each."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from euthymia.records.assay import Status
from euthymia.records.base import Record, refuse
from euthymia.units import to_canonical
from euthymia.words import msg

PriorKind = Literal["fixed", "lognormal", "normal", "loguniform", "uniform"]
_KINDS: dict[str, PriorKind] = {
    "lognormal": "lognormal",
    "normal": "normal",
    "loguniform": "loguniform",
    "uniform": "uniform",
}
_PRIOR = re.compile(r"(fixed)|(lognormal|normal|loguniform|uniform)\(\s*([^,()]+)\s*,\s*([^,()]+)\s*\)")


class Prior(Record):
    """What is believed of a parameter before any finding is seen.

    ``lognormal(m, s)``: median m, s the SD of the natural logarithm; ``normal(m, s)``; ``loguniform(a, b)``;
    ``uniform(a, b)``; ``fixed``. Numbers are in the row's unit.
    """

    kind: PriorKind
    first: float = 0.0
    second: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Prior:
        """A prior from its text.

        >>> Prior.parse("lognormal(0.5, 0.3)").second
        0.3
        """
        match = _PRIOR.fullmatch(text.strip())
        if not match:
            raise refuse(msg("“{found}” is not a prior; write one like “lognormal(0.5, 0.3)” or “fixed”.", found=text))
        if match[1]:
            return cls(kind="fixed")
        try:
            kind, first, second = _KINDS[match[2]], float(match[3]), float(match[4])
        except ValueError:
            raise refuse(msg("“{found}” does not hold two numbers.", found=text)) from None
        impossible = {
            "lognormal": first <= 0 or second <= 0,
            "normal": second <= 0,
            "loguniform": not 0 < first < second,
            "uniform": not first < second,
        }[kind]
        if impossible or not (math.isfinite(first) and math.isfinite(second)):
            raise refuse(msg("The prior “{found}” is impossible.", found=text))
        return cls(kind=kind, first=first, second=second)

    def __str__(self) -> str:
        return "fixed" if self.kind == "fixed" else f"{self.kind}({self.first:g}, {self.second:g})"


def _parsed(value: object) -> object:
    return Prior.parse(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Ensemble:
    """Joint draws of a mechanism's parameters, calibrated on the findings marked for it.

    Attributes
    ----------
    ids
        Parameter ids: the study's own and those of the shared parts, which keep their correlation in this way.
    values
        Array [draw, parameter], each in its table's unit.
    effective
        Number of distinct draws among them.
    runs
        Independent runs that they come from, as many of each, one after the other.
    log_evidence
        Of each run, the log probability of the evidence under the mechanism and its priors, up to a constant that
        depends on the evidence alone.
    """

    ids: tuple[str, ...]
    values: npt.NDArray[np.float64]
    effective: float
    runs: int = 1
    log_evidence: tuple[float, ...] = ()


class Parameter(Record):
    """One row of a parameter table.

    `value` and the prior are in `unit`; `canonical` turns them into the unit of the equations.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    value: float
    unit: str
    scale: Literal["log", "lin"]
    lower: float
    upper: float
    prior: Annotated[Prior, BeforeValidator(_parsed), WithJsonSchema({"type": "string"})]
    fitted_sd: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="SD on `scale` after calibration; left out when not calibrated"
    )
    between_sd: Annotated[float, Field(ge=0)] = Field(default=0.0, description="SD on `scale` between animals")
    status: Status
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Parameter:
        if not self.lower <= self.value <= self.upper:
            raise refuse(
                msg("The value {found} of “{id}” lies outside its bounds {lower} to {upper}.",
                    found=self.value, id=self.id, lower=self.lower, upper=self.upper)
            )  # fmt: skip
        if self.scale == "log" and (self.lower <= 0 or self.value <= 0):
            raise refuse(msg("“{id}” is on a log scale, so its value and bounds must be positive.", id=self.id))
        if (self.status == "calibrated") != (self.fitted_sd is not None):
            raise refuse(
                msg("“{id}” is {status}; a calibrated parameter needs a fitted_sd, others must have none.",
                    id=self.id, status=self.status)
            )  # fmt: skip
        if self.status in ("measured", "derived") and ":" not in self.source:
            raise refuse(
                msg(
                    "“{id}” is {status}, so its source must name an identifier.",
                    id=self.id,
                    status=self.status,
                )
            )
        return self

    @property
    def centre(self) -> tuple[float, float]:
        """Mean and standard deviation of the prior on `scale`, in the row's unit; zero deviation if it is fixed."""
        prior = self.prior
        if prior.kind == "fixed":
            return self.scaled(self.value), 0.0
        if prior.kind == "lognormal":
            return math.log(prior.first), prior.second
        if prior.kind == "normal":
            return prior.first, prior.second
        logarithmic = prior.kind == "loguniform"
        low, high = (math.log(prior.first), math.log(prior.second)) if logarithmic else (prior.first, prior.second)
        return (low + high) / 2, (high - low) / math.sqrt(12)

    @property
    def learned(self) -> Parameter:
        """This row with what its calibration taught in place of the prior; unchanged where it is not calibrated."""
        if self.fitted_sd is None:
            return self
        kind: PriorKind = "lognormal" if self.scale == "log" else "normal"
        return self.model_copy(update={"prior": Prior(kind=kind, first=self.value, second=self.fitted_sd)})

    def scaled(self, value: float) -> float:
        """A number in the row's unit on `scale`."""
        return math.log(value) if self.scale == "log" else value

    @property
    def factor(self) -> float:
        """What the row's numbers are multiplied with to be in the unit of the equations."""
        return to_canonical(1.0, self.unit)
