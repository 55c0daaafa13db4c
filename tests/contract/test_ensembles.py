"""The ensembles that the package ships belong to its texts, priors and evidence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from euthymia.calibration.fit import MEMBERS, free_parameters
from euthymia.calibration.sampler import GOOD_ESS, GOOD_RHAT
from euthymia.records.ensemble import DIAGNOSIS, FILE, evidence_digest
from euthymia.records.folder import StudyFolder, load_study
from support import ATLAS_STUDIES, only_problem

study_ids: Final = pytest.mark.parametrize("name", ATLAS_STUDIES)


def digest_of(study: StudyFolder) -> str:
    return evidence_digest(study.record, study.fragment, study.library, dict(study.observations))


def written(file: Path) -> str:
    """The digest that a file says it belongs to."""
    found = re.search(r"^# calibrated_on: (\w+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, file
    return found[1]


@study_ids
def test_an_ensemble_and_its_diagnosis_belong_to_the_study(atlas: dict[str, StudyFolder], name: str) -> None:
    study = atlas[name]
    assert {file: written(study.folder / file) for file in (FILE, DIAGNOSIS)} == dict.fromkeys(
        (FILE, DIAGNOSIS), digest_of(study)
    )


@study_ids
def test_an_ensemble_holds_all_free_parameters_within_their_bounds(name: str) -> None:
    study = load_study(name)
    assert study.ensemble is not None
    free, _ = free_parameters(study)
    ids = {parameter.id for parameter in free}
    assert set(study.ensemble.ids) == ids == {one.id for one in study.diagnoses}
    assert study.ensemble.values.shape == (MEMBERS, len(ids))
    assert len(study.ensemble.log_evidence) == study.ensemble.runs > 1
    for parameter in free:
        column = study.ensemble.values[:, study.ensemble.ids.index(parameter.id)]
        slack = 1e-4 * max(abs(parameter.lower), abs(parameter.upper))
        assert column.min() >= parameter.lower - slack, parameter.id
        assert column.max() <= parameter.upper + slack, parameter.id


@study_ids
def test_runs_agree(name: str) -> None:
    diagnoses = load_study(name).diagnoses
    assert {one.id: one.rhat for one in diagnoses if one.rhat > GOOD_RHAT} == {}
    assert {one.id: one.ess for one in diagnoses if one.ess < GOOD_ESS} == {}


@study_ids
@pytest.mark.parametrize("version", ["ENGINE_VERSION", "CALIBRATION_VERSION"])
def test_an_ensemble_of_another_version_is_refused_with_the_command_that_renews_it(
    name: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"euthymia.records.ensemble.{version}", 10**6)
    problem: Any = only_problem(lambda: load_study(name))
    assert "euthymia calibrate" in problem.text()
    assert FILE in problem.text()
