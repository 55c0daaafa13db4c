"""Whether rates go on without a jump where a mode changes, as at the corner of a maximum; tried at points by chance."""

from __future__ import annotations

import math
import random
from typing import Final

from euthymia.engine.batch.discrete import Modes
from euthymia.engine.batch.graph import RELATIONS, Graph, Node
from euthymia.engine.batch.system import System

_POINTS: Final = 4
"""Points at which both sides must agree. A jump is nowhere zero by chance."""
_TRIES: Final = 40
"""Draws of all symbols until the points are found."""
_AGREE: Final = 1e-6
"""Relative difference of the two sides that may be rounding."""
_NEWTON: Final = 8
"""Steps to the crossing; one is enough where it is linear in the symbol that is moved."""


def jumping_modes(system: System, modes: Modes) -> list[int]:
    """The watched modes at whose change the rates jump, or may jump."""
    return [index for index in modes.watched if not _continuous(system, modes, index)]


def _continuous(system: System, modes: Modes, index: int) -> bool:
    graph = system.graph
    relation = graph.args[modes.now[index]][0] if graph.args[modes.now[index]] else modes.now[index]
    if graph.ops[relation] not in RELATIONS:
        return False  # floor and ceiling
    difference = graph.sub(*graph.args[relation])
    chance, agreed = random.Random(index), 0
    for _ in range(_TRIES):
        point = _crossing(graph, difference, {name: chance.uniform(0.5, 2.0) for name in _names(system)}, chance)
        if point is None:
            continue
        sides = [_rates(system, modes, point, index, value) for value in (0.0, 1.0)]
        pairs = list(zip(*sides, strict=True))
        if not all(math.isfinite(a) and math.isfinite(b) for a, b in pairs):
            continue
        if any(abs(a - b) > _AGREE * (1.0 + abs(a) + abs(b)) for a, b in pairs):
            return False
        agreed += 1
        if agreed == _POINTS:
            return True
    return False


def _names(system: System) -> tuple[str, ...]:
    return (*system.states, *system.slots, "time")


def _crossing(
    graph: Graph, difference: Node, point: dict[str, float], chance: random.Random
) -> dict[str, float] | None:
    """The point with one of its numbers moved so that a difference is zero; None if that fails."""
    by = {graph.symbol(name): name for name in point}
    slopes = graph.gradient(difference, frozenset(by))
    if not slopes:
        return None
    symbol = chance.choice(sorted(slopes))
    for _ in range(_NEWTON):
        value, slope = graph.evaluate([difference, slopes[symbol]], point)
        if value == 0.0:
            break
        if not (math.isfinite(value) and math.isfinite(slope)) or slope == 0.0:
            return None
        point = {**point, by[symbol]: point[by[symbol]] - value / slope}
    [value] = graph.evaluate([difference], point)
    return point if abs(value) < 1e-12 else None


def _rates(system: System, modes: Modes, point: dict[str, float], index: int, value: float) -> list[float]:
    """Rates at a point with one mode held at a value."""
    now = system.graph.evaluate(modes.now, point)
    held = {f"mode {number}": value if number == index else found for number, found in enumerate(now)}
    return system.graph.evaluate(modes.frozen, {**point, **held})
