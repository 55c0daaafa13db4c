"""The card in sentences, for the page and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from euthymia.credibility.again import Reproducibility
from euthymia.credibility.card import Card
from euthymia.credibility.counts import Coverage, ParameterStatuses
from euthymia.credibility.given import NullCompetitor
from euthymia.credibility.identify import Identifiability
from euthymia.words import Message, msg

NOT_COMPUTED: Final = msg("Not computed.")


@dataclass(frozen=True)
class Line:
    """One fact of a card: what it is about, the fact, and the ids of the links, findings or parameters it counts."""

    label: Message
    text: Message
    names: tuple[str, ...] = ()


def lines(card: Card) -> Iterator[Line]:
    """The facts of a card, except the tables of findings and of rules."""
    yield _parameters(card.parameters)
    yield from _identified(card.identifiability)
    yield from _cut(card.ablation)
    yield _recalibrated(card.recalibrated)
    yield Line(msg("Null competitor"), _null(card.null) if card.null else NOT_COMPUTED)
    yield Line(msg("Second solver"), NOT_COMPUTED if card.solver is None else card.solver.sentence)
    yield Line(msg("Second run"), _second(card.reproducibility))
    known = card.reproducibility
    yield Line(msg("Hash of the verdicts"), msg("{bits} (SHA-256 of {count} numbers)",
                                                bits=known.bits, count=known.numbers))  # fmt: skip


def _parameters(statuses: ParameterStatuses) -> Line:
    known: dict[str, int] = {str(status): count for status, count in statuses.counts.items()}
    share = f"{100 * statuses.share('assumed'):.0f}" if statuses.total else "–"
    return Line(
        msg("Parameters of the model"),
        msg("{count}: {measured} measured, {derived} derived, {calibrated} calibrated, {assumed} assumed ({share} %).",
            count=statuses.total, share=share, **known),
    )  # fmt: skip


def _identified(known: Identifiability | None) -> Iterator[Line]:
    narrowed, untouched = msg("Narrowed by the evidence"), msg("Not touched by the evidence")
    if known is None:
        yield Line(narrowed, msg("The study has no calibrated draws."))
        return
    among = len(known.diagnoses)
    own = sum(name in known.own for name in known.narrowed)
    yield Line(narrowed, msg("{count} of {all} uncertain parameters, {own} of them the study’s own.",
                             count=len(known.narrowed), all=among, own=own), known.narrowed)  # fmt: skip
    yield Line(untouched, msg("{count} of {all} uncertain parameters.", count=len(known.untouched), all=among),
               known.untouched)  # fmt: skip
    yield Line(msg("Convergence of the sampler"), known.convergence or NOT_COMPUTED)


def _cut(found: Coverage | None) -> Iterator[Line]:
    if found is None:
        yield Line(msg("Cut links"), msg("The links were not cut in this run."))
        return
    yield Line(msg("Cut links"), msg("{cut} of {all}; the cut of {moving} of them moves a finding.",
                                     cut=len(found.cut), all=len(found.links), moving=len(found.moving)))  # fmt: skip
    yield Line(msg("Links that were not cut"), _of(found.uncut, len(found.links)), found.uncut)
    yield Line(msg("Links that no finding needs"), _of(found.unsupported, len(found.cut)), found.unsupported)
    yield Line(msg("Findings that no cut moves"), _of(found.still, found.findings), found.still)


def _of(names: tuple[str, ...], among: int) -> Message:
    return msg("{found} of {all}.", found=len(names), all=among)


def _recalibrated(found: Coverage | None) -> Line:
    label = msg("Cut links, the rest calibrated again")
    if found is None:
        return Line(label, NOT_COMPUTED)
    said = msg("Of {cut} links that were cut in this way, the model does without {free}.",
               cut=len(found.cut), free=len(found.unsupported))  # fmt: skip
    return Line(label, said, found.unsupported)


def _null(null: NullCompetitor) -> Message:
    places: dict[str, object] = {
        "count": null.findings, "own": f"{null.own_score:.2f}", "null": f"{null.null_score:.2f}",
        "difference": f"{null.difference:.2f}", "low": f"{null.low:.2f}", "high": f"{null.high:.2f}",
    }  # fmt: skip
    evidence = null.log_evidence_difference
    if evidence != evidence:
        return msg("Mean log score on {count} findings kept to test: {own} against {null}, difference {difference} "
                   "({low} to {high}).", **places)  # fmt: skip
    return msg("Mean log score on {count} findings kept to test: {own} against {null}, difference {difference} "
               "({low} to {high}); difference of the log evidence {evidence}.",
               evidence=f"{evidence:.1f}", **places)  # fmt: skip


def _second(known: Reproducibility) -> Message:
    if known.second is None:
        return NOT_COMPUTED
    if known.same:
        return msg("With {workers} workers all numbers came out the same, bit by bit.", workers=known.second.workers)
    return msg("With {workers} workers the numbers came out different.", workers=known.second.workers)
