"""Algebraic rules made into assignments, where they are linear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from euthymia.engine.batch.graph import RELATIONS, Graph, Node
from euthymia.errors import ModelError, Problem
from euthymia.words import msg

_STEPS = frozenset({*RELATIONS, "floor", "ceil", "gamma"})
"""Operations through which a derivative does not show that something depends on its argument."""


def solved(graph: Graph, rules: Iterable[Node], unknown: Mapping[str, Node]) -> dict[str, Node]:
    """The unknown quantities of equations ``rule = 0``, by elimination one after another.

    Parameters
    ----------
    graph
        Holds the nodes.
    rules
        Numbers that are to be 0.
    unknown
        Symbol of each unknown, by id; as many as rules.

    Raises
    ------
    ModelError
        If an equation is linear in none of its unknown quantities.
    """
    left = list(rules)
    names = dict(unknown)
    found: dict[str, Node] = {}
    if len(names) < len(left):
        raise ModelError(Problem(msg("An SBML element algebraicRule determines no quantity.")))
    while left:
        place, name = _best(graph, left, names)
        value = _root(graph, left.pop(place), names[name])
        known = {names.pop(name): value}
        left = graph.rebuild(left, known)
        found = dict(zip([*found, name], graph.rebuild([*found.values(), value], known), strict=True))
    return found


def _best(graph: Graph, rules: list[Node], unknown: Mapping[str, Node]) -> tuple[int, str]:
    """The rule and unknown to go on with: a number as coefficient if possible, then few unknown quantities."""
    symbols = frozenset(unknown.values())
    choices: list[tuple[bool, int, int, str]] = []
    for place, rule in enumerate(rules):
        within = symbols.intersection(graph.order([rule]))
        for name, symbol in unknown.items():
            if symbol in within and _linear(graph, rule, symbol):
                slope = graph.gradient(rule, frozenset({symbol}))[symbol]
                choices.append((not graph.is_const(slope), len(within), place, name))
    if not choices:
        ids = "”, “".join(unknown)
        raise ModelError(
            Problem(msg("The SBML element algebraicRule (for “{ids}”) is supported only where it is linear.", ids=ids))
        )
    _, _, place, name = min(choices)
    return place, name


def _linear(graph: Graph, rule: Node, symbol: Node) -> bool:
    slope = graph.gradient(rule, frozenset({symbol})).get(symbol)
    if slope is None or symbol in graph.order([slope]):
        return False
    return not any(graph.ops[node] in _STEPS and symbol in graph.order([node]) for node in graph.order([rule]))


def _root(graph: Graph, rule: Node, symbol: Node) -> Node:
    slope = graph.gradient(rule, frozenset({symbol}))[symbol]
    (rest,) = graph.rebuild([rule], {symbol: graph.const(0.0)})
    return graph.neg(graph.div(rest, slope))
