"""The comparison of interventions, from the folder that ``euthymia compare --out`` wrote."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from xml.etree import ElementTree

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.base import Bilingual
from euthymia.records.intervention import Kind
from euthymia.records.reading import read_text
from euthymia.report.svg import element
from euthymia.words import msg

NAMES: Final = ("compare.html", "compare.csv", "compare.json", "compare.svg", "compare.zh.svg")
"""Files of a comparison."""
NAMED_BY: Final = "plane"
"""Id of the heading that names its picture on the first page."""
_TAGS: Final = {"svg", "g", "line", "path", "circle", "ellipse", "rect", "text", "tspan", "title", "desc"}
_ATTRIBUTES: Final = {
    "viewBox", "role", "aria-labelledby", "class", "id", "lang", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r",
    "rx", "ry", "d", "width", "height", "text-anchor", "transform", "style",
}  # fmt: skip


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Middle(_Lenient):
    """A quantity over draws; None where it is not reached."""

    median: float | None
    low: float | None
    high: float | None
    reached: float


class Effect(_Lenient):
    """What an intervention does in one test."""

    onset: Middle
    duration: Middle
    probability: float


class Reliefs(_Lenient):
    """Relief in the first test over time, in standard deviations of animals."""

    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def lengths(self) -> set[int]:
        """Numbers of readings; one where the three belong together."""
        return {len(self.median), len(self.low), len(self.high)}


class Intervention(_Lenient):
    """One intervention."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Bilingual
    study: str
    kind: Kind
    reliefs: Reliefs | None = None
    effects: Annotated[dict[str, Effect], Field(min_length=1)]

    @property
    def main(self) -> Effect:
        """What it does in the first test."""
        return next(iter(self.effects.values()))


class Told(_Lenient):
    """The part of ``compare.json`` that the site tells."""

    days: float
    times: tuple[float, ...] = ()
    animals: int
    interventions: tuple[Intervention, ...]


@dataclass(frozen=True)
class Compared:
    """A comparison that was read."""

    told: Told
    picture: Markup
    files: dict[str, str]


def read_compared(folder: Path) -> Compared:
    """The comparison of a folder.

    Raises
    ------
    RecordError
        If a file is missing or is not what ``euthymia compare --out`` writes.
    """
    files = {name: read_text(folder / name) for name in NAMES}
    try:
        told = Told.model_validate(json.loads(files["compare.json"]))
    except (ValidationError, json.JSONDecodeError, RecursionError) as error:
        raise _wrong(folder / "compare.json") from error
    return Compared(told, _picture(files["compare.html"], folder / "compare.html"), files)


def _picture(page: str, file: Path) -> Markup:
    """The picture of the page, built anew from the elements and attributes that pictures need."""
    found = re.search(r'<svg [^>]*class="chart plane"[^>]*>.*?</svg>', page, re.DOTALL)
    if found is None or "<!" in found[0]:
        raise _wrong(file)
    try:
        root = ElementTree.fromstring(found[0])
    except ElementTree.ParseError as error:
        raise _wrong(file) from error
    root.set("aria-labelledby", NAMED_BY)
    return _copied(root, file)


def _copied(node: ElementTree.Element, file: Path) -> Markup:
    if node.tag not in _TAGS or not set(node.attrib) <= _ATTRIBUTES or "url" in node.attrib.get("style", ""):
        raise _wrong(file)
    inner: list[Any] = [node.text or ""]
    for child in node:
        inner += [_copied(child, file), child.tail or ""]
    attributes = {("class_" if name == "class" else name): value for name, value in node.attrib.items()}
    return element(node.tag, *inner, **attributes)


def _wrong(file: Path) -> RecordError:
    return RecordError(Problem(msg("This is not what “euthymia compare --out” writes; run it again."), Place(file)))
