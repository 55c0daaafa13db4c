"""Neurons of simulated animals: gains of the mechanism, spikes, what is decoded, what is kept, and the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pytest

from euthymia import recordings as module
from euthymia.engine.store import RunStore
from euthymia.pipeline import Reproduction, run_study
from euthymia.recordings import ANIMALS, Recorded, animals_of, recordings, sessions_of
from euthymia.report import StudyEntry
from euthymia.report.pages import study_page
from euthymia.report.recorded import recorded_parts
from euthymia.site.diagnostics import diagnostic_files
from support import OwnStudy, problems_of

BLOCK: Final = """
recordings:
  - id: cells
    label: {en: cells, zh: 细胞}
    choice_gain: firing
    groups: [{experiment: bench, arm: vehicle, time: 1 d}]
"""


@pytest.fixture(scope="module")
def run() -> Reproduction:
    return run_study("S05", animals=32, seed=1, workers=1)


@pytest.fixture(scope="module")
def found(run: Reproduction, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recorded, ...]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LABORATORIES", 6)
        patch.setattr(module, "FITS", 2)
        store = RunStore(tmp_path_factory.mktemp("neurons"))
        first = recordings(run, store=store)
        patch.setattr(module, "_measured", None)  # so that the second time must read what was kept
        again = recordings(run, store=store)
        assert same(first, again)
        yield first


def same(first: tuple[Recorded, ...], second: tuple[Recorded, ...]) -> bool:
    pairs = [pair for one, two in zip(first, second, strict=True) for pair in zip(one.groups, two.groups, strict=True)]
    return all(
        one.states is not None and two.states is not None and (one.states.rates == two.states.rates).all()
        and one.states.distinct == two.states.distinct
        and all((one.decodings[q].accuracy == two.decodings[q].accuracy).all() for q in one.decodings)
        for one, two in pairs
    )  # fmt: skip


def test_animals_are_those_of_the_run(run: Reproduction) -> None:
    recording = run.study.record.recordings[0]
    for group in recording.groups:
        trial = run.trials[group.experiment]
        values = animals_of(recording, group, trial, seed=1)
        again = animals_of(recording, group, trial, seed=1)
        whole = trial.values(group.arm, "choice_gain", group.time.to("d"))
        assert values["choice_gain"].shape == (len(whole), ANIMALS)
        assert all(np.isin(mine, theirs).all() for mine, theirs in zip(values["choice_gain"], whole, strict=True))
        assert all((values[name] == again[name]).all() for name in values)


def test_groups_share_their_neurons_and_choices(run: Reproduction) -> None:
    values = {"choice_gain": np.zeros((1, ANIMALS)), "history_gain": np.zeros((1, ANIMALS))}
    coded = {**values, "choice_gain": np.full((1, ANIMALS), 0.3)}
    silent, telling = (sessions_of(one, 0, seed=1) for one in (values, coded))
    for one, two in zip(silent, telling, strict=True):
        assert (one.choice == two.choice).all()
        assert (one.counts != two.counts).any()
    assert len({one.counts.tobytes() for one in silent}) == ANIMALS


def test_decoders_see_what_the_mechanism_says(found: tuple[Recorded, ...]) -> None:
    """Choice is told best and switching worst where the path is driven, and the null is at chance."""
    groups = {one.arm.id: one for one in found[0].groups}
    assert list(groups) == ["unstressed", "resilient", "susceptible", "susceptible_hm3dq"]

    def after(arm: str, question: str) -> float:
        return float(groups[arm].decodings[question].accuracy[:, 4:].mean())

    assert after("susceptible_hm3dq", "choice") > after("susceptible", "choice") + 0.05
    assert after("resilient", "choice") > after("susceptible", "choice")
    assert after("susceptible", "switch") > after("susceptible_hm3dq", "switch")
    for one in groups.values():
        for decoding in one.decodings.values():
            assert abs(decoding.null.mean() - 0.5) < 0.06
    states = {arm: one.states.distinct for arm, one in groups.items() if one.states is not None}
    assert states["susceptible"] > states["susceptible_hm3dq"]
    assert all(abs(states[arm] - one.given) < 2 for arm, one in groups.items())


def test_the_page_shows_them_in_both_languages(run: Reproduction, found: tuple[Recorded, ...]) -> None:
    part = recorded_parts(found)[0]
    assert [len(one.rows) for one in part.accuracies] == [4, 4]
    assert len(part.rests) == 4
    page = study_page(StudyEntry(run, {}, recorded=found), command="euthymia")
    for words in ("What the neurons tell", "神经元透露了什么", "labels shuffled", "打乱标签", "静息状态"):
        assert words in page
    without = study_page(StudyEntry(run, {}), command="euthymia")
    assert 'id="neurons"' in page
    assert "#neurons" not in without


def test_their_numbers_and_pictures_are_files(run: Reproduction, found: tuple[Recorded, ...]) -> None:
    made = diagnostic_files(StudyEntry(run, {}, recorded=found), "s05")
    files = {one.path: one.text for one in made if one.of.startswith("neurons-amygdala")}
    assert set(files) == {f"data/s05/neurons-amygdala{rest}{end}"
                          for rest in ("", "-rest") for end in (".csv", ".svg", ".zh.svg")}  # fmt: skip
    bins = sum(len(one.times) for group in found[0].groups for one in group.decodings.values())
    assert files["data/s05/neurons-amygdala.csv"].count("\n") == 1 + bins
    assert "抗压" in files["data/s05/neurons-amygdala-rest.zh.svg"]


def test_a_study_without_neurons_has_no_recordings(own_study: OwnStudy) -> None:
    assert recordings(run_study(own_study.folder, animals=4, workers=1)) == ()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [("bench", "bank", "bank"), ("vehicle", "vehicel", "vehicel"), ("1 d", "9 d", "9")],
)
def test_what_is_recorded_must_be_there(own_study: OwnStudy, old: str, new: str, word: str) -> None:
    path = own_study.folder / "study.yaml"
    experiment = own_study.load().record.experiments[0]
    block: Any = BLOCK.replace("bench", experiment.id).replace("vehicle", experiment.arms[0].id)
    block = block.replace("1 d", str(experiment.sampling[0].times[0]))
    old = {"bench": experiment.id, "vehicle": experiment.arms[0].id, "1 d": str(experiment.sampling[0].times[0])}[old]
    path.write_text(path.read_text(encoding="utf-8") + block.replace(old, new), encoding="utf-8")
    assert any(word in problem.text() for problem in problems_of(own_study.load))
