"""Findings: one published result each, as a contrast that can be judged."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from euthymia.records.base import Bilingual, Identifier, Record, Source, Time, refuse
from euthymia.words import msg

Use = Literal["calibrate", "validate"]
Direction = Literal["less", "greater"]


class Reading(Record):
    """An assay of one arm at one time; with `since`, its change in percent from that earlier time."""

    arm: Identifier
    assay: Identifier
    of: Identifier | None = Field(default=None, description="the population read, where an assay has several")
    time: Time
    since: Time | None = None


class Against(Record):
    """The other side of a contrast; what is left out is as in the first reading."""

    arm: Identifier | None = None
    assay: Identifier | None = None
    of: Identifier | None = None
    time: Time | None = None
    since: Time | None = None


class Reported(Record):
    """What the source reports in numbers."""

    value: float | None = None
    sem: Annotated[float, Field(ge=0)] | None = None
    unit: str | None = None
    p: Annotated[float, Field(gt=0, le=1)] | None = None
    n: tuple[Annotated[int, Field(ge=1)], ...] | None = None


class Form(Record):
    """What a contrast says, without who says it: findings and predictions share the forms."""


class DifferenceForm(Form):
    """One side is less or greater than the other."""

    kind: Literal["less", "greater"]
    reading: Reading
    against: Against


class NoDifferenceForm(Form):
    """Both sides are equivalent within `margin`, or within the assay's equivalence margin."""

    kind: Literal["no_difference"]
    reading: Reading
    against: Against
    margin: Annotated[float, Field(gt=0)] | None = None


class ChangeForm(Form):
    """A difference, or a reading where `against` is left out, between `low` and `high`."""

    kind: Literal["change"]
    reading: Reading
    against: Against | None = None
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise refuse(msg("“low” ({low}) must be below “high” ({high}).", low=self.low, high=self.high))
        return self


class OrderingForm(Form):
    """Readings that rise from the first to the last."""

    kind: Literal["ordering"]
    reading: Reading
    rising: Annotated[tuple[Against, ...], Field(min_length=2)]


class DurationForm(Form):
    """A difference that is there at every sampled time from the reading until `until`."""

    kind: Literal["lasts_until"]
    direction: Direction
    reading: Reading
    against: Against
    until: Time


class GoneForm(Form):
    """A difference that is no longer there at `by` and at any later sampled time."""

    kind: Literal["gone_by"]
    direction: Direction
    reading: Reading
    against: Against
    by: Time


Contrast = Annotated[
    DifferenceForm | NoDifferenceForm | ChangeForm | OrderingForm | DurationForm | GoneForm,
    Field(discriminator="kind"),
]
"""A contrast by itself, as predictions use it."""


class _Finding(Record):
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    use: Use
    experiment: Identifier
    statement: Bilingual
    source: Source
    reported: Reported | None = None
    rests_on: tuple[Identifier, ...] = Field(default=(), description="links of the causal chain that it rests on")


class Difference(DifferenceForm, _Finding):
    """One side is less or greater than the other."""


class NoDifference(NoDifferenceForm, _Finding):
    """Both sides are equivalent within `margin`, or within the assay's equivalence margin."""


class Change(ChangeForm, _Finding):
    """A difference, or a reading where `against` is left out, between `low` and `high`."""


class Ordering(OrderingForm, _Finding):
    """Readings that rise from the first to the last."""


class Duration(DurationForm, _Finding):
    """A difference that is there at every sampled time from `since_time` until `until`."""


class Gone(GoneForm, _Finding):
    """A difference that is no longer there at `by` and at any later sampled time."""


class Parting(_Finding):
    """The share of an arm's animals that its split picks, in percent, lies between `low` and `high`."""

    kind: Literal["parting"]
    reading: Reading
    low: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(le=100)]
    against: None = None


class Separation(_Finding):
    """Single animals of two arms are told apart better by one assay than by another."""

    kind: Literal["separation"]
    reading: Reading
    against: Against
    than: Identifier = Field(description="the other assay, of the same arms at the same time")


class SeriesMatch(_Finding):
    """A whole published series lies within its uncertainty of the simulated one."""

    kind: Literal["series"]
    series: Identifier


Finding = Annotated[
    Difference | NoDifference | Change | Ordering | Duration | Gone | Parting | Separation | SeriesMatch,
    Field(discriminator="kind"),
]
"""One published result."""


class Series(Record):
    """A published time series: a table in the study's folder, one row per time.

    Columns: `time` (days), `mean`, `sem`, `n_animals`, and optionally `sd_animals`, `n_samples`; selected by `where`.
    """

    id: Identifier
    file: str
    where: dict[str, str]
    experiment: Identifier
    arm: Identifier
    assay: Identifier
    of: Identifier | None = None
    since: Time | None = None
    factor: float = 1.0
    label: Bilingual
    source: Source
