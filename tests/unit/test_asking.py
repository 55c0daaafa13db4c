"""Questions to the joined atlas: read, refused, planned, answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from euthymia.asking import Answer, ask, read_question
from euthymia.asking.plan import main_experiment, plan
from euthymia.engine.schedule import Jump, Schedule
from euthymia.errors import ProtocolError, RecordError, RequestError
from euthymia.joined import join_studies, joined_cohort, run_question
from euthymia.joined.history import ATOL, RTOL, parting
from euthymia.models.join import Joined
from euthymia.models.views import whole_record
from euthymia.pipeline import run_arms
from euthymia.records.question import Question
from euthymia.report.answered import synergy_sentences
from euthymia.report.whatif import answer_page, write_answer

ANIMALS = 24
CLOSE = 1e-3
"""Of states of order one: a thousand times the solver's tolerance."""
KETAMINE = {"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}
BCI = {"drug": "bci", "dose": "10 mg/kg", "route": "ip", "at": "0 d"}
STRESS = {"stress": "chronic_restraint", "start": "-4 d", "days": 4}


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "format": 1, "title": "Sham", "studies": ["S02"], "animals": ANIMALS,
        "cohort": {"stress": [STRESS], "sex": "female"},
        "arms": [
            {"id": "none"},
            {"id": "one", "protocol": [KETAMINE]},
            {"id": "same", "protocol": [KETAMINE]},
            {"id": "twice", "protocol": [KETAMINE, KETAMINE]},
        ],
        "sampling": [{"assay": "forced_swim", "times": ["1 d", "2 d"]}],
        "combinations": [{"both": "twice", "first": "one", "second": "same", "none": "none", "full": "limit"}],
        **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def joined() -> Joined:
    return join_studies(["S02"])


@pytest.fixture(scope="module")
def sham(joined: Joined) -> Answer:
    return ask(read_question(asked()), joined=joined, workers=1)


def test_a_drug_combined_with_itself_is_additive_after_loewe(sham: Answer) -> None:
    (found,) = sham.synergies
    additive = {one.name: one for one in found.references}["loewe"]
    assert additive.reason is None
    assert additive.found == "as_expected"
    margin = sham.library.assays["forced_swim"].margin(change=False)
    assert max(abs(additive.excess.low), abs(additive.excess.high)) < CLOSE * margin
    assert found.index.median == pytest.approx(1.0, abs=CLOSE)
    assert additive.probability == pytest.approx(0.5, abs=0.5)


def test_a_reference_is_told_where_it_was_asked_for(sham: Answer, joined: Joined) -> None:
    (both,) = asked()["combinations"]
    silent = ask(read_question(asked(combinations=[{**both, "loewe": False}])), joined=joined, animals=4, workers=1)
    told = [[str(one) for one in synergy_sentences(answer, answer.synergies[0])] for answer in (sham, silent)]
    assert [any("Loewe" in one for one in sentences) for sentences in told] == [True, False]
    assert len(told[0]) == len(told[1]) + 1


def test_an_answer_has_intervals_and_says_what_is_not_modelled(sham: Answer) -> None:
    assert [one.reading.arm for one in sham.effects] == ["one", "same", "twice"]
    first, same, _ = sham.effects
    assert first.size == same.size
    assert first.direction == "less"
    assert first.size.low <= first.size.median <= first.size.high
    assert 0 <= first.noticeable <= first.probability <= 1
    assert any("Sex is not modelled" in note.text("en") for note in sham.notes)
    whole = json.loads(json.dumps(sham.to_dict(), allow_nan=False))
    assert whole["combinations"][0]["references"]["loewe"]["found"] == "as_expected"
    assert sham.tables()["courses.csv"].startswith("arm,assay,of,unit,day,low,median,high\n")


def test_the_same_question_has_the_same_answer(sham: Answer, joined: Joined) -> None:
    again = ask(read_question(asked()), joined=joined, workers=2)
    assert again.to_dict() == sham.to_dict()


def test_a_common_past_changes_nothing(joined: Joined) -> None:
    question = read_question(asked(cohort={"stress": [STRESS], "genotype": [
        {"gene": "NTRK2", "change": "knock_down", "level": 0.5}]}))  # fmt: skip
    experiment = main_experiment(question)
    cohort = joined_cohort(joined, animals=8, seed=1)
    parted = run_question(joined, experiment, cohort, workers=1)
    whole = run_arms(
        whole_record(joined), joined.library, joined.mechanism, cohort, experiment,
        outputs=[str(name) for name in parted.states.data_vars if name != "status"], workers=1, rtol=RTOL, atol=ATOL,
    )  # fmt: skip
    for name in parted.states.data_vars:
        np.testing.assert_allclose(parted.states[name].values, whole.states[name].values, atol=CLOSE, rtol=0)
    assert float(np.ptp(whole.states["despair"].values)) > 0.1


def test_arms_part_where_they_differ() -> None:
    stress = [Jump(float(day), "x", "set", 1.0) for day in range(1, 20)]
    drug = Jump(100.0, "y", "add", 1.0)
    found = parting({"a": Schedule.of(stress), "b": Schedule.of([*stress, drug])}, 200.0)
    assert found is not None
    assert found.hours == 100.0
    assert list(found.pasts.values()) == [["a", "b"]]
    assert parting({"a": Schedule.of([drug])}, 200.0) is None


def test_a_grid_over_doses_and_over_time(joined: Joined, tmp_path: Path) -> None:
    arms = [{"id": "none"}, {"id": "both", "protocol": [KETAMINE, BCI]}]
    doses = {"intervention": "ketamine", "doses": ["5 mg/kg"]}
    grid = {"arm": "both", "none": "none", "x": doses, "assay": "forced_swim"}
    dosed = asked(arms=arms, combinations=[],
                  grid={**grid, "y": {"intervention": "bci", "factors": [1]}, "time": "1 d"})  # fmt: skip
    answer = ask(read_question(dosed), joined=joined, animals=8, workers=1)
    assert answer.grid is not None
    assert [[(one.x, one.y) for one in row] for row in answer.grid.cells] == [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]
    assert answer.grid.cells[0][0].effect.median == pytest.approx(0.0, abs=1e-9)
    assert answer.grid.cells[1][1].bliss is not None
    page = write_answer(answer, tmp_path / "out", command="euthymia simulate x.yaml")
    names = {file.name for file in page.parent.iterdir()}
    assert {"index.html", "answer.json", "grid.csv", "grid-effect.zh.svg", "grid-loewe.en.svg"} <= names
    timed = ask(read_question(asked(arms=arms, combinations=[], grid={**grid, "y": {"times": ["1 h", "1 d"]}})),
                joined=joined, animals=8, workers=1)  # fmt: skip
    assert timed.grid is not None
    assert timed.grid.timed
    assert "随时间变化" in answer_page(timed, command="x")
    text = page.read_text(encoding="utf-8")
    assert text.index('id="answer-contrasts"') < text.index('id="answer-arms"')


def test_groups_parted_by_a_reading(joined: Joined) -> None:
    split = {"assay": "forced_swim", "time": "0 d", "side": "above", "line": 150.0}
    arms = [{"id": "low", "split": {**split, "side": "below"}}, {"id": "high"}]
    question = read_question(asked(arms=arms, combinations=[], cohort={"stress": [STRESS], "split": split}))
    answer = ask(question, joined=joined, animals=8, workers=1)
    assert answer.effects[0].size.median > 0
    assert any("noisy reading" in note.text("en") for note in answer.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"animals": 2001}, "1 to 2000 animals"),
        ({"cohort": {"stress": [KETAMINE]}}, "belong to an arm"),
        ({"combinations": [{"both": "twice", "first": "one", "second": "samee", "none": "none"}]}, "same"),
        ({"contrasts": [{"arm": "one", "against": "none", "time": "9 d"}]}, "Day 9 is not sampled"),
        ({"sampling": [{"assay": "forced_swimm", "times": ["1 d"]}]}, "forced_swim"),
        ({"cohort": {"stress": [{**STRESS, "stress": "restraint"}]}}, "chronic_restraint"),
        ({"arms": [{"id": "none"}, {"id": "none"}], "combinations": []}, "occurs 2 times"),
        ({"arms": [{"id": "a", "protocol": [{**KETAMINE, "drug": "ketamin"}]}], "combinations": []}, "ketamine"),
        ({"grid": {"arm": "one", "none": "none", "assay": "forced_swim", "time": "1 d",
                   "x": {"intervention": "ketamine", "doses": ["1 mg/kg"]},
                   "y": {"intervention": "ketamine", "factors": [1]}}}, "one and the same"),
        ({"grid": {"arm": "one", "none": "none", "assay": "forced_swim", "time": "1 d",
                   "x": {"times": ["1 d"]}, "y": {"intervention": "ketamine", "factors": [1]}}}, "belong to “y”"),
        ({"grid": {"arm": "one", "none": "none", "assay": "forced_swim",
                   "x": {"intervention": "ketamine"}, "y": {"times": ["1 d"]}}}, "An axis of a grid"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordError, match=said):
        read_question(asked(**change))


def test_what_the_studies_do_not_have_is_refused_before_anything_runs(joined: Joined) -> None:
    psilocybin = {"drug": "psilocybin", "dose": "1 mg/kg", "route": "ip", "at": "0 d"}
    with pytest.raises(ProtocolError, match="psilocybin"):
        ask(read_question(asked(arms=[{"id": "a", "protocol": [psilocybin]}], combinations=[])), joined=joined)
    with pytest.raises(RequestError, match="no read-out"):
        ask(read_question(asked(sampling=[{"assay": "lc3_ii", "times": ["1 d"]}])), joined=joined)


def test_too_many_arms_or_days_are_refused() -> None:
    many = {"intervention": "ketamine", "factors": [0.1 * one for one in range(1, 30)]}
    other = {"intervention": "bci", "factors": [0.1 * one for one in range(1, 10)]}
    arms = [{"id": "none"}, {"id": "both", "protocol": [KETAMINE, BCI]}]
    grid = {"arm": "both", "none": "none", "x": many, "y": other, "assay": "forced_swim", "time": "1 d"}
    with pytest.raises(RequestError, match="at most 200"):
        plan(read_question(asked(arms=arms, combinations=[], grid=grid)))
    with pytest.raises(RequestError, match="at most 400"):
        plan(read_question(asked(sampling=[{"assay": "forced_swim", "times": ["401 d"]}])))
    unknown = {**grid, "x": {"intervention": "mdma", "factors": [1]}}
    with pytest.raises(RequestError, match="no intervention “mdma”"):
        plan(read_question(asked(arms=arms, combinations=[], grid=unknown)))


def test_a_question_in_a_file_has_lines(tmp_path: Path, command: Any) -> None:
    file = tmp_path / "protocol.yaml"
    file.write_text(
        "format: 1\ntitle: x\narms:\n  - id: a\n    protocol:\n"
        "      - {drug: ketamin, dose: 5 mg/kg, route: ip, at: 0 d}\n"
        "sampling:\n  - {assay: forced_swim, times: [1 d]}\n"
    )
    code, _, err = command("simulate", file)
    assert code == 1
    assert "protocol.yaml:6:" in err
    code, _, err = command("simulate", file, "--end", "3")
    assert (code, "end" in err) == (1, True)


def test_simulate_answers_a_question(tmp_path: Path, command: Any) -> None:
    file = tmp_path / "protocol.yaml"
    file.write_text(json.dumps(asked(combinations=[])))
    code, out, _ = command("simulate", file, "--animals", "8", "--workers", "1", "--lang", "zh")
    assert code == 0
    assert "不提供医疗建议" in out
    code, out, _ = command("simulate", file, "--animals", "8", "--workers", "1", "--json")
    assert json.loads(out)["contrasts"][0]["draws"] == 2


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "examples" / "questions").glob("*.yaml")))
def test_the_examples_are_questions(file: Path) -> None:
    question = read_question(file)
    assert isinstance(question, Question)
    assert plan(question).experiments
