"""A grid: effects over two doses, or over dose and time, with what is beyond the references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.asking.intervals import Array, Interval, share_above
from euthymia.asking.plan import Surface
from euthymia.asking.references import DoseCurve, bliss, loewe
from euthymia.asking.synergy import Compared, compared, direction, full_effect
from euthymia.findings.trial import Trial
from euthymia.records.finding import Reading
from euthymia.units import Quantity
from euthymia.words import msg


@dataclass(frozen=True)
class Cell:
    """One pair of doses, or a dose at a time.

    Attributes
    ----------
    x, y
        Factors of the doses; `y` is a day where it is time.
    effect
        Difference from the untreated arm, in the assay's unit; above zero is relief.
    probability
        Share of draws in which it is above zero.
    noticeable
        Share of draws in which its size is beyond the assay's margin, in the direction of the median.
    bliss, loewe
        What is beyond the references, where two doses are varied and neither is zero.
    """

    x: float
    y: float
    effect: Interval
    probability: float
    noticeable: float
    bliss: Compared | None = None
    loewe: Compared | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "x": self.x, "y": self.y, "effect": self.effect.to_dict(), "probability": self.probability,
            "probability_beyond_margin": self.noticeable,
            "bliss": self.bliss.to_dict() if self.bliss else None,
            "loewe": self.loewe.to_dict() if self.loewe else None,
        }  # fmt: skip


@dataclass(frozen=True)
class GridAnswer:
    """An answered grid; `cells[y][x]`."""

    surface: Surface
    cells: tuple[tuple[Cell, ...], ...]
    relief: str
    draws: int

    @property
    def timed(self) -> bool:
        """Whether the axis y is time."""
        return self.surface.asked.y.times is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        asked = self.surface.asked
        return {
            "assay": asked.assay, "of": asked.of, "arm": asked.arm, "none": asked.none, "relief": self.relief,
            "x": asked.x.intervention, "y": "time" if self.timed else asked.y.intervention,
            "x_values": list(self.surface.x), "y_values": list(self.surface.y), "draws": self.draws,
            "cells": [one.to_dict() for row in self.cells for one in row],
        }  # fmt: skip


def grid_answer(surface: Surface, trial: Trial, distance: Array | None) -> GridAnswer:
    """The effects of all cells.

    Parameters
    ----------
    surface
        The planned grid.
    trial
        Its experiment, simulated.
    distance
        Per draw, the unstressed level less that of the untreated arm, in the assay's unit; None where not known.
    """
    return _Gridded(surface, trial, distance).answer()


class _Gridded:
    def __init__(self, surface: Surface, trial: Trial, distance: Array | None) -> None:
        asked = surface.asked
        self.surface, self.trial, self.good = surface, trial, ~trial.failed
        self.margin = trial.assays[asked.assay].margin(change=False)
        days = surface.y if asked.y.times is not None else [asked.time.to("d") if asked.time else 0.0]
        self.none = {day: self._mean(asked.none, day) for day in days}
        nothing = np.full(int(self.good.sum()), np.nan)
        away = nothing if distance is None else distance[self.good]
        raw = [self._mean(surface.arms[-1][-1], day) - self.none[day] for day in days]
        reading = self._reading(asked.none, days[0])
        self.sign = direction(trial, reading, away[np.isfinite(away)], raw, self.margin)
        assay = trial.assays[asked.assay]
        self.full = full_effect(assay, self.sign, self.none[days[0]], self.sign * away, limit=asked.full == "limit")

    def _reading(self, arm: str, day: float) -> Reading:
        asked = self.surface.asked
        return Reading(arm=arm, assay=asked.assay, of=asked.of, time=Quantity(day, "d"))

    def _mean(self, arm: str, day: float) -> Array:
        return self.trial.means(self._reading(arm, day))[self.good]

    def answer(self) -> GridAnswer:
        asked = self.surface.asked
        timed = asked.y.times is not None
        effects = self._timed() if timed else self._dosed()
        cells = tuple(
            tuple(self._cell(effects, column, row, timed=timed) for column in range(len(self.surface.x)))
            for row in range(len(self.surface.y))
        )
        return GridAnswer(self.surface, cells, "greater" if self.sign > 0 else "less", int(self.good.sum()))

    def _timed(self) -> Array:
        names = self.surface.arms[0]
        return np.array([[self.sign * (self._mean(arm, day) - self.none[day]) for arm in names]
                         for day in self.surface.y])  # fmt: skip

    def _dosed(self) -> Array:
        (day,) = self.none
        return np.array([[self.sign * (self._mean(arm, day) - self.none[day]) for arm in row]
                         for row in self.surface.arms])  # fmt: skip

    def _cell(self, effects: Array, column: int, row: int, *, timed: bool) -> Cell:
        x, y, here = self.surface.x[column], self.surface.y[row], effects[row, column]
        sign = 1.0 if float(np.median(here)) >= 0 else -1.0
        shares = share_above(here, self.margin), float(np.mean(sign * here > self.margin))
        if timed or x == 0 or y == 0:
            return Cell(x, y, Interval.of(here), *shares)
        alone = (effects[0, column], effects[row, 0])
        expected = bliss(alone[0] / self.full, alone[1] / self.full) * self.full
        full = msg("The full effect is not known: stressed and unstressed animals do not differ enough in this assay.")
        top = msg("One of the two alone does not reach what the pair should do, at any dose of the grid.")
        return Cell(
            x, y, Interval.of(here), *shares, compared("bliss", here, expected, self.margin, full),
            compared("loewe", here, self._loewe(effects, x, y), self.margin, top),
        )  # fmt: skip

    def _loewe(self, effects: Array, x: float, y: float) -> Array:
        first, second = effects[0, :, :], effects[:, 0, :]
        doses = np.array(self.surface.x), np.array(self.surface.y)
        return np.array([
            loewe(DoseCurve.through(doses[0], first[:, draw]), DoseCurve.through(doses[1], second[:, draw]), x, y)
            for draw in range(effects.shape[2])
        ])  # fmt: skip
