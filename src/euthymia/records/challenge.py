"""What a study's mechanism was challenged with: the probability of each finding under variants of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.reading import read_table, read_text
from euthymia.words import msg

FILE: Final = "challenge.tsv"
"""Name of the file; written by ``euthymia challenge``."""
CUT: Final = "without:"
"""What the name of a variant starts with that lacks a link."""
PRIOR: Final = "prior"
WIDER: Final = "wider priors"
NULL: Final = "null"
WHOLE: Final = "whole"


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
    """

    probabilities: Mapping[str, Mapping[str, float]]
    log_evidence: Mapping[str, float]
    draws: int

    @property
    def cuts(self) -> dict[str, Mapping[str, float]]:
        """Probabilities by ablation id."""
        return {name[len(CUT) :]: told for name, told in self.probabilities.items() if name.startswith(CUT)}

    @property
    def prior(self) -> Mapping[str, float]:
        """Probabilities before calibration; empty where they were not computed."""
        return self.probabilities.get(PRIOR, {})


def read_challenge(file: Path, digest: str) -> Challenge | None:
    """The challenge of a study; None where there is none, or where it belongs to another text, table or evidence.

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
    variants = [name for name in header if name != "finding"]
    try:
        told = {name: {row["finding"]: float(row[name] or "nan") for _, row in rows} for name in variants}
        evidence = dict(pair.split("=") for pair in facts.get("log_evidence", "").split(",") if pair)
        return Challenge(told, {name: float(value) for name, value in evidence.items()}, int(facts["draws"]))
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
        "\t".join(["finding", *variants]),
    ]
    for finding in challenge.probabilities[variants[0]]:
        values = [challenge.probabilities[name][finding] for name in variants]
        lines.append("\t".join([finding, *("" if math.isnan(value) else f"{value:.4g}" for value in values)]))
    return "\n".join(lines) + "\n"
