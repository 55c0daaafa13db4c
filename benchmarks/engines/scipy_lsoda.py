"""SciPy's LSODA (odeint) with a right-hand side compiled by numba; doses are restarts."""

from __future__ import annotations

import numba
import numpy as np
import scipy
from cases import Array, Case
from scipy.integrate import odeint

from engines import Outcome
from engines.source import functions


@numba.njit
def _choose(condition, yes, no):  # type: ignore[no-untyped-def]
    return yes if condition else no


class Engine:
    """odeint, which runs the whole of LSODA outside Python but for the right-hand side."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        self.about = f"SciPy {scipy.__version__} odeint (LSODA), right-hand side by numba {numba.__version__}"
        self.about += ", banded Jacobian" if case.band else ""
        self.case = case
        self.system, rhs, start = functions(case, keys, {"np": np, "choose": _choose}, stack="np.array([{}])")
        self.rhs = numba.njit(rhs, error_model="numpy")
        self.first = numba.njit(start, error_model="numpy")
        self.band = {"ml": case.band, "mu": case.band} if case.band else {}
        self.edges = sorted({0.0, *(jump.time for jump in case.jumps), case.end})
        self.run(values[:1], 1e-4)

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, one after another."""
        states = np.empty((len(values), len(self.case.times), len(self.system.states)))
        failed = 0
        for animal, row in enumerate(values):
            states[animal] = self._one(row, rtol)
            failed += not np.isfinite(states[animal]).all()
        return Outcome(states, failed)

    def _one(self, row: Array, rtol: float) -> Array:
        start, count, times = self.first(np.ascontiguousarray(row)), len(self.system.states), self.case.times
        y, p = start[:count], start[count:]
        found, done = np.full((len(times), count), np.nan), 0
        for begin, stop in zip(self.edges, self.edges[1:], strict=False):
            self._jump(begin, y, p)
            inner = times[(times > begin) & (times < stop)]
            part, how = odeint(
                self.rhs, y, np.concatenate([[begin], inner, [stop]]), args=(p,), tfirst=True, rtol=rtol,
                atol=self.case.atol(rtol), mxstep=200_000, full_output=True, printmessg=False, **self.band,
            )  # fmt: skip
            if how["message"] != "Integration successful.":
                found[:] = np.nan
                return found
            kept = part[0 if begin == 0.0 else 1 : len(part) if stop == self.case.end else -1]
            found[done : done + len(kept)] = kept
            done, y = done + len(kept), part[-1].copy()
        return found

    def _jump(self, time: float, y: Array, p: Array) -> None:
        for jump in self.case.jumps:
            if jump.time == time:
                states = jump.target in self.system.states
                where, names = (y, self.system.states) if states else (p, self.system.slots)
                place = names.index(jump.target)
                where[place] = float(jump.value) + (where[place] if jump.operation == "add" else 0.0)
