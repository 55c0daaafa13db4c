"""Calibration on the findings marked `calibrate`: the most probable parameters and their covariance (Laplace).

Minimises the sum of squares of published points and reported sizes in standard errors, of ordinal findings as
``-2 log`` of the chance that the published experiment's means show them, and of the distance from the priors. The
virtual animal is the typical one. Findings marked `validate` never enter.

References
----------
Laplace's approximation: Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from euthymia.cohorts.draw import Cohort
from euthymia.errors import RequestError
from euthymia.findings.contrast import USUAL_N, claim
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import series_values, with_error
from euthymia.models.compose import Mechanism
from euthymia.pipeline import mechanism_of, run_experiment
from euthymia.records.finding import Change, Finding, Series, SeriesMatch
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.words import msg

Array = npt.NDArray[np.float64]
STEP: Final = 0.02
"""Finite-difference step, in prior standard deviations; the solver's error is a thousand times smaller."""
INFORMED: Final = 0.9
"""Posterior over prior standard deviation below which a parameter counts as calibrated."""


@dataclass(frozen=True)
class Fit:
    """Result of a calibration.

    Attributes
    ----------
    parameters
        The study's table with new values, standard deviations and statuses.
    ids, covariance
        Calibrated parameters and their covariance on the parameters' scales.
    misfit, data
        Sum of squares over the evidence, and the number of its terms.
    """

    parameters: tuple[Parameter, ...]
    ids: tuple[str, ...]
    covariance: Array
    misfit: float
    data: int


def calibrate(study: StudyFolder, *, report: Callable[[str], None] | None = None) -> Fit:
    """The study's own assumed parameters, calibrated.

    Measured and derived parameters, the common dynamics and the drugs' exposure stay as they are. Parameters that
    the evidence does not inform keep their prior and stay `assumed`.

    Raises
    ------
    RequestError
        If no finding is marked `calibrate`.
    """
    if not any(finding.use == "calibrate" for finding in study.record.findings):
        raise RequestError(msg("The study {study} marks no finding for calibration.", study=study.id))
    free = [p for p in study.fragment.parameters if p.prior.kind != "fixed" and p.status in ("assumed", "calibrated")]
    first = _Problem(study, free)
    solution = first.solve(report)
    informed = [p for p, sd in zip(free, np.sqrt(np.diag(solution.covariance)), strict=True) if sd < INFORMED]
    final = _Problem(study, informed)
    return final.fit(final.solve(report))


@dataclass(frozen=True)
class _Solution:
    position: Array
    covariance: Array
    misfit: float
    data: int


class _Problem:
    """Residuals as a function of the free parameters in prior standard deviations."""

    def __init__(self, study: StudyFolder, free: Sequence[Parameter]) -> None:
        self.study, self.free = study, list(free)
        self.mechanism: Mechanism = mechanism_of(study)
        centres = [prior_centre(parameter) for parameter in self.free]
        self.centre = np.array([centre for centre, _ in centres])
        self.spread = np.array([spread for _, spread in centres])

    def solve(self, report: Callable[[str], None] | None) -> _Solution:
        count = len(self.free)
        low = [(_scaled(p, p.lower) - c) / s for p, c, s in zip(self.free, self.centre, self.spread, strict=True)]
        high = [(_scaled(p, p.upper) - c) / s for p, c, s in zip(self.free, self.centre, self.spread, strict=True)]
        start = np.clip(np.zeros(count), np.array(low) + 1e-6, np.array(high) - 1e-6)
        result = optimize.least_squares(
            partial(self._one, report=report),
            start,
            jac=self._slopes,
            bounds=(low, high),
            max_nfev=60,
            xtol=1e-5,
            ftol=1e-5,
        )
        information = result.jac.T @ result.jac
        evidence = result.fun[count:]
        return _Solution(result.x, np.linalg.inv(information), float(evidence @ evidence), len(evidence))

    def fit(self, solution: _Solution) -> Fit:
        covariance = solution.covariance * np.outer(self.spread, self.spread)
        places = self.centre + self.spread * solution.position
        changed = {
            p.id: p.model_copy(
                update={
                    "value": float(f"{np.exp(place) if p.scale == 'log' else place:.4g}"),
                    "fitted_sd": float(f"{sd:.4g}"),
                    "status": "calibrated",
                }
            )
            for p, place, sd in zip(self.free, places, np.sqrt(np.diag(covariance)), strict=True)
        }
        table = tuple(changed.get(p.id) or _uncalibrated(p) for p in self.study.fragment.parameters)
        return Fit(table, tuple(p.id for p in self.free), covariance, solution.misfit, solution.data)

    def _one(self, position: Array, report: Callable[[str], None] | None = None) -> Array:
        residuals = self._residuals(position[None, :])[0]
        if report:
            report(f"{residuals @ residuals:.1f}")
        return residuals

    def _slopes(self, position: Array) -> Array:
        moves = STEP * np.eye(len(position))
        both = self._residuals(np.concatenate([position + moves, position - moves]))
        return np.asarray((both[: len(position)] - both[len(position) :]).T / (2 * STEP))

    def _residuals(self, positions: Array) -> Array:
        trials = self._trials(positions)
        columns = [positions]
        for finding in self.study.record.findings:
            if finding.use == "calibrate":
                columns += self._terms(finding, trials[finding.experiment])
        return np.column_stack(columns)

    def _trials(self, positions: Array) -> dict[str, Trial]:
        values = {p.id: np.full(len(positions), p.value * p.factor) for p in self._central()}
        for index, parameter in enumerate(self.free):
            place = self.centre[index] + self.spread[index] * positions[:, index]
            values[parameter.id] = (np.exp(place) if parameter.scale == "log" else place) * parameter.factor
        cohort = Cohort(values, len(positions), 0, individuals=1)
        used = {f.experiment for f in self.study.record.findings if f.use == "calibrate"}
        return {
            experiment.id: run_experiment(self.study, self.mechanism, cohort, experiment, workers=None, dense=False)
            for experiment in self.study.record.experiments
            if experiment.id in used
        }

    def _central(self) -> list[Parameter]:
        own = {p.id for p in self.study.fragment.parameters}
        freed = {p.id for p in self.free}
        return [_uncalibrated(p) if p.id in own and p.id not in freed else p for p in self.mechanism.parameters]

    def _terms(self, finding: Finding, trial: Trial) -> list[Array]:
        if isinstance(finding, SeriesMatch):
            series = next(one for one in self.study.record.series if one.id == finding.series)
            return _series_terms(series, self.study, trial)
        if self._told_by_series(finding):
            return []
        if any(trial.variable(reading.assay, reading.of) is None for reading in [finding.reading]):
            return []
        judged = claim(finding, trial)
        reported = finding.reported
        if isinstance(finding, Change) and reported and reported.value is not None and reported.sem:
            return [(judged.size - reported.value) / reported.sem]
        assay = trial.assays[finding.reading.assay]
        sd = 2 * assay.margin(change=finding.reading.since is not None)
        n = reported.n if reported and reported.n else (USUAL_N,)
        error = sd * np.sqrt(2 / float(np.mean(n)))
        return [np.sqrt(-2 * stats.norm.logcdf(judged.slack / error))]

    def _told_by_series(self, finding: Finding) -> bool:
        """Whether the finding's numbers are points of a published series that enters by itself."""
        if isinstance(finding, SeriesMatch):
            return False
        used = {f.series for f in self.study.record.findings if isinstance(f, SeriesMatch) and f.use == "calibrate"}
        reading = finding.reading
        return any(
            series.id in used
            and (series.experiment, series.arm, series.assay, series.of)
            == (finding.experiment, reading.arm, reading.assay, reading.of)
            for series in self.study.record.series
        )


def prior_centre(parameter: Parameter) -> tuple[float, float]:
    """Mean and standard deviation of a parameter's prior on its scale."""
    prior = parameter.prior
    if prior.kind == "lognormal":
        return float(np.log(prior.first)), prior.second
    if prior.kind == "normal":
        return prior.first, prior.second
    low, high = np.log([prior.first, prior.second]) if prior.kind == "loguniform" else (prior.first, prior.second)
    return float((low + high) / 2), float((high - low) / np.sqrt(12))


def _scaled(parameter: Parameter, value: float) -> float:
    return float(np.log(value)) if parameter.scale == "log" else value


def _uncalibrated(parameter: Parameter) -> Parameter:
    """The parameter at the centre of its prior; measured, derived and fixed ones as they are."""
    if parameter.prior.kind == "fixed" or parameter.status not in ("assumed", "calibrated"):
        return parameter
    centre, _ = prior_centre(parameter)
    value = float(f"{np.exp(centre) if parameter.scale == 'log' else centre:.6g}")
    return parameter.model_copy(update={"value": value, "fitted_sd": None, "status": "assumed"})


def _series_terms(series: Series, study: StudyFolder, trial: Trial) -> list[Array]:
    points = study.observations[series.id]
    values = series_values(series, points, trial)
    return [(values[:, index] - point.mean) / point.sem for index, point in enumerate(with_error(points))]
