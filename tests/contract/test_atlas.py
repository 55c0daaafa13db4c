"""The built-in studies: bilingual, round-tripping, honest about what was calibrated on what."""

from __future__ import annotations

import dataclasses
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from pydantic import BaseModel

from euthymia.calibration.evidence import Evidence
from euthymia.findings.verdict import with_error
from euthymia.pipeline import check_study, mechanism_of
from euthymia.records.base import Bilingual
from euthymia.records.cross import sampled_days, sides
from euthymia.records.drug import DrugRecord
from euthymia.records.finding import Duration, Finding, Gone, SeriesMatch
from euthymia.records.folder import StudyFolder, built_in
from euthymia.records.library import ATLAS, common_library
from euthymia.records.reading import read_yaml
from euthymia.records.study import Mechanism as MechanismRecord
from euthymia.records.study import StimulationPort, Study
from support import ATLAS_STUDIES, REPOSITORY, each_study

HAN: Final = re.compile(r"[\u4e00-\u9fff]")
SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9-]*")
"""Names that are the same in both languages, such as DUSP6 and BCI."""
CONTROL: Final = re.compile(r"saline|vehicle|unstressed")
"""Arms that several findings may share."""
VALIDATE: Final = (0.25, 0.45)
"""“About a third” of the findings are kept for validation."""
study_ids: Final = pytest.mark.parametrize("name", ATLAS_STUDIES)


def parts(value: object, where: str = "") -> Iterator[tuple[str, Bilingual]]:
    if isinstance(value, Bilingual):
        yield where, value
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from parts(getattr(value, field), f"{where}.{field}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from parts(part, f"{where}.{key}")
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from parts(part, f"{where}[{index}]")


def in_one_language(record: object) -> list[str]:
    return [
        f"{where}: {text.en} | {text.zh}"
        for where, text in parts(record)
        if not text.en.strip() or HAN.search(text.en)
        or not (SYMBOL.fullmatch(text.en) or (HAN.search(text.zh) and text.zh != text.en))
    ]  # fmt: skip


def test_all_studies_are_tested() -> None:
    assert set(ATLAS_STUDIES) <= set(built_in())


@study_ids
def test_a_built_in_study_can_be_run(atlas: dict[str, StudyFolder], name: str) -> None:
    check_study(atlas[name])


@study_ids
def test_a_study_is_written_in_both_languages(atlas: dict[str, StudyFolder], name: str) -> None:
    assert in_one_language(atlas[name].record) == []


def test_the_library_is_written_in_both_languages() -> None:
    library = common_library()
    for records in (library.assays, library.stressors, library.drugs):
        assert in_one_language(dict(records)) == []


@study_ids
def test_a_study_survives_writing(atlas: dict[str, StudyFolder], name: str) -> None:
    record = atlas[name].record
    assert Study.model_validate_json(record.model_dump_json(by_alias=True)) == record


def test_drugs_and_assays_survive_writing() -> None:
    library = common_library()
    for record in (*library.drugs.values(), *library.assays.values(), *library.stressors.values()):
        assert type(record).model_validate_json(record.model_dump_json(by_alias=True)) == record


@each_study("about_a_third")
def test_about_a_third_of_the_findings_are_kept_for_validation(atlas: dict[str, StudyFolder], name: str) -> None:
    uses = [finding.use for finding in atlas[name].record.findings]
    assert VALIDATE[0] <= uses.count("validate") / len(uses) <= VALIDATE[1]


def test_a_common_fragment_is_calibrated_by_one_study_only(atlas: dict[str, StudyFolder]) -> None:
    calibrated = [name for study in atlas.values() for name in study.record.mechanism.calibrates]
    assert sorted(calibrated) == sorted(set(calibrated))
    rows = {name: fragment.parameters for name, fragment in common_library().fragments.items()}
    assert {name for name, table in rows.items() if any(p.fitted_sd for p in table)} <= set(calibrated)


def points(finding: Finding, study: StudyFolder) -> set[tuple[str, str, str, str | None, float]]:
    """The readings that a finding rests on: experiment, arm, assay, population, day; control arms left out."""
    found: set[tuple[str, str, str, str | None, float]] = set()
    if isinstance(finding, SeriesMatch):
        series = next(one for one in study.record.series if one.id == finding.series)
        days = [point.time for point in with_error(study.observations[series.id])]
        found = {(series.experiment, series.arm, series.assay, series.of, round(day, 6)) for day in days}
    else:
        experiment = next(one for one in study.record.experiments if one.id == finding.experiment)
        for _, reading in sides(finding):
            days = [reading.time.to("d")]
            sampled = sampled_days(experiment, reading.assay)
            if isinstance(finding, Duration):
                days = [day for day in sampled if days[0] <= day <= finding.until.to("d")]
            if isinstance(finding, Gone):
                days = [day for day in sampled if day >= finding.by.to("d")]
            found |= {(finding.experiment, reading.arm, reading.assay, reading.of, round(day, 6)) for day in days}
    return {point for point in found if not CONTROL.search(point[1])}


def shared_readings(study: StudyFolder) -> dict[str, dict[str, int]]:
    """For each finding kept for validation, the calibrating ones that share readings with it, and how many."""
    findings = study.record.findings
    used = {f.id: points(f, study) for f in findings if f.use == "calibrate"}
    shared: dict[str, dict[str, int]] = {}
    for finding in findings:
        if finding.use == "validate":
            own = points(finding, study)
            both = {other: len(own & theirs) for other, theirs in used.items() if own & theirs}
            if both:
                shared[finding.id] = both
    return shared


@each_study("no_shared_reading")
def test_validation_shares_no_reading_with_calibration(atlas: dict[str, StudyFolder], name: str) -> None:
    assert shared_readings(atlas[name]) == {}


@study_ids
def test_evidence_does_not_depend_on_findings_kept_for_validation(atlas: dict[str, StudyFolder], name: str) -> None:
    study = atlas[name]
    kept = tuple(finding for finding in study.record.findings if finding.use == "calibrate")
    blind = dataclasses.replace(study, record=study.record.model_copy(update={"findings": kept}))
    free = [p for p in mechanism_of(study).parameters if p.prior.kind != "fixed"][:12]
    positions = np.random.default_rng(1).uniform(-1, 1, (2, len(free)))
    assert np.array_equal(Evidence(study, free).residuals(positions), Evidence(blind, free).residuals(positions))


@study_ids
def test_the_same_position_has_the_same_evidence_wherever_it_stands(atlas: dict[str, StudyFolder], name: str) -> None:
    free = [p for p in mechanism_of(atlas[name]).parameters if p.prior.kind != "fixed"][:12]
    residuals = Evidence(atlas[name], free).residuals(np.zeros((3, len(free))))
    assert np.array_equal(residuals[0], residuals[1])
    assert np.array_equal(residuals[0], residuals[2])


def plain_words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_-]*", re.sub(r"//.*|/\*.*?\*/", "", text)))


def code_words(file: Any) -> set[str]:
    """Names and text of a module, without comments and docstrings."""
    with file.open("rb") as stream:
        tokens = list(tokenize.tokenize(stream.readline))
    texts = [
        token.string for token in tokens if token.type in (tokenize.NAME, tokenize.STRING) and token.string[:3] != '"""'
    ]
    return {word for text in texts for word in re.findall(r"[A-Za-z_][A-Za-z0-9_-]*", text)}


def test_no_mechanism_and_no_assay_knows_arms_or_findings(atlas: dict[str, StudyFolder]) -> None:
    texts = {file: plain_words(file.read_text(encoding="utf-8")) for file in ATLAS.rglob("*.ant")}
    for folder in ("assays", "engine", "models", "findings", "cohorts"):
        texts |= {file: code_words(file) for file in (REPOSITORY / "src" / "euthymia" / folder).glob("*.py")}
    assert len(texts) > 8
    for study in atlas.values():
        names = {arm.id for experiment in study.record.experiments for arm in experiment.arms}
        names |= {study.id, *(finding.id for finding in study.record.findings)}
        names -= {
            *MechanismRecord.model_fields,
            *StimulationPort.model_fields,
        }  # as `pain`
        for file, words in texts.items():
            assert names & words == set(), file


class _Schema:
    """The part of JSON Schema that pydantic writes, as a second, plain implementation."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.root = schema

    def accepts(self, value: Any, schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            return self.accepts(value, self.root["$defs"][name])
        checks = (self._form(value, schema), self._choice(value, schema), self._parts(value, schema))
        return all(checks)

    def _form(self, value: Any, schema: dict[str, Any]) -> bool:
        kinds: dict[str, Any] = {"string": str, "object": dict, "array": tuple, "boolean": bool, "null": type(None)}
        kind = schema.get("type")
        if kind in ("number", "integer"):
            number = isinstance(value, int if kind == "integer" else (int, float)) and not isinstance(value, bool)
            return number and schema.get("minimum", -np.inf) <= value <= schema.get("maximum", np.inf)
        if kind is not None and not isinstance(value, kinds[kind]):
            return False
        return not (isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value))

    def _choice(self, value: Any, schema: dict[str, Any]) -> bool:
        if "const" in schema and value != schema["const"]:
            return False
        if "enum" in schema and value not in schema["enum"]:
            return False
        choices = schema.get("anyOf") or schema.get("oneOf")
        return not choices or any(self.accepts(value, choice) for choice in choices)

    def _parts(self, value: Any, schema: dict[str, Any]) -> bool:
        if isinstance(value, dict):
            known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
            if not set(schema.get("required", ())) <= set(value) or (others is False and not set(value) <= set(known)):
                return False
            rest = others if isinstance(others, dict) else {}
            return all(self.accepts(part, known.get(key, rest)) for key, part in value.items())
        if isinstance(value, tuple):
            return len(value) >= schema.get("minItems", 0) and all(
                self.accepts(v, schema.get("items", {})) for v in value
            )
        return True


@study_ids
def test_the_json_schema_accepts_the_studies(atlas: dict[str, StudyFolder], name: str) -> None:
    schema = Study.model_json_schema()
    assert _Schema(schema).accepts(read_yaml(atlas[name].folder / "study.yaml").data, schema)


@study_ids
def test_the_json_schema_accepts_a_study_with_lists_and_no_broken_one(
    atlas: dict[str, StudyFolder], name: str, tmp_path: Path
) -> None:
    schema = json.loads(json.dumps(Study.model_json_schema()))
    text = (atlas[name].folder / "study.yaml").read_text(encoding="utf-8")
    file = tmp_path / "study.yaml"
    file.write_text(re.sub(r"({drug: [^}]*at: )(-?[0-9.]+ \w+)}", r"\1[\2]}", text), encoding="utf-8")
    data, reader = read_yaml(file).data, _Schema(schema)
    assert reader.accepts(data, schema)
    assert not reader.accepts({**data, "extra": 1}, schema)
    assert not reader.accepts({key: part for key, part in data.items() if key != "chain"}, schema)
    assert not reader.accepts({**data, "findings": ({**data["findings"][0], "kind": "miracle"},)}, schema)


def test_the_json_schema_accepts_the_drugs() -> None:
    schema = DrugRecord.model_json_schema()
    for file in (ATLAS / "common" / "drugs").glob("*.yaml"):
        assert _Schema(schema).accepts(read_yaml(file).data, schema), file


def test_every_reference_of_the_schema_is_defined() -> None:
    schema = Study.model_json_schema()
    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema))
    assert {reference.removeprefix("#/$defs/") for reference in references} <= set(schema["$defs"])


@study_ids
def test_every_entity_is_grounded_or_says_why_not(atlas: dict[str, StudyFolder], name: str) -> None:
    """Every entity of the causal chain is carried by the model, an identifier, or both."""
    bare = [key for key, entity in atlas[name].record.entities.items() if not entity.ids and not entity.state]
    assert bare == []


@study_ids
def test_every_finding_rests_on_declared_links_or_is_plain(atlas: dict[str, StudyFolder], name: str) -> None:
    record = atlas[name].record
    links = {link.id for link in record.chain}
    assert all(set(finding.rests_on) <= links for finding in record.findings)
    assert all(set(cut.links) <= links for cut in record.ablations)
