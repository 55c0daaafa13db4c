"""Jobs: shared runs, a bounded queue, progress, cancelling, time-outs, and workers that die."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import serving_performers

from euthymia.asking import read_question
from euthymia.errors import RecordError, RequestError
from euthymia.serving.jobs import BusyError, Job, Jobs, Load
from euthymia.serving.limits import MIB, Limits
from euthymia.serving.results import Results
from euthymia.serving.tasks import Task
from support import REPOSITORY

LONG: Final = 60.0
"""Seconds after which a test gives up waiting."""
NUMBERS: Final = itertools.count(1)
WARMERS: Final = {"well": serving_performers.warm, "wrong": serving_performers.warm_wrong}


def task(text: str) -> Task:
    """A task that is another one at each call."""
    return Task.model(text, hours=float(next(NUMBERS)), points=2)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with Results(tmp_path_factory.mktemp("kept") / "results.sqlite", most=64 * MIB) as kept:
        yield kept


@contextmanager
def serving(results: Results, warm: Callable[[], None] | None = None, **limits: Any) -> Iterator[Jobs]:
    chosen = Limits(**{"workers": 1, "seconds": LONG, "grace": 0.5, **limits})
    with Jobs(results, chosen, perform=serving_performers.act, warm=warm) as jobs:
        yield jobs


@pytest.fixture(scope="module")
def jobs(results: Results) -> Iterator[Jobs]:
    with serving(results) as made:
        yield made


def until(jobs: Jobs, job: Job, wanted: Callable[[Job], bool]) -> Job:
    latest = time.monotonic() + LONG
    while time.monotonic() < latest:
        found = jobs.get(job.id)
        assert found is not None
        if wanted(found):
            return found
        time.sleep(0.01)
    raise AssertionError(jobs.get(job.id))


def ended(jobs: Jobs, job: Job) -> Job:
    return until(jobs, job, lambda one: one.ended)


def running(jobs: Jobs, job: Job) -> Job:
    return until(jobs, job, lambda one: one.state == "running" and one.total > 0)


def said(results: Results, job: Job) -> Any:
    assert job.state == "done", job
    assert job.result is not None
    found = results.get(job.result)
    assert found is not None
    return found.data


def test_a_job_waits_runs_and_is_done(jobs: Jobs, results: Results) -> None:
    asked = task("steps:3 say:hello")
    first = jobs.submit(asked)
    assert first.state in ("waiting", "running")
    assert (first.kind, first.result, first.problems) == ("model", None, ())
    last = ended(jobs, first)
    assert last.result == asked.key
    assert (last.done, last.total, last.ahead, last.problems) == (2, 3, None, ())
    assert said(results, last) == ["hello"]
    assert jobs.get(first.id) == last
    assert set(last.to_dict()) == {
        "id", "kind", "state", "done", "total", "ahead", "seconds", "result", "problems"
    }  # fmt: skip


def test_a_result_that_is_kept_is_given_at_once(jobs: Jobs, results: Results) -> None:
    asked = task("say:once")
    ended(jobs, jobs.submit(asked))
    again = jobs.submit(asked)
    assert again.state == "done"
    assert said(results, again) == ["once"]


def test_the_same_task_asked_twice_runs_once(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    asked = task(f"count:{tmp_path / 'runs'} until:{tmp_path / 'go'} say:x")
    first, second = jobs.submit(asked), jobs.submit(asked)
    running(jobs, first)
    third = jobs.submit(asked)
    assert third.state == "running"
    assert len({first.id, second.id, third.id}) == 3
    (tmp_path / "go").touch()
    assert {ended(jobs, one).result for one in (first, second, third)} == {asked.key}
    assert (tmp_path / "runs").read_text() == "x"


def test_jobs_wait_in_order_and_the_queue_is_bounded(results: Results, tmp_path: Path) -> None:
    with serving(results, queue=2) as jobs:
        first = jobs.submit(task(f"until:{tmp_path / 'go'}"))
        running(jobs, first)
        waiting = [task(f"say:{number}") for number in range(2)]
        others = [jobs.submit(one) for one in waiting]
        assert [one.ahead for one in others] == [0, 1]
        assert jobs.load == Load(1, 2, 1)
        assert jobs.load.to_dict() == {"workers": 1, "waiting": 2, "running": 1}
        with pytest.raises(BusyError, match="ask again in") as caught:
            jobs.submit(task("say:too-many"))
        assert 2 <= caught.value.seconds <= 120
        assert jobs.submit(waiting[1]).ahead == 1
        (tmp_path / "go").touch()
        assert [ended(jobs, one).state for one in (first, *others)] == ["done"] * 3
        assert jobs.load == Load(1, 0, 0)


def test_jobs_that_have_not_ended_are_bounded(results: Results, tmp_path: Path) -> None:
    with serving(results, kept=3) as jobs:
        asked = task(f"until:{tmp_path / 'go'}")
        for _ in range(3):
            jobs.submit(asked)
        with pytest.raises(BusyError):
            jobs.submit(asked)


def test_workers_work_side_by_side(results: Results, tmp_path: Path) -> None:
    with serving(results, workers=2) as jobs:
        both = [jobs.submit(task(f"until:{tmp_path / name} process")) for name in "ab"]
        for one in both:
            running(jobs, one)
        for name in "ab":
            (tmp_path / name).touch()
        assert len({said(results, ended(jobs, one))[0] for one in both}) == 2


def test_a_cancelled_job_stops_at_the_next_word(jobs: Jobs, results: Results) -> None:
    before = said(results, ended(jobs, jobs.submit(task("process"))))
    job = jobs.submit(task("steps:3000"))
    running(jobs, job)
    cancelled = jobs.cancel(job.id)
    assert cancelled is not None
    assert cancelled.state == "cancelled"
    assert said(results, ended(jobs, jobs.submit(task("process say:after"))))[0] == before[0]


def test_a_cancelled_job_that_does_not_listen_is_killed(jobs: Jobs, results: Results) -> None:
    before = said(results, ended(jobs, jobs.submit(task("process"))))
    job = jobs.submit(task(f"steps:1 deaf:{LONG}"))
    running(jobs, job)
    jobs.cancel(job.id)
    assert said(results, ended(jobs, jobs.submit(task("process say:after"))))[0] != before[0]


def test_a_waiting_job_can_be_cancelled(jobs: Jobs, tmp_path: Path) -> None:
    first = jobs.submit(task(f"until:{tmp_path / 'go'}"))
    running(jobs, first)
    second = jobs.submit(task(f"count:{tmp_path / 'runs'}"))
    cancelled = jobs.cancel(second.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.ahead) == ("cancelled", None)
    assert jobs.load.waiting == 0
    (tmp_path / "go").touch()
    ended(jobs, first)
    assert not (tmp_path / "runs").exists()


def test_a_run_goes_on_for_others_who_wait_for_it(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    asked = task(f"until:{tmp_path / 'go'} say:for-you")
    first, second = jobs.submit(asked), jobs.submit(asked)
    running(jobs, first)
    jobs.cancel(first.id)
    (tmp_path / "go").touch()
    assert said(results, ended(jobs, second)) == ["for-you"]
    cancelled = jobs.get(first.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.result) == ("cancelled", None)


def test_a_task_that_was_cancelled_can_be_asked_again(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    asked = task(f"until:{tmp_path / 'go'} say:again")
    first = jobs.submit(asked)
    running(jobs, first)
    jobs.cancel(first.id)
    second = jobs.submit(asked)
    (tmp_path / "go").touch()
    assert said(results, ended(jobs, second)) == ["again"]


def test_what_has_ended_cannot_be_cancelled(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(task("say:done")))
    assert jobs.cancel(job.id) == job
    assert jobs.cancel("unknown") is None
    assert jobs.get("unknown") is None


def test_problems_come_back_without_the_folders_of_the_server(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit(task("wrong:data/table.tsv")))
    assert job.state == "failed"
    assert [(one.en, one.place) for one in job.problems] == [
        ("The file is empty.", "data/table.tsv:3"),
        ("The file cannot be read: x.tsv.", None),
    ]
    assert job.problems[0].zh == "文件为空。"
    assert job.to_dict()["problems"][0]["place"] == "data/table.tsv:3"


def test_a_failure_is_not_kept(jobs: Jobs, tmp_path: Path) -> None:
    for _ in range(2):
        assert ended(jobs, jobs.submit(task(f"count:{tmp_path / 'runs'} wrong:x"))).state == "failed"
    assert (tmp_path / "runs").read_text() == "xx"


def test_a_bug_is_told_without_its_details(jobs: Jobs, results: Results) -> None:
    job = ended(jobs, jobs.submit(task("bug:secret")))
    assert "Something went wrong inside the server (ZeroDivisionError)" in job.problems[0].en
    assert "secret" not in job.problems[0].en
    assert said(results, ended(jobs, jobs.submit(task("say:after")))) == ["after"]


def test_a_worker_that_dies_is_replaced_and_the_task_tried_again(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    job = ended(jobs, jobs.submit(task(f"die-once:{tmp_path / 'died'} say:survived")))
    assert said(results, job) == ["survived"]


def test_a_task_over_which_workers_die_fails(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    job = ended(jobs, jobs.submit(task(f"count:{tmp_path / 'runs'} die")))
    assert (job.state, (tmp_path / "runs").read_text()) == ("failed", "xx")
    assert "died 2 times" in job.problems[0].en
    assert "终止了 2 次" in job.problems[0].zh
    assert said(results, ended(jobs, jobs.submit(task("say:after")))) == ["after"]


def test_a_worker_killed_while_it_works_is_replaced(jobs: Jobs, results: Results, tmp_path: Path) -> None:
    (worker,) = said(results, ended(jobs, jobs.submit(task("process"))))
    job = jobs.submit(task(f"until:{tmp_path / 'go'} process"))
    running(jobs, job)
    os.kill(int(worker), signal.SIGKILL)
    (tmp_path / "go").touch()
    assert said(results, ended(jobs, job)) != [worker]


def test_a_worker_killed_while_it_waits_is_replaced(jobs: Jobs, results: Results) -> None:
    (worker,) = said(results, ended(jobs, jobs.submit(task("process"))))
    os.kill(int(worker), signal.SIGKILL)
    assert said(results, ended(jobs, jobs.submit(task("process say:after"))))[0] != worker


def test_a_task_that_takes_too_long_fails(results: Results) -> None:
    with serving(results, seconds=0.5) as jobs:
        job = ended(jobs, jobs.submit(task(f"deaf:{LONG}")))
        assert "took longer than the 0.5 seconds" in job.problems[0].en
        assert said(results, ended(jobs, jobs.submit(task("say:after")))) == ["after"]


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is bounded on Linux")
def test_a_task_that_fills_the_memory_fails(results: Results) -> None:
    with serving(results, memory=3072 * MIB) as jobs:
        job = ended(jobs, jobs.submit(task("fill:32")))
        assert "more memory than the 3072 MiB" in job.problems[0].en
        assert said(results, ended(jobs, jobs.submit(task("fill:1")))) == ["1"]


def test_a_result_that_is_too_large_fails(results: Results) -> None:
    with serving(results, result_bytes=10_000) as jobs:
        job = ended(jobs, jobs.submit(task("long:20000")))
        assert "The result takes" in job.problems[0].en


@pytest.mark.parametrize("kind", WARMERS)
def test_workers_are_made_ready_first(results: Results, kind: str) -> None:
    with serving(results, WARMERS[kind]) as jobs:
        assert said(results, ended(jobs, jobs.submit(task("say:ready")))) == ["ready"]


def test_workers_that_cannot_be_made_ready_fail_tasks(results: Results) -> None:
    with serving(results, serving_performers.warm_dying) as jobs:
        assert "died 2 times" in ended(jobs, jobs.submit(task("say:never"))).problems[0].en


def test_ended_jobs_are_forgotten_beyond_a_number(results: Results) -> None:
    with serving(results, kept=2) as jobs:
        asked = [task(f"say:{number}") for number in range(4)]
        made = [ended(jobs, jobs.submit(one)) for one in asked]
        jobs.submit(asked[0])
        assert [jobs.get(one.id) is not None for one in made] == [False, False, False, True]


def test_ended_jobs_are_forgotten_after_a_time(results: Results) -> None:
    with serving(results, kept_seconds=0.0) as jobs:
        asked = task("say:short")
        job = jobs.submit(asked)
        wait_for(lambda: jobs.get(job.id) is None)
        assert said(results, jobs.submit(asked)) == ["short"]


def test_closing_ends_what_runs_and_waits(results: Results, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serving(results) as jobs:
        first, second = jobs.submit(task(f"steps:1 deaf:{LONG}")), jobs.submit(task("say:never"))
        running(jobs, first)
    for job in (first, second):
        found = jobs.get(job.id)
        assert found is not None
        assert found.state == "cancelled"
    with pytest.raises(BusyError):
        jobs.submit(task("say:late"))
    assert [one for one in set(threading.enumerate()) - before if one.name.startswith("worker")] == []


def test_a_result_that_cannot_be_kept_fails_the_job(tmp_path: Path) -> None:
    with Results(tmp_path / "results.sqlite", most=MIB) as closed, serving(closed) as jobs:
        job = jobs.submit(task("steps:20 say:x"))
        running(jobs, job)
        closed.close()
        assert "are closed" in ended(jobs, job).problems[0].en


def test_tasks_above_the_limits_are_refused_before_they_wait(results: Results) -> None:
    with serving(results) as jobs:
        with pytest.raises(RequestError, match="more than 0 and up to"):
            jobs.submit(Task.model("x = 1", hours=1e9, points=2))
        with pytest.raises(RecordError):
            jobs.submit(Task("question", {"question": {"format": 1}}))
        assert jobs.load == Load(1, 0, 0)


def test_a_question_is_answered_by_a_worker(results: Results) -> None:
    question = read_question({
        "format": 1, "title": "Ketamine", "studies": ["S02"], "animals": 8, "arms": [{"id": "none"}],
        "sampling": [{"assay": "forced_swim", "times": ["1 d"]}],
    })  # fmt: skip
    with Jobs(results, Limits(workers=1), warm=None) as jobs:
        job = ended(jobs, jobs.submit(Task.question(question)))
        assert said(results, job)["title"] == {"en": "Ketamine", "zh": "Ketamine"}
        assert (job.done, job.total) == (8, 8)


SERVER: Final = """
import sys, time
from pathlib import Path
import serving_performers
from euthymia.serving.jobs import Jobs
from euthymia.serving.limits import Limits
from euthymia.serving.results import Results
from euthymia.serving.tasks import Task

def main():
    with Results(Path(sys.argv[1]), most=2**20) as results:
        jobs = Jobs(results, Limits(workers=1), perform=serving_performers.act, warm=None)
        jobs.submit(Task.model(f"count:{sys.argv[2]} steps:1 deaf:600", hours=1.0, points=2))
        time.sleep(600)

if __name__ == "__main__":
    main()
"""


def test_workers_end_when_their_server_is_killed(tmp_path: Path) -> None:
    script, temporary = tmp_path / "server.py", tmp_path / "temporary"
    script.write_text(SERVER)
    temporary.mkdir()
    path = os.pathsep.join([str(REPOSITORY / "src"), str(Path(__file__).parent)])
    command = [sys.executable, str(script), str(tmp_path / "results.sqlite"), str(tmp_path / "begun")]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)}) as server:
        wait_for((tmp_path / "begun").exists)
        assert list(temporary.glob("euthymia-worker-*"))
        server.kill()
    wait_for(lambda: not list(temporary.glob("euthymia-worker-*")))


def wait_for(happens: Callable[[], bool]) -> None:
    latest = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < latest
        time.sleep(0.02)
