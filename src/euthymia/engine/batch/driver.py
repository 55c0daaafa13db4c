"""The stepping loop as instructions: each lane has its own run, time and step; a finished lane takes the next run.

One call works through a queue of runs. A run is a record in memory: it is copied into a lane, followed until it has
given all outputs, has failed, or must be looked at by the caller (*paused*), and copied back.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

from euthymia.engine.batch.emit import Code, Value
from euthymia.engine.batch.functions import RECORD, Analysis, Functions
from euthymia.engine.batch.tableau import Tableau

CONTEXT: Final = (
    "records", "queue", "queued", "taken", "stop", "results", "times", "n_times", "n_out", "need", "n_need", "out",
    "copies", "stop_times", "stop_ops", "ops", "rtol", "atol", "max_steps", "guess",
)  # fmt: skip
"""Fields of the call's context, 8 bytes each: addresses, whole numbers, or doubles."""
_REAL: Final = {"rtol", "atol", "max_steps", "guess"}
_ADDRESS: Final = {
    "records", "queue", "taken", "stop", "results", "times", "need", "out", "copies", "stop_times", "stop_ops", "ops",
}  # fmt: skip
DONE, PAUSED, STEP_CAP, UNDERFLOW, NOT_FINITE, SINGULAR, STORM = 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0
"""How a run left its lane, in the field ``STATUS`` of its record; 0 while it runs."""
ROUNDS: Final = 100
"""Rounds of events at one time after which a run is given up."""
LEAST_MOVE, MOST_MOVE = 1e-15, 1e-9
"""Bounds of the relative change of time at a change of a mode."""
SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0
"""Step size control: factor on the step that would just do, and bounds of the change (Hairer & Wanner 1996, IV.7)."""


class Driver:
    """Writes the stepping loop of a model."""

    def __init__(self, analysis: Analysis, functions: Functions, tableau: Tableau, uses: set[str]) -> None:
        self.analysis, self.functions, self.tableau = analysis, functions, tableau
        self.layout = functions.layout
        self.code = Code(self.layout, uses)
        self.size = len(analysis.rates)
        self.modes = len(analysis.modes.now)
        self.events = len(analysis.system.events)
        self.watched = analysis.modes.watched
        self.stride = self.layout.width * 8
        self.context: dict[str, Value] = {}

    def text(self) -> str:
        """The function ``run(ctx, ws)``."""
        code = self.code
        self._load_context()
        code.store(self._splat(self.context["rtol"]), "RTOL")
        code.store(self._splat(self.context["atol"]), "ATOL")
        for name in ("ACTIVE", "POINT", "REJECTED"):
            code.store(code.const(0.0), name)
        with code.loop(self.layout.width) as lane:
            self._put_whole("RUN", lane, "-1")
        with code.forever() as after:
            stop = code.add(f"load volatile i32, ptr {self.context['stop']}")
            code.leave(code.add(f"icmp ne i32 {stop}, 0"), after)
            self._refill()
            active = self._mask("ACTIVE")
            code.leave(code.invert_bit(code.any(active)), after)
            with code.when(code.any(self._mask("POINT"))):
                self._points()
            with code.when(code.any(self._mask("ACTIVE"))):
                self._step()
        return code.function("run(ptr noalias %ctx, ptr noalias %ws)", local=False)

    # small things

    def _load_context(self) -> None:
        for index, name in enumerate(CONTEXT):
            kind = "double" if name in _REAL else "ptr" if name in _ADDRESS else "i64"
            self.context[name] = self.code.add(f"load {kind}, ptr {self.code.pointer('%ctx', index * 8)}")

    def _splat(self, value: Value) -> Value:
        code = self.code
        first = code.add(f"insertelement {code.vector} poison, double {value}, i64 0")
        zeros = f"<{code.width} x i32> zeroinitializer"
        return code.add(f"shufflevector {code.vector} {first}, {code.vector} poison, {zeros}")

    def _mask(self, area: str) -> Value:
        return self.code.compare("ogt", self.code.load(area), self.code.const(0.0))

    def _put_mask(self, mask: Value, area: str) -> None:
        code = self.code
        code.store(code.select(mask, code.const(1.0), code.const(0.0)), area)

    def _lane(self, area: str, lane: Value, index: int = 0) -> Value:
        """Address of one lane's number in an area."""
        code = self.code
        base = code.pointer("%ws", self.layout.at(area, index))
        return code.add(f"getelementptr double, ptr {base}, i64 {lane}")

    def _get(self, area: str, lane: Value) -> Value:
        return self.code.add(f"load double, ptr {self._lane(area, lane)}")

    def _put(self, area: str, lane: Value, value: Value) -> None:
        self.code.do(f"store double {value}, ptr {self._lane(area, lane)}")

    def _get_whole(self, area: str, lane: Value) -> Value:
        return self.code.add(f"load i64, ptr {self._lane(area, lane)}")

    def _put_whole(self, area: str, lane: Value, value: Value) -> None:
        self.code.do(f"store i64 {value}, ptr {self._lane(area, lane)}")

    def _index(self, area: str, lane: Value) -> Value:
        """A number of the record as a whole number."""
        return self.code.add(f"fptosi double {self._get(area, lane)} to i64")

    def _put_index(self, area: str, lane: Value, value: Value) -> None:
        self._put(area, lane, self.code.add(f"sitofp i64 {value} to double"))

    def _call(self, name: str, *args: str) -> None:
        inner = ", ".join(["ptr %ws", *(f"ptr {arg}" for arg in args)])
        self.code.do(f"call void @{name}({inner})")

    def _each_state(self) -> _States:
        return _States(self)

    def _element(self, base: Value, index: Value, kind: str = "double") -> Value:
        code = self.code
        return code.add(f"load {kind}, ptr {code.add(f'getelementptr {kind}, ptr {base}, i64 {index}')}")

    # runs in and out

    def _record_of(self, run: Value) -> Value:
        code = self.code
        offset = code.add(f"mul i64 {run}, {self.analysis.record * 8}")
        return code.pointer(self.context["records"], offset)

    def _refill(self) -> None:
        code = self.code
        with code.loop(self.layout.width) as lane:
            idle = code.add(f"icmp slt i64 {self._get_whole('RUN', lane)}, 0")
            with code.when(idle):
                taken = code.add(f"load atomic i64, ptr {self.context['taken']} monotonic, align 8")
                with code.when(code.add(f"icmp slt i64 {taken}, {self.context['queued']}")):
                    place = code.add(f"atomicrmw add ptr {self.context['taken']}, i64 1 monotonic")
                    with code.when(code.add(f"icmp slt i64 {place}, {self.context['queued']}")):
                        run = self._element(self.context["queue"], place, "i64")
                        self._copy(run, lane, into=True)
                        self._put_whole("RUN", lane, run)
                        for area, value in (("ACTIVE", "1.0"), ("POINT", "1.0"), ("REJECTED", "0.0")):
                            self._put(area, lane, value)

    def _copy(self, run: Value, lane: Value, *, into: bool) -> None:
        """A record into a lane, or back."""
        code = self.code
        record = self._record_of(run)
        first = code.pointer("%ws", self.layout.at("Y"))
        with code.loop(self.analysis.record) as index:
            outside = code.add(f"getelementptr double, ptr {record}, i64 {index}")
            place = code.add(f"mul i64 {index}, {self.layout.width}")
            place = code.add(f"add i64 {place}, {lane}")
            inside = code.add(f"getelementptr double, ptr {first}, i64 {place}")
            source, target = (outside, inside) if into else (inside, outside)
            code.do(f"store double {code.add(f'load double, ptr {source}')}, ptr {target}")

    def _release(self, mask: Value, status: float) -> None:
        """Lanes whose run ends here, with a status."""
        code = self.code
        with code.when(code.any(mask)):
            code.store(code.select(mask, code.const(status), code.load("STATUS")), "STATUS")
            self._put_mask(mask, "MASK")
            with code.loop(self.layout.width) as lane:
                chosen = code.add(f"fcmp ogt double {self._get('MASK', lane)}, 0.0")
                with code.when(chosen):
                    self._copy(self._get_whole("RUN", lane), lane, into=False)
                    self._put_whole("RUN", lane, "-1")
                    self._put("ACTIVE", lane, "0.0")
                    self._put("POINT", lane, "0.0")

    # points: where a run starts, jumps, or has an event

    def _points(self) -> None:
        code = self.code
        self._jumps()
        self._call("prepare")
        due = code.compare("ole", code.load("PAUSE"), code.load("T"))
        self._release(code.logic("and", due, self._mask("POINT")), PAUSED)
        with code.when(code.any(self._mask("POINT"))):
            self._phase("modes", after=False)
            self._outputs_here()
            if self.modes:
                self._phase("modes_after", after=True)
            self._go_on()

    def _jumps(self) -> None:
        """Scheduled jumps that are due, lane by lane."""
        code = self.code
        code.do(f"call void {self.context['copies']}(ptr %ws)")
        with code.loop(self.layout.width) as lane:
            here = code.add(f"fcmp ogt double {self._get('POINT', lane)}, 0.0")
            with code.when(here), code.forever() as after:
                position, end = self._index("POS", lane), self._index("END", lane)
                code.leave(code.add(f"icmp sge i64 {position}, {end}"), after)
                at = self._element(self.context["stop_times"], position)
                code.leave(code.add(f"fcmp ogt double {at}, {self._get('T', lane)}"), after)
                following = code.add(f"add i64 {position}, 1")
                begin = self._element(self.context["stop_ops"], position, "i64")
                stop = self._element(self.context["stop_ops"], following, "i64")
                with code.loop(code.add(f"sub i64 {stop}, {begin}")) as number:
                    self._jump(code.add(f"add i64 {begin}, {number}"), lane)
                self._put_index("POS", lane, following)

    def _jump(self, operation: Value, lane: Value) -> None:
        """One jump: (code, target, source, factor), 8 bytes each; the number is the factor times the source, if any.

        Target and source are counted in vectors from the begin of the block: most are in the record.
        """
        code = self.code
        base = code.pointer(self.context["ops"], code.add(f"mul i64 {operation}, 32"))
        kind, target, source = (code.add(f"load i64, ptr {code.pointer(base, 8 * place)}") for place in range(3))
        factor = code.add(f"load double, ptr {code.pointer(base, 24)}")
        first = code.pointer("%ws", self.layout.at("Y"))

        def address(row: Value) -> Value:
            place = code.add(f"add i64 {code.add(f'mul i64 {row}, {self.layout.width}')}, {lane}")
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
            here = code.logic("and", self._mask("POINT"), mine)
            code.leave(code.invert_bit(code.any(here)), leave)
            with self._each_state() as state:
                state.put("U", state.get("Y"))
            code.store(code.load("T"), "TS")
            self._call(modes)
            for index in range(self.modes):
                code.store(code.select(here, code.load("NM", index), code.load("M", index)), "M", index)
            if self.events:
                self._events(here, phase, leave)
            else:
                code.do(f"br label %{leave}")
                code.start(code.label())
        if after:
            code.store(code.select(self._mask("POINT"), code.const(0.0), code.load("PHASE")), "PHASE")

    def _events(self, here: Value, phase: float, leave: str) -> None:
        code = self.code
        self._call("triggers")
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
        self._release(several, PAUSED)
        staying = code.logic("and", here, code.invert(several))
        with code.when(code.any(single)):
            for index, direct in enumerate(self.analysis.direct):
                if direct:
                    mine = code.logic("and", single, self._rising(here, index))
                    with code.when(code.any(mine)):
                        self._put_mask(mine, "MASK")
                        self._call(f"action{index}")
        for index in range(self.events):
            code.store(code.select(staying, code.load("NG", index), code.load("G", index)), "G", index)
        rounds = code.op("fadd", code.load("EVENTS"), one)
        rounds = code.select(single, rounds, code.select(staying, zero, code.load("EVENTS")))
        code.store(rounds, "EVENTS")
        storm = code.logic("and", single, code.compare("ogt", rounds, code.const(float(ROUNDS))))
        self._release(storm, STORM)
        again = code.logic("and", self._mask("POINT"), single)
        code.leave(code.invert_bit(code.any(again)), leave)
        self._call("prepare")

    def _rising(self, here: Value, index: int) -> Value:
        code = self.code
        half = code.const(0.5)
        rises = code.logic(
            "and", code.compare("ogt", code.load("NG", index), half), code.compare("olt", code.load("G", index), half)
        )
        return code.logic("and", here, rises)

    def _outputs_here(self) -> None:
        """Outputs whose time is that of the point."""
        code = self.code
        self._next_output("POINT")
        due = code.logic("and", self._mask("POINT"), code.compare("ole", code.load("OUTT"), code.load("T")))
        with code.when(code.any(due)):
            with self._each_state() as state:
                state.put("U", state.get("Y"))
            code.store(code.load("T"), "TS")
            self._write(due)

    def _next_output(self, area: str) -> None:
        """The time of the next output of the lanes marked in an area: infinite after the last."""
        code = self.code
        with code.loop(self.layout.width) as lane, self._where(area, lane):
            self._put("OUTT", lane, self._output_time(self._index("OUT", lane)))

    def _where(self, area: str, lane: Value) -> AbstractContextManager[None]:
        """Instructions that are done where a lane is marked in an area."""
        return self.code.when(self.code.add(f"fcmp ogt double {self._get(area, lane)}, 0.0"))

    def _output_time(self, index: Value) -> Value:
        code = self.code
        last = code.add(f"sub i64 {self.context['n_times']}, 1")
        beyond = code.add(f"icmp sgt i64 {index}, {last}")
        safe = code.add(f"select i1 {beyond}, i64 {last}, i64 {index}")
        time = self._element(self.context["times"], safe)
        return code.add(f"select i1 {beyond}, double 0x7FF0000000000000, double {time}")

    def _write(self, due: Value) -> None:
        """Outputs from ``U`` at ``TS`` of some lanes into the results, and on to their next output time."""
        code = self.code
        code.do(f"call void {self.context['out']}(ptr %ws)")
        self._put_mask(due, "MASK")
        size = code.add(f"mul i64 {self.context['n_times']}, {self.context['n_out']}")
        source = code.pointer("%ws", self.layout.size)
        with code.loop(self.layout.width) as lane, self._where("MASK", lane):
            index = self._index("OUT", lane)
            row = code.add(f"mul i64 {index}, {self.context['n_out']}")
            run = self._get_whole("RUN", lane)
            start = code.add(f"add i64 {row}, {code.add(f'mul i64 {run}, {size}')}")
            target = code.add(f"getelementptr double, ptr {self.context['results']}, i64 {start}")
            mine = code.add(f"getelementptr double, ptr {source}, i64 {lane}")
            with code.loop(self.context["n_out"]) as number:
                place = code.add(f"mul i64 {number}, {self.layout.width}")
                value = self._element(mine, place)
                slot = code.add(f"getelementptr double, ptr {target}, i64 {number}")
                code.do(f"store double {value}, ptr {slot}")
            following = code.add(f"add i64 {index}, 1")
            self._put_index("OUT", lane, following)
            self._put("OUTT", lane, self._output_time(following))

    def _go_on(self) -> None:
        """Ends the runs that have given all outputs, and sets how far the others may step."""
        code = self.code
        point = self._mask("POINT")
        infinite = code.const(float("inf"))
        self._release(code.logic("and", point, code.compare("oeq", code.load("OUTT"), infinite)), DONE)
        with code.loop(self.layout.width) as lane, self._where("POINT", lane):
            position, end = self._index("POS", lane), self._index("END", lane)
            none = code.add(f"icmp sge i64 {position}, {end}")
            safe = code.add(f"select i1 {none}, i64 0, i64 {position}")
            time = self._element(self.context["stop_times"], safe)
            self._put("STOP", lane, code.add(f"select i1 {none}, double 0x7FF0000000000000, double {time}"))
        last = self._output_time(code.add(f"sub i64 {self.context['n_times']}, 1"))
        stop = code.smaller(code.smaller(code.load("STOP"), self._splat(last)), code.load("PAUSE"))
        now = code.load("T")
        if self.analysis.times:
            self._call("crossings")
        for index in range(len(self.analysis.times)):
            crossing = code.load("TH", index)
            ahead = code.logic("and", code.compare("ogt", crossing, now), code.compare("olt", crossing, stop))
            stop = code.select(ahead, crossing, stop)
        point = self._mask("POINT")
        code.store(code.select(point, stop, code.load("STOP")), "STOP")
        code.store(code.select(point, code.const(0.0), code.load("H")), "H")
        code.store(code.const(0.0), "POINT")

    # steps

    def _step(self) -> None:
        self._call("jacobian")
        self._first_step()
        self._choose_step()
        self._call("factor")
        self._stages()
        self._judge()

    def _first_step(self) -> None:
        """A step for lanes that have none: one in which the states change little against the tolerance."""
        code = self.code
        fresh = code.logic("and", self._mask("ACTIVE"), code.compare("oeq", code.load("H"), code.const(0.0)))
        with code.when(code.any(fresh)):
            floor = code.op("fdiv", code.load("ATOL"), code.load("RTOL"))
            code.store(code.const(0.0), "TS")
            with self._each_state() as state:
                scale = code.op("fadd", code.intrinsic("fabs", state.get("Y")), floor)
                ratio = code.op("fdiv", state.get("F"), scale)
                code.store(code.fma(ratio, ratio, code.load("TS")), "TS")
            mean = code.op("fmul", code.load("TS"), code.const(1.0 / self.size))
            pace = code.exp(code.op("fmul", code.log(mean), code.const(-0.5)))
            guess = code.op("fmul", pace, self._splat(self.context["guess"]))
            remaining = code.op("fsub", code.load("STOP"), code.load("T"))
            guess = code.smaller(guess, remaining)
            guess = code.select(code.compare("ogt", guess, code.const(0.0)), guess, remaining)
            code.store(code.select(fresh, guess, code.load("H")), "H")

    def _choose_step(self) -> None:
        """The step of each lane, stretched or halved so that it ends at the stop."""
        code = self.code
        now, stop, step = code.load("T"), code.load("STOP"), code.load("H")
        remaining = code.op("fsub", stop, now)
        last = code.compare("oge", code.op("fmul", step, code.const(1.05)), remaining)
        halfway = code.op("fmul", remaining, code.const(0.5))
        step = code.select(code.compare("ogt", step, halfway), halfway, step)
        step = code.select(last, remaining, step)
        code.store(step, "STEP")
        code.store(code.select(last, stop, code.op("fadd", now, step)), "TNEW")
        code.store(code.op("fdiv", code.const(1.0 / self.tableau.gamma), step), "W0")

    def _stages(self) -> None:
        code, tableau = self.code, self.tableau
        per_step = code.op("fmul", code.load("W0"), code.const(tableau.gamma))
        for stage in range(tableau.stages):
            self._trial(stage, per_step)
            target = code.pointer("%ws", self.layout.at("K", stage * self.size))
            if stage:
                self._call("rhs", target)
            self._call("solve", target)
        with self._each_state() as state:
            state.put("Y1", code.op("fadd", state.get("U"), state.get("K", tableau.stages - 1)))

    def _trial(self, stage: int, per_step: Value) -> None:
        """The state at which a stage takes the rates, and what is added to them."""
        code, tableau = self.code, self.tableau
        step = code.load("STEP")
        by_time = bool(self.analysis.by_time)
        pace = code.op("fmul", step, code.const(float(tableau.d[stage]))) if by_time and tableau.d[stage] else None
        if stage:
            time = code.fma(step, code.const(float(tableau.alpha[stage])), code.load("T"))
            code.store(time, "TS")
        simple = stage > 5  # the row is the row before and the last stage
        with self._each_state() as state:
            if stage == 0:
                added = state.get("F")
            else:
                ks = [state.get("K", other) for other in range(stage)]
                if simple:
                    state.put("U", code.op("fadd", state.get("U"), ks[-1]))
                else:
                    state.put("U", self._combined(tableau.a[stage][:stage], ks, state.get("Y")))
                added = code.op("fmul", self._combined(tableau.c[stage][:stage], ks, None), per_step)
            if pace is not None:
                added = code.fma(pace, state.get("FT"), added)
            state.put("K", added, stage)

    def _combined(self, weights: Sequence[float], values: Sequence[Value], start: Value | None) -> Value:
        code = self.code
        total = start
        for weight, value in zip(weights, values, strict=True):
            factor = code.const(float(weight))
            total = code.op("fmul", value, factor) if total is None else code.fma(value, factor, total)
        assert total is not None
        return total

    def _judge(self) -> None:
        """Accepts or rejects the step of each lane, and chooses its next one."""
        code = self.code
        code.store(code.const(0.0), "TS")
        rtol, atol = code.load("RTOL"), code.load("ATOL")
        with self._each_state() as state:
            size = code.larger(code.intrinsic("fabs", state.get("Y")), code.intrinsic("fabs", state.get("Y1")))
            scaled = code.op("fdiv", state.get("K", self.tableau.stages - 1), code.fma(rtol, size, atol))
            code.store(code.fma(scaled, scaled, code.load("TS")), "TS")
        error = code.op("fmul", code.load("TS"), code.const(1.0 / self.size))
        error = code.select(self._mask("BAD"), code.const(float("nan")), error)
        active = self._mask("ACTIVE")
        accepted = code.logic("and", active, code.compare("ole", error, code.const(1.0)))
        change = code.exp(code.op("fmul", code.log(error), code.const(-0.5 / self.tableau.order)))
        change = code.larger(code.op("fmul", change, code.const(SAFETY)), code.const(SHRINK))
        bound = code.select(self._mask("REJECTED"), code.const(1.0), code.const(GROW))
        change = code.smaller(change, bound)
        step = code.op("fmul", code.load("STEP"), change)
        code.store(code.select(active, step, code.load("H")), "H")
        self._put_mask(code.logic("and", active, code.invert(accepted)), "REJECTED")
        code.store(code.op("fadd", code.load("STEPS"), code.const(1.0)), "STEPS")
        with code.when(code.any(accepted)):
            self._accept(accepted)
        self._give_up(error)

    def _give_up(self, error: Value) -> None:
        """Lanes that can go no further."""
        code = self.code
        rejected = self._mask("REJECTED")
        now = code.load("T")
        moved = code.compare("ogt", code.op("fadd", now, code.load("H")), now)
        stuck = code.logic("and", rejected, code.invert(moved))
        with code.when(code.any(stuck)):
            unclear = code.invert(code.compare("ord", error, error))
            singular = code.logic("and", stuck, self._mask("BAD"))
            self._release(singular, SINGULAR)
            stuck_now = code.logic("and", stuck, self._mask("ACTIVE"))
            self._release(code.logic("and", stuck_now, unclear), NOT_FINITE)
            self._release(code.logic("and", stuck_now, self._mask("ACTIVE")), UNDERFLOW)
        over = code.compare("ogt", code.load("STEPS"), self._splat(self.context["max_steps"]))
        self._release(code.logic("and", over, self._mask("ACTIVE")), STEP_CAP)

    def _accept(self, accepted: Value) -> None:
        code = self.code
        pending = code.logic("and", accepted, code.compare("ole", code.load("OUTT"), code.load("TNEW")))
        self._put_mask(accepted, "MID")  # kept: MASK is used by what is called
        if self.watched:
            self._dense()
            self._watch(accepted)
        else:
            code.store(code.const(0.0), "FOUND")
            with code.when(code.any(pending)):
                self._dense()
        self._outputs_between()
        accepted = self._mask("MID")
        now, stop = code.load("TNEW"), code.load("STOP")
        with self._each_state() as state:
            reached = state.get("F" if self.watched else "Y1")
            state.put("Y", code.select(accepted, reached, state.get("Y")))
        code.store(code.select(accepted, now, code.load("T")), "T")
        ends = code.logic("or", code.compare("oge", now, stop), self._mask("FOUND"))
        self._put_mask(code.logic("and", accepted, ends), "POINT")

    def _dense(self) -> None:
        """Vectors of the dense output."""
        tableau = self.tableau
        with self._each_state() as state:
            ks = [state.get("K", stage) for stage in range(tableau.stages)]
            for row in range(3):
                state.put("D", self._combined(tableau.h[row], ks, None), row)

    def _between(self, place: Value, one: _State) -> Value:
        """A state at a part of the step."""
        code = self.code
        rest = code.op("fsub", code.const(1.0), place)
        inner = code.fma(place, one.get("D", 2), one.get("D", 1))
        inner = code.fma(place, inner, one.get("D", 0))
        inner = code.fma(rest, inner, one.get("Y1"))
        return code.fma(place, inner, code.op("fmul", rest, one.get("Y")))

    def _outputs_between(self) -> None:
        """Outputs inside the step; those at its end unless it is a point."""
        code = self.code
        with code.forever() as after:
            time, end = code.load("OUTT"), code.load("TNEW")
            ends = code.logic("or", code.compare("oge", end, code.load("STOP")), self._mask("FOUND"))
            inside = code.logic("or", code.compare("olt", time, end),
                                code.logic("and", code.compare("oeq", time, end), code.invert(ends)))  # fmt: skip
            due = code.logic("and", inside, self._mask("MID"))
            code.leave(code.invert_bit(code.any(due)), after)
            place = code.op("fdiv", code.op("fsub", time, code.load("T")), code.load("STEP"))
            code.store(time, "TS")
            with code.loop(self.context["n_need"]) as number:
                one = _State(self, self._element(self.context["need"], number, "i64"))
                one.put("U", self._between(place, one))
            self._write(due)

    def _watch(self, accepted: Value) -> None:
        """Ends the step of a lane where a watched mode first changes."""
        code = self.code
        zero = code.const(0.0)
        for name in ("FOUND", "LOW"):
            code.store(zero, name)
        code.store(code.const(1.0), "HIGH")
        move = code.load("MOVE")
        for part in (0.25, 0.5, 0.75, 1.0):
            changed = self._changed(code.const(part))
            changed = code.logic("and", changed, code.invert(self._mask("FOUND")))
            changed = code.logic("and", changed, self._mask("MID"))
            code.store(code.select(changed, code.const(part), code.load("HIGH")), "HIGH")
            code.store(code.select(changed, code.const(part - 0.25), code.load("LOW")), "LOW")
            self._put_mask(code.logic("or", changed, self._mask("FOUND")), "FOUND")
        alone = code.logic("and", accepted, code.invert(self._mask("FOUND")))
        code.store(code.select(alone, zero, move), "MOVE")
        with self._each_state() as state:
            state.put("F", state.get("Y1"))
        with code.when(code.any(self._mask("FOUND"))):
            with code.loop(54):
                half = code.op("fmul", code.op("fadd", code.load("LOW"), code.load("HIGH")), code.const(0.5))
                changed = self._changed(half)
                code.store(code.select(changed, half, code.load("HIGH")), "HIGH")
                code.store(code.select(changed, code.load("LOW"), half), "LOW")
            found, place = self._mask("FOUND"), self._far_enough(code.load("HIGH"))
            code.store(place, "HIGH")
            with self._each_state() as state:
                state.put("U", self._between(place, state))
            with self._each_state() as state:
                state.put("F", code.select(found, state.get("U"), state.get("Y1")))
            time = code.fma(place, code.load("STEP"), code.load("T"))
            whole = code.compare("oeq", place, code.const(1.0))
            time = code.select(whole, code.load("TNEW"), time)
            code.store(code.select(found, time, code.load("TNEW")), "TNEW")

    def _far_enough(self, place: Value) -> Value:
        """A part of the step that moves time on.

        It moves it by a few units in the last place, and by more with each change that follows at once on another: so
        modes that rounding alone turns back and forth, or that change ever faster, come to an end.
        """
        code = self.code
        move = code.larger(code.load("MOVE"), code.const(LEAST_MOVE))
        least = code.op("fdiv", code.op("fmul", code.intrinsic("fabs", code.load("T")), move), code.load("STEP"))
        more = code.smaller(code.op("fmul", move, code.const(2.0)), code.const(MOST_MOVE))
        code.store(code.select(self._mask("FOUND"), more, code.load("MOVE")), "MOVE")
        return code.smaller(code.larger(place, least), code.const(1.0))

    def _changed(self, place: Value) -> Value:
        """Whether a watched mode has another value at a part of the step."""
        code = self.code
        with self._each_state() as state:
            state.put("U", self._between(place, state))
        code.store(code.fma(place, code.load("STEP"), code.load("T")), "TS")
        self._call("modes")
        changed: Value | None = None
        for index in self.watched:
            differs = code.compare("une", code.load("NM", index), code.load("M", index))
            changed = differs if changed is None else code.logic("or", changed, differs)
        assert changed is not None
        return changed


class _State:
    """One state's vectors, by a running number."""

    def __init__(self, driver: Driver, index: Value) -> None:
        self.driver, self.index = driver, index
        self.offset = driver.code.add(f"mul i64 {index}, {driver.stride}")

    def _address(self, area: str, block: int) -> Value:
        code = self.driver.code
        return code.pointer(code.pointer("%ws", self.driver.layout.at(area, block * self.driver.size)), self.offset)

    def get(self, area: str, block: int = 0) -> Value:
        """The state's vector in an area, or in one of the area's blocks of all states."""
        return self.driver.code.load_at(self._address(area, block))

    def put(self, area: str, value: Value, block: int = 0) -> None:
        """Store the state's vector."""
        self.driver.code.store_at(value, self._address(area, block))


class _States:
    """A loop over all states."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._loop = driver.code.loop(driver.size)

    def __enter__(self) -> _State:
        return _State(self.driver, self._loop.__enter__())

    def __exit__(self, *error: object) -> None:
        self._loop.__exit__(None, None, None)


def record_index(analysis: Analysis, field: str) -> int:
    """Place of a driver's number in the record of a run."""
    return analysis.record - len(RECORD) + RECORD.index(field)
