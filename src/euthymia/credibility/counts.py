"""Counts: findings by use and verdict, parameters by status, links and findings by what cutting the links shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Verdict
from euthymia.records.assay import Status
from euthymia.records.finding import Use
from euthymia.records.study import Study

FindingCounts = Mapping[Use, Mapping[Verdict, int]]
"""How many findings of each use have each verdict."""
Verdicts = Mapping[str, Verdict]
"""Verdicts by finding id."""
USES: Final[tuple[Use, ...]] = get_args(Use)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


def finding_counts(card: Scorecard) -> FindingCounts:
    """The findings of a run, by use and verdict."""
    found = Counter((outcome.finding.use, outcome.verdict) for outcome in card.outcomes)
    return {use: {verdict: found[use, verdict] for verdict in Verdict} for use in USES}


def added(counts: Iterable[FindingCounts]) -> FindingCounts:
    """Counts of several studies, added up."""
    known = tuple(counts)
    return {use: {verdict: sum(one[use][verdict] for one in known) for verdict in Verdict} for use in USES}


@dataclass(frozen=True)
class ParameterStatuses:
    """Where the numbers come from: by parameter id, the status of the study's own and of the shared ones."""

    own: Mapping[str, Status]
    shared: Mapping[str, Status]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many parameters have each status."""
        found = Counter((*self.own.values(), *self.shared.values()))
        return {status: found[status] for status in STATUSES}

    @property
    def total(self) -> int:
        """Number of parameters."""
        return len(self.own) + len(self.shared)

    def share(self, status: Status) -> float:
        """Share of the parameters with a status; NaN where there are none."""
        return self.counts[status] / self.total if self.total else float("nan")


@dataclass(frozen=True)
class Coverage:
    """What cutting links shows.

    Attributes
    ----------
    links
        All links of the causal chain.
    cut
        Those that an ablation cuts, alone or with others.
    moving
        Those of them whose cut makes a finding fall or appear.
    unsupported
        Those of them that no finding needs: none falls when they are cut.
    findings
        Number of findings.
    still
        Findings that no ablation moves: they do not discriminate.
    """

    links: tuple[str, ...]
    cut: tuple[str, ...]
    moving: tuple[str, ...]
    unsupported: tuple[str, ...]
    findings: int
    still: tuple[str, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """Links that some finding needs."""
        return tuple(link for link in self.cut if link not in self.unsupported)

    @property
    def uncut(self) -> tuple[str, ...]:
        """Links that no ablation cuts."""
        return tuple(link for link in self.links if link not in self.cut)


def coverage(study: Study, before: Verdicts, after: Mapping[str, Verdicts]) -> Coverage | None:
    """What the cut links show; None where none was cut.

    Parameters
    ----------
    study
        The record, which says which links an ablation cuts.
    before
        Verdicts of the whole model.
    after
        By ablation id, the verdicts without its links.
    """
    cuts = [one for one in study.ablations if one.id in after]
    if not cuts:
        return None
    falling = {one.id: _changed(before, after[one.id], held=True) for one in cuts}
    moving = {one.id: falling[one.id] | _changed(before, after[one.id], held=False) for one in cuts}
    links = tuple(link.id for link in study.chain)

    def those(found: Mapping[str, frozenset[str]]) -> set[str]:
        return {link for one in cuts if found[one.id] for link in one.links}

    cut = tuple(link for link in links if any(link in one.links for one in cuts))
    moved = frozenset[str]().union(*moving.values())
    return Coverage(
        links, cut, tuple(link for link in cut if link in those(moving)),
        tuple(link for link in cut if link not in those(falling)), len(before),
        tuple(name for name in before if name not in moved),
    )  # fmt: skip


def _changed(before: Verdicts, after: Verdicts, *, held: bool) -> frozenset[str]:
    """Findings that were reproduced and are no longer (`held`), or the other way round."""
    return frozenset(
        name
        for name, verdict in before.items()
        if (verdict is Verdict.REPRODUCED) == held and (after[name] is Verdict.REPRODUCED) != held
    )
