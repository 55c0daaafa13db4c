"""The places of the brain: every region, cell type and structure of a study is on the map."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.errors import RecordError
from euthymia.records.folder import built_in, load_study
from euthymia.records.regions import read_regions
from euthymia.site.brain import HEIGHT, TOP, WIDTH, brain_map

PLACED = ("region", "cell")


def test_every_region_and_cell_of_a_study_has_a_place_and_no_place_names_what_is_not_there() -> None:
    regions = read_regions()
    named: dict[str, set[str]] = {}
    for place in regions.places.values():
        for study, entities in place.entities.items():
            named.setdefault(study, set()).update(entities)
    for study in built_in():
        entities = load_study(study).record.entities
        assert named.get(study, set()) - set(entities) == set(), study
        missing = {name for name, one in entities.items() if one.kind in PLACED} - named.get(study, set())
        assert missing == set(), study


def test_places_lie_inside_the_picture() -> None:
    for name, place in read_regions().places.items():
        if place.shape is not None:
            x, y = place.shape.name_at
            assert 0 <= x <= WIDTH, name
            assert -TOP <= y <= HEIGHT - TOP, name


def test_map_links_each_place_to_its_entry() -> None:
    regions = read_regions()
    drawn = str(brain_map(regions, {}, labelled_by="a", described_by="b"))
    for name, place in regions.places.items():
        assert (f'href="#place-{name}"' in drawn) == (place.shape is not None)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("{name_at: [1, 2]}", "ellipse"),
        ("{at: [1, 2, 3, 4, 5], band: [0, 1], name_at: [1, 2]}", "ellipse"),
    ],
)
def test_a_shape_is_one_or_the_other(tmp_path: Path, shape: str, said: str) -> None:
    file = tmp_path / "regions.yaml"
    words = "{en: a, zh: 甲}"
    file.write_text(
        f"format: 1\nplaces:\n  a:\n    label: {words}\n    note: {words}\n    kind: region\n"
        f"    shape: {shape}\n    entities: {{S01: [x]}}\n", encoding="utf-8")  # fmt: skip
    with pytest.raises(RecordError, match=said):
        read_regions(file)


def test_a_place_within_another_must_be_known(tmp_path: Path) -> None:
    file = tmp_path / "regions.yaml"
    words = "{en: a, zh: 甲}"
    file.write_text(
        f"format: 1\nplaces:\n  a:\n    label: {words}\n    note: {words}\n    kind: cells\n    within: [b]\n"
        "    entities: {S01: [x]}\n", encoding="utf-8")  # fmt: skip
    with pytest.raises(RecordError, match="not in the file"):
        read_regions(file)
