"""Error rates and coverage from worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.calibration.sampler import Effort
from euthymia.calibration.trust import World, Worlds, coverage, expected_coverage, rates, uniformity
from euthymia.cohorts.draw import generator
from euthymia.findings.verdict import SURE
from euthymia.records.folder import load_study


def world(probability: list[float], truth: list[int], ranks: list[float] | None = None) -> World:
    return World(np.array(ranks or [0.5]), np.array(probability), np.array(truth, dtype=float))


def test_rates_count_wrong_verdicts_among_what_is_not_so_and_what_is() -> None:
    found = rates([world([0.9, 0.1, 0.5, 0.95], [0, 1, 1, 1]), world([0.0, 0.2, 0.85, 0.7], [0, 1, 0, 0])], SURE)
    assert (found.not_so, found.so) == (4, 4)
    assert found.false_reproduced == pytest.approx(2 / 4)
    assert found.false_contradicted == pytest.approx(2 / 4)
    assert found.curve[:, 2].sum() == 8


def test_a_choice_of_findings_leaves_the_others_out() -> None:
    found = rates([world([0.9, 0.1], [0, 1])], SURE, np.array([True, False]))
    assert (found.not_so, found.so, found.false_reproduced) == (1, 0, 1.0)
    assert np.isnan(found.false_contradicted)


def test_uniform_ranks_cover_as_expected_and_piled_ranks_do_not() -> None:
    draws, rng = 64, generator(1, "uniform ranks")
    even = [World(rng.integers(0, draws + 1, 20) / draws, np.zeros(1), np.zeros(1)) for _ in range(400)]
    for level in (0.5, 0.8, 0.95):
        share, error = coverage(even, level)
        assert abs(share - expected_coverage(level, draws)) < 4 * error
    assert uniformity(even).min() > 1e-4
    narrow = [World(np.full(20, rng.choice([0.0, 1.0])), np.zeros(1), np.zeros(1)) for _ in range(40)]
    assert coverage(narrow, 0.95)[0] == 0
    assert uniformity(narrow).max() < 1e-6


def test_a_world_is_the_same_again_and_survives_being_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("euthymia.calibration.trust.EFFORT", Effort(1, 8, 1, 1, 0))
    made = Worlds(load_study("S07", calibrated=False))
    first, again = made.imagine(0), made.imagine(0)
    kept = made.read(first.flat())
    for one in (again, kept):
        assert np.array_equal(first.ranks, one.ranks)
        assert np.array_equal(first.probability, one.probability)
        assert np.array_equal(first.truth, one.truth)
    assert set(np.unique(first.truth)) <= {0.0, 1.0}
    assert not np.array_equal(first.ranks, made.imagine(1).ranks)


def test_a_false_world_lacks_its_link() -> None:
    made = Worlds(load_study("S07", calibrated=False), "no_md_to_mood")
    cut = next(one.cut for one in made.study.record.ablations if one.id == "no_md_to_mood")
    fixed = {one.id: one.value for one in made.world.parameters if one.id in cut}
    assert fixed == cut
    assert not {one.id for one in made.world.free} & set(cut)
