"""Numbers as people read them: two significant digits, a proper minus sign, times in minutes, hours or days."""

from __future__ import annotations

import math
from typing import Final

from euthymia.words import Message, msg

MINUS: Final = "−"
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_HOUR: Final = 1 / 24
_MINUTE: Final = 1 / 1440


def number(value: float, *, digits: int = 2, sign: bool = False) -> str:
    """A number with `digits` significant digits; digits before the point are never dropped.

    Parameters
    ----------
    value
        The number; not-a-number is shown as a dash.
    sign
        Whether a plus sign stands before positive numbers.

    >>> number(-18.94), number(0.01234), number(1234.7), number(2e-7)
    ('−19', '0.012', '1235', '2.0 × 10⁻⁷')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-4:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        shown = f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        places = max(0, digits - 1 - math.floor(math.log10(size)))
        shown = f"{size:.{places}f}"
    return ((MINUS if value < 0 else "+" if sign else "") if float(shown.split(" ")[0]) else "") + shown


def exact(value: float) -> str:
    """A number that somebody wrote down, as written to four significant digits."""
    if 1e-4 <= abs(value) < 1e6 or value == 0:
        return f"{value:.4g}".replace("-", MINUS)
    return number(value, digits=2)


def percent(share: float) -> str:
    """A probability in percent; only certainty is shown as 0 or 100 %.

    >>> percent(0.996), percent(0.5), percent(1.0)
    ('>99 %', '50 %', '100 %')
    """
    if not math.isfinite(share):
        return "–"
    shown = round(100 * share)
    if shown == 100 and share < 1:
        return ">99 %"
    if shown == 0 and share > 0:
        return "<1 %"
    return f"{shown} %"


def tick(value: float, step: float) -> str:
    """An axis label with the decimals that the step between ticks needs."""
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    shown = f"{value:.{places}f}"
    return shown.replace("-", MINUS) if float(shown) else "0"


def span(days: float) -> Message | str:
    """A point in time, short enough for an axis."""
    size = abs(days)
    before = MINUS if days < 0 else ""
    if size < 1e-9:
        return "0"
    if size < 0.99 * _HOUR:
        return msg("{number} min", number=before + f"{size / _MINUTE:.0f}")
    if size < 0.99:
        return msg("{number} h", number=before + f"{size / _HOUR:.3g}")
    return msg("{number} d", number=before + f"{size:.3g}")


def moment(days: float) -> Message:
    """A point in time, in words."""
    if 1e-9 < abs(days) < 0.99:
        return msg("{time} after day 0", time=span(days)) if days > 0 else msg("{time} before day 0", time=span(-days))
    return msg("day {day}", day=f"{days:.4g}".replace("-", MINUS))
