"""Do two interventions do more together than expected of each alone: Bliss, Loewe and highest single agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from euthymia.asking.intervals import MOST_UNDEFINED, Array, Interval, known, share_above
from euthymia.asking.plan import FACTORS, Ladder, Pairing
from euthymia.asking.references import DoseCurve, bliss, highest, index, loewe
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import SURE
from euthymia.records.assay import Assay
from euthymia.records.finding import Reading
from euthymia.words import Message, msg

Name = Literal["bliss", "loewe", "highest"]
Found = Literal["synergy", "antagonism", "as_expected", "undecided", "not_evaluated"]
NAMES: Final[Mapping[Name, Message]] = {
    "bliss": msg("Bliss independence"),
    "loewe": msg("Loewe additivity"),
    "highest": msg("the better one alone"),
}


@dataclass(frozen=True)
class Compared:
    """What a pair does, against what one reference expects; effects rise with the relief, in the assay's unit.

    Attributes
    ----------
    expected, excess
        What is expected, and what the pair does beyond it.
    probability
        Share of draws in which the excess is above zero.
    above, below, within
        Share of draws in which it is beyond the assay's margin, below its negative, or between.
    undefined
        Share of draws in which the reference has no value.
    reason
        Why it was not evaluated.
    """

    name: Name
    expected: Interval
    excess: Interval
    probability: float
    above: float
    below: float
    within: float
    undefined: float = 0.0
    reason: Message | None = None

    @property
    def found(self) -> Found:
        """Synergy, antagonism, neither, or undecided between them: what four of five draws show."""
        if self.reason is not None:
            return "not_evaluated"
        shares: dict[Found, float] = {"synergy": self.above, "antagonism": self.below, "as_expected": self.within}
        return next((word for word, share in shares.items() if share >= SURE), "undecided")

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "expected": self.expected.to_dict(), "excess": self.excess.to_dict(),
            "probability_of_excess": known(self.probability), "probability_beyond_margin": known(self.above),
            "probability_below_margin": known(self.below), "probability_within_margin": known(self.within),
            "undefined_share": self.undefined, "found": self.found,
            "reason": self.reason.text("en") if self.reason else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Synergy:
    """A combination at one assay and time.

    Attributes
    ----------
    distance
        What counts as the full effect: from the stressed, untreated to the unstressed level, or to the end of the
        assay's range, in the assay's unit.
    both, first, second
        Effects of the arms, in the assay's unit; above zero is towards the unstressed level.
    fractions
        The same as fractions of the distance.
    bliss_fraction
        Excess over Bliss as a fraction of the distance.
    index
        Combination index of Loewe at the effect of both.
    """

    pairing: Pairing
    reading: Reading
    distance: Interval
    both: Interval
    first: Interval
    second: Interval
    fractions: Mapping[str, Interval]
    bliss_fraction: Interval
    index: Interval
    references: tuple[Compared, ...]
    draws: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        asked = self.pairing.asked
        return {
            "both": asked.both, "first": asked.first, "second": asked.second, "none": asked.none,
            "assay": self.reading.assay, "of": self.reading.of, "day": self.reading.time.to("d"),
            "full_effect": self.distance.to_dict(),
            "effects": {key: getattr(self, key).to_dict() for key in ("both", "first", "second")},
            "fractions": {key: one.to_dict() for key, one in self.fractions.items()},
            "bliss_excess_fraction": self.bliss_fraction.to_dict(), "combination_index": self.index.to_dict(),
            "references": {one.name: one.to_dict() for one in self.references}, "draws": self.draws,
        }  # fmt: skip


def synergies(pairing: Pairing, main: Trial, extra: Trial | None) -> tuple[Synergy, ...]:
    """A combination scored at each of its assays."""
    return tuple(_Scored(pairing, main, extra, reading).synergy() for reading in pairing.readings)


class _Scored:
    """The numbers of one combination at one reading, one per draw."""

    def __init__(self, pairing: Pairing, main: Trial, extra: Trial | None, reading: Reading) -> None:
        self.pairing, self.reading, self.main, self.extra = pairing, reading, main, extra
        self.good = ~main.failed if extra is None else ~(main.failed | extra.failed)
        self.margin = main.assays[reading.assay].margin(change=False)
        asked = pairing.asked
        none, calm = self.mean(asked.none), self.mean(pairing.unstressed)
        raw = {key: self.mean(getattr(asked, key)) - none for key in ("both", "first", "second")}
        self.sign = direction(main, reading, calm - none, raw.values(), self.margin)
        self.none = none
        self.effect = {key: self.sign * value for key, value in raw.items()}
        self.distance = self.sign * (calm - none)

    def mean(self, arm: str) -> Array:
        """Group means of an arm, wherever it was simulated."""
        here = any(one.id == arm for one in self.main.experiment.arms)
        trial = self.main if here or self.extra is None else self.extra
        return trial.means(self.reading.model_copy(update={"arm": arm}))[self.good]

    def synergy(self) -> Synergy:
        full = full_effect(self.main.assays[self.reading.assay], self.sign, self.none, self.distance,
                           limit=self.pairing.asked.full == "limit")  # fmt: skip
        share = {key: value / full for key, value in self.effect.items()}
        expected = bliss(share["first"], share["second"])
        additive, indices, why = self._loewe()
        references = (
            self._compared("bliss", expected * full, msg(
                "The full effect is not known: stressed and unstressed animals do not differ enough in this assay.")),
            self._compared("loewe", additive, why),
            self._compared("highest", highest(self.effect["first"], self.effect["second"]), None),
        )  # fmt: skip
        both, first, second = (Interval.of(self.effect[key]) for key in ("both", "first", "second"))
        return Synergy(
            self.pairing, self.reading, Interval.of(full), both, first, second,
            {key: Interval.of(value) for key, value in share.items()}, Interval.of(share["both"] - expected),
            Interval.of(indices), references, int(self.good.sum()),
        )  # fmt: skip

    def _compared(self, name: Name, expected: Array, reason: Message | None) -> Compared:
        return compared(name, self.effect["both"], expected, self.margin, reason)

    def _loewe(self) -> tuple[Array, Array, Message | None]:
        nothing = np.full(len(self.none), np.nan)
        if not self.pairing.asked.loewe:
            return nothing, nothing, msg("Not asked for.")
        ladders = (self.pairing.first, self.pairing.second)
        if not all(ladder.arms for ladder in ladders):
            return nothing, nothing, msg("One of the two has no dose that could be lower or higher.")
        curves = [self._curves(ladder) for ladder in ladders]
        additive, indices = nothing.copy(), nothing.copy()
        for draw, (first, second) in enumerate(zip(*curves, strict=True)):
            additive[draw] = loewe(first, second, 1.0, 1.0)
            indices[draw] = index(first, second, 1.0, 1.0, float(self.effect["both"][draw]))
        falls = np.mean([max(one.fall, two.fall) > self.margin for one, two in zip(*curves, strict=True)])
        if falls > MOST_UNDEFINED:
            return nothing, nothing, msg("The effect of one of the two falls again at higher doses, so no one dose "
                                         "stands for an effect.")  # fmt: skip
        return (
            additive,
            indices,
            msg(
                "One of the two alone does not reach what the pair should do, at up to {factor} times its dose.",
                factor=f"{max(FACTORS):g}",
            ),
        )

    def _curves(self, ladder: Ladder) -> list[DoseCurve]:
        doses = np.array(list(ladder.arms))
        means = np.array([self.sign * (self.mean(arm) - self.none) for arm in ladder.arms.values()])
        return [DoseCurve.through(doses, effects) for effects in means.T]


def compared(name: Name, both: Array, expected: Array, margin: float, reason: Message | None) -> Compared:
    """What a pair does against what is expected, over draws; not evaluated where too many draws lack a reference.

    Parameters
    ----------
    both, expected
        One number per draw, in the assay's unit.
    margin
        The assay's margin.
    reason
        What to say where the reference has no value.
    """
    excess = both - expected
    defined = np.isfinite(excess)
    undefined = float(1 - defined.mean()) if len(defined) else 1.0
    nan = float("nan")
    if undefined > MOST_UNDEFINED:
        said = reason or msg("It could not be computed.")
        return Compared(name, Interval(nan, nan, nan), Interval(nan, nan, nan), nan, nan, nan, nan, undefined, said)
    found = excess[defined]
    shares: tuple[Callable[[Array], Any], ...] = (
        lambda x: x > margin, lambda x: x < -margin, lambda x: np.abs(x) <= margin
    )  # fmt: skip
    above, below, within = (float(np.mean(test(found))) for test in shares)
    return Compared(name, Interval.of(expected), Interval.of(excess), share_above(found, margin), above, below, within,
                    undefined)  # fmt: skip


def full_effect(assay: Assay, sign: float, none: Array, distance: Array, *, limit: bool) -> Array:
    """What counts as the full effect, one number per draw; not a number where it is within the assay's margin.

    Parameters
    ----------
    assay
        The assay.
    sign
        From `direction`.
    none
        What untreated animals read.
    distance
        From there to the unstressed level, positive as relief.
    limit
        Whether it reaches to the end of the assay's range instead.
    """
    if limit:
        distance = sign * ((assay.ceiling if sign > 0 else assay.floor) - none)
    known = np.isfinite(distance) & (np.nan_to_num(distance) > assay.margin(change=False))
    return np.asarray(np.where(known, distance, np.nan))


def direction(trial: Trial, reading: Reading, distance: Array, effects: Any, margin: float) -> float:
    """1 where a higher reading is relief, -1 where a lower one is.

    The way back to the unstressed level where stress moved the assay; else what the assay says is worse; else the
    direction of the largest effect.
    """
    middle = float(np.median(distance)) if len(distance) else 0.0
    if abs(middle) > margin:
        return 1.0 if middle > 0 else -1.0
    worse = trial.assays[reading.assay].worse
    if worse != "neither":
        return 1.0 if worse == "lower" else -1.0
    largest = max((float(np.median(one)) for one in effects if len(one)), key=abs, default=0.0)
    return 1.0 if largest >= 0 else -1.0
