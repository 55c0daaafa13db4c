"""Terms in pages lead to the glossary: where, how often, and that every difficult word has an entry."""

from __future__ import annotations

import re

import pytest

from euthymia.records.digest import read_terms
from euthymia.site.terms import Forms, explained, forms_of, known_forms
from euthymia.words import Text

FORMS: Forms = (("en", "draws", "t-draw"), ("en", "draw", "t-draw"), ("zh", "抽样", "t-draw"), ("en", "sd", "t-sd"),
                ("en", "dossier", "t-dossier"), ("en", "standard deviations", "t-sd"))  # fmt: skip
JARGON = (
    "draws", "dossier", "grade", "ablation", "calibrate", "validate", "calibration", "SD", "SEM", "prior", "R-hat",
    "null competitor", "log evidence", "joined model", "onset", "precision", "read-out", "entities", "relief",
    "verdict", "ensemble", "knock-out", "designer receptor", "optogenetic", "synapse", "5-HT2A", "despair",
    "intervention",
    "抽样", "判定", "等级", "校准", "验证", "先验", "标准差", "联合模型", "精准度", "缓解", "危害", "环节", "机制",
)  # fmt: skip
"""Words that a newcomer does not know."""


def linked(inner: str) -> list[str]:
    made = explained(f"<main>{inner}</main>", FORMS)
    assert re.sub(r'<a class="term"[^>]*>(.*?)</a>', r"\1", made) == f"<main>{inner}</main>"
    return re.findall(r'<a class="term" href="glossary.html#([\w-]+)" data-page="glossary.html">', made)


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ('<p lang="en">Draws and draws.</p><p lang="en">a draw</p>', ["t-draw"]),
        ('<p><span lang="en">2 draws</span><span lang="zh">2 次抽样</span></p>', ["t-draw", "t-draw"]),
        ('<p lang="en">drawsome, test-draw, draw2</p>', []),
        ('<p lang="zh">抽样和抽样</p>', ["t-draw"]),
        ("<p>draws in no language</p>", []),
        ('<h2 lang="en">draws</h2><a href="x" lang="en">draws</a><code lang="en">draws</code>', []),
        ('<svg><text lang="en">draws</text></svg><button lang="en">draws</button>', []),
        ('<p class="unseen" lang="en">draws</p><p class="tag" lang="en">draws</p>', []),
        ('<p lang="en">0.5 SD, in standard deviations</p>', ["t-sd"]),
        ('<p lang="en">a<br>draw</p>', ["t-draw"]),
        ('<p lang="en">&lt;draw&gt; it</p>', ["t-draw"]),
        ('<span lang="en-US">dossier S04</span>', ["t-dossier"]),
        ('<span lang="en-US">dossier</span><span lang="en">dossier</span>', ["t-dossier"]),
        ("no main", []),
    ],
)
def test_a_term_leads_to_the_glossary_where_it_stands_first(inner: str, found: list[str]) -> None:
    assert linked(inner) == found


def test_what_is_folded_away_comes_second() -> None:
    made = explained('<main><details><p lang="en">draws</p></details><p lang="en">the draws</p></main>', FORMS)
    assert made.index("the <a") > made.index("</details>")
    assert "<a" in explained('<main><details><p lang="en">draws</p></details></main>', FORMS)


def test_words_outside_the_main_part_stay() -> None:
    page = '<header lang="en">draws</header><main></main><footer lang="en">draws</footer>'
    assert explained(page, FORMS) == page
    assert explained("<p lang='en'>draws</p>", FORMS) == "<p lang='en'>draws</p>"


@pytest.mark.parametrize("words", JARGON)
def test_difficult_words_have_an_entry(words: str) -> None:
    language = "zh" if words > "\u2e7f" else "en"
    assert [name for own, form, name in known_forms() if own == language and form.lower() == words.lower()]


def test_each_word_leads_to_one_entry_and_each_entry_is_complete() -> None:
    words = [(language, form.lower()) for language, form, _ in known_forms()]
    assert len(set(words)) == len(words)
    for name, term in read_terms().items():
        assert bool(term.forms.en) == bool(term.forms.zh), name


def test_tests_are_known_by_their_names_with_and_without_brackets() -> None:
    found = forms_of([("a-swim", Text("forced swim (immobility)", "强迫游泳"))])
    assert [words for _, words, _ in found] == ["forced swim (immobility)", "forced swim", "强迫游泳"]
