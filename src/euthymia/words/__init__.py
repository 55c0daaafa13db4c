"""Whole-sentence messages in English and Chinese.

The English sentence stands where it is used, as ``msg("...")``; the Chinese one stands in the catalogues of the folder
``zh`` under the same English sentence. A test extracts every ``msg`` and fails on a missing translation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final, Literal

from babel.messages.pofile import read_po

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_WIDE: Final = r"\u3001-\u303f\u4e00-\u9fff\uff00-\uffef"


@dataclass(frozen=True)
class Message:
    """A sentence with named places, translated when it is shown.

    Parameters
    ----------
    template
        The English sentence with ``{name}`` places; also the key of its translation.
    values
        What stands in the places. A value may be a `Message` or a `Text` and is then translated too.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = "en") -> str:
        """The sentence in one language; the English one where no translation is known."""
        template = self.template if language == "en" else _catalogue(language).get(self.template, self.template)
        whole = template.format(**{name: _shown(value, language) for name, value in self.values.items()})
        return whole if language == "en" else closed_up(whole)

    def __str__(self) -> str:
        return self.text("en")


@dataclass(frozen=True)
class Text:
    """Words that come from a data file in both languages."""

    en: str
    zh: str

    def text(self, language: Language = "en") -> str:
        """The words in one language."""
        return self.en if language == "en" else self.zh

    def __str__(self) -> str:
        return self.en


def msg(template: str, /, **values: object) -> Message:
    """A message from its English sentence.

    >>> msg("{count} runs failed.", count=3).text("en")
    '3 runs failed.'
    """
    return Message(template, values)


_GAP: Final = re.compile(rf"(?<=[{_WIDE}]) +(?=[{_WIDE}])|(?<=\d) (?=%)")


def closed_up(chinese: str) -> str:
    """Chinese words without the spaces that only English has: between characters, and before a percent sign.

    >>> closed_up("灌注 脂联素，80 % 的抽样，5 天")
    '灌注脂联素，80% 的抽样，5 天'
    """
    return _GAP.sub("", chinese)


def _shown(value: object, language: Language) -> str:
    return value.text(language) if isinstance(value, Message | Text) else str(value)


@cache
def _catalogue(language: Language) -> Mapping[str, str]:
    sentences: dict[str, str] = {}
    for source in sorted(resources.files(__name__).joinpath(language).iterdir(), key=lambda file: file.name):
        if source.name.endswith(".po"):
            with source.open("rb") as stream:
                entries = read_po(stream, locale=language)
            sentences |= {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}
    return sentences


def translated(language: Language) -> frozenset[str]:
    """The English sentences that have a translation in `language`."""
    return frozenset(_catalogue(language))
