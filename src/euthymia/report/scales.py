"""Axes: values on a plain scale, time on one that shows minutes and months together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.report.numbers import span, tick
from euthymia.report.svg import text_width
from euthymia.words import LANGUAGES, Message

BENT_FROM: Final = 8.0
"""Ratio of the last to the first sampled day after day 0 from which the time axis is bent."""
BEFORE: Final = 0.24
"""Largest share of the axis that the days before day 0 take."""
_GAP: Final = 7.0


@dataclass(frozen=True)
class TimeScale:
    """Days to picture units: near-linear close to day 0, logarithmic far from it; linear for short experiments.

    Attributes
    ----------
    first, last
        Ends of the axis, in days.
    knee
        Days from which it turns logarithmic; infinite for a linear axis.
    left, right
        Picture units of the ends.
    """

    first: float
    last: float
    knee: float
    left: float
    right: float

    @classmethod
    def of(cls, days: Sequence[float], *, first: float, last: float, left: float, right: float) -> TimeScale:
        """The scale that shows the sampled `days` of an experiment apart."""
        after = [day for day in days if day > 1e-6]
        bent = bool(after) and last / min(after) > BENT_FROM
        return cls(min(first, 0.0), max(last, 0.0), min(1.0, *after, 1.0) if bent else math.inf, left, right)

    @property
    def bent(self) -> bool:
        """Whether the axis is not linear."""
        return math.isfinite(self.knee)

    def __call__(self, day: float) -> float:
        """The place of a day."""
        before, after = self._far(-self.first, early=True), self._far(self.last)
        if not before + after:
            return self.left
        share = before / (before + after) if not after else min(BEFORE, before / (before + after))
        zero = self.left + share * (self.right - self.left)
        if day < 0:
            return zero - (zero - self.left) * self._far(-day, early=True) / before if before else zero
        return zero + (self.right - zero) * self._far(day) / after if after else zero

    def _far(self, day: float, *, early: bool = False) -> float:
        if not self.bent:
            return day
        return math.log1p(day / (max(self.knee, 1.0) if early else self.knee))

    def ticks(self, days: Sequence[float], *, size: float = 11) -> list[tuple[float, Message | str]]:
        """Days to label, with their labels, none touching another: the ends, day 0, then as many others as fit."""
        inside = [day for day in days if self.first <= day <= self.last] or [0.0]
        wanted = sorted({0.0, *inside}, key=lambda day: (day != max(inside), day != min(inside), day != 0, day))
        taken: list[tuple[float, float, float, Message | str]] = []
        for day in wanted:
            label = span(day)
            wide = max(text_width(label if isinstance(label, str) else label.text(one), size) for one in LANGUAGES)
            start, stop = self(day) - wide / 2 - _GAP / 2, self(day) + wide / 2 + _GAP / 2
            if all(stop <= other[0] or start >= other[1] for other in taken):
                taken.append((start, stop, day, label))
        return [(day, label) for _, _, day, label in sorted(taken, key=lambda one: one[2])]


@dataclass(frozen=True)
class ValueScale:
    """Values to picture units."""

    low: float
    high: float
    step: float
    start: float
    stop: float

    @classmethod
    def of(cls, values: Sequence[float], *, start: float, stop: float, ticks: int = 5) -> ValueScale:
        """A scale with round ends around the values; zero is included where it is near."""
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        if low > 0 and low < 0.45 * high:
            low = 0.0
        if high == low:
            low, high = low - (abs(low) * 0.1 or 1), high + (abs(high) * 0.1 or 1)
        step = _round_step((high - low) / ticks)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step, start, stop)

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values with their labels."""
        count = round((self.high - self.low) / self.step)
        values = [self.low + i * self.step for i in range(count + 1)]
        return [(value, tick(value, self.step)) for value in values]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
