"""Measures how far calibrations and verdicts can be trusted; writes docs/trust.md and results/trust.json.

Finished worlds are kept, so that an interrupted call goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from euthymia.calibration.steps import Steps
from euthymia.calibration.trust import EFFORT, World, Worlds, coverage, expected_coverage, rates, uniformity
from euthymia.findings.verdict import SURE
from euthymia.records.ensemble import evidence_digest
from euthymia.records.folder import load_study

HERE: Final = Path(__file__).parent
RESULT: Final = HERE / "results" / "trust.json"
PAGE: Final = HERE.parent / "docs" / "trust.md"
TEMPLATE: Final = HERE / "trust.template.md"
LEVELS: Final = (0.5, 0.8, 0.95)
FALSE: Final = {"S02": ("no_dusp6_feedback", "no_consolidation"), "S07": ("no_d2_to_lh", "no_md_to_mood")}


@cache
def worlds_of(study: str, cut: str | None) -> Worlds:
    return Worlds(load_study(study, calibrated=False), cut)


def kept_steps(study: str, cut: str | None) -> Steps:
    folder = load_study(study, calibrated=False)
    digest = evidence_digest(folder.record, folder.fragment, folder.library, dict(folder.observations))
    return Steps.of("trust", digest, cut)


def imagined(order: tuple[str, str | None, int]) -> tuple[str, str | None, int]:
    study, cut, index = order
    steps = kept_steps(study, cut)
    if f"world_{index}" not in steps:
        steps[f"world_{index}"] = worlds_of(study, cut).imagine(index).flat()
    return order


def read(study: str, cut: str | None, count: int) -> list[World]:
    steps, made = kept_steps(study, cut), worlds_of(study, cut)
    return [made.read(steps[f"world_{index}"]) for index in range(count)]


def measured(study: str, cut: str | None, worlds: list[World]) -> dict[str, Any]:
    made = worlds_of(study, cut)
    kept = np.array([finding.use == "validate" for finding in made.findings])
    told: dict[str, Any] = {"study": study, "cut": cut, "worlds": len(worlds)}
    for name, chosen in (("all", None), ("validate", kept), ("calibrate", ~kept)):
        found = rates(worlds, SURE, chosen)
        told[name] = {
            "false_reproduced": found.false_reproduced, "not_so": found.not_so,
            "false_contradicted": found.false_contradicted, "so": found.so, "curve": found.curve.tolist(),
        }  # fmt: skip
    if cut is None:
        told["coverage"] = {
            str(level): (*coverage(worlds, level), expected_coverage(level, EFFORT.particles)) for level in LEVELS
        }
        p = uniformity(worlds)
        told |= {"parameters": len(p), "rank_p_below_0.05": int((p < 0.05).sum()), "rank_p_least": float(p.min())}
    return told


def table(results: list[dict[str, Any]]) -> str:
    lines = ["| study | parameters | 50 % intervals hold | 80 % | 95 % | rank tests with p < 0.05 | least p |"]
    lines.append("|---|---|---|---|---|---|---|")
    for one in results:
        if one["cut"] is None:
            shares = " | ".join(
                f"{100 * share:.1f} ± {100 * error:.1f} % ({100 * right:.1f})"
                for share, error, right in one["coverage"].values()
            )
            few = f"{one['rank_p_below_0.05']} ({0.05 * one['parameters']:.1f} expected) | {one['rank_p_least']:.2g}"
            lines.append(f"| {one['study']} ({one['worlds']} worlds) | {one['parameters']} | {shares} | {few} |")
    return "\n".join(lines)


def verdicts(results: list[dict[str, Any]]) -> str:
    lines = ["| world | findings | called reproduced, though not so | called contradicted, though so |"]
    lines.append("|---|---|---|---|")
    for one in results:
        name = f"{one['study']}, true" if one["cut"] is None else f"{one['study']}, false: `{one['cut']}`"
        for use in ("calibrate", "validate"):
            rate = one[use]
            lines.append(f"| {name} ({one['worlds']}) | {use} | {_share(rate['false_reproduced'], rate['not_so'])} | "
                         f"{_share(rate['false_contradicted'], rate['so'])} |")  # fmt: skip
    return "\n".join(lines)


def curves(results: list[dict[str, Any]]) -> str:
    classes = [f"P {low:.2f}-{high:.2f}" for low, high, *_ in results[0]["all"]["curve"]]
    lines = ["| world | findings | " + " | ".join(classes) + " |", "|---|---|" + "---|" * len(classes)]
    for one in results:
        name = f"{one['study']}, true" if one["cut"] is None else f"{one['study']}, false: `{one['cut']}`"
        for use in ("calibrate", "validate"):
            cells = [f"{share:.2f} of {count:.0f}" if count else "-" for _, _, count, _, share in one[use]["curve"]]
            lines.append(f"| {name} | {use} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share(rate: float, count: int) -> str:
    return f"{100 * rate:.1f} % of {count}" if count else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--true", type=int, default=100, help="true worlds of each study")
    parser.add_argument("--false", type=int, default=40, help="false worlds of each study and link")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    kinds = [(study, cut, given.false if cut else given.true) for study, cuts in FALSE.items() for cut in (None, *cuts)]
    orders = [(study, cut, index) for study, cut, count in kinds for index in range(count)]
    with ProcessPoolExecutor(given.workers) as pool:
        for done, (study, cut, index) in enumerate(pool.map(imagined, orders), 1):
            print(f"\r{done}/{len(orders)} worlds ({study}, {cut or 'true'}, {index})   ", end="", flush=True)
    print()
    results = [measured(study, cut, read(study, cut, count)) for study, cut, count in kinds]
    RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    page = TEMPLATE.read_text(encoding="utf-8")
    for name, text in (("COVERAGE", table(results)), ("RATES", verdicts(results)), ("CURVES", curves(results))):
        page = page.replace(f"<!-- {name} -->", text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
