"""Forward sensitivities: against closed forms, and against central differences of the engine's own runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pytest
from running import ATOL, RTOL, Array

from euthymia.engine.simulate import simulate
from euthymia.errors import RequestError
from euthymia.models.compose import Mechanism
from euthymia.models.load import load_model
from euthymia.models.model import Model
from support import REPOSITORY

CLOSED: Final = 1e-6
"""At a relative tolerance of 1e-8, derivatives are right to this part of their largest value."""
DIFFERENCES: Final = 3e-5
"""Central differences of the fourth order with 1% steps, from runs at 1e-9, against derivatives, as part of the largest
value: what the differences themselves are wrong by."""
ORAL: Final = """
compartment c = 2; species G in c, B in c; G -> B; ka*G*c; B -> ; ke*B*c;
A0 = 100; G = A0/c; B = 0; ka = 1.3; ke = 0.2; V = 7; level := B*c/V
"""


def test_oral_absorption() -> None:
    """Amount in the body after first-order absorption, and its derivatives by both rates, the dose and the volume."""
    t, values = np.linspace(0, 24, 25), {"ka": 1.3, "ke": 0.2, "A0": 100.0, "V": 7.0}
    ka, ke, dose, volume = values.values()
    result = simulate(load_model(ORAL), times=t, parameters=values, outputs=["B", "[B]", "level", "ka"],
                      sensitivities=list(values), rtol=1e-8, atol=1e-10)  # fmt: skip
    slow, fast, apart = np.exp(-ke * t), np.exp(-ka * t), ka - ke
    body = dose * ka / apart * (slow - fast)
    by_ka = dose * (-ke / apart**2 * (slow - fast) + ka / apart * t * fast)
    by_ke = dose * ka * ((slow - fast) / apart**2 - t * slow / apart)
    found = result["B_sensitivity"]
    assert list(found["parameter"].values) == list(values)
    for key, expected in (("ka", by_ka), ("ke", by_ke), ("A0", body / dose), ("V", 0 * t)):
        assert found.sel(parameter=key).values[0] == pytest.approx(expected, abs=CLOSED * max(abs(expected).max(), 1.0))
    assert result["[B]_sensitivity"].sel(parameter="ka").values[0] == pytest.approx(by_ka / 2, abs=CLOSED * 50)
    assert result["level_sensitivity"].sel(parameter="V").values[0] == pytest.approx(-body / volume**2, abs=CLOSED)
    assert (result["ka_sensitivity"].values == [1.0, 0.0, 0.0, 0.0]).all()


@pytest.mark.parametrize("key", ["S", "[S]"])
def test_initial_values(key: str) -> None:
    model = load_model("compartment c = 2; species S in c; S -> ; k*S*c; S = 1; k = 0.5")
    t = np.linspace(0, 4, 5)
    result = simulate(model, times=t, parameters={key: 3.0}, outputs=["S"], sensitivities=[key], rtol=1e-8)
    per_unit = 1.0 if key == "S" else 2.0
    assert result["S_sensitivity"].values[0, :, 0] == pytest.approx(per_unit * np.exp(-0.5 * t), abs=CLOSED)


# Jumps

VESSEL: Final = """
compartment c = 2; species S in c; S -> ; k*S*c; S = 10; k = 0.3; d = 4; q = 0; w := k*d; z' = S*q - z; z = 1
"""
GROWING: Final = """
compartment c = 2; species S in c; c' = g*c; g = 0.1; S' = -k*S; S = 10; k = 0.3; z' = S - z; z = 0; q = 1; w := k*S*q
"""
JUMPS: Final[dict[str, list[tuple[float, str, str, float | str]]]] = {
    "add": [(1, "S", "add", 3.0)],
    "add a concentration": [(1, "[S]", "add", 3.0)],
    "multiply": [(1, "S", "multiply", 0.5)],
    "multiply a concentration": [(1, "[S]", "multiply", 0.5)],
    "set": [(1, "S", "set", 5.0)],
    "set a concentration": [(1, "[S]", "set", 5.0)],
    "copy a parameter": [(1, "S", "copy", "k")],
    "copy a rule": [(1, "S", "copy", "w")],
    "copy a state": [(1, "z", "copy", "S")],
    "copy a concentration": [(1, "z", "copy", "[S]")],
    "copy to a concentration": [(1, "[S]", "copy", "z")],
    "set a parameter": [(1, "k", "set", 0.7)],
    "multiply a parameter": [(1, "k", "multiply", 2.0)],
    "parameter to parameter": [(1, "q", "copy", "k")],
    "state to parameter": [(1, "q", "copy", "S")],
    "rule to parameter": [(1, "q", "copy", "w")],
    "set a compartment": [(1, "c", "set", 3.0)],
    "copy to a compartment": [(1, "c", "copy", "z")],
    "what depends on its target": [(1, "z", "set", 2.0), (2, "q", "copy", "w"), (2, "S", "copy", "w")],
    "several at one time": [(0, "S", "add", 1.0), (1, "S", "multiply", 3.0), (1, "z", "copy", "S"), (1, "S", "set", 2)],
    "at the end": [(6, "S", "copy", "w"), (6, "z", "copy", "S")],
}


@pytest.mark.parametrize("name", JUMPS)
@pytest.mark.parametrize(("text", "keys"), [(VESSEL, ("k", "q", "c")), (GROWING, ("k", "q", "g"))],
                         ids=["amount", "concentration"])  # fmt: skip
def test_jumps_move_derivatives(name: str, text: str, keys: tuple[str, ...]) -> None:
    values = {"k": 0.3, "q": 1.0, "c": 2.0, "g": 0.1}
    schedule = [dict(zip(("time", "target", "op", "value"), jump, strict=True)) for jump in JUMPS[name]]
    assert_like_differences(load_model(text), {key: values[key] for key in keys}, times=[0, 1, 2, 2.5, 6],
                            outputs=["S", "[S]", "z", "w"], schedule=schedule)  # fmt: skip


# Corners and jumps of rates


def test_a_corner_is_no_obstacle() -> None:
    """x grows to 1 at a rate k; from then on y takes up what is above it: y = (k t - 1)^2 / (2 k)."""
    model = load_model("x' = k; x = 0; y' = max(x - 1, 0); y = 0; k = 0.5")
    t, k = np.array([1.0, 2.0, 3.0, 5.0]), 0.5
    result = simulate(model, times=t, parameters={"k": k}, outputs=["y"], sensitivities=["k"], rtol=1e-8)
    above = np.maximum(k * t - 1, 0)
    assert result["y_sensitivity"].values[0, :, 0] == pytest.approx(above * t / k - above**2 / (2 * k**2), abs=CLOSED)


@pytest.mark.parametrize(
    "text",
    ["x' = piecewise(k, x < 1, 0.1); x = 0; k = 1", "x' = k*floor(x); x = 1; k = 1",
     "x' = piecewise(k, time > k, 0); x = 0; k = 1", "x' = k; x = 0; k = 1; at x > 1: x = 0",
     "x' = piecewise(max(x, 1), x < 2, max(x, 1) + k); x = 0; k = 1"],
    ids=["state", "floor", "time", "event", "nested"],
)  # fmt: skip
def test_jumps_of_rates_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="Sensitivities are not available"):
        simulate(load_model(text), times=[0, 1], parameters={"k": 1.0}, sensitivities=["k"])


def test_jumps_at_a_time_that_is_a_number() -> None:
    model = load_model("x' = piecewise(k, time > 2, -k*x); x = 3; k = 1")
    assert_like_differences(model, {"k": 0.7}, times=[0, 1, 2, 3], outputs=["x"])


# Whole mechanisms


@pytest.mark.parametrize("name", ["S02", "S04"])
def test_atlas(name: str, mechanisms: dict[str, Mechanism]) -> None:
    model = mechanisms[name].model
    chosen = [key for key, one in model.symbols.items() if one.role in ("constant", "input") and one.value][::9]
    depot = next(one for one in model.symbols if one.endswith("_depot"))
    schedule = [{"time": time, "target": depot, "op": "add", "value": 1000.0} for time in (0, 24)]
    values = {key: 1.1 * float(model.symbols[key].value or 0.0) for key in chosen}  # away from the corners
    times = [0, 6, 24, 100]
    assert_like_differences(model, values, times=times, outputs=_states(model), schedule=schedule, step=2e-3)


def test_a_cascade() -> None:
    model = load_model(REPOSITORY / "benchmarks" / "models" / "kholodenko_2000.ant")
    chosen = [key for key, one in model.symbols.items() if one.kind == "parameter" and one.value][::5]
    assert_like_differences(model, {key: float(model.symbols[key].value or 0.0) for key in chosen},
                            times=[0, 60, 300], outputs=model.ids("species"), step=1e-3)  # fmt: skip


def test_an_arm_and_an_animal_have_their_own() -> None:
    model = load_model("x' = -k*x; x = 10; k = 1")
    schedule: Mapping[str, Any] = {"none": [], "dose": [{"time": 1, "target": "x", "value": 5}]}
    result = simulate(model, times=[0, 2], parameters={"k": [0.5, 1.0]}, schedule=schedule, sensitivities=["k"],
                      rtol=1e-8)  # fmt: skip
    k = np.array([0.5, 1.0])
    expected = np.stack([-20 * np.exp(-2 * k), -20 * np.exp(-2 * k) - 5 * np.exp(-k)], axis=1)
    assert result["x_sensitivity"].sel(time=2, parameter="k").values == pytest.approx(expected, abs=CLOSED)


def _states(model: Model) -> list[str]:
    return [one.id for one in model.symbols.values() if one.role == "state"]


def assert_like_differences(
    model: Model, values: Mapping[str, float], *, times: Sequence[float], outputs: Sequence[str], schedule: Any = None,
    step: float = 1e-2
) -> None:  # fmt: skip
    """Sensitivities by all keys are like central differences of the fourth order."""
    settings: dict[str, Any] = {"times": times, "outputs": outputs, "schedule": schedule, "rtol": RTOL, "atol": ATOL}
    found = simulate(model, parameters=values, sensitivities=list(values), **settings)
    assert found["status"].values.tolist() == [0]
    for key, value in values.items():
        steps = value * step * np.array([1.0, -1.0, 2.0, -2.0])
        near = simulate(model, parameters={**values, key: value + steps}, **settings)
        for output in outputs:
            one, other, two, minus_two = near[output].values
            expected: Array = (8 * (one - other) - (two - minus_two)) / (12 * steps[0])
            noise = 10 * (RTOL * abs(one).max() + ATOL) / abs(steps[0])
            derivative = found[f"{output}_sensitivity"].sel(parameter=key).values[0]
            assert derivative == pytest.approx(expected, abs=DIFFERENCES * abs(expected).max() + noise), (key, output)
