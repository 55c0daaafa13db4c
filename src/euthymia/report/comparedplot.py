"""Onset against duration: one picture of all interventions, minutes to months on both axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from euthymia.comparing.measures import FIRST, SURE
from euthymia.report.bilingual import shown
from euthymia.report.numbers import percent, span
from euthymia.report.svg import element, group, lines, path, rows_of, text, text_width
from euthymia.report.told import Intervention, Spot, Told
from euthymia.words import LANGUAGES, Message, Text, msg

WIDTH: Final = 1000.0
LEFT: Final = 62.0
RIGHT: Final = 812.0
TOP: Final = 34.0
BOTTOM: Final = 628.0
SHOWN: Final = 0.2
"""Least share of draws with an effect for a place in the plane."""
STEPS: Final = 5
"""Steps of the colour scale."""
SIZE: Final = 12.0
BAND: Final = 112.0
"""Width of the band of effects that are there at the first reading; only the order of their durations shows in it."""
AT_ONCE: Final = 0.02
"""Decades past the first reading up to which the mean onset counts as at once."""
ROOM: Final = 0.12
"""Decades of the axes past the last reading."""
TICKS: Final = (FIRST, 10 / 1440, 1 / 24, 6 / 24, 1.0, 7.0, 30.0, 365.0)


@dataclass(frozen=True)
class _Plane:
    """Log10 of days to picture units."""

    first: float
    last: float

    def x(self, value: float) -> float:
        start = LEFT + BAND
        return start + (value - self.first) / (self.last - self.first) * (RIGHT - 14 - start)

    def y(self, value: float) -> float:
        return BOTTOM - 14 - (value - self.first) / (self.last - self.first) * (BOTTOM - TOP - 28)


@dataclass(frozen=True)
class _Placed:
    """An intervention in the picture."""

    one: Intervention
    spot: Spot
    x: float
    y: float

    @property
    def radius(self) -> float:
        return radius(self.one.harm.median or 0.0)


def radius(harm: float) -> float:
    """Radius of a mark, in picture units, for a harm in standard deviations.

    >>> radius(0.0), round(radius(10.0), 1)
    (5.0, 11.2)
    """
    return 5.0 + 2.6 * math.log1p(harm)


def step(selectivity: float | None) -> str:
    """Style of a mark by its share of engagement.

    >>> step(0.0), step(0.55), step(1.0), step(None)
    ('q0', 'q2', 'q4', 'qx')
    """
    return "qx" if selectivity is None else f"q{min(STEPS - 1, int(selectivity * STEPS))}"


def plane_picture(told: Told, *, labelled_by: str = "") -> Markup:
    """The picture as an SVG element, in both languages."""
    plane = _Plane(math.log10(FIRST), math.log10(told.days) + ROOM)
    placed = sorted(_placed(told, plane), key=lambda one: -one.radius)
    rest = [one for one in told.interventions if one.id not in {other.one.id for other in placed}]
    foot, height = _foot(rest)
    body = [
        _axes(plane, told.days), *(_ellipse(one, plane) for one in placed), *(_mark(one) for one in placed),
        *_labels(placed), _legend(), foot,
    ]  # fmt: skip
    return element("svg", *body, viewBox=f"0 0 {WIDTH:g} {height:g}", role="img",
                   aria_labelledby=labelled_by or None, class_="chart plane")  # fmt: skip


def _placed(told: Told, plane: _Plane) -> Iterator[_Placed]:
    """The interventions with a place; those at once side by side in their band."""
    shown = [(one, found) for one in told.interventions if (found := one.main.spot) is not None]
    shown = sorted((pair for pair in shown if pair[1].share >= SHOWN), key=lambda pair: pair[1].centre[1])
    at_once = [one.id for one, found in shown if found.centre[0] <= plane.first + AT_ONCE]
    for one, found in shown:
        x = plane.x(found.centre[0])
        if one.id in at_once:
            x = LEFT + BAND * (at_once.index(one.id) + 0.5) / len(at_once)
        yield _Placed(one, found, x, plane.y(found.centre[1]))


def _axes(plane: _Plane, days: float) -> Markup:
    parts: list[Markup] = []
    for day in [one for one in TICKS if one <= days]:
        x, y = plane.x(math.log10(day)), plane.y(math.log10(day))
        parts += [
            element("line", x1=x, x2=x, y1=TOP, y2=BOTTOM, class_="grid"),
            element("line", x1=LEFT, x2=RIGHT, y1=y, y2=y, class_="grid"),
            text(x, BOTTOM + 17, span(day), text_anchor="middle", class_="tick"),
            text(LEFT - 7, y + 4, span(day), text_anchor="end", class_="tick"),
        ]
    parts += [
        element("line", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM, class_="axis"),
        element("line", x1=LEFT, x2=LEFT, y1=TOP, y2=BOTTOM, class_="axis"),
        text(LEFT + BAND / 2 - 8, BOTTOM + 17, msg("≤ {time}", time=span(FIRST)), text_anchor="middle", class_="tick"),
        text(4, 18, msg("Duration: from onset until gone"), class_="unit"),
        text(RIGHT, BOTTOM + 36, msg("Onset: first time of a reliable effect"), text_anchor="end", class_="unit"),
    ]
    return group(*parts)


def _ellipse(one: _Placed, plane: _Plane) -> Markup:
    """One standard deviation over draws."""
    values, vectors = np.linalg.eigh(np.array(one.spot.covariance))
    angles = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    ring = vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * np.array([np.cos(angles), np.sin(angles)]))
    centre = one.spot.centre
    shift = one.x - plane.x(centre[0])
    outline = [(plane.x(centre[0] + float(dx)) + shift, plane.y(centre[1] + float(dy))) for dx, dy in ring.T]
    unsure = "" if one.spot.share >= SURE else " unsure"
    clipped = [(min(max(x, LEFT), RIGHT), min(max(y, TOP), BOTTOM)) for x, y in outline]
    return element("path", d=path(clipped, close=True), class_=f"cloud {step(one.one.selectivity.median)}{unsure}")


def _mark(one: _Placed) -> Markup:
    unsure = "" if one.spot.share >= SURE else " unsure"
    parts = [element("circle", cx=one.x, cy=one.y, r=one.radius)]
    if one.spot.open_end > 0.5:
        top = one.y - one.radius
        arrow = [(one.x - 4, top - 5), (one.x, top - 11), (one.x + 4, top - 5)]
        parts.append(element("path", d=path(arrow), class_="open-end"))
    return group(*parts, class_=f"spot {step(one.one.selectivity.median)}{unsure}")


Box = tuple[float, float, float, float]


def _labels(placed: Sequence[_Placed]) -> Iterator[Markup]:
    """Names near their marks, none over another; a line leads to those that stand apart."""
    taken: list[Box] = [(one.x - one.radius, one.y - one.radius, one.x + one.radius, one.y + one.radius)
                        for one in placed]  # fmt: skip
    for one in sorted(placed, key=lambda each: (each.y, each.x)):
        name = one.one.name
        wide = max(text_width(shown(name, language), SIZE) for language in LANGUAGES)
        x, y = _free(one, wide, taken)
        taken.append((x, y - SIZE, x + wide, y + 3))
        near = min(max(one.x, x), x + wide), min(max(one.y, y - SIZE), y)
        lead = math.dist(near, (one.x, one.y)) > one.radius + 9
        line = element("path", d=path([(one.x, one.y), near]), class_="lead") if lead else ""
        yield group(line, text(x, y, name, class_="name"))


def _free(one: _Placed, wide: float, taken: Sequence[Box]) -> tuple[float, float]:
    """Left end and base line of a label that touches nothing; the nearest of many places tried."""
    for far in np.arange(one.radius + 4, 420, 7):
        for angle in np.linspace(0, 2 * math.pi, 24, endpoint=False):
            x = one.x + far * math.cos(angle) - (wide if math.cos(angle) < -0.3 else 0)
            x -= wide / 2 if abs(math.cos(angle)) <= 0.3 else 0
            y = one.y + far * math.sin(angle) + SIZE * 0.35
            inside = x > LEFT + 2 and x + wide < RIGHT and y - SIZE > TOP and y < BOTTOM - 2
            if inside and not any(_touch((x, y - SIZE, x + wide, y + 3), box) for box in taken):
                return x, y
    return one.x + one.radius + 3, one.y + 4


def _touch(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def _legend() -> Markup:
    left, y = RIGHT + 22, TOP + 8
    head, y = _note(left, y, msg("Target precision: share of the target in all engagement"))
    parts = [head]
    for index in range(STEPS):
        words = f"{100 * index // STEPS}–{100 * (index + 1) // STEPS} %"
        parts += [group(element("circle", cx=left + 8, cy=y, r=7), class_=f"spot q{index}"),
                  text(left + 24, y + 4, words)]  # fmt: skip
        y += 21
    head, y = _note(left, y + 16, msg("Harm: largest deviation beyond untreated animals, in SD"))
    parts.append(head)
    for harm in HARMS:
        y += radius(harm)
        parts += [group(element("circle", cx=left + 14, cy=y, r=radius(harm)), class_="spot qx"),
                  text(left + 36, y + 4, f"{harm:g}")]  # fmt: skip
        y += radius(harm) + 6
    y += 20
    for said in NOTES:
        note, y = _note(left, y, said)
        parts.append(note)
    return group(*parts)


def _note(left: float, y: float, words: Message) -> tuple[Markup, float]:
    """Words of the legend, and where what comes next goes."""
    wide = WIDTH - left - 4
    return lines(left, y, words, width=wide, size=SIZE, class_="unit"), y + 14 * rows_of(words, wide, size=SIZE) + 6


HARMS: Final = (0.0, 1.0, 5.0, 20.0)
NOTES: Final = (
    msg("Ellipse: one standard deviation over draws."),
    msg("Dashed and pale: fewer than 80 % of the draws show an effect."),
    msg("Arrow: still there at the end in most draws."),
)


def _foot(rest: Sequence[Intervention]) -> tuple[Markup, float]:
    """Interventions without a place, under the plane."""
    y = BOTTOM + 60
    parts: list[Markup] = []
    if rest:
        words = _absent(rest)
        parts.append(lines(LEFT, y, words, width=WIDTH - LEFT - 30, size=SIZE, most=12, class_="unit"))
        y += 14.5 * rows_of(words, WIDTH - LEFT - 30, size=SIZE, most=12)
    parts.append(text(LEFT, y + 10, msg("A research instrument. It gives no medical advice."), class_="unit"))
    return group(*parts), y + 22


def _absent(rest: Sequence[Intervention]) -> Message:
    shares = [(one.name, percent(one.main.probability)) for one in rest]
    return msg(
        "Without a place, as fewer than 20 % of the draws show a reliable effect (share in brackets): {names}.",
        names=Text(
            ", ".join(f"{name.en} ({share})" for name, share in shares),
            "、".join(f"{name.zh}（{share.replace(' ', '')}）" for name, share in shares),
        ),
    )
