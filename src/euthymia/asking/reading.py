"""Reading and checking a question file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from euthymia.asking.plan import main_experiment, readings_of
from euthymia.errors import Problem, RecordError
from euthymia.records.cross import Location, experiment_problems, reading_problems
from euthymia.records.finding import Reading
from euthymia.records.library import Library, common_library
from euthymia.records.question import Question, plain
from euthymia.records.reading import MOST_PROBLEMS, Document, build, read_yaml


def read_question(source: Path | str | Mapping[str, Any]) -> Question:
    """A question from a file, or from data in Python.

    Parameters
    ----------
    source
        Path of a YAML file, or the same as a mapping.

    Raises
    ------
    RecordError
        With the problems, each at its file and line, or at its path in the mapping, as in ``arms.1.protocol``.
    """
    if isinstance(source, Mapping):
        return question_of(Document(plain(dict(source)), None, Path("question")))
    return question_of(read_yaml(Path(source)))


def question_of(document: Document) -> Question:
    """A question from a document.

    Raises
    ------
    RecordError
        With the problems, each at its place in the document.
    """
    question = build(Question, document)
    found = islice(question_problems(question, common_library()), MOST_PROBLEMS)
    problems = [Problem(message, document.place(location)) for location, message in found]
    if problems:
        raise RecordError(problems)
    return question


def is_question(file: Path) -> bool:
    """Whether a YAML file holds a question, and not an experiment alone.

    Raises
    ------
    RecordError
        If it is not YAML.
    """
    data = read_yaml(file).data
    return isinstance(data, dict) and "format" in data and "title" in data


def question_problems(question: Question, library: Library) -> Iterator[tuple[Location, Any]]:
    """What the parts of a question name and nobody has, each with its location in the file."""
    main = main_experiment(question)
    own = [arm.model_copy(update={"protocol": one.protocol}) for arm, one in zip(main.arms, question.arms, strict=True)]
    for location, message in experiment_problems((main.model_copy(update={"arms": tuple(own)}),), {}, library):
        yield location[2:], message
    history = main.arms[0].model_copy(update={"protocol": question.cohort.stress, "split": question.cohort.split})
    alone = main.model_copy(update={"arms": (history,), "sampling": ()})
    for location, message in experiment_problems((alone,), {}, library):
        yield ("cohort", {"protocol": "stress"}.get(str(location[4]), location[4]), *location[5:]), message
    for key, readings in _readings(question):
        for reading in readings:
            for location, message in reading_problems(key, reading, main, library):
                yield (key if isinstance(key[-1], str) and location == (*key, "arm") else location), message


def _readings(question: Question) -> Iterator[tuple[Location, list[Reading]]]:
    """All readings that the question names, by their place."""
    for place, contrast in enumerate(question.contrasts or ()):
        here: Location = ("contrasts", place)
        for arm, key in ((contrast.arm, "arm"), (contrast.against, "against")):
            yield (here if key == "arm" else (*here, key)), _read(question, arm, contrast)
    for place, pair in enumerate(question.combinations):
        for key in ("both", "first", "second", "none", "unstressed"):
            name = getattr(pair, key)
            if name is not None:
                yield ("combinations", place, key), _read(question, name, pair)
    if question.grid is not None:
        first = question.sampling[0]
        for key in ("arm", "none"):
            found = Reading(arm=getattr(question.grid, key), assay=first.assay, time=first.times[0])
            yield ("grid", key), [found]


def _read(question: Question, arm: str, asked: Any) -> list[Reading]:
    found = list(readings_of(question, arm, asked))
    if not found:
        time = asked.time or question.sampling[0].times[0]
        found = [Reading(arm=arm, assay=asked.assay, of=asked.of, time=time)]
    return found
