"""The YAML and table readers: files are data, every error has its line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.errors import Place, RecordError
from euthymia.records.reading import MAX_BYTES, MAX_DEPTH, inside, read_table, read_text, read_yaml
from euthymia.records.tables import COLUMNS, read_parameters
from support import only_problem, problems_of

ROW: Final = ["k", "1", "1/h", "log", "0.1", "10", "lognormal(1, 0.3)", "", "", "assumed", "no source", "a note"]


def write(folder: Path, text: str | bytes, name: str = "file.yaml") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def table(folder: Path, *rows: list[str], header: tuple[str, ...] | list[str] = COLUMNS) -> Path:
    return write(folder, "\n".join("\t".join(cells) for cells in [list(header), *rows]) + "\n", "parameters.tsv")


def test_values_keep_their_type_and_line(tmp_path: Path) -> None:
    document = read_yaml(write(tmp_path, "# head\na: 1\nb:\n  - x\n  - {c: 2.5, d: null}\ne: yes\nf: true\n"))
    assert document.data == {"a": 1, "b": ("x", {"c": 2.5, "d": None}), "e": "yes", "f": True}
    assert document.place(("b", 1, "c")) == Place(document.file, 5)
    assert document.place(("b", "tag of a union", 1, "missing")) == Place(document.file, 5)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-10**9, 10**9) | st.text("abcxyz 0:#-", max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner),
    max_leaves=20,
).filter(lambda data: isinstance(data, dict) and data))  # fmt: skip
def test_plain_data_is_read_as_json_is(tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]) -> None:
    import json

    def frozen(value: object) -> object:
        if isinstance(value, dict):
            return {key: frozen(part) for key, part in value.items()}
        return tuple(frozen(part) for part in value) if isinstance(value, list) else value

    file = write(tmp_path_factory.getbasetemp(), json.dumps(data, indent=1))
    assert read_yaml(file).data == frozen(data)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [("a: 1\nb: 2\na: 3\n", 3, "“a” occurs twice (first in line 1)"),
     ("a: &x [1]\nb:\n  c: *x\n", 1, "aliases are not accepted"),
     ("a: 1\nb: !!python/object:os.system x\n", 2, "tag “tag:yaml.org,2002:python/object:os.system” is not accepted"),
     ("a: 1\nb: !local 3\n", 2, "tag “!local” is not accepted"), ("a: 1\n? [b]\n: 2\n", 2, "must be plain text"),
     ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"), ("a: 1\n\tb: 2\n", 2, "not valid YAML")],
)  # fmt: skip
def test_refused_yaml_has_its_line(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    problem = only_problem(lambda: read_yaml(write(tmp_path, text)))
    assert sentence in problem.text()
    assert problem.place is not None
    assert problem.place.line == line


def test_all_refused_parts_are_reported_at_once(tmp_path: Path) -> None:
    problems = problems_of(lambda: read_yaml(write(tmp_path, "a: !x 1\nb: !y 2\nb: 3\n")))
    assert [problem.place.line for problem in problems if problem.place] == [1, 2, 3]


def test_an_alias_bomb_is_refused_quickly(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    start = time.process_time()
    assert "aliases" in problems_of(lambda: read_yaml(write(tmp_path, bomb)))[0].text()
    assert time.process_time() - start < 5  # expanded it would hold 10^11 parts


@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 3000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_deep_nesting_is_refused(tmp_path: Path, depth: int, opening: str, closing: str) -> None:
    with pytest.raises(RecordError):
        read_yaml(write(tmp_path, "a: " + opening * depth + closing * depth))


def test_huge_foreign_and_empty_files_are_refused(tmp_path: Path) -> None:
    assert "larger than" in only_problem(lambda: read_yaml(write(tmp_path, b"#" * (MAX_BYTES + 1)))).text()
    assert "not UTF-8" in only_problem(lambda: read_yaml(write(tmp_path, "a: é".encode("latin-1")))).text()
    for text in ("", "\n\n", "# only a comment\n"):
        assert "empty" in only_problem(lambda text=text: read_yaml(write(tmp_path, text))).text()
    assert "does not exist" in only_problem(lambda: read_text(tmp_path / "missing.yaml")).text()
    assert "cannot be read" in only_problem(lambda: read_text(tmp_path)).text()


@given(st.binary(max_size=200))
def test_any_bytes_are_data_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        read_yaml(write(tmp_path_factory.getbasetemp(), content))
    except RecordError as error:
        assert error.problems


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "..\\x", "", "a\\b", "link", "folder_link/x"])
def test_paths_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "x").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "x")
    (folder / "folder_link").symlink_to(tmp_path)
    assert "leads out of" in only_problem(lambda: inside(folder, name)).text()
    assert inside(folder, "data/x.csv") == folder / "data/x.csv"


def test_a_zero_byte_in_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        inside(tmp_path, "data\0.csv")


def test_tables_pass_over_comments_and_count_lines(tmp_path: Path) -> None:
    header, rows = read_table(write(tmp_path, '# note\na,b\n\n"1,5",2\n# x\n3, 4 \n'), delimiter=",")
    assert header == ["a", "b"]
    assert rows == [(4, {"a": "1,5", "b": "2"}), (6, {"a": "3", "b": "4"})]


def test_rows_of_another_width_are_all_reported(tmp_path: Path) -> None:
    problems = problems_of(lambda: read_table(write(tmp_path, "a\tb\n1\n1\t2\n1\t2\t3\n")))
    assert [problem.place.line for problem in problems if problem.place] == [2, 4]
    assert "3 cells; the header has 2" in problems[1].text()


def test_a_huge_cell_is_refused_or_read(tmp_path: Path) -> None:
    try:
        read_table(write(tmp_path, "a\tb\n1\t" + "x" * 200_000 + "\n"))
    except Exception as error:
        assert isinstance(error, RecordError)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        read_parameters(table(tmp_path, [*ROW, "2"], header=[*COLUMNS, "value"]))


def test_parameter_rows(tmp_path: Path) -> None:
    (row,) = read_parameters(table(tmp_path, ROW))
    assert (row.id, row.value, row.factor, row.note) == ("k", 1.0, 1.0, "a note")


def test_every_wrong_row_is_reported_at_its_line(tmp_path: Path) -> None:
    rows = [ROW, [*ROW[:1], "one", *ROW[2:]], ["j", *ROW[1:3], "ln", *ROW[4:]], ["i", "99", *ROW[2:]]]
    problems = problems_of(lambda: read_parameters(table(tmp_path, *rows)))
    assert [problem.place.line for problem in problems if problem.place] == [3, 4, 5]
    assert [word in problem.text() for word, problem in zip(("value", "scale", "bounds"), problems, strict=True)] == [
        True
    ] * 3


def test_repeated_and_unitless_parameters_are_refused(tmp_path: Path) -> None:
    problems = problems_of(lambda: read_parameters(table(tmp_path, ROW, ROW, ["j", "1", "K/h", *ROW[3:]])))
    assert {(p.place.line, "first in line 2" in p.text()) for p in problems if p.place} == {(3, True), (4, False)}


def test_a_misspelt_column_suggests_the_right_one(tmp_path: Path) -> None:
    header = ["priors" if name == "prior" else name for name in COLUMNS]
    problems = problems_of(lambda: read_parameters(table(tmp_path, ROW, header=header)))
    assert "“priors” is unknown or missing. Did you mean “prior”?" in problems[0].text()
