"""The stepping loop as instructions: each lane has its own run, time and step; a finished lane takes the next run.

One call works through a queue of runs. A run is a record in memory: it is copied into a lane, followed until it has
given all outputs, has failed, or must be looked at by the caller (*paused*), and copied back.
"""

from __future__ import annotations

from euthymia.engine.batch.functions import Functions
from euthymia.engine.batch.lanes import Lanes
from euthymia.engine.batch.points import Points
from euthymia.engine.batch.readouts import Readouts
from euthymia.engine.batch.steps import Steps
from euthymia.engine.batch.tableau import Tableau


class Driver:
    """Writes the stepping loop of a model."""

    def __init__(self, functions: Functions, tableau: Tableau, uses: set[str]) -> None:
        self.lanes = Lanes(functions.analysis, functions.layout, uses)
        self.code = self.lanes.code
        readouts = Readouts(self.lanes, tableau)
        self.points, self.steps = Points(self.lanes, readouts), Steps(self.lanes, readouts, tableau)

    def text(self) -> str:
        """The function ``run(ctx, ws)``."""
        code = self.code
        code.store(self.lanes.splat(self.lanes.context["rtol"]), "RTOL")
        code.store(self.lanes.splat(self.lanes.context["atol"]), "ATOL")
        for name in ("ACTIVE", "POINT", "REJECTED"):
            code.store(code.const(0.0), name)
        with code.loop(self.lanes.layout.width) as lane:
            self.lanes.put_whole("RUN", lane, "-1")
        with code.forever() as after:
            stop = code.add(f"load volatile i32, ptr {self.lanes.context['stop']}")
            code.leave(code.add(f"icmp ne i32 {stop}, 0"), after)
            self._refill()
            active = self.lanes.mask("ACTIVE")
            code.leave(code.invert_bit(code.any(active)), after)
            with code.when(code.any(self.lanes.mask("POINT"))):
                self.points.write()
            with code.when(code.any(self.lanes.mask("ACTIVE"))):
                self.steps.write()
        return code.function("run(ptr noalias %ctx, ptr noalias %ws)", local=False)

    def _refill(self) -> None:
        code = self.code
        with code.loop(self.lanes.layout.width) as lane:
            idle = code.add(f"icmp slt i64 {self.lanes.get_whole('RUN', lane)}, 0")
            with code.when(idle):
                taken = code.add(f"load atomic i64, ptr {self.lanes.context['taken']} monotonic, align 8")
                with code.when(code.add(f"icmp slt i64 {taken}, {self.lanes.context['queued']}")):
                    place = code.add(f"atomicrmw add ptr {self.lanes.context['taken']}, i64 1 monotonic")
                    with code.when(code.add(f"icmp slt i64 {place}, {self.lanes.context['queued']}")):
                        run = self.lanes.element(self.lanes.context["queue"], place, "i64")
                        self.lanes.copy(run, lane, into=True)
                        self.lanes.put_whole("RUN", lane, run)
                        for area, value in (("ACTIVE", "1.0"), ("POINT", "1.0"), ("REJECTED", "0.0")):
                            self.lanes.put(area, lane, value)
