"""Measures what the decoders of `euthymia.neural` read from model populations of known gains and states.

The numbers stand as `curve` in src/euthymia/atlas/common/assays/coding.yaml: run this again when a decoder changes.
"""

from __future__ import annotations

import json
from typing import Literal

import numpy as np

from euthymia.neural import Design, Population, decode, participation_ratio, record

GAINS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
STATES = (2, 3, 4, 5, 6, 8, 10, 14)
AT = 4
"""The bin just after the choice, 0.25 s wide."""


def accuracy(question: Literal["choice", "switch"], gain: float, *, sets: int = 6) -> float:
    """Accuracy in percent of pseudo-populations of 60 neurons from three animals."""
    found = []
    for number in range(sets):
        people = [
            Population(choice_gain=gain) if question == "choice" else Population(history_gain=gain) for _ in range(3)
        ]
        sessions = [
            record(one, animal=str(i), trials=160, rest_bins=2, seed=(number, i)) for i, one in enumerate(people)
        ]
        found.append(decode(sessions, question, design=Design(permutations=1), seed=number).accuracy[:, AT].mean())
    return float(100 * np.mean(found))


def directions(states: int, *, sets: int = 12) -> float:
    """Participation ratio of 20 neurons at rest."""
    found = [
        participation_ratio(
            record(Population(states=states), rest_bins=1200, trials=10, seed=(n, states)).rest, neurons=20
        )
        for n in range(sets)
    ]
    return float(np.mean(found))


if __name__ == "__main__":
    for question in ("choice", "switch"):
        print(question, json.dumps([[gain, round(accuracy(question, gain), 1)] for gain in GAINS]), flush=True)
    print("participation", json.dumps([[states, round(directions(states), 2)] for states in STATES]))
