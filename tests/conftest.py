"""Fixtures of the whole suite."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import euthymia.cli
from euthymia.models.compose import Mechanism
from euthymia.pipeline import mechanism_of
from euthymia.records.folder import StudyFolder, load_study
from support import ATLAS_STUDIES, EXAMPLE, OwnStudy

# Derandomised: a suite that passed yesterday passes today; no deadline, because the machine may be busy.
settings.register_profile("euthymia", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("euthymia")


@pytest.fixture(autouse=True, scope="session")
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Finished runs are kept apart from those of the user."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EUTHYMIA_CACHE", str(folder))
        patch.delenv("EUTHYMIA_LANG", raising=False)
        yield folder


@pytest.fixture
def own_study(tmp_path: Path) -> OwnStudy:
    """A small complete study folder that may be edited: the example of the README."""
    return OwnStudy(Path(shutil.copytree(EXAMPLE, tmp_path / "first_study")))


@pytest.fixture(scope="session")
def atlas() -> dict[str, StudyFolder]:
    """The built-in studies, without their calibrated draws."""
    return {name: load_study(name, calibrated=False) for name in ATLAS_STUDIES}


@pytest.fixture(scope="session")
def mechanisms(atlas: dict[str, StudyFolder]) -> dict[str, Mechanism]:
    """The composed mechanisms of the built-in studies."""
    return {name: mechanism_of(study) for name, study in atlas.items()}


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line: exit code, standard output, standard error (line breaks of a narrow terminal removed)."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code: Any = 0
        try:
            euthymia.cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return int(code), captured.out, captured.err.replace("\n", "")

    return run
