"""Each function of SBML at any time of a run, and integrated."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pytest
from documents import Case, assigned, check, document, parameter, rated, t

FUNCTIONS: Final = {
    "max(1, time, 2)": np.maximum(t, 2),
    "min(time, 2, 9 - time)": np.minimum(t, 2),
    "factorial(5) + factorial(0)": 121,
    "abs(-time) + sqrt(4) + root(3, 27) + 2^time": t + 5 + 2**t,
    "log10(1 + time)": np.log10(1 + t),
    "log(2, 8 + time)": np.log2(8 + t),
    "ln(2 + time)": np.log(2 + t),
    "exp(-time) + exponentiale^time": np.exp(-t) + np.exp(t),
    "sin(time) + cos(time)*tan(time/2)": np.sin(t) + np.cos(t) * np.tan(t / 2),
    "sec(time/3) - csc(1 + time/2) + cot(1 + time/4)":
        1 / np.cos(t / 3) - 1 / np.sin(1 + t / 2) + 1 / np.tan(1 + t / 4),
    "arcsin(time/4) + arccos(time/4) + arctan(time)": math.pi / 2 + np.arctan(t),
    "arcsec(2 + time) + arccsc(2 + time) - arccot(1 + time)": math.pi / 2 - np.arctan(1 / (1 + t)),
    "sinh(time) + cosh(time) - tanh(time)": np.exp(t) - np.tanh(t),
    "sech(time) + csch(1 + time) + coth(1 + time)": 1 / np.cosh(t) + 1 / np.sinh(1 + t) + 1 / np.tanh(1 + t),
    "arcsinh(time - 1) + arccosh(1.5 + time)": np.arcsinh(t - 1) + np.arccosh(1.5 + t),
    "arctanh(time/4) + arccoth(2 + time)": np.arctanh(t / 4) + np.arctanh(1 / (2 + t)),
    "arcsech(1/(2 + time)) + arccsch(1 + time)": np.arccosh(2 + t) + np.arcsinh(1 / (1 + t)),
    "avogadro/1e23 + pi": 6.02214179 + math.pi,
    "piecewise(1, implies(time > 1, time > 2), 0)": np.where((t > 1) & (t < 2), 0.0, 1.0),
    "(time > 1) + xor(true, time > 2, true)": np.where(t > 1, 1.0, 0.0) + np.where(t > 2, 1.0, 0.0),
}  # fmt: skip
FORMULAS: Final[Case] = (
    document(*(parameter(f"x{place}", 0) for place in range(len(FUNCTIONS))),
             *(assigned(f"x{place}", text) for place, text in enumerate(FUNCTIONS))),
    {f"x{place}": course + 0 * t for place, course in enumerate(FUNCTIONS.values())},
)  # fmt: skip
INTEGRALS: Final[Case] = (
    document(*(parameter(f"y{place}", 0) for place in range(8)), rated("y0", "cos(time)*cosh(time)"),
             rated("y1", "1/sqrt(16 - time^2)"), rated("y2", "sech(time)^2"), rated("y3", "log10(1 + time)"),
             rated("y4", "max(time, 1)"), rated("y5", "min(time, 2 - time)"), rated("y6", "avogadro*1e-23"),
             rated("y7", "abs(time - 1)")),
    {"y0": (np.sin(t) * np.cosh(t) + np.cos(t) * np.sinh(t)) / 2, "y1": np.arcsin(t / 4), "y2": np.tanh(t),
     "y3": ((1 + t) * np.log(1 + t) - t) / math.log(10), "y4": np.where(t < 1, t, (1 + t**2) / 2),
     "y5": np.where(t < 1, t**2 / 2, 2 * t - t**2 / 2 - 1), "y6": 6.02214179 * t,
     "y7": np.where(t < 1, t - t**2 / 2, 1 - t + t**2 / 2)},
)  # fmt: skip


@pytest.mark.parametrize("engine", ["batch", "auto"])
@pytest.mark.parametrize("case", [FORMULAS, INTEGRALS], ids=["values", "integrals"])
def test_functions(case: Case, engine: Any) -> None:
    check(*case, engine)
