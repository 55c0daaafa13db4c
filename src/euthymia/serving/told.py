"""Problems as a server tells them: a whole sentence in both languages, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from euthymia.errors import EuthymiaError, Problem
from euthymia.words import Message


@dataclass(frozen=True)
class Told:
    """One problem in both languages; `place` is a path in the question, or a file and line."""

    en: str
    zh: str
    place: str | None = None

    @classmethod
    def of(cls, problem: Problem | Message) -> Told:
        """A problem, told."""
        if isinstance(problem, Message):
            return cls(problem.text("en"), problem.text("zh"))
        place = str(problem.place) if problem.place else None
        return cls(problem.message.text("en"), problem.message.text("zh"), place)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Told:
        """From what `to_dict` gave."""
        return cls(data["en"], data["zh"], data["place"])

    def to_dict(self) -> dict[str, str | None]:
        """Plain data."""
        return asdict(self)


def told(error: EuthymiaError) -> tuple[Told, ...]:
    """All problems of an error."""
    return tuple(Told.of(problem) for problem in error.problems)
