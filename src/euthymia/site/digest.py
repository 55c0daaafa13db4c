"""The digest: an article on the state of the field, from the records and results by templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.credibility import atlas_card
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.records.digest import Chapter, read_chapters
from euthymia.records.study import Ablation
from euthymia.report import phrases
from euthymia.report.entry import StudyEntry
from euthymia.report.numbers import percent
from euthymia.report.recut import recut_values
from euthymia.report.verdicts import cuts, summary, tested
from euthymia.site import words
from euthymia.site.article import Block, Part, bullets, heading, markdown, paragraph, separator
from euthymia.site.briefly import onset_lines
from euthymia.site.compared import Compared
from euthymia.site.frame import DIGEST, PAGES, Nav, page
from euthymia.site.places import PlaceRow
from euthymia.words import LANGUAGES, Language, Message, msg

TOLD: Final = 3
"""Findings told for one study under one heading."""


@dataclass(frozen=True)
class Field:
    """What the article is written from."""

    entries: Mapping[str, StudyEntry]
    pages: Mapping[str, str]
    places: Sequence[PlaceRow]
    compared: Compared | None
    nav: Nav = PAGES

    def finding(self, study: str, outcome: Outcome) -> Part:
        """A finding's words, leading to its verdict."""
        return Part(outcome.finding.statement.text, f"{self.pages[study]}#f-{outcome.finding.id}")


def digest_page(field: Field, pdfs: Sequence[str] = ()) -> str:
    """The article as a page, with links to these files of it as PDF."""
    blocks = article(field)
    contents = [(one.id, one.lines[0][0].words) for one in blocks if one.kind == "h2"]
    return page("digest.html", current=DIGEST, nav=field.nav, title=words.DIGEST["title"], t=words.DIGEST,
                blocks=blocks, separator=separator, contents=contents, pdfs=pdfs)  # fmt: skip


def digest_markdown(field: Field, language: Language) -> str:
    """The article as Markdown."""
    start = [paragraph(words.DIGEST["made"]), paragraph(phrases.FRAME["advice"], phrases.FRAME["advice_long"])]
    return f"# {words.DIGEST['title'].text(language)}\n\n" + markdown([*start, *article(field)], language)


def digest_files(field: Field, pdfs: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """The article as a page and as Markdown, by file."""
    yield DIGEST, digest_page(field, pdfs)
    for language in LANGUAGES:
        yield f"digest.{language}.md", digest_markdown(field, language)


def article(field: Field) -> list[Block]:
    """All blocks of the article."""
    blocks: list[Block] = [heading("h2", words.DIGEST["brief"], name="brief"), bullets(_brief(field))]
    for chapter in _chapters(field):
        blocks += [heading("h2", chapter.heading.text, name=chapter.id), paragraph(chapter.lead.text, kind="lead")]
        for study in chapter.studies:
            blocks += _study(field, field.entries[study])
    shared = list(_shared(field))
    if shared:
        blocks += [heading("h2", words.DIGEST["shared"], name="shared"), bullets(shared)]
    blocks += [heading("h2", words.DIGEST["open"], name="open"), *_open(field)]
    rules = [(Part(word, "glossary.html#v-" + slug), Part(rule)) for slug, word, rule in phrases.legend()]
    return [*blocks, heading("h2", words.DIGEST["read"], name="read"), paragraph(phrases.INDEX["reading_lead"]),
            bullets(rules)]  # fmt: skip


def _chapters(field: Field) -> Iterator[Chapter]:
    """The chapters with the studies at hand; studies of no chapter come last, in one of their own."""
    told: set[str] = set()
    for chapter in read_chapters():
        here = tuple(name for name in chapter.studies if name in field.entries)
        told |= set(here)
        if here:
            yield chapter.model_copy(update={"studies": here})
    rest = tuple(name for name in field.entries if name not in told)
    if rest:
        yield words.other_chapter(rest)


def _brief(field: Field) -> Iterator[tuple[Part, ...]]:
    counts = Counter(o.verdict for entry in field.entries.values() for o in entry.reproduction.scorecard.outcomes)
    kept = [o for entry in field.entries.values() for o in entry.reproduction.scorecard.outcomes
            if o.finding.use == "validate"]  # fmt: skip
    held = sum(one.verdict is Verdict.REPRODUCED for one in kept)
    yield (Part(msg("The atlas holds {studies} studies with {findings} findings. The mechanisms reproduce {held} of "
                    "them, contradict {against}, and leave {open} open; {missing} could not be evaluated.",
                    studies=len(field.entries), findings=counts.total(), held=counts[Verdict.REPRODUCED],
                    against=counts[Verdict.CONTRADICTED], open=counts[Verdict.INCONCLUSIVE],
                    missing=counts[Verdict.NOT_EVALUATED]), "data.html"),)  # fmt: skip
    if kept:
        yield (Part(msg("Of the {kept} findings that no parameter was fitted to, {held} are reproduced: {share}.",
                        kept=len(kept), held=held, share=percent(held / len(kept)))),)  # fmt: skip
    yield (Part(_assumed(field)),)
    if field.compared is not None:
        yield from onset_lines(field.compared)


def _assumed(field: Field) -> Message:
    statuses = atlas_card([entry.card for entry in field.entries.values()]).parameters
    return msg("Much is unknown: {assumed} of the {all} numbers in the mechanisms are assumed, because no source gives "
               "them.", assumed=statuses.counts["assumed"], all=statuses.total)  # fmt: skip


def _study(field: Field, entry: StudyEntry) -> Iterator[Block]:
    record, card = entry.reproduction.study.record, entry.reproduction.scorecard
    where = field.pages[entry.id]
    yield heading("h3", record.name.text, name=f"study-{entry.id.lower()}", href=where)
    yield paragraph(record.question.text, kind="quote")
    yield paragraph(record.answer.text, record.plain.text)
    verdicts = [Part(summary(card), f"{where}#verdicts")]
    kept = tested(card)
    yield paragraph(*verdicts, *([Part(kept)] if kept else []))
    for label, chosen in (("holds", _foretold(card.outcomes)), ("wrong", _against(card.outcomes))):
        if chosen:
            yield heading("h4", words.DIGEST[label])
            yield bullets([(field.finding(entry.id, one), Part(_probability(one))) for one in chosen])
    carried = _carried(entry)
    if carried:
        yield heading("h4", words.DIGEST["needed"])
        yield paragraph(Part(carried, f"{where}#cutting"))
    if record.not_covered:
        yield heading("h4", words.DIGEST["missing"])
        yield bullets([(Part(one.text, f"{where}#limits"),) for one in record.not_covered[:TOLD]])


def _foretold(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that say that something happens stand before those that say that nothing does."""
    found = [o for o in outcomes if o.verdict is Verdict.REPRODUCED and o.finding.use == "validate"]
    return sorted(found, key=lambda one: (one.finding.kind == "no_difference", -one.probability))[:TOLD]


def _against(outcomes: Sequence[Outcome]) -> list[Outcome]:
    found = [o for o in outcomes if o.verdict is Verdict.CONTRADICTED]
    return sorted(found, key=lambda one: (one.finding.use != "validate", one.probability))[:TOLD]


def _probability(outcome: Outcome) -> Message:
    return msg("(shown by {share} of the draws)", share=percent(outcome.probability))


def _carried(entry: StudyEntry) -> Message | None:
    """The cut that most findings fall with, the rest calibrated anew where that was computed."""
    known = recut_values(entry, cuts(entry))["cut_cards"]
    best: tuple[int, bool, Ablation] | None = None
    for ablation, cut, recut in known:  # type: ignore[attr-defined]
        anew = recut is not None
        count = len(recut.fallen if anew else cut.fallen)
        if best is None or (anew, count) > (best[1], best[0]):
            best = count, anew, ablation
    if best is None or not best[0]:
        return None
    if best[1]:
        return msg("Most depends on this: when “{cut}” and everything else is calibrated anew, {count} of its findings "
                   "are lost.", cut=best[2].label.text, count=best[0])  # fmt: skip
    return msg("Most depends on this: when “{cut}”, {count} of its findings are lost.", cut=best[2].label.text,
               count=best[0])  # fmt: skip


def _shared(field: Field) -> Iterator[tuple[Part, ...]]:
    for row in field.places:
        if len(row.studies) > 1:
            links = [Part(one.study.id, one.page) for one in row.studies]
            yield (Part(row.place.label.text, f"index.html#place-{row.id}"), Part(row.place.note.text), *links)


def _open(field: Field) -> Iterator[Block]:
    yield paragraph(msg("A contradicted finding is worth more than a reproduced one: it says that a mechanism lacks "
                        "something. These are all of them."))  # fmt: skip
    for entry in field.entries.values():
        found = [o for o in entry.reproduction.scorecard.outcomes if o.verdict is Verdict.CONTRADICTED]
        if found:
            yield heading("h3", entry.reproduction.study.record.name.text, href=field.pages[entry.id])
            yield bullets([(field.finding(entry.id, one), Part(_probability(one))) for one in found])
