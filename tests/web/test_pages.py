"""The pages in a real browser: both languages, every width, keyboard, no script, no network."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sample import entry

from euthymia.report import write_report
from euthymia.report.palette import DARK, LIGHT

NAMES = ("index.html", "s90.html")
KEPT_PLACE = 2.0
"""Pixels by which the text that is read may move when the language changes: rounding of the scroll position."""
CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of usual size."""
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

UNNAMED = """selector => [...document.querySelectorAll(selector)].map(one => one.getAttribute('aria-labelledby') || '')
    .filter(ids => !ids.split(' ').some(id => (document.getElementById(id) || {}).textContent))"""


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Open]:
    """Opens a page of the report; the test fails on console errors and on any request but the file itself."""
    problems: list[str] = []
    with ExitStack() as stack:

        def open_page(name: str, query: str = "", *, script: bool = True, base: Path = report) -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script)
            stack.callback(context.close)
            page = context.new_page()
            address = (base / name).as_uri()
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("request", lambda one: None if one.url.startswith("file:") else problems.append(one.url))
            page.goto(address + query)
            return page

        yield open_page
    assert problems == []


@pytest.mark.parametrize("name", NAMES)
def test_one_language_is_shown_and_the_page_is_never_wider_than_the_screen(opened: Open, name: str) -> None:
    page = opened(name)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for button, language, other in (("中文", "zh", "en"), ("English", "en", "zh")):
        page.get_by_role("button", name=button).click()
        assert page.evaluate(VISIBLE_OF, other) == 0
        assert page.evaluate(VISIBLE_OF, language) > 20
        assert page.evaluate("document.documentElement.lang").startswith(language)
        assert (page.title() == "Sample drug and its spines · euthymia") == (name == "s90.html" and language == "en")
        if language == "zh":
            assert page.evaluate(TEXT_WITHOUT_CHINESE) == []
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_switch_keeps_the_place_and_is_remembered(opened: Open) -> None:
    page = opened("s90.html")
    page.evaluate("document.querySelector('#courses ~ section details').open = true")
    page.evaluate("document.querySelector('#f-F3').scrollIntoView({block: 'start', behavior: 'instant'})")
    page.evaluate("window.scrollBy({top: 30, behavior: 'instant'})")
    where = "document.querySelector('#f-F3').getBoundingClientRect().top"
    before = page.evaluate(where)
    page.get_by_role("button", name="中文").evaluate("one => one.click()")
    assert abs(page.evaluate(where) - before) <= KEPT_PLACE
    assert page.evaluate("document.querySelector('#courses ~ section details').open")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.lang") == "zh"
    assert page.get_by_role("button", name="中文").get_attribute("aria-pressed") == "true"
    page.get_by_role("link", name="euthymia").first.click()
    assert page.evaluate("document.documentElement.dataset.lang") == "zh"


def test_language_may_stand_in_the_fragment(opened: Open) -> None:
    assert opened("s90.html", "#lang=zh").evaluate("document.documentElement.dataset.lang") == "zh"


def test_page_works_where_storage_is_forbidden(browser: Browser, report: Path) -> None:
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})")
    page = context.new_page()
    page.goto((report / "s90.html").as_uri())
    page.get_by_role("button", name="中文").click()
    assert page.evaluate("document.documentElement.dataset.lang") == "zh"
    context.close()


def test_switch_is_reached_by_keyboard(opened: Open) -> None:
    page = opened("s90.html")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.switch") == "zh":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.lang") == "zh"


@pytest.mark.parametrize("name", NAMES)
def test_without_script_the_page_is_whole_and_english(opened: Open, name: str) -> None:
    page = opened(name, script=False)
    assert page.locator("h1").is_visible()
    assert not page.locator(".switch").is_visible()
    assert page.locator('h1 [lang="zh"]').is_hidden()
    assert page.locator("svg.chart:visible").count() >= 1


@pytest.mark.parametrize("name", NAMES)
def test_structure_serves_screen_readers(opened: Open, name: str) -> None:
    page = opened(name)
    assert page.locator("h1").count() == 1
    levels = [int(one[1]) for one in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => h.tagName)")]
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    for landmark in ("main", "header", "footer"):
        assert page.locator(landmark).count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    for selector in ("svg[role=img]", "[role=region]", "section"):
        assert page.evaluate(UNNAMED, selector) == []
    assert page.evaluate("[...document.querySelectorAll('table')].every(one => one.caption && one.querySelector('th'))")
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(one => one.tabIndex === 0)")
    for place in ("main", "footer"):
        assert "no medical advice" in page.locator(place).inner_text()


def test_verdicts_are_filtered_without_script(opened: Open) -> None:
    page = opened("s90.html", script=False)
    rows = page.locator(".verdicts tbody tr:visible")
    everything = rows.count()
    page.locator("input[value=validate]").check()
    assert 0 < rows.count() < everything


def test_point_shows_its_numbers(opened: Open) -> None:
    page = opened("s90.html")
    point = page.locator("#courses ~ section .has-tip").nth(1)
    assert not point.locator(".tip").is_visible()
    point.locator(".hit").hover()
    assert point.locator(".tip").is_visible()
    assert "published −0.50 ± 2.2, n = 9" in (point.locator(".tip").text_content() or "")


@pytest.mark.parametrize(("language", "section", "rule"), [
    ("en", "Credibility", "Get independent reviews"), ("zh", "可信度", "获取独立评审"),
])  # fmt: skip
def test_both_pages_hold_a_credibility_section_in_both_languages(
    opened: Open, language: str, section: str, rule: str
) -> None:
    for name in NAMES:
        found = opened(name, f"?lang={language}").locator("section:has(#credibility)")
        assert section in found.locator("h2").inner_text()
        assert rule in found.inner_text()
        assert found.locator("tbody tr").count() >= 10


def test_hostile_words_stay_words(opened: Open, tmp_path: Path) -> None:
    title = "<script>window.hurt=1</script><img src=x onerror=alert(1)> \"' & </style>"
    write_report([entry(title)], tmp_path, command="<b>euthymia</b>")
    for name in NAMES:
        page = opened(name, base=tmp_path)
        assert page.evaluate("window.hurt === undefined && !document.querySelector('img')")
        assert "<b>euthymia</b>" in page.locator("pre").inner_text()
    assert title in page.locator("main").inner_text()


def test_pages_name_nothing_outside(report: Path) -> None:
    for name in NAMES:
        text = (report / name).read_text(encoding="utf-8")
        loaded = re.findall(r"(?:src|url\(|@import|<link[^>]+href=)[\"'(= ]*(https?:)?//", text)
        assert loaded == []


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_colours_have_contrast(scheme: dict[str, str]) -> None:
    texts = ("ink", "soft", "accent", "yes", "no", "maybe", "none", *(f"c{i}" for i in range(6)))
    for text in texts:
        for ground in ("paper", "surface", "sunk"):
            assert _contrast(scheme[text], scheme[ground]) >= CONTRAST, (text, ground)


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
