"""Points of a run as instructions: where it starts, jumps, has an event, or gives an output that a step must meet."""

from __future__ import annotations

from typing import Final

from euthymia.engine.batch.emit import Value
from euthymia.engine.batch.lanes import DONE, NOT_FINITE, PAUSED, STORM, Lanes
from euthymia.engine.batch.readouts import Readouts

ROUNDS: Final = 100
"""Rounds of events at one time after which a run is given up."""


class Points:
    """Writes what happens at points."""

    def __init__(self, lanes: Lanes, readouts: Readouts) -> None:
        self.lanes, self.code, self.readouts, self.analysis = lanes, lanes.code, readouts, lanes.analysis
        self.modes = len(self.analysis.modes.now)
        self.events = len(self.analysis.system.events)

    def write(self) -> None:
        """What lanes of the area ``POINT`` do: jumps, events, outputs, and how far they may step."""
        code = self.code
        self._jumps()
        self.lanes.call("prepare")
        due = code.compare("ole", code.load("PAUSE"), code.load("T"))
        self.lanes.release(code.logic("and", due, self.lanes.mask("POINT")), PAUSED)
        with code.when(code.any(self.lanes.mask("POINT"))):
            self._phase("modes", after=False)
            self.readouts.at_point()
            if self.modes:
                self._phase("modes_after", after=True)
            self._go_on()

    def _jumps(self) -> None:
        """Scheduled jumps that are due, lane by lane."""
        code = self.code
        code.do(f"call void {self.lanes.context['copies']}(ptr %ws)")
        with code.loop(self.lanes.layout.width) as lane:
            here = code.add(f"fcmp ogt double {self.lanes.get('POINT', lane)}, 0.0")
            with code.when(here), code.forever() as after:
                position, end = self.lanes.index("POS", lane), self.lanes.index("END", lane)
                code.leave(code.add(f"icmp sge i64 {position}, {end}"), after)
                at = self.lanes.element(self.lanes.context["stop_times"], position)
                code.leave(code.add(f"fcmp ogt double {at}, {self.lanes.get('T', lane)}"), after)
                following = code.add(f"add i64 {position}, 1")
                begin = self.lanes.element(self.lanes.context["stop_ops"], position, "i64")
                stop = self.lanes.element(self.lanes.context["stop_ops"], following, "i64")
                with code.loop(code.add(f"sub i64 {stop}, {begin}")) as number:
                    self._jump(code.add(f"add i64 {begin}, {number}"), lane)
                self.lanes.put_index("POS", lane, following)

    def _jump(self, operation: Value, lane: Value) -> None:
        """One jump: (code, target, source, factor), 8 bytes each; the number is the factor times the source, if any.

        Target and source are counted in vectors from the begin of the block: most are in the record.
        """
        code = self.code
        base = code.pointer(self.lanes.context["ops"], code.add(f"mul i64 {operation}, 32"))
        kind, target, source = (code.add(f"load i64, ptr {code.pointer(base, 8 * place)}") for place in range(3))
        factor = code.add(f"load double, ptr {code.pointer(base, 24)}")
        first = code.pointer("%ws", self.lanes.layout.at("Y"))

        def address(row: Value) -> Value:
            place = code.add(f"add i64 {code.add(f'mul i64 {row}, {self.lanes.layout.width}')}, {lane}")
            return code.add(f"getelementptr double, ptr {first}, i64 {place}")

        none = code.add(f"icmp slt i64 {source}, 0")
        safe = code.add(f"select i1 {none}, i64 0, i64 {source}")
        other = code.add(f"load double, ptr {address(safe)}")
        value = code.add(f"select i1 {none}, double {factor}, double {code.add(f'fmul double {other}, {factor}')}")
        place = address(target)
        old = code.add(f"load double, ptr {place}")
        added, scaled = code.add(f"fadd double {old}, {value}"), code.add(f"fmul double {old}, {value}")
        adds, scales = code.add(f"icmp eq i64 {kind}, 0"), code.add(f"icmp eq i64 {kind}, 2")
        new = code.add(f"select i1 {scales}, double {scaled}, double {value}")
        code.do(f"store double {code.add(f'select i1 {adds}, double {added}, double {new}')}, ptr {place}")

    def _phase(self, modes: str, *, after: bool) -> None:
        """Modes and events at a point, or just after it; again as long as an event is executed."""
        code = self.code
        if not self.modes and not self.events:
            return
        phase = 1.0 if after else 0.0
        with code.forever() as leave:
            mine = code.compare("ole", code.load("PHASE"), code.const(phase))
            here = code.logic("and", self.lanes.mask("POINT"), mine)
            code.leave(code.invert_bit(code.any(here)), leave)
            with self.lanes.each_state() as state:
                state.put("U", state.get("Y"))
            code.store(code.load("T"), "TS")
            self.lanes.call(modes)
            for index in range(self.modes):
                code.store(code.select(here, code.load("NM", index), code.load("M", index)), "M", index)
            if self.events:
                self._events(here, phase, leave)
            else:
                code.do(f"br label %{leave}")
                code.start(code.label())
        if after:
            code.store(code.select(self.lanes.mask("POINT"), code.const(0.0), code.load("PHASE")), "PHASE")

    def _events(self, here: Value, phase: float, leave: str) -> None:
        code = self.code
        self.lanes.call("triggers")
        zero, one = code.const(0.0), code.const(1.0)
        count, odd = zero, zero
        for index, direct in enumerate(self.analysis.direct):
            rising = self._rising(here, index)
            count = code.op("fadd", count, code.select(rising, one, zero))
            if not direct:
                odd = code.select(rising, one, odd)
        several = code.logic("or", code.compare("ogt", count, one), code.compare("ogt", odd, zero))
        single = code.logic("and", code.compare("ogt", count, zero), code.invert(several))
        code.store(code.select(several, code.const(phase), code.load("PHASE")), "PHASE")
        code.store(code.select(single, one, zero), "FOUND")
        self.lanes.release(several, PAUSED)
        staying = code.logic("and", here, code.invert(several))
        with code.when(code.any(single)):
            for index, direct in enumerate(self.analysis.direct):
                if direct:
                    mine = code.logic("and", single, self._rising(here, index))
                    with code.when(code.any(mine)):
                        self.lanes.put_mask(mine, "MASK")
                        self.lanes.call(f"action{index}")
        for index in range(self.events):
            code.store(code.select(staying, code.load("NG", index), code.load("G", index)), "G", index)
        rounds = code.op("fadd", code.load("EVENTS"), one)
        rounds = code.select(single, rounds, code.select(staying, zero, code.load("EVENTS")))
        code.store(rounds, "EVENTS")
        storm = code.logic("and", single, code.compare("ogt", rounds, code.const(float(ROUNDS))))
        self.lanes.release(storm, STORM)
        again = code.logic("and", self.lanes.mask("POINT"), single)
        code.leave(code.invert_bit(code.any(again)), leave)
        self.lanes.call("prepare")

    def _rising(self, here: Value, index: int) -> Value:
        code = self.code
        half = code.const(0.5)
        rises = code.logic(
            "and", code.compare("ogt", code.load("NG", index), half), code.compare("olt", code.load("G", index), half)
        )
        return code.logic("and", here, rises)

    def _go_on(self) -> None:
        """Ends the runs that have given all outputs, and sets how far the others may step."""
        code = self.code
        point = self.lanes.mask("POINT")
        infinite = code.const(float("inf"))
        done = code.logic("and", point, code.compare("oeq", code.load("OUTT"), infinite))
        finite = code.compare("oeq", code.load("FINITE"), code.const(0.0))
        self.lanes.release(code.logic("and", done, code.invert(finite)), NOT_FINITE)
        self.lanes.release(code.logic("and", done, finite), DONE)
        with code.loop(self.lanes.layout.width) as lane, self.lanes.where("POINT", lane):
            position, end = self.lanes.index("POS", lane), self.lanes.index("END", lane)
            none = code.add(f"icmp sge i64 {position}, {end}")
            safe = code.add(f"select i1 {none}, i64 0, i64 {position}")
            time = self.lanes.element(self.lanes.context["stop_times"], safe)
            self.lanes.put("STOP", lane, code.add(f"select i1 {none}, double 0x7FF0000000000000, double {time}"))
        last = self.readouts.time_of(code.add(f"sub i64 {self.lanes.context['n_times']}, 1"))
        stop = code.smaller(code.smaller(code.load("STOP"), self.lanes.splat(last)), code.load("PAUSE"))
        now = code.load("T")
        if self.analysis.times:
            self.lanes.call("crossings")
        for index in range(len(self.analysis.times)):
            crossing = code.load("TH", index)
            ahead = code.logic("and", code.compare("ogt", crossing, now), code.compare("olt", crossing, stop))
            stop = code.select(ahead, crossing, stop)
        point = self.lanes.mask("POINT")
        code.store(code.select(point, stop, code.load("STOP")), "STOP")
        code.store(code.select(point, code.const(0.0), code.load("H")), "H")
        code.store(code.const(0.0), "POINT")
