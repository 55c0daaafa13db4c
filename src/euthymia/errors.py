"""One family of exceptions: what failed, where, what was found against what was expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from euthymia.words import Language, Message, msg


@dataclass(frozen=True)
class Place:
    """Where in a user's files something stands: a file and, where known, a line counted from 1."""

    file: Path | str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else str(self.file)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    message: Message
    place: Place | None = None

    def text(self, language: Language = "en") -> str:
        """``file:line: sentence``."""
        sentence = self.message.text(language)
        return f"{self.place}: {sentence}" if self.place else sentence


class EuthymiaError(Exception):
    """Base of all errors that euthymia raises on purpose; holds one or more problems."""

    def __init__(self, problems: Message | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, Message):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.text())

    def text(self, language: Language = "en") -> str:
        """All problems, a line each."""
        return "\n".join(problem.text(language) for problem in self.problems)

    def __reduce__(self) -> tuple[type[EuthymiaError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class RecordError(EuthymiaError):
    """A study folder, drug file or table that does not hold what it must."""


class QuantityError(EuthymiaError):
    """A quantity that cannot be read, or has the wrong dimension."""


class ModelError(EuthymiaError):
    """A model text that cannot be read, or that uses something unsupported."""


class BrokenModelError(ModelError):
    """A model that contradicts itself or uses what it does not define: no engine can run it."""


class ProtocolError(EuthymiaError):
    """An intervention that a mechanism has no port for, or that is impossible."""


class RequestError(EuthymiaError):
    """A call or command whose arguments cannot be honoured."""


class OutputError(EuthymiaError):
    """A result that could not be written; earlier results are intact."""


def suggestion(found: str, known: Sequence[str]) -> Message:
    """A sentence naming the nearest known id, or listing the known ids when none is near."""
    near = get_close_matches(found, known, n=1, cutoff=0.5)
    if near:
        return msg("Did you mean “{near}”?", near=near[0])
    if not known:
        return msg("None is known here.")
    return msg("Known here: {known}.", known=", ".join(sorted(set(known))[:20]))
