"""Rate models: the reduced text against the full fast one, light and designer drugs, and what a circuit must do."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr

from euthymia.cohorts.draw import sample_cohort
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.models.compose import Mechanism
from euthymia.pipeline import ATOL, RTOL, mechanism_of
from euthymia.records.folder import StudyFolder

MILLISECOND: Final = 1 / 3_600_000
"""In hours, the unit of the equations."""
SECOND: Final = 1 / 3600
FAST: Final = {"S11": {"cck_rate": ("cck_rest", 15), "cck_release": ("cck_rest", 8), "sst_held": ("sst_rest", 15),
                       "sst_release": ("sst_rest", 8), "penk_rate": ("penk_rest", 15)},
               "S13": {"e_rate": ("e_rest", 6), "o_rate": ("o_rest", 6), "p_rate": ("p_rest", 15),
                       "l_rate": ("l_rest", 15)},
               "S07": {"d1_rate": ("msn_rest", 15), "d2_rate": ("msn_rest", 15), "md_rate": ("md_rest", 15),
                       "lh_rate": ("lh_rest", 15)}}  # fmt: skip
"""Rates with their resting values and their time constants in ms: synapses 5-10 ms (dossier S11), excitatory cells 6,
inhibitory and pulvinar cells 15 ms (dossier S13); S07 names none and is given 15 ms."""
LIGHT: Final = {"S11": ("sst_driven", "sst_silenced", "cck_driven", "penk_silenced"),
                "S13": ("v1_driven", "v1_silenced", "lp_silenced", "terminals_driven"),
                "S07": ("d1_driven", "d2_silenced", "d1_in_md_driven", "lh_silenced")}  # fmt: skip
RATES: Final = {"S11": ("cck_rate", "sst_rate", "penk_rate"), "S13": ("e_rate", "o_rate", "p_rate", "l_rate"),
                "S07": ("d1_rate", "d2_rate", "md_rate", "lh_rate")}  # fmt: skip
ON: Final = 28 * 24.0
OFF: Final = ON + 240 * SECOND
"""Hours at which four minutes of light begin and end, after four weeks of stress."""
SETTLED: Final = 12 * SECOND
"""After a change of light: sixty time constants of S13's reduction, hundreds of the fast loop's."""
AGREE: Final = 2e-4
"""Relative: what a rate lags behind an input that moves within half a minute, and the solver's tolerance."""
LATE: Final = 0.01
"""Relative: behaviour that follows within 20 s, a fifth of a second late."""
studies: Final = pytest.mark.parametrize("name", FAST)


def full_model(study: StudyFolder) -> Mechanism:
    """The same text with every rate a state that follows its target within milliseconds."""
    text = study.fragment.text
    for rate, (rest, constant) in FAST[study.id].items():
        lag = f"{rate}' = (\\1 - {rate})/{constant * MILLISECOND!r};\n{rate} = {rest};"
        if f"{rate}' = " in text:
            text = re.sub(rf"^({rate}' = .*)/rate_time;$", rf"\1/(rate_time*{constant / 1000!r});", text, flags=re.M)
        else:
            text, count = re.subn(rf"^{rate} := (.*);$", lag.replace("(\\1", "((\\1)"), text, flags=re.MULTILINE)
            assert count == 1, rate
    return mechanism_of(dataclasses.replace(study, fragment=dataclasses.replace(study.fragment, text=text)))


def stressed() -> list[Jump]:
    """Four weeks of an unpredictable mild stressor."""
    return [
        Jump(24.0 * day + hour, "stressor", "set", level) for day in range(28) for hour, level in ((0, 0.25), (8, 0.0))
    ]


def run(
    mechanism: Mechanism, arms: Mapping[str, Schedule], times: list[float], outputs: list[str], **values: float
) -> xr.Dataset:
    """Eight animals drawn from the priors."""
    cohort = sample_cohort(mechanism.parameters, animals=8, seed=5)
    parameters: dict[str, Any] = dict(cohort.values) | values
    result = simulate(mechanism.model, times=times, parameters=parameters, schedule=arms, outputs=outputs, rtol=RTOL,
                      atol=ATOL, workers=1)  # fmt: skip
    assert (result["status"] == 0).all()
    return result


def session(*light: tuple[str, float], stress: bool = False) -> Schedule:
    jumps = stressed() if stress else []
    for variable, share in light:
        jumps += [Jump(ON, variable, "set", share), Jump(OFF, variable, "set", 0.0)]
    return Schedule.of(jumps)


def lit_arms(name: str) -> dict[str, Schedule]:
    arms = {f"{target}/{share}": session((target, share)) for target in LIGHT[name] for share in (0.5, 1.0)}
    return arms | {f"stress/{target}": session((target, 1.0), stress=True) for target in LIGHT[name]}


@studies
def test_the_reduction_agrees_with_the_full_fast_model(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], name: str
) -> None:
    """From weeks of stress to a session of light: the same rates and the same behaviour, once seconds have passed."""
    settled = [24.0 * day for day in (1, 7, 14, 21, 27.9)]
    settled += [change + SETTLED + step * SECOND for change in (ON, OFF) for step in (0, 20, 60, 200)]
    outputs = [*RATES[name], "despair", "despair_shown"]
    reduced = run(mechanisms[name], lit_arms(name), settled, outputs)
    full = run(full_model(atlas[name]), lit_arms(name), settled, outputs)
    for output in outputs:
        scale = float(abs(full[output]).max())
        allowed = LATE if output == "despair_shown" else AGREE
        assert float(abs(full[output] - reduced[output]).max()) < allowed * scale, output


@studies
def test_the_full_model_settles_within_a_fifth_of_a_second(atlas: dict[str, StudyFolder], name: str) -> None:
    """So that seconds are slow: after 200 ms the fast rates are where they stay."""
    times = [ON, ON + 200 * MILLISECOND, ON + 2 * SECOND]
    result = run(full_model(atlas[name]), lit_arms(name), times, list(RATES[name]))
    for rate in RATES[name]:
        early, late = (result[rate].isel(time=index) for index in (1, 2))
        assert float(abs(early - late).max()) < 0.02 * max(1.0, float(abs(late).max())), rate


@studies
def test_rates_are_finite_and_never_negative(mechanisms: dict[str, Mechanism], name: str) -> None:
    times = sorted({ON + step * SECOND for step in (0, 0.2, 1, 5, 60, 239, 241, 300)})
    result = run(mechanisms[name], lit_arms(name), times, list(RATES[name]))
    assert all(float(result[rate].min()) >= -1e-9 and float(result[rate].max()) < 1000 for rate in RATES[name])


SIGNS: Final = [("sst_driven", 1), ("sst_silenced", -1), ("cck_driven", -1), ("cck_silenced", 1), ("penk_driven", 1),
                ("penk_silenced", -1), ("cck_terminals_driven", -1), ("sst_terminals_driven", 1),
                ("v1_driven", 1), ("v1_silenced", -1), ("lp_silenced", -1), ("terminals_driven", 1)]  # fmt: skip


@pytest.mark.parametrize(("light", "sign"), SIGNS)
def test_light_has_its_sign_and_leaves_nothing_behind(mechanisms: dict[str, Mechanism], light: str, sign: int) -> None:
    """The sign table of the dossiers; four minutes after the light nothing of it shows."""
    mechanism = mechanisms["S13" if light.startswith(("v1", "lp", "terminals")) else "S11"]
    for stress in (False, True):
        arms = {"dark": session(stress=stress), "lit": session((light, 1.0), stress=stress)}
        result = run(mechanism, arms, [ON - SECOND, OFF - SECOND, OFF + 600 * SECOND], ["despair_shown"])
        relief = (result["despair_shown"].sel(arm="dark") - result["despair_shown"].sel(arm="lit")).values
        assert (sign * relief[:, 1] > 0).all()
        assert (np.abs(relief[:, 0]) < 1e-6).all()
        assert (np.abs(relief[:, 2]) < 0.3 * np.abs(relief[:, 1])).all()


@pytest.mark.parametrize(("light", "measure"), [("cck_silenced", "sst_activated"), ("v1_driven", "l_rate")])
def test_more_cells_recruited_do_more(mechanisms: dict[str, Mechanism], light: str, measure: str) -> None:
    mechanism = mechanisms["S13" if light.startswith("v1") else "S11"]
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    arms = {str(share): session((light, share), stress=True) for share in shares}
    result = run(mechanism, arms, [OFF - SECOND], [measure, "despair_shown"])
    assert (np.diff(result[measure].values[:, :, 0], axis=1) > 0).all()
    assert (np.diff(result["despair_shown"].values[:, :, 0], axis=1) < 0).all()


RECEPTORS: Final = [("v1_hm3d", 1), ("v1_hm4d", -1)]


@pytest.mark.parametrize("drug", ["cno", "dcz"])
@pytest.mark.parametrize(("receptor", "sign"), RECEPTORS)
def test_a_designer_receptor_needs_its_drug_and_the_drug_its_receptor(
    mechanisms: dict[str, Mechanism], drug: str, receptor: str, sign: int
) -> None:
    dose, none = Jump(24.0, f"{drug}_depot", "add", 2000.0), Jump(24.0, f"{drug}_depot", "add", 0.0)
    arms = {
        "both": Schedule.of([dose], {receptor: 1.0}),
        "drug": Schedule.of([dose]),
        "receptor": Schedule.of([none], {receptor: 1.0}),
        "neither": Schedule.of([none]),
    }
    rates = run(mechanisms["S13"], arms, [24.0, 24.7, 24.0 + 48], ["e_rate"])["e_rate"]
    change = (rates - rates.sel(arm="neither")).transpose("animal", "arm", "time")
    assert (sign * change.sel(arm="both").values[:, 1] > 0.05).all()
    assert (np.abs(change.sel(arm="both").values[:, 2]) < 0.02).all()
    for alone in ("drug", "receptor"):
        assert (np.abs(change.sel(arm=alone).values) < 1e-6).all()


@pytest.mark.parametrize("coupling", [6.0, -6.0])
def test_gng4_acts_with_the_sign_of_its_coupling(mechanisms: dict[str, Mechanism], coupling: float) -> None:
    """Positive: a knock-down quietens V1 and LP and makes mice worse. Negative: the reverse."""
    arms = {"low": Schedule.of([Jump(24.0, "gng4_level", "set", 0.3)]),
            "rest": Schedule.of([Jump(24.0, "gng4_level", "set", 1.0)])}  # fmt: skip
    outputs = ["gng4", "e_rate", "l_rate", "despair_shown"]
    result = run(mechanisms["S13"], arms, [24.0, 24.0 * 60], outputs, gng4_to_v1=coupling)
    change = {name: (result[name].sel(arm="low") - result[name].sel(arm="rest")).values[:, 1] for name in outputs}
    assert (change["gng4"] < 0).all()
    assert (coupling * change["e_rate"] < 0).all()
    assert (coupling * change["l_rate"] < 0).all()
    assert (coupling * change["despair_shown"] > 0).all()


APART: Final = {"d1_to_lh": 0.0, "d2_to_md": 0.0, "pain_to_mood": 0.0, "lh_to_pain": 1.0}
"""S07 with separate routes, as one corner of what its priors allow."""
ROUTES: Final = [("d1_driven", "mood", 1), ("d1_silenced", "mood", -1), ("d1_in_md_driven", "mood", 1),
                 ("d1_in_md_silenced", "mood", -1), ("md_driven", "mood", -1), ("md_silenced", "mood", 1),
                 ("d2_driven", "pain", 1), ("d2_silenced", "pain", -1), ("d2_in_lh_driven", "pain", 1),
                 ("d2_in_lh_silenced", "pain", -1), ("lh_driven", "pain", -1), ("lh_silenced", "pain", 1)]  # fmt: skip
SHOWN: Final = {"mood": "despair_shown", "pain": "mechanical_sensitivity_shown"}


def eased(mechanism: Mechanism, light: str, *, hurt: bool, **values: float) -> dict[str, Any]:
    """How far light eases mood and pain, at the end of four minutes, in the animals hurt four weeks before."""
    injury = [Jump(0.0, "nerve_injury", "set", float(hurt))]
    arms = {
        "dark": Schedule.of([*injury, Jump(ON, light, "set", 0.0)]),
        "lit": Schedule.of([*injury, Jump(ON, light, "set", 1.0)]),
    }
    result = run(mechanism, arms, [OFF - SECOND], list(SHOWN.values()), **values)
    dark, lit = (result.sel(arm=arm).isel(time=0) for arm in ("dark", "lit"))
    return {symptom: (dark[state] - lit[state]).values for symptom, state in SHOWN.items()}


@pytest.mark.parametrize("hurt", [True, False])
@pytest.mark.parametrize(("light", "own", "sign"), ROUTES)
def test_each_route_of_the_shell_moves_its_own_symptom_and_not_the_other(
    mechanisms: dict[str, Mechanism], light: str, own: str, sign: int, hurt: bool
) -> None:
    change = eased(mechanisms["S07"], light, hurt=hurt, **APART)
    other = change[next(symptom for symptom in SHOWN if symptom != own)]
    assert (sign * change[own] > 0).all()
    assert (np.abs(other) < 1e-4).all()


@pytest.mark.parametrize(("joint", "light"), [
    ({"d1_to_lh": 1.0}, "d1_driven"),
    ({"d2_to_md": 1.0}, "d2_driven"),
    ({"pain_to_mood": 1.0}, "d2_driven"),
])  # fmt: skip
def test_the_dissociation_is_not_built_in(
    mechanisms: dict[str, Mechanism], joint: dict[str, float], light: str
) -> None:
    """Each of the three couplings that the findings must narrow carries relief to the other symptom."""
    change = eased(mechanisms["S07"], light, hurt=True, **(APART | joint))
    assert all((change[symptom] > 0).all() for symptom in SHOWN)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_sign_of_d2_cells_in_pain_is_that_of_one_number(mechanisms: dict[str, Mechanism], sign: float) -> None:
    for light, direction in (("d2_driven", 1), ("d2_silenced", -1), ("d2_in_lh_driven", 1)):
        change = eased(mechanisms["S07"], light, hurt=True, **(APART | {"lh_to_pain": sign}))
        assert (sign * direction * change["pain"] > 0).all(), light


def test_two_kinds_of_d2_cells_make_both_reports_true(mechanisms: dict[str, Mechanism]) -> None:
    """Light on all D2 cells worsens pain while light on their terminals in LH relieves it."""
    both = APART | {"d2_to_other": 3.0}
    assert (eased(mechanisms["S07"], "d2_driven", hurt=True, **both)["pain"] < 0).all()
    assert (eased(mechanisms["S07"], "d2_in_lh_driven", hurt=True, **both)["pain"] > 0).all()


def test_full_allodynia_is_one_however_much_the_shell_carries(mechanisms: dict[str, Mechanism]) -> None:
    hurt = {"hurt": Schedule.of([Jump(0.0, "nerve_injury", "set", 1.0)])}
    for strength in (0.0, 0.5, 1.0):
        state = "mechanical_sensitivity_shown"
        result = run(mechanisms["S07"], hurt, [24.0 * 150], [state], **(APART | {"lh_to_pain": strength}))
        assert np.allclose(result[state].values, 1.0, atol=0.01)
