"""Scorecards: the verdicts of a study, as table, JSON and notebook display."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from euthymia.errors import RequestError, suggestion
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.words import Language, msg


@dataclass(frozen=True)
class Scorecard:
    """All outcomes of one study in one run.

    Attributes
    ----------
    study
        The study's id.
    outcomes
        One per finding, in the order of the study.
    provenance
        What is needed to make the run again.
    ablated
        Ids of the links that were cut.
    """

    study: str
    outcomes: tuple[Outcome, ...]
    provenance: Mapping[str, Any]
    ablated: tuple[str, ...] = ()

    def __getitem__(self, finding: str) -> Outcome:
        found = {outcome.finding.id: outcome for outcome in self.outcomes}
        if finding not in found:
            raise RequestError(
                msg(
                    "The study {study} has no finding “{found}”. {suggestion}",
                    study=self.study,
                    found=finding,
                    suggestion=suggestion(finding, list(found)),
                )
            )
        return found[finding]

    def counts(self) -> dict[Verdict, int]:
        """How many findings have each verdict."""
        found = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: found.get(verdict, 0) for verdict in Verdict}

    def to_dataframe(self, language: Language = "en", *, prior: Mapping[str, float] | None = None) -> pd.DataFrame:
        """One row per finding.

        Parameters
        ----------
        language
            That of the statements and reasons.
        prior
            By finding id, the probability before calibration (`Challenge.prior` of the study's folder); adds the column
            `prior_probability`.
        """
        return pd.DataFrame([self._row(outcome, language, prior) for outcome in self.outcomes])

    def to_json(self, language: Language = "en", *, prior: Mapping[str, float] | None = None) -> str:
        """Rows and provenance as JSON; numbers that do not exist are null. Arguments as for `to_dataframe`."""
        rows = [
            {key: None if isinstance(value, float) and value != value else value for key, value in row.items()}
            for row in (self._row(outcome, language, prior) for outcome in self.outcomes)
        ]
        whole = {
            "study": self.study,
            "ablated": self.ablated,
            "provenance": dict(self.provenance),
            "findings": rows,
        }
        return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)

    def summary(self, language: Language = "en") -> str:
        """One sentence with the counts."""
        counts = self.counts()
        return msg(
            "{study}: {reproduced} of {all} findings reproduced, {contradicted} contradicted, "
            "{inconclusive} inconclusive, {missing} not evaluated.",
            study=self.study, all=len(self.outcomes), reproduced=counts[Verdict.REPRODUCED],
            contradicted=counts[Verdict.CONTRADICTED], inconclusive=counts[Verdict.INCONCLUSIVE],
            missing=counts[Verdict.NOT_EVALUATED],
        ).text(language)  # fmt: skip

    def _row(self, outcome: Outcome, language: Language, prior: Mapping[str, float] | None) -> dict[str, Any]:
        finding = outcome.finding
        before = {} if prior is None else {"prior_probability": prior.get(finding.id, float("nan"))}
        return {
            "study": self.study, "finding": finding.id, "use": finding.use, "kind": finding.kind,
            "verdict": outcome.verdict.value, "probability": outcome.probability, "error": outcome.error, **before,
            "chance_at_published_n": outcome.chance, "n": "/".join(map(str, outcome.n)), "n_reported": outcome.n_known,
            "median": outcome.median, "low_5": outcome.low, "high_95": outcome.high, "unit": outcome.unit,
            "draws": outcome.draws, "statement": finding.statement.text.text(language),
            "source": finding.source.id, "where": finding.source.where, "grade": finding.source.grade,
            "reason": outcome.reason.text(language) if outcome.reason else "",
        }  # fmt: skip

    def _repr_html_(self) -> str:
        table = self.to_dataframe()[["finding", "use", "verdict", "probability", "statement"]]
        return f"<p>{html.escape(self.summary())}</p>{table.to_html(index=False, float_format='%.2f')}"
