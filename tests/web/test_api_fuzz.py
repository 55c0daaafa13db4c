"""The interface under requests made from its own description: it never fails, and answers as it says."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from euthymia.asking.reading import read_question
from euthymia.serving.tasks import Task
from explorer import BODY, FakeJobs, fake_app

EXAMPLES: Final = 25
QUICK: Final = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
OPERATIONS: Final = (
    "GET /api/health", "GET /api/atlas", "POST /api/questions/check", "POST /api/jobs", "GET /api/jobs/{job}",
    "DELETE /api/jobs/{job}", "GET /api/results/{key}", "GET /api/results/{key}/page", "GET /api/results/{key}/files",
    "GET /api/results/{key}/files/{name}", "POST /api/uploads/protocol", "POST /api/uploads/model",
    "POST /api/uploads/study",
)  # fmt: skip


@schemathesis.serializer("application/zip")
def packed(_context: Any, value: Any) -> bytes:
    """Half of what is generated goes into a ZIP file, so that more than its first bytes is looked at."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    if len(raw) % 2:
        return raw
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("study.yaml", raw)
    return target.getvalue()


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, FakeJobs]:
    app, jobs = fake_app(tmp_path_factory.mktemp("fuzzed") / "site")
    jobs.submit(Task.question(read_question(BODY)))
    return schemathesis.openapi.from_asgi("/api/openapi.json", app), jobs


def test_every_operation_is_tried(described: tuple[Any, FakeJobs]) -> None:
    assert {one.ok().label for one in described[0].get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_are_as_described(described: tuple[Any, FakeJobs], name: str) -> None:
    schema, jobs = described
    operation = next(one.ok() for one in schema.get_all_operations() if one.ok().label == name)
    known = {"job": list(jobs.jobs), "key": list(jobs.results.kept), "name": ["answer.json", "study.html"]}

    @QUICK
    @given(case=operation.as_strategy(), data=st.data())
    def tried(case: Any, data: st.DataObject) -> None:
        if case.path_parameters and data.draw(st.booleans()):
            case.path_parameters = {one: data.draw(st.sampled_from(known[one])) for one in case.path_parameters}
        if isinstance(case.body, dict) and data.draw(st.booleans()):
            case.body = mixed(case.body, data)
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    tried()


def mixed(generated: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """A question that is well but for some parts, which come from what was generated."""
    inner = generated.get("question", generated)
    parts = sorted(inner) if isinstance(inner, dict) else []
    taken = data.draw(st.lists(st.sampled_from(parts), max_size=2)) if parts else []
    question = {**BODY, **{part: inner[part] for part in taken}}
    return {**generated, "question": question} if "question" in generated else question
