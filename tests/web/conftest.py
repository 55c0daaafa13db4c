"""A Chromium that the tests of the pages share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from euthymia.report import write_report

CHROMIUM = Path(os.environ.get("EUTHYMIA_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        reason = f"Chromium is not at {CHROMIUM}"
        if os.environ.get("EUTHYMIA_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sample import entry

    folder = tmp_path_factory.mktemp("out")
    write_report([entry()], folder, command="euthymia reproduce S90 --seed 1")
    return folder
