"""The causal chain as a picture: entities as boxes in layers, links as numbered arrows that say what they do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from euthymia.records.study import Entity, Link, Study
from euthymia.report.layers import Layout, Node, layout
from euthymia.report.svg import element, group, lines, rows_of, text, text_width
from euthymia.report.weighed import Weights, legend, stroke, weight_label
from euthymia.words import LANGUAGES, Message, msg

Spot = tuple[float, float]
SIGNS: Final[Mapping[str, Message]] = {
    "+": msg("raises"),
    "-": msg("lowers"),
    "0": msg("no effect"),
    "gate": msg("needed"),
}
"""What a link does, in words."""
CLASSES: Final = {"+": "plus", "-": "minus", "0": "zero", "gate": "gate"}
KINDS: Final[Mapping[str, Message]] = {
    "drug": msg("drug"),
    "receptor": msg("receptor"),
    "protein": msg("protein"),
    "gene": msg("gene"),
    "cell": msg("cells"),
    "region": msg("region"),
    "process": msg("process"),
    "structure": msg("structure"),
    "behaviour": msg("behaviour"),
}
"""What an entity is, in words."""
_WIDEST: Final = 1180.0
_HEAD: Final = 9.0
_SIZE: Final = 12.0


@dataclass(frozen=True)
class Shape:
    """How a chain is laid on the page.

    Attributes
    ----------
    down
        Whether the layers run from top to bottom instead of left to right.
    width
        Width of a box.
    between
        Room between layers.
    step
        Distance of neighbours across the layers.
    """

    down: bool
    width: float
    between: float
    step: float


@dataclass(frozen=True)
class ChainPicture:
    """The chain as SVG, and whether it runs from top to bottom on wide screens."""

    svg: Markup
    down: bool


def chain_pictures(study: Study, *, labelled_by: str, weights: Weights | None = None) -> ChainPicture:
    """The chain for wide and for narrow screens; the style sheet shows one.

    With `weights` the lines say how much of an effect each link carries.
    """
    plan = layout(list(study.entities), [(link.source, link.target) for link in study.chain])
    count = len(plan.layers)
    more = 0 if weights is None else 22  # badges are wider
    beside = Shape(down=False, width=126, between=78 + more, step=96)
    flat = count * beside.width + (count - 1) * beside.between <= _WIDEST
    wide = beside if flat else Shape(down=True, width=142, between=48 + more, step=156)
    room = 340 / (plan.breadth + 1)
    narrow = Shape(down=True, width=min(150.0, room - 8), between=56 + more, step=room) if room >= 84 else None
    pictures = [_Picture(study, plan, wide, weights).drawn(labelled_by, "chain wide" if narrow else "chain")]
    if narrow:
        pictures.append(_Picture(study, plan, narrow, weights).drawn(labelled_by, "chain narrow"))
    return ChainPicture(Markup("").join(pictures), wide.down)


class _Picture:
    def __init__(self, study: Study, plan: Layout, shape: Shape, weights: Weights | None) -> None:
        self.study, self.plan, self.shape, self.weights = study, plan, shape, weights
        rows = [rows_of(one.label, shape.width - 20, size=_SIZE, most=4) for one in study.entities.values()]
        self.height = 27.0 + 14.0 * max(rows)
        self.along = {node: i for i, layer in enumerate(plan.layers) for node in layer}
        self.least = min(plan.across.values())
        self.taken = [self._box(name) for name in study.entities]
        self.ports = self._ports()

    def drawn(self, labelled_by: str, style: str) -> Markup:
        margin = 14.0
        places = [self._centre(node) for layer in self.plan.layers for node in layer]
        wide = max(x for x, _ in places) + self.shape.width / 2 + margin
        high = max(y for _, y in places) + self.height / 2 + margin
        routes = list(zip(self.study.chain, self.plan.routes, strict=True))
        curves = [self._curve(index, route) for index, (_, route) in enumerate(routes)]
        edges = [self._edge(link, route, curve) for (link, route), curve in zip(routes, curves, strict=True)]
        badges = [
            self._badge(i + 1, link, curve) for i, ((link, _), curve) in enumerate(zip(routes, curves, strict=True))
        ]
        boxes = [self._entity(name, one) for name, one in self.study.entities.items()]
        key = Markup("")
        if self.weights is not None:
            key, room = legend(wide, high)
            high, style = high + room, f"{style} weighed"
        return element("svg", *edges, *boxes, *badges, key, viewBox=f"0 0 {wide:.0f} {high:.0f}", role="img",
                       class_=style, aria_labelledby=labelled_by, style=f"--natural:{wide:.0f}px")  # fmt: skip

    def _centre(self, node: Node) -> Spot:
        thick = self.height if self.shape.down else self.shape.width
        along = 14 + thick / 2 + self.along[node] * (thick + self.shape.between)
        half = (self.shape.width if self.shape.down else self.height) / 2
        across = 14 + half + (self.plan.across[node] - self.least) * max(self.shape.step, 0)
        return (across, along) if self.shape.down else (along, across)

    def _box(self, name: str) -> tuple[float, float, float, float]:
        x, y = self._centre(name)
        return x - self.shape.width / 2, y - self.height / 2, x + self.shape.width / 2, y + self.height / 2

    def _ports(self) -> dict[tuple[int, int], float]:
        """For each edge and end, how far from the box's middle it touches, so that edges do not lie on each other."""
        sides: dict[tuple[Node, bool], list[tuple[float, int, int]]] = {}
        for index, route in enumerate(self.plan.routes):
            for end, node, other in ((0, route[0], route[1]), (1, route[-1], route[-2])):
                after = self.along[other] > self.along[node]
                sides.setdefault((node, after), []).append((self.plan.across[other], index, end))
        room = (self.shape.width if self.shape.down else self.height) - 18
        ports: dict[tuple[int, int], float] = {}
        for found in sides.values():
            for place, (_, index, end) in enumerate(sorted(found)):
                ports[index, end] = (place - (len(found) - 1) / 2) * min(26.0, room / len(found))
        return ports

    def _curve(self, index: int, route: Sequence[Node]) -> list[tuple[Spot, Spot, Spot, Spot]]:
        """An edge as cubic pieces, each leaving and arriving along the direction of the layers."""
        if route[0] == route[-1]:
            return [self._loop(route[0])]
        spots: list[Spot] = []
        for place, node in enumerate(route):
            other = route[place + 1] if place + 1 < len(route) else route[place - 1]
            if place in (0, len(route) - 1):
                spots.append(self._port(node, self.along[other] > self.along[node], self.ports[index, int(place > 0)],
                                        arriving=place > 0))  # fmt: skip
            else:
                spots.append(self._centre(node))
        return [self._piece(a, b) for a, b in itertools.pairwise(spots)]

    def _port(self, node: Node, after: bool, offset: float, *, arriving: bool) -> Spot:
        x, y = self._centre(node)
        side = 1 if after else -1
        gap = (_HEAD + 4) if arriving else 0.0
        if self.shape.down:
            return x + offset, y + side * (self.height / 2 + gap)
        return x + side * (self.shape.width / 2 + gap), y + offset

    def _loop(self, node: Node) -> tuple[Spot, Spot, Spot, Spot]:
        """An edge from a box to itself, at the side that layers leave free."""
        x, y = self._centre(node)
        if self.shape.down:
            side = x + self.shape.width / 2
            return (side, y - 12), (side + 34, y - 30), (side + 34, y + 40), (x + 20, y + self.height / 2 + _HEAD + 4)
        foot = y + self.height / 2
        return (x - 24, foot), (x - 24, foot + 34), (x + 70, foot + 34), (x + self.shape.width / 2 + _HEAD + 4, y + 12)

    def _piece(self, a: Spot, b: Spot) -> tuple[Spot, Spot, Spot, Spot]:
        if self.shape.down:
            bend = (b[1] - a[1]) * 0.45
            return a, (a[0], a[1] + bend), (b[0], b[1] - bend), b
        bend = (b[0] - a[0]) * 0.45
        return a, (a[0] + bend, a[1]), (b[0] - bend, b[1]), b

    def _edge(self, link: Link, route: Sequence[Node], curve: Sequence[tuple[Spot, Spot, Spot, Spot]]) -> Markup:
        start = curve[0][0]
        data = f"M{start[0]:.1f} {start[1]:.1f}" + "".join(
            f"C{b[0]:.1f} {b[1]:.1f} {c[0]:.1f} {c[1]:.1f} {d[0]:.1f} {d[1]:.1f}" for _, b, c, d in curve
        )
        ahead = 1 if self.along[route[-1]] > self.along[route[-2]] else -1
        kind, width, spread = CLASSES[link.sign], None, 1.0
        if self.weights is not None:
            drawn = stroke(self.weights.get(link.id))
            kind, width, spread = f"{kind} {drawn.style}", f"stroke-width:{drawn.width:.1f}px", drawn.spread
        line = element("path", d=data, class_="link", style=width)
        return group(line, self._head(link.sign, curve[-1][3], ahead, spread), class_=f"edge {kind}")

    def _head(self, sign: str, end: Spot, ahead: int, spread: float) -> Markup:
        """The end of an arrow: a triangle, a bar, an open circle or a diamond."""

        def at(along: float, across: float) -> str:
            across *= spread
            x, y = (across, along * ahead) if self.shape.down else (along * ahead, across)
            return f"{end[0] + x:.1f} {end[1] + y:.1f}"

        if sign == "+":
            return element("path", d=f"M{at(_HEAD, 0)}L{at(-1, 5)}L{at(-1, -5)}Z", class_="head")
        if sign == "-":
            return element(
                "path", d=f"M{at(0, 0)}L{at(_HEAD - 2, 0)}M{at(_HEAD - 2, 7)}L{at(_HEAD - 2, -7)}", class_="bar"
            )
        if sign == "gate":
            return element("path", d=f"M{at(_HEAD, 0)}L{at(3, 5.5)}L{at(-3, 0)}L{at(3, -5.5)}Z", class_="head")
        x, y = at(4.0, 0).split(" ")
        return element("circle", cx=x, cy=y, r=4, class_="open")

    def _badge(self, count: int, link: Link, curve: Sequence[tuple[Spot, Spot, Spot, Spot]]) -> Markup:
        """Number and sign of a link, on its line where nothing else is."""
        label, kind = msg("{number} {sign}", number=count, sign=SIGNS[link.sign]), CLASSES[link.sign]
        if self.weights is not None:
            weight = self.weights.get(link.id)
            label, kind = weight_label(count, SIGNS[link.sign], weight), f"{kind} {stroke(weight).style}"
        wide = max(text_width(label.text(one), 10.5) for one in LANGUAGES) + 10
        x, y = self._free(curve, wide)
        self.taken.append((x - wide / 2, y - 9, x + wide / 2, y + 9))
        box = element("rect", x=x - wide / 2, y=y - 9, width=wide, height=18, rx=9)
        return group(box, text(x, y + 3.8, label, text_anchor="middle"), class_=f"badge {kind}")

    def _free(self, curve: Sequence[tuple[Spot, Spot, Spot, Spot]], wide: float) -> Spot:
        found = list(_along(curve))
        return min(found, key=lambda spot: (self._overlap(spot, wide), found.index(spot)))

    def _overlap(self, spot: Spot, wide: float) -> float:
        left, right, top, bottom = spot[0] - wide / 2 - 2, spot[0] + wide / 2 + 2, spot[1] - 11, spot[1] + 11
        return sum(
            max(0.0, min(right, box[2]) - max(left, box[0])) * max(0.0, min(bottom, box[3]) - max(top, box[1]))
            for box in self.taken
        )

    def _entity(self, name: str, entity: Entity) -> Markup:
        left, top, _, _ = self._box(name)
        wide, x = self.shape.width, left + self.shape.width / 2
        round_ = {"drug": self.height / 2.4, "behaviour": 3.0}.get(entity.kind, 9.0)
        box = element("rect", x=left, y=top, width=wide, height=self.height, rx=round_)
        kind = text(x, top + 16, KINDS[entity.kind], text_anchor="middle", class_="kind")
        label = lines(x, top + 22 + (self.height - 22) / 2 - 4, entity.label, width=wide - 20, size=_SIZE, most=4,
                      middle=True, text_anchor="middle", class_="label")  # fmt: skip
        return group(box, kind, label, class_=f"entity {entity.kind}")


def _along(curve: Sequence[tuple[Spot, Spot, Spot, Spot]]) -> Iterator[Spot]:
    """Places on a curve, the middle first."""
    middle = len(curve) // 2
    for piece in sorted(range(len(curve)), key=lambda one: abs(one - middle)):
        for part in (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78):
            yield _at(curve[piece], part)


def _at(piece: tuple[Spot, Spot, Spot, Spot], t: float) -> Spot:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x = sum(weight * spot[0] for weight, spot in zip(weights, piece, strict=True))
    y = sum(weight * spot[1] for weight, spot in zip(weights, piece, strict=True))
    return x, y
