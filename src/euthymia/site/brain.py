"""A schematic mouse brain cut lengthwise, drawn for the atlas, with its places as links."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from markupsafe import Markup

from euthymia.records.regions import Region, Regions, Shape
from euthymia.report.svg import element, group, path, text
from euthymia.words import Message, msg

Spot = tuple[float, float]
Curve = tuple[Spot, Spot, Spot, Spot]
WIDTH: Final = 1000.0
HEIGHT: Final = 530.0
TOP: Final = 40.0
"""Room above the drawing for names, which may have negative heights."""
OUTER: Final[tuple[Curve, ...]] = (
    ((196, 268), (168, 232), (176, 172), (244, 120)),
    ((244, 120), (330, 56), (470, 44), (566, 74)),
    ((566, 74), (622, 92), (662, 130), (672, 190)),
)
"""Surface of the cortex, from the front to the back."""
INNER: Final[tuple[Curve, ...]] = (
    ((240, 254), (226, 226), (240, 190), (288, 164)),
    ((288, 164), (360, 118), (468, 104), (540, 128)),
    ((540, 128), (580, 142), (612, 166), (622, 204)),
)
"""Inner border of the cortex."""
_BULB: Final = "M196 268C180 246 140 232 104 238C66 244 40 264 44 288C48 312 90 318 128 312C162 306 196 300 214 296Z"
_FOREBRAIN: Final = (
    "M196 268C168 232 176 172 244 120C330 56 470 44 566 74C622 92 662 130 672 190C660 214 640 222 622 224"
    "C636 262 612 330 560 360C540 372 512 374 488 366C470 384 430 384 404 366C352 362 282 352 240 322"
    "C214 304 204 290 196 268Z"
)
_BRAINSTEM: Final = (
    "M540 214C566 188 604 184 632 204C652 200 680 214 690 236C716 252 760 262 800 280C850 296 900 312 960 326L958 372"
    "C900 372 850 372 806 370C770 392 720 408 676 398C640 392 606 376 590 356C566 350 540 340 524 318"
    "C508 286 516 240 540 214Z"
)
_CEREBELLUM: Final = (
    "M684 226C666 206 664 168 690 150C698 116 742 100 772 116C804 108 842 128 844 160C872 178 874 218 848 234"
    "C842 262 808 274 780 262C748 268 708 256 684 226Z"
)
_FOLIA: Final = (
    "M690 150C712 158 730 178 742 214", "M772 116C768 146 762 178 756 214", "M844 160C818 166 788 186 766 216",
    "M848 234C820 224 796 222 770 228", "M684 226C706 218 726 218 744 224",
)  # fmt: skip
_CALLOSUM: Final = "M262 226C262 196 306 172 344 156C420 128 500 132 548 156C566 166 570 182 556 186"
_DEEP: Final = (
    "M300 246C316 206 368 190 396 206C410 240 396 300 340 312C304 310 288 280 300 246Z",
    "M404 246C412 214 470 190 522 204C566 220 572 268 534 288C488 306 414 292 404 246Z",
    "M484 176C530 164 590 182 602 218C612 252 600 296 572 312C586 276 580 232 556 212C538 196 508 190 484 176Z",
)
"""Striatum, thalamus and hippocampus, faint."""
_PITUITARY: Final = "M442 378L446 394C428 396 424 418 446 422C472 424 474 398 456 394L460 378"
_SAID: Final[tuple[tuple[float, float, Message], ...]] = (
    (112, 282, msg("olfactory bulb")), (768, 194, msg("cerebellum")), (752, 340, msg("brainstem")),
)  # fmt: skip
STEPS: Final = 24


def brain_map(regions: Regions, counts: Mapping[str, int], *, labelled_by: str, described_by: str) -> Markup:
    """The map as an SVG element; each place is a link to its entry in the list.

    Parameters
    ----------
    regions
        The places of the atlas.
    counts
        By place, how many studies involve it.
    labelled_by, described_by
        Ids of the elements that name and describe the picture.
    """
    shaped = [(name, one, one.shape) for name, one in regions.places.items() if one.shape is not None]
    places = [_place(name, one, shape, counts.get(name, 0)) for name, one, shape in shaped]
    drawn = group(_ground(), *places, transform=f"translate(0 {TOP:g})")
    return element("svg", drawn, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="group", class_="brain",
                   aria_labelledby=labelled_by or None, aria_describedby=described_by or None)  # fmt: skip


def _ground() -> Markup:
    tissue = [
        element("path", d=one, class_="tissue") for one in (_BULB, _PITUITARY, _BRAINSTEM, _FOREBRAIN, _CEREBELLUM)
    ]
    folds = [element("path", d=one, class_="fold") for one in _FOLIA]
    deep = [element("path", d=one, class_="deep") for one in _DEEP]
    cortex = element("path", d=path(band(0.0, 1.0), close=True), class_="cortex")
    said = [text(x, y, words, text_anchor="middle", class_="ground-name") for x, y, words in _SAID]
    return group(*tissue, *folds, cortex, *deep, element("path", d=_CALLOSUM, class_="callosum"), *said,
                 aria_hidden="true")  # fmt: skip


def _place(name: str, region: Region, shape: Shape, studies: int) -> Markup:
    beside = " beside" if shape.beside else ""
    drawn, middle = _outline(shape)
    x, y = float(shape.name_at[0]), float(shape.name_at[1])
    lead = path([middle, _near((x, y), middle)])
    parts = [
        element("path", d=lead, class_="lead"),
        drawn,
        element("circle", cx=middle[0], cy=middle[1], r=2.2, class_="pin"),
        text(x, y, region.label.text, text_anchor=shape.anchor, class_="place-name"),
        element("title", *_titles(region, studies)),
    ]
    return element("a", *parts, href=f"#place-{name}", class_=f"place{beside}", data_place=name)


def _titles(region: Region, studies: int) -> Iterator[str]:
    """Both languages in one line: a tool tip knows no style sheet."""
    yield f"{region.label.en} · {region.label.zh} ({studies})"


def _outline(shape: Shape) -> tuple[Markup, Spot]:
    if shape.band is not None:
        start, stop = float(shape.band[0]), float(shape.band[1])
        half = (start + stop) / 2
        outer, inner = along(OUTER, half), along(INNER, half)
        middle = (outer[0] + inner[0]) / 2, (outer[1] + inner[1]) / 2
        return element("path", d=path(band(start, stop), close=True), class_="spot"), middle
    x, y, wide, high, angle = (float(one) for one in shape.at or (0, 0, 0, 0, 0))
    turned = f"rotate({angle:g} {x:g} {y:g})"
    return element("ellipse", cx=x, cy=y, rx=wide, ry=high, transform=turned, class_="spot"), (x, y)


def _near(name: Spot, middle: Spot) -> Spot:
    """Where a line to a name ends: short of its letters."""
    x, y = name[0], name[1] - 5
    far = math.dist((x, y), middle)
    short = max(0.0, 1 - 12 / far) if far else 0.0
    return middle[0] + (x - middle[0]) * short, middle[1] + (y - middle[1]) * short


def band(start: float, stop: float) -> list[Spot]:
    """A part of the cortex as a closed outline.

    >>> len(band(0.0, 1.0)) == 2 * (STEPS + 1)
    True
    """
    shares = [start + (stop - start) * step / STEPS for step in range(STEPS + 1)]
    return [along(OUTER, one) for one in shares] + [along(INNER, one) for one in reversed(shares)]


def along(curves: tuple[Curve, ...], share: float) -> Spot:
    """A spot on joined curves, each of which takes an equal part.

    >>> along(OUTER, 0.0), along(OUTER, 1.0)
    ((196.0, 268.0), (672.0, 190.0))
    """
    part = min(max(share, 0.0), 1.0) * len(curves)
    index = min(int(part), len(curves) - 1)
    t = part - index
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    spots = curves[index]
    return (float(sum(w * x for w, (x, _) in zip(weights, spots, strict=True))),
            float(sum(w * y for w, (_, y) in zip(weights, spots, strict=True))))  # fmt: skip
