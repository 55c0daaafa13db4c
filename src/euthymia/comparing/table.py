"""The comparison as a table: a row for each intervention and test."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from euthymia.comparing.measures import Estimate
from euthymia.comparing.result import Compared, Comparison


def csv_text(comparison: Comparison) -> str:
    """Comma-separated values; empty where a number is not reached or not known. Times in days."""
    rows = list(_rows(comparison))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _rows(comparison: Comparison) -> Iterator[dict[str, object]]:
    harms = [name for name, harm in comparison.catalogue.harms.items()]
    for one in comparison.compared:
        for assay, effect in one.effects.items():
            row: dict[str, object] = {
                "intervention": one.id, "study": one.entry.study, "kind": one.entry.kind, "assay": assay,
                "probability": _cell(effect.probability), "probability_error": _cell(effect.error),
                "sure_from": _cell(effect.sure_from), "sure_until": _cell(effect.sure_until),
                "chance": _cell(effect.chance),
            }  # fmt: skip
            for name in ("onset", "duration", "outlasts", "peak", "peak_day", "peak_reading"):
                row |= _columns(name, getattr(effect, name))
            yield row | _of_all(one, harms)


def _of_all(one: Compared, harms: list[str]) -> dict[str, object]:
    row: dict[str, object] = {"target": one.entry.target, "failed": _cell(one.failed)}
    row |= _columns("on_target", one.on_target) | _columns("selectivity", one.selectivity) | _columns("harm", one.harm)
    row["worst_harm"] = one.worst or ""
    for name in harms:
        row[f"harm_{name}"] = _cell(one.harms[name].median) if name in one.harms else "not covered"
    row |= _columns("half_dose", one.response.half if one.response else None)
    row |= _columns("last_dose_over_first", one.repeated.ratio if one.repeated else None)
    return row | _columns("all_doses_over_first", one.repeated.total if one.repeated else None)


def _columns(name: str, found: Estimate | None) -> dict[str, object]:
    parts = ("median", "low", "high", "reached")
    return {f"{name}_{part}": _cell(getattr(found, part)) if found is not None else "" for part in parts}


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
