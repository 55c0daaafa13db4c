"""What a study's challenge tells its card: verdicts without a link, and scores beside the null competitor."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from euthymia.credibility.counts import Verdicts
from euthymia.credibility.given import NullCompetitor, Supplied
from euthymia.findings.score import log_scores, mean_score, paired_difference
from euthymia.findings.verdict import verdict_of
from euthymia.records.challenge import NULL, WHOLE, Challenge
from euthymia.records.finding import Use
from euthymia.records.folder import StudyFolder


def supplied_from(study: StudyFolder) -> Supplied:
    """What the folder of a study holds for its card; nothing where the study was not challenged."""
    found = study.challenge
    if found is None:
        return Supplied()
    return Supplied(
        recalibrated={name: challenged_verdicts(study, told) for name, told in found.cuts.items()},
        whole=challenged_verdicts(study, found.probabilities[WHOLE]),
        null=null_competitor(study, "validate"),
    )


def challenged_verdicts(study: StudyFolder, told: Mapping[str, float]) -> Verdicts:
    """The verdicts of one variant; a finding that it does not know was not evaluated."""
    return {finding.id: verdict_of(told.get(finding.id, math.nan)) for finding in study.record.findings}


def null_competitor(study: StudyFolder, use: Use) -> NullCompetitor | None:
    """The mechanism beside the null competitor, on the findings of one use; None where neither was scored on any."""
    found = study.challenge
    if found is None:
        return None
    names = [finding.id for finding in study.record.findings if finding.use == use]
    own, null = (_scores(found, variant, names) for variant in (WHOLE, NULL))
    both = np.isfinite(own) & np.isfinite(null)
    if not both.any():
        return None
    gap = paired_difference(own, null)
    evidence = found.log_evidence.get(WHOLE, math.nan) - found.log_evidence.get(NULL, math.nan)
    return NullCompetitor(gap.findings, mean_score(own[both]), mean_score(null[both]), gap.low, gap.high, evidence)


def _scores(found: Challenge, variant: str, names: list[str]) -> np.typing.NDArray[np.float64]:
    told = found.probabilities.get(variant, {})
    return log_scores([told.get(name, math.nan) for name in names], found.draws)
