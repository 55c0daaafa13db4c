"""The error of runs, one definition for all engines.

For one animal: the largest of |y - y_ref| / (max over time of |y_ref| + a) over all states and all output times but 0,
where a is the case's absolute tolerance at rtol = 1 (`ATOL` * scale), so that a state counts as the solvers weigh it.
The error of a cohort is the median over its animals. Beside it stands the root mean square of the same quotients.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from cases import ATOL, Case

Array = npt.NDArray[np.float64]


def errors(case: Case, found: Array, reference: Array) -> tuple[Array, Array]:
    """Largest and root-mean-square error of each animal; NaN where a run failed. Arrays are [animal, time, state]."""
    size = np.abs(reference).max(axis=1, keepdims=True) + ATOL * case.scale
    quotient = (found[:, 1:] - reference[:, 1:]) / size
    with np.errstate(invalid="ignore"):
        return np.abs(quotient).max(axis=(1, 2)), np.sqrt((quotient**2).mean(axis=(1, 2)))
