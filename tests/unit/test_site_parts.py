"""What the site is written from: articles, tables, chains, the comparison that it shows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from euthymia.errors import RecordError
from euthymia.records.digest import read_chapters, read_terms
from euthymia.records.folder import built_in, load_study
from euthymia.site.article import Part, bullets, heading, markdown, paragraph
from euthymia.site.briefly import onset_lines
from euthymia.site.compared import read_compared
from euthymia.site.data import table
from euthymia.site.graph import chain_graph
from euthymia.site.study import as_data, bibtex
from euthymia.words import Text
from told import compared_folder, intervention


def compared(folder: Path, **changes: str) -> Path:
    one = (intervention("early", 0.1, 2.0), intervention("long", 1.0, 30.0), intervention("endless", 1.0, None),
           intervention("unsure", 0.01, 60.0, 0.5))  # fmt: skip
    return compared_folder(folder, *one, **changes)


def test_the_comparison_is_read_with_its_picture(tmp_path: Path) -> None:
    found = read_compared(compared(tmp_path))
    drawn = ElementTree.fromstring(str(found.picture))
    assert drawn.get("aria-labelledby") == "plane"
    assert len(drawn.findall(".//path[@class]")) >= len(found.told.interventions)
    assert str(found.own_picture) == str(found.picture).replace('"plane"', '"plane-name"')
    assert {"compare.svg", "compare.zh.svg"} < set(found.files)
    told = "\n".join(" ".join(str(part.words) for part in line) for line in onset_lines(found))
    assert "Of 4 interventions" in told
    assert "3 relieve" in told
    assert "early acts first, after 2.4 h (12 h to > 70 d); 90 % of the draws" in told
    assert "endless" in told
    assert "unsure" not in told


def test_the_command_that_compares_again_is_read_from_the_numbers(tmp_path: Path) -> None:
    found = read_compared(compared_folder(tmp_path, intervention("run", repeated=None, dose_response=None)))
    assert found.command == "euthymia compare run --animals 8 --seed 1 --days 70 --no-doses --no-repeats"
    assert found.of("run") is found.told.interventions[0]
    assert found.of("walk") is None


def test_a_harm_that_the_file_does_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"compare\.json"):
        read_compared(compared_folder(tmp_path, intervention("run", worst_harm="no such harm")))


@pytest.mark.parametrize(
    "evil", ["<script>a()</script>", '" onload="a()', "<a href='javascript:a()'>b</a>", "<!ENTITY a 'b'>", "</svg><b>"]
)
def test_names_in_the_picture_are_words_and_never_marks(tmp_path: Path, evil: str) -> None:
    name = {"en": evil, "zh": evil}
    found = read_compared(compared_folder(tmp_path, intervention("run", label=name, short=name)))
    for picture in (found.picture, found.files["compare.svg"]):
        drawn = ElementTree.fromstring(str(picture))
        tags = {one.tag.rpartition("}")[2] for one in drawn.iter()}
        assert tags <= {"svg", "g", "line", "path", "circle", "rect", "text", "tspan", "title", "desc", "style"}
        assert not any(key.startswith("on") or "href" in key for one in drawn.iter() for key in one.attrib)
        assert evil in "".join(drawn.itertext())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"days": 1e999, "animals": 1, "interventions": []}', "[" * 100_000])
def test_numbers_that_are_not_a_comparison_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordError, match=r"compare\.json"):
        read_compared(compared(tmp_path, **{"compare.json": text}))


def test_numbers_without_places_in_the_plane_are_refused(tmp_path: Path) -> None:
    old = intervention("run")
    del old["effects"]["forced_swim"]["spot"]
    with pytest.raises(RecordError, match="run it again"):
        read_compared(compared_folder(tmp_path, old))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="does not exist"):
        read_compared(tmp_path)


def test_markdown_keeps_words_and_links_and_no_marks_of_others() -> None:
    evil = Text("a *b* <script> [c](d)", "甲")
    blocks = [heading("h2", evil), bullets([(Part(evil, "x.html"), Part(evil, "y.html"), Part(evil))])]
    text = markdown([*blocks, paragraph("one", "two")], "en")
    assert text.startswith("## a \\*b\\* \\<script\\> \\[c\\](d)\n")
    assert "](x.html), [" in text
    assert text.endswith("one two\n")
    assert "[甲](x.html)，[甲](y.html)甲" in markdown(blocks, "zh")


def test_tables_are_read_back_and_start_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(table([{"a": "=1+1", "b": 'x,"y"'}, {"a": "@x", "b": -1}]))))
    assert rows == [{"a": "'=1+1", "b": 'x,"y"'}, {"a": "'@x", "b": "-1"}]
    assert table([]) == ""


@pytest.mark.parametrize("study", sorted(built_in()))
def test_a_chain_has_all_entities_and_links_and_survives_a_page(study: str) -> None:
    record = load_study(study).record
    graph = chain_graph(record)
    assert [one["id"] for one in graph["nodes"]] == list(record.entities)
    assert [one["id"] for one in graph["edges"]] == [link.id for link in record.chain]
    shown = str(as_data(graph | {"more": "</script><!--"}))
    assert "<" not in shown
    assert json.loads(shown)["edges"] == graph["edges"]
    assert bibtex(record).count("{") == bibtex(record).count("}")


def test_each_study_stands_in_one_chapter() -> None:
    told = [study for chapter in read_chapters() for study in chapter.studies]
    assert sorted(told) == sorted(built_in())


def test_terms_are_told_apart() -> None:
    names = [one.term.en for one in read_terms().values()]
    assert len(set(names)) == len(names)
