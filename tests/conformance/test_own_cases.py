"""SBML documents of this project's own, each with its solution in closed form.

Each construct of SBML that the engine claims has at least one case; no file outside the repository is needed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from documents import (
    COMP,
    Case,
    after,
    assigned,
    check,
    dissolved,
    document,
    element,
    event,
    formula,
    function,
    initially,
    late,
    parameter,
    part,
    rated,
    reaction,
    size,
    species,
    t,
    whole,
    zero,
)

SPECIES: Final[dict[str, Case]] = {
    "local parameters": (
        document(size(2), dissolved("A", initialAmount=6), species("B", initialAmount=5), parameter("k", 7),
                 parameter("z", 0), assigned("z", "k*A"), reaction("J1", "k*A", {"A": 1}, {}, k=0.5),
                 reaction("J2", "k*B", {"B": 1}, {}, k=2)),
        {"A": 6 * np.exp(-t / 4), "[A]": 3 * np.exp(-t / 4), "z": 21 * np.exp(-t / 4), "B": 5 * np.exp(-2 * t),
         "J2": 10 * np.exp(-2 * t)},
    ),
    "local parameters of level 2": (
        document('<compartment id="V" size="2"/>', '<species id="A" compartment="V" initialConcentration="3"/>',
                 '<parameter id="k" value="7"/>',
                 '<reaction id="J"><listOfReactants><speciesReference species="A"/></listOfReactants><kineticLaw>'
                 + formula("k*A*V") + '<listOfParameters><parameter id="k" value="0.5"/></listOfParameters>'
                 "</kineticLaw></reaction>", level=2),
        {"A": 6 * np.exp(-t / 2), "[A]": 3 * np.exp(-t / 2)},
    ),
    "stoichiometryMath": (
        document('<compartment id="V" size="1"/>', '<species id="A" compartment="V" initialAmount="0"/>',
                 '<species id="B" compartment="V" initialAmount="9"/>',
                 '<parameter id="w" value="1" constant="false"/>', rated("w", "2"),
                 '<reaction id="J"><listOfReactants><speciesReference species="B" stoichiometry="2"/></listOfReactants>'
                 '<listOfProducts><speciesReference species="A">' + element("stoichiometryMath", formula("3*w"))
                 + "</speciesReference></listOfProducts><kineticLaw>" + formula("1.5") + "</kineticLaw></reaction>",
                 level=2),
        {"A": 4.5 * (t + t**2), "B": 9 - 3 * t},
    ),
    "stoichiometry by rules": (
        document(size(1), *(species(name, initialAmount=0) for name in "ABC"), initially("r", "3"), rated("r", "2"),
                 assigned("a", "1 + cos(time)"), reaction("J", "2", {"C": "r"}, {"A": "a", "B": 3})),
        {"A": 2 * (t + np.sin(t)), "B": 6 * t, "C": -2 * (3 * t + t**2)},
    ),
    "stoichiometry by an initial assignment and an event": (
        document(size(1), species("A", initialAmount=0), parameter("k", 2), initially("n", "3*k"),
                 parameter("s", 0), assigned("s", "n"),
                 reaction("J", "0.5", {}, {"A": "n"}), event("time > 1", {"n": "n + 4"})),
        {"A": 3 * t + 2 * late, "s": 6 + 4 * after},
    ),
    "one species on both sides": (
        document(size(1), species("A", initialAmount=2), reaction("J", "0.3*A", {"A": 1}, {"A": 3})),
        {"A": 2 * np.exp(0.6 * t)},
    ),
    "conversionFactor": (
        document(size(1), species("A", initialAmount=4), species("B", initialAmount=0, conversionFactor="d"),
                 parameter("c", 2, constant=True), parameter("d", 5, constant=True),
                 reaction("J", "0.4*A", {"A": 1}, {"B": 1}), about='conversionFactor="c"'),
        {"A": 4 * np.exp(-0.8 * t), "B": 10 * (1 - np.exp(-0.8 * t))},
    ),
    "boundary and constant species": (
        document(size(2), species("X", initialAmount=3, boundaryCondition=True),
                 species("C", initialAmount=0.5, constant=True, boundaryCondition=True),
                 species("R", initialAmount=1, boundaryCondition=True), rated("R", "-R"),
                 species("F", boundaryCondition=True), assigned("F", "sin(time)"), species("P", initialAmount=0),
                 species("Q", initialAmount=0), reaction("J", "C*X", {"X": 1, "C": 1}, {"P": 1}),
                 reaction("K", "R + F", {"R": 2, "F": 1}, {"Q": 1})),
        {"X": 3 + 0 * t, "C": 0.5 + 0 * t, "P": 1.5 * t, "R": np.exp(-t), "Q": 2 - np.exp(-t) - np.cos(t)},
    ),
    "hasOnlySubstanceUnits": (
        document(size(4), species("A", initialConcentration=2), dissolved("B", initialAmount=8),
                 reaction("J", "A", {"A": 1}, {}), reaction("K", "B", {"B": 1}, {})),
        {"A": 8 * np.exp(-t), "[A]": 2 * np.exp(-t), "B": 8 * np.exp(-t / 4), "[B]": 2 * np.exp(-t / 4)},
    ),
    "a compartment by a rate rule": (
        document(size(1), rated("V", "1"), dissolved("A", initialAmount=6), dissolved("B", initialConcentration=6),
                 dissolved("C", initialConcentration=2), rated("C", "-C"), species("D", initialAmount=2),
                 rated("D", "-D"), dissolved("E"), assigned("E", "3"), parameter("r", 0), assigned("r", "rateOf(A)"),
                 reaction("J", "2*B", {"B": 1}, {})),
        {"A": 6 + 0 * t, "[A]": 6 / (1 + t), "r": -6 / (1 + t) ** 2, "B": 6 / (1 + t) ** 2, "[B]": 6 / (1 + t) ** 3,
         "[C]": 2 * np.exp(-t), "C": 2 * np.exp(-t) * (1 + t), "D": 2 * np.exp(-t), "[D]": 2 * np.exp(-t) / (1 + t),
         "E": 3 * (1 + t), "[E]": 3 + 0 * t},
    ),
    "a compartment by an assignment rule": (
        document(size(2), assigned("V", "2 + sin(time)"), dissolved("A", initialAmount=6),
                 dissolved("B", initialConcentration=3), reaction("J", "V*B", {"B": 1}, {})),
        {"[A]": 6 / (2 + np.sin(t)), "A": 6 + 0 * t, "B": 6 * np.exp(-t), "[B]": 6 * np.exp(-t) / (2 + np.sin(t))},
    ),
    "a compartment by an event": (
        document(size(2), dissolved("A", initialConcentration=3), dissolved("B", initialConcentration=1),
                 rated("B", "0"), reaction("J", "A", {"A": 1}, {}), event("time >= 1", {"V": "2*V"})),
        {"A": 6 * np.exp(-(t - late) / 2 - late / 4), "V": 2 + 2 * after, "[B]": 1 - 0.5 * after, "B": 2 + 0 * t},
    ),
    "a compartment without dimensions": (
        document(element("compartment", id="V", spatialDimensions=0, constant=True), dissolved("A", initialAmount=6),
                 dissolved("B", initialAmount=0), reaction("J", "k*A", {"A": 1}, {"B": 2}, k=0.5)),
        {"A": 6 * np.exp(-t / 2), "B": 12 * (1 - np.exp(-t / 2))},
    ),
}  # fmt: skip

RULES: Final[dict[str, Case]] = {
    "rate and assignment rules": (
        document(parameter("x", 3), parameter("y", 0), parameter("z", 0), assigned("z", "y + 1"), assigned("y", "2*x"),
                 rated("x", "-z")),
        {"x": 3.5 * np.exp(-2 * t) - 0.5, "z": 7 * np.exp(-2 * t)},
    ),
    "linear algebraic rules": (
        document(size(1), species("A", initialAmount=10), species("B", initialAmount=0), parameter("x", 0),
                 parameter("y", 0), zero("A + B - 10"), zero("x + y - time"), zero("x - 3*y - A"),
                 reaction("J", "A", {"A": 1}, {})),
        {"B": 10 - 10 * np.exp(-t), "y": (t - 10 * np.exp(-t)) / 4, "x": (3 * t + 10 * np.exp(-t)) / 4},
    ),
    "initial assignments in a chain": (
        document(size(7), dissolved("A", initialAmount=5), parameter("b", 0), parameter("c", 1), parameter("x", 9),
                 parameter("s", 0), initially("A", "3*b"), initially("V", "b"), initially("b", "c + s"),
                 assigned("s", "2*c"), initially("x", "A*V + time"), rated("x", "-b")),
        {"A": 27 + 0 * t, "[A]": 9 + 0 * t, "V": 3 + 0 * t, "x": 27 - 3 * t},
    ),
    "function definitions in each other": (
        document(function("f", "lambda(x, x*x)"), function("g", "lambda(y, x, f(x) - f(f(y)))"),
                 function("five", "lambda(5)"), parameter("x", 0), parameter("y", 0),
                 assigned("y", "g(2, time) + five()"), rated("x", "g(x - x, 3)")),
        {"y": t**2 - 11, "x": 9 * t},
    ),
    "piecewise in time": (
        document(parameter("x", 0), rated("x", "piecewise(1, time < 1, 3, time < 2, 0)"), parameter("y", 0),
                 assigned("y", "piecewise(7, time > 2)"), parameter("z", 0),
                 assigned("z", "piecewise(y, time > 2, time)")),
        {"x": np.minimum(t, 1) + 3 * np.clip(t - 1, 0, 1), "z": np.where(t > 2, 7, t)},
    ),
    "piecewise in a state": (
        document(parameter("x", 0), rated("x", "piecewise(2, x < 1, 0.5)"), parameter("y", 1),
                 rated("y", "-y*piecewise(1, x >= 1 && !(x > 2 || false), 0)")),
        {"x": np.where(t < 0.5, 2 * t, 0.75 + t / 2), "y": np.exp(-np.clip(t - 0.5, 0, 2))},
    ),
    "steps of time": (
        document(*(parameter(name, 0) for name in "abcdefgh"), rated("a", "floor(time)"), rated("b", "ceil(time)"),
                 rated("c", "rem(time, 1)"), rated("d", "quotient(time, 0.5)"), assigned("e", "rem(-7 - time, 2)"),
                 assigned("f", "quotient(-7 - time, 2)"), assigned("g", "floor(-time)"), assigned("h", "ceil(-time)")),
        {"a": whole * (whole - 1) / 2 + whole * part, "b": whole * (whole + 1) / 2 + (whole + 1) * part,
         "c": whole / 2 + part**2 / 2, "e": np.fmod(-7 - t, 2), "f": np.trunc((-7 - t) / 2), "g": np.floor(-t),
         "d": 0.5 * (np.floor(2 * t) * (np.floor(2 * t) - 1) / 2 + np.floor(2 * t) * (2 * t - np.floor(2 * t))),
         "h": np.ceil(-t)},
    ),
    "rateOf": (
        document(parameter("x", 1), rated("x", "-x"), parameter("y", 0), assigned("y", "rateOf(x)"), parameter("z", 0),
                 rated("z", "rateOf(x) + rateOf(k)"), parameter("k", 3), size(2), dissolved("A", initialAmount=4),
                 reaction("J", "A", {"A": 1}, {}), parameter("w", 0), assigned("w", "rateOf(A)"), parameter("u", 0),
                 event("rateOf(x) > -exp(-1)", {"u": "time + rateOf(x)"})),
        {"y": -np.exp(-t), "z": np.exp(-t) - 1, "w": -np.exp(-t / 2), "u": after * (1 - math.exp(-1))},
    ),
    "the csymbol time under another name": (
        document(parameter("w", 4), parameter("x", 0), rated("x", "2*time + w")).replace("> time <", "> w <"),
        {"x": t**2 + 4 * t},
    ),
}  # fmt: skip

EVENTS: Final[dict[str, Case]] = {
    "a delayed one sets a concentration": (
        document(size(2), dissolved("A", initialAmount=4), reaction("J", "2*A", {"A": 1}, {}),
                 event("A < 2*exp(-0.5) && time < 1", {"A": "A + 1"}, delay="1 - time", at_trigger=False)),
        {"A": 4 * np.exp(-t) + 2 * after * np.exp(-late)},
    ),
    "two values change places": (
        document(parameter("x", 1), parameter("y", 2), parameter("z", 0), assigned("z", "10*x"),
                 event("time > 1", {"x": "y", "y": "x + z"})),
        {"x": 1 + after, "y": 2 + 9 * after, "z": 10 + 10 * after},
    ),
    "values of the trigger are kept through a delay": (
        document(parameter("x", 1), rated("x", "1"), parameter("y", 0), parameter("z", 0),
                 event("time >= 0.5", {"y": "x"}, delay="0.5"),
                 event("time >= 0.5", {"z": "x"}, delay="0.5", at_trigger=False)),
        {"y": 1.5 * after, "z": 2.0 * after},
    ),
    "three priorities, one of which changes": (
        document(parameter("x", 1), parameter("p", 1),
                 event("time >= 1", {"x": "x + 1"}, priority="p", at_trigger=False),
                 event("time >= 1", {"x": "3*x"}, priority="2", at_trigger=False),
                 event("time >= 1", {"p": "5", "x": "x + 10"}, priority="3", at_trigger=False)),
        {"x": 1 + 35 * after},
    ),
    "one that does not persist": (
        document(parameter("x", 0), parameter("y", 0), parameter("z", 0),
                 event("time > 0.5 && time < 1", {"x": "1"}, persistent=False, delay="0.6"),
                 event("time > 0.5 && time < 1", {"y": "1"}, persistent=True, delay="0.5"),
                 event("time > 0.5 && time < 1.5", {"z": "1"}, persistent=False, delay="0.5")),
        {"x": 0 * t, "y": after, "z": after},
    ),
    "triggers at the start": (
        document(*(parameter(name, 0) for name in "wxyz"), event("time >= 0", {"x": "1"}, initial=False),
                 event("time >= 0", {"y": "1"}, initial=True), event("time >= 0", {"z": "1"}, initial=False, delay="1"),
                 event("x > 0", {"w": "w + 1"}, initial=True)),
        {"x": 1 + 0 * t, "y": 0 * t, "z": after, "w": 1 + 0 * t},
    ),
    "events of level 2": (
        document('<parameter id="x" value="1" constant="false"/>', '<parameter id="y" value="2" constant="false"/>',
                 rated("x", "x"),
                 "<event><trigger>" + formula("time >= 0.5") + "</trigger><delay>" + formula("0.5")
                 + '</delay><listOfEventAssignments><eventAssignment variable="y">' + formula("x")
                 + "</eventAssignment></listOfEventAssignments></event>", level=2),
        {"x": np.exp(t), "y": np.where(t > 1, math.exp(0.5), 2)},
    ),
}  # fmt: skip

INNER: Final = (
    "<comp:listOfModelDefinitions>"
    + document(parameter("k", 2), parameter("x", 1), rated("x", "-k*x"))
    .partition(">")[2].removesuffix("</sbml>").replace('<model id="m"', '<comp:modelDefinition id="inner"')
    .replace("</model>", "</comp:modelDefinition>")
    + "</comp:listOfModelDefinitions>"
)  # fmt: skip
SUBMODELS: Final = (
    '<comp:listOfSubmodels><comp:submodel comp:id="one" comp:modelRef="inner"/>'
    '<comp:submodel comp:id="two" comp:modelRef="inner"/></comp:listOfSubmodels>'
)
REPLACES: Final = (
    '<comp:listOfReplacedElements><comp:replacedElement comp:submodelRef="one" comp:idRef="k"/>'
    "</comp:listOfReplacedElements>"
)
PACKAGES: Final[dict[str, Case]] = {
    "submodels": (
        document(parameter("x", 5), parameter("p", 0).replace("></parameter>", ">" + REPLACES + "</parameter>"),
                 initially("p", "0.5"), rated("x", "p"), head=COMP, tail=INNER)
        .replace("</model>", SUBMODELS + "</model>", 1),
        {"x": 5 + t / 2, "one__x": np.exp(-t / 2), "two__x": np.exp(-2 * t)},
    ),
}  # fmt: skip

CASES: Final = SPECIES | RULES | EVENTS | PACKAGES


@pytest.mark.parametrize("engine", ["batch", "auto"])
@pytest.mark.parametrize("name", CASES)
def test_a_document_gives_its_solution(name: str, engine: str) -> None:
    check(*CASES[name], engine)
