"""Calibration on the findings marked `calibrate`: from priors to an ensemble of joint draws."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.diagnose import diagnose
from euthymia.calibration.evidence import Evidence, calibrating
from euthymia.calibration.sampler import Effort, Report, Sample, sample
from euthymia.errors import RequestError
from euthymia.pipeline import mechanism_of
from euthymia.records.ensemble import Diagnosis
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Ensemble, Parameter
from euthymia.words import msg

Array = npt.NDArray[np.float64]
INFORMED: Final = 0.9
"""Posterior over prior standard deviation below which a parameter counts as calibrated."""
MEMBERS: Final = 400
"""Draws of an ensemble, as many of each run."""


@dataclass(frozen=True)
class Fit:
    """Result of a calibration.

    Attributes
    ----------
    tables
        By fragment, the study's own first, its table with new values, standard deviations and statuses.
    ensemble
        Joint draws of own and shared parameters.
    diagnoses
        One per free parameter.
    misfit, terms
        Sum of squares over the evidence at the most probable point, and the number of its terms.
    """

    tables: Mapping[str, tuple[Parameter, ...]]
    ensemble: Ensemble
    diagnoses: tuple[Diagnosis, ...]
    misfit: float
    terms: int

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The rows of all tables."""
        return tuple(parameter for table in self.tables.values() for parameter in table)


def calibrate(
    study: StudyFolder,
    *,
    seed: int = 1,
    effort: Effort | None = None,
    report: Report | None = None,
    done: MutableMapping[str, Array] | None = None,
) -> Fit:
    """A calibration of the study's own parameters that are `assumed` (or were calibrated before).

    Own are those of the study's table and of the common fragments that it alone calibrates. Measured and derived
    parameters keep their prior in the table and are drawn jointly, as are the shared ones, so that the ensemble holds
    their correlation with the study's own; a shared one that another study calibrated starts from what was found there.

    Parameters
    ----------
    study
        A loaded study.
    seed
        Seed of the draws.
    effort
        How much is spent.
    report
        Told what is going on.
    done
        Finished steps of an earlier, interrupted call with the same arguments; new ones are put into it.

    Raises
    ------
    RequestError
        If no finding is marked `calibrate`.
    """
    if not calibrating(study):
        raise RequestError(msg("The study {study} marks no finding for calibration.", study=study.id))
    free, own = free_parameters(study)
    evidence = Evidence(study, free)
    found = sample(evidence, own, seed=seed, name=study.id, effort=effort, report=report, done=done)
    diagnoses = diagnose(evidence, found)
    residuals = evidence.residuals(found.best[None, :])[0]
    tables = _tables(study, evidence, own, found, {one.id: one for one in diagnoses})
    misfit = float(residuals @ residuals)
    return Fit(tables, ensemble_of(evidence, found), diagnoses, misfit, len(residuals))


def free_parameters(study: StudyFolder) -> tuple[list[Parameter], int]:
    """The parameters that a calibration draws, the study's own first, and how many of them are its own."""
    own = {parameter.id for fragment in study.fitted for parameter in fragment.parameters}
    uncertain = [p if p.id in own else p.learned for p in mechanism_of(study).parameters if p.prior.kind != "fixed"]
    free = [p for p in uncertain if p.id in own] + [p for p in uncertain if p.id not in own]
    return free, sum(p.id in own for p in free)


def ensemble_of(evidence: Evidence, found: Sample) -> Ensemble:
    """Members of all runs, as many of each, in the order of the runs."""
    runs, draws, count = found.draws.shape
    each = min(draws, max(1, MEMBERS // runs))
    kept = found.draws[:, np.linspace(0, draws - 1, each).round().astype(int)].reshape(-1, count)
    columns = evidence.values(kept)
    ids = tuple(parameter.id for parameter in evidence.free)
    distinct = float(len(np.unique(kept[:, 0])))
    values = np.column_stack([columns[name] for name in ids])
    return Ensemble(ids, values, distinct, runs, tuple(float(one) for one in found.log_evidence))


def _tables(
    study: StudyFolder, evidence: Evidence, own: int, found: Sample, diagnoses: Mapping[str, Diagnosis]
) -> dict[str, tuple[Parameter, ...]]:
    best = {parameter.id: float(found.best[i]) for i, parameter in enumerate(evidence.free[:own])}

    def row(parameter: Parameter) -> Parameter:
        told = diagnoses.get(parameter.id)
        if parameter.id in best and told is not None and parameter.status in ("assumed", "calibrated"):
            spread = parameter.centre[1]
            if told.felt and told.posterior_sd < INFORMED * spread:
                return _calibrated(parameter, best[parameter.id], told.posterior_sd)
        return _as_prior(parameter)

    return {fragment.name: tuple(map(row, fragment.parameters)) for fragment in study.fitted}


def _calibrated(parameter: Parameter, position: float, deviation: float) -> Parameter:
    centre, spread = parameter.centre
    place = centre + spread * position
    value = float(f"{np.exp(place) if parameter.scale == 'log' else place:.5g}")
    value = min(max(value, parameter.lower), parameter.upper)
    return parameter.model_copy(update={"value": value, "fitted_sd": float(f"{deviation:.4g}"), "status": "calibrated"})


def _as_prior(parameter: Parameter) -> Parameter:
    """A parameter that the evidence does not inform: back to the centre of its prior, and `assumed`."""
    if parameter.prior.kind == "fixed" or parameter.status not in ("assumed", "calibrated"):
        return parameter
    centre, _ = parameter.centre
    value = float(f"{np.exp(centre) if parameter.scale == 'log' else centre:.6g}")
    return parameter.model_copy(update={"value": value, "fitted_sd": None, "status": "assumed"})
