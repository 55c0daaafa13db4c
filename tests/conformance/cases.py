"""Cases of the SBML Test Suite: what a case asks for, and whether a simulation gives it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.errors import EuthymiaError
from euthymia.models.load import load_model

RTOL, ATOL = 1e-8, 1e-14
"""Tighter than any case asks for, so that only wrong semantics can be seen."""
Engine = Literal["auto", "batch", "reference"]
_LEVELS: Final = ("l3v2", "l3v1", "l2v5", "l2v4", "l2v3", "l2v2", "l2v1", "l1v2")


@dataclass(frozen=True)
class Entry:
    """A time-course case in a folder of the suite.

    Attributes
    ----------
    name
        Its number, five digits.
    tags
        Component and test tags.
    model, settings, results
        Its files.
    """

    name: str
    tags: tuple[str, ...]
    model: Path
    settings: Path
    results: Path


@dataclass(frozen=True)
class Case:
    """What one case asks for."""

    times: npt.NDArray[np.float64]
    outputs: list[str]
    absolute: float
    relative: float
    expected: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """How a case ended.

    Attributes
    ----------
    kind
        ``right``, ``refused``, ``wrong``, or ``failed`` (a status without a result, a crash, out of time).
    detail
        The sentence of the refusal, or what is wrong.
    engine
        The engine of the provenance; empty where there is no result.
    """

    kind: Literal["right", "refused", "wrong", "failed"]
    detail: str = ""
    engine: str = ""


def entries(suite: Path) -> list[Entry]:
    """The time-course cases of a folder: the selection with an index, or the suite as it is published."""
    index = suite / "index.tsv"
    return list(_indexed(suite, index) if index.is_file() else _published(suite))


def _indexed(suite: Path, index: Path) -> Iterator[Entry]:
    with index.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if row["type"] == "TimeCourse":
                folder = suite / row["case"]
                tags = _tags(f"{row['components']},{row['tests']}")
                yield Entry(
                    row["case"], tags, *(folder / name for name in ("model.xml", "settings.txt", "results.csv"))
                )


def _published(suite: Path) -> Iterator[Entry]:
    for description in sorted(suite.rglob("*-model.m")):
        text, folder, name = description.read_text(encoding="utf-8", errors="replace"), description.parent, ""
        name = description.name.removesuffix("-model.m")
        fields = dict(re.findall(r"^(\w+):[ \t]*(.*)$", text, re.MULTILINE))
        models = [folder / f"{name}-sbml-{level}.xml" for level in _LEVELS]
        model = next((path for path in models if path.is_file()), None)
        if fields.get("testType", "TimeCourse").strip() == "TimeCourse" and model is not None:
            tags = _tags(f"{fields.get('componentTags', '')},{fields.get('testTags', '')}")
            yield Entry(name, tags, model, folder / f"{name}-settings.txt", folder / f"{name}-results.csv")


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip()) and ":  " not in tag))


def read_case(entry: Entry) -> Case:
    """The settings and the expected results of a case."""
    lines = entry.settings.read_text(encoding="utf-8").splitlines()
    settings = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    variables = [word.strip() for word in settings["variables"].split(",")]
    concentrations = {word.strip() for word in settings.get("concentration", "").split(",")}
    start, duration, steps = float(settings["start"]), float(settings["duration"]), int(settings["steps"])
    with entry.results.open(encoding="utf-8") as stream:
        rows = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(stream)]
    table = [[float(row[key]) for key in variables] for row in rows if row[variables[0]] is not None]
    outputs = [f"[{name}]" if name in concentrations else name for name in variables]
    times = np.linspace(start, start + duration, steps + 1)
    return Case(times, outputs, float(settings["absolute"]), float(settings["relative"]), np.array(table))


def outcome(entry: Entry, *, engine: Engine = "auto", rtol: float = RTOL, atol: float = ATOL) -> Outcome:
    """How a case ends with an engine."""
    case = read_case(entry)
    try:
        result = simulate(
            load_model(entry.model),
            times=case.times, outputs=case.outputs, rtol=rtol, atol=atol, workers=1, engine=engine,
        )  # fmt: skip
    except EuthymiaError as error:
        return Outcome("refused", error.text())
    return _judged(case, result)


def _judged(case: Case, result: Any) -> Outcome:
    status = Status(int(result["status"].values[0]))
    if not status.finished:
        return Outcome("failed", f"status {status.name.lower()}")
    used = str(result.attrs["engine"]) + (", rescued" if status is Status.RESCUED else "")
    found = np.column_stack([result[output].values[0] for output in case.outputs])
    excess = _excess(found, case)
    if (excess <= 0).all():
        return Outcome("right", engine=used)
    row, column = np.unravel_index(int(np.nanargmax(np.where(np.isnan(excess), np.inf, excess))), excess.shape)
    wrong, right = found[row, column], case.expected[row, column]
    return Outcome("wrong", f"{case.outputs[column]} at {case.times[row]:g}: {wrong:.9g}, not {right:.9g}", used)


def _excess(found: npt.NDArray[np.float64], case: Case) -> npt.NDArray[np.float64]:
    """By how much each number is farther off than the case allows; infinity and NaN are only equal to themselves."""
    expected = case.expected
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        excess = np.abs(found - expected) - (case.absolute + case.relative * np.abs(expected))
    return np.where(same, 0.0, np.where(np.isfinite(expected), excess, np.inf))
