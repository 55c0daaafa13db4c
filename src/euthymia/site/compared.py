"""The comparison of interventions, from the folder that ``euthymia compare --out`` wrote."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup
from pydantic import ValidationError

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.intervention import read_catalogue
from euthymia.records.library import ATLAS
from euthymia.records.reading import read_text
from euthymia.report.svg import element
from euthymia.report.told import Intervention, Told
from euthymia.words import msg

SHIPPED: Final = ATLAS / "compared"
"""The comparison that comes with the atlas, made by ``make compared``."""
NAMES: Final = ("compare.html", "compare.csv", "compare.json", "compare.svg", "compare.zh.svg")
"""Files of a comparison."""
HOME: Final = "plane"
"""Id of the heading that names its picture on the first page."""
OWN: Final = "plane-name"
"""Id of the heading that names it on its own page."""
_TAGS: Final = {"svg", "g", "line", "path", "circle", "ellipse", "rect", "text", "tspan", "title", "desc"}
_ATTRIBUTES: Final = {
    "viewBox", "role", "aria-labelledby", "class", "id", "lang", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r",
    "rx", "ry", "d", "width", "height", "text-anchor", "transform", "style",
}  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A comparison that was read.

    Attributes
    ----------
    told
        Its numbers.
    picture, own_picture
        Interventions by onset and duration, for the first page and for its own.
    files
        Its tables and pictures, by name.
    """

    told: Told
    picture: Markup
    own_picture: Markup
    files: dict[str, str]

    @property
    def command(self) -> str:
        """The command that makes it again, as far as its numbers tell."""
        told = self.told
        found, every = [one.id for one in told.interventions], set(read_catalogue().interventions)
        names = [] if {*found, *told.unreachable} == every else found
        doses = any(one.dose_response for one in told.interventions)
        repeats = any(one.repeated for one in told.interventions)
        return " ".join([
            "euthymia compare", *names, f"--animals {told.animals} --seed {told.seed} --days {told.days:g}",
            *([] if doses else ["--no-doses"]), *([] if repeats else ["--no-repeats"]),
        ])  # fmt: skip

    def of(self, name: str) -> Intervention | None:
        """What it tells of an intervention."""
        return next((one for one in self.told.interventions if one.id == name), None)


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
    if any(one.worst_harm is not None and one.worst_harm not in told.harms for one in told.interventions):
        raise _wrong(folder / "compare.json")
    page = files.pop("compare.html")
    first, own = (_picture(page, folder / "compare.html", named_by=name) for name in (HOME, OWN))
    return Compared(told, first, own, files)


def _picture(page: str, file: Path, *, named_by: str) -> Markup:
    """The picture of the page, built anew from the elements and attributes that pictures need."""
    found = re.search(r'<svg [^>]*class="chart plane"[^>]*>.*?</svg>', page, re.DOTALL)
    if found is None or "<!" in found[0]:
        raise _wrong(file)
    try:
        root = ElementTree.fromstring(found[0])
    except ElementTree.ParseError as error:
        raise _wrong(file) from error
    root.set("aria-labelledby", named_by)
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
