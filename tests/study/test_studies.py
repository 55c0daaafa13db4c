"""The built-in studies with their calibrated ensembles: verdicts, ablations, published series."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

from euthymia.findings.contrast import WITHIN, misfit
from euthymia.findings.verdict import Verdict, series_values, with_error
from euthymia.pipeline import Reproduction
from support import ATLAS_STUDIES, STUDY_FACTS

REPRODUCED: Final = 0.5
"""Least share of the evaluated findings that must be reproduced: more than half."""
FALL: Final = 0.5
"""Least loss of probability that counts as a fall, so that no finding on the edge counts."""
SERIES: Final = 0.5
"""Least share of published points that the ensemble's median must meet: the majority."""
CUTS: Final = [(name, cut) for name, facts in STUDY_FACTS.items() for cut in facts.breaks]
study_ids: Final = pytest.mark.parametrize("name", ATLAS_STUDIES)


def reproduced(result: Reproduction) -> set[str]:
    return {outcome.finding.id for outcome in result.scorecard.outcomes if outcome.verdict is Verdict.REPRODUCED}


@study_ids
def test_a_study_runs_without_a_failed_run(run: Any, name: str) -> None:
    result = run(name)
    assert result.study.ensemble is not None
    assert {key: int(trial.failed.sum()) for key, trial in result.trials.items() if trial.failed.any()} == {}
    assert len(result.scorecard.outcomes) == len(result.study.record.findings)


@study_ids
def test_only_findings_without_a_read_out_are_not_evaluated(run: Any, name: str) -> None:
    missing = [o for o in run(name).scorecard.outcomes if o.verdict is Verdict.NOT_EVALUATED]
    assert {outcome.finding.reading.assay for outcome in missing} == set(STUDY_FACTS[name].without_read_out)
    assert all(outcome.reason for outcome in missing)


@study_ids
def test_most_findings_are_reproduced(run: Any, name: str) -> None:
    result = run(name)
    evaluated = [o for o in result.scorecard.outcomes if o.verdict is not Verdict.NOT_EVALUATED]
    assert len(reproduced(result)) / len(evaluated) > REPRODUCED


@pytest.mark.parametrize(("name", "cut"), CUTS)
def test_a_cut_link_breaks_a_finding(run: Any, name: str, cut: str) -> None:
    whole, without = run(name).scorecard, run(name, cut).scorecard
    fallen = [
        finding
        for finding in reproduced(run(name)) - reproduced(run(name, cut))
        if whole[finding].probability - without[finding].probability >= FALL
    ]
    assert fallen
    assert run(name, cut).scorecard.ablated == (cut,)


@pytest.mark.parametrize("rival", ["rival_d2_amplifies", "rival_two_kinds_of_d2"])
def test_rivals_of_s07_bring_out_what_other_laboratories_report(run: Any, rival: str) -> None:
    """The model contradicts them; a rival must be strong enough to hold them, and then loses the study's own result."""
    whole, turned = run("S07").scorecard, run("S07", rival).scorecard
    for finding in ("S07-31", "S07-32", "S07-33"):
        assert whole[finding].verdict is Verdict.CONTRADICTED
        assert turned[finding].probability - whole[finding].probability >= FALL
    assert whole["S07-09"].probability - turned["S07-09"].probability >= FALL


def test_most_published_points_of_s04_lie_around_the_simulated_median(run: Any) -> None:
    result = run("S04")
    inside: dict[str, list[bool]] = {}
    for series in result.study.record.series:
        points = result.study.observations[series.id]
        medians = np.median(series_values(series, points, result.trials[series.experiment]), axis=0)
        inside[series.id] = [
            bool(abs(misfit(value, point)) <= WITHIN) for value, point in zip(medians, with_error(points), strict=True)
        ]
    hits = [hit for one in inside.values() for hit in one]
    assert sum(hits) / len(hits) > SERIES, {key: f"{sum(one)}/{len(one)}" for key, one in inside.items()}


@study_ids
def test_arms_share_their_animals(run: Any, name: str) -> None:
    """Arms of one experiment start alike: a contrast is paired."""
    for trial in run(name).trials.values():
        mood = next(name for name in ("despair", "anxiety", "anhedonia_shown") if name in trial.states)
        first = trial.states[mood].isel(time=0).values
        assert np.abs(first - first[:, :1]).max() < 1e-6
