"""Terms of the glossary in a page: where one stands first, it leads to what it means."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from euthymia.records.digest import Term, read_terms
from euthymia.report.bilingual import SOURCE_LANGUAGE
from euthymia.site.frame import GLOSSARY
from euthymia.words import LANGUAGES, Text

Forms = tuple[tuple[str, str, str], ...]
"""Language, words, and the entry of the glossary that they lead to."""
CONTEXTS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh", SOURCE_LANGUAGE: "en"}
"""Languages of a page, and whose words stand in them. Words of a source are English in both; they come last, and only
with terms that stand nowhere else."""
LEFT_OUT: Final = frozenset({
    "a", "button", "summary", "h1", "h2", "h3", "h4", "code", "pre", "script", "style", "svg", "label", "legend",
    "option", "select", "textarea", "title", "template", "caption",
})  # fmt: skip
"""Elements in which no link is made."""
NO_LINKS: Final = frozenset({"unseen", "verdict", "tag", "use", "advice", "kicker", "eyebrow", "search", "name"})
"""Classes of such elements."""
FOLDED: Final = frozenset({"details"})
ASIDE: Final = frozenset({"places", "still", "graph-side"})
"""What a reader may not see at first: a term is marked in there only if it stands nowhere else."""
VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
})  # fmt: skip
_TOKEN: Final = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_BRACKETS: Final = re.compile(r"[(（].*?[)）]")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CLASS: Final = re.compile(r' class="([^"]*)"')
_HIDDEN: Final = re.compile(r" hidden(?=[ >=])")
_LANGUAGE: Final = re.compile(r' lang="([^"]*)"')


@dataclass(frozen=True)
class Place:
    """Where text stands: in which language, whether a link may be made there, whether it is seen at once."""

    language: str = ""
    free: bool = False
    seen: bool = True


@dataclass(frozen=True)
class Mark:
    """Words that become a link."""

    start: int
    stop: int
    id: str


@dataclass(frozen=True)
class Words:
    """Stretches of a page in lower case, one after the other, and where each of them comes from.

    Attributes
    ----------
    all
        The text; stretches are parted.
    starts, places
        By stretch, where it starts in the text and in the page.
    """

    all: str
    starts: tuple[int, ...]
    places: tuple[int, ...]

    @classmethod
    def of(cls, page: str, spans: Sequence[tuple[int, int]]) -> Words:
        """From stretches of a page."""
        starts = accumulate((stop - start + 1 for start, stop in spans), initial=0)
        text = "\0".join(_lower(page[start:stop]) for start, stop in spans)
        return cls(text, tuple(starts)[:-1], tuple(start for start, _ in spans))

    def place(self, position: int) -> int:
        """Where a letter of the text stands in the page."""
        stretch = bisect_right(self.starts, position) - 1
        return self.places[stretch] + position - self.starts[stretch]


def known_forms(terms: Mapping[str, Term] | None = None) -> Forms:
    """The words of all terms, longer ones first."""
    found = [
        (language, words, f"t-{name}")
        for name, term in (read_terms() if terms is None else terms).items()
        for language in LANGUAGES
        for words in getattr(term.forms, language)
    ]
    return tuple(sorted(found, key=lambda one: -len(one[1])))


def forms_of(meanings: Iterable[tuple[str, Text]]) -> Forms:
    """The words of entries by their names, with and without what stands in brackets.

    >>> forms_of([("a-swim", Text("forced swim (immobility)", "强迫游泳（不动）"))])[1::2]
    (('en', 'forced swim', 'a-swim'), ('zh', '强迫游泳', 'a-swim'))
    """
    return tuple(
        (language, words, name)
        for name, label in meanings
        for language in LANGUAGES
        for words in dict.fromkeys((label.text(language), _BRACKETS.sub("", label.text(language)).strip()))
        if len(words) > 1
    )


def explained(page: str, forms: Forms) -> str:
    """A page in which each term leads to the glossary where it stands first, once in each language.

    >>> explained('<main><p lang="en">Two draws, more draws.</p></main>', (("en", "draws", "t-draw"),))[19:65]
    'Two <a class="term" href="glossary.html#t-draw'
    """
    marks = sorted(_marks(page, forms), key=lambda one: one.start)
    parts, last = [], 0
    for one in marks:
        parts += [page[last : one.start], f'<a class="term" href="{GLOSSARY}#{one.id}" data-page="{GLOSSARY}">',
                  page[one.start : one.stop], "</a>"]  # fmt: skip
        last = one.stop
    return "".join([*parts, page[last:]])


def _marks(page: str, forms: Forms) -> Iterator[Mark]:
    texts, known = list(_texts(page)), set[str]()
    for context, language in CONTEXTS.items():
        first, second = (Words.of(page, [(start, stop) for start, stop, place in texts
                                         if place.language == context and place.seen is seen])
                         for seen in (True, False))  # fmt: skip
        taken: list[Mark] = []
        for name in dict.fromkeys(one[2] for one in forms):
            if context == SOURCE_LANGUAGE and name in known:
                continue
            own = [words for other, words, entry in forms if entry == name and other == language]
            found = _first(first, own, name, taken) or _first(second, own, name, taken)
            if found is not None:
                taken.append(found)
        known |= {one.id for one in taken}
        yield from taken


def _first(text: Words, forms: Iterable[str], name: str, taken: Iterable[Mark]) -> Mark | None:
    """The earliest of some words, the longer one where two begin together, beside what is taken."""
    found = [Mark(start, start + len(words), name) for words in forms
             if (start := _place(text, words, taken)) is not None]  # fmt: skip
    return min(found, key=lambda one: (one.start, -one.stop), default=None)


def _place(text: Words, words: str, taken: Iterable[Mark]) -> int | None:
    words, start = words.lower(), -1
    while (start := text.all.find(words, start + 1)) >= 0:
        stop = start + len(words)
        whole = words[0] > "\u2e7f" or not (_letter(text.all, start - 1) or _letter(text.all, stop))
        at = text.place(start)
        if whole and all(at + len(words) <= one.start or at >= one.stop for one in taken):
            return at
    return None


def _letter(text: str, place: int) -> bool:
    """Whether a Latin letter, a digit or a hyphen stands there, so that words go on."""
    return 0 <= place < len(text) and (text[place] == "-" or (text[place].isalnum() and text[place] < "\u2e80"))


def _lower(text: str) -> str:
    found = text.lower()
    return found if len(found) == len(text) else text


def _texts(page: str) -> Iterator[tuple[int, int, Place]]:
    """The stretches of text of the main part in which links may be made."""
    stack: list[tuple[str, Place]] = []
    last = start = page.find("<main")
    if start < 0:
        return
    end = page.find("</main>", start)
    for token in _TOKEN.finditer(page, start, end if end >= 0 else len(page)):
        place = stack[-1][1] if stack else Place()
        if token.start() > last and place.free and place.language in CONTEXTS:
            yield last, token.start(), place
        last = token.end()
        _step(stack, token.group())


def _step(stack: list[tuple[str, Place]], token: str) -> None:
    tag = _TAG.match(token)
    if tag is None or tag[2].lower() in VOID or token.endswith("/>"):
        return
    name = tag[2].lower()
    if not tag[1]:
        stack.append((name, _inside(stack[-1][1] if stack else Place(free=True), name, token)))
        return
    while stack and stack.pop()[0] != name:
        continue


def _inside(outer: Place, name: str, token: str) -> Place:
    found, own = _CLASS.search(token), _LANGUAGE.search(token)
    classes = set(found[1].split()) if found else set()
    return Place(
        own[1] if own else outer.language,
        outer.free and name not in LEFT_OUT and not classes & NO_LINKS,
        outer.seen and name not in FOLDED and not classes & ASIDE and not _HIDDEN.search(token),
    )
