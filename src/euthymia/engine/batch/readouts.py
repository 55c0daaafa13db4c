"""Outputs as instructions: at points, inside steps by the dense output, written into the results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from euthymia.engine.batch.emit import Value
from euthymia.engine.batch.lanes import Lanes, State
from euthymia.engine.batch.tableau import Tableau


class Readouts:
    """Writes the outputs of a stepping loop."""

    def __init__(self, lanes: Lanes, tableau: Tableau) -> None:
        self.lanes, self.code, self.tableau = lanes, lanes.code, tableau

    def at_point(self) -> None:
        """Outputs whose time is that of the point."""
        code = self.code
        self._next_output("POINT")
        due = code.logic("and", self.lanes.mask("POINT"), code.compare("ole", code.load("OUTT"), code.load("T")))
        with code.when(code.any(due)):
            with self.lanes.each_state() as state:
                state.put("U", state.get("Y"))
            code.store(code.load("T"), "TS")
            self._write(due)

    def _next_output(self, area: str) -> None:
        """The time of the next output of the lanes marked in an area: infinite after the last."""
        code = self.code
        with code.loop(self.lanes.layout.width) as lane, self.lanes.where(area, lane):
            self.lanes.put("OUTT", lane, self.time_of(self.lanes.index("OUT", lane)))

    def time_of(self, index: Value) -> Value:
        """An output time by its number; infinity after the last."""
        code = self.code
        last = code.add(f"sub i64 {self.lanes.context['n_times']}, 1")
        beyond = code.add(f"icmp sgt i64 {index}, {last}")
        safe = code.add(f"select i1 {beyond}, i64 {last}, i64 {index}")
        time = self.lanes.element(self.lanes.context["times"], safe)
        return code.add(f"select i1 {beyond}, double 0x7FF0000000000000, double {time}")

    def _write(self, due: Value) -> None:
        """Outputs from ``U`` at ``TS`` of some lanes into the results, and on to their next output time."""
        code = self.code
        code.do(f"call void {self.lanes.context['out']}(ptr %ws)")
        behind = code.add(f"mul i64 {self.lanes.context['n_out']}, {self.lanes.stride}")
        check = code.load_at(code.pointer("%ws", code.add(f"add i64 {behind}, {self.lanes.layout.size}")))
        finite = code.load("FINITE")
        code.store(code.select(due, code.op("fadd", finite, check), finite), "FINITE")
        self.lanes.put_mask(due, "MASK")
        size = code.add(f"mul i64 {self.lanes.context['n_times']}, {self.lanes.context['n_out']}")
        source = code.pointer("%ws", self.lanes.layout.size)
        with code.loop(self.lanes.layout.width) as lane, self.lanes.where("MASK", lane):
            index = self.lanes.index("OUT", lane)
            row = code.add(f"mul i64 {index}, {self.lanes.context['n_out']}")
            run = self.lanes.get_whole("RUN", lane)
            start = code.add(f"add i64 {row}, {code.add(f'mul i64 {run}, {size}')}")
            target = code.add(f"getelementptr double, ptr {self.lanes.context['results']}, i64 {start}")
            mine = code.add(f"getelementptr double, ptr {source}, i64 {lane}")
            with code.loop(self.lanes.context["n_out"]) as number:
                place = code.add(f"mul i64 {number}, {self.lanes.layout.width}")
                value = self.lanes.element(mine, place)
                slot = code.add(f"getelementptr double, ptr {target}, i64 {number}")
                code.do(f"store double {value}, ptr {slot}")
            following = code.add(f"add i64 {index}, 1")
            self.lanes.put_index("OUT", lane, following)
            self.lanes.put("OUTT", lane, self.time_of(following))

    def inside_step(self) -> None:
        """Outputs inside the step; those at its end unless it is a point."""
        code = self.code
        with code.forever() as after:
            time, end = code.load("OUTT"), code.load("TNEW")
            ends = code.logic("or", code.compare("oge", end, code.load("STOP")), self.lanes.mask("FOUND"))
            inside = code.logic("or", code.compare("olt", time, end),
                                code.logic("and", code.compare("oeq", time, end), code.invert(ends)))  # fmt: skip
            due = code.logic("and", inside, self.lanes.mask("MID"))
            code.leave(code.invert_bit(code.any(due)), after)
            place = code.op("fdiv", code.op("fsub", time, code.load("T")), code.load("STEP"))
            code.store(time, "TS")
            with self._each_needed() as one:
                one.put("U", self.between(place, one))
            self._write(due)

    def dense(self) -> None:
        """Vectors of the dense output: of all states where modes are watched, else of those that outputs need."""
        with self.lanes.each_state() if self.lanes.analysis.modes.watched else self._each_needed() as state:
            ks = [state.get("K", stage) for stage in range(self.tableau.stages)]
            for row in range(3):
                state.put("D", self.code.combination(self.tableau.h[row], ks), row)

    @contextmanager
    def _each_needed(self) -> Iterator[State]:
        """A loop over the states that outputs need."""
        with self.code.loop(self.lanes.context["n_need"]) as number:
            yield State(self.lanes, self.lanes.element(self.lanes.context["need"], number, "i64"))

    def between(self, place: Value, one: State) -> Value:
        """A state at a part of the step."""
        code = self.code
        rest = code.op("fsub", code.const(1.0), place)
        inner = code.fma(place, one.get("D", 2), one.get("D", 1))
        inner = code.fma(place, inner, one.get("D", 0))
        inner = code.fma(rest, inner, one.get("Y1"))
        return code.fma(place, inner, code.op("fmul", rest, one.get("Y")))
