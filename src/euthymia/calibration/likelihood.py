"""How likely the published statements are together, given the true contrasts.

The estimates' errors are normal and correlated. What is known of each is an interval. The probability of all intervals
together is taken one after the other: estimates that are known first, exactly; then each interval given those before
it, whose truncated errors are replaced by normal ones with the same mean and variance.

References
----------
Mendell NR, Elston RC (1974). Multifactorial qualitative traits: genetic analysis and prediction of recurrence risks.
Biometrics 30:41. Accuracy of the sequential approximation: Kamakura WA (1989), Transportation Research B 23:253.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy.sparse.csgraph import connected_components

Array = npt.NDArray[np.float64]


class JointIntervals:
    """Joint probability of correlated normal errors in intervals, for many means at once."""

    def __init__(self, correlation: Array, known: npt.NDArray[np.bool_]) -> None:
        """Parameters: correlation [term, term] of the errors; which terms are known exactly."""
        count, label = connected_components(np.abs(correlation) > 1e-12, directed=False)
        blocks = [np.flatnonzero(label == one) for one in range(count)]
        self.blocks = [np.concatenate([block[known[block]], block[~known[block]]]) for block in blocks]
        self.correlation, self.known = correlation, known

    def residuals(self, low: Array, high: Array) -> Array:
        """Array [draw, term] whose squares sum up to -2 log of the joint probability, up to a constant.

        Parameters
        ----------
        low, high
            Limits of each error, in its standard deviations: arrays [draw, term]; equal where it is known.
        """
        found = np.empty_like(low)
        for block in self.blocks:
            found[:, block] = self._block(block, low[:, block], high[:, block])
        return found

    def _block(self, block: npt.NDArray[np.int64], low: Array, high: Array) -> Array:
        draws, size = low.shape
        found = np.empty((draws, size))
        mean = np.zeros((draws, size))
        exact = int(self.known[block].sum())
        shared = self.correlation[np.ix_(block, block)]
        for i in range(exact):
            scale = float(np.sqrt(shared[i, i]))
            found[:, i] = (low[:, i] - mean[:, i]) / scale
            mean[:, i + 1 :] += found[:, i, None] * shared[i, i + 1 :] / scale
            shared = shared - np.outer(shared[i], shared[i]) / scale**2
        joint = np.broadcast_to(shared, (draws, size, size)).copy() if size - exact > 1 else shared[None]
        for i in range(exact, size):
            spread = np.sqrt(joint[:, i, i])
            log_p, shift, reduced = _truncated((low[:, i] - mean[:, i]) / spread, (high[:, i] - mean[:, i]) / spread)
            found[:, i] = np.sqrt(-2 * log_p)
            if i + 1 < size:
                slope = joint[:, i, i + 1 :] / spread[:, None]
                mean[:, i + 1 :] += slope * shift[:, None]
                joint[:, i + 1 :, i + 1 :] -= reduced[:, None, None] * slope[:, :, None] * slope[:, None, :]
        return found


def _truncated(low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Of a standard normal between two limits: log probability, mean, and by how much its variance is below one."""
    flip = low + high > 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    upper, lower = special.log_ndtr(high), special.log_ndtr(low)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        log_p = upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-300)))
        at_low, at_high = (np.exp(-0.5 * edge**2 - log_p) / np.sqrt(2 * np.pi) for edge in (low, high))
        shift = at_low - at_high
        reduced = shift**2 + _product(high, at_high) - _product(low, at_low)
    return np.minimum(log_p, 0.0), np.where(flip, -shift, shift), np.clip(reduced, 0.0, 1.0)


def _product(edge: Array, density: Array) -> Array:
    return np.where(np.isfinite(edge), np.where(np.isfinite(edge), edge, 0.0) * density, 0.0)
