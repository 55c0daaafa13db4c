"""The digest as PDF, set by Typst from a fixed template; words of records are data to it, never markup or code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata, resources
from typing import Any, Final

from euthymia.report import phrases
from euthymia.report.bilingual import Words, shown
from euthymia.report.picture import standalone
from euthymia.report.tables import reference
from euthymia.site import words
from euthymia.site.article import Block, Part, gap
from euthymia.site.compared import Compared
from euthymia.site.digest import Field, article
from euthymia.words import Language, Message, msg

LATIN: Final = "Libertinus Serif"
"""A font that Typst brings along."""
CHINESE: Final = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "Songti SC", "SimSun", "Noto Sans CJK SC",
    "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei",
)  # fmt: skip
"""Fonts with Chinese letters, the best first; one of them must be on the system."""
STANDARD: Final = "ua-1"
"""PDF/UA: headings, lists and pictures are known to readers of screens."""
_VERSION: Final = f"euthymia {metadata.version('euthymia')}"


@dataclass(frozen=True)
class Press:
    """What can be set here.

    Attributes
    ----------
    fonts
        By language, the fonts; languages that cannot be set are left out.
    missing
        What is said about these.
    """

    fonts: Mapping[Language, tuple[str, ...]]
    missing: tuple[Message, ...] = ()


def press() -> Press:
    """What can be set with the libraries and fonts of this machine."""
    try:
        from typst import Fonts
    except ImportError:
        return Press({}, (msg("The digest is not written as PDF: typst is not installed. Install it with "
                              "“pip install 'euthymia[pdf]'”."),))  # fmt: skip
    known = set(Fonts().families())
    font = next((name for name in CHINESE if name in known), None)
    if font is None:
        return Press({"en": (LATIN,)}, (msg("The digest is not written as PDF in Chinese: no font with Chinese letters "
                                            "is installed, for instance {font}.", font=CHINESE[0]),))  # fmt: skip
    return Press({"en": (LATIN,), "zh": (LATIN, font)})


def pdf_name(language: Language) -> str:
    """The file of the digest as PDF."""
    return f"digest.{language}.pdf"


def digest_pdfs(field: Field, ready: Press) -> Iterator[tuple[str, bytes]]:
    """The digest as PDF in each language that can be set, by file."""
    for language, fonts in ready.fonts.items():
        yield pdf_name(language), digest_pdf(field, language, fonts=fonts)


def digest_pdf(field: Field, language: Language, *, fonts: Sequence[str]) -> bytes:
    """The digest as PDF; the same records, fonts and version of Typst give the same bytes.

    The time of making is that of the variable SOURCE_DATE_EPOCH, or else the day of the newest study.
    """
    return laid_out(digest_data(field, language) | {"fonts": list(fonts)}, made_at=_made_at(field))


def laid_out(content: Mapping[str, Any], *, made_at: int) -> bytes:
    """What the template makes of an article.

    Parameters
    ----------
    content
        What `digest_data` gives, and the `fonts`.
    made_at
        The time of making, in seconds since 1970.
    """
    import typst

    template = resources.files(__package__).joinpath("templates", "digest.typ").read_bytes()
    return typst.compile(template, format="pdf", sys_inputs={"article": json.dumps(content, ensure_ascii=False)},
                         timestamp=made_at, pdf_standards=STANDARD)  # fmt: skip


def digest_data(field: Field, language: Language) -> dict[str, Any]:
    """What the template lays out: plain strings in one language."""

    def said(words: Message) -> str:
        return words.text(language)

    return {
        "language": language,
        "title": said(words.DIGEST["title"]),
        "version": _VERSION,
        "facts": [shown(one, language) for one in _facts(field)],
        "advice": said(phrases.FRAME["advice"]),
        "advice_long": said(phrases.FRAME["advice_long"]),
        "gap": " " if language == "en" else "",
        "made": said(msg("This article is put together by fixed templates from the records of the studies and the "
                         "numbers of one run; no language model writes it. Small marks name the finding that a "
                         "statement comes from, and lead to its study.")),
        "contents": said(msg("Contents")),
        "cited": said(msg("The studies")),
        "blocks": list(_blocks(field, language)),
        "references": [_reference(field, study) for study in field.entries],
    }  # fmt: skip


def _facts(field: Field) -> Iterator[Words]:
    """Version, newest record, size of the runs."""
    stamps = [entry.reproduction.scorecard.provenance for entry in field.entries.values()]
    yield _VERSION
    yield msg("studies published until {date}", date=_newest(field))
    animals = sorted({int(str(one["animals"])) for one in stamps if "animals" in one})
    if animals:
        yield msg("{animals} virtual animals for each study", animals="/".join(map(str, animals)))


def _newest(field: Field) -> str:
    return max(
        (entry.reproduction.study.record.citation.date for entry in field.entries.values()), default="1970-01-01"
    )


def _made_at(field: Field) -> int:
    """Seconds since 1970."""
    set_by_user = os.environ.get("SOURCE_DATE_EPOCH", "")
    if set_by_user.isdecimal():
        return int(set_by_user)
    return int(datetime.fromisoformat(_newest(field)).replace(tzinfo=UTC).timestamp())


def _blocks(field: Field, language: Language) -> Iterator[dict[str, Any]]:
    """The article; the picture of the comparison stands behind its first list."""
    waiting = field.compared
    for block in article(field):
        yield {"kind": block.kind, "lines": [_line(field, block, line, language) for line in block.lines]}
        if waiting is not None and block.kind == "list":
            yield _picture(waiting, language)
            waiting = None


def _picture(compared: Compared, language: Language) -> dict[str, str]:
    title, lead = (words.HOME[name].text(language) for name in ("plane", "plane_lead"))
    return {"kind": "picture", "svg": standalone(compared.picture, language), "title": title, "lead": lead,
            "stop": ". " if language == "en" else "。", "alt": f"{title}: {lead}"}  # fmt: skip


def _line(field: Field, block: Block, line: Sequence[Part], language: Language) -> list[dict[str, Any]]:
    studies = {name: study for study, name in field.pages.items()}
    listed, found = block.kind == "list" and len(line) > 1, [_target(field, studies, part) for part in line]
    return [
        {"words": shown(part.words, language), "gap": gap(line[place - 1], part, line, language) if place else "",
         "strong": listed and place == 0 and bool(part.href) and not target["mark"],
         "soft": listed and place > 0 and not part.href, **target}
        for place, (part, target) in enumerate(zip(line, found, strict=True))
    ]  # fmt: skip


def _target(field: Field, studies: Mapping[str, str], part: Part) -> dict[str, str]:
    """The finding or study that a part leads to, as a mark, and the address of the study."""
    study = studies.get(part.page)
    if study is None or (part.anchor and not part.finding):
        return {"mark": "", "address": ""}
    mark = part.finding or study
    address = _reference(field, study)["address"]
    return {"mark": "" if mark == part.words else mark, "address": address}


def _reference(field: Field, study: str) -> dict[str, str]:
    cited = reference(field.entries[study].reproduction.study.record.citation)
    return {"id": study, "text": cited.text, "doi": cited.doi, "address": cited.address}
