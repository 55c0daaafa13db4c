"""Every message has a Chinese sentence with the same places, and no Chinese sentence is left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Final

import pytest
from babel.messages.pofile import read_po

from euthymia.errors import suggestion
from euthymia.words import LANGUAGES, Text, msg, translated
from support import REPOSITORY

PACKAGE: Final = REPOSITORY / "src" / "euthymia"
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
SYMBOLS_ONLY: Final = re.compile(r"n?[^A-Za-z]*(\{[a-z_]+\}[^A-Za-z]*)*")
"""Sentences without words, such as “{mean} ± {sem}” and “n = {count}”, need no Chinese letters."""


def messages() -> dict[str, list[str]]:
    """The English sentences of the source and where each is used."""
    found: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "msg":
                place = f"{file.relative_to(PACKAGE)}:{node.lineno}"
                sentence = node.args[0]
                assert isinstance(sentence, ast.Constant), f"{place}: a message is written out where it is used"
                found.setdefault(str(sentence.value), []).append(place)
    return found


def chinese() -> dict[str, tuple[str, Path]]:
    entries: dict[str, tuple[str, Path]] = {}
    for file in sorted((PACKAGE / "words" / "zh").glob("*.po")):
        with file.open("rb") as stream:
            for entry in read_po(stream, locale="zh"):
                if entry.id:
                    known = entries.setdefault(str(entry.id), (str(entry.string), file))
                    assert known[0] == entry.string, f"{file.name}: “{entry.id}” has two translations"
    return entries


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_message_has_a_chinese_sentence() -> None:
    known = translated("zh")
    missing = {sentence: used for sentence, used in messages().items() if sentence not in known}
    assert missing == {}


def test_no_chinese_sentence_is_left_over() -> None:
    used = messages()
    assert [f"{file.name}: {sentence}" for sentence, (_, file) in chinese().items() if sentence not in used] == []


def test_both_sentences_have_the_same_places() -> None:
    wrong = {en: zh for en, (zh, _) in chinese().items() if places(en) != places(zh)}
    assert wrong == {}


def test_chinese_sentences_are_chinese() -> None:
    wrong = [en for en, (zh, _) in chinese().items() if not HAN.search(zh) and not SYMBOLS_ONLY.fullmatch(en)]
    assert wrong == []


def test_a_call_gives_every_place_of_its_sentence() -> None:
    wrong: list[str] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "msg":
                given = {keyword.arg for keyword in node.keywords}
                sentence = node.args[0]
                if None not in given and isinstance(sentence, ast.Constant) and places(str(sentence.value)) != given:
                    wrong.append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert wrong == []


def test_messages_inside_messages_are_translated_too() -> None:
    inner = Text("mouse", "小鼠")
    assert msg("{a} and {b}", a=inner, b=1).text("zh") == "小鼠 and 1"
    assert "cat" in suggestion("cta", ["cat", "dog"]).text("zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_braces_in_values_are_left_alone(language: str) -> None:
    assert msg("“{found}” is not a quantity", found="{x}").text(language) == "“{x}” is not a quantity"  # type: ignore[arg-type]
