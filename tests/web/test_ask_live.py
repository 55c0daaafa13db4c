"""The page "Ask" and the interface of the server understand each other; jobs end at once without computing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, cast

import pytest
from asked import write_page
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Route, expect

from euthymia.asking import read_question
from euthymia.serving.app import create_app
from euthymia.serving.jobs import Job, Jobs
from euthymia.serving.limits import Limits
from euthymia.serving.pages import Pages
from euthymia.serving.results import Results
from euthymia.serving.tasks import Task
from explorer import FakeJobs, FakeResults, call
from support import REPOSITORY

ADDRESS: Final = "http://localhost:8000"
STUDY: Final = REPOSITORY / "tests" / "own_study"
QUESTIONS: Final = REPOSITORY / "examples" / "questions"


class QuickJobs(FakeJobs):
    """Jobs that are done when they are submitted; what was asked is kept."""

    def __init__(self, results: FakeResults) -> None:
        super().__init__(results)
        self.tasks: list[Task] = []

    def submit(self, task: Task) -> Job:
        super().submit(task)
        self.tasks.append(task)
        return super().submit(task)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = write_page(tmp_path_factory.mktemp("live"))
    (folder / "index.html").write_text("<!DOCTYPE html><title>t</title>", encoding="utf-8")
    results = FakeResults()
    jobs = QuickJobs(results)
    made = create_app(Pages.read(folder), cast(Jobs, jobs), cast(Results, results), Limits(workers=1))
    made.state.tasks = jobs.tasks
    return made


@pytest.fixture
def page(browser: Browser, app: FastAPI) -> Iterator[Page]:
    """The page, whose requests the application answers in this process."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    problems: list[str] = []
    with ThreadPoolExecutor(1) as aside:

        def answered(route: Route) -> None:
            request = route.request
            path, _, query = request.url.removeprefix(ADDRESS).partition("?")
            found = aside.submit(
                call, app, path, method=request.method, body=request.post_data_buffer or b"", query=query,
                headers={**request.all_headers(), "host": "localhost:8000", "accept-encoding": "identity"},
            ).result()  # fmt: skip
            route.fulfill(status=found.status, headers=dict(found.headers), body=found.body)

        opened = context.new_page()
        opened.on("console", lambda one: None if "Failed to load" in one.text else problems.append(one.text))
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.route("**/*", answered)
        opened.goto(f"{ADDRESS}/ask.html")
        opened.locator("#ask-groups .group").first.wait_for()
        yield opened
        context.close()
    assert problems == []


def tell(page: Page, question: dict[str, Any]) -> None:
    """Give the page a question as data."""
    page.evaluate("document.querySelector('#ask-as-data').open = true")
    page.locator("#ask-data-text").fill(json.dumps(question))
    page.get_by_role("button", name="Apply").click()


def test_a_question_is_taken_answered_and_its_files_can_be_had(page: Page, app: FastAPI) -> None:
    expect(page.locator("[data-place=animals]")).to_have_attribute("max", str(Limits().animals))
    page.locator("[data-place='arms.1.protocol.0.dose']").fill("2.5")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#ask-result")).to_contain_text("done")
    shown = json.loads(page.locator("#ask-data-text").input_value())
    assert read_question(app.state.tasks[-1].payload["question"]) == read_question(shown)
    names = page.locator(".file-list a code").all_inner_texts()
    assert "answer.json" in names
    with page.expect_download() as saved:
        page.locator(".file-list a").filter(has_text="answer.json").click()
    assert saved.value.suggested_filename == "answer.json"


def test_every_problem_of_a_question_is_told_at_its_field(page: Page) -> None:
    question = json.loads(page.locator("#ask-data-text").input_value())
    question["arms"][1]["protocol"][0] |= {"dose": "-1 mg/kg", "route": "xx"}
    question["arms"][0]["protocol"] = [{"gene": "NTRK2", "change": "knock_down", "level": 3, "where": "whole_body"}]
    question["sampling"][0]["times"] = ["soon"]
    question["animals"] = 0
    tell(page, question)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#ask-problems")).to_be_visible()
    wrong = page.locator("[aria-invalid=true]").evaluate_all("all => all.map(one => one.dataset.place)")
    assert {"arms.1.protocol.0.dose", "arms.1.protocol.0.route", "sampling.0.times", "animals"} <= set(wrong)
    assert any(place.startswith("arms.0.protocol.0") for place in wrong)


def test_files_of_every_kind_are_taken(page: Page, app: FastAPI, tmp_path: Path) -> None:
    file = QUESTIONS / "ketamine_bci_grid.yaml"
    page.locator("#ask-open").set_input_files(file)
    expect(page.locator("#ask-told")).to_contain_text(file.name)
    assert read_question(json.loads(page.locator("#ask-data-text").input_value())) == read_question(file)
    model = tmp_path / "model.ant"
    model.write_text("S1 -> ; k*S1; S1 = 1; k = 1\n", encoding="utf-8")
    page.locator("#ask-model-file").set_input_files(model)
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#ask-own-model-result")).to_contain_text("done")
    assert app.state.tasks[-1].payload["points"] == 200
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for one in sorted(STUDY.rglob("*")):
            if one.is_file():
                archive.write(one, one.relative_to(STUDY))
    page.locator("#ask-study-file").set_input_files(
        {"name": "study.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    )
    page.get_by_role("button", name="Check and run").click()
    expect(page.locator("#ask-own-study-result")).to_contain_text("done")
    assert app.state.tasks[-1].kind == "study"
    page.locator("#ask-study-file").set_input_files(model)
    page.get_by_role("button", name="Check and run").click()
    expect(page.locator("#ask-own-study .own-problems")).not_to_be_empty()
