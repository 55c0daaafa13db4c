"""The lanes of a block as instructions: reading and writing areas and single lanes, runs copied in and out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from euthymia.engine.batch.emit import Code, Layout, Value
from euthymia.engine.batch.functions import RECORD, Analysis

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


class Lanes:
    """The lanes of a block, in one function ``run(ctx, ws)``.

    Attributes
    ----------
    code
        Where instructions are written.
    context
        Values of the fields of the call's context.
    size
        Number of states.
    """

    def __init__(self, analysis: Analysis, layout: Layout, uses: set[str]) -> None:
        self.analysis, self.layout = analysis, layout
        self.code = Code(layout, uses)
        self.size = len(analysis.rates)
        self.stride = layout.width * 8
        self.context: dict[str, Value] = {}
        for index, name in enumerate(CONTEXT):
            kind = "double" if name in _REAL else "ptr" if name in _ADDRESS else "i64"
            self.context[name] = self.code.add(f"load {kind}, ptr {self.code.pointer('%ctx', index * 8)}")

    def splat(self, value: Value) -> Value:
        """One number in all lanes."""
        code = self.code
        first = code.add(f"insertelement {code.vector} poison, double {value}, i64 0")
        zeros = f"<{code.width} x i32> zeroinitializer"
        return code.add(f"shufflevector {code.vector} {first}, {code.vector} poison, {zeros}")

    def mask(self, area: str) -> Value:
        """The lanes marked in an area."""
        return self.code.compare("ogt", self.code.load(area), self.code.const(0.0))

    def put_mask(self, mask: Value, area: str) -> None:
        """Mark the lanes of a mask in an area."""
        code = self.code
        code.store(code.select(mask, code.const(1.0), code.const(0.0)), area)

    def address(self, area: str, lane: Value, index: int = 0) -> Value:
        """Address of one lane's number in an area."""
        code = self.code
        base = code.pointer("%ws", self.layout.at(area, index))
        return code.add(f"getelementptr double, ptr {base}, i64 {lane}")

    def get(self, area: str, lane: Value) -> Value:
        """A lane's number in an area."""
        return self.code.add(f"load double, ptr {self.address(area, lane)}")

    def put(self, area: str, lane: Value, value: Value) -> None:
        """Store a lane's number in an area."""
        self.code.do(f"store double {value}, ptr {self.address(area, lane)}")

    def get_whole(self, area: str, lane: Value) -> Value:
        """A lane's whole number in an area."""
        return self.code.add(f"load i64, ptr {self.address(area, lane)}")

    def put_whole(self, area: str, lane: Value, value: Value) -> None:
        """Store a lane's whole number in an area."""
        self.code.do(f"store i64 {value}, ptr {self.address(area, lane)}")

    def index(self, area: str, lane: Value) -> Value:
        """A number of the record as a whole number."""
        return self.code.add(f"fptosi double {self.get(area, lane)} to i64")

    def put_index(self, area: str, lane: Value, value: Value) -> None:
        """Store a whole number as a number of the record."""
        self.put(area, lane, self.code.add(f"sitofp i64 {value} to double"))

    def call(self, name: str, *args: str) -> None:
        """Call one of the model's functions."""
        inner = ", ".join(["ptr %ws", *(f"ptr {arg}" for arg in args)])
        self.code.do(f"call void @{name}({inner})")

    def each_state(self) -> States:
        """A loop over all states."""
        return States(self)

    def element(self, base: Value, index: Value, kind: str = "double") -> Value:
        """An element of an array of the call."""
        code = self.code
        return code.add(f"load {kind}, ptr {code.add(f'getelementptr {kind}, ptr {base}, i64 {index}')}")

    def where(self, area: str, lane: Value) -> AbstractContextManager[None]:
        """Instructions that are done where a lane is marked in an area."""
        return self.code.when(self.code.add(f"fcmp ogt double {self.get(area, lane)}, 0.0"))

    def _record_of(self, run: Value) -> Value:
        code = self.code
        offset = code.add(f"mul i64 {run}, {self.analysis.record * 8}")
        return code.pointer(self.context["records"], offset)

    def copy(self, run: Value, lane: Value, *, into: bool) -> None:
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

    def release(self, mask: Value, status: float) -> None:
        """Lanes whose run ends here, with a status."""
        code = self.code
        with code.when(code.any(mask)):
            code.store(code.select(mask, code.const(status), code.load("STATUS")), "STATUS")
            self.put_mask(mask, "MASK")
            with code.loop(self.layout.width) as lane:
                chosen = code.add(f"fcmp ogt double {self.get('MASK', lane)}, 0.0")
                with code.when(chosen):
                    self.copy(self.get_whole("RUN", lane), lane, into=False)
                    self.put_whole("RUN", lane, "-1")
                    self.put("ACTIVE", lane, "0.0")
                    self.put("POINT", lane, "0.0")


class State:
    """One state's vectors, by a running number."""

    def __init__(self, lanes: Lanes, index: Value) -> None:
        self.lanes, self.index = lanes, index
        self.offset = lanes.code.add(f"mul i64 {index}, {lanes.stride}")

    def _address(self, area: str, block: int) -> Value:
        code = self.lanes.code
        return code.pointer(code.pointer("%ws", self.lanes.layout.at(area, block * self.lanes.size)), self.offset)

    def get(self, area: str, block: int = 0) -> Value:
        """The state's vector in an area, or in one of the area's blocks of all states."""
        return self.lanes.code.load_at(self._address(area, block))

    def put(self, area: str, value: Value, block: int = 0) -> None:
        """Store the state's vector."""
        self.lanes.code.store_at(value, self._address(area, block))


class States:
    """A loop over all states."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self._loop = lanes.code.loop(lanes.size)

    def __enter__(self) -> State:
        return State(self.lanes, self._loop.__enter__())

    def __exit__(self, *error: object) -> None:
        self._loop.__exit__(None, None, None)


def record_index(analysis: Analysis, field: str) -> int:
    """Place of a driver's number in the record of a run."""
    return analysis.record - len(RECORD) + RECORD.index(field)
