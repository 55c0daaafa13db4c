"""Which quantities the algebraic rules of an SBML model determine: one for each rule, by matching."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import libsbml


def algebraic_variables(model: Any) -> list[str]:
    """Ids of the quantities that the algebraic rules of a libSBML model determine.

    A quantity may be determined by an algebraic rule if it is not constant, no other rule and no reaction changes it,
    and the rule names it, directly or through assignment rules. Where there is a choice, a quantity is taken first
    that no event sets, then one that is no boundary species, then one that has no stated value. A rule for which none
    is left determines nothing.
    """
    rules = _rules(model)
    return _matched(model, rules, _preferred(model, _free(model))) if rules else []


def undecided_variables(model: Any) -> list[str]:
    """Ids of quantities of which some are determined by algebraic rules, but it is open which."""
    rules = _rules(model)
    if not rules:
        return []
    free = list(_free(model))
    one, other = (set(_matched(model, rules, _preferred(model, order))) for order in (free, reversed(free)))
    return sorted(one ^ other)


def _rules(model: Any) -> list[Any]:
    return [rule.getMath() for rule in model.getListOfRules() if rule.isAlgebraic() and rule.isSetMath()]


def _matched(model: Any, rules: Iterable[Any], free: Iterable[str]) -> list[str]:
    """The first quantities that can be given to one rule each."""
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
    """Those first that no event sets, then no boundary species, then without a stated value; else in order."""
    events = [assignment for event in model.getListOfEvents() for assignment in event.getListOfEventAssignments()]
    targets = {assignment.getVariable() for assignment in events}
    tests = ("isSetInitialAmount", "isSetInitialConcentration", "isSetSize", "isSetValue", "isSetStoichiometry")

    def rank(name: str) -> tuple[bool, bool, bool]:
        element, species = model.getElementBySId(name), model.getSpecies(name)
        stated = any(getattr(element, test)() for test in tests if hasattr(element, test))
        return name in targets, species is not None and species.getBoundaryCondition(), stated

    return sorted(names, key=rank)


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
