"""Units that contradict each other, as far as a model declares them; found by libSBML."""

from __future__ import annotations

import re
from typing import Final

import libsbml

from euthymia.models.algebraic import names_in
from euthymia.models.model import Model, unit_text
from euthymia.words import Message, msg

_CONTRADICTIONS: Final = range(10501, 10600)
"""Rules of SBML on units (Level 3 Version 2 Core, appendix E); libSBML's other messages say what it cannot tell."""
_CATEGORIES: Final = (
    libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY, libsbml.LIBSBML_CAT_IDENTIFIER_CONSISTENCY,
    libsbml.LIBSBML_CAT_MATHML_CONSISTENCY, libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    libsbml.LIBSBML_CAT_OVERDETERMINED_MODEL, libsbml.LIBSBML_CAT_MODELING_PRACTICE,
)  # fmt: skip


def unit_clashes(model: Model) -> list[Message]:
    """Sentences on declared units that contradict each other, each with both sides; undeclared ones may be anything.

    >>> from euthymia.models.load import load_model
    >>> text = "unit M = mole / litre; a = 1 mole; b = 1 M; s := a + b; x' = s; x = 0"
    >>> print(*unit_clashes(load_model(text, units="ignore")))
    The units in “a + b” (assignmentRule) do not fit together. They are a: mole, b: mole * litre^-1.
    """
    document = libsbml.readSBMLFromString(model.sbml)
    for category in _CATEGORIES:
        document.setConsistencyChecks(category, False)
    first = document.getNumErrors()
    document.checkConsistency()
    errors = [document.getError(index) for index in range(first, document.getNumErrors())]
    found = [error for error in errors if error.getErrorId() in _CONTRADICTIONS]
    sentences = [_sentence(model, " ".join(error.getMessage().split())) for error in found]
    return list({sentence.text(): sentence for sentence in sentences}.values())


def _sentence(model: Model, reason: str) -> Message:
    inside = re.search(r"formula '(.*)' in the math element of the <(\w+)>", reason)
    if inside:
        return msg("The units in “{formula}” ({place}) do not fit together. They are {units}.",
                   formula=inside[1], place=inside[2], units=_units_in(model, inside[1]))  # fmt: skip
    sides = re.search(
        r"Expected units are (.*?) but the units returned by the <math> expression(.*) are (.*)\.", reason
    )
    owner = re.findall(r"'(\w+)'", sides[2]) if sides else []
    if sides and owner:
        return msg("The formula for “{id}” is in {found}, but {expected} is expected there.",
                   id=owner[-1], found=_text(sides[3]), expected=_text(sides[1]))  # fmt: skip
    return msg("Declared units contradict each other: {reason}", reason=reason)


def _units_in(model: Model, formula: str) -> str:
    """The declared units of the quantities that a formula names."""
    names = sorted(names_in(libsbml.parseL3Formula(formula)))
    symbols = [model.symbols[name] for name in names if name in model.symbols]
    units = {
        one.id: model.output_unit(one.id if one.kind != "species" or one.substance_only else f"[{one.id}]")
        for one in symbols
    }
    return ", ".join(f"{name}: {unit}" for name, unit in units.items() if unit)


def _text(units: str) -> str:
    """Units as libSBML lists them, as a product."""
    unit = r"(\w+) \(exponent = ([^,]+), multiplier = ([^,]+), scale = ([^)]+)\)"
    found = [
        (name, float(exponent), float(multiplier) * 10.0 ** float(scale))
        for name, exponent, multiplier, scale in re.findall(unit, units)
    ]
    return " * ".join(unit_text(name, factor, exponent) for name, exponent, factor in found) or units
