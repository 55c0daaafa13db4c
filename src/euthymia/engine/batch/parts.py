"""The elements of an SBML model, sorted by what determines a quantity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import libsbml

from euthymia.errors import BrokenModelError, Problem, suggestion
from euthymia.models.algebraic import algebraic_variables, names_in, undecided_variables
from euthymia.models.model import Model
from euthymia.words import Message, msg


@dataclass(frozen=True)
class Parts:
    """Elements of one model as libSBML objects; rules, initial assignments and functions without mathematics left out.

    Attributes
    ----------
    document
        Keeps the objects alive.
    sbml
        The model.
    compartments, species, parameters, references, reactions
        By id; `references` are the species references that have one.
    assigned, rated, initially
        Mathematics of the assignment rules, rate rules and initial assignments, by the id of what they set. In
        `assigned` are also the references with stoichiometryMath.
    algebraic
        Mathematics of the algebraic rules.
    unknown
        Ids that the algebraic rules determine.
    functions
        Lambda of each function definition.
    reacting
        Ids of the species that reactions change.
    set_by_events
        Ids that event assignments set.
    """

    document: Any
    sbml: Any
    compartments: dict[str, Any]
    species: dict[str, Any]
    parameters: dict[str, Any]
    references: dict[str, Any]
    reactions: dict[str, Any]
    assigned: dict[str, Any]
    rated: dict[str, Any]
    initially: dict[str, Any]
    algebraic: tuple[Any, ...]
    unknown: tuple[str, ...]
    functions: dict[str, Any]
    reacting: frozenset[str]
    set_by_events: frozenset[str]

    def stored(self, name: str) -> str | None:
        """Name of the state or slot that holds a quantity; None where equations determine it."""
        if name in self.assigned or name in self.unknown or name in self.reactions:
            return None
        if name in self.species:
            return f"[{name}]" if name in self.rated and not self.as_amount(name) else name
        return None if self.fixed(name) else name

    def fixed(self, name: str) -> bool:
        """Whether a quantity is a species reference whose stoichiometry is a number for ever."""
        varied = name in self.rated or name in self.initially or name in self.set_by_events
        return name in self.references and not varied

    def as_amount(self, species: str) -> bool:
        """Whether the id of a species means its amount in mathematics."""
        element = self.species[species]
        compartment = self.compartments[element.getCompartment()]
        return bool(element.getHasOnlySubstanceUnits() or compartment.getSpatialDimensionsAsDouble() == 0.0)


def parts_of(model: Model) -> Parts:
    """The elements of a model.

    Raises
    ------
    BrokenModelError
        If something is used that the model does not have, or a quantity is determined twice.
    """
    document = libsbml.readSBMLFromString(model.sbml)
    sbml = document.getModel()
    references = {one.getId(): one for one in species_references(sbml) if one.getId()}
    rules = [rule for rule in sbml.getListOfRules() if rule.isSetMath()]
    computed = {name: one.getStoichiometryMath() for name, one in references.items() if one.isSetStoichiometryMath()}
    parts = Parts(
        document,
        sbml,
        {one.getId(): one for one in sbml.getListOfCompartments()},
        {one.getId(): one for one in sbml.getListOfSpecies()},
        {one.getId(): one for one in sbml.getListOfParameters()},
        references,
        {one.getId(): one for one in sbml.getListOfReactions()},
        {
            **{name: one.getMath() for name, one in computed.items() if one.isSetMath()},
            **{rule.getVariable(): rule.getMath() for rule in rules if rule.isAssignment()},
        },
        {rule.getVariable(): rule.getMath() for rule in rules if rule.isRate()},
        {one.getSymbol(): one.getMath() for one in sbml.getListOfInitialAssignments() if one.isSetMath()},
        tuple(rule.getMath() for rule in rules if rule.isAlgebraic()),
        tuple(algebraic_variables(sbml)),
        {one.getId(): one.getMath() for one in sbml.getListOfFunctionDefinitions() if one.isSetMath()},
        frozenset(one.getSpecies() for one in species_references(sbml)),
        frozenset(one.getVariable() for event in sbml.getListOfEvents() for one in event.getListOfEventAssignments()),
    )
    for check in (_undefined, _undetermined):
        problems = [Problem(message) for message in check(parts)]
        if problems:
            raise BrokenModelError(problems)
    return parts


def other_form(key: str) -> str:
    """``[S1]`` of ``S1``, and the other way round."""
    return key[1:-1] if key.startswith("[") else f"[{key}]"


def species_references(sbml: Any) -> list[Any]:
    """The references of all reactants and products."""
    return [
        reference
        for reaction in sbml.getListOfReactions()
        for references in (reaction.getListOfReactants(), reaction.getListOfProducts())
        for reference in references
    ]


def _undefined(parts: Parts) -> Iterator[Message]:
    known = {*parts.compartments, *parts.species, *parts.parameters, *parts.references}
    uses = [
        *((name, species.getCompartment(), parts.compartments) for name, species in parts.species.items()),
        *((reference.getId(), reference.getSpecies(), parts.species) for reference in species_references(parts.sbml)),
        *(("rule", name, known) for name in (*parts.assigned, *parts.rated)),
        *(("initialAssignment", name, known) for name in parts.initially),
        *(("eventAssignment", name, known) for name in sorted(parts.set_by_events)),
        *((name, one.getConversionFactor(), parts.parameters) for name, one in parts.species.items()),
        ("conversionFactor", parts.sbml.getConversionFactor(), parts.parameters),
    ]
    everything = {**dict.fromkeys(known), **parts.reactions}
    for place, root, local in _mathematics(parts):
        uses += [(place, name, everything) for name in sorted(names_in(root) - local)]
    for place, name, there in dict.fromkeys((place, name, tuple(there)) for place, name, there in uses):
        if name and name not in there:
            yield msg("“{id}”, which “{place}” uses, is not defined in the model. {suggestion}",
                      id=name, place=place or "speciesReference", suggestion=suggestion(name, there))  # fmt: skip


def _mathematics(parts: Parts) -> Iterator[tuple[str, Any, set[str]]]:
    """What is used of formulas outside function definitions, as (owner, formula, ids known in it alone)."""
    for formulas in (parts.assigned, parts.rated, parts.initially):
        yield from ((name, root, set[str]()) for name, root in formulas.items())
    yield from (("algebraicRule", root, set[str]()) for root in parts.algebraic)
    for name, reaction in parts.reactions.items():
        law = reaction.getKineticLaw() if reaction.isSetKineticLaw() else None
        if law is not None and law.isSetMath():
            yield (
                name,
                law.getMath(),
                {one.getId() for one in (*law.getListOfParameters(), *law.getListOfLocalParameters())},
            )
    for event in parts.sbml.getListOfEvents():
        inner = (event.getTrigger(), event.getDelay(), event.getPriority(), *event.getListOfEventAssignments())
        for element in inner:
            if element is not None and element.isSetMath():
                yield event.getId() or "event", element.getMath(), set[str]()


def _undetermined(parts: Parts) -> Iterator[Message]:
    variables = [rule.getVariable() for rule in parts.sbml.getListOfRules() if rule.getVariable() and rule.isSetMath()]
    changed = [name for name in parts.reacting if not parts.species[name].getBoundaryCondition()]
    constant = [name for name in changed if parts.species[name].getConstant()]
    undecided = undecided_variables(parts.sbml)
    if undecided:
        yield msg("The SBML element algebraicRule leaves open which of “{ids}” it determines.",
                  ids="”, “".join(undecided))  # fmt: skip
    for name, count in sorted(Counter([*variables, *changed]).items()):
        if count > 1 and name not in constant:
            yield msg("“{id}” is determined twice, by rules or by a rule and a reaction.", id=name)
