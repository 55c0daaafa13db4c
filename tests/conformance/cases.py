"""Cases of the SBML Test Suite: what each asks for, and what became of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.errors import EuthymiaError
from euthymia.models.load import load_model

Engine = Literal["auto", "batch", "reference"]
Kind = Literal["right", "refused", "failed", "wrong", "crashed"]
TIGHT: Final = (1e-8, 1e-14)
"""Relative and absolute tolerance, tighter than any case asks for, so that only wrong semantics can be seen."""


@dataclass(frozen=True)
class Case:
    """What one case asks for: times, outputs as `simulate` names them, tolerances, and the answer [time, output]."""

    times: npt.NDArray[np.float64]
    outputs: list[str]
    absolute: float
    relative: float
    expected: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Listed:
    """A case of the suite's index, with its component and test tags."""

    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a case, the reason in words, and the engine that ran it."""

    kind: Kind
    reason: str = ""
    engine: str = ""


def time_courses(suite: Path) -> list[Listed]:
    """All time-course cases of a suite's folder."""
    rows = [line.split("\t") for line in (suite / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    return [
        Listed(name, tuple(tag.strip() for tag in f"{components},{tests}".split(",") if tag.strip()))
        for name, kind, components, tests, *_ in rows
        if kind == "TimeCourse"
    ]


def read_case(folder: Path) -> Case:
    """The settings and the answer of a case's folder."""
    lines = (folder / "settings.txt").read_text(encoding="utf-8").splitlines()
    settings = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    variables = [word.strip() for word in settings["variables"].split(",")]
    concentrations = {word.strip() for word in settings.get("concentration", "").split(",")}
    start, duration, steps = float(settings["start"]), float(settings["duration"]), int(settings["steps"])
    with (folder / "results.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, skipinitialspace=True))
    table = [[float(row[key]) for key in variables] for row in ({k.strip(): v for k, v in row.items()} for row in rows)]
    outputs = [f"[{name}]" if name in concentrations else name for name in variables]
    times = np.linspace(start, start + duration, steps + 1)
    return Case(times, outputs, float(settings["absolute"]), float(settings["relative"]), np.array(table))


def outcome(folder: Path, engine: Engine = "auto", tolerances: tuple[float, float] = TIGHT) -> Outcome:
    """Run one case and compare it with its answer."""
    case = read_case(folder)
    rtol, atol = tolerances
    try:
        model = load_model(folder / "model.xml")
        result = simulate(model, times=case.times, outputs=case.outputs, rtol=rtol, atol=atol, workers=1, engine=engine)
    except EuthymiaError as error:
        return Outcome("refused", error.text().replace(str(folder), folder.name))
    except Exception as error:
        return Outcome("crashed", f"{type(error).__name__}: {error}")
    ran, status = str(result.attrs["engine"]), Status(int(result["status"].values[0]))
    if not status.finished:
        return Outcome("failed", status.sentence.text("en"), ran)
    found = np.column_stack([result[output].values[0] for output in case.outputs])
    wrong = _outside(found, case)
    if wrong:
        return Outcome("wrong", wrong, ran)
    return Outcome("right", "", ran)


def _outside(found: npt.NDArray[np.float64], case: Case) -> str:
    with np.errstate(invalid="ignore"):
        near = np.abs(found - case.expected) <= case.absolute + case.relative * np.abs(case.expected)
    same = (found == case.expected) | (np.isnan(found) & np.isnan(case.expected))
    off = np.argwhere(~(near | same))
    if not len(off):
        return ""
    time, output = off[0]
    return (
        f"{case.outputs[output]} at {case.times[time]:g}: {found[time, output]:g} for {case.expected[time, output]:g}"
    )
