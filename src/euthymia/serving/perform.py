"""What a worker does with a task: the library called, its answer as data, a page and files."""

from __future__ import annotations

import shlex
from functools import lru_cache
from typing import Final

from euthymia.asking import ask, read_question
from euthymia.asking.plan import main_experiment
from euthymia.engine.store import RunStore
from euthymia.explaining import explain
from euthymia.explaining.plain import to_csv, to_dict, to_json
from euthymia.joined import join_studies
from euthymia.models.join import Joined
from euthymia.pipeline import Progress
from euthymia.records.question import ArmContrast, Question
from euthymia.records.writing import to_yaml
from euthymia.report.explained import explained_files, explained_fragment
from euthymia.report.whatif import QUESTION, answer_files, answer_fragment
from euthymia.serving.brought import perform_model, perform_study
from euthymia.serving.check import contrast_of
from euthymia.serving.tasks import Result, Task, finite

JOINED: Final = 4
"""Joined models that a worker keeps."""
ANSWER: Final = f"euthymia simulate {QUESTION} --out answer"
"""The command that makes an answer again from its own file."""


def perform(task: Task, progress: Progress) -> Result:
    """The result of a task, computed in this process.

    Raises
    ------
    EuthymiaError
        If it is refused, with what is wrong and where.
    """
    match task.kind:
        case "question":
            return _answered(read_question(task.payload["question"]), progress)
        case "explanation":
            return _explained(task, progress)
        case "model":
            return perform_model(task, progress)
        case "study":
            return perform_study(task, progress)


def warm() -> None:
    """Join the whole atlas, which most questions are asked of."""
    joined_model((), ())


@lru_cache(maxsize=JOINED)
def joined_model(studies: tuple[str, ...], rivals: tuple[str, ...]) -> Joined:
    """Studies of the atlas as one model, all of them if none is named; kept for the next task."""
    return join_studies(studies or None, rivals=rivals)


def _answered(question: Question, progress: Progress) -> Result:
    joined = joined_model(question.studies, question.rivals)
    answer = ask(question, joined=joined, workers=1, store=RunStore.default(), progress=progress)
    page, files = answer_fragment(answer, command=ANSWER), answer_files(answer, command=ANSWER)
    return Result("question", finite(answer.to_dict()), page, files)


def _explained(task: Task, progress: Progress) -> Result:
    question, animals = read_question(task.payload["question"]), int(task.payload["animals"])
    asked = ArmContrast.model_validate(task.payload["contrast"])
    contrast = contrast_of(question, asked)
    found = explain(
        joined_model(question.studies, question.rivals), main_experiment(question), contrast, animals=animals,
        seed=question.seed, workers=1, progress=progress, store=RunStore.default(),
    )  # fmt: skip
    side = contrast.reading
    command = shlex.join([
        "euthymia", "explain", "--protocol", QUESTION, "--arm", side.arm, "--against", contrast.against.arm,
        "--assay", side.assay, *(["--of", side.of] if side.of else []), "--time", str(side.time),
        "--animals", str(animals), "--seed", str(question.seed),
    ])  # fmt: skip
    files = {QUESTION: to_yaml(question), "explanation.json": to_json(found), "explanation.csv": to_csv(found)}
    files |= explained_files(found, command=command)
    return Result("explanation", finite(to_dict(found)), explained_fragment(found, command=command), files)
