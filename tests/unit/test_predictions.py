"""Predictions: records that refuse nonsense, answers on trials whose truth is known, and walls around studies."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from euthymia.errors import RecordError, RequestError
from euthymia.findings.foresight import Foresight, foresee
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import judge
from euthymia.joined import join_studies
from euthymia.joined.predictions import Forecast, predict, reachable
from euthymia.models.join import Joined
from euthymia.records.finding import Finding
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Library, common_library
from euthymia.records.prediction import FILE, Prediction, Predictions, read_predictions
from support import REPOSITORY, WORDS, finding, trial

PACKAGE: Final = REPOSITORY / "src" / "euthymia"
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
BASE: Final = 100.0
CONTRAST: Final = {
    "kind": "less", "reading": {"arm": "drug", "assay": "readout", "time": "1 d"}, "against": {"arm": "control"},
}  # fmt: skip
MALES_ONLY: Final = {"S07", "S09", "S11", "S12", "S13"}
"""Studies whose animals are all male."""


def prediction(**changes: Any) -> Prediction:
    record = {
        "id": "P1", "kind": "prediction", "experiment": "trial", "contrast": CONTRAST, "rests_on": {"S02": ()},
        "statement": WORDS, "why": WORDS, "would_test": WORDS,
    } | changes  # fmt: skip
    return Prediction.model_validate({key: value for key, value in record.items() if value is not None})


def versus(drug: Any) -> Trial:
    return trial({"drug": {1.0: drug}, "control": {1.0: BASE}})


@pytest.fixture(scope="module")
def library() -> Library:
    return common_library()


@pytest.fixture(scope="module")
def declared(atlas: dict[str, StudyFolder], library: Library) -> Predictions:
    chains = {name: [link.id for link in study.record.chain] for name, study in atlas.items()}
    return read_predictions(library, chains)


@pytest.fixture(scope="module")
def pair(atlas: dict[str, StudyFolder]) -> Joined:
    return join_studies([atlas["S02"], atlas["S03"]])


@pytest.fixture(scope="module")
def forecast(pair: Joined) -> Forecast:
    return predict(["P16", "P13", "P37"], joined=pair, animals=8, workers=1)


@pytest.mark.parametrize(
    ("gap", "answer"), [(-20.0, Foresight.LIKELY), (-4.0, Foresight.UNLIKELY), (20.0, Foresight.UNLIKELY)]
)
def test_an_answer_is_the_share_of_draws_that_show_it(gap: float, answer: Foresight) -> None:
    found = foresee(prediction(), versus(BASE + gap))
    assert found.foresight is answer
    assert found.median == pytest.approx(gap)
    assert found.remark is None


def test_draws_that_disagree_leave_it_undecided() -> None:
    half = np.repeat([BASE - 20, BASE], 10 * 4)
    found = foresee(prediction(), versus(half))
    assert found.foresight is Foresight.UNDECIDED
    assert found.probability == pytest.approx(0.5)


def test_groups_that_do_not_differ_at_all_are_said_to_have_no_path() -> None:
    found = foresee(prediction(), versus(BASE + 1e-7))
    assert found.foresight is Foresight.UNLIKELY
    assert found.remark is not None
    assert "no path" in found.remark.text("en")


def test_a_prediction_is_weighed_as_a_finding_of_the_same_form_is_judged() -> None:
    one = versus(BASE - np.linspace(0, 20, 80))
    same = judge(finding("less", reading=CONTRAST["reading"], against=CONTRAST["against"]), one)
    found = foresee(prediction(), one)
    assert (found.probability, found.error, found.low, found.high, found.chance) == (
        same.probability, same.error, same.low, same.high, same.chance,
    )  # fmt: skip


def test_a_prediction_is_no_finding() -> None:
    """A study cannot hold one, so neither calibration nor scorecards nor credibility cards can see it."""
    record = prediction().model_dump() | {"use": "validate", "source": {"id": "doi:10.1000/1", "where": "-"}}
    with pytest.raises(ValidationError, match="prediction"):
        TypeAdapter[Any](Finding).validate_python(record)
    for name in ("source", "use", "reported"):
        with pytest.raises(ValidationError, match=name):
            prediction(**{name: "calibrate"})


@pytest.mark.parametrize("floor", ["calibration", "credibility", "doses.py", "pipeline.py", "findings/scorecard.py"])
def test_nothing_that_fits_or_scores_reads_predictions(floor: str) -> None:
    place = PACKAGE / floor
    for file in [place] if place.is_file() else place.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in (
                    "euthymia.records.prediction", "euthymia.findings.foresight", "euthymia.joined.predictions",
                ), file  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"untested": WORDS}, {"contrast": None}, {"experiment": None}, {"contrast": None, "experiment": None}],
)
def test_a_prediction_is_either_asked_or_untested(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="either “experiment” with “contrast”, or “untested”"):
        prediction(**changes)


def test_the_atlas_declares_predictions_across_studies(declared: Predictions) -> None:
    asked = [one for one in declared.predictions if one.contrast is not None]
    across = [one for one in asked if len(one.rests_on) > 1]
    assert len(across) >= 25
    for one in declared.predictions:
        for words in (one.statement, one.why, one.would_test):
            assert HAN.search(words.zh), one.id
            assert not HAN.search(words.en), one.id


def test_sex_is_stated_as_untested_where_all_animals_were_male(declared: Predictions) -> None:
    untested = [one for one in declared.predictions if one.untested is not None]
    assert {study for one in untested for study in one.rests_on} == MALES_ONLY


def test_every_arm_of_the_atlas_is_read(declared: Predictions, pair: Joined) -> None:
    class Everything:
        studies: Final = {study for one in declared.predictions for study in one.rests_on}

    for experiment in declared.experiments:
        assert reachable(experiment, declared.predictions, Everything()) == experiment  # type: ignore[arg-type]
    small = reachable(declared.experiments[0], declared.predictions, pair)
    assert {arm.id for arm in small.arms} < {arm.id for arm in declared.experiments[0].arms}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("experiment: defeat\n", "experiment: defeet\n", r"experiment “defeet” is not known.*defeat"),
        ("drug: mdma,", "drug: mdmx,", r"drug “mdmx” is not known.*mdma"),
        ("S08: [psychedelic_brakes, withdraws]", "S08: [psychedelic_breaks, withdraws]", "link “psychedelic_breaks”"),
        ("S08: [psychedelic_brakes, withdraws]", "S88: [withdraws]", "study “S88” is not known"),
        ("kind: prediction", "kind: less", "expected one of prediction"),
        ("arm: mdma, assay: social_interaction, time: 2 d", "arm: mdma, assay: social_interaction, time: 9 d",
         "Day 9 is not sampled"),
        ("arm: mdma, assay: social_interaction", "arm: mdna, assay: social_interaction", r"arm “mdna”.*mdma"),
    ],
)  # fmt: skip
def test_a_file_is_refused_with_its_line(
    tmp_path: Path, atlas: dict[str, StudyFolder], library: Library, old: str, new: str, said: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    chains = {name: [link.id for link in study.record.chain] for name, study in atlas.items()}
    with pytest.raises(RecordError, match=said) as caught:
        read_predictions(library, chains, file)
    line = text[: text.index(old)].count("\n") + 1
    places = [problem.place for problem in caught.value.problems]
    assert all(place is not None and place.line is not None and abs(place.line - line) <= 3 for place in places)


def test_the_joined_model_answers(forecast: Forecast) -> None:
    elsewhere, asked, untested = forecast.foreseen
    assert (elsewhere.prediction.id, asked.prediction.id, untested.prediction.id) == ("P13", "P16", "P37")
    assert elsewhere.foresight is Foresight.NOT_EVALUATED
    assert elsewhere.reason is not None
    assert "not joined: S04" in elsewhere.reason.text("en")
    assert asked.foresight is not Foresight.NOT_EVALUATED
    assert 0 <= asked.probability <= 1
    assert asked.low <= asked.median <= asked.high
    assert untested.foresight is Foresight.NOT_EVALUATED
    assert sum(forecast.counts().values()) == 3


def test_an_answer_does_not_depend_on_what_else_is_asked(pair: Joined, forecast: Forecast) -> None:
    alone = predict(["P16"], joined=pair, animals=8, workers=1)
    assert alone.foreseen[0] == forecast.foreseen[1]


def test_answers_are_json_without_numbers_that_do_not_exist(forecast: Forecast) -> None:
    rows = json.loads(forecast.to_json("zh"))["predictions"]
    assert [row["kind"] for row in rows] == ["prediction"] * 3
    assert rows[0]["probability"] is None
    assert HAN.search(rows[0]["reason"])


def test_an_unknown_prediction_is_refused(pair: Joined) -> None:
    with pytest.raises(RequestError, match=r"no prediction “P99”"):
        predict(["P99"], joined=pair, animals=8)


def test_progress_reaches_its_total(pair: Joined) -> None:
    told: list[tuple[int, int]] = []
    predict(["P16"], joined=pair, animals=8, workers=1, progress=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] <= told[-1][1]


def test_the_command_says_when_nothing_can_be_evaluated(command: Any) -> None:
    code, out, err = command("predict", "P37", "--no-calibrated", "--animals", "8")
    assert code == 3
    assert "likely" in out
    assert "no medical advice" in out
    assert "Nothing could be evaluated" in err


def test_the_command_refuses_an_unknown_rival(command: Any) -> None:
    code, _, err = command("joined", "S02", "--rivals", "circuits_in_paralel")
    assert code == 1
    assert "circuits_in_parallel" in err


def test_the_command_writes_the_page(command: Any, tmp_path: Path) -> None:
    asked = ("--no-calibrated", "--animals", "8", "--workers", "1", "--no-cache", "--json")
    code, out, err = command("joined", "S11", *asked, "--out", tmp_path / "out")
    assert code == 0
    assert "joined.html" in err
    assert json.loads(out)["rivals"] == []
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["joined.csv", "joined.html", "joined.json"]
