"""Antimony or SBML text -> `Model`. What is not supported is refused by its SBML element, never dropped."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import antimony
import libsbml

from euthymia.errors import ModelError, Place, Problem, RequestError, suggestion
from euthymia.models.algebraic import algebraic_variables, names_in
from euthymia.models.external import DECLARATIONS, external_problems
from euthymia.models.missing import missing_values
from euthymia.models.model import Model, Role, Symbol, unit_text
from euthymia.models.units import unit_clashes
from euthymia.records.reading import read_text
from euthymia.words import Message, msg

_ANTIMONY = threading.Lock()  # libAntimony keeps its state in globals
_KNOWN_PACKAGES: Final = {"comp", "layout", "render", "groups", "l3v2extendedmath"}
"""Level 3 packages that are flattened (``comp``), whose mathematics is refused or supported function by function
(``l3v2extendedmath``), or that do not touch the mathematics."""
ANTIMONY: Final = "Antimony text"
_IMPORT: Final = re.compile(r"\bimport\b[\s\\]*(?:[\"'#]|/[/*])")
"""An import of another file, or the word before a comment. It is looked for everywhere: what looks like a comment may
stand in a text string."""
_FUNCTIONS: Final = (
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "factorial", "floor", "ln", "log10", "max", "min",
    "piecewise", "pow", "root", "sin", "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip
"""Functions that a misspelt one may mean."""
_DISTRIBUTIONS: Final = range(libsbml.AST_DISTRIB_FUNCTION_NORMAL, libsbml.AST_DISTRIB_FUNCTION_RAYLEIGH + 1)


def load_model(path_or_text: str | Path, *, units: Literal["auto", "check", "ignore"] = "auto") -> Model:
    """A model from Antimony or SBML, given as a file or as text.

    Parameters
    ----------
    path_or_text
        Text is SBML if it begins with ``<``, and Antimony if it holds a line break, ``;``, ``=`` or ``->``.
        Anything else is a path; files that begin with ``<`` are SBML, others Antimony.
    units
        Whether declared units that contradict each other are refused. ``auto`` refuses them in Antimony; in SBML, whose
        specification makes them a warning, they are left to `euthymia.models.units.unit_clashes`. Units that are not
        declared contradict nothing.

    Raises
    ------
    ModelError
        If the text cannot be read, or uses something that is not supported; each such element is named.

    >>> load_model("S1 -> S2; k*S1; S1 = 10; S2 = 0; k = 0.1").ids("species")
    ['S1', 'S2']
    """
    place: Place | None = None
    text = str(path_or_text)
    if isinstance(path_or_text, Path) or not re.search(r"[\n;=]|->|^\s*<", text):
        place = Place(text)
        text = read_text(Path(text))
    if units not in ("auto", "check", "ignore"):
        raise RequestError(msg("The argument units is “auto”, “check” or “ignore”; found “{found}”.", found=units))
    is_sbml = text.lstrip("\ufeff \t\r\n").startswith("<")
    model = load_sbml(text.lstrip("\ufeff \t\r\n") if is_sbml else antimony_to_sbml(text, place), place)
    clashes = unit_clashes(model) if units == "check" or (units == "auto" and not is_sbml) else []
    if clashes:
        advice = Problem(msg('Correct the units, or load the model with units="ignore" (--units ignore).'), place)
        raise ModelError([*(Problem(clash, place) for clash in clashes), advice])
    return model


def antimony_to_sbml(text: str, place: Place | None = None) -> str:
    """SBML (flattened, level 3) from Antimony text.

    Raises
    ------
    ModelError
        If the text is wrong, or imports another file.
    """
    file = place.file if place else ANTIMONY
    refuse_imports(text, file)
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(text) < 0:
            raise ModelError(_antimony_problem(_antimony_error(), file))
        sbml = str(antimony.getSBMLString(antimony.getMainModuleName()))
        antimony.clearPreviousLoads()
    return sbml


def refuse_imports(text: str, file: Path | str = ANTIMONY) -> None:
    """Refuse Antimony text that would read other files.

    Raises
    ------
    ModelError
        At the line of the import.
    """
    found = _IMPORT.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise ModelError(Problem(msg("An Antimony text may not import other files."), Place(file, line)))


def _antimony_error() -> str:
    """What libAntimony says; it may cut a letter outside of ASCII in two."""
    try:
        return str(antimony.getLastError())
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "replace")


def _antimony_problem(error: str, file: Path | str) -> Problem:
    whole = " ".join(error.split())
    circle = re.search(r"Loop detected: (\w+)'s definition", whole)
    if circle:
        return Problem(msg("The definition of “{id}” depends on itself, directly or through others.", id=circle[1]),
                       Place(file))  # fmt: skip
    unknown = re.search(r"formula '([^']*)'[^']*uses '(\w+)' which is not a function", whole)
    if unknown:
        return Problem(msg("The function “{id}” in “{formula}” is not defined. {suggestion}",
                           id=unknown[2], formula=unknown[1], suggestion=suggestion(unknown[2], _FUNCTIONS)),
                       Place(file))  # fmt: skip
    match = re.search(r"line (\d+):\s*(.*)", error, re.DOTALL)
    line = int(match[1]) if match else None
    reason = " ".join((match[2] if match else error).split())
    return Problem(msg("This is not valid Antimony: {reason}", reason=reason), Place(file, line))


def load_sbml(text: str, place: Place | None = None) -> Model:
    """A model from SBML text.

    Raises
    ------
    ModelError
        If the document is not valid SBML, or uses an unsupported element.
    """
    if DECLARATIONS.search(text):
        raise ModelError(Problem(msg("An SBML document may not declare a document type or entities."), place))
    document = libsbml.readSBMLFromString(text)
    _raise_errors(document, place)
    document = _flat(document, place)
    model = document.getModel()
    if model is None:
        raise ModelError(Problem(msg("The SBML document holds no model."), place))
    problems = [Problem(message, place) for message in unsupported(document)]
    if problems:
        raise ModelError(problems)
    symbols = {symbol.id: symbol for symbol in _symbols(model)}
    missing = dict(missing_values(model, symbols, dict(_users(model))))
    text = libsbml.writeSBMLToString(document)
    return Model(model.getId() or "model", text, symbols, _time_unit(model), missing)


def _raise_errors(document: Any, place: Place | None) -> None:
    file = place.file if place else "SBML text"
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    bad = [error for error in errors if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    if bad:
        raise ModelError(
            Problem(
                msg("This is not valid SBML: {reason}", reason=" ".join(error.getMessage().split())),
                Place(file, error.getLine()),
            )
            for error in bad[:20]
        )


def _flat(document: Any, place: Place | None) -> Any:
    packages = [document.getPlugin(i).getPackageName() for i in range(document.getNumPlugins())]
    for name in packages:
        if document.getPackageRequired(name) and name not in _KNOWN_PACKAGES:
            raise ModelError(Problem(msg("The SBML package “{name}” is not supported.", name=name), place))
    if "comp" not in packages:
        return document
    file = Path(place.file) if place is not None else None
    problems = [Problem(message, place) for message in external_problems(document, file)]
    if problems:
        raise ModelError(problems)
    if file is not None:
        document.setLocationURI(f"file:{file.resolve()}")
    options = libsbml.ConversionProperties()
    options.addOption("flatten comp", True)
    options.addOption("performValidation", False)
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise ModelError(Problem(msg("The submodels of the SBML document cannot be flattened."), place))
    return document


def unsupported(document: Any) -> Iterator[Message]:
    """What no engine can do with a libSBML document, element by element."""
    model = document.getModel()
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            yield msg("The fast reaction “{id}” is not supported.", id=reaction.getId())
    delayed = False
    for place, math in _all_math(model):
        for node in _walk(math):
            if node.getType() == libsbml.AST_FUNCTION_DELAY:
                delayed = True
                yield msg("The SBML function delay (in “{place}”) is not supported.", place=place)
            elif node.getType() in _DISTRIBUTIONS:
                yield msg("The SBML random distribution in “{place}” is not supported.", place=place)
    if not delayed and "symbols/delay" in libsbml.writeSBMLToString(document):
        yield msg("The SBML function delay is not supported.")


def _all_math(model: Any) -> Iterator[tuple[str, Any]]:
    for element in model.getListOfAllElements():
        math = element.getMath() if hasattr(element, "getMath") else None
        if math is not None:
            parent = element.getParentSBMLObject()
            owner = element.getIdAttribute() or (parent.getIdAttribute() if parent is not None else "")
            ruled = element.getVariable() if hasattr(element, "getVariable") else ""
            yield owner or f"{element.getElementName()} {ruled}".strip(), math


def _users(model: Any) -> Iterator[tuple[str, str]]:
    """Names that mathematics uses, and what uses them."""
    for place, math in _all_math(model):
        yield from ((name, place) for name in names_in(math))


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for index in range(node.getNumChildren()):
        yield from _walk(node.getChild(index))


def _time_unit(model: Any) -> str:
    if model.getLevel() < 3:
        return "second"
    return _unit_text(model, model.getTimeUnits()) if model.isSetTimeUnits() else ""


def _unit_text(model: Any, reference: str) -> str:
    definition = model.getUnitDefinition(reference)
    if definition is None:
        return reference
    return definition_text(definition)


def definition_text(definition: Any) -> str:
    """A pint expression for an SBML unit definition.

    The hour, minute and day are written by name; other factors as numbers.
    """
    parts: list[str] = []
    for unit in definition.getListOfUnits():
        name = libsbml.UnitKind_toString(unit.getKind()).replace("avogadro", "dimensionless")
        factor = unit.getMultiplier() * 10.0 ** unit.getScale()
        if name != "dimensionless" or factor != 1.0:
            parts.append(unit_text(name, factor, unit.getExponentAsDouble()))
    return " * ".join(parts) or "dimensionless"


def _symbols(model: Any) -> Iterator[Symbol]:
    rules = [rule for rule in model.getListOfRules() if rule.isSetMath()]
    assigned = {rule.getVariable() for rule in rules if rule.isAssignment()}.union(algebraic_variables(model))
    rated = {rule.getVariable() for rule in rules if rule.isRate()}
    initial = {item.getSymbol() for item in model.getListOfInitialAssignments()}
    reacting = {
        reference.getSpecies()
        for reaction in model.getListOfReactions()
        for references in (reaction.getListOfReactants(), reaction.getListOfProducts())
        for reference in references
    }

    def role(element: Any, *, state: bool) -> Role:
        if element.getId() in assigned:
            return "assigned"
        if state or element.getId() in rated:
            return "state"
        return "constant" if element.getConstant() else "input"

    for element in model.getListOfCompartments():
        yield Symbol(
            element.getId(), "compartment", role(element, state=False),
            element.getSize() if element.isSetSize() else None, _derived(model, element),
            initial_assignment=element.getId() in initial,
        )  # fmt: skip
    for element in model.getListOfSpecies():
        concentration = element.isSetInitialConcentration()
        value = element.getInitialConcentration() if concentration else element.getInitialAmount()
        yield Symbol(
            element.getId(), "species",
            role(element, state=element.getId() in reacting and not element.getBoundaryCondition()),
            value if concentration or element.isSetInitialAmount() else None,
            _unit_text(model, element.getSubstanceUnits() or model.getSubstanceUnits()),
            compartment=element.getCompartment(), substance_only=element.getHasOnlySubstanceUnits(),
            concentration=concentration, initial_assignment=element.getId() in initial,
        )  # fmt: skip
    for element in model.getListOfParameters():
        yield Symbol(
            element.getId(), "parameter", role(element, state=False),
            element.getValue() if element.isSetValue() else None, _derived(model, element),
            initial_assignment=element.getId() in initial,
        )  # fmt: skip
    for element in model.getListOfReactions():
        yield Symbol(element.getId(), "reaction", "rate", None, "")


def _derived(model: Any, element: Any) -> str:
    return _unit_text(model, element.getUnits()) if element.isSetUnits() else ""
