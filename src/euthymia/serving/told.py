"""Problems as a server tells them: a whole sentence in both languages, and where; nothing of the server's folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from euthymia.errors import EuthymiaError, Problem
from euthymia.serving.version import PACKAGE
from euthymia.words import Message

UNPACKED: Final = "euthymia-study-"
"""What the name of a folder begins with that a reader's files are unpacked into."""
_FOLDERS: Final = re.compile(rf"[^\s“”\"'(（:：]*{UNPACKED}\w+/?|{re.escape(str(PACKAGE))}/?")


@dataclass(frozen=True)
class Told:
    """One problem in both languages; `place` is a path in the question, or a file and line."""

    en: str
    zh: str
    place: str | None = None

    @classmethod
    def of(cls, problem: Problem | Message) -> Told:
        """A problem, told; files are named from the reader's folder, or from that of the package."""
        if isinstance(problem, Message):
            problem = Problem(problem)
        place = _bare(str(problem.place)) if problem.place else ""
        return cls(_bare(problem.message.text("en")), _bare(problem.message.text("zh")), place or None)

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


def _bare(text: str) -> str:
    """A text without the names of the server's folders."""
    return _FOLDERS.sub("", text)
