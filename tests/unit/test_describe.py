"""`euthymia inspect`: what is printed is what is computed, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from euthymia.cli import main
from euthymia.engine.batch.compiled import compiled_model
from euthymia.engine.batch.describe import describe
from euthymia.models.load import load_model

MODEL = "A -> B; k*A*B/(1 + A*B); A = 3; B = 2; k = 0.5; y' = piecewise(A, time > 2, 0) - y; y = 1; at y > 4: y = 0;"


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *arguments])
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "model.ant"
    path.write_text(MODEL, encoding="utf-8")
    return str(path)


def test_printed_rates_are_those_that_are_computed() -> None:
    compiled = compiled_model(load_model(MODEL), frozenset(), None)
    analysis, graph = compiled.analysis, compiled.analysis.system.graph
    values = {"A": 3.0, "B": 2.0, "y": 1.0, "k": 0.5, "time": 1.0, "mode": 0.0, "select": lambda c, a, b: a if c else b}
    known = {name: value for name, value in values.items() if isinstance(value, float)}
    held = {f"mode {index}": 0.0 for index in range(len(analysis.modes.now))}
    expected = graph.evaluate(list(analysis.rates), {**dict.fromkeys(analysis.system.slots, 1.5), **known, **held})
    found: dict[str, float] = {}
    text = describe(compiled)
    for line in text[text.index("Rates") : text.index("Modes")].splitlines():
        left, equals, right = line.strip().partition(" = ")
        if equals:
            place = {**dict.fromkeys(analysis.system.slots, 1.5), **values, **found}
            found[left] = eval(re.sub(r"mode \d+", "mode", right), {}, place)  # the test's own listing
    assert [found[f"d {name} / dt"] for name in analysis.system.states] == pytest.approx(expected)


def test_all_parts_are_listed_in_both_languages(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    english = printed([file], capsys)
    for words in ("3 states", "1 events", "d y / dt", "Modes", "changes at a known time", "watched", "Events",
                  "Jacobian", "Elimination", "multiply-adds"):  # fmt: skip
        assert words in english
    chinese = printed([file, "--lang", "zh"], capsys)
    for words in ("雅可比矩阵", "消元", "模式", "事件", "d y / dt"):
        assert words in chinese


def test_the_instructions_are_those_that_are_compiled(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed([file, "--instructions"], capsys)
    assert text.count("define ") >= 5
    for name in ("@run(", "@rhs(", "@jacobian(", "@factor(", "@solve("):
        assert name in text
