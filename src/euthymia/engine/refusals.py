"""What libRoadRunner cannot be trusted with, although a model may use it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import libsbml

from euthymia.models.load import unsupported
from euthymia.models.model import Model
from euthymia.words import Message, msg

_INEQUALITIES: Final = frozenset({
    libsbml.AST_RELATIONAL_LT, libsbml.AST_RELATIONAL_LEQ, libsbml.AST_RELATIONAL_GT, libsbml.AST_RELATIONAL_GEQ,
})  # fmt: skip
_STEPS: Final = {
    libsbml.AST_FUNCTION_FLOOR: "floor", libsbml.AST_FUNCTION_CEILING: "ceiling",
    libsbml.AST_FUNCTION_QUOTIENT: "quotient", libsbml.AST_FUNCTION_REM: "rem",
    libsbml.AST_LOGICAL_AND: "and", libsbml.AST_LOGICAL_OR: "or", libsbml.AST_LOGICAL_XOR: "xor",
    libsbml.AST_LOGICAL_NOT: "not", libsbml.AST_LOGICAL_IMPLIES: "implies",
    libsbml.AST_RELATIONAL_EQ: "eq", libsbml.AST_RELATIONAL_NEQ: "neq",
}  # fmt: skip
"""Functions through which a rate may be a short pulse; the solver, which looks for no jumps, can step over it."""


def reference_refusals(model: Model) -> list[Message]:
    """Sentences naming each element of a model that the reference engine cannot simulate; empty if there is none."""
    document = libsbml.readSBMLFromString(model.sbml)
    found = [*unsupported(document), *_of_reference(document.getModel()), *_numbers(document.getModel())]
    options = libsbml.ConversionProperties()
    options.addOption("expandFunctionDefinitions", True)
    document.convert(options)
    found += [*_events(document.getModel()), *_jumps(document.getModel())]
    return list({message.text(): message for message in found}.values())


def _of_reference(model: Any) -> Iterator[Message]:
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            yield msg("The SBML element algebraicRule is not supported.")
        elif not rule.isSetMath():
            yield msg("The SBML element {element} of “{id}” has no mathematics, which libRoadRunner does not take.",
                      element=rule.getElementName(), id=rule.getVariable())  # fmt: skip
    for reaction in model.getListOfReactions():
        if not reaction.isSetKineticLaw() or not reaction.getKineticLaw().isSetMath():
            yield msg("The reaction “{id}” has no kinetic law.", id=reaction.getId())
    if model.isSetConversionFactor():
        yield msg("The SBML attribute conversionFactor is not supported.")
    assigned = {rule.getVariable() for rule in model.getListOfRules() if rule.isAssignment()}
    rated = {rule.getVariable() for rule in model.getListOfRules() if rule.isRate()}
    for species in model.getListOfSpecies():
        by_amount = species.getHasOnlySubstanceUnits()
        if species.getId() in rated and species.getCompartment() in assigned and not by_amount:
            yield msg("The rateRule of the concentration of “{id}” in a compartment with an assignmentRule is not "
                      "supported by libRoadRunner.", id=species.getId())  # fmt: skip
        if species.isSetConversionFactor():
            yield msg("The SBML attribute conversionFactor (species “{id}”) is not supported.", id=species.getId())


def _numbers(model: Any) -> Iterator[Message]:
    """Infinity and NaN as stated values: libRoadRunner's results do not tell them from a failed run."""
    stated = [(one.getId(), one.getValue()) for one in model.getListOfParameters() if one.isSetValue()]
    stated += [
        (one.getSymbol(), node.getReal())
        for one in model.getListOfInitialAssignments()
        if one.isSetMath()
        for node in _walk(one.getMath())
        if node.getType() == libsbml.AST_REAL
    ]
    for name, value in stated:
        if not math.isfinite(value):
            yield msg("The value of “{id}” is not a finite number, which libRoadRunner does not take.", id=name)


def _events(model: Any) -> Iterator[Message]:
    for place, event in enumerate(model.getListOfEvents(), start=1):
        trigger = event.getTrigger() if event.isSetTrigger() else None
        name = event.getId() or f"event {place}"
        if trigger is None or not trigger.isSetMath():
            continue
        if not trigger.getInitialValue():
            yield msg("The event “{id}” can be triggered at time 0 (initialValue), which libRoadRunner does wrongly.",
                      id=name)  # fmt: skip
        if trigger.getMath().getType() not in _INEQUALITIES:
            yield msg("The trigger of “{id}” is more than an inequality; libRoadRunner may step over it.", id=name)


def _jumps(model: Any) -> Iterator[Message]:
    """What may jump in rates and rules, and so be stepped over."""
    rules = [(rule.getVariable() or "algebraicRule", rule) for rule in model.getListOfRules()]
    laws = [(one.getId(), one.getKineticLaw()) for one in model.getListOfReactions() if one.isSetKineticLaw()]
    timed = _timed({name: rule.getMath() for name, rule in rules if rule.isAssignment() and rule.isSetMath()})
    for name, element in [*rules, *laws]:
        for node in _walk(element.getMath()) if element.isSetMath() else ():
            kind = node.getType()
            used = _STEPS.get(kind)
            if kind in _INEQUALITIES and any(_is_time(one, timed) for one in _walk(node)):
                used = "time"
            elif kind == libsbml.AST_FUNCTION_PIECEWISE and node.getNumChildren() > 3:
                used = "piecewise"
            if used:
                yield msg("“{id}” may jump ({function}); libRoadRunner may step over it.", id=name, function=used)


def _timed(assigned: dict[str, Any]) -> set[str]:
    """Ids whose assignment rules depend on time alone or with others, directly or through others."""
    found: set[str] = set()
    while True:
        new = {name for name, root in assigned.items() if any(_is_time(node, found) for node in _walk(root))} - found
        if not new:
            return found
        found |= new


def _is_time(node: Any, timed: set[str]) -> bool:
    kind = node.getType()
    return kind == libsbml.AST_NAME_TIME or (kind == libsbml.AST_NAME and node.getName() in timed)


def _walk(root: Any) -> Iterator[Any]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.getChild(index) for index in range(node.getNumChildren()))
