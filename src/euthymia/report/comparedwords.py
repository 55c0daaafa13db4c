"""Words of the comparison's page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from markupsafe import Markup, escape

from euthymia.records.library import common_library
from euthymia.report.bilingual import Words
from euthymia.report.numbers import span
from euthymia.report.told import Told
from euthymia.words import LANGUAGES, Language, Message, msg

NAME: Final = msg("Interventions compared")
TITLES: Final = {language: f"{NAME.text(language)} · euthymia" for language in LANGUAGES}
WORDS: Final[Mapping[str, Message]] = {
    "title": NAME,
    "plane": msg("How soon, how long, how precise, at what harm"),
    "plane_note": msg(
        "Each mark is an intervention, placed where its effect in the forced swim begins and how long it lasts, as the "
        "mean over draws that show one. Effects count from half a standard deviation of single animals on, the margin "
        "of all verdicts here."
    ),
    "table": msg("In numbers"),
    "table_lead": msg(
        "Median over draws, with 5 and 95 % in brackets; what is not reached within the time followed is later than "
        "its end, never a number. Relief in standard deviations of single animals (SD)."
    ),
    "harms": msg("Harm, and what the atlas knows of it"),
    "harms_lead": msg(
        "A harm is how far a read-out goes the wrong way beyond animals given nothing, stressed or not, in standard "
        "deviations of single readings. Findings are those of the studies about this harm, judged on the joined model. "
        "A harm without a read-out is not zero: it is not known."
    ),
    "harm": msg("Harm"),
    "findings": msg("Findings of the atlas"),
    "most": msg("Interventions beyond half an SD (median)"),
    "again": msg("The same after several doses"),
    "uncovered": msg("not covered"),
    "none": msg("none"),
    "tests": msg("All tests"),
    "tests_lead": msg("Largest relief in SD, and the share of draws in which it is ever reliable."),
    "intervention": msg("Intervention"),
    "unreachable": msg("Not in the joined model:"),
    "limits": msg("What this does not say"),
    "command": msg("Make it again"),
}
"""By their place in the template."""
HEADS: Final = (
    msg("Reliable effect"), msg("Onset"), msg("Peak, SD"), msg("Found with n = 10"),
    msg("Duration"), msg("Precision"), msg("Target moved, SD"),
    msg("Largest harm, SD"), msg("Dose of half the effect"), msg("Last dose over first"), msg("All doses over first"),
)  # fmt: skip
LIMITS: Final = (
    msg("The animals are mice, and all intervals are over draws of the model’s parameters: they do not hold what the "
        "model leaves out."),
    msg("Stress ends when the treatment begins, and animals given nothing recover within months; an effect that lasts "
        "as long as they need is gone with their recovery."),
    msg("Precision counts what follows from the target as well as what is hit beside it, depends on which targets the "
        "atlas has, and cannot tell receptors that it does not read."),
    msg("Doses are those of the studies, most of them assumed there; a stronger effect at one dose is no better drug."),
    msg("Light and genes reach all animals alike here; nothing is said of surgery, viruses or people."),
)  # fmt: skip


def lead(told: Told) -> Message:
    """What was done, in a sentence."""
    return msg(
        "{count} interventions on the same {animals} virtual mice after three weeks of restraint, followed for {days}.",
        count=len(told.interventions), animals=told.animals, days=span(told.days),
    )  # fmt: skip


def test_heads(assays: Iterable[str]) -> tuple[Words, ...]:
    """The tests' names; the id of a test that is not known."""
    known = common_library().assays
    return tuple(known[name].label.text if name in known else name for name in assays)


def described(picture: Markup, told: Told, language: Language) -> Markup:
    """The picture with its title and description for screen readers in one language."""
    head = escape(NAME.text(language))
    note = escape(f"{lead(told).text(language)} {WORDS['plane_note'].text(language)}")
    return Markup(re.sub(r"^(<svg[^>]*>)", rf"\1<title>{head}</title><desc>{note}</desc>", str(picture), count=1))
