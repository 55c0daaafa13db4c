"""What a comparison found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from euthymia.comparing.measures import MARGIN, Estimate, Spot
from euthymia.findings.verdict import Outcome
from euthymia.records.intervention import Catalogue, Entry


@dataclass(frozen=True)
class Effect:
    """What an intervention does in one test, against stressed animals given nothing. Times in days.

    Attributes
    ----------
    onset, duration
        First time beyond the margin, and from then to the last one.
    outlasts
        From the last dose to the last time beyond the margin.
    peak, peak_day
        Largest relief in standard deviations of single readings, and when.
    peak_reading
        The same in the assay's unit.
    probability, error
        Share of draws in which the effect is ever beyond the margin, and its Monte Carlo error.
    sure_from, sure_until
        First and last reading at which 80 % of the draws show it.
    chance
        Chance that a test of ten animals a group finds the effect at its largest, over draws.
    spot
        The place in the plane of onset and duration.
    """

    onset: Estimate
    duration: Estimate
    outlasts: Estimate
    peak: Estimate
    peak_day: Estimate
    peak_reading: Estimate
    probability: float
    error: float
    sure_from: float | None
    sure_until: float | None
    chance: float
    spot: Spot | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        names = ("onset", "duration", "outlasts", "peak", "peak_day", "peak_reading")
        return {name: getattr(self, name).to_dict() for name in names} | {
            "probability": self.probability, "error": self.error, "sure_from": self.sure_from,
            "sure_until": self.sure_until, "chance": self.chance, "spot": asdict(self.spot) if self.spot else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Reliefs:
    """Relief in the first test at each reading, in standard deviations of single readings, over draws.

    Attributes
    ----------
    median, low, high
        50, 5 and 95 % of the draws, one for each of the comparison's `times`.
    """

    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, to a thousandth of a standard deviation."""
        return {name: [round(one, 3) for one in getattr(self, name)] for name in ("median", "low", "high")}


@dataclass(frozen=True)
class Response:
    """Effects over doses.

    Attributes
    ----------
    factors
        Doses as multiples of the protocol's.
    peaks
        Largest relief at each, in standard deviations.
    half
        The dose with half of the largest relief tried, as a multiple; 0 for less than the lowest.
    """

    factors: tuple[float, ...]
    peaks: tuple[Estimate, ...]
    half: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "factors": list(self.factors),
            "peaks": [one.to_dict() for one in self.peaks],
            "half": self.half.to_dict(),
        }


@dataclass(frozen=True)
class Repeated:
    """Several doses, the last of them against the same dose given to animals that had none before.

    Attributes
    ----------
    doses, every
        How many, and how many days apart.
    ratio
        What the last dose adds over what the only dose does; below 1 is tolerance, unless earlier doses still work.
    total
        Relief after the last dose, earlier ones included, over what the only dose does.
    harms
        By harm, the largest displacement in the week after the last dose, as for a single treatment.
    """

    doses: int
    every: float
    ratio: Estimate
    total: Estimate
    harms: Mapping[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        harms = {name: one.to_dict() for name, one in self.harms.items()}
        return {
            "doses": self.doses,
            "every": self.every,
            "ratio": self.ratio.to_dict(),
            "total": self.total.to_dict(),
            "harms": harms,
        }


@dataclass(frozen=True)
class Compared:
    """One intervention.

    Attributes
    ----------
    id, entry
        From the catalogue.
    effects
        By assay.
    reliefs
        How the effect in the first test comes and goes.
    on_target
        Largest displacement of its target, in standard deviations of single readings.
    selectivity
        The target's share of all engagement.
    others
        Up to three other targets with the largest displacement, and that displacement (median).
    harms
        By harm, the largest displacement beyond untreated animals, in standard deviations of single readings.
    harm
        The largest of them.
    response, repeated
        None where they were not asked for or make no sense.
    failed
        Share of draws left out because a run failed.
    """

    id: str
    entry: Entry
    effects: Mapping[str, Effect]
    reliefs: Reliefs
    on_target: Estimate
    selectivity: Estimate
    others: tuple[tuple[str, float], ...]
    harms: Mapping[str, Estimate]
    harm: Estimate
    response: Response | None
    repeated: Repeated | None
    failed: float

    @property
    def worst(self) -> str | None:
        """The harm with the largest median; None where none is beyond the margin."""
        known = {name: one.median or 0.0 for name, one in self.harms.items()}
        worst = max(known, key=lambda name: known[name], default=None)
        return worst if worst is not None and known[worst] >= MARGIN else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.id, "label": self.entry.label.model_dump(),
            "short": self.entry.short.model_dump(), "study": self.entry.study, "kind": self.entry.kind,
            "protocol": [item.model_dump(mode="json", exclude_none=True) for item in self.entry.protocol],
            "effects": {assay: effect.to_dict() for assay, effect in self.effects.items()},
            "reliefs": self.reliefs.to_dict(), "target": self.entry.target, "on_target": self.on_target.to_dict(),
            "selectivity": self.selectivity.to_dict(),
            "off_target": [{"target": name, "displacement": value} for name, value in self.others],
            "harms": {name: one.to_dict() for name, one in self.harms.items()}, "harm": self.harm.to_dict(),
            "worst_harm": self.worst, "dose_response": self.response.to_dict() if self.response else None,
            "repeated": self.repeated.to_dict() if self.repeated else None, "failed": self.failed,
        }  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Interventions compared on one stressed cohort.

    Attributes
    ----------
    catalogue
        Where they come from.
    compared
        In the order of the catalogue.
    unreachable
        Interventions of the catalogue that have no port in the joined model.
    outcomes
        By finding id, the verdict of the joined model on what the atlas knows of the harms.
    days
        Horizon.
    times
        Readings in days.
    animals, seed
        Of the cohort.
    provenance
        What is needed to make it again.
    """

    catalogue: Catalogue
    compared: tuple[Compared, ...]
    unreachable: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    days: float
    times: tuple[float, ...]
    animals: int
    seed: int
    provenance: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "notice": "A research instrument. It gives no medical advice.",
            "days": self.days, "times": list(self.times), "animals": self.animals, "seed": self.seed,
            "interventions": [one.to_dict() for one in self.compared],
            "unreachable": list(self.unreachable),
            "harms": {name: self._harm(name) for name in self.catalogue.harms},
            "provenance": dict(self.provenance),
        }  # fmt: skip

    def _harm(self, name: str) -> dict[str, Any]:
        harm = self.catalogue.harms[name]
        return {
            "label": harm.label.model_dump(),
            "covered": harm.probe is not None,
            "missing": harm.missing.model_dump() if harm.missing else None,
            "findings": {
                finding: {"verdict": outcome.verdict.value, "probability": outcome.probability}
                for finding in harm.findings
                if (outcome := self.outcomes.get(finding)) is not None
            },
        }
