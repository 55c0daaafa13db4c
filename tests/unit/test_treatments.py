"""The pages of interventions: which findings are about one, which links lead on from it, what the sentences say."""

from __future__ import annotations

from typing import Any

import pytest

from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.records.folder import built_in, load_study
from euthymia.records.intervention import Catalogue, read_catalogue
from euthymia.records.library import common_library
from euthymia.records.study import Study
from euthymia.report.told import Told
from euthymia.report.verdicts import VerdictRow, verdict_rows
from euthymia.site import sure
from euthymia.site.agents import Agent, agents, agents_of, concerning, path_of, siblings
from euthymia.site.does import doing
from euthymia.site.grades import GRADES, is_close, read_from
from euthymia.site.strengths import amount, dose_chart, dose_rows, half
from euthymia.site.treatment import about
from support import finding
from told import effect, intervention, middle, told

READING = {"arm": "drug", "assay": "readout", "time": "1 d"}


@pytest.fixture(scope="module")
def psilocybin() -> Study:
    return load_study("S04").record


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def test_an_agent_is_what_is_given_not_how_much_nor_what_the_animal_lives_through(psilocybin: Study) -> None:
    arms = {arm.id: agents_of(arm.protocol) for one in psilocybin.experiments for arm in one.arms}
    assert arms["stress_saline"] == frozenset()
    assert arms["pt_silenced"] == {Agent("substance", "psilocybin"), Agent("cells", "PT", "silence")}
    assert arms["ko_psilocybin"] == {Agent("substance", "psilocybin"), Agent("gene", "HTR2A", "down")}


def test_the_drug_of_a_designer_receptor_is_no_agent_of_its_own(catalogue: Catalogue) -> None:
    assert agents(catalogue.interventions["vca1_driven"]) == {Agent("cells", "vCA1_to_BLA", "drive")}
    assert agents(catalogue.interventions["run"]) == {Agent("running", "running")}


def test_findings_about_an_intervention_read_an_arm_that_has_all_of_it(psilocybin: Study) -> None:
    drug = {Agent("substance", "psilocybin")}
    about_drug = concerning(psilocybin, drug)
    assert {"S04-01", "S04-05"} <= about_drug
    silenced = concerning(psilocybin, {*drug, Agent("cells", "PT", "silence")})
    assert silenced
    assert silenced < about_drug
    assert concerning(psilocybin, {Agent("cells", "PT", "drive")}) == frozenset()
    series = {one.id: one.arm for one in psilocybin.series}
    saline = [one.id for one in psilocybin.findings if one.kind == "series" and "saline" in series[one.series]]
    assert saline
    assert not about_drug & set(saline)


def test_the_chain_is_followed_from_the_drug_on(psilocybin: Study) -> None:
    library = common_library()
    every = path_of(psilocybin, {Agent("substance", "psilocybin")}, library)
    assert every == psilocybin.chain
    ketamine = load_study("S02").record
    found = [link.id for link in path_of(ketamine, {Agent("substance", "bci")}, library)]
    assert found[0] != "blocks"
    assert {"inhibits_dusp6", "dephosphorylates", "consolidated_relieves"} <= set(found)
    assert path_of(psilocybin, {Agent("cells", "PT", "drive")}, library) == ()


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("psilocybin", {"psilocin_cingulate"}),
        ("psilocin_cingulate", {"psilocybin"}),
        ("ketamine", {"ketamine_bci"}),
        ("ketamine_bci", {"ketamine", "bci"}),
        ("v1_driven", {"v1_driven_cno"}),
        ("run", set()),
    ],
)
def test_interventions_with_the_same_drug_or_cells_know_each_other(
    catalogue: Catalogue, name: str, others: set[str]
) -> None:  # fmt: skip
    assert set(siblings(name, catalogue, common_library())) == others


def row(verdict: Verdict, use: str) -> VerdictRow:
    about_it = finding("greater", use=use, reading=READING, against={"arm": "saline"})
    outcome = Outcome(about_it, verdict, 0.5, 0.1, 0.5, 1.0, 0.0, 2.0, "s", (10,), True, 20)
    return verdict_rows(Scorecard("S90", (outcome,), {}))[0]


def findings(*rows: tuple[Verdict, str]) -> tuple[sure.Told, ...]:
    found = sorted((row(*one) for one in rows), key=lambda one: sure.ORDER.index(one.outcome.verdict))
    return (sure.Told("s04.html", load_study("S04").record, tuple(found)),)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), ["No published finding of the studies here is about it"]),
        ([(Verdict.REPRODUCED, "validate")], ["The only published finding about it is judged like this: reproduced.",
                                              "It was a prediction"]),
        ([(Verdict.CONTRADICTED, "calibrate")], ["judged like this: contradicted.", "It was used to fit the model"]),
        ([(Verdict.REPRODUCED, "calibrate")] * 2, ["reproduce all 2", "so none of them is a test"]),
        ([(Verdict.REPRODUCED, "validate"), (Verdict.INCONCLUSIVE, "validate")],
         ["Of 2 published findings about it the models reproduce 1; they contradict 0 and leave 1 open.",
          "All of them were predictions"]),
        ([(Verdict.REPRODUCED, "calibrate"), (Verdict.CONTRADICTED, "validate"), (Verdict.NOT_EVALUATED, "calibrate")],
         ["reproduce 1; they contradict 1, leave 0 open, and have nothing to say on 1.", "One of them was a predict"]),
        ([(Verdict.REPRODUCED, "calibrate"), (Verdict.REPRODUCED, "validate"), (Verdict.CONTRADICTED, "validate")],
         ["reproduce 2; they contradict 1", "2 of them were predictions", "got 1 of these right"]),
    ],
)  # fmt: skip
def test_sentences_sum_the_findings_up(rows: list[tuple[Verdict, str]], said: list[str]) -> None:
    text = " ".join(map(str, sure.sentences(findings(*rows) if rows else (), "it")))
    for words in said:
        assert words in text
    assert "{" not in text
    assert "{" not in "".join(one.text("zh") for one in sure.sentences(findings(*rows) if rows else (), "它"))


def test_uses_are_told_apart() -> None:
    told_of = findings((Verdict.REPRODUCED, "validate"), (Verdict.CONTRADICTED, "calibrate"))
    assert [one.outcome.verdict for one in sure.of_use(told_of, "calibrate")[0].rows] == [Verdict.CONTRADICTED]
    assert sure.of_use(findings((Verdict.REPRODUCED, "validate")), "calibrate") == ()
    assert [(slug, count) for slug, _, count in sure.shares(told_of)] == [("yes", 1), ("no", 1)]


def test_sources_of_steps_and_of_numbers_are_counted(psilocybin: Study) -> None:
    assert str(sure.read_closely(psilocybin.chain)).startswith("Of the 11 steps above, 6 were read from data")
    (said,) = sure.numbers_of({Agent("substance", "psilocybin"), Agent("gene", "HTR2A", "down")}, common_library())
    assert str(said).startswith("Of the 10 numbers that say how psilocybin spreads, binds and fades, 9 are assumed")


def whole(*one: dict[str, Any]) -> Told:
    return Told.model_validate(told(*one))


@pytest.mark.parametrize(
    ("onset", "duration", "probability", "said"),
    [
        (
            0.27,
            30.0,
            0.9,
            "relieves stressed virtual mice from 6.5 h on, for 30 d; 90 % of the draws show an effect.",
        ),
        (0.27, None, 0.9, "in most draws for as long as they are followed (70 d)"),
        (0.27, 30.0, 0.5, "It may relieve stressed virtual mice, but not reliably: 50 % of the draws"),
        (None, 30.0, 0.1, "Stressed virtual mice are hardly relieved by it: 10 % of the draws"),
        (None, None, 0.0, "Stressed virtual mice are hardly relieved by it: 0 % of the draws"),
    ],
)
def test_what_it_does_is_said_in_a_sentence_with_its_uncertainty(
    catalogue: Catalogue, onset: float | None, duration: float | None, probability: float, said: str
) -> None:  # fmt: skip
    file = whole(intervention("psilocybin", onset, duration, probability))
    found = doing(file.interventions[0], file, catalogue, common_library())
    assert said in str(found.brief)
    facts = {fact.id: " ".join(map(str, (fact.value, fact.interval, *fact.meaning))) for fact in found.facts}
    assert facts["peak"].startswith("0.84 SD 0.46 to 1.6 That is 38 s in the test, 5.6 d after the start.")
    assert "17 % 14 % to 23 %" in facts["precision"]
    assert "head twitches" in facts["harm"]
    assert "No read-out exists for: dissociation." in facts["harm"]
    assert ("–" in facts["duration"]) is (probability == 0)
    if onset is None:
        assert facts["onset"].startswith("not in most draws")
    assert found.harms[1][1].text("zh") == "未知：没有研究读取它。"  # type: ignore[union-attr]


def test_no_harm_is_not_said_to_be_harmless(catalogue: Catalogue) -> None:
    file = whole(intervention("run", worst_harm=None, repeated=None, failed=0.25, selectivity=middle(None, None)))
    found = doing(file.interventions[0], file, catalogue, common_library())
    facts = {fact.id: fact for fact in found.facts}
    assert str(facts["harm"].value) == "none seen"
    assert "not the same as harmless" in str(facts["harm"].meaning[-1])
    assert facts["precision"].value == "–"
    assert str(facts["draws"].meaning[-1]) == "Left out because a run failed: 25 % of the draws."
    assert found.again is None


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("psilocybin", "0.50 mg/kg"),
        ("psilocin_cingulate", "2.5 nmol"),
        ("d1_driven", "22 % of the cells"),
        ("run", "30 % of the largest effort"),
        ("vca1_driven", "50 % of the cells"),
        ("ketamine_bci", ""),
        ("mtor", ""),
    ],
)
def test_strengths_are_told_in_units_where_there_is_one(catalogue: Catalogue, name: str, units: str) -> None:
    assert str(amount(catalogue.interventions[name], 0.5)) == units


@pytest.mark.parametrize(
    ("median", "said"),
    [
        (0.23, "Half of the largest effect is reached at a strength of 0.23 times that of the study (0.23 mg/kg)."),
        (0.0, "Even the weakest that was tried, 0.10 times that of the study (0.10 mg/kg), brings more than half"),
        (None, "No strength that was tried relieves the animals"),
    ],
)
def test_the_strength_of_half_the_effect_is_a_sentence(catalogue: Catalogue, median: float | None, said: str) -> None:
    plain = intervention("psilocybin")
    plain["dose_response"]["half"] = middle(median)
    one, entry = whole(plain).interventions[0], catalogue.interventions["psilocybin"]
    assert str(half(one, entry)).startswith(said)
    assert one.dose_response is not None
    assert 'role="img"' in dose_chart(one.dose_response)
    assert [str(row[1]) for row in dose_rows(one, entry)] == ["0.10 mg/kg", "1.0 mg/kg", "3.0 mg/kg"]
    without = whole(intervention("psilocybin", dose_response=None)).interventions[0]
    assert (half(without, entry), dose_rows(without, entry)) == (None, ())


def test_findings_about_a_drug_name_the_drug(catalogue: Catalogue) -> None:
    library, entry = common_library(), catalogue.interventions["psilocybin"]
    assert str(about(entry, agents(entry), library)) == "psilocybin"
    both = catalogue.interventions["ketamine_bci"]
    assert str(about(both, agents(both), library)) == "ketamine with BCI, once"


def test_a_file_whose_doses_do_not_match_is_refused() -> None:
    plain = intervention("psilocybin")
    plain["dose_response"]["factors"] = [1, 3]
    with pytest.raises(ValueError, match="dose"):
        whole(plain)
    assert whole(intervention("a", effects={"x": effect(1.0, 1.0) | {"chance": float("nan")}})).assays == ("x",)


@pytest.mark.parametrize("study", sorted(built_in()))
def test_every_grade_has_plain_words(study: str) -> None:
    record = load_study(study).record
    grades = {link.evidence.grade for link in record.chain} | {one.source.grade for one in record.findings}
    assert [one for one in grades if isinstance(read_from(one), str)] == []


def test_a_grade_that_is_not_known_stands_alone() -> None:
    assert read_from("OWN") == "OWN"
    assert [name for name in GRADES if is_close(name)] == ["RAW", "FIG"]
