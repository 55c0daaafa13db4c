"""What ``simulate protocol.yaml`` does: ask the joined atlas, print, write tables and a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from euthymia.asking import Answer, ask, read_question
from euthymia.cli.options import ERR, OUT
from euthymia.engine.store import RunStore
from euthymia.report.answered import assay_words, effect_sentence, synergy_sentences, unit_of
from euthymia.report.bilingual import shown
from euthymia.report.numbers import number, span
from euthymia.report.whatif import write_answer
from euthymia.words import Language, Message, msg

SUFFIXES: Final = (".yaml", ".yml")
"""Endings of a file that holds a question, not a model."""
ADVICE: Final = msg("A research instrument; it gives no medical advice.")


@dataclass(frozen=True)
class AskedQuestion:
    """What was asked for."""

    file: Path
    animals: int | None
    seed: int | None
    workers: int | None
    store: RunStore | None


def answer_question(asked: AskedQuestion, *, out: Path | None, language: Language, as_json: bool) -> None:
    """Answer a question; print a table and sentences, or JSON, and write a folder where one is given.

    Raises
    ------
    RecordError, ProtocolError, RequestError
        Before anything is simulated.
    OutputError
        If the folder cannot be written.
    """
    question = read_question(asked.file)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        task = bars.add_task(shown(question.title, language), total=None)
        answer = ask(
            question, animals=asked.animals, seed=asked.seed, workers=asked.workers, store=asked.store,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )  # fmt: skip
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        print_answer(answer, language)
    if out is not None:
        page = write_answer(answer, out, command=f"euthymia simulate {asked.file.name} --out {out.name}")
        ERR.print(msg("The answer is at {path}.", path=page.resolve()).text(language), markup=False)


def print_answer(answer: Answer, language: Language) -> None:
    """The answer for a terminal: values by arm, contrasts and combinations in sentences, notes."""

    def say(message: Message) -> None:
        OUT.print(message.text(language), markup=False)

    OUT.print(shown(answer.question.title, language), style="bold", markup=False)
    OUT.print(value_table(answer, language))
    for effect in answer.effects:
        say(effect_sentence(answer, effect))
    for synergy in answer.synergies:
        for sentence in synergy_sentences(answer, synergy):
            say(sentence)
    for note in answer.notes:
        say(note)
    say(ADVICE)


def value_table(answer: Answer, language: Language) -> Table:
    """Group means by assay, sampled time and arm: median and 5-95 % interval over draws."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    for head in (msg("Assay"), msg("Time"), *(answer.label(arm.id) for arm in answer.question.arms)):
        table.add_column(head.text(language), overflow="fold")
    for sampling in answer.question.sampling:
        for of in sampling.of or (None,):
            unit = shown(unit_of(answer, sampling.assay), language)
            name = shown(assay_words(answer, sampling.assay, of), language) + (f" [{unit}]" if unit else "")
            for time in sampling.times:
                day = time.to("d")
                cells = [_cell(answer, arm.id, sampling.assay, of, day) for arm in answer.question.arms]
                table.add_row(name, _said(span(day), language), *cells)
    return table


def _cell(answer: Answer, arm: str, assay: str, of: str | None, day: float) -> str:
    course = next(one for one in answer.courses if (one.arm, one.assay, one.of) == (arm, assay, of))
    low, median, high = course.at(day)
    return f"{number(median, digits=3)} ({number(low, digits=3)} – {number(high, digits=3)})"


def _said(words: Any, language: Language) -> str:
    return shown(words, language)
