"""Everything that grades are computed from, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from euthymia.credibility.again import Reproducibility, reproducibility
from euthymia.credibility.around import Surroundings, surroundings
from euthymia.credibility.counts import Coverage, FindingCounts, ParameterStatuses, Verdicts, coverage, finding_counts
from euthymia.credibility.given import Supplied
from euthymia.credibility.identify import Identifiability, identifiability
from euthymia.findings.scorecard import Scorecard
from euthymia.pipeline import Reproduction


@dataclass(frozen=True)
class Facts:
    """A study as it was run, and what was counted in it (see `Card` for the parts)."""

    run: Reproduction
    supplied: Supplied
    findings: FindingCounts
    statuses: ParameterStatuses
    identifiability: Identifiability | None
    ablation: Coverage | None
    recalibrated: Coverage | None
    reproducibility: Reproducibility
    around: Surroundings


def gather(run: Reproduction, before: Scorecard, ablated: Mapping[str, Scorecard], supplied: Supplied) -> Facts:
    """What can be counted."""
    record = run.study.record
    cut = {name: verdicts(card) for name, card in ablated.items()}
    return Facts(
        run=run,
        supplied=supplied,
        findings=finding_counts(run.scorecard),
        statuses=_statuses(run),
        identifiability=identifiability(run, supplied.diagnostics),
        ablation=coverage(record, verdicts(before), cut),
        recalibrated=coverage(record, supplied.whole or verdicts(run.scorecard), supplied.recalibrated or {}),
        reproducibility=reproducibility(run.scorecard, supplied.second_run),
        around=surroundings(run.study.folder),
    )


def verdicts(card: Scorecard) -> Verdicts:
    """The verdicts of a run by finding id."""
    return {one.finding.id: one.verdict for one in card.outcomes}


def _statuses(run: Reproduction) -> ParameterStatuses:
    own = {one.id for one in run.study.fragment.parameters}
    rows = run.mechanism.parameters
    return ParameterStatuses(
        {one.id: one.status for one in rows if one.id in own}, {one.id: one.status for one in rows if one.id not in own}
    )
