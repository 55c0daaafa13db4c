"""Pages of interventions in a real browser, from disk: what one does, why, how sure, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe import violations
from playwright.sync_api import Browser, Page
from sample import entry, words

from euthymia.records.intervention import Catalogue, Entry, read_catalogue
from euthymia.site import build_site
from euthymia.site.compared import read_compared
from told import compared_folder, intervention

OWN = "do-sampline.html"
PAGES = ("interventions.html", OWN, "do-ketamine.html", "compare.html")
Open = Callable[..., Page]
SAMPLINE: dict[str, Any] = {
    "label": words("sampline, once", "样品药，单次"), "short": words("sampline", "样品药"), "study": "S90",
    "kind": "drug", "protocol": [{"drug": "sampline", "dose": "1 mg/kg", "route": "ip", "at": "0 d"}],
    "doses": {"factors": [0.1, 1, 3], "status": "assumed"}, "target": "htr2a", "as_in": "S90/imaging/drug",
}  # fmt: skip
VISIBLE_OF = """language => [...document.querySelectorAll(`[lang="${language}"]`)].filter(one =>
    one.checkVisibility()).length"""


def catalogue() -> Catalogue:
    """That of the atlas, with the drug of the sample study and one that is given to other cells."""
    own = Entry.model_validate_json(json.dumps(SAMPLINE))
    weekly = SAMPLINE | {"label": words("sampline, weekly", "样品药，每周"), "as_in": None}
    more = Entry.model_validate_json(json.dumps(weekly))
    whole = read_catalogue()
    known = {name: whole.interventions[name] for name in ("ketamine", "psilocybin", "run", "mtor")}
    return whole.model_copy(update={"interventions": {"sampline": own, "sampline_weekly": more, **known}})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    compared = compared_folder(tmp_path_factory.mktemp("compared"), intervention("sampline"),
                               intervention("ketamine", duration=None))  # fmt: skip
    build_site([entry()], folder, command="euthymia site build S90", compared=read_compared(compared),
               catalogue=catalogue())  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site without a comparison."""
    folder = tmp_path_factory.mktemp("plain")
    build_site([entry()], folder, command="euthymia site build S90", catalogue=catalogue())
    return folder


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Open]:
    """Opens a page of the site; the test fails on console messages and on requests that leave the folder."""
    problems: list[str] = []
    with ExitStack() as stack:

        def open_page(
            name: str, query: str = "", *, width: int = 1280, script: bool = True, dark: bool = False
        ) -> Page:  # fmt: skip
            context = browser.new_context(
                viewport={"width": width, "height": 900}, java_script_enabled=script, reduced_motion="reduce",
                color_scheme="dark" if dark else "light",
            )  # fmt: skip
            stack.callback(context.close)
            page = context.new_page()
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("request", lambda one: None if one.url.startswith((site.as_uri(), "data:"))
                    else problems.append(one.url))  # fmt: skip
            page.goto((site / name).as_uri() + query)
            return page

        yield open_page
    assert problems == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_speak_one_language_at_a_time_and_fit_the_screen(opened: Open, name: str) -> None:
    page = opened(name)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for button, language, other in (("中文", "zh", "en"), ("English", "en", "zh")):
        page.get_by_role("button", name=button, exact=True).click()
        assert page.evaluate(VISIBLE_OF, other) == 0
        assert page.evaluate(VISIBLE_OF, language) > 20
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("name", "dark"), [(OWN, False), (OWN, True), ("interventions.html", True)])
def test_pages_are_accessible(opened: Open, name: str, dark: bool) -> None:
    page = opened(name, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert violations(page) == []


def test_a_newcomer_finds_what_it_does_why_and_how_sure(opened: Open) -> None:
    page = opened("interventions.html")
    page.get_by_role("link", name="sampline, once").click()
    main = page.locator("main")
    text = main.inner_text()
    for said in ("It relieves stressed virtual mice from 6.5 h on, for 30 d; 90 % of the draws show an effect.",
                 "sampline 1 mg/kg into the abdomen (i.p.), on day 0", "It makes new spines that stay.",
                 "published findings about sampline", "Half of the largest effect"):  # fmt: skip
        assert said in text, said
    steps = page.locator("#why ~ .steps-told").first.locator("li")
    assert steps.first.inner_text().replace("\n", " ") == "1 It binds. released data (RAW)"
    assert page.locator("#doses").count() == 1


def test_why_leads_to_the_links_of_the_study_and_sure_to_its_findings(opened: Open, site: Path) -> None:
    study = (site / "s90.html").read_text(encoding="utf-8")
    page = opened(OWN)
    links = page.locator(".steps-told a.count, .told-table a.count")
    found = links.evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert len(found) > 5
    for target in found:
        name, _, anchor = target.partition("#")
        assert name.split("?")[0] == "s90.html"
        assert f'id="{anchor}"' in study


def test_buttons_ask_about_it_and_compare_it(opened: Open) -> None:
    hrefs = opened(OWN).locator(".answer .door").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert hrefs == ["ask.html?lang=en#use=sampline", "ask.html?lang=en#use=sampline,ketamine"]
    hrefs = opened("do-ketamine.html").locator(".answer .door").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))")  # fmt: skip
    assert hrefs == ["ask.html?lang=en#use=ketamine", "ask.html?lang=en#use=ketamine,psilocybin"]


def test_the_same_drug_given_otherwise_is_named(opened: Open) -> None:
    assert opened(OWN).locator("#elsewhere ~ p a").first.inner_text() == "sampline, weekly"


def test_rows_of_the_comparison_lead_to_the_pages(opened: Open) -> None:
    page = opened("compare.html")
    assert page.locator("nav.site-nav [aria-current]").inner_text() == "Treatments"
    page.locator("#i-sampline a").first.click()
    assert page.locator("h1").inner_text() == "sampline, once"


def test_an_intervention_of_a_study_that_is_not_here_says_so(opened: Open) -> None:
    text = opened("do-mtor.html").locator("main").inner_text()
    assert "is not part of this copy of the site" in text
    assert "No published finding of the studies here is about mTOR knocked down" in text


def test_without_a_comparison_nothing_is_made_up(browser: Browser, plain: Path) -> None:
    page = browser.new_page()
    page.goto((plain / OWN).as_uri())
    text = page.locator("main").inner_text()
    assert "was built without the comparison of interventions" in text
    assert page.locator(".facts-grid, #doses").count() == 0
    assert "mg/kg" in text
    assert not (plain / "compare.html").exists()
    page.close()


@pytest.mark.parametrize("name", ["interventions.html", OWN, "do-run.html", "compare.html"])
def test_links_lead_to_files_and_anchors(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    for target in set(re.findall(r'(?:href|src)="([^"]+)"', text)):
        if target.startswith(("https://doi.org/", "data:", "#i-")):
            continue
        file, _, anchor = target.partition("#")
        found = site / file if file else site / name
        assert found.is_file(), target
        if anchor and file != "ask.html":
            assert f'id="{anchor}"' in found.read_text(encoding="utf-8"), target


def found(page: Page) -> list[str]:
    return [str(one) for one in page.locator("[role=option]").evaluate_all(
        "all => all.map(one => one.querySelector('.found-name').innerText)")]  # fmt: skip


def look_up(page: Page, words: str) -> list[str]:
    field = page.get_by_role("combobox")
    field.fill("")
    field.focus()
    page.keyboard.type(words)
    page.wait_for_function("document.querySelector('[role=listbox]').childElementCount > 0")
    return found(page)


def test_search_finds_names_in_both_languages(opened: Open) -> None:
    page = opened("index.html")
    for words_asked, first, others in (
        ("samp", "sampline, once", ["sampline, weekly", "sampline"]),
        ("What does sampline do?", "sampline, once", ["sampline"]),
        ("样品药有什么作用？", "sampline, once", ["sampline"]),
        ("gamma", "GABA", []),
        ("5ht", "serotonin (5-HT)", []),
        ("running 30", "one bout of running, 30 min", []),
        ("裸盖", "psilocybin, once", []),
        ("spine formation", "spine formation", []),
        ("S90", "Sample drug and its spines", []),
    ):
        names = look_up(page, words_asked)
        assert names[0] == first, words_asked
        assert set(others) <= set(names)


def test_search_by_keyboard_opens_what_is_chosen_and_keeps_the_language(opened: Open) -> None:
    page = opened("s90.html")
    page.get_by_role("button", name="中文", exact=True).click()
    assert look_up(page, "sampline")[0] == "样品药，单次"
    field = page.get_by_role("combobox")
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") is None
    for key, chosen in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        page.keyboard.press(key)
        option = page.locator("[role=option][aria-selected=true]")
        assert option.get_attribute("id") == field.get_attribute("aria-activedescendant")
        assert option.evaluate("one => [...document.querySelectorAll('[role=option]')].indexOf(one)") == (
            chosen if chosen >= 0 else page.locator("[role=option]").count() - 1)  # fmt: skip
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/do-sampline.html?lang=zh")
    assert page.locator("h1").inner_text() == "样品药，单次"


def test_enter_opens_the_first_and_escape_closes(opened: Open) -> None:
    page = opened("digest.html")
    look_up(page, "ketam")
    page.keyboard.press("Escape")
    assert page.locator("[role=listbox]").is_hidden()
    assert page.get_by_role("combobox").get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    assert found(page)[0] == "ketamine, once"
    page.keyboard.press("Enter")
    page.wait_for_url("**/do-ketamine.html")


def test_search_says_how_much_it_found_and_when_it_found_nothing(opened: Open) -> None:
    page = opened("glossary.html")
    names = look_up(page, "sampline")
    status = page.locator("[role=search] [role=status]")
    assert status.inner_text() == f"Found: {len(names)}. Arrow keys choose, Enter opens."
    assert look_up(page, "xyzzy") == []
    assert status.inner_text() == "Nothing found."
    page.get_by_role("button", name="中文", exact=True).click()
    assert look_up(page, "xyzzy") == []
    assert page.locator(".found-none").inner_text() == "没有找到。"


def test_all_that_can_be_found_is_there(site: Path) -> None:
    text = (site / "assets" / "index.js").read_text(encoding="utf-8")
    whole = json.loads(text.partition(" = ")[2].rstrip(";\n"))
    for _, en, zh, href, _ in whole["items"]:
        file, _, anchor = href.partition("#")
        page = (site / file).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in page, href
        assert en
        assert zh


def test_the_index_is_read_when_search_is_used_not_before(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.rpartition("/")[2]))
    page.goto((site / "index.html").as_uri())
    assert "index.js" not in asked
    page.get_by_role("combobox").focus()
    page.wait_for_function("window.euthymiaIndex")
    assert asked.count("index.js") == 1
    page.close()


@pytest.mark.parametrize(("name", "width"), [("index.html", 360), (OWN, 360), (OWN, 1280)])
def test_the_list_fits_and_is_accessible(opened: Open, name: str, width: int) -> None:
    page = opened(name, width=width)
    assert look_up(page, "sampline")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("[role=listbox]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert violations(page) == []


def test_the_first_page_asks_what_a_newcomer_asks(opened: Open) -> None:
    page = opened("index.html")
    questions = page.locator(".examples a")
    assert questions.first.inner_text() == "What does psilocybin do?"
    questions.first.click()
    assert page.locator("h1").inner_text() == "psilocybin, once"


def test_without_script_there_is_no_field_that_does_nothing(opened: Open) -> None:
    page = opened("index.html", script=False)
    assert page.locator("[role=search]").is_hidden()
    assert page.locator(".examples a").first.is_visible()


FIRST = r"""words => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const spoken = new RegExp('(^|[^\\w-])(' + words + ')($|[^\\w-])', 'i');
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        if (spoken.test(walker.currentNode.textContent) && one.checkVisibility() && one.closest('[lang="en"]')
            && !one.closest('h1,h2,h3,h4,summary,button,a:not(.term),svg,.unseen,.tag,.use,.verdict,.eyebrow'))
            return one.closest('a.term')?.getAttribute('href') || walker.currentNode.textContent;
    }
    return 'nowhere';
}"""


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("index.html", {"draws?": "t-draw", "findings?": "t-finding", "mechanisms?": "t-mechanism"}),
        ("s90.html", {"draws?": "t-draw", "grade": "t-grade", "priors?": "t-prior", "median": "t-interval"}),
        (OWN, {"draws?": "t-draw", "grades?": "t-grade", "predictions?": "t-use", "joined model": "t-joined"}),
    ],
)
def test_a_difficult_word_is_explained_where_it_stands_first(opened: Open, name: str, terms: dict[str, str]) -> None:
    page = opened(name)
    for words_sought, entry_id in terms.items():
        assert page.evaluate(FIRST, words_sought) == f"glossary.html?lang=en#{entry_id}", words_sought


@pytest.mark.parametrize("width", [360, 1280])
def test_without_script_one_can_read_chinese_and_come_back(opened: Open, width: int) -> None:
    page = opened(OWN, script=False, width=width)
    switch, title = page.locator(".plain-switch summary"), page.locator("h1")
    assert title.inner_text() == "sampline, once"
    assert switch.inner_text() == "中文"
    switch.click()
    assert title.inner_text() == "样品药，单次"
    assert switch.inner_text() == "English"
    page.locator(".contents a").first.click()
    assert title.inner_text() == "样品药，单次"
    switch.focus()
    page.keyboard.press("Enter")
    assert title.inner_text() == "sampline, once"


def test_with_script_the_plain_switch_is_away(opened: Open) -> None:
    page = opened(OWN)
    assert page.locator(".plain-switch").is_hidden()
    page.locator(".plain-switch").evaluate("one => { one.open = true }")
    assert page.locator("h1").inner_text() == "sampline, once"


def test_the_button_puts_the_question_together(opened: Open) -> None:
    page = opened("do-ketamine.html")
    page.locator(".answer .door").nth(1).click()
    groups = page.locator("#ask-groups")
    groups.wait_for()
    assert "ketamine" in groups.inner_text()
    assert "psilocybin" in groups.inner_text()
