"""The tutorials do what they say: every block of a page runs, in order, in one folder, and shows what stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pytest
from tutorial_pages import FOLDER, PAGES, Block, blocks_of, path_of, pattern_of

import euthymia.cli
from support import REPOSITORY

WRITING: Final = frozenset({"own-model"})
"""Pages whose Python writes files that their commands read."""
LONG: Final = ("calibrate",)
"""Commands that are run in one language only."""


class Reader:
    """Somebody who works through a page in a folder of their own."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], language: str, *, leave_out: tuple[str, ...] = ()
    ) -> None:
        self.folder, self.capsys, self.language, self.leave_out = folder, capsys, language, leave_out
        self.names: dict[str, object] = {}
        self.printed = ""

    def follow(self, page: str, *, skip: frozenset[str] = frozenset()) -> None:
        """Do each block of a page; outputs of skipped blocks are skipped as well."""
        skipped = False
        for block in blocks_of(page, self.language):
            if block.kind != "output":
                skipped = block.kind in skip or any(f"euthymia {name} " in block.text for name in self.leave_out)
            if not skipped:
                self.do(block, f"{path_of(page, self.language).name}:{block.line}")

    def do(self, block: Block, where: str) -> None:
        if block.kind == "output":
            found = re.sub(r"\s", "", self.printed)
            assert pattern_of(block.text).search(found), f"{where}: shown is\n{block.text}\nprinted is\n{self.printed}"
            return
        if block.kind in ("file", "add"):
            self.save(block)
        elif block.kind == "python":
            # The lines of a page of this repository.
            exec(compile(block.text, where, "exec"), self.names)
        else:
            assert self.run(block) == block.code, f"{where}: {self.capsys.readouterr()}"
        captured = self.capsys.readouterr()
        self.printed = captured.out + captured.err

    def save(self, block: Block) -> None:
        path = self.folder / block.name
        assert path.resolve().is_relative_to(self.folder.resolve())
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if block.kind == "add" else ""
        path.write_text(before + block.text, encoding="utf-8")

    def run(self, block: Block) -> int:
        """The exit code of the last command of a shell block; no shell is asked."""
        code = 0
        for line in block.text.splitlines():
            program, *arguments = shlex.split(line)
            assert program == "euthymia" and code == 0
            try:
                euthymia.cli.main([*arguments, "--lang", self.language])
            except SystemExit as stop:
                code = int(stop.code or 0)
        return code


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_of_a_page_runs_and_shows_what_it_says(
    page: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Reader(here, capsys, "en").follow(page)


def test_commands_show_in_chinese_what_the_chinese_page_says(
    page: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python is the same in both languages and not run again, except where commands read what it writes."""
    skip = frozenset() if page in WRITING else frozenset({"python"})
    Reader(here, capsys, "zh", leave_out=LONG).follow(page, skip=skip)


def test_both_languages_have_the_same_code(page: str) -> None:
    english, chinese = ([(b.kind, b.name, b.code, b.text) for b in blocks_of(page, language) if b.kind != "output"]
                        for language in ("en", "zh"))  # fmt: skip
    assert english == chinese
    after = [[b.kind for b in blocks_of(page, language)] for language in ("en", "zh")]
    assert after[0] == after[1], "an output is shown in one language only"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_link_each_other_and_links_lead_somewhere(page: str, language: str) -> None:
    text = path_of(page, language).read_text(encoding="utf-8")
    targets = {match.split("#")[0] for match in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in match}
    assert all((FOLDER / target).is_file() for target in targets), targets
    others = {path_of(other, language).name for other in PAGES if other != page}
    assert others | {path_of(page, "zh" if language == "en" else "en").name} <= targets
    readme = (REPOSITORY / ("README.md" if language == "en" else "README.zh.md")).read_text(encoding="utf-8")
    assert f"docs/tutorials/{path_of(page, language).name}" in readme


def test_what_may_be_anything_is_marked() -> None:
    assert pattern_of("a 1 ...\n...\nb").search("xa12yb")
    assert pattern_of("a ... c\nd").search("abcd")
    assert not pattern_of("a\nb").search("ba")
    assert not pattern_of("a.b").search("axb")
