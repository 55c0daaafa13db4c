"""Records written as YAML read back as the same records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.asking import read_question
from euthymia.errors import RecordError
from euthymia.records.library import ATLAS
from euthymia.records.question import Question
from euthymia.records.reading import build, read_yaml
from euthymia.records.study import Study
from euthymia.records.writing import to_yaml
from support import REPOSITORY

QUESTIONS = sorted((REPOSITORY / "examples" / "questions").glob("*.yaml"))
STUDIES = sorted(ATLAS.glob("s*/study.yaml"))
SMALL = {
    "format": 1,
    "title": "A question",
    "arms": [{"id": "one"}],
    "sampling": [{"assay": "forced_swim", "times": ["1 d"]}],
}


@pytest.mark.parametrize("file", QUESTIONS, ids=lambda file: file.stem)
def test_a_question_reads_back(file: Path, tmp_path: Path) -> None:
    question = read_question(file)
    again = tmp_path / "question.yaml"
    again.write_text(to_yaml(question), encoding="utf-8")
    assert read_question(again) == question
    assert to_yaml(read_question(again)) == to_yaml(question)


def test_quantities_stand_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "question.yaml"
    file.write_text(
        "format: 1\ntitle: Doses\nanimals: 40\n"
        "cohort: {stress: [{stress: chronic_restraint, start: -3 weeks, days: 21, daily: 120 min/day}]}\n"
        "arms: [{id: one, protocol: [{drug: ketamine, dose: 0.005 g/kg, route: ip, at: [0 d, 36 h]}]}]\n"
        "sampling: [{assay: forced_swim, times: [90 min, 1.5 d]}]\n",
        encoding="utf-8",
    )
    written = to_yaml(read_question(file))
    for quantity in ("-3 weeks", "120 min/day", "0.005 g/kg", "36 h", "90 min", "1.5 d"):
        assert quantity in written


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.parent.name)
def test_a_study_reads_back(file: Path, tmp_path: Path) -> None:
    study = build(Study, read_yaml(file))
    again = tmp_path / "study.yaml"
    again.write_text(to_yaml(study), encoding="utf-8")
    assert build(Study, read_yaml(again)) == study


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.floats(1e-12, 1e12))
def test_any_words_and_numbers_read_back(tmp_path_factory: pytest.TempPathFactory, words: str, amount: float) -> None:
    infusion = {"infusion": "tbp", "region": "lateral_habenula", "amount": amount, "at": "1 h"}
    arms = [{"id": "one", "label": words, "protocol": [infusion]}]
    asked = Question.model_validate_json(json.dumps({**SMALL, "title": words, "arms": arms}))
    file = tmp_path_factory.mktemp("words") / "question.yaml"
    file.write_text(to_yaml(asked), encoding="utf-8", newline="")
    assert build(Question, read_yaml(file)) == asked


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(RecordError, match="valid string"):
        read_question({**SMALL, "title": "\ud800"})
