"""Fragments (common dynamics, drug exposure, mechanism) -> one model.

Fragments share names: a quantity that one of them defines, another may use. Each holds plain Antimony statements; the
equations are in hours, nanomoles per litre and nanomoles per kilogram (`euthymia.units.CANONICAL`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.errors import ModelError, Place, Problem, suggestion
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.records.drug import DrugRecord
from euthymia.records.library import Fragment
from euthymia.records.parameter import Parameter
from euthymia.words import msg

_HEADER: Final = """\
  unit time_unit = 3600 second;
  unit hour = 3600 second;
  unit nM = 1e-9 mole / litre;
"""


@dataclass(frozen=True)
class Mechanism:
    """A composed model and the parameters that can be drawn for it."""

    model: Model
    parameters: tuple[Parameter, ...]

    def values(self) -> dict[str, float]:
        """The parameters' central values in the units of the equations."""
        return {parameter.id: parameter.value * parameter.factor for parameter in self.parameters}


def drug_fragment(drug: DrugRecord, receptors: Mapping[str, Sequence[str]] | None = None) -> Fragment:
    """The exposure model of a drug as a fragment, with its constants for the receptors and pathways asked for."""
    asked = receptors or {}
    named = set[str]().union(*(one.parameters for bindings in drug.binds.values() for one in bindings))
    kept = {
        name
        for receptor, pathways in asked.items()
        for one in drug.binds.get(receptor, ())
        for name in (one.ki, *(one.efficacy_at(pathway) for pathway in pathways or (None,)))
    }
    left_out = named - kept
    return Fragment(f"drug {drug.id}", drug.exposure, tuple(p for p in drug.parameters if p.id not in left_out))


def receptor_sums(receptors: Mapping[str, Sequence[str]], drugs: Sequence[DrugRecord]) -> dict[str, str]:
    """What ligands do together at receptors they compete for, as expressions by name.

    With concentrations A, dissociation constants K and efficacies tau, ``<receptor>_bound`` is the sum of A / K and
    ``<receptor>_driven`` (or ``<receptor>_<pathway>_driven`` for each pathway) the sum of tau A / K, so that occupancy
    is bound / (1 + bound) and the operational response driven / (1 + bound + driven).

    References
    ----------
    Black JW, Leff P (1983). Operational models of pharmacological agonism. Proc R Soc B 220:141.
    doi:10.1098/rspb.1983.0093
    """
    sums: dict[str, str] = {}
    for receptor, pathways in receptors.items():
        bindings = [one for drug in drugs for one in drug.binds.get(receptor, ())]
        sums[f"{receptor}_bound"] = " + ".join(f"{one.concentration}/{one.ki}" for one in bindings) or "0"
        for pathway in pathways or (None,):
            name = f"{receptor}_{pathway}_driven" if pathway else f"{receptor}_driven"
            terms = [f"{tau}*{one.concentration}/{one.ki}" for one in bindings if (tau := one.efficacy_at(pathway))]
            sums[name] = " + ".join(terms) or "0"
    return sums


def compose(name: str, fragments: Sequence[Fragment], *, derived: Mapping[str, str] | None = None) -> Mechanism:
    """One model from fragments.

    Parameters
    ----------
    name
        Id of the model.
    fragments
        Pieces of model text; a quantity may be defined by one of them only.
    derived
        Names that the common dynamics expect from the mechanism, and the expressions that give them.

    Raises
    ------
    ModelError
        If two fragments give one parameter, a parameter is not used, or the text is wrong; the fragment's name and
        the line inside it are given.
    """
    parameters = _merged(fragments)
    _refuse_doubles(fragments)
    text, starts = _text(name, fragments, parameters, derived or {})
    try:
        model = load_model(text)
    except ModelError as error:
        raise ModelError([_mapped(problem, starts) for problem in error.problems]) from None
    _refuse_missing(model, parameters)
    _refuse_unused(fragments, derived or {}, model)
    return Mechanism(model, parameters)


def _merged(fragments: Sequence[Fragment]) -> tuple[Parameter, ...]:
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for fragment in fragments:
        for parameter in fragment.parameters:
            if parameter.id in owners:
                problems.append(
                    Problem(msg("“{id}” is a parameter of both {first} and {second}.",
                                id=parameter.id, first=owners[parameter.id], second=fragment.name))
                )  # fmt: skip
            owners[parameter.id] = fragment.name
    if problems:
        raise ModelError(problems)
    return tuple(parameter for fragment in fragments for parameter in fragment.parameters)


def _definitions(text: str) -> set[str]:
    """Names that a fragment's statements define, each with what it defines: the value, a rule, or a rate."""
    bare = re.sub(r"//[^\n]*", "", text)
    return set(re.findall(r"(?:^|;)\s*([A-Za-z_]\w*\s*(?:'\s*=|:=|=))", bare, re.MULTILINE))


def _refuse_doubles(fragments: Sequence[Fragment]) -> None:
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for fragment in fragments:
        for found in sorted(_definitions(fragment.text)):
            name = re.sub(r"\s", "", found)
            if name in owners:
                said = msg("“{id}” is defined by both {first} and {second}.",
                           id=name.rstrip("=:'"), first=owners[name], second=fragment.name)  # fmt: skip
                problems.append(Problem(said))
            owners[name] = fragment.name
    if problems:
        raise ModelError(problems)


def _text(
    name: str, fragments: Sequence[Fragment], parameters: Sequence[Parameter], derived: Mapping[str, str]
) -> tuple[str, list[tuple[int, str]]]:
    lines = [f"model {re.sub(r'[^A-Za-z0-9_]', '_', name)}()", *_HEADER.splitlines()]
    lines += [f"  {p.id} = {p.value * p.factor!r};" for p in parameters]
    lines += [f"  {target} := {expression};" for target, expression in derived.items()]
    starts: list[tuple[int, str]] = []
    for fragment in fragments:
        starts.append((len(lines), fragment.name))
        lines += fragment.text.splitlines()
    lines.append("end")
    return "\n".join(lines), starts


def _refuse_missing(model: Model, parameters: Sequence[Parameter]) -> None:
    known = [parameter.id for parameter in parameters]
    problems = [
        Problem(msg("The mechanism uses “{id}”, which has no value in any table. {suggestion}",
                    id=name, suggestion=suggestion(name, known)))
        for name in model.missing
    ]  # fmt: skip
    if problems:
        raise ModelError(problems)


def _mapped(problem: Problem, starts: list[tuple[int, str]]) -> Problem:
    line = problem.place.line if problem.place else None
    before = [(start, name) for start, name in starts if line is not None and start < line]
    if not before or line is None:
        return problem
    start, name = before[-1]
    return Problem(problem.message, Place(f"mechanism text of {name}", line - start))


def _refuse_unused(fragments: Sequence[Fragment], derived: Mapping[str, str], model: Model) -> None:
    texts = [*(re.sub(r"//.*", "", fragment.text) for fragment in fragments), *derived.values()]
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", "\n".join(texts)))
    problems = [
        Problem(msg("The parameter “{id}” of {fragment} is not used by any equation. {suggestion}",
                    id=p.id, fragment=fragment.name, suggestion=suggestion(p.id, sorted(words))))
        for fragment in fragments
        for p in fragment.parameters
        if p.id not in words or p.id not in model.symbols
    ]  # fmt: skip
    if problems:
        raise ModelError(problems)
