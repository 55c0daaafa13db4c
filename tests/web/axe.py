"""What axe-core holds against a page."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The rules that are looked at: WCAG 2.2, levels A and AA."""


def violations(page: Page) -> list[str]:
    """The broken rules, each with its worst places; empty where the page keeps them all.

    The script comes in by the debugger, which a policy against foreign scripts does not stop.
    """
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [_said(one) for one in found["violations"]]


def _said(broken: dict[str, Any]) -> str:
    nodes = broken["nodes"]
    places = "; ".join(" ".join(map(str, one["target"])) for one in nodes[:4])
    why = " ".join(str(nodes[0].get("failureSummary", "")).split())
    return f"{broken['id']} ({broken['impact']}) at {len(nodes)}: {places}. {why}"
