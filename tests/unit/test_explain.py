"""Effects explained: shares that are known, links that cannot matter, the same bits, errors that name the fix."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError
from euthymia.explaining import Contrast, Explanation, Why, contrast_of, explain, is_reading, read_experiment
from euthymia.explaining.plain import to_csv, to_json
from euthymia.explaining.reach import parameters_that_reach
from euthymia.joined import join_studies
from euthymia.joined.history import ATOL, RTOL
from euthymia.models.load import load_model
from euthymia.records.finding import Reading
from euthymia.records.folder import StudyFolder
from euthymia.report.chain import chain_pictures
from euthymia.report.explained import explained_files, sentences
from euthymia.units import Quantity
from support import OwnStudy, only_problem

CLOSE: Final = 1e-4
"""The solver's relative tolerance is a hundredth of it."""
ANIMALS: Final = 12
GAINS: Final = {"first_gain": 0.5, "second_gain": 0.3, "brake_gain": 0.2}
WHOLE: Final = 0.6
EVIDENCE: Final = 'evidence: {id: "url:https://example.org", where: "figure 1"}'
EXPERIMENT: Final = """
id: own
label: {en: "An experiment of one's own", zh: 自己的实验}
arms:
  - {id: vehicle, label: {en: vehicle, zh: 溶剂}}
  - id: treated
    label: {en: treated, zh: 给药}
    protocol: [{drug: examplamine, dose: 10 mg/kg, route: ip, at: 0 d}]
sampling: [{assay: firing_rate, times: [6 h]}]
"""


@pytest.fixture
def routes(own_study: OwnStudy) -> OwnStudy:
    """The drug's receptor raises a messenger, which drives firing by two routes and brakes it by a third."""
    own_study.edit(
        "firing := 100*(1 + firing_gain*occupancy);                                 // percent of baseline",
        "messenger := coupling*occupancy;\nunused = 0;\nunused' = -unused;\n"
        "firing := 100*(1 + (first_gain - brake_gain)*messenger + second_gain*messenger + unused_gain*unused);",
        file="mechanism.ant",
    )
    rows = {"coupling": 1.0, "unused_gain": 5.0, **GAINS}
    table = "".join(f"{name}\t{value}\t\tlin\t0\t9\tfixed\t\t\tassumed\tno source\t\n" for name, value in rows.items())
    own_study.edit(
        "firing_gain\t0.5\t\tlin\t0\t5\tnormal(0.5, 0.05)\t\t\tassumed\tno source\t\n", table, file="parameters.tsv"
    )
    links = [("couples", "receptor", "cell", "+"), ("first", "cell", "rate", "+"), ("second", "cell", "rate", "+"),
             ("brake", "cell", "rate", "-"), ("unused", "cell", "rate", "+"), ("spared", "cell", "behaviour", "0"),
             ("unknown", "rate", "behaviour", "-")]  # fmt: skip
    said = 'statement: {en: "words", zh: "词语"}'
    own_study.edit("mechanism:\n  relief", "".join(
        f'  - {{id: {name}, from: {a}, to: {b}, sign: "{sign}", {said}, {EVIDENCE}}}\n' for name, a, b, sign in links
    ) + "mechanism:\n  relief")  # fmt: skip
    own_study.edit("chain:\n", "  cell: {label: {en: the messenger, zh: 信使}, kind: protein}\n"
                   "  rate: {label: {en: firing, zh: 放电}, kind: process}\nchain:\n")  # fmt: skip
    cuts = {"no_coupling": ("binds, couples", "coupling: 0"), "no_first": ("first", "first_gain: 0"),
            "no_second": ("second", "second_gain: 0"), "no_brake": ("brake", "brake_gain: 0"),
            "no_routes": ("first, second", "first_gain: 0, second_gain: 0"),
            "no_unused": ("unused", "unused_gain: 0"), "rival_first": ("unknown", "first_gain: 3"),
            "spared_acts": ("spared", "first_gain: 4")}  # fmt: skip
    label = 'label: {en: "cut", zh: "切断"}'
    own_study.edit("ablations:\n", "ablations:\n" + "".join(
        f"  - {{id: {name}, links: [{cut}], {label}, cut: {{{sets}}}}}\n" for name, (cut, sets) in cuts.items()
    ))  # fmt: skip
    return own_study


def side(arm: str, **changes: Any) -> Reading:
    given: dict[str, Any] = {"assay": "firing_rate", "time": "6 h"}
    return Reading.model_validate({"arm": arm, **given, **changes})


def explained(folder: StudyFolder, **options: Any) -> Explanation:
    contrast = Contrast(side("treated"), side("vehicle"))
    return explain(folder, folder.record.experiments[0], contrast, animals=ANIMALS, workers=1, **options)


def shares(found: Explanation) -> dict[str, float]:
    return {one.ablation.id: one.share.median for one in found.carried}


def test_a_series_is_lost_whole_and_parallel_routes_by_their_size(routes: OwnStudy) -> None:
    found = explained(routes.load())
    known = {"no_coupling": 1.0, **{f"no_{name.removesuffix('_gain')}": gain / WHOLE for name, gain in GAINS.items()}}
    known["no_brake"] *= -1
    known["no_routes"] = (GAINS["first_gain"] + GAINS["second_gain"]) / WHOLE
    assert shares(found) == pytest.approx(known, abs=CLOSE)
    assert [one.ablation.id for one in found.carried] == [
        "no_routes",
        "no_coupling",
        "no_first",
        "no_second",
        "no_brake",
    ]
    assert {one.ablation.id: (one.falls, one.gone) for one in found.carried}["no_coupling"] == (1.0, 1.0)
    assert {one.ablation.id: one.falls for one in found.carried}["no_brake"] == 0.0
    assert (found.shown, found.draws, found.used, found.failed) == (1.0, 3, 3, 0)
    for one in found.carried:
        assert one.share.low <= one.share.median <= one.share.high
        assert one.without.median == pytest.approx(found.effect.median * (1 - one.share.median), rel=CLOSE)


def test_what_cannot_matter_is_left_out_with_the_reason(routes: OwnStudy) -> None:
    found = explained(routes.load())
    why = {one.ablation.id: one.why for one in found.idle}
    assert why == {"no_relief": Why.PATH, "no_unused": Why.PATH, "rival_first": Why.READING, "spared_acts": Why.READING}


def test_a_first_look_leaves_out_what_moves_nothing_unless_told_to_be_thorough(routes: OwnStudy) -> None:
    routes.edit("second_gain\t0.3", "second_gain\t0.0001", file="parameters.tsv")
    few, all_ = explained(routes.load()), explained(routes.load(), thorough=True)
    assert {one.ablation.id for one in few.idle if one.why is Why.SMALL} == {"no_second"}
    assert "no_second" not in shares(few)
    assert shares(all_)["no_second"] == pytest.approx(0.0001 / 0.3001, abs=CLOSE)
    assert shares(all_) == {**shares(few), "no_second": shares(all_)["no_second"]}


def test_a_cut_that_is_there_already_is_the_same(routes: OwnStudy) -> None:
    routes.edit("second_gain\t0.3", "second_gain\t0", file="parameters.tsv")
    assert {one.ablation.id for one in explained(routes.load()).idle if one.why is Why.SAME} == {"no_second"}


def test_links_have_the_share_of_their_narrowest_cut(routes: OwnStudy) -> None:
    found = explained(routes.load())
    weights = found.weights("FIRST")
    assert weights["first"] == pytest.approx(GAINS["first_gain"] / WHOLE, abs=CLOSE)
    assert weights["couples"] == weights["binds"] == pytest.approx(1.0)
    assert (weights["relieves"], weights["unused"], weights["unknown"], weights["spared"]) == (0.0, 0.0, None, None)
    assert found.carriers == ("FIRST",)


def test_the_same_bits_whatever_the_workers_and_from_the_store(routes: OwnStudy, tmp_path: Path) -> None:
    folder = routes.load()
    first = to_json(explained(folder, store=RunStore(tmp_path)))
    experiment, contrast = folder.record.experiments[0], Contrast(side("treated"), side("vehicle"))
    calls: list[tuple[int, int]] = []
    again = explain(folder, experiment, contrast, animals=ANIMALS, workers=2, store=RunStore(tmp_path / "other"),
                    progress=lambda done, total: calls.append((done, total)))  # fmt: skip
    assert to_json(again) == first == to_json(explained(folder, store=RunStore(tmp_path)))
    assert calls
    assert calls[-1][0] == calls[-1][1]


def test_a_joined_model_of_one_study_explains_alike(routes: OwnStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = join_studies([routes.load()])
    experiment, contrast = routes.load().record.experiments[0], Contrast(side("treated"), side("vehicle"))
    found = explain(joined, experiment, contrast, animals=ANIMALS, home="FIRST", workers=1)
    assert found.joined
    assert shares(found) == pytest.approx(shares(explained(routes.load())), abs=CLOSE)
    assert (found.provenance["rtol"], found.provenance["atol"]) == (RTOL, ATOL)
    monkeypatch.delattr("euthymia.explaining.runs.run_arms")  # a joined model shares what its arms have in common
    whole = explain(joined, experiment, contrast, animals=ANIMALS, workers=1)
    assert shares(whole) == shares(found), "with the names of the whole joined model"
    with pytest.raises(RequestError, match="FIRST"):
        explain(joined, experiment, contrast, home="FIRTS")


def test_studies_whose_links_do_nothing_carry_nothing() -> None:
    joined = join_studies(["S02", "S03"], calibrated=False)
    record = joined.studies["S02"].record
    finding = next(one for one in record.findings if one.id == "S02-05")
    experiment = next(one for one in record.experiments if one.id == finding.experiment)
    found = explain(joined, experiment, contrast_of(finding), animals=8, home="S02", workers=1)
    assert found.carriers == ("S02",)
    assert all(one.why in (Why.PATH, Why.READING) for one in found.idle if one.study == "S03")
    assert set(found.weights("S03").values()) <= {0.0, None}


def test_no_effect_is_nothing_to_explain(routes: OwnStudy) -> None:
    folder = routes.load()
    nothing = Contrast(side("knock_out"), side("vehicle"))
    found = explain(folder, folder.record.experiments[0], nothing, animals=8, workers=1)
    assert not found.explained
    assert found.carried == ()
    assert "nothing to explain" in str(list(sentences(found))[-1])
    wrong = Contrast(side("treated"), side("vehicle"), "less")
    assert not explain(folder, folder.record.experiments[0], wrong, animals=8, workers=1).explained


def test_findings_give_their_contrasts(own_study: OwnStudy) -> None:
    findings = {one.id: one for one in own_study.load().record.findings}
    less = contrast_of(findings["F1-less"])
    assert (less.reading.arm, less.against.arm, less.direction) == ("treated", "vehicle", "less")
    rising = contrast_of(findings["F5-ordering"])
    assert (rising.reading.time, rising.against.arm) == (Quantity(6, "h"), "vehicle")
    assert contrast_of(findings["F7-gone"]).direction == "less"
    change = contrast_of(findings["F4-change"].model_copy(update={"against": None}))
    assert [str(one.time) for one in change.sides] == ["6 h", "-1 h"]
    assert change.reading.since is None
    assert "F8-series" in str(only_problem(lambda: contrast_of(findings["F8-series"])).message)


@pytest.mark.parametrize(
    ("arm", "changes", "named"),
    [("treatde", {}, "treated"), ("treated", {"assay": "firing_rat"}, "firing_rate"),
     ("treated", {"time": "5 h"}, "0.25"), ("treated", {"of": "PT"}, "firing_rate")],
)  # fmt: skip
def test_what_the_experiment_lacks_is_named(own_study: OwnStudy, arm: str, changes: dict[str, str], named: str) -> None:
    folder = own_study.load()
    contrast = Contrast(side(arm, **changes), side("vehicle", **changes))
    problem = only_problem(lambda: explain(folder, folder.record.experiments[0], contrast, animals=4))
    assert named in str(problem.message)


def test_other_readings_are_told_from_cuts(atlas: dict[str, StudyFolder]) -> None:
    found = {study: {one.id for one in folder.record.ablations if is_reading(folder.record, one)}
             for study, folder in atlas.items()}  # fmt: skip
    assert found["S12"] == {"rival_receptor_activates", "rival_phosphatase_only", "all_stress_through_pfc"}
    assert found["S02"] == set()
    assert "all_cells_alike" in found["S13"]
    assert "no_relief" not in found["S13"]


def test_what_stays_at_zero_lets_nothing_through() -> None:
    model = load_model("d' = -k*d; d = 0; s := a*d/(d + b); e' = c*s + g*f^h - e; e = 0; f = 0; r := e + z; z = 1")
    asked = {"k", "a", "b", "c", "g", "h", "f", "z"}
    ranges = {"h": (1.0, 2.0), "f": (0.0, 0.0)}

    def reached(*jumps: Jump, outputs: tuple[str, ...] = ("r",), **more: tuple[float, float]) -> set[str]:
        return parameters_that_reach(model, outputs, arms=[Schedule.of(jumps)], ranges=ranges | more, asked=asked)

    assert reached() == {"z"}
    assert reached(Jump(1.0, "d", "add", 1.0)) == {"k", "a", "b", "c", "z"}
    assert reached(f=(0.0, 1.0)) == {"z", "g", "f", "h"}
    assert reached(h=(0.0, 2.0)) == {"z", "g", "h"}, "0 to the power of 0 is 1"
    assert reached(Jump(1.0, "d", "add", 1.0), outputs=("s",)) == {"k", "a", "b"}
    assert reached(Jump(1.0, "e", "copy", "z"), Jump(2.0, "d", "copy", "f"), outputs=("d",)) == {"k"}


def test_models_with_reactions_keep_all_parameters() -> None:
    model = load_model("S1 -> S2; k*S1; S1 = 0; S2 = 0; k = 1; q = 2")
    assert parameters_that_reach(model, ["S2"], arms=[Schedule()], ranges={}, asked={"k", "q"}) == {"k", "q"}


def test_the_picture_says_what_each_link_carries(routes: OwnStudy) -> None:
    found = explained(routes.load())
    drawn = str(chain_pictures(found.folders["FIRST"].record, labelled_by="x", weights=found.weights("FIRST")).svg)
    edges = re.findall(r'class="edge (\w+) (\w+)"', drawn)
    assert {("plus", "carries"), ("minus", "hinders"), ("plus", "idle"), ("minus", "unknown")} <= set(edges)
    assert "83 %" in drawn
    assert "−33 %" in drawn
    plain = str(chain_pictures(found.folders["FIRST"].record, labelled_by="x").svg)
    assert "weighed" not in plain
    assert "%" not in plain


def test_files_are_complete_in_both_languages(routes: OwnStudy) -> None:
    found = explained(routes.load())
    files = explained_files(found, command="euthymia explain")
    assert set(files) == {"explanation.html", "chain-FIRST.en.svg", "chain-FIRST.zh.svg"}
    for language in ("en", "zh"):
        root = ElementTree.fromstring(files[f"chain-FIRST.{language}.svg"])
        assert [one.tag.split("}")[1] for one in root][:2] == ["title", "desc"]
        assert root.attrib["aria-labelledby"] == "title desc"
    page = files["explanation.html"]
    assert "It gives no medical advice" in page
    assert "More than the whole of this effect, 133 %" in page
    assert "超过该效应全部（133%）" in page
    rows = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert [row["link"] for row in rows] == ["first", "second", "binds", "couples", "first", "second", "brake"]
    assert float(rows[4]["share_median"]) == pytest.approx(0.5 / WHOLE, abs=CLOSE)


def test_the_command_writes_all_files(command: Any, routes: OwnStudy, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, err = command("explain", "F4-change", "--study", routes.folder, "--animals", "8", "--workers", "1",
                              "--out", out)  # fmt: skip
    assert (code, "explanation" in err) == (0, True)
    assert "of this effect" in said
    assert {one.suffix for one in out.iterdir()} == {".html", ".json", ".csv", ".svg"}
    assert "--study" in (out / "explanation.html").read_text(encoding="utf-8")
    code, said, _ = command("explain", "F2-none", "--study", routes.folder, "--animals", "8", "--lang", "zh")
    assert code == 3
    assert "没有可解释的效应" in said


def test_the_command_takes_an_experiment_of_ones_own(command: Any, routes: OwnStudy, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    given = ["--protocol", file, "--study", routes.folder, "--arm", "treated", "--against", "vehicle",
             "--assay", "firing_rate", "--time", "6 h", "--animals", "8", "--workers", "1", "--json"]  # fmt: skip
    code, said, _ = command("explain", *given)
    assert code == 0
    assert json.loads(said)["links"]["FIRST"]["first"] == pytest.approx(0.5 / WHOLE, abs=CLOSE)
    assert "--time" in command("explain", *given[:8])[2]
    assert "--time" in command("explain", *[word if word != "6 h" else "six" for word in given])[2]
    file.write_text(EXPERIMENT.replace("drug: examplamine", "drug: examplamin"), encoding="utf-8")
    assert "own.yaml:8" in command("explain", *given)[2]


def test_an_experiment_of_ones_own_is_checked_whole(routes: OwnStudy, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(EXPERIMENT.replace("assay: firing_rate", "assay: firing_rat"), encoding="utf-8")
    assert "firing_rate" in str(only_problem(lambda: read_experiment(file, routes.load().library)).message)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["S02-99"], "S02-"), (["S99-01"], "S99-01"), ([], "--protocol"), (["S02-05", "--protocol", "x"], "--protocol")],
)  # fmt: skip
def test_wrong_requests_are_input_errors(command: Any, arguments: list[str], named: str) -> None:
    code, out, err = command("explain", *arguments)
    assert (code, out) == (1, "")
    assert named in err
