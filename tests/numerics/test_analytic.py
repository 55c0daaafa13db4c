"""The engine against solutions that are known: exposure, jumps, initial values."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.errors import RequestError
from euthymia.models.compose import compose, drug_fragment
from euthymia.models.load import load_model
from euthymia.records.library import common_library

SOLVER: Final = 1e-5
"""Ten times the default relative tolerance: global error over a few hundred steps."""
EXACT: Final = 1e-12
"""Jumps are exact; what is not integrated is rounded only."""
RATE: Final = 0.5
DECAY: Final = load_model("x' = -k*x; x = 1; k = 0.5; y = 3; z := 2*x")
DOSE: Final = 21_032.263492
"""5 mg/kg of ketamine in nmol/kg."""


def bateman(time: npt.NDArray[np.float64], ka: float, ke: float, dose: float) -> npt.NDArray[np.float64]:
    """Amount in the body after first-order absorption (Bateman 1910, Proc Camb Philos Soc 15:423)."""
    return dose * ka / (ka - ke) * (np.exp(-ke * time) - np.exp(-ka * time)) * (time >= 0)


@pytest.mark.parametrize("second", [None, 1.0], ids=["one dose", "two doses"])
def test_ketamine_follows_the_bateman_function(second: float | None) -> None:
    mechanism = compose("pk", [drug_fragment(_without_affinities())])
    times = np.linspace(0, 6, 61)
    doses = [0.25, *([second] if second else [])]
    result = simulate(
        mechanism.model, times=times, outputs=["ketamine_depot", "ketamine_body", "ketamine_brain", "norketamine_body"],
        schedule=[Jump(time, "ketamine_depot", "add", DOSE) for time in doses],
    ).isel(animal=0)  # fmt: skip
    p = mechanism.values()
    ka, ke = p["ketamine_absorption"], math.log(2) / p["ketamine_half_life"]
    body = sum(bateman(times - time, ka, ke, DOSE) for time in doses)
    assert result["ketamine_body"].values == pytest.approx(body, rel=SOLVER, abs=SOLVER * DOSE)
    brain = p["ketamine_unbound"] * body / p["ketamine_volume"]
    assert result["ketamine_brain"].values == pytest.approx(brain, rel=SOLVER, abs=SOLVER * DOSE)
    km = math.log(2) / p["norketamine_half_life"]
    formed = p["norketamine_fraction"] * ke
    chain = sum(formed * ka * DOSE * _three(times - time, ka, ke, km) for time in doses)
    assert result["norketamine_body"].values == pytest.approx(chain, rel=SOLVER, abs=SOLVER * DOSE)


def _without_affinities() -> Any:
    """The exposure model alone: affinities belong to the mechanisms that use them."""
    drug = common_library().drugs["ketamine"]
    return drug.model_copy(update={"parameters": tuple(p for p in drug.parameters if not p.id.endswith("_ki"))})


def _three(time: npt.NDArray[np.float64], a: float, b: float, c: float) -> npt.NDArray[np.float64]:
    """Third member of a decay chain."""
    terms = (
        np.exp(-a * time) / ((b - a) * (c - a)),
        np.exp(-b * time) / ((a - b) * (c - b)),
        np.exp(-c * time) / ((a - c) * (b - c)),
    )
    return sum(terms) * (time >= 0)


def x(schedule: list[Jump], times: list[float], **settings: Any) -> list[float]:
    return [float(v) for v in simulate(DECAY, times=times, schedule=schedule, outputs=["x"], **settings)["x"].values[0]]


def e(time: float) -> float:
    return math.exp(-RATE * time)


THREE: Final[list[tuple[Any, float]]] = [("set", 1.0), ("multiply", 5.0), ("add", 2.0)]


@pytest.mark.parametrize(
    ("jumps", "expected"),
    [
        ([Jump(0.0, "x", "add", 2.0)], [3.0, 3 * e(1), 3 * e(2)]),
        ([Jump(0.0, "x", "set", 0.0)], [0.0, 0.0, 0.0]),
        ([Jump(1.0, "x", "set", 7.0)], [1.0, 7.0, 7 * e(1)]),
        ([Jump(1.0, "x", "multiply", 3.0)], [1.0, 3 * e(1), 3 * e(2)]),
        ([Jump(1.0, "x", "copy", "y")], [1.0, 3.0, 3 * e(1)]),
        ([Jump(1.0, "y", "copy", "z"), Jump(1.5, "x", "copy", "y")], [1.0, e(1), 2 * e(1) * e(0.5)]),
        ([Jump(2.0, "x", "add", 1.0)], [1.0, e(1), e(2) + 1]),
        ([Jump(2.5, "x", "add", 1.0)], [1.0, e(1), e(2)]),
        ([Jump(1.0, "x", *change) for change in THREE], [1.0, 7.0, 7 * e(1)]),
        ([Jump(1.0, "x", *change) for change in reversed(THREE)], [1.0, 1.0, e(1)]),
        ([Jump(0.0, "k", "set", 0.0), Jump(1.0, "k", "set", 0.5)], [1.0, 1.0, e(1)]),
        ([Jump(0.5, "x", "add", 1.0), Jump(0.5, "x", "add", 1.0)], [1.0, e(1) + 2 * e(0.5), e(2) + 2 * e(1.5)]),
    ],
    ids=["at the start", "set to zero", "set", "multiply", "copy", "copy of a computed value", "at the end",
         "after the end", "three at one time", "three in another order", "a parameter", "the same jump twice"],
)  # fmt: skip
def test_jumps(jumps: list[Jump], expected: list[float]) -> None:
    assert x(jumps, [0, 1, 2]) == pytest.approx(expected, rel=SOLVER, abs=SOLVER)


def test_a_jump_is_exact() -> None:
    before = x([], [0, 1])[1]
    assert x([Jump(1.0, "x", "add", 2.0)], [0, 1])[1] == pytest.approx(before + 2, rel=EXACT)
    assert x([Jump(1.0, "x", "set", 7.0)], [0, 1])[1] == 7.0


@pytest.mark.parametrize("times", [[0.0], [5.0], [0.0, 5.0], [1.0, 2.0]])
def test_any_output_times(times: list[float]) -> None:
    assert x([], times) == pytest.approx([e(time) for time in times], rel=SOLVER)
    assert x([Jump(0.0, "x", "set", 2.0)], times) == pytest.approx([2 * e(time) for time in times], rel=SOLVER)


def test_tighter_tolerances_come_closer() -> None:
    errors = [abs(x([], [0, 10], rtol=rtol, atol=rtol * 1e-3)[1] - e(10)) for rtol in (1e-4, 1e-7, 1e-10)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-9


def test_many_restarts_do_not_lose_accuracy() -> None:
    """The absolute tolerance must not shrink or grow from segment to segment."""
    stops = [Jump(time, "y", "add", 1.0) for time in np.linspace(0.1, 19.9, 199)]
    assert x(stops, [0, 20])[1] == pytest.approx(e(20), rel=100 * SOLVER)


def test_initial_values_follow_the_parameters_of_each_animal() -> None:
    model = load_model("compartment c = 2; species S in c; x' = -k*x; x = 3*k; S = 5*k; S' = 0; k = 1;")
    result = simulate(model, times=[0], parameters={"k": [1.0, 2.0, 3.0]}, outputs=["x", "[S]", "S"])
    for name, values in {"x": [3, 6, 9], "[S]": [5, 10, 15], "S": [10, 20, 30]}.items():
        assert result[name].values[:, 0] == pytest.approx(values, rel=EXACT)


@pytest.mark.parametrize(
    "text", ["x' = -p*x; x = 1; p = 2*q; q = 2;", "compartment p = 2*q; S in p; S = 1; S' = 0; q = 2;"]
)
def test_initial_assignments_of_parameters_follow_as_well(text: str) -> None:
    result = simulate(load_model(text), times=[0], parameters={"q": [1.0, 3.0]}, outputs=["p"])
    assert result["p"].values[:, 0].tolist() == [2, 6]


def test_a_value_given_replaces_the_initial_assignment() -> None:
    model = load_model("x' = -k*x; x = 3*k; k = 1;")
    result = simulate(model, times=[0], parameters={"x": [5.0, 6.0], "k": [1.0, 2.0]}, outputs=["x"])
    assert result["x"].values[:, 0].tolist() == [5, 6]
    assert simulate(model, times=[0], outputs=["x"])["x"].values.tolist() == [[3]]


def test_settings_are_in_force_before_initial_assignments() -> None:
    model = load_model("x' = -k*x; x = 3*k; k = 1;")
    arms = {"two": Schedule.of([], {"k": 2.0}), "one": Schedule()}
    result = simulate(model, times=[0, 1], schedule=arms, outputs=["x"])["x"].values[0]
    assert result == pytest.approx(np.array([[6, 6 * math.exp(-2)], [3, 3 * math.exp(-1)]]), rel=SOLVER)


@pytest.mark.parametrize("substance", [False, True], ids=["concentration", "substance only"])
def test_amounts_and_concentrations_in_a_compartment_of_size_two(substance: bool) -> None:
    kind = "substanceOnly species" if substance else "species"
    model = load_model(f"compartment c = 2; {kind} S1 in c; S1 -> ; k*S1{'' if substance else '*c'}; S1 = 10; k = 0.5;")
    outputs = ["S1", "[S1]"]

    def first(**parameters: float) -> list[float]:
        given = {name.replace("conc", "[S1]"): value for name, value in parameters.items()}
        result = simulate(model, times=[0, 1], parameters=given, outputs=outputs)
        course = [result[name].values[0] for name in outputs]
        assert course[0] == pytest.approx(2 * course[1], rel=EXACT)
        assert course[0][1] == pytest.approx(course[0][0] * e(1), rel=SOLVER)
        return [float(values[0]) for values in course]

    assert first(S1=6.0) == pytest.approx([6, 3], rel=EXACT)
    assert first(conc=6.0) == pytest.approx([12, 6], rel=EXACT)
    assert first() == pytest.approx([10, 5] if substance else [20, 10], rel=EXACT)


def test_jumps_of_amounts_and_concentrations() -> None:
    model = load_model("compartment c = 2; species S1 in c; S1 = 1; S2 = 0; S1' = 0")
    jumps = [Jump(1.0, "S1", "add", 4.0), Jump(2.0, "[S1]", "add", 4.0), Jump(3.0, "[S1]", "set", 1.0)]
    result = simulate(model, times=[0, 1, 2, 3], schedule=jumps, outputs=["S1", "[S1]"])
    assert result["S1"].values[0] == pytest.approx([2, 6, 14, 2], rel=EXACT)
    assert result["[S1]"].values[0] == pytest.approx([1, 3, 7, 1], rel=EXACT)


def test_a_computed_quantity_cannot_be_a_target() -> None:
    with pytest.raises(RequestError):
        x([Jump(1.0, "z", "set", 1.0)], [0, 1])
