"""Reports on disk, and the pieces that pages are made of."""

from __future__ import annotations

import errno
import itertools
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import Environment, PackageLoader
from sample import entry, reproduction

from euthymia.errors import OutputError
from euthymia.report import StudyEntry, summary_picture, write_report
from euthymia.report.groups import grouped
from euthymia.report.layers import layout
from euthymia.report.numbers import moment, number, percent
from euthymia.report.panels import figures
from euthymia.report.scales import TimeScale, ValueScale
from euthymia.report.svg import wrapped
from euthymia.report.verdicts import cuts, fewer_animals, fit_rows, matrix


def test_report_is_one_file_per_page(tmp_path: Path) -> None:
    index = write_report([entry()], tmp_path / "new" / "out", command="x")
    assert index.name == "index.html"
    assert sorted(file.name for file in index.parent.iterdir()) == ["credibility.json", "index.html", "s90.html"]


def test_the_cards_are_written_as_json_beside_the_pages(tmp_path: Path) -> None:
    write_report([entry()], tmp_path, command="x")
    whole = json.loads((tmp_path / "credibility.json").read_text(encoding="utf-8"))
    card = whole["studies"][0]
    assert card["study"] == "S90"
    assert card["ablation"]["cut"] == ["formation", "gate"]
    assert card["ablation"]["unsupported"] == ["gate"]


def test_two_studies_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    write_report([entry(), entry()], tmp_path, command="x")
    assert (tmp_path / "s90-2.html").exists()


def test_full_disk_leaves_the_earlier_report_intact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report([entry()], tmp_path, command="first")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    files = itertools.count(1)

    def full(handle: int) -> None:
        if next(files) == len(before):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"index\.html: .*No space left on device\); earlier results are intact"):
        write_report([entry()], tmp_path, command="second")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_target_that_is_a_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.write_text("mine")
    with pytest.raises(OutputError, match="File exists"):
        write_report([entry()], target, command="x")
    assert target.read_text() == "mine"


def test_page_whose_place_is_taken_by_a_folder_is_refused_before_any_is_moved(tmp_path: Path) -> None:
    (tmp_path / "s90.html").mkdir()
    with pytest.raises(OutputError):
        write_report([entry()], tmp_path, command="x")
    assert [file.name for file in tmp_path.iterdir()] == ["s90.html"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_summary_picture_is_whole_xml_without_variables(language: str) -> None:
    picture = summary_picture(reproduction(), language=language)  # type: ignore[arg-type]
    assert picture is not None
    assert ET.fromstring(picture).tag.endswith("svg")
    assert "var(--" not in picture


def test_templates_escape_by_default() -> None:
    assert Environment(loader=PackageLoader("euthymia.report"), autoescape=True).get_template("base.html")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (-0.004, "−0.0040"), (152.3, "152"), (float("nan"), "–"), (3e-9, "3.0 × 10⁻⁹")]
)
def test_numbers_are_written_for_people(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_probability_is_certain_only_when_it_is() -> None:
    assert [percent(one) for one in (0.0, 0.001, 0.999, 1.0)] == ["0 %", "<1 %", ">99 %", "100 %"]


def test_moments_are_in_the_unit_that_fits() -> None:
    assert [str(moment(one)) for one in (-3, -1 / 24, 0.5 / 24, 65)] == [
        "day −3", "1 h before day 0", "30 min after day 0", "day 65",
    ]  # fmt: skip


def test_time_axis_keeps_order_and_separates_hours_from_months() -> None:
    days = [-21, 1 / 24, 1, 7, 56]
    scale = TimeScale.of(days, first=-21, last=56, left=0, right=200)
    places = [scale(day) for day in sorted([0.0, *days])]
    assert scale.bent
    assert places == sorted(places)
    assert min(b - a for a, b in itertools.pairwise(places)) > 10
    assert not TimeScale.of([0, 1], first=0, last=1, left=0, right=200).bent


def test_value_axis_has_round_ends_around_the_data() -> None:
    scale = ValueScale.of([-14.0, 21.5], start=100, stop=0)
    assert (scale.low, scale.high) == (-20, 30)
    assert ValueScale.of([5.0, 5.0], start=1, stop=0).high > 5


def test_layers_survive_circles_and_loops() -> None:
    found = layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])
    assert found.layers[0] == ("a",)
    assert found.routes[2][0] == "c" and found.routes[2][-1] == "a"
    assert set(found.across) >= {"a", "b", "c"}


def test_text_is_broken_between_words_and_between_characters() -> None:
    assert wrapped("spine density in neurons", 60) == ["spine", "density in", "neurons"]
    assert len(wrapped("树突棘密度的变化", 50)) == 2


def test_arms_are_grouped_by_what_was_done_besides_drugs() -> None:
    run = reproduction()
    imaging, swim = run.study.record.experiments
    assert [[arm.id for arm in members] for _, members, _ in grouped(imaging.arms)] == [["drug", "saline"], ["ko_drug"]]
    silenced = grouped(swim.arms)[1]
    assert [arm.id for arm, _ in silenced[2]] == ["drug", "saline"]


def test_figures_choose_their_kind_and_carry_the_published_points() -> None:
    kinds = {figure.id: figure.kind for figure in figures(reproduction())}
    assert kinds == {"imaging-density": "course", "imaging-formation": "sessions", "swim-swim": "groups"}
    density = figures(reproduction())[0]
    points = density.panels[0].lines[0].points
    assert [point.inside for point in points] == [None, True, True, False, True]


def test_fit_counts_points_with_an_error_only() -> None:
    row = next(fit_rows(reproduction()))
    assert (row.inside, row.points, len(row.misses)) == (3, 4, 1)


def test_ablation_falls_only_where_it_held_before() -> None:
    found = cuts(entry())
    assert [cut.fallen for cut in found] == [("F1",), ()]
    words = {outcome.finding.id: cells[0].slug for outcome, cells in (matrix(entry(), found).moved)}
    assert words == {"F1": "falls"}


def test_what_only_a_cut_brings_out_is_named() -> None:
    whole = entry()
    assert [cut.gained for cut in cuts(whole)] == [None, None]
    card = replace(whole.ablated["no_formation"], ablated=())
    turned = StudyEntry(replace(whole.reproduction, scorecard=card), {"no_formation": whole.before})
    assert [str(cut.gained) for cut in cuts(turned)] == ["Reproduced only so: F1."]


def test_smaller_runs_of_cut_links_are_said() -> None:
    whole = entry()
    assert fewer_animals(whole) is None
    card = whole.ablated["no_gate"]
    small = replace(card, provenance={**card.provenance, "animals": 8})
    assert "runs of 8 virtual animals" in str(fewer_animals(StudyEntry(whole.reproduction, {"no_gate": small})))
