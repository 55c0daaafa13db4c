"""Writing a calibration into a study's folder: the parameter table and the ensemble."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from euthymia.calibration.fit import Fit
from euthymia.calibration.overlap import PARAMETER, Overlap
from euthymia.files import write_atomically
from euthymia.joined.cohort import joined_digest
from euthymia.records.ensemble import DIAGNOSIS, FILE, diagnosis_text, ensemble_text, evidence_digest
from euthymia.records.folder import StudyFolder
from euthymia.records.joining import TABLE as JOINED_TABLE
from euthymia.records.joining import joining_parameters
from euthymia.records.library import ATLAS
from euthymia.records.members import FILE as JOINED_ENSEMBLE
from euthymia.records.members import Members, members_text
from euthymia.records.parameter import Parameter
from euthymia.records.tables import COLUMNS


def write_fit(study: StudyFolder, fit: Fit) -> list[Path]:
    """Replace the study's ensemble and the parameter tables that it calibrates; all files, or none, are changed.

    Returns
    -------
    list of Path
        The files written.
    """
    own = study.folder / study.record.mechanism.parameters
    texts = {
        own if name == study.fragment.name else ATLAS / "common" / f"{name}.tsv": _table(rows)
        for name, rows in fit.tables.items()
    }
    digest = evidence_digest(study.record, study.fragment, study.library, dict(study.observations))
    texts[study.folder / FILE] = ensemble_text(fit.ensemble, digest)
    texts[study.folder / DIAGNOSIS] = diagnosis_text(fit.diagnoses, digest)
    write_atomically(texts)
    return list(texts)


def write_joined(members: Members, found: Overlap, seed: int) -> list[Path]:
    """Replace the joined ensemble and the table of the parameters that only the joined model has; both or none.

    Returns
    -------
    list of Path
        The files written.
    """
    draws = found.draws(len(members), seed)
    logs = np.log(draws)
    told = {"value": float(f"{np.exp(np.median(logs)):.4g}"), "fitted_sd": float(f"{logs.std():.4g}")}
    rows = tuple(
        one.model_copy(update={**told, "status": "calibrated"}) if one.id == PARAMETER else one
        for one in joining_parameters()
    )
    whole = replace(members, values={**members.values, PARAMETER: draws})
    texts = {JOINED_TABLE: _table(rows), JOINED_ENSEMBLE: members_text(whole, joined_digest())}
    write_atomically(texts)
    return list(texts)


def _table(parameters: tuple[Parameter, ...]) -> str:
    return "\n".join(["\t".join(COLUMNS), *("\t".join(_cells(parameter)) for parameter in parameters)]) + "\n"


def _cells(parameter: Parameter) -> list[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.6g}"

    return [
        parameter.id, number(parameter.value), parameter.unit, parameter.scale, number(parameter.lower),
        number(parameter.upper), str(parameter.prior), number(parameter.fitted_sd),
        number(parameter.between_sd or None), parameter.status, parameter.source, parameter.note,
    ]  # fmt: skip
