"""Features of SBML on small models whose course is known in closed form, and refusals that name their element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from euthymia.engine.simulate import simulate
from euthymia.errors import EuthymiaError
from euthymia.models.load import load_model

Array = npt.NDArray[np.float64]
TIMES: Final = np.linspace(0, 4, 41)[1:] - 0.05
"""Between the events, which are at tenths."""
CLOSE: Final = {"rel": 1e-6, "abs": 1e-8}
"""A hundred times the tolerances of the runs: errors add up."""
TOLERANCES: Final[dict[str, Any]] = {"rtol": 1e-8, "atol": 1e-12}
exp = np.exp


def after(time: float, t: Array) -> Array:
    return np.asarray(t > time, dtype=float)


def sbml(inner: str, *, level: str = "3", version: str = "2") -> str:
    space = f"http://www.sbml.org/sbml/level{level}" + (
        f"/version{version}/core" if level == "3" else f"/version{version}"
    )
    return f'<sbml xmlns="{space}" level="{level}" version="{version}"><model id="m">{inner}</model></sbml>'


def maths(inner: str) -> str:
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inner}</math>'


def apply(function: str, *args: str) -> str:
    return f"<apply><{function}/>{''.join(args)}</apply>"


def ci(name: str) -> str:
    return f"<ci>{name}</ci>"


def symbol(name: str, *args: str) -> str:
    made = f'<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/{name}">{name}</csymbol>'
    return f"<apply>{made}{''.join(args)}</apply>" if args else made


def call(function: str, *args: str) -> str:
    return f"<apply>{ci(function)}{''.join(args)}</apply>"


def lambda_(*names: str, root: str) -> str:
    return f"<lambda>{''.join(f'<bvar>{ci(name)}</bvar>' for name in names)}{root}</lambda>"


def parameters(*names: str, constant: str = "false") -> str:
    made = (
        f'<parameter id="{one}" value="{value}" constant="{constant}"/>' for one, value in (n.split("=") for n in names)
    )
    return f"<listOfParameters>{''.join(made)}</listOfParameters>"


def rules(**given: str) -> str:
    made = (f'<rateRule variable="{name}">{maths(root)}</rateRule>' for name, root in given.items())
    return f"<listOfRules>{''.join(made)}</listOfRules>"


RATE_OF: Final = sbml(
    parameters("x=1", "y=0")
    + "<listOfRules>"
    + f'<rateRule variable="x">{maths(apply("minus", apply("times", "<cn>2</cn>", ci("x"))))}</rateRule>'
    + f'<assignmentRule variable="y">{maths(symbol("rateOf", ci("x")))}</assignmentRule></listOfRules>'
)
ASSIGNED_AVOGADRO: Final = sbml(
    parameters("x=0") + rules(x=apply("divide", symbol("avogadro"), "<cn>6.02214179e23</cn>"))
)
SWAPPED: Final = sbml(  # a truth value as a number: x' = (time > 1.3)
    parameters("x=0") + rules(x=apply("plus", apply("gt", symbol("time"), "<cn>1.3</cn>"), "<cn>0</cn>"))
)
MODERN: Final = sbml(  # x' = max(1, min(2, 3)) + rem(7, 4) + quotient(7, 4)
    parameters("x=0")
    + rules(
        x=apply(
            "plus",
            apply("max", "<cn>1</cn>", apply("min", "<cn>2</cn>", "<cn>3</cn>")),
            apply("rem", "<cn>7</cn>", "<cn>4</cn>"),
            apply("quotient", "<cn>7</cn>", "<cn>4</cn>"),
        )
    )
)
REACTION: Final = (
    '<listOfCompartments><compartment id="C" {size} constant="true"/></listOfCompartments><listOfSpecies>'
    '<species id="S" compartment="C" initialAmount="8" hasOnlySubstanceUnits="false" boundaryCondition="false" '
    'constant="false" {species}/></listOfSpecies><listOfParameters><parameter id="k" value="0.5" constant="true"/>'
    '<parameter id="f" value="3" constant="true"/></listOfParameters><listOfReactions><reaction id="R" '
    'reversible="false" {fast}><listOfReactants><speciesReference species="S" stoichiometry="1" constant="true"/>'
    f"</listOfReactants><kineticLaw>{maths(apply('times', ci('k'), ci('S')))}</kineticLaw></reaction></listOfReactions>"
)
OLD: Final = sbml(  # level 2: stoichiometryMath 2 * k, and a local parameter
    '<listOfCompartments><compartment id="C"/></listOfCompartments><listOfSpecies>'
    '<species id="S" compartment="C" initialAmount="0"/></listOfSpecies><listOfParameters>'
    '<parameter id="k" value="1.5"/></listOfParameters><listOfReactions><reaction id="R"><listOfProducts>'
    f'<speciesReference species="S"><stoichiometryMath>{maths(apply("times", "<cn>2</cn>", ci("k")))}'
    f"</stoichiometryMath></speciesReference></listOfProducts><kineticLaw>{maths(ci('k'))}<listOfParameters>"
    '<parameter id="k" value="0.25"/></listOfParameters></kineticLaw></reaction></listOfReactions>',
    level="2",
    version="4",
)
ALGEBRAIC: Final = sbml(  # 0 = 2 y - x
    parameters("x=1", "y=7")
    + f'<listOfRules><rateRule variable="x">{maths(ci("x"))}</rateRule><algebraicRule>'
    + maths(apply("minus", apply("times", "<cn>2</cn>", ci("y")), ci("x")))
    + "</algebraicRule></listOfRules>"
)

FUNCTIONS: Final = sbml(  # f(a, b) = g(a) b, g(a) = a + 1, x' = f(2, x)
    "<listOfFunctionDefinitions>"
    f'<functionDefinition id="g">{maths(lambda_("a", root=apply("plus", ci("a"), "<cn>1</cn>")))}</functionDefinition>'
    f'<functionDefinition id="f">{maths(lambda_("a", "b", root=apply("times", call("g", ci("a")), ci("b"))))}'
    "</functionDefinition></listOfFunctionDefinitions>" + parameters("x=1") + rules(x=call("f", "<cn>2</cn>", ci("x")))
)
COMP: Final = "http://www.sbml.org/sbml/level3/version1/comp/version1"
SUBMODELS: Final = (  # x' = 2 and x(0) = 3 inside, where x is replaced by y; k of another submodel is 3: y' = 2 k
    f'<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" xmlns:comp="{COMP}" level="3" version="1" '
    'comp:required="true"><model id="outer"><listOfParameters><parameter id="y" value="6" constant="false">'
    '<comp:listOfReplacedElements><comp:replacedElement comp:submodelRef="A" comp:idRef="x"/>'
    '</comp:listOfReplacedElements></parameter><parameter id="k" value="3" constant="true">'
    '<comp:listOfReplacedElements><comp:replacedElement comp:submodelRef="A" comp:idRef="k"/>'
    "</comp:listOfReplacedElements></parameter></listOfParameters><comp:listOfSubmodels>"
    '<comp:submodel comp:id="A" comp:modelRef="inner"/></comp:listOfSubmodels></model>'
    '<comp:listOfModelDefinitions><comp:modelDefinition id="inner"><listOfParameters>'
    '<parameter id="x" value="3" constant="false"/><parameter id="k" value="7" constant="true"/></listOfParameters>'
    f"{rules(x=apply('times', '<cn>2</cn>', ci('k')))}</comp:modelDefinition></comp:listOfModelDefinitions></sbml>"
)

Course = Callable[[Array], Array]
CASES: Final[dict[str, tuple[str, str, Course]]] = {
    "reactions": ("S1 -> 2 S2; k*S1; S1 = 3; S2 = 0; k = 0.7", "S2", lambda t: 6 * (1 - exp(-0.7 * t))),
    "reversible reaction": ("S1 -> S2; S1 - S2; S1 = 2; S2 = 0", "S1", lambda t: 1 + exp(-2 * t)),
    "boundary condition": ("$S1 -> S2; k*S1; S1 = 3; S2 = 0; k = 0.7", "S2", lambda t: 2.1 * t),
    "rate rule": ("x' = -2*x + 1; x = 3", "x", lambda t: 0.5 + 2.5 * exp(-2 * t)),
    "assignment rule": ("x' = 1; x = 0; y := z^2; z := x + 1", "y", lambda t: (t + 1) ** 2),
    "assigned species": ("compartment C = 2; species S in C; S := time", "S", lambda t: 2 * t),
    "algebraic rule": (ALGEBRAIC, "y", lambda t: exp(t) / 2),
    "initial assignment": ("x' = -a*x; x = 2*b; b = a^2; a = 1.5", "x", lambda t: 4.5 * exp(-1.5 * t)),
    "initial assignment to a compartment": (
        "compartment C = 2*a; species S in C; a = 2; S = 3; S -> ; S", "S", lambda t: 12 * exp(-t / 4),
    ),
    "function definitions": (FUNCTIONS, "x", lambda t: exp(3 * t)),
    "compartment of another size": (
        "compartment C = 4; species S in C; S = 2; J: S -> ; k*S; k = 1", "[S]", lambda t: 2 * exp(-t / 4),
    ),
    "varying compartment": (
        "compartment C = 1; C' = 0.5*C; species S in C; S = 3; S -> ; 0*S", "[S]", lambda t: 3 * exp(-0.5 * t),
    ),
    "rate rule of a concentration in a varying compartment": (
        "compartment C = 1; C' = 0.5; species S in C; S = 3; S' = -S", "S", lambda t: 3 * exp(-t) * (1 + 0.5 * t),
    ),
    "compartment given by a rule": (
        "compartment C; C := 1 + time; species S in C; S = 3; S -> ; 0*S; ", "[S]", lambda t: 3 / (1 + t),
    ),
    "rate rule of a concentration in a compartment given by a rule": (
        "compartment C; C := 1 + time; species S in C; S = 3; S' = -S", "S", lambda t: 3 * exp(-t) * (1 + t),
    ),
    "compartment set by an event": (
        "compartment C = 1; species S in C; S = 3; S -> ; 0*S; E: at time >= 1: C = 2", "[S]",
        lambda t: 3 / (1 + after(1, t)),
    ),
    "substance units": (
        "compartment C = 4; substanceOnly species S in C; S = 2; S -> ; k*S; k = 1", "S", lambda t: 2 * exp(-t),
    ),
    "constant species": ("const species S; S -> P; S; S = 3; P = 0", "P", lambda t: 3 * t),
    "local parameters": (OLD, "S", lambda t: 3 * 0.25 * t),
    "stoichiometry that follows a rule": ("n S -> ; 1; n := time; S = 9", "S", lambda t: 9 - t**2 / 2),
    "stoichiometry with a rate rule": ("n S -> ; 1; n = 0; n' = 1; S = 9", "S", lambda t: 9 - t**2 / 2),
    "stoichiometry set by an event": (
        "J: S -> 2 P; 1; S = 9; P = 0; E: at time >= 1: q = 5; q = 1; J2: -> q Z; q; Z = 0", "P", lambda t: 2 * t,
    ),
    "conversion factor": (sbml(REACTION.format(size='size="1"', species='conversionFactor="f"', fast="")), "S",
                          lambda t: 8 * exp(-1.5 * t)),
    "piecewise": (
        "x' = piecewise(1, time < 1, 5, time < 1.1, 2); x = 0", "x",
        lambda t: np.piecewise(t, [t < 1, (t >= 1) & (t < 1.1), t >= 1.1],
                               [lambda t: t, lambda t: 1 + 5 * (t - 1), lambda t: 1.5 + 2 * (t - 1.1)]),
    ),
    "a short pulse": (
        "x' = piecewise(1e4, and(time >= 2, time < 2.0001), 0); x = 0", "x", lambda t: after(2, t),
    ),
    "a pulse of a clock": (
        "x' = piecewise(1e4, and(c >= 2, c < 2.0001), 0); x = 0; c' = 1; c = 0", "x", lambda t: after(2, t),
    ),
    "ceil and floor": ("x' = ceil(time) - floor(time/2); x = 0", "x",
                       lambda t: _steps(t, np.ceil) - 2 * _steps(t / 2, np.floor)),
    "csymbol time": ("x' = cos(time); x = 0", "x", np.sin),
    "csymbol avogadro": (ASSIGNED_AVOGADRO, "x", lambda t: t),
    "rateOf": (RATE_OF, "y", lambda t: -2 * exp(-2 * t)),
    "truth values as numbers": (SWAPPED, "x", lambda t: np.maximum(t - 1.3, 0)),
    "min, max, rem and quotient": (MODERN, "x", lambda t: 6 * t),
    "uncommon functions": ("x' = sec(0)^2 + arcsinh(0) + factorial(3) + root(3, 27); x = 0", "x", lambda t: 10 * t),
    "event": ("x' = 0; x = 1; E: at time >= 1.2: x = 5", "x", lambda t: 1 + 4 * after(1.2, t)),
    "event of a state": ("x' = 1; x = 0; E: at x > 1.5: x = 0", "x", lambda t: np.mod(t, 1.5)),
    "event with a delay": ("x' = 0; x = 1; E: at 0.8 after time >= 1.2: x = 5", "x", lambda t: 1 + 4 * after(2, t)),
    "values of the trigger's time": (
        "y' = 1; y = 0; x' = 0; x = 0; E: at 1 after time >= 1: x = y", "x", lambda t: 1 * after(2, t),
    ),
    "values of the execution's time": (
        "y' = 1; y = 0; x' = 0; x = 0; E: at 1 after time >= 1, fromTrigger=false: x = y", "x",
        lambda t: 2 * after(2, t),
    ),
    "event that does not persist": (
        "x' = 0; x = 1; y' = 1; y = 0; E: at 1 after (y > 1) && (y < 1.5), persistent=false: x = 5", "x",
        lambda t: 1 + 0 * t,
    ),
    "event that persists": (
        "x' = 0; x = 1; y' = 1; y = 0; E: at 1 after (y > 1) && (y < 1.5), persistent=true: x = 5", "x",
        lambda t: 1 + 4 * after(2, t),
    ),
    "priorities": (
        "x = 1; A: at time >= 1, priority = 1, fromTrigger=false: x = 2*x; B: at time >= 1, priority = 2: x = x + 5",
        "x", lambda t: 1 + 11 * after(1, t),
    ),
    "priorities and values of the trigger's time": (
        "x = 1; A: at time >= 1, priority = 1: x = 2*x; B: at time >= 1, priority = 2: x = x + 5", "x",
        lambda t: 1 + after(1, t),
    ),
    "an event stops another of its time": (
        "x = 1; A: at x < 2, priority = 1, persistent=false, t0=false: x = 7;"
        "B: at time >= 0, priority = 2, t0=false: x = 3", "x", lambda t: 3 + 0 * t,
    ),
    "trigger true at first, initialValue true": ("x = 1; E: at x > 0: x = 3", "x", lambda t: 1 + 0 * t),
    "trigger true at first, initialValue false": ("x = 1; E: at x > 0, t0=false: x = 3", "x", lambda t: 3 + 0 * t),
    "events that follow each other": (
        "x = 0; y = 0; A: at time >= 1: x = 1; B: at x > 0.5: y = 4", "y", lambda t: 4 * after(1, t),
    ),
    "submodels": (SUBMODELS, "y", lambda t: 6 * t + 6),
}  # fmt: skip


def _steps(t: Array, rounded: Callable[[Array], Array]) -> Array:
    """The integral of floor or ceil from 0."""
    whole = np.floor(t)
    return whole * (whole + (1 if rounded is np.ceil else -1)) / 2 + (t - whole) * rounded(t)


@pytest.mark.parametrize("engine", ["batch", "auto"])
@pytest.mark.parametrize("feature", CASES)
def test_a_feature_gives_the_known_course(feature: str, engine: Any) -> None:
    text, output, expected = CASES[feature]
    result = simulate(load_model(text), times=TIMES, outputs=[output], engine=engine, **TOLERANCES)
    assert result["status"].values.tolist() == [0]
    assert result[output].values[0] == pytest.approx(expected(TIMES), **CLOSE)


@pytest.mark.parametrize("feature", CASES)
def test_libroadrunner_gives_the_known_course_or_refuses_by_name(feature: str) -> None:
    text, output, expected = CASES[feature]
    model = load_model(text)
    try:
        result = simulate(model, times=TIMES, outputs=[output], engine="reference", **TOLERANCES)
    except EuthymiaError:
        return
    assert result["status"].values.tolist() == [0]
    assert result[output].values[0] == pytest.approx(expected(TIMES), rel=1e-5, abs=1e-6)


REFUSED: Final[dict[str, tuple[str, str]]] = {
    "delay": (sbml(parameters("x=1") + rules(x=symbol("delay", ci("x"), "<cn>1</cn>"))), "delay"),
    "fast": (sbml(REACTION.format(size='size="1"', species="", fast='fast="true"'), version="1"), "fast reaction “R”"),
    "missing value": (sbml(REACTION.format(size="", species="", fast=""), version="2"), "“C”"),
    "undefined": (sbml(parameters("x=1") + rules(x=ci("nothing"))), "nothing"),
    "circle": (
        sbml(
            parameters("x=1", "y=1")
            + f'<listOfRules><assignmentRule variable="x">{maths(ci("y"))}</assignmentRule>'
            + f'<assignmentRule variable="y">{maths(ci("x"))}</assignmentRule></listOfRules>'
        ),
        "depend on each other in a circle",
    ),
    "algebraic rule that is not linear": (
        sbml(
            parameters("y=7")
            + "<listOfRules><algebraicRule>"
            + maths(apply("minus", apply("exp", ci("y")), ci("y")))
            + "</algebraicRule></listOfRules>"
        ),
        "algebraicRule",
    ),
}


@pytest.mark.parametrize("engine", ["batch", "reference", "auto"])
@pytest.mark.parametrize("element", REFUSED)
def test_a_refusal_names_the_element(element: str, engine: Any) -> None:
    text, name = REFUSED[element]
    with pytest.raises(EuthymiaError) as caught:
        simulate(load_model(text), times=[0, 1], engine=engine)
    assert name in caught.value.text()


def test_a_concentration_needs_the_size_of_its_compartment() -> None:
    text = sbml(REACTION.format(size="", species="", fast="").replace(ci("S"), ci("f")))
    model = load_model(text)  # the amount of S can be worked out, its concentration cannot
    assert simulate(model, times=[0, 1], outputs=["S"])["S"].values.tolist() == [[8, pytest.approx(6.5)]]
    with pytest.raises(EuthymiaError, match="“C”"):
        simulate(model, times=[0, 1], outputs=["[S]"])
    given = simulate(model, times=[0, 1], outputs=["[S]"], parameters={"C": 2})
    assert given["[S]"].values.tolist() == [[4, pytest.approx(3.25)]]
    with pytest.raises(EuthymiaError, match="“C”"):
        simulate(load_model(text.replace("initialAmount", "initialConcentration")), times=[0, 1])


def test_infinity_that_the_model_states_is_a_result() -> None:
    rule = f'<listOfRules><assignmentRule variable="y">{maths(apply("minus", ci("x")))}</assignmentRule></listOfRules>'
    model = load_model(sbml(parameters("x=INF", "y=1") + rule))
    result = simulate(model, times=[0, 1], outputs=["x", "y"])
    assert result["status"].values.tolist() == [0]
    assert result["y"].values.tolist() == [[-np.inf, -np.inf]]
