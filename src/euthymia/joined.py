"""The atlas as one brain: each study's own experiments on the joined model, judged by the same claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Cohort, sample_cohort
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


def joined_cohort(
    joined: Joined, *, animals: int, seed: int, individuals: int = INDIVIDUALS, home: str | None = None
) -> Cohort:
    """Animals of the joined model: for each study the very draws that it has alone.

    A study's own parameters come from its ensemble, row by row, so that what its calibration found to go together
    stays together. Common parameters and those of drugs, which several studies have calibrated together with their own,
    come from one source each: the ensemble of `home`, the study whose experiments are run; or that of the study that
    calibrates the common fragment; or that of the only joined study that has them; or else their table.
    Rows of different studies are independent of each other: each was calibrated by itself.
    """
    drawn = partial(sample_cohort, animals=animals, seed=seed, individuals=individuals)
    own = {name for names in joined.names.values() for name in names.values()}
    common = [one for one in joined.mechanism.parameters if one.id not in own]
    first = drawn(common)
    values = dict(first.values)
    source = _sources(joined, home)
    for study, folder in joined.studies.items():
        cohort = drawn([*folder.fragment.parameters, *common], ensemble=folder.ensemble)
        taken = {name for name, owner in source.items() if owner == study}
        values |= {name: found for name, found in cohort.values.items() if name in taken}
        for parameter in folder.fragment.parameters:
            values.setdefault(joined.name(study, parameter.id), cohort.values[parameter.id])
    known = {parameter.id for parameter in joined.mechanism.parameters}
    kept = {name: found for name, found in values.items() if name in known}
    return Cohort(kept, first.draws, seed, individuals)


def _sources(joined: Joined, home: str | None) -> dict[str, str]:
    """For each common parameter that an ensemble holds, the study whose ensemble gives it."""
    holders: dict[str, list[str]] = {}
    for study, folder in joined.studies.items():
        for name in folder.ensemble.ids if folder.ensemble is not None else ():
            if name not in joined.names[study]:
                holders.setdefault(name, []).append(study)
    found = {name: studies[0] for name, studies in holders.items() if len(studies) == 1}
    for study, folder in joined.studies.items():
        calibrated = {parameter.id for part in folder.fitted[1:] for parameter in part.parameters}
        found |= {name: study for name, studies in holders.items() if name in calibrated and study in studies}
    return found | {name: home for name, studies in holders.items() if home is not None and home in studies}


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
    cohort = joined_cohort(joined, animals=animals, seed=seed, individuals=individuals, home=study)
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
