"""What the form of questions is made from agrees with the joined model and can be asked."""

from __future__ import annotations

import json

from euthymia.asking import read_question
from euthymia.joined import join_studies
from euthymia.models.views import whole_record
from euthymia.records.library import common_library
from euthymia.report.placewords import PLACES
from euthymia.site.atlasdata import FIRST, atlas_data, example_questions, plain_question
from euthymia.site.portnames import GENES


def test_ports_and_readouts_are_those_of_the_joined_model() -> None:
    data, record = atlas_data(), whole_record(join_studies())
    offered = {one["id"]: {of["id"] for of in one["of"]} for one in data["assays"]}
    for name, readout in record.readouts.items():
        assert offered[name] == (set() if list(readout.states) == ["all"] else set(readout.states)), name
    affective = {name for name, one in common_library().assays.items() if one.latent is not None}
    assert set(offered) == affective | set(record.readouts)
    ports = record.ports
    assert {one["id"]: {place["id"] for place in one["places"]} for one in data["genes"]} == {
        gene: set(places) for gene, places in ports.genes.items()
    }
    assert {one["id"] for one in data["targets"]} == set(ports.stimulation)
    assert {one["id"]: {place["id"] for place in one["regions"]} for one in data["infusions"]} == {
        name: set(places) for name, places in ports.infusion.items()
    }
    assert {one["id"] for one in data["injuries"]} == set(ports.injury)
    assert {one["id"] for one in data["drugs"]} <= set(ports.drugs)


def test_targets_say_which_effects_they_have() -> None:
    targets = {one["id"]: one for one in atlas_data()["targets"]}
    assert targets["vCA1_to_BLA"]["timed"] == []
    assert targets["vCA1_to_BLA"]["carried"] == ["drive", "silence"]
    assert targets["PT"]["timed"] == ["drive", "silence"]
    assert targets["PT"]["carried"] == []


def test_drugs_come_with_the_doses_of_the_studies() -> None:
    drugs = {one["id"]: one for one in atlas_data()["drugs"]}
    assert drugs["psilocybin"]["given"][0] == {"dose": "1 mg/kg", "route": "ip", "studies": ["S04", "S08", "S10"]}
    assert drugs["citalopram"]["given"] == []
    assert all(way["route"] in one["routes"] for one in drugs.values() for way in one["given"])


def test_names_are_there_for_genes_and_places_that_exist() -> None:
    data = atlas_data()
    genes = {one["id"] for one in data["genes"]}
    places = {place["id"] for one in data["genes"] for place in one["places"]}
    places |= {one["id"] for one in data["targets"]}
    places |= {place["id"] for one in data["infusions"] for place in one["regions"]}
    known = places | {of["id"].rpartition("_")[2] for one in data["assays"] for of in one["of"]}
    known |= {of["id"] for one in data["assays"] for of in one["of"]}
    assert set(GENES) <= genes
    assert set(PLACES) <= known
    assert places - set(PLACES) == set()


def test_examples_are_questions_and_keep_their_sense_as_data() -> None:
    found = example_questions()
    assert next(iter(found)) == FIRST
    for one in found.values():
        assert read_question(plain_question(one)) == one


def test_data_are_json_and_take_the_limits_given() -> None:
    data = atlas_data({"animals": 7})
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["limits"] == {"animals": 7}
    assert atlas_data()["limits"]["animals"] == 2000
