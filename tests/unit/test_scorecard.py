"""Scorecards as table, JSON and notebook display."""

from __future__ import annotations

import json
from typing import Final

import pytest

from euthymia.errors import RequestError
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Outcome, Verdict, judge
from support import finding, trial

READING: Final = {"arm": "drug", "assay": "readout", "time": "1 d"}


def outcome(name: str, assay: str = "readout", statement: str = "It works.") -> Outcome:
    record = finding("greater", id=name, reading={**READING, "assay": assay}, against={"arm": "control"},
                     statement={"en": statement, "zh": "有效。"})  # fmt: skip
    return judge(record, trial({"drug": {1.0: 150.0}, "control": {1.0: 100.0}}))


@pytest.fixture(scope="module")
def card() -> Scorecard:
    return Scorecard("X01", (outcome("F1"), outcome("F2", "perk", "<b>a & b</b>")), {"seed": 1})


def test_a_row_per_finding(card: Scorecard) -> None:
    table = card.to_dataframe()
    assert list(table.columns[:2]) == ["study", "finding"]
    assert {"study", "finding", "use", "verdict", "probability"} <= set(table.columns)
    assert table["finding"].tolist() == ["F1", "F2"]
    assert table["verdict"].tolist() == ["reproduced", "not evaluated"]
    assert table["probability"].iloc[0] == 1
    assert card.to_dataframe("zh")["statement"].tolist() == ["有效。", "有效。"]


def test_json_has_null_for_what_does_not_exist(card: Scorecard) -> None:
    whole = json.loads(card.to_json())
    assert whole["study"] == "X01"
    assert whole["provenance"] == {"seed": 1}
    first, second = whole["findings"]
    assert first["probability"] == 1
    assert second["probability"] is None
    assert second["reason"]


def test_the_prior_is_a_column_where_it_is_given(card: Scorecard) -> None:
    assert "prior_probability" not in card.to_dataframe().columns
    assert card.to_dataframe(prior={"F1": 0.31})["prior_probability"].iloc[0] == 0.31
    rows = json.loads(card.to_json(prior={"F1": 0.31}))["findings"]
    assert [row["prior_probability"] for row in rows] == [0.31, None]


def test_the_notebook_display_is_escaped(card: Scorecard) -> None:
    page = card._repr_html_()
    assert "<table" in page
    assert "&lt;b&gt;a &amp; b&lt;/b&gt;" in page
    assert "<b>a" not in page


def test_counts_and_lookup(card: Scorecard) -> None:
    assert card.counts() == {
        Verdict.REPRODUCED: 1,
        Verdict.CONTRADICTED: 0,
        Verdict.INCONCLUSIVE: 0,
        Verdict.NOT_EVALUATED: 1,
    }
    assert card["F1"].verdict is Verdict.REPRODUCED
    assert card.summary().startswith("X01: 1 of 2")


def test_verdicts_read_as_sentences() -> None:
    assert len({verdict.sentence.text() for verdict in Verdict}) == len(Verdict)
    assert all(verdict.label.text() for verdict in Verdict)


def test_an_unknown_finding_is_named(card: Scorecard) -> None:
    with pytest.raises(RequestError, match="F9"):
        card["F9"]
