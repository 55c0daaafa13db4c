"""diffrax's Kvaerno5 in JAX, several animals in one vmap, compiled by XLA; doses are a scan over segments."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from cases import Array, Case

from engines import Outcome, SkippedError
from engines.source import functions

LARGEST = 60
"""States above which compiling takes XLA longer than is waited for."""


class Engine:
    """One jitted, vmapped function of the animals' values and the tolerance."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        if len(case.states) > LARGEST:
            raise SkippedError(f"more than {LARGEST} states take XLA too long to compile")
        jax.config.update("jax_enable_x64", True)
        self.width = 16 if len(case.states) < 40 else 4
        self.about = f"diffrax {diffrax.__version__}, Kvaerno5, vmap over {self.width}, JAX {jax.__version__}"
        self.case = case
        self.system, self.rhs, self.first = functions(
            case, keys, {"np": jnp, "choose": jnp.where}, stack="np.stack([{}])"
        )
        self._plan()
        self.solve = jax.jit(jax.vmap(self._one, in_axes=(0, None)))
        self.run(values[:1], 1e-3)

    def _plan(self) -> None:
        """For each segment its ends, its output times (filled up with its end), and what its jumps do."""
        times, jumps = self.case.times, self.case.jumps
        edges = sorted({0.0, *(jump.time for jump in jumps), self.case.end})
        names = (*self.system.states, *self.system.slots)
        rows = [
            [k for k, t in enumerate(times) if a <= t < b or (b == self.case.end and t == b)]
            for a, b in itertools.pairwise(edges)
        ]
        width = max(len(row) for row in rows)
        factor, term = np.ones((len(rows), len(names))), np.zeros((len(rows), len(names)))
        for jump in jumps:
            segment, place = edges.index(jump.time), names.index(jump.target)
            if jump.operation == "set":
                factor[segment, place], term[segment, place] = 0.0, float(jump.value)
            else:
                term[segment, place] += float(jump.value)
        saves = np.array([[*times[row], *[b] * (width - len(row))] for row, b in zip(rows, edges[1:], strict=True)])
        self.pick = np.concatenate([k * width + np.arange(len(row)) for k, row in enumerate(rows)]).astype(int)
        self.segments = (np.array(edges[:-1]), np.array(edges[1:]), saves, factor, term)

    def _one(self, row: Any, rtol: Any) -> Any:
        count = len(self.system.states)
        segment = partial(self._segment, rtol, count)
        carried = (self.first(row), jnp.array(True))
        (_, good), saved = jax.lax.scan(segment, carried, jax.tree.map(jnp.asarray, self.segments))
        return saved.reshape(-1, count)[self.pick], good

    def _segment(self, rtol: Any, count: int, carried: Any, segment: Any) -> Any:
        (values, good), (begin, stop, saves, factor, term) = carried, segment
        values = values * factor + term
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(self.rhs), diffrax.Kvaerno5(), begin, stop, None, values[:count], values[count:],
            saveat=diffrax.SaveAt(ts=saves, t1=True), throw=False, max_steps=100_000,
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=self.case.atol(1.0) * rtol),
        )  # fmt: skip
        found = solution.ys
        good = good & (solution.result == diffrax.RESULTS.successful)
        return (jnp.concatenate([found[-1], values[count:]]), good), found[:-1]

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, `width` at a time; the last ones are filled up with copies."""
        parts = []
        for first in range(0, len(values), self.width):
            places = np.minimum(np.arange(first, first + self.width), len(values) - 1)
            parts.append([np.asarray(one)[: len(values) - first] for one in self.solve(values[places], rtol)])
        states, good = (np.concatenate(one) for one in zip(*parts, strict=True))
        fine = good & np.isfinite(states).all(axis=(1, 2))
        states[~fine] = np.nan
        return Outcome(states, int((~fine).sum()))
