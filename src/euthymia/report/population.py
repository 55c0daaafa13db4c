"""Pictures of the neural code: decoding accuracy with its null, and the states of activity at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from euthymia.neural.decode import Decoding
from euthymia.neural.states import States
from euthymia.report.bilingual import Words
from euthymia.report.charts import SMALL, TEXT, pushed
from euthymia.report.numbers import number
from euthymia.report.scales import ValueScale
from euthymia.report.svg import element, group, lines, path, rows_of, text
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
CHANCE: Final = 0.5
_CELL: Final = 16.0
_LOWEST: Final = 0.25
"""Where the axis of accuracy starts, unless a band lies lower."""
_FEW: Final = 2
"""More curves than this have paler bands."""
NAMES: Final = {"choice": msg("coming choice"), "switch": msg("switch or stay")}


def accuracy_chart(
    decodings: Sequence[tuple[Words, Decoding]], *, colours: Sequence[int] | None = None, labelled_by: str | None = None
) -> Markup:
    """Accuracy over time of some decodings (median and middle 90 % of rows), and the shuffled null of all of them."""
    shades = colours or range(1, len(decodings) + 1)
    left, right, top, bottom = SMALL.plot
    times = decodings[0][1].times
    least = min(float(np.percentile(values, 5, axis=0).min()) for _, one in decodings
                for values in (one.accuracy, one.null))  # fmt: skip
    lowest = 100 * _LOWEST if least >= _LOWEST else 0.0
    y = ValueScale(lowest, 100.0, 25.0, bottom, top)

    def x(second: float) -> float:
        return float(left + 6 + (second - times[0]) / max(times[-1] - times[0], 1e-9) * (right - left - 12))

    grid = [
        group(element("line", x1=left, x2=right, y1=y(value), y2=y(value),
                      class_="zero" if abs(value - 100 * CHANCE) < 1e-9 else "grid"),
              text(left - 6, y(value) + 4, label, text_anchor="end", class_="tick"))
        for value, label in y.ticks()
    ]  # fmt: skip
    marks = sorted({float(times[0]), 0.0, float(times[-1])} if times[0] < 0 < times[-1] else {times[0], times[-1]})
    ticks = [text(x(one), bottom + 16, number(one), text_anchor="middle", class_="tick") for one in marks]
    null = _band([x(float(one)) for one in times], np.concatenate([one.null for _, one in decodings]), y, "k0 ghost")
    parts = [_band([x(float(one)) for one in times], one.accuracy, y, f"k{shade}")
             for shade, (_, one) in zip(shades, decodings, strict=True)]  # fmt: skip
    start = element("line", x1=x(0.0), x2=x(0.0), y1=top, y2=bottom, class_="day0") if times[0] < 0 < times[-1] else ""
    base = element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="axis")
    unit = text(4, 13, msg("decoded right, %, by seconds from the choice; grey: labels shuffled"), class_="unit")
    return element("svg", *grid, base, start, *ticks, unit, null, *parts, *_names(decodings, shades, y), role="img",
                   viewBox=f"0 0 {SMALL.width:g} {SMALL.height:g}", aria_labelledby=labelled_by,
                   class_="chart course crowded" if len(decodings) > _FEW else "chart course")  # fmt: skip


def _names(decodings: Sequence[tuple[Words, Decoding]], shades: Iterable[int], y: ValueScale) -> Iterator[Markup]:
    """What each curve shows, at its right end, pushed apart where names would touch."""
    _, right, top, bottom = SMALL.plot
    room = SMALL.right - 16
    boxes = [
        (
            (place, label),
            y(100 * float(np.median(one.accuracy[:, -1]))),
            rows_of(label, room, size=TEXT, most=3) * TEXT * 1.16,
        )
        for place, (label, one) in zip(shades, decodings, strict=True)
    ]
    for (place, label), middle in pushed(sorted(boxes, key=lambda box: box[1]), top - 8, bottom + 8):
        start = next(at for (other, _), at, _ in boxes if other == place)
        lead = element("path", d=path([(right + 2, start), (right + 9, middle)]), class_="lead")
        name = lines(right + 13, middle, label, width=room, size=TEXT, most=3, middle=True)
        yield group(lead, name, class_=f"k{place} name")


def _band(xs: Sequence[float], values: Array, y: ValueScale, style: str) -> Markup:
    low, middle, high = np.percentile(100 * values, [5, 50, 95], axis=0)
    upper, lower = list(zip(xs, map(y, high), strict=True)), list(zip(xs, map(y, low), strict=True))
    band = element("path", d=path([*upper, *reversed(lower)], close=True), class_="band")
    return group(band, element("path", d=path(zip(xs, map(y, middle), strict=True)), class_="median"), class_=style)


def state_matrix(states: States, *, colour: int = 1, labelled_by: str | None = None) -> Markup:
    """Firing of each state, neurons sorted by the state they prefer; the darker, the nearer to the neuron's largest."""
    rates = states.rates / np.where(states.rates.max(axis=0) > 0, states.rates.max(axis=0), 1.0)
    order = np.lexsort((-rates.max(axis=0), rates.argmax(axis=0)))
    wide = (SMALL.width - 46) / rates.shape[1]
    cells = [
        element("rect", x=40 + column * wide, y=24 + row * _CELL, width=wide + 0.05, height=_CELL - 2,
                fill_opacity=f"{shade:.2f}", fill="currentColor")
        for row in range(len(rates)) for column, shade in enumerate(np.round(rates[row, order], 2).tolist())
    ]  # fmt: skip
    labels = [text(34, 24 + (row + 0.7) * _CELL, str(row + 1), text_anchor="end", class_="tick")
              for row in range(len(rates))]  # fmt: skip
    high = 24 + _CELL * len(rates)
    below = text(40, high + 14, msg("neurons"), class_="tick")
    head = text(4, 13, _counted(states), class_="unit")
    return element("svg", head, *labels, group(*cells, class_=f"k{colour}"), below, role="img",
                   viewBox=f"0 0 {SMALL.width:g} {high + 22:g}", aria_labelledby=labelled_by,
                   class_="chart")  # fmt: skip


def _counted(states: States) -> Message:
    return msg("states at rest: {number}, distinct: {distinct}", number=states.number, distinct=states.distinct)
