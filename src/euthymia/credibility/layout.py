"""The card as plain data: what JSON holds, and what each part of it means.

The paths of `STUDY_LAYOUT` and `ATLAS_LAYOUT` are keys joined by points; ``*`` stands for any key, ``[]`` for the
elements of a list. A test compares them with what is written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from euthymia.credibility.again import Reproducibility
from euthymia.credibility.checks import Rule
from euthymia.credibility.counts import STATUSES, Coverage, FindingCounts, ParameterStatuses
from euthymia.credibility.given import NullCompetitor, ParameterDiagnosis, SecondSolver
from euthymia.credibility.identify import Identifiability
from euthymia.words import LANGUAGES, Message, Text

if TYPE_CHECKING:
    from euthymia.credibility.card import AtlasCard, Card

FORMAT: Final = 1
STUDY_LAYOUT: Final[Mapping[str, str]] = {
    "format": "integer: version of this layout",
    "study": "string: id of the study",
    "name.*": "string by language: name of the study",
    "findings.*.*": "integer by use (calibrate, validate) and verdict",
    "parameters.counts.*": "integer by status (measured, derived, calibrated, assumed)",
    "parameters.shares.*": "number by status, or null where there are no parameters",
    "identifiability": "null for a study without calibrated draws, else:",
    "identifiability.narrowed[]": "string: parameter whose SD the evidence brings below 90 % of the prior's",
    "identifiability.untouched[]": "string: parameter that the evidence does not touch",
    "identifiability.worst_rhat": "number or null: largest R-hat",
    "identifiability.smallest_ess": "number or null: smallest effective sample size",
    "identifiability.parameters[].id": "string: uncertain parameter",
    "identifiability.parameters[].own": "boolean: whether it is the study's own",
    "identifiability.parameters[].prior_sd": "number: SD of the prior, cut off at its bounds, on the parameter's scale",
    "identifiability.parameters[].posterior_sd": "number: SD of the calibrated draws on the same scale",
    "identifiability.parameters[].contraction": "number: 1 - posterior variance / prior variance",
    "identifiability.parameters[].rhat": "number or null",
    "identifiability.parameters[].ess": "number or null",
    "identifiability.parameters[].felt": "boolean or null: whether the evidence moves when the parameter does",
    "ablation": "null where no link was cut, else:",
    "ablation.links[]": "string: link of the causal chain",
    "ablation.cut[]": "string: link that an ablation cuts",
    "ablation.moving[]": "string: link whose cut makes a finding fall or appear",
    "ablation.unsupported[]": "string: link that no finding needs",
    "ablation.findings": "integer: number of findings",
    "ablation.still[]": "string: finding that no ablation moves",
    "recalibrated": "as `ablation`, with the rest calibrated again; null where that was not done",
    "recalibrated.links[]": "string",
    "recalibrated.cut[]": "string",
    "recalibrated.moving[]": "string",
    "recalibrated.unsupported[]": "string",
    "recalibrated.findings": "integer",
    "recalibrated.still[]": "string",
    "null_competitor": "null where it was not scored, else:",
    "null_competitor.findings": "integer: findings kept to test that both were scored on",
    "null_competitor.own_score": "number: mean log score of the mechanism",
    "null_competitor.null_score": "number: mean log score of the null competitor",
    "null_competitor.difference": "number: the first minus the second",
    "null_competitor.low": "number: lower end of its 95 % interval",
    "null_competitor.high": "number: upper end",
    "null_competitor.log_evidence_difference": "number or null",
    "second_solver": "null where none was tried, else:",
    "second_solver.name": "string",
    "second_solver.quantities": "integer: quantities compared",
    "second_solver.difference": "number: largest relative difference",
    "second_solver.tolerance": "number: difference up to which both count as the same",
    "reproducibility.bits": "string: SHA-256 of the numbers behind the verdicts",
    "reproducibility.numbers": "integer: how many there are",
    "reproducibility.animals": "integer or null",
    "reproducibility.seed": "integer or null",
    "reproducibility.study_sha256": "string",
    "reproducibility.model_sha256": "string",
    "reproducibility.versions.*": "string by program",
    "reproducibility.second_run_workers": "integer or null: workers of a second run",
    "reproducibility.same_bits": "boolean or null: whether it gave the same bits",
    "rules[].number": "integer from 1 to 10",
    "rules[].id": "string",
    "rules[].name.*": "string by language",
    "rules[].grade": "integer from 0 (insufficient) to 4 (comprehensive): number of checks that hold",
    "rules[].level.*": "string by language: the grade in a word",
    "rules[].checks[].criterion.*": "string by language: what must hold",
    "rules[].checks[].fact.*": "string by language: what was found",
    "rules[].checks[].holds": "boolean, or null where it was not computed",
    "not_covered[].*": "string by language",
}
"""What the card of a study holds, by path."""
ATLAS_LAYOUT: Final[Mapping[str, str]] = {
    "format": "integer: version of this layout",
    "findings.*.*": "integer by use and verdict, over all studies",
    "parameters.counts.*": "integer by status; parameters that studies share count once",
    "parameters.shares.*": "number by status, or null",
    "lowest_grades.*": "integer by rule: the lowest grade of any study",
    "studies[]": "the card of a study",
}
"""What the card of the atlas holds, by path."""


def study_layout(card: Card) -> dict[str, Any]:
    """The card of a study as plain data."""
    return {
        "format": FORMAT,
        "study": card.study,
        "name": _words(card.name),
        "findings": _findings(card.findings),
        "parameters": _parameters(card.parameters),
        "identifiability": card.identifiability and _identifiability(card.identifiability),
        "ablation": card.ablation and _coverage(card.ablation),
        "recalibrated": card.recalibrated and _coverage(card.recalibrated),
        "null_competitor": card.null and _null(card.null),
        "second_solver": card.solver and _solver(card.solver),
        "reproducibility": _reproducibility(card.reproducibility),
        "rules": [_rule(rule) for rule in card.rules],
        "not_covered": [_words(one) for one in card.not_covered],
    }


def atlas_layout(card: AtlasCard) -> dict[str, Any]:
    """The card of the atlas as plain data."""
    return {
        "format": FORMAT,
        "findings": _findings(card.findings),
        "parameters": _parameters(card.parameters),
        "lowest_grades": dict(card.lowest),
        "studies": [study_layout(one) for one in card.cards],
    }


def _words(words: Message | Text) -> dict[str, str]:
    return {language: words.text(language) for language in LANGUAGES}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _findings(counts: FindingCounts) -> dict[str, dict[str, int]]:
    return {use: {verdict.value: count for verdict, count in row.items()} for use, row in counts.items()}


def _parameters(statuses: ParameterStatuses) -> dict[str, Any]:
    shares = {status: _number(statuses.share(status)) for status in STATUSES}
    return {"counts": dict(statuses.counts), "shares": shares}


def _identifiability(known: Identifiability) -> dict[str, Any]:
    return {
        "narrowed": list(known.narrowed),
        "untouched": list(known.untouched),
        "worst_rhat": _number(known.worst_rhat),
        "smallest_ess": _number(known.smallest_ess),
        "parameters": [_diagnosis(one, own=one.id in known.own) for one in known.diagnoses],
    }


def _diagnosis(one: ParameterDiagnosis, *, own: bool) -> dict[str, Any]:
    numbers = ("prior_sd", "posterior_sd", "contraction", "rhat", "ess")
    return {"id": one.id, "own": own, **{name: _number(getattr(one, name)) for name in numbers}, "felt": one.felt}


def _coverage(found: Coverage) -> dict[str, Any]:
    return {
        "links": list(found.links),
        "cut": list(found.cut),
        "moving": list(found.moving),
        "unsupported": list(found.unsupported),
        "findings": found.findings,
        "still": list(found.still),
    }


def _null(null: NullCompetitor) -> dict[str, Any]:
    numbers = ("own_score", "null_score", "difference", "low", "high", "log_evidence_difference")
    return {"findings": null.findings, **{name: _number(getattr(null, name)) for name in numbers}}


def _solver(solver: SecondSolver) -> dict[str, Any]:
    return {
        "name": solver.name,
        "quantities": solver.quantities,
        "difference": _number(solver.difference),
        "tolerance": solver.tolerance,
    }


def _reproducibility(known: Reproducibility) -> dict[str, Any]:
    return {
        "bits": known.bits,
        "numbers": known.numbers,
        "animals": known.animals,
        "seed": known.seed,
        "study_sha256": known.study_sha256,
        "model_sha256": known.model_sha256,
        "versions": dict(known.versions),
        "second_run_workers": known.second and known.second.workers,
        "same_bits": known.same,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    checks = [
        {"criterion": _words(one.criterion), "fact": _words(one.fact), "holds": one.holds if one.computed else None}
        for one in rule.checks
    ]
    return {
        "number": rule.number,
        "id": rule.id,
        "name": _words(rule.name),
        "grade": rule.grade,
        "level": _words(rule.level),
        "checks": checks,
    }
