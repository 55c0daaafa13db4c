"""Interventions on an arm, as people write them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, WithJsonSchema, model_validator

from euthymia.records.base import Concentration, Dose, Duration, Identifier, PerDay, Record, Time, refuse
from euthymia.units import Quantity
from euthymia.words import Message, msg

Where = Annotated[str, Field(min_length=1, max_length=64)]
"""A named population, projection, region or cell type of the mechanism."""


_TIME = {"type": "string", "examples": ["21 d"], "description": "number and unit, as in 21 d"}


def _one_or_many(value: object) -> object:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


Times = Annotated[
    tuple[Time, ...],
    BeforeValidator(_one_or_many),
    Field(min_length=1, max_length=1000),
    WithJsonSchema({"anyOf": [_TIME, {"type": "array", "items": _TIME, "minItems": 1, "maxItems": 1000}]}),
]
"""One point in time or several."""


def _as_written(times: tuple[Quantity, ...]) -> str | list[str]:
    return str(times[0]) if len(times) == 1 else [str(time) for time in times]


class Drug(Record):
    """A dose of a drug, once or repeated."""

    drug: Identifier
    dose: Dose
    route: Literal["ip", "sc", "iv", "po", "in", "bath"]
    at: Times


class Bath(Record):
    """A drug in the bath of a brain slice."""

    bath: Identifier
    concentration: Concentration
    start: Time
    duration: Duration


class Stress(Record):
    """Daily sessions of one stressor over a number of days."""

    stress: Identifier
    start: Time
    days: Annotated[int, Field(ge=1, le=365)]
    daily: PerDay | None = Field(default=None, description="time per day; the stressor's usual schedule if left out")


class Injury(Record):
    """An injury that lasts."""

    injury: Literal["spared_nerve_injury", "complete_freund_adjuvant"]
    at: Time
    side: Literal["left", "right"] = "left"


def _given(level: float | None) -> Message | str:
    return "0" if level == 0 else (msg("none") if level is None else f"{level:g}")


class Genetic(Record):
    """A change of a gene's product, in the whole body, a region or a cell type."""

    gene: Identifier
    change: Literal["knock_out", "knock_down", "over_expression"]
    where: Where = "whole_body"
    level: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="fraction of the wild-type level; 0 for a knock-out"
    )
    since: Time | None = Field(default=None, description="onset; left out for a change present throughout")

    @model_validator(mode="after")
    def _level_fits(self) -> Genetic:
        if self.change == "knock_out" and self.level not in (None, 0):
            raise refuse(msg("A knock-out leaves no product, so its level is 0; found {found}.", found=self.level))
        if self.change == "knock_down" and (self.level is None or not 0 <= self.level < 1):
            raise refuse(msg("A knock-down needs a level from 0 to below 1; found {found}.", found=_given(self.level)))
        if self.change == "over_expression" and (self.level is None or self.level <= 1):
            raise refuse(msg("An over-expression needs a level above 1; found {found}.", found=_given(self.level)))
        return self

    @property
    def remaining(self) -> float:
        """The product's level as a fraction of wild type."""
        return 0.0 if self.level is None else self.level


class Stimulation(Record):
    """Light or a designer receptor that drives or silences a named population or projection.

    With a time it acts for that time, fully. A designer receptor without a time is carried throughout, and acts as far
    as a drug that binds it is there: the drug is an intervention of its own.
    """

    method: Literal["optogenetic", "chemogenetic"]
    effect: Literal["drive", "silence"]
    target: Where
    start: Time | None = None
    duration: Duration | None = None
    strength: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="fraction of cells recruited")

    @model_validator(mode="after")
    def _timed(self) -> Stimulation:
        if (self.start is None) != (self.duration is None):
            raise refuse(msg("A stimulation has either both a start and a duration, or neither."))
        if self.method == "optogenetic" and self.start is None:
            raise refuse(msg("Light needs a start and a duration."))
        return self


class Exercise(Record):
    """A bout of running."""

    exercise: Literal["treadmill", "wheel"]
    start: Time
    duration: Duration
    intensity: Annotated[float, Field(gt=0, le=1)] = Field(default=0.6, description="fraction of maximal effort")


class Infusion(Record):
    """A substance put straight into a region, once or repeated."""

    infusion: Identifier
    region: Where
    amount: Annotated[float, Field(gt=0)] = Field(description="amount in nanomoles, each time")
    at: Annotated[Times, PlainSerializer(_as_written)]


class Imaging(Record):
    """Sessions in which the same dendrites are imaged again; each one is the reference of the next."""

    imaging: Identifier
    sessions: tuple[Time, ...]


_KINDS: dict[str, type[Record]] = {
    "drug": Drug,
    "bath": Bath,
    "stress": Stress,
    "injury": Injury,
    "gene": Genetic,
    "method": Stimulation,
    "exercise": Exercise,
    "infusion": Infusion,
    "imaging": Imaging,
}


def _kind(value: Any) -> str | None:
    for key, record in _KINDS.items():
        if isinstance(value, record) or (isinstance(value, dict) and key in value):
            return key
    return None


Intervention = Annotated[
    Annotated[Drug, Tag("drug")]
    | Annotated[Bath, Tag("bath")]
    | Annotated[Stress, Tag("stress")]
    | Annotated[Injury, Tag("injury")]
    | Annotated[Genetic, Tag("gene")]
    | Annotated[Stimulation, Tag("method")]
    | Annotated[Exercise, Tag("exercise")]
    | Annotated[Infusion, Tag("infusion")]
    | Annotated[Imaging, Tag("imaging")],
    Discriminator(
        _kind,
        custom_error_type="euthymia_intervention",
        custom_error_message="An intervention names its kind by its key.",
    ),
]
"""One timed intervention; its first key says what it is."""

Protocol = tuple[Intervention, ...]
"""All interventions on an arm."""
