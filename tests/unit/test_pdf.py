"""The digest as PDF: words stay words, the same records give the same bytes, and what cannot be set is said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from euthymia.site import pdf
from euthymia.words import Language

typst = pytest.importorskip("typst", reason="typst is not installed")
HOSTILE = '#panic("no") $x$ *a* _b_ `c` <d> @e \\u{41} = F #{ 1 } // g /* h */ "i" [j] \u202e'


@pytest.fixture(scope="module")
def ready() -> pdf.Press:
    return pdf.press()


def fonts(ready: pdf.Press, language: Language) -> tuple[str, ...]:
    if language not in ready.fonts:
        pytest.skip(str(ready.missing[0]))
    return ready.fonts[language]


def data(words: str, language: Language) -> dict[str, Any]:
    """An article of every kind of block, all of whose words are the same."""
    part = {"words": words, "gap": "", "strong": False, "soft": False, "mark": "", "address": ""}
    marked = part | {"mark": words, "address": "https://doi.org/10.1/a", "soft": True, "gap": words}
    kinds = ("h2", "p", "lead", "quote", "h3", "h4", "list")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><text x="1" y="9">a</text></svg>'
    picture = {"kind": "picture", "svg": svg, "title": words, "lead": words, "stop": words, "alt": words}
    names = ("title", "version", "advice", "advice_long", "gap", "made", "contents", "cited")
    return dict.fromkeys(names, words) | {
        "language": language, "facts": [words], "fonts": [pdf.LATIN],
        "blocks": [{"kind": kind, "lines": [[part, marked]]} for kind in kinds] + [picture],
        "references": [{"id": words, "text": words, "doi": words, "address": "https://doi.org/10.1/a"}],
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_in_the_words_is_read_as_markup_or_code(tmp_path: Path, ready: pdf.Press, language: Language) -> None:
    made = pdf.laid_out(data(HOSTILE, language) | {"fonts": list(fonts(ready, language))}, made_at=0)
    assert made.startswith(b"%PDF-")
    for command in ('#panic("no")', "*a* _b_", "<d> @e", "// g /* h */"):
        assert command in _text(made, tmp_path)


def test_the_same_words_give_the_same_bytes() -> None:
    first, second = (pdf.laid_out(data("a", "en"), made_at=86_400) for _ in range(2))
    assert first == second
    assert first != pdf.laid_out(data("a", "en"), made_at=90_000)


@pytest.mark.parametrize("families", [[], ["Noto Serif"], ["Noto Sans CJK SC", "SimSun"]])
def test_a_machine_without_chinese_letters_sets_english_only(
    monkeypatch: pytest.MonkeyPatch, families: list[str]
) -> None:
    class Fonts:
        def families(self) -> list[str]:
            return families

    monkeypatch.setattr(typst, "Fonts", Fonts)
    ready = pdf.press()
    if "SimSun" in families:
        assert ready == pdf.Press({"en": (pdf.LATIN,), "zh": (pdf.LATIN, "SimSun")})
    else:
        assert list(ready.fonts) == ["en"]
        assert "no font with Chinese letters" in str(ready.missing[0])


def test_without_typst_there_is_no_pdf_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    ready = pdf.press()
    assert not ready.fonts
    assert "pip install 'euthymia[pdf]'" in str(ready.missing[0])
    assert "pip install 'euthymia[pdf]'" in ready.missing[0].text("zh")


def test_the_library_is_loaded_when_it_is_needed_only() -> None:
    code = "import sys, euthymia.site, euthymia.cli; print('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_every_field_of_the_template_is_given() -> None:
    template = (Path(pdf.__file__).parent / "templates" / "digest.typ").read_text(encoding="utf-8")
    asked = set(re.findall(r"article\.([a-z_]+)", template))
    assert asked == set(data("a", "en"))
    assert not re.findall(r"#?import|#?include|eval\(|read\(", template)


def _text(made: bytes, folder: Path) -> str:
    """The words of a PDF in one line."""
    program = which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    (folder / "a.pdf").write_bytes(made)
    run = subprocess.run([program, folder / "a.pdf", "-"], capture_output=True, text=True, check=True)
    return " ".join(run.stdout.split())
