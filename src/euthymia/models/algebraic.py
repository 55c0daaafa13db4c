"""Which quantities the algebraic rules of an SBML model determine: one for each rule, by matching."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import libsbml


def algebraic_variables(model: Any) -> list[str]:
    """Ids of the quantities that the algebraic rules of a libSBML model determine.

    A quantity may be determined by an algebraic rule if it is not constant, no other rule and no reaction changes it,
    and the rule names it, directly or through assignment rules. Where there is a choice, a quantity that no event sets
    and that has no stated value is taken first. A rule for which none is left determines nothing.
    """
    rules = [rule.getMath() for rule in model.getListOfRules() if rule.isAlgebraic() and rule.isSetMath()]
    if not rules:
        return []
    free = _preferred(model, _free(model))
    needs = [_names(model, rule) for rule in rules]
    owner: dict[int, str] = {}

    def matched(name: str, tried: set[int]) -> bool:
        for index, names in enumerate(needs):
            if name in names and index not in tried:
                tried.add(index)
                if index not in owner or matched(owner[index], tried):
                    owner[index] = name
                    return True
        return False

    return [name for name in free if matched(name, set())]


def _free(model: Any) -> Iterable[str]:
    """Quantities that are not constant and that no rule and no reaction changes."""
    ruled = {rule.getVariable() for rule in model.getListOfRules() if not rule.isAlgebraic() and rule.isSetMath()}
    references = [
        reference
        for reaction in model.getListOfReactions()
        for references in (reaction.getListOfReactants(), reaction.getListOfProducts())
        for reference in references
    ]
    reacting = {reference.getSpecies() for reference in references}
    for species in model.getListOfSpecies():
        if species.getId() not in reacting or species.getBoundaryCondition():
            yield from _unless(species, ruled)
    for element in (*model.getListOfCompartments(), *model.getListOfParameters(), *references):
        yield from _unless(element, ruled)


def _unless(element: Any, ruled: set[str]) -> Iterable[str]:
    if element.getId() and element.getId() not in ruled and not element.getConstant():
        yield element.getId()


def _preferred(model: Any, names: Iterable[str]) -> list[str]:
    """Those that no event sets and that have no stated value first; otherwise in the order given."""
    events = [assignment for event in model.getListOfEvents() for assignment in event.getListOfEventAssignments()]
    targets = {assignment.getVariable() for assignment in events}

    def stated(name: str) -> bool:
        element = model.getElementBySId(name)
        tests = ("isSetInitialAmount", "isSetInitialConcentration", "isSetSize", "isSetValue", "isSetStoichiometry")
        return any(getattr(element, test)() for test in tests if hasattr(element, test))

    return sorted(names, key=lambda name: (name in targets, stated(name)))


def _names(model: Any, root: Any) -> set[str]:
    """Names in a piece of mathematics, directly or through assignment rules and kinetic laws."""
    inner = {
        **{rule.getVariable(): rule.getMath() for rule in model.getListOfRules() if rule.isAssignment()},
        **{one.getId(): one.getKineticLaw().getMath() for one in model.getListOfReactions() if one.isSetKineticLaw()},
    }
    found: set[str] = set()
    new = names_in(root)
    while new:
        found |= new
        new = {name for one in new if inner.get(one) is not None for name in names_in(inner[one])} - found
    return found


def names_in(root: Any) -> set[str]:
    """Names in a piece of mathematics."""
    found: set[str] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.getChild(index) for index in range(node.getNumChildren()))
        if node.getType() == libsbml.AST_NAME:
            found.add(node.getName())
    return found
