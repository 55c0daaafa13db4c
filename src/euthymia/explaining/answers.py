"""What an explanation holds: an effect, what each cut takes from it, and how much each link of a chain carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.explaining.contrasts import Contrast
from euthymia.explaining.cuts import Idle, Why
from euthymia.findings.verdict import SURE
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Ablation, Experiment

Array = npt.NDArray[np.float64]
CARRIES: Final = 0.05
"""Share of the effect from which a link is said to carry it: a twentieth."""
FEWEST: Final = 2
"""Draws that must show an effect so that there is something to explain."""


@dataclass(frozen=True)
class Spread:
    """5th, 50th and 95th percentile over draws; not a number where there are none."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Spread:
        """Percentiles of values [draw]."""
        if not len(values):
            return cls(np.nan, np.nan, np.nan)
        low, median, high = np.percentile(values, (5, 50, 95))
        return cls(float(low), float(median), float(high))


@dataclass(frozen=True)
class Carried:
    """What one cut does to an effect, over the draws that show the effect.

    Attributes
    ----------
    study, ablation
        What was cut.
    without
        The effect without the links.
    share
        Part of the effect that is lost with them; below zero where the effect is larger without them.
    falls
        Probability that more than a twentieth of the effect is lost.
    gone
        Probability that what is left of it is too small for its assay to count as a difference, or goes the other way.
    draws
        Draws that these numbers are over: fewer than those of the effect if runs failed.
    """

    study: str
    ablation: Ablation
    without: Spread
    share: Spread
    falls: float
    gone: float
    draws: int


@dataclass(frozen=True)
class Explanation:
    """An effect and what carries it.

    Attributes
    ----------
    experiment, contrast
        What was asked: the part of the experiment that is read, and the difference.
    folders
        The studies whose links were cut, by id.
    joined
        Whether the studies were joined into one model.
    effect, unit
        The effect over all draws that ran.
    shown
        Probability of the effect: share of draws in which it is as large as its assay counts as a difference.
    draws, used
        Draws that ran, and those of them that show the effect: shares are over these.
    failed
        Draws that did not run to the end.
    carried
        By cut, those that carry most first; empty where there is no effect to explain.
    idle
        What was not cut in all animals, and why.
    provenance
        What is needed to make it again.
    """

    experiment: Experiment
    contrast: Contrast
    folders: Mapping[str, StudyFolder]
    joined: bool
    effect: Spread
    unit: str
    shown: float
    draws: int
    used: int
    failed: int
    carried: tuple[Carried, ...]
    idle: tuple[Idle, ...]
    provenance: Mapping[str, Any]

    @property
    def explained(self) -> bool:
        """Whether there is an effect to explain."""
        return self.used >= FEWEST and self.shown > 1 - SURE

    def weights(self, study: str) -> dict[str, float | None]:
        """Share of the effect that each link of a study carries, by the narrowest cut that removes it.

        None for a link that no cut removes. Of several cuts of as many links the one that takes most counts.
        """
        shares: dict[str, list[tuple[int, float]]] = {}
        for ablation, share in self._shares(study):
            for link in ablation.links:
                shares.setdefault(link, []).append((len(ablation.links), share))
        chain = self.folders[study].record.chain
        return {link.id: _narrowest(shares.get(link.id, [])) for link in chain}

    def _shares(self, study: str) -> Iterator[tuple[Ablation, float]]:
        for one in self.carried:
            if one.study == study and np.isfinite(one.share.median):
                yield one.ablation, one.share.median
        for idle in self.idle:
            if idle.study == study and idle.why in (Why.PATH, Why.SAME, Why.SMALL):
                yield idle.ablation, 0.0

    @property
    def carriers(self) -> tuple[str, ...]:
        """The studies with a link that carries the effect or holds it back, the strongest first."""
        strongest: dict[str, float] = {}
        for one in self.carried:
            if abs(one.share.median) >= CARRIES:
                strongest[one.study] = max(strongest.get(one.study, 0.0), abs(one.share.median))
        return tuple(sorted(strongest, key=lambda study: (-strongest[study], study)))


def _narrowest(found: list[tuple[int, float]]) -> float | None:
    if not found:
        return None
    few = min(count for count, _ in found)
    return max((share for count, share in found if count == few), key=abs)
