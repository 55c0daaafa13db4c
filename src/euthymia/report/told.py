"""A comparison as its JSON file tells it: what pages are made from, whether it was run now or read from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.comparing import Comparison
from euthymia.findings.verdict import Verdict
from euthymia.records.base import Bilingual
from euthymia.records.intervention import Kind


class Lenient(BaseModel):
    """A part of the file; what pages do not tell is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Over(Protocol):
    """A number over draws, as the comparison computes it or as its file tells it."""

    @property
    def median(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def reached(self) -> float: ...  # noqa: D102


class Middle(Lenient):
    """A number over draws; None where it is not reached."""

    median: float | None
    low: float | None
    high: float | None
    reached: float


class Spot(Lenient):
    """Where an intervention lies in the plane of onset and duration, both as log10 of days."""

    centre: tuple[float, float]
    covariance: tuple[tuple[float, float], tuple[float, float]]
    share: float
    open_end: float


class Effect(Lenient):
    """What an intervention does in one test; times in days."""

    onset: Middle
    duration: Middle
    peak: Middle
    peak_day: Middle
    peak_reading: Middle
    probability: float
    chance: Annotated[float, Field(allow_inf_nan=True)]
    spot: Spot | None


class Response(Lenient):
    """Effects over doses."""

    factors: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]
    peaks: tuple[Middle, ...]
    half: Middle

    @model_validator(mode="after")
    def _paired(self) -> Response:
        if len(self.factors) != len(self.peaks):
            raise ValueError("a dose has no effect, or an effect no dose")
        return self


class Repeated(Lenient):
    """Several doses."""

    doses: int
    every: float
    ratio: Middle
    total: Middle
    harms: Mapping[str, Middle]


class Engaged(Lenient):
    """Another target that is moved, and how far."""

    target: str
    displacement: float


class Reliefs(Lenient):
    """Relief in the first test over time, in standard deviations of animals."""

    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def lengths(self) -> set[int]:
        """Numbers of readings; one where the three belong together."""
        return {len(self.median), len(self.low), len(self.high)}


class Intervention(Lenient):
    """One intervention."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Bilingual
    short: Bilingual | None = None
    study: str
    kind: Kind
    reliefs: Reliefs | None = None
    effects: Annotated[dict[str, Effect], Field(min_length=1)]
    target: str
    on_target: Middle
    selectivity: Middle
    off_target: tuple[Engaged, ...]
    harms: Mapping[str, Middle]
    harm: Middle
    worst_harm: str | None
    dose_response: Response | None
    repeated: Repeated | None
    failed: float

    @property
    def main(self) -> Effect:
        """What it does in the first test."""
        return next(iter(self.effects.values()))

    @property
    def name(self) -> Bilingual:
        """The shorter of its names that is there."""
        return self.short or self.label


class Judged(Lenient):
    """What the joined model says of a finding."""

    verdict: Verdict
    probability: Annotated[float, Field(allow_inf_nan=True)]


class Harm(Lenient):
    """An unwanted effect, or one without a read-out."""

    label: Bilingual
    covered: bool
    missing: Bilingual | None
    findings: Mapping[str, Judged]


class Told(Lenient):
    """The whole file, without its provenance."""

    days: float
    times: tuple[float, ...] = ()
    animals: int
    seed: int
    interventions: tuple[Intervention, ...]
    unreachable: tuple[str, ...]
    harms: Mapping[str, Harm]

    @classmethod
    def of(cls, comparison: Comparison) -> Told:
        """What the file of a comparison tells."""
        return cls.model_validate(comparison.to_dict())

    @property
    def assays(self) -> tuple[str, ...]:
        """The tests, in the order in which they are told."""
        return tuple(self.interventions[0].effects) if self.interventions else ()
