"""Style rules for pictures that leave their page."""

from __future__ import annotations

from importlib import resources
from typing import Final

from markupsafe import Markup

TITLES: Final = ".panel-title{font-size:14px;font-weight:600;fill:var(--ink)}"


def style_of(drawn: Markup) -> str:
    """The rules that a picture needs besides those of charts."""
    if 'class="brain"' not in drawn[:400]:
        return TITLES
    home = resources.files("euthymia.site").joinpath("templates", "home.css").read_text(encoding="utf-8")
    rules = [line for line in home.splitlines() if line.startswith(".brain .") and ":hover" not in line]
    return "\n".join(rules).replace("var(--sans)", "sans-serif")
