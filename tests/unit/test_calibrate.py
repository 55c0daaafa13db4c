"""A calibration from the command line: what it writes, what makes it stale, and going on after an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euthymia.calibration import challenge as challenging
from euthymia.calibration import fit as fitting
from euthymia.calibration import sampler
from euthymia.calibration.diagnose import prior_deviations
from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import Fit, calibrate, free_parameters
from euthymia.calibration.sampler import Effort
from euthymia.calibration.write import write_fit
from euthymia.records.challenge import FILE as CHALLENGE
from euthymia.records.challenge import challenge_digest
from euthymia.records.ensemble import DIAGNOSIS, FILE, evidence_digest
from euthymia.records.folder import StudyFolder, load_study
from support import EXAMPLE, OwnStudy, only_problem

QUICK: Final = Effort(runs=2, particles=30, moves=2, last_moves=4, rounds=1)
STEPS: Final = "steps"
"""Folder of the cache with finished steps."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and little effort."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EUTHYMIA_CACHE", str(folder))
    monkeypatch.setattr(sampler, "Effort", lambda: QUICK)
    monkeypatch.setattr(challenging, "EFFORT", Effort(runs=1, particles=8, moves=1, last_moves=1, rounds=0))
    monkeypatch.setattr(challenging, "ANIMALS", 8)
    return folder


@pytest.fixture(scope="module")
def fit() -> Fit:
    """The example calibrated with little effort."""
    return calibrate(load_study(EXAMPLE), effort=QUICK)


def texts(study: OwnStudy) -> dict[str, str]:
    return {name: (study.folder / name).read_text(encoding="utf-8") for name in (FILE, DIAGNOSIS, "parameters.tsv")}


def test_a_calibration_is_written_and_read_whole(own_study: OwnStudy, fit: Fit) -> None:
    before = own_study.load()
    assert {file.name for file in write_fit(before, fit)} == {FILE, DIAGNOSIS, "parameters.tsv"}
    after = own_study.load()
    assert after.ensemble is not None
    assert (after.ensemble.ids, after.ensemble.runs) == (fit.ensemble.ids, QUICK.runs)
    np.testing.assert_allclose(after.ensemble.values, fit.ensemble.values, rtol=1e-4)
    np.testing.assert_allclose(after.ensemble.log_evidence, fit.ensemble.log_evidence, atol=1e-3)
    assert [one.id for one in after.diagnoses] == [one.id for one in fit.diagnoses]
    for read, told in zip(after.diagnoses, fit.diagnoses, strict=True):
        assert read.felt == told.felt
        assert (read.prior_sd, read.posterior_sd, read.shift, read.rhat, read.ess) == pytest.approx(
            (told.prior_sd, told.posterior_sd, told.shift, told.rhat, told.ess), rel=1e-4
        )


def test_what_the_evidence_informs_is_calibrated_and_the_rest_is_as_before(fit: Fit) -> None:
    rows, told = {one.id: one for one in fit.parameters}, {one.id: one for one in fit.diagnoses}
    assert rows["firing_gain"].status == "calibrated"
    assert rows["examplamine_ki"].status == "measured"
    assert told["firing_gain"].felt
    assert told["firing_gain"].contraction > 0.2
    for one in rows.values():
        assert (one.status == "calibrated") == (one.fitted_sd is not None)


def test_half_of_the_members_come_from_each_run(own_study: OwnStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MEMBERS", 40)
    study = own_study.load()
    free, own = free_parameters(study)
    evidence = Evidence(study, free)
    found = sampler.sample(evidence, own, seed=1, name=study.id, effort=QUICK)
    ensemble = fitting.ensemble_of(evidence, found)
    assert ensemble.values.shape == (40, len(free))
    for run in range(2):
        drawn = {tuple(row) for row in np.column_stack(list(evidence.values(found.draws[run]).values())).tolist()}
        assert all(tuple(row) in drawn for row in ensemble.values[20 * run : 20 * run + 20].tolist())


def test_a_prior_cut_off_is_narrower(own_study: OwnStudy) -> None:
    study = own_study.load()
    free, _ = free_parameters(study)
    assert (prior_deviations(Evidence(study, free)) <= 1).all()


CHANGES: Final = {
    "prior": ("lognormal(2, 0.1)", "lognormal(2, 0.2)", "parameters.tsv"),
    "text": ("firing := 100*(1 +", "firing := 100*(1.01 +", "mechanism.ant"),
    "finding": ("    until: 1 d\n", "    until: 6 h\n", "study.yaml"),
    "published point": ("examplamine,1,125", "examplamine,1,126", "data/firing.csv"),
    "dose": ("start: -7 d, days: 7}]", "start: -7 d, days: 6}]", "study.yaml"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_ensemble_is_stale_when_what_it_rests_on_changes(own_study: OwnStudy, fit: Fit, what: str) -> None:
    write_fit(own_study.load(), fit)
    own_study.load()
    old, new, file = CHANGES[what]
    own_study.edit(old, new, file=file)
    assert "euthymia calibrate" in only_problem(own_study.load).text()
    assert load_study(own_study.folder, calibrated=False).ensemble is None


def test_an_ensemble_does_not_rest_on_findings_kept_for_validation_or_on_words(own_study: OwnStudy, fit: Fit) -> None:
    write_fit(own_study.load(), fit)
    own_study.edit("    by: 7 d\n", "    by: 1 d\n")
    own_study.edit("Firing rises by half.", "Firing rises by about half.")
    own_study.edit("affinity", "affinity, measured once", file="parameters.tsv")
    assert own_study.load().ensemble is not None


@pytest.mark.parametrize("version", ["ENGINE_VERSION", "CALIBRATION_VERSION"])
def test_another_version_makes_it_stale(
    own_study: OwnStudy, fit: Fit, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_fit(own_study.load(), fit)
    monkeypatch.setattr(f"euthymia.records.ensemble.{version}", 10**6)
    assert f"euthymia calibrate {own_study.folder}" in only_problem(own_study.load).text()


def finished(cache: Path) -> int:
    return len(list((cache / STEPS).glob("*/*.npy")))


def test_calibrate_and_challenge_from_the_command_line(command: Any, own_study: OwnStudy, cache: Path) -> None:
    code, out, _ = command("calibrate", own_study.folder)
    assert code == 0
    assert FILE in out
    assert own_study.load().challenge is None
    code, out, _ = command("challenge", own_study.folder)
    assert code == 0
    assert "of 1 cut links" in " ".join(out.split())
    told: StudyFolder = own_study.load()
    assert told.challenge is not None
    assert list(told.challenge.cuts) == ["no_relief"]
    assert finished(cache) == 0
    assert (own_study.folder / CHALLENGE).exists()
    own_study.edit("Firing rises by half.", "Firing rises by about half.")
    assert own_study.load().challenge is not None


@pytest.mark.parametrize(("old", "new"), [
    ("    by: 7 d\n", "    by: 1 d\n"), ("cut: {relief_gain: 0}", "cut: {relief_gain: 0.1}"),
    ("lognormal(2, 0.1)", "lognormal(2, 0.2)"),
])  # fmt: skip
def test_a_challenge_rests_on_all_findings_and_all_cuts(own_study: OwnStudy, old: str, new: str) -> None:
    before = digest_of(own_study.load())
    own_study.edit(old, new, file="parameters.tsv" if "normal" in old else "study.yaml")
    assert digest_of(own_study.load()) != before


def digest_of(study: StudyFolder) -> str:
    evidence = evidence_digest(study.record, study.fragment, study.library, dict(study.observations))
    return challenge_digest(study.record, study.observations, evidence)


def test_an_interrupted_calibration_goes_on_where_it_stopped(
    command: Any, own_study: OwnStudy, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "diagnose", interrupted)
        assert command("calibrate", own_study.folder)[0] == 130
    assert finished(cache) > 5
    assert not (own_study.folder / FILE).exists()
    assert command("calibrate", own_study.folder)[0] == 0
    assert finished(cache) == 0
    resumed = texts(own_study)
    assert command("calibrate", own_study.folder)[0] == 0
    assert texts(own_study) == resumed


def test_a_challenge_needs_an_ensemble_that_is_not_stale(command: Any, own_study: OwnStudy, fit: Fit) -> None:
    write_fit(own_study.load(), fit)
    own_study.edit("lognormal(2, 0.1)", "lognormal(2, 0.2)", file="parameters.tsv")
    code, _, err = command("challenge", own_study.folder)
    assert code == 1
    assert "euthymia calibrate" in err
