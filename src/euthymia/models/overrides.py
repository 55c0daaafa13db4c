"""Making initial values settable: every overridden id becomes a plain parameter of the SBML document.

An engine then needs to know one thing only: set these parameters, then evaluate all initial assignments again. So an
initial assignment that depends on an overridden value always follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import libsbml

from euthymia.errors import ModelError, RequestError, suggestion
from euthymia.models.model import Model, Symbol
from euthymia.words import msg

PREFIX: Final = "euthymia_initial_"


def symbol_of(model: Model, key: str) -> Symbol:
    """The symbol that an output or parameter name means: ``S1``, ``[S1]`` or any other id.

    Raises
    ------
    RequestError
        If the model has no such symbol; the nearest one is named.
    """
    inner = key[1:-1] if re.fullmatch(r"\[.+\]", key) else key
    symbol = model.symbols.get(inner)
    if symbol is None or (inner != key and symbol.kind != "species"):
        raise RequestError(
            msg("The model “{model}” has no “{found}”. {suggestion}",
                model=model.name, found=key, suggestion=suggestion(inner, list(model.symbols)))
        )  # fmt: skip
    return symbol


def with_overrides(model: Model, keys: Iterable[str]) -> tuple[str, dict[str, str]]:
    """SBML text in which `keys` can be set as global parameters.

    Returns
    -------
    tuple
        The SBML text, and for each key the id of the parameter to set.

    Raises
    ------
    RequestError
        If a key is unknown, or is given by an assignment rule or a reaction and so cannot be set.
    """
    document = libsbml.readSBMLFromString(model.sbml)
    sbml = document.getModel()
    targets: dict[str, str] = {}
    for key in dict.fromkeys(keys):
        symbol = symbol_of(model, key)
        twin = symbol.id if key.startswith("[") else f"[{symbol.id}]"
        if twin in targets:
            raise RequestError(
                msg("Both “{first}” and “{second}” are given; give one of them.", first=twin, second=key)
            )
        if symbol.role in ("assigned", "rate"):
            raise RequestError(
                msg("“{id}” is computed by the model and cannot be set; set what it depends on.", id=key)
            )
        targets[key] = _settable(sbml, symbol, key)
        if symbol.kind == "compartment":
            _keep_concentrations(model, sbml, symbol)
    return libsbml.writeSBMLToString(document), targets


def _keep_concentrations(model: Model, sbml: Any, compartment: Symbol) -> None:
    """Let the amounts of species with an initial concentration follow the size of their compartment."""
    for symbol in model.symbols.values():
        stated = symbol.concentration and sbml.getInitialAssignmentBySymbol(symbol.id) is None
        if symbol.compartment == compartment.id and stated:
            assignment = sbml.createInitialAssignment()
            assignment.setSymbol(symbol.id)
            volume = f" * {compartment.id}" if symbol.substance_only else ""
            assignment.setMath(libsbml.parseL3Formula(f"{symbol.value!r}{volume}"))


def _settable(sbml: Any, symbol: Symbol, key: str) -> str:
    if symbol.kind in ("parameter", "compartment") and symbol.role in ("constant", "input"):
        if symbol.initial_assignment:
            sbml.removeInitialAssignment(symbol.id)
            element = sbml.getElementBySId(symbol.id)
            element.setValue(1.0) if symbol.kind == "parameter" else element.setSize(1.0)
        return symbol.id if symbol.kind == "parameter" else f"init({symbol.id})"
    name = PREFIX + symbol.id
    parameter = sbml.createParameter()
    parameter.setId(name)
    parameter.setConstant(True)
    parameter.setValue(0.0)
    sbml.removeInitialAssignment(symbol.id)
    assignment = sbml.createInitialAssignment()
    assignment.setSymbol(symbol.id)
    formula = name
    if symbol.kind == "species":
        amount_given, amount_meant = not key.startswith("["), symbol.substance_only
        if amount_given and not amount_meant:
            formula = f"{name} / {symbol.compartment}"
        elif not amount_given and amount_meant:
            formula = f"{name} * {symbol.compartment}"
    if assignment.setMath(libsbml.parseL3Formula(formula)) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise ModelError(msg("The initial value of “{id}” cannot be set.", id=symbol.id))
    return name


def following(model: Model, keys: Iterable[str]) -> list[str]:
    """Plain parameters and compartments whose initial assignment must be evaluated for each animal.

    libRoadRunner evaluates those of species and rate rules on reset, but not these.
    """
    given = {key.strip("[]") for key in keys}
    return [
        symbol.id
        for symbol in model.symbols.values()
        if symbol.initial_assignment
        and symbol.kind in ("parameter", "compartment")
        and symbol.role in ("constant", "input")
        and symbol.id not in given
    ]


def initial_values_model(model: Model, keys: Iterable[str]) -> tuple[str, dict[str, str]]:
    """SBML text in which the initial assignments of plain quantities hold at any time, and the ids that set `keys`.

    Setting the keys in it and reading a quantity gives the quantity's initial value.
    """
    chosen = list(keys)
    text, targets = with_overrides(model, chosen)
    document = libsbml.readSBMLFromString(text)
    sbml = document.getModel()
    while sbml.getNumEvents():
        sbml.removeEvent(0)
    for name in following(model, chosen):
        assignment = sbml.removeInitialAssignment(name)
        element = sbml.getElementBySId(name)
        element.setConstant(False)
        rule = sbml.createAssignmentRule()
        rule.setVariable(name)
        rule.setMath(assignment.getMath())
    return libsbml.writeSBMLToString(document), targets
