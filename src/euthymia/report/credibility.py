"""Credibility cards as rows that pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.credibility import AtlasCard, Card, NullCompetitor, atlas_card
from euthymia.credibility.checks import Rule
from euthymia.credibility.counts import USES, Coverage, FindingCounts
from euthymia.credibility.identify import Identifiability
from euthymia.credibility.sentences import Line, lines
from euthymia.findings.verdict import Verdict
from euthymia.records.study import Study
from euthymia.report.bilingual import Words
from euthymia.report.cardplot import card_charts
from euthymia.report.entry import StudyEntry
from euthymia.report.verdicts import SLUG
from euthymia.report.verdicts import USES as USE_WORDS
from euthymia.words import Message, msg

JSON: Final = "credibility.json"
"""The cards as data, beside the pages."""
CREDIBILITY: Final[Mapping[str, Message]] = {
    "nav_credibility": msg("Credibility"),
    "card": msg("Credibility card"),
    "picture": msg("The card in two pictures"),
    "card_lead": msg(
        "Computed from the study’s record and this run, never written by hand. What was not computed counts as not "
        "given."
    ),
    "atlas": msg("Credibility of the atlas"),
    "atlas_lead": msg(
        "One line per study; the full cards stand on the pages of the studies. Kept to test are findings that no "
        "parameter was fitted to."
    ),
    "use": msg("Findings"),
    "card_facts": msg("Parameters, links, competitors, repetition"),
    "names": msg("By name"),
    "rules": msg("The ten rules for credible practice"),
    "rules_lead": msg(
        "The ten rules for modelling and simulation in healthcare (Erdemir et al. 2020), graded from 0 (insufficient) "
        "to 4 (comprehensive). Each rule has four checks that a program can make, and its grade is the number of "
        "checks that hold; that reviews are independent no program can check. The checks are ours, not those of the "
        "authors of the rules, and a grade says nothing about whether the mechanism is true."
    ),
    "rule": msg("Rule"),
    "grade": msg("Grade"),
    "checks": msg("Checks"),
    "holds": msg("fulfilled"),
    "fails": msg("not fulfilled"),
    "grades": msg("Grades by rule and study, and the lowest of all"),
    "lowest": msg("Lowest"),
    "study": msg("Study"),
    "fit_findings": msg("Used to fit: reproduced, contradicted, open, of all"),
    "test_findings": msg("Kept to test: reproduced, contradicted, open, of all"),
    "assumed": msg("Assumed parameters, of all"),
    "narrowed": msg("Parameters narrowed, of the uncertain ones"),
    "needed": msg("Links needed, of all"),
    "needed_anew": msg("Links needed when the rest is calibrated anew, of all"),
    "convergence": msg("Largest R-hat; fewest effective draws"),
    "null": msg("Predicts better than the null competitor"),
    "all_studies": msg("All"),
    "data": msg("The cards as JSON"),
}
"""Headings and explanations of the cards."""


@dataclass(frozen=True)
class FactRow:
    """One fact, and what it counts by name."""

    label: Message
    text: Message
    names: tuple[Words, ...]


@dataclass(frozen=True)
class AtlasRow:
    """One study, or all, in the table of the atlas."""

    page: str
    study: Words
    fit: str
    test: str
    assumed: str
    narrowed: str
    needed: str
    needed_anew: str
    null: Message | str
    convergence: str


@dataclass(frozen=True)
class GradeRow:
    """One rule: the grades of all studies, and the lowest."""

    rule: Rule
    grades: tuple[int, ...]
    lowest: int


def study_values(entry: StudyEntry) -> dict[str, object]:
    """What the page of a study shows of its card."""
    card = entry.card
    return {
        "c": CREDIBILITY,
        "card": card,
        "card_counts": count_rows(card.findings),
        "card_facts": fact_rows(card, entry.reproduction.study.record),
        "card_charts": card_charts(card, labelled_by="card-picture"),
    }


def atlas_values(entries: Sequence[StudyEntry], pages: Sequence[str]) -> dict[str, object]:
    """What the first page shows of all cards."""
    atlas = atlas_card([entry.card for entry in entries])
    return {
        "c": CREDIBILITY,
        "atlas_rows": atlas_rows(atlas, pages),
        "grade_rows": grade_rows(atlas),
        "json_name": JSON,
    }


def count_rows(counts: FindingCounts) -> list[tuple[Message, list[tuple[str, Message, int]]]]:
    """For each use of findings its words, and for each verdict its shape, word and count."""
    return [
        (USE_WORDS[use], [(SLUG[verdict], verdict.label, counts[use][verdict]) for verdict in SLUG]) for use in USES
    ]


def fact_rows(card: Card, study: Study) -> list[FactRow]:
    """The facts of a card; links are named by their ends."""
    return [FactRow(line.label, line.text, _names(line, study)) for line in lines(card)]


def _names(line: Line, study: Study) -> tuple[Words, ...]:
    links = link_names(study)
    return tuple(links.get(name, name) for name in line.names)


def link_names(study: Study) -> Mapping[str, Words]:
    """The links of a study by id, each named by its number and its ends."""
    return {
        link.id: msg("{number}. {source} → {target}", number=index + 1,
                     source=study.entities[link.source].label.text, target=study.entities[link.target].label.text)
        for index, link in enumerate(study.chain)
    }  # fmt: skip


def atlas_rows(atlas: AtlasCard, pages: Sequence[str]) -> list[AtlasRow]:
    """A row per study, and one for all of them."""
    rows = [_atlas_row(card, page) for card, page in zip(atlas.cards, pages, strict=True)]
    statuses = atlas.parameters
    whole = AtlasRow(
        "", CREDIBILITY["all_studies"], _verdicts(atlas.findings, "calibrate"), _verdicts(atlas.findings, "validate"),
        f"{statuses.counts['assumed']} / {statuses.total}", "", "", "", "", "",
    )  # fmt: skip
    return [*rows, whole]


def _atlas_row(card: Card, page: str) -> AtlasRow:
    known, statuses = card.identifiability, card.parameters
    return AtlasRow(
        page, card.study, _verdicts(card.findings, "calibrate"), _verdicts(card.findings, "validate"),
        f"{statuses.counts['assumed']} / {statuses.total}",
        f"{len(known.narrowed)} / {len(known.diagnoses)}" if known else "–",
        _needed(card.ablation), _needed(card.recalibrated), _beaten(card.null), _convergence(known),
    )  # fmt: skip


def _needed(found: Coverage | None) -> str:
    return f"{len(found.needed)} / {len(found.links)}" if found else "–"


def _beaten(null: NullCompetitor | None) -> Message:
    if null is None:
        return msg("not computed")
    if not null.separated:
        return msg("not separated")
    return msg("yes") if null.beaten else msg("no")


def _convergence(known: Identifiability | None) -> str:
    if known is None or known.convergence is None:
        return "–"
    return f"{known.worst_rhat:.3f}; {known.smallest_ess:.0f}"


def _verdicts(counts: FindingCounts, use: str) -> str:
    row = next(row for name, row in counts.items() if name == use)
    decided = row[Verdict.REPRODUCED], row[Verdict.CONTRADICTED]
    every = sum(row.values())
    return f"{decided[0]} · {decided[1]} · {every - sum(decided)} / {every}"


def grade_rows(atlas: AtlasCard) -> list[GradeRow]:
    """The grades by rule."""
    ruled = zip(*(card.rules for card in atlas.cards), strict=True)
    return [GradeRow(rules[0], tuple(rule.grade for rule in rules), atlas.lowest[rules[0].id]) for rules in ruled]
