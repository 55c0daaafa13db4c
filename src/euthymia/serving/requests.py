"""Bodies of the interface -> questions and tasks, with the records of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from euthymia.asking import read_question
from euthymia.asking.reading import question_problems
from euthymia.errors import EuthymiaError, Place, Problem, RecordError
from euthymia.records.base import Record
from euthymia.records.library import common_library
from euthymia.records.question import ArmContrast, Question, plain
from euthymia.records.reading import Document, build
from euthymia.serving.bodies import json_object
from euthymia.serving.tasks import Task
from euthymia.words import msg

T = TypeVar("T")


class _Envelope(Record):
    """The outer keys of a job; what they hold is read by itself, so that its places begin there."""

    kind: Literal["question", "explanation"]
    question: dict[str, Any]
    contrast: dict[str, Any] | None = None


def posted_question(body: bytes) -> Question:
    """The question that a JSON body is.

    Raises
    ------
    UnreadableError
        If it is not JSON.
    RecordError
        If it is not a question; places are paths such as ``arms.1.protocol``.
    """
    return read_question(json_object(body))


def posted_task(body: bytes) -> Task:
    """The task that a JSON body asks for: a question, or an explanation.

    Raises
    ------
    UnreadableError
        If it is not JSON.
    RecordError
        If it is not a task; places are paths in the question, or begin with ``contrast``.
    """
    asked = build(_Envelope, Document(plain(json_object(body)), None, Path("body")))
    if (asked.contrast is not None) != (asked.kind == "explanation"):
        raise RecordError(Problem(msg("An explanation has a “contrast”, a question has none."), Place("contrast")))
    question = read_question(asked.question)
    if asked.contrast is None:
        return Task.question(question)
    return Task.explanation(question, _contrast(question, asked.contrast))


def _contrast(question: Question, data: dict[str, Any]) -> ArmContrast:
    """The contrast to be explained; its arms, assay and time must be those of the question."""
    contrast = _within("contrast", lambda: build(ArmContrast, Document(data, None, Path("contrast"))))
    alone = question.model_copy(update={"contrasts": (contrast,), "combinations": (), "grid": None})
    whole = Document({"contrast": data}, None, Path("contrast"))
    problems = [
        Problem(message, whole.place(("contrast", *location[2:])))
        for location, message in question_problems(alone, common_library())
        if location[0] == "contrasts"
    ]
    if problems:
        raise RecordError(problems)
    return contrast


def _within(name: str, read: Callable[[], T]) -> T:
    """What `read` gives; the places of its problems get a name before them."""
    try:
        return read()
    except EuthymiaError as error:
        raise RecordError(
            Problem(one.message, Place(name if one.place is None or str(one.place) == name else f"{name}.{one.place}"))
            for one in error.problems
        ) from None
