"""Ladders of doses: what is tried, that zero is the vehicle, and the pictures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from euthymia.cohorts.draw import sample_cohort
from euthymia.doses import FACTORS, MOST_ASSAYS, Ladder, ladders
from euthymia.pipeline import prepare_study, run_experiment
from euthymia.protocols.strength import stronger
from euthymia.records.protocol import Drug, Exercise, Stimulation
from euthymia.report.doses import dose_groups
from euthymia.units import parse_quantity
from support import OwnStudy

ANIMALS = 8


@pytest.fixture(scope="module")
def found() -> tuple[Ladder, ...]:
    return ladders(prepare_study("S02"), animals=ANIMALS)


def test_each_graded_intervention_has_a_ladder_of_at_most_three_assays(found: tuple[Ladder, ...]) -> None:
    names = [ladder.item.drug for ladder in found if isinstance(ladder.item, Drug)]
    assert {"ketamine", "bci"} <= set(names)
    assert all(names.count(name) <= MOST_ASSAYS for name in names)
    assert all(tuple(ladder.factors) == FACTORS for ladder in found if isinstance(ladder.item, Drug))
    assert all((ladder.low <= ladder.median).all() and (ladder.median <= ladder.high).all() for ladder in found)


def test_the_published_dose_gives_what_the_published_arm_gives(found: tuple[Ladder, ...]) -> None:
    study, ladder = prepare_study("S02"), found[0]
    cohort = sample_cohort(study.mechanism.parameters, animals=ANIMALS, seed=1, ensemble=study.folder.ensemble)
    trial = run_experiment(study.folder, study.mechanism, cohort, ladder.experiment)
    means = trial.readings(ladder.reading.model_copy(update={"arm": ladder.arm.id})).mean(axis=1)
    np.testing.assert_allclose(ladder.median[FACTORS.index(1.0)], np.median(means), rtol=1e-6)


def test_more_ketamine_changes_more(found: tuple[Ladder, ...]) -> None:
    ladder = next(one for one in found if isinstance(one.item, Drug) and one.item.drug == "ketamine")
    change = np.abs(ladder.median - ladder.median[0])
    assert change[FACTORS.index(1.0)] > change[FACTORS.index(0.1)] > 0


def test_strengths_above_all_cells_are_not_tried() -> None:
    minute, start = parse_quantity("10 min"), parse_quantity("0 d")
    light = Stimulation(
        method="optogenetic", effect="drive", target="cells", start=start, duration=minute, strength=0.5
    )
    run = Exercise(exercise="treadmill", start=start, duration=minute, intensity=0.6)
    assert [factor for factor in FACTORS if stronger(light, factor) is None] == [3.0, 10.0]
    assert [factor for factor in FACTORS if stronger(run, factor) is None] == [3.0, 10.0]


def test_pictures_are_grouped_by_intervention(found: tuple[Ladder, ...]) -> None:
    groups = dose_groups(found, prepare_study("S02").folder.library)
    assert sum(len(group.charts) for group in groups) == len(found)
    for group in groups:
        assert all("<svg" in chart.picture and len(chart.rows) == len(found[0].factors) for chart in group.charts)


def test_a_study_without_graded_interventions_has_no_ladder(own_study: OwnStudy) -> None:
    folder = own_study.load()
    quiet = folder.record.model_copy(update={"findings": ()})
    assert ladders(prepare_study(dataclasses.replace(folder, record=quiet)), animals=4) == ()
