"""An answer on disk: tables, JSON, pictures, and a page in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from euthymia.asking import Answer, Compared, GridAnswer
from euthymia.asking.surface import Cell
from euthymia.files import write_atomically
from euthymia.findings.verdict import SURE
from euthymia.protocols.lower import first_day
from euthymia.records.cross import sampled_days
from euthymia.records.question import GridAxis
from euthymia.records.writing import to_yaml
from euthymia.report.answered import assay_words, effect_sentence, synergy_sentences, unit_of
from euthymia.report.bilingual import Words, listed
from euthymia.report.charts import LARGE, SMALL, chart
from euthymia.report.heatmap import HeatMap, Square, heat_map
from euthymia.report.numbers import moment, span
from euthymia.report.pages import render, titles
from euthymia.report.palette import COLOURS
from euthymia.report.panels import Figure, Line, Panel
from euthymia.report.picture import standalone
from euthymia.report.protocolwords import described, drug_name
from euthymia.words import LANGUAGES, msg

INDEX: Final = "index.html"
QUESTION: Final = "question.yaml"
FEW: Final = 4
"""Studies up to which they are named one by one."""
WORDS: Final[dict[str, Words]] = {
    "arms": msg("What was asked"),
    "arm": msg("Group"),
    "done": msg("Interventions"),
    "nothing": msg("none"),
    "courses": msg("Over time"),
    "courses_lead": msg("Line and band: median and middle 90 % of the simulated group means."),
    "contrasts": msg("What came out"),
    "contrasts_note": msg(
        "A draw is one guess at what is not known. Noticeable is a difference of half a standard deviation of single "
        "animals or more. Each number is a median by itself, so that differences in the picture can be a little "
        "larger or smaller."
    ),
    "combinations": msg("Do the two do more together?"),
    "combinations_lead": msg(
        "Relief counts from the stressed, untreated animals. Bliss expects what independent interventions do, Loewe "
        "what more of one drug does; “noticeably” is half a standard deviation of animals, and four of five draws "
        "decide. Each number is a median by itself, so that they need not add up."
    ),
    "grid": msg("Grid"),
    "notes": msg("Keep in mind"),
    "again": msg("Made by"),
}


def write_answer(answer: Answer, folder: Path, *, command: str) -> Path:
    """An answer written to a folder: a page, ``answer.json``, a table per part, a picture per assay and language.

    ``question.yaml`` asks the same again.

    Parameters
    ----------
    answer
        From `euthymia.asking.ask`.
    folder
        Where the files go; made if it is missing. Other files in it are left alone.
    command
        The command that makes them again.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If a file cannot be written; those of an earlier answer are intact then.
    """
    write_atomically({folder / name: text for name, text in answer_files(answer, command=command).items()})
    return folder / INDEX


def answer_files(answer: Answer, *, command: str) -> dict[str, str]:
    """All that is written of an answer, by file name; arguments as for `write_answer`."""
    files = {INDEX: answer_page(answer, command=command), QUESTION: to_yaml(answer.question)}
    files["answer.json"] = json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) + "\n"
    files |= answer.tables()
    pictures = {name: picture for _, name, picture, _ in course_charts(answer)}
    pictures |= {f"grid-{name}": picture for name, _, picture in grid_charts(answer)}
    for name, picture in pictures.items():
        files |= {f"{name}.{language}.svg": standalone(picture, language) for language in LANGUAGES}
    return files


def answer_page(answer: Answer, *, command: str) -> str:
    """The page of an answer, in both languages, a file that needs nothing else."""
    return render("whatif.html", titles=titles(answer.question.title.text), **_values(answer, command, level=1))


def answer_fragment(answer: Answer, *, command: str) -> str:
    """The page without its frame, to stand in another page under a heading of the first level."""
    return render("part_answer.html", **_values(answer, command, level=2))


def _values(answer: Answer, command: str, *, level: int) -> dict[str, Any]:
    return {
        "title": answer.question.title.text, "level": level, "t": WORDS, "command": command,
        "lead": msg("Predictions of the joined model of {studies}: {draws} draws, seed {seed}.",
                    studies=_studies(answer), draws=answer.trial.draws, seed=answer.trial.seed),
        "arms": [(arm.label.text, [described(item, answer.library) for item in arm.protocol])
                 for arm in answer.trial.experiment.arms],
        "courses": course_charts(answer), "contrasts": [effect_sentence(answer, one) for one in answer.effects],
        "combinations": [list(synergy_sentences(answer, one)) for one in answer.synergies],
        "grids": [(words, picture) for _, words, picture in grid_charts(answer)], "notes": answer.notes,
    }  # fmt: skip


def _studies(answer: Answer) -> Words:
    """The joined studies: by name where they are few, else how many."""
    joined = answer.provenance["joined"]
    return listed(joined) if len(joined) <= FEW else msg("{count} studies", count=len(joined))


def course_charts(answer: Answer) -> list[tuple[Words, str, Markup, Markup]]:
    """For each assay its name, an id and the picture of all arms, wide and for a narrow screen."""
    made = []
    for (assay, of), group in groupby(answer.courses, key=lambda one: (one.assay, one.of)):
        lines = tuple(
            Line(one.arm, answer.label(one.arm), place % COLOURS, one.days, one.low, one.median, one.high)
            for place, one in enumerate(group)
        )
        experiment, name = answer.trial.experiment, f"course-{assay}-{of or 'all'}".replace("_", "-").lower()
        unit = unit_of(answer, assay)
        figure = Figure(
            name, experiment, assay_words(answer, assay, of), "course", unit or msg("value"), unit,
            tuple(sampled_days(experiment, assay)), first_day(experiment), (Panel("", lines),),
        )  # fmt: skip
        wide, narrow = (chart(figure, figure.panels[0], frame=frame, labelled_by=name) for frame in (LARGE, SMALL))
        made.append((figure.assay, name, wide, narrow))
    return made


def grid_charts(answer: Answer) -> list[tuple[str, Words, Markup]]:
    """The pictures of a grid: effects, and what is beyond each reference."""
    grid = answer.grid
    if grid is None:
        return []
    assay = assay_words(answer, grid.surface.asked.assay, grid.surface.asked.of)
    kinds: list[tuple[str, Words, Callable[[Cell], Square]]] = [
        ("effect", msg("{assay}: relief", assay=assay), _effect)
    ]
    if not grid.timed:
        kinds += [
            ("bliss", msg("{assay}: more than Bliss expects", assay=assay), lambda one: _beyond(one.bliss)),
            ("loewe", msg("{assay}: more than Loewe expects", assay=assay), lambda one: _beyond(one.loewe)),
        ]
    return [(name, words, _grid_chart(answer, grid, name, words, square)) for name, words, square in kinds]


def _effect(one: Cell) -> Square:
    return Square(one.effect.median, sure=one.noticeable >= SURE)


def _beyond(one: Compared | None) -> Square:
    if one is None or one.reason is not None:
        return Square(None, sure=False)
    return Square(one.excess.median, sure=max(one.above, one.below) >= SURE)


def _grid_chart(
    answer: Answer, grid: GridAnswer, name: str, title: Words, square: Callable[[Cell], Square]
) -> Markup:  # fmt: skip
    asked = grid.surface.asked
    where = moment(asked.time.to("d")) if asked.time else msg("over time")
    rows: list[Words] = [span(day) for day in grid.surface.y] if grid.timed else _doses(answer, asked.y, grid.surface.y)
    drawn = HeatMap(
        title,
        msg("{title}, {where}: median over draws for each pair, from “{none}”.", title=title, where=where,
            none=answer.label(asked.none)),
        _axis(answer, asked.x), msg("Time") if grid.timed else _axis(answer, asked.y),
        tuple(_doses(answer, asked.x, grid.surface.x)), tuple(rows),
        tuple(tuple(square(one) for one in row) for row in grid.cells), unit_of(answer, asked.assay),
    )  # fmt: skip
    return heat_map(drawn, name=f"grid-{name}")


def _axis(answer: Answer, axis: GridAxis) -> Words:
    name = drug_name(str(axis.intervention), answer.library)
    if isinstance(name, str):
        name = name.replace("_", " ")
    return msg("{drug}, dose in mg/kg", drug=name) if axis.doses else msg("{drug}, multiples of the dose", drug=name)


def _doses(answer: Answer, axis: GridAxis, factors: tuple[float, ...]) -> list[Words]:
    if not axis.doses:
        return [f"× {factor:g}" for factor in factors]
    return [f"{dose:g}" for dose in sorted({0.0, *(one.to("mg/kg") for one in axis.doses)})]
