"""An article as data: headings, paragraphs and lists of linked sentences; a template or Markdown shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from euthymia.report.bilingual import Words, shown
from euthymia.words import Language, Message, msg

Kind = Literal["h2", "h3", "h4", "p", "lead", "quote", "list"]


@dataclass(frozen=True)
class Part:
    """Words, and where they lead."""

    words: Words
    href: str = ""

    @property
    def page(self) -> str:
        """The page of the site that they lead to."""
        return self.href.partition("#")[0]

    @property
    def anchor(self) -> str:
        """The place on that page."""
        return self.href.partition("#")[2]

    @property
    def finding(self) -> str:
        """The finding that they lead to; empty where they lead to something else.

        >>> Part("Fear rises.", "s08.html#f-S08-01").finding
        'S08-01'
        """
        return self.anchor.removeprefix("f-") if self.anchor.startswith("f-") else ""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, or a list whose items are lines of parts."""

    kind: Kind
    lines: tuple[tuple[Part, ...], ...]
    id: str = field(default="")


def heading(kind: Literal["h2", "h3", "h4"], words: Words, *, name: str = "", href: str = "") -> Block:
    """A heading."""
    return Block(kind, ((Part(words, href),),), name)


def paragraph(*parts: Part | Words, kind: Literal["p", "lead", "quote"] = "p") -> Block:
    """A paragraph of sentences."""
    return Block(kind, (tuple(one if isinstance(one, Part) else Part(one) for one in parts),))


def bullets(lines: Iterable[tuple[Part, ...]]) -> Block:
    """A list."""
    return Block("list", tuple(lines))


def markdown(blocks: Iterable[Block], language: Language) -> str:
    """The article as Markdown.

    >>> from euthymia.words import Text
    >>> markdown([heading("h2", Text("One", "一")), paragraph(Part(Text("Two", "二"), "a.html"))], "en")
    '## One\\n\\n[Two](a.html)\\n'
    """
    return "\n".join(_block(one, language) + "\n" for one in blocks)


_MARKS = {"h2": "## ", "h3": "### ", "h4": "#### ", "p": "", "lead": "", "quote": "> ", "list": "- "}


def _block(block: Block, language: Language) -> str:
    return "\n".join(_MARKS[block.kind] + _line(line, language) for line in block.lines)


def _line(parts: tuple[Part, ...], language: Language) -> str:
    return "".join(_spans(parts, language))


def _spans(parts: tuple[Part, ...], language: Language) -> Iterator[str]:
    for place, part in enumerate(parts):
        if place:
            yield gap(parts[place - 1], part, parts, language)
        words = _escaped(shown(part.words, language))
        yield f"[{words}]({part.href})" if part.href else words


def gap(before: Part, after: Part, line: Sequence[Part], language: Language) -> str:
    """What stands between two parts of a line."""
    if before.href and after.href:
        return separator(line).text(language)
    return " " if language == "en" else ""


def separator(line: Sequence[Part]) -> Message:
    """What stands between the names of a line: semicolons if one of them holds a comma itself."""
    return msg("; ") if any("," in shown(one.words, "en") for one in line if one.href) else msg(", ")


def _escaped(text: str) -> str:
    """Text whose marks are not taken for Markdown or HTML."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#" else char for char in text).replace("\n", " ")
