"""What the pages offer to take along: tables and figures as files, figures as PNG made as they are seen, the PDF."""

from __future__ import annotations

import csv
import io
import json
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sample import entry
from test_site import regions

from euthymia.report.pages import page_names
from euthymia.site import build, build_site, pdf
from euthymia.site.compared import SHIPPED, read_compared
from euthymia.site.digest import Field
from euthymia.words import Message

UNDOWNLOADED = """() => [...document.querySelectorAll('main figure, main table')].filter(one =>
    !one.closest('figure, section').querySelector('.downloads a')).map(one =>
    one.querySelector('caption, figcaption')?.innerText || one.className)"""
"""Figures, and tables without one, that have no link to a file in their figure or section."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("downloads")
    build_site([entry()], made, command="euthymia site build S90 --out site", regions=regions(),
               compared=read_compared(SHIPPED))  # fmt: skip
    return made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A dark window at two device pixels a point, whose pages must not complain."""
    problems: list[str] = []
    made = browser.new_context(color_scheme="dark", viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    made.on("console", lambda message: problems.append(message.text))
    yield made
    made.close()
    assert problems == []


def opened(context: BrowserContext, file: Path, language: str = "en") -> Page:
    page = context.new_page()
    page.goto(f"{file.as_uri()}?lang={language}")
    return page


@pytest.mark.parametrize("name", ["index.html", "compare.html", "play.html", "do-psilocybin.html"])
def test_figures_and_tables_of_other_pages_have_files(context: BrowserContext, folder: Path, name: str) -> None:
    page = opened(context, folder / name)
    assert page.evaluate(UNDOWNLOADED) == []
    for link in page.locator(".downloads a").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        assert (folder / link).stat().st_size > 20
    assert page.locator("button[data-png]").count() == page.locator("main figure:has(svg)").count()


def test_every_file_of_data_is_in_the_catalogue(folder: Path) -> None:
    catalogue = (folder / "data.html").read_text(encoding="utf-8")
    files = [file.relative_to(folder).as_posix() for file in (folder / "data").rglob("*") if file.is_file()]
    assert [name for name in files if f'href="{name}"' not in catalogue] == []


def test_every_table_and_figure_of_a_study_has_a_file(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder / "s90.html")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate(UNDOWNLOADED) == []
    names = page.locator(".downloads a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    offered = {Path(name).name for name in names}
    assert offered >= {"findings.csv", "links.csv", "chain.zh.svg", "entities.csv", "parameters.csv", "cuts.csv",
                       "cuts-anew.csv", "scores.csv", "calibration.csv", "ranks.svg", "credibility.json", "fits.csv",
                       "credibility.zh.svg", "study.json", "imaging-density.csv"}  # fmt: skip
    catalogue = (folder / "data.html").read_text(encoding="utf-8")
    for name in names:
        assert (folder / name).stat().st_size > 20
        assert f'href="{name}"' in catalogue


def test_files_are_what_their_names_say(folder: Path) -> None:
    files = [file for file in (folder / "data").rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".csv", ".json", ".svg"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(text)))
            assert len(rows) > 1 and len({len(row) for row in rows}) == 1, file
        elif file.suffix == ".json":
            json.loads(text)
        else:
            assert float(ET.fromstring(text).get("height", "0")) > 0, file
            assert "var(--" not in text


def test_matrices_of_cuts_have_a_column_for_each_ablation(folder: Path) -> None:
    with (folder / "data/s90/cuts-anew.csv").open(encoding="utf-8") as stream:
        rows = {row["finding"]: row for row in csv.DictReader(stream)}
    assert rows["F1"]["no_formation"] == "replaced"
    assert [*rows["F1"]] == ["finding", "statement", "no_formation", "no_gate"]


@pytest.mark.parametrize(
    ("page", "name"),
    [("s90.html", "S90-credibility"), ("s90.html", "S90-chain"), ("s90.html", "S90-ranks"), ("index.html", "compare"),
     ("index.html", "brain")],
)  # fmt: skip
def test_a_figure_becomes_a_png_in_the_language_and_scheme_that_is_seen(
    context: BrowserContext, folder: Path, tmp_path: Path, page: str, name: str
) -> None:
    button = opened(context, folder / page, "zh").locator(f'button[data-png="{name}"]')
    with context.pages[0].expect_download() as waiting:
        button.click()
    assert waiting.value.suggested_filename == f"{name}.zh.png"
    waiting.value.save_as(tmp_path / "a.png")
    width, height, pixels = picture((tmp_path / "a.png").read_bytes())
    box = button.locator("xpath=ancestor::*[self::figure or @data-figure][1]").bounding_box()
    assert box is not None
    assert 0.5 * 2 * box["width"] < width <= 2 * box["width"] + 60
    assert height > 100
    assert sum(pixels[:3]) < 3 * 64, "the ground is dark"
    assert max(pixels) > 200, "and something is drawn on it"


def test_pages_that_stand_alone_make_pngs_too(context: BrowserContext, report: Path) -> None:
    page = opened(context, report / "s90.html")
    with page.expect_download() as waiting:
        page.locator('button[data-png="S90-imaging-density"]').click()
    assert waiting.value.suggested_filename == "S90-imaging-density.png"


def test_without_script_there_is_no_dead_button(browser: Browser, folder: Path, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    for file in (folder / "s90.html", folder / "index.html", report / "s90.html"):
        page = opened(context, file)
        assert page.locator("button[data-png]").count() > 0
        assert page.locator("button[data-png]:visible").count() == 0
    assert page.locator("text=Download:").locator("visible=true").count() == 0
    context.close()


def test_the_digest_is_linked_as_pdf(folder: Path) -> None:
    ready = pdf.press()
    for language in ("en", "zh"):
        name = pdf.pdf_name(language)  # type: ignore[arg-type]
        for page in ("digest.html", "data.html"):
            linked = f'href="{name}"' in (folder / page).read_text(encoding="utf-8")
            assert linked is (language in ready.fonts)
        assert (folder / name).exists() is (language in ready.fonts)


def test_without_typst_the_site_is_whole_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Message] = []
    monkeypatch.setattr(build, "press", lambda: pdf.Press({}, (Message("No PDF."),)))
    build_site([entry()], tmp_path, command="x", regions=regions(), say=said.append)
    assert [str(one) for one in said] == ["No PDF."]
    assert not list(tmp_path.glob("*.pdf"))
    text = (tmp_path / "digest.html").read_text(encoding="utf-8")
    assert ".pdf" not in text and "print this page" in text


def test_claims_of_the_pdf_name_their_finding_and_lead_to_its_study() -> None:
    whole = entry()
    field = Field({"S90": whole}, {"S90": page_names(["S90"])[0]}, (), None)
    parts = [part for block in pdf.digest_data(field, "zh")["blocks"] for line in block["lines"] for part in line]
    marks = {part["mark"]: part["address"] for part in parts if part["mark"]}
    assert {"S90", "F2", "F4"} <= set(marks)
    assert set(marks.values()) == {"https://doi.org/10.1000/sample"}
    assert all(part["words"] for part in parts)


def picture(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and bytes of the lines of a PNG without interlacing; the first line has no filter to undo."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    packed, place = b"", 8
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        packed += data[place + 8 : place + 8 + size] if kind == b"IDAT" else b""
        place += size + 12
    lines = zlib.decompress(packed)
    return width, height, lines[1:]
