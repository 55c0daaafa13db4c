"""The interface: what it takes, what it gives, and how it refuses."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI

from euthymia.records.question import Question
from euthymia.serving.jobs import Jobs
from explorer import BODY, LIMITS, FakeJobs, call, fake_app, post

CONTRAST: Final = {"arm": "ketamine", "against": "none", "assay": "forced_swim", "time": "1 d"}
JOB: Final = {"kind": "question", "question": BODY}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[FastAPI, FakeJobs]:
    return fake_app(tmp_path_factory.mktemp("explorer") / "site")


@pytest.fixture
def app(served: tuple[FastAPI, FakeJobs]) -> FastAPI:
    return served[0]


@pytest.fixture
def jobs(served: tuple[FastAPI, FakeJobs]) -> FakeJobs:
    return served[1]


def study(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("study.yaml", b"format: 1\n")
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_health_and_atlas(app: FastAPI) -> None:
    found = call(app, "/api/health")
    assert {**found.json, "version": ""} == {"status": "ok", "version": "", "workers": 1, "waiting": 0, "running": 0}
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert call(app, "/api/atlas").json == {"studies": []}


def test_a_question_is_checked(app: FastAPI) -> None:
    found = post(app, "/api/questions/check", BODY)
    assert found.status == 200
    assert found.json["cost"] == {"animals": 4, "arms": 2, "days": 1.0, "animal_days": 8}
    asked = found.json["question"]
    assert asked["title"] == {"en": "Does it help?", "zh": "Does it help?"}
    assert post(app, "/api/questions/check", asked).json["question"] == asked
    Question.model_validate_json(json.dumps(asked))


def test_what_is_wrong_is_told_in_both_languages_with_its_place(app: FastAPI) -> None:
    wrong = json.loads(json.dumps(BODY))
    wrong["arms"][1]["protocol"][0]["dose"] = "5 kg"
    found = post(app, "/api/questions/check", wrong)
    assert found.status == 422
    assert found.problem["place"] == "arms.1.protocol.0.dose"
    assert "5 kg" not in found.problem["zh"] or "单位" in found.problem["zh"]
    large = post(app, "/api/questions/check", {**BODY, "animals": LIMITS.animals + 1})
    assert (large.status, "at most 400" in large.problem["en"]) == (422, True)


@pytest.mark.parametrize("path", ["/api/questions/check", "/api/jobs"])
def test_what_cannot_be_read_is_refused(app: FastAPI, path: str) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 9999, b'{"a": NaN}', b'{"a": 1, "a": 1}'):
        found = post(app, path, body)
        assert (found.status, len(found.json["problems"])) == (400, 1), body
    assert post(app, path, b"{}" + b" " * LIMITS.protocol_bytes).status == 413
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/json; charset=gbk",
    ):
        found = post(app, path, BODY, **{"content-type": kind})
        assert (found.status, "application/json" in found.problem["en"]) == (415, True)
    assert post(app, path, {**BODY, "x": 1}, **{"content-type": "application/json; charset=UTF-8"}).status == 422


def test_a_job_is_followed_to_its_result(app: FastAPI, jobs: FakeJobs) -> None:
    body = {**JOB, "question": {**BODY, "title": "One of a kind"}}
    first = post(app, "/api/jobs", body)
    assert (first.status, first.json["state"], first.headers["location"]) == (
        202,
        "waiting",
        f"/api/jobs/{first.json['id']}",
    )
    assert call(app, f"/api/jobs/{first.json['id']}").json == first.json
    again = post(app, "/api/jobs", body)
    assert (again.status, again.json["state"]) == (200, "done")
    key = again.json["result"]
    assert call(app, f"/api/results/{key}").json == {"kind": "question"}
    page = call(app, f"/api/results/{key}/page")
    assert (page.body, page.headers["content-type"]) == (b"<p>done</p>", "text/html; charset=utf-8")
    assert "sandbox" in page.headers["content-security-policy"]


def test_a_job_is_cancelled(app: FastAPI) -> None:
    job = post(app, "/api/jobs", {**JOB, "question": {**BODY, "title": "No longer wanted"}}).json
    found = call(app, f"/api/jobs/{job['id']}", method="DELETE")
    assert (found.status, found.json["state"], len(found.json["problems"])) == (200, "cancelled", 1)
    assert call(app, f"/api/jobs/{job['id']}", method="DELETE", headers={"origin": "http://evil.example"}).status == 403


def test_files_are_saved_and_run_nothing(app: FastAPI, jobs: FakeJobs) -> None:
    post(app, "/api/jobs", JOB)
    key = next(iter(jobs.results.kept))
    files = call(app, f"/api/results/{key}/files").json
    assert {one["name"]: (one["bytes"], one["type"]) for one in files} == {
        "answer.json": (3, "application/json"), "study.html": (25, "text/html; charset=utf-8"),
        'od"d\n.svg': (6, "image/svg+xml"),
    }  # fmt: skip
    found = call(app, f"/api/results/{key}/files/study.html")
    assert found.headers["content-disposition"] == 'attachment; filename="study.html"'
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "script-src" not in found.headers["content-security-policy"]
    assert "sandbox" in found.headers["content-security-policy"]
    odd = call(app, f'/api/results/{key}/files/od"d\n.svg')
    assert odd.headers["content-disposition"] == 'attachment; filename="od_d_.svg"'
    for path in (f"{key}/files/none.txt", f"{key}/files/../page", f"{key}/nothing", "0" * 64, "x", "0" * 64 + "/page"):
        assert call(app, f"/api/results/{path}").status == 404, path


def test_an_explanation_is_asked_for(app: FastAPI) -> None:
    body = {"kind": "explanation", "question": BODY, "contrast": CONTRAST}
    assert post(app, "/api/jobs", body).json["kind"] == "explanation"
    found = post(app, "/api/jobs", {**body, "contrast": {**CONTRAST, "against": "nobody"}})
    assert (found.status, found.problem["place"]) == (422, "contrast.against")


def test_uploads(app: FastAPI) -> None:
    question = json.dumps(BODY, indent=1).encode()
    found = call(
        app, "/api/uploads/protocol", method="POST", body=question, headers={"content-type": "application/yaml"}
    )
    assert found.json["question"]["studies"] == ["S02"]
    text = {"content-type": "text/plain"}
    found = call(app, "/api/uploads/protocol", method="POST", body=b"a: 1\na: 2", headers=text)
    assert (found.status, found.problem["place"]) == (422, "question.yaml:2")
    found = call(app, "/api/uploads/model", method="POST", body=b"S1 = 1", headers=text, query="hours=5&points=11")
    assert (found.status, found.json["kind"]) == (202, "model")
    found = call(app, "/api/uploads/model", method="POST", body=b'import "x"', headers=text)
    assert (found.status, found.problem["place"]) == (422, "Antimony text:1")
    packed = {"content-type": "application/zip"}
    found = call(app, "/api/uploads/study", method="POST", body=study(), headers=packed, query="animals=8&seed=3")
    assert (found.status, found.json["kind"]) == (202, "study")
    found = call(app, "/api/uploads/study", method="POST", body=study(**{"../x": b""}), headers=packed)
    assert (found.status, found.problem["place"]) == (422, "../x")
    assert (
        call(app, "/api/uploads/study", method="POST", body=bytes(LIMITS.archive_bytes + 1), headers=packed).status
        == 413
    )
    assert call(app, "/api/uploads/study", method="POST", body=study(), headers=text).status == 415


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("hours=0", "“hours” is more than 0; found 0."), ("hours=1e9", "“hours” is at most 9600; found 1e9."),
     ("points=1", "“points” is at least 2; found 1."), ("hours=nan", "“hours”"), ("hours=inf", "“hours”"),
     ("points=x", "“points” is a number; found “x”."), ("points=2.5", "“points” is a number; found “2.5”.")],
)  # fmt: skip
def test_parameters_have_bounds(app: FastAPI, query: str, sentence: str) -> None:
    found = call(
        app, "/api/uploads/model", method="POST", body=b"a = 1", headers={"content-type": "text/plain"}, query=query
    )
    assert found.status == 422
    assert sentence in found.problem["en"]


def test_a_full_queue_says_when_to_come_again(app: FastAPI, jobs: FakeJobs) -> None:
    jobs.full = True
    try:
        found = post(app, "/api/jobs", {**JOB, "question": {**BODY, "title": "Too late"}})
    finally:
        jobs.full = False
    assert (found.status, found.headers["retry-after"], len(found.json["problems"])) == (429, "7", 1)


def test_unknown_addresses_and_methods(app: FastAPI) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/jobs/../health", "/api/jobs/x", "/api/docs", "/api/health/"):
        found = call(app, path)
        assert (found.status, found.problem["place"]) == ((405 if path == "/api/jobs" else 404), None), path
    found = call(app, "/api/jobs")
    assert (found.status, found.headers["allow"]) == (405, "POST")
    assert call(app, "/api/health", method="POST").status == 405
    assert call(app, "/nothing").headers["content-type"] == "text/html; charset=utf-8"


def test_a_failure_is_told_and_gives_nothing_away(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object, _name: str) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(FakeJobs, "get", fail)
    sent: list[Any] = []
    with pytest.raises(RuntimeError):
        call(lambda scope, receive, send: app(scope, receive, lambda one: _keep(sent, one)), "/api/jobs/x")
    assert sent[0]["status"] == 500
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]
    assert b"secret" not in sent[1]["body"]
    assert len(json.loads(sent[1]["body"])["problems"]) == 1


async def _keep(sent: list[Any], message: Any) -> None:
    sent.append(message)


def test_the_description_names_every_route_and_refusal(app: FastAPI) -> None:
    whole = call(app, "/api/openapi.json").json
    assert set(whole["paths"]) == {
        "/api/health", "/api/atlas", "/api/questions/check", "/api/jobs", "/api/jobs/{job}", "/api/results/{key}",
        "/api/results/{key}/page", "/api/results/{key}/files", "/api/results/{key}/files/{name}",
        "/api/uploads/protocol", "/api/uploads/model", "/api/uploads/study",
    }  # fmt: skip
    for path, methods in whole["paths"].items():
        for method, told in methods.items():
            assert told["summary"], (path, method)
            assert {"400", "421", "500"} <= set(told["responses"])
            assert ("requestBody" in told) == (method == "post")
            for code, response in told["responses"].items():
                if code >= "400":
                    assert response["content"]["application/json"]["schema"] == {
                        "$ref": "#/components/schemas/Problems"
                    }
    references = {part for part in json.dumps(whole).split('"') if part.startswith("#/components/schemas/")}
    assert {one.rsplit("/", 1)[1] for one in references} <= set(whole["components"]["schemas"])
    assert "HTTPValidationError" not in whole["components"]["schemas"]


def test_no_page_of_the_interface_loads_from_elsewhere(app: FastAPI) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
        assert call(app, path).status == 404


def test_fakes_are_like_the_real_jobs() -> None:
    for name in ("submit", "get", "cancel", "load"):
        assert hasattr(Jobs, name)
        assert hasattr(FakeJobs, name)


def test_the_site_is_read_once(tmp_path: Path) -> None:
    app, _ = fake_app(tmp_path / "site")
    (tmp_path / "site" / "index.html").write_text("changed")
    assert b"changed" not in call(app, "/").body
