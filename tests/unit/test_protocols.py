"""Interventions: parsed with units, lowered to jumps in hours, refused where the mechanism has no port."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from euthymia.engine.schedule import Jump, Schedule
from euthymia.errors import ProtocolError
from euthymia.protocols.lower import SESSION, first_day, last_day, lower
from euthymia.records.library import common_library
from euthymia.records.protocol import Intervention, Protocol
from euthymia.records.study import Arm, Experiment, Ports
from support import WORDS, only_problem

PROTOCOL: Final = TypeAdapter(Protocol)
ORIGIN: Final = -2.0
"""Day on which the clock starts in these tests; day 0 is hour 48."""
PORTS: Final = Ports.model_validate(
    {
        "drugs": ("ketamine",),
        "stress": True,
        "genes": {"GENE": {"whole_body": {"sets": "level"}, "cortex": {"sets": "cortex_level"}}},
        "stimulation": {
            "PT": {"sets": "pt_drive", "drive": 3.0, "silence": 0.0},
            "IT": {"sets": "it_drive", "drive": 2.0},
            "SST": {"driven": "sst_driven", "silenced": "sst_silenced", "hm4d": "sst_hm4d"},
        },
        "injury": {"spared_nerve_injury": {"sets": "nerve_injury"}},
        "exercise": {"sets": "running"},
        "infusion": {"bdnf": {"hippocampus": {"sets": "bdnf_pool"}}},
        "imaging": {"dendrites": {"marked": "spines", "on": "unity"}},
    }
)
NONE: Final = Ports()
DOSE: Final = {"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}
AMOUNT: Final = 5 * 1e6 / 237.73
"""5 mg/kg of ketamine (237.73 g/mol) in nmol/kg."""


def lowered(*items: dict[str, Any], ports: Ports = PORTS) -> Schedule:
    arm = Arm(id="a", label=WORDS, protocol=PROTOCOL.validate_python(items))  # type: ignore[arg-type]
    return lower(arm, ports=ports, library=common_library(), origin=ORIGIN)


def jumps(*items: dict[str, Any]) -> list[tuple[float, str, str, float | str]]:
    return [(jump.time, jump.target, jump.operation, jump.value) for jump in lowered(*items).jumps]


CASES: Final[dict[str, tuple[dict[str, Any], list[tuple[float, str, str, float | str]]]]] = {
    "drug": (DOSE, [(48, "ketamine_depot", "add", AMOUNT)]),
    "drug iv": ({**DOSE, "route": "iv"}, [(48, "ketamine_body", "add", AMOUNT)]),
    "repeated drug": ({**DOSE, "at": ("0 d", "90 min")},
                      [(48, "ketamine_depot", "add", AMOUNT), (49.5, "ketamine_depot", "add", AMOUNT)]),
    "bath": ({"bath": "ketamine", "concentration": "20 umol/l", "start": "0 d", "duration": "30 min"},
             [(48, "ketamine_bath", "set", 20_000), (48.5, "ketamine_bath", "set", 0)]),
    "stress": ({"stress": "chronic_restraint", "start": "-1 d", "days": 2},
               [(24, "stressor_predictability", "set", 1), (24, "stressor", "set", 1), (26, "stressor", "set", 0),
                (48, "stressor", "set", 1), (50, "stressor", "set", 0)]),
    "stress of another length": ({"stress": "social_defeat", "start": "0 d", "days": 1, "daily": "90 min/day"},
                                 [(48, "stressor_predictability", "set", 0), (48, "stressor", "set", 4),
                                  (49.5, "stressor", "set", 0)]),
    "knock-down from a day on": ({"gene": "GENE", "change": "knock_down", "where": "cortex", "level": 0.2,
                                  "since": "-1 h"}, [(47, "cortex_level", "set", 0.2)]),
    "silencing": ({"method": "chemogenetic", "effect": "silence", "target": "PT", "start": "0 d", "duration": "9 h",
                   "strength": 0.5}, [(48, "pt_drive", "set", 0.5), (57, "pt_drive", "set", 1)]),
    "driving": ({"method": "optogenetic", "effect": "drive", "target": "PT", "start": "0 d", "duration": "1 h"},
                [(48, "pt_drive", "set", 3), (49, "pt_drive", "set", 1)]),
    "recruiting": ({"method": "optogenetic", "effect": "drive", "target": "SST", "start": "0 d", "duration": "3 min",
                    "strength": 0.6}, [(48, "sst_driven", "set", 0.6), (48.05, "sst_driven", "set", 0)]),
    "recruiting to silence": ({"method": "chemogenetic", "effect": "silence", "target": "SST", "start": "0 d",
                               "duration": "1 h"}, [(48, "sst_silenced", "set", 1), (49, "sst_silenced", "set", 0)]),
    "injury": ({"injury": "spared_nerve_injury", "at": "0 d"}, [(48, "nerve_injury", "set", 1)]),
    "exercise": ({"exercise": "wheel", "start": "0 d", "duration": "1 h", "intensity": 0.4},
                 [(48, "running", "set", 0.4), (49, "running", "set", 0)]),
    "infusion": ({"infusion": "bdnf", "region": "hippocampus", "amount": 2.0, "at": "0 d"},
                 [(48, "bdnf_pool", "add", 2)]),
    "infusions": ({"infusion": "bdnf", "region": "hippocampus", "amount": 2.0, "at": ("0 d", "1 d")},
                  [(48, "bdnf_pool", "add", 2), (72, "bdnf_pool", "add", 2)]),
    "imaging": ({"imaging": "dendrites", "sessions": ("0 d",)},
                [(48 + SESSION, "marked", "copy", "spines"), (48 + SESSION, "on", "copy", "unity")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_kind_is_lowered_to_its_jumps(name: str) -> None:
    item, expected = CASES[name]
    found = jumps(item)
    assert [jump[:3] for jump in found] == [jump[:3] for jump in expected]
    for (*_, value), (*_, wanted) in zip(found, expected, strict=True):
        assert value == (wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=1e-12))


def test_a_change_present_throughout_is_a_setting_not_a_jump() -> None:
    schedule = lowered({"gene": "GENE", "change": "over_expression", "level": 3.0})
    assert dict(schedule.settings) == {"level": 3.0}
    assert schedule.jumps == ()
    assert dict(lowered({"gene": "GENE", "change": "knock_out"}).settings) == {"level": 0.0}


@pytest.mark.parametrize("name", CASES)
def test_a_mechanism_without_the_port_is_refused(name: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        lowered(CASES[name][0], ports=NONE)
    assert "arm a" in caught.value.text()


@pytest.mark.parametrize(
    ("item", "there_is"),
    [({"drug": "bci", "dose": "1 mg/kg", "route": "ip", "at": "0 d"}, "ketamine"),
     ({"gene": "GENES", "change": "knock_out"}, "GENE"),
     ({"gene": "GENE", "change": "knock_out", "where": "cortx"}, "cortex"),
     ({"gene": "GENE", "change": "knock_out", "where": "liver"}, "cortex, whole_body"),
     ({"method": "optogenetic", "effect": "drive", "target": "interneurons", "start": "0 d", "duration": "1 h"},
      "IT, PT, SST"),
     ({"injury": "complete_freund_adjuvant", "at": "0 d"}, "spared_nerve_injury"),
     ({"infusion": "bdnf", "region": "cortex", "amount": 1.0, "at": "0 d"}, "hippocampus"),
     ({"infusion": "ngf", "region": "cortex", "amount": 1.0, "at": "0 d"}, "bdnf"),
     ({"imaging": "axons", "sessions": ("0 d",)}, "dendrites")],
)  # fmt: skip
def test_a_refusal_lists_what_there_is(item: dict[str, Any], there_is: str) -> None:
    assert there_is in only_problem(lambda: lowered(item)).text()


def test_an_effect_that_a_port_does_not_have() -> None:
    item = {"method": "optogenetic", "effect": "silence", "target": "IT", "start": "0 d", "duration": "1 h"}
    assert "“silence”" in only_problem(lambda: lowered(item)).text()


def test_a_designer_receptor_is_there_throughout_and_its_drug_is_given_apart() -> None:
    carried = {"method": "chemogenetic", "effect": "silence", "target": "SST", "strength": 0.7}
    schedule = lowered(carried, DOSE)
    assert dict(schedule.settings) == {"sst_hm4d": 0.7}
    assert [jump.target for jump in schedule.jumps] == ["ketamine_depot"]
    for item in ({**carried, "effect": "drive"}, {**carried, "target": "PT"}):
        assert "designer receptor" in only_problem(lambda item=item: lowered(item)).text()  # type: ignore[misc]
    none = {**carried, "target": "interneurons"}
    assert "PT, SST" in only_problem(lambda: lowered(none)).text()


@pytest.mark.parametrize(
    "port",
    [{}, {"sets": "x"}, {"drive": 2.0}, {"sets": "x", "drive": 2.0, "driven": "y"}, {"sets": "x", "hm3d": "y"}],
)
def test_a_stimulation_port_has_a_level_or_shares(port: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="sets"):
        Ports.model_validate({"stimulation": {"PT": port}})


@pytest.mark.parametrize(
    "item",
    [{"drug": "ketamine", "dose": "5 kg", "route": "ip", "at": "0 d"}, {**DOSE, "at": ()}, {**DOSE, "route": "by post"},
     {**DOSE, "extra": 1}, {"gene": "G", "change": "knock_out", "level": 0.5}, {"gene": "G", "change": "knock_down"},
     {"gene": "G", "change": "knock_down", "level": 1.0}, {"gene": "G", "change": "over_expression", "level": 1.0},
     {"stress": "x", "start": "0 d", "days": 0}, {"stress": "x", "start": "0 d", "days": 1, "daily": "2 h"},
     {"method": "optogenetic", "effect": "drive", "target": "PT", "start": "0 d", "duration": "-1 h"},
     {"method": "optogenetic", "effect": "drive", "target": "PT", "start": "0 d", "duration": "1 h", "strength": 0.0},
     {"method": "chemogenetic", "effect": "drive", "target": "PT", "start": "0 d"},
     {"method": "chemogenetic", "effect": "drive", "target": "PT", "duration": "1 h"},
     {"method": "optogenetic", "effect": "drive", "target": "PT"},
     {"exercise": "wheel", "start": "0 d", "duration": "1 h", "intensity": 1.5},
     {"infusion": "x", "region": "y", "amount": 0.0, "at": "0 d"}, {"wish": "get well"}, 3],
)  # fmt: skip
def test_impossible_interventions_are_refused(item: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Intervention).validate_python(item)


DAYS: Final = st.integers(-30, 60).map(lambda day: f"{day} d")
ITEMS: Final = st.one_of(
    st.builds(lambda at, mg: {**DOSE, "at": (at,), "dose": f"{mg} mg/kg"}, DAYS, st.integers(0, 50)),
    st.builds(
        lambda start, days: {"stress": "chronic_restraint", "start": start, "days": days}, DAYS, st.integers(1, 5)
    ),
    st.builds(lambda start, h: {**CASES["driving"][0], "start": start, "duration": f"{h} h"}, DAYS, st.integers(0, 48)),
    st.builds(lambda at: {"imaging": "dendrites", "sessions": (at,)}, DAYS),
)


@given(st.lists(ITEMS, max_size=5))
def test_protocols_survive_writing_and_their_jumps_lie_in_model_time(items: list[dict[str, Any]]) -> None:
    protocol = PROTOCOL.validate_python(tuple(items))
    assert PROTOCOL.validate_python(PROTOCOL.dump_python(protocol)) == protocol
    arm = Arm(id="a", label=WORDS, protocol=protocol)  # type: ignore[arg-type]
    sampling = {"assay": "perk", "times": ("1 d",)}
    record = Experiment.model_validate({"id": "e", "label": WORDS, "arms": (arm,), "sampling": (sampling,)})
    schedule = lower(arm, ports=PORTS, library=common_library(), origin=first_day(record))
    assert all(jump.time >= 0 for jump in schedule.jumps)
    assert list(schedule.jumps) == sorted(schedule.jumps, key=lambda jump: jump.time)


def test_the_clock_of_an_experiment_starts_at_its_first_event() -> None:
    item = {"stress": "chronic_restraint", "start": "-21 d", "days": 21}
    arms = ({"id": "a", "label": WORDS, "protocol": (item,)}, {"id": "b", "label": WORDS})
    sampling = {"assay": "perk", "times": ("-1 h", "3 d")}
    record = Experiment.model_validate({"id": "e", "label": WORDS, "arms": arms, "sampling": (sampling,)})
    assert first_day(record) == -21
    assert last_day(record) == 3
    assert (
        Jump(0.0, "stressor", "set", 1.0)
        in lower(record.arms[0], ports=PORTS, library=common_library(), origin=-21).jumps
    )
