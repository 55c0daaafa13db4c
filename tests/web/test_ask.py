"""The page "Ask" in a real browser: from disk, and with a server whose answers are canned."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from asked import script, write_page
from axe import violations
from playwright.sync_api import Browser, Page, Route, expect

from euthymia.asking import read_question
from euthymia.site.ask import SCRIPTS
from euthymia.site.askwords import PHRASES
from euthymia.site.atlasdata import atlas_data, example_questions, plain_question
from euthymia.site.frame import ASK

ADDRESS: Final = "http://localhost/"
KEY: Final = "ab" * 32
MARK: Final = "#ask-timeline [data-key='{}'][tabindex]"
DOSE: Final = "arms.1.protocol.0.at.0"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("ask"))


@dataclass
class Server:
    """A server that hands out the page and answers requests from a list of canned answers by method and path."""

    folder: Path
    answers: dict[str, list[tuple[int, Any, dict[str, str]]]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def says(self, request: str, *answers: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """What is answered to a request, one after another; the last one stays."""
        self.answers.setdefault(request, []).extend((status, one, headers or {}) for one in answers)

    def serve(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(ADDRESS).partition("?")[0]
        if not path.startswith("api/"):
            self.hand_out(route, path)
            return
        name = f"{request.method} {path.removeprefix('api/')}"
        self.asked.append((name, request.post_data_json if "json" in request.headers.get("content-type", "") else
                           request.post_data))  # fmt: skip
        waiting = self.answers.get(name)
        if not waiting:
            route.fulfill(status=404, json={"problems": []})
            return
        status, answer, headers = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if answer == "lost":
            route.abort()
        elif isinstance(answer, str):
            route.fulfill(status=status, body=answer, content_type="text/html", headers=headers)
        else:
            route.fulfill(status=status, json=answer, headers=headers)

    def hand_out(self, route: Route, path: str) -> None:
        file = self.folder / path
        if not file.is_file():
            route.fulfill(status=404)
            return
        text = file.read_text(encoding="utf-8").replace('data-api=""', 'data-api="api/"', 1)
        kind = {".html": "text/html", ".js": "text/javascript"}.get(file.suffix, "text/plain")
        route.fulfill(status=200, body=text, content_type=f"{kind}; charset=utf-8")


def job(state: str, **more: Any) -> dict[str, Any]:
    """A job as the server tells it."""
    told = {"id": "j1", "kind": "question", "state": state, "done": 0, "total": 0, "ahead": None, "seconds": 1.0,
            "result": None, "problems": []}  # fmt: skip
    return told | more


DONE: Final = job("done", done=200, total=200, result=KEY)
CONTRAST: Final = {"arm": "psilocybin", "against": "stressed", "assay": "forced_swim", "of": None, "day": 28.0}
FRAGMENT: Final = '<h3 class="told"><span lang="en">Told</span><span lang="zh">结果</span></h3>'


def ready(server: Server) -> Server:
    """A server that runs any question at once."""
    server.says("GET atlas", {"limits": {"animals": 400, "arms": 4, "days": 400}})
    server.says("POST jobs", job("waiting", ahead=2), status=202)
    server.says("GET jobs/j1", job("running", done=50, total=200), DONE)
    server.says(f"GET results/{KEY}", {"contrasts": [CONTRAST]})
    server.says(f"GET results/{KEY}/page", FRAGMENT)
    server.says(f"GET results/{KEY}/files", [{"name": "answer.json", "bytes": 2400, "type": "application/json"}])
    return server


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Open]:
    """Opens the page, from disk or from a server; the test fails on messages in the console."""
    problems: list[str] = []
    with ExitStack() as stack:

        def open_page(fragment: str = "", *, server: Server | None = None, width: int = 1280, script: bool = True,
                      dark: bool = False, hurry: bool = False) -> Page:  # fmt: skip
            context = browser.new_context(
                viewport={"width": width, "height": 900}, java_script_enabled=script, reduced_motion="reduce",
                color_scheme="dark" if dark else "light", permissions=["clipboard-read", "clipboard-write"],
            )  # fmt: skip
            stack.callback(context.close)
            page = context.new_page()
            page.on("console", lambda one: None if "Failed to load" in one.text else problems.append(one.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            if hurry:
                page.add_init_script(
                    "const slow = setTimeout; setTimeout = (run, time) => slow(run, Math.min(time, 20))"
                )
            if server is not None:
                page.route("**/*", server.serve)
            page.goto((ADDRESS + ASK if server else (folder / ASK).as_uri()) + fragment)
            if script:
                ready_to_use(page)
            return page

        yield open_page
    assert problems == []


@pytest.fixture
def server(folder: Path) -> Server:
    return ready(Server(folder))


def ready_to_use(page: Page) -> None:
    page.locator("#ask-groups .group").first.wait_for()


def question(page: Page) -> dict[str, Any]:
    """The question as the page shows it as data."""
    found: dict[str, Any] = json.loads(page.locator("#ask-data-text").input_value())
    return found


def labelled(page: Page, place: str) -> Any:
    """The field of a place of the question."""
    return page.locator(f"[data-place='{place}']")


def chinese(page: Page) -> None:
    page.get_by_role("button", name="中文", exact=True).click()


def test_a_worked_question_is_there_at_once_in_both_languages(opened: Open) -> None:
    page = opened()
    assert question(page) == plain_question(example_questions()["psilocybin"])
    assert labelled(page, "arms.1.label").input_value() == "psilocybin 1 mg/kg"
    assert page.locator("#ask-timeline").get_by_role("button", name="psilocybin 1 mg/kg, day 0").count() == 1
    chinese(page)
    assert labelled(page, "title").input_value() == "应激三周后单次给予裸盖菇素"
    assert labelled(page, "arms.1.label").input_value() == "裸盖菇素 1 mg/kg"
    assert page.locator("#ask-timeline").get_by_role("button", name="裸盖菇素 1 mg/kg，第 0 天").count() == 1
    assert labelled(page, "arms.1.protocol.0.at.how").locator("option:checked").inner_text() == "单次"
    assert page.locator("[lang=en]:visible").count() == 0


def test_a_changed_dose_changes_question_name_and_title(opened: Open) -> None:
    page = opened("#use=ketamine")
    labelled(page, "arms.1.protocol.0.dose").fill("12.5")
    found = question(page)
    assert found["arms"][1]["protocol"] == [{"drug": "ketamine", "dose": "12.5 mg/kg", "route": "ip", "at": ["0 d"]}]
    labelled(page, "arms.1.label").fill("mine")
    labelled(page, "arms.1.protocol.0.dose").fill("3")
    assert question(page)["arms"][1]["label"] == "mine"
    assert question(page)["title"]["en"].startswith("mine against stressed")


def test_names_follow_the_dose_until_they_are_typed(opened: Open) -> None:
    page = opened()
    labelled(page, "arms.1.protocol.0.dose").fill("2")
    assert question(page)["arms"][1]["label"] == {"en": "psilocybin 2 mg/kg", "zh": "裸盖菇素 2 mg/kg"}
    assert labelled(page, "arms.1.label").input_value() == "psilocybin 2 mg/kg"


def test_a_number_that_cannot_be_read_is_told_at_its_field_and_changes_nothing(opened: Open) -> None:
    page = opened()
    before = question(page)
    labelled(page, "arms.1.protocol.0.dose").fill("-1")
    control = labelled(page, "arms.1.protocol.0.dose")
    assert control.get_attribute("aria-invalid") == "true"
    error = page.locator("#" + str(control.get_attribute("aria-describedby")).split()[-1])
    assert "number" in error.inner_text()
    assert question(page) == before
    control.fill("1")
    assert control.get_attribute("aria-invalid") is None


def test_marks_are_dragged_along_the_axis_of_time(opened: Open) -> None:
    page = opened()
    mark = page.locator(MARK.format(DOSE))
    box = mark.bounding_box()
    day = page.locator(MARK.format("sampling.0.times.2")).bounding_box()
    assert box
    assert day
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    page.mouse.move(day["x"] + day["width"] / 2, y, steps=6)
    page.mouse.up()
    assert question(page)["arms"][1]["protocol"][0]["at"] == ["7 d"]
    assert labelled(page, "arms.1.protocol.0.at").input_value() == "7"


def test_marks_are_moved_with_the_arrow_keys(opened: Open) -> None:
    page = opened()
    page.locator(MARK.format(DOSE)).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert question(page)["arms"][1]["protocol"][0]["at"] == ["8 d"]
    assert "day 8" in str(page.locator(MARK.format(DOSE)).get_attribute("aria-label"))
    page.locator(MARK.format("cohort.stress.0.start@0")).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert question(page)["cohort"]["stress"] == [{"stress": "chronic_restraint", "start": "-22 d", "days": 20}]
    page.locator(MARK.format("sampling.0.times.4")).focus()
    page.keyboard.press("ArrowLeft")
    assert question(page)["sampling"][0]["times"][-1] == "27 d"
    page.keyboard.press("Enter")
    expect(labelled(page, "sampling.0.times")).to_be_focused()


def test_doses_repeat_in_even_steps_or_at_listed_times(opened: Open) -> None:
    page = opened()
    labelled(page, "arms.1.protocol.0.at.how").select_option("series")
    labelled(page, "arms.1.protocol.0.at.count").fill("3")
    labelled(page, "arms.1.protocol.0.at.every").fill("2")
    assert question(page)["arms"][1]["protocol"][0]["at"] == ["0 d", "2 d", "4 d"]
    mark = page.locator(MARK.format("arms.1.protocol.0.at"))
    assert mark.get_attribute("aria-label") == "psilocybin 1 mg/kg, 3 times from day 0 to day 4"
    mark.focus()
    page.keyboard.press("ArrowRight")
    assert question(page)["arms"][1]["protocol"][0]["at"] == ["1 d", "3 d", "5 d"]
    labelled(page, "arms.1.protocol.0.at.how").select_option("list")
    labelled(page, "arms.1.protocol.0.at").fill("2 h, 1，5 天")
    assert question(page)["arms"][1]["protocol"][0]["at"] == ["2 h", "1 d", "5 d"]


def test_groups_are_added_from_the_searched_list_copied_moved_and_removed(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Add a group").click()
    page.get_by_role("searchbox").fill("氯胺")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(labelled(page, "arms.2.label")).to_be_focused()
    assert [arm["id"] for arm in question(page)["arms"]] == ["stressed", "psilocybin", "ketamine"]
    page.locator("#ask-copy-2").click()
    page.locator("#ask-up-3").click()
    labelled(page, "arms.2.protocol.0.dose").fill("30")
    assert [arm["id"] for arm in question(page)["arms"]][2:] == ["ketamine_2", "ketamine"]
    assert question(page)["arms"][2]["label"]["en"] == "ketamine 30 mg/kg"
    page.locator("#ask-remove-3").click()
    page.locator("#ask-remove-1").click()
    assert [arm["id"] for arm in question(page)["arms"]] == ["stressed", "ketamine_2"]
    assert len(page.locator("#ask-groups .group").all()) == 2


def test_every_kind_of_intervention_has_fields_and_unknown_ones_stay_as_data(opened: Open) -> None:
    page = opened()
    for name in ("Change of a gene", "Cells driven or silenced", "Infusion into the brain", "Running", "Injury",
                 "Something else, as data"):  # fmt: skip
        page.locator("[id='arms.1.protocol-add']").click()
        page.get_by_role("button", name=name, exact=True).click()
    labelled(page, "arms.1.protocol.1.change").select_option("over_expression")
    labelled(page, "arms.1.protocol.1.level").fill("300")
    labelled(page, "arms.1.protocol.2.method").select_option("chemogenetic")
    labelled(page, "arms.1.protocol.2.timed").uncheck()
    labelled(page, "arms.1.protocol.3.amount").fill("0.5")
    labelled(page, "arms.1.protocol.4.duration").fill("45")
    labelled(page, "arms.1.protocol.5.at").fill("-14")
    raw = labelled(page, "arms.1.protocol.6")
    raw.fill('{"imaging": "apical_dendrites", "sessions": ["-1 d", "1 d"]}')
    raw.press("Tab")
    protocol = question(page)["arms"][1]["protocol"]
    assert protocol[1] == {"gene": "NTRK2", "change": "over_expression", "where": "whole_body", "level": 3}
    assert protocol[2]["method"] == "chemogenetic"
    assert "start" not in protocol[2]
    assert protocol[3]["amount"] == 0.5
    assert protocol[4]["duration"] == "45 min"
    assert protocol[5] == {"injury": "spared_nerve_injury", "at": "-14 d"}
    assert protocol[6] == {"imaging": "apical_dendrites", "sessions": ["-1 d", "1 d"]}
    read_question(question(page))


def test_stress_animals_readings_and_comparisons(opened: Open) -> None:
    page = opened()
    labelled(page, "cohort.stress.0.days").fill("14")
    labelled(page, "animals").fill("48")
    labelled(page, "cohort.sex").select_option("female")
    labelled(page, "sampling.0.times").fill("1, 7")
    page.get_by_role("button", name="Add an assay").click()
    page.get_by_role("searchbox").fill("spine density")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    labelled(page, "sampling.1.of.IT").check()
    labelled(page, "contrasts").select_option("chosen")
    labelled(page, "contrasts.0.assay").select_option("forced_swim")
    labelled(page, "contrasts.0.time").select_option("1 d")
    found = question(page)
    assert found["animals"] == 48
    assert found["cohort"] == {"stress": [{"stress": "chronic_restraint", "start": "-21 d", "days": 14}],
                               "sex": "female"}  # fmt: skip
    assert found["sampling"] == [{"assay": "forced_swim", "times": ["1 d", "7 d"]},
                                 {"assay": "spine_density", "of": ["PT", "IT"], "times": ["1 d", "7 d"]}]  # fmt: skip
    assert found["contrasts"] == [{"arm": "psilocybin", "against": "stressed", "assay": "forced_swim", "time": "1 d"}]
    read_question(found)
    page.get_by_role("button", name="Remove: Stress").click()
    assert "stress" not in question(page)["cohort"]
    assert question(page)["arms"][0]["label"]["en"] == "untreated"


def test_examples_pass_through_the_form_unchanged(opened: Open) -> None:
    page = opened()
    for name, wanted in example_questions().items():
        page.locator(f"[data-example={name}]").click()
        assert question(page) == plain_question(wanted)
        assert read_question(question(page)) == wanted


def test_a_group_takes_along_what_speaks_of_it(opened: Open) -> None:
    page = opened()
    page.locator("[data-example=ketamine_and_bci]").click()
    assert page.locator("#ask-has-rest").is_visible()
    labelled(page, "combinations.0.full").select_option("unstressed")
    labelled(page, "combinations.0.time").select_option("7 d")
    asked = {"both": "both", "first": "ketamine", "second": "bci", "none": "stressed"}
    assert question(page)["combinations"] == [asked | {"assay": "forced_swim", "time": "7 d", "loewe": False}]
    page.get_by_role("button", name="Ask whether two do more together").click()
    assert question(page)["combinations"][1] == asked
    page.locator("#ask-remove-2").click()
    assert "combinations" not in question(page)
    assert page.locator("#ask-told").inner_text() != ""
    read_question(question(page))


def test_a_link_brings_the_whole_question_back(opened: Open) -> None:
    page = opened()
    page.locator("[data-example=run_and_ssri]").click()
    labelled(page, "arms.1.label").fill("SSRI, 一 <b>&")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#ask-told")).to_contain_text("The link is copied")
    link = page.evaluate("location.href")
    assert "#q=" in link
    other = opened("#" + link.partition("#")[2])
    assert question(other) == question(page)
    chinese(other)
    other.reload()
    ready_to_use(other)
    assert question(other) == question(page)
    assert other.evaluate("document.documentElement.dataset.lang") == "zh"


def test_the_language_in_the_address_goes_with_the_question(opened: Open) -> None:
    page = opened("?lang=en")
    labelled(page, "arms.1.protocol.0.dose").fill("2")
    expect(page).to_have_url(re.compile("#q="))
    before = page.evaluate("location.hash")
    chinese(page)
    assert page.evaluate("location.search") == "?lang=zh"
    assert page.evaluate("location.hash") == before


def test_a_broken_link_is_told_and_the_usual_question_shown(opened: Open) -> None:
    page = opened("#q=abc")
    for fragment in ("", "!!", "", "q1YqSSxRslJQyk4tUdJRykvMTVWyUjIGAA"):
        expect(page.locator("#ask-told")).to_contain_text("damaged")
        assert question(page) == plain_question(example_questions()["psilocybin"])
        page.locator("[data-example=half_of_trkb]").click()
        page.evaluate("text => { location.hash = 'q=' + text; }", fragment)


def test_interventions_of_a_link_are_groups_beside_stressed_animals(opened: Open) -> None:
    page = opened("#use=ketamine,run,no_such")
    assert [arm["id"] for arm in question(page)["arms"]] == ["stressed", "ketamine", "run"]
    assert "no_such" in page.locator("#ask-told").inner_text()
    read_question(question(page))


def test_a_link_to_a_treatment_opens_at_its_dose(opened: Open) -> None:
    page = opened("#use=psilocybin")
    dose = labelled(page, "arms.1.protocol.0.dose")
    assert dose.evaluate("field => field === document.activeElement")
    dose.fill("0.3")
    assert question(page)["arms"][1]["label"]["en"] == "psilocybin 0.3 mg/kg"


def test_all_interventions_of_the_catalogue_make_questions_that_can_be_read(opened: Open) -> None:
    page = opened()
    names = [one["id"] for one in atlas_data()["interventions"]]
    made = page.evaluate("names => names.map(one => euthymiaAsk.question.plain(euthymiaAsk.question.using([one])))",
                         names)  # fmt: skip
    assert len(made) == len(names)
    for one in made:
        read_question(one)


def test_a_saved_file_is_read_by_the_command_line_and_opened_again(opened: Open, tmp_path: Path) -> None:
    page = opened()
    page.locator("[data-example=ketamine_and_bci]").click()
    labelled(page, "title").fill("mine: “x” # 一")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Save as protocol file").click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == "question.yaml"
    assert read_question(file) == read_question(question(page))
    before = question(page)
    other = opened()
    other.locator("#ask-open").set_input_files(file)
    expect(other.locator("#ask-told")).to_contain_text("question.yaml")
    assert question(other) == before


def test_without_a_server_yaml_files_are_refused_with_what_to_do(opened: Open, folder: Path) -> None:
    page = opened()
    page.locator("#ask-open").set_input_files(folder / "questions" / "run_and_ssri.yaml")
    expect(page.get_by_role("alert").filter(has_text="euthymia simulate")).to_be_visible()
    assert page.locator("#ask-run").is_hidden()
    page.locator("#ask-how").click()
    page.locator("[data-copy=ask-command]").click()
    expect(page.locator("#ask-told")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()").startswith("euthymia simulate")


def test_edited_data_are_taken_over_or_refused(opened: Open) -> None:
    page = opened()
    page.get_by_text("The question as data").click()
    data = question(page)
    data["arms"][1]["protocol"][0]["dose"] = "4 mg/kg"
    page.locator("#ask-data-text").fill(json.dumps(data))
    page.get_by_role("button", name="Apply").click()
    assert labelled(page, "arms.1.protocol.0.dose").input_value() == "4"
    page.locator("#ask-data-text").fill('{"arms": 3}')
    page.get_by_role("button", name="Apply").click()
    assert page.locator("#ask-data-error").is_visible()
    assert labelled(page, "arms.1.protocol.0.dose").input_value() == "4"


def test_a_run_shows_progress_the_answer_its_files_and_explanations(opened: Open, server: Server) -> None:
    page = opened(server=server)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#ask-running [role=status]").first).to_contain_text("before it: 2")
    expect(page.locator(".run-numbers").first).to_contain_text("50 of 200")
    expect(page.locator("#ask-result .told")).to_be_visible()
    sent = next(data for name, data in server.asked if name == "POST jobs")
    assert sent == {"kind": "question", "question": question(page)}
    href = page.locator(".file-list a").get_attribute("href")
    assert href == f"api/results/{KEY}/files/answer.json"
    assert page.locator("#ask-stale").is_hidden()
    labelled(page, "arms.1.protocol.0.dose").fill("2")
    assert page.locator("#ask-stale").is_visible()
    server.answers["POST jobs"] = [(200, {**DONE, "kind": "explanation"}, {})]
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.locator(".explained-result .told")).to_be_visible()
    sent = [data for name, data in server.asked if name == "POST jobs"][-1]
    assert sent["contrast"] == {"arm": "psilocybin", "against": "stressed", "assay": "forced_swim", "time": "28 d"}


def test_a_run_can_be_cancelled(opened: Open, server: Server) -> None:
    server.answers["GET jobs/j1"] = [(200, job("running", done=1, total=200), {})]
    server.says("DELETE jobs/j1", job("cancelled"))
    page = opened(server=server)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run-numbers").first).to_contain_text("1 of 200")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".run-end").first).to_contain_text("Cancelled.")
    assert "DELETE jobs/j1" in [name for name, _ in server.asked]
    assert page.locator("#ask-run").is_enabled()


def test_a_busy_server_is_asked_again_by_itself(opened: Open, server: Server) -> None:
    server.answers["POST jobs"] = [(429, {"problems": [{"en": "full", "zh": "满", "place": None}]},
                                    {"Retry-After": "1"}), (200, DONE, {})]  # fmt: skip
    page = opened(server=server)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run-numbers").first).to_contain_text("Next try in 1 s")
    expect(page.locator("#ask-result .told")).to_be_visible()
    assert [name for name, _ in server.asked].count("POST jobs") == 2


@pytest.mark.parametrize(("lost", "comes_back"), [("lost", True), (None, True), ("lost", False)])
def test_a_lost_server_is_asked_again_at_most_twice(
    opened: Open, server: Server, lost: str | None, *, comes_back: bool
) -> None:  # fmt: skip
    server.answers["GET jobs/j1"] = [(404 if lost is None else 200, lost or {"problems": []}, {})]
    if comes_back:
        server.answers["GET jobs/j1"].append((200, DONE, {}))
    page = opened(server=server, hurry=True)
    page.get_by_role("button", name="Run", exact=True).click()
    if comes_back:
        expect(page.locator("#ask-result .told")).to_be_visible()
    else:
        expect(page.locator(".run-end").first).to_contain_text("cannot be reached")
    assert [name for name, _ in server.asked].count("POST jobs") == (2 if comes_back else 3)


def test_problems_stand_at_their_fields_and_in_a_summary(opened: Open, server: Server) -> None:
    told = [
        {"en": "Too much.", "zh": "太多。", "place": "arms.1.protocol.0.drug.dose"},
        {"en": "No such time.", "zh": "没有这个时间。", "place": "sampling.0.times.3"},
        {"en": "All is too much.", "zh": "总量太大。", "place": None},
    ]
    server.answers["POST jobs"] = [(422, {"problems": told}, {})]
    page = opened(server=server)
    page.get_by_role("button", name="Run", exact=True).click()
    summary = page.locator("#ask-problems")
    expect(summary).to_contain_text("All is too much.")
    assert summary.get_attribute("role") == "alert"
    dose = labelled(page, "arms.1.protocol.0.dose")
    assert dose.get_attribute("aria-invalid") == "true"
    described = str(dose.get_attribute("aria-describedby")).split()
    assert "Too much." in " ".join(page.locator(f"#{name}").inner_text() for name in described)
    assert labelled(page, "sampling.0.times").get_attribute("aria-invalid") == "true"
    summary.get_by_role("link", name="No such time.").click()
    expect(labelled(page, "sampling.0.times")).to_be_focused()
    chinese(page)
    assert "太多。" in summary.inner_text()
    assert "Too much." not in summary.inner_text()
    server.answers["POST jobs"] = [(200, DONE, {})]
    page.locator("#ask-run").click()
    expect(page.locator("#ask-result .told")).to_be_visible()
    assert summary.is_hidden()
    assert dose.count() == 0 or dose.get_attribute("aria-invalid") is None


def test_limits_of_the_server_are_kept(opened: Open, server: Server) -> None:
    page = opened(server=server)
    expect(labelled(page, "animals")).to_have_attribute("max", "400")
    for _ in range(2):
        page.locator("#ask-copy-1").click()
    assert page.locator("#ask-add-group").is_disabled()
    assert page.locator("#ask-groups-full").is_visible()
    labelled(page, "animals").fill("401")
    page.get_by_role("button", name="Run", exact=True).click()
    assert page.locator("#ask-problems").is_visible()
    assert "POST jobs" not in [name for name, _ in server.asked]


def test_files_go_to_the_server(opened: Open, server: Server, folder: Path, tmp_path: Path) -> None:
    wanted = plain_question(example_questions()["run_and_ssri"])
    server.says("POST uploads/protocol", {"question": wanted})
    server.says("POST uploads/model", {**DONE, "kind": "model"})
    server.says(
        "POST uploads/study", {"problems": [{"en": "Not a ZIP.", "zh": "不是 ZIP。", "place": None}]}, status=422
    )
    page = opened(server=server)
    page.locator("#ask-open").set_input_files(folder / "questions" / "run_and_ssri.yaml")
    expect(page.locator("#ask-told")).to_contain_text("run_and_ssri")
    assert question(page) == wanted
    model = tmp_path / "m.ant"
    model.write_text("S1 -> ; k*S1; S1 = 1; k = 1", encoding="utf-8")
    page.locator("#ask-model-file").set_input_files(model)
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#ask-own-model-result .told")).to_be_visible()
    page.get_by_role("button", name="Check and run").click()
    expect(page.locator("#ask-own-study .own-problems")).to_contain_text("Choose a file")
    page.locator("#ask-study-file").set_input_files(model)
    page.get_by_role("button", name="Check and run").click()
    expect(page.locator("#ask-own-study .own-problems")).to_contain_text("Not a ZIP.")


def test_everything_is_done_by_keyboard(opened: Open, server: Server) -> None:
    page = opened(server=server)

    def tab_to(name: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if name in page.evaluate(
                "document.activeElement.id + ' ' + document.activeElement.getAttribute('data-key')"
            ):
                return
        raise AssertionError(name)

    tab_to(DOSE)
    page.keyboard.press("ArrowRight")
    tab_to("f-arms-1-protocol-0-dose")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    tab_to("arms.1.protocol-add")
    page.keyboard.press("Enter")
    page.keyboard.type("ketamine")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to("ask-run")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-result .told")).to_be_visible()
    expect(page.locator("#ask-answer-title")).to_be_focused()
    given = question(page)["arms"][1]["protocol"]
    assert [(one["drug"], one["at"]) for one in given] == [("psilocybin", ["1 d"]), ("ketamine", ["0 d"])]
    assert given[0]["dose"] == "2 mg/kg"


def test_nothing_is_wider_than_a_phone(opened: Open) -> None:
    page = opened(width=390)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for name in ("psilocybin", "light_in_pain", "ketamine_and_bci"):
        page.locator(f"[data-example={name}]").click()
        for width in (390, 360, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_happens_within_minutes_is_seen_close_by(opened: Open) -> None:
    page = opened()
    assert page.locator("#ask-zoom").is_hidden()
    page.locator("[data-example=light_in_pain]").click()
    first, last = (page.locator(MARK.format(f"sampling.0.times.{place}")) for place in (0, 2))

    def apart() -> float:
        boxes = first.bounding_box(), last.bounding_box()
        assert boxes[0]
        assert boxes[1]
        return boxes[1]["x"] - boxes[0]["x"]

    assert apart() < 2
    page.get_by_role("button", name="Zoom in on day 0").click()
    assert apart() > 200
    last.focus()
    page.keyboard.press("ArrowRight")
    assert question(page)["sampling"][0]["times"][2] == "12 min"


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_either_scheme(opened: Open, server: Server, *, dark: bool) -> None:
    page = opened(server=server, dark=dark)
    page.locator("[data-example=ketamine_and_bci]").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#ask-result .told")).to_be_visible()
    labelled(page, "arms.1.protocol.0.dose").fill("-1")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert violations(page) == []
    chinese(page)
    page.get_by_role("button", name="添加测量项目").click()
    assert violations(page) == []


def test_without_script_the_examples_are_links_to_files(opened: Open, folder: Path) -> None:
    page = opened(script=False)
    links = page.locator("noscript a, .plain-list a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert len(links) == len(example_questions())
    for one in links:
        read_question(folder / one)


def test_a_question_of_ill_will_shows_as_text(opened: Open) -> None:
    page = opened()
    evil = "<img src=x onerror=alert(1)>"
    data = question(page)
    data["title"] = evil
    data["arms"][1] = {
        "id": "x",
        "label": {"en": evil, "zh": evil},
        "protocol": [{"drug": evil, "dose": evil, "route": evil, "at": evil}, {evil: evil}],
    }
    data["sampling"].append({"assay": evil, "of": [evil], "times": [evil]})
    page.get_by_text("The question as data").click()
    page.locator("#ask-data-text").fill(json.dumps(data))
    page.get_by_role("button", name="Apply").click()
    assert page.locator("#ask-app img").count() == 0
    assert labelled(page, "arms.1.label").input_value() == evil


def test_scripts_hold_no_sentences_and_name_those_that_are_there() -> None:
    whole = "\n".join(script(name) for name in SCRIPTS)
    code = re.sub(r"/\*.*?\*/", "", whole, flags=re.DOTALL)
    strings = set(re.findall(r'"([^"\n]*)"', code))
    assert [one for one in strings if re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+|[\u4e00-\u9fff]{5,}", one)] == []
    named = set(re.findall(r'\bsay\("(\w+)"[,)]', code))
    assert named - set(PHRASES) == set()
    prefixes = tuple(one for one in strings if one.endswith("_"))
    assert [key for key in PHRASES if key not in strings and not key.startswith(prefixes)] == []


def test_the_policy_lets_the_page_speak_to_its_own_server_only(folder: Path) -> None:
    text = (folder / ASK).read_text(encoding="utf-8")
    assert "connect-src 'self'" in text
    assert text.count('data-api=""') - text.count('[data-api=""]') == 1
    assert "<script>" in text
    assert text.index('data-api=""') < 400
