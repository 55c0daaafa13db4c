"""Engines that are measured: each makes itself ready for one case, then runs animals at a tolerance."""

from __future__ import annotations

import importlib
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from cases import Case

Array = npt.NDArray[np.float64]


class Outcome(NamedTuple):
    """What a call gave: amounts [animal, time, state], NaN where a run failed; what is known without them.

    `states` is None where taking the results out is not part of the engine's time and was not asked for.
    """

    states: Array | None
    failed: int
    rescued: int = 0


class Engine(Protocol):
    """One engine, ready for one case."""

    about: str
    """How it is driven, in one line."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        """Makes all that does not depend on an animal; `values` are some animals to choose settings with."""

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, values [animal, parameter]."""


class SkippedError(Exception):
    """The engine cannot do this case; the message says why."""


MODULES: Final = {
    "euthymia": "engines.batch",
    "libRoadRunner": "engines.roadrunner_cvode",
    "AMICI": "engines.amici_cvodes",
    "COPASI": "engines.copasi_lsoda",
    "SciPy": "engines.scipy_lsoda",
    "diffrax": "engines.diffrax_kvaerno",
}
PEERS: Final = tuple(name for name in MODULES if name not in ("euthymia", "libRoadRunner"))


def make(name: str, case: Case, keys: tuple[str, ...], values: Array) -> Engine:
    """The engine of this name, ready for a case.

    Raises
    ------
    SkippedError
        If it is not installed.
    """
    try:
        module = importlib.import_module(MODULES[name])
    except ImportError as error:
        raise SkippedError(f"not installed ({error})") from error
    engine: Engine = module.Engine(case, keys, values)
    return engine
