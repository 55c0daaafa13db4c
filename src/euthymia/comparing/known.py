"""What the atlas knows of the harms: the findings about them, judged on the joined model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from euthymia.cohorts.draw import INDIVIDUALS
from euthymia.engine.store import RunStore
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import Outcome
from euthymia.joined import joined_cohort
from euthymia.models.join import Joined
from euthymia.models.views import view
from euthymia.pipeline import judge_all, run_experiment
from euthymia.records.finding import Finding
from euthymia.records.folder import StudyFolder
from euthymia.records.intervention import Catalogue


def harm_findings(joined: Joined, catalogue: Catalogue) -> dict[str, tuple[str, Finding]]:
    """The findings that the catalogue names, of the joined studies: by id, the study and the finding."""
    named = {name for harm in catalogue.harms.values() for name in harm.findings}
    return {
        finding.id: (study, finding)
        for study, folder in joined.studies.items()
        for finding in folder.record.findings
        if finding.id in named
    }


def harm_outcomes(
    joined: Joined, catalogue: Catalogue, *, animals: int, seed: int, workers: int | None = None,
    store: RunStore | None = None, tell: Callable[[], None] = lambda: None,
) -> dict[str, Outcome]:  # fmt: skip
    """The verdicts of the joined model on these findings; only their experiments are run, each told when done."""
    found = harm_findings(joined, catalogue)
    outcomes: dict[str, Outcome] = {}
    for study in dict.fromkeys(study for study, _ in found.values()):
        wanted = [finding for of, finding in found.values() if of == study]
        folder = view(joined, study)
        cohort = joined_cohort(joined, animals=animals, seed=seed, individuals=INDIVIDUALS, home=study)
        trials: dict[str, Trial] = {}
        for experiment in folder.record.experiments:
            if experiment.id in {finding.experiment for finding in wanted}:
                trials[experiment.id] = run_experiment(
                    folder, joined.mechanism, cohort, experiment, workers=workers, store=store, dense=False
                )
                tell()
        outcomes |= {outcome.finding.id: outcome for outcome in judge_all(_with(folder, wanted), trials)}
    return outcomes


def _with(folder: StudyFolder, findings: list[Finding]) -> StudyFolder:
    return replace(folder, record=folder.record.model_copy(update={"findings": tuple(findings)}))
