"""The neural code on populations whose code is known: planted codes, none, and states."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from scipy.stats import kstest

from euthymia.errors import RequestError
from euthymia.neural import (
    TRIAL_TYPES,
    Design,
    DistanceClassifier,
    Population,
    Session,
    decode,
    decode_groups,
    distinct_states,
    generalise,
    hidden_states,
    load_session,
    participation_ratio,
    record,
    session_of,
)
from euthymia.neural.decode import CLASSES, _parted, _population
from euthymia.report.picture import standalone
from euthymia.report.population import accuracy_chart, state_matrix

NEURONS: Final = 25
QUICK: Final = Design(neuron_draws=3, trial_draws=3, permutations=39)
CHANCE: Final = 0.5


def animals(count: int = 4, *, bins: int = 4, seed: int = 0, **codes: Any) -> list[Session]:
    population = Population(neurons=NEURONS, **codes)
    return [record(population, animal=f"m{i}", bins=bins, seed=(seed, i)) for i in range(count)]


@pytest.mark.parametrize(("code", "question"), [("choice_gain", "choice"), ("history_gain", "switch")])
def test_a_planted_code_is_found_and_the_other_is_not(code: str, question: Any) -> None:
    """The pooling mix-up: joining the wrong trial types makes one question answer the other."""
    sessions = animals(**{code: 0.2})
    own = decode(sessions, question, design=QUICK)
    other = decode(sessions, "switch" if question == "choice" else "choice", design=QUICK)
    assert own.window_accuracy.mean() > 0.8
    assert own.window_p <= 1 / 40 + 1e-9
    assert abs(other.window_accuracy.mean() - CHANCE) < 0.2
    assert abs(own.null.mean() - CHANCE) < 0.1


def test_the_previous_choice_alone_answers_neither_question() -> None:
    sessions = animals(previous_gain=0.3)
    for question in ("choice", "switch"):
        assert abs(decode(sessions, question, design=QUICK).window_accuracy.mean() - CHANCE) < 0.2  # type: ignore[arg-type]


def test_classes_are_balanced_and_named_by_previous_and_present_choice() -> None:
    assert {kind[1] for kind in CLASSES["choice"][0]} == {"s"}
    assert {kind[1] for kind in CLASSES["choice"][1]} == {"w"}
    assert all(kind[0] != kind[1] for kind in CLASSES["switch"][0])
    assert all(kind[0] == kind[1] for kind in CLASSES["switch"][1])
    one = animals(1)[0]
    for kind in TRIAL_TYPES:
        place = one.trials_of(kind)
        assert (one.previous[place] == (kind[0] == "s")).all()
        assert (one.choice[place] == (kind[1] == "s")).all()


def test_p_values_of_null_data_are_uniform() -> None:
    few = Design(neuron_draws=2, trial_draws=2, permutations=19)
    values = [decode(animals(bins=1, seed=one + 1), "choice", design=few, seed=one).window_p for one in range(40)]
    assert kstest(np.array(values) - 0.025, "uniform").pvalue > 0.01
    assert np.mean(np.array(values) <= 0.1) < 0.3


def test_the_code_appears_before_the_choice_and_not_long_before() -> None:
    course = decode(animals(bins=8, choice_gain=0.3), "choice", design=QUICK).accuracy.mean(axis=0)
    assert course[-1] > course[0] + 0.1


def test_a_choice_code_generalises_and_a_history_code_does_not() -> None:
    assert generalise(animals(choice_gain=0.2), design=QUICK).mean() > 0.8
    assert generalise(animals(history_gain=0.2), design=QUICK).mean() < 0.3


def test_same_bits_whatever_the_workers() -> None:
    sessions, plan = animals(2, bins=2, choice_gain=0.1), Design(40, 8, 2, 2, permutations=3)
    one, two = (decode(sessions, "choice", design=plan, seed=5, workers=count) for count in (1, 2))
    np.testing.assert_array_equal(one.accuracy, two.accuracy)
    np.testing.assert_array_equal(one.window_null, two.window_null)
    assert one.window_p == two.window_p


def test_no_trial_trains_and_tests() -> None:
    """Every count is unique, so a test trial that was trained on would be seen."""
    one = animals(1, bins=1)[0]
    counts = np.arange(one.counts.size).reshape(one.counts.shape)
    marked = Session(one.animal, one.group, counts, one.choice, one.previous, one.times, one.rest)
    plan = Design(neurons=10)
    train, test, labels, hidden = _parted(_population([marked], [marked.kinds], plan, (0, 1, 0)), "choice", plan)
    assert not set(train.ravel()) & set(test.ravel())
    assert len(labels) == len(train)
    assert len(hidden) == len(test)
    assert labels.mean() == hidden.mean() == CHANCE


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_the_planted_number_of_states_is_found(number: int) -> None:
    rest = record(Population(states=number, neurons=20), seed=(3, number)).rest
    states = hidden_states(rest, most=10, fits=3)
    assert states.number == states.distinct == number
    assert states.transitions.shape == (number, number)
    np.testing.assert_allclose(states.transitions.sum(axis=1), 1)


def test_states_with_like_firing_count_as_one() -> None:
    rates = np.array([[1.0, 2, 3, 4], [1.1, 2.1, 3.0, 4.2], [4.0, 1, 2, 1]])
    assert distinct_states(rates) == 2
    assert distinct_states(rates[:1]) == 1


def test_criterion_of_the_states_alone_prefers_more() -> None:
    rest = record(Population(states=3, neurons=20), seed=4).rest
    few = hidden_states(rest, most=9, fits=1)
    assert hidden_states(rest, most=9, fits=1, criterion="aic_states").number > few.number


def test_participation_ratio_at_its_ends() -> None:
    rng = np.random.default_rng(0)
    lone = rng.poisson(5, (4000, 10))
    common = np.repeat(rng.poisson(5, (400, 1)), 10, axis=1)
    assert participation_ratio(lone, neurons=10) == pytest.approx(10, rel=0.02)
    assert participation_ratio(common, neurons=10) == pytest.approx(1)


def test_groups_that_differ_are_told_apart_and_others_are_not() -> None:
    rng = np.random.default_rng(1)
    labels = ["a"] * 8 + ["b"] * 8
    apart = rng.standard_normal((16, 2)) + np.repeat([[0.0], [4.0]], 8, axis=0)
    for method in ("distance", "svm"):
        found = decode_groups(apart, labels, method=method, permutations=39)  # type: ignore[arg-type]
        assert found.accuracy > 0.85
        assert found.p <= 1 / 40 + 1e-9
    values = [decode_groups(rng.standard_normal((12, 2)), ["a"] * 6 + ["b"] * 6, permutations=19, seed=k).p
              for k in range(30)]  # fmt: skip
    assert np.mean(np.array(values) <= 0.1) < 0.3


def test_distance_counts_the_spread_along_the_way() -> None:
    """A far mean with a wide spread is nearer than a near one with a narrow spread."""
    features = np.array([[-0.1, 0.0], [0.1, 0.0], [5.0, 0.0], [15.0, 0.0]])
    classifier = DistanceClassifier().fit(features, np.array(["narrow", "narrow", "wide", "wide"]))
    assert classifier.predict(np.array([[2.0, 0.0]])).tolist() == ["wide"]


def test_sessions_survive_files(tmp_path: Path) -> None:
    one = animals(1)[0]
    one.to_dataset().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    np.savez(tmp_path / "a.npz", counts=one.counts, choice=one.choice, previous=one.previous, rest=one.rest,
             times=one.times, animal="m0", rest_step=one.rest_step)  # fmt: skip
    for name in ("a.nc", "a.npz"):
        read = load_session(tmp_path / name)
        np.testing.assert_array_equal(read.counts, one.counts)
        np.testing.assert_array_equal(read.previous, one.previous)
        np.testing.assert_array_equal(read.rest, one.rest)
        assert (read.animal, read.rest_step) == ("m0", one.rest_step)


def test_nwb_files_are_binned_around_choices(tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb")
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    file = pynwb.NWBFile("a session", "id-1", start)
    file.add_trial_column("choice", "what was chosen")
    file.add_trial_column("choice_time", "when")
    for number, choice in enumerate(["sucrose", "water", "sucrose"]):
        file.add_trial(
            start_time=10.0 * number, stop_time=10.0 * number + 9, choice=choice, choice_time=10.0 * number + 5
        )
    file.add_unit(spike_times=[4.3, 5.1, 14.9, 25.6])
    file.add_unit(spike_times=[31.0, 31.3])
    rest = pynwb.epoch.TimeIntervals(name="rest", description="no task")
    rest.add_interval(start_time=30.0, stop_time=32.0)
    file.add_time_intervals(rest)
    with pynwb.NWBHDF5IO(str(tmp_path / "a.nwb"), "w") as writer:
        writer.write(file)
    one = load_session(tmp_path / "a.nwb")
    assert one.counts.shape == (2, 8, 2)
    assert (one.choice.tolist(), one.previous.tolist()) == ([0, 1], [1, 0])
    assert one.counts[0, :, 0].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert one.rest.sum() == 2


def broken(**changes: Any) -> Any:
    data = animals(1)[0].to_dataset()
    for name, value in changes.items():
        data = data.drop_vars(name) if value is None else data.assign({name: (data[name].dims, value)})
    return data


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: session_of(broken(counts=None)), "counts"),
        (lambda: session_of(broken(choice=np.full(120, 2))), "sucrose"),
        (lambda: session_of(broken().assign(counts=("trial", np.zeros(120)))), "dimensions"),
        (lambda: session_of(broken() * 1.5), "whole numbers"),
        (lambda: decode([], design=QUICK), "no session"),
        (lambda: decode([animals(1)[0], animals(1, bins=2)[0]], design=QUICK), "different time bins"),
        (lambda: decode(animals(1), design=QUICK), "neurons with enough trials"),
        (lambda: decode(animals(), design=Design(per_type=500)), "trials of each type"),
        (lambda: hidden_states(np.zeros((10, 3), dtype=np.int64)), "20 bins"),
        (lambda: participation_ratio(np.ones((50, 3), dtype=np.int64), neurons=3), "fire at rest"),
        (lambda: decode_groups(np.ones((4, 1)), ["a", "a", "b", "b"]), "three animals"),
        (lambda: decode_groups(np.ones((4, 1)), ["a"] * 3), "one row for each"),
        (lambda: decode_groups(np.full((6, 1), np.nan), ["a", "b"] * 3), "not a number"),
        (lambda: load_session(Path("nowhere.npz")), "no file"),
    ],
)
def test_bad_input_is_refused_with_a_reason(call: Callable[[], object], words: str) -> None:
    with pytest.raises(RequestError) as caught:
        call()
    assert words in caught.value.text("en")


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    for name in ("a.txt", "a.npz", "a.nc", "a.nwb"):
        (tmp_path / name).write_text("no recording")
        with pytest.raises(RequestError):
            load_session(tmp_path / name)


def test_pictures_are_documents_in_one_language() -> None:
    found = decode(animals(bins=3), "choice", design=Design(neuron_draws=1, trial_draws=2, permutations=0))
    states = hidden_states(animals(1)[0].rest, most=3, fits=1)
    for chart in (accuracy_chart([("all", found)]), state_matrix(states)):
        for language in ("en", "zh"):
            picture = standalone(chart, language)  # type: ignore[arg-type]
            assert picture.startswith("<svg xmlns")
            assert f'lang="{"zh" if language == "en" else "en"}"' not in picture


def test_the_command_prints_tables_json_and_pictures(command: Any, tmp_path: Path) -> None:
    files = []
    for number in range(6):
        kind = {"choice_gain": 0.3} if number < 3 else {"history_gain": 0.3, "states": 5}
        group = "res" if number < 3 else "sus"
        one = record(Population(neurons=NEURONS, **kind), animal=f"m{number}", group=group, bins=2, seed=number)  # type: ignore[arg-type]
        files.append(tmp_path / f"{number}.nc")
        one.to_dataset().to_netcdf(files[-1], engine="h5netcdf")
    options = ("--draws", "2", "--permutations", "9", "--states", "6")
    code, out, _ = command("decode", *files, *options, "--what", "choice,switch,states,group", "--json",
                           "--out", tmp_path / "out")  # fmt: skip
    assert code == 0
    answer = json.loads(out)
    accuracy = {(one["group"], one["question"]): one["window_accuracy"] for one in answer["decodings"]}
    assert accuracy["res", "choice"] > 0.8 > accuracy["res", "switch"]
    assert accuracy["sus", "switch"] > 0.8 > accuracy["sus", "choice"]
    assert answer["groups"]["accuracy"] > 0.8
    assert {"choice.svg", "switch.svg", "decoding.json", "states-1.svg"} <= {
        one.name for one in (tmp_path / "out").iterdir()
    }
    code, out, _ = command("decode", *files, *options, "--lang", "zh")
    assert code == 0
    assert "正确率" in out
    assert command("decode", *files, "--what", "mood")[0] == 1
