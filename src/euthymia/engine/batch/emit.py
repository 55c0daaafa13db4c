"""LLVM instructions as text, for vectors of one number per lane.

Every instruction acts on each lane alone and rounds as written (multiply-add is fused only where it says so), so the
bits of a lane depend neither on its neighbours nor on the number of lanes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

Value = str
"""Name of an LLVM value, or a constant."""
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_LOG: Final = (
    0.6666666666666694, 0.39999999999335556, 0.2857142883604555, 0.22222182776674482, 0.18184610246294064,
    0.15283703752403147, 0.1511848710872457,
)  # fmt: skip
"""(log((1+s)/(1-s)) - 2s) / s^3 as a polynomial of s^2 up to 0.04, by Chebyshev interpolation; error 5e-17 of log."""
_EXP: Final = (
    1.0, 1.0, 0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
    0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07,
    2.510038549551032e-08,
)  # fmt: skip
"""exp between -log(2)/2 and log(2)/2, by Chebyshev interpolation behind the first two terms; error 2e-17."""
_FAR: Final = 2000.0
"""Arguments of exp beyond this give 0 or infinity."""
MAGIC: Final = 6755399441055744.0
"""1.5 * 2^52: added to a number below 2^51, it leaves the nearest whole number in the low bits."""


def number(value: float) -> str:
    """A double as LLVM writes it exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass
class Layout:
    """Places of named areas in a lane block's memory; an area holds some vectors of one number per lane.

    With `native`, the processor has AVX-512 and the lanes fill its vectors; the bits of results are the same without.
    """

    width: int
    native: bool = False
    size: int = 0
    areas: dict[str, int] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, length: int) -> None:
        """A new area of `length` vectors."""
        self.areas[name], self.lengths[name] = self.size, length
        self.size += length * self.width * 8

    def at(self, name: str, index: int = 0) -> int:
        """Byte offset of one vector."""
        return self.areas[name] + index * self.width * 8


class Code:
    """Instructions of one function, line by line."""

    def __init__(self, layout: Layout, uses: set[str]) -> None:
        self.layout, self.width, self.uses = layout, layout.width, uses
        self.vector = f"<{self.width} x double>"
        self.whole = f"<{self.width} x i64>"
        self.mask = f"<{self.width} x i1>"
        self.lines: list[str] = []
        self._count = 0
        self._block = "entry"

    # raw lines

    def add(self, text: str) -> Value:
        """An instruction that gives a value."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """An instruction that gives nothing."""
        self.lines.append(f"  {text}")

    def label(self) -> str:
        """A new label."""
        self._count += 1
        return f"b{self._count}"

    def start(self, label: str) -> None:
        """Begin the block of a label."""
        self.lines.append(f"{label}:")
        self._block = label

    def function(self, head: str, *, local: bool = True) -> str:
        """The whole function; `head` is its name and parameters."""
        linkage = "internal " if local else ""
        return "\n".join([f"define {linkage}void @{head} {{", "entry:", *self.lines, "  ret void", "}"])

    # constants

    def const(self, value: float) -> Value:
        """A number in all lanes."""
        return f"splat (double {number(value)})"

    # memory

    def pointer(self, base: str, offset: int | str) -> Value:
        """Address `offset` bytes from `base`."""
        return self.add(f"getelementptr i8, ptr {base}, i64 {offset}")

    def load(self, area: str, index: int = 0) -> Value:
        """A vector of an area."""
        return self.load_at(self.pointer("%ws", self.layout.at(area, index)))

    def load_at(self, pointer: Value) -> Value:
        """A vector at an address."""
        return self.add(f"load {self.vector}, ptr {pointer}, align {self.width * 8}")

    def store(self, value: Value, area: str, index: int = 0) -> None:
        """Put a vector into an area."""
        self.store_at(value, self.pointer("%ws", self.layout.at(area, index)))

    def store_at(self, value: Value, pointer: Value) -> None:
        """Put a vector at an address."""
        self.do(f"store {self.vector} {value}, ptr {pointer}, align {self.width * 8}")

    # arithmetic

    def op(self, name: str, *args: Value) -> Value:
        """fadd, fsub, fmul, fdiv or fneg."""
        return self.add(f"{name} {self.vector} {', '.join(args)}")

    def intrinsic(self, name: str, *args: Value) -> Value:
        """An LLVM intrinsic on vectors."""
        full = f"llvm.{name}.v{self.width}f64"
        self.uses.add(f"declare {self.vector} @{full}({', '.join([self.vector] * len(args))})")
        return self.add(f"call {self.vector} @{full}({', '.join(f'{self.vector} {arg}' for arg in args)})")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """A * b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def combination(self, weights: Sequence[float], values: Sequence[Value], start: Value | None = None) -> Value:
        """The sum of weights times values, and of `start` if there is one."""
        total = start
        for weight, value in zip(weights, values, strict=True):
            factor = self.const(float(weight))
            total = self.op("fmul", value, factor) if total is None else self.fma(value, factor, total)
        assert total is not None
        return total

    def compare(self, how: str, a: Value, b: Value) -> Value:
        """A mask."""
        return self.add(f"fcmp {how} {self.vector} {a}, {b}")

    def logic(self, how: str, a: Value, b: Value) -> Value:
        """``and``, ``or`` or ``xor`` of masks."""
        return self.add(f"{how} {self.mask} {a}, {b}")

    def invert(self, mask: Value) -> Value:
        """The opposite mask."""
        return self.logic("xor", mask, "splat (i1 true)")

    def select(self, mask: Value, a: Value, b: Value) -> Value:
        """`a` in the lanes of the mask, else `b`."""
        return self.add(f"select {self.mask} {mask}, {self.vector} {a}, {self.vector} {b}")

    def invert_bit(self, condition: Value) -> Value:
        """The opposite of one truth value."""
        return self.add(f"xor i1 {condition}, true")

    def any(self, mask: Value) -> Value:
        """Whether a mask holds in any lane."""
        bits = self.add(f"bitcast {self.mask} {mask} to i{self.width}")
        return self.add(f"icmp ne i{self.width} {bits}, 0")

    def smaller(self, a: Value, b: Value) -> Value:
        """The smaller of two; `b` where one is NaN."""
        return self.select(self.compare("olt", a, b), a, b)

    def larger(self, a: Value, b: Value) -> Value:
        """The larger of two; `b` where one is NaN."""
        return self.select(self.compare("ogt", a, b), a, b)

    # control

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Instructions that are done where a condition holds (it is one truth value, not a mask)."""
        inside, after = self.label(), self.label()
        self.do(f"br i1 {condition}, label %{inside}, label %{after}")
        self.start(inside)
        yield
        self.do(f"br label %{after}")
        self.start(after)

    @contextmanager
    def loop(self, count: int | Value) -> Iterator[Value]:
        """Instructions that are repeated for 0 .. count-1; gives the running number."""
        head, body, after = self.label(), self.label(), self.label()
        before = self._block
        self._count += 1
        index, following = f"%i{self._count}", f"%n{self._count}"
        self.do(f"br label %{head}")
        self.start(head)
        place = len(self.lines)
        self.lines.append("")
        inside = self.add(f"icmp slt i64 {index}, {count}")
        self.do(f"br i1 {inside}, label %{body}, label %{after}")
        self.start(body)
        yield index
        self.lines.append(f"  {following} = add i64 {index}, 1")
        self.lines[place] = f"  {index} = phi i64 [0, %{before}], [{following}, %{self._block}]"
        self.do(f"br label %{head}")
        self.start(after)

    @contextmanager
    def forever(self) -> Iterator[str]:
        """Instructions that are repeated until `leave`; gives the label behind them."""
        head, after = self.label(), self.label()
        self.do(f"br label %{head}")
        self.start(head)
        yield after
        self.do(f"br label %{head}")
        self.start(after)

    def leave(self, condition: Value, after: str) -> None:
        """Go to `after` where a condition holds."""
        on = self.label()
        self.do(f"br i1 {condition}, label %{after}, label %{on}")
        self.start(on)

    # elementary functions

    def exp(self, x: Value) -> Value:
        """The exponential function; 0 or infinity where the result is no normal number."""
        near = self.larger(self.const(-_FAR), self.smaller(self.const(_FAR), x))
        shifted = self.fma(near, self.const(1.4426950408889634), self.const(MAGIC))
        turns = self.op("fsub", shifted, self.const(MAGIC))
        rest = self.fma(turns, self.const(-_LN2_HIGH), near)
        rest = self.fma(turns, self.const(-_LN2_LOW), rest)
        return self._scaled(self.polynomial(rest, _EXP), turns, shifted)

    def _scaled(self, x: Value, turns: Value, shifted: Value) -> Value:
        """X, which is near 1, times 2^turns; `shifted` holds `turns` in its low bits."""
        if self.layout.native:
            name = "llvm.x86.avx512.mask.scalef.pd.512"
            self.uses.add(f"declare {self.vector} @{name}({self.vector}, {self.vector}, {self.vector}, i8, i32)")
            whole = f"{self.vector} {x}, {self.vector} {turns}, {self.vector} {x}, i8 -1, i32 4"
            scaled = self.add(f"call {self.vector} @{name}({whole})")
        else:
            bits = self.add(f"bitcast {self.vector} {shifted} to {self.whole}")
            exponent = self.add(f"shl {self.whole} {bits}, splat (i64 52)")
            half = self.add(f"add {self.whole} {exponent}, splat (i64 {1022 << 52})")  # so that n = 1024 fits
            factor = self.add(f"bitcast {self.whole} {half} to {self.vector}")
            scaled = self.op("fmul", self.op("fmul", x, factor), self.const(2.0))
        below, above = self.compare("olt", turns, self.const(-1020.0)), self.compare("ogt", turns, self.const(1024.0))
        scaled = self.select(below, self.const(0.0), scaled)
        return self.select(above, self.const(float("inf")), scaled)

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """A polynomial with rising powers."""
        total = self.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.fma(total, x, self.const(coefficient))
        return total

    def log(self, x: Value) -> Value:
        """The natural logarithm: -infinity at 0, NaN below."""
        value = self.log_of_size(self.intrinsic("fabs", x))
        return self.select(self.compare("olt", x, self.const(0.0)), self.const(float("nan")), value)

    def log_of_size(self, x: Value) -> Value:
        """The natural logarithm of a number that is not negative."""
        exponent, mantissa = self._parts(x)
        s = self.op("fdiv", self.op("fsub", mantissa, self.const(1.0)), self.op("fadd", mantissa, self.const(1.0)))
        z = self.op("fmul", s, s)
        low = self.op("fmul", exponent, self.const(_LN2_LOW))
        tail = self.fma(self.op("fmul", s, z), self.polynomial(z, _LOG), low)
        return self.fma(exponent, self.const(_LN2_HIGH), self.op("fadd", self.op("fadd", s, s), tail))

    def _parts(self, x: Value) -> tuple[Value, Value]:
        """Exponent, and mantissa between 3/4 and 3/2; infinity, NaN and 0 have them as exponent."""
        low = self.const(1.0)
        if self.layout.native:
            vector, get = self.vector, "llvm.x86.avx512.mask.get"
            self.uses.add(f"declare {vector} @{get}exp.pd.512({vector}, {vector}, i8, i32)")
            self.uses.add(f"declare {vector} @{get}mant.pd.512({vector}, i32, {vector}, i8, i32)")
            exponent = self.add(f"call {vector} @{get}exp.pd.512({vector} {x}, {vector} {x}, i8 -1, i32 4)")
            mantissa = self.add(f"call {vector} @{get}mant.pd.512({vector} {x}, i32 3, {vector} {x}, i8 -1, i32 4)")
            raised = self.op("fadd", exponent, low)
            return self.select(self.compare("olt", mantissa, low), raised, exponent), mantissa
        small = self.compare("olt", x, self.const(2.2250738585072014e-308))
        scaled = self.select(small, self.op("fmul", x, self.const(2.0**54)), x)
        bits = self.add(f"bitcast {self.vector} {scaled} to {self.whole}")
        raised = self.add(f"lshr {self.whole} {bits}, splat (i64 52)")
        raised = self.add(f"or {self.whole} {raised}, splat (i64 {0x4330000000000000})")
        exponent = self.add(f"bitcast {self.whole} {raised} to {self.vector}")
        exponent = self.op("fsub", exponent, self.const(2.0**52 + 1023))
        exponent = self.select(small, self.op("fsub", exponent, self.const(54.0)), exponent)
        mantissa = self.add(f"and {self.whole} {bits}, splat (i64 {0x000FFFFFFFFFFFFF})")
        mantissa = self.add(f"or {self.whole} {mantissa}, splat (i64 {0x3FF0000000000000})")
        mantissa = self.add(f"bitcast {self.whole} {mantissa} to {self.vector}")
        above = self.compare("oge", mantissa, self.const(1.5))
        mantissa = self.select(above, self.op("fmul", mantissa, self.const(0.5)), mantissa)
        exponent = self.select(above, self.op("fadd", exponent, low), exponent)
        finite = self.compare("olt", x, self.const(float("inf")))
        exponent = self.select(finite, exponent, x)
        return self.select(self.compare("oeq", x, self.const(0.0)), self.const(float("-inf")), exponent), mantissa

    def power(self, x: Value, y: Value, log_of_size: Value, below: Value | None) -> Value:
        """x^y from the logarithm of |x|; `below` for negative x and fractional y, or -|x|^y where it is None."""
        least = self.larger(self.const(-1.7976931348623157e308), log_of_size)  # 0^0 is 1
        size = self.exp(self.op("fmul", y, least))
        negative = self.compare("olt", x, self.const(0.0))
        with self.choice(self.any(negative), size) as chosen:
            half = self.op("fmul", y, self.const(0.5))
            odd = self.compare("one", self.intrinsic("rint", half), half)
            opposite = self.op("fneg", size)
            signed = self.select(odd, opposite, size)
            other = self.select(self.whole_numbers(y), signed, opposite if below is None else below)
            chosen.append(self.select(negative, other, size))
        return chosen[-1]

    @contextmanager
    def choice(self, condition: Value, otherwise: Value) -> Iterator[list[Value]]:
        """Instructions for a value, done where a condition holds; they append it, and then the result is last."""
        inside, after = self.label(), self.label()
        before = self._block
        self.do(f"br i1 {condition}, label %{inside}, label %{after}")
        self.start(inside)
        chosen: list[Value] = []
        yield chosen
        self.do(f"br label %{after}")
        ended = self._block
        self.start(after)
        chosen.append(self.add(f"phi {self.vector} [{chosen[-1]}, %{ended}], [{otherwise}, %{before}]"))

    def whole_numbers(self, x: Value) -> Value:
        """Where a number is whole."""
        return self.compare("oeq", self.intrinsic("rint", x), x)

    def each(self, function: str, x: Value) -> Value:
        """A function of the C library, lane by lane."""
        self.uses.add(f"declare double @{function}(double)")
        result = "poison"
        for lane in range(self.width):
            one = self.add(f"extractelement {self.vector} {x}, i64 {lane}")
            value = self.add(f"call double @{function}(double {one})")
            result = self.add(f"insertelement {self.vector} {result}, double {value}, i64 {lane}")
        return result
