"""A little SVG: elements with escaped content, text in both languages, lines broken by estimated width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup, escape

from euthymia.report.bilingual import Words, shown
from euthymia.words import LANGUAGES


def element(tag: str, /, *children: object, **attributes: object) -> Markup:
    """An element; underscores in attribute names stand for hyphens, numbers are rounded, None is left out.

    >>> str(element("circle", class_="dot", cx=1.234, text_anchor=None))
    '<circle class="dot" cx="1.2"/>'
    """
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup(f"<{tag}{pairs}>{inner}</{tag}>") if inner else Markup(f"<{tag}{pairs}/>")


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(escape(value))


def group(*children: object, **attributes: object) -> Markup:
    """A group of elements."""
    return element("g", *children, **attributes)


def path(points: Iterable[tuple[float, float]], *, close: bool = False) -> str:
    """Straight lines through points, as path data."""
    steps = [f"{x:.1f} {y:.1f}" for x, y in points]
    return "M" + "L".join(steps) + ("Z" if close else "")


def text(x: float, y: float, words: Words, **attributes: object) -> Markup:
    """Text in both languages at one place."""
    drawn = [element("text", content, lang=one, x=x, y=float(y), **attributes) for one, content in _texts(words)]
    return Markup("").join(drawn)


def _texts(words: Words) -> list[tuple[str | None, str]]:
    """The words by language; once, without a language, where both are the same."""
    texts = [(language, shown(words, language)) for language in LANGUAGES]
    return [*texts] if len({content for _, content in texts}) > 1 else [(None, texts[0][1])]


def lines(
    x: float, y: float, words: Words, *, width: float, size: float = 12, most: int = 9, middle: bool = False,
    **attributes: object,
) -> Markup:  # fmt: skip
    """Text in both languages, broken into lines of at most `width` units.

    Parameters
    ----------
    most
        Number of lines after which the text is cut with an ellipsis.
    middle
        Whether `y` is the middle of the block instead of its first base line.
    """
    drawn = []
    for language, content in _texts(words):
        rows = wrapped(content, width, size=size, most=most)
        top = y - (len(rows) - 1) * size * 0.58 + size * 0.35 if middle else y
        spans = [element("tspan", row, x=x, y=float(top + i * size * 1.16)) for i, row in enumerate(rows)]
        inner = rows[0] if len(rows) == 1 else Markup("").join(spans)
        drawn.append(element("text", inner, lang=language, x=x, y=float(top), **attributes))
    return Markup("").join(drawn)


def rows_of(words: Words, width: float, *, size: float = 12, most: int = 9) -> int:
    """How many lines the words need, in the language that needs more."""
    return max(len(wrapped(shown(words, language), width, size=size, most=most)) for language in LANGUAGES)


def text_width(content: str, size: float) -> float:
    """Estimated width of a text, in units: a CJK character is as wide as high, a Latin one about half."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in content)
    narrow = sum(char in " .,:;'|ijlIftr()-" for char in content)
    return size * (1.0 * wide + 0.36 * narrow + 0.59 * (len(content) - wide - narrow))


def wrapped(content: str, width: float, *, size: float = 12, most: int = 9) -> list[str]:
    """The text in lines; broken at spaces, and between CJK characters."""
    pieces = re.findall(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+|\s+", content)
    rows: list[str] = [""]
    for piece in pieces:
        if rows[-1].strip() and text_width((rows[-1] + piece).rstrip(), size) > width:
            rows.append("")
        rows[-1] = (rows[-1] + piece).lstrip()
    rows = [row.rstrip() for row in rows if row.strip()] or [""]
    return rows if len(rows) <= most else [*rows[: most - 1], rows[most - 1] + "…"]
