"""Throughput against workers, memory and cost against animals: writes docs/scale.svg and the tables of docs/scale.md.

    python benchmarks/scale.py [--quick]

Needs the extra ``scale``. Each measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
PAGE, PICTURE = REPOSITORY / "docs" / "scale.md", REPOSITORY / "docs" / "scale.svg"
MODEL: Final = REPOSITORY / "benchmarks" / "models" / "bachmann_2011.ant"
MARKS: Final = ("<!-- table: begin -->", "<!-- table: end -->")
ROUNDS: Final = 5
WAYS: Final = ("threads 1", "threads 2", "processes 1", "processes 2", "cluster 1", "cluster 2")


def request(animals: int) -> dict[str, Any]:
    """A cohort of the JAK-STAT model: lognormal parameters, twenty times of three outputs."""
    import numpy as np

    from euthymia import load_model

    model = load_model(MODEL, units="ignore")
    rng = np.random.default_rng(1)
    names = [s.id for s in model.symbols.values() if s.kind == "parameter" and s.role == "constant"]
    chosen = names[:10] or ["Epo"]
    columns = {name: model.symbols[name].value * np.exp(0.2 * rng.standard_normal(animals)) for name in chosen}
    times = np.linspace(0, 240, 20)
    return {"model": model, "times": times, "parameters": columns, "outputs": ["pSTAT5", "CIS", "SOCS3"]}


def throughput(way: str, animals: int) -> Iterator[dict[str, Any]]:
    """Runs per second of one way, several times."""
    from euthymia import simulate

    kind, count = way.split()
    asked = request(animals)
    if kind == "cluster":
        import dask
        from distributed import Client, LocalCluster

        with (
            dask.config.set({"distributed.admin.tick.limit": "1h"}),
            LocalCluster(n_workers=int(count), threads_per_worker=1, host="127.0.0.1", protocol="tcp://",
                         dashboard_address=None, silence_logs=50) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            yield from _timed(way, lambda: simulate(**asked, client=client), animals)
        return
    where = {"workers": int(count), "processes": kind == "processes"}
    yield from _timed(way, lambda: simulate(**asked, **where), animals)


def _timed(way: str, call: Any, animals: int) -> Iterator[dict[str, Any]]:
    call()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        yield {"way": way, "rate": animals / (time.perf_counter() - started)}


def memory(animals: int) -> Iterator[dict[str, Any]]:
    """Peak memory and time of a cohort that is written to disk, and what it takes there."""
    from euthymia import simulate_to

    asked = request(animals)
    with tempfile.TemporaryDirectory() as folder:
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        simulate_to(Path(folder) / "cohort", **asked)
        took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
    yield {"animals": animals, "seconds": took, "peak_mb": after / 1024, "grown_mb": (after - before) / 1024,
           "disk_mb": size / 1e6}  # fmt: skip


def measured(what: str, *arguments: object) -> list[dict[str, Any]]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--measure", json.dumps([what, *arguments])]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def picture(rates: dict[str, list[float]]) -> str:
    """Bars of runs per second with their spread."""
    top = max(max(values) for values in rates.values())
    rows = []
    for index, (way, values) in enumerate(rates.items()):
        y, middle = 30 + 34 * index, statistics.median(values)
        low, high, width = (430 * value / top for value in (min(values), max(values), middle))
        rows.append(
            f'<text class="t" x="110" y="{y + 15}" text-anchor="end">{way}</text>'
            f'<rect x="120" y="{y}" width="{width:.1f}" height="20" rx="3" fill="#3b7ea1"/>'
            f'<path d="M{120 + low:.1f} {y + 10}H{120 + high:.1f}" class="l"/>'
            f'<text class="t" x="{128 + max(width, high):.1f}" y="{y + 15}">{middle:,.0f}</text>'
        )
    height = 50 + 34 * len(rates)
    style = (
        ".t{font:13px system-ui,sans-serif;fill:#222}.l{stroke:#111;stroke-width:1.5}"
        "@media(prefers-color-scheme:dark){.t{fill:#ddd}.l{stroke:#eee}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {height}" role="img">'
        f"<title>Runs per second against workers</title><style>{style}</style>"
        f'<text class="t" x="120" y="18">runs per second, median and range of {ROUNDS}</text>{"".join(rows)}</svg>\n'
    )


def table(rates: dict[str, list[float]], sizes: list[dict[str, Any]]) -> str:
    """The measured part of the page."""
    one = statistics.median(rates["threads 1"])
    lines = ["| workers | runs per second: median (range) | against one thread |", "|---|---|---|"]
    for way, values in rates.items():
        middle = statistics.median(values)
        lines.append(f"| {way} | {middle:,.0f} ({min(values):,.0f} to {max(values):,.0f}) | {middle / one:.2f} |")
    lines += ["", "| animals | seconds | microseconds per animal | peak memory | on disk |", "|---|---|---|---|---|"]
    for row in sizes:
        each = 1e6 * row["seconds"] / row["animals"]
        lines.append(
            f"| {row['animals']:,} | {row['seconds']:.1f} | {each:.0f} | {row['peak_mb']:,.0f} MB "
            f"| {row['disk_mb']:,.0f} MB |"
        )
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller cohorts")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        what, *arguments = json.loads(asked.measure)
        for row in {"throughput": throughput, "memory": memory}[what](*arguments):
            print(json.dumps(row), flush=True)
        return
    rates: dict[str, list[float]] = {}
    for way in WAYS:
        rates[way] = [row["rate"] for row in measured("throughput", way, 20_000 if asked.quick else 60_000)]
        print(way, f"{statistics.median(rates[way]):,.0f} runs per second", file=sys.stderr, flush=True)
    sizes: list[dict[str, Any]] = []
    for animals in (1000, 10_000, 100_000) if asked.quick else (1000, 10_000, 100_000, 1_000_000):
        sizes += measured("memory", animals)
        print(sizes[-1], file=sys.stderr, flush=True)
    before, rest = PAGE.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(rates, sizes)}\n{MARKS[1]}{after}", encoding="utf-8")
    PICTURE.write_text(picture(rates), encoding="utf-8")


if __name__ == "__main__":
    main()
