"""The atlas as one brain: each study's own experiments on the joined model, judged by the same claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Cohort
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.joined.cohort import joined_cohort
from euthymia.joined.history import ATOL, RTOL, run_parted
from euthymia.models.join import Joined, join
from euthymia.models.views import view, whole_record
from euthymia.pipeline import (
    Progress,
    Reproduction,
    Steps,
    assay_outputs,
    judge_all,
    runs_of,
    study_outputs,
)
from euthymia.protocols.check import check_protocols_of
from euthymia.provenance import stamp
from euthymia.records.folder import StudyFolder, built_in, load_study
from euthymia.records.joining import Joining, read_joining
from euthymia.records.library import Library
from euthymia.records.study import Experiment, Mechanism, Readout
from euthymia.words import msg

FALL: Final = 0.2
"""Fall of a finding's probability from alone to joined that is named a conflict even where the verdict stays."""


def join_studies(
    studies: Iterable[StudyFolder | str | Path] | None = None,
    joining: Joining | None = None,
    *,
    rivals: Iterable[str] = (),
    calibrated: bool = True,
) -> Joined:
    """Studies, all of the atlas if left out, as one model, checked against their protocols and read-outs.

    With `rivals`, those readings of what two texts say are taken instead of the usual ones
    (`euthymia.records.joining`). Without `calibrated` the ensembles are not read, and parameters are drawn from the
    tables.

    Raises
    ------
    RecordError, ModelError, ProtocolError, RequestError
        With all problems found.
    """
    chosen = sorted(built_in()) if studies is None else studies
    folders = [one if isinstance(one, StudyFolder) else load_study(one, calibrated=calibrated) for one in chosen]
    joined = join(folders, (joining or read_joining()).reading(rivals))
    for study in joined.studies:
        check_protocols_of(view(joined, study), joined.mechanism)
    return joined


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
    counter = Steps(runs_of(folder.record.experiments, cohort), progress)
    outputs = study_outputs(folder)
    trials = {
        experiment.id: run_parted(
            joined, folder.record.mechanism, experiment, cohort, outputs=outputs, workers=workers,
            progress=counter.step(), store=store,
        )
        for experiment in folder.record.experiments
    }  # fmt: skip
    provenance = stamp(
        study=study, joined=sorted(joined.studies), model_sha256=joined.mechanism.model.digest,
        animals=cohort.draws * INDIVIDUALS, draws=cohort.draws, seed=seed, rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    card = Scorecard(study, judge_all(folder, trials), provenance)
    return Reproduction(folder, cohort, trials, card, joined.mechanism)


def run_question(
    joined: Joined,
    experiment: Experiment,
    cohort: Cohort,
    *,
    outputs: Iterable[str] = (),
    dense: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Trial:
    """Any arms on the joined model, read by any assays; a past that arms share is simulated once.

    Parameters
    ----------
    joined
        The joined model.
    experiment
        Arms, assays and sampling times, with the names of `euthymia.models.views.whole_record`.
    cohort
        From `joined_cohort`.
    outputs
        Further variables to keep.
    dense
        Whether times between the samples are kept for pictures.
    workers, progress, store
        As for `euthymia.pipeline.reproduce`.

    Raises
    ------
    ProtocolError, RequestError
        If an intervention has no port or an assay no read-out.
    """
    record = whole_record(joined)
    refuse_unread(record, joined.library, experiment)
    read = record.model_copy(update={"readouts": _asked(record, experiment)})
    names = list(dict.fromkeys([*assay_outputs(read, joined.library, [experiment]), *outputs]))
    return run_parted(
        joined, record, experiment, cohort, outputs=names, dense=dense, workers=workers, progress=progress, store=store
    )


def _asked(record: Mechanism, experiment: Experiment) -> dict[str, Readout]:
    assays = {sampling.assay for sampling in experiment.sampling}
    return {name: readout for name, readout in record.readouts.items() if name in assays}


def refuse_unread(record: Mechanism, library: Library, experiment: Experiment) -> None:
    """Refuse assays, and populations of them, that the joined model does not give."""
    readable = sorted({*record.readouts, *(name for name, one in library.assays.items() if one.latent is not None)})
    for sampling in experiment.sampling:
        if sampling.assay not in readable:
            raise RequestError(msg("The joined model has no read-out for the assay “{name}”. {suggestion}",
                                   name=sampling.assay, suggestion=suggestion(sampling.assay, readable)))  # fmt: skip
        known = list(record.readouts[sampling.assay].states) if sampling.assay in record.readouts else ["all"]
        for of in sampling.of or ("all",):
            if of not in known:
                raise RequestError(msg("The assay “{assay}” reads no population “{name}”. {suggestion}",
                                       assay=sampling.assay, name=of, suggestion=suggestion(of, known)))  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One finding alone and joined."""

    study: str
    alone: Outcome
    joined: Outcome

    @property
    def missing(self) -> bool:
        """Whether the finding was evaluated alone and could not be joined; that is no conflict, nor a pass."""
        unknown = Verdict.NOT_EVALUATED
        return self.joined.verdict is unknown and self.alone.verdict is not unknown

    @property
    def conflict(self) -> bool:
        """Whether the finding is reproduced alone and no longer joined, or has become much less likely."""
        if self.missing:
            return False
        fell = self.alone.verdict is Verdict.REPRODUCED and self.joined.verdict is not Verdict.REPRODUCED
        return fell or self.alone.probability - self.joined.probability > FALL


def paired(alone: Scorecard, joined: Scorecard) -> tuple[Pair, ...]:
    """The findings of a study on its own and on the joined model."""
    return tuple(Pair(alone.study, one, other) for one, other in zip(alone.outcomes, joined.outcomes, strict=True))


def conflicts(pairs: Mapping[str, Sequence[Pair]]) -> tuple[Pair, ...]:
    """The findings of all studies that joining takes away."""
    return tuple(pair for found in pairs.values() for pair in found if pair.conflict)
