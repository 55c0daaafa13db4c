"""What libRoadRunner cannot be trusted with, although a model may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libsbml

from euthymia.models.load import unsupported
from euthymia.models.model import Model
from euthymia.words import Message, msg


def reference_refusals(model: Model) -> list[Message]:
    """Sentences naming each element of a model that the reference engine cannot simulate; empty if there is none."""
    document = libsbml.readSBMLFromString(model.sbml)
    return [*unsupported(document), *_of_reference(document.getModel())]


def _of_reference(model: Any) -> Iterator[Message]:
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
