"""How sure the atlas is of an intervention: the findings about it, how they are judged, where its numbers come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.findings.verdict import Verdict
from euthymia.records.library import Library
from euthymia.records.study import Link, Study
from euthymia.report.bilingual import Words
from euthymia.report.entry import StudyEntry
from euthymia.report.verdicts import SLUG, VerdictRow, verdict_rows
from euthymia.site.agents import Agent, concerning
from euthymia.site.grades import is_close
from euthymia.words import Message, msg

USES: Final = ("validate", "calibrate")
"""Uses of findings, those that test first."""
ORDER: Final = (Verdict.CONTRADICTED, Verdict.INCONCLUSIVE, Verdict.NOT_EVALUATED, Verdict.REPRODUCED)
"""Verdicts in the order in which findings are listed: where the models are wrong first."""


@dataclass(frozen=True)
class Told:
    """The findings of one study about an intervention.

    Attributes
    ----------
    page
        The page of the study.
    study
        Its record.
    rows
        Where the model is wrong first.
    """

    page: str
    study: Study
    rows: tuple[VerdictRow, ...]


def told_of(entries: Mapping[str, StudyEntry], pages: Mapping[str, str], wanted: Collection[Agent]) -> tuple[Told, ...]:
    """The findings about what is wanted, by study; studies without any are left out."""
    return tuple(_told(entries, pages, wanted))


def _told(entries: Mapping[str, StudyEntry], pages: Mapping[str, str], wanted: Collection[Agent]) -> Iterator[Told]:
    for name, entry in entries.items():
        record = entry.reproduction.study.record
        ids = concerning(record, wanted)
        rows = [row for row in verdict_rows(entry.reproduction.scorecard) if row.outcome.finding.id in ids]
        if rows:
            yield Told(pages[name], record, tuple(sorted(rows, key=lambda row: ORDER.index(row.outcome.verdict))))


def of_use(told: Sequence[Told], use: str) -> tuple[Told, ...]:
    """The same with the findings of one use only."""
    kept = (Told(one.page, one.study, tuple(row for row in one.rows if row.outcome.finding.use == use)) for one in told)
    return tuple(one for one in kept if one.rows)


def counts(told: Sequence[Told]) -> Counter[Verdict]:
    """How many findings have each verdict."""
    return Counter(row.outcome.verdict for one in told for row in one.rows)


def shares(told: Sequence[Told]) -> tuple[tuple[str, Message, int], ...]:
    """The same as class, word and number; those that occur."""
    found = counts(told)
    return tuple((slug, verdict.label, found[verdict]) for verdict, slug in SLUG.items() if found[verdict])


def sentences(told: Sequence[Told], name: Words) -> tuple[Message, ...]:
    """What the findings about an intervention say of the models, in one to three sentences."""
    found = counts(told)
    if not found:
        return (msg("No published finding of the studies here is about {name}: what this page says of its effect is a "
                    "prediction that nothing here has tested.", name=name),)  # fmt: skip
    kept = counts(of_use(told, "validate"))
    if found.total() == 1:
        return (msg("The only published finding about {name} is judged like this: {verdict}.", name=name,
                    verdict=next(iter(found)).label), _only(kept))  # fmt: skip
    return (_judged(found, name), _tested(kept, found.total()))


def _judged(found: Counter[Verdict], name: Words) -> Message:
    values = {"all": found.total(), "name": name, "held": found[Verdict.REPRODUCED]}
    if found[Verdict.REPRODUCED] == found.total():
        return msg("The models reproduce all {all} published findings about {name}.", all=found.total(), name=name)
    against, undecided, missing = (found[one] for one in ORDER[:3])
    if missing:
        return msg("Of {all} published findings about {name} the models reproduce {held}; they contradict {against}, "
                   "leave {open} open, and have nothing to say on {missing}.",
                   against=against, open=undecided, missing=missing, **values)  # fmt: skip
    return msg("Of {all} published findings about {name} the models reproduce {held}; they contradict {against} and "
               "leave {open} open.", against=against, open=undecided, **values)  # fmt: skip


def _only(kept: Counter[Verdict]) -> Message:
    if kept:
        return msg("It was a prediction: no number of a model was fitted to it.")
    return msg("It was used to fit the model, so it is no test.")


def _tested(kept: Counter[Verdict], every: int) -> Message:
    held = kept[Verdict.REPRODUCED]
    if not kept:
        return msg("All of them were used to fit the models, so none of them is a test.")
    if kept.total() == every:
        return msg("All of them were predictions: no number of a model was fitted to them.")
    if kept.total() == 1:
        return msg("One of them was a prediction, to which no number of a model was fitted; it is judged like this: "
                   "{verdict}.", verdict=next(iter(kept)).label)  # fmt: skip
    return msg("{kept} of them were predictions, to which no number of a model was fitted; the models got {held} of "
               "these right.", kept=kept.total(), held=held)  # fmt: skip


def read_closely(links: Sequence[Link]) -> Message:
    """From what the links of a chain were read."""
    close = sum(is_close(link.evidence.grade) for link in links)
    return msg("Of the {all} steps above, {close} were read from data or figures of the study (grades RAW and FIG); "
               "the others rest on its words, on reviews or on other literature.",
               all=len(links), close=close)  # fmt: skip


def numbers_of(wanted: Collection[Agent], library: Library) -> Iterator[Message]:
    """Where the numbers of each drug come from."""
    for one in sorted(wanted):
        drug = library.drugs.get(one.name) if one.kind == "substance" else None
        if drug is not None and drug.parameters:
            statuses = Counter(parameter.status for parameter in drug.parameters)
            yield msg("Of the {all} numbers that say how {name} spreads, binds and fades, {assumed} are assumed, "
                      "because no source gives them.", all=len(drug.parameters), name=drug.label.text,
                      assumed=statuses["assumed"])  # fmt: skip
