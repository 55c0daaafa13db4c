"""Initial values as expressions of what the caller gives."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

from euthymia.engine.batch.equations import CircleError, Equations, stoichiometry
from euthymia.engine.batch.graph import Node
from euthymia.engine.batch.parts import other_form


class InitialValues:
    """Initial values of one model.

    Parameters
    ----------
    equations
        What the quantities are at any time; at time 0 they hold with the initial values of states and slots.
    settable
        Keys that the caller may give.
    """

    def __init__(self, equations: Equations, settable: Collection[str]) -> None:
        self.equations = equations
        self.graph = equations.graph
        self.parts = equations.parts
        self.settable = frozenset(settable)
        self._stated = dict(self._all_stated())
        self._meanings = dict(self._all_meanings())
        self._nodes: dict[str, list[Node]] = {}
        for node, key in self._meanings.items():
            self._nodes.setdefault(key, []).append(node)
        self._known: dict[Node, Node] = {self.graph.symbol("time"): self.graph.const(0.0)}
        self._made: dict[str, Node] = {}

    def of(self, key: str) -> Node:
        """The initial value of a state or slot; of a species as ``S1`` its amount, as ``[S1]`` its concentration.

        Raises
        ------
        CircleError
            If it depends on itself.
        """
        path = {key: self._needs(key)}
        while path:
            name = next(reversed(path))
            following = next((one for one in path[name] if one not in self._made), None)
            if following is None:
                self._make(name)
                del path[name]
            elif following in path:
                raise CircleError(list(path)[list(path).index(following) :])
            else:
                path[following] = self._needs(following)
        return self._made[key]

    def _make(self, key: str) -> None:
        (self._made[key],) = self.graph.rebuild([self._stated[key]], self._known)
        self._known |= dict.fromkeys(self._nodes.get(key, ()), self._made[key])

    def _needs(self, key: str) -> Iterator[str]:
        """Keys whose initial values an expression needs; what is below a quantity known by itself is not looked at."""
        seen: set[Node] = set()
        stack = [self._stated[key]]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self._meanings:
                yield self._meanings[node]
            else:
                stack.extend(self.graph.args[node])

    def _all_meanings(self) -> Iterator[tuple[Node, str]]:
        """Nodes that stand for a key: states and slots, and the other form of each species."""
        for name in self._held():
            if name in self.parts.species:
                yield self.equations.concentration(name), f"[{name}]"
                yield self.equations.amount(name), name
            yield self.graph.symbol(str(self.parts.stored(name))), str(self.parts.stored(name))

    def _held(self) -> Iterator[str]:
        parts = self.parts
        for name in (*parts.species, *parts.compartments, *parts.parameters, *parts.references):
            if parts.stored(name) is not None:
                yield name

    def _all_stated(self) -> Iterator[tuple[str, Node]]:
        for name in self._held():
            if name in self.parts.species:
                yield from self._species(name)
            else:
                yield name, self._given(name, self._default(name))

    def _default(self, name: str) -> Node:
        """The value of a compartment, parameter or species reference if the caller gives none."""
        parts = self.parts
        if name in parts.initially:
            return self.equations.mathematics.number(parts.initially[name], self.equations.value, name)
        if name in parts.compartments:
            return self._number(parts.compartments[name], "Size")
        if name in parts.parameters:
            return self._number(parts.parameters[name], "Value")
        return self.graph.const(stoichiometry(parts.references[name]))

    def _species(self, name: str) -> Iterator[tuple[str, Node]]:
        graph, size = self.graph, self.equations.size(name)
        amount, concentration = self._species_default(name)
        given = f"[{name}]"
        yield name, self._given(name, self._given(given, amount, graph.mul(self._symbol(given), size)))
        yield given, self._given(given, self._given(name, concentration, graph.div(self._symbol(name), size)))

    def _species_default(self, name: str) -> tuple[Node, Node]:
        """Amount and concentration of a species if the caller gives neither."""
        graph, species, size = self.graph, self.parts.species[name], self.equations.size(name)
        by_amount = True
        if name in self.parts.initially:
            by_amount = self.parts.as_amount(name)
            stated = self.equations.mathematics.number(self.parts.initially[name], self.equations.value, name)
        elif species.isSetInitialConcentration():
            by_amount = False
            stated = graph.const(species.getInitialConcentration())
        else:
            stated = self._number(species, "InitialAmount")
        return (stated, graph.div(stated, size)) if by_amount else (graph.mul(stated, size), stated)

    def _number(self, element: Any, attribute: str) -> Node:
        stated = getattr(element, f"isSet{attribute}")()
        return self.graph.const(getattr(element, f"get{attribute}")() if stated else math.nan)

    def _symbol(self, key: str) -> Node:
        return self.graph.symbol(f"given {key}")

    def _given(self, key: str, otherwise: Node, value: Node | None = None) -> Node:
        """A value (that of the key itself if left out) where the caller gives the key, else another."""
        if key not in self.settable:
            return otherwise
        has = self.graph.relation("lt", self.graph.const(0.0), self.graph.symbol(f"has {key}"))
        return self.graph.select(has, self._symbol(key) if value is None else value, otherwise)


def initial_values(
    equations: Equations, names: Collection[str], settable: list[str]
) -> tuple[list[str], dict[str, Node]]:
    """The keys that can be given, and the initial value of each state and slot.

    Where the size of a compartment depends on an amount or concentration in it, that species can be given in this form
    only; the other one would depend on itself.

    Raises
    ------
    CircleError
        If an initial value depends on itself.
    """
    initial = InitialValues(equations, settable)
    try:
        return settable, {name: initial.of(name) for name in names}
    except CircleError as error:
        others = {other_form(key) for key in error.names if key.strip("[]") in equations.parts.species}
        left = [key for key in settable if key not in others or key in error.names]
        if len(left) == len(settable):
            raise
        return initial_values(equations, names, left)
