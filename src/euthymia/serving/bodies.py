"""Bytes of a request -> text and plain data, refused where a parser could be exhausted or a reader misled."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from euthymia.errors import RequestError
from euthymia.words import Message, msg

DEPTH: Final = 32
"""Bound on the nesting of JSON; a question needs some eight levels."""
SHOWN: Final = 60
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What neither UTF-8, XML nor YAML can hold, or nobody can see."""


class UnreadableError(RequestError):
    """A body that is not what its type says; not yet a matter of what it means."""


def utf8_text(body: bytes) -> str:
    """The text of a body, without a byte order mark.

    Raises
    ------
    UnreadableError
        If it is empty or not UTF-8.
    """
    try:
        text = body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableError(msg("What was sent is not UTF-8 text (byte {position}).", position=error.start)) from None
    if not text.strip():
        raise UnreadableError(msg("What was sent is empty."))
    return text


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises
    ------
    UnreadableError
        If it is not UTF-8, not JSON or not an object, is nested too deeply, repeats a key, or holds numbers that are
        not finite or characters that no file can hold.
    """
    text = utf8_text(body)
    _refuse_deep(text)
    try:
        data = json.loads(
            text, object_pairs_hook=_without_repeats, parse_constant=_not_finite, parse_float=_finite
        )  # fmt: skip
    except json.JSONDecodeError as error:
        raise UnreadableError(
            msg("This is not valid JSON: {reason} (line {line}, column {column}).", reason=error.msg, line=error.lineno,
                column=error.colno)
        ) from None  # fmt: skip
    except ValueError:
        raise UnreadableError(msg("A whole number in the JSON has too many digits.")) from None
    if not isinstance(data, dict):
        raise UnreadableError(msg("What was sent must be a JSON object, in braces."))
    refuse_unseen(data)
    return data


def refuse_unseen(value: Any) -> None:
    """Refuse control characters and halves of characters anywhere in plain data.

    Raises
    ------
    UnreadableError
        If there are any.
    """
    if isinstance(value, str):
        if found := _UNSEEN.search(value):
            raise UnreadableError(
                msg("A text holds the character U+{code}, which cannot be shown.", code=f"{ord(found[0]):04X}")
            )
    elif isinstance(value, dict):
        for key, part in value.items():
            refuse_unseen(key)
            refuse_unseen(part)
    elif isinstance(value, list | tuple):
        for part in value:
            refuse_unseen(part)


def _refuse_deep(text: str) -> None:
    depth = 0
    for found in _TOKEN.finditer(text):
        first = found[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > DEPTH:
            raise UnreadableError(msg("The JSON is nested deeper than {limit} levels.", limit=DEPTH))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableError(msg("The key “{key}” occurs twice in one object.", key=_short(key)))
        found[key] = value
    return found


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _not_finite(digits)


def _not_finite(found: str) -> float:
    raise UnreadableError(_finite_only(found))


def _finite_only(found: str) -> Message:
    return msg("“{found}” is not a finite number.", found=_short(found))


def _short(text: str) -> str:
    return _UNSEEN.sub("?", text[:SHOWN])
