"""Reliefs that overlap: equations of a pool of circuits in the joined model.

With f the relief of each circuit, those above zero together relieve ``(sum f^p)^(1/p)``, those below zero burden
likewise: p = 1 adds them up, and the larger p is, the nearer the pool comes to the strongest of them. Each circuit's
share of it is ``f^p`` over the pool's ``p - 1``-th power, so the shares add up to the whole, and the part of a share
that shows at once is that of its circuit. A circuit that is alone in the pool counts whole.

References
----------
Minkowski's sum, as channels are pooled in Quick RF (1974). A vector-magnitude model of contrast detection.
Kybernetik 16:65.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.records.joining import Pooled, PooledPart

REST: Final = "1e-4"
"""Relief far below anything that can be seen: the width over which zero is crossed smoothly, and the least of a pool,
so that shares are defined where all reliefs are zero."""

_SIDES: Final = ("up", "down")


def present(pool: Pooled, studies: Mapping[str, object]) -> tuple[PooledPart, ...]:
    """The parts of a pool whose studies are joined; none if there are fewer than two to overlap."""
    found = tuple(part for part in pool.parts if part.study in studies)
    return found if len(found) > 1 else ()


def equations(pool: Pooled, names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Expressions by name: the parts, the pool above and below zero, what relieves slowly and at once.

    ``<name>_slow`` and ``<name>_now`` are what the affective states get.
    """
    parts = present(pool, names)
    power = pool.exponent
    found: dict[str, str] = {}
    slow: list[str] = []
    now: list[str] = []
    for part in parts:
        one = _own(names, part, part.relief)
        whole = f"{pool.name}_{part.study.lower()}"
        found[whole] = one if part.at_once is None else f"{one} + {_own(names, part, part.at_once)}"
        size = f"sqrt({whole}^2 + {REST}^2)"
        found[f"{whole}_up"] = f"({size} + {whole})/2"
        found[f"{whole}_down"] = f"({size} - {whole})/2"
        share = f"{whole}_share"
        found[share] = _share(pool.name, whole, power)
        if part.at_once_share is None:
            slow.append(share)
        else:
            quick = _own(names, part, part.at_once_share)
            slow.append(f"(1 - {quick})*{share}")
            now.append(f"{quick}*{share}")
    wholes = [f"{pool.name}_{part.study.lower()}" for part in parts]
    for side in _SIDES:
        terms = [f"{one}_{side}^{power}" for one in wholes]
        found[f"{pool.name}_{side}"] = f"({REST}^{power} + {' + '.join(terms)})^(1/{power})"
    return found | {f"{pool.name}_slow": " + ".join(slow), f"{pool.name}_now": " + ".join(now) or "0"}


def _own(names: Mapping[str, Mapping[str, str]], part: PooledPart, alone: str) -> str:
    return names[part.study].get(alone, alone)


def _share(pool: str, whole: str, power: str) -> str:
    above, below = (f"{whole}_{side}^{power}/{pool}_{side}^({power} - 1)" for side in _SIDES)
    return f"{above} - {below}"
