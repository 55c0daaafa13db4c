"""Content MathML -> nodes of a graph, as SBML level 3 version 2 means it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, Final, NoReturn

import libsbml

from euthymia.engine.batch.graph import Graph, Node
from euthymia.errors import BrokenModelError, ModelError, Problem, suggestion
from euthymia.words import msg

AVOGADRO: Final = 6.02214179e23
"""Value of the csymbol avogadro (SBML level 3 version 2, section 3.4.6; CODATA 2006)."""

Lookup = Callable[[str], Node]
"""Node of a name; raises `KeyError` where the name is not defined."""

_PLAIN: Final = {
    libsbml.AST_FUNCTION_ABS: "abs", libsbml.AST_FUNCTION_ARCCOS: "acos", libsbml.AST_FUNCTION_ARCSIN: "asin",
    libsbml.AST_FUNCTION_ARCTAN: "atan", libsbml.AST_FUNCTION_CEILING: "ceil", libsbml.AST_FUNCTION_COS: "cos",
    libsbml.AST_FUNCTION_COSH: "cosh", libsbml.AST_FUNCTION_EXP: "exp", libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_LN: "log", libsbml.AST_FUNCTION_SIN: "sin", libsbml.AST_FUNCTION_SINH: "sinh",
    libsbml.AST_FUNCTION_TAN: "tan", libsbml.AST_FUNCTION_TANH: "tanh",
}  # fmt: skip
"""Functions that the graph knows by themselves."""
_OF_RECIPROCAL: Final = {
    libsbml.AST_FUNCTION_ARCSEC: libsbml.AST_FUNCTION_ARCCOS,
    libsbml.AST_FUNCTION_ARCCSC: libsbml.AST_FUNCTION_ARCSIN,
    libsbml.AST_FUNCTION_ARCCOT: libsbml.AST_FUNCTION_ARCTAN,
    libsbml.AST_FUNCTION_ARCSECH: libsbml.AST_FUNCTION_ARCCOSH,
    libsbml.AST_FUNCTION_ARCCSCH: libsbml.AST_FUNCTION_ARCSINH,
    libsbml.AST_FUNCTION_ARCCOTH: libsbml.AST_FUNCTION_ARCTANH,
}
"""f(x) = g(1 / x)."""
_RECIPROCAL_OF: Final = {
    libsbml.AST_FUNCTION_SEC: "cos", libsbml.AST_FUNCTION_CSC: "sin", libsbml.AST_FUNCTION_COT: "tan",
    libsbml.AST_FUNCTION_SECH: "cosh", libsbml.AST_FUNCTION_CSCH: "sinh", libsbml.AST_FUNCTION_COTH: "tanh",
}  # fmt: skip
"""f(x) = 1 / g(x)."""
_RELATIONS: Final = {
    libsbml.AST_RELATIONAL_EQ: ("eq", False), libsbml.AST_RELATIONAL_LT: ("lt", False),
    libsbml.AST_RELATIONAL_LEQ: ("le", False), libsbml.AST_RELATIONAL_GT: ("lt", True),
    libsbml.AST_RELATIONAL_GEQ: ("le", True),
}  # fmt: skip
"""The graph's relation, and whether its sides are exchanged."""


class Mathematics:
    """Reads the mathematics of one model.

    Parameters
    ----------
    graph
        Takes the nodes.
    functions
        For each function definition of the model its lambda.
    derivative
        Gives the derivative of a node by time, for rateOf.
    """

    def __init__(self, graph: Graph, functions: Mapping[str, Any], derivative: Callable[[Node], Node]) -> None:
        self.graph = graph
        self.functions = functions
        self.derivative = derivative
        self._calling: list[str] = []

    def number(self, ast: Any, lookup: Lookup, place: str) -> Node:
        """The number that an expression is; a truth value counts as 1 or 0."""
        return self._number(self._read(ast, lookup, place))

    def truth(self, ast: Any, lookup: Lookup, place: str) -> Node:
        """The truth value that an expression is; a number counts as true unless it is 0."""
        return self._truth(self._read(ast, lookup, place))

    def _number(self, node: Node) -> Node:
        graph = self.graph
        return graph.select(node, graph.const(1.0), graph.const(0.0)) if graph.is_boolean(node) else node

    def _truth(self, node: Node) -> Node:
        graph = self.graph
        if graph.is_boolean(node):
            return node
        if graph.ops[node] == "select":
            condition, a, b = graph.args[node]
            met = graph.both(condition, self._truth(a))
            return graph.either(met, graph.both(graph.invert(condition), self._truth(b)))
        return graph.invert(graph.relation("eq", node, graph.const(0.0)))

    def _read(self, root: Any, lookup: Lookup, place: str) -> Node:
        """The nodes of a tree, each after its children, without recursion."""
        made: list[Node] = []
        stack = [(root, False)]
        while stack:
            ast, ready = stack.pop()
            count = ast.getNumChildren()
            if ready or not count:
                inner = made[len(made) - count :]
                del made[len(made) - count :]
                made.append(self._node(ast, inner, lookup, place))
            else:
                stack.append((ast, True))
                stack.extend((ast.getChild(index), False) for index in reversed(range(count)))
        return made[0]

    def _node(self, ast: Any, args: list[Node], lookup: Lookup, place: str) -> Node:
        kind = ast.getType()
        if kind == libsbml.AST_NAME:
            return self._name(ast.getName(), lookup, place)
        if kind == libsbml.AST_FUNCTION:
            return self._call(ast.getName(), args, place)
        if kind == libsbml.AST_NAME_TIME:
            return self.graph.symbol("time")
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(args)
        made = self._constant(ast, kind)
        return self._applied(ast, args, place) if made is None else made

    def _applied(self, ast: Any, args: list[Node], place: str) -> Node:
        """A function or operator of MathML with its arguments."""
        name = ast.getName() or ast.getOperatorName() or libsbml.formulaToL3String(ast)
        try:
            made = self._logic(ast.getType(), args)
            if made is None:
                made = self._arithmetic(ast.getType(), [self._number(arg) for arg in args])
        except (IndexError, ValueError):
            _refuse_count(name, place, len(args))
        if made is None:
            raise ModelError(
                Problem(msg("The SBML function {name} (in “{place}”) is not supported.", name=name, place=place))
            )
        return made

    def _name(self, name: str, lookup: Lookup, place: str) -> Node:
        try:
            return lookup(name)
        except KeyError:
            raise BrokenModelError(
                Problem(msg("“{id}”, which “{place}” uses, is not defined in the model.", id=name, place=place))
            ) from None

    def _constant(self, ast: Any, kind: int) -> Node | None:
        if kind in (libsbml.AST_INTEGER, libsbml.AST_REAL, libsbml.AST_REAL_E, libsbml.AST_RATIONAL):
            return self.graph.const(ast.getValue())
        if kind in (libsbml.AST_CONSTANT_TRUE, libsbml.AST_CONSTANT_FALSE):
            return self.graph.boolean(kind == libsbml.AST_CONSTANT_TRUE)
        named = {
            libsbml.AST_CONSTANT_E: math.e, libsbml.AST_CONSTANT_PI: math.pi, libsbml.AST_NAME_AVOGADRO: AVOGADRO,
        }  # fmt: skip
        return self.graph.const(named[kind]) if kind in named else None

    def _call(self, name: str, args: Sequence[Node], place: str) -> Node:
        """The body of a function definition with its arguments put in."""
        if name in self._calling:
            raise BrokenModelError(Problem(msg("The function definition “{id}” calls itself.", id=name)))
        definition = self.functions.get(name)
        if definition is None:
            raise BrokenModelError(
                Problem(
                    msg(
                        "“{id}”, which “{place}” uses, is not defined in the model. {suggestion}",
                        id=name,
                        place=place,
                        suggestion=suggestion(name, list(self.functions)),
                    )
                )
            )
        bound = definition.getNumBvars()
        body = definition.getChild(bound) if definition.getNumChildren() > bound else None
        if body is None:
            return self.graph.const(math.nan)
        if bound != len(args):
            _refuse_count(name, place, len(args))
        values = {definition.getChild(index).getName(): arg for index, arg in enumerate(args)}
        self._calling.append(name)
        made = self._read(body, values.__getitem__, name)
        self._calling.pop()
        return made

    def _piecewise(self, args: Sequence[Node]) -> Node:
        graph = self.graph
        otherwise = self._number(args[-1]) if len(args) % 2 else graph.const(math.nan)
        for index in reversed(range(0, len(args) - 1, 2)):
            otherwise = graph.select(self._truth(args[index + 1]), self._number(args[index]), otherwise)
        return otherwise

    def _logic(self, kind: int, args: Sequence[Node]) -> Node | None:
        graph = self.graph
        if kind in _RELATIONS or kind == libsbml.AST_RELATIONAL_NEQ:
            return self._relation(kind, [self._number(arg) for arg in args])
        several = {
            libsbml.AST_LOGICAL_AND: (graph.both, True), libsbml.AST_LOGICAL_OR: (graph.either, False),
            libsbml.AST_LOGICAL_XOR: (self._differ, False),
        }  # fmt: skip
        if kind in several:
            operation, empty = several[kind]
            return reduce(operation, [self._truth(arg) for arg in args], graph.boolean(empty))
        if kind == libsbml.AST_LOGICAL_NOT:
            return graph.invert(self._truth(args[0]))
        if kind == libsbml.AST_LOGICAL_IMPLIES:
            return graph.either(graph.invert(self._truth(args[0])), self._truth(args[1]))
        return None

    def _relation(self, kind: int, sides: Sequence[Node]) -> Node:
        graph = self.graph
        if kind == libsbml.AST_RELATIONAL_NEQ:
            return graph.invert(graph.relation("eq", sides[0], sides[1]))
        op, exchanged = _RELATIONS[kind]
        made = graph.boolean(True)
        for a, b in pairwise(sides):
            made = graph.both(made, graph.relation(op, b, a) if exchanged else graph.relation(op, a, b))
        return made

    def _differ(self, a: Node, b: Node) -> Node:
        graph = self.graph
        return graph.either(graph.both(a, graph.invert(b)), graph.both(graph.invert(a), b))

    def _arithmetic(self, kind: int, args: Sequence[Node]) -> Node | None:
        graph = self.graph
        if kind == libsbml.AST_PLUS:
            return reduce(graph.add, args, graph.const(0.0))
        if kind == libsbml.AST_TIMES:
            return reduce(graph.mul, args, graph.const(1.0))
        if kind in (libsbml.AST_FUNCTION_MIN, libsbml.AST_FUNCTION_MAX):
            op = "min" if kind == libsbml.AST_FUNCTION_MIN else "max"
            return reduce(lambda a, b: graph.call(op, a, b), args[1:], args[0])
        if len(args) == 2:
            return self._of_two(kind, *args)
        (x,) = args
        if kind in _OF_RECIPROCAL:
            return self._arithmetic(_OF_RECIPROCAL[kind], [graph.recip(x)])
        if kind in _RECIPROCAL_OF:
            return graph.recip(graph.call(_RECIPROCAL_OF[kind], x))
        return graph.call(_PLAIN[kind], x) if kind in _PLAIN else self._of_one(kind, x)

    def _of_one(self, kind: int, x: Node) -> Node | None:
        graph = self.graph
        one = graph.const(1.0)
        made: dict[int, Callable[[], Node]] = {
            libsbml.AST_MINUS: lambda: graph.neg(x),
            libsbml.AST_FUNCTION_ROOT: lambda: graph.call("sqrt", x),
            libsbml.AST_FUNCTION_LOG: lambda: self._of_two(kind, graph.const(10.0), x) or x,
            libsbml.AST_FUNCTION_FACTORIAL: lambda: graph.call("gamma", graph.add(x, one)),
            libsbml.AST_FUNCTION_ARCSINH: lambda: self._arcsinh(x),
            libsbml.AST_FUNCTION_ARCCOSH: lambda: graph.call(
                "log", graph.add(x, graph.call("sqrt", graph.sub(graph.mul(x, x), one)))
            ),
            libsbml.AST_FUNCTION_ARCTANH: lambda: graph.mul(
                graph.const(0.5), graph.call("log", graph.div(graph.add(one, x), graph.sub(one, x)))
            ),
            libsbml.AST_FUNCTION_RATE_OF: lambda: self.derivative(x),
        }
        return made[kind]() if kind in made else None

    def _arcsinh(self, x: Node) -> Node:
        """log(|x| + sqrt(x^2 + 1)) with the sign of x, so that nothing cancels."""
        graph = self.graph
        size = graph.call("abs", x)
        root = graph.call("sqrt", graph.add(graph.mul(x, x), graph.const(1.0)))
        made = graph.call("log", graph.add(size, root))
        return graph.select(graph.relation("lt", x, graph.const(0.0)), graph.neg(made), made)

    def _of_two(self, kind: int, a: Node, b: Node) -> Node | None:
        graph = self.graph
        made: dict[int, Callable[[], Node]] = {
            libsbml.AST_MINUS: lambda: graph.sub(a, b),
            libsbml.AST_DIVIDE: lambda: graph.div(a, b),
            libsbml.AST_POWER: lambda: graph.pow(a, b),
            libsbml.AST_FUNCTION_POWER: lambda: graph.pow(a, b),
            libsbml.AST_FUNCTION_ROOT: lambda: graph.pow(b, graph.div(graph.const(1.0), a)),
            libsbml.AST_FUNCTION_LOG: lambda: graph.div(graph.call("log", b), graph.call("log", a)),
            libsbml.AST_FUNCTION_QUOTIENT: lambda: self._quotient(a, b),
            libsbml.AST_FUNCTION_REM: lambda: graph.sub(a, graph.mul(b, self._quotient(a, b))),
        }
        return made[kind]() if kind in made else None

    def _quotient(self, a: Node, b: Node) -> Node:
        """The whole part of a / b, rounded towards zero; exact although a quotient is a product with a reciprocal."""
        graph = self.graph
        zero, one = graph.const(0.0), graph.const(1.0)
        ratio = graph.div(a, b)
        below = graph.relation("lt", ratio, zero)
        whole = graph.select(below, graph.call("ceil", ratio), graph.call("floor", ratio))
        left = graph.call("abs", graph.sub(a, graph.mul(b, whole)))
        short = graph.relation("le", graph.call("abs", b), left)
        return graph.add(whole, graph.select(short, graph.select(below, graph.const(-1.0), one), zero))


def _refuse_count(name: str, place: str, count: int) -> NoReturn:
    raise ModelError(
        Problem(
            msg("The SBML function {name} (in “{place}”) cannot have {count} arguments.",
                name=name, place=place, count=count)
        )
    )  # fmt: skip
