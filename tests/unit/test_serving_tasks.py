"""What a worker computes: answers, explanations, models and studies as data, pages and files."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

from euthymia.asking import ask, read_question
from euthymia.cli import main
from euthymia.errors import EuthymiaError, ModelError, Place, Problem, RecordError, RequestError
from euthymia.models.load import antimony_to_sbml
from euthymia.records.question import ArmContrast, Question
from euthymia.records.writing import to_yaml
from euthymia.serving import check, perform
from euthymia.serving.cost import cost_of
from euthymia.serving.limits import Limits
from euthymia.serving.tasks import EXPLAINED, Result, Task, finite
from euthymia.serving.told import Told, told
from euthymia.words import msg
from support import REPOSITORY

EXAMPLES: Final = REPOSITORY / "examples" / "questions"
OWN: Final = REPOSITORY / "tests" / "own_study"
HOSTILE: Final = '<img src=x onerror="alert(1)">&{{ 7 * 7 }}'
DECAY: Final = "model decay; S1 -> S2; k*S1; S1 = 10; S2 = 0; k = 0.1; end"


def small(**changes: Any) -> Question:
    """Ketamine in stressed animals, asked of one study."""
    return read_question({
        "format": 1, "title": {"en": "Ketamine", "zh": "氯胺酮"}, "studies": ["S02"], "animals": 8,
        "cohort": {"stress": [{"stress": "chronic_restraint", "start": "-21 d", "days": 21}]},
        "arms": [
            {"id": "stressed"},
            {"id": "ketamine", "protocol": [{"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}]},
        ],
        "sampling": [{"assay": "forced_swim", "times": ["1 d", "7 d"]}], **changes,
    })  # fmt: skip


def files_of(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def done(task: Task, progress: Callable[[int, int], None] | None = None) -> Result:
    result = perform.perform(task, progress or (lambda done, total: None))
    assert Result.from_json(result.to_json()) == result
    return result


class Tags(HTMLParser):
    """The tags and attributes of a fragment; every tag that is opened is closed."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.languages: set[str] = set()
        self.open: list[str] = []
        self.feed(fragment)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.languages |= {value or "" for name, value in attrs if name == "lang"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def harmless(result: Result) -> Tags:
    """A fragment that stands in another page: no scripts, no frame, ids of its own, both languages."""
    tags = Tags(result.page)
    assert not tags.names & {"script", "style", "iframe", "object", "link", "img", "form", "html", "body", "h1"}
    assert not [name for name in tags.attributes if name.startswith("on") or name in ("src", "srcset")]
    assert len(set(tags.ids)) == len(tags.ids)
    assert {"en", "zh"} <= tags.languages
    return tags


@pytest.fixture(scope="module")
def answered() -> Result:
    return done(Task.question(small()))


def test_a_question_is_answered_as_on_the_command_line(answered: Result) -> None:
    direct = ask(small(), workers=1)
    assert answered.data == json.loads(json.dumps(finite(direct.to_dict())))
    assert {"index.html", "question.yaml", "answer.json", "courses.csv", "contrasts.csv"} <= set(answered.files)
    assert json.loads(answered.files["answer.json"]) == answered.data
    assert all(re.fullmatch(r"[\w.-]+", name) for name in answered.files)


def test_the_question_of_an_answer_can_be_asked_again(answered: Result, tmp_path: Path) -> None:
    file = tmp_path / "question.yaml"
    file.write_text(answered.files["question.yaml"], encoding="utf-8")
    assert read_question(file) == small()
    assert Task.question(read_question(file)).key == Task.question(small()).key


def test_an_answer_is_a_fragment_in_both_languages(answered: Result) -> None:
    harmless(answered)
    assert "氯胺酮" in answered.page
    assert "euthymia simulate question.yaml" in answered.page


def test_words_of_users_are_escaped() -> None:
    title = {"en": HOSTILE, "zh": HOSTILE}
    arms = [{"id": "one", "label": title}, {"id": "two", "label": title}]
    result = done(Task.question(small(title=title, arms=arms, cohort={})))
    harmless(result)
    for text in (result.page, result.files["index.html"], *result.files.values()):
        assert "<img" not in text or text.lstrip().startswith(("{", "format"))
    assert "&lt;img" in result.page
    assert "{{ 7 * 7 }}" in result.page


def test_progress_rises_and_comes_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    done(Task.question(small(seed=7)), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (16, 16)


def test_what_progress_raises_ends_the_work() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        done(Task.question(small(seed=8)), stop)


def test_a_task_starts_no_further_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("euthymia.engine.spread._in_processes", refuse)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    done(Task.question(small(seed=9)))
    done(Task.model("S1 -> ; k*S1; S1 = 1; k = 1; J: at S1 < 0.5, t0=false: S1 = 1", hours=4.0, points=5))
    done(Task.study(files_of(OWN), animals=8, seed=2))


def test_joined_models_are_kept() -> None:
    assert perform.joined_model(("S02",), ()) is perform.joined_model(("S02",), ())


def test_a_question_that_cannot_be_asked_is_refused() -> None:
    asked = Task.question(small(sampling=[{"assay": "plasma_adiponectin", "times": ["1 d"]}]))
    with pytest.raises(RequestError, match="no read-out for the assay “plasma_adiponectin”"):
        done(asked)


@pytest.fixture(scope="module")
def explained() -> Result:
    contrast = ArmContrast.model_validate({"arm": "ketamine", "against": "stressed", "time": "1 d"})
    return done(Task.explanation(small(), contrast))


def test_a_difference_is_explained(explained: Result) -> None:
    harmless(explained)
    assert explained.data["reading"] == {"arm": "ketamine", "assay": "forced_swim", "time": "1 d"}
    assert explained.data["against"]["arm"] == "stressed"
    assert explained.data["joined"] is True
    assert set(explained.files) >= {"explanation.html", "explanation.json", "explanation.csv", "question.yaml"}
    assert "euthymia explain --protocol question.yaml --arm ketamine --against stressed" in explained.page


def test_the_command_of_an_explanation_makes_the_same_again(
    explained: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "question.yaml").write_text(explained.files["question.yaml"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [command] = re.findall(r"<code>euthymia (explain .*?)</code>", explained.page)
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(html.unescape(command)), "--json"])
    assert not ended.value.code
    assert json.loads(capsys.readouterr().out) == explained.data


def test_a_question_names_its_studies_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "question.yaml").write_text(to_yaml(small()), encoding="utf-8")
    asked = ["--arm", "ketamine", "--against", "stressed", "--assay", "forced_swim", "--time", "1 d", "--study", "S02"]
    with pytest.raises(SystemExit):
        main(["explain", "--protocol", str(tmp_path / "question.yaml"), *asked])
    assert "leave --study out" in capsys.readouterr().err


def test_without_assay_and_time_the_first_assay_is_meant_at_its_last_time() -> None:
    contrast = check.contrast_of(small(), ArmContrast(arm="ketamine", against="stressed"))
    assert [str(one.time) for one in contrast.sides] == ["7 d", "7 d"]
    assert {one.assay for one in contrast.sides} == {"forced_swim"}


def test_an_effect_that_is_not_there_is_told() -> None:
    result = done(Task.explanation(small(), ArmContrast(arm="ketamine", against="stressed")))
    harmless(result)
    assert result.data["explained"] is False


def test_an_explanation_is_of_few_animals() -> None:
    contrast = ArmContrast(arm="ketamine", against="stressed")
    assert Task.explanation(small(animals=300), contrast).payload["animals"] == EXPLAINED
    assert Task.explanation(small(animals=8), contrast).payload["animals"] == 8
    with pytest.raises(RequestError, match="takes 1 to 48"):
        check.check_task(Task.explanation(small(), contrast, animals=100), Limits())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"arm": "ketamin", "against": "stressed"}, "no arm “ketamin”. Did you mean “ketamine”"),
        ({"arm": "stressed", "against": "stressed"}, "Both sides are the arm “stressed”"),
        ({"arm": "ketamine", "against": "stressed", "assay": "forced_swin"}, "Did you mean “forced_swim”"),
    ],
)
def test_contrasts_that_cannot_be_are_refused_before_they_wait(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)):
        check.check_task(Task.explanation(small(), ArmContrast(**asked)), Limits())


def test_a_time_that_is_not_sampled_is_refused() -> None:
    contrast = ArmContrast.model_validate({"arm": "ketamine", "against": "stressed", "time": "3 d"})
    with pytest.raises(RequestError, match="Day 3 is not sampled"):
        done(Task.explanation(small(), contrast))


def test_a_model_is_simulated() -> None:
    result = done(Task.model(DECAY, hours=20.0, points=21))
    harmless(result)
    assert result.data["name"] == "decay"
    assert result.data["time"][-1] == 20.0
    assert result.data["outputs"]["S1"]["values"][0] == 10.0
    rows = list(csv.reader(io.StringIO(result.files["table.csv"])))
    assert rows[0] == ["time", *result.data["outputs"]]
    assert [float(row[0]) for row in rows[1:]] == result.data["time"]
    assert result.files["model.ant"].strip() == DECAY
    assert "euthymia simulate model.ant --end 20 --points 21" in result.page


def test_a_model_in_sbml_is_simulated() -> None:
    result = done(Task.model(antimony_to_sbml(DECAY), hours=20.0, points=3))
    assert set(result.data["outputs"]) == set(done(Task.model(DECAY, hours=20.0, points=3)).data["outputs"])
    assert "model.xml" in result.files


def test_a_model_that_does_not_move_is_drawn() -> None:
    result = done(Task.model("S1 -> S2; 0*S1; S1 = 0; S2 = 0", hours=1.0, points=2))
    assert "<svg" in result.page


@pytest.mark.parametrize("text", ["/etc/passwd", "study.yaml", "../../etc/hostname", "C:\\x.xml"])
def test_a_model_is_never_taken_for_a_path(text: str) -> None:
    with pytest.raises(ModelError, match="not valid Antimony"):
        done(Task.model(text, hours=1.0, points=2))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "nothing that changes"),
        ("S1 -> ; k*S1; S1 = 1", "k"),
        ("<sbml/>", "SBML"),
        ("x' = x^2; x = 1", "run|step"),
    ],
)
def test_models_that_cannot_be_simulated_are_refused(text: str, said: str) -> None:
    with pytest.raises(EuthymiaError, match=said):
        done(Task.model(text, hours=1000.0, points=5))


def test_a_study_is_reproduced() -> None:
    result = done(Task.study(files_of(OWN), animals=8, seed=1))
    harmless(result)
    assert {one["finding"] for one in result.data["findings"]} >= {result.data["findings"][0]["finding"]}
    assert set(result.files) == {"study.html", "scorecard.json", "scorecard.csv"}
    assert json.loads(result.files["scorecard.json"])["study"] == result.data["study"]
    assert "/tmp" not in result.page
    assert "euthymia-study" not in "".join(result.files.values())


def test_problems_of_a_study_have_file_and_line_in_the_study() -> None:
    files = files_of(OWN)
    files["study.yaml"] = files["study.yaml"].replace(b"format: 1", b"format: 7\nextra: 1")
    with pytest.raises(RecordError) as caught:
        done(Task.study(files, animals=8, seed=1))
    assert [one.place for one in told(caught.value)] == ["study.yaml:2", "study.yaml:3"]


@pytest.mark.parametrize("name", ["parameters.tsv", "mechanism.ant"])
def test_a_missing_file_of_a_study_is_told_without_the_folders_of_the_server(name: str) -> None:
    files = {key: content for key, content in files_of(OWN).items() if key != name}
    with pytest.raises(RecordError) as caught:
        done(Task.study(files, animals=8, seed=1))
    assert any(one.place == name for one in told(caught.value))
    assert not any("euthymia-study" in f"{one.en}{one.zh}{one.place}" for one in told(caught.value))


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "a\\b"])
def test_a_study_cannot_write_outside_of_its_folder(name: str) -> None:
    with pytest.raises(RecordError, match="leads out of"):
        done(Task.study({**files_of(OWN), name: b"x"}, animals=8, seed=1))


def test_a_question_costs_what_its_experiments_do() -> None:
    cost = cost_of(read_question(EXAMPLES / "ketamine_bci_grid.yaml"))
    assert (cost.animals, cost.arms, cost.days) == (100, 31, 49.0)
    assert cost.animal_days == 100 * 31 * 49
    assert cost_of(read_question(EXAMPLES / "tbp_and_ketamine_by_susceptibility.yaml")).animals == 4 * 80


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_are_within_the_limits(file: Path) -> None:
    check.check_task(Task.question(read_question(file)), Limits())


def test_each_limit_that_a_question_passes_is_named() -> None:
    question = small(animals=500, sampling=[{"assay": "forced_swim", "times": ["300 d"]}])
    with pytest.raises(RequestError) as caught:
        check.check_task(Task.question(question), Limits(arms=1, cost=100, days=30))
    said = [one.en for one in told(caught.value)]
    assert len(said) == 4
    assert all("this server takes at most" in one and "euthymia simulate" in one for one in said)
    assert all("本服务器最多接受" in one.zh for one in told(caught.value))


def test_models_are_bounded_in_time_and_points() -> None:
    for hours, points in ((0.0, 10), (1e9, 10), (1.0, 1), (1.0, 10**6)):
        with pytest.raises(RequestError, match="this server takes"):
            check.check_task(Task.model(DECAY, hours=hours, points=points), Limits())


def test_the_key_depends_on_all_that_the_result_does(monkeypatch: pytest.MonkeyPatch) -> None:
    contrast = ArmContrast(arm="ketamine", against="stressed")
    tasks = [
        Task.question(small()), Task.question(small(seed=2)), Task.question(small(animals=12)),
        Task.explanation(small(), contrast), Task.explanation(small(), contrast, animals=12),
        Task.model(DECAY, hours=1.0, points=2), Task.model(DECAY, hours=1.0, points=3),
        Task.study({"a": b"1"}, animals=4, seed=1), Task.study({"a": b"2"}, animals=4, seed=1),
    ]  # fmt: skip
    keys = [one.key for one in tasks]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)
    assert [Task.from_json(one.to_json()).key for one in tasks] == keys
    monkeypatch.setattr("euthymia.serving.tasks.version_stamp", lambda: "another version")
    assert tasks[0].key != keys[0]


def test_a_study_goes_through_a_task_unchanged() -> None:
    files = {"study.yaml": "研究".encode(), "data/x.bin": bytes(range(256))}
    assert Task.from_json(Task.study(files, animals=4, seed=1).to_json()).files == files


def test_numbers_that_do_not_exist_are_null() -> None:
    data = {"a": [1.0, float("nan")], "b": (float("inf"), "x", None)}
    assert finite(data) == {"a": [1.0, None], "b": [None, "x", None]}


def test_problems_are_told_in_both_languages() -> None:
    error = RecordError([
        Problem(msg("The file is empty."), Place("/tmp/euthymia-worker-x_1/euthymia-study-9a_b/data/x.tsv", 3)),
        Problem(msg("“{found}” is neither a study of the atlas nor a folder. {suggestion}",
                    found="/private/var/euthymia-study-abc", suggestion="")),
    ])  # fmt: skip
    first, second = told(error)
    assert first == Told("The file is empty.", "文件为空。", "data/x.tsv:3")
    assert "euthymia-study" not in second.en + second.zh
    assert Told.read(first.to_dict()) == first
