"""The picture of the table alone / joined: what joining takes away lies below the diagonal."""

from __future__ import annotations

import math
from typing import Final

from markupsafe import Markup

from euthymia.findings.verdict import SURE
from euthymia.joined.comparison import Comparison
from euthymia.joined.studies import Pair
from euthymia.report.numbers import percent
from euthymia.report.svg import element, text
from euthymia.words import msg

_WIDTH, _HEIGHT, _LEFT, _TOP, _SPAN = 440.0, 432.0, 54.0, 38.0, 350.0
_STEPS: Final = (0.0, 0.2, 0.5, 0.8, 1.0)
_BIN: Final = 0.025
"""Findings whose probabilities agree this well share a mark; its area grows with their number."""
_NAMED: Final = 24
"""Findings named by a mark."""


def alone_and_joined(found: Comparison) -> Markup:
    """Findings as marks: across, their probability alone; up, their probability joined."""
    title, desc = "pairs-title", "pairs-desc"
    whole = found.tally()
    return element(
        "svg",
        element("title", _both(msg("Probability of each finding, alone and joined")), id=title),
        element("desc", _both(msg("{lost} of {all} findings lie well below the diagonal.",
                                  lost=whole.lost, all=whole.findings)), id=desc),
        *_frame(),
        *_points(found),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", aria_labelledby=f"{title} {desc}", class_="chart pairs",
    )  # fmt: skip


def _both(words: object) -> str:
    """English and Chinese in one line: a title has no languages that a page could switch."""
    from_words = [words.text(one) for one in ("en", "zh")] if hasattr(words, "text") else [str(words)]
    return " / ".join(from_words)


def _x(share: float) -> float:
    return _LEFT + _SPAN * share


def _y(share: float) -> float:
    return _TOP + _SPAN * (1 - share)


def _frame() -> list[Markup]:
    zone = element(
        "rect", x=_x(SURE), y=_y(SURE), width=_SPAN * (1 - SURE), height=_y(0) - _y(SURE), class_="lost-zone"
    )
    drawn = [zone]
    for share in _STEPS:
        drawn += [
            element("line", x1=_x(0), x2=_x(1), y1=_y(share), y2=_y(share), class_="grid"),
            element("line", x1=_x(share), x2=_x(share), y1=_y(0), y2=_y(1), class_="grid"),
            text(_LEFT - 14, _y(share) + 4, percent(share), class_="tick", text_anchor="end"),
            text(_x(share), _y(0) + 24, percent(share), class_="tick", text_anchor="middle"),
        ]
    middle = (_x(0) + _x(1)) / 2
    return [
        *drawn,
        element("line", x1=_x(0), x2=_x(1), y1=_y(0), y2=_y(1), class_="day0"),
        text(middle, _y(0) + 41, msg("share of draws that show it, alone"), class_="unit", text_anchor="middle"),
        text(0, 0, msg("share of draws that show it, joined"), class_="unit", text_anchor="middle",
             transform=f"translate(11 {(_y(0) + _y(1)) / 2:.0f}) rotate(-90)"),
    ]  # fmt: skip


def _points(found: Comparison) -> list[Markup]:
    """One mark for all findings at one place; conflicts, drawn last, have marks of their own."""
    places: dict[tuple[bool, int, int], list[Pair]] = {}
    for pair in (one for pairs in found.pairs.values() for one in pairs):
        alone, joined = pair.alone.probability, pair.joined.probability
        if alone == alone and joined == joined:
            places.setdefault((pair.conflict, round(alone / _BIN), round(joined / _BIN)), []).append(pair)
    return [
        _mark(pairs, alone * _BIN, joined * _BIN, lost=lost) for (lost, alone, joined), pairs in sorted(places.items())
    ]


def _mark(pairs: list[Pair], alone: float, joined: float, *, lost: bool) -> Markup:
    ids = ", ".join(pair.alone.finding.id for pair in pairs[:_NAMED]) + (" …" if len(pairs) > _NAMED else "")
    name = element("title", f"{percent(alone)} → {percent(joined)}, n = {len(pairs)}: {ids}")
    return element("circle", name, cx=_x(alone), cy=_y(joined), r=1.2 + 1.9 * math.sqrt(len(pairs)),
                   class_="pair lost" if lost else "pair")  # fmt: skip
