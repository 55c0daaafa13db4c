"""Onset, duration, dose and selectivity where the truth is known; the catalogue; the files that are written."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euthymia.comparing import Comparison, compare
from euthymia.comparing.bench import ASSAYS, first_animals, reachable
from euthymia.comparing.measures import (
    MARGIN,
    Estimate,
    Timing,
    engagement,
    half_dose,
    log_grid,
    spot,
    sure_times,
    timing,
)
from euthymia.comparing.probes import probes_of, readable
from euthymia.comparing.repeats import repeat_plan
from euthymia.comparing.table import csv_text
from euthymia.engine.store import RunStore
from euthymia.errors import RecordError, RequestError
from euthymia.joined import join_studies, joined_cohort
from euthymia.models.join import Joined
from euthymia.protocols.strength import at_days, once, scaled, times_of
from euthymia.records.folder import StudyFolder
from euthymia.records.intervention import Entry, read_catalogue
from euthymia.records.protocol import Drug, Exercise, Genetic, Infusion, Intervention, Stimulation, Stress
from euthymia.report.compared import between, comparison_files, half, when, write_comparison
from euthymia.report.comparedplot import plane_picture
from euthymia.report.told import Told
from support import REPOSITORY

GRID: Final = 0.03
"""Relative error of a crossing between readings eight to a decade, for a single exponential."""
ANIMALS: Final = 8
SOLVER: Final = 1e-4
"""Difference in SD that a dose of nothing may make, as the solver stops there: a hundred times its tolerance."""


def test_onset_and_duration_of_a_curve_that_is_known() -> None:
    days = np.array(log_grid(70))
    decays = np.array([1.0, 3.0, 10.0])
    effect = np.array([2 * np.exp(-days / decay) for decay in decays])
    found = timing(days, effect, MARGIN)
    np.testing.assert_allclose(found.onset, days[0])
    np.testing.assert_allclose(found.end, decays * np.log(2 / MARGIN), rtol=GRID)
    slow = timing(days, 2 * (1 - np.exp(-days / decays[:, None])), MARGIN)
    np.testing.assert_allclose(slow.onset, -decays * np.log(1 - MARGIN / 2), rtol=GRID)
    assert np.isinf(slow.end).all()


def test_a_later_flash_belongs_to_the_duration() -> None:
    found = timing(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([[1.0, 0.0, 0.0, 1.0, 0.0]]), MARGIN)
    assert found.onset[0] == 1.0
    assert 4.0 < found.end[0] < 5.0


def test_what_is_never_reached_is_no_number() -> None:
    found = timing(np.array([1.0, 10.0]), np.zeros((3, 2)), MARGIN)
    onset, duration = Estimate.of(found.onset), Estimate.of(found.duration)
    assert (onset.median, onset.low, onset.high, onset.reached) == (None, None, None, 0.0)
    assert (duration.median, duration.reached) == (None, 0.0)
    some = Estimate.of(np.array([1.0, 2.0, np.inf, np.inf, np.inf]))
    assert (some.low, some.median, some.high, some.reached) == (1.0, None, None, 0.4)
    assert when(onset, 70).text("en") == "> 70 d"  # type: ignore[union-attr]
    assert between(Estimate(None, None, None, 0.0)) == "–"


def test_the_place_in_the_plane_has_the_covariance_of_the_draws() -> None:
    rng = np.random.default_rng(1)
    onset = 10 ** rng.normal(-1, 0.2, 4000)
    duration = onset**-0.5 * 10 ** rng.normal(0.5, 0.1, 4000)
    found = spot(Timing(onset, onset + duration), 1e6)
    assert found is not None
    np.testing.assert_allclose(found.centre, [-1, 1.0], atol=0.02)
    np.testing.assert_allclose(found.covariance, [[0.04, -0.02], [-0.02, 0.02]], atol=0.003)
    assert (found.share, found.open_end) == (1.0, 0.0)
    assert spot(timing(np.array([1.0, 2.0]), np.zeros((5, 2)), MARGIN), 2.0) is None


def test_half_of_the_largest_effect_tried() -> None:
    doses = np.geomspace(0.001, 1000, 241)
    saturating = 3 * doses / (doses + 2.0)
    found = half_dose(doses, np.array([saturating, 0.1 * saturating]), MARGIN)
    assert found[0] == pytest.approx(2.0, rel=0.01)
    assert np.isinf(found[1])
    assert half_dose(doses[200:], saturating[None, 200:], MARGIN)[0] == 0.0


def test_sure_times_and_engagement() -> None:
    effect = np.array([[1.0, 1.0, 0.0]] * 8 + [[0.0, 0.0, 0.0]] * 2)
    assert sure_times(np.array([1.0, 2.0, 3.0]), effect, MARGIN) == (1.0, 2.0)
    assert sure_times(np.array([1.0, 2.0, 3.0]), effect[7:], MARGIN) == (None, None)
    np.testing.assert_allclose(engagement(np.array([0.0, 1.0, 3.0])), [0.0, 0.5, 0.9])


def test_every_intervention_has_a_port_and_every_read_out_a_variable(atlas: dict[str, StudyFolder]) -> None:
    catalogue, joined = read_catalogue(), join_studies(atlas.values())
    assert list(reachable(joined, catalogue.interventions)) == list(catalogue.interventions)
    assert set(readable(joined, probes_of(catalogue))) == set(probes_of(catalogue))
    known = {finding.id for study in atlas.values() for finding in study.record.findings}
    named = {name for harm in catalogue.harms.values() for name in harm.findings}
    assert named <= known
    shorts = [entry.short.en for entry in catalogue.interventions.values()]
    assert len(set(shorts)) == len(shorts)


def facts(item: Intervention) -> tuple[object, ...]:
    """What of an intervention does not depend on when it is given."""
    match item:
        case Drug():
            return (item.drug, item.dose.to("mg/kg"), item.route)
        case Infusion():
            return (item.infusion, item.region, item.amount)
        case Stimulation():
            return (item.method, item.effect, item.target, item.strength, item.duration and item.duration.to("h"))
        case Genetic():
            return (item.gene, item.where, item.level)
        case Exercise():
            return (item.exercise, item.duration.to("h"), item.intensity)
        case _:
            return (type(item).__name__,)


@pytest.mark.parametrize(
    "entry", [pytest.param(one, id=name) for name, one in read_catalogue().interventions.items() if one.as_in]
)
def test_doses_are_those_of_the_study(entry: Entry, atlas: dict[str, StudyFolder]) -> None:
    study, experiment, arm = str(entry.as_in).split("/")
    experiments = {one.id: one for one in atlas[study].record.experiments}
    arms = {one.id: one for one in experiments[experiment].arms}
    own = {facts(item) for item in arms[arm].protocol if not isinstance(item, Stress)}
    assert {facts(item) for item in entry.protocol} <= own


def test_protocols_scaled_and_moved() -> None:
    entries = read_catalogue().interventions
    gene = scaled(entries["ccr2"].protocol, 0.5)
    assert gene is not None
    assert isinstance(gene[0], Genetic)
    assert gene[0].level == pytest.approx(0.7)
    assert scaled(entries["ccr2"].protocol, 2.0) is None
    designer = entries["vca1_driven"]
    weaker = scaled(designer.protocol, 0.5, kept=designer.kept)
    assert weaker is not None
    assert weaker[1] == designer.protocol[1]
    assert scaled(designer.protocol, 1.5, kept=designer.kept) is None
    weekly = at_days(entries["sst_driven"].protocol, (0.0, 7.0))
    assert [times_of(item) for item in weekly] == [(0.0,), (7.0,)]
    assert len(at_days(entries["vca1_driven"].protocol, (0.0, 7.0))) == 2
    assert [times_of(item) for item in once(entries["fluoxetine"].protocol)] == [(0.0,)]
    assert at_days(entries["ketamine"].protocol, ()) == ()


def test_repeats_follow_the_study_or_the_week() -> None:
    entries = read_catalogue().interventions
    plans = {name: repeat_plan(entries[name]) for name in ("fluoxetine", "ketamine", "pleiotrophin", "ccr2")}
    assert plans["ccr2"] is None
    assert plans["fluoxetine"] is not None
    assert plans["ketamine"] is not None
    assert plans["pleiotrophin"] is not None
    assert (plans["fluoxetine"].every, len(plans["fluoxetine"].days)) == (1.0, 28)
    assert plans["ketamine"].days == (0.0, 7.0, 14.0, 21.0)
    assert plans["pleiotrophin"].every == 2.0


BROKEN: Final = {
    "doses: {factors: [1, 0.5], status: assumed}": "rise",
    "doses: {factors: [0.5, 1], status: measured}": "source",
    "target: nothing": "nothing",
    "protocol: [{stress: chronic_restraint, start: 0 d, days: 3}]": "stress",
}
WHOLE: Final = """format: 1
targets:
  blocked:
    label: {en: block, zh: 阻断}
    probe: {study: S02, assay: perk}
harms:
  harm:
    label: {en: harm, zh: 危害}
    missing: {en: not read, zh: 没有读出}
interventions:
  own:
    label: {en: own, zh: 自拟}
    short: {en: own, zh: 自拟}
    study: S02
    kind: drug
    protocol: [{drug: ketamine, dose: 5 mg/kg, route: ip, at: 0 d}]
    doses: {factors: [0.5, 1], status: assumed}
    target: blocked
"""


@pytest.mark.parametrize("line", BROKEN)
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(re.sub(rf"(?m)^    {line.split(':')[0]}:.*$", f"    {line}", WHOLE))
    with pytest.raises(RecordError, match=r"own.yaml") as caught:
        read_catalogue(file)
    assert BROKEN[line] in str(caught.value)
    assert caught.value.text("zh") != caught.value.text("en")


@pytest.fixture(scope="module")
def joined(atlas: dict[str, StudyFolder]) -> Joined:
    return join_studies([atlas["S02"], atlas["S03"]])


@pytest.fixture(scope="module")
def found(joined: Joined, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    return compare(["ketamine", "mtor"], joined=joined, animals=ANIMALS, days=3, store=store)


def test_the_order_is_that_of_the_catalogue_and_the_rest_is_named(found: Comparison) -> None:
    assert [one.id for one in found.compared] == ["ketamine", "mtor"]
    assert "psilocybin" in found.unreachable
    assert "mtor" not in found.unreachable
    ketamine, gene = found.compared
    assert set(ketamine.effects) == set(ASSAYS)
    assert ketamine.on_target.median is not None
    assert ketamine.on_target.median > 1
    assert gene.repeated is None
    assert ketamine.repeated is not None
    assert (ketamine.repeated.doses, ketamine.repeated.every) == (4, 7.0)
    assert (ketamine.repeated.total.median or 0.0) >= (ketamine.repeated.ratio.median or 0.0)
    assert ketamine.response is not None
    peaks = [one.median or 0.0 for one in ketamine.response.peaks]
    assert peaks[-1] > peaks[0]


def test_a_comparison_is_the_same_when_run_again(joined: Joined, found: Comparison) -> None:
    again = compare(["mtor", "ketamine"], joined=joined, animals=ANIMALS, days=3, workers=2)
    assert again.to_dict() == found.to_dict()


def test_an_interrupted_comparison_goes_on_where_it_stopped(joined: Joined, tmp_path: Path) -> None:
    store = RunStore(tmp_path)

    def stop(done: int, total: int) -> None:
        assert total == 3
        if done == 2:
            raise KeyboardInterrupt

    ask = partial(
        compare, ["ketamine"], joined=joined, animals=ANIMALS, days=1, doses=False, repeats=False, known=False
    )
    with pytest.raises(KeyboardInterrupt):
        ask(store=store, progress=stop)
    before = set(tmp_path.iterdir())
    told: list[int] = []
    resumed = ask(store=store, progress=lambda done, _: told.append(done))
    assert told == [1, 2, 3]
    assert len(before) >= 2
    assert before < set(tmp_path.iterdir())
    assert resumed.to_dict() == ask().to_dict()


def test_doses_are_tried_on_the_first_animals_of_the_cohort(joined: Joined) -> None:
    whole = joined_cohort(joined, animals=32, seed=1)
    few = first_animals(whole, 24)
    assert (few.draws, few.animals) == (6, 24)
    assert all((found == whole.values[name][:24]).all() for name, found in few.values.items())
    assert first_animals(few, 100).draws == 6


def test_what_does_nothing_has_no_onset(joined: Joined, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(WHOLE.replace("5 mg/kg", "0 mg/kg"))
    none = compare(joined=joined, catalogue=read_catalogue(file), animals=ANIMALS, days=1, doses=False, repeats=False)
    own = none.compared[0]
    effect = own.effects["forced_swim"]
    assert (effect.probability, effect.onset.median, effect.duration.median, effect.spot) == (0.0, None, None, None)
    assert effect.peak.high == pytest.approx(0, abs=SOLVER)
    assert own.on_target.median == pytest.approx(0, abs=SOLVER)
    assert own.selectivity.median is None
    assert own.harm.median is None
    assert "own (0 %)" in plane_picture(Told.of(none))
    assert half(Told.of(none).interventions[0].dose_response) == "–"


def test_harm_is_read_where_it_is_made_and_its_findings_are_judged(atlas: dict[str, StudyFolder]) -> None:
    some = compare(
        ["nbf_25c", "vta_driven"],
        joined=join_studies([atlas["S04"], atlas["S09"]]),
        animals=ANIMALS,
        days=2,
        doses=False,
    )
    agonist, reward = some.compared
    assert (agonist.worst, reward.worst) == ("head_twitch", "dopamine")
    assert reward.effects["forced_swim"].probability == 0
    assert reward.repeated is not None
    assert (reward.repeated.harms["reward"].median or 0) > (reward.harms["reward"].median or 0)
    assert set(some.outcomes) == {"S09-07", "S09-08", "S09-09", "S09-10", "S09-20"}
    assert some.outcomes["S09-20"].probability > 0.5
    assert "barrier" not in agonist.harms


def test_the_files_hold_the_same_numbers_in_both_languages(found: Comparison, tmp_path: Path) -> None:
    page = write_comparison(found, tmp_path, command="euthymia compare <x>")
    text = page.read_text(encoding="utf-8")
    assert "euthymia compare &lt;x&gt;" in text
    for words in ("ketamine, once", "氯胺酮，单次", "not covered", "未涵盖", "no medical advice"):
        assert words in text
    rows = list(csv.DictReader(io.StringIO((tmp_path / "compare.csv").read_text())))
    assert len(rows) == len(found.compared) * len(ASSAYS)
    assert rows[0]["harm_dissociation"] == "not covered"
    data: dict[str, Any] = json.loads((tmp_path / "compare.json").read_text())
    assert not data["harms"]["dissociation"]["covered"]
    first = data["interventions"][0]
    onset = first["effects"]["forced_swim"]["onset"]["median"]
    assert rows[0]["onset_median"] == ("" if onset is None else f"{onset:.5g}")
    pictures = {name: (tmp_path / name).read_text() for name in ("compare.svg", "compare.zh.svg")}
    assert re.search("[\u4e00-\u9fff]", pictures["compare.svg"]) is None
    assert "起效" in pictures["compare.zh.svg"]
    assert all("<title>" in one and "<desc>" in one for one in pictures.values())
    assert csv_text(found) == comparison_files(found, tmp_path, command="")[tmp_path / "compare.csv"]


def test_what_cannot_be_asked_is_refused(joined: Joined, command: Any) -> None:
    with pytest.raises(RequestError, match="ketamine"):
        compare(["ketamin"], joined=joined)
    with pytest.raises(RequestError, match="S04"):
        compare(["psilocybin"], joined=joined, animals=ANIMALS)
    with pytest.raises(RequestError, match="365"):
        compare(["ketamine"], joined=joined, days=1000)
    with pytest.raises(RequestError, match="animals"):
        compare(["ketamine"], joined=joined, animals=0)
    assert "short" in command("schema", "interventions")[1]
    assert command("compare", "--catalogue", "none.yaml")[0] == 1
    code, out, err = command("compare", "ketamin", "--lang", "zh")
    assert (code, out) == (1, "")
    assert "目录" in err


@pytest.mark.parametrize("name", ["compare.md", "compare.zh.md"])
def test_the_documentation_lists_the_whole_catalogue(name: str) -> None:
    text = (REPOSITORY / "docs" / name).read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| `(\w+)` \|", text) == list(read_catalogue().interventions)
