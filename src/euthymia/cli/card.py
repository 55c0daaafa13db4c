"""What ``card`` prints: the credibility cards of studies."""

from rich.table import Table

from euthymia.cli.options import ERR, OUT
from euthymia.cli.reproducing import Order, run_entries
from euthymia.credibility import AtlasCard, Card, atlas_card
from euthymia.credibility.checks import HIGHEST
from euthymia.credibility.counts import USES
from euthymia.credibility.sentences import lines
from euthymia.findings.verdict import Verdict
from euthymia.words import Language, msg


def show_cards(order: Order, *, language: Language, as_json: bool) -> None:
    """Run the studies (finished runs are read back), and print their cards and that of all together."""
    entries = run_entries(order, pictures=False)
    atlas = atlas_card([entry.card for entry in entries])
    if as_json:
        print(atlas.to_json())
        return
    for card in atlas.cards:
        _print(card, language)
    if len(atlas.cards) > 1:
        _print_grades(atlas, language)
    if not order.check:
        hint = msg("No second run and no second solver: add --check to have them computed.")
        ERR.print(hint.text(language), markup=False)


def _print(card: Card, language: Language) -> None:
    OUT.print(f"\n[bold]{card.study}[/]  {card.name.text(language)}")
    counts = Table(box=None, pad_edge=False)
    counts.add_column(msg("Findings").text(language))
    for verdict in Verdict:
        counts.add_column(verdict.label.text(language))
    for use in USES:
        word = msg("calibrate") if use == "calibrate" else msg("validate")
        counts.add_row(word.text(language), *(str(card.findings[use][verdict]) for verdict in Verdict))
    OUT.print(counts)
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column()
    facts.add_column(overflow="fold")
    for line in lines(card):
        names = f"\n[dim]{', '.join(line.names)}[/]" if line.names else ""
        facts.add_row(line.label.text(language), line.text.text(language) + names)
    OUT.print(facts)
    _print_rules(card, language)
    for one in card.not_covered:
        OUT.print(msg("Not covered: {what}", what=one).text(language), markup=False)


def _print_rules(card: Card, language: Language) -> None:
    for rule in card.rules:
        bar = "█" * rule.grade + "░" * (HIGHEST - rule.grade)
        title = f"{bar} {rule.grade}  {rule.number}. {rule.name.text(language)} ({rule.level.text(language)})"
        OUT.print(title, markup=False)
        for check in rule.checks:
            mark = "+" if check.holds else "−" if check.computed else "?"
            OUT.print(f"        {mark} {check.criterion.text(language)} {check.fact.text(language)}", markup=False)


def _print_grades(atlas: AtlasCard, language: Language) -> None:
    table = Table(box=None, pad_edge=False)
    for head in (msg("Rule").text(language), msg("Lowest").text(language), *(card.study for card in atlas.cards)):
        table.add_column(head)
    for rules in zip(*(card.rules for card in atlas.cards), strict=True):
        name = f"{rules[0].number}. {rules[0].name.text(language)}"
        table.add_row(name, str(atlas.lowest[rules[0].id]), *(str(rule.grade) for rule in rules))
    OUT.print()
    OUT.print(table)
