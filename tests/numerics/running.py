"""Runs for the tests of numerics: Antimony text in, numbers out, and no run that failed or had to be rescued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.load import load_model

Array = npt.NDArray[np.float64]
RTOL: Final = 1e-9
ATOL: Final = 1e-12
"""Tolerances of runs whose method is in question, not its control of errors; states are of order one."""
TIGHT: Final = 1e-7
"""What runs at `RTOL` and `ATOL` may be wrong by: a hundred times the error allowed in one step."""

model = cache(load_model)


def courses(text: str, times: Sequence[float] | Array, outputs: Sequence[str], **settings: Any) -> Array:
    """Values of one arm as an array [animal, time, output]."""
    chosen: Mapping[str, Any] = {"rtol": RTOL, "atol": ATOL} | settings
    result = simulate(model(text), times=times, outputs=list(outputs), **chosen)
    assert set(result["status"].values.tolist()) == {Status.OK.value}
    return np.stack([result[name].values for name in outputs], axis=-1)


def course(text: str, times: Sequence[float] | Array, outputs: Sequence[str], **settings: Any) -> Array:
    """Values of the one animal as an array [output, time]."""
    (only,) = courses(text, times, outputs, **settings)
    return np.asarray(only.T)
