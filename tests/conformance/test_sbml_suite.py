"""Cases of the SBML Test Suite: right within their tolerances, or refused with a named reason; none silently wrong.

The suite is no part of the project; where it lies beside it, all its time courses are run.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import pytest
from cases import Engine, Outcome, outcome, time_courses

from support import REPOSITORY

SUITE: Final = REPOSITORY.parent / "shared" / "sbml-test-suite"
REFUSED: Final = ("delay", "fast reaction", "externalModelDefinition", "“time”")
"""What may be refused: each reason names one of these."""
MOST_REFUSED: Final = 70
"""65 of the 1190 time courses are refused; more would be a step back."""
SPREAD: Final = 7
"""Every 7th case is also run by libRoadRunner alone, and at the default tolerances."""
DEFAULT: Final = (1e-6, 1e-9)

TRAPS: Final = ("00028", "00173", "00269", "01333", "01511", "01696", "01697", "01699", "01757")
"""Cases that libRoadRunner 2.10 gets wrong without an error."""

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason=f"the SBML Test Suite is not at {SUITE}")


def swept(names: list[str], engine: Engine, tolerances: tuple[float, float]) -> dict[str, Outcome]:
    """Outcomes by case, worked out in processes of their own: a crash would end the tests."""
    count = os.cpu_count() or 1
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        tasks = {name: pool.submit(outcome, SUITE / name, engine, tolerances) for name in names}
        return {name: task.result() for name, task in tasks.items()}


@pytest.fixture(scope="module")
def names() -> list[str]:
    return [case.name for case in time_courses(SUITE)]


def bad(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    return {name: one for name, one in outcomes.items() if one.kind not in ("right", "refused")}


def test_every_case_is_right_or_refused_by_name(names: list[str]) -> None:
    outcomes = swept(names, "auto", (1e-8, 1e-14))
    assert bad(outcomes) == {}
    refused = {name: one.reason for name, one in outcomes.items() if one.kind == "refused"}
    assert {name: why for name, why in refused.items() if not any(word in why for word in REFUSED)} == {}
    assert len(refused) <= MOST_REFUSED * len(names) / 1190


def test_a_spread_of_cases_at_the_default_tolerances(names: list[str]) -> None:
    assert bad(swept(names[::SPREAD], "auto", DEFAULT)) == {}


def test_a_spread_of_cases_by_the_reference_engine(names: list[str]) -> None:
    """A run that libRoadRunner gives up has a status; that is no wrong answer."""
    chosen = sorted({*names[3::SPREAD], *TRAPS})
    outcomes = bad(swept(chosen, "reference", (1e-8, 1e-14)))
    assert {name: one for name, one in outcomes.items() if one.kind != "failed"} == {}
