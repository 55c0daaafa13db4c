"""Pages on paper: light, without what is there to be clicked, nothing cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sample import entry
from test_site import regions

from euthymia.site import build_site

PAPER = 688
"""Width of A4 between its margins, in CSS pixels."""
CUT = f"""() => [...document.querySelectorAll('main *')].filter(one => one.checkVisibility() &&
    !one.closest('.unseen, svg') && one.getBoundingClientRect().right > {PAPER} + 1).map(one => one.className)"""
CLICKED = "nav:visible, button:visible, fieldset:visible, .downloads:visible, summary:visible + *:not(:visible)"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, report: Path) -> dict[str, Path]:
    site = tmp_path_factory.mktemp("printed")
    build_site([entry()], site, command="euthymia site build S90 --out site", regions=regions())
    return {"site": site, "report": report}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("folder", "name"), [("site", "s90.html"), ("site", "digest.html"), ("site", "index.html"), ("report", "s90.html")]
)
def test_a_page_fits_on_paper(
    browser: Browser, folders: dict[str, Path], folder: str, name: str, language: str
) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": PAPER, "height": 1000})
    page = context.new_page()
    page.goto(f"{(folders[folder] / name).as_uri()}?lang={language}")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(CUT) == []
    assert page.locator(CLICKED).count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 33, 38)"
    assert page.pdf(format="A4").startswith(b"%PDF")
    context.close()


def test_claims_on_paper_name_their_findings(browser: Browser, folders: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto((folders["site"] / "digest.html").as_uri())
    after = "one => getComputedStyle(one, '::after').content"
    claim = page.locator("a[data-finding]").first
    assert claim.evaluate(after) == "none"
    page.emulate_media(media="print")
    assert claim.evaluate(after) != "none"
    page.close()
