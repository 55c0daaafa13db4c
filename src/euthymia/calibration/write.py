"""Writing a calibration into a study's folder: the parameter table and the covariance."""

from __future__ import annotations

from pathlib import Path

from euthymia.calibration.fit import Fit
from euthymia.files import write_atomically
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.records.tables import COLUMNS, COVARIANCE


def write_fit(study: StudyFolder, fit: Fit) -> list[Path]:
    """Replace the study's parameter table and covariance; both files, or none, are changed.

    Returns
    -------
    list of Path
        The files written.
    """
    table = study.folder / study.record.mechanism.parameters
    rows = ["\t".join(COLUMNS), *("\t".join(_cells(parameter)) for parameter in fit.parameters)]
    head = "\t".join(["id", *fit.ids])
    matrix = [
        "\t".join([name, *(f"{value:.6g}" for value in row)]) for name, row in zip(fit.ids, fit.covariance, strict=True)
    ]
    texts = {table: "\n".join(rows) + "\n", study.folder / COVARIANCE: "\n".join([head, *matrix]) + "\n"}
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
