"""A small synthetic study, with trajectories made by hand: nothing is simulated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from euthymia.cohorts.draw import Cohort
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import judge
from euthymia.pipeline import Reproduction, sample_days
from euthymia.records.assay import Assay
from euthymia.records.drug import DrugRecord
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Fragment, Library
from euthymia.records.parameter import Parameter
from euthymia.records.study import Study
from euthymia.records.tables import Observation
from euthymia.report import StudyEntry

SOURCE = {"id": "doi:10.1000/sample", "where": "Figure 1b", "grade": "RAW"}
DRAWS = 12


def words(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def assay(label: dict[str, str], unit: str, *, latent: str | None = None, per_session: bool = False) -> Assay:
    figure = {"value": 1.0, "status": "assumed"}
    record: dict[str, Any] = {
        "label": label, "unit": unit, "link": "log" if latent else "identity", "baseline": {**figure, "value": 100.0 if latent else 1.0},
        "between_sd": {**figure, "value": 20.0 if latent else 0.1}, "measurement_sd": {**figure, "value": 10.0 if latent else 0.05},
        "floor": 0.0, "ceiling": 360.0, "worse": "higher", "per_session": per_session, "protocol": words("as usual", "按常规"),
    }  # fmt: skip
    if latent:
        record |= {"latent": latent, "gain": {**figure, "value": 0.5}}
    return Assay.model_validate_json(json.dumps(record))


def parameter(name: str, status: str, **more: Any) -> Parameter:
    row = {"id": name, "value": 0.5, "unit": "1/h", "scale": "log", "lower": 0.001, "upper": 50.0, "status": status,
           "prior": "lognormal(0.5, 0.4)", "source": "doi:10.1000/sample", "note": "from the legend"}  # fmt: skip
    return Parameter.model_validate_json(json.dumps(row | more))


def _finding(number: int, kind: str, arm: str, use: str = "calibrate", **more: Any) -> dict[str, Any]:
    return {
        "id": f"F{number}", "kind": kind, "use": use, "experiment": "imaging", "source": SOURCE,
        "statement": words(f"Finding {number}: density differs between the groups.", f"发现{number}:两组的密度不同。"),
        "reading": {"arm": arm, "assay": "density", "of": "PT", "time": "7 d", "since": "-1 d"}, "rests_on": ["formation"],
    } | more  # fmt: skip


def study(title: str = "Sample drug and its spines") -> Study:
    drug = {"drug": "sampline", "dose": "1 mg/kg", "route": "ip", "at": "0 d"}
    sessions = {"imaging": "window", "sessions": ["-1 d", "1 d", "3 d", "7 d", "35 d"]}
    knock = {"gene": "Htr2a", "change": "knock_out"}
    silence = {"method": "chemogenetic", "effect": "silence", "target": "PT", "start": "0 d", "duration": "2 h"}
    stress = {"stress": "restraint", "start": "-1 d", "days": 1, "daily": "2 h/day"}
    density = {"assay": "density", "time": "7 d", "of": "PT", "arm": "drug", "since": "-1 d"}
    record = {
        "format": 1, "id": "S90", "name": words(title, "样品药物与树突棘"),
        "citation": {"title": title, "authors": "A. Author, B. Author", "journal": "Journal of Samples", "date": "2025-04-02", "doi": "doi:10.1000/sample"},
        "question": words("Why does one dose act for weeks?", "为什么一次给药能持续数周起效?"),
        "answer": words("It makes new spines that stay.", "它让新的树突棘长出并留存下来。"),
        "plain": words("Neurons carry spines. The drug makes more of them, and they stay.", "神经元上有树突棘。药物使其增多,并且长期存在。"),
        "entities": {
            "drug": {"label": words("sampline", "样品药"), "kind": "drug", "ids": ["chebi:123"]},
            "receptor": {"label": words("5-HT2A receptor", "5-HT2A 受体"), "kind": "receptor", "ids": ["uniprot:P28223"]},
            "pt": {"label": words("PT neurons", "PT 神经元"), "kind": "cell"},
            "spines": {"label": words("spine density", "树突棘密度"), "kind": "structure"},
            "mood": {"label": words("despair", "行为绝望"), "kind": "behaviour"},
        },
        "chain": [
            {"id": "binding", "from": "drug", "to": "receptor", "sign": "+", "statement": words("It binds.", "与受体结合。"), "evidence": SOURCE},
            {"id": "formation", "from": "receptor", "to": "spines", "sign": "+", "statement": words("Spines form.", "新棘形成。"), "evidence": SOURCE},
            {"id": "activity", "from": "receptor", "to": "pt", "sign": "0", "statement": words("No change.", "没有变化。"), "evidence": SOURCE},
            {"id": "gate", "from": "pt", "to": "mood", "sign": "gate", "statement": words("Needed.", "不可缺少。"), "evidence": SOURCE},
            {"id": "relief", "from": "spines", "to": "mood", "sign": "-", "statement": words("Less despair.", "绝望减轻。"), "evidence": SOURCE},
            {"id": "back", "from": "mood", "to": "pt", "sign": "-", "statement": words("A way back.", "反馈。"), "evidence": SOURCE},
        ],
        "mechanism": {"ports": {"drugs": ["sampline"]}, "readouts": {
            "density": {"states": {"PT": "density_pt"}}, "formation": {"states": {"PT": "formation_pt"}}}},
        "experiments": [
            {"id": "imaging", "label": words("Spines followed for five weeks", "追踪五周的树突棘"), "assumed": [words("The hour of dosing.", "给药的具体时刻。")],
             "arms": [
                 {"id": "drug", "label": words("sampline", "样品药"), "n": 9, "sex": "both", "protocol": [drug, sessions]},
                 {"id": "saline", "label": words("saline", "生理盐水"), "n": 8, "sex": "both", "protocol": [sessions]},
                 {"id": "ko_drug", "label": words("knock-out, sampline", "敲除 + 样品药"), "protocol": [knock, drug, sessions]}],
             "sampling": [{"assay": "density", "of": ["PT"], "times": ["-1 d", "1 d", "3 d", "7 d", "35 d"]},
                          {"assay": "formation", "of": ["PT"], "times": ["1 d", "3 d", "7 d"]}]},
            {"id": "swim", "label": words("Swim test after stress", "应激后的游泳测试"), "arms": [
                {"id": "drug", "label": words("sampline", "样品药"), "protocol": [stress, drug]},
                {"id": "saline", "label": words("saline", "生理盐水"), "protocol": [stress]},
                {"id": "silenced", "label": words("sampline, PT cells silenced", "样品药 + PT 沉默"), "protocol": [stress, silence, drug]}],
             "sampling": [{"assay": "swim", "times": ["1 d"]}]}],
        "series": [{"id": "pt_drug", "file": "x.csv", "where": {}, "experiment": "imaging", "arm": "drug", "assay": "density", "of": "PT",
                    "since": "-1 d", "label": words("density, sampline", "密度,样品药"), "source": SOURCE},
                   {"id": "pt_saline", "file": "x.csv", "where": {}, "experiment": "imaging", "arm": "saline", "assay": "density", "of": "PT",
                    "since": "-1 d", "label": words("density, saline", "密度,生理盐水"), "source": SOURCE}],
        "findings": [
            _finding(1, "greater", "drug", against={"arm": "saline"}, reported={"value": 23.7, "sem": 3.1, "unit": "%", "n": [9, 8]}),
            _finding(2, "less", "drug", "validate", against={"arm": "saline"}),
            _finding(3, "change", "drug", low=19.0, high=90.0),
            {k: v for k, v in _finding(4, "series", "drug", series="pt_drug").items() if k != "reading"},
            _finding(5, "no_difference", "saline", "validate", against={"arm": "saline"}, reading=density | {"assay": "unread", "arm": "saline"}),
        ],
        "ablations": [{"id": "no_formation", "links": ["formation"], "label": words("without spine formation", "去掉棘的形成"), "cut": {"k_form": 0.0}},
                      {"id": "no_gate", "links": ["gate"], "label": words("without the gate", "去掉门控"), "cut": {"k_gate": 0.0}}],
        "not_covered": [words("Anything in humans.", "人体的任何情况。")],
    }  # fmt: skip
    return Study.model_validate_json(json.dumps(record, ensure_ascii=False))


def library() -> Library:
    drug = {"format": 1, "id": "sampline", "label": words("sampline", "样品药"), "ids": ["chebi:123"], "molar_mass": 200.0,
            "routes": {"ip": {"into": "depot"}}, "exposure": "x", "concentration": "c"}  # fmt: skip
    record = DrugRecord.model_validate_json(json.dumps(drug | {"parameters": []}))
    record = record.model_copy(update={"parameters": (parameter("sampline_ke", "measured"),)})
    assays = {
        "density": assay(words("dendritic spine density", "树突棘密度"), "1/um"),
        "formation": assay(words("spine formation", "树突棘新生率"), "fraction per interval", per_session=True),
        "swim": assay(words("forced swim (immobility)", "强迫游泳(不动时间)"), "s", latent="despair"),
        "unread": assay(words("an assay without read-out", "没有读数的测定"), "s"),
    }
    return Library(assays, {}, {"sampline": record}, {"affect": Fragment("affect", "", ())})


def _states(trial_arms: list[str], days: list[float]) -> xr.Dataset:
    rng = np.random.default_rng(1)
    time = np.array(days)
    spread = rng.lognormal(0, 0.25, (DRAWS * 4, 1, 1))
    up = np.array([0.2 if arm == "drug" else 0.0 for arm in trial_arms])[None, :, None]
    course = np.where(time > 0, 1 - np.exp(-np.clip(time, 0, None) * 2), 0.0)[None, None, :]
    drift = -0.002 * np.clip(time, 0, None)[None, None, :]
    shape = (DRAWS * 4, len(trial_arms), len(days))
    dims = ("animal", "arm", "time")
    density = np.broadcast_to(0.5 * (1 + up * spread * course + drift), shape)
    return xr.Dataset(
        {
            "density_pt": (dims, density),
            "formation_pt": (dims, np.broadcast_to(0.1 + up * spread * np.exp(-np.clip(time, 0, None) / 2), shape)),
            "despair": (dims, np.broadcast_to(0.6 - 2 * up * spread, shape)),
            "status": (("animal", "arm"), np.zeros(shape[:2], dtype=int)),
        },
        coords={"arm": trial_arms, "time": time},
    )


def _points() -> dict[str, tuple[Observation, ...]]:
    means = {"pt_drug": [0, 19.0, 17.0, 30.0, 13.0], "pt_saline": [0, -0.5, -1.0, -2.0, -8.0]}
    return {
        name: tuple(Observation(day, mean, 0.0 if day < 0 else 2.2, 9) for day, mean in zip([-1, 1, 3, 7, 35], values, strict=True))
        for name, values in means.items()
    }  # fmt: skip


def reproduction(title: str = "Sample drug and its spines") -> Reproduction:
    """The synthetic study, run."""
    record, shelf = study(title), library()
    rows = (parameter("k_form", "calibrated", fitted_sd=0.12), parameter("k_gate", "assumed", source="no source found"),
            parameter("k_decay", "derived", prior="fixed"))  # fmt: skip
    folder = StudyFolder(record, Fragment("S90", "", rows), shelf, _points(), None, Path("/nowhere"))
    trials = {}
    for experiment in record.experiments:
        days = sample_days(experiment)
        states = _states([arm.id for arm in experiment.arms], days)
        trials[experiment.id] = Trial(experiment, record.mechanism, shelf.assays, states, 1)
    series = {one.id: one for one in record.series}
    outcomes = tuple(
        judge(finding, trials[finding.experiment], series.get(getattr(finding, "series", "")),
              folder.observations.get(getattr(finding, "series", ""), ()))
        for finding in record.findings
    )  # fmt: skip
    stamp = {"study": "S90", "seed": 1, "animals": 48, "draws": DRAWS, "study_sha256": "ab" * 32, "versions": json.dumps({"euthymia": "0.1.0"})}
    return Reproduction(folder, Cohort({}, DRAWS, 1), trials, Scorecard("S90", outcomes, stamp))


def entry(title: str = "Sample drug and its spines") -> StudyEntry:
    """The synthetic study with one link cut; the cut breaks what was reproduced."""
    run = reproduction(title)
    swapped = {one.finding.id: one for one in run.scorecard.outcomes}
    fallen = tuple(replace(one, verdict=swapped["F2"].verdict) for one in run.scorecard.outcomes)
    card = run.scorecard
    cut = {"no_formation": Scorecard(card.study, fallen, card.provenance, ("no_formation",)), "no_gate": replace(card, ablated=("no_gate",))}
    return StudyEntry(run, cut)
