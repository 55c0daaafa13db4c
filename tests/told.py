"""What ``euthymia compare --out`` writes, made by hand: a few interventions and no simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SPOT: Final = {"centre": [-0.5, 1.2], "covariance": [[0.1, 0.02], [0.02, 0.2]], "share": 0.9, "open_end": 0.4}


def middle(median: float | None = 1.0, low: float | None = 0.5, high: float | None = None) -> dict[str, float | None]:
    """A number over draws."""
    return {"median": median, "low": low, "high": high, "reached": 0.9}


def effect(onset: float | None, duration: float | None, probability: float = 0.9) -> dict[str, Any]:
    """What an intervention does in one test."""
    return {
        "onset": middle(onset), "duration": middle(duration), "peak": middle(0.84, 0.46, 1.6),
        "peak_day": middle(5.6, 0.1, 70.0), "peak_reading": middle(38.0, 21.0, 71.0), "probability": probability,
        "chance": 0.52, "spot": SPOT,
    }  # fmt: skip


def intervention(
    name: str, onset: float | None = 0.27, duration: float | None = 30.0, probability: float = 0.9, **more: Any
) -> dict[str, Any]:
    """One intervention."""
    plain: dict[str, Any] = {
        "id": name, "label": {"en": name, "zh": name}, "study": "S01", "kind": "drug",
        "effects": {"forced_swim": effect(onset, duration, probability)}, "target": "htr2a",
        "on_target": middle(3.0, 2.0, 4.0), "selectivity": middle(0.17, 0.14, 0.23), "off_target": [],
        "harms": {"head_twitch": middle(7.1, 2.9, 61.0)}, "harm": middle(7.1, 2.9, 61.0), "worst_harm": "head_twitch",
        "dose_response": {"factors": [0.1, 1, 3], "half": middle(0.23, 0.1, 0.5),
                          "peaks": [middle(0.2, 0.1, 0.8), middle(0.6, 0.5, 1.6), middle(0.9, 0.7, 1.7)]},
        "repeated": {"doses": 4, "every": 7, "ratio": middle(0.64, 0.06, 0.92), "total": middle(1.9, 1.3, 2.2),
                     "harms": {}},
        "failed": 0.0, "something else": 1,
    }  # fmt: skip
    return plain | more


def told(*interventions: dict[str, Any]) -> dict[str, Any]:
    """The whole file."""
    harms = {
        "head_twitch": {"label": {"en": "head twitches", "zh": "头部抽动"}, "covered": True, "missing": None,
                        "findings": {"S09-20": {"verdict": "reproduced", "probability": 0.9}}},
        "dissociation": {"label": {"en": "dissociation", "zh": "解离"}, "covered": False,
                         "missing": {"en": "No study reads it.", "zh": "没有研究读取它。"}, "findings": {}},
    }  # fmt: skip
    return {"days": 70, "animals": 8, "seed": 1, "interventions": list(interventions), "unreachable": [],
            "harms": harms}  # fmt: skip


def compared_folder(folder: Path, *interventions: dict[str, Any], **changes: str) -> Path:
    """The folder with all its files; `changes` replace the text of one."""
    texts = {"compare.csv": "x", "compare.json": json.dumps(told(*interventions))}
    folder.mkdir(exist_ok=True)
    for name, text in (texts | changes).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
