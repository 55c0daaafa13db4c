"""A grid as a picture: cells over two axes, blue for less and orange for more, each with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from euthymia.report.bilingual import Words, shown
from euthymia.report.numbers import number
from euthymia.report.svg import element, group, lines, text
from euthymia.words import LANGUAGES, msg

CELL: Final = (66.0, 40.0)
"""Width and height of a cell, in picture units."""
LESS: Final = (33, 102, 172)
MORE: Final = (179, 88, 6)
MIDDLE: Final = (247, 247, 247)
"""Ends and middle of the PuOr/RdBu kind of palette that colour-blind readers tell apart (Brewer 2003)."""
_KEY: Final = msg("Framed: noticeable in four of five draws. Dashed: no value.")
DARK_FROM: Final = 0.6
"""Share of the largest size from which letters are white."""


@dataclass(frozen=True)
class Square:
    """A cell: its number, None where there is none, and whether four of five draws agree that it is not zero."""

    value: float | None
    sure: bool


@dataclass(frozen=True)
class HeatMap:
    """What is drawn: `squares[y][x]`, drawn with y rising upwards."""

    title: Words
    description: Words
    x: Words
    y: Words
    columns: tuple[Words, ...]
    rows: tuple[Words, ...]
    squares: tuple[tuple[Square, ...], ...]
    unit: Words


def heat_map(drawn: HeatMap, *, name: str) -> Markup:
    """The picture as an SVG element.

    Parameters
    ----------
    drawn
        What to draw.
    name
        Beginning of the ids of its title and description, unique on a page.
    """
    left, top, (wide, high) = 96.0, 34.0, CELL
    across, down = wide * len(drawn.columns), high * len(drawn.rows)
    width, height = max(left + across + 20, 360.0), top + down + 104
    largest = max((abs(one.value) for row in drawn.squares for one in row if one.value is not None), default=0.0) or 1.0
    cells = [
        _cell(one, left + column * wide, top + down - (row + 1) * high, largest)
        for row, squares in enumerate(drawn.squares)
        for column, one in enumerate(squares)
    ]
    ticks = [text(left + (place + 0.5) * wide, top + down + 16, label, text_anchor="middle", class_="tick")
             for place, label in enumerate(drawn.columns)]  # fmt: skip
    ticks += [text(left - 8, top + down - (place + 0.5) * high + 4, label, text_anchor="end", class_="tick")
              for place, label in enumerate(drawn.rows)]  # fmt: skip
    axes = group(
        text(left + across / 2, top + down + 36, drawn.x, text_anchor="middle"),
        lines(8, 14, drawn.y, width=width - 16, size=11.5, most=2),
    )
    heads = [*_named("title", drawn.title, f"{name}-title"), *_named("desc", drawn.description, f"{name}-desc")]
    legend = _legend(left, top + down + 54, largest, drawn.unit, width - left)
    return element(
        "svg", *heads, axes, *ticks, *cells, legend, viewBox=f"0 0 {width:g} {height:g}", role="img",
        aria_labelledby=f"{name}-title-en {name}-desc-en", class_="chart heat", style=f"max-width:{1.5 * width:.0f}px",
    )  # fmt: skip


def _named(tag: str, words: Words, name: str) -> list[Markup]:
    return [element(tag, shown(words, language), id=f"{name}-{language}", lang=language) for language in LANGUAGES]


def colour(share: float) -> str:
    """The colour of a share from -1 to 1 of the largest size."""
    end, part = (MORE if share > 0 else LESS), min(abs(share), 1.0)
    mixed = [round(middle + part * (own - middle)) for middle, own in zip(MIDDLE, end, strict=True)]
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _cell(one: Square, x: float, y: float, largest: float) -> Markup:
    wide, high = CELL
    where = {"x": x + 1, "y": y + 1, "width": wide - 2, "height": high - 2}
    if one.value is None:
        box = element("rect", **where, fill="none", class_="axis", stroke_dasharray="3 3")
        return group(box, text(x + wide / 2, y + high / 2 + 4, "–", text_anchor="middle", class_="tick"))
    share = one.value / largest
    ink = "#ffffff" if abs(share) > DARK_FROM else "#1c2126"
    said = number(0.0 if abs(share) < 1e-3 else one.value)
    label = element("text", said, x=x + wide / 2, y=float(y + high / 2 + 4), text_anchor="middle", style=f"fill:{ink}",
                    font_weight=700 if one.sure else None)  # fmt: skip
    frame = element("rect", x=x + 4, y=y + 4, width=wide - 8, height=high - 8, fill="none", stroke=ink,
                    stroke_width=1.2) if one.sure else ""  # fmt: skip
    return group(element("rect", **where, fill=colour(share)), frame, label)


def _legend(x: float, y: float, largest: float, unit: Words, room: float) -> Markup:
    steps = np.linspace(-1, 1, 21)
    wide = 9.0
    bar = [element("rect", x=x + place * wide, y=y, width=wide + 0.3, height=10.0, fill=colour(float(one)))
           for place, one in enumerate(steps)]  # fmt: skip
    ends: Sequence[tuple[float, str]] = ((0.0, number(-largest)), (0.5, "0"), (1.0, number(largest, sign=True)))
    ticks = [text(x + share * wide * len(steps), y + 23, said, text_anchor="middle", class_="tick")
             for share, said in ends]  # fmt: skip
    return group(*bar, *ticks, text(x + wide * len(steps) + 16, y + 10, unit, class_="tick"),
                 lines(8, y + 42, _KEY, width=x + room - 16, size=11, most=2, class_="tick"))  # fmt: skip
