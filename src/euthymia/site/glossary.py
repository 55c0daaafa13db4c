"""The glossary: general terms, how results are read, and every assay, drug, stressor and place of the studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from euthymia.records.assay import Assay
from euthymia.records.digest import read_terms
from euthymia.records.drug import DrugRecord
from euthymia.records.regions import Regions
from euthymia.report import phrases
from euthymia.report.bilingual import Words
from euthymia.report.chain import KINDS, SIGNS
from euthymia.report.entry import StudyEntry
from euthymia.report.tables import STATUSES
from euthymia.report.units import unit_words
from euthymia.site import words
from euthymia.site.frame import GLOSSARY, PAGES, Nav, page
from euthymia.words import Message, msg


@dataclass(frozen=True)
class Meaning:
    """A term, what it means, and where it is used."""

    id: str
    term: Words
    meaning: Words
    used: tuple[tuple[str, str], ...] = ()


Group = tuple[str, Message, tuple[Meaning, ...]]
"""Id, heading and terms."""


def glossary_page(entries: Sequence[StudyEntry], pages: Sequence[str], regions: Regions, *, nav: Nav = PAGES) -> str:
    """The page."""
    return page("glossary.html", current=GLOSSARY, nav=nav, title=words.GLOSSARY["title"], t=words.GLOSSARY,
                groups=glossary(entries, pages, regions))  # fmt: skip


def glossary(entries: Sequence[StudyEntry], pages: Sequence[str], regions: Regions) -> tuple[Group, ...]:
    """All terms by group."""
    terms = tuple(Meaning(f"t-{name}", one.term.text, one.meaning.text) for name, one in read_terms().items())
    groups = (
        ("terms", msg("Science and models"), terms),
        ("reading", msg("Reading the results"), tuple(_reading())),
        ("assays", msg("Assays"), tuple(_assays(entries, pages))),
        ("drugs", msg("Drugs and substances"), tuple(_drugs(entries, pages))),
        ("places", msg("Places and cells"), tuple(_places(regions))),
    )
    return tuple(group for group in groups if group[2])


def _reading() -> Iterator[Meaning]:
    for slug, word, rule in phrases.legend():
        yield Meaning(f"v-{slug}", word, rule)
    yield from (Meaning(f"s-{name}", STATUSES[name], meaning) for name, meaning in words.STATUS_MEANINGS.items())
    yield from (Meaning(f"l-{place}", SIGNS[name], meaning)
                for place, (name, meaning) in enumerate(words.SIGN_MEANINGS.items()))  # fmt: skip
    yield Meaning("k", msg("Kinds of entities"), words.listed(list(KINDS.values())))


def _assays(entries: Sequence[StudyEntry], pages: Sequence[str]) -> Iterator[Meaning]:
    used: dict[str, list[tuple[str, str]]] = {}
    library: dict[str, Assay] = {}
    for entry, name in zip(entries, pages, strict=True):
        study = entry.reproduction.study
        library |= study.library.assays
        for assay in dict.fromkeys(one.assay for experiment in study.record.experiments for one in experiment.sampling):
            used.setdefault(assay, []).append((entry.id, name))
    for assay, studies in used.items():
        one = library[assay]
        meaning = msg("{protocol} Read in: {unit}.", protocol=one.protocol.text, unit=unit_words(one.unit) or "1")
        yield Meaning(f"a-{assay}", one.label.text, meaning, tuple(studies))


def _drugs(entries: Sequence[StudyEntry], pages: Sequence[str]) -> Iterator[Meaning]:
    used: dict[str, list[tuple[str, str]]] = {}
    library: dict[str, DrugRecord] = {}
    for entry, name in zip(entries, pages, strict=True):
        study = entry.reproduction.study
        library |= study.library.drugs
        for drug in study.record.mechanism.ports.drugs:
            used.setdefault(drug, []).append((entry.id, name))
    for drug, studies in used.items():
        if drug in library:
            one = library[drug]
            ids = ", ".join(one.ids) or "–"
            bound = ", ".join(one.binds)
            meaning = (msg("Acts on: {receptors}. Identifiers: {ids}.", receptors=bound, ids=ids) if bound
                       else msg("Identifiers: {ids}.", ids=ids))  # fmt: skip
            yield Meaning(f"d-{drug}", one.label.text, meaning, tuple(studies))


def _places(regions: Regions) -> Iterator[Meaning]:
    for name, place in regions.places.items():
        yield Meaning(f"p-{name}", place.label.text, place.note.text)
