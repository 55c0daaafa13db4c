"""Tutorial pages as blocks: what is saved, what is run, what is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from support import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "tutorials"
PAGES: Final = ("new-paper", "combination", "verdict", "own-model")
_FENCE: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INFO: Final = re.compile(r"(?P<language>\w+)(?: (?P<key>file|add|exit)=(?P<value>\S+))?")

Kind = Literal["file", "add", "python", "sh", "output"]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes
    ----------
    kind
        `file` and `add` are saved under `name`; `python` and `sh` are run; `output` is what the block before shows.
    text
        Without its fence.
    line
        Line of the page at which the text begins.
    name
        Path of the file, inside the folder.
    code
        Exit code that a shell block is expected to have.
    """

    kind: Kind
    text: str
    line: int
    name: str = ""
    code: int = 0


def path_of(page: str, language: str = "en") -> Path:
    """The file of a page."""
    return FOLDER / (f"{page}.md" if language == "en" else f"{page}.{language}.md")


def blocks_of(page: str, language: str = "en") -> list[Block]:
    """The fenced blocks of a page, in order; a block that the tests would not know how to treat is an error."""
    text = path_of(page, language).read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(_FENCE.findall(text)), f"{page}: a fence is not closed"
    return [_block(match, text.count("\n", 0, match.start(2)) + 1, page) for match in _FENCE.finditer(text)]


def _block(match: re.Match[str], line: int, page: str) -> Block:
    info = _INFO.fullmatch(match[1])
    assert info is not None, f"{page}:{line}: unknown block “{match[1]}”"
    language, key, value = info["language"], info["key"], info["value"]
    if key in ("file", "add"):
        return Block("file" if key == "file" else "add", match[2], line, name=value)
    if language == "sh":
        return Block("sh", match[2], line, code=int(value or 0))
    assert language in ("python", "text") and key is None, f"{page}:{line}: unknown block “{match[1]}”"
    return Block("python" if language == "python" else "output", match[2], line)


def pattern_of(shown: str) -> re.Pattern[str]:
    """What an output must contain: its lines in order, with anything for “...”; white space does not count."""
    parts = [re.escape(re.sub(r"\s", "", part)) for line in shown.splitlines() for part in (*line.split("..."), "...")]
    wanted = "".join(".*" if part == re.escape("...") else part + ".*" for part in parts)
    return re.compile(re.sub(r"(\.\*)+", ".*", wanted), re.DOTALL)
