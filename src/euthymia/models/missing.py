"""Quantities that a model uses but gives no value."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from euthymia.errors import ModelError, Problem, suggestion
from euthymia.models.model import Model, Symbol
from euthymia.words import Message, msg


def missing_values(model: Any, symbols: Mapping[str, Symbol], users: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Ids of quantities that are used but have no value, and what uses them.

    Parameters
    ----------
    model
        libSBML model.
    users
        For each name in mathematics one element that uses it.
    """
    sized = dict(_sized(model, users))
    for symbol in symbols.values():
        stated = symbol.value is not None and not math.isnan(symbol.value)
        user = users.get(symbol.id) or sized.get(symbol.id) or (symbol.id if symbol.role == "state" else "")
        if user and not (stated or symbol.initial_assignment or symbol.role in ("assigned", "rate")):
            yield symbol.id, user


def _sized(model: Any, users: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Compartments whose size enters because a species in them is a concentration somewhere, and this species."""
    for species in model.getListOfSpecies():
        compartment = model.getCompartment(species.getCompartment())
        flat = compartment is not None and compartment.getSpatialDimensionsAsDouble() == 0.0
        meant = species.getId() in users and not species.getHasOnlySubstanceUnits() and not flat
        if meant or species.isSetInitialConcentration():
            yield species.getCompartment(), species.getId()


def check_complete(model: Model, given: Collection[str]) -> None:
    """Refuse a model that lacks values which are not among the keys that are given.

    Raises
    ------
    ModelError
        With each quantity that lacks its value.
    """
    ids = {key.strip("[]") for key in given}
    problems = [Problem(_lacks(model, name, user)) for name, user in model.missing.items() if name not in ids]
    if problems:
        raise ModelError(problems)


def _lacks(model: Model, name: str, user: str) -> Message:
    symbol = model.symbols[name]
    if symbol.role == "state" or symbol.kind != "parameter":
        return msg("“{id}” ({kind}) has no initial value; give it one in the model or in the parameters.",
                   id=name, kind=symbol.kind)  # fmt: skip
    known = [other for other in model.symbols if other not in model.missing]
    return msg("“{id}”, which “{place}” uses, has no value; give it one in the model or in the parameters. "
               "{suggestion}", id=name, place=user, suggestion=suggestion(name, known))  # fmt: skip
