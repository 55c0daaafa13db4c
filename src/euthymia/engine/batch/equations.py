"""What the quantities of a model are at any time, as expressions of time, states and slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.mathml import Mathematics
from euthymia.engine.batch.parts import Parts
from euthymia.errors import BrokenModelError, Problem
from euthymia.models.algebraic import names_in
from euthymia.words import msg


class Equations:
    """Expressions of one model; each is made once.

    Parameters
    ----------
    parts
        The elements of the model.
    graph
        Takes the nodes.
    unknown
        What the ids that algebraic rules determine mean in mathematics.

    Attributes
    ----------
    states
        Names of what reactions and rate rules change, in the order of the document.
    """

    def __init__(self, parts: Parts, graph: Graph, unknown: Mapping[str, Node]) -> None:
        self.parts = parts
        self.graph = graph
        self.unknown = unknown
        self.mathematics = Mathematics(graph, parts.functions, self.derivative)
        self._made: dict[str, Node] = {}
        self._making: list[str] = []
        self.states = self._states()
        self._changes = self._all_changes()
        for name in self._ordered():
            self.value(name)

    def value(self, name: str) -> Node:
        """What an id means in mathematics.

        Raises
        ------
        KeyError
            If the model has no such id.
        ModelError
            If the quantity depends on itself.
        """
        return self._once(name, name)

    def rate(self, state: str) -> Node:
        """The derivative of a state by time."""
        return self._once(f"rate of {state}", state)

    def _once(self, key: str, name: str) -> Node:
        if key in self._making:
            raise CircleError(one.removeprefix("rate of ") for one in self._making[self._making.index(key) :])
        if key not in self._made:
            self._making.append(key)
            try:
                self._made[key] = self._value(name) if key == name else self._rate(name)
            finally:
                self._making.pop()
        return self._made[key]

    def _ordered(self) -> list[str]:
        """What assignment rules and kinetic laws determine, each after what it needs."""
        parts = self.parts
        laws = {name: law.getMath() for name, one in parts.reactions.items() if (law := _law(one)) is not None}
        needs = {name: names_in(root) for name, root in {**parts.assigned, **laws}.items()}
        for name, species in parts.species.items():
            needs.setdefault(name, {species.getCompartment()})
        done: dict[str, None] = {}
        for first in needs:
            path = [(first, iter(sorted(needs[first])))]
            started = {first}
            while path:
                name, rest = path[-1]
                following = next((one for one in rest if one in needs and one not in started and one not in done), None)
                if following is None:
                    done[name] = None
                    path.pop()
                else:
                    started.add(following)
                    path.append((following, iter(sorted(needs[following]))))
        return list(done)

    def _value(self, name: str) -> Node:
        parts, graph = self.parts, self.graph
        if name in parts.unknown:
            return self.unknown[name]
        if name in parts.assigned:
            return self.mathematics.number(parts.assigned[name], self.value, name)
        if name in parts.reactions:
            return self._extent_rate(parts.reactions[name])
        if name in parts.species:
            stored = parts.stored(name)
            held = graph.symbol(str(stored))
            by_amount = stored == name and not parts.as_amount(name)
            return graph.div(held, self.size(name)) if by_amount else held
        if name in parts.references and parts.fixed(name):
            return graph.const(stoichiometry(parts.references[name]))
        if name in parts.compartments or name in parts.parameters or name in parts.references:
            return graph.symbol(name)
        raise KeyError(name)

    def size(self, species: str) -> Node:
        """Size of the compartment of a species."""
        return self.value(self.parts.species[species].getCompartment())

    def amount(self, species: str) -> Node:
        """Amount of a species."""
        if self.parts.stored(species) == species:
            return self.graph.symbol(species)
        value = self.value(species)
        return value if self.parts.as_amount(species) else self.graph.mul(value, self.size(species))

    def concentration(self, species: str) -> Node:
        """Concentration of a species."""
        value = self.value(species)
        return self.graph.div(value, self.size(species)) if self.parts.as_amount(species) else value

    def _extent_rate(self, reaction: Any) -> Node:
        """The kinetic law of a reaction; 0 where there is none."""
        law = _law(reaction)
        if law is None:
            return self.graph.const(0.0)
        local = {one.getId(): one.getValue() for one in (*law.getListOfParameters(), *law.getListOfLocalParameters())}

        def lookup(name: str) -> Node:
            return self.graph.const(local[name]) if name in local else self.value(name)

        return self.mathematics.number(law.getMath(), lookup, reaction.getId())

    def _rate(self, state: str) -> Node:
        name = state.strip("[]")
        if name in self.parts.rated:
            return self.mathematics.number(self.parts.rated[name], self.value, name)
        graph = self.graph
        net: dict[str, Node] = {}
        for reaction, reference, produced in self._changes.get(name, ()):
            change = graph.add if produced else graph.sub
            net[reaction] = change(net.get(reaction, graph.const(0.0)), self._stoichiometry(reference))
        total = graph.const(0.0)
        for reaction, change_per_extent in net.items():
            total = graph.add(total, graph.mul(change_per_extent, self.value(reaction)))
        return graph.mul(self._conversion(name), total)

    def _all_changes(self) -> dict[str, list[tuple[str, Any, bool]]]:
        """For each species the reactions with a kinetic law that change it, by what reference, and as a product."""
        changes: dict[str, list[tuple[str, Any, bool]]] = {}
        for name, reaction in self.parts.reactions.items():
            sides = (reaction.getListOfReactants(), reaction.getListOfProducts())
            for produced, references in enumerate(sides) if _law(reaction) is not None else ():
                for reference in references:
                    changes.setdefault(reference.getSpecies(), []).append((name, reference, bool(produced)))
        return changes

    def _stoichiometry(self, reference: Any) -> Node:
        if reference.getId():
            return self.value(reference.getId())
        if reference.isSetStoichiometryMath() and reference.getStoichiometryMath().isSetMath():
            root = reference.getStoichiometryMath().getMath()
            return self.mathematics.number(root, self.value, "stoichiometryMath")
        return self.graph.const(stoichiometry(reference))

    def _conversion(self, species: str) -> Node:
        for element in (self.parts.species[species], self.parts.sbml):
            if element.isSetConversionFactor():
                return self.value(element.getConversionFactor())
        return self.graph.const(1.0)

    def _states(self) -> list[str]:
        parts = self.parts
        quantities = (*parts.species, *parts.compartments, *parts.parameters, *parts.references)
        stored = [(name, parts.stored(name)) for name in quantities]
        return [held for name, held in stored if held is not None and (name in parts.rated or self._reacts(name))]

    def _reacts(self, name: str) -> bool:
        if name not in self.parts.reacting:
            return False
        species = self.parts.species[name]
        return not (species.getBoundaryCondition() or species.getConstant())

    def derivative(self, node: Node) -> Node:
        """The derivative by time of an expression of time, states and slots."""
        graph = self.graph
        states, time = {graph.symbol(name): name for name in self.states}, graph.symbol("time")
        symbols = {one for one in graph.order([node]) if one in states or one == time}
        total = graph.const(0.0)
        for symbol, partial in graph.gradient(node, frozenset(symbols)).items():
            rate = graph.const(1.0) if symbol == time else self.rate(states[symbol])
            total = graph.add(total, graph.mul(partial, rate))
        return total


def stoichiometry(reference: Any) -> float:
    """The number that a species reference states; NaN where it states none."""
    return float(reference.getStoichiometry()) / (reference.getDenominator() or 1)


class CircleError(BrokenModelError):
    """Quantities that depend on each other in a circle."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        ids = "”, “".join(dict.fromkeys(name.strip("[]") for name in self.names))
        super().__init__(Problem(msg("The equations of “{ids}” depend on each other in a circle.", ids=ids)))

    def __reduce__(self) -> tuple[type[CircleError], tuple[tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.names,)


def _law(reaction: Any) -> Any:
    law = reaction.getKineticLaw() if reaction.isSetKineticLaw() else None
    return law if law is not None and law.isSetMath() else None
