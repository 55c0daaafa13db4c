"""euthymia's batched engine, called as a user calls it."""

from __future__ import annotations

import numpy as np
from cases import Array, Case

import euthymia
from engines import Outcome
from euthymia.engine.status import Status, failed


class Engine:
    """euthymia.simulate from end to end, one thread."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        self.about = f"euthymia {euthymia.__version__}, simulate(..., engine='batch', workers=1)"
        self.case, self.keys, self.model, self.states = case, keys, case.model, list(case.states)
        self.workers = 1
        self.run(values[:1], 1e-4)

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals."""
        found = euthymia.simulate(
            self.model,
            times=self.case.times,
            parameters=dict(zip(self.keys, values.T, strict=True)),
            schedule=list(self.case.jumps),
            outputs=self.states,
            rtol=rtol,
            atol=self.case.atol(rtol),
            engine="batch",
            workers=self.workers,
        )
        status = found["status"].values
        rescued = int((status == Status.RESCUED.value).sum())
        if not keep:
            return Outcome(None, int(failed(status).sum()), rescued)
        return Outcome(
            np.stack([found[name].values for name in self.states], axis=-1), int(failed(status).sum()), rescued
        )
