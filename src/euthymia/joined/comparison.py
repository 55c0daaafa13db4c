"""All findings of all joined studies, alone and joined."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.engine.store import RunStore
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.joined.composition import Composition, composition
from euthymia.joined.predictions import Forecast
from euthymia.joined.studies import Pair, conflicts, paired, run_joined
from euthymia.models.join import Joined
from euthymia.pipeline import Progress, run_study
from euthymia.provenance import stamp
from euthymia.records.finding import Use
from euthymia.records.joining import Rival

Watch = Callable[[str, bool], Progress | None]
"""Given a study and whether it is run joined, what its progress is told to."""


@dataclass(frozen=True)
class Tally:
    """How many findings there are and what becomes of them when their study is joined.

    Attributes
    ----------
    findings
        All of them.
    alone, joined
        Those reproduced.
    lost
        Conflicts: findings that joining takes away, or makes much less likely.
    gained
        Those reproduced only joined.
    missing
        Those evaluated alone that could not be evaluated joined.
    """

    findings: int
    alone: int
    joined: int
    lost: int
    gained: int
    missing: int


@dataclass(frozen=True)
class Comparison:
    """The table alone / joined.

    Attributes
    ----------
    joined
        The joined model.
    composition
        The report on it.
    pairs
        By study, its findings alone and joined.
    rivals
        Ids of rival readings that were taken in the place of the usual ones.
    provenance
        What is needed to make the runs again.
    """

    joined: Joined
    composition: Composition
    pairs: Mapping[str, tuple[Pair, ...]]
    rivals: tuple[str, ...]
    provenance: Mapping[str, Any]

    @property
    def conflicts(self) -> tuple[Pair, ...]:
        """The findings that joining takes away."""
        return conflicts(self.pairs)

    def tally(self, study: str | None = None, *, use: Use | None = None) -> Tally:
        """Counts over the findings of one study or of all, of one use or of both."""
        chosen = self.pairs if study is None else {study: self.pairs[study]}
        return tally(pair for found in chosen.values() for pair in found if use in (None, pair.alone.finding.use))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row per finding."""
        return [_row(pair) for found in self.pairs.values() for pair in found]

    def to_json(self, forecast: Forecast | None = None) -> str:
        """Composition, findings and, where they were asked, predictions."""
        whole = {
            "format": 1, "provenance": dict(self.provenance), "rivals": list(self.rivals),
            "composition": self.composition.to_dict(), "findings": self.rows,
            "predictions": None if forecast is None else forecast.rows(),
        }  # fmt: skip
        return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    def to_csv(self) -> str:
        """The findings as comma-separated values."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return stream.getvalue()


def tally(pairs: Iterable[Pair]) -> Tally:
    """Counts over some findings."""
    found = list(pairs)
    return Tally(
        len(found), sum(map(_alone, found)), sum(map(_joined, found)), sum(pair.conflict for pair in found),
        sum(_joined(pair) and not _alone(pair) for pair in found), sum(pair.missing for pair in found),
    )  # fmt: skip


def _alone(pair: Pair) -> bool:
    return pair.alone.verdict is Verdict.REPRODUCED


def _joined(pair: Pair) -> bool:
    return pair.joined.verdict is Verdict.REPRODUCED


def compare_studies(
    joined: Joined, *, rivals: Iterable[str] = (), animals: int = 200, seed: int = 1, workers: int | None = None,
    watch: Watch | None = None, store: RunStore | None = None,
) -> Comparison:  # fmt: skip
    """Every study of the joined model run alone and joined.

    Parameters
    ----------
    joined
        The joined model.
    rivals
        The rival readings that it was joined with, to be named.
    animals, seed, workers, store
        As for `euthymia.pipeline.reproduce`.
    watch
        Asked for the progress of each run.
    """
    pairs: dict[str, tuple[Pair, ...]] = {}
    for name, folder in joined.studies.items():
        tell = [watch(name, apart) if watch else None for apart in (False, True)]
        alone = run_study(folder, animals=animals, seed=seed, workers=workers, progress=tell[0], store=store)
        together = run_joined(joined, name, animals=animals, seed=seed, workers=workers, progress=tell[1], store=store)
        pairs[name] = paired(alone.scorecard, together.scorecard)
    provenance = stamp(
        joined=sorted(joined.studies), rivals=sorted(rivals), model_sha256=joined.mechanism.model.digest,
        animals=animals, seed=seed,
    )  # fmt: skip
    return Comparison(joined, composition(joined), pairs, tuple(sorted(rivals)), provenance)


def rival_readings(comparison: Comparison) -> Iterator[tuple[Rival, bool]]:
    """The rival readings of the joined studies, and whether each was taken."""
    for entry in comparison.composition.doubled:
        for rival in entry.rivals:
            yield rival, rival.id in comparison.rivals


def _row(pair: Pair) -> dict[str, Any]:
    finding = pair.alone.finding
    return {
        "study": pair.study, "finding": finding.id, "use": finding.use, "kind": finding.kind,
        "conflict": pair.conflict, **_numbers("alone", pair.alone), **_numbers("joined", pair.joined),
        "statement_en": finding.statement.en, "statement_zh": finding.statement.zh,
    }  # fmt: skip


def _numbers(name: str, outcome: Outcome) -> dict[str, Any]:
    values = {"probability": outcome.probability, "median": outcome.median, "low_5": outcome.low,
              "high_95": outcome.high}  # fmt: skip
    return {name: outcome.verdict.value} | {
        f"{name}_{key}": value if value == value else None for key, value in values.items()
    }
