"""Expression graphs to instructions: each node once, products taken into sums, powers with their zeros and signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from euthymia.engine.batch.emit import Code, Value
from euthymia.engine.batch.graph import BOOLEAN, Graph, Node

Roots = Literal["strict", "smooth", "guarded"]
"""What a fractional power of a negative number is.

``strict``: NaN. ``smooth``: -|x|^p, for trial states, which may lie below zero where the solution does not.
``guarded``: 0 where the number is zero within the tolerances, else NaN.
"""


class Expressions:
    """Turns nodes of a graph into instructions; each node once.

    With `fuse`, a product that is used once is rounded together with its sum. Without, the bits of a node do not depend
    on which other nodes are asked for.
    """

    def __init__(
        self,
        code: Code,
        graph: Graph,
        load: Callable[[str], Value],
        made: dict[Node, Value],
        *,
        roots: Roots = "strict",
        margins: Mapping[Node, Node] | None = None,
        fuse: bool = True,
    ) -> None:
        self.code, self.graph, self.load, self.made, self.fuse = code, graph, load, made, fuse
        self.roots, self.margins = roots, margins or {}
        self._logs: dict[Node, Value] = {}
        self._powers: dict[tuple[Node, Node], Value] = {}
        self._uses: Counter[Node] = Counter()

    def values(self, roots: Sequence[Node]) -> Iterator[Value]:
        """Instructions for some nodes and all they need, node after node: what is used soon after is still at hand."""
        needed = self._needed(roots)
        self._uses.update(arg for node in needed for arg in self.graph.args[node])
        self._uses.update(roots)
        for root in roots:
            for node in self._needed([root]):
                if not self._fused(node):
                    self.made[node] = self._make(node)
            yield self._value(root)

    def _needed(self, roots: Sequence[Node]) -> list[Node]:
        seen: set[Node] = set()
        stack = [root for root in roots if root not in self.made]
        while stack:
            node = stack.pop()
            if node not in seen and node not in self.made:
                seen.add(node)
                stack.extend(self.graph.args[node])
        return sorted(seen)

    def _fused(self, node: Node) -> bool:
        """Whether a product is used once only, so that its sum can take it in; made where it is used."""
        return self.fuse and self.graph.ops[node] == "mul" and self._uses[node] == 1 and node not in self.made

    def _value(self, node: Node) -> Value:
        if node not in self.made:
            self.made[node] = self._make(node)
        return self.made[node]

    def _make(self, node: Node) -> Value:
        op, args, code = self.graph.ops[node], self.graph.args[node], self.code
        if op == "const":
            return code.const(self.graph.values[node])
        if op == "symbol":
            return self.load(self.graph.names[node])
        if op in ("add", "sub"):
            return self._sum(op, *args)
        if op in BOOLEAN:
            return self._truth(op, [self._value(arg) for arg in args])
        if op in ("pow", "slope"):
            return self._power(op, *args)
        if op == "sqrt":
            return self._square_root(*args)
        return self._function(op, [self._value(arg) for arg in args])

    def _sum(self, op: str, a: Node, b: Node) -> Value:
        code = self.code
        if self._fused(b):
            x, y = (self._value(arg) for arg in self.graph.args[b])
            if op == "sub":
                x = code.op("fneg", x)
            return code.fma(x, y, self._value(a))
        if self._fused(a):
            x, y = (self._value(arg) for arg in self.graph.args[a])
            rest = self._value(b)
            return code.fma(x, y, code.op("fneg", rest) if op == "sub" else rest)
        return code.op("fadd" if op == "add" else "fsub", self._value(a), self._value(b))

    def _truth(self, op: str, args: list[Value]) -> Value:
        if op in ("true", "false"):
            return f"splat (i1 {op})"
        if op == "not":
            return self.code.invert(args[0])
        if op in ("and", "or"):
            return self.code.logic(op, *args)
        return self.code.compare({"lt": "olt", "le": "ole", "eq": "oeq"}[op], *args)

    def _power(self, op: str, base: Node, exponent: Node) -> Value:
        code, x, y = self.code, self._value(base), self._value(exponent)
        if (base, exponent) not in self._powers:
            if base not in self._logs:
                self._logs[base] = code.log_of_size(code.intrinsic("fabs", x))
            self._powers[base, exponent] = code.power(x, y, self._logs[base], self._below(base, x))
        power = self._powers[base, exponent]
        if op == "pow":
            return power
        one, zero = code.const(1.0), code.const(0.0)
        value = code.op("fdiv", code.op("fmul", y, power), x)
        # Below power 1 the slope is infinite at 0: there the step sees none, and the error estimate sees to the rest.
        floor = code.select(code.compare("olt", y, one), code.load("ATOL"), zero)
        at_zero = code.select(code.compare("oeq", y, one), one, zero)
        return code.select(code.compare("ogt", code.intrinsic("fabs", x), floor), value, at_zero)

    def _below(self, base: Node, x: Value) -> Value | None:
        """A fractional power of a negative number; None for the odd continuation."""
        code = self.code
        if self.roots == "smooth":
            return None
        if self.roots == "strict" or base not in self.margins:
            return code.const(float("nan"))
        near = code.compare("oge", x, code.op("fneg", self._within(self.margins[base])))
        return code.select(near, code.const(0.0), code.const(float("nan")))

    def _within(self, margin: Node) -> Value:
        return next(self.values([margin]))

    def _square_root(self, argument: Node) -> Value:
        code, x = self.code, self._value(argument)
        if self.roots == "strict":
            return code.intrinsic("sqrt", x)
        size = code.intrinsic("sqrt", code.intrinsic("fabs", x))
        below = self._below(argument, x)
        negative = code.compare("olt", x, code.const(0.0))
        return code.select(negative, code.op("fneg", size) if below is None else below, size)

    def _function(self, op: str, args: list[Value]) -> Value:
        code, x = self.code, args[0]
        if op in ("min", "max"):
            return code.select(code.compare("ole" if op == "min" else "oge", x, args[1]), x, args[1])
        simple: dict[str, Callable[[], Value]] = {
            "mul": lambda: code.op("fmul", x, args[1]),
            "neg": lambda: code.op("fneg", x),
            "recip": lambda: code.op("fdiv", code.const(1.0), x),
            "select": lambda: code.select(x, args[1], args[2]),
            "abs": lambda: code.intrinsic("fabs", x),
            "floor": lambda: code.intrinsic("floor", x),
            "ceil": lambda: code.intrinsic("ceil", x),
            "exp": lambda: code.exp(x),
            "log": lambda: code.log(x),
            "gamma": lambda: code.each("tgamma", x),
        }
        return simple[op]() if op in simple else code.each(op, x)
