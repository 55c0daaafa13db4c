"""Links cut with the rest calibrated anew, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from euthymia.credibility import Card
from euthymia.credibility.challenged import challenged_verdicts
from euthymia.credibility.counts import Coverage, Verdicts
from euthymia.findings.verdict import Verdict
from euthymia.records.challenge import CUT, WHOLE, Challenge
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Ablation
from euthymia.report.bilingual import Words, listed
from euthymia.report.competitor import Named, not_computed
from euthymia.report.credibility import link_names
from euthymia.report.entry import StudyEntry
from euthymia.report.numbers import number
from euthymia.report.verdicts import CELLS, Cut, CutCell, Matrix, gained_sentence, parted
from euthymia.words import Message, msg

WORDS: Final[Mapping[str, Message]] = {
    "alone": msg("everything else left as it is"),
    "anew": msg("with the rest calibrated anew"),
    "anew_heading": msg("Cut with the rest calibrated anew"),
    "moved_anew": msg("Findings that a cut moves, alone or with the rest calibrated anew"),
    "anew_lead": msg(
        "A model that can be fitted without a link does not need it. So each cut model is also calibrated anew, on the "
        "same findings, and only then judged."
    ),
}
"""Headings and explanations."""
ANEW_CELLS: Final[Mapping[str, Message]] = {
    "falls": msg("falls"),
    "replaced": msg("falls only without recalibration: the rest can replace the link"),
    **{slug: word for slug, word in CELLS.items() if slug != "falls"},
}
"""What a cut can do to a finding when the rest is calibrated anew."""


@dataclass(frozen=True)
class Recut:
    """One link cut with the rest calibrated anew.

    Attributes
    ----------
    fallen, replaced
        Findings that fall even so, and those that fall only when nothing is calibrated anew.
    lines
        What is said about it, each with the name of its sign.
    """

    ablation: Ablation
    fallen: tuple[str, ...]
    replaced: tuple[str, ...]
    lines: tuple[tuple[str, Message], ...]


def recut_values(entry: StudyEntry, cuts: tuple[Cut, ...]) -> dict[str, object]:
    """What the page shows of cut links; lists and tables are empty where nothing was computed."""
    study, card = entry.reproduction.study, entry.card
    recuts = tuple(_recuts(entry, cuts))
    return {
        "cut_cards": _cut_cards(study, cuts, recuts),
        "anew_matrix": anew_matrix(entry, cuts),
        "anew_labels": [one.ablation.label for one in recuts],
        "anew_words": ANEW_CELLS if cuts else {slug: word for slug, word in ANEW_CELLS.items() if slug != "replaced"},
        "cut_sentences": tuple(_cut_sentences(study, card)),
        "few_draws": study.challenge and _few_draws(study.challenge),
        "not_challenged": None if study.challenge else not_computed(study),
    }


def _cut_cards(
    study: StudyFolder, cuts: tuple[Cut, ...], recuts: tuple[Recut, ...]
) -> list[tuple[Ablation, Cut | None, Recut | None]]:
    alone, anew = {one.ablation.id: one for one in cuts}, {one.ablation.id: one for one in recuts}
    known = [one for one in study.record.ablations if one.id in alone or one.id in anew]
    return [(one, alone.get(one.id), anew.get(one.id)) for one in known]


def _recuts(entry: StudyEntry, cuts: tuple[Cut, ...]) -> Iterator[Recut]:
    study = entry.reproduction.study
    found = study.challenge
    if found is None:
        return
    before = challenged_verdicts(study, found.probabilities[WHOLE])
    alone = {cut.ablation.id: cut.fallen for cut in cuts}
    for ablation in recalibrated(study):
        after = challenged_verdicts(study, found.cuts[ablation.id])
        slugs = {name: _slug(name, before, after, alone.get(ablation.id, ())) for name in before}
        yield _recut(ablation, slugs, _reproduced(before), found)


def _reproduced(verdicts: Verdicts) -> int:
    return sum(one is Verdict.REPRODUCED for one in verdicts.values())


def _slug(finding: str, before: Verdicts, after: Verdicts, alone: tuple[str, ...]) -> str:
    held, holds = (one[finding] is Verdict.REPRODUCED for one in (before, after))
    if held and holds:
        return "replaced" if finding in alone else "holds"
    return "falls" if held else "gains" if holds else "was-not"


def _recut(ablation: Ablation, slugs: Mapping[str, str], held: int, found: Challenge) -> Recut:
    fallen, replaced, gained = (
        tuple(name for name, slug in slugs.items() if slug == one) for one in ("falls", "replaced", "gains")
    )
    if fallen:
        first = msg("With the rest calibrated anew, {fallen} of {held} reproduced findings fall: {names}.",
                    fallen=len(fallen), held=held, names=listed(fallen))  # fmt: skip
    else:
        first = msg("With the rest calibrated anew, none of the {held} reproduced findings falls.", held=held)
    back = msg("Calibrated anew, the rest replaces the link for {names}.", names=listed(replaced))
    gap = found.log_evidence[CUT + ablation.id] - found.log_evidence[WHOLE]
    evidence = msg("Without it the log evidence changes by {change}.", change=number(gap, sign=True))
    said = (
        ("falls" if fallen else "holds", first), ("replaced", back if replaced else None),
        ("gains", gained_sentence(list(gained))), ("", evidence),
    )  # fmt: skip
    return Recut(ablation, fallen, replaced, tuple((sign, one) for sign, one in said if one))


def anew_matrix(entry: StudyEntry, cuts: tuple[Cut, ...]) -> Matrix:
    """All findings against all ablations that were calibrated anew; empty where none was."""
    study = entry.reproduction.study
    found = study.challenge
    if found is None:
        return Matrix((), ())
    before = challenged_verdicts(study, found.probabilities[WHOLE])
    alone = {cut.ablation.id: cut.fallen for cut in cuts}
    after = {one.id: challenged_verdicts(study, found.cuts[one.id]) for one in recalibrated(study)}
    return parted([
        (outcome, tuple(_cell(_slug(outcome.finding.id, before, verdicts, alone.get(name, ())))
                        for name, verdicts in after.items()))
        for outcome in entry.before.outcomes
    ])  # fmt: skip


def recalibrated(study: StudyFolder) -> tuple[Ablation, ...]:
    """The ablations with which the rest was calibrated anew."""
    known = study.challenge.cuts if study.challenge else {}
    return tuple(one for one in study.record.ablations if one.id in known)


def _cell(slug: str) -> CutCell:
    return CutCell(slug, ANEW_CELLS[slug])


def _few_draws(found: Challenge) -> Message:
    return msg("Recalibrated models are judged on {draws} draws each: a finding whose probability is close to a limit "
               "may move for that reason alone.", draws=found.draws)  # fmt: skip


def _cut_sentences(study: StudyFolder, card: Card) -> Iterator[Named]:
    """What does not discriminate, what is not supported, what was never cut."""
    links = link_names(study.record)
    anew = card.recalibrated
    if anew is not None:
        yield from _anew_sentences(anew, links)
    cut = {link for one in study.record.ablations for link in one.links}
    uncut = tuple(name for link, name in links.items() if link not in cut)
    if uncut:
        yield Named(msg("Never cut, so nothing is known about them: {count} of {all} links.",
                        count=len(uncut), all=len(links)), links=uncut)  # fmt: skip
    elif links:
        yield Named(msg("Each of the {all} links is cut by some ablation.", all=len(links)))


def _anew_sentences(anew: Coverage, links: Mapping[str, Words]) -> Iterator[Named]:
    if anew.still:
        yield Named(msg("Not discriminating: {count} of {all} findings are moved by no cut once the rest is calibrated "
                        "anew.", count=len(anew.still), all=anew.findings), anew.still)  # fmt: skip
    else:
        yield Named(msg("Every finding is moved by some cut, even when the rest is calibrated anew."))
    loose = tuple(links[name] for name in anew.unsupported)
    if loose:
        yield Named(msg("Unsupported: {count} of {all} links that were cut are needed by no finding once the rest is "
                        "calibrated anew.", count=len(loose), all=len(anew.cut)), links=loose)  # fmt: skip
    else:
        yield Named(msg("Each of the {all} links that were cut is needed by some finding, even when the rest is "
                        "calibrated anew.", all=len(anew.cut)))  # fmt: skip
