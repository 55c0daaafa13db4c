"""What a question costs, known before it is run."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from euthymia.asking.plan import plan
from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS
from euthymia.errors import Problem, RequestError
from euthymia.protocols.lower import first_day, last_day
from euthymia.records.question import Question
from euthymia.serving.limits import Limits
from euthymia.words import msg


@dataclass(frozen=True)
class Cost:
    """How large a question is.

    Attributes
    ----------
    animals
        Animals of an arm that are simulated; four times those asked for where a reading parts them.
    arms
        Arms, with those of combinations and of the grid.
    days
        Days of the longest experiment.
    animal_days
        Days that all animals of all arms live.
    """

    animals: int
    arms: int
    days: float
    animal_days: int

    def to_dict(self) -> dict[str, float]:
        """Plain data."""
        return asdict(self)


def cost_of(question: Question) -> Cost:
    """The size of a question.

    Raises
    ------
    RequestError
        If it asks for more than any question may, or for a grid that cannot be.
    """
    planned = plan(question)
    parted = any(arm.split is not None for arm in planned.main.arms)
    animals = question.animals * (SPLIT_INDIVIDUALS // INDIVIDUALS if parted else 1)
    spans = [(len(one.arms), last_day(one) - first_day(one)) for one in planned.experiments]
    lived = sum(arms * days for arms, days in spans) * animals
    return Cost(animals, sum(arms for arms, _ in spans), max(days for _, days in spans), round(lived))


def refuse_costly(cost: Cost, limits: Limits) -> None:
    """Refuse what is too large for a server.

    Raises
    ------
    RequestError
        With each limit that is passed, and what to do.
    """
    advice = msg("Ask for less, or run it on a computer of your own with “euthymia simulate”.")
    found = [
        (cost.animals > limits.animals,
         msg("The question simulates {found} animals per arm; this server takes at most {limit}. {advice}",
             found=cost.animals, limit=limits.animals, advice=advice)),
        (cost.arms > limits.arms,
         msg("The question needs {found} arms with its combinations and its grid; this server takes at most {limit}. "
             "{advice}", found=cost.arms, limit=limits.arms, advice=advice)),
        (cost.days > limits.days,
         msg("The question spans {found} days; this server takes at most {limit}. {advice}",
             found=f"{cost.days:.0f}", limit=limits.days, advice=advice)),
        (cost.animal_days > limits.cost,
         msg("The question simulates {found} days of animals in all; this server takes at most {limit}. {advice}",
             found=cost.animal_days, limit=limits.cost, advice=advice)),
    ]  # fmt: skip
    problems = [Problem(message) for wrong, message in found if wrong]
    if problems:
        raise RequestError(problems)
