"""Credibility cards: counts add up, no grade without its fact, JSON as documented, both languages."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euthymia.credibility import (
    Card,
    NullCompetitor,
    ParameterDiagnosis,
    SecondRun,
    SecondSolver,
    Supplied,
    atlas_card,
    credibility_card,
    run_again,
)
from euthymia.credibility.again import verdict_bits
from euthymia.credibility.around import surroundings
from euthymia.credibility.checks import HIGHEST, LEVELS
from euthymia.credibility.counts import coverage
from euthymia.credibility.identify import identifiability
from euthymia.credibility.layout import ATLAS_LAYOUT, STUDY_LAYOUT
from euthymia.credibility.sentences import lines
from euthymia.findings.verdict import Verdict
from euthymia.pipeline import Reproduction, prepare_study, run_study
from euthymia.records.folder import load_study
from euthymia.records.parameter import Ensemble, Prior
from support import REPOSITORY, OwnStudy, parameter

HAN: Final = re.compile(r"[\u4e00-\u9fff]")
ANIMALS: Final = 16
SAMPLING: Final = 0.1
"""Three standard errors of the variance ratio of 4000 draws are 0.07."""
NULL: Final = NullCompetitor(findings=13, own_score=-0.4, null_score=-0.7, low=0.1, high=0.5)


@pytest.fixture(scope="module")
def run() -> Reproduction:
    """The fastest study of the atlas, as if nothing but its ensemble had been written."""
    found = run_study("S11", animals=ANIMALS)
    return replace(found, study=replace(found.study, diagnoses=(), challenge=None))


@pytest.fixture(scope="module")
def cut(run: Reproduction) -> Reproduction:
    return run_study("S11", animals=ANIMALS, ablate="no_relief")


@pytest.fixture(scope="module")
def bare(run: Reproduction) -> Card:
    return credibility_card(run, supplied=Supplied())


@pytest.fixture(scope="module")
def full(run: Reproduction, cut: Reproduction) -> Card:
    verdicts = {one.finding.id: one.verdict for one in cut.scorecard.outcomes}
    diagnoses = identifiability(run)
    assert diagnoses is not None
    supplied = Supplied(
        diagnostics=[replace(one, rhat=1.002, ess=900.0) for one in diagnoses.diagnoses],
        recalibrated={"no_relief": verdicts},
        null=NULL,
        second_run=SecondRun(2, verdict_bits(run.scorecard)),
        second_solver=SecondSolver("another solver", 9, 1e-8, 1e-5),
    )
    return credibility_card(run, ablated={"no_relief": cut.scorecard}, supplied=supplied)


@pytest.fixture(params=["bare", "full"])
def card(request: pytest.FixtureRequest) -> Card:
    found: Card = request.getfixturevalue(request.param)
    return found


def test_counts_add_up(card: Card, run: Reproduction) -> None:
    assert sum(count for row in card.findings.values() for count in row.values()) == len(run.scorecard.outcomes)
    assert sum(card.parameters.counts.values()) == card.parameters.total == len(run.mechanism.parameters)
    assert math.isclose(sum(card.parameters.share(status) for status in card.parameters.counts), 1)
    known = card.identifiability
    assert known is not None
    assert set(known.narrowed).isdisjoint(known.untouched)
    assert len(known.diagnoses) == sum(one.prior.kind != "fixed" for one in run.mechanism.parameters)
    if card.ablation is not None:
        assert set(card.ablation.cut) | set(card.ablation.uncut) == set(card.ablation.links)
        assert set(card.ablation.needed) | set(card.ablation.unsupported) == set(card.ablation.cut)
        assert set(card.ablation.needed) <= set(card.ablation.moving)


def test_there_are_ten_rules_and_each_grade_is_the_number_of_its_checks_that_hold(card: Card) -> None:
    assert [rule.number for rule in card.rules] == list(range(1, 11))
    assert len({rule.id for rule in card.rules}) == 10
    for rule in card.rules:
        assert len(rule.checks) == (1 if rule.id == "reviews" else HIGHEST)
        assert rule.grade == sum(check.holds for check in rule.checks)
        assert rule.level is LEVELS[rule.grade]


def test_no_check_holds_without_a_fact(card: Card) -> None:
    for check in (check for rule in card.rules for check in rule.checks):
        assert check.fact.text()
        assert check.computed or not check.holds
        assert (check.fact.text() == "Not computed.") == (not check.computed)


def test_what_is_not_supplied_is_not_computed_and_earns_nothing(bare: Card, full: Card) -> None:
    grades, more = ({rule.id: rule.grade for rule in one.rules} for one in (bare, full))
    assert grades["competitors"] == 0
    assert more["competitors"] == HIGHEST
    assert grades["reviews"] == more["reviews"] == 0
    assert more["evaluation"] > grades["evaluation"]


def test_a_null_competitor_that_is_not_beaten_costs_a_grade(run: Reproduction) -> None:
    worse = replace(NULL, low=-0.1)
    cards = [credibility_card(run, supplied=Supplied(null=null)) for null in (NULL, worse)]
    grades = [next(rule.grade for rule in one.rules if rule.id == "competitors") for one in cards]
    assert grades == [2, 1]


def test_sentences_are_in_both_languages(card: Card) -> None:
    checks = [check for rule in card.rules for check in rule.checks]
    names = [rule.name for rule in card.rules] + [check.criterion for check in checks] + [one.fact for one in checks]
    for message in names + [line.label for line in lines(card)] + [line.text for line in lines(card)]:
        assert HAN.search(message.text("zh"))
        assert not HAN.search(message.text("en"))


def paths(value: object, layout: Mapping[str, str], path: str = "") -> Iterator[str]:
    """The paths of plain data, with ``*`` where the layout has it."""
    if isinstance(value, dict):
        for key, part in value.items():
            known = f"{path}.{key}" if path else key
            named = any(one == known or one.startswith((f"{known}.", f"{known}[")) for one in layout)
            yield from paths(part, layout, known if named else f"{path}.*")
    elif isinstance(value, list):
        for part in value:
            yield from paths(part, layout, f"{path}[]")
        if not value:
            yield f"{path}[]"
    else:
        yield path


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_json_is_laid_out_as_documented(bare: Card, full: Card) -> None:
    layout = dict(STUDY_LAYOUT)
    whole = [strict(one.to_json()) for one in (bare, full)]
    found = {path for one in whole for path in paths(one, layout)}
    lists = {"not_covered[]", "rules[].checks[]"}
    assert {path for path in found if path not in layout and path not in lists} == set()
    groups = {"identifiability", "ablation", "recalibrated", "null_competitor", "second_solver"}
    assert set(layout) - groups <= found


def test_numbers_that_do_not_exist_are_null(bare: Card, full: Card) -> None:
    whole, more = strict(bare.to_json()), strict(full.to_json())
    assert [whole[key] for key in ("ablation", "recalibrated", "null_competitor", "second_solver")] == [None] * 4
    assert whole["identifiability"]["worst_rhat"] is None
    assert whole["reproducibility"]["same_bits"] is None
    assert more["reproducibility"]["same_bits"] is True
    assert more["null_competitor"]["log_evidence_difference"] is None
    assert whole["rules"][8]["checks"][0]["holds"] is None


def test_the_atlas_adds_up_its_studies(bare: Card, full: Card) -> None:
    atlas = atlas_card([bare, replace(full, study="TWO")])
    whole = strict(atlas.to_json())
    assert {path.split("[")[0].split(".")[0] for path in ATLAS_LAYOUT} == set(whole)
    assert whole["lowest_grades"]["competitors"] == 0
    assert whole["findings"]["validate"]["reproduced"] == 2 * bare.findings["validate"][Verdict.REPRODUCED]
    own, shared = len(bare.parameters.own), len(bare.parameters.shared)
    assert sum(whole["parameters"]["counts"].values()) == 2 * own + shared


def test_a_study_without_draws_has_no_identifiability(own_study: OwnStudy) -> None:
    run = run_study(own_study.folder, animals=8)
    card = credibility_card(run)
    assert card.identifiability is None
    limits = next(rule for rule in card.rules if rule.id == "limitations")
    assert not limits.checks[3].computed
    assert strict(card.to_json())["identifiability"] is None


def test_contraction_is_that_of_the_variance_on_the_scale_of_the_parameter(run: Reproduction) -> None:
    rows = tuple(
        parameter(name, 1.0, scale="log", lower=1e-6, upper=1e6, prior="lognormal(1, 0.5)", status="assumed")
        for name in ("narrow", "wide", "absent")
    )
    rng = np.random.default_rng(1)
    draws = np.exp(np.stack([0.25 * rng.standard_normal(4000), 0.5 * rng.standard_normal(4000)], axis=1))
    fragment = replace(run.study.fragment, parameters=rows)
    study = replace(run.study, fragment=fragment, ensemble=Ensemble(("narrow", "wide"), draws, 4000.0))
    known = identifiability(replace(run, study=study, mechanism=replace(run.mechanism, parameters=rows)))
    assert known is not None
    narrow, wide, absent = known.diagnoses
    assert abs(narrow.contraction - 0.75) < SAMPLING
    assert abs(wide.contraction) < SAMPLING
    assert absent.contraction == 0
    assert known.narrowed == ("narrow",)
    assert set(known.untouched) == {"wide", "absent"}


def test_the_prior_is_cut_off_at_its_bounds(run: Reproduction) -> None:
    row = parameter("k", 0.5, scale="lin", lower=0.0, upper=1.0, prior="normal(0.5, 50)", status="assumed")
    study = replace(run.study, fragment=replace(run.study.fragment, parameters=(row,)))
    known = identifiability(replace(run, study=study, mechanism=replace(run.mechanism, parameters=(row,))))
    assert known is not None
    assert abs(known.diagnoses[0].prior_sd - 1 / math.sqrt(12)) < 1e-3
    assert Prior.parse("normal(0.5, 50)") == row.prior


def test_diagnostics_are_taken_where_given(run: Reproduction) -> None:
    given = [ParameterDiagnosis("a", 1.0, 0.1, 0.99, 1.2, 50.0), ParameterDiagnosis("b", 1.0, 1.0, 0.0, 1.0, 400.0)]
    known = identifiability(run, given)
    assert known is not None
    assert (known.worst_rhat, known.smallest_ess, known.narrowed, known.untouched) == (1.2, 50.0, ("a",), ("b",))


def test_a_parameter_that_the_evidence_does_not_feel_is_not_touched_however_narrow(run: Reproduction) -> None:
    given = [
        ParameterDiagnosis("a", 1.0, 0.5, 0.75, 1.0, 400.0, felt=False),
        ParameterDiagnosis("b", 1.0, 1.0, 0.0, 1.0, 400.0, felt=True),
    ]
    known = identifiability(run, given)
    assert known is not None
    assert (known.narrowed, known.untouched) == ((), ("a",))


def test_what_a_cut_moves() -> None:
    record = load_study("S11", calibrated=False).record
    links = record.ablations[0].links
    before = {"F1": Verdict.REPRODUCED, "F2": Verdict.CONTRADICTED, "F3": Verdict.REPRODUCED}
    name = record.ablations[0].id
    assert coverage(record, before, {}) is None
    falls = coverage(record, before, {name: before | {"F1": Verdict.INCONCLUSIVE}})
    appears = coverage(record, before, {name: before | {"F2": Verdict.REPRODUCED}})
    nothing = coverage(record, before, {name: before})
    assert falls is not None and appears is not None and nothing is not None
    assert (set(falls.moving), falls.unsupported, falls.still) == (set(links), (), ("F2", "F3"))
    assert (set(appears.moving), set(appears.unsupported), appears.still) == (set(links), set(links), ("F1", "F3"))
    assert (nothing.moving, set(nothing.unsupported), len(nothing.still)) == ((), set(links), 3)


def test_bits_are_those_of_the_numbers(run: Reproduction) -> None:
    again = run_again(prepare_study("S11"), run, workers=2)
    assert again.bits == verdict_bits(run.scorecard)
    first, *rest = run.scorecard.outcomes
    moved = replace(first, probability=np.nextafter(first.probability, 2.0))
    assert verdict_bits(replace(run.scorecard, outcomes=(moved, *rest))) != again.bits


def test_surroundings_of_the_atlas_and_of_nowhere(tmp_path: Path) -> None:
    here = surroundings(REPOSITORY / "src" / "euthymia" / "atlas" / "s11_habenula_sst")
    assert here.licence == "Apache-2.0"
    assert len(here.documents) == 4
    nowhere = surroundings(tmp_path)
    assert (nowhere.licence, nowhere.address, nowhere.documents) == ("", "", ())
    assert not nowhere.tracked and not nowhere.unchanged


def test_the_command_prints_cards_in_both_languages_and_as_json(command: Any) -> None:
    code, out, err = command("card", "S11", "--animals", ANIMALS)
    assert code == 0
    assert "Get independent reviews" in out and "--check" in err
    assert "获取独立评审" in command("card", "S11", "--animals", ANIMALS, "--lang", "zh")[1]
    whole = strict(command("card", "S11", "--animals", ANIMALS, "--json")[1])
    assert [one["study"] for one in whole["studies"]] == ["S11"]
    assert whole["studies"][0]["ablation"] is not None
