"""Names in Antimony text: read as tokens, so that comments, numbers and functions are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)|(?P<text>\"[^\"\n]*\")|(?P<line>\n)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<space>[^\S\n]+)|(?P<sign>:=|->|=>|.)",
    re.DOTALL,
)
_SILENT: Final = ("comment", "space", "line")
RESERVED: Final = frozenset({
    "time", "pi", "exponentiale", "avogadro", "true", "false", "inf", "infinity", "nan", "notanumber", "species",
    "var", "const", "compartment", "formula", "substanceOnly", "in", "at", "after", "is", "unit", "and", "or", "not",
})  # fmt: skip
"""Words of Antimony that name no quantity."""


@dataclass(frozen=True)
class Token:
    """A piece of model text: its kind and its letters."""

    kind: str
    text: str


@dataclass(frozen=True)
class Statement:
    """A statement of model text.

    Attributes
    ----------
    first, last
        Its first token and the one after its last, the semicolon or the line's end.
    defines
        The name that it defines, and how: ``=`` (a value), ``:=`` (a rule), ``'=`` (a rate); None where it defines
        nothing, as a reaction.
    """

    first: int
    last: int
    defines: tuple[str, str] | None


def tokens(text: str) -> list[Token]:
    """All pieces of a text; joined they are the text again.

    >>> [token.text for token in tokens("a = 1e-3*b // c") if token.kind == "name"]
    ['a', 'b']
    """
    return [Token(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]


def identifiers(text: str) -> set[str]:
    """Names of quantities that a text uses, without functions and words of the language.

    >>> sorted(identifiers("x' = ln(2)*piecewise(time, y > 0, 0) // z"))
    ['x', 'y']
    """
    pieces = tokens(text)
    return {one.text for index, one in enumerate(pieces) if _names_a_quantity(pieces, index)}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with some of its names changed.

    >>> renamed("a' = exp(a) - b; // a", {"a": "s_a", "exp": "no"})
    "s_a' = exp(s_a) - b; // a"
    """
    pieces = tokens(text)
    return "".join(
        names.get(one.text, one.text) if _names_a_quantity(pieces, index) else one.text
        for index, one in enumerate(pieces)
    )


def statements(pieces: list[Token]) -> Iterator[Statement]:
    """The statements of a text, in order.

    >>> [one.defines for one in statements(tokens("a = 1;  b' = (a +"))]
    [('a', '='), ('b', "'=")]
    """
    first, depth = 0, 0
    for index, one in enumerate(pieces):
        depth += (one.text == "(") - (one.text == ")") if one.kind == "sign" else 0
        if one.text == ";" or (one.kind == "line" and depth <= 0):
            yield from _statement(pieces, first, index + 1)
            first = index + 1
    yield from _statement(pieces, first, len(pieces))


def normal_form(pieces: list[Token], statement: Statement) -> str:
    """A statement without comments and spaces, for comparison."""
    kept = [one.text for one in pieces[statement.first : statement.last] if one.kind not in _SILENT and one.text != ";"]
    return " ".join(kept)


def without(pieces: list[Token], dropped: list[Statement]) -> str:
    """The text without some statements; comments and line breaks stay, so that lines keep their numbers."""
    gone = {index for one in dropped for index in range(one.first, one.last) if pieces[index].kind not in _SILENT}
    return "".join(one.text for index, one in enumerate(pieces) if index not in gone)


def _statement(pieces: list[Token], first: int, last: int) -> Iterator[Statement]:
    said = [one for one in pieces[first:last] if one.kind not in _SILENT and one.text != ";"]
    if not said:
        return
    texts = [one.text for one in said[:3]]
    defines = None
    if said[0].kind == "name" and texts[1:2] in (["="], [":="]):
        defines = (texts[0], texts[1])
    elif said[0].kind == "name" and texts[1:3] == ["'", "="]:
        defines = (texts[0], "'=")
    yield Statement(first, last, defines)


def _names_a_quantity(pieces: list[Token], index: int) -> bool:
    one = pieces[index]
    if one.kind != "name" or one.text in RESERVED:
        return False
    after = index + 1
    while after < len(pieces) and pieces[after].kind in _SILENT:
        after += 1
    return after == len(pieces) or pieces[after].text != "("
