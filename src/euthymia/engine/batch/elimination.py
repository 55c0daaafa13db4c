"""Sparse elimination planned once per model: the order of the pivots, the fill, and what each row needs.

The matrix is I / (h gamma) - J with the Jacobian's pattern. Pivots stay on the diagonal, in an order that keeps the
fill small (Markowitz 1957, doi:10.1287/mnsc.3.3.255); the kernel watches their size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Entry = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True)
class Elimination:
    """A plan for factors L and U of a sparse matrix whose rows and columns are permuted alike.

    Attributes
    ----------
    order
        The matrix's indices in the order of their pivots.
    lower
        For each step, the earlier steps whose pivot rows are taken off its row, in rising order.
    upper
        For each step, the later steps in its pivot row, in rising order.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]

    @property
    def entries(self) -> int:
        """Entries of both factors outside the diagonal."""
        return sum(map(len, self.lower)) + sum(map(len, self.upper))

    @property
    def updates(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(len(self.upper[step]) for row in self.lower for step in row)


def plan(size: int, pattern: Iterable[Entry]) -> Elimination:
    """The elimination of a matrix with a full diagonal and the entries of `pattern`."""
    rows: list[set[int]] = [set() for _ in range(size)]
    columns: list[set[int]] = [set() for _ in range(size)]
    for row, column in pattern:
        if row != column:
            rows[row].add(column)
            columns[column].add(row)
    left = set(range(size))
    order: list[int] = []
    upper_of: dict[int, set[int]] = {}
    lower_of: dict[int, set[int]] = {index: set() for index in range(size)}
    while left:
        pivot = min(left, key=lambda index: (len(rows[index]) * len(columns[index]), index))
        left.remove(pivot)
        order.append(pivot)
        upper_of[pivot] = set(rows[pivot])
        for row in columns[pivot]:
            lower_of[row].add(pivot)
            rows[row].discard(pivot)
            for column in rows[pivot]:
                if column != row and column not in rows[row]:
                    rows[row].add(column)
                    columns[column].add(row)
        for column in rows[pivot]:
            columns[column].discard(pivot)
    step = {index: place for place, index in enumerate(order)}
    return Elimination(
        tuple(order),
        tuple(tuple(sorted(step[one] for one in lower_of[index])) for index in order),
        tuple(tuple(sorted(step[one] for one in upper_of[index])) for index in order),
    )
