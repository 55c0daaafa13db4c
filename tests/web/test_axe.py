"""Every kind of page keeps the rules of WCAG 2.2 AA that a program can check, with all that can be opened open."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe import violations
from playwright.sync_api import Browser
from sample import entry
from test_site import regions

from euthymia.site import build_site

LOOKS = (("en", "light", 1280), ("en", "dark", 390), ("zh", "light", 390), ("zh", "dark", 1280))
"""Each pair of language, scheme and width occurs."""
SITE = ("index.html", "s90.html", "digest.html", "glossary.html", "data.html")
REPORT = ("index.html", "s90.html")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, report: Path) -> dict[str, Path]:
    site = tmp_path_factory.mktemp("axe")
    build_site([entry()], site, command="euthymia site build S90 --out site", regions=regions())
    return {"site": site, "report": report}


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
@pytest.mark.parametrize(("folder", "name"), [*(("site", one) for one in SITE), *(("report", one) for one in REPORT)])
def test_a_page_keeps_the_rules(
    browser: Browser, folders: dict[str, Path], folder: str, name: str, look: tuple[str, str, int]
) -> None:
    language, scheme, width = look
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900},  # type: ignore[arg-type]
                                  reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    page.goto(f"{(folders[folder] / name).as_uri()}?lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = violations(page)
    context.close()
    assert found == []


def test_what_is_wrong_is_found(browser: Browser, folders: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto((folders["site"] / "data.html").as_uri())
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    (found,) = violations(page)
    page.close()
    assert found.startswith("image-alt (critical) at 1: img.")
