"""Runs of the built-in studies that all tests share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import pytest

from euthymia.pipeline import Reproduction, run_study
from euthymia.records.folder import load_study

ANIMALS: Final = 80
"""Twenty draws: enough to tell reproduced from contradicted."""
CUT_ANIMALS: Final = 16
"""Four draws, the first of the twenty: a finding that falls must fall by half of them at least."""
Run = Callable[..., Reproduction]


@pytest.fixture(scope="session")
def run() -> Run:
    """A study, whole or with a link cut; each is run once."""

    @cache
    def made(name: str, cut: str | None = None) -> Reproduction:
        animals = ANIMALS if cut is None else CUT_ANIMALS
        return run_study(load_study(name), animals=animals, seed=1, ablate=cut, workers=2)

    return made
