"""Finished steps on disk: there whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from euthymia.calibration.steps import Steps


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(tmp_path / "steps")


def test_steps_are_a_mapping(steps: Steps) -> None:
    assert (len(steps), "a" in steps) == (0, False)
    steps["b"], steps["a"] = np.array([[1.5, 2.0]]), np.array(3.0)
    assert list(steps) == ["a", "b"]
    assert steps["a"] == 3.0
    np.testing.assert_array_equal(Steps(steps.folder)["b"], [[1.5, 2.0]])
    del steps["a"]
    assert list(steps) == ["b"]
    for name in ("a", "c"):
        with pytest.raises(KeyError):
            steps[name]
        with pytest.raises(KeyError):
            del steps[name]


@pytest.mark.parametrize("left", [0, 3, 100])
def test_a_damaged_file_is_a_step_that_is_not_done(steps: Steps, left: int) -> None:
    steps["a"] = np.arange(50.0)
    file = steps.folder / "a.npy"
    file.write_bytes(file.read_bytes()[:left])
    assert "a" not in steps
    assert steps.get("a") is None
    steps["a"] = np.arange(3.0)
    np.testing.assert_array_equal(steps["a"], [0, 1, 2])


@pytest.mark.parametrize("where", ["numpy.save", "pathlib.Path.replace"])
def test_an_interrupted_write_leaves_the_earlier_step(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def interrupted(*arguments: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    steps["a"] = np.array([1.0])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(where, interrupted)
        steps["a"] = np.array([2.0])
    np.testing.assert_array_equal(steps["a"], [1.0])
    assert list(steps) == ["a"]


def test_forgotten_steps_are_gone_and_may_be_taken_again(steps: Steps) -> None:
    steps.forget()
    steps["a"] = np.array([1.0])
    steps.forget()
    assert (list(steps), steps.folder.exists()) == ([], False)
    steps["a"] = np.array([2.0])
    assert steps["a"] == 2.0


def test_work_of_another_key_has_steps_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path))
    first, again, other, joined = (
        Steps.of("calibrate", "x", 1), Steps.of("calibrate", "x", 1), Steps.of("calibrate", "x", 2),
        Steps.of("calibratex", 1),
    )  # fmt: skip
    first["a"] = np.array([1.0])
    assert "a" in again
    assert "a" not in other
    assert "a" not in joined
    assert first.folder.is_relative_to(tmp_path)
