"""The null competitor beside the mechanism, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from euthymia.credibility import NullCompetitor, null_competitor
from euthymia.credibility.challenged import challenged_verdicts
from euthymia.credibility.counts import USES
from euthymia.findings.verdict import Verdict
from euthymia.records.challenge import NULL, WHOLE, Challenge
from euthymia.records.folder import StudyFolder
from euthymia.report.bilingual import Words
from euthymia.report.numbers import number
from euthymia.report.verdicts import USES as USE_WORDS
from euthymia.words import Message, msg

WORDS: Final[Mapping[str, Message]] = {
    "nav_competitor": msg("Null competitor"),
    "competitor": msg("Beside a direct arrow"),
    "competitor_lead": msg(
        "The null competitor is a mechanism without mechanism: each intervention acts on each read-out by an arrow of "
        "its own, with free strength, dose and time course. It is calibrated on the same findings and judged by the "
        "same rules. The score of a finding is the logarithm of the probability that it was given; the best is 0."
    ),
    "scores": msg("Mean log scores of the findings"),
    "scored": msg("Findings scored"),
    "own_score": msg("Mechanism"),
    "null_score": msg("Null competitor"),
    "difference": msg("Difference (95 % interval)"),
    "outcome": msg("Outcome"),
}
"""Headings and explanations."""


@dataclass(frozen=True)
class Named:
    """A sentence, and the findings (ids) or links (in words) that it counts."""

    sentence: Message
    findings: tuple[str, ...] = ()
    links: tuple[Words, ...] = ()


@dataclass(frozen=True)
class ScoreRow:
    """The scores on the findings of one use."""

    use: Message
    scores: NullCompetitor
    slug: str
    word: Message

    @property
    def numbers(self) -> tuple[Words, Words, Words]:
        """Scores of both, and the difference with its interval."""
        one = self.scores
        own, null, gap, low, high = (
            number(value, sign=signed)
            for value, signed in (
                (one.own_score, False), (one.null_score, False), (one.difference, True), (one.low, True),
                (one.high, True),
            )
        )  # fmt: skip
        return own, null, msg("{difference} ({low} to {high})", difference=gap, low=low, high=high)


def competitor_values(study: StudyFolder) -> dict[str, object]:
    """What the page shows of the null competitor."""
    return {"score_rows": tuple(score_rows(study)), "null_sentences": tuple(_null_sentences(study))}


def not_computed(study: StudyFolder) -> Message:
    """What computes a challenge that there is not."""
    return msg("Not computed; “euthymia challenge {study}” does it.", study=study.id)


def score_rows(study: StudyFolder) -> Iterator[ScoreRow]:
    """The scores by use, findings kept to test first; none where they were not computed."""
    for use in reversed(USES):
        scores = null_competitor(study, use)
        if scores is not None:
            yield ScoreRow(USE_WORDS[use], scores, *separation(scores))


def separation(scores: NullCompetitor) -> tuple[str, Message]:
    """Shape and word of how the mechanism compares with the null competitor."""
    if not scores.separated:
        return "maybe", msg("not separated")
    return ("yes", msg("better")) if scores.beaten else ("no", msg("worse"))


def _null_sentences(study: StudyFolder) -> Iterator[Named]:
    found = study.challenge
    if found is None:
        return
    scores = null_competitor(study, "validate")
    if scores is not None:
        yield Named(_verdict(scores))
    yield Named(_evidence(found))
    own, null = (challenged_verdicts(study, found.probabilities[one]) for one in (WHOLE, NULL))
    kept = [one.id for one in study.record.findings if one.use == "validate"]
    lost, won = (
        tuple(name for name in kept if one[name] is Verdict.REPRODUCED and other[name] is not Verdict.REPRODUCED)
        for one, other in ((null, own), (own, null))
    )
    places = {"all": len(kept)}
    yield Named(msg("Of the {all} findings kept to test, the null competitor reproduces {count} that the mechanism "
                    "does not.", count=len(lost), **places), lost)  # fmt: skip
    yield Named(msg("Of the {all} findings kept to test, the mechanism reproduces {count} that the null competitor "
                    "does not.", count=len(won), **places), won)  # fmt: skip


def _verdict(scores: NullCompetitor) -> Message:
    if not scores.separated:
        return msg("On the findings kept to test, the mechanism does not beat a direct arrow: the interval of the "
                   "difference includes zero.")  # fmt: skip
    if scores.beaten:
        return msg("On the findings kept to test, the mechanism predicts better than direct arrows do.")
    return msg("On the findings kept to test, direct arrows predict better than the mechanism does.")


def _evidence(found: Challenge) -> Message:
    gap = found.log_evidence[WHOLE] - found.log_evidence[NULL]
    size = number(abs(gap))
    if gap >= 0:
        return msg("The log evidence, over the findings used to fit, is {gap} higher for the mechanism.", gap=size)
    return msg("The log evidence, over the findings used to fit, is {gap} lower for the mechanism.", gap=size)
