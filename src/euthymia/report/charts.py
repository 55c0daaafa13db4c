"""Charts drawn as SVG: bands and medians of the simulation, published points over them, labels at the lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from markupsafe import Markup

from euthymia.findings.contrast import WITHIN
from euthymia.report.bilingual import Words
from euthymia.report.numbers import moment, number
from euthymia.report.panels import Figure, Line, Panel, Point
from euthymia.report.scales import TimeScale, ValueScale
from euthymia.report.svg import element, group, lines, path, rows_of, text, text_width
from euthymia.words import LANGUAGES, Message, msg

TEXT: Final = 11.5
"""Height of letters in picture units; a picture is never shown smaller than its units in pixels."""
_SHAPES: Final = ("circle", "square", "triangle", "diamond")
_DODGE: Final = 9.0
Labelled = TypeVar("Labelled")


@dataclass(frozen=True)
class Frame:
    """The size of a chart and its margins, in picture units."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def plot(self) -> tuple[float, float, float, float]:
        """Left, right, top and bottom of the plotting area."""
        return self.left, self.width - self.right, self.top, self.height - self.bottom


SMALL: Final = Frame(width=320, height=212, left=40, right=84, top=26, bottom=26)
"""A chart among others."""
LARGE: Final = Frame(width=760, height=380, left=48, right=130, top=34, bottom=34)
"""A chart on its own."""


def chart(figure: Figure, panel: Panel, *, frame: Frame = SMALL, labelled_by: str = "") -> Markup:
    """A panel of a figure as an SVG element.

    Parameters
    ----------
    figure
        Gives the common axes.
    panel
        One of its panels.
    labelled_by
        Id of the element whose text names the picture.
    """
    if figure.kind == "groups":
        body, height = _groups(figure, panel, frame)
    else:
        body, height = _Course(figure, frame).drawn(panel), frame.height
    return element("svg", body, viewBox=f"0 0 {frame.width:g} {height:g}", role="img",
                   aria_labelledby=labelled_by or None, class_=f"chart {figure.kind}")  # fmt: skip


def _all_values(figure: Figure) -> list[float]:
    found: list[float] = []
    for panel in figure.panels:
        for line in panel.lines:
            found += [float(line.low.min()), float(line.high.max())]
            found += [one.mean + sign * one.sem for one in line.points for sign in (-1, 1)]
    return found


class _Course:
    """Draws panels with a time axis."""

    def __init__(self, figure: Figure, frame: Frame) -> None:
        self.figure, self.frame = figure, frame
        left, right, top, bottom = frame.plot
        ends = [float(day) for panel in figure.panels for line in panel.lines for day in line.days]
        edge = 4.0 + (_DODGE if figure.kind == "sessions" else 0.0)
        self.x = TimeScale.of(figure.days, first=min(ends), last=max(ends), left=left + edge, right=right - edge)
        zero = [0.0] if figure.unit == "%" else []
        self.y = ValueScale.of([*_all_values(figure), *zero], start=bottom, stop=top)

    def drawn(self, panel: Panel) -> Markup:
        """Axes, bands, lines, points, labels and, above all, what is shown when pointed at."""
        ordered = sorted(panel.lines, key=lambda line: (not line.ghost, line.colour))
        count = len(ordered)
        placed = [(place, line, one) for place, line in enumerate(ordered) for one in line.points]
        bands = [self._simulated(line, place, count) for place, line in enumerate(ordered)]
        points = [self._point(line, one, place, count) for place, line, one in placed]
        tips = [self._tip(line, one, place, count) for place, line, one in placed]
        return Markup("").join([self._axes(), *bands, *points, *self._labels(ordered), *tips])

    def _axes(self) -> Markup:
        left, right, top, bottom = self.frame.plot
        grid = [
            group(element("line", x1=left, x2=right, y1=float(self.y(value)), y2=float(self.y(value)),
                          class_="zero" if abs(value) < 1e-12 else "grid"),
                  text(left - 6, float(self.y(value)) + 4, label, text_anchor="end", class_="tick"))
            for value, label in self.y.ticks()
        ]  # fmt: skip
        times = [
            group(element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="axis"),
                  text(x, bottom + 16, label, text_anchor="middle", class_="tick"))
            for day, label in self.x.ticks(sorted({self.x.first, *self.figure.days}), size=TEXT)
            for x in [float(self.x(day))]
        ]  # fmt: skip
        start = element("line", x1=self.x(0), x2=self.x(0), y1=top, y2=bottom, class_="day0")
        base = element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis")
        title = text(4, 13, self.figure.axis, class_="unit")
        return group(*grid, base, start, *times, title)

    def _simulated(self, line: Line, place: int, count: int) -> Markup:
        style = f"k{line.colour}" + (" ghost" if line.ghost else "")
        if self.figure.kind == "sessions":
            return group(*self._bars(line, place, count), class_=style)
        xs = [self.x(float(day)) for day in line.days]
        upper = list(zip(xs, map(self.y, line.high), strict=True))
        lower = list(zip(xs, map(self.y, line.low), strict=True))
        band = element("path", d=path([*upper, *reversed(lower)], close=True), class_="band")
        middle = element("path", d=path(zip(xs, map(self.y, line.median), strict=True)), class_="median")
        return group(middle, class_=style) if line.ghost else group(band, middle, class_=style)

    def _bars(self, line: Line, place: int, count: int) -> Iterator[Markup]:
        shift = self._shift(place, count)
        xs = [self.x(float(day)) + shift for day in line.days]
        yield element("path", d=path(zip(xs, map(self.y, line.median), strict=True)), class_="thread")
        for x, low, middle, high in zip(xs, line.low, line.median, line.high, strict=True):
            top, bottom = self.y(float(high)), self.y(float(low))
            yield element("rect", x=x - 3.5, y=top, width=7, height=max(bottom - top, 2.0), rx=3, class_="range")
            at = self.y(float(middle))
            yield element("line", x1=x - 3.5, x2=x + 3.5, y1=at, y2=at, class_="middle")

    def _shift(self, place: int, count: int) -> float:
        return (place - (count - 1) / 2) * _DODGE if self.figure.kind == "sessions" else 0.0

    def _where(self, line: Line, one: Point, place: int, count: int) -> tuple[float, float]:
        dodge = self._shift(place, count) or (place - (count - 1) / 2) * 2.4
        return self.x(one.day) + dodge, self.y(one.mean)

    def _point(self, line: Line, one: Point, place: int, count: int) -> Markup:
        x, y = self._where(line, one, place, count)
        ends = [float(self.y(one.mean + sign * one.sem)) for sign in (-1, 1)]
        whisker = element("line", x1=float(x), x2=float(x), y1=ends[0], y2=ends[1], class_="sem")
        outside = " outside" if one.inside is False else ""
        return group(whisker, marker(float(x), float(y), line.colour), class_=f"k{line.colour} point{outside}")

    def _tip(self, line: Line, one: Point, place: int, count: int) -> Markup:
        x, y = self._where(line, one, place, count)
        hit = element("circle", cx=float(x), cy=float(y), r=8.0, class_="hit")
        return group(hit, tip(float(x), float(y), tip_rows(line, one), self.frame), class_="has-tip")

    def _labels(self, ordered: Sequence[Line]) -> Iterator[Markup]:
        """Each line's name at its right end, pushed apart where they would touch."""
        _, right, top, bottom = self.frame.plot
        room = self.frame.right - 16
        boxes = []
        for line in sorted(ordered, key=lambda one: self.y(float(one.median[-1]))):
            high = rows_of(line.label, room, size=TEXT, most=3) * TEXT * 1.16
            boxes.append((line, self.y(float(line.median[-1])), high + 3))
        for line, middle in pushed(boxes, top - 8, bottom + 8):
            style = f"k{line.colour} name" + (" ghost" if line.ghost else "")
            start = self.y(float(line.median[-1]))
            lead = element("path", d=path([(right + 2, start), (right + 9, middle)]), class_="lead")
            name = lines(right + 13, middle, line.label, width=room, size=TEXT, most=3, middle=True)
            yield group(lead, name, class_=style)


def pushed(boxes: Sequence[tuple[Labelled, float, float]], top: float, bottom: float) -> list[tuple[Labelled, float]]:
    """Middles of labels (what is labelled, where, how high) that do not overlap: pushed down, then up from below."""
    middles: list[float] = []
    for index, (_, wish, high) in enumerate(boxes):
        least = top + high / 2 if not index else middles[-1] + (boxes[index - 1][2] + high) / 2
        middles.append(max(wish, least))
    limit = bottom
    for index in range(len(boxes) - 1, -1, -1):
        middles[index] = min(middles[index], limit - boxes[index][2] / 2)
        limit = middles[index] - boxes[index][2] / 2
    return [(one, middle) for (one, _, _), middle in zip(boxes, middles, strict=True)]


def marker(x: float, y: float, colour: int, size: float = 3.6) -> Markup:
    """The published point of an arm; its shape goes with its colour."""
    shape = _SHAPES[colour % len(_SHAPES)]
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=size, class_="mark")
    if shape == "square":
        return element("rect", x=x - size * 0.9, y=y - size * 0.9, width=size * 1.8, height=size * 1.8, class_="mark")
    up = size * 1.25
    corners = [(x, y - up), (x + up, y + up * 0.8), (x - up, y + up * 0.8)]
    if shape == "diamond":
        corners = [(x, y - up), (x + up, y), (x, y + up), (x - up, y)]
    return element("path", d=path(corners, close=True), class_="mark")


def tip_rows(line: Line, one: Point) -> tuple[Words, ...]:
    """What is shown when a published point is pointed at."""
    low, middle, high = line.at(one.day)
    return (
        msg("{arm}, {time}", arm=line.label, time=moment(one.day)),
        msg("published {mean} ± {sem}, n = {n}", mean=number(one.mean), sem=number(one.sem), n=one.n),
        msg("simulated {median} ({low} to {high})", median=number(middle), low=number(low), high=number(high)),
    )


def tip(x: float, y: float, rows: Sequence[Words], frame: Frame) -> Markup:
    """A label that the style sheet shows while its neighbour is pointed at, kept inside the picture."""
    size, pad, drop = 11.0, 6.0, 10.0
    texts = [one if isinstance(one, str) else _longest(one) for one in rows]
    wide = max(text_width(one, size) for one in texts) + 2 * pad
    high = len(rows) * size * 1.35 + pad * 1.4
    left = min(max(2.0, x - wide / 2), frame.width - wide - 2)
    top = y - high - drop if y - high - drop > 0 else y + drop
    box = element("rect", x=left, y=top, width=wide, height=high, rx=4)
    written = [text(left + pad, top + pad + size * (0.85 + 1.35 * i), row) for i, row in enumerate(rows)]
    return group(box, *written, class_="tip")


def _longest(words: Words) -> str:
    if isinstance(words, Message):
        return max((words.text(language) for language in LANGUAGES), key=lambda one: text_width(one, 11))
    return str(words)


def _groups(figure: Figure, panel: Panel, frame: Frame) -> tuple[Markup, float]:
    """Arms as rows: median and 5-95 % range of the group mean."""
    name_width, row = 0.4 * frame.width, 32.0
    top, bottom = 26.0, 26.0 + row * len(panel.lines)
    values = [float(v) for one in figure.panels for line in one.lines for v in (line.low[0], line.high[0])]
    scale = ValueScale.of(values, start=name_width + 14, stop=frame.width - 14, ticks=3)
    parts = [
        group(element("line", x1=scale(value), x2=scale(value), y1=top, y2=bottom, class_="grid"),
              text(scale(value), bottom + 15, label, text_anchor="middle", class_="tick"))
        for value, label in scale.ticks()
    ]  # fmt: skip
    for index, line in enumerate(panel.lines):
        y = top + row * (index + 0.5)
        low, middle, high = (scale(float(one[0])) for one in (line.low, line.median, line.high))
        parts.append(group(
            lines(name_width, y, line.label, width=name_width - 4, size=TEXT, most=2, middle=True,
                  text_anchor="end", class_="row-name"),
            element("line", x1=low, x2=high, y1=y, y2=y, class_="spread"),
            marker(middle, y, line.colour, 4.6),
            class_=f"k{line.colour} name point",
        ))  # fmt: skip
    title = text(frame.width - 14, 13, figure.axis, class_="unit", text_anchor="end")
    return Markup("").join([*parts, title]), bottom + 24


def misfit_strip(distances: Sequence[float], *, widest: float = 5.0) -> Markup:
    """How far simulated medians lie from published means, in standard errors: a dot each, over the 95 % interval."""
    width, height = 132.0, 18.0

    def x(distance: float) -> float:
        return width / 2 + max(-widest, min(widest, distance)) / widest * (width / 2 - 6)

    inside = element("rect", x=x(-WITHIN), y=2, width=x(WITHIN) - x(-WITHIN), height=height - 4, rx=3, class_="inside")
    middle = element("line", x1=x(0), x2=x(0), y1=1, y2=height - 1, class_="axis")
    dots = [
        element("circle", cx=x(one), cy=height / 2, r=3.4, class_="fit-in" if abs(one) <= WITHIN else "fit-out")
        for one in distances
    ]
    return element("svg", inside, middle, *dots, viewBox=f"0 0 {width:g} {height:g}", width=132, height=18,
                   class_="chart misfit", aria_hidden="true")  # fmt: skip
