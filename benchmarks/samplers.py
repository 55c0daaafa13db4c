"""Measures samplers for calibrations: `python benchmarks/samplers.py`; docs/samplers.md tells what is measured.

Each candidate gets the same posterior, as a vectorised function, and about the same number of its evaluations, in three
independent runs. Results are written after each candidate, so that an interrupted run goes on where it stopped.

References
----------
Rank-normalised R-hat and effective sample size: Vehtari et al. 2021, Bayesian Analysis 16:667.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from pathlib import Path
from typing import Any, Final, get_args

import machine
import numpy as np
import numpy.typing as npt
from sampler_candidates import NEEDS, SAMPLERS, Sampler, own
from sampler_targets import Frame, Start, Target, mechanism, planted

from euthymia.calibration.sampler import diagnostics

Array = npt.NDArray[np.float64]
RESULTS: Final = Path(__file__).parent / "results" / "samplers.json"
BUDGETS: Final = {"S02": 3000, "S11": 1500, "planted": 4000, "planted, ten times": 40000}
"""Evaluations per run: what three runs of every candidate and start afford in some twelve minutes of one core."""
CAPPED: Final = ("own tempering", "emcee", "particles, Crank-Nicolson")
"""Candidates that also start from the reference that is nowhere wider than the prior."""
MOST_NESTED: Final = 5000
"""Budget above which nested sampling is left out: its own work per evaluation exceeds the simulation's."""
RUNS: Final = 3
LONGER: Final = 10
"""Length of the reference run, in budgets."""


def measured(sampler: Sampler, frame: Frame, budget: int, truth: tuple[Array, Array]) -> dict[str, dict[str, Any]]:
    """What `RUNS` runs cost and give; with an entry `, every state` if the sampler offers these."""
    clock, cpu = time.perf_counter(), time.process_time()
    runs = [sampler(frame, budget, seed) for seed in range(1, RUNS + 1)]
    cost = {
        "evaluations": frame.evaluations // RUNS,
        "seconds": (time.perf_counter() - clock) / RUNS,
        "cpu_seconds": (time.process_time() - cpu) / RUNS,
        "log_evidence": [run.log_evidence for run in runs],
        "finished": [run.finished for run in runs],
    }
    found = {"": cost | quality([frame.positions(run.draws) for run in runs], truth)}
    every = [frame.positions(run.every) for run in runs if run.every is not None]
    return found | ({", every state": cost | quality(every, truth)} if every else {})


def quality(runs: list[Array], truth: tuple[Array, Array]) -> dict[str, Any]:
    """Agreement between runs and distance from the truth (mean and deviation of each parameter)."""
    mean, deviation = truth
    errors = np.array([(run.mean(axis=0) - mean) / deviation for run in runs])
    ratios = np.array([np.log(np.maximum(run.std(axis=0), 1e-6) / deviation) for run in runs])
    length = min(map(len, runs))
    chains = np.stack([run[:length] for run in runs])
    rhat, ess = diagnostics(chains)
    return {
        "draws": length,
        "ess_min": float(ess.min()) / RUNS,
        "ess_median": float(np.median(ess)) / RUNS,
        "rhat_max": float(rhat.max()),
        "mean_error": float(np.sqrt(np.mean(errors**2))),
        "sd_log_error": float(np.sqrt(np.mean(ratios**2))),
        "sd_ratio": float(np.exp(np.mean(ratios))),
        "first_positive": [float((run[:, 0] > 0).mean()) for run in runs],
    }


def truth_of(target: Target, budget: int) -> dict[str, Any]:
    """The known truth, or what a run of `LONGER` budgets of the own algorithm finds."""
    if target.truth is not None:
        mean, deviation = target.truth
        return {"mean": mean.tolist(), "sd": deviation.tolist(), "log_evidence": 0.0}
    frame = target.frame("reference")
    run = own(frame, LONGER * budget, 99)
    places = frame.positions(run.draws if run.every is None else run.every)
    _, ess = diagnostics(places[None])
    return {
        "mean": places.mean(axis=0).tolist(), "sd": places.std(axis=0).tolist(), "log_evidence": run.log_evidence,
        "evaluations": frame.evaluations, "ess_min": float(ess.min()), "ess_median": float(np.median(ess)),
    }  # fmt: skip


def start_quality(target: Target, truth: tuple[Array, Array], start: Start) -> dict[str, Any]:
    """How far draws of the start itself are from the truth: what a sampler shows that does not move."""
    frame = target.frame(start)
    draws = [frame.draw_inside(1000, np.random.default_rng(seed))[0] for seed in range(RUNS)]
    return quality([frame.positions(run) for run in draws], truth)


def trials(target: Target, budget: int) -> list[tuple[str, Start]]:
    """Candidates and where they start; nested sampling only with budgets that its patience allows."""
    names = [name for name in SAMPLERS if name != "nautilus" or budget <= MOST_NESTED]
    usual: list[tuple[str, Start]] = [(name, "reference") for name in names]
    if target.truth is not None:
        return usual + [(name, "prior") for name in names]
    capped: list[tuple[str, Start]] = [(name, "capped reference") for name in CAPPED]
    return [*usual, *capped, ("own tempering", "prior")]


def table(entry: dict[str, Any]) -> str:
    """The Markdown table of one target; evidence and its spread over the runs."""
    lines = [
        "| candidate | evaluations | CPU s | ESS min, median | ESS per 1000 evaluations | per CPU s | R-hat "
        "| error of means | of sds | sd ratio | log evidence | first parameter above 0 |",
        "|---" * 12 + "|",
    ]
    for name, row in entry["samplers"].items():
        evidence = [value for value in row["log_evidence"] if value is not None]
        spread = f"{np.mean(evidence):.2f} ({np.std(evidence, ddof=1):.2f})" if evidence else "none"
        ess = row["ess_median"]
        minor = ", ".join(f"{share:.2f}" for share in row["first_positive"])
        lines.append(
            f"| {name} | {row['evaluations']} | {row['cpu_seconds']:.1f} | {row['ess_min']:.0f}, {ess:.0f} "
            f"| {1000 * ess / row['evaluations']:.1f} | {ess / row['cpu_seconds']:.2g} | {row['rhat_max']:.2f} "
            f"| {row['mean_error']:.2f} | {row['sd_log_error']:.2f} | {row['sd_ratio']:.2f} | {spread} | {minor} |"
        )
    for name, row in entry["starts"].items():
        errors = f"{row['mean_error']:.2f} | {row['sd_log_error']:.2f} | {row['sd_ratio']:.2f}"
        lines.append(f"| the {name} itself | 0 | | | | | | {errors} | | |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", nargs="*", default=list(BUDGETS), choices=list(BUDGETS))
    chosen = parser.parse_args().targets
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"targets": {}}
    results["machine"] = machine.described(("arviz-stats", "emcee", "nautilus-sampler", "particles", "numpy", "scipy"))
    for name in chosen:
        target = planted() if name.startswith("planted") else mechanism(name)
        budget = BUDGETS[name]
        entry = results["targets"].setdefault(name, {"parameters": target.dimension, "budget": budget, "samplers": {}})
        entry.setdefault("truth", None)
        entry["truth"] = entry["truth"] or truth_of(target, budget)
        truth = np.array(entry["truth"]["mean"]), np.array(entry["truth"]["sd"])
        entry["starts"] = {start: start_quality(target, truth, start) for start in get_args(Start)}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        for sampler, start in trials(target, budget):
            label = f"{sampler}, from the {start}"
            if label in entry["samplers"] or importlib.util.find_spec(NEEDS.get(sampler, "numpy")) is None:
                continue
            found = measured(SAMPLERS[sampler], target.frame(start), budget, truth)
            entry["samplers"] |= {label + kind: row for kind, row in found.items()}
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            print(name, label, found, flush=True)
        print(f"\n{name}\n\n{table(entry)}\n", flush=True)


if __name__ == "__main__":
    main()
