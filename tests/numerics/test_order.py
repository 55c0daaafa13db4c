"""The coefficients of Rodas5P: order conditions, stability, and the order measured on problems with known solutions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pytest

from euthymia.engine.batch.tableau import RODAS5P

Array = npt.NDArray[np.float64]
Tree = tuple["Tree", ...]
ROUNDED: Final = 1e-12
"""A hundred times what is left of the conditions when the coefficients, which reach 150, have 16 digits."""
MISSED: Final = 1e-4
"""The largest defect of the first order that is not reached is above this; it lies at 2e-3 to 2e-2."""
SLACK: Final = 0.3
"""What a measured order may lie below the true one: the terms of higher order are not yet negligible."""
DENSE_REST: Final = 2.7e-3
"""The last stage does not enter the conditions of dense output up to order four, so its three coefficients show in the
defects of order five only, the largest of which is 2.61e-3."""
ONE: Final = 1 + 1e-9
"""Bound of the stability function: 1, and the rounding of a quotient of polynomials of degree 8."""
FAR: Final = 1e8
"""A step so stiff that terms of order 1/z are below the bound of the test for infinity."""
STAGES: Final = RODAS5P.stages
A, C, GAMMA = RODAS5P.a, RODAS5P.c, RODAS5P.gamma
CLASSIC: Final = np.linalg.inv(np.eye(STAGES) / GAMMA - C)
"""The matrix (gamma_ij) of the form with Jacobian products (Hairer and Wanner, Solving ODEs II, section IV.7)."""
ALPHA: Final = A @ CLASSIC
BETA: Final = ALPHA + CLASSIC
LAST: Final = np.eye(STAGES)[-1]
UPDATE: Final = A[-1] + LAST
"""Weights of the stages in the new value."""


def weights(theta: float) -> Array:
    """Weights of the stages in the dense output."""
    inner = RODAS5P.h[0] + theta * (RODAS5P.h[1] + theta * RODAS5P.h[2])
    return np.asarray(theta * (UPDATE + (1 - theta) * inner))


# Order conditions (Hairer and Wanner, Solving ODEs II, theorem IV.7.6): one for each rooted tree.


def size(tree: Tree) -> int:
    return 1 + sum(size(branch) for branch in tree)


def density(tree: Tree) -> int:
    return size(tree) * math.prod(density(branch) for branch in tree)


def value(tree: Tree) -> Array:
    """A stage's polynomial; a node with one branch takes beta, a node with several takes alpha."""
    matrix = BETA if len(tree) == 1 else ALPHA
    return np.asarray(math.prod((matrix @ value(branch) for branch in tree), start=np.ones(STAGES)))


def trees(nodes: int) -> Iterator[Tree]:
    """Rooted trees with so many nodes, each once."""
    return (tuple(forest) for forest in forests(nodes - 1, nodes - 1))


def forests(nodes: int, largest: int) -> Iterator[tuple[Tree, ...]]:
    if nodes == 0:
        yield ()
    for first in range(min(nodes, largest), 0, -1):
        for tree, rest in itertools.product(trees(first), forests(nodes - first, first)):
            if not rest or size(rest[0]) < first or rest[0] <= tree:
                yield (tree, *rest)


def defect(stage_weights: Array, tree: Tree, theta: float = 1.0) -> float:
    return float(abs(stage_weights @ CLASSIC @ value(tree) - theta ** size(tree) / density(tree)))


def test_the_trees_are_counted() -> None:
    assert [len(list(trees(nodes))) for nodes in range(1, 7)] == [1, 1, 2, 4, 9, 20]


@pytest.mark.parametrize("nodes", range(1, 6))
def test_order_conditions(nodes: int) -> None:
    assert max(defect(UPDATE, tree) for tree in trees(nodes)) < ROUNDED


def test_the_order_is_five_and_no_more() -> None:
    assert RODAS5P.order == 5
    assert max(defect(UPDATE, tree) for tree in trees(6)) > MISSED


def test_the_error_estimate_has_order_four() -> None:
    embedded = UPDATE - LAST
    assert max(defect(embedded, tree) for nodes in range(1, 5) for tree in trees(nodes)) < ROUNDED
    assert max(defect(embedded, tree) for tree in trees(5)) > MISSED


@pytest.mark.parametrize("theta", [0.1, 0.5, 0.9])
def test_dense_output_has_order_four(theta: float) -> None:
    assert max(defect(weights(theta), tree, theta) for nodes in range(1, 5) for tree in trees(nodes)) < ROUNDED


@pytest.mark.parametrize("theta", [0.25, 0.5, 0.75])
def test_the_last_stage_makes_dense_output_good(theta: float) -> None:
    assert max(defect(weights(theta), tree, theta) for tree in trees(5)) < DENSE_REST


def test_sums() -> None:
    """Stage times are row sums, or a derivative by time would be treated as something else than a derivative."""
    assert pytest.approx(ALPHA.sum(axis=1), abs=ROUNDED) == RODAS5P.alpha
    assert pytest.approx(CLASSIC.sum(axis=1), abs=ROUNDED) == RODAS5P.d


def test_shapes() -> None:
    assert RODAS5P.alpha.shape == RODAS5P.d.shape == (8,)
    assert A.shape == C.shape == (8, 8)
    assert RODAS5P.h.shape == (3, 8)
    assert not np.triu(A).any()
    assert not np.triu(C).any()


def test_the_method_is_stiffly_accurate() -> None:
    """The last two stages are evaluated at the end of the step, each at the value that the ones before have reached."""
    assert RODAS5P.alpha[-3:].tolist() == [1, 1, 1]
    assert RODAS5P.d[-3:].tolist() == [0, 0, 0]
    assert A[-1].tolist() == (A[-2] + np.eye(STAGES)[-2]).tolist()
    assert A[-2].tolist() == (A[-3] + np.eye(STAGES)[-3]).tolist()


# Stability


def stability(z: complex, stage_weights: Array = UPDATE) -> complex:
    """One step of size 1 of y' = z y from y = 1."""
    stages: npt.NDArray[np.complex128] = np.linalg.solve((1 / GAMMA - z) * np.eye(STAGES) - C - z * A, np.full(8, z))
    return complex(1 + stage_weights @ stages)


@pytest.mark.parametrize("stage_weights", [UPDATE, UPDATE - LAST], ids=["method", "error estimate"])
def test_stability_on_the_left_half_plane(stage_weights: Array) -> None:
    """On the imaginary axis, and, as its poles lie to the right, therefore to the left of it."""
    radii = np.geomspace(1e-3, 1e6, 200)
    for angle in np.linspace(math.pi / 2, math.pi, 7):
        assert max(abs(stability(radius * np.exp(1j * angle), stage_weights)) for radius in radii) <= ONE


@pytest.mark.parametrize("stage_weights", [UPDATE, UPDATE - LAST], ids=["method", "error estimate"])
def test_infinitely_stiff_components_vanish(stage_weights: Array) -> None:
    for direction in (-1, 1j, -1 + 1j):
        assert abs(stability(FAR * direction, stage_weights)) < 1e3 / FAR


# Measured orders


@dataclass(frozen=True)
class Problem:
    """An initial value problem with its solution."""

    slope: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Array]
    by_time: Callable[[float, Array], Array]
    solution: Callable[[float], Array]
    end: float
    steps: int


def prothero_robinson(stiffness: float) -> Problem:
    """y' = -stiffness (y - s(t)) + s'(t) with s = sin(t + 0.5): Prothero and Robinson 1974, Math Comp 28:145."""
    return Problem(
        lambda t, y: -stiffness * (y - math.sin(t + 0.5)) + math.cos(t + 0.5),
        lambda t, y: np.array([[-stiffness]]),
        lambda t, y: np.array([stiffness * math.cos(t + 0.5) - math.sin(t + 0.5)]),
        lambda t: np.array([math.sin(t + 0.5)]),
        end=2.0,
        steps=20,
    )


PROBLEMS: Final = {
    # Kaps and Wanner 1981, Numer Math 38:279, with their epsilon 1.
    "autonomous": Problem(
        lambda t, y: np.array([-3 * y[0] + y[1] ** 2, y[0] - y[1] * (1 + y[1])]),
        lambda t, y: np.array([[-3, 2 * y[1]], [1, -1 - 2 * y[1]]]),
        lambda t, y: np.zeros(2),
        lambda t: np.array([math.exp(-2 * t), math.exp(-t)]),
        end=2.0,
        steps=16,
    ),
    "nonautonomous": Problem(
        lambda t, y: -2 * t * y**2,
        lambda t, y: np.diag(-4 * t * y),
        lambda t, y: -2 * y**2,
        lambda t: np.array([1 / (1 + t**2)]),
        end=2.0,
        steps=32,
    ),
    "quadrature": Problem(
        lambda t, y: np.array([math.cos(t)]),
        lambda t, y: np.zeros((1, 1)),
        lambda t, y: np.array([-math.sin(t)]),
        lambda t: np.array([math.sin(t)]),
        end=2.0,
        steps=16,
    ),
    "mildly stiff": prothero_robinson(10.0),
}


def one_step(problem: Problem, t: float, y: Array, h: float) -> Array:
    """The stages of one step."""
    inverse = np.linalg.inv(np.eye(len(y)) / (h * GAMMA) - problem.jacobian(t, y))
    by_time = problem.by_time(t, y)
    k = np.zeros((STAGES, len(y)))
    for i in range(STAGES):
        slope = problem.slope(t + RODAS5P.alpha[i] * h, y + A[i] @ k)
        k[i] = inverse @ (slope + C[i] @ k / h + h * RODAS5P.d[i] * by_time)
    return k


def errors(problem: Problem, steps: int) -> tuple[float, float]:
    """The largest error at the ends of steps, and between them."""
    h, y = problem.end / steps, problem.solution(0.0)
    at_ends, between = 0.0, 0.0
    for t in h * np.arange(steps):
        k = one_step(problem, float(t), y, h)
        for theta in (0.25, 0.5, 0.75):
            difference = y + weights(theta) @ k - problem.solution(float(t) + theta * h)
            between = max(between, float(np.abs(difference).max()))
        y = y + UPDATE @ k
        at_ends = max(at_ends, float(np.abs(y - problem.solution(float(t) + h)).max()))
    return at_ends, between


def orders(coarse: tuple[float, float], fine: tuple[float, float]) -> tuple[float, float]:
    """Orders from the errors of two runs, the second with half the step."""
    return math.log2(coarse[0] / fine[0]), math.log2(coarse[1] / fine[1])


@pytest.mark.parametrize("name", PROBLEMS)
def test_measured_orders(name: str) -> None:
    problem = PROBLEMS[name]
    at_ends, between = orders(errors(problem, problem.steps), errors(problem, 2 * problem.steps))
    assert at_ends > 5 - SLACK
    assert between > 4 - SLACK


@pytest.mark.parametrize("product", [1.0, 10.0, 1e2, 1e4, 1e6])
def test_the_order_is_four_however_stiff(product: float) -> None:
    """Along a constant product of stiffness and step, where methods that are not made for it fall to order two."""
    coarse, fine = (prothero_robinson(product * steps / 2.0) for steps in (20, 40))
    at_ends, between = orders(errors(coarse, 20), errors(fine, 40))
    assert at_ends > 4 - SLACK
    assert between > 4 - SLACK


def test_the_error_estimate_sees_a_forcing_by_time() -> None:
    """The method before it, Rodas5, misjudges y' = cos(t), which is one reason for Rodas5P (Steinebach 2023)."""
    t, h = 0.3, 0.1
    stages = one_step(PROBLEMS["quadrature"], t, np.zeros(1), h)
    error = UPDATE @ stages[:, 0] - (math.sin(t + h) - math.sin(t))
    assert abs(error) < abs(stages[-1, 0]) < h**5
