"""Measures the live explorer: page loads at a fixed rate, then different questions asked at the same time.

Starts ``euthymia serve`` on a free port, loads pages from a process of its own, then asks questions of the whole atlas
that nobody has asked before (their seeds are drawn from the clock). Prints tables and adds lines to
results/serving.jsonl. ``--quick`` is a short run of some 40 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from machine import described

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results" / "serving.jsonl"
PAGES: Final = ("index.html", "s02.html", "s04.html", "ask.html", "digest.html", "compare.html", "interventions.html")
START: Final = "from euthymia.cli import main; main()"
PATIENCE: Final = 60.0
"""Seconds until a page load counts as lost."""
POLL: Final = 0.5
"""Seconds between two looks at a job, as the page does it."""
PACKAGES: Final = ("fastapi", "starlette", "uvicorn", "httptools", "uvloop", "numpy", "llvmlite", "pydantic")


@contextmanager
def server(options: Sequence[str]) -> Iterator[int]:
    """A running server; its port."""
    command = [sys.executable, "-c", START, "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                print(line, end="", file=sys.stderr)
                if found := re.search(r"http://[^/]*:(\d+)/", line):
                    break
            else:
                raise SystemExit("The server did not start.")
            yield int(found[1])
        finally:
            process.send_signal(signal.SIGINT)


async def exchange(port: int, head: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """One request over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        request = f"{head} HTTP/1.1\r\nHost: localhost\r\n{length}Connection: close\r\nAccept-Encoding: gzip\r\n"
        writer.write((request + ("Content-Type: application/json\r\n" if body else "") + "\r\n").encode() + body)
        first, _, rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").partition("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in rest.split("\r\n") if ": " in line)
        return int(first.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))
    finally:
        writer.close()


async def load_pages(port: int, rate: float, seconds: float) -> dict[str, Any]:
    """Page loads that begin at fixed times, whether earlier ones have ended or not; each over a new connection.

    Latency counts from the time at which a load was due, so that a slow server or client cannot hide its queue.
    """
    found: list[float] = []
    bytes_read, wrong = Counter[str](), Counter[str]()
    pages = [page for page in PAGES if (await exchange(port, f"GET /{page}"))[0] == 200]
    begin = time.perf_counter() + 0.2

    async def load(number: int) -> None:
        page, due = pages[number % len(pages)], begin + number / rate
        await asyncio.sleep(due - time.perf_counter())
        try:
            async with asyncio.timeout(PATIENCE):
                status, _, body = await exchange(port, f"GET /{page}")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, KeyError, ValueError) as error:
            wrong[type(error).__name__] += 1
            return
        if status != 200:
            wrong[str(status)] += 1
        found.append(time.perf_counter() - due)
        bytes_read[page] += len(body)

    await asyncio.gather(*(load(number) for number in range(int(rate * seconds))))
    lasted = time.perf_counter() - begin
    return {
        "kind": "pages", "rate": rate, "seconds": seconds, "loads": len(found), "errors": dict(wrong),
        "done_per_second": len(found) / lasted, "mbytes_per_second": bytes_read.total() / lasted / 1e6,
        "pages": pages, **percentiles(found),
    }  # fmt: skip


def question(number: int, animals: int, days: int, seed: int) -> dict[str, Any]:
    """What a dose of psilocybin does, beside nothing and ketamine, in the whole atlas."""
    dose = f"{0.1 + 0.05 * number:.2f} mg/kg"
    given = {"route": "ip", "at": "0 d"}
    return {
        "format": 1, "title": f"Psilocybin, {dose}", "animals": animals, "seed": seed + number,
        "cohort": {"stress": [{"stress": "chronic_restraint", "start": "-21 d", "days": 21}]},
        "arms": [
            {"id": "stressed"},
            {"id": "psilocybin", "protocol": [{"drug": "psilocybin", "dose": dose, **given}]},
            {"id": "ketamine", "protocol": [{"drug": "ketamine", "dose": "5 mg/kg", **given}]},
        ],
        "sampling": [{"assay": "forced_swim", "times": ["1 d", "7 d", f"{days} d"]}],
    }  # fmt: skip


async def ask_all(port: int, count: int, animals: int, days: int) -> dict[str, Any]:
    """All questions posted at once, each followed until it has ended."""
    seed = int(time.time()) % 10**6 * 1000
    ends, wrong, refused = [], Counter[str](), Counter[str]()
    begin = time.perf_counter()

    async def follow(number: int) -> None:
        body = json.dumps({"kind": "question", "question": question(number, animals, days, seed)}).encode()
        while True:
            status, headers, said = await exchange(port, "POST /api/jobs", body)
            if status != 429:
                break
            refused["429"] += 1
            await asyncio.sleep(float(headers["retry-after"]))
        job = json.loads(said)
        while status in (200, 202) and job["state"] in ("waiting", "running"):
            await asyncio.sleep(POLL)
            status, _, said = await exchange(port, f"GET /api/jobs/{job['id']}")
            job = json.loads(said)
        if status not in (200, 202) or job["state"] != "done":
            wrong[job.get("state", str(status))] += 1
            print(said.decode()[:300], file=sys.stderr)
            return
        status, _, page = await exchange(port, f"GET /api/results/{job['result']}/page")
        if status != 200 or not page:
            wrong["page"] += 1
        ends.append(time.perf_counter() - begin)

    await asyncio.gather(*(follow(number) for number in range(count)))
    lasted = time.perf_counter() - begin
    return {"kind": "questions", "questions": count, "animals": animals, "days": days, "arms": 3, "done": len(ends),
            "refused": dict(refused), "errors": dict(wrong), "lasted_s": lasted,
            "done_per_second": len(ends) / lasted, **percentiles(ends)}  # fmt: skip


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Latencies in milliseconds."""
    if not seconds:
        return {}
    found = np.array(seconds) * 1e3
    levels = {"p50": 50, "p95": 95, "p99": 99, "most": 100}
    return {f"{name}_ms": round(float(np.percentile(found, level)), 2) for name, level in levels.items()}


def loaded(port: int, rate: float, seconds: float) -> dict[str, Any]:
    """Page loads from a process of its own."""
    command = [sys.executable, __file__, "--load", str(port), "--rate", str(rate), "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def table(found: dict[str, Any]) -> str:
    """One measurement for people."""
    rows = [(name, json.dumps(value) if isinstance(value, dict | list) else value) for name, value in found.items()]
    return "\n".join(
        f"{name:20} {value:.2f}" if isinstance(value, float) else f"{name:20} {value}" for name, value in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="page loads per second")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the page loads")
    parser.add_argument("--questions", type=int, default=50, help="questions asked at the same time")
    parser.add_argument("--animals", type=int, default=48, help="animals per arm of a question")
    parser.add_argument("--days", type=int, default=30, help="days from the dose to the last sample")
    parser.add_argument("--workers", type=int, help="worker processes of the server")
    parser.add_argument("--site", type=Path, help="folder of the site; that of the atlas if left out")
    parser.add_argument("--quick", action="store_true", help="10 s of page loads, 8 questions; nothing is written")
    parser.add_argument("--load", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        print(json.dumps(asyncio.run(load_pages(given.load, given.rate, given.seconds))))
        return
    if given.quick:
        given.seconds, given.questions = 10.0, 8
    options = [*(["--site", str(given.site)] if given.site else []),
               *(["--workers", str(given.workers)] if given.workers else [])]  # fmt: skip
    with server(options) as port:
        found = [loaded(port, given.rate, given.seconds)]
        print(table(found[0]), end="\n\n", flush=True)
        found.append(asyncio.run(ask_all(port, given.questions, given.animals, given.days)))
        print(table(found[1]))
        health = json.loads(asyncio.run(exchange(port, "GET /api/health"))[2])
    stamp = {"kind": "machine", **described(PACKAGES), "workers": health["workers"]}
    if not given.quick:
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(one) + "\n" for one in (stamp, *found))


if __name__ == "__main__":
    main()
