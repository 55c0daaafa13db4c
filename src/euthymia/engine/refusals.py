"""What libRoadRunner cannot be trusted with, although a model may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import libsbml

from euthymia.models.load import unsupported
from euthymia.models.model import Model
from euthymia.words import Message, msg


def reference_refusals(model: Model) -> list[Message]:
    """Sentences naming each element of a model that the reference engine cannot simulate; empty if there is none."""
    document = libsbml.readSBMLFromString(model.sbml)
    return [*unsupported(document), *_of_reference(document.getModel())]


_STEPS: Final = {
    libsbml.AST_FUNCTION_CEILING: "ceiling", libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_QUOTIENT: "quotient", libsbml.AST_FUNCTION_REM: "rem",
}  # fmt: skip
"""Functions that jump again and again: the solver steps over their jumps without seeing them."""
_JOINED: Final = (libsbml.AST_LOGICAL_AND, libsbml.AST_LOGICAL_OR, libsbml.AST_LOGICAL_XOR, libsbml.AST_LOGICAL_NOT,
                  libsbml.AST_RELATIONAL_EQ, libsbml.AST_RELATIONAL_NEQ)  # fmt: skip
"""Conditions that may hold for a shorter time than a step."""


def _of_reference(model: Any) -> Iterator[Message]:
    yield from _jumping(model)
    for event in model.getListOfEvents():
        trigger = event.getTrigger()
        if trigger is not None and not trigger.getInitialValue():
            yield msg("libRoadRunner is not trusted with the event “{id}”, whose trigger is false before time 0.",
                      id=event.getId() or "event")  # fmt: skip
        elif trigger is not None and trigger.isSetMath() and _uses(trigger.getMath(), _JOINED):
            yield msg("libRoadRunner is not trusted with the event “{id}”: it may step over its joined conditions.",
                      id=event.getId() or "event")  # fmt: skip
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            yield msg("The SBML element algebraicRule is not supported.")
    for reaction in model.getListOfReactions():
        if not reaction.isSetKineticLaw() or not reaction.getKineticLaw().isSetMath():
            yield msg("The reaction “{id}” has no kinetic law.", id=reaction.getId())
    if model.isSetConversionFactor():
        yield msg("The SBML attribute conversionFactor is not supported.")
    for species in model.getListOfSpecies():
        if species.isSetConversionFactor():
            yield msg("The SBML attribute conversionFactor (species “{id}”) is not supported.", id=species.getId())


def _jumping(model: Any) -> Iterator[Message]:
    """Functions with many jumps in rates and rules."""
    places = [(rule.getVariable() or "rule", rule.getMath()) for rule in model.getListOfRules()]
    places += [
        (one.getId(), one.getKineticLaw().getMath()) for one in model.getListOfReactions() if one.isSetKineticLaw()
    ]
    places += [(one.getId(), one.getMath()) for one in model.getListOfFunctionDefinitions()]
    for name, math in places:
        for kind, function in _STEPS.items():
            if math is not None and _uses(math, (kind,)):
                yield msg("libRoadRunner is not trusted with {function} (in “{place}”): it steps over its jumps.",
                          function=function, place=name)  # fmt: skip


def _uses(node: Any, kinds: tuple[int, ...]) -> bool:
    """Whether an expression holds a node of one of some kinds."""
    return node.getType() in kinds or any(_uses(node.getChild(i), kinds) for i in range(node.getNumChildren()))
