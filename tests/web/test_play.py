"""The page that plays a comparison: what stands in it without script, what changes with the time, and what is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from playwright.sync_api import Browser, Page, expect
from sample import entry, words
from test_site import regions

from euthymia.report.told import Told
from euthymia.site import build_site
from euthymia.site.compared import Compared
from euthymia.site.playing import playable
from told import intervention, told

TIMES = (0.001, 0.1, 1.0, 30.0)
COURSES = {"early": (1.2, 0.9, 0.1, 0.0), "late": (0.0, 0.1, 0.6, 2.0), "never": (0.0, -0.2, -0.7, 0.0)}
ONSETS = {"early": 0.001, "late": 0.8, "never": None}


def compared(**changes: object) -> Compared:
    def one(name: str) -> dict[str, object]:
        course = COURSES[name]
        reliefs = {"median": course, "low": [v - 0.3 for v in course], "high": [v + 0.4 for v in course]}
        return intervention(name, ONSETS[name], 1.0, label=words(f"the {name} one", f"{name}者"),
                            study=f"S0{len(name)}", reliefs=reliefs)  # fmt: skip

    file = Told.model_validate(told(*map(one, COURSES)) | {"days": 30.0, "times": TIMES} | changes)
    return Compared(file, {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("played")
    build_site([entry()], made, command="x", compared=compared(), regions=regions())
    return made


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((folder / "play.html").as_uri())
    yield page
    page.close()
    assert problems == []


def names(page: Page) -> list[str]:
    return [str(one.get_attribute("data-row")) for one in page.locator(".race li").all()]


def test_the_time_decides_what_is_noticeable_and_in_which_order(opened: Page) -> None:
    assert opened.locator("#noticed").inner_text() == "1"
    assert names(opened) == ["late", "early", "never"]
    assert opened.locator(".race .noticed").get_attribute("data-row") == "late"
    slider = opened.get_by_label("Time since the beginning")
    slider.focus()
    opened.keyboard.press("Home")
    assert names(opened) == ["early", "late", "never"]
    assert opened.locator("[data-row=early] .value").inner_text() == "1.2"
    assert opened.locator("[data-row=early].noticed").count() == 1
    assert slider.get_attribute("aria-valuetext") == "1 min"
    opened.keyboard.press("ArrowRight")
    assert opened.locator("[data-row=never] .value").inner_text() == "−0.2"
    opened.get_by_label("by study").check()
    assert names(opened) == ["late", "early", "never"]


def test_the_link_restores_what_was_seen(opened: Page) -> None:
    opened.get_by_label("first to act first").check()
    opened.get_by_label("Time since the beginning").press("End")
    assert "step=3&order=onset" in opened.url
    opened.reload()
    assert names(opened) == ["early", "late", "never"]
    assert opened.locator("#play-time .moment:visible").inner_text() == "30 d"


def test_it_plays_to_the_end_and_stops_when_asked(opened: Page) -> None:
    opened.get_by_role("button", name="Play").click()
    opened.wait_for_selector(".player:not(.playing)")
    expect(opened.locator("#play-range")).to_have_value("3")
    opened.get_by_role("button", name="Play").click()
    assert opened.locator(".player.playing").count() == 1
    opened.get_by_role("button", name="Pause").click()
    assert opened.locator(".player.playing").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_for_everybody(opened: Page, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    for button in ("English", "中文"):
        opened.get_by_role("button", name=button, exact=True).click()
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(opened) == []


def test_without_script_the_bars_of_a_day_and_the_whole_picture_stand(browser: Browser, folder: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto((folder / "play.html").as_uri())
    assert page.locator(".controls:visible").count() == 0
    assert page.locator("[data-row=late] .value").inner_text() == "0.6"
    assert page.locator(".relief-picture rect.r1, .relief-picture rect.r0").count() > 0
    page.close()


def test_its_table_has_every_reading(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "data" / "relief.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(TIMES) * len(COURSES)
    assert {row["intervention"]: row["relief_sd_median"] for row in rows if row["days"] == "30"} == {
        "early": "0.0", "late": "2.0", "never": "0.0"}  # fmt: skip


def test_a_comparison_without_courses_is_not_played() -> None:
    assert playable(compared(times=())) == []
