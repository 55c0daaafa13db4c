"""The page "Ask" on disk for tests, with its scripts and example questions and nothing else of the site."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from euthymia.report.pages import PNG
from euthymia.site.ask import SCRIPTS, ask_files


def write_page(folder: Path) -> Path:
    """Write it; gives the folder."""
    for name, text in ask_files():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "assets").mkdir()
    shared = resources.files("euthymia.report").joinpath("templates", PNG)
    (folder / "assets" / PNG).write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    for name in (*SCRIPTS, "search.js"):
        (folder / "assets" / name).write_text(script(name), encoding="utf-8")
    return folder


def script(name: str) -> str:
    """The text of a script of the site."""
    return resources.files("euthymia.site").joinpath("assets", name).read_text(encoding="utf-8")
