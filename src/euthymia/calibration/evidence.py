"""The evidence of a study as a function of its free parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.likelihood import JointIntervals
from euthymia.calibration.terms import correlation, terms_of
from euthymia.cohorts.draw import SPLIT_INDIVIDUALS, Cohort, typical_deviates, varied
from euthymia.findings.trial import Trial
from euthymia.models.compose import Mechanism
from euthymia.pipeline import mechanism_of, run_experiment
from euthymia.records.cross import sides
from euthymia.records.finding import Finding, SeriesMatch
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.records.study import Experiment

Array = npt.NDArray[np.float64]
RTOL: Final = 1e-4
"""Relative tolerance of a calibration's runs: residuals move by 1e-4 of a published standard error."""
ATOL: Final = 1e-6
"""Absolute tolerance of a calibration's runs."""
Simulator = Callable[[Cohort, Sequence[Experiment]], Mapping[str, Trial]]
"""Runs virtual experiments on a cohort."""


class Evidence:
    """Residuals of published statements, as a function of free parameters.

    Positions are in prior standard deviations from the prior's centre. The virtual animal is the typical one of each
    position, read with the assays' central gains. Only the findings given enter; by default those marked `calibrate`.
    """

    def __init__(
        self,
        study: StudyFolder,
        free: Sequence[Parameter],
        *,
        findings: Sequence[Finding] | None = None,
        parameters: Sequence[Parameter] | None = None,
        simulator: Simulator | None = None,
    ) -> None:
        """Parameters: the study; the free parameters; the findings that enter; all parameters and the simulator of
        another mechanism, where it is not the study's own.
        """
        self.study, self.free = study, list(free)
        mechanism = mechanism_of(study)
        self.parameters = list(mechanism.parameters if parameters is None else parameters)
        self.simulator = simulator or _simulator(study, mechanism)
        self.findings = list(calibrating(study) if findings is None else findings)
        self.terms = terms_of(study, self.findings)
        self.experiments = needed(study, self.findings)
        self.centre = np.array([parameter.centre[0] for parameter in self.free])
        self.spread = np.array([parameter.centre[1] for parameter in self.free])
        self.correlation = correlation(self.terms)
        self.error = np.array([term.error for term in self.terms])
        self.low = np.array([term.low for term in self.terms])
        self.high = np.array([term.high for term in self.terms])
        self.joint = JointIntervals(self.correlation, self.low == self.high)

    @property
    def limits(self) -> Array:
        """Bounds [parameter, side] of the positions."""
        bounds = [[p.scaled(p.lower), p.scaled(p.upper)] for p in self.free]
        return np.asarray((np.array(bounds) - self.centre[:, None]) / self.spread[:, None])

    def values(self, positions: Array) -> dict[str, Array]:
        """Parameter values in their tables' units, cut off at their bounds, one per position."""
        places = self.centre + self.spread * positions
        return {
            p.id: np.clip(np.exp(places[:, i]) if p.scale == "log" else places[:, i], p.lower, p.upper)
            for i, p in enumerate(self.free)
        }

    def sizes(self, positions: Array) -> Array:
        """The contrasts [position, term]; NaN where a run failed."""
        trials = self.trials(positions)
        return np.column_stack(
            [
                np.where(trials[term.experiment].failed, np.nan, term.size(trials[term.experiment]))
                for term in self.terms
            ]
        )

    def residuals(self, positions: Array) -> Array:
        """Array [position, term] whose squares sum up to -2 log likelihood; NaN where a run failed."""
        sizes = self.sizes(positions)
        return self.joint.residuals((self.low - sizes) / self.error, (self.high - sizes) / self.error)

    def imagined(self, position: Array, rng: np.random.Generator) -> Evidence:
        """The same evidence with statements as experiments at a position would give them, in place of the published.

        An estimate that is known takes a new value. Of an interval, the experiment tells whether its estimate lies
        below, in or above it.
        """
        root = np.linalg.cholesky(self.correlation + 1e-9 * np.eye(len(self.terms)))
        sizes = self.sizes(position[None])[0]
        estimate = sizes + self.error * (root @ rng.standard_normal(len(self.terms)))
        low = np.where(estimate < self.low, -np.inf, np.where(estimate > self.high, self.high, self.low))
        high = np.where(estimate < self.low, self.low, np.where(estimate > self.high, np.inf, self.high))
        known = self.low == self.high
        return self.saying(np.where(known, estimate, low), np.where(known, estimate, high))

    def saying(self, low: Array, high: Array) -> Evidence:
        """The same evidence with other limits of the estimates."""
        made = copy(self)
        made.low, made.high = low, high
        return made

    def trials(self, positions: Array) -> dict[str, Trial]:
        """The experiments that the findings need, run at the positions."""
        trials = self.simulator(self.cohort(positions), self.experiments)
        return {name: replace(trial, typical=True) for name, trial in trials.items()}

    def cohort(self, positions: Array) -> Cohort:
        """The typical animal of each position, or the few around it where arms are parted by a reading."""
        values = {p.id: np.full(len(positions), p.value) for p in self.parameters} | self.values(positions)
        individuals = SPLIT_INDIVIDUALS if self.study.record.splits else 1
        animals = {p.id: _animals(p, values[p.id], individuals) * p.factor for p in self.parameters}
        return Cohort(animals, len(positions), 0, individuals=individuals)


def calibrating(study: StudyFolder) -> list[Finding]:
    """The findings marked `calibrate`; no other ever enters a calibration."""
    return [finding for finding in study.record.findings if finding.use == "calibrate"]


def needed(study: StudyFolder, findings: Collection[Finding]) -> list[Experiment]:
    """The experiments that some findings read, each with only the arms that they read."""
    series = {one.id: one.arm for one in study.record.series}
    read: dict[str, set[str]] = {}
    for finding in findings:
        arms = read.setdefault(finding.experiment, set())
        arms |= {reading.arm for _, reading in sides(finding)}
        arms |= {series[finding.series]} if isinstance(finding, SeriesMatch) else set()
    return [
        experiment.model_copy(update={"arms": tuple(arm for arm in experiment.arms if arm.id in read[experiment.id])})
        for experiment in study.record.experiments
        if experiment.id in read
    ]


def _simulator(study: StudyFolder, mechanism: Mechanism) -> Simulator:
    def run(cohort: Cohort, experiments: Sequence[Experiment]) -> dict[str, Trial]:
        return {
            one.id: run_experiment(study, mechanism, cohort, one, dense=False, rtol=RTOL, atol=ATOL)
            for one in experiments
        }

    return run


def _animals(parameter: Parameter, central: Array, individuals: int) -> Array:
    """The typical animal; where arms are parted by a reading, the same few animals around it at each position."""
    if individuals == 1:
        return central
    deviates = np.tile(typical_deviates(parameter, individuals), len(central))
    return varied(parameter, np.repeat(central, individuals), deviates)
