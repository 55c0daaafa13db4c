"""Which parameters can reach a read-out in given arms: by the structure of the model, without simulating it.

A quantity that starts at zero, that no arm touches, and whose rules give zero as long as all such quantities are zero,
stays at zero: nothing passes through it. What is left is a graph of who names whom. It errs on the side of keeping: a
parameter that it leaves out cannot matter; one that it keeps may still not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import libsbml

from euthymia.engine.schedule import Schedule
from euthymia.models.algebraic import names_in
from euthymia.models.model import Model

Range = tuple[float, float]
_POWER: Final = (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER)
_SUM: Final = (libsbml.AST_PLUS, libsbml.AST_MINUS)


def parameters_that_reach(
    model: Model, outputs: Iterable[str], *, arms: Iterable[Schedule], ranges: Mapping[str, Range], asked: Iterable[str]
) -> set[str]:
    """Those of some parameters that can change an output in some arm.

    Parameters
    ----------
    model
        The composed model.
    outputs
        Variables that are read.
    arms
        What is done to the animals.
    ranges
        Of every parameter that is drawn or cut, its least and greatest value in any animal, with and without a cut.
    asked
        The parameters asked about.

    Returns
    -------
    set
        All of those asked about where the model has reactions, events or algebraic rules, which are not followed.
    """
    document = libsbml.readSBMLFromString(model.sbml)  # kept: it owns what is read from it
    inner = document.getModel()
    if inner.getNumReactions() or inner.getNumEvents() or any(rule.isAlgebraic() for rule in inner.getListOfRules()):
        return set(asked)
    sources = _Paths(inner, list(arms), ranges).sources(set(outputs))
    return {name for name in asked if name in sources}


class _Paths:
    """Who names whom in a model, past the quantities that stay at zero."""

    def __init__(self, model: Any, arms: list[Schedule], ranges: Mapping[str, Range]) -> None:
        self.ranges = ranges
        self.rules = {rule.getVariable(): rule.getMath() for rule in model.getListOfRules()}
        self.rates = {rule.getVariable() for rule in model.getListOfRules() if rule.isRate()}
        self.starts = {one.getSymbol(): one.getMath() for one in model.getListOfInitialAssignments()}
        self.values = {one.getId(): one.getValue() for one in model.getListOfParameters() if one.isSetValue()}
        self.copies = [(str(jump.value), jump.target) for arm in arms for jump in arm.jumps if jump.operation == "copy"]
        touched = {jump.target for arm in arms for jump in arm.jumps} | {name for arm in arms for name in arm.settings}
        names = {one.getId() for one in model.getListOfParameters()}
        self.zero = names - touched
        self._settle()

    def _settle(self) -> None:
        """All that are not touched are taken to stay at zero, until those that do not are struck out."""
        while gone := {name for name in self.zero if not self._stays(name)}:
            self.zero -= gone

    def _stays(self, name: str) -> bool:
        if name in self.ranges:
            return self.ranges[name] == (0.0, 0.0) and name not in self.rules
        rule, start = self.rules.get(name), self.starts.get(name)
        if rule is not None and name not in self.rates:
            return self.nothing(rule)
        rests = self.nothing(start) if start is not None else self.values.get(name) == 0
        return rests and (rule is None or self.nothing(rule))

    def nothing(self, node: Any) -> bool:
        """Whether a piece of mathematics is zero while those of `zero` are."""
        kind, parts = node.getType(), _parts(node)
        if node.isNumber():
            return bool(node.getValue() == 0)
        if kind == libsbml.AST_NAME:
            return node.getName() in self.zero
        if kind == libsbml.AST_TIMES:
            return any(self.nothing(one) for one in parts)
        if kind == libsbml.AST_DIVIDE:
            return self.nothing(parts[0])
        if kind in _POWER:
            return self.nothing(parts[0]) and self._positive(parts[1])
        if kind in _SUM:
            return all(self.nothing(one) for one in parts)
        return kind == libsbml.AST_FUNCTION_PIECEWISE and all(self.nothing(one) for one in _cases(parts))

    def _positive(self, node: Any) -> bool:
        if node.isNumber():
            return bool(node.getValue() > 0)
        return node.getType() == libsbml.AST_NAME and self.ranges.get(node.getName(), (0.0, 0.0))[0] > 0

    def named(self, node: Any) -> set[str]:
        """Names on which the value of a piece of mathematics depends."""
        if self.nothing(node):
            return set()
        if not node.getNumChildren():
            return names_in(node) - self.zero
        return set[str]().union(*(self.named(one) for one in _parts(node)))

    def sources(self, outputs: set[str]) -> set[str]:
        """All from which an output can be reached, the outputs themselves among them."""
        seen, new = set[str](), outputs - self.zero
        while new:
            seen |= new
            maths = [table[name] for name in new for table in (self.rules, self.starts) if name in table]
            found = set[str]().union(*(self.named(one) for one in maths))
            found |= {source for source, target in self.copies if target in new} - self.zero
            new = found - seen
        return seen


def _parts(node: Any) -> list[Any]:
    return [node.getChild(index) for index in range(node.getNumChildren())]


def _cases(parts: list[Any]) -> list[Any]:
    """The values of a piecewise expression, without its conditions."""
    return parts[::2]
