"""Cases of the SBML Test Suite, where a folder with them is present: right within their tolerances, or refused by name.

The cases that the project writes itself are in `test_features.py`.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from support import REPOSITORY

sys.path.insert(0, str(Path(__file__).parent))

from cases import Engine, Entry, entries, outcome

SUITE: Final = REPOSITORY.parent / "shared" / "sbml-test-suite"
ALL: Final[dict[str, Entry]] = {one.name: one for one in entries(SUITE)} if SUITE.is_dir() else {}
SOME: Final = tuple(ALL)[::12]
"""Cases spread over the suite, for what costs another run."""
DEFAULTS: Final = {"rtol": 1e-6, "atol": 1e-9}
REFUSED: Final = {
    "CSymbolDelay": "delay", "FastReaction": "fast reaction", "comp:ExternalModelDefinition": "externalModelDefinition",
}  # fmt: skip
"""Tags of cases that may be refused, and the name that the sentence holds. (Files beside a document may be missing.)"""
NAMED: Final = {"01820": "time"}
"""Refused for a name that results themselves use."""

present = pytest.mark.skipif(not ALL, reason=f"the SBML Test Suite is not at {SUITE}")


@cache
def kind(name: str, engine: Engine = "auto") -> str:
    found = outcome(ALL[name], engine=engine)
    return found.kind if found.kind == "right" else f"{found.kind}: {found.detail}"


@present
@pytest.mark.parametrize("name", ALL)
def test_a_case_is_right_or_refused_by_name(name: str) -> None:
    found = kind(name)
    names = [word for tag, word in REFUSED.items() if tag in ALL[name].tags] + [NAMED.get(name, "")]
    if found != "right":
        assert found.startswith("refused: ")
        assert any(word and word in found for word in names), found


@present
@pytest.mark.parametrize("name", SOME)
def test_libroadrunner_alone_is_right_or_refuses_by_name(name: str) -> None:
    found = kind(name, "reference")
    assert found == "right" or found.startswith("refused: ")


@present
@pytest.mark.parametrize("name", SOME)
def test_the_default_tolerances_do(name: str) -> None:
    assert outcome(ALL[name], **DEFAULTS).kind in ("right", "refused")
