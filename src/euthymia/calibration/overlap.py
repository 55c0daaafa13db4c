"""How far the circuits of the joined model overlap: the one parameter that no study has by itself.

Every study's findings marked `calibrate` that read mood are asked of the joined model, with joint draws, at several
values of the parameter. A value weighs by the product over studies of the mean likelihood over draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.evidence import ATOL, RTOL, Evidence, calibrating
from euthymia.cohorts.draw import SPLIT_INDIVIDUALS, Cohort, generator
from euthymia.findings.trial import Trial
from euthymia.joined.cohort import joined_cohort
from euthymia.models.join import Joined
from euthymia.models.views import view
from euthymia.pipeline import run_experiment
from euthymia.records.cross import sides
from euthymia.records.finding import Finding, SeriesMatch
from euthymia.records.folder import StudyFolder
from euthymia.records.members import Members
from euthymia.records.study import Experiment
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
PARAMETER: Final = "circuit_overlap"
GRID: Final = (1.0, 1.8, 3.3, 6.0, 11.0, 20.0)
"""Values that are tried, over the range of the prior."""
DRAWS: Final = 16
"""Joint draws with which each is tried."""
SPLIT_DRAWS: Final = 4
"""The same for studies that part an arm by a reading, each of whose draws has more animals."""
Report = Callable[[Message], None]


@dataclass(frozen=True)
class Overlap:
    """What the studies say of each value on the grid.

    Attributes
    ----------
    grid
        Values of the parameter; a single NaN where the joined model has none.
    log_likelihood
        By study, for each value the log of the mean likelihood over draws.
    """

    grid: Array
    log_likelihood: Mapping[str, Array]

    @property
    def total(self) -> Array:
        """Sum over studies."""
        return np.asarray(sum(self.log_likelihood.values()))

    def draws(self, count: int, seed: int) -> Array:
        """Draws from the posterior over the prior that is even in the logarithm, interpolated between the values."""
        place = np.linspace(np.log(self.grid[0]), np.log(self.grid[-1]), 400)
        density = np.interp(place, np.log(self.grid), self.total)
        share = np.exp(density - density.max()).cumsum()
        points = generator(seed, PARAMETER).permutation((np.arange(count) + 0.5) / count)
        return np.asarray(np.exp(place[np.searchsorted(share / share[-1], points)]))


def overlap(
    joined: Joined,
    members: Members,
    *,
    seed: int = 1,
    report: Report | None = None,
    done: MutableMapping[str, Array] | None = None,
    workers: int | None = None,
) -> Overlap:
    """What the studies' findings on mood say of the overlap, on a joined model whose circuits overlap or do not.

    Parameters
    ----------
    joined
        The joined model.
    members
        Joint draws.
    seed, report, done, workers
        As for `euthymia.calibration.joint.joint_members` and `euthymia.pipeline.reproduce`.
    """
    kept: MutableMapping[str, Array] = {} if done is None else done
    has = any(parameter.id == PARAMETER for parameter in joined.mechanism.parameters)
    grid = np.array(GRID if has else (np.nan,))
    found: dict[str, Array] = {}
    for study, folder in joined.studies.items():
        findings = [one for one in calibrating(folder) if reads_mood(folder, one)]
        if not findings:
            continue
        if report is not None:
            report(msg("asking the joined model what {study} found", study=study))
        name = f"overlap {study}"
        if name not in kept:
            cohort = _cohort(joined, members, folder, grid, seed)
            kept[name] = _likelihood(joined, folder, findings, cohort, len(grid), workers)
        found[study] = kept[name]
    return Overlap(grid, found)


def reads_mood(folder: StudyFolder, finding: Finding) -> bool:
    """Whether a finding reads one of the affective states."""
    if isinstance(finding, SeriesMatch):
        return False
    return any(folder.library.assays[reading.assay].latent is not None for _, reading in sides(finding))


def _cohort(joined: Joined, members: Members, folder: StudyFolder, grid: Array, seed: int) -> Cohort:
    """The same draws once for each value of the grid."""
    individuals = SPLIT_INDIVIDUALS if folder.record.splits else 1
    draws = SPLIT_DRAWS if folder.record.splits else DRAWS
    typical = joined if individuals > 1 else _without_variation(joined)
    once = joined_cohort(typical, animals=draws * 4, seed=seed, individuals=individuals, members=members)
    values = {name: np.tile(found, len(grid)) for name, found in once.values.items()}
    if not np.isnan(grid[0]):
        values[PARAMETER] = np.repeat(grid, once.animals)
    return Cohort(values, once.draws * len(grid), seed, individuals)


def _without_variation(joined: Joined) -> Joined:
    alike = tuple(one.model_copy(update={"between_sd": None}) for one in joined.mechanism.parameters)
    return replace(joined, mechanism=replace(joined.mechanism, parameters=alike))


def _likelihood(
    joined: Joined, folder: StudyFolder, findings: Sequence[Finding], cohort: Cohort, values: int, workers: int | None
) -> Array:
    seen = view(joined, folder.id)

    def run(_: Cohort, experiments: Sequence[Experiment]) -> dict[str, Trial]:
        return {
            one.id: run_experiment(
                seen, joined.mechanism, cohort, one, dense=False, rtol=RTOL, atol=ATOL, workers=workers
            )
            for one in experiments
        }

    evidence = Evidence(folder, (), findings=findings, simulator=run)
    residuals = evidence.residuals(np.zeros((cohort.draws, 0)))
    found = -0.5 * np.where(np.isnan(residuals), np.inf, residuals**2).sum(axis=1).reshape(values, -1)
    top = np.maximum(found.max(axis=1, keepdims=True), -1e300)
    return np.asarray(np.log(np.exp(found - top).mean(axis=1)) + top[:, 0])
