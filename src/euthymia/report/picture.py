"""A chart of a page as a file of its own."""

from __future__ import annotations

import re
from importlib import resources

from markupsafe import Markup

from euthymia.report.palette import LIGHT, resolved
from euthymia.report.svg import element
from euthymia.words import LANGUAGES, Language


def standalone(chart: Markup, language: Language, *, style: str = "") -> str:
    """An SVG document of one chart in one language, with its styles and a light background.

    Parameters
    ----------
    chart
        An ``svg`` element as the charts of this package make it, with a ``viewBox`` that starts at 0 0.
    language
        Language of its words.
    style
        Rules besides those of charts.
    """
    width, height = (float(one) for one in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', chart)[0])
    css = resources.files(__package__).joinpath("templates", "charts.css").read_text(encoding="utf-8")
    font = "text{font-family:'Source Sans 3','Noto Sans CJK SC',system-ui,sans-serif}"
    opening, body = str(chart).split(">", 1)
    opening = opening.replace(
        "<svg",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * width:g}" height="{2 * height:g}" lang="{language}"',
        1,
    )
    rules = element("style", Markup(resolved(css + style + font, LIGHT)))
    ground = element("rect", width=width, height=height, fill=LIGHT["surface"])
    picture = f"{opening}>{rules}{ground}{body}"
    for other in set(LANGUAGES) - {language}:
        picture = re.sub(rf'<text lang="{other}".*?</text>', "", picture, flags=re.DOTALL)
    return f"{picture}\n"
