"""Rank plots: whether independent runs of a sampler found the same distribution.

References
----------
Vehtari A, Gelman A, Simpson D, Carpenter B, Bürkner PC (2021). Rank-normalization, folding, and localization: an
improved R-hat. Bayesian Analysis 16:667.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from scipy import stats

from euthymia.report.svg import element, text
from euthymia.words import msg

Array = npt.NDArray[np.float64]
BINS: Final = 10
_WIDTH, _LEFT, _TOP, _BOTTOM, _HEIGHT = 190.0, 26.0, 24.0, 96.0, 114.0


def rank_counts(draws: Array) -> npt.NDArray[np.int64]:
    """How many draws of each run [run, draw] lie in each tenth of the ranks over all runs [run, bin].

    >>> rank_counts(np.arange(20.0).reshape(1, 20)).tolist()
    [[2, 2, 2, 2, 2, 2, 2, 2, 2, 2]]
    """
    ranks = stats.rankdata(draws).reshape(draws.shape) - 0.5
    bins = (ranks * BINS / draws.size).astype(int)
    return np.stack([np.bincount(row, minlength=BINS) for row in bins])


def rank_charts(draws: Array, *, labelled_by: str) -> tuple[Markup, ...]:
    """A histogram of ranks for each run [run, draw]; level where the runs agree.

    Parameters
    ----------
    draws
        One parameter's draws.
    labelled_by
        Id of the element whose text names the pictures.
    """
    counts = rank_counts(draws)
    expected = draws.shape[1] / BINS
    highest = max(int(counts.max()), 1)
    return tuple(_histogram(row, run + 1, expected, highest, labelled_by) for run, row in enumerate(counts))


def _histogram(
    counts: npt.NDArray[np.int64], run: int, expected: float, highest: int, labelled_by: str
) -> Markup:  # fmt: skip
    wide = (_WIDTH - _LEFT) / BINS

    def y(count: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * count / highest

    bars = [
        element("rect", x=_LEFT + wide * place + 1, y=y(float(count)), width=wide - 2, height=_BOTTOM - y(float(count)),
                class_="rank")
        for place, count in enumerate(counts)
    ]  # fmt: skip
    level = element("line", x1=_LEFT, x2=_WIDTH, y1=y(expected), y2=y(expected), class_="day0")
    base = element("line", x1=_LEFT, x2=_WIDTH, y1=_BOTTOM, y2=_BOTTOM, class_="axis")
    ends = (
        text(_LEFT, _BOTTOM + 14, msg("lowest"), class_="tick"),
        text(_WIDTH, _BOTTOM + 14, msg("highest"), class_="tick", text_anchor="end"),
        text(_LEFT - 5, y(expected) + 4, f"{expected:g}", class_="tick", text_anchor="end"),
        text(_LEFT, 13, msg("run {number}", number=run), class_="unit"),
    )
    return element("svg", *bars, level, base, *ends, viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img",
                   aria_labelledby=labelled_by, class_="chart k1")  # fmt: skip
