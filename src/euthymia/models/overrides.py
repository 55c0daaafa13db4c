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
    for key in keys:
        symbol = symbol_of(model, key)
        if symbol.role in ("assigned", "rate"):
            raise RequestError(
                msg("“{id}” is computed by the model and cannot be set; set what it depends on.", id=key)
            )
        targets[key] = _settable(sbml, symbol, key)
    return libsbml.writeSBMLToString(document), targets


def _settable(sbml: Any, symbol: Symbol, key: str) -> str:
    plain = symbol.kind == "parameter" and symbol.role in ("constant", "input")
    if plain:
        if symbol.initial_assignment:
            sbml.removeInitialAssignment(symbol.id)
        return symbol.id
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
