"""An explained effect as sentences, as rows, and as a page with the causal chains weighed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from euthymia.explaining import CARRIES, Carried, Explanation, Idle, Spread, Why
from euthymia.records.finding import Reading
from euthymia.records.study import Ablation, Study
from euthymia.report.bilingual import Words
from euthymia.report.chain import chain_pictures
from euthymia.report.credibility import link_names
from euthymia.report.numbers import moment, number, percent
from euthymia.report.pages import render
from euthymia.report.picture import standalone
from euthymia.report.units import unit_words
from euthymia.report.weighed import signed_percent
from euthymia.words import LANGUAGES, Language, Message, Text, msg

HALF: Final = 0.5
"""Share from which a cut takes most of an effect."""
BEYOND: Final = 1.05
"""Share from which the effect turns round without the links."""
LISTED: Final = 4
"""Cuts that a sentence names."""
SLIGHT: Final = 0.01
"""Share below which a row is folded away."""
SHOWN: Final = 2
"""Chains that are seen at once; those of the other studies are folded away."""
WORDS: Final[Mapping[str, Message]] = {
    "kicker": msg("A result explained"),
    "claimed": msg("The finding:"),
    "answer": msg("What carries this effect"),
    "sums": msg(
        "Shares do not add up to 100 %. Links in series each carry all that passes them; routes side by side can stand "
        "in for each other, so that cutting one of them takes less than it carries; and a link that feeds several "
        "routes counts for all of them."
    ),
    "how": msg(
        "Each declared link is removed from the model in the same virtual animals, in both groups, and the effect is "
        "read again. The share is what is lost of it. Links that an ablation removes together share one number. A cut "
        "tells what the model needs, not what was shown in animals."
    ),
    "cuts": msg("Cut by cut"),
    "study": msg("Study"),
    "links": msg("Links cut"),
    "cut": msg("What is removed"),
    "without": msg("Effect without, median (5 % – 95 %)"),
    "share": msg("Share carried, median (5 % – 95 %)"),
    "falls": msg("Probability that the effect falls"),
    "gone": msg("Probability that it is gone"),
    "falls_note": msg(
        "The effect falls if more than a twentieth of it is lost, and is gone if what is left is too small to count as "
        "a difference in this assay."
    ),
    "slight": msg("Cuts that take less than 1 %"),
    "more_chains": msg("Chains of further studies"),
    "chain_lead": msg(
        "The wider a line, the more of the effect is lost without the link. A triangle raises, a bar lowers, an open "
        "circle marks no effect and a diamond something that must be present."
    ),
    "none_carry": msg("No study has a link that carries a twentieth of the effect, so no chain is drawn."),
    "idle": msg("Not cut in all animals"),
    "again": msg("Run it again"),
}  # fmt: skip
"""Headings and explanations."""


@dataclass(frozen=True)
class Row:
    """One cut, as a table shows it."""

    study: str
    links: tuple[Words, ...]
    path: Text
    label: Words
    without: str
    share: str
    falls: str
    gone: str
    slight: bool


def title(found: Explanation) -> Message:
    """The contrast in words."""
    reading, against = found.contrast.sides
    assay = next(iter(found.folders.values())).library.assays[reading.assay].label.text
    first, second = (_arm(found, side) for side in (reading, against))
    if reading.arm != against.arm:
        return msg("{first} against {second}: {assay}, {time}", first=first, second=second, assay=assay,
                   time=moment(reading.time.to("d")))  # fmt: skip
    return msg("{group}: {assay}, {time} against {other}", group=first, assay=assay,
               time=moment(reading.time.to("d")), other=moment(against.time.to("d")))  # fmt: skip


def _arm(found: Explanation, side: Reading) -> Text:
    label = next(arm.label for arm in found.experiment.arms if arm.id == side.arm).text
    return label if side.of is None else Text(f"{label.en} ({side.of})", f"{label.zh}（{side.of}）")


def effect_sentence(found: Explanation) -> Message:
    """How large the effect is, and how often it is there."""
    return msg("The effect is {size}, and in {shown} of {draws} draws it is large enough to count as a difference in "
               "this assay.", size=_sized(found.effect, found.unit), shown=percent(found.shown),
               draws=found.draws)  # fmt: skip


def _sized(spread: Spread, unit: str) -> Message:
    return msg("{median} {unit} ({low} to {high})", median=number(spread.median), low=number(spread.low),
               high=number(spread.high), unit=unit_words(unit))  # fmt: skip


def sentences(found: Explanation) -> Iterator[Message]:
    """What carries the effect, in plain words."""
    if found.failed:
        yield msg("{count} draws failed and were left out.", count=found.failed)
    if not found.explained:
        yield msg("There is nothing to explain: {used} of {draws} draws show such an effect.", used=found.used,
                  draws=found.draws)  # fmt: skip
        return
    yield from _carrying(found)
    back = [one for one in reversed(found.carried) if one.share.median <= -CARRIES]
    if back:
        yield msg("Some links hold the effect back; it is larger without: {links}.",
                  links=_listed(found, back[:LISTED]))  # fmt: skip


def _carrying(found: Explanation) -> Iterator[Message]:
    best = found.carried[0] if found.carried else None
    if best is None or not best.share.median >= CARRIES:
        yield msg("No single cut takes a twentieth of this effect: it passes along several routes, or by links that no "
                  "study declares.")  # fmt: skip
        return
    same = list(itertools.takewhile(lambda one: signed_percent(one.share.median) == signed_percent(best.share.median),
                                    found.carried))  # fmt: skip
    said, share = _listed(found, same[:LISTED], shares=False), signed_percent(best.share.median)
    if best.share.median > BEYOND:
        yield msg("More than the whole of this effect, {share}, is carried by: {links}. Without it the effect goes the "
                  "other way.", share=share, links=said)  # fmt: skip
    elif best.share.median >= HALF:
        yield msg("Most of this effect, {share}, is carried by: {links}.", share=share, links=said)
    else:
        yield msg("No single cut takes half of this effect; most, {share}, is carried by: {links}.", share=share,
                  links=said)  # fmt: skip
    others = [one for one in found.carried[len(same) :] if one.share.median >= CARRIES]
    if others:
        yield msg("Less is carried by: {links}.", links=_listed(found, others[:LISTED]))


def _listed(found: Explanation, cuts: Sequence[Carried], *, shares: bool = True) -> Text:
    """Cuts by their links, with their shares, in both languages."""

    def said(one: Carried, language: Language) -> str:
        links = path(found.folders[one.study].record, one.ablation)
        words = msg("{links} ({study})", links=links, study=one.study)
        if shares:
            words = msg("{links} ({study}, {share})", links=links, study=one.study,
                        share=signed_percent(one.share.median))  # fmt: skip
        return words.text(language)

    en, zh = (msg("; ").text(language).join(said(one, language) for one in cuts) for language in LANGUAGES)
    return Text(en, zh)


def path(study: Study, ablation: Ablation) -> Text:
    """The links that an ablation removes, as from what to what; links that follow each other as one line."""
    links = {link.id: link for link in study.chain}
    lines: list[list[str]] = []
    for name in ablation.links:
        link = links[name]
        if lines and lines[-1][-1] == link.source:
            lines[-1].append(link.target)
        else:
            lines.append([link.source, link.target])

    def said(language: Language) -> str:
        named = ([study.entities[one].label.text.text(language) for one in line] for line in lines)
        return " + ".join(" → ".join(names) for names in named)

    return Text(said("en"), said("zh"))


def rows(found: Explanation) -> tuple[Row, ...]:
    """All cuts, those that carry most first."""
    return tuple(_row(found.folders[one.study].record, one) for one in found.carried)


def _row(study: Study, one: Carried) -> Row:
    names = link_names(study)
    return Row(
        study=one.study,
        links=tuple(names[name] for name in one.ablation.links),
        path=path(study, one.ablation),
        label=one.ablation.label,
        without=_range(one.without),
        share=_percents(one.share),
        falls=percent(one.falls),
        gone=percent(one.gone),
        slight=abs(one.share.median) < SLIGHT and not one.falls >= CARRIES,
    )


def _range(spread: Spread) -> str:
    return f"{number(spread.median)} ({number(spread.low)} – {number(spread.high)})"


def _percents(spread: Spread) -> str:
    if spread.median != spread.median:
        return "–"
    low, median, high = (signed_percent(one) for one in (spread.low, spread.median, spread.high))
    return f"{median} ({low.removesuffix(' %')} – {high.removesuffix(' %')})"


def idle_groups(found: Explanation) -> list[tuple[Message, list[Idle]]]:
    """What was not cut in all animals, by reason."""
    groups = [(why.sentence, [one for one in found.idle if one.why is why]) for why in Why]
    return [(sentence, group) for sentence, group in groups if group]


def explained_files(found: Explanation, *, command: str, statement: Words | None = None) -> dict[str, str]:
    """The page and the pictures, by file name."""
    files = {"explanation.html": explained_page(found, command=command, statement=statement)}
    for study in found.carriers:
        record = found.folders[study].record
        picture = chain_pictures(record, labelled_by="title desc", weights=found.weights(study))
        first = str(picture.svg).split("</svg>", 1)[0] + "</svg>"
        for language in LANGUAGES:
            files[f"chain-{study}.{language}.svg"] = _picture(first, found, record, language)
    return files


def _picture(svg: str, found: Explanation, record: Study, language: Language) -> str:
    """A chain in a file of its own, with a title and a description for those who cannot see it."""
    heading = msg("{study}: {contrast}", study=record.name.text, contrast=title(found)).text(language)
    told = " ".join(one.text(language) for one in sentences(found))
    drawn = standalone(Markup(svg), language)
    opening, body = drawn.split(">", 1)
    return f'{opening}><title id="title">{escape(heading)}</title><desc id="desc">{escape(told)}</desc>{body}'


def explained_page(found: Explanation, *, command: str, statement: Words | None = None) -> str:
    """The page of an explained effect.

    Parameters
    ----------
    found
        The effect and what carries it.
    command
        The command that makes it again.
    statement
        The finding that claims the effect, in words.
    """
    name = title(found)
    return render("explained.html", titles={language: f"{name.text(language)} · euthymia" for language in LANGUAGES},
                  **_values(found, command, statement, level=1))  # fmt: skip


def explained_fragment(found: Explanation, *, command: str, statement: Words | None = None) -> str:
    """The page without its frame, to stand in another page under a heading of the first level; arguments as there."""
    return render("part_explained.html", **_values(found, command, statement, level=2))


def _values(found: Explanation, command: str, statement: Words | None, *, level: int) -> dict[str, Any]:
    listed = rows(found)
    return {
        "t": WORDS,
        "level": level,
        "name": title(found),
        "statement": statement,
        "effect": effect_sentence(found),
        "sentences": list(sentences(found)),
        "rows": [row for row in listed if not row.slight],
        "slight": [row for row in listed if row.slight],
        "chains": list(_chains(found)),
        "shown": SHOWN,
        "idle": idle_groups(found),
        "command": command,
    }


def _chains(found: Explanation) -> Iterator[Mapping[str, object]]:
    for study in found.carriers:
        record = found.folders[study].record
        label = f"chain-{study}"
        drawn = chain_pictures(record, labelled_by=f"{label} explained-answer", weights=found.weights(study))
        yield {"id": label, "name": msg("The chain of {study}, weighed", study=record.name.text), "svg": drawn.svg,
               "study": study}  # fmt: skip
