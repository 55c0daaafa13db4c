"""A small synthetic study, with trajectories made by hand: nothing is simulated."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from ruamel.yaml import YAML

from euthymia.cohorts.draw import Cohort
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import judge
from euthymia.models.compose import Mechanism
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.pipeline import Reproduction, sample_days
from euthymia.records.assay import Assay
from euthymia.records.challenge import Challenge
from euthymia.records.drug import DrugRecord
from euthymia.records.ensemble import Diagnosis
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Fragment, Library
from euthymia.records.parameter import Ensemble, Parameter
from euthymia.records.study import Study
from euthymia.records.tables import Observation
from euthymia.report import StudyEntry

DRAWS = 12
TITLE = "Sample drug and its spines"


def words(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def assay(label: dict[str, str], unit: str, *, latent: str | None = None, per_session: bool = False) -> Assay:
    size = 100.0 if latent else 1.0

    def figure(value: float) -> dict[str, object]:
        return {"value": value * size, "status": "assumed"}

    record: dict[str, Any] = {
        "label": label,
        "unit": unit,
        "link": "log" if latent else "identity",
        "baseline": figure(1.0),
        "between_sd": figure(0.2),
        "measurement_sd": figure(0.05),
        "floor": 0.0,
        "ceiling": 360.0,
        "worse": "higher",
        "per_session": per_session,
        "protocol": words("as usual", "按常规"),
    }
    if latent:
        record |= {"latent": latent, "gain": {"value": 0.5, "status": "assumed"}}
    return Assay.model_validate_json(json.dumps(record))


def parameter(name: str, status: str, **more: Any) -> Parameter:
    row = {"id": name, "value": 0.5, "unit": "1/h", "scale": "log", "lower": 0.001, "upper": 50.0, "status": status,
           "prior": "lognormal(0.5, 0.4)", "source": "doi:10.1000/sample", "note": "from the legend"}  # fmt: skip
    return Parameter.model_validate_json(json.dumps(row | more))


def study(title: str) -> Study:
    """The record of ``sample.yaml``, under a title of the test's choice."""
    text = Path(__file__).with_name("sample.yaml").read_text(encoding="utf-8")
    record = YAML(typ="safe").load(text)
    record["name"]["en"] = record["citation"]["title"] = title
    return Study.model_validate_json(json.dumps(record))


def library() -> Library:
    drug = {
        "format": 1,
        "id": "sampline",
        "label": words("sampline", "样品药"),
        "ids": ["chebi:123"],
        "molar_mass": 200.0,
        "routes": {"ip": {"into": "depot"}},
        "exposure": "x",
        "concentration": "c",
        "parameters": [],
    }
    record = DrugRecord.model_validate_json(json.dumps(drug))
    record = record.model_copy(update={"parameters": (parameter("sampline_ke", "measured"),)})
    assays = {
        "density": assay(words("dendritic spine density", "树突棘密度"), "1/um"),
        "formation": assay(words("spine formation", "树突棘新生率"), "fraction per interval", per_session=True),
        "swim": assay(words("forced swim (immobility)", "强迫游泳（不动时间）"), "s", latent="despair"),
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
    days = [-1, 1, 3, 7, 35]
    means = {"pt_drug": [0, 19.0, 17.0, 30.0, 13.0], "pt_saline": [0, -0.5, -1.0, -2.0, -8.0]}
    return {
        name: tuple(Observation(day, mean, 0.0 if day < 0 else 2.2, 9) for day, mean in zip(days, row, strict=True))
        for name, row in means.items()
    }


@cache
def model() -> Model:
    """A model with the parameters of the sample and nothing else to say."""
    return load_model("S1 -> ; (k_form + k_gate + k_decay + sampline_ke)*S1; S1 = 1; k_form = 1; k_gate = 1; "
                      "k_decay = 1; sampline_ke = 1")  # fmt: skip


def challenge(**changes: dict[str, float]) -> Challenge:
    """One link is partly replaced when the rest is calibrated anew, the other is not needed."""
    whole = {"F1": 1.0, "F2": 0.9, "F3": 0.85, "F4": 0.5, "F5": float("nan")}
    told = {
        "whole": whole,
        "prior": whole | {"F1": 0.31},
        "wider priors": whole | {"F3": 0.7},
        "null": whole | {"F2": 0.3, "F4": 0.9},
        "without:no_formation": whole | {"F2": 0.4, "F4": 0.85},
        "without:no_gate": whole,
    }
    told |= {name: whole | values for name, values in changes.items()}
    return Challenge(told, dict.fromkeys(told, -10.0) | {"null": -12.5, "without:no_formation": -14.0}, 40)


def diagnoses() -> tuple[Diagnosis, ...]:
    """More than are shown at once; one is not touched, one is not clean."""
    rest = tuple(
        Diagnosis(id=f"k_{i}", prior_sd=0.5, posterior_sd=0.45, shift=0.1, rhat=1.01, ess=300.0, felt=True)
        for i in range(12)
    )
    return (
        Diagnosis(id="k_form", prior_sd=0.4, posterior_sd=0.12, shift=0.2, rhat=1.05, ess=80.0, felt=True),
        Diagnosis(id="k_gate", prior_sd=0.4, posterior_sd=0.41, shift=0.0, rhat=1.0, ess=390.0, felt=False),
        *rest,
    )


def ensemble() -> Ensemble:
    """Four runs, one of which is elsewhere."""
    draws = np.random.default_rng(2).lognormal(0, 0.2, (4, 30, 2))
    draws[3, :, 0] *= 1.5
    return Ensemble(("k_form", "k_gate"), draws.reshape(-1, 2), 120.0, runs=4)


def reproduction(title: str = TITLE) -> Reproduction:
    """The synthetic study, run."""
    record, shelf = study(title), library()
    rows = (parameter("k_form", "calibrated", fitted_sd=0.12), parameter("k_gate", "assumed", source="no source found"),
            parameter("k_decay", "derived", prior="fixed"))  # fmt: skip
    folder = StudyFolder(record, Fragment("S90", "", rows), shelf, _points(), ensemble(), Path("/nowhere"),
                         diagnoses(), challenge())  # fmt: skip
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
    whole = Mechanism(model(), (*rows, *shelf.drugs["sampline"].parameters))
    versions = json.dumps({"euthymia": "0.1.0", "numpy": "2.0"})
    stamp = {"study": "S90", "seed": 1, "animals": 48, "draws": DRAWS, "study_sha256": "ab" * 32, "versions": versions}
    return Reproduction(folder, Cohort({}, DRAWS, 1), trials, Scorecard("S90", outcomes, stamp), whole)


def entry(title: str = TITLE) -> StudyEntry:
    """The synthetic study with one link cut; the cut breaks what was reproduced."""
    run = reproduction(title)
    swapped = {one.finding.id: one for one in run.scorecard.outcomes}
    fallen = tuple(replace(one, verdict=swapped["F2"].verdict) for one in run.scorecard.outcomes)
    card = run.scorecard
    cut = {
        "no_formation": Scorecard(card.study, fallen, card.provenance, ("no_formation",)),
        "no_gate": replace(card, ablated=("no_gate",)),
    }
    return StudyEntry(run, cut)
