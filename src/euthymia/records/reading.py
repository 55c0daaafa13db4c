"""Reading records from YAML and tables: every error of a file in one pass, each with its line.

Files are data. Tags, aliases and anything that could build objects are refused, sizes are bounded, and a path that a
study names must stay inside the study's folder.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML, MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from euthymia.errors import Place, Problem, RecordError, suggestion
from euthymia.records.base import Record
from euthymia.words import Message, msg

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bound on a record file; the largest built-in one is a tenth of it."""
MAX_DEPTH: Final = 24
"""Bound on the nesting of a record file; the records need about ten."""
MOST_PROBLEMS: Final = 100
"""Problems of one document that are told; a reader mends no more at once, and to word each takes time."""
SHOWN: Final = 80
"""Letters of what was found that are shown."""

R = TypeVar("R", bound=Record)
_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """Plain data with the line of every part of it, or without lines if it does not come from a file.

    Attributes
    ----------
    data
        Mappings, tuples, text, numbers.
    lines
        By location; None for data from elsewhere, such as the body of a request.
    file
        The file, or what the data are called.
    """

    data: Any
    lines: Mapping[tuple[str | int, ...], int] | None
    file: Path

    def place(self, location: Sequence[str | int]) -> Place:
        """The place of the deepest part of `location` that the data have: its line, or the path ``arms.1.dose``.

        Steps that are not in the data, such as the name of a union's member, are passed over, also where the data have
        a key of that name that leads no further.
        """
        known: list[str | int] = []
        part = self.data
        for place, step in enumerate(location):
            found, rest = _part(part, step), location[place + 1 :]
            if found is not None and (isinstance(found[0], dict | tuple) or not any(_part(part, one) for one in rest)):
                known.append(step)
                part = found[0]
        if self.lines is None:
            return Place(".".join(str(step)[:SHOWN] for step in known) or self.file)
        return Place(self.file, self.lines.get(tuple(known)))


def _part(value: Any, step: str | int) -> tuple[Any] | None:
    """One part of a mapping or tuple, if it has it."""
    if isinstance(value, dict) and step in value:
        return (value[step],)
    if isinstance(value, tuple) and isinstance(step, int) and 0 <= step < len(value):
        return (value[step],)
    return None


def read_text(file: Path) -> str:
    """The text of a data file.

    Raises
    ------
    RecordError
        If it is missing, too large or not UTF-8.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _error(msg("The file is larger than {limit} bytes.", limit=MAX_BYTES), file)
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _error(msg("The file does not exist."), file) from None
    except UnicodeDecodeError as error:
        raise _error(msg("The file is not UTF-8 text (byte {position}).", position=error.start), file) from None
    except OSError as error:
        raise _error(msg("The file cannot be read: {reason}.", reason=error.strerror or error), file) from None


def inside(folder: Path, name: str, *, place: Place | None = None) -> Path:
    """A file of a study folder, by the relative name that the study gives.

    Raises
    ------
    RecordError
        If the name leads out of the folder, directly or through a link.
    """
    pure = PurePosixPath(name)
    path = folder / pure
    escapes = pure.is_absolute() or ".." in pure.parts or "\\" in name or not name or "\0" in name
    if escapes or not path.resolve().is_relative_to(folder.resolve()):
        raise RecordError(Problem(msg("The path “{found}” leads out of the study's folder.", found=name), place))
    return path


def read_yaml(file: Path) -> Document:
    """Plain data from a YAML 1.2 file, with lines.

    Raises
    ------
    RecordError
        If the file is not YAML, holds a tag, alias or repeated key, or is nested too deeply.
    """
    return yaml_document(read_text(file), file)


def yaml_document(text: str, file: Path) -> Document:
    """Plain data from YAML 1.2 text, with lines; `file` is what its places name.

    Raises
    ------
    RecordError
        As for `read_yaml`.
    """
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise RecordError(
            Problem(msg("This is not valid YAML: {reason}.", reason=error.problem or error), Place(file, line))
        ) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise _error(msg("This is not valid YAML: {reason}.", reason=str(error)[:200]), file) from None
    if node is None:
        raise _error(msg("The file is empty."), file)
    reader = _NodeReader(file)
    data = reader.value(node, ())
    if reader.problems:
        raise RecordError(reader.problems)
    return Document(data, reader.lines, file)


class _NodeReader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: Any, location: tuple[str | int, ...]) -> Any:
        self.lines.setdefault(location, node.start_mark.line + 1)
        if not isinstance(node, ScalarNode):
            if id(node) in self._seen:
                return self._refuse(node, msg("YAML aliases are not accepted; write the part out."))
            self._seen.add(id(node))
        if len(location) > MAX_DEPTH:
            return self._refuse(node, msg("The file is nested deeper than {limit} levels.", limit=MAX_DEPTH))
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        if isinstance(node, SequenceNode):
            return tuple(self.value(part, (*location, index)) for index, part in enumerate(node.value))
        return self._scalar(node)

    def _mapping(self, node: Any, location: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None:
                self._refuse(key_node, msg("A key must be plain text."))
            elif key in result:
                self._refuse(
                    key_node,
                    msg("The key “{key}” occurs twice (first in line {line}).",
                        key=key, line=self.lines[(*location, key)]),
                )  # fmt: skip
            else:
                self.lines[(*location, key)] = key_node.start_mark.line + 1
                result[key] = self.value(value_node, (*location, key))
        return result

    def _scalar(self, node: Any) -> Any:
        tag, text = str(node.tag), str(node.value)
        if tag == _CORE + "null":
            return None
        if tag == _CORE + "bool":
            return text.lower() in ("true", "yes", "on")
        try:
            if tag == _CORE + "int":
                return int(text.replace("_", ""), 0)
            if tag == _CORE + "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return text
        if tag in (_CORE + "str", _CORE + "timestamp"):
            return text
        return self._refuse(node, msg("The YAML tag “{tag}” is not accepted.", tag=tag))

    def _refuse(self, node: Any, message: Message) -> None:
        self.problems.append(Problem(message, Place(self.file, node.start_mark.line + 1)))


def build(record: type[R], document: Document) -> R:
    """A record from a document.

    Raises
    ------
    RecordError
        With the problems that validation finds, each at its line, a hundred at most.
    """
    try:
        return record.model_validate(document.data)
    except ValidationError as error:
        details = _own_errors(error)
        problems = [Problem(_sentence(detail), document.place(detail["loc"])) for detail in details[:MOST_PROBLEMS]]
        if len(details) > MOST_PROBLEMS:
            problems.append(Problem(msg("There are {count} further problems.", count=len(details) - MOST_PROBLEMS)))
        raise RecordError(problems) from None


def _own_errors(error: ValidationError) -> list[Any]:
    """The errors without those that only follow from others: a list is not short because its items are wrong."""
    details: list[Any] = list(error.errors(include_url=False))
    places = [tuple(detail["loc"]) for detail in details]

    def follows(detail: Any) -> bool:
        here = tuple(detail["loc"])
        return detail["type"] == "too_short" and any(p[: len(here)] == here and len(p) > len(here) for p in places)

    return [detail for detail in details if not follows(detail)]


def build_rows(record: type[R], rows: Iterable[tuple[int, Mapping[str, Any]]], file: Path) -> tuple[R, ...]:
    """Records from table rows, each with its line.

    Raises
    ------
    RecordError
        With every problem of every row.
    """
    built: list[R] = []
    problems: list[Problem] = []
    for line, row in rows:
        try:
            built.append(record.model_validate(row))
        except ValidationError as error:
            problems += [
                Problem(
                    msg("Column “{column}”: {reason}", column=".".join(map(str, detail["loc"])) or "-",
                        reason=_sentence(detail)),
                    Place(file, line),
                )
                for detail in error.errors(include_url=False)
            ]  # fmt: skip
    if problems:
        raise RecordError(problems)
    return tuple(built)


def read_table(file: Path, *, delimiter: str = "\t") -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Columns and rows (with their lines) of a delimited table; lines that begin with ``#`` are passed over.

    Raises
    ------
    RecordError
        If a row does not have as many cells as the header.
    """
    lines = [(number, line) for number, line in enumerate(read_text(file).splitlines(), 1) if line.strip()]
    lines = [(number, line) for number, line in lines if not line.startswith("#")]
    if not lines:
        raise _error(msg("The file is empty."), file)
    try:
        cells = [(number, next(csv.reader(io.StringIO(line), delimiter=delimiter))) for number, line in lines]
    except csv.Error as error:
        raise _error(msg("The table cannot be read: {reason}.", reason=error), file) from None
    header = [name.strip() for name in cells[0][1]]
    if len(set(header)) < len(header):
        raise _error(msg("A column of the table occurs twice: {columns}.", columns=", ".join(header)), file)
    problems = [
        Problem(
            msg("The row has {found} cells; the header has {expected}.", found=len(row), expected=len(header)),
            Place(file, number),
        )
        for number, row in cells[1:]
        if len(row) != len(header)
    ]
    if problems:
        raise RecordError(problems)
    return header, [(n, dict(zip(header, (c.strip() for c in row), strict=True))) for n, row in cells[1:]]


def _error(message: Message, file: Path) -> RecordError:
    return RecordError(Problem(message, Place(file)))


def _sentence(detail: Any) -> Message:
    kind, context = detail["type"], detail.get("ctx", {})
    key = str(detail["loc"][-1])[:SHOWN] if detail["loc"] else ""
    found = repr(detail.get("input"))[:SHOWN]
    if kind == "euthymia":
        message: Message = context["message"]
        return message
    if kind == "missing":
        return msg("The key “{key}” is missing.", key=key)
    if kind == "extra_forbidden":
        return msg(
            "The key “{key}” is not known here. {suggestion}",
            key=key,
            suggestion=suggestion(key, _all_fields()),
        )
    if kind in ("literal_error", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags"))
        options = [option.strip(" '") for option in expected.replace(" or ", ", ").split(",")]
        word = str(context.get("tag") or detail.get("input"))
        return msg(
            "“{key}” is “{found}”; expected one of {expected}. {suggestion}",
            key=key,
            found=word[:60],
            expected=", ".join(options),
            suggestion=suggestion(word, options),
        )
    if kind in ("union_tag_not_found", "euthymia_intervention"):
        return msg(
            "The kind of this record is not given: an intervention needs one of the keys drug, bath, stress, injury, "
            "gene, method, exercise, infusion, imaging, a finding the key kind."
        )
    if kind == "string_pattern_mismatch":
        return msg(
            "“{found}” does not have the form {pattern}.",
            found=str(detail.get("input"))[:SHOWN],
            pattern=context.get("pattern"),
        )
    if kind == "too_long":
        return msg("“{key}” has {found} parts; at most {limit} are taken.", key=key,
                   found=context.get("actual_length") or msg("too many"), limit=context.get("max_length"))  # fmt: skip
    if kind == "model_type":
        return msg("Keys with values are expected here; found {found}.", found=found)
    if kind.endswith("_type"):
        return msg("“{key}” should be of type {expected}; found {found}.", key=key, expected=kind[:-5], found=found)
    return msg("“{key}” is not accepted ({reason}); found {found}.", key=key, reason=detail["msg"], found=found)


def _all_fields() -> list[str]:
    names: set[str] = set()
    waiting: list[type[Record]] = [Record]
    while waiting:
        record = waiting.pop()
        waiting += record.__subclasses__()
        names |= {field.alias or name for name, field in record.model_fields.items()}
    return sorted(names)
