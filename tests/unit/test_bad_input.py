"""Input that cannot be used is refused before anything is computed, by name, and with what to do.

Each model is tried as Antimony text, as an SBML file, and on the command line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euthymia import load_model, simulate
from euthymia.cli import main
from euthymia.engine import work
from euthymia.engine.schedule import Schedule
from euthymia.errors import EuthymiaError, RequestError
from euthymia.models.load import antimony_to_sbml
from euthymia.models.model import Model
from euthymia.models.units import unit_clashes
from support import only_problem

CHAIN: Final = "S1 -> S2; k1*S1; S1 = 10; S2 = 0; k1 = 1"


@pytest.fixture(autouse=True)
def nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("something was computed")

    monkeypatch.setattr(work, "run", run)
    monkeypatch.setattr("euthymia.engine.spread.run", run)


def antimony(text: str, folder: Path) -> None:
    simulate(load_model(text), times=[0, 1])


def sbml_file(text: str, folder: Path) -> None:
    file = folder / "model.xml"
    file.write_text(antimony_to_sbml(text), encoding="utf-8")
    simulate(load_model(file), times=[0, 1])


def command(text: str, folder: Path) -> None:
    file = folder / "model.ant"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(file), "--end", "1", "--points", "2"])
    assert ended.value.code == 1


@pytest.mark.parametrize("route", [antimony, sbml_file, command])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("S1 -> S2; k1*S1; S1 = 10; S2 = 0; k = 1", ["“k1”", "Did you mean “k”?"]),
        ("x := 2*kk; k = 1; y' = x; y = 0", ["“kk”", "“assignmentRule x”", "Did you mean “k”?"]),
        ("S1 -> S2; k*S1; S2 = 0; k = 1", ["“S1” (species) has no initial value", "in the parameters"]),
        ("x' = -x", ["“x” (parameter) has no initial value"]),
        ("x' = -k*x; x = 1; k = NaN", ["“k”", "has no value"]),
        ("compartment c; species S1 in c; S1 -> ; k*S1; S1 = 1; k = 1", ["“c” (compartment)"]),
        ("x' = foo(x); x = 1", ["“foo”", "“foo(x)”", "Did you mean “floor”?"]),
        ("x := y + 1; y := 2*x; z' = x; z = 0", ["“y”", "depends on itself"]),
        ("x := x + 1; z' = x; z = 0", ["“x”", "depends on itself"]),
        ("a = b + 1; b = 2*a; z' = a; z = 0", ["“b”", "depends on itself"]),
    ],
    ids=["undefined", "in-a-rule", "initial-value", "rate-rule", "nan", "size", "function", "loop", "self", "initial"]
)  # fmt: skip
def test_models(
    text: str, said: list[str], route: Callable[[str, Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if route is command:
        route(text, tmp_path)
        found = " ".join(capsys.readouterr().err.split())
    else:
        found = only_problem(lambda: route(text, tmp_path)).text()
    for words in said:
        assert words in found


OK: Final = "x := y + 1; y := 2*q; z' = x; z = 0; q = 1; w = 2"
"""Antimony refuses circles and undefined names itself; SBML documents with them are made from this one."""


@pytest.mark.parametrize("engine", ["auto", "batch", "reference"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<ci> q </ci>", "<ci> x </ci>", ["“x”", "“y”", "circle"]),
        ("<ci> y </ci>", "<ci> x </ci>", ["“x”", "circle"]),
        ("<ci> q </ci>", "<ci> qq </ci>", ["“qq”", "“y”", "Did you mean “q”?"]),
        ('variable="x"', 'variable="xx"', ["“xx”", "Did you mean “x”?"]),
        ("<ci> q </ci>", "<apply> <ci> foo </ci> <ci> q </ci> </apply>", ["“foo”", "“y”"]),
        ('id="q" value="1"', 'id="q"', ["“q”", "“assignmentRule y”"]),
    ],
    ids=["loop", "self", "undefined", "target", "function", "value"],
)
def test_sbml_that_contradicts_itself(old: str, new: str, said: list[str], engine: Any) -> None:
    text = antimony_to_sbml(OK)
    assert old in text
    with pytest.raises(EuthymiaError) as caught:
        simulate(load_model(text.replace(old, new)), times=[0, 1], engine=engine)
    for words in said:
        assert words in caught.value.text()


@pytest.fixture(scope="module")
def chain() -> Model:
    return load_model(CHAIN)


NUMBERS: Final = {"times": [0, 1]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"times": [-1, 0]}, ["number 1 is -1", "not negative"]),
        ({"times": [0, 2, 1]}, ["must rise"]),
        ({"times": [[0, 1], [2, 3]]}, ["one list"]),
        ({"times": 5}, ["one list"]),
        ({"times": "abc"}, ["must be numbers"]),
        ({"parameters": {"k1": [1, 2], "S1": [1, 2, 3]}}, ["“S1” has 3 values", "2"]),
        ({"parameters": {"k1": [1, math.nan]}}, ["“k1”", "not finite"]),
        ({"parameters": {"k2": 1}}, ["“k2”", "Did you mean “k1”?"]),
        ({"parameters": {3: 1}}, ["by id", "{'k1': 0.5}"]),
        ({"parameters": [1, 2]}, ["by id"]),
        ({"outputs": ["S3"]}, ["“S3”", "Did you mean “S2”?"]),
        ({"outputs": "S1"}, ["outputs", "list of names", "'S1'"]),
        ({"outputs": [3]}, ["outputs", "list of names"]),
        ({"sensitivities": ["k"], "parameters": {"k1": 1}}, ["“k”", "Did you mean “k1”?"]),
        ({"sensitivities": ["k1"]}, ["Give “k1” in the parameters"]),
        ({"sensitivities": "k1"}, ["sensitivities", "list of names"]),
        ({"sensitivities": ["_J0"], "parameters": {"k1": 1}}, ["“_J0” is computed"]),
        ({"schedule": [{"time": "noon", "target": "S1", "value": 1}]}, ["“S1”", "'noon'"]),
        ({"schedule": 3}, ["list of jumps", "3"]),
        ({"schedule": [3]}, ["list of jumps", "3"]),
        ({"schedule": Schedule.of([], {"k1": math.nan})}, ["“k1”", "not finite"]),
        ({"workers": 0}, ["workers", "0"]),
        ({"rtol": "low"}, ["tolerances", "low"]),
        ({"engine": "fast"}, ["engine", "fast"]),
    ],
)
def test_arguments(chain: Model, arguments: dict[str, Any], said: list[str]) -> None:
    found = only_problem(lambda: simulate(chain, **{**NUMBERS, **arguments})).text()
    for words in said:
        assert words in found


def test_a_text_in_the_place_of_a_model() -> None:
    with pytest.raises(RequestError, match="load_model"):
        simulate(CHAIN, times=[0, 1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--end", "-1"], "not negative"),
        (["--set", "k2=1"], "Did you mean “k1”?"),
        (["--set", "k1=nan"], "“k1”"),
        (["--set", "k1"], "ID=VALUE"),
        (["--output", "S3"], "Did you mean “S2”?"),
        (["--jump", "1:S3:add:2"], "Did you mean “S2”?"),
        (["--jump", "-1:S1:add:2"], "not negative"),
        (["--jump", "noon"], "TIME:ID:OP:VALUE"),
        (["--points", "1000000000"], "16.0 GB"),
    ],
)
def test_options(options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.ant"
    file.write_text(CHAIN, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(file), *options])
    assert ended.value.code == 1
    assert said in " ".join(capsys.readouterr().err.split())


def test_results_that_would_not_fit_into_memory_are_refused_before_they_are_made() -> None:
    many = load_model("; ".join(f"x{i}' = -x{i}; x{i} = 1" for i in range(50)))
    for arguments in (
        {"times": np.arange(1e6), "parameters": {"x0": np.ones(100)}},
        {"times": [0, 1], "parameters": {"x0": np.ones(10**7)}},
        {"times": np.arange(1e5), "parameters": {"x0": np.ones(100)}, "sensitivities": ["x0"]},
    ):
        text = only_problem(lambda given=arguments: simulate(many, **given)).text()  # type: ignore[misc]
        assert re.search(r"would hold \d+ numbers \([\d.]+ GB\); ask for fewer", text)


def test_a_value_that_the_model_lacks_may_be_given() -> None:
    model = load_model("x' = -k*x; x = 1")
    assert dict(model.missing) == {"k": "rateRule x"}
    for given in ({"parameters": {"k": 1.0}}, {"schedule": Schedule.of([], {"k": 1.0})}):
        with pytest.raises(AssertionError, match="computed"):
            simulate(model, times=[0, 1], **given)  # type: ignore[arg-type]
    one_arm_lacks_it = {"a": Schedule.of([], {"k": 1.0}), "b": Schedule()}
    assert "“k”" in only_problem(lambda: simulate(model, times=[0, 1], schedule=one_arm_lacks_it)).text()


# Units

UNITS: Final = "unit nM = 1e-9 mole / litre; unit time_unit = 3600 second; unit hour = 3600 second; unit per = 1/hour; "
CLASHES: Final = {
    "sum": ("x = 1 mole; y = 1 litre; z := x + y; q' = z; q = 0", ["“x + y”", "x: mole", "y: litre"]),
    "rule": ("x = 1 mole; y = 2 litre; z := x*y; z has litre; q' = z; q = 0", ["“z”", "mole * litre", "litre is"]),
    "rate": ("x' = -k; x = 1; x has nM; k = 1; k has per",
             ["“x”", "hour^-1", "(1e-09 mole) * litre^-1 * hour^-1"]),
    "kinetics": ("unit substance = mole; unit extent = mole; k = 1; k has per; substanceOnly species S; S = 1; "
                 "S -> ; k", ["“_J0”", "hour^-1", "mole * hour^-1"]),
    "event": ("x = 1; x has nM; y = 2; y has mole; at time > 3: x = y", ["“x”", "mole", "litre^-1"]),
    "relation": ("a = 1 mole; b = 1 litre; x := piecewise(1, a > b, 2); q' = x; q = 0", ["a: mole", "b: litre"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASHES)
def test_declared_units_that_contradict_each_other(name: str) -> None:
    text, said = CLASHES[name]
    with pytest.raises(EuthymiaError) as caught:
        load_model(UNITS + text)
    for words in (*said, 'units="ignore"'):
        assert words in caught.value.text()
    assert caught.value.text("zh") != caught.value.text("en")
    assert load_model(UNITS + text, units="ignore").symbols


def test_units_in_sbml_are_checked_on_demand() -> None:
    sbml = antimony_to_sbml(UNITS + CLASHES["sum"][0])
    assert len(unit_clashes(load_model(sbml))) == 1
    with pytest.raises(EuthymiaError, match="litre"):
        load_model(sbml, units="check")
    with pytest.raises(RequestError, match="auto"):
        load_model(sbml, units="maybe")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["x' = -k*x; x = 1; x has nM; k = 1; k has per",
     "x' = -k*x/(K + x); x = 1; x has nM; K = 2; K has nM; k = 1",
     "x := y + 1; y = 1 mole; q' = x; q = 0",
     "S -> ; k*S; S = 1; k = 1; k has per"],
)  # fmt: skip
def test_units_that_fit_or_are_not_declared(text: str) -> None:
    assert unit_clashes(load_model(UNITS + text)) == []


def test_units_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.ant"
    file.write_text(UNITS + CLASHES["sum"][0], encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(file)])
    assert ended.value.code == 1
    assert "--units ignore" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(AssertionError, match="computed"):
        main(["simulate", str(file), "--units", "ignore"])
