"""Units of assays and parameters, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, msg

_KNOWN: Final[Mapping[str, Message | str]] = {
    "": "",
    "dimensionless": "",
    "1": "",
    "um": "µm",
    "1/um": msg("per µm"),
    "1/h": msg("per hour"),
    "1/hour": msg("per hour"),
    "1/d": msg("per day"),
    "1/day": msg("per day"),
    "s": "s",
    "g": "g",
    "%": "%",
    "ratio": msg("ratio"),
    "failures of 30": msg("failures of 30"),
    "fraction per interval": msg("fraction per interval"),
    "relative to PT baseline": msg("relative to PT baseline"),
    "% of baseline": msg("% of baseline"),
    "fold of control": msg("fold of control"),
    "spikes": msg("spikes"),
    "spike/s": "Hz",
    "spike/s/mV": "Hz/mV",
    "mV*s/spike": "mV/Hz",
    "points": msg("points"),
    "ug/ml": "µg/ml",
    "log units": msg("log units"),
    "% of basal": msg("% of basal"),
    "% of the largest response": msg("% of the largest response"),
    "angstrom of difference": msg("angstrom of difference"),
    "nM in dialysate": msg("nM in dialysate"),
    "relative to baseline": msg("relative to baseline"),
    "% of control": msg("% of control"),
    "% of the serotonin maximum": msg("% of the serotonin maximum"),
    "twitches per 10 min": msg("twitches per 10 min"),
    "infusions per session": msg("infusions per session"),
    "states": msg("states"),
    "dimensions": msg("dimensions"),
    "nmol/l": "nmol/l",
    "1/h/(nmol/l)": msg("per hour per nmol/l"),
}


def unit_words(unit: str) -> Message | str:
    """A unit in words; one that is not known is shown as it is written."""
    return _KNOWN.get(unit, unit)
