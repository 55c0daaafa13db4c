"""What two interventions are expected to do together when neither changes what the other does.

Effects here are numbers that rise with the effect; doses are in any unit, the same for a curve and what is asked of it.

References
----------
Bliss C I (1939) The toxicity of poisons applied jointly. Ann Appl Biol 26:585.
Loewe S, Muischnek H (1926) Über Kombinationswirkungen. Arch Exp Pathol Pharmakol 114:313.
Berenbaum M C (1989) What is synergy? Pharmacol Rev 41:93.
Greco W R, Bravo G, Parsons J C (1995) The search for synergy: a critical review. Pharmacol Rev 47:331.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

Array = npt.NDArray[np.float64]
FINE: Final = 64
"""Steps between two simulated doses at which a curve is kept: inverting it is right to 1 % of a step."""
HALVINGS: Final = 60
"""Halvings of the interval that holds an effect: below the rounding of numbers."""


def bliss(first: Array, second: Array) -> Array:
    """The fraction of the full effect that is expected of independent interventions (Bliss 1939).

    Parameters
    ----------
    first, second
        Fractions of the full effect, any shape; a negative one is a harm, and is taken as it is. Where one alone does
        more than the full effect, nothing is left to the other, and the larger one is expected; the formula, made for
        fractions up to one, goes over into this without a step.

    >>> float(bliss(np.array(0.5), np.array(0.5)))
    0.75
    """
    largest = np.maximum(first, second)
    return np.asarray(np.where(largest >= 1, largest, first + second - first * second))


def highest(first: Array, second: Array) -> Array:
    """The effect of the better of the two alone (highest single agent; Berenbaum 1989)."""
    return np.asarray(np.maximum(first, second))


@dataclass(frozen=True)
class DoseCurve:
    """Effect over dose of one intervention in one draw.

    Attributes
    ----------
    doses, effects
        Finely spaced; effects never fall.
    fall
        By how much the simulated effects fall below an effect of a smaller dose; a curve that falls has no one dose
        for an effect, and its rising part is used.
    """

    doses: Array
    effects: Array
    fall: float

    @classmethod
    def through(cls, doses: Array, effects: Array) -> DoseCurve:
        """The curve through simulated points.

        Parameters
        ----------
        doses
            Rising, the first of them zero.
        effects
            Effect at each, zero at the first.

        Notes
        -----
        Monotone cubic interpolation (Fritsch and Carlson 1980, SIAM J Numer Anal 17:238) over the logarithm of dose,
        so that no form such as Hill's is assumed.
        """
        risen = np.maximum.accumulate(np.maximum(effects, 0.0))
        fall = float(np.max(risen - effects))
        place = np.log1p(doses / doses[1])
        fine = np.unique(np.concatenate([np.linspace(a, b, FINE + 1) for a, b in itertools.pairwise(place)]))
        values = np.maximum.accumulate(PchipInterpolator(place, risen)(fine))
        return cls(np.expm1(fine) * doses[1], values, fall)

    @property
    def top(self) -> float:
        """The largest effect at the doses that were simulated."""
        return float(self.effects[-1])

    def at(self, dose: float) -> float:
        """The effect of a dose."""
        return float(np.interp(dose, self.doses, self.effects))

    def dose_for(self, effect: float) -> float:
        """The smallest dose with an effect; infinite where none of the simulated doses has it."""
        if effect <= 0:
            return 0.0
        above = int(np.searchsorted(self.effects, effect))
        if above == len(self.effects):
            return float("inf")
        low, high = self.effects[above - 1], self.effects[above]
        share = (effect - low) / (high - low)
        return float(self.doses[above - 1] + share * (self.doses[above] - self.doses[above - 1]))


def loewe(first: DoseCurve, second: DoseCurve, dose_first: float, dose_second: float) -> float:
    """The effect E of a pair of doses that are additive: ``d1/D1(E) + d2/D2(E) = 1`` (Loewe and Muischnek 1926).

    D1 and D2 are the doses that alone have the effect E. Not a number where no effect up to the smaller of the two
    largest ones solves the equation: one of the two alone does not reach what the pair is expected to do (Greco 1995,
    section II.B), at the doses that were simulated.
    """
    if dose_first == 0 or dose_second == 0:
        return first.at(dose_first) if dose_second == 0 else second.at(dose_second)
    low, high = 0.0, min(first.top, second.top)
    if high <= 0 or index(first, second, dose_first, dose_second, high) > 1 + 1e-9:
        return float("nan")
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if index(first, second, dose_first, dose_second, middle) > 1:
            low = middle
        else:
            high = middle
    return high


def index(first: DoseCurve, second: DoseCurve, dose_first: float, dose_second: float, effect: float) -> float:
    """The combination index ``d1/D1(E) + d2/D2(E)`` at an effect E: below one is synergy (Berenbaum 1989).

    Not a number where one of the two alone does not have the effect at any simulated dose.
    """
    needed = (first.dose_for(effect), second.dose_for(effect))
    if effect <= 0 or not all(np.isfinite(needed)):
        return float("nan")
    return sum(
        dose / alone if alone > 0 else float("inf")
        for dose, alone in zip((dose_first, dose_second), needed, strict=True)
        if dose > 0
    )
