"""Which group an animal belongs to, told from features of its activity or behaviour, tested on animals left out.

References
----------
The distance classifier is that of Xia and colleagues, Nature 2024, doi:10.1038/s41586-024-08241-y, released code: the
distance to a class's mean in units of that class's spread along the line between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from euthymia.errors import RequestError
from euthymia.words import msg

Array = npt.NDArray[np.float64]
Method = Literal["distance", "svm"]


class DistanceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The class whose mean is nearest, in units of the class's standard deviation along the way to it.

    Attributes
    ----------
    classes_
        Names of the classes.
    means_
        Their means [class, feature].
    """

    def fit(self, features: Array, labels: npt.NDArray[Any]) -> DistanceClassifier:
        """Means and members of the classes."""
        self.classes_ = np.unique(labels)
        self.members_ = [np.asarray(features[labels == one], dtype=float) for one in self.classes_]
        self.means_ = np.array([one.mean(axis=0) for one in self.members_])
        return self

    def distances(self, features: Array) -> Array:
        """Distance of each row to each class [row, class]."""
        found = np.empty((len(features), len(self.classes_)))
        for place, (mean, members) in enumerate(zip(self.means_, self.members_, strict=True)):
            away = np.asarray(features, dtype=float) - mean
            length = np.linalg.norm(away, axis=1)
            along = away / np.where(length > 0, length, 1.0)[:, None]
            spread = ((members - mean) @ along.T).std(axis=0)
            found[:, place] = length / np.where(spread > 0, spread, 1e-9)
        return found

    def predict(self, features: Array) -> npt.NDArray[Any]:
        """The nearest class of each row."""
        return np.asarray(self.classes_[np.argmin(self.distances(features), axis=1)])


@dataclass(frozen=True)
class GroupDecoding:
    """How well groups are told apart.

    Attributes
    ----------
    accuracy
        Mean over classes of the share of left-out animals put into the right class.
    null
        The same with labels shuffled, by permutation.
    p
        Share of permutations (with the data themselves) that do as well.
    predicted
        The class given to each animal when it was left out.
    """

    accuracy: float
    null: Array
    p: float
    predicted: tuple[str, ...]


def decode_groups(
    features: Array, labels: Sequence[str], *, method: Method = "distance", permutations: int = 199, seed: int = 0
) -> GroupDecoding:
    """Tell groups apart, each animal by a classifier that has not seen it.

    Parameters
    ----------
    features
        Numbers [animal, feature]; they are z-scored on the training animals.
    labels
        Group of each animal.
    method
        ``distance`` or a linear support vector machine with balanced classes.
    permutations
        Shuffles of the labels for the p-value.
    seed
        Seed of the shuffles.

    Raises
    ------
    RequestError
        If there are fewer than two groups, a group has fewer than three animals, or a feature is not a number.
    """
    table, names = np.asarray(features, dtype=float), np.asarray(labels)
    _check(table, names)
    predicted = _left_out(table, names, method)
    rng = np.random.default_rng([seed, 17])
    null = []
    for _ in range(permutations):
        mixed = rng.permutation(names)
        null.append(_balanced(mixed, _left_out(table, mixed, method)))
    accuracy = _balanced(names, predicted)
    beaten = 1 + sum(one >= accuracy - 1e-12 for one in null)
    return GroupDecoding(accuracy, np.array(null), beaten / (permutations + 1), tuple(map(str, predicted)))


def _check(table: Array, names: npt.NDArray[Any]) -> None:
    if table.ndim != 2 or len(table) != len(names):
        raise RequestError(msg("Features need one row for each of the {count} animals; found {found}.",
                               count=len(names), found=" × ".join(map(str, table.shape))))  # fmt: skip
    if not np.isfinite(table).all():
        raise RequestError(msg("A feature of animal number {place} is not a number.",
                               place=int(np.argwhere(~np.isfinite(table))[0, 0]) + 1))  # fmt: skip
    found, counts = np.unique(names, return_counts=True)
    if len(found) < 2 or counts.min() < 3:
        listed = ", ".join(f"{name} ({count})" for name, count in zip(found, counts, strict=True))
        raise RequestError(msg("Groups are told apart from two groups with three animals each; found {found}.",
                               found=listed))  # fmt: skip


def _left_out(table: Array, names: npt.NDArray[Any], method: Method) -> npt.NDArray[Any]:
    found = []
    for place in range(len(table)):
        rest = np.arange(len(table)) != place
        classifier = DistanceClassifier() if method == "distance" else SVC(kernel="linear", class_weight="balanced")
        machine = make_pipeline(StandardScaler(), classifier).fit(table[rest], names[rest])
        found.append(machine.predict(table[place : place + 1])[0])
    return np.array(found)


def _balanced(names: npt.NDArray[Any], predicted: npt.NDArray[Any]) -> float:
    return float(np.mean([np.mean(predicted[names == one] == one) for one in np.unique(names)]))
