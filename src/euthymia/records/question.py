"""A question to the joined atlas: the record behind ``protocol.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from euthymia.records.base import Bilingual, Dose, Identifier, Record, Time, refuse
from euthymia.records.protocol import Genetic, Injury, Protocol, Stress, Times
from euthymia.records.study import Sampling, Split
from euthymia.words import msg

MOST_ANIMALS: Final = 2000
"""Animals of a question, so that an answer stays a matter of minutes."""
MOST_ARMS: Final = 200
"""Arms of a question, cells of its grid included."""
MOST_DAYS: Final = 400
"""Days from the first intervention to the last sample."""
MOST_TIMES: Final = 400
"""Sampling times of an assay."""
MOST_SAMPLINGS: Final = 200
"""Assays of a question, some of them perhaps twice."""
MOST_CONTRASTS: Final = 1000
"""Contrasts of a question."""


def _both_languages(value: object) -> object:
    return {"en": value, "zh": value} if isinstance(value, str) and value else value


Label = Annotated[Bilingual, BeforeValidator(_both_languages, json_schema_input_type=str | Bilingual)]
"""Words in both languages, or plain text that is shown in both."""


Full = Annotated[
    Literal["unstressed", "limit"],
    Field(
        description="what counts as the full effect for Bliss: the unstressed level, or the end of the assay's range"
    ),
]


def _only_stress(items: Protocol) -> Protocol:
    for item in items:
        if not isinstance(item, Stress | Injury):
            raise refuse(msg("A history of stress holds stress and injuries; other interventions belong to an arm."))
    return items


def _few_animals(value: int) -> int:
    if not 1 <= value <= MOST_ANIMALS:
        raise refuse(
            msg(
                "A question has 1 to {limit} animals per arm; found {found}. Intervals hardly narrow with more than a "
                "few hundred.",
                limit=MOST_ANIMALS,
                found=value,
            )
        )
    return value


class QuestionCohort(Record):
    """What all arms of a question have in common."""

    genotype: tuple[Genetic, ...] = ()
    stress: Annotated[Protocol, AfterValidator(_only_stress)] = ()
    sex: Literal["male", "female", "both", "unknown"] = "unknown"
    split: Split | None = Field(
        default=None, description="which animals are meant, as a laboratory parts them: susceptible or resilient ones"
    )


class QuestionArm(Record):
    """Animals that share one protocol, besides what the cohort has."""

    id: Identifier
    label: Label | None = None
    protocol: Protocol = ()
    history: bool = Field(default=True, description="false for animals without the cohort's history of stress")
    split: Split | None = Field(default=None, description="in the place of the cohort's split")


class ArmContrast(Record):
    """One arm against another; without an assay, all of them; without a time, the last one sampled."""

    arm: Identifier
    against: Identifier
    assay: Identifier | None = None
    of: Identifier | None = None
    time: Time | None = None
    n: Annotated[int, Field(ge=2, le=1000)] | None = Field(
        default=None, description="animals per arm for the chance of a significant result"
    )


class Combination(Record):
    """Four arms that tell whether two interventions do more together than expected from each alone."""

    both: Identifier
    first: Identifier
    second: Identifier
    none: Identifier
    unstressed: Identifier | None = Field(
        default=None, description="arm that shows the full effect; `none` without stress and injuries if left out"
    )
    assay: Identifier | None = None
    of: Identifier | None = None
    time: Time | None = None
    full: Full = "unstressed"
    loewe: bool = Field(default=True, description="false to leave out the dose-response curves of each alone")


class GridAxis(Record):
    """Doses of one intervention, or times of reading."""

    intervention: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="drug, substance, exercise or stimulated population, by its name in the arm"
    )
    doses: Annotated[tuple[Dose, ...], Field(max_length=MOST_ARMS)] = ()
    factors: tuple[Annotated[float, Field(ge=0, le=1000)], ...] = Field(
        default=(), max_length=MOST_ARMS, description="multiples of the dose in the arm"
    )
    times: Times | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> GridAxis:
        kinds = [bool(self.doses), bool(self.factors), self.times is not None]
        if sum(kinds) != 1 or (self.times is None) != (self.intervention is not None):
            raise refuse(msg("An axis of a grid has “intervention” with “doses” or “factors”, or “times” alone."))
        return self


class Grid(Record):
    """A surface over two axes: doses of two interventions of an arm, or doses of one and times."""

    arm: Identifier
    none: Identifier = Field(description="arm that effects are counted from")
    x: GridAxis
    y: GridAxis
    assay: Identifier
    of: Identifier | None = None
    time: Time | None = Field(default=None, description="time of reading, where no axis has times")
    full: Full = "unstressed"

    @model_validator(mode="after")
    def _axes(self) -> Grid:
        if self.x.times is not None:
            raise refuse(msg("The axis “x” of a grid has doses; times belong to “y”."))
        if (self.y.times is None) != (self.time is not None):
            raise refuse(msg("A grid of two doses needs a “time” of reading; one with times as an axis has none."))
        if self.x.intervention == self.y.intervention:
            raise refuse(msg("The two axes of a grid vary one and the same intervention, “{name}”.",
                             name=self.x.intervention))  # fmt: skip
        return self


class Question(Record):
    """Any mix of interventions on any cohort, asked of the joined atlas."""

    format: Literal[1]
    title: Label
    studies: tuple[Identifier, ...] = Field(default=(), description="studies to join; all of the atlas if left out")
    rivals: tuple[Identifier, ...] = Field(default=(), description="rival readings to take in place of the usual ones")
    animals: Annotated[int, AfterValidator(_few_animals)] = 100
    seed: Annotated[int, Field(ge=0)] = 1
    cohort: QuestionCohort = QuestionCohort()
    arms: Annotated[tuple[QuestionArm, ...], Field(min_length=1, max_length=MOST_ARMS)]
    sampling: Annotated[tuple[Sampling, ...], Field(min_length=1, max_length=MOST_SAMPLINGS)]
    contrasts: Annotated[tuple[ArmContrast, ...], Field(max_length=MOST_CONTRASTS)] | None = Field(
        default=None, description="each arm against the first one if left out"
    )
    combinations: Annotated[tuple[Combination, ...], Field(max_length=MOST_ARMS)] = ()
    grid: Grid | None = None

    def arm(self, name: str) -> QuestionArm:
        """An arm by its id."""
        return next(arm for arm in self.arms if arm.id == name)

    def protocol(self, arm: QuestionArm) -> Protocol:
        """All interventions on an arm: those of the cohort, then its own."""
        cohort = self.cohort
        return (*cohort.genotype, *(cohort.stress if arm.history else ()), *arm.protocol)


def plain(value: Any) -> Any:
    """Data from Python with tuples in the place of lists, as records take them."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return tuple(plain(part) for part in value) if isinstance(value, list | tuple) else value
