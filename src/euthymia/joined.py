"""The atlas as one brain: each study's own experiments on the joined model, judged by the same claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Array, Cohort, sample_cohort
from euthymia.engine.store import RunStore
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.models.join import Joined, join
from euthymia.models.views import view
from euthymia.pipeline import Progress, Reproduction, judge_all, run_experiment
from euthymia.protocols.check import check_protocols_of
from euthymia.provenance import stamp
from euthymia.records.folder import StudyFolder, built_in, load_study
from euthymia.records.joining import Joining, read_joining
from euthymia.records.parameter import Parameter

FALL: Final = 0.2
"""Fall of a finding's probability from alone to joined that is named a conflict even where the verdict stays."""


def join_studies(
    studies: Iterable[StudyFolder | str | Path] | None = None,
    joining: Joining | None = None,
    *,
    calibrated: bool = True,
) -> Joined:
    """Studies, all of the atlas if left out, as one model, checked against their protocols and read-outs.

    Without `calibrated` the ensembles are not read, and parameters are drawn from the tables.

    Raises
    ------
    RecordError, ModelError, ProtocolError
        With all problems found.
    """
    chosen = sorted(built_in()) if studies is None else studies
    folders = [one if isinstance(one, StudyFolder) else load_study(one, calibrated=calibrated) for one in chosen]
    joined = join(folders, joining or read_joining())
    for study in joined.studies:
        check_protocols_of(view(joined, study), joined.mechanism)
    return joined


def joined_cohort(joined: Joined, *, animals: int, seed: int, individuals: int = INDIVIDUALS) -> Cohort:
    """Animals of the joined model: for each study the very draws that it has alone.

    A study's own parameters come from its ensemble, row by row, so that what its calibration found to go together stays
    together. A common fragment's parameters come from the ensemble of the study that calibrates it, where that study is
    joined, and else from their table; those of drugs from their tables. Rows of different studies are independent of
    each other: each was calibrated by itself.
    """
    values: dict[str, Array] = {}
    size = {"animals": animals, "seed": seed, "individuals": individuals}
    own = {name for names in joined.names.values() for name in names.values()}
    common = [one for one in joined.mechanism.parameters if one.id not in own]
    values |= sample_cohort(common, **size).values
    draws = 0
    for study, folder in joined.studies.items():
        fitted: list[Parameter] = [parameter for part in folder.fitted for parameter in part.parameters]
        cohort = sample_cohort(fitted, ensemble=folder.ensemble, **size)
        named = {joined.name(study, name): drawn for name, drawn in cohort.values.items()}
        values |= {name: drawn for name, drawn in named.items() if name not in values or name not in own}
        draws = cohort.draws
    return Cohort(values, draws, seed, individuals)


def run_joined(
    joined: Joined,
    study: str,
    *,
    animals: int = 200,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Reproduction:
    """A study's own experiments on the joined model, judged by its own claims.

    Parameters
    ----------
    joined
        The joined model.
    study
        Id of one of its studies.
    animals, seed, workers, progress, store
        As for `euthymia.pipeline.reproduce`.
    """
    folder = view(joined, study)
    individuals = SPLIT_INDIVIDUALS if folder.record.splits else INDIVIDUALS
    cohort = joined_cohort(joined, animals=animals, seed=seed, individuals=individuals)
    trials = {
        experiment.id: run_experiment(
            folder, joined.mechanism, cohort, experiment, workers=workers, progress=progress, store=store, dense=False
        )
        for experiment in folder.record.experiments
    }
    provenance = stamp(
        study=study, joined=sorted(joined.studies), model_sha256=joined.mechanism.model.digest,
        animals=cohort.draws * INDIVIDUALS, draws=cohort.draws, seed=seed,
    )  # fmt: skip
    card = Scorecard(study, judge_all(folder, trials), provenance)
    return Reproduction(folder, cohort, trials, card, joined.mechanism)


@dataclass(frozen=True)
class Pair:
    """One finding alone and joined."""

    study: str
    alone: Outcome
    joined: Outcome

    @property
    def conflict(self) -> bool:
        """Whether the finding is reproduced alone and no longer joined, or has become much less likely."""
        fell = self.alone.verdict is Verdict.REPRODUCED and self.joined.verdict is not Verdict.REPRODUCED
        return fell or self.alone.probability - self.joined.probability > FALL


def paired(alone: Scorecard, joined: Scorecard) -> tuple[Pair, ...]:
    """The findings of a study on its own and on the joined model."""
    return tuple(Pair(alone.study, one, other) for one, other in zip(alone.outcomes, joined.outcomes, strict=True))


def conflicts(pairs: Mapping[str, Sequence[Pair]]) -> tuple[Pair, ...]:
    """The findings of all studies that joining takes away."""
    return tuple(pair for found in pairs.values() for pair in found if pair.conflict)
