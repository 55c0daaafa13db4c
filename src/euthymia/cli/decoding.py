"""What ``decode`` does: load recordings, decode, find states, print, draw."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from euthymia.cli.options import ERR, OUT
from euthymia.errors import RequestError, suggestion
from euthymia.files import write_atomically
from euthymia.neural import (
    Decoding,
    Design,
    GroupDecoding,
    NwbColumns,
    Session,
    States,
    decode,
    decode_groups,
    hidden_states,
    load_session,
    participation_ratio,
)
from euthymia.report.picture import standalone
from euthymia.report.population import NAMES, accuracy_chart, state_matrix
from euthymia.words import Language, msg

Part = Literal["choice", "switch", "states", "group"]
FEATURES: Final = 10
"""Neurons in a subsample for the participation ratio."""


@dataclass(frozen=True)
class Asked:
    """What was asked for."""

    files: tuple[Path, ...]
    parts: tuple[str, ...]
    design: Design
    seed: int
    workers: int
    columns: NwbColumns
    most_states: int


@dataclass(frozen=True)
class Answer:
    """What was found: decodings by group and question, states by animal, groups told apart."""

    decodings: dict[tuple[str, str], Decoding]
    states: dict[str, tuple[str, States, float]]
    groups: GroupDecoding | None


def decode_files(asked: Asked, *, out: Path | None, language: Language, as_json: bool) -> None:
    """Decode recordings; print a table or JSON, and write pictures where a folder is given.

    Raises
    ------
    RequestError
        If a part is not known, a file cannot be read, or there are too few trials, neurons or animals.
    """
    for part in asked.parts:
        if part not in get_args(Part):
            raise RequestError(msg("“{found}” cannot be decoded. {suggestion}", found=part,
                                   suggestion=suggestion(part, list(get_args(Part)))))  # fmt: skip
    sessions = [load_session(file, columns=asked.columns) for file in asked.files]
    answer = _answered(asked, sessions)
    if as_json:
        print(json.dumps(_plain(answer), ensure_ascii=False, indent=2))
    else:
        _print(answer, language)
    if out is not None:
        write_atomically(_pictures(answer, out, language))
        ERR.print(msg("The pictures are in {path}.", path=out.resolve()).text(language), markup=False)


def _answered(asked: Asked, sessions: Sequence[Session]) -> Answer:
    by_group: dict[str, list[Session]] = defaultdict(list)
    for one in sessions:
        by_group[one.group].append(one)
    decodings: dict[tuple[str, str], Decoding] = {}
    states: dict[str, tuple[str, States, float]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        for group, members in by_group.items():
            for question in [part for part in asked.parts if part in NAMES]:
                decodings[group, question] = decode(
                    members, "choice" if question == "choice" else "switch", design=asked.design, seed=asked.seed,
                    workers=asked.workers, progress=_told(bars, f"{group} {question}".strip()),
                )  # fmt: skip
        if "states" in asked.parts or "group" in asked.parts:
            for one in sessions:
                found = hidden_states(one.rest, most=asked.most_states, seed=asked.seed,
                                      progress=_told(bars, one.animal))  # fmt: skip
                ratio = participation_ratio(one.rest, neurons=min(FEATURES, one.neurons), seed=asked.seed)
                states[f"{len(states) + 1} {one.animal}".strip()] = (one.group, found, ratio)
    groups = None
    if "group" in asked.parts:
        features = np.array([[found.distinct, ratio] for _, found, ratio in states.values()])
        groups = decode_groups(features, [group for group, _, _ in states.values()], seed=asked.seed)
    return Answer(decodings, states, groups)


def _told(bars: Progress, name: str) -> Callable[[int, int], None]:
    """A report of one piece of work on a bar of its own."""
    task = bars.add_task(name, total=None)
    return lambda done, total: bars.update(task, completed=done, total=total)


def _print(answer: Answer, language: Language) -> None:
    if answer.decodings:
        table = _table(language, msg("Group"), msg("Decoded"), msg("Accuracy (5 % – 95 %)"), msg("Shuffled"),
                       msg("p-value"), msg("Neurons"), msg("Animals"))  # fmt: skip
        for (group, question), one in answer.decodings.items():
            low, high = np.percentile(one.window_accuracy, [5, 95])
            table.add_row(
                group, NAMES[question].text(language), f"{one.window_accuracy.mean():.2f} ({low:.2f} – {high:.2f})",
                f"{one.window_null.mean():.2f}", f"{one.window_p:.3f}", str(one.neurons), str(one.animals),
            )  # fmt: skip
        OUT.print(table)
    if answer.states:
        table = _table(language, msg("Animal"), msg("Group"), msg("States"), msg("Distinct states"),
                       msg("Participation ratio"))  # fmt: skip
        for animal, (group, found, ratio) in answer.states.items():
            table.add_row(animal, group, str(found.number), str(found.distinct), f"{ratio:.1f}")
        OUT.print(table)
    if answer.groups is not None:
        said = msg("Groups are told apart from rest with an accuracy of {accuracy} (shuffled {null}, p = {p}).",
                   accuracy=f"{answer.groups.accuracy:.2f}", null=f"{answer.groups.null.mean():.2f}",
                   p=f"{answer.groups.p:.3f}")  # fmt: skip
        OUT.print(said.text(language), markup=False)


def _table(language: Language, *heads: Any) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head.text(language))
    return table


def _plain(answer: Answer) -> dict[str, Any]:
    decodings = [
        {
            "group": group, "question": question, "times_s": one.times.tolist(),
            "accuracy": one.accuracy.mean(axis=0).tolist(), "low": one.interval()[0].tolist(),
            "high": one.interval()[1].tolist(), "null": one.null.mean(axis=0).tolist(),
            "window_accuracy": float(one.window_accuracy.mean()), "window_p": one.window_p,
            "neurons": one.neurons, "animals": one.animals,
        }
        for (group, question), one in answer.decodings.items()
    ]  # fmt: skip
    states = [
        {"animal": animal, "group": group, "states": found.number, "distinct": found.distinct,
         "participation_ratio": ratio}
        for animal, (group, found, ratio) in answer.states.items()
    ]  # fmt: skip
    groups = answer.groups and {"accuracy": answer.groups.accuracy, "p": answer.groups.p,
                                "predicted": list(answer.groups.predicted)}  # fmt: skip
    return {"decodings": decodings, "states": states, "groups": groups}


def _pictures(answer: Answer, out: Path, language: Language) -> dict[Path, str]:
    files = {out / "decoding.json": json.dumps(_plain(answer), ensure_ascii=False, indent=2) + "\n"}
    for question in dict.fromkeys(question for _, question in answer.decodings):
        shown = [(group or NAMES[question], one) for (group, at), one in answer.decodings.items() if at == question]
        files[out / f"{question}.svg"] = standalone(accuracy_chart(shown), language)
    for place, (_, found, _) in enumerate(answer.states.values(), start=1):
        files[out / f"states-{place}.svg"] = standalone(state_matrix(found), language)
    return files
