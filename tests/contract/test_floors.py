"""A module imports only from the floors above it, and names only what it needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from support import REPOSITORY

PACKAGE: Final = REPOSITORY / "src" / "euthymia"
FLOORS: Final = (
    "words", "errors", "units", "files", "provenance", "records", "models", "engine", "neural", "protocols", "cohorts",
    "assays", "findings", "pipeline", "joined", "asking", "explaining", "comparing", "doses", "recordings",
    "calibration", "credibility", "report", "site", "serving", "cli",
)  # fmt: skip
DATA: Final = ("atlas",)
"""Folders without code: their `__init__` imports nothing."""


def modules() -> Iterator[tuple[Path, str]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE)
        if place != Path("__init__.py"):
            yield file, place.parts[0].removesuffix(".py")


def imported(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            if node.module == "euthymia":
                yield from ((node.lineno, f"euthymia.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, str(node.module)


def test_every_module_has_a_floor() -> None:
    assert {floor for _, floor in modules()} - {*FLOORS, *DATA} == set()


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_up_only(floor: str) -> None:
    below = FLOORS[FLOORS.index(floor) + 1 :]
    wrong = [
        f"{file.relative_to(PACKAGE)}:{line} imports {name}"
        for file, own in modules()
        if own == floor
        for line, name in imported(file)
        if name.startswith("euthymia.") and name.split(".")[1] in below
    ]
    assert wrong == []


def test_no_module_imports_the_whole_package_or_everything() -> None:
    for file, floor in modules():
        names = [name for _, name in imported(file)]
        assert "euthymia" not in names, file
        assert floor not in DATA or names == []
        stars = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
        assert all(alias.name != "*" for node in stars for alias in node.names), file


def test_nothing_in_the_package_runs_code_from_data() -> None:
    forbidden = {"eval", "exec", "compile", "__import__", "pickle", "marshal", "shelve"}
    for file, _ in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in forbidden, f"{file}:{node.lineno}"
        assert not forbidden & {name.split(".")[0] for _, name in imported(file)}, file
