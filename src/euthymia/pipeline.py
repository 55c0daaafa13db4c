"""The way of the data: load_study -> compose -> sample_cohort -> simulate -> read assays -> judge findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Cohort, sample_cohort
from euthymia.engine.schedule import Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Outcome, judge
from euthymia.models.compose import Mechanism, compose, drug_fragment, receptor_sums
from euthymia.protocols.check import check_protocols_of
from euthymia.protocols.lower import first_day, last_day, lower
from euthymia.provenance import digest_folder, stamp
from euthymia.records.folder import StudyFolder, load_study
from euthymia.records.library import Library
from euthymia.records.study import Ablation, Experiment
from euthymia.records.study import Mechanism as MechanismRecord
from euthymia.words import msg

Progress = Callable[[int, int], None]
DENSE: Final = 60
"""Times between the samples at which courses are kept for pictures."""
RTOL: Final = 1e-6
"""Relative tolerance: errors a thousand times below the assays' noise."""
ATOL: Final = 1e-8
"""Absolute tolerance; the states are of order one, concentrations in nanomoles per litre."""


@dataclass(frozen=True)
class Reproduction:
    """A study run as virtual experiments.

    Attributes
    ----------
    study
        What was run.
    cohort
        The animals.
    trials
        Simulated experiments by id.
    scorecard
        The verdicts.
    mechanism
        The composed model with its parameters.
    """

    study: StudyFolder
    cohort: Cohort
    trials: Mapping[str, Trial]
    scorecard: Scorecard
    mechanism: Mechanism


def mechanism_of(study: StudyFolder) -> Mechanism:
    """The composed model of a study: common dynamics, the exposure of its drugs, its own mechanism."""
    record, library = study.record.mechanism, study.library
    fragments = [library.fragments[name] for name in record.common]
    drugs = [library.drugs[name] for name in record.ports.drugs]
    fragments += [drug_fragment(drug, record.receptors) for drug in drugs]
    derived = receptor_sums(record.receptors, drugs)
    if "hpa" in record.common:
        derived["glucocorticoid_given"] = " + ".join(one.glucocorticoid for one in drugs if one.glucocorticoid) or "0"
    if "affect" in record.common:
        derived |= {"mood_relief": record.relief or "0", "pain_relief": record.pain_relief or "0"}
        derived |= record.shown_states
        derived |= {"mood_burden": record.burden or "0", "pain_drive": record.pain or "nerve_injury"}
    return compose(study.id, [*fragments, study.fragment], derived=derived)


def check_study(study: StudyFolder) -> None:
    """Whether a loaded study can be run: its model composes, and the model has what its protocols and assays need.

    Raises
    ------
    ModelError, ProtocolError
        With all problems found.
    """
    prepare_study(study)


@dataclass(frozen=True)
class PreparedStudy:
    """A study loaded, composed and checked: what all its runs share."""

    folder: StudyFolder
    mechanism: Mechanism


def prepare_study(study: StudyFolder | PreparedStudy | str | Path) -> PreparedStudy:
    """A study ready to run.

    Raises
    ------
    RecordError, ModelError, ProtocolError
        With all problems found.
    """
    if isinstance(study, PreparedStudy):
        return study
    folder = study if isinstance(study, StudyFolder) else load_study(study)
    mechanism = mechanism_of(folder)
    check_protocols_of(folder, mechanism)
    return PreparedStudy(folder, mechanism)


def run_study(
    study: StudyFolder | PreparedStudy | str | Path,
    *,
    animals: int = 200,
    seed: int = 1,
    ablate: str | Iterable[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Reproduction:
    """A study run whole: cohort, virtual experiments, verdicts. Parameters as for `reproduce`."""
    prepared = prepare_study(study)
    folder, mechanism = prepared.folder, prepared.mechanism
    cuts = _cuts(folder, ablate)
    individuals = SPLIT_INDIVIDUALS if folder.record.splits else INDIVIDUALS
    cohort = sample_cohort(
        mechanism.parameters, animals=animals, seed=seed, ensemble=folder.ensemble, individuals=individuals
    )
    for ablation in cuts:
        cohort = cohort.with_settings(_canonical(ablation, mechanism))
    counter = Steps(runs_of(folder.record.experiments, cohort), progress)
    trials = {
        experiment.id: run_experiment(
            folder, mechanism, cohort, experiment, workers=workers, progress=counter.step(), store=store
        )
        for experiment in folder.record.experiments
    }
    scorecard = Scorecard(
        folder.id, judge_all(folder, trials), _provenance(folder, mechanism, cohort), tuple(cut.id for cut in cuts)
    )
    return Reproduction(folder, cohort, trials, scorecard, mechanism)


def reproduce(
    study: StudyFolder | PreparedStudy | str | Path,
    *,
    animals: int = 200,
    seed: int = 1,
    ablate: str | Iterable[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Scorecard:
    """The verdicts of a study.

    Parameters
    ----------
    study
        Id of a built-in study, a folder, or a loaded study.
    animals
        Size of the cohort, rounded up to a multiple of four: four individuals per parameter draw.
    seed
        Seed of draws, individuals and assay noise.
    ablate
        Ids of declared ablations to cut (see `ablations`).
    workers
        Worker processes; the numbers do not depend on it.
    progress
        Called with runs done and runs in all.
    store
        Where finished runs are kept and read back.

    Raises
    ------
    RecordError, ModelError, ProtocolError, RequestError
        Before anything is simulated.
    """
    return run_study(
        study, animals=animals, seed=seed, ablate=ablate, workers=workers, progress=progress, store=store
    ).scorecard


def ablations(study: StudyFolder | str | Path) -> tuple[Ablation, ...]:
    """The causal links that a study declares as removable."""
    folder = study if isinstance(study, StudyFolder) else load_study(study)
    return folder.record.ablations


def run_experiment(
    folder: StudyFolder,
    mechanism: Mechanism,
    cohort: Cohort,
    experiment: Experiment,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
    dense: bool = True,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> Trial:
    """One virtual experiment of a study, with what its assays, pictures and recordings read.

    With `dense`, times between the samples are kept for pictures.
    """
    record, library = folder.record.mechanism, folder.library
    return run_arms(
        record, library, mechanism, cohort, experiment, outputs=study_outputs(folder), workers=workers,
        progress=progress, store=store, dense=dense, rtol=rtol, atol=atol,
    )  # fmt: skip


def run_arms(
    record: MechanismRecord,
    library: Library,
    mechanism: Mechanism,
    cohort: Cohort,
    experiment: Experiment,
    *,
    outputs: Sequence[str],
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
    dense: bool = False,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> Trial:
    """Arms on a composed model. Those with one and the same schedule are simulated once.

    Parameters
    ----------
    record
        Ports and read-outs of the mechanism.
    library
        Drugs, stressors and assays.
    mechanism
        The composed model.
    cohort
        The animals.
    experiment
        Arms, assays and sampling times.
    outputs
        Variables to keep.
    workers, progress, store
        As for `reproduce`.
    dense
        Whether times between the samples are kept for pictures.
    rtol, atol
        Tolerances of the solver.

    Raises
    ------
    ProtocolError
        If an intervention has no port.
    """
    origin = first_day(experiment)
    schedules = {arm.id: lower(arm, ports=record.ports, library=library, origin=origin) for arm in experiment.arms}
    distinct = _distinct(schedules)
    days = sample_days(experiment, dense=dense)
    states = simulate(
        mechanism.model,
        times=np.round((np.array(days) - origin) * 24, 9),
        parameters=dict(cohort.values),
        schedule={name: schedules[name] for name in dict.fromkeys(distinct.values())},
        outputs=outputs,
        rtol=rtol,
        atol=atol,
        seed=cohort.seed,
        workers=workers,
        progress=progress,
        store=store,
    )
    whole = states.sel(arm=[distinct[arm.id] for arm in experiment.arms])
    whole = whole.assign_coords(arm=[arm.id for arm in experiment.arms], time=("time", days, {"units": "day"}))
    return Trial(experiment, record, library.assays, whole, cohort.seed, cohort.individuals)


def sample_days(experiment: Experiment, *, dense: bool = True) -> list[float]:
    """All days kept of an experiment: its samples, and times between them, denser after day 0."""
    sampled = {time.to("d") for sampling in experiment.sampling for time in sampling.times}
    if not dense:
        return sorted(sampled)
    start, end = first_day(experiment), last_day(experiment)
    after = np.geomspace(0.02, max(end, 0.04), DENSE) if end > 0 else np.array([])
    before = np.linspace(start, min(0.0, end), DENSE // 3)
    between = dict.fromkeys(round(float(day), 6) for day in (*before, *after))
    merged = sorted(sampled)
    far = [day for day in between if start <= day <= end and all(abs(day - other) > 1e-6 for other in merged)]
    return sorted([*merged, *far])


def _distinct(schedules: Mapping[str, Schedule]) -> dict[str, str]:
    """For each arm the first arm with the same schedule."""
    first: dict[str, str] = {}
    return {
        name: first.setdefault(repr((arm.jumps, sorted(arm.settings.items()))), name) for name, arm in schedules.items()
    }


def assay_outputs(record: MechanismRecord, library: Library, experiments: Iterable[Experiment]) -> list[str]:
    """The variables that the assays of some experiments read, and all other read-outs of the mechanism."""
    assays = {sampling.assay for experiment in experiments for sampling in experiment.sampling}
    latents = [latent for assay in sorted(assays) if (latent := library.assays[assay].latent)]
    names = [name for latent in latents for name in dict.fromkeys((latent, record.shown(latent)))]
    names += [state for _, readout in sorted(record.readouts.items()) for state in readout.states.values()]
    return list(dict.fromkeys(names))


def study_outputs(folder: StudyFolder) -> list[str]:
    """The variables that a study's assays, pictures and recordings read."""
    record = folder.record
    names = assay_outputs(record.mechanism, folder.library, record.experiments)
    names += [entity.state for entity in record.entities.values() if entity.state]
    names += [name for recording in record.recordings for name in recording.variables]
    return list(dict.fromkeys(names))


def judge_all(folder: StudyFolder, trials: Mapping[str, Trial]) -> tuple[Outcome, ...]:
    """The outcomes of all findings of a study on its simulated experiments, by experiment id."""
    series = {one.id: one for one in folder.record.series}
    return tuple(
        judge(
            finding,
            trials[finding.experiment],
            series.get(getattr(finding, "series", "")),
            folder.observations.get(getattr(finding, "series", ""), ()),
        )
        for finding in folder.record.findings
    )


def _cuts(folder: StudyFolder, ablate: str | Iterable[str] | None) -> list[Ablation]:
    wanted = [ablate] if isinstance(ablate, str) else list(ablate or ())
    known = {ablation.id: ablation for ablation in folder.record.ablations}
    for name in wanted:
        if name not in known:
            raise RequestError(
                msg("The study {study} declares no ablation “{found}”. {suggestion}",
                    study=folder.id, found=name, suggestion=suggestion(name, list(known)))
            )  # fmt: skip
    return [known[name] for name in wanted]


def _canonical(ablation: Ablation, mechanism: Mechanism) -> dict[str, float]:
    factors = {parameter.id: parameter.factor for parameter in mechanism.parameters}
    return {name: value * factors[name] for name, value in ablation.cut.items()}


def _provenance(folder: StudyFolder, mechanism: Mechanism, cohort: Cohort) -> dict[str, object]:
    return stamp(
        study=folder.id, study_sha256=digest_folder(folder.folder), model_sha256=mechanism.model.digest,
        animals=cohort.draws * INDIVIDUALS, draws=cohort.draws, seed=cohort.seed, rtol=RTOL, atol=ATOL,
    )  # fmt: skip


class Steps:
    """Adds up the progress of experiments that are run one after the other.

    Parameters
    ----------
    total
        Runs in all; fewer are made where arms have one and the same schedule.
    progress
        Called with runs done and `total`.
    """

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.base, self.progress = total, 0, progress

    def step(self) -> Progress | None:
        """What the next experiment reports to."""
        if self.progress is None:
            return None
        base, report = self.base, self.progress

        def tell(done: int, runs: int) -> None:
            self.base = base + runs
            report(min(base + done, self.total), self.total)

        return tell


def runs_of(experiments: Iterable[Experiment], cohort: Cohort) -> int:
    """Runs of all arms of some experiments."""
    return sum(len(experiment.arms) for experiment in experiments) * cohort.animals
