"""What a study's mechanism was challenged with: the probability of each finding under variants of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.reading import read_table, read_text
from euthymia.records.study import Study
from euthymia.records.tables import Observation
from euthymia.words import msg

FILE: Final = "challenge.tsv"
"""Name of the file; written by ``euthymia challenge``."""
CUT: Final = "without:"
"""What the name of a variant starts with that lacks a link."""
PRIOR: Final = "prior"
WIDER: Final = "wider priors"
NULL: Final = "null"
WHOLE: Final = "whole"
CHECKS: Final = ("chance before", "chance after")
"""Columns of the predictive checks."""


@dataclass(frozen=True)
class Challenge:
    """Probabilities of findings under variants of a mechanism, each calibrated anew on the same evidence.

    Attributes
    ----------
    probabilities
        By variant, then by finding; NaN where it was not evaluated. Variants: the ``whole`` mechanism; its ``prior``,
        not calibrated; with ``wider priors``; the ``null`` competitor; and ``without:`` each link that can be cut.
    log_evidence
        By variant, the log probability of the evidence, up to a constant that all share.
    draws
        Draws that the probabilities come from.
    checks
        By finding, the chance of what was published, before and after calibration; NaN where it did not enter it.
    """

    probabilities: Mapping[str, Mapping[str, float]]
    log_evidence: Mapping[str, float]
    draws: int
    checks: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def cuts(self) -> dict[str, Mapping[str, float]]:
        """Probabilities by ablation id."""
        return {name[len(CUT) :]: told for name, told in self.probabilities.items() if name.startswith(CUT)}

    @property
    def prior(self) -> Mapping[str, float]:
        """Probabilities before calibration; empty where they were not computed."""
        return self.probabilities.get(PRIOR, {})


def challenge_digest(study: Study, observations: Mapping[str, tuple[Observation, ...]], evidence: str) -> str:
    """SHA-256 of all that a challenge depends on: what a calibration does, then all findings and all cuts.

    Parameters
    ----------
    study, observations
        The study and its published points.
    evidence
        The digest of what a calibration depends on.
    """
    told = [evidence, *(one.model_dump_json(exclude={"label", "links", "variant"}) for one in study.ablations)]
    told += [one.model_dump_json(exclude={"statement", "source", "rests_on"}) for one in study.findings]
    told += [f"{one.model_dump_json(exclude={'label', 'source'})} {observations.get(one.id)}" for one in study.series]
    told += [
        one.model_dump_json(exclude={"label": True, "assumed": True, "arms": {"__all__": {"label"}}})
        for one in study.experiments
    ]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def read_challenge(file: Path, digest: str) -> Challenge | None:
    """The challenge of a study; None where there is none, or where it belongs to another study text, table or evidence.

    Raises
    ------
    RecordError
        If the file cannot be read.
    """
    if not file.exists():
        return None
    facts = dict(
        line[2:].split(": ", 1) for line in read_text(file).splitlines() if line.startswith("# ") and ": " in line
    )
    if facts.get("calibrated_on") != digest:
        return None
    header, rows = read_table(file)
    variants = [name for name in header if name not in ("finding", *CHECKS)]
    try:
        told = {name: {row["finding"]: float(row[name] or "nan") for _, row in rows} for name in variants}
        evidence = dict(pair.split("=") for pair in facts.get("log_evidence", "").split(",") if pair)
        checks = {row["finding"]: (float(row[CHECKS[0]] or "nan"), float(row[CHECKS[1]] or "nan")) for _, row in rows}
        return Challenge(told, {name: float(value) for name, value in evidence.items()}, int(facts["draws"]), checks)
    except (KeyError, ValueError) as error:
        raise RecordError(Problem(msg("A cell cannot be read: {reason}.", reason=error), Place(file))) from None


def challenge_text(challenge: Challenge, digest: str) -> str:
    """The file's text."""
    variants = list(challenge.probabilities)
    evidence = ",".join(f"{name}={value:.3f}" for name, value in challenge.log_evidence.items())
    lines = [
        "# Probability of each finding under variants of the mechanism, each calibrated anew; by euthymia challenge.",
        f"# calibrated_on: {digest}",
        f"# draws: {challenge.draws}",
        f"# log_evidence: {evidence}",
        "\t".join(["finding", *CHECKS, *variants]),
    ]
    for finding in challenge.probabilities[variants[0]]:
        checks = challenge.checks.get(finding, (math.nan, math.nan))
        values = [*checks, *(challenge.probabilities[name][finding] for name in variants)]
        lines.append("\t".join([finding, *("" if math.isnan(value) else f"{value:.4g}" for value in values)]))
    return "\n".join(lines) + "\n"
