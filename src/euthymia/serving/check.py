"""Whether a task is one that a server takes: seen before it waits, in milliseconds."""

from __future__ import annotations

from euthymia.asking import read_question
from euthymia.asking.plan import readings_of
from euthymia.errors import Problem, RequestError, suggestion
from euthymia.explaining import Contrast
from euthymia.records.question import ArmContrast, Question
from euthymia.serving.cost import cost_of, refuse_costly
from euthymia.serving.limits import Limits
from euthymia.serving.tasks import Task
from euthymia.words import Message, msg


def check_task(task: Task, limits: Limits) -> None:
    """Refuse a task that is too large, or can be seen to be impossible.

    Raises
    ------
    RequestError, RecordError, ProtocolError
        With what is wrong: which limit is passed, or what is not known, and what to do.
    """
    payload = task.payload
    if task.kind in ("question", "explanation"):
        question = read_question(payload["question"])
        refuse_costly(cost_of(question), limits)
        if task.kind == "explanation":
            contrast_of(question, ArmContrast.model_validate(payload["contrast"]))
    problems = [Problem(message) for message in _too_large(task, limits)]
    if problems:
        raise RequestError(problems)


def _too_large(task: Task, limits: Limits) -> list[Message]:
    payload, found = task.payload, []
    if task.kind in ("explanation", "study"):
        most = limits.explained_animals if task.kind == "explanation" else limits.study_animals
        if not 1 <= payload["animals"] <= most:
            found.append(msg("The number of animals is {found}; this server takes 1 to {limit} here.",
                             found=payload["animals"], limit=most))  # fmt: skip
    if task.kind == "model":
        if not 0 < payload["hours"] <= limits.hours:
            found.append(msg("The model is to run for {found} units of its time; this server takes more than 0 and up "
                             "to {limit}.", found=f"{payload['hours']:g}", limit=f"{limits.hours:g}"))  # fmt: skip
        if not 2 <= payload["points"] <= limits.points:
            found.append(msg("The number of output times is {found}; this server takes 2 to {limit}.",
                             found=payload["points"], limit=limits.points))  # fmt: skip
    return found


def contrast_of(question: Question, asked: ArmContrast) -> Contrast:
    """The two readings that an explanation compares.

    Raises
    ------
    RequestError
        If an arm is not of the question, both are one and the same, or the assay is not sampled.
    """
    known = [arm.id for arm in question.arms]
    problems = [
        Problem(msg("The question has no arm “{found}”. {suggestion}", found=name, suggestion=suggestion(name, known)))
        for name in dict.fromkeys((asked.arm, asked.against))
        if name not in known
    ]
    if asked.arm == asked.against:
        problems.append(Problem(msg("Both sides are the arm “{arm}”, so there is no difference to explain.",
                                    arm=asked.arm)))  # fmt: skip
    reading, against = (readings_of(question, arm, asked) for arm in (asked.arm, asked.against))
    if not reading:
        sampled = sorted({sampling.assay for sampling in question.sampling})
        problems.append(Problem(msg("The question does not sample the assay “{found}”. {suggestion}", found=asked.assay,
                                    suggestion=suggestion(str(asked.assay), sampled))))  # fmt: skip
    if problems:
        raise RequestError(problems)
    return Contrast(reading[0], against[0])
