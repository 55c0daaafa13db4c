"""Predictions weighed: the probability that the model gives a statement nobody has tested, and the words fit for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from euthymia.findings.contrast import USUAL_N, claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Verdict, Weight, inapplicable, verdict_of, weigh
from euthymia.records.finding import Contrast, DifferenceForm, NoDifferenceForm
from euthymia.records.prediction import Prediction
from euthymia.words import Message, Text, msg

NO_PATH: Final = 1e-3
"""Share of an assay's margin below which groups differ by the solver's error or by a path too weak to count."""


class Foresight(Enum):
    """What the model says of a prediction."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    UNDECIDED = "undecided"
    NOT_EVALUATED = "not evaluated"

    @property
    def sentence(self) -> Message:
        """What a person reads."""
        return {
            Foresight.LIKELY: msg("At least four in five draws of the joined model show it. Nobody has tested it."),
            Foresight.UNLIKELY: msg("At most one in five draws of the joined model shows it. Nobody has tested it."),
            Foresight.UNDECIDED: msg("The draws of the joined model disagree. Nobody has tested it."),
            Foresight.NOT_EVALUATED: msg("The joined model was not asked, or could not answer."),
        }[self]

    @property
    def label(self) -> Message:
        """The answer in one or two words."""
        return {
            Foresight.LIKELY: msg("likely"),
            Foresight.UNLIKELY: msg("unlikely"),
            Foresight.UNDECIDED: msg("undecided"),
            Foresight.NOT_EVALUATED: msg("not evaluated"),
        }[self]


_OF = {
    Verdict.REPRODUCED: Foresight.LIKELY,
    Verdict.CONTRADICTED: Foresight.UNLIKELY,
    Verdict.INCONCLUSIVE: Foresight.UNDECIDED,
    Verdict.NOT_EVALUATED: Foresight.NOT_EVALUATED,
}
"""The limits are those of verdicts on findings."""


@dataclass(frozen=True)
class Foreseen:
    """A prediction and what the joined model says of it.

    Attributes
    ----------
    probability
        Share of draws in which the virtual experiment shows it; NaN when not evaluated.
    error
        Monte Carlo standard error of `probability`.
    chance
        Chance that an experiment with `n` animals a group shows it by the usual test.
    low, median, high
        5th, 50th and 95th percentile over draws of the difference that it is about, in `unit`.
    reason
        Why it was not evaluated.
    remark
        What must be known to read the answer.
    """

    prediction: Prediction
    foresight: Foresight
    probability: float = float("nan")
    error: float = float("nan")
    chance: float = float("nan")
    low: float = float("nan")
    median: float = float("nan")
    high: float = float("nan")
    unit: str = ""
    n: int = USUAL_N
    draws: int = 0
    reason: Message | Text | None = None
    remark: Message | None = None


def unanswered(prediction: Prediction, reason: Message | Text) -> Foreseen:
    """A prediction that was not evaluated, with the reason."""
    return Foreseen(prediction, Foresight.NOT_EVALUATED, reason=reason)


def foresee(prediction: Prediction, trial: Trial) -> Foreseen:
    """What a simulated experiment says of a prediction with a contrast."""
    assert prediction.contrast is not None
    reason = inapplicable(prediction.contrast, trial)
    if reason is not None:
        return unanswered(prediction, reason)
    judged = claim(prediction.contrast, trial)
    weight = weigh(judged, trial)
    return Foreseen(
        prediction, _OF[verdict_of(weight.probability)], weight.probability, weight.error, weight.chance, weight.low,
        weight.median, weight.high, judged.unit, draws=weight.draws, remark=_remark(prediction.contrast, weight, trial),
    )  # fmt: skip


def _remark(contrast: Contrast, weight: Weight, trial: Trial) -> Message | None:
    """Whether the model answers for want of a path: it then says nothing about a path that it does not have."""
    if not isinstance(contrast, DifferenceForm | NoDifferenceForm):
        return None
    margin = trial.assays[contrast.reading.assay].margin(change=contrast.reading.since is not None)
    if max(abs(weight.low), abs(weight.high)) >= NO_PATH * margin:
        return None
    return msg(
        "The atlas has no path for it: the groups differ by less than a thousandth of what counts as a difference."
    )
