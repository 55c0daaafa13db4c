"""Arguments of `simulate` and schedules: refused before anything is computed."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.errors import EuthymiaError, RequestError
from euthymia.models.load import load_model
from euthymia.models.model import Model
from support import only_problem

ROUNDING: Final = 1e-12
"""Numbers that are set, not integrated."""


@pytest.fixture(scope="module")
def decay() -> Model:
    return load_model("compartment c = 2; species S1 in c; S1 -> ; k*S1*c; S1 = 10; k = 1; y := 2*k")


@pytest.mark.parametrize(
    "times", [[], [1, 0], [0, 1, 1], [-1, 0], [0, math.nan], [0, math.inf]],
    ids=["none", "falling", "equal", "negative", "nan", "inf"]
)  # fmt: skip
def test_impossible_times(decay: Model, times: list[float]) -> None:
    with pytest.raises(RequestError):
        simulate(decay, times=times)


@pytest.mark.parametrize(
    ("parameters", "id_"),
    [({"k": math.nan}, "k"), ({"k": [1, math.inf]}, "k"), ({"k": [1, 2], "S1": [1, 2, 3]}, "S1"), ({"k": []}, "k"),
     ({"k": [[1.0]]}, "k"), ({"y": 1.0}, "y"), ({"_J0": 1.0}, "_J0"), ({"[k]": 1.0}, "[k]"), ({"kk": 1.0}, "kk")],
)  # fmt: skip
def test_impossible_parameters(decay: Model, parameters: dict[str, Any], id_: str) -> None:
    assert f"“{id_}”" in only_problem(lambda: simulate(decay, times=[0, 1], parameters=parameters)).text()


@pytest.mark.parametrize("output", ["S2", "[k]", "[S1", "", "[]", "S1 "])
def test_unknown_outputs(decay: Model, output: str) -> None:
    assert f"“{output}”" in only_problem(lambda: simulate(decay, times=[0, 1], outputs=[output])).text()


def test_unknown_names_suggest_the_nearest(decay: Model) -> None:
    assert "Did you mean “S1”?" in only_problem(lambda: simulate(decay, times=[0, 1], outputs=["s1"])).text()


@pytest.mark.parametrize(
    "settings", [{"rtol": 0}, {"rtol": 1}, {"rtol": math.nan}, {"atol": 0}, {"atol": -1}, {"atol": math.inf}]
)
def test_impossible_tolerances(decay: Model, settings: dict[str, float]) -> None:
    with pytest.raises(RequestError):
        simulate(decay, times=[0, 1], **settings)


def test_a_result_too_large_for_memory_is_refused_at_once(decay: Model) -> None:
    text = only_problem(lambda: simulate(decay, times=np.arange(1e6), parameters={"k": np.ones(1000)})).text()
    assert "1000000000" in text.replace(",", "").replace(" ", "")


JUMPS: Final = [
    {"time": -1, "target": "S1", "op": "add", "value": 1},
    {"time": math.nan, "target": "S1", "op": "add", "value": 1},
    {"time": 1, "target": "S2", "op": "add", "value": 1},
    {"time": 1, "target": "y", "op": "set", "value": 1},
    {"time": 1, "target": "_J0", "op": "set", "value": 1},
    {"time": 1, "target": "S1", "op": "divide", "value": 1},
    {"time": 1, "target": "S1", "op": "set", "value": math.inf},
    {"time": 1, "target": "S1", "op": "set", "value": "k"},
    {"time": 1, "target": "S1", "op": "copy", "value": "nothing"},
    {"time": 1, "target": "S1", "value": 1, "when": 2},
    {"time": 1, "target": "S1"},
]


@pytest.mark.parametrize("jump", JUMPS, ids=lambda jump: "-".join(str(value) for value in jump.values()))
def test_impossible_jumps(decay: Model, jump: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        simulate(decay, times=[0, 2], schedule=[jump])


def test_a_schedule_without_arms_or_with_unknown_settings(decay: Model) -> None:
    with pytest.raises(RequestError):
        simulate(decay, times=[0, 1], schedule={})
    with pytest.raises(RequestError):
        simulate(decay, times=[0, 1], schedule=Schedule.of([], {"q": 1.0}))


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 9)), max_size=20))
def test_jumps_are_ordered_in_time_and_keep_their_order_within_a_time(given_jumps: list[tuple[float, int]]) -> None:
    jumps = [Jump(time, "S1", "add", float(mark)) for time, mark in given_jumps]
    ordered = Schedule.of(jumps).jumps
    assert list(ordered) == sorted(jumps, key=lambda jump: jump.time)


def test_dimensions_units_and_status(decay: Model) -> None:
    one = simulate(decay, times=[0, 1], seed=3)
    assert one["S1"].dims == ("animal", "time")
    assert one.attrs["seed"] == 3
    arms = simulate(
        decay, times=[0, 1], schedule={"a": [], "b": []}, parameters={"k": [1, 2, 3]}, outputs=["[S1]", "y"]
    )
    assert dict(arms.sizes) == {"animal": 3, "arm": 2, "time": 2}
    assert arms["arm"].values.tolist() == ["a", "b"]
    assert set(arms.data_vars) == {"[S1]", "y", "status"}
    assert "units" in arms["y"].attrs
    assert arms["status"].attrs["flag_meanings"].split() == [status.name.lower() for status in Status]


def test_a_failed_run_has_a_status_and_no_numbers() -> None:
    explode = load_model("x' = k*x^2; x = 1; k = 1")
    result = simulate(explode, times=[0, 0.5, 2], parameters={"k": [0.1, 1.0, 0.2]})
    assert result["status"].values.tolist()[0] == result["status"].values.tolist()[2] == Status.OK.value
    assert result["status"].values[1] != Status.OK.value
    assert np.isnan(result["x"].values[1]).all()
    assert np.isfinite(result["x"].values[[0, 2]]).all()
    assert all(status.sentence.text("en") for status in Status)


def test_a_result_that_is_not_finite_has_its_status() -> None:
    result = simulate(
        load_model("x' = 0; x = 1; k = 1; y := 1/k"), times=[0, 1], parameters={"k": [0.0, 1.0]}, outputs=["y"]
    )
    assert result["status"].values.tolist() == [Status.NOT_FINITE.value, Status.OK.value]
    assert np.isnan(result["y"].values[0]).all()


def test_progress_ends_at_the_number_of_runs(decay: Model) -> None:
    told: list[tuple[int, int]] = []
    simulate(decay, times=[0, 1], parameters={"k": np.ones(20)}, schedule={"a": [], "b": []}, workers=1,
             progress=lambda done, total: told.append((done, total)))  # fmt: skip
    assert told[-1] == (40, 40)
    assert told == sorted(told)


def test_progress_is_told_while_a_part_is_running(decay: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("euthymia.engine.batch.runs._POLL", 1e-4)
    told: list[int] = []
    simulate(decay, times=np.linspace(0, 100, 500), parameters={"k": np.linspace(0.1, 1, 2048)}, workers=1,
             progress=lambda done, total: told.append(done))  # fmt: skip
    assert told == sorted(told)
    assert told[-1] == 2048
    assert any(0 < done < 2048 for done in told)


def test_what_progress_raises_stops_a_part(decay: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("euthymia.engine.batch.runs._POLL", 1e-4)

    def stop(done: int, total: int) -> None:
        assert done < total
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(decay, times=np.linspace(0, 100, 500), parameters={"k": np.linspace(0.1, 1, 2048)}, workers=1,
                 progress=stop)  # fmt: skip


def test_a_setting_of_one_arm_leaves_the_others_alone(decay: Model) -> None:
    result = simulate(decay, times=[0, 1], schedule={"set": Schedule.of([], {"S1": 4.0}), "free": Schedule()})
    assert result["S1"].sel(time=0).values.tolist() == [[4.0, 20.0]]


def test_a_setting_of_one_arm_keeps_initial_assignments_in_the_others() -> None:
    model = load_model("x' = -k*x; x = 1; k = 2*q; q = 1")
    result = simulate(
        model, times=[0, 1], outputs=["k"], schedule={"set": Schedule.of([], {"k": 4.0}), "free": Schedule()}
    )
    assert result["k"].sel(time=0).values.tolist() == [[4.0, 2.0]]


def test_a_compartment_may_be_set(decay: Model) -> None:
    result = simulate(decay, times=[0, 1], parameters={"c": [1.0, 4.0]}, outputs=["S1", "[S1]"])
    assert result["status"].values.tolist() == [0, 0]


def test_amount_and_concentration_together_are_refused() -> None:
    lines = [
        "from euthymia import EuthymiaError, load_model, simulate",
        "model = load_model('compartment c = 2; species S1 in c; S1 -> ; S1; S1 = 10')",
        "try: simulate(model, times=[0, 1], parameters={'S1': 1, '[S1]': 3})",
        "except EuthymiaError: print('refused')",
    ]
    assert in_another_process("\n".join(lines)) == "refused"


def in_another_process(code: str) -> str:
    """What a program prints, where it could take this process with it."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["time", "status", "animal", "arm"])
def test_outputs_with_the_names_of_dimensions(name: str) -> None:
    model = load_model("x' = -x; x = 1" if name == "time" else f"{name}' = -{name}; {name} = 1")
    try:
        result = simulate(model, times=[0, 1], outputs=[name], schedule={"a": []})
    except EuthymiaError:
        return
    assert result[name].dims == ("animal", "arm", "time")


def test_ids_with_the_names_of_libroadrunners_methods() -> None:
    lines = [
        "from euthymia import load_model, simulate",
        "for name in ('reset', 'x'):",
        '    model = load_model(f"{name}\' = -k*{name}; {name} = 1; k = 1")',
        "    print(simulate(model, times=[0, 1], parameters={'k': 2.0})[name].values[0].round(3).tolist())",
    ]
    assert in_another_process("\n".join(lines)).splitlines() == ["[1.0, 0.135]"] * 2


@pytest.mark.parametrize("arguments", [{"times": ["soon"]}, {"times": [0, 1], "parameters": {"k": "fast"}}])
def test_words_in_place_of_numbers(decay: Model, arguments: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        simulate(decay, **arguments)
