"""What involves a place of the brain: studies, links of their chains, findings that rest on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.findings.verdict import Verdict
from euthymia.records.regions import Region, Regions
from euthymia.records.study import Study
from euthymia.report.entry import StudyEntry
from euthymia.report.tables import LinkRow, link_rows
from euthymia.report.verdicts import VerdictRow, verdict_rows
from euthymia.words import Message, msg

SHOWN: Final = 3
"""Findings told in full for one study at one place."""
KINDS: Final[Mapping[str, Message]] = {
    "region": msg("Regions"),
    "cells": msg("Cell types"),
    "body": msg("Outside the brain"),
}
"""Kinds of places, in words."""


@dataclass(frozen=True)
class Involved:
    """One study at one place.

    Attributes
    ----------
    links
        Links of its chain that begin or end there.
    told
        The findings that rest on most of these links, those that were kept to test first.
    groups
        All findings that rest on them, by verdict.
    """

    page: str
    study: Study
    links: tuple[LinkRow, ...]
    told: tuple[VerdictRow, ...]
    groups: tuple[tuple[str, Message, tuple[str, ...]], ...]

    @property
    def findings(self) -> int:
        """How many findings rest on the links."""
        return sum(len(names) for _, _, names in self.groups)


@dataclass(frozen=True)
class PlaceRow:
    """One place with the studies that involve it."""

    id: str
    place: Region
    studies: tuple[Involved, ...]

    @property
    def within(self) -> str:
        """Ids of the places on the map that are lit with it."""
        return " ".join((self.id, *self.place.within))


def place_rows(regions: Regions, entries: Sequence[StudyEntry], pages: Sequence[str]) -> tuple[PlaceRow, ...]:
    """The places that some study involves, in the order of the file."""
    rows = [
        PlaceRow(name, place, tuple(_involved(place, entries, pages))) for name, place in regions.places.items()
    ]  # fmt: skip
    return tuple(row for row in rows if row.studies)


def _involved(place: Region, entries: Sequence[StudyEntry], pages: Sequence[str]) -> Iterator[Involved]:
    for entry, page in zip(entries, pages, strict=True):
        study = entry.reproduction.study.record
        own = set(place.entities.get(entry.id, ())) & set(study.entities)
        links = tuple(row for row in link_rows(study, ()) if {row.link.source, row.link.target} & own)
        if not links:
            continue
        names = {row.link.id for row in links}
        resting = [row for row in verdict_rows(entry.reproduction.scorecard)
                   if names & set(row.outcome.finding.rests_on)]  # fmt: skip
        yield Involved(page, study, links, _telling(resting, names), tuple(_grouped(resting)))


def _telling(rows: Sequence[VerdictRow], links: set[str]) -> tuple[VerdictRow, ...]:
    def weight(row: VerdictRow) -> tuple[bool, bool, int]:
        finding = row.outcome.finding
        return (row.outcome.verdict is Verdict.NOT_EVALUATED, finding.use != "validate",
                -len(links & set(finding.rests_on)))  # fmt: skip

    return tuple(sorted(rows, key=weight)[:SHOWN])


def _grouped(rows: Sequence[VerdictRow]) -> Iterator[tuple[str, Message, tuple[str, ...]]]:
    for verdict in Verdict:
        found = [row for row in rows if row.outcome.verdict is verdict]
        if found:
            yield found[0].slug, verdict.label, tuple(row.outcome.finding.id for row in found)
