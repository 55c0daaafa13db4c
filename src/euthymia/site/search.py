"""What the search field looks through: a script file with every name of the site in both languages, read when used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from euthymia.records.base import Bilingual
from euthymia.report.bilingual import Words, shown
from euthymia.site.frame import GLOSSARY, Nav
from euthymia.site.glossary import Group
from euthymia.site.treatment import Shelf, treatment_file
from euthymia.words import LANGUAGES, Message, msg

FILE: Final = "assets/index.js"
"""The script; it sets one constant, so that a page opened from disk can load it."""
NAME: Final = "euthymiaIndex"
KINDS: Final[Mapping[str, Message]] = {
    "treatments": msg("Treatment"),
    "drugs": msg("Drug"),
    "studies": msg("Study"),
    "places": msg("Place in the brain"),
    "assays": msg("Test"),
    "terms": msg("Word explained"),
    "pages": msg("Page"),
}
"""What can be found, in the order in which equally good finds are shown."""
WORDS: Final[Mapping[str, Message]] = {
    "found": msg("Found: {count}. Arrow keys choose, Enter opens.", count="{count}"),
    "nothing": msg("Nothing found."),
}
"""What is said to those who do not see the list; the script puts the number in."""
PASSED_OVER: Final = (
    ("a", "an", "and", "are", "can", "do", "does", "for", "how", "in", "is", "it", "mean", "of", "the", "to", "what",
     "when", "where", "which", "who", "why", "work", "works"),
    ("有什么作用", "有什么用", "是什么意思", "是什么", "为什么", "怎么样", "怎么", "如何", "什么", "的", "吗", "呢"),
)  # fmt: skip
"""Words of a question that name nothing, in English and Chinese."""
Item = tuple[str, Words, str, tuple[str, ...]]
"""Kind, name, where it leads, other names."""


def search_index(shelf: Shelf, groups: Sequence[Group]) -> str:
    """The script.

    Parameters
    ----------
    shelf
        Interventions, studies and places.
    groups
        The glossary.
    """
    kinds = list(KINDS)
    items = [
        [kinds.index(kind), *(shown(name, language) for language in LANGUAGES), href, " ".join(dict.fromkeys(others))]
        for kind, name, href, others in (*_treatments(shelf), *_studies(shelf), *_places(shelf), *_meanings(groups),
                                         *_pages(shelf.field.nav))
    ]  # fmt: skip
    whole = {
        "kinds": [[word.text(language) for language in LANGUAGES] for word in KINDS.values()],
        "words": {name: [words.text(language) for language in LANGUAGES] for name, words in WORDS.items()},
        "passed": [list(words) for words in PASSED_OVER],
        "items": items,
    }  # fmt: skip
    return f"window.{NAME} = {json.dumps(whole, ensure_ascii=False, separators=(',', ':'))};\n"


def _treatments(shelf: Shelf) -> Iterator[Item]:
    for name, entry in shelf.catalogue.interventions.items():
        yield "treatments", entry.label.text, treatment_file(name), (name, *_both(entry.short))


def _studies(shelf: Shelf) -> Iterator[Item]:
    for name, entry in shelf.field.entries.items():
        record = entry.reproduction.study.record
        yield "studies", record.name.text, shelf.field.pages[name], (name, record.citation.title)


def _places(shelf: Shelf) -> Iterator[Item]:
    for row in shelf.field.places:
        yield "places", row.place.label.text, f"index.html#place-{row.id}", (row.id.replace("_", " "),)


def _meanings(groups: Sequence[Group]) -> Iterator[Item]:
    kinds = {"drugs": "drugs", "assays": "assays", "terms": "terms", "reading": "terms"}
    for group, _, meanings in groups:
        for one in meanings if group in kinds else ():
            own = (one.id.partition("-")[2],) if group in ("drugs", "assays") else ()
            yield kinds[group], one.term, f"{GLOSSARY}#{one.id}", own


def _pages(nav: Nav) -> Iterator[Item]:
    for file, words in nav:
        yield "pages", words, file, ()


def _both(words: Bilingual) -> tuple[str, ...]:
    return words.en, words.zh
