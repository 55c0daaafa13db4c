"""What several test modules share: an editable copy of the example study, hand-made trials, short model builders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
import xarray as xr
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from euthymia.errors import EuthymiaError, Problem
from euthymia.findings.trial import Trial
from euthymia.records.assay import Assay
from euthymia.records.finding import Finding
from euthymia.records.folder import StudyFolder, load_study
from euthymia.records.library import common_library
from euthymia.records.parameter import Parameter
from euthymia.records.study import Experiment, Mechanism

EXAMPLE: Final = Path(__file__).parent / "own_study"
REPOSITORY: Final = Path(__file__).parent.parent
FACTS: Final = Path(__file__).parent / "facts"
SOURCE_RECORD: Final = {"id": "url:https://example.org", "where": "figure 1"}
WORDS: Final = {"en": "words", "zh": "词语"}


class Probe(BaseModel):
    """What a dose goes into, or the share of cells that light drives, and the measure that it must raise."""

    state: str
    measure: str
    doses: list[float] = [0, 100, 1000, 10_000, 100_000]
    dose: float = 20_000
    """One dose that has a clear effect."""
    settings: dict[str, float] = {}
    """What the dose needs to act, such as the share of cells that carry a designer receptor."""


class Compared(BaseModel):
    """The arm in which the engines are compared."""

    experiment: str
    arm: str


class Facts(BaseModel):
    """What the tests know of one built-in study: a file of its own in ``facts``, named like the study."""

    model_config = ConfigDict(extra="forbid")

    probe: Probe
    exposure: list[str] = []
    """Variables that read the probe's substance itself, upstream of its targets."""
    knock_out: list[str]
    """Targets that must all be gone for the probe's dose to do nothing."""
    body: list[str] = []
    """States of drugs and hormones that must be gone a week after a dose."""
    compared: Compared
    breaks: list[str]
    """Ablations that must break a finding."""
    without_read_out: list[str] = []
    """Assays that the mechanism has no counterpart of, as the study says under `not_covered`."""
    known_to_fail: dict[str, str] = {}
    """Tests that are known to fail, with the reason."""


yaml: Final = YAML(typ="safe", pure=True)
STUDY_FACTS: Final = {path.stem: Facts.model_validate(yaml.load(path)) for path in sorted(FACTS.glob("S*.yaml"))}
ATLAS_STUDIES: Final = tuple(STUDY_FACTS)


def each_study(test: str) -> Any:
    """A test over all built-in studies, with those that are known to fail marked."""
    marked = [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=facts.known_to_fail[test]))
        if test in facts.known_to_fail
        else name
        for name, facts in STUDY_FACTS.items()
    ]
    return pytest.mark.parametrize("name", marked)


@dataclass(frozen=True)
class OwnStudy:
    """A copy of the example study in a folder of its own."""

    folder: Path

    def edit(self, old: str, new: str, *, file: str = "study.yaml") -> int:
        """Replace the only occurrence of a text; the line at which the new text begins."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        before = text[: text.index(old)]
        path.write_text(text.replace(old, new), encoding="utf-8")
        return before.count("\n") + 1

    def line(self, text: str, *, file: str = "study.yaml") -> int:
        """The line of the first occurrence of a text."""
        whole = (self.folder / file).read_text(encoding="utf-8")
        return whole[: whole.index(text)].count("\n") + 1

    def load(self) -> StudyFolder:
        return load_study(self.folder)


def problems_of(call: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems that a call raises."""
    with pytest.raises(EuthymiaError) as caught:
        call()
    return caught.value.problems


def only_problem(call: Callable[[], object]) -> Problem:
    """The one problem that a call raises."""
    (problem,) = problems_of(call)
    return problem


def parameter(name: str = "k", value: float = 1.0, **changes: Any) -> Parameter:
    """A row of a parameter table."""
    row: dict[str, Any] = {
        "id": name, "value": value, "unit": "", "scale": "log", "lower": 1e-6, "upper": 1e6,
        "prior": "lognormal(1, 0.3)", "status": "assumed", "source": "no source",
    }  # fmt: skip
    return Parameter.model_validate(row | changes)


def assay(**changes: Any) -> Assay:
    """A biological read-out with baseline 100, noise that makes its margin 5, and wide bounds."""
    record: dict[str, Any] = {
        "label": WORDS, "unit": "%", "link": "identity", "baseline": figure(100.0), "between_sd": figure(6.0),
        "measurement_sd": figure(8.0), "floor": -1000.0, "ceiling": 1000.0, "worse": "neither", "protocol": WORDS,
    }  # fmt: skip
    return Assay.model_validate(record | changes)


def figure(value: float) -> dict[str, Any]:
    """An assumed number."""
    return {"value": value, "status": "assumed"}


def experiment(arms: Sequence[str], times: Sequence[str], assays: Sequence[str] = ("readout",)) -> Experiment:
    """An experiment whose arms have empty protocols."""
    return Experiment.model_validate(
        {
            "id": "bench",
            "label": WORDS,
            "arms": tuple({"id": name, "label": WORDS} for name in arms),
            "sampling": tuple({"assay": name, "times": tuple(times)} for name in assays),
        }
    )


def trial(
    values: Mapping[str, Mapping[float, npt.ArrayLike]],
    *,
    draws: int = 20,
    individuals: int = 4,
    failed: Sequence[tuple[int, str]] = (),
    read: Assay | None = None,
) -> Trial:
    """A trial made by hand.

    Parameters
    ----------
    values
        By arm, then day: one number, or one per animal. They are the trajectories of the variable ``state``.
    failed
        Animal and arm of the runs that failed.
    """
    arms, days = list(values), sorted({day for course in values.values() for day in course})
    animals = draws * individuals
    whole = np.empty((animals, len(arms), len(days)))
    status = np.zeros((animals, len(arms)), np.int8)
    for index, course in enumerate(values.values()):
        for number, day in enumerate(days):
            whole[:, index, number] = course[day]
    for animal, arm in failed:
        whole[animal, arms.index(arm)] = np.nan
        status[animal, arms.index(arm)] = 1
    states = xr.Dataset(
        {"state": (("animal", "arm", "time"), whole), "status": (("animal", "arm"), status)},
        {"arm": arms, "time": days},
    )
    mechanism = Mechanism.model_validate({"ports": {}, "readouts": {"readout": {"states": {"all": "state"}}}})
    assays = {**common_library().assays, "readout": read or assay()}
    return Trial(
        experiment(arms, [f"{day} d" for day in days]), mechanism, assays, states, seed=1, individuals=individuals
    )


def finding(kind: str, **fields: Any) -> Finding:
    """A finding in experiment ``bench``."""
    from pydantic import TypeAdapter

    record = {
        "id": "F", "kind": kind, "use": "validate", "experiment": "bench", "statement": WORDS, "source": SOURCE_RECORD,
    }  # fmt: skip
    adapter: TypeAdapter[Finding] = TypeAdapter(Finding)
    return adapter.validate_python(record | fields)
