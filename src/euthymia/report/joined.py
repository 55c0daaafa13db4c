"""The page of the joined model: how it is put together, every finding alone and joined, conflicts first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from euthymia.files import write_atomically
from euthymia.findings.foresight import Foreseen, Foresight
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.joined.comparison import Comparison, Tally
from euthymia.joined.predictions import Forecast
from euthymia.joined.studies import Pair
from euthymia.records.finding import Use
from euthymia.report import joinedwords
from euthymia.report.bilingual import Words
from euthymia.report.joinedchart import alone_and_joined
from euthymia.report.numbers import number, percent, span
from euthymia.report.pages import render, titles
from euthymia.report.units import unit_words
from euthymia.report.verdicts import SLUG
from euthymia.report.verdicts import USES as USE_WORDS
from euthymia.words import Message, Text, msg

PAGE: Final = "joined.html"
JSON: Final = "joined.json"
TABLE: Final = "joined.csv"
_ANSWER_SLUGS: Final = {
    Foresight.LIKELY: "yes",
    Foresight.UNLIKELY: "no",
    Foresight.UNDECIDED: "maybe",
    Foresight.NOT_EVALUATED: "none",
}


def write_joined(found: Comparison, forecast: Forecast, folder: Path, *, command: str) -> Path:
    """The page, and the same as JSON and as a table; all of them or none.

    Parameters
    ----------
    found
        The findings alone and joined.
    forecast
        The predictions.
    folder
        Where they go; made if it is missing.
    command
        The command that makes them again, shown on the page.

    Raises
    ------
    OutputError
        If they cannot be written; earlier ones are intact then.
    """
    write_atomically({
        folder / JSON: found.to_json(forecast), folder / TABLE: found.to_csv(),
        folder / PAGE: joined_page(found, forecast, command=command),
    })  # fmt: skip
    return folder / PAGE


def has_joined(folder: Path) -> bool:
    """Whether a folder holds a page of the joined model with its data."""
    return (folder / PAGE).is_file() and (folder / JSON).is_file()


@dataclass(frozen=True)
class TallyRow:
    """Counts of one study, or of all, for findings of one use."""

    study: Words
    use: Message
    tally: Tally
    sum: bool = False


@dataclass(frozen=True)
class PairRow:
    """One finding alone and joined."""

    pair: Pair
    use: Message
    alone: tuple[str, Message, Words]
    joined: tuple[str, Message, Words]
    sentence: Words


@dataclass(frozen=True)
class AnswerRow:
    """One prediction and its answer."""

    one: Foreseen
    slug: str
    probability: Words
    size: Words
    links: str


@dataclass(frozen=True)
class ScaleRow:
    """A study's fastest and slowest states."""

    study: str
    fastest: tuple[str, Words]
    slowest: tuple[str, Words]


def joined_page(
    found: Comparison, forecast: Forecast, *, command: str, site: object = None, pages: Mapping[str, str] | None = None
) -> str:  # fmt: skip
    """The page, whole.

    Parameters
    ----------
    found
        The findings alone and joined.
    forecast
        The predictions.
    command
        The command that makes it again.
    site
        The frame of the site that it stands in.
    pages
        By study, its page there.
    """
    report = found.composition
    rows = {study: tuple(map(_pair_row, pairs)) for study, pairs in found.pairs.items()}
    return render(
        "joined.html",
        ("euthymia.site",) if site else (),
        site=site,
        pages=pages or {},
        titles=titles(joinedwords.WORDS["title"]),
        t=joinedwords.WORDS,
        command=command,
        report=report,
        studies={study: one.record.name for study, one in found.joined.studies.items()},
        summary=_summary(found),
        size=msg(
            "The joined model has {states} states and {parameters} parameters.",
            states=report.states,
            parameters=report.parameters,
        ),
        chart=alone_and_joined(found),
        tallies=tuple(_tally_rows(found)),
        missing=tuple(row for group in rows.values() for row in group if row.pair.missing),
        conflicts=tuple(row for group in rows.values() for row in group if row.pair.conflict),
        rows=rows,
        rivals_taken=found.rivals,
        scales=tuple(_scale_rows(found)),
        bypasses=tuple(_bypass_rows(found)),
        answers=tuple(map(_answer_row, forecast.foreseen)),
        answer_counts=_answer_counts(forecast),
        json_name=JSON,
        table_name=TABLE,
    )


def _summary(found: Comparison) -> Message:
    whole = found.tally()
    return msg(
        "Of {all} findings {alone} are reproduced when each study runs alone, {joined} when all run as one brain. "
        "Joining takes {lost} away or makes them much less likely, and brings out {gained}.",
        all=whole.findings, alone=whole.alone, joined=whole.joined, lost=whole.lost, gained=whole.gained,
    )  # fmt: skip


def _tally_rows(found: Comparison) -> Iterator[TallyRow]:
    for use in get_args(Use):
        word = USE_WORDS[use]
        for study in found.pairs:
            yield TallyRow(study, word, found.tally(study, use=use))
        yield TallyRow(msg("All"), word, found.tally(use=use), sum=True)


def _pair_row(pair: Pair) -> PairRow:
    return PairRow(pair, USE_WORDS[pair.alone.finding.use], _said(pair.alone), _said(pair.joined), _sentence(pair))


def _said(outcome: Outcome) -> tuple[str, Message, Words]:
    return SLUG[outcome.verdict], outcome.verdict.label, percent(outcome.probability)


def _sentence(pair: Pair) -> Message:
    """What joining does to a finding, in plain language."""
    alone, joined = percent(pair.alone.probability), percent(pair.joined.probability)
    if pair.missing:
        return msg("Alone it holds in {alone} of the draws; joined it could not be evaluated. {reason}", alone=alone,
                   reason=pair.joined.reason or "")  # fmt: skip
    if pair.joined.verdict is Verdict.CONTRADICTED:
        return msg("Alone it holds in {alone} of the draws, joined in {joined}: the joined animal does not show it.",
                   alone=alone, joined=joined)  # fmt: skip
    return msg("Alone it holds in {alone} of the draws, joined in {joined}.", alone=alone, joined=joined)


def _scale_rows(found: Comparison) -> Iterator[ScaleRow]:
    for one in found.composition.scales:
        yield ScaleRow(one.study, (one.fastest[0], _hours(one.fastest[1])), (one.slowest[0], _hours(one.slowest[1])))


def _hours(hours: float) -> Words:
    return f"{hours * 3600:.2g} s" if hours < 1 / 60 else span(hours / 24)


def _bypass_rows(found: Comparison) -> Iterator[tuple[Message, Text | None, Text | None]]:
    """What passes a gate by, how the gate is read, and what would decide."""
    gates = {(gate.study, gate.link): gate for gate in found.composition.gates}
    for past in found.composition.bypasses:
        gate = gates.get((past.study, past.link))
        words = msg("{study}, link “{link}”: {drug} also reaches mood through {routes}.", study=past.study,
                    link=past.link, drug=past.drug, routes=", ".join(past.routes))  # fmt: skip
        yield words, gate.reading.text if gate else None, gate.decides.text if gate else None


def _answer_row(one: Foreseen) -> AnswerRow:
    links = "; ".join(f"{study}: {', '.join(links)}" for study, links in one.prediction.rests_on.items())
    if one.foresight is Foresight.NOT_EVALUATED:
        return AnswerRow(one, "none", "–", "–", links)
    if one.remark is not None:
        return AnswerRow(one, _ANSWER_SLUGS[one.foresight], percent(one.probability), "≈ 0", links)
    size = msg("{median} ({low} to {high}) {unit}", median=_size(one.median),
               low=_size(one.low), high=_size(one.high), unit=unit_words(one.unit))  # fmt: skip
    return AnswerRow(one, _ANSWER_SLUGS[one.foresight], percent(one.probability), size, links)


def _size(value: float) -> str:
    return number(round(value, 3), sign=True)


def _answer_counts(forecast: Forecast) -> Mapping[str, tuple[Message, Message, int]]:
    counts = forecast.counts()
    return {_ANSWER_SLUGS[one]: (one.label, one.sentence, counts[one]) for one in Foresight}
