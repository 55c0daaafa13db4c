"""Joint draws and pools: against cases whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.calibration.joint import Candidates, choose, flattened
from euthymia.calibration.overlap import GRID, Overlap
from euthymia.engine.simulate import simulate
from euthymia.errors import RecordError, RequestError
from euthymia.models.load import load_model
from euthymia.models.pools import equations
from euthymia.records.joining import Pooled, PooledPart, read_joining
from euthymia.records.members import Members, members_text, read_members


def pooled(values: dict[str, float], power: float, at_once: float | None = None) -> tuple[float, float]:
    """What a pool of given reliefs gives, slowly and at once; the first part shows a share of it at once."""
    quick = {"at_once": "now", "at_once_share": "quick"} if at_once is not None else {}
    parts = tuple(PooledPart(study=name, relief="r", **(quick if name == "A" else {})) for name in values)
    names = {name: {"r": f"{name.lower()}_r"} for name in values}
    said = equations(Pooled(name="pool", exponent="overlapping", parts=parts), names)
    split = at_once or 0.0
    lines = [f"overlapping = {power}", f"quick = {split}", f"now = {split * values['A']}"]
    lines += [f"{n.lower()}_r = {v * (1 - split) if n == 'A' else v}" for n, v in values.items()]
    model = load_model("\n".join([*lines, *(f"{name} := {text}" for name, text in said.items())]))
    found = simulate(model, times=[0.0, 1.0], outputs=["pool_slow", "pool_now"], workers=1)
    return float(found["pool_slow"].values.flat[0]), float(found["pool_now"].values.flat[0])


@pytest.mark.parametrize("power", [1.0, 2.0, 7.0])
def test_equal_reliefs_make_a_minkowski_sum(power: float) -> None:
    slow, now = pooled({"A": 0.5, "B": 0.5, "C": 0.5}, power)
    assert slow == pytest.approx(0.5 * 3 ** (1 / power), rel=1e-3)
    assert now == 0.0


def test_a_power_of_one_adds_reliefs_and_burdens_up() -> None:
    slow, _ = pooled({"A": 0.5, "B": -0.3, "C": 0.2}, 1.0)
    assert slow == pytest.approx(0.4, abs=1e-9)


def test_the_strongest_wins_where_the_power_is_large() -> None:
    assert pooled({"A": 0.9, "B": 0.3, "C": 0.2}, 12.0)[0] == pytest.approx(0.9, abs=1e-3)
    assert pooled({"A": 0.9, "B": -0.6, "C": -0.1}, 12.0)[0] == pytest.approx(0.3, abs=1e-3)


def test_a_circuit_alone_counts_whole_and_keeps_what_shows_at_once() -> None:
    slow, now = pooled({"A": 0.8, "B": 0.0}, 5.0, at_once=0.7)
    assert (slow, now) == (pytest.approx(0.24, rel=1e-3), pytest.approx(0.56, rel=1e-3))


def test_nothing_relieved_is_nothing() -> None:
    assert pooled({"A": 0.0, "B": 0.0}, 3.0) == (0.0, 0.0)


def test_a_circuit_at_rest_hardly_sees_the_others() -> None:
    assert pooled({"A": 0.5, "B": 0.0}, 2.0)[0] == pytest.approx(0.5, abs=1e-3)


def test_joint_draws_have_the_joint_posterior() -> None:
    """Two studies measure own value + common value, all normal, so the posterior is known."""
    rng = np.random.default_rng(0)
    sd, said = 0.5, {"A": 1.5, "B": 0.5}
    common = rng.standard_normal(400)
    found: dict[str, Candidates] = {}
    tables: dict[str, np.ndarray] = {}
    for study, y in said.items():
        alone = 1 / (2 + sd**2)
        tables[study] = y * alone + np.sqrt(1 - alone) * rng.standard_normal(400)
        likelihood = -0.5 * ((y - tables[study][None, :] - common[:, None]) / sd) ** 2
        usual = np.broadcast_to(np.log(np.exp(likelihood).mean(axis=0)), likelihood.shape)
        rows = np.tile(np.arange(400), (400, 1))
        found[study] = Candidates(rows, likelihood, np.zeros_like(likelihood), usual)
    members = choose(found, {"c": common}, seed=3)
    precision = np.array(
        [[1 + 2 / sd**2, 1 / sd**2, 1 / sd**2], [1 / sd**2, 1 + 1 / sd**2, 0], [1 / sd**2, 0, 1 + 1 / sd**2]]
    )
    mean = np.linalg.solve(precision, np.array([sum(said.values()), *said.values()]) / sd**2)
    drawn = np.stack([members.values["c"], *(tables[study][members.rows[study]] for study in said)])
    assert drawn.mean(axis=1) == pytest.approx(mean, abs=0.15)
    assert np.cov(drawn) == pytest.approx(np.linalg.inv(precision), abs=0.15)


def test_weights_are_flattened_until_enough_values_count() -> None:
    steep = -np.arange(100.0)
    assert 16 <= 1 / (flattened(steep) ** 2).sum() < 20
    even = np.zeros(40)
    assert flattened(even) == pytest.approx(np.full(40, 1 / 40))


def test_a_row_that_breaks_the_scale_is_not_taken() -> None:
    scale = np.array([[0.0, -np.inf]])
    nothing = np.zeros((1, 2))
    members = choose({"A": Candidates(np.array([[7, 8]]), nothing, scale, nothing)}, {"c": np.zeros(1)}, seed=1)
    assert set(members.rows["A"].tolist()) == {7}


def test_overlap_draws_follow_the_likelihood() -> None:
    grid = np.array(GRID)
    found = Overlap(grid, {"A": -50 * (np.log(grid) - np.log(3)) ** 2})
    draws = found.draws(200, seed=1)
    assert np.median(draws) == pytest.approx(3, rel=0.1)
    assert draws.min() > 1.5
    assert draws.max() < 6


def test_members_go_through_their_file(tmp_path: Path) -> None:
    members = Members({"S01": np.array([3, 4])}, {"x": np.array([0.5, 1.25])}, 1.5)
    file = tmp_path / "members.tsv"
    file.write_text(members_text(members, "abc"), encoding="utf-8")
    again = read_members("abc", file)
    assert again.rows["S01"].tolist() == [3, 4]
    assert again.values["x"].tolist() == [0.5, 1.25]
    with pytest.raises(RecordError, match="calibrate --joined"):
        read_members("other", file)
    with pytest.raises(RecordError, match="calibrate --joined"):
        read_members("abc", tmp_path / "missing.tsv")


def test_an_unknown_rival_reading_is_refused() -> None:
    assert "circuits_in_parallel" in read_joining().rivals
    with pytest.raises(RequestError, match="cingulate_last"):
        read_joining().reading(["cingulate_lst"])


def test_a_rival_reading_takes_the_place_of_the_usual_one() -> None:
    taken = read_joining().reading(["circuits_in_parallel"])
    assert not any(entry.pools for entry in taken.doubled)
    assert any(entry.pools for entry in read_joining().doubled)
