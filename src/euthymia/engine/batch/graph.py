"""Expressions as one hash-consed graph: equal expressions are one node, so nothing is computed twice.

A node is an index into the graph. Numbers are 64-bit floats; truth values are nodes of their own kind (`BOOLEAN`).
Quotients are products with reciprocals, so that a derivative shares the division of its expression.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Node = int

UNARY: Final = (
    "neg", "recip", "sqrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "abs",
    "floor", "ceil", "gamma",
)  # fmt: skip
"""Functions of one number."""
BINARY: Final = ("add", "sub", "mul", "pow", "slope", "min", "max")
"""Functions of two numbers; ``slope(x, p)`` is the derivative p x^(p-1) of a power, 0 at x = 0 where it is infinite."""
RELATIONS: Final = ("lt", "le", "eq")
"""Of two numbers, giving a truth value."""
LOGIC: Final = ("and", "or", "not")
"""Of truth values, giving a truth value."""
BOOLEAN: Final = frozenset({*RELATIONS, *LOGIC, "true", "false"})
_COMMUTES: Final = frozenset({"add", "mul", "min", "max", "eq", "and", "or"})
_MAX_POWER: Final = 16
"""Whole-number powers up to this are written as products."""


@dataclass
class Graph:
    """All expressions of one model.

    Attributes
    ----------
    ops
        For each node its operation: ``const``, ``symbol``, ``select`` or one of the tuples of this module.
    args
        For each node its arguments: nodes; for ``const`` nothing, for ``symbol`` nothing.
    values
        Value of each ``const`` node.
    names
        Name of each ``symbol`` node.
    """

    ops: list[str] = field(default_factory=list)
    args: list[tuple[Node, ...]] = field(default_factory=list)
    values: dict[Node, float] = field(default_factory=dict)
    names: dict[Node, str] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Node] = field(default_factory=dict)
    _gradients: dict[tuple[Node, frozenset[Node]], dict[Node, Node]] = field(default_factory=dict)

    def _node(self, op: str, *args: Node) -> Node:
        if op in _COMMUTES and args[0] > args[1]:
            args = (args[1], args[0])
        key = (op, *args)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.ops)
            self.ops.append(op)
            self.args.append(args)
        return found

    def const(self, value: float) -> Node:
        """A number."""
        key = ("const", math.copysign(1.0, value), "nan" if math.isnan(value) else value)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.ops)
            self.ops.append("const")
            self.args.append(())
            self.values[found] = float(value)
        return found

    def symbol(self, name: str) -> Node:
        """A quantity that is known at run time."""
        key = ("symbol", name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.ops)
            self.ops.append("symbol")
            self.args.append(())
            self.names[found] = name
        return found

    def is_const(self, node: Node, value: float | None = None) -> bool:
        """Whether a node is a number (this number)."""
        return node in self.values and (value is None or self.values[node] == value)

    def is_boolean(self, node: Node) -> bool:
        """Whether a node is a truth value."""
        return self.ops[node] in BOOLEAN

    # numbers

    def add(self, a: Node, b: Node) -> Node:
        """A sum."""
        if self.is_const(a) and self.is_const(b):
            return self.const(self.values[a] + self.values[b])
        if self.is_const(a, 0.0):
            return b
        if self.is_const(b, 0.0):
            return a
        if self.ops[b] == "neg":
            return self.sub(a, self.args[b][0])
        if self.ops[a] == "neg":
            return self.sub(b, self.args[a][0])
        return self._node("add", a, b)

    def sub(self, a: Node, b: Node) -> Node:
        """A difference."""
        if self.is_const(a) and self.is_const(b):
            return self.const(self.values[a] - self.values[b])
        if self.is_const(b, 0.0):
            return a
        if self.is_const(a, 0.0):
            return self.neg(b)
        if a == b:
            return self.const(0.0)
        if self.ops[b] == "neg":
            return self.add(a, self.args[b][0])
        return self._node("sub", a, b)

    def neg(self, a: Node) -> Node:
        """The opposite number."""
        if self.is_const(a):
            return self.const(-self.values[a])
        if self.ops[a] == "neg":
            return self.args[a][0]
        if self.ops[a] == "sub":
            return self.sub(self.args[a][1], self.args[a][0])
        return self._node("neg", a)

    def mul(self, a: Node, b: Node) -> Node:
        """A product; a factor 0 makes it 0."""
        if self.is_const(a) and self.is_const(b):
            return self.const(self.values[a] * self.values[b])
        if self.is_const(b):
            a, b = b, a
        if self.is_const(a, 0.0):
            return self.const(0.0)
        if self.is_const(a, 1.0):
            return b
        if self.is_const(a, -1.0):
            return self.neg(b)
        if self.ops[a] == "neg":
            return self.neg(self.mul(self.args[a][0], b))
        if self.ops[b] == "neg":
            return self.neg(self.mul(a, self.args[b][0]))
        return self._node("mul", a, b)

    def recip(self, a: Node) -> Node:
        """1 / a."""
        if self.is_const(a):
            value = self.values[a]
            return self.const(1.0 / value if value else math.copysign(math.inf, value))
        if self.ops[a] == "recip":
            return self.args[a][0]
        return self._node("recip", a)

    def div(self, a: Node, b: Node) -> Node:
        """A quotient."""
        if self.is_const(a) and self.is_const(b) and self.values[b]:
            return self.const(self.values[a] / self.values[b])
        if a == b and not self.is_const(b):
            return self.const(1.0)
        return self.mul(a, self.recip(b))

    def pow(self, a: Node, b: Node) -> Node:
        """A power."""
        if self.is_const(a) and self.is_const(b):
            return self.const(_power(self.values[a], self.values[b]))
        if self.is_const(b):
            exponent = self.values[b]
            if exponent == int(exponent) if math.isfinite(exponent) else False:
                if 0 <= exponent <= _MAX_POWER:
                    return self._whole_power(a, int(exponent))
                if -_MAX_POWER <= exponent < 0:
                    return self.recip(self._whole_power(a, int(-exponent)))
            if exponent == 0.5:
                return self.call("sqrt", a)
        return self._node("pow", a, b)

    def _whole_power(self, a: Node, exponent: int) -> Node:
        if exponent == 0:
            return self.const(1.0)
        half = self._whole_power(a, exponent // 2)
        square = self.mul(half, half)
        return self.mul(square, a) if exponent % 2 else square

    def slope(self, a: Node, b: Node) -> Node:
        """The derivative of a^b by a."""
        if self.is_const(b):
            exponent = self.values[b]
            if exponent >= 1.0:
                return self.mul(b, self.pow(a, self.const(exponent - 1.0)))
        return self._node("slope", a, b)

    def call(self, op: str, *args: Node) -> Node:
        """A function of numbers, by the name of its operation."""
        own: dict[str, Callable[..., Node]] = {
            "add": self.add, "sub": self.sub, "mul": self.mul, "neg": self.neg, "recip": self.recip,
            "pow": self.pow, "slope": self.slope,
        }  # fmt: skip
        if op in own:
            return own[op](*args)
        if all(self.is_const(arg) for arg in args):
            return self.const(apply(op, *(self.values[arg] for arg in args)))
        if op in ("min", "max") and args[0] == args[1]:
            return args[0]
        return self._node(op, *args)

    # truth values

    def boolean(self, value: bool) -> Node:
        """True or false."""
        return self._node("true" if value else "false")

    def relation(self, op: str, a: Node, b: Node) -> Node:
        """``lt``, ``le`` or ``eq`` of two numbers."""
        if self.is_const(a) and self.is_const(b):
            return self.boolean(apply(op, self.values[a], self.values[b]) != 0.0)
        return self._node(op, a, b)

    def both(self, a: Node, b: Node) -> Node:
        """Logical and."""
        for one, other in ((a, b), (b, a)):
            if self.ops[one] == "true":
                return other
            if self.ops[one] == "false":
                return one
        return a if a == b else self._node("and", a, b)

    def either(self, a: Node, b: Node) -> Node:
        """Logical or."""
        for one, other in ((a, b), (b, a)):
            if self.ops[one] == "false":
                return other
            if self.ops[one] == "true":
                return one
        return a if a == b else self._node("or", a, b)

    def invert(self, a: Node) -> Node:
        """Logical not."""
        if self.ops[a] in ("true", "false"):
            return self.boolean(self.ops[a] == "false")
        if self.ops[a] == "not":
            return self.args[a][0]
        return self._node("not", a)

    def select(self, condition: Node, a: Node, b: Node) -> Node:
        """`a` where `condition` holds, else `b`; both are numbers."""
        if self.ops[condition] == "true" or a == b:
            return a
        if self.ops[condition] == "false":
            return b
        if self.ops[condition] == "not":
            return self.select(self.args[condition][0], b, a)
        return self._node("select", condition, a, b)

    # whole graphs

    def order(self, roots: Iterable[Node]) -> list[Node]:
        """The nodes that `roots` need, each after its arguments."""
        seen: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack.extend(self.args[node])
        return sorted(seen)  # arguments are always made before

    def rebuild(self, roots: Sequence[Node], replaced: Mapping[Node, Node]) -> list[Node]:
        """`roots` with some nodes replaced by others, simplified again."""
        made: dict[Node, Node] = dict(replaced)
        for node in self.order(roots):
            if node not in made:
                new = tuple(made[arg] for arg in self.args[node])
                made[node] = node if new == self.args[node] else self.make(self.ops[node], new)
        return [made[root] for root in roots]

    def make(self, op: str, args: tuple[Node, ...]) -> Node:
        """Any operation, by its name."""
        if op in RELATIONS:
            return self.relation(op, *args)
        logic: dict[str, Callable[..., Node]] = {
            "and": self.both,
            "or": self.either,
            "not": self.invert,
            "select": self.select,
        }
        return logic[op](*args) if op in logic else self.call(op, *args)

    def gradient(self, node: Node, by: frozenset[Node]) -> dict[Node, Node]:
        """Partial derivatives of a number by the symbols `by`; those that are zero everywhere are left out."""
        for one in self.order([node]):
            if (one, by) not in self._gradients:
                self._gradients[one, by] = self._gradient(one, by)
        return self._gradients[node, by]

    def _gradient(self, node: Node, by: frozenset[Node]) -> dict[Node, Node]:
        op, args = self.ops[node], self.args[node]
        if op == "symbol":
            return {node: self.const(1.0)} if node in by else {}
        if op in BOOLEAN or op == "const":
            return {}
        inner = [{} if self.is_boolean(arg) else self._gradients[arg, by] for arg in args]
        if not any(inner):
            return {}
        total: dict[Node, Node] = {}
        if op == "select":
            zero = self.const(0.0)
            for key in dict.fromkeys([*inner[1], *inner[2]]):
                total[key] = self.select(args[0], inner[1].get(key, zero), inner[2].get(key, zero))
        else:
            for partial, gradient in zip(self._partials(node), inner, strict=True):
                for key, value in gradient.items():
                    term = self.mul(partial(), value)
                    total[key] = self.add(total[key], term) if key in total else term
        return {key: value for key, value in total.items() if not self.is_const(value, 0.0)}

    def _partials(self, node: Node) -> list[Callable[[], Node]]:
        """For each argument of a node, what makes the derivative by it."""
        op, args = self.ops[node], self.args[node]
        one, x = self.const(1.0), args[0]
        if len(args) == 2:
            y = args[1]
            binary: dict[str, list[Callable[[], Node]]] = {
                "add": [lambda: one, lambda: one],
                "sub": [lambda: one, lambda: self.const(-1.0)],
                "mul": [lambda: y, lambda: x],
                "pow": [lambda: self.slope(x, y), lambda: self._by_exponent(node, x)],
                "slope": [
                    lambda: self.mul(y, self.slope(x, self.sub(y, one))),
                    lambda: self.add(
                        self.pow(x, self.sub(y, one)), self.mul(y, self._by_exponent(self.pow(x, self.sub(y, one)), x))
                    ),
                ],
                "min": [lambda: self._truth(self.relation("le", x, y)), lambda: self._truth(self.relation("lt", y, x))],
                "max": [lambda: self._truth(self.relation("le", y, x)), lambda: self._truth(self.relation("lt", x, y))],
            }
            return binary[op]
        minus_square = self.sub(one, self.mul(x, x)) if op in ("asin", "acos") else one
        unary: dict[str, Callable[[], Node]] = {
            "neg": lambda: self.const(-1.0),
            "recip": lambda: self.neg(self.mul(node, node)),
            "sqrt": lambda: self.slope(x, self.const(0.5)),
            "exp": lambda: node,
            "log": lambda: self.recip(x),
            "sin": lambda: self.call("cos", x),
            "cos": lambda: self.neg(self.call("sin", x)),
            "tan": lambda: self.add(one, self.mul(node, node)),
            "asin": lambda: self.recip(self.call("sqrt", minus_square)),
            "acos": lambda: self.neg(self.recip(self.call("sqrt", minus_square))),
            "atan": lambda: self.recip(self.add(one, self.mul(x, x))),
            "sinh": lambda: self.call("cosh", x),
            "cosh": lambda: self.call("sinh", x),
            "tanh": lambda: self.sub(one, self.mul(node, node)),
            "abs": lambda: self.select(self.relation("lt", x, self.const(0.0)), self.const(-1.0), one),
            "floor": lambda: self.const(0.0),
            "ceil": lambda: self.const(0.0),
            "gamma": lambda: self.const(math.nan),
        }
        return [unary[op]]

    def _by_exponent(self, power: Node, base: Node) -> Node:
        """Derivative of a power by its exponent: power * log(base), 0 at base 0."""
        zero, tiny = self.const(0.0), self.const(1e-300)
        return self.select(
            self.relation("lt", tiny, base), self.mul(power, self.call("log", self.call("max", base, tiny))), zero
        )

    def _truth(self, condition: Node) -> Node:
        return self.select(condition, self.const(1.0), self.const(0.0))

    def evaluate(self, roots: Sequence[Node], known: Mapping[str, float]) -> list[float]:
        """Values of nodes, one number after another with Python's own mathematics; truth values as 1 and 0."""
        values: dict[Node, float] = {}
        for node in self.order(roots):
            op = self.ops[node]
            if op == "const":
                values[node] = self.values[node]
            elif op == "symbol":
                values[node] = known[self.names[node]]
            else:
                values[node] = apply(op, *(values[arg] for arg in self.args[node]))
        return [values[root] for root in roots]

    def text(self, node: Node, names: Mapping[Node, str] | None = None) -> str:
        """An expression as text for people; nodes in `names` are written as their names."""
        return _text(self, node, names or {})


def _power(a: float, b: float) -> float:
    if a < 0.0 and not float(b).is_integer():
        return math.nan
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and float(b) % 2 else math.inf
    except ValueError:  # 0 to a negative power
        return math.inf


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    def safe(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return safe


def _exact(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(function(x)) if math.isfinite(x) else x


def _slope(x: float, p: float) -> float:
    if x == 0.0:
        return 1.0 if p == 1.0 else 0.0
    return p * _power(x, p - 1.0)


_FUNCTIONS: Final[dict[str, Callable[..., float]]] = {
    "neg": lambda x: -x,
    "recip": lambda x: 1.0 / x if x else math.copysign(math.inf, x),
    "sqrt": _guarded(math.sqrt),
    "exp": _guarded(math.exp),
    "log": lambda x: -math.inf if x == 0.0 else _guarded(math.log)(x),
    "sin": _guarded(math.sin),
    "cos": _guarded(math.cos),
    "tan": _guarded(math.tan),
    "asin": _guarded(math.asin),
    "acos": _guarded(math.acos),
    "atan": math.atan,
    "sinh": lambda x: math.copysign(_guarded(math.sinh)(abs(x)), x),
    "cosh": _guarded(math.cosh),
    "tanh": math.tanh,
    "abs": abs,
    "floor": _exact(math.floor),
    "ceil": _exact(math.ceil),
    "gamma": _guarded(math.gamma),
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "pow": _power,
    "slope": _slope,
    "min": lambda x, y: x if x <= y else y,
    "max": lambda x, y: x if x >= y else y,
    "lt": lambda x, y: float(x < y),
    "le": lambda x, y: float(x <= y),
    "eq": lambda x, y: float(x == y),
    "and": lambda x, y: float(bool(x) and bool(y)),
    "or": lambda x, y: float(bool(x) or bool(y)),
    "not": lambda x: float(not x),
    "true": lambda: 1.0,
    "false": lambda: 0.0,
    "select": lambda c, x, y: x if c else y,
}


def apply(op: str, *args: float) -> float:
    """An operation done on numbers; undefined results are NaN, as in IEEE arithmetic."""
    return float(_FUNCTIONS[op](*args))


_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "lt": "<", "le": "<=", "eq": "==", "and": "and", "or": "or"}


def _text(graph: Graph, node: Node, names: Mapping[Node, str]) -> str:
    if node in names:
        return names[node]
    op, args = graph.ops[node], graph.args[node]
    if op == "const":
        return f"{graph.values[node]:.12g}"
    if op == "symbol":
        return graph.names[node]
    inner = [_text(graph, arg, names) for arg in args]
    if op == "mul" and graph.ops[args[1]] == "recip" and args[1] not in names:
        return f"{inner[0]} / ({_text(graph, graph.args[args[1]][0], names)})"
    if op in _SIGNS:
        return f"({inner[0]} {_SIGNS[op]} {inner[1]})"
    if op == "neg":
        return f"-{inner[0]}"
    if op == "recip":
        return f"1 / ({inner[0]})"
    return f"{op}({', '.join(inner)})"
