"""Assays: how a latent state becomes the number that a laboratory reports. One model serves all studies."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, model_validator

from euthymia.records.base import Bilingual, Identifier, Record, Source, refuse
from euthymia.words import msg

Status = Literal["measured", "derived", "calibrated", "assumed"]


class Figure(Record):
    """A number with its standing."""

    value: float
    status: Status
    source: Source | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _has_source(self) -> Figure:
        if self.status in ("measured", "derived") and self.source is None:
            raise refuse(msg("A {status} number needs a source.", status=self.status))
        return self


class Assay(Record):
    """One assay.

    A *behavioural* assay has a `latent` affective state; its reading is
    ``link^-1(link(baseline) + gain * latent + between) + measurement``, clipped to floor and ceiling.
    A *biological* read-out has no latent: the mechanism gives the reading itself, in units of its own baseline.
    """

    label: Bilingual
    unit: str
    latent: Identifier | None = None
    link: Literal["logit", "log", "identity"]
    baseline: Figure
    gain: Figure | None = Field(default=None, description="change on the link scale per unit of the latent state")
    gain_sd: Annotated[float, Field(ge=0)] = Field(default=0.0, description="uncertainty (SD of ln gain)")
    between_sd: Figure = Field(description="between-animal SD, in the assay's unit")
    measurement_sd: Figure = Field(description="SD of a repeated measurement of one animal, in the assay's unit")
    curve: tuple[tuple[float, float], ...] = Field(
        default=(),
        exclude_if=lambda curve: not curve,
        description="what the instrument reads at rising states of the mechanism; straight lines between",
    )
    floor: float
    ceiling: float
    worse: Literal["higher", "lower", "neither"]
    per_session: bool = Field(default=False, description="compares a session with the one before; no value in between")
    protocol: Bilingual

    @model_validator(mode="after")
    def _consistent(self) -> Assay:
        if not self.floor <= self.baseline.value <= self.ceiling:
            raise refuse(
                msg("The baseline {found} lies outside {floor} to {ceiling}.",
                    found=self.baseline.value, floor=self.floor, ceiling=self.ceiling)
            )  # fmt: skip
        inside = {
            "identity": True,
            "log": self.baseline.value > 0,
            "logit": self.floor < self.baseline.value < self.ceiling,
        }
        if not inside[self.link]:
            raise refuse(msg("The baseline {found} cannot be put on a {link} scale.",
                             found=self.baseline.value, link=self.link))  # fmt: skip
        if any(before[0] >= after[0] for before, after in itertools.pairwise(self.curve)):
            raise refuse(msg("The states of a curve must rise from point to point."))
        if (self.latent is None) != (self.gain is None):
            raise refuse(msg("An assay has either both a latent state and a gain, or neither."))
        return self

    @property
    def animal_sd(self) -> float:
        """SD of single readings across animals of one group, in the assay's unit."""
        return float((self.between_sd.value**2 + self.measurement_sd.value**2) ** 0.5)

    def margin(self, *, change: bool) -> float:
        """The smallest difference of group means that counts as one.

        Half of the animals' standard deviation, a "medium" effect (Cohen 1988, Statistical Power Analysis, 2nd ed.,
        section 2.2.3); one margin serves both "there is a difference" and "there is none". For a change from an
        earlier reading (in percent) the animals' own baselines cancel and two measurement errors remain.
        """
        if change:
            return 0.5 * 100 * 2**0.5 * self.measurement_sd.value / self.baseline.value
        return 0.5 * self.animal_sd


class Stressor(Record):
    """A stressor's strength and daily schedule, on one scale for all studies."""

    label: Bilingual
    intensity: Figure = Field(description="relative to restraint = 1")
    predictability: Figure = Field(description="0 = never the same, no habituation; 1 = same every day")
    daily: str = Field(description="usual time per day")
