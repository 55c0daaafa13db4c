"""Work-precision diagrams as SVG: error against CPU time, one small diagram per model."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

COLOURS: Final = {  # Okabe and Ito's palette, in tones that are readable on white and on black
    "euthymia": "#D55E00", "libRoadRunner": "#0072B2", "AMICI": "#009E73", "COPASI": "#CC79A7", "SciPy": "#B8860B",
    "diffrax": "#808080",
}  # fmt: skip
MARKS: Final = {"euthymia": "o", "libRoadRunner": "s", "AMICI": "^", "COPASI": "v", "SciPy": "D", "diffrax": "x"}
INK: Final = "#7a7a7a"
"""Text and axes: a grey that is readable on white and on black."""


def draw(results: Any, sigma: float, file: Path) -> None:
    """Draws all cases at one sigma."""
    mpl.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "euthymia", "font.family": "sans-serif", "font.size": 8,
        "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    })  # fmt: skip
    rows = -(-len(results.cases) // 3)
    figure, axes = plt.subplots(rows, 3, figsize=(9, 2.6 * rows + 0.5), squeeze=False, layout="constrained")
    for place, axis in enumerate(axes.flat):
        if place >= len(results.cases):
            axis.axis("off")
            continue
        _one(axis, results, results.cases[place], sigma)
    handles = {}
    for axis in axes.flat:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=len(handles), frameon=False)
    figure.supxlabel("CPU time per run, ms", fontsize=9)
    figure.supylabel("error (median of animals)", fontsize=9)
    figure.savefig(file, transparent=True, metadata={"Date": None, "Title": f"Work-precision, sigma {sigma:g}"})
    plt.close(figure)
    file.write_text(_short(file.read_text()))


def _short(svg: str) -> str:
    """The picture without comments, with numbers to a tenth of a point, and each style said once."""
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<!DOCTYPE.*?>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(\d+\.\d)\d+", r"\1", svg)
    styles: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return f'class="{styles.setdefault(found[1], f"c{len(styles)}")}"'

    svg = re.sub(r'style="([^"]*)"', named, svg)
    rules = "".join(f".{name}{{{style}}}" for style, name in styles.items())
    svg = svg.replace("<defs>", f"<style>{rules}</style>\n<defs>", 1)
    svg = re.sub(r"font-family: [^;}\"]*", "font-family: sans-serif", svg)
    used = set(re.findall(r'#([\w-]+)[")]', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    while (shorter := re.sub(r"<g>\s*</g>|<g>\s*(<(?:path|use)[^<>]*/>)\s*</g>", r"\1", svg)) != svg:
        svg = shorter
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def _one(axis: Any, results: Any, case: str, sigma: float) -> None:
    for engine in results.engines:
        curve = results.curves.get((case, sigma, engine))
        points = curve.usable("largest", results.least(case, sigma)) if curve else []
        if points:
            axis.loglog(
                [1e3 * statistics.median(one["cpu"]) for one in points], [one["largest"][0] for one in points],
                label=engine, color=COLOURS[engine], marker=MARKS[engine], markersize=3.5, linewidth=1.3,
            )  # fmt: skip
    target = results.target(case, sigma, "largest")
    if target:
        axis.axhline(target, color=INK, linewidth=0.6, linestyle=":")
    axis.set_title(results.title(case), fontsize=8.5)
    axis.grid(visible=True, which="major", color=INK, alpha=0.25, linewidth=0.4)
    axis.minorticks_off()
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
