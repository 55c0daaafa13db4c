"""An explanation as plain data: JSON, and a table with one line per cut and link."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

from euthymia.explaining.answers import Carried, Explanation, Spread
from euthymia.records.finding import Reading

COLUMNS: Final = (
    "study", "ablation", "link", "from", "sign", "to", "links_cut_together", "effect_low", "effect_median",
    "effect_high", "without_low", "without_median", "without_high", "share_low", "share_median", "share_high",
    "probability_falls", "probability_gone", "draws",
)  # fmt: skip
"""Columns of the table."""


def to_dict(found: Explanation) -> dict[str, Any]:
    """All of an explanation, with None for numbers that are not known."""
    return {
        "reading": _side(found.contrast.reading),
        "against": _side(found.contrast.against),
        "experiment": found.experiment.id,
        "joined": found.joined,
        "explained": found.explained,
        "effect": {**_spread(found.effect), "unit": found.unit, "probability": _number(found.shown)},
        "draws": found.draws,
        "draws_used": found.used,
        "draws_failed": found.failed,
        "cuts": [_cut(one) for one in found.carried],
        "links": {study: found.weights(study) for study in found.folders},
        "not_cut": [{"study": one.study, "ablation": one.ablation.id, "why": one.why.value} for one in found.idle],
        "provenance": dict(found.provenance),
    }


def to_json(found: Explanation) -> str:
    """The same as text."""
    return json.dumps(to_dict(found), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_csv(found: Explanation) -> str:
    """A line per cut and link; a cut of several links has its numbers on each of their lines."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found.carried:
        record = found.folders[one.study].record
        links = {link.id: link for link in record.chain}
        for name in one.ablation.links:
            link = links[name]
            ends = (record.entities[end].label.en for end in (link.source, link.target))
            source, target = ends
            numbers = [value for spread in (found.effect, one.without, one.share) for value in _spread(spread).values()]
            writer.writerow([one.study, one.ablation.id, name, source, link.sign, target, len(one.ablation.links),
                             *numbers, _number(one.falls), _number(one.gone), one.draws])  # fmt: skip
    return out.getvalue()


def _cut(one: Carried) -> dict[str, Any]:
    return {
        "study": one.study,
        "ablation": one.ablation.id,
        "links": list(one.ablation.links),
        "label": one.ablation.label.model_dump(),
        "without": _spread(one.without),
        "share": _spread(one.share),
        "probability_falls": _number(one.falls),
        "probability_gone": _number(one.gone),
        "draws": one.draws,
    }


def _side(reading: Reading) -> dict[str, Any]:
    return reading.model_dump(mode="json", exclude_none=True)


def _spread(spread: Spread) -> dict[str, float | None]:
    return {name: _number(value) for name, value in vars(spread).items()}


def _number(value: float) -> float | None:
    return value if value == value else None
