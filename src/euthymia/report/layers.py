"""A layered layout of a directed graph: layers by longest path, orders by barycentres, long edges through empty places.

References
----------
Sugiyama, Tagawa, Toda 1981, IEEE Trans Syst Man Cybern 11:109: the four steps that are followed here in short.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Node = str | tuple[int, int]
"""An entity's id, or the place that edge number i takes in layer j."""
_SWEEPS: Final = 12


@dataclass(frozen=True)
class Layout:
    """Where things stand.

    Attributes
    ----------
    layers
        Nodes by layer, in order.
    across
        For each node its place across the layers, in steps; real nodes of one layer are at least one apart.
    routes
        For each edge the nodes that it runs through, from its source to its target.
    """

    layers: tuple[tuple[Node, ...], ...]
    across: Mapping[Node, float]
    routes: tuple[tuple[Node, ...], ...]

    @property
    def breadth(self) -> float:
        """Steps from the first to the last place across."""
        return max(self.across.values()) - min(self.across.values())


def layout(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> Layout:
    """The layout of a graph; edges that would close a circle run backwards.

    >>> layout(["a", "b", "c"], [("a", "b"), ("b", "c")]).layers
    (('a',), ('b',), ('c',))
    """
    forward = [not closes for closes in _closing(nodes, edges)]
    directed = [(a, b) if ahead else (b, a) for (a, b), ahead in zip(edges, forward, strict=True)]
    level = _levels(nodes, directed)
    routes: list[tuple[Node, ...]] = []
    layers: list[list[Node]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for name in nodes:
        layers[level[name]].append(name)
    for index, (a, b) in enumerate(directed):
        between: list[Node] = [(index, step) for step in range(level[a] + 1, level[b])]
        for node, step in zip(between, range(level[a] + 1, level[b]), strict=True):
            layers[step].append(node)
        route: tuple[Node, ...] = (a, *between, b)
        routes.append(route if forward[index] else route[::-1])
    links = _Links.of(routes)
    ordered = _ordered(layers, links)
    return Layout(tuple(map(tuple, ordered)), _placed(ordered, links), tuple(routes))


@dataclass
class _Links:
    """Neighbours of each node along the routes."""

    near: dict[Node, list[Node]] = field(default_factory=dict)

    @classmethod
    def of(cls, routes: Sequence[tuple[Node, ...]]) -> _Links:
        links = cls()
        for route in routes:
            for a, b in itertools.pairwise(route):
                links.near.setdefault(a, []).append(b)
                links.near.setdefault(b, []).append(a)
        return links

    def mean(self, node: Node, places: Mapping[Node, float]) -> float | None:
        found = [places[other] for other in self.near.get(node, ()) if other in places]
        return sum(found) / len(found) if found else None


def _closing(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[bool]:
    """Which edges close a circle, found by walking the graph depth first in the order given."""
    closing = [a == b for a, b in edges]
    done: set[str] = set()

    def walk(node: str, above: tuple[str, ...]) -> None:
        done.add(node)
        for index, (a, b) in enumerate(edges):
            if a != node or closing[index]:
                continue
            if b in above or b == node:
                closing[index] = True
            elif b not in done:
                walk(b, (*above, node))

    starts = [name for name in nodes if all(b != name for _, b in edges)]
    for name in [*starts, *nodes]:
        if name not in done:
            walk(name, ())
    return closing


def _levels(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Longest path to each node; nodes that nothing leads to are moved close to what they lead to."""
    level = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for a, b in edges:
            if a != b:
                level[b] = max(level[b], level[a] + 1)
    for name in nodes:
        followers = [level[b] for a, b in edges if a == name and b != name]
        if followers and all(b != name for _, b in edges):
            level[name] = min(followers) - 1
    return level


def _ordered(layers: list[list[Node]], links: _Links) -> list[list[Node]]:
    places: dict[Node, float] = {node: float(i) for layer in layers for i, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = (len(layer) - 1) / 2
            wish = {node: (mean if (mean := links.mean(node, places)) is not None else places[node]) for node in layer}
            layer.sort(key=lambda node: wish[node])
            places.update({node: i - middle for i, node in enumerate(layer)})
    return layers


def _placed(layers: list[list[Node]], links: _Links) -> dict[Node, float]:
    """Places across: each node drawn to its neighbours, kept in order and apart."""
    places: dict[Node, float] = {node: i - (len(layer) - 1) / 2 for layer in layers for i, node in enumerate(layer)}
    for sweep in range(4 * _SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wish = [m if (m := links.mean(node, places)) is not None else places[node] for node in layer]
            places |= dict(zip(layer, _apart(layer, wish), strict=True))
    return places


def _apart(layer: Sequence[Node], wish: Sequence[float]) -> list[float]:
    """Wished places moved apart, in order; the block as a whole stays where it wished to be."""
    places: list[float] = []
    for index, (node, place) in enumerate(zip(layer, wish, strict=True)):
        gap = _gap(layer[index - 1], node) if index else 0.0
        places.append(place if not index else max(place, places[-1] + gap))
    shift = (sum(wish) - sum(places)) / len(places) if places else 0.0
    return [place + shift for place in places]


def _gap(first: Node, second: Node) -> float:
    return 1.0 if isinstance(first, str) and isinstance(second, str) else 0.72
