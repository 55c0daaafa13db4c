"""What pages say of a challenge and of a calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample import challenge, entry

from euthymia.credibility import null_competitor, supplied_from
from euthymia.findings.verdict import Verdict
from euthymia.records.challenge import Challenge
from euthymia.report import StudyEntry, write_report
from euthymia.report.calibration import calibration_values
from euthymia.report.competitor import competitor_values
from euthymia.report.ranks import rank_charts, rank_counts
from euthymia.report.recut import recut_values
from euthymia.report.verdicts import cuts, verdict_rows


def challenged(found: Challenge | None, **changes: Any) -> StudyEntry:
    """The sample with another challenge, or with none."""
    whole = entry()
    study = replace(whole.reproduction.study, challenge=found, **changes)
    return replace(whole, reproduction=replace(whole.reproduction, study=study))


def slugs(whole: StudyEntry) -> dict[str, list[str]]:
    matrix: Any = recut_values(whole, cuts(whole))["anew_matrix"]
    return {outcome.finding.id: [cell.slug for cell in cells] for outcome, cells in (*matrix.moved, *matrix.still)}


def said(values: dict[str, object], key: str) -> list[str]:
    named: Any = values[key]
    return [str(one.sentence) for one in named]


def test_a_finding_falls_even_so_or_only_without_recalibration() -> None:
    assert slugs(entry()) == {
        "F1": ["replaced", "holds"], "F2": ["falls", "holds"], "F3": ["holds", "holds"], "F4": ["gains", "was-not"],
        "F5": ["was-not", "was-not"],
    }  # fmt: skip


def test_without_plain_cuts_nothing_is_said_to_be_replaced() -> None:
    whole = replace(entry(), ablated={})
    assert slugs(whole)["F1"] == ["holds", "holds"]
    assert "replaced" not in recut_values(whole, ())["anew_words"]  # type: ignore[operator]


def test_what_does_not_discriminate_is_not_supported_or_was_never_cut_is_named() -> None:
    whole = entry()
    first, second, third = recut_values(whole, cuts(whole))["cut_sentences"]  # type: ignore[misc]
    assert str(first.sentence).startswith("Not discriminating: 3 of 5") and first.findings == ("F1", "F3", "F5")
    assert str(second.sentence).startswith("Unsupported: 1 of 2")
    assert [str(one) for one in second.links] == ["4. PT neurons → despair"]
    assert str(third.sentence).startswith("Never cut") and len(third.links) == 4


def test_the_card_compares_recalibrated_cuts_with_the_challenged_whole() -> None:
    given = supplied_from(entry().reproduction.study)
    assert given.whole is not None and given.recalibrated is not None
    assert given.whole["F2"] is Verdict.REPRODUCED
    assert entry().reproduction.scorecard["F2"].verdict is Verdict.CONTRADICTED
    card = entry().card
    assert card.recalibrated is not None
    assert (card.recalibrated.needed, card.recalibrated.unsupported) == (("formation",), ("gate",))
    assert card.null is not None and card.null.log_evidence_difference == 2.5


def test_a_finding_that_a_challenge_does_not_know_was_not_evaluated() -> None:
    found = challenge()
    older = {name: {"F1": told["F1"]} for name, told in found.probabilities.items()}
    study = challenged(replace(found, probabilities=older)).reproduction.study
    assert supplied_from(study).whole["F2"] is Verdict.NOT_EVALUATED  # type: ignore[index]
    assert null_competitor(study, "validate") is None


def test_what_the_null_competitor_does_is_scored_and_named() -> None:
    values = competitor_values(entry().reproduction.study)
    validate, calibrate = values["score_rows"]  # type: ignore[misc]
    assert (validate.scores.findings, calibrate.scores.findings) == (1, 3)
    assert (validate.slug, calibrate.slug) == ("yes", "maybe")
    assert said(values, "null_sentences")[0].endswith("the mechanism predicts better than direct arrows do.")
    assert values["null_sentences"][3].findings == ("F2",)  # type: ignore[index]


@pytest.mark.parametrize(
    ("null", "words"),
    [({}, "does not beat a direct arrow"), ({"F2": 1.0}, "direct arrows predict better")],
)
def test_a_mechanism_that_does_not_beat_the_null_says_so(null: dict[str, float], words: str) -> None:
    values = competitor_values(challenged(challenge(null=null)).reproduction.study)
    assert words in said(values, "null_sentences")[0]


def test_verdicts_that_the_width_of_priors_decides_are_named() -> None:
    values = calibration_values(entry().reproduction.study)
    assert [one.finding for one in values["width_changes"]] == ["F3"]  # type: ignore[attr-defined]
    assert "1 of 5 verdicts change" in str(values["width_sentence"])


def test_parameters_are_sorted_by_contraction_and_the_unclean_marked() -> None:
    values = calibration_values(entry().reproduction.study)
    first, rest = values["contractions"]  # type: ignore[misc]
    assert (len(first), len(rest)) == (12, 2)
    assert (first[0].id, first[0].contraction, first[0].mixed, first[0].enough) == ("k_form", "91 %", False, False)
    assert (rest[-1].id, rest[-1].felt, rest[-1].share) == ("k_gate", False, 0.0)
    assert str(values["convergence"]).startswith("The draws are not clean")
    assert "k_form" in str(values["ranks"].title)  # type: ignore[attr-defined]


def test_ranks_are_level_where_runs_agree_and_steep_where_not() -> None:
    level = rank_counts(np.arange(400.0).reshape(100, 4).T)
    assert level.tolist() == [[10] * 10] * 4
    apart = rank_counts(np.arange(400.0).reshape(4, 100))
    assert apart[0].tolist() == [40, 40, 20, *[0] * 7]
    assert len(rank_charts(np.arange(40.0).reshape(4, 10), labelled_by="x")) == 4


def test_the_prior_stands_beside_the_probability() -> None:
    whole = entry()
    first = verdict_rows(whole.reproduction.scorecard, whole.prior)[0]
    assert str(first.before) == "before calibration: 31 %"
    assert verdict_rows(whole.reproduction.scorecard)[0].before is None


def test_what_was_not_computed_is_said_with_the_command(tmp_path: Path) -> None:
    bare = challenged(None, diagnoses=(), ensemble=None)
    write_report([bare], tmp_path, command="x")
    text = (tmp_path / "s90.html").read_text(encoding="utf-8")
    assert text.count("Not computed; “euthymia challenge S90” does it.") == 2
    assert "Not computed; “euthymia calibrate S90” does it." in text
    assert "before calibration" not in text
