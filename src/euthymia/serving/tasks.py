"""What a worker is asked for, and what it gives back: plain data on both sides."""

from __future__ import annotations

import hashlib
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from euthymia.records.question import ArmContrast, Question
from euthymia.serving.version import version_stamp

EXPLAINED: Final = 24
"""Animals of an explanation, as on the command line: each of some hundred links is cut in all of them."""
Kind = Literal["question", "explanation", "model", "study"]


@dataclass(frozen=True)
class Task:
    """A piece of work, checked by whoever made it; made by the class methods.

    Attributes
    ----------
    kind
        What is asked for.
    payload
        All that the answer depends on, as JSON data.
    """

    kind: Kind
    payload: Mapping[str, Any]

    @classmethod
    def question(cls, question: Question) -> Task:
        """A question to be answered by `euthymia.asking.ask`."""
        return cls("question", {"question": _plain(question)})

    @classmethod
    def explanation(cls, question: Question, contrast: ArmContrast, *, animals: int | None = None) -> Task:
        """The difference between two arms of a question, to be explained link by link.

        Without an assay the first one sampled is meant, without a time the last one sampled. Animals are those of the
        question, `EXPLAINED` at most, if left out.
        """
        few = min(question.animals, EXPLAINED) if animals is None else animals
        return cls("explanation", {"question": _plain(question), "contrast": _plain(contrast), "animals": few})

    @classmethod
    def model(cls, text: str, *, hours: float, points: int) -> Task:
        """A model text, SBML or Antimony, to be simulated over some of its own units of time."""
        return cls("model", {"text": text, "hours": hours, "points": points})

    @classmethod
    def study(cls, files: Mapping[str, bytes], *, animals: int, seed: int) -> Task:
        """A study's folder to be checked and reproduced: contents by safe relative name with forward slashes."""
        packed = {name: b64encode(files[name]).decode() for name in sorted(files)}
        return cls("study", {"files": packed, "animals": animals, "seed": seed})

    @property
    def files(self) -> dict[str, bytes]:
        """The folder of a study task."""
        return {name: b64decode(text) for name, text in self.payload["files"].items()}

    @property
    def key(self) -> str:
        """SHA-256 of all that the result depends on, in 64 hexadecimal digits: the task and what computes it."""
        said = json.dumps([self.kind, self.payload, version_stamp()], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def to_json(self) -> str:
        """As text; `from_json` reads it."""
        return json.dumps({"kind": self.kind, "payload": self.payload})

    @classmethod
    def from_json(cls, text: str | bytes) -> Task:
        """From what `to_json` gave."""
        data = json.loads(text)
        return cls(data["kind"], data["payload"])


@dataclass(frozen=True)
class Result:
    """What a task gave.

    Attributes
    ----------
    kind
        That of the task.
    data
        Numbers and words as JSON data, in which what is not known is null.
    page
        An HTML fragment in both languages without scripts; everything that came from a user is escaped.
    files
        What can be saved, by plain file name: tables, pictures, JSON, pages.
    """

    kind: Kind
    data: Any
    page: str
    files: Mapping[str, str]

    def to_json(self) -> str:
        """As text; `from_json` reads it."""
        whole = {"kind": self.kind, "data": self.data, "page": self.page, "files": dict(self.files)}
        return json.dumps(whole, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Result:
        """From what `to_json` gave."""
        data = json.loads(text)
        return cls(data["kind"], data["data"], data["page"], data["files"])


def _plain(record: Question | ArmContrast) -> Any:
    return record.model_dump(mode="json", by_alias=True)


def finite(data: Any) -> Any:
    """JSON data in which numbers that do not exist are null."""
    if isinstance(data, Mapping):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
