"""The site in a real browser, from disk: both languages, map and graph, every width, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sample import entry, words

from euthymia.records.regions import Regions
from euthymia.site import build_site

PAGES = ("index.html", "ask.html", "s90.html", "digest.html", "glossary.html", "data.html")
STUDY = "s90.html"
Open = Callable[..., Page]
VISIBLE_OF = """language => [...document.querySelectorAll(`[lang="${language}"]`)].filter(one =>
    one.checkVisibility()).length"""
TEXT_WITHOUT_CHINESE = r"""() => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
        if (parent.closest('[lang="en"],[lang="en-US"],code,pre,style,script')) continue;
        if (/([A-Za-z]{3,}\s+){2,}[A-Za-z]{3,}/.test(text) && !/[一-鿿]/.test(text)) found.push(text);
    }
    return found;
}"""

MIDDLE_OF_FIRST_LINK = """() => { const graph = document.querySelector('.explore').euthymiaGraph;
    const spot = graph.edges()[0].renderedMidpoint(), box = graph.container().getBoundingClientRect();
    return [box.left + spot.x, box.top + spot.y]; }"""


def regions() -> Regions:
    def place(**more: Any) -> dict[str, Any]:
        return {"label": words("a place", "某处"), "note": words("It is here.", "就在这里。")} | more

    spot = {"at": [400, 200, 30, 20, 0], "name_at": [300, 60]}
    places = {
        "front": place(kind="region", shape={"band": [0.1, 0.3], "name_at": [150, 90]}, entities={"S90": ["spines"]}),
        "deep": place(kind="region", shape=spot, entities={"S90": ["pt"]}),
        "cells": place(kind="cells", within=["deep"], entities={"S90": ["pt"]}),
    }
    return Regions.model_validate_json(json.dumps({"format": 1, "places": places}))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site([entry()], folder, command="euthymia site build S90 --out site", regions=regions())
    return folder


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Open]:
    """Opens a page of the site; the test fails on console messages and on requests that leave the folder."""
    problems: list[str] = []
    inside = site.as_uri()
    with ExitStack() as stack:

        def open_page(name: str, query: str = "", *, script: bool = True, width: int = 1280) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script,
                                          reduced_motion="reduce")  # fmt: skip
            stack.callback(context.close)
            page = context.new_page()
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("request", lambda one: None if one.url.startswith((inside, "data:")) else problems.append(one.url))
            page.goto((site / name).as_uri() + query)
            return page

        yield open_page
    assert problems == []


@pytest.mark.parametrize("name", PAGES)
def test_one_language_is_shown_and_no_page_is_wider_than_the_screen(opened: Open, name: str) -> None:
    page = opened(name)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for button, language, other in (("中文", "zh", "en"), ("English", "en", "zh")):
        page.get_by_role("button", name=button, exact=True).click()
        assert page.evaluate(VISIBLE_OF, other) == 0
        assert page.evaluate(VISIBLE_OF, language) > 10
        if language == "zh":
            assert page.evaluate(TEXT_WITHOUT_CHINESE) == []
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files_and_anchors_that_are_there(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    for target in set(re.findall(r'(?:href|src)="([^"]+)"', text)):
        if target.startswith(("https://doi.org/", "data:")):
            continue
        file, _, anchor = target.partition("#")
        found = site / file if file else site / name
        assert found.is_file(), target
        if anchor and not anchor.startswith("i-"):
            assert f'id="{anchor}"' in found.read_text(encoding="utf-8"), target


@pytest.mark.parametrize("name", PAGES)
def test_policy_forbids_inline_scripts_and_other_places(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[0]
    scripts = re.findall(r"script-src ([^;]+)", policy)[0].split()
    assert [one for one in scripts if not one.startswith("'sha256-")] == ["'self'"]
    assert "default-src 'none'" in policy


def test_the_first_page_tells_how_findings_outside_every_fit_fared(opened: Open) -> None:
    assert opened("index.html").locator(".kept:visible").inner_text().startswith("Of the 2 findings kept out of every")


def test_map_shows_what_a_place_involves_by_pointer_keyboard_and_link(opened: Open) -> None:
    page = opened("index.html")
    assert page.locator(".place-entry:visible").count() == 0
    page.locator(".brain [data-place=deep] .spot").click()
    assert page.locator("#place-deep").is_visible()
    assert page.locator("#place-deep .count").count() > 0
    assert page.evaluate("location.hash") == "#place-deep"
    page.locator(".brain [data-place=front]").focus()
    page.keyboard.press("Enter")
    assert page.locator(".place-entry:visible").evaluate_all("all => all.map(one => one.id)") == ["place-front"]
    page.locator(".choices [data-place=cells]").click()
    assert page.locator(".brain .lit").get_attribute("data-place") == "deep"
    assert opened("index.html", "#place-deep").locator("#place-deep").is_visible()


def test_map_is_a_list_without_script(opened: Open) -> None:
    page = opened("index.html", script=False)
    assert page.locator(".place-entry:visible").count() == 3


@pytest.mark.parametrize("width", [360, 1280])
def test_graph_shows_evidence_parameters_and_what_breaks(opened: Open, width: int) -> None:
    page = opened(STUDY, width=width)
    assert not page.locator(".still").is_visible()
    buttons = page.locator(".steps button")
    buttons.nth(0).focus()
    assert buttons.nth(0).get_attribute("aria-pressed") == "true"
    assert page.locator(".about-link h4").count() == 4
    page.keyboard.press("ArrowRight")
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    said = page.locator(".about-link").inner_text()
    page.evaluate("document.querySelector('#graph').scrollIntoView({block: 'center', behavior: 'instant'})")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y = page.evaluate(MIDDLE_OF_FIRST_LINK)
    page.mouse.move(x, y)
    page.wait_for_function("said => document.querySelector('.about-link').innerText !== said", arg=said)
    assert buttons.nth(0).get_attribute("aria-pressed") == "true"


def test_graph_speaks_the_language_that_is_chosen(opened: Open) -> None:
    page = opened(STUDY)
    label = "document.querySelector('.explore').euthymiaGraph.nodes()[0].style('label')"
    assert page.evaluate(label) == "sampline"
    page.get_by_role("button", name="中文", exact=True).click()
    page.wait_for_function(f"{label} === '样品药'")


def test_without_script_the_chain_is_a_picture_and_a_table(opened: Open) -> None:
    page = opened(STUDY, script=False)
    assert page.locator(".still svg").first.is_visible()
    assert page.locator(".chain-table tbody tr").count() > 1


def test_language_goes_along_from_page_to_page_and_keeps_the_anchor(opened: Open) -> None:
    page = opened("digest.html")
    page.get_by_role("button", name="中文", exact=True).click()
    page.locator("a[href*='#f-']").first.click()
    assert page.evaluate("document.documentElement.dataset.lang") == "zh"
    assert page.evaluate("location.hash").startswith("#f-")


def test_digest_links_each_claim_to_a_finding_and_exists_as_markdown(opened: Open, site: Path) -> None:
    page = opened("digest.html")
    assert page.locator(".text li a[href*='#f-']").count() > 0
    for language, name in (("en", "reproduces"), ("zh", "重现")):
        text = (site / f"digest.{language}.md").read_text(encoding="utf-8")
        assert name in text
        assert "](s90.html#f-" in text


def test_glossary_has_the_assays_and_drugs_of_the_studies_and_the_places(site: Path) -> None:
    text = (site / "glossary.html").read_text(encoding="utf-8")
    for name in ("a-density", "a-swim", "d-sampline", "p-deep", "v-yes", "s-assumed", "t-receptor"):
        assert f'id="{name}"' in text, name


def test_a_link_of_the_graph_can_be_tapped(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto((site / STUDY).as_uri())
    page.evaluate("document.querySelector('#graph').scrollIntoView({block: 'center', behavior: 'instant'})")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y = page.evaluate(MIDDLE_OF_FIRST_LINK)
    page.touchscreen.tap(x, y)
    page.wait_for_function("document.querySelector('.steps button').getAttribute('aria-pressed') === 'true'")
    context.close()
