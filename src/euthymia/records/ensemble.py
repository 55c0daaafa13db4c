"""The ensemble of a study folder: calibrated draws, with the hash of what they were calibrated on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import Field

from euthymia.errors import Place, Problem, RecordError
from euthymia.provenance import CALIBRATION_VERSION, ENGINE_VERSION
from euthymia.records.base import Record
from euthymia.records.library import Fragment, Library
from euthymia.records.parameter import Ensemble, Parameter
from euthymia.records.reading import read_table, read_text
from euthymia.records.study import Study
from euthymia.records.tables import Observation
from euthymia.words import msg

FILE: Final = "ensemble.tsv"
"""Name of the file; written by ``euthymia calibrate``."""
DIAGNOSIS: Final = "diagnosis.tsv"
"""Name of the file with what a calibration says about each parameter."""


class Diagnosis(Record):
    """What a calibration says about one parameter; deviations are on the parameter's scale.

    ``contraction`` is 1 - posterior variance / prior variance: 0 where the evidence says nothing, near 1 where it fixes
    the parameter.
    """

    id: str
    prior_sd: float
    posterior_sd: float
    shift: float = Field(description="posterior mean, in prior standard deviations from the prior's centre")
    rhat: float
    ess: float = Field(description="effective sample size, in bulk")
    felt: bool = Field(description="whether the evidence moves when the parameter does")

    @property
    def contraction(self) -> float:
        """Share of the prior's variance that the evidence takes away."""
        return 1 - (self.posterior_sd / self.prior_sd) ** 2 if self.prior_sd > 0 else 0.0


def evidence_digest(
    study: Study, fragment: Fragment, library: Library, observations: dict[str, tuple[Observation, ...]]
) -> str:
    """SHA-256 of all that a calibration depends on: texts, priors, assays, experiments, findings marked for it.

    Values and deviations that calibration itself writes do not count.
    """
    total = hashlib.sha256()

    def add(*parts: object) -> None:
        total.update("\0".join(map(str, parts)).encode() + b"\n")

    shared = [library.fragments[name] for name in study.mechanism.common]
    fitted = [fragment, *(part for part in shared if part.name in study.mechanism.calibrates)]
    given = [part for part in shared if part.name not in study.mechanism.calibrates]
    drugs = [library.drugs[name] for name in study.mechanism.ports.drugs]
    add(fragment.text, *(part.text for part in shared), *(drug.exposure for drug in drugs))
    for drug in drugs:
        add(drug.model_dump_json(exclude={"label", "ids", "exposure", "parameters", "not_covered"}))
    for parameter in [p for part in fitted for p in part.parameters]:
        add(parameter.id, parameter.unit, parameter.scale, parameter.lower, parameter.upper, parameter.prior)
    for parameter in [p for part in given for p in part.parameters] + [p for drug in drugs for p in drug.parameters]:
        add(parameter.model_dump_json(exclude={"source", "note", "status"}))
    findings = [finding for finding in study.findings if finding.use == "calibrate"]
    for finding in findings:
        add(finding.model_dump_json(exclude={"statement", "source"}))
        add(observations.get(getattr(finding, "series", ""), ()))
    told = {getattr(finding, "series", "") for finding in findings}
    for series in study.series:
        if series.id in told:
            add(series.model_dump_json(exclude={"label", "source"}))
    for name, stressor in library.stressors.items():
        add(name, stressor.intensity.value, stressor.predictability.value, stressor.daily)
    used = {finding.experiment for finding in findings}
    for experiment in study.experiments:
        if experiment.id in used:
            add(experiment.model_dump_json(exclude={"label": True, "assumed": True, "arms": {"__all__": {"label"}}}))
            for sampling in experiment.sampling:
                assay = library.assays[sampling.assay]
                add(assay.model_dump_json(exclude={"label", "protocol"}))
    add(study.mechanism.model_dump_json(exclude_defaults=True))
    add("engine", ENGINE_VERSION, "calibration", CALIBRATION_VERSION)
    return total.hexdigest()


def read_ensemble(file: Path, parameters: tuple[Parameter, ...], digest: str) -> Ensemble | None:
    """The ensemble of a study; None where no parameter is calibrated.

    Raises
    ------
    RecordError
        If it is missing or stale; the command that renews it is named.
    """
    calibrated = {parameter.id for parameter in parameters if parameter.fitted_sd is not None}
    if not calibrated:
        return None
    stale = RecordError(
        Problem(
            msg(
                "The calibrated draws are missing or do not belong to this text, table and evidence; run "
                "“euthymia calibrate {folder}”.",
                folder=file.parent,
            ),
            Place(file),
        )
    )
    if not file.exists():
        raise stale
    header, rows = read_table(file)
    facts = dict(re.findall(r"^# (\w+): (\S+)$", read_text(file), re.MULTILINE))
    if facts.get("calibrated_on") != digest or not calibrated <= set(header):
        raise stale
    try:
        values = np.array([[float(row[name]) for name in header] for _, row in rows])
    except ValueError as error:
        raise RecordError(Problem(msg("A cell is not a number: {reason}.", reason=error), Place(file))) from None
    evidence = tuple(float(one) for one in facts.get("log_evidence", "").split(",") if one)
    return Ensemble(
        tuple(header), values, float(facts.get("distinct_draws", "nan")), int(facts.get("runs", "1")), evidence
    )


def ensemble_text(ensemble: Ensemble, digest: str) -> str:
    """The file's text."""
    lines = [
        "# Calibrated draws of the parameters, each in its table's unit; written by euthymia calibrate.",
        f"# calibrated_on: {digest}",
        f"# distinct_draws: {ensemble.effective:.1f}",
        f"# runs: {ensemble.runs}",
        f"# log_evidence: {','.join(f'{one:.3f}' for one in ensemble.log_evidence)}",
        "\t".join(ensemble.ids),
    ]
    lines += ["\t".join(f"{value:.5g}" for value in row) for row in ensemble.values]
    return "\n".join(lines) + "\n"


def diagnosis_text(diagnoses: Sequence[Diagnosis], digest: str) -> str:
    """The text of the file with the diagnoses."""
    lines = [
        "# What calibration says about each parameter; written by euthymia calibrate.",
        f"# calibrated_on: {digest}",
        "\t".join(Diagnosis.model_fields),
    ]
    lines += ["\t".join(_cell(value) for value in one.model_dump().values()) for one in diagnoses]
    return "\n".join(lines) + "\n"


def read_diagnoses(file: Path) -> tuple[Diagnosis, ...]:
    """The diagnoses of a study; none where the file is missing.

    Raises
    ------
    RecordError
        If the file cannot be read.
    """
    if not file.exists():
        return ()
    _, rows = read_table(file)
    try:
        return tuple(_diagnosis(row) for _, row in rows)
    except (KeyError, ValueError) as error:
        raise RecordError(Problem(msg("A cell cannot be read: {reason}.", reason=error), Place(file))) from None


def _diagnosis(row: Mapping[str, str]) -> Diagnosis:
    numbers = {name: float(row[name]) for name in Diagnosis.model_fields if name not in ("id", "felt")}
    return Diagnosis(id=row["id"], felt=row["felt"] == "yes", **numbers)


def _cell(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.5g}"
