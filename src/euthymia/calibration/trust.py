"""How far calibrations and verdicts can be trusted: worlds are made whose truth is known, and judged as studies are.

In a *true* world parameters are drawn from the prior, experiments of published size are imagined in it, the mechanism
is calibrated on what they say, and each finding is judged. In a *false* world the same is done, but the world lacks a
link that the mechanism has.

References
----------
Simulation-based calibration: Talts et al. 2018, arXiv:1804.06788. Ranks of the true parameters among the draws are
uniform if the sampler gives the posterior.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from euthymia.calibration.evidence import Evidence, calibrating
from euthymia.calibration.fit import free_parameters
from euthymia.calibration.sampler import Effort, sample
from euthymia.cohorts.draw import generator
from euthymia.findings.contrast import claim, series_claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import series_values, with_error
from euthymia.pipeline import mechanism_of
from euthymia.records.finding import Finding, SeriesMatch
from euthymia.records.folder import StudyFolder

Array = npt.NDArray[np.float64]
EFFORT: Final = Effort(runs=1, particles=64, moves=8, last_moves=40, rounds=0)
"""What is spent on one world."""


@dataclass(frozen=True)
class World:
    """One imagined world.

    Attributes
    ----------
    ranks
        For each free parameter the share of draws below its true value; NaN in a false world.
    probability
        For each finding the share of draws that show it.
    truth
        For each finding whether it is shown in the world, 0 or 1.
    """

    ranks: Array
    probability: Array
    truth: Array

    def flat(self) -> Array:
        """All numbers in one array, to be kept."""
        return np.concatenate([self.ranks, self.probability, self.truth])


class Worlds:
    """Worlds of one study.

    Parameters
    ----------
    study
        A loaded study.
    cut
        Ablation whose link the worlds lack; none if left out.
    """

    def __init__(self, study: StudyFolder, cut: str | None = None) -> None:
        self.study, self.cut = study, cut
        self.free, self.own = free_parameters(study)
        self.evidence = Evidence(study, self.free)
        readable = {term.finding for term in Evidence(study, self.free, findings=study.record.findings).terms}
        told = {finding.id for finding in calibrating(study)}
        self.findings = [one for one in study.record.findings if one.id in readable or one.id in told]
        self.everything = Evidence(study, self.free, findings=self.findings)
        settings = next((one.cut for one in study.record.ablations if one.id == cut), {})
        self.kept = [index for index, one in enumerate(self.free) if one.id not in settings]
        rows = [
            one.model_copy(update={"value": settings[one.id]}) if one.id in settings else one
            for one in mechanism_of(study).parameters
        ]
        left = [self.free[index] for index in self.kept]
        self.world = Evidence(study, left, parameters=rows)
        self.whole_world = Evidence(study, left, findings=self.findings, parameters=rows)

    def imagine(self, index: int, *, seed: int = 1) -> World:
        """One world, by its number."""
        rng = generator(seed, "world", self.study.id, self.cut or "", str(index))
        low, high = self.evidence.limits.T
        position = stats.truncnorm.ppf(rng.random(len(low)), low, high)
        said = self.world.imagined(position[self.kept], rng)
        judged = self.evidence.saying(said.low, said.high)
        found = sample(judged, self.own, seed=seed, name=f"world {self.study.id} {self.cut} {index}", effort=EFFORT)
        ranks = (found.pooled < position).mean(axis=0) if self.cut is None else np.full(len(low), np.nan)
        shown = self._shown(self.everything, found.pooled)
        return World(ranks, shown.mean(axis=0), self._shown(self.whole_world, position[None, self.kept])[0])

    def read(self, flat: Array) -> World:
        """A world from the array that was kept."""
        ranks, count = len(self.free), len(self.findings)
        return World(flat[:ranks], flat[ranks : ranks + count], flat[ranks + count :])

    def _shown(self, evidence: Evidence, positions: Array) -> Array:
        trials = evidence.trials(positions)
        return np.column_stack([self._claimed(one, trials[one.experiment]) for one in self.findings]).astype(float)

    def _claimed(self, finding: Finding, trial: Trial) -> npt.NDArray[np.bool_]:
        if not isinstance(finding, SeriesMatch):
            return claim(finding, trial).shown
        series = next(one for one in self.study.record.series if one.id == finding.series)
        points = self.study.observations[series.id]
        return series_claim(series_values(series, points, trial), with_error(points), "%").shown


@dataclass(frozen=True)
class Rates:
    """How often verdicts are wrong.

    Attributes
    ----------
    false_reproduced
        Share of findings that are not so in their world and are called reproduced.
    false_contradicted
        Share of findings that are so in their world and are called contradicted.
    not_so, so
        How many findings these shares are of.
    curve
        Rows of lower and upper edge of a class of probabilities, how many findings are in it, their mean probability,
        the share of them that are so.
    """

    false_reproduced: float
    false_contradicted: float
    not_so: int
    so: int
    curve: Array


def rates(worlds: Sequence[World], sure: float, chosen: npt.NDArray[np.bool_] | None = None) -> Rates:
    """Error rates of the verdicts of some worlds, over all findings or those chosen."""
    pick = slice(None) if chosen is None else chosen
    told = np.concatenate([world.probability[pick] for world in worlds])
    so = np.concatenate([world.truth[pick] for world in worlds]) > 0.5
    edges = np.array([0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0 + 1e-9])
    rows = []
    for low, high in itertools.pairwise(edges.tolist()):
        here = (told >= low) & (told < high)
        count = int(here.sum())
        rows.append(
            [low, min(high, 1.0), count, *((told[here].mean(), so[here].mean()) if count else (np.nan, np.nan))]
        )
    return Rates(
        float((told[~so] >= sure).mean()) if (~so).any() else float("nan"),
        float((told[so] <= 1 - sure + 1e-9).mean()) if so.any() else float("nan"),
        int((~so).sum()), int(so.sum()), np.array(rows),
    )  # fmt: skip


def coverage(worlds: Sequence[World], level: float) -> tuple[float, float]:
    """Share of true parameters inside the central interval of a level, and its standard error over worlds."""
    ranks = np.array([world.ranks for world in worlds])
    inside = (np.abs(ranks - 0.5) <= level / 2).mean(axis=1)
    return float(inside.mean()), float(inside.std(ddof=1) / len(inside) ** 0.5)


def expected_coverage(level: float, draws: int) -> float:
    """The share that the central interval of a level holds if all is right: ranks among draws are whole."""
    ranks = np.arange(draws + 1) / draws
    return float((np.abs(ranks - 0.5) <= level / 2).mean())


def uniformity(worlds: Sequence[World], bins: int = 8) -> Array:
    """For each parameter the p-value of a chi-square test that its ranks are uniform."""
    ranks = np.array([world.ranks for world in worlds])
    counts = np.array([np.histogram(column, bins=bins, range=(0, 1))[0] for column in ranks.T])
    return np.asarray(stats.chisquare(counts, axis=1).pvalue)
