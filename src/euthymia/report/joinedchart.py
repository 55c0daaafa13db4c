"""The picture of the table alone / joined: what joining takes away lies below the diagonal."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from euthymia.findings.verdict import SURE
from euthymia.joined.comparison import Comparison
from euthymia.joined.studies import Pair
from euthymia.report.numbers import percent
from euthymia.report.svg import element, group, text
from euthymia.words import msg

_SIZE, _LEFT, _TOP, _SPAN = 430.0, 52.0, 14.0, 350.0
_STEPS: Final = (0.0, 0.2, 0.5, 0.8, 1.0)
_FAR: Final = 4.0
"""How far findings at one place are moved apart, in picture units."""


def alone_and_joined(found: Comparison) -> Markup:
    """Each finding as a point: across, its probability alone; up, its probability joined."""
    title, desc = "pairs-title", "pairs-desc"
    whole = found.tally()
    return element(
        "svg",
        element("title", _both(msg("Probability of each finding, alone and joined")), id=title),
        element("desc", _both(msg("{lost} of {all} findings lie well below the diagonal.",
                                  lost=whole.lost, all=whole.findings)), id=desc),
        *_frame(),
        *_points(found),
        viewBox=f"0 0 {_SIZE:g} {_SIZE - 8:g}", role="img", aria_labelledby=f"{title} {desc}", class_="chart pairs",
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
            text(_LEFT - 8, _y(share) + 4, percent(share), class_="tick", text_anchor="end"),
            text(_x(share), _y(0) + 18, percent(share), class_="tick", text_anchor="middle"),
        ]
    middle = (_x(0) + _x(1)) / 2
    return [
        *drawn,
        element("line", x1=_x(0), x2=_x(1), y1=_y(0), y2=_y(1), class_="day0"),
        text(middle, _y(0) + 38, msg("share of draws that show it, alone"), class_="unit", text_anchor="middle"),
        text(0, 0, msg("share of draws that show it, joined"), class_="unit", text_anchor="middle",
             transform=f"translate(11 {(_y(0) + _y(1)) / 2:.0f}) rotate(-90)"),
    ]  # fmt: skip


def _points(found: Comparison) -> list[Markup]:
    seen: dict[tuple[int, int], int] = {}
    drawn = []
    for pair in sorted((one for pairs in found.pairs.values() for one in pairs), key=lambda one: one.conflict):
        alone, joined = pair.alone.probability, pair.joined.probability
        if alone == alone and joined == joined:
            key = (round(50 * alone), round(50 * joined))
            place = seen[key] = seen.get(key, -1) + 1
            drawn.append(_point(pair, place))
    return drawn


def _point(pair: Pair, place: int) -> Markup:
    """A circle for findings used to fit, a square for those kept to test; conflicts are filled."""
    across, up = (_FAR * (place % 5 - 2 if place else 0), _FAR * (place // 5))
    x, y = _x(pair.alone.probability) + across, _y(pair.joined.probability) + up
    name = element("title", f"{pair.alone.finding.id}: {percent(pair.alone.probability)} → "
                            f"{percent(pair.joined.probability)}")  # fmt: skip
    if pair.alone.finding.use == "calibrate":
        mark = element("circle", name, cx=x, cy=y, r=3.6)
    else:
        mark = element("rect", name, x=x - 3.3, y=y - 3.3, width=6.6, height=6.6)
    return group(mark, class_="pair lost" if pair.conflict else "pair")
