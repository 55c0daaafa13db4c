"""The command line: output in both languages, exit codes that scripts can use, errors with file and line."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import euthymia.cli
from euthymia.pipeline import run_study
from support import OwnStudy

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def decay(tmp_path: Path) -> Path:
    file = tmp_path / "decay.ant"
    file.write_text("S1 -> ; k*S1; S1 = 10; k = 1")
    return file


def test_check_accepts_a_valid_folder(command: Any, own_study: OwnStudy) -> None:
    code, out, _ = command("check", own_study.folder)
    assert code == 0
    assert out.strip()
    assert HAN.search(command("check", own_study.folder, "--lang", "zh")[1])


def test_check_lists_every_problem_with_file_and_line(command: Any, own_study: OwnStudy) -> None:
    lines = [own_study.edit("links: [relieves]", "links: [releives]"), own_study.edit("    by: 7 d", "    by: 8 d")]
    code, _, err = command("check", own_study.folder)
    assert code == 1
    for line in lines:
        assert f"study.yaml:{line}:" in err
    assert "relieves" in err
    zh = command("check", own_study.folder, "--lang", "zh")
    assert zh[0] == 1
    assert HAN.search(zh[2])


@pytest.mark.parametrize("name", ["check", "show", "reproduce", "calibrate", "challenge"])
def test_an_unknown_study_is_an_input_error(command: Any, name: str) -> None:
    code, out, err = command(name, "S99")
    assert (code, out) == (1, "")
    assert "“S99”" in err


def test_show_in_both_languages_and_as_json(command: Any, own_study: OwnStudy) -> None:
    code, out, _ = command("show", own_study.folder)
    assert code == 0
    assert "An invented drug" in out
    assert "一种虚构的药物" in command("show", own_study.folder, "--lang", "zh")[1]
    assert json.loads(command("show", own_study.folder, "--json")[1])["id"] == "FIRST"


@pytest.mark.parametrize("record", ["study", "drug", "assay", "stressor", "parameter", "question"])
def test_schema(command: Any, record: str) -> None:
    code, out, _ = command("schema", record)
    assert code == 0
    assert json.loads(out)["type"] == "object"


def test_an_unknown_schema_suggests_the_nearest(command: Any) -> None:
    code, _, err = command("schema", "studdy")
    assert code == 1
    assert "study" in err


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["show"], ["list", "--nonsense"], ["simulate", "x.ant", "--points", "many"]]
)
def test_wrong_usage_is_code_two(command: Any, arguments: list[str]) -> None:
    assert command(*arguments)[0] == 2


def test_an_unknown_language_is_refused(command: Any) -> None:
    code, _, err = command("list", "--lang", "fr")
    assert code in (1, 2)
    assert "fr" in err


def test_simulate_prints_a_table_or_json(command: Any, decay: Path) -> None:
    code, out, _ = command("simulate", decay, "--end", "1", "--points", "3", "--set", "k=0", "--jump", "0.5:S1:add:5",
                           "--output", "S1", "--output", "k")  # fmt: skip
    assert code == 0
    assert out.splitlines() == ["time,S1,k", "0.0,10.0,0.0", "0.5,15.0,0.0", "1.0,15.0,0.0"]
    whole = json.loads(command("simulate", decay, "--end", "1", "--points", "2", "--json")[1])
    assert whole["data"]["time"] == [0, 1]
    assert "model_sha256" in whole["provenance"]


@pytest.mark.parametrize(
    "arguments",
    [["--set", "k"], ["--set", "k=fast"], ["--set", "q=1"], ["--jump", "1:S1:add"], ["--jump", "1:S1:pour:1"],
     ["--output", "S2"], ["--end", "-1"], ["--rtol", "0"]],
)  # fmt: skip
def test_impossible_requests_are_code_one(command: Any, decay: Path, arguments: list[str]) -> None:
    code, out, err = command("simulate", decay, *arguments)
    assert (code, out) == (1, "")
    assert err


def test_a_wrong_model_has_its_line_and_a_failed_run_its_reason(command: Any, tmp_path: Path) -> None:
    wrong, explode = tmp_path / "wrong.ant", tmp_path / "explode.ant"
    wrong.write_text("a = 1\nb = = 2\n")
    explode.write_text("x' = x^2; x = 1")
    assert "wrong.ant:2:" in command("simulate", wrong)[2]
    code, out, err = command("simulate", explode, "--end", "2")
    assert (code, out) == (1, "")
    assert err
    assert command("simulate", tmp_path / "missing.ant")[0] == 1


def test_reproduce_prints_verdicts_as_a_table_or_json(command: Any, own_study: OwnStudy) -> None:
    code, out, _ = command("reproduce", own_study.folder, "--animals", "8", "--no-cache", "--workers", "1")
    assert code == 0
    assert all(name in out for name in ("F1-less", "F8-series"))
    card = run_study(own_study.folder, animals=8, workers=1).scorecard
    whole = json.loads(command("reproduce", own_study.folder, "--animals", "8", "--no-cache", "--json")[1])
    assert [row["verdict"] for row in whole[0]["findings"]] == card.to_dataframe()["verdict"].tolist()


def test_a_report_that_cannot_be_written_is_code_four(
    command: Any, own_study: OwnStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("an earlier report")

    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("pathlib.Path.write_text", full)
    code, _, err = command(
        "reproduce", own_study.folder, "--animals", "8", "--no-cache", "--workers", "1", "--out", out
    )
    assert code == 4
    assert "No space left" in err
    assert [path.name for path in out.iterdir()] == ["index.html"]
    assert (out / "index.html").read_text() == "an earlier report"


def test_an_interrupt_is_code_130(command: Any, own_study: OwnStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("euthymia.engine.spread.run", interrupted)
    assert command("reproduce", own_study.folder, "--animals", "8", "--no-cache", "--workers", "1")[0] == 130


def test_a_study_without_evaluable_findings_is_code_three(command: Any, own_study: OwnStudy) -> None:
    text = (own_study.folder / "study.yaml").read_text(encoding="utf-8")
    text = text[: text.index("findings:")] + text[text.index("findings:") : text.index("  - id: F2-none")]
    text = text.replace("  readouts:\n    firing_rate: {states: {all: firing}}\n", "").replace("forced_swim", "perk")
    start, end = text.index("series:\n"), text.index("findings:")
    (own_study.folder / "study.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    code, out, _ = command("reproduce", own_study.folder, "--animals", "8", "--no-cache", "--workers", "1")
    assert code == 3
    assert "F1-less" in out


def test_a_problem_is_one_line_when_piped(own_study: OwnStudy, capsys: pytest.CaptureFixture[str]) -> None:
    own_study.edit("links: [relieves]", "links: [releives]")
    with pytest.raises(SystemExit):
        euthymia.cli.main(["check", str(own_study.folder)])
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_site_is_built_from_a_study_and_says_where(command: Any, own_study: OwnStudy, tmp_path: Path) -> None:
    code, out, err = command(
        "site", "build", own_study.folder, "--animals", "8", "--workers", "1", "--out", tmp_path / "site"
    )
    assert (code, out) == (0, "")
    assert "index.html" in err
    assert "FIRST" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_site_has_the_joined_model_where_it_is_wanted(command: Any, tmp_path: Path) -> None:
    code, _, _ = command(
        "site", "build", "S13", "--animals", "4", "--workers", "1", "--joined", "--no-cache", "--out", tmp_path
    )
    assert code == 0
    text = (tmp_path / "joined.html").read_text(encoding="utf-8")
    assert "euthymia joined S13 --animals 4 --seed 1" in text
    assert "euthymia site build S13 --animals 4 --seed 1 --joined --out site" in (tmp_path / "data.html").read_text(
        encoding="utf-8"
    )


def test_site_names_a_comparison_that_is_missing(command: Any, own_study: OwnStudy, tmp_path: Path) -> None:
    code, _, err = command("site", "build", own_study.folder, "--out", tmp_path / "site", "--compared", tmp_path)
    assert code == 1
    assert "compare.json" in err
    assert not (tmp_path / "site").exists()
