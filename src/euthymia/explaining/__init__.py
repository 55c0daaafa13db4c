"""Results explained: by how much each causal link carries an effect."""

from euthymia.explaining.answers import CARRIES, Carried, Explanation, Spread
from euthymia.explaining.contrasts import Contrast, contrast_of, read_experiment
from euthymia.explaining.cuts import Idle, Why, is_reading
from euthymia.explaining.explain import explain

__all__ = [
    "CARRIES",
    "Carried",
    "Contrast",
    "Explanation",
    "Idle",
    "Spread",
    "Why",
    "contrast_of",
    "explain",
    "is_reading",
    "read_experiment",
]
