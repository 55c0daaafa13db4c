"""Tables and work-precision diagrams from benchmarks/results: `python benchmarks/report.py` writes docs/speed.md."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parent / "docs"
ENGINES: Final = ("euthymia", "libRoadRunner", "AMICI", "COPASI", "SciPy", "diffrax")
BASE: Final = "libRoadRunner"
BASE_RTOL: Final = 1e-6
FLOOR: Final = 3.0
"""Errors below this many times the disagreement of the two references are not used."""
WRONG: Final = 1e-2
"""An error that is larger than this at the tightest tolerance is no matter of tolerance."""
TITLES: Final = {
    "s02": "S02 ketamine, 2 doses", "s04": "S04 psilocybin, 46 jumps", "kholodenko": "Kholodenko 2000",
    "huang_ferrell": "Huang and Ferrell 1996", "bachmann": "Bachmann 2011", "multiscale_20": "Multi-scale, 20 doses",
    "multiscale_60": "Multi-scale, 60 doses", "chain_100": "Chain", "chain_300": "Chain",
}  # fmt: skip


@dataclass
class Curve:
    """One engine on one case at one sigma: points of rtol, error, and CPU seconds per run in each round."""

    points: list[dict[str, Any]] = field(default_factory=list)

    def usable(self, measure: str, least: float) -> list[dict[str, Any]]:
        """Points in the order of tolerances, whose error is known and above what the references settle."""
        found = [one for one in self.points if one.get(measure) and one[measure][0] > least]
        return sorted(found, key=lambda one: -one["rtol"])

    def cost_at(self, error: float, measure: str, least: float, cost: Callable[[Any], float]) -> float | None:
        """CPU seconds per run at an error, by straight lines between logarithms.

        None if even the tightest tolerance has a larger error; the loosest one's cost if even its error is smaller.
        """
        points = self.usable(measure, least)
        if not points:
            return None
        if points[0][measure][0] <= error:
            return cost(points[0])
        for loose, tight in itertools.pairwise(points):
            high, low = loose[measure][0], tight[measure][0]
            if low <= error <= high:
                share = math.log(high / error) / math.log(high / low) if high > low else 0.0
                return float(math.exp((1 - share) * math.log(cost(loose)) + share * math.log(cost(tight))))
        return None


class Results:
    """What one file of results holds."""

    def __init__(self, file: Path) -> None:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        self.machine = next(line for line in lines if line["kind"] == "machine")
        self.lines = lines
        self.curves: dict[tuple[str, float, str], Curve] = {}
        for line in self.of("speed"):
            self.curves.setdefault((line["case"], line["sigma"], line["engine"]), Curve()).points.append(line)
        self.references = {(line["case"], line["sigma"]): line for line in self.of("reference")}
        self.ready = {(line["case"], line["engine"]): line for line in self.of("ready")}
        self.cases = [name for name in TITLES if any(key[0] == name for key in self.curves)]
        self.sigmas = sorted({key[1] for key in self.curves})
        self.engines = [name for name in ENGINES if any(key[2] == name for key in self.curves)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The lines of one kind."""
        return [line for line in self.lines if line["kind"] == kind]

    def title(self, case: str) -> str:
        """What a table says of a case."""
        states = next((line["states"] for (name, _), line in self.ready.items() if name == case), 0)
        return f"{TITLES[case]} ({states} states)"

    def least(self, case: str, sigma: float) -> float:
        """The smallest error that the references of a case can tell."""
        return FLOOR * ((self.references.get((case, sigma)) or {}).get("difference") or 0.0)

    def target(self, case: str, sigma: float, measure: str) -> float | None:
        """The error of libRoadRunner at its default tolerance."""
        curve = self.curves.get((case, sigma, BASE), Curve())
        return next((p[measure][0] for p in curve.points if p["rtol"] == BASE_RTOL and p.get(measure)), None)

    def ratio(
        self, case: str, sigma: float, engine: str, measure: str = "largest"
    ) -> tuple[float, float, float] | None:
        """How many times as fast as libRoadRunner at its error: median, least and most over the rounds."""
        error, curve = self.target(case, sigma, measure), self.curves.get((case, sigma, engine))
        if error is None or curve is None:
            return None
        base = next(p for p in self.curves[case, sigma, BASE].points if p["rtol"] == BASE_RTOL)["cpu"]
        rounds = min(len(base), *(len(p["cpu"]) for p in curve.points))
        least, found = self.least(case, sigma), []
        for turn in range(rounds):
            cost = curve.cost_at(error, measure, least, lambda point, turn=turn: float(point["cpu"][turn]))
            if cost is None:
                return None
            found.append(base[turn] / cost)
        return statistics.median(found), min(found), max(found)


def main() -> None:
    """Writes the page and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="speed", help="of the file in benchmarks/results")
    parser.add_argument("--out", type=Path, default=DOCS)
    options = parser.parse_args()
    results = Results(HERE / "results" / f"{options.name}.jsonl")
    pictures = []
    for sigma in results.sigmas:
        picture = options.out / f"work-precision-{sigma:g}.svg"
        import pictures as drawing

        drawing.draw(results, sigma, picture)
        pictures.append((sigma, picture.name))
    (options.out / "speed.md").write_text("\n".join(page(results, pictures)) + "\n")
    print(f"Written: {options.out / 'speed.md'}")


def page(results: Results, pictures: Sequence[tuple[float, str]]) -> list[str]:
    """The lines of the page."""
    text = (HERE / "speed.template.md").read_text()
    parts = {
        "machine": machine_words(results),
        "ratios": "\n".join(ratio_table(results, "euthymia")),
        "peers": "\n\n".join("\n".join(peer_table(results, sigma)) for sigma in results.sigmas),
        "pictures": "\n\n".join(
            f"![Error against CPU time for each model and engine, sigma {sigma:g}]({name})" for sigma, name in pictures
        ),
        "losing": losing(results),
        "failures": "\n".join(failure_table(results)),
        "first": "\n".join(first_table(results)),
        "threads": threads_words(results),
        "linearity": "\n".join(linearity(results)),
        "driven": "\n".join(driven(results)),
    }
    for name, value in parts.items():
        text = text.replace("{{" + name + "}}", value)
    return [text.rstrip()]


def machine_words(results: Results) -> str:
    """Machine and versions in a sentence."""
    found = results.machine
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    rounds = max(len(line["cpu"]) for line in results.of("speed"))
    place = f"{found['processor']}, {found['cores']} cores, {found['system']}, Python {found['python']}"
    return f"{place}; {rounds} rounds; load average at the end {found['load']:.1f}. Versions: {versions}."


def row(cells: Iterable[object]) -> str:
    """A line of a table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def head(*cells: str) -> list[str]:
    """The first two lines of a table."""
    return [row(cells), row("---" if place == 0 else "---:" for place in range(len(cells)))]


def ratio_table(results: Results, engine: str) -> list[str]:
    """Ratios to libRoadRunner at equal error, per model and sigma."""
    lines = head("model", "sigma", "error compared at", f"{BASE}, ms per run", "ratio at equal error", "by RMS error",
                 "ratio at equal rtol 1e-6")  # fmt: skip
    for case in results.cases:
        for sigma in results.sigmas:
            error = results.target(case, sigma, "largest")
            if error is None:
                continue
            base = _at(results, case, sigma, BASE)
            same = _at(results, case, sigma, engine)
            lines.append(row([
                results.title(case), f"{sigma:g}", f"{error:.1e}", f"{1e3 * base:.2f}",
                spread(results.ratio(case, sigma, engine)), plain(results.ratio(case, sigma, engine, "rms")),
                f"{base / same:.1f}" if same else "-",
            ]))  # fmt: skip
    return lines


def _at(results: Results, case: str, sigma: float, engine: str) -> float:
    points = results.curves.get((case, sigma, engine), Curve()).points
    return next((statistics.median(p["cpu"]) for p in points if p["rtol"] == BASE_RTOL), 0.0)


def spread(ratio: tuple[float, float, float] | None) -> str:
    """A ratio with its least and most."""
    return f"**{ratio[0]:.1f}** ({ratio[1]:.1f} to {ratio[2]:.1f})" if ratio else "-"


def plain(ratio: tuple[float, float, float] | None) -> str:
    """A ratio by itself."""
    return "-" if ratio is None else f"{ratio[0]:.1f}" if ratio[0] >= 1 else f"{ratio[0]:.2g}"


def peer_table(results: Results, sigma: float) -> list[str]:
    """All engines' ratios at one sigma."""
    lines = [f"Sigma {sigma:g}:", "", *head("model", *results.engines)]
    for case in results.cases:
        cells = ["1" if name == BASE else plain(results.ratio(case, sigma, name)) for name in results.engines]
        lines.append(row([results.title(case), *cells]))
    return lines


def losing(results: Results) -> str:
    """Where another engine is faster than euthymia, in a sentence."""
    found = []
    for case in results.cases:
        for sigma in results.sigmas:
            own = results.ratio(case, sigma, "euthymia")
            for name in results.engines:
                other = (1.0, 1.0, 1.0) if name == BASE else results.ratio(case, sigma, name)
                if name != "euthymia" and own and other and other[0] > own[0]:
                    found.append(
                        f"{results.title(case)} at sigma {sigma:g}: {name}, {other[0] / own[0]:.2f} times as fast"
                    )
    return (
        "Where another engine is faster than euthymia: "
        + ("; ".join(found) if found else "nowhere in this table")
        + "."
    )


def failure_table(results: Results) -> list[str]:
    """Draws that the references cannot solve; runs of the others that failed at rtol 1e-6; what was left out."""
    lines = head("model", "sigma", "drawn", "no code solves", "one fails or they differ", "compared",
                 *(f"{name} failed" for name in results.engines), "rescued")  # fmt: skip
    for (case, sigma), line in results.references.items():
        cells, rescued = [], 0
        for name in results.engines:
            points = results.curves.get((case, sigma, name), Curve()).points
            here = next((p for p in points if p["rtol"] == BASE_RTOL), None)
            cells.append(f"{here['failed']} of {here['animals']}" if here else "-")
            rescued += here["rescued"] if here and name == "euthymia" else 0
        differ = line["drawn"] - line["settled"] - line["both_failed"]
        start = [results.title(case), f"{sigma:g}", line["drawn"], line["both_failed"], differ, line["chosen"]]
        lines.append(row([*start, *cells, rescued]))
    lines.append("")
    for (case, sigma, name), curve in results.curves.items():
        found = curve.usable("largest", 0.0)
        if found and found[-1]["largest"][0] > WRONG:
            error = f"{found[-1]['largest'][0]:.1g} at rtol {found[-1]['rtol']:.0e}"
            lines.append(f"- {name}, {results.title(case)}, sigma {sigma:g}: a wrong solution; its error is {error}.")
    for line in results.of("skip"):
        at = f" at rtol {line['rtol']:.0e}, sigma {line['sigma']:g}" if "rtol" in line else ""
        lines.append(f"- {line['engine']}, {results.title(line['case'])}{at}: left out, {line['reason']}.")
    return lines


def first_table(results: Results) -> list[str]:
    """Time to the first result, and what the peers need to be ready."""
    lines = head("states", "first result, s", "in a second process, s", f"{BASE}, s")
    for line in results.of("startup"):
        if line["what"] == "first":
            middle = [
                statistics.median(one["wall"] for one in line[name]) for name in ("cold", "warm", "libroadrunner")
            ]
            lines.append(row([line["states"], *(f"{one:.2f}" for one in middle)]))
    lines += ["", *head("CPU seconds until ready", *results.engines)]
    for case in results.cases:
        cells = [results.ready.get((case, name)) for name in results.engines]
        lines.append(row([results.title(case), *(f"{one['ready_cpu']:.1f}" if one else "-" for one in cells)]))
    return lines


def threads_words(results: Results) -> str:
    """Two threads against one."""
    parts = [
        "{:.2f} times ({:.2f} to {:.2f}) on ".format(*line["ratio"]) + results.title(line["case"])
        for line in results.of("startup")
        if line["what"] == "threads"
    ]
    return "Two threads are faster than one by: " + ("; ".join(parts) or "not measured") + "."


def linearity(results: Results) -> list[str]:
    """Cost by number of animals and by number of states."""
    found = results.of("startup")
    lines = head("animals (Bachmann 2011)", "CPU time per run, us")
    lines += [row([line["animals"], f"{1e6 * line['cpu']:.0f}"]) for line in found if line["what"] == "animals"]
    lines += ["", *head("states of the chain", "CPU time per run, us", "per run and state, us")]
    lines += [
        row([line["states"], f"{1e6 * line['cpu']:.0f}", f"{1e6 * line['cpu'] / line['states']:.2f}"])
        for line in found
        if line["what"] == "chain"
    ]
    return lines


def driven(results: Results) -> list[str]:
    """How each engine was driven, once for each way."""
    about = dict.fromkeys(line["about"] for name in ENGINES for line in results.of("ready") if line["engine"] == name)
    return [f"- {one}" for one in about]


if __name__ == "__main__":
    main()
