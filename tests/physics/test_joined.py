"""The standard test on the joined model: it composes, rests, takes a dose of nothing, keeps its studies' own."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from euthymia.engine.checks import default_outputs
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.errors import ModelError
from euthymia.findings.verdict import Verdict
from euthymia.joined import composition, join_studies, joined_cohort, paired, run_joined
from euthymia.models.join import Joined, join
from euthymia.models.load import antimony_to_sbml, load_model
from euthymia.models.names import identifiers, normal_form, renamed, statements, tokens
from euthymia.models.views import all_ports, view, whole_record
from euthymia.pipeline import ATOL, RTOL, mechanism_of, run_study
from euthymia.protocols.lower import lower
from euthymia.records.folder import StudyFolder
from euthymia.records.joining import Joining, Shared, read_joining
from support import ATLAS_STUDIES

STEADY: Final = 1e-6
"""Relative drift over 60 days at rest: the solver's relative tolerance."""
SAME: Final = 1e-4
"""Relative difference of a study's own read-outs alone and joined: the steps differ, so the errors do, a hundred times
the solver's tolerance."""
SIXTY_DAYS: Final = (0.0, 1.0, 24.0, 240.0, 1440.0)


@pytest.fixture(scope="module")
def joined(atlas: dict[str, StudyFolder]) -> Joined:
    """All studies of the atlas as one model, without their calibrated draws."""
    return join_studies(atlas.values())


def central(joined: Joined) -> dict[str, np.ndarray]:
    return {name: np.array([value]) for name, value in joined.mechanism.values().items()}


def test_every_study_is_in_the_joined_model(joined: Joined) -> None:
    assert list(joined.studies) == list(ATLAS_STUDIES)
    for study in joined.studies:
        symbols = mechanism_of(joined.studies[study]).model.symbols
        assert {joined.name(study, name) for name in joined.names[study]} <= set(joined.mechanism.model.symbols)
        assert set(joined.names[study]) <= set(symbols), study


def test_names_of_common_texts_and_drugs_have_no_prefix(joined: Joined) -> None:
    common = {"despair", "stress_load", "cort", "serotonin_forebrain", "ketamine_brain", "htr2a_bound", "htr2a_level"}
    assert common <= set(joined.mechanism.model.symbols)
    assert "s02_perk" in joined.mechanism.model.symbols
    assert "perk" not in joined.mechanism.model.symbols


def test_the_joined_model_has_every_state_that_an_assay_reads_by_name(joined: Joined) -> None:
    record = whole_record(joined)
    read = {record.shown(assay.latent) for assay in joined.library.assays.values() if assay.latent is not None}
    assert read <= set(joined.mechanism.model.symbols)


def test_reliefs_add_up_and_frontal_relief_counts_once(joined: Joined) -> None:
    reliefs = joined.contributions["mood_relief"]
    assert len(set(reliefs)) == len(reliefs)
    assert "s04_cortical_relief" in reliefs
    assert "pt_relief" not in reliefs
    assert joined.contributions["pain_drive"] == ("s07_circuit_pain",)


def test_everything_rests_without_an_intervention(joined: Joined) -> None:
    """Spines marked at an imaging session are lost with time, whatever happens."""
    model = joined.mechanism.model
    names = [name for name, one in model.symbols.items() if one.role == "state" and "_marked_" not in name]
    result = simulate(model, times=SIXTY_DAYS, parameters=central(joined), schedule={"rest": Schedule()}, outputs=names,
                      rtol=RTOL, atol=ATOL, workers=1)  # fmt: skip
    drift = {name: float(abs(result[name] - result[name][..., 0]).max() / max(1.0, float(abs(result[name]).max())))
             for name in names}  # fmt: skip
    assert {name: one for name, one in drift.items() if not one < STEADY} == {}


def test_a_dose_of_zero_is_vehicle_and_the_batch_does_not_matter(joined: Joined) -> None:
    cohort = joined_cohort(joined, animals=8, seed=3)
    arms = {
        "zero": Schedule.of([Jump(24.0, "ketamine_depot", "add", 0.0)]),
        "vehicle": Schedule.of([Jump(24.0, "stressor", "add", 0.0)]),
    }
    names = default_outputs(joined.mechanism.model)

    def run(rows: slice) -> dict[str, np.ndarray]:
        values = {name: found[rows] for name, found in cohort.values.items()}
        result = simulate(joined.mechanism.model, times=(0.0, 25.0, 72.0), parameters=values, schedule=arms,
                          outputs=names, rtol=RTOL, atol=ATOL, workers=1)  # fmt: skip
        return {name: result[name].values for name in names}

    whole, part = run(slice(0, 8)), run(slice(2, 5))
    for name in names:
        assert np.array_equal(whole[name][:, 0], whole[name][:, 1]), name
        assert np.array_equal(whole[name][2:5], part[name]), name


@pytest.mark.parametrize("name", ["S02", "S11", "S13"])
def test_a_study_keeps_its_own_biology(joined: Joined, name: str) -> None:
    """An arm's own read-outs are those that it has alone, where nothing of the other studies reaches them."""
    folder, seen = joined.studies[name], view(joined, name)
    mechanism = mechanism_of(folder)
    alone = {p: np.array([v]) for p, v in mechanism.values().items()}
    experiment = folder.record.experiments[0]
    pairs = [(s, joined.name(name, s)) for r in folder.record.mechanism.readouts.values() for s in r.states.values()]
    times = (0.0, 720.5, 722.0, 744.0)
    for one in experiment.arms[:3]:
        first = lower(one, ports=folder.record.mechanism.ports, library=folder.library, origin=-30.0)
        second = lower(one, ports=seen.record.mechanism.ports, library=joined.library, origin=-30.0)
        before = simulate(mechanism.model, times=times, parameters=alone, schedule={"a": first},
                          outputs=[a for a, _ in pairs], rtol=RTOL, atol=ATOL, workers=1)  # fmt: skip
        after = simulate(joined.mechanism.model, times=times, parameters=central(joined), schedule={"a": second},
                         outputs=[b for _, b in pairs], rtol=RTOL, atol=ATOL, workers=1)  # fmt: skip
        for a, b in pairs:
            scale = max(1.0, float(np.abs(before[a]).max()))
            assert float(np.abs(before[a].values - after[b].values).max()) < SAME * scale, (one.id, a)


def test_a_study_joined_with_itself_alone_keeps_its_verdicts(atlas: dict[str, StudyFolder]) -> None:
    single = join_studies([atlas["S11"]])
    alone = run_study(atlas["S11"], animals=24, seed=2, workers=1).scorecard
    together = run_joined(single, "S11", animals=24, seed=2, workers=1).scorecard
    for pair in paired(alone, together):
        assert pair.alone.verdict is pair.joined.verdict, pair.alone.finding.id
        assert not pair.conflict
    assert any(one.verdict is Verdict.REPRODUCED for one in together.outcomes)


def test_the_report_names_what_is_shared_doubled_and_bypassed(joined: Joined) -> None:
    report = composition(joined)
    assert {one.name for one, _ in report.shared} >= {"nmdar_block", "nerve_signal", "acc_drive"}
    assert "circuit_gain" in report.apart
    assert {one.study for one in report.scales} == set(joined.studies)
    assert all(one.fastest[1] <= one.slowest[1] for one in report.scales)
    assert {(one.study, one.drug) for one in report.bypasses} == {("S04", "psilocybin")}
    assert report.to_dict()["states"] == report.states


def test_all_ports_are_one_set(joined: Joined) -> None:
    ports = all_ports(joined)
    assert ports.stimulation["acc_glutamatergic"].sets == ports.stimulation["anterior_cingulate"].sets == "acc_drive"
    assert "ketamine" in ports.drugs


def test_the_joined_model_goes_through_its_own_document(joined: Joined) -> None:
    again = load_model(joined.mechanism.model.sbml)
    assert again.ids("parameter") == joined.mechanism.model.ids("parameter")


def test_two_definitions_of_a_shared_quantity_are_refused(atlas: dict[str, StudyFolder]) -> None:
    why = read_joining().shared[0].why
    both = {"S11": "relief_now", "S05": "relief_now"}
    wrong = Joining(format=1, shared=(Shared(name="relief_now", of=both, why=why),))
    with pytest.raises(ModelError, match="defined in two ways"):
        join([atlas["S05"], atlas["S11"]], wrong)


def test_names_are_changed_as_tokens() -> None:
    text = "k = 1e-3; // k stays\nx' = exp(k)*time - piecewise(k, x > 0, e); x = ln(2)"
    said = renamed(text, {"k": "p_k", "x": "p_x", "exp": "p_exp", "e": "p_e", "time": "p_time"})
    assert said == "p_k = 1e-3; // k stays\np_x' = exp(p_k)*time - piecewise(p_k, p_x > 0, p_e); p_x = ln(2)"
    assert identifiers(text) == {"k", "x", "e"}
    pieces = tokens(text)
    assert "".join(one.text for one in pieces) == text
    assert [normal_form(pieces, one) for one in statements(pieces)][:1] == ["k = 1e-3"]
    assert antimony_to_sbml("k = 1; e = 2; x = 0\n" + text.split("\n")[1].split(";")[0])
