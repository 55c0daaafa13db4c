"""Whether a task is one that a server takes: seen before it waits, in milliseconds."""

from __future__ import annotations

from euthymia.asking import read_question
from euthymia.errors import Problem, RequestError
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
    found: list[Message] = []
    payload = task.payload
    if task.kind in ("question", "explanation"):
        refuse_costly(cost_of(read_question(payload["question"])), limits)
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
    if found:
        raise RequestError(Problem(one) for one in found)
