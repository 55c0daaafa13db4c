"""What is uploaded or posted: read strictly, refused early, never able to reach a file or to fill the memory."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.errors import EuthymiaError, ModelError, RecordError, RequestError
from euthymia.models.load import load_model
from euthymia.serving.archive import uploaded_study
from euthymia.serving.bodies import DEPTH, UnreadableError, json_object
from euthymia.serving.limits import Limits
from euthymia.serving.requests import posted_question, posted_task
from euthymia.serving.uploads import XML_DEPTH, uploaded_model, uploaded_question
from support import only_problem, problems_of

SMALL: Final = Limits(archive_bytes=1 << 20, unpacked_bytes=1 << 20, archive_files=20, archive_depth=3)
QUESTION: Final[dict[str, Any]] = {
    "format": 1, "title": "t", "studies": ["S02"],
    "arms": [{"id": "none"}, {"id": "ketamine", "protocol": [
        {"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}]}],
    "sampling": [{"assay": "forced_swim", "times": ["1 d", "7 d"]}],
}  # fmt: skip
CONTRAST: Final = {"arm": "ketamine", "against": "none", "assay": "forced_swim", "time": "7 d"}


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return target.getvalue()


def entry(name: str, mode: int = 0, **changes: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in changes.items():
        setattr(info, key, value)
    return info


def said(body: bytes, limits: Limits = SMALL) -> str:
    with pytest.raises(RequestError) as caught:
        uploaded_study(body, limits)
    return caught.value.text()


def test_a_study_is_unpacked_with_and_without_an_outer_folder() -> None:
    inner = {"study.yaml": b"a: 1\n", "drugs/x.yaml": b"b: 1\n"}
    assert uploaded_study(zipped(*inner.items()), SMALL) == inner
    outer = zipped(("mine/", b""), *((f"mine/{name}", content) for name, content in inner.items()))
    assert uploaded_study(outer, SMALL) == inner


def test_hidden_files_are_passed_over() -> None:
    body = zipped(("study.yaml", b"x"), (".DS_Store", b"x"), ("__MACOSX/._study.yaml", b"x"), ("a/.git/config", b"x"))
    assert list(uploaded_study(body, SMALL)) == ["study.yaml"]


@pytest.mark.parametrize(
    "name",
    ["../study.yaml", "a/../../x", "/etc/passwd", "a//b", "./study.yaml", "a\\..\\x", "C:/x", "C:x", "a/..", "..",
     "x\x01", 'x"y', "nul\x00.yaml", "a/./b", "~/x/../y"],
)  # fmt: skip
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    stand_in = "z" * len(name)
    body = zipped(("study.yaml", b"x"), (stand_in, b"x")).replace(stand_in.encode(), name.encode())
    assert "leads out of the folder" in said(body)


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(mode: int) -> None:
    assert "no links or devices" in said(zipped(("study.yaml", b"x"), (entry("x", mode), b"/etc/passwd")))


def test_twice_the_same_name_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped(("study.yaml", b"x"), ("study.yaml", b"y"))
    assert "occurs twice" in said(twice)
    assert "occurs twice" in said(zipped(("study.yaml", b"x"), ("Study.YAML", b"y")))
    assert "occurs twice" in said(zipped(("é.yaml", b"x"), ("e\u0301.yaml", b"y")))
    assert "inside of a file" in said(zipped(("a", b"x"), ("a/study.yaml", b"y")))
    assert "occurs twice" in said(zipped(("a/study.yaml", b"y"), ("a", b"x")))


def test_bombs_are_refused_by_their_headers_and_by_what_comes_out() -> None:
    zeros = bytes(3 << 20)
    assert "times as large" in said(zipped(("study.yaml", zeros)), Limits())
    assert "larger than" in said(zipped(*((f"{i}", bytes([i]) * 90_000) for i in range(15)), method=zipfile.ZIP_STORED))
    lying = bytearray(zipped(("study.yaml", zeros)))
    at = lying.index(b"PK\x01\x02")
    struct.pack_into("<I", lying, at + 24, 1000)  # size in the central directory
    assert "damaged" in said(bytes(lying), Limits())


def test_overlapping_files_are_refused() -> None:
    """Many names for the same packed bytes, as in the quine-like bombs without nesting."""
    body = zipped(("study.yaml", b"abc" * 400), method=zipfile.ZIP_STORED)
    start, end = body.index(b"PK\x01\x02"), body.index(b"PK\x05\x06")
    central, tail = body[start:end], bytearray(body[end:])
    many = b"".join(central.replace(b"study.yaml", b"study%05d" % i) for i in range(15))
    struct.pack_into("<HHI", tail, 8, 15, 15, len(many))
    assert "overlap" in said(body[:start] + many + bytes(tail)).lower()


def test_too_many_too_deep_and_too_long_are_refused() -> None:
    assert "more than 20 files" in said(zipped(*((f"f{i}", b"") for i in range(21))))
    assert "more than 200 files" in said(zipped(*((f"f{i}", b"") for i in range(10_000))), Limits())
    assert "deeper than 3" in said(zipped(("a/b/c/study.yaml", b"x")))
    assert "longer than" in said(zipped(("x" * 201, b"x")))


def test_encrypted_and_strangely_packed_files_are_refused() -> None:
    body = bytearray(zipped(("study.yaml", b"x")))
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    assert "Encrypted" in said(bytes(body))
    assert "stored or deflated" in said(zipped(("study.yaml", b"x" * 99), method=zipfile.ZIP_BZIP2))
    assert "stored or deflated" in said(zipped(("study.yaml", b"x" * 99), method=zipfile.ZIP_LZMA))


def test_names_in_an_unknown_encoding_are_refused() -> None:
    body = zipped(("study.yaml", b"x"), ("ab", b"x")).replace(b"ab", b"\x8e\x9d")
    assert "neither plain ASCII" in said(body)
    assert "数据.csv" in uploaded_study(zipped(("study.yaml", b"x"), ("数据.csv", b"x")), SMALL)


@pytest.mark.parametrize(
    "body", [b"", b"PK", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"%PDF-1.4", b"PK\x03\x04" * 99]
)
def test_what_is_no_zip_file_is_refused(body: bytes) -> None:
    assert said(body)


def test_a_zip_file_without_a_study_or_before_other_bytes_is_refused() -> None:
    assert "There is no “study.yaml”" in said(zipped(("other.yaml", b"x")))
    assert "not a ZIP file" in said(b"#!/bin/sh\n" + zipped(("study.yaml", b"x")))


@given(st.data())
def test_a_broken_zip_file_is_one_error_or_a_study(data: st.DataObject) -> None:
    body = bytearray(zipped(("study.yaml", b"some text " * 40), ("drugs/a.yaml", b"more")))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = uploaded_study(bytes(body), SMALL)
    except RequestError:
        return
    assert "study.yaml" in files
    assert all(not name.startswith(("/", ".")) and ".." not in name.split("/") for name in files)


def refused(work: Callable[[], object], sentence: str, kind: type[EuthymiaError] = UnreadableError) -> None:
    with pytest.raises(kind, match=sentence):
        work()


def test_json_is_read_strictly() -> None:
    assert json_object('\ufeff{"a": [1, 2.5, null, "x"]}'.encode()) == {"a": [1, 2.5, None, "x"]}
    for body, sentence in [
        (b"", "is empty"), (b" \n", "is empty"), (b"\xff{}", "not UTF-8"), ("{}".encode("utf-16"), "not UTF-8"),
        (b"{\"a\": 1", "not valid JSON"), (b"[1]", "in braces"), (b"{\"a\": 1, \"a\": 2}", "occurs twice"),
        (b"{\"a\": NaN}", "not a finite"), (b"{\"a\": -Infinity}", "not a finite"), (b"{\"a\": 1e999}", "not a finite"),
        (b"{\"a\": \"\\ud800\"}", "D800"), (b"{\"a\\u0000\": 1}", "0000"), (b"{\"a\": " + b"9" * 5000 + b"}", "digits"),
        (b"{\"a\": \"\t\"}", "not valid JSON"), (b"{} {}", "not valid JSON"),
    ]:  # fmt: skip
        refused(lambda body=body: json_object(body), sentence)  # type: ignore[misc]


def test_deep_json_is_refused_before_it_is_parsed() -> None:
    nested = "[" * (DEPTH - 1) + "]" * (DEPTH - 1)
    assert json_object(f'{{"a": {nested}}}'.encode())
    refused(lambda: json_object(f'{{"a": [{nested}]}}'.encode()), "deeper than")
    refused(lambda: json_object(b'{"a":' * 50_000), "deeper than")
    refused(lambda: json_object(b"[" * 250_000), "deeper than")
    assert json_object(json.dumps({"a": "[" * 1000, "b": '"{\\"' * 99}).encode())
    refused(lambda: json_object(b'{"' + b'\\"' * 100_000), "not valid JSON")


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_one_error(body: bytes) -> None:
    try:
        assert isinstance(json_object(body), dict)
    except UnreadableError as error:
        assert len(error.problems) == 1


def test_a_question_has_places_as_paths() -> None:
    assert posted_question(json.dumps(QUESTION).encode()).animals == 100
    wrong = json.loads(json.dumps(QUESTION))
    wrong["arms"][1]["protocol"][0]["dose"] = "5 km"
    wrong["sampling"][0]["times"][1] = "7"
    wrong["extra"] = 1
    found = problems_of(lambda: posted_question(json.dumps(wrong).encode()))
    places = {str(one.place) for one in found}
    assert places == {"arms.1.protocol.0.dose", "sampling.0.times.1", "extra"}
    wrong = {**QUESTION, "sampling": [{"assay": "forced_swm", "times": ["1 d"]}]}
    problem = only_problem(lambda: posted_question(json.dumps(wrong).encode()))
    assert (str(problem.place), "forced_swim" in problem.text("zh")) == ("sampling.0.assay", True)
    pair = {"both": "ketamine", "first": "nobody", "second": "ketamine", "none": "none"}
    for more, place in [
        ({"combinations": [pair]}, "combinations.0.first"),
        ({"contrasts": [{"arm": "ketamine", "against": "nobody"}]}, "contrasts.0.against"),
        ({"contrasts": [{"arm": "nobody", "against": "none"}]}, "contrasts.0.arm"),
        ({"cohort": {"stress": [{"stress": "nothing", "start": "0 d", "days": 1}]}}, "cohort.stress.0.stress"),
        ({"arms": [{"id": "none", "protocol": [{"dose": "1 mg/kg"}]}]}, "arms.0.protocol.0"),
        ({"arms": []}, "arms"), ({"format": 2}, "format"), ({"animals": 0}, "animals"),
    ]:  # fmt: skip
        wrong = {**QUESTION, **more}
        problem = only_problem(lambda wrong=wrong: posted_question(json.dumps(wrong).encode()))  # type: ignore[misc]
        assert str(problem.place) == place


def test_thousands_of_mistakes_are_told_a_hundred_at_a_time() -> None:
    wrong = {**QUESTION, "arms": [{"id": f"{i}"} for i in range(200)]}
    found = problems_of(lambda: posted_question(json.dumps(wrong).encode()))
    assert len(found) == 101
    assert found[-1].text() == "There are 100 further problems."


def test_a_job_is_a_question_or_an_explanation() -> None:
    def task(**body: Any) -> Callable[[], Any]:
        return lambda: posted_task(json.dumps(body).encode())

    assert task(kind="question", question=QUESTION)().kind == "question"
    assert task(kind="explanation", question=QUESTION, contrast=CONTRAST)().kind == "explanation"
    for body, place in [
        ({"kind": "model", "question": QUESTION}, "kind"),
        ({"kind": "question"}, "body"),
        ({"kind": "question", "question": QUESTION, "contrast": CONTRAST}, "contrast"),
        ({"kind": "explanation", "question": QUESTION}, "contrast"),
        ({"kind": "explanation", "question": QUESTION, "contrast": {**CONTRAST, "arm": "nobody"}}, "contrast.arm"),
        ({"kind": "explanation", "question": QUESTION, "contrast": {**CONTRAST, "time": 1}}, "contrast.time"),
        ({"kind": "question", "question": {**QUESTION, "seed": -1}}, "seed"),
    ]:  # fmt: skip
        problem = only_problem(task(**body))
        assert str(problem.place) == place, body


def test_a_grid_is_counted_before_it_is_made() -> None:
    grid = {"arm": "ketamine", "none": "none", "assay": "forced_swim", "time": "1 d",
            "x": {"intervention": "ketamine", "factors": [i / 10 for i in range(150)]},
            "y": {"intervention": "bci", "factors": [i / 10 for i in range(150)]}}  # fmt: skip
    from euthymia.asking.plan import plan

    bci = {"drug": "bci", "dose": "10 mg/kg", "route": "ip", "at": "0 d"}
    arms = [QUESTION["arms"][0], {"id": "ketamine", "protocol": [*QUESTION["arms"][1]["protocol"], bci]}]
    question = posted_question(json.dumps({**QUESTION, "arms": arms, "grid": grid}).encode())
    with pytest.raises(RequestError, match="needs 22502 arms"):
        plan(question)


def test_an_uploaded_question_has_lines() -> None:
    text = json.dumps(QUESTION, indent=1)
    assert uploaded_question(text.encode()).studies == ("S02",)
    problem = only_problem(lambda: uploaded_question(text.replace("forced_swim", "forced_swm").encode()))
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "forced_swim" in one)
    assert str(problem.place) == f"question.yaml:{line}"
    for body in (b"[1, 2]", b"- a", b"just text", b"&a [*a]", b"a: !!python/object:os.system x", b"[" * 100_000):
        refused(lambda body=body: uploaded_question(body), "question.yaml", RecordError)  # type: ignore[misc]
    refused(lambda: uploaded_question(b"\xff"), "not UTF-8")
    refused(lambda: uploaded_question(b'title: "\\ud800"'), "D800")


SBML: Final = load_model("S1 -> S2; k*S1; S1 = 10; S2 = 0; k = 0.1").sbml


def test_models_are_taken_as_text_and_never_as_a_path() -> None:
    assert load_model(uploaded_model(("\ufeff\n " + SBML).encode())).ids("species") == ["S1", "S2"]
    assert uploaded_model(b"S1 = 1") == "S1 = 1\n"
    with pytest.raises(ModelError, match="Antimony"):
        load_model(uploaded_model(b"/etc/passwd"))


@pytest.mark.parametrize(
    "text",
    ['import "x.ant"\na = 1', 'a = 1; a is "/*"\nimport "/etc/passwd"\nb = 1; b is "*/"', 'import \\\n "x"',
     'import/* */"x"'],
)  # fmt: skip
def test_antimony_that_reads_files_is_refused(text: str) -> None:
    refused(lambda: uploaded_model(text.encode()), "may not import", ModelError)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('<!DOCTYPE sbml SYSTEM "file:///etc/passwd"><sbml/>', "document type"),
        ('<?xml version="1.0"?>\n<!-- x --><!DOCTYPE sbml [<!ENTITY a "b">]><sbml>&a;</sbml>', "document type"),
        ("<!doctype sbml><sbml/>", "well-formed"),
        ("<sbml>&a;</sbml>", "well-formed"),
        ('<?xml version="1.0" encoding="UTF-7"?><sbml/>', "declares “UTF-7”"),
        ('<?xml version="1.0" encoding="UTF-16"?><sbml/>', "declares “UTF-16”"),
        ("<sbml>" * XML_DEPTH + "<sbml/>" + "</sbml>" * XML_DEPTH, "deeper than"),
        ("<a>" * 200_000, "begins with the element sbml"),
        ("<sbml>" + "<a>" * 200_000, "deeper than"),
        ("<html/>", "begins with the element sbml"),
        ("<sbml>", "well-formed"),
    ],
)
def test_xml_that_could_harm_is_refused(text: str, sentence: str) -> None:
    refused(lambda: uploaded_model(text.encode()), sentence, ModelError)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_xml_in_another_encoding_is_refused(encoding: str) -> None:
    text = '<!DOCTYPE sbml [<!ENTITY a "b">]><sbml/>'
    with pytest.raises(EuthymiaError):
        uploaded_model(text.encode(encoding))


def test_a_prefixed_root_is_sbml() -> None:
    assert uploaded_model(b'<x:sbml xmlns:x="http://www.sbml.org/sbml/level3/version1/core"/>').startswith("<x:sbml")
