"""The first page: what this is, when interventions act and for how long, the map of the brain, the studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from euthymia.findings.verdict import Verdict
from euthymia.records.regions import Regions
from euthymia.records.study import Study
from euthymia.report import phrases
from euthymia.report.entry import StudyEntry
from euthymia.report.hero import best
from euthymia.report.pages import INDEX, hero_values
from euthymia.report.verdicts import SLUG, summary
from euthymia.site import words
from euthymia.site.brain import brain_map
from euthymia.site.compared import Compared
from euthymia.site.data import Downloads
from euthymia.site.frame import JOINED, PAGES, Nav, page
from euthymia.site.places import KINDS, PlaceRow, place_rows
from euthymia.site.playing import playable
from euthymia.words import Message, msg

Share = tuple[str, Message, int]
"""A verdict as class, word and number of findings."""


@dataclass(frozen=True)
class Card:
    """A study on the first page."""

    page: str
    study: Study
    summary: Message
    shares: tuple[Share, ...]


def home_page(
    entries: Sequence[StudyEntry], pages: Sequence[str], regions: Regions, *, compared: Compared | None,
    downloads: Mapping[str, Downloads], examples: Sequence[tuple[Message, str]] = (), nav: Nav = PAGES,
) -> str:  # fmt: skip
    """The first page of the site.

    Parameters
    ----------
    entries, pages
        The studies and their pages.
    regions
        The places on the map.
    compared
        The comparison of interventions, whose picture is shown.
    downloads
        By study, the files under its figures.
    examples
        Questions that a newcomer may have, and the pages that answer them.
    nav
        The pages that it leads to.
    """
    rows = place_rows(regions, entries, pages)
    telling = None if compared else best(entries)
    return page(
        "home.html",
        current=INDEX,
        nav=nav,
        joined=JOINED if any(file == JOINED for file, _ in nav) else None,
        title=words.HOME["title"],
        scripts=("map.js",),
        t={**phrases.INDEX, **words.HOME},
        lead=lead(entries),
        examples=examples,
        compared=compared,
        plays=bool(playable(compared)),
        hero=hero_values(telling),
        hero_files=downloads[telling.entry.id][telling.figure.id] if telling else (),
        brain=brain_map(regions, {row.id: len(row.studies) for row in rows}, labelled_by="map",
                        described_by="map-lead"),
        kinds=[(kind, word, [row for row in rows if row.place.kind == kind]) for kind, word in KINDS.items()],
        places=rows,
        counted=counted,
        cards=[Card(name, entry.reproduction.study.record, summary(entry.reproduction.scorecard), shares(entry))
               for entry, name in zip(entries, pages, strict=True)],
        whole=totals(entries),
        kept=kept(entries),
        legend=phrases.legend(),
    )  # fmt: skip


def lead(entries: Sequence[StudyEntry]) -> tuple[Message, Message]:
    """What this is, in two sentences."""
    findings = sum(len(entry.reproduction.scorecard.outcomes) for entry in entries)
    return (
        msg("An atlas of {studies} studies of new ways to treat depression, each rebuilt as a mechanism in equations "
            "and put through its own experiments again on virtual mice.", studies=len(entries)),
        msg("For each of {findings} published findings it says how surely the mechanism brings it out: what holds, "
            "what stays open, and where a model is wrong.", findings=findings),
    )  # fmt: skip


def shares(entry: StudyEntry) -> tuple[Share, ...]:
    """How many findings of a study have each verdict; those that occur."""
    counts = entry.reproduction.scorecard.counts()
    return tuple((SLUG[one], one.label, counts[one]) for one in SLUG if counts[one])


def totals(entries: Sequence[StudyEntry]) -> tuple[Share, ...]:
    """How many findings of all studies have each verdict; those that occur."""
    cards = [entry.reproduction.scorecard.counts() for entry in entries]
    counts: dict[Verdict, int] = {one: sum(card[one] for card in cards) for one in SLUG}
    return tuple((SLUG[one], one.label, counts[one]) for one in SLUG if counts[one])


def kept(entries: Sequence[StudyEntry]) -> Message | None:
    """How many findings were kept out of every fit, and how many of those are reproduced; `None` without any."""
    kept = [outcome for entry in entries for outcome in entry.reproduction.scorecard.outcomes
            if outcome.finding.use == "validate"]  # fmt: skip
    if not kept:
        return None
    held = sum(outcome.verdict is Verdict.REPRODUCED for outcome in kept)
    return msg("Of the {kept} findings kept out of every fit, {held} are reproduced; that is the test. The others were "
               "used to fit the models.", kept=len(kept), held=held)  # fmt: skip


def counted(row: PlaceRow) -> Message:
    """What involves a place, in numbers."""
    return msg("Studies: {studies}. Links: {links}. Findings: {findings}.", studies=len(row.studies),
               links=sum(len(one.links) for one in row.studies),
               findings=sum(one.findings for one in row.studies))  # fmt: skip
