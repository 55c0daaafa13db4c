"""One arm against another: effect, interval, probability, and the chance that an experiment shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.asking.intervals import Interval, known, share_above
from euthymia.asking.plan import readings_of
from euthymia.findings.contrast import REPLICATES, USUAL_N, significant
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import SURE
from euthymia.records.finding import Direction, Reading
from euthymia.records.question import ArmContrast, Question


@dataclass(frozen=True)
class Effect:
    """An evaluated contrast.

    Attributes
    ----------
    reading, against
        Both arms, the assay and the time.
    size
        Difference of the group means, in the assay's unit.
    standardised
        The same in standard deviations of single animals (Cohen's d).
    direction
        That of the median.
    probability
        Share of draws in which the difference of the means has this direction.
    noticeable
        Share of draws in which it is in this direction beyond the assay's margin, half a standard deviation of animals.
    equal
        Share of draws in which it is within the margin.
    chance
        Chance that an experiment with `n` animals per arm shows the direction by the usual test (p < 0.05).
    """

    reading: Reading
    against: Reading
    size: Interval
    standardised: Interval
    direction: Direction
    probability: float
    noticeable: float
    equal: float
    chance: float
    n: int
    draws: int

    @property
    def sure(self) -> bool:
        """Whether there is a difference in four of five draws."""
        return self.noticeable >= SURE

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "arm": self.reading.arm, "against": self.against.arm, "assay": self.reading.assay, "of": self.reading.of,
            "day": self.reading.time.to("d"), "effect": self.size.to_dict(),
            "standardised_effect": self.standardised.to_dict(), "direction": self.direction,
            "probability_of_direction": known(self.probability), "probability_beyond_margin": known(self.noticeable),
            "probability_within_margin": known(self.equal), "chance_of_significance": known(self.chance),
            "n_per_arm": self.n, "draws": self.draws,
        }  # fmt: skip


def effects(question: Question, trial: Trial) -> tuple[Effect, ...]:
    """All contrasts of a question; those against the first arm where it names none."""
    return tuple(
        _effect(trial, reading, asked)
        for asked in asked_contrasts(question)
        for reading in readings_of(question, asked.arm, asked)
    )


def asked_contrasts(question: Question) -> Iterator[ArmContrast]:
    """The contrasts of a question, or each arm against the first."""
    if question.contrasts is not None:
        yield from question.contrasts
        return
    first, *others = question.arms
    for arm in others:
        yield ArmContrast(arm=arm.id, against=first.id)


def _effect(trial: Trial, reading: Reading, asked: ArmContrast) -> Effect:
    against = reading.model_copy(update={"arm": asked.against})
    good = ~trial.failed
    size = (trial.means(reading) - trial.means(against))[good]
    assay = trial.assays[reading.assay]
    margin = assay.margin(change=False)
    sign = 1.0 if float(np.median(size)) >= 0 else -1.0
    direction: Direction = "greater" if sign > 0 else "less"
    n = asked.n or USUAL_N
    first, second = (trial.sample(one, animals=n, replicates=REPLICATES)[good] for one in (reading, against))
    return Effect(
        reading, against, Interval.of(size), Interval.of(size / assay.animal_sd), direction,
        share_above(sign * size, margin), float(np.mean(sign * size > margin)), float(np.mean(np.abs(size) <= margin)),
        float(significant(first, second, direction).mean()), n, int(good.sum()),
    )  # fmt: skip
