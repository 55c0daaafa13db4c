"""What the interface takes and gives, as its description (OpenAPI) tells it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, WithJsonSchema
from pydantic.json_schema import models_json_schema

from euthymia.records.base import Record
from euthymia.records.question import ArmContrast, Question

REFERENCE: Final = "#/components/schemas/"

Canonical = Annotated[dict[str, Any], WithJsonSchema({"allOf": [{"$ref": f"{REFERENCE}Question"}]})]
"""A question with its defaults filled in; `Question` takes it again."""
Key = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AskedQuestion(Record):
    """A question to be answered."""

    kind: Literal["question"]
    question: Question


class AskedExplanation(Record):
    """The difference between two arms of a question, to be explained link by link.

    Without an assay the only one sampled is meant, without a time the last one sampled.
    """

    kind: Literal["explanation"]
    question: Question
    contrast: ArmContrast


class ProblemShown(BaseModel):
    """What is wrong, in English and Chinese."""

    en: str
    zh: str
    place: str | None = Field(description="path in the question, as in arms.1.protocol, or file and line of an upload")


class Problems(BaseModel):
    """Why a request is refused."""

    problems: Annotated[list[ProblemShown], Field(min_length=1)]


class Health(BaseModel):
    """That the server runs, and how much it has to do."""

    status: Literal["ok"]
    version: str
    workers: Annotated[int, Field(ge=0)]
    waiting: Annotated[int, Field(ge=0)]
    running: Annotated[int, Field(ge=0)]


class CostShown(BaseModel):
    """How large a question is."""

    animals: Annotated[int, Field(ge=1, description="animals simulated per arm")]
    arms: Annotated[int, Field(ge=1, description="arms, with those that combinations and the grid need")]
    days: float
    animal_days: Annotated[int, Field(ge=0)]


class Checked(BaseModel):
    """A question as it was understood, and its size."""

    question: Canonical
    cost: CostShown


class Understood(BaseModel):
    """The question of an uploaded file."""

    question: Canonical


class JobShown(BaseModel):
    """A piece of work and how far it has come."""

    id: str
    kind: Literal["question", "explanation", "model", "study"]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(ge=0, description="runs in all; 0 until it is known")]
    ahead: Annotated[int, Field(ge=0)] | None = Field(description="jobs that run before it; null unless it waits")
    seconds: Annotated[float, Field(ge=0)]
    result: Key | None = Field(description="key of the result, once it is done")
    problems: list[ProblemShown]


class FileShown(BaseModel):
    """A file of a result."""

    name: str
    bytes: Annotated[int, Field(ge=0)]
    type: str


def record_schemas() -> dict[str, Any]:
    """The JSON Schemas of what requests hold, by name."""
    taken: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (AskedQuestion, "validation"), (AskedExplanation, "validation")
    ]  # fmt: skip
    _, whole = models_json_schema(taken, ref_template=REFERENCE + "{model}")
    found: dict[str, Any] = whole["$defs"]
    return found


def reference(name: str) -> dict[str, str]:
    """A reference to a named schema."""
    return {"$ref": REFERENCE + name}
