"""A causal chain whose links carry weights: width and colour say how much of an effect each carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from euthymia.report.numbers import percent
from euthymia.report.svg import element, group, text, text_width
from euthymia.words import LANGUAGES, Message, msg

Weights = Mapping[str, float | None]
"""By link, the share of the effect that it carries: below zero where it holds it back, None where it is not known."""
VISIBLE: Final = 0.05
"""Share from which a link is drawn as one that carries or hinders."""
NOTHING: Final = 0.01
"""Share below which no number stands at a link."""
THIN: Final = 1.2
THICK: Final = 7.0
"""Widths of lines that carry nothing and all."""
_ROW: Final = 22.0


@dataclass(frozen=True)
class Stroke:
    """How a link with a weight is drawn: its class, the width of its line, and how much wider its head is."""

    style: str
    width: float
    spread: float


def stroke(weight: float | None) -> Stroke:
    """The stroke of a link that carries a share of an effect.

    >>> stroke(1.0).width, stroke(0.0).style, stroke(None).style
    (7.0, 'idle', 'unknown')
    """
    if weight is None:
        return Stroke("unknown", 1.6, 1.0)
    size = min(abs(weight), 1.0)
    if size < VISIBLE:
        return Stroke("idle", THIN, 0.9)
    return Stroke("carries" if weight > 0 else "hinders", THIN + (THICK - THIN) * size, 1 + 0.7 * size)


def weight_label(number: int, sign: Message, weight: float | None) -> Message:
    """Number and sign of a link, and its share unless that is next to nothing."""
    if weight is not None and abs(weight) < NOTHING:
        return msg("{number} {sign}", number=number, sign=sign)
    share: Message | str = msg("not known") if weight is None else signed_percent(weight)
    return msg("{number} {sign} · {share}", number=number, sign=sign, share=share)


def signed_percent(share: float) -> str:
    """A share in percent, with a minus sign below zero.

    >>> signed_percent(0.834), signed_percent(-0.2)
    ('83 %', '−20 %')
    """
    whole = round(100 * share)
    return f"−{-whole} %" if whole < 0 else f"{whole} %"


_LEGEND: Final[tuple[tuple[float | None, Message], ...]] = (
    (1.0, msg("carries {share} of the effect", share="100 %")),
    (0.5, msg("carries {share} of the effect", share="50 %")),
    (-0.5, msg("holds the effect back: without it, it is larger by {share}", share="50 %")),
    (0.0, msg("carries less than {share}", share=percent(VISIBLE))),
    (None, msg("not known: no cut removes it")),
)


def legend(width: float, top: float) -> tuple[Markup, float]:
    """What the lines mean, in columns as wide as the words need, and how high that is."""
    wide = 58 + max(text_width(words.text(one), 11.5) for _, words in _LEGEND for one in LANGUAGES)
    columns = max(1, int(width // wide))
    rows = []
    for place, (weight, words) in enumerate(_LEGEND):
        x, y = 14 + (place % columns) * wide, top + 14 + _ROW * (place // columns)
        drawn = stroke(weight)
        line = element("path", d=f"M{x:.1f} {y:.1f}h34", class_="link", style=f"stroke-width:{drawn.width:.1f}px")
        rows.append(group(group(line, class_=f"edge {drawn.style}"), text(x + 42, y + 4, words)))
    return group(*rows, class_="legend"), _ROW * -(-len(_LEGEND) // columns) + 12
