"""The evidence as residuals: published points and reported sizes in standard errors, ordinal findings as chances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import special

from euthymia.cohorts.draw import Cohort
from euthymia.findings.contrast import USUAL_N, claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import series_values, with_error
from euthymia.pipeline import mechanism_of, run_experiment
from euthymia.records.cross import sides
from euthymia.records.finding import Change, Finding, Gone, NoDifference, SeriesMatch
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.records.study import Experiment

Array = npt.NDArray[np.float64]
Simulator = Callable[[Cohort, Sequence[Experiment]], dict[str, Trial]]
"""Runs experiments on a cohort."""


class Evidence:
    """Residuals of the findings marked `calibrate`, as a function of free parameters.

    Positions are in prior standard deviations from the prior's centre. The virtual animal is the typical one of each
    position, read with the assays' central gains. Findings marked `validate` never enter.

    With a `simulator`, that runs the experiments in place of the study's mechanism; its parameters are all in `free`.
    """

    def __init__(self, study: StudyFolder, free: Sequence[Parameter], simulator: Simulator | None = None) -> None:
        self.study, self.free = study, list(free)
        self.simulator = simulator or self._mechanism_simulator()
        self.parameters = self.free if simulator else mechanism_of(study).parameters
        self.findings = [finding for finding in study.record.findings if finding.use == "calibrate"]
        self.experiments = [part for whole in study.record.experiments if (part := self._needed(whole)) is not None]
        self.centre = np.array([parameter.centre[0] for parameter in self.free])
        self.spread = np.array([parameter.centre[1] for parameter in self.free])

    def _needed(self, experiment: Experiment) -> Experiment | None:
        """An experiment with only the arms that the findings read; None if they read none."""
        series = {one.id: one.arm for one in self.study.record.series}
        arms: set[str] = set()
        for finding in self.findings:
            if finding.experiment == experiment.id:
                arms |= {reading.arm for _, reading in sides(finding)}
                arms |= {series[finding.series]} if isinstance(finding, SeriesMatch) else set()
        kept = tuple(arm for arm in experiment.arms if arm.id in arms)
        return experiment.model_copy(update={"arms": kept}) if kept else None

    def values(self, positions: Array) -> dict[str, Array]:
        """Parameter values in their tables' units, cut off at their bounds, one per position."""
        places = self.centre + self.spread * positions
        return {
            p.id: np.clip(np.exp(places[:, i]) if p.scale == "log" else places[:, i], p.lower, p.upper)
            for i, p in enumerate(self.free)
        }

    def residuals(self, positions: Array) -> Array:
        """Array [position, term]; NaN where a run failed."""
        trials = self._trials(positions)
        columns = [term for finding in self.findings for term in self._terms(finding, trials[finding.experiment])]
        return np.column_stack(columns)

    def _trials(self, positions: Array) -> dict[str, Trial]:
        values = {p.id: np.full(len(positions), p.value * p.factor) for p in self.parameters}
        factors = {parameter.id: parameter.factor for parameter in self.free}
        values |= {name: column * factors[name] for name, column in self.values(positions).items()}
        cohort = Cohort(values, len(positions), 0, individuals=1)
        trials = self.simulator(cohort, self.experiments)
        return {name: replace(trial, typical=True) for name, trial in trials.items()}

    def _mechanism_simulator(self) -> Simulator:
        mechanism = mechanism_of(self.study)

        def simulate(cohort: Cohort, experiments: Sequence[Experiment]) -> dict[str, Trial]:
            return {one.id: run_experiment(self.study, mechanism, cohort, one, dense=False) for one in experiments}

        return simulate

    def _terms(self, finding: Finding, trial: Trial) -> list[Array]:
        if isinstance(finding, SeriesMatch):
            series = next(one for one in self.study.record.series if one.id == finding.series)
            points = self.study.observations[series.id]
            values = series_values(series, points, trial)
            return [(values[:, index] - point.mean) / point.sem for index, point in enumerate(with_error(points))]
        if self._told_by_series(finding) or trial.variable(finding.reading.assay, finding.reading.of) is None:
            return []
        judged = claim(finding, trial)
        reported = finding.reported
        if isinstance(finding, Change) and reported and reported.value is not None and reported.sem:
            return [(judged.size - reported.value) / reported.sem]
        return [
            _ordinal(finding, slack, trial) for slack in (judged.slack[None] if judged.parts is None else judged.parts)
        ]

    def _told_by_series(self, finding: Finding) -> bool:
        """Whether the finding's numbers are points of a published series that enters by itself."""
        if isinstance(finding, SeriesMatch):
            return False
        used = {f.series for f in self.findings if isinstance(f, SeriesMatch)}
        reading = finding.reading
        return any(
            (series.experiment, series.arm, series.assay, series.of)
            == (finding.experiment, reading.arm, reading.assay, reading.of)
            for series in self.study.record.series
            if series.id in used
        )


def _ordinal(finding: Finding, slack: Array, trial: Trial) -> Array:
    """``sqrt(-2 log p)`` with p the chance of what was published, given the group means.

    A difference was published because it was significant: p is the power at the published n. An absence was
    published as equivalence within the assay's margin. A claim about several times has one term for each, since tests
    of despair and avoidance are not repeated in the same animals.
    """
    assert not isinstance(finding, SeriesMatch)
    margin = trial.assays[finding.reading.assay].margin(change=finding.reading.since is not None)
    n = finding.reported.n if finding.reported and finding.reported.n else (USUAL_N,)
    size = float(np.mean(n))
    error = 2 * margin * np.sqrt(2 / size)
    absent = isinstance(finding, NoDifference | Gone)
    critical = float(special.stdtrit(2 * size - 2, 0.975)) * error
    distance = slack if absent else slack + margin - critical
    return np.asarray(np.sqrt(-2 * special.log_ndtr(distance / error)))
