"""A second, slow and plain implementation as oracle: the SBML interpreted in Python, solved by SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import libsbml
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.compose import Mechanism
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.records.folder import StudyFolder
from support import ATLAS_STUDIES, STUDY_FACTS

AGREEMENT: Final = 2e-5
"""Relative to the largest value of each quantity: two solvers at relative tolerance 1e-7 over some thirty segments."""
Values = dict[str, float]
Array = npt.NDArray[np.float64]
BINARY: Final[dict[int, Callable[[float, float], float]]] = {
    libsbml.AST_DIVIDE: lambda a, b: a / b,
    libsbml.AST_POWER: lambda a, b: a**b,
    libsbml.AST_FUNCTION_POWER: lambda a, b: a**b,
    libsbml.AST_RELATIONAL_GT: lambda a, b: a > b,
    libsbml.AST_RELATIONAL_LT: lambda a, b: a < b,
    libsbml.AST_RELATIONAL_GEQ: lambda a, b: a >= b,
    libsbml.AST_RELATIONAL_LEQ: lambda a, b: a <= b,
}
UNARY: Final[dict[int, Callable[[float], float]]] = {
    libsbml.AST_FUNCTION_EXP: math.exp,
    libsbml.AST_FUNCTION_LN: math.log,
    libsbml.AST_FUNCTION_ABS: abs,
}


Term = Callable[[Values], float]


class Interpreter:
    """Rate rules, assignment rules and initial assignments of a document without reactions or events."""

    def __init__(self, model: Model) -> None:
        self.document = libsbml.readSBMLFromString(model.sbml)
        sbml = self.document.getModel()
        assert sbml.getNumReactions() == sbml.getNumEvents() == sbml.getNumSpecies() == 0
        rules = list(sbml.getListOfRules())
        self.values: Values = {p.getId(): p.getValue() for p in sbml.getListOfParameters()}
        self.rates = {r.getVariable(): self.term(r.getMath()) for r in rules if r.isRate()}
        self.assigned = {r.getVariable(): self.term(r.getMath()) for r in rules if r.isAssignment()}
        self.initial = {a.getSymbol(): self.term(a.getMath()) for a in sbml.getListOfInitialAssignments()}

    def term(self, node: Any) -> Term:
        """A formula as a Python function of the values known so far."""
        kind, children = node.getType(), [self.term(node.getChild(i)) for i in range(node.getNumChildren())]
        if node.isName():
            name = node.getName()
            return lambda values: values[name] if name in values else self.look(name, values)
        if node.isNumber():
            number = float(node.getValue())
            return lambda values: number
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return lambda values: self.piecewise(children, values)
        if kind == libsbml.AST_PLUS:
            return lambda values: sum(child(values) for child in children)
        if kind == libsbml.AST_TIMES:
            return lambda values: math.prod(child(values) for child in children)
        if kind == libsbml.AST_MINUS:
            return lambda values: (
                -children[0](values) if len(children) == 1 else children[0](values) - children[1](values)
            )
        function = UNARY.get(kind) or BINARY[kind]
        return lambda values: function(*(child(values) for child in children))

    def piecewise(self, children: Sequence[Term], values: Values) -> float:
        for piece, condition in zip(children[0::2], children[1::2], strict=False):
            if condition(values):
                return piece(values)
        return children[-1](values)

    def look(self, name: str, values: Values) -> float:
        if name not in values:
            values[name] = self.assigned[name](values)
        return values[name]

    def start(self, parameters: Mapping[str, float]) -> Values:
        base = {name: value for name, value in self.values.items() if name not in self.assigned} | dict(parameters)
        waiting = {name: term for name, term in self.initial.items() if name not in parameters}
        for _ in waiting:  # an initial value may rest on another
            base |= {name: term(dict(base)) for name, term in waiting.items()}
        return base

    def solve(
        self, times: Sequence[float], jumps: Sequence[Jump], parameters: Mapping[str, float], outputs: Sequence[str]
    ) -> Array:
        base, names = self.start(parameters), list(self.rates)
        edges = sorted({0.0, *(jump.time for jump in jumps), times[-1]})
        rows: dict[float, list[float]] = {}

        def slope(_: float, y: Array) -> list[float]:
            values = base | dict(zip(names, y, strict=True))
            return [self.rates[name](values) for name in names]

        for start, stop in zip(edges, [*edges[1:], edges[-1]], strict=True):
            for jump in (jump for jump in jumps if jump.time == start):
                self.jump(jump, base)
            rows[start] = [self.look(name, dict(base)) for name in outputs]
            inside = [time for time in times if start < time < stop]
            if stop > start:
                y = [base[name] for name in names]
                course = solve_ivp(slope, (start, stop), y, "LSODA", [*inside, stop], rtol=1e-7, atol=1e-9)
                for time, column in zip(course.t, course.y.T, strict=True):
                    values = base | dict(zip(names, column, strict=True))
                    rows[float(time)] = [self.look(name, values) for name in outputs]
                base |= dict(zip(names, map(float, course.y[:, -1]), strict=True))
        return np.array([rows[time] for time in times])

    def jump(self, jump: Jump, base: Values) -> None:
        now = base[jump.target]
        value = self.look(str(jump.value), dict(base)) if jump.operation == "copy" else float(jump.value)
        base[jump.target] = {"add": now + value, "multiply": now * value}.get(jump.operation, value)


def restraint(days: int) -> list[Jump]:
    sessions = [
        Jump(24.0 * day + hour, "stressor", "set", level)
        for day in range(days)
        for hour, level in ((0.0, 1.0), (2.0, 0.0))
    ]
    return [Jump(0.0, "stressor_predictability", "set", 1.0), *sessions]


PLANS: Final[dict[str, dict[str, Any]]] = {
    "S02": {
        "jumps": [*restraint(2),
                  Jump(48.0, "ketamine_depot", "add", 21_000.0), Jump(48.0, "bci_depot", "add", 31_000.0),
                  Jump(72.0, "ketamine_bath", "set", 20_000.0), Jump(72.5, "ketamine_bath", "set", 0.0),
                  Jump(96.0, "mek_level", "set", 0.1)],
        "parameters": {"trkb_level": 0.7, "trkb_to_erk": 3.0},
    },
    "S03": {
        "jumps": [*restraint(2),
                  Jump(24.0, "atg7_level", "set", 0.6), Jump(47.0, "dyngo_infused", "add", 0.03),
                  Jump(47.0, "tat_glua2_3y_infused", "add", 0.005), Jump(48.0, "tbp_infused", "add", 0.005),
                  Jump(48.0, "ketamine_depot", "add", 42_000.0), Jump(49.0, "paroxetine_depot", "add", 27_000.0),
                  Jump(72.0, "bafilomycin_bath", "set", 50.0),
                  Jump(72.5, "bafilomycin_bath", "set", 0.0)],
        "parameters": {"mtor_level": 0.9, "tbp_gain": 3.0},
    },
    "S04": {
        "jumps": [*restraint(2),
                  Jump(24.01, "imaging_on", "copy", "unity"), Jump(24.01, "pt_at_mark", "copy", "pt_spines"),
                  Jump(24.01, "pt_marked_transient", "copy", "pt_transient"),
                  Jump(24.01, "pt_marked_persistent", "copy", "pt_persistent"),
                  Jump(47.0, "it_drive", "set", 0.0), Jump(48.0, "psilocybin_depot", "add", 3518.0),
                  Jump(56.0, "it_drive", "set", 1.0)],
        "parameters": {"htr2a_level": 0.8, "pt_excitation": 0.5},
    },
    "S08": {
        "jumps": [*restraint(2),
                  Jump(1.0, "ccr2_level", "set", 1.3), Jump(24.0, "egfr_level", "set", 0.5),
                  Jump(47.0, "mdma_depot", "add", 20_000.0), Jump(48.0, "psilocybin_depot", "add", 3518.0),
                  Jump(49.0, "ketamine_depot", "add", 42_000.0), Jump(72.0, "gr_level", "set", 0.5),
                  Jump(96.0, "gr_level", "set", 1.0)],
        "parameters": {"leukocyte_il6": 1.5, "pituitary_half_life": 300.0, "adrenal_half_life": 400.0},
    },
    "S09": {
        "jumps": [Jump(1.0, "stressor", "set", 1.0), Jump(2.0, "corticosterone_depot", "add", 14_000.0),
                  Jump(24.0, "stressor", "set", 0.0), Jump(48.0, "nbf_depot", "add", 28_000.0),
                  Jump(50.0, "vta_drive", "set", 2.0), Jump(54.0, "vta_drive", "set", 0.5)],
        "parameters": {"htr2a_level": 0.8, "htr2a_to_vta": 0.5, "htr2a_to_gating": 0.3},
    },
}  # fmt: skip
CONSTANT: Final = ("pki_", "bias")
"""Beginnings of the names of read-outs of a ligand's constants, which no plan can move."""
TIMES: Final = (0.0, 1.0, 2.0, 24.0, 47.0, 48.0, 48.25, 48.5, 49.0, 50.0, 54.0, 72.0, 72.5, 73.0, 96.0, 120.0, 300.0)


def watched(study: StudyFolder) -> list[str]:
    """What the assays read, what carries the causal chain, and the affective states."""
    record = study.record
    states = [state for readout in record.mechanism.readouts.values() for state in readout.states.values()]
    states += [entity.state for entity in record.entities.values() if entity.state]
    return sorted({*states, "despair", "anhedonia", "anxiety", "stress_load"} - constants(states))


def constants(states: list[str]) -> set[str]:
    return {state for state in states if state.startswith(CONSTANT)}


ROUNDING: Final = 1e-12
"""A quantity that stays below this is zero but for rounding."""
MOVING: Final = 0.5
"""Least share of the outputs that must move where a study has no plan of its own."""


def plan_of(name: str) -> dict[str, Any]:
    """The study's own plan; else restraint and, on the third day, a dose of what the tests probe it with."""
    probe = STUDY_FACTS[name].probe
    dose = [Jump(48.0, probe.state, "add", probe.dose)]
    return PLANS.get(name, {"jumps": [*restraint(2), *dose], "parameters": dict(probe.settings)})


@pytest.mark.parametrize("name", ATLAS_STUDIES)
def test_scipy_agrees(atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str) -> None:
    plan, model, outputs = plan_of(name), mechanisms[name].model, watched(atlas[name])
    jumps = Schedule.of(plan["jumps"]).jumps
    theirs = Interpreter(model).solve(TIMES, jumps, plan["parameters"], outputs)
    ours = simulate(model, times=TIMES, schedule=list(jumps), parameters=plan["parameters"], outputs=outputs, rtol=1e-7,
                    atol=1e-10)  # fmt: skip
    still = [output for index, output in enumerate(outputs) if np.ptp(theirs[:, index]) <= ROUNDING]
    assert not (name in PLANS and still), "these do not move, so the plan does not test them"
    assert len(still) <= (1 - MOVING) * len(outputs)
    for index, output in enumerate(outputs):
        column = theirs[:, index]
        scale = max(np.abs(column).max(), ROUNDING)
        assert np.abs(ours[output].values[0] - column).max() / scale < AGREEMENT, output


NETWORK: Final = 1e-6
"""Relative to the largest amount: two solvers at relative tolerances 1e-9 and 1e-10, far from chaos."""
NETWORKS: Final = 25
"""Random networks that are tried; each is compiled anew."""
GRID: Final = (0.0, 1e-3, 0.1, 1.0, 4.0, 20.0)
SMALL: Final = 1e-9
"""Amounts below this, of some 10 in all, are left to the solvers."""


@dataclass(frozen=True)
class Network:
    """Reactions with mass-action kinetics; each makes at most as many particles as it uses, or makes one of nothing.

    Attributes
    ----------
    reactions
        Reactants, products (numbers of species).
    start
        Amounts.
    rates
        Rate constants of two animals, array [animal, reaction].
    """

    reactions: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    start: tuple[float, ...]
    rates: Array

    def text(self) -> str:
        lines = [f"S{i} = {amount!r};" for i, amount in enumerate(self.start)]
        for number, (reactants, products) in enumerate(self.reactions):
            sides = [" + ".join(f"S{i}" for i in side) for side in (reactants, products)]
            law = "*".join([f"k{number}", *(f"S{i}" for i in reactants)])
            lines.append(f"{sides[0]} -> {sides[1]}; {law}; k{number} = 1;")
        return "\n".join(["species " + ", ".join(f"S{i}" for i in range(len(self.start))) + ";", *lines])

    def solve(self, rates: Array) -> Array:
        """SciPy's solution, an array [species, time]."""
        net = np.zeros((len(self.start), len(self.reactions)))
        for number, (reactants, products) in enumerate(self.reactions):
            np.subtract.at(net[:, number], list(reactants), 1)
            np.add.at(net[:, number], list(products), 1)

        def slope(_: float, y: Array) -> Array:
            return np.asarray(net @ (rates * [math.prod(y[i] for i in reactants) for reactants, _ in self.reactions]))

        def jacobian(_: float, y: Array) -> Array:
            by_species = np.zeros((len(self.reactions), len(y)))
            for number, (reactants, _) in enumerate(self.reactions):
                for place, i in enumerate(reactants):
                    others = reactants[:place] + reactants[place + 1 :]
                    by_species[number, i] += rates[number] * math.prod(y[j] for j in others)
            return np.asarray(net @ by_species)

        course = solve_ivp(slope, (0, GRID[-1]), self.start, "Radau", GRID, rtol=1e-10, atol=SMALL / 1000, jac=jacobian)
        assert course.success, course.message
        return np.asarray(course.y)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    size = draw(st.integers(2, 6))
    species = st.integers(0, size - 1)
    uses = st.lists(species, min_size=1, max_size=2).map(tuple)
    reactions = [
        (reactants, tuple(draw(st.lists(species, max_size=len(reactants)))))
        for reactants in draw(st.lists(uses, min_size=1, max_size=8))
    ]
    if draw(st.booleans()):
        reactions.append(((), (draw(species),)))
    exponents = st.lists(st.floats(-3, 3), min_size=len(reactions), max_size=len(reactions))
    amounts = st.one_of(st.just(0.0), st.floats(0.01, 10))
    start = draw(st.lists(amounts, min_size=size, max_size=size))
    return Network(tuple(reactions), tuple(start), 10.0 ** np.array([draw(exponents), draw(exponents)]))


@settings(max_examples=NETWORKS)
@given(networks())
def test_random_mass_action_networks(network: Network) -> None:
    names = [f"S{i}" for i in range(len(network.start))]
    columns = {f"k{number}": column for number, column in enumerate(network.rates.T)}
    result = simulate(
        load_model(network.text()), times=GRID, parameters=columns, outputs=names, rtol=1e-9, atol=SMALL / 1000
    )
    assert result["status"].values.tolist() == [Status.OK.value] * 2
    for animal, rates in enumerate(network.rates):
        theirs = network.solve(rates)
        ours = np.stack([result[name].values[animal] for name in names])
        assert np.abs(ours - theirs).max() <= NETWORK * np.abs(theirs).max() + SMALL, network.text()
