"""Numbers over draws: middle, interval, and how often they lie where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
MOST_UNDEFINED: Final = 0.2
"""Share of draws without a number above which nothing is said."""
ROUNDING: Final = 1e-6
"""Share of a margin below which a difference is that of rounding: such a draw counts half for each direction."""


@dataclass(frozen=True)
class Interval:
    """5th, 50th and 95th percentile over draws."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Interval:
        """The interval of one number per draw; not a number where no draw has one."""
        known = values[np.isfinite(values)]
        if not len(known):
            return cls(float("nan"), float("nan"), float("nan"))
        return cls(*(float(one) for one in np.percentile(known, [5, 50, 95])))

    def to_dict(self) -> dict[str, float | None]:
        """Plain data; None for what is not a number."""
        return {name: known(getattr(self, name)) for name in ("low", "median", "high")}


def known(value: float) -> float | None:
    """A number, or None in the place of not-a-number, as JSON has it."""
    return value if np.isfinite(value) else None


def share_above(values: Array, margin: float) -> float:
    """Share of draws above zero; those at zero within rounding count half."""
    found = values[np.isfinite(values)]
    if not len(found):
        return float("nan")
    near = np.abs(found) <= ROUNDING * margin
    return float(np.mean(np.where(near, 0.5, found > 0)))
