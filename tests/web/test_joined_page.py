"""The page of the joined model: what it says, in both languages, and where it is linked."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser
from sample import entry

from euthymia.errors import OutputError
from euthymia.findings.foresight import Foreseen, Foresight, unanswered
from euthymia.findings.verdict import Outcome, verdict_of
from euthymia.joined import Pair, composition, join_studies
from euthymia.joined.comparison import Comparison, Tally
from euthymia.joined.predictions import Forecast
from euthymia.records.finding import Finding
from euthymia.records.folder import StudyFolder
from euthymia.records.prediction import Prediction
from euthymia.report import write_report
from euthymia.report.joined import JSON, PAGE, TABLE, write_joined
from euthymia.report.joinedchart import alone_and_joined
from euthymia.site import JoinedRun
from euthymia.site.digest import Field
from euthymia.site.frame import WITH_JOINED
from euthymia.site.joining import joined_files
from euthymia.words import Text

HAN: Final = re.compile(r"[\u4e00-\u9fff]")
FELL: Final = "S02-03"
BOTH: Final = {"en": "<b>words</b>", "zh": "<b>文字</b>"}


def outcome(finding: Finding, probability: float) -> Outcome:
    return Outcome(finding, verdict_of(probability), probability, 0.05, 0.5, -2.0, -1.0, 0.0, "s", (10,), True, 20)


def prediction(name: str) -> Prediction:
    return Prediction.model_validate({
        "id": name, "kind": "prediction", "statement": BOTH, "why": BOTH, "would_test": BOTH,
        "rests_on": {"S02": ("feedback",)}, "untested": BOTH,
    })  # fmt: skip


@pytest.fixture(scope="module")
def compared(atlas: dict[str, StudyFolder]) -> Comparison:
    """Two studies joined, with probabilities made by hand: one falls, one comes out, one cannot be evaluated."""
    joined = join_studies([atlas["S02"], atlas["S03"]])
    shares = {FELL: (0.95, 0.1), "S02-04": (0.5, 0.9), "S02-05": (0.9, float("nan"))}
    pairs = {
        study: tuple(
            Pair(study, outcome(one, before), outcome(one, after))
            for one in folder.record.findings
            for before, after in [shares.get(one.id, (0.9, 0.9))]
        )
        for study, folder in joined.studies.items()
    }
    return Comparison(joined, composition(joined), pairs, (), {"seed": 1})


@pytest.fixture(scope="module")
def asked() -> Forecast:
    likely = Foreseen(prediction("P01"), Foresight.LIKELY, 0.9, 0.05, 0.5, -2.0, -1.0, -0.5, "s", draws=20)
    return Forecast((likely, unanswered(prediction("P02"), Text("not asked", "未询问"))), {"seed": 1})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, compared: Comparison, asked: Forecast) -> Path:
    return write_joined(compared, asked, tmp_path_factory.mktemp("joined"), command="euthymia joined").parent


def test_counts_are_apart_for_fit_and_test(compared: Comparison) -> None:
    whole = compared.tally()
    uses = [compared.tally(use="calibrate"), compared.tally(use="validate")]
    assert (whole.lost, whole.gained, whole.missing) == (1, 1, 1)
    assert whole.findings == sum(one.findings for one in uses)
    assert compared.tally("S03") == Tally(*[len(compared.pairs["S03"])] * 3, 0, 0, 0)
    assert [pair.alone.finding.id for pair in compared.conflicts] == [FELL]


def test_conflicts_stand_first(folder: Path) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    first = text.index("Where the studies pull apart")
    assert first < text.index(f'href="#f-{FELL}"') < text.index("Every finding, alone and joined</span>", first)
    assert "the joined animal does not show it" in text


def test_what_comes_from_records_is_escaped(folder: Path) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    assert "<b>words</b>" not in text
    assert "&lt;b&gt;words&lt;/b&gt;" in text


def test_the_data_say_what_the_page_says(folder: Path, compared: Comparison) -> None:
    whole = json.loads((folder / JSON).read_text(encoding="utf-8"))
    lost = [row["finding"] for row in whole["findings"] if row["conflict"]]
    assert lost == [FELL]
    assert whole["composition"]["states"] == compared.composition.states
    assert [row["prediction"] for row in whole["predictions"]] == ["P01", "P02"]
    with (folder / TABLE).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == compared.tally().findings
    assert next(row for row in rows if row["finding"] == FELL)["joined_probability"] == "0.1"


def test_the_picture_has_a_mark_for_every_evaluated_finding(compared: Comparison) -> None:
    drawn = ET.fromstring(str(alone_and_joined(compared)))
    marks = [one for one in drawn.iter("circle") if "pair" in one.get("class", "")]
    told = "".join(title.text or "" for mark in marks for title in mark.iter("title"))
    assert sum(int(number) for number in re.findall(r"n = (\d+)", told)) == compared.tally().findings - 1
    assert [one.get("class") for one in marks].count("pair lost") == 1
    assert drawn.find("title") is not None
    assert drawn.find("desc") is not None


def test_the_index_links_to_it_where_it_is(tmp_path: Path, compared: Comparison, asked: Forecast) -> None:
    index = write_report([entry()], tmp_path, command="x")
    assert PAGE not in index.read_text(encoding="utf-8")
    write_joined(compared, asked, tmp_path, command="y")
    write_report([entry()], tmp_path, command="x")
    assert f'data-page="{PAGE}"' in index.read_text(encoding="utf-8")
    (tmp_path / JSON).unlink()
    write_report([entry()], tmp_path, command="x")
    assert PAGE not in index.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_an_error_and_leaves_nothing(
    tmp_path: Path, compared: Comparison, asked: Forecast
) -> None:
    (tmp_path / PAGE).mkdir()
    with pytest.raises(OutputError):
        write_joined(compared, asked, tmp_path, command="y")
    assert [file.name for file in tmp_path.iterdir()] == [PAGE]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_reads_in_both_languages_at_both_widths(browser: Browser, folder: Path, language: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(f"{(folder / PAGE).as_uri()}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert bool(HAN.search(page.inner_text("h1"))) is (language == "zh")
        assert problems == []
    finally:
        page.close()


def test_in_the_site_it_has_the_frame_and_leads_to_the_studies(
    browser: Browser, compared: Comparison, asked: Forecast, tmp_path: Path
) -> None:
    field = Field({}, {"S02": "s02.html"}, (), None, WITH_JOINED)
    for name, text in joined_files(JoinedRun(compared, asked, "euthymia joined S02 S03"), field):
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.goto((tmp_path / PAGE).as_uri())
    assert page.locator(".site-nav [aria-current=page]").inner_text() == "One model"
    assert page.locator("#pairs-S02 a").get_attribute("href") == "s02.html?lang=en"
    assert page.locator("#pairs-S03 a").count() == 0
    assert page.locator(f"#f-{FELL} a.count").get_attribute("href") == f"s02.html#f-{FELL}"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert {one.name for one in tmp_path.iterdir()} == {PAGE, JSON, TABLE}
    page.close()
