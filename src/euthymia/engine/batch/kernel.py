"""A model compiled: the stepping loop, initial values, and outputs, as functions of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from euthymia.engine.batch.driver import Driver
from euthymia.engine.batch.emit import Code, Layout, Value
from euthymia.engine.batch.expressions import Expressions
from euthymia.engine.batch.functions import TOLERANCES, Analysis, Functions, margins
from euthymia.engine.batch.graph import Node
from euthymia.engine.batch.machine import Library, build
from euthymia.engine.batch.system import System
from euthymia.engine.batch.tableau import RODAS5P


def stepping_source(analysis: Analysis, width: int, *, native: bool = False) -> tuple[str, Layout]:
    """Instructions of the function ``run``, and the layout of a lane block."""
    uses: set[str] = set()
    layout = analysis.layout(width, native=native)
    functions = Functions(analysis, layout, uses)
    texts = functions.texts()
    texts.append(Driver(functions, RODAS5P, uses).text())
    return _module(texts, uses), layout


def readings_source(system: System, names: Sequence[str], copies: Sequence[Node], layout: Layout) -> str:
    """Instructions of ``outputs(ws)`` and ``copies(ws)``.

    The first gives outputs at the states ``U`` and time ``TS``, to the end of the block, and behind them a number that
    is 0, or NaN where an output that is worked out is not finite; the second gives the numbers that scheduled jumps
    copy, at ``Y`` and ``T``, behind that.
    """
    uses: set[str] = set()
    nodes = [system.outputs[name] for name in names]
    texts = [
        _reading("outputs", system, nodes, layout, uses, places=("U", "TS", 0)),
        _reading("copies", system, copies, layout, uses, places=("Y", "T", len(nodes) + 1)),
    ]
    return _module(texts, uses)


def _reading(
    name: str, system: System, nodes: Sequence[Node], layout: Layout, uses: set[str], *, places: tuple[str, str, int]
) -> str:
    code = Code(layout, uses)
    states = {state: index for index, state in enumerate(system.states)}
    slots = {slot: index for index, slot in enumerate(system.slots)}
    area, time, first = places

    def load(symbol: str) -> Value:
        if symbol in TOLERANCES:
            return code.load(TOLERANCES[symbol])
        if symbol == "time":
            return code.load(time)
        return code.load(area, states[symbol]) if symbol in states else code.load("S", slots[symbol])

    inside = Expressions(code, system.graph, load, {}, roots="guarded", margins=margins(system, nodes), fuse=False)
    check, stride = code.const(0.0), layout.width * 8
    for index, value in enumerate(inside.values(nodes)):
        code.store_at(value, code.pointer("%ws", layout.size + (first + index) * stride))
        if _worked_out(system, nodes[index]):
            check = code.fma(value, code.const(0.0), check)
    if name == "outputs":
        code.store_at(check, code.pointer("%ws", layout.size + len(nodes) * stride))
    return code.function(f"{name}(ptr noalias %ws)", local=False)


def _worked_out(system: System, node: Node) -> bool:
    """Whether an output is computed; numbers and slots are what the model or the caller states, infinity included."""
    graph = system.graph
    return bool(graph.args[node]) or graph.names.get(node) in set(system.states)


def initial_source(system: System, targets: Sequence[Node], layout: Layout) -> str:
    """Instructions of ``initial(in, has, out, runs)``: values at time 0 for many runs.

    ``in`` holds the given values, shape [key, run], ``has`` which are given, shape [key]; ``out`` takes the values of
    `targets`, shape [target, run]. The number of runs is a multiple of the lanes.
    """
    uses: set[str] = set()
    code, width = Code(layout, uses), layout.width
    keys = {key: index for index, key in enumerate(system.settable)}

    def at(base: str, row: int, first: Value) -> Value:
        place = code.add(f"add i64 {code.add(f'mul i64 %runs, {row}')}, {first}")
        return code.add(f"getelementptr double, ptr {base}, i64 {place}")

    groups = code.add(f"udiv i64 %runs, {width}")
    with code.loop(groups) as group:
        first = code.add(f"mul i64 {group}, {width}")

        def load(name: str) -> Value:
            kind, key = name.split(" ", 1)
            if kind == "given":
                return code.add(f"load {code.vector}, ptr {at('%in', keys[key], first)}, align 8")
            one = code.add(f"load double, ptr {code.pointer('%has', keys[key] * 8)}")
            lane = code.add(f"insertelement {code.vector} poison, double {one}, i64 0")
            zeros = f"<{width} x i32> zeroinitializer"
            return code.add(f"shufflevector {code.vector} {lane}, {code.vector} poison, {zeros}")

        values = Expressions(code, system.graph, load, {}).values(targets)
        for index, value in enumerate(values):
            code.do(f"store {code.vector} {value}, ptr {at('%out', index, first)}, align 8")
    head = "initial(ptr noalias %in, ptr noalias %has, ptr noalias %out, i64 %runs)"
    return _module([code.function(head, local=False)], uses)


def _module(texts: Sequence[str], uses: set[str]) -> str:
    return "\n".join([*sorted(uses), *texts, ""])


def compile_stepping(source: str, folder: Path | None) -> Library:
    """Machine code of `stepping_source`."""
    return build(source, ("run",), folder)
