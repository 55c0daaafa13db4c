"""An answer: courses, contrasts, synergies, a grid; as plain data and as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.asking.contrasts import Effect
from euthymia.asking.intervals import Array
from euthymia.asking.surface import GridAnswer
from euthymia.asking.synergy import Synergy
from euthymia.findings.trial import Trial
from euthymia.records.library import Library
from euthymia.records.question import Question
from euthymia.words import Message


@dataclass(frozen=True)
class Course:
    """Group means of one arm in one assay over time: 5th, 50th and 95th percentile over draws, by day."""

    arm: str
    assay: str
    of: str | None
    days: Array
    low: Array
    median: Array
    high: Array

    def at(self, day: float) -> tuple[float, float, float]:
        """Low, median and high at the time nearest to a day."""
        here = int(np.argmin(np.abs(self.days - day)))
        return float(self.low[here]), float(self.median[here]), float(self.high[here])

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"arm": self.arm, "assay": self.assay, "of": self.of, "days": self.days.tolist(),
                "low": self.low.tolist(), "median": self.median.tolist(), "high": self.high.tolist()}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A question, answered.

    Attributes
    ----------
    question
        What was asked.
    library
        Assays, drugs and stressors of the joined studies.
    trial
        The question's arms, simulated.
    courses
        By arm and assay.
    effects
        The contrasts.
    synergies
        The combinations.
    grid
        The grid, or None.
    notes
        What a reader must know: what the models do not have, what could not be evaluated.
    provenance
        What is needed to make it again.
    """

    question: Question
    library: Library
    trial: Trial
    courses: tuple[Course, ...]
    effects: tuple[Effect, ...]
    synergies: tuple[Synergy, ...]
    grid: GridAnswer | None
    notes: tuple[Message, ...]
    provenance: Mapping[str, Any]

    def label(self, arm: str) -> Any:
        """The words of an arm, in both languages."""
        return next(one.label.text for one in self.trial.experiment.arms if one.id == arm)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: numbers, ids, and what is not known as None."""
        return {
            "title": self.question.title.model_dump(),
            "advice": "A research instrument; no medical advice.",
            "notes": [{"en": one.text("en"), "zh": one.text("zh")} for one in self.notes],
            "units": {one.assay: self.library.assays[one.assay].unit for one in self.courses},
            "courses": [one.to_dict() for one in self.courses],
            "contrasts": [one.to_dict() for one in self.effects],
            "combinations": [one.to_dict() for one in self.synergies],
            "grid": self.grid.to_dict() if self.grid else None,
            "provenance": dict(self.provenance),
        }

    def tables(self) -> dict[str, str]:
        """The answer as comma-separated values, by the name of the file."""
        found = {"courses.csv": self._courses(), "contrasts.csv": _flat(one.to_dict() for one in self.effects)}
        if self.synergies:
            found["combinations.csv"] = _flat(one.to_dict() for one in self.synergies)
        if self.grid:
            found["grid.csv"] = _flat(one.to_dict() for row in self.grid.cells for one in row)
        return found

    def _courses(self) -> str:
        rows = [
            {"arm": one.arm, "assay": one.assay, "of": one.of, "unit": self.library.assays[one.assay].unit,
             "day": float(day), "low": float(low), "median": float(median), "high": float(high)}
            for one in self.courses
            for day, low, median, high in zip(one.days, one.low, one.median, one.high, strict=True)
        ]  # fmt: skip
        return _flat(rows)


def _flat(rows: Iterable[Mapping[str, Any]]) -> str:
    """Nested data as a table whose columns are named by their path."""
    flat = [_paths(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return stream.getvalue()


def _paths(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= _paths(value, f"{before}{name}_")
        else:
            found[before + name] = "" if value is None else value
    return found
