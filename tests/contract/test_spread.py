"""The same bits on threads, local processes and a cluster, also when a worker is killed; parts on disk that resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euthymia import open_results, simulate, simulate_to
from euthymia.engine import spread
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.store import RunStore
from euthymia.engine.work import Work
from euthymia.errors import RequestError
from euthymia.models.load import load_model
from euthymia.models.model import Model

ANIMALS: Final = 50
TEXT: Final = """
S1 -> S2; vmax*S1^n/(km^n + S1^n); S2 -> ; k*S2; S1 = 10; S2 = 0; total := S1 + k*S2; twice := 2*total + k*S2;
vmax = 1; km = 2; n = 2; k = 0.3; late: at time > 3: S1 = S1 + 5;
"""
TIMES: Final = (0.0, 0.5, 2.0, 3.0, 4.5, 10.0)
ARMS: Final[dict[str, Any]] = {
    "rest": [],
    "dose": [Jump(1.0, "S1", "add", 5.0)],
    "steeper": [Jump(2.0, "n", "set", 3.0)],
}
INTERRUPTED: Final = 3.0
"""Seconds within which an interrupted call must have ended, start of the signal included, on a busy machine."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(TEXT)


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {"vmax": rng.uniform(0.5, 2, ANIMALS), "k": rng.uniform(0.1, 1, ANIMALS)}


@pytest.fixture(scope="module")
def whole(model: Model, columns: dict[str, np.ndarray]) -> xr.Dataset:
    return simulate(model, times=TIMES, parameters=columns, schedule=ARMS, workers=1)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two animals, so that there are many."""
    monkeypatch.setitem(spread.RUNS, "batch", 2 * len(ARMS))


def test_a_part_holds_no_more_than_its_share(model: Model) -> None:
    times, values, arms = tuple(np.linspace(0, 1, 2001)), np.ones((1000, 1)), (Schedule(),) * 3
    work = Work(model, "batch", ("k",), values, arms, times, ("S1", "S2"), 1e-6, 1e-9)
    parts = spread.parts_of(work)
    assert max(8 * (stop - start) * 3 * 2001 * 2 for start, stop in parts) <= spread.BYTES
    assert [start for start, _ in parts[1:]] == [stop for _, stop in parts[:-1]]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_selection_of_animals_arms_and_outputs_has_the_same_bits(
    model: Model, columns: dict[str, np.ndarray], data: st.DataObject
) -> None:
    everything = simulate(model, times=TIMES, parameters=columns, schedule=ARMS, outputs=["S1", "total", "twice"])
    chosen = data.draw(st.lists(st.integers(0, ANIMALS - 1), min_size=1, max_size=12))
    arms = data.draw(st.permutations(list(ARMS)).map(lambda names: names[: data.draw(st.integers(1, 3))]))
    outputs = data.draw(st.permutations(["S1", "total", "twice"]).map(lambda names: names[:2]))
    found = simulate(
        model, times=TIMES, parameters={name: column[chosen] for name, column in columns.items()},
        schedule={arm: ARMS[arm] for arm in arms}, outputs=outputs, workers=data.draw(st.sampled_from([1, 2])),
    )  # fmt: skip
    for name in outputs:
        assert np.array_equal(found[name].values, everything[name].isel(animal=chosen).sel(arm=arms).values)


@pytest.mark.usefixtures("small_parts")
def test_local_processes(model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset) -> None:
    seen: list[int] = []
    found = simulate(model, times=TIMES, parameters=columns, schedule=ARMS, workers=2, processes=True,
                     progress=lambda done, total: seen.append(done))  # fmt: skip
    assert found.identical(whole)
    assert seen == sorted(seen)
    assert seen[-1] == ANIMALS * len(ARMS)


@pytest.mark.usefixtures("small_parts")
def test_a_killed_process_costs_nothing_but_time(
    model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset
) -> None:
    from joblib.externals.loky import get_reusable_executor

    killed: list[int] = []

    def kill(done: int, _: int) -> None:
        if not killed:
            killed.append(next(iter(get_reusable_executor(max_workers=2)._processes)))
            os.kill(killed[0], signal.SIGKILL)

    found = simulate(model, times=TIMES, parameters=columns, schedule=ARMS, workers=2, processes=True, progress=kill)
    assert killed
    assert found.identical(whole)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="distributed (extra `scale`) is not installed")
    settings_ = {"distributed.worker.memory.terminate": False, "distributed.admin.tick.limit": "1h"}
    import dask

    with (
        dask.config.set(settings_),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", protocol="tcp://",
            dashboard_address=None, silence_logs=50,
        ) as made,
        distributed.Client(made) as client,
    ):  # fmt: skip
        yield client


@pytest.mark.usefixtures("small_parts")
def test_a_cluster(model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset, cluster: Any) -> None:
    found = simulate(model, times=TIMES, parameters=columns, schedule=ARMS, client=cluster)
    assert found.identical(whole)


@pytest.mark.usefixtures("small_parts")
def test_a_killed_worker_costs_nothing_but_time(
    model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset, cluster: Any, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(done: int, _: int) -> None:
        if not killed:
            killed.append(next(iter(cluster.scheduler_info()["workers"].values()))["id"])
            pids = cluster.run(os.getpid)
            os.kill(next(iter(pids.values())), signal.SIGKILL)

    stored = simulate_to(
        tmp_path / "cohort", model, times=TIMES, parameters=columns, schedule=ARMS, client=cluster, progress=kill
    )
    assert killed
    assert xr.concat(list(stored.datasets()), "animal", combine_attrs="drop_conflicts").identical(whole)


# on disk


@pytest.mark.usefixtures("small_parts")
def test_a_folder_holds_the_same_and_an_interrupted_call_goes_on(
    model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "cohort"
    request: dict[str, Any] = {"times": TIMES, "parameters": columns, "schedule": ARMS}

    def stop(done: int, _: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(folder, model, **request, progress=stop)
    left = open_results(folder)
    assert 0 < len(left.missing) < len(left.manifest["parts"])
    with pytest.raises(RequestError, match="parts of"):
        list(left.datasets())
    ready = {file: file.stat().st_mtime_ns for file in folder.glob("part-*.parquet")}
    stored = simulate_to(folder, model, **request)
    assert {file: file.stat().st_mtime_ns for file in ready} == ready
    joined = xr.concat(list(open_results(folder).datasets()), "animal", combine_attrs="drop_conflicts")
    assert joined.identical(whole)
    assert stored.animals == ANIMALS
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def test_without_arms(model: Model, columns: dict[str, np.ndarray], tmp_path: Path) -> None:
    stored = simulate_to(tmp_path / "cohort", model, times=TIMES, parameters=columns, outputs=["[S1]"])
    [part] = stored.datasets()
    assert part.identical(simulate(model, times=TIMES, parameters=columns, outputs=["[S1]"]))


def test_a_folder_of_other_things_is_refused(model: Model, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RequestError, match="not an empty folder"):
        simulate_to(tmp_path, model, times=TIMES)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(RequestError, match="holds no results"):
        open_results(tmp_path)


def test_a_folder_of_another_request_is_refused(model: Model, tmp_path: Path) -> None:
    simulate_to(tmp_path / "cohort", model, times=TIMES)
    with pytest.raises(RequestError, match="another request"):
        simulate_to(tmp_path / "cohort", model, times=TIMES, rtol=1e-7)


def test_a_folder_of_another_format_is_refused(model: Model, tmp_path: Path) -> None:
    simulate_to(tmp_path / "cohort", model, times=TIMES)
    manifest = tmp_path / "cohort" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text(encoding="utf-8")) | {"format": 99}), encoding="utf-8")
    with pytest.raises(RequestError, match="another format"):
        open_results(tmp_path / "cohort")


def test_a_damaged_part_is_told(model: Model, tmp_path: Path) -> None:
    stored = simulate_to(tmp_path / "cohort", model, times=TIMES)
    stored.part_file(0).write_bytes(b"no parquet")
    with pytest.raises(RequestError, match="cannot be read"):
        list(stored.datasets())


@pytest.mark.usefixtures("small_parts")
def test_a_call_with_a_store_goes_on(
    model: Model, columns: dict[str, np.ndarray], whole: xr.Dataset, tmp_path: Path
) -> None:
    def stop(done: int, _: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    store = RunStore(tmp_path)
    request: dict[str, Any] = {"times": TIMES, "parameters": columns, "schedule": ARMS, "store": store}
    with pytest.raises(KeyboardInterrupt):
        simulate(model, **request, progress=stop)
    kept = len(list(tmp_path.glob("*.npz")))
    assert kept > 0
    first: list[int] = []
    assert simulate(model, **request, progress=lambda done, _: first.append(done)).identical(whole)
    assert first[0] == 2 * len(ARMS)


SCRIPT: Final = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may start background work deaf to it
import numpy as np
from euthymia import load_model, simulate
model = load_model("x' = y; y' = -1e8*x + sin(1e4*time); x = 1; y = 0;")
print("ready", flush=True)
try:
    simulate(model, times=[0, 1e6], parameters={"x": np.linspace(1, 2, 2000)}, workers=2)
except KeyboardInterrupt:
    print(simulate(load_model("x' = -x; x = 1"), times=[0, 1])["x"].values.size, flush=True)
"""


def test_a_keyboard_interrupt_ends_a_long_call_soon() -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(1.5)
    timer = threading.Timer(60, process.kill)
    timer.start()
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    left, _ = process.communicate()
    timer.cancel()
    assert left == "2\n"
    assert time.monotonic() - started < INTERRUPTED
