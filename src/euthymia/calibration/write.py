"""Writing a calibration into a study's folder: the parameter table and the ensemble."""

from __future__ import annotations

from pathlib import Path

from euthymia.calibration.fit import Fit
from euthymia.files import write_atomically
from euthymia.records.ensemble import FILE, ensemble_text, evidence_digest
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.records.tables import COLUMNS


def write_fit(study: StudyFolder, fit: Fit) -> list[Path]:
    """Replace the study's parameter table and ensemble; both files, or none, are changed.

    Returns
    -------
    list of Path
        The files written.
    """
    table = study.folder / study.record.mechanism.parameters
    rows = ["\t".join(COLUMNS), *("\t".join(_cells(parameter)) for parameter in fit.parameters)]
    digest = evidence_digest(study.record, study.fragment, study.library, dict(study.observations))
    texts = {table: "\n".join(rows) + "\n", study.folder / FILE: ensemble_text(fit.ensemble, digest)}
    write_atomically(texts)
    return list(texts)


def _cells(parameter: Parameter) -> list[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.6g}"

    return [
        parameter.id, number(parameter.value), parameter.unit, parameter.scale, number(parameter.lower),
        number(parameter.upper), str(parameter.prior), number(parameter.fitted_sd),
        number(parameter.between_sd or None), parameter.status, parameter.source, parameter.note,
    ]  # fmt: skip
