"""Words in both languages at once: each text becomes an English and a Chinese span, of which the page shows one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

from euthymia.records.base import Bilingual
from euthymia.words import LANGUAGES, Language, Message, Text, closed_up

Words = Message | Text | Bilingual | str
"""What can be shown in either language; a plain `str` (an id, a number, a unit symbol) is the same in both."""
_PERCENT: Final = re.compile(r"[<>−+]?[\d.]+ %")
"""A share, which is written without a space in Chinese."""
SOURCE_LANGUAGE: Final = "en-US"
"""Marks words of a source that exist in English only and are shown in both languages."""


def shown(words: Words, language: Language) -> str:
    """The words in one language."""
    if isinstance(words, Bilingual):
        return words.en if language == "en" else words.zh
    if isinstance(words, str):
        return closed_up(words) if language == "zh" and _PERCENT.fullmatch(words) else words
    return words.text(language)


def both(words: Words) -> Markup:
    """The words as HTML, in a span for each language; escaped.

    >>> str(both(Text("yes", "是")))
    '<span lang="en">yes</span><span lang="zh">是</span>'
    """
    texts = [shown(words, language) for language in LANGUAGES]
    if len(set(texts)) == 1:
        return escape(texts[0])
    spans = (Markup('<span lang="{}">{}</span>').format(*pair) for pair in zip(LANGUAGES, texts, strict=True))
    return Markup("").join(spans)


def listed(names: Iterable[str]) -> Text:
    """Names that are the same in both languages, one after the other.

    >>> listed(["S01-02", "S01-03"])
    Text(en='S01-02, S01-03', zh='S01-02、S01-03')
    """
    every = tuple(names)
    return Text(", ".join(every), "、".join(every))


def original(text: str) -> Markup:
    """Words of a source, marked as English and shown in both languages."""
    return Markup('<span lang="{}">{}</span>').format(SOURCE_LANGUAGE, text)


def finalize(value: object) -> object:
    """What a template prints: words and shares in both languages, anything else as it is (escaped by the template)."""
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return both(value)
    return both(value) if isinstance(value, Message | Text | Bilingual) else value
