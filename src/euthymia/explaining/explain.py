"""An effect explained: each causal link cut in the same animals, and how much of the effect is lost without it.

What carries an effect in a series of links is lost with each of them, so shares do not add up to one; what holds an
effect back has a share below zero.
"""

from __future__ import annotations

import numpy as np

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS
from euthymia.engine.store import RunStore
from euthymia.explaining.answers import Carried, Explanation, Spread
from euthymia.explaining.contrasts import Contrast, trimmed
from euthymia.explaining.cuts import Idle, Why, declared, that_can_matter
from euthymia.explaining.runs import Effect, Runs, Stages, Subject, subject_of
from euthymia.joined.history import ATOL, RTOL
from euthymia.models.join import Joined
from euthymia.pipeline import PreparedStudy, Progress
from euthymia.provenance import stamp
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Experiment


def explain(
    asked: Joined | StudyFolder | PreparedStudy | str,
    experiment: Experiment,
    contrast: Contrast,
    *,
    animals: int = 24,
    seed: int = 1,
    home: str | None = None,
    thorough: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Explanation:
    """By how much each causal link carries an effect: the link cut, the effect lost.

    Parameters
    ----------
    asked
        A joined model, or one study.
    experiment
        Arms and sampling; of a joined model with the names of `home`, or else of `whole_record`.
    contrast
        The effect.
    animals, seed
        The cohort. The same animals are used with and without each link.
    home
        The joined study whose experiment it is: its draws and the names of its read-outs are taken.
    thorough
        Whether links that moved nothing in a first look at few animals are cut in all animals, too.
    workers, progress, store
        As for `euthymia.pipeline.reproduce`. Numbers do not depend on the workers.

    Raises
    ------
    RecordError, ModelError, ProtocolError, RequestError
        Before anything is simulated.
    """
    subject = subject_of(asked, home)
    part = trimmed(experiment, contrast, subject.record, subject.library)
    individuals = SPLIT_INDIVIDUALS if any(arm.split is not None for arm in part.arms) else INDIVIDUALS
    cohort = subject.cohort(animals, seed, individuals)
    stages = Stages(progress)
    runs = Runs(subject, part, contrast, cohort, workers, stages, store)
    cuts, idle = declared(subject.folders, subject.mechanism)
    effect = Effect.of(runs.whole(), contrast)
    cuts, apart = that_can_matter(cuts, subject.mechanism, cohort, arms=runs.schedules, outputs=runs.outputs)
    carried: list[Carried] = []
    if effect.there:
        tried = runs.cut(cuts, effect, thorough=thorough)
        apart += [Idle(cut.study, cut.ablation, Why.SMALL) for cut, trial in tried if trial is None]
        carried = [effect.without(cut, trial) for cut, trial in tried if trial is not None]
    stages.finish()
    return _explanation(runs, effect, carried, [*idle, *apart])


def _explanation(runs: Runs, effect: Effect, carried: list[Carried], idle: list[Idle]) -> Explanation:
    subject, cohort = runs.subject, runs.cohort
    return Explanation(
        experiment=runs.experiment,
        contrast=effect.contrast,
        folders=subject.folders,
        joined=subject.joined is not None,
        effect=Spread.of(effect.size[effect.ran]),
        unit=effect.unit,
        shown=effect.shown,
        draws=int(effect.ran.sum()),
        used=int(effect.used.sum()),
        failed=int((~effect.ran).sum()),
        carried=tuple(sorted(carried, key=lambda one: -np.nan_to_num(one.share.median, nan=-np.inf))),
        idle=tuple(idle),
        provenance=_provenance(subject, cohort.draws, cohort.seed),
    )


def _provenance(subject: Subject, draws: int, seed: int) -> dict[str, object]:
    tolerances = {"rtol": RTOL, "atol": ATOL} if subject.joined is not None else {}
    return stamp(studies=sorted(subject.folders), joined=subject.joined is not None, home=subject.home, seed=seed,
                 model_sha256=subject.mechanism.model.digest, animals=draws * INDIVIDUALS, draws=draws,
                 **tolerances)  # fmt: skip
