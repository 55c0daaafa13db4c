"""Uploaded questions and models: bytes -> what a task takes, refused early and in whole sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.parsers import expat

from euthymia.asking.reading import question_of
from euthymia.errors import ModelError, Place, Problem
from euthymia.models.load import refuse_imports
from euthymia.records.question import Question
from euthymia.records.reading import yaml_document
from euthymia.serving.bodies import refuse_unseen, utf8_text
from euthymia.words import Message, msg

XML_DEPTH: Final = 64
"""Bound on the nesting of an SBML document; libSBML reads it by recursion."""
QUESTION: Final = Path("question.yaml")
"""What the places of an uploaded question name."""
_BLANK: Final = " \t\r\n"
_ENCODINGS: Final = ("utf-8", "utf8", "us-ascii", "ascii")


def uploaded_question(body: bytes) -> Question:
    """The question of a YAML file.

    Raises
    ------
    UnreadableError
        If it is not UTF-8.
    RecordError
        If it is not YAML, or not a question, with each line.
    """
    document = yaml_document(utf8_text(body), QUESTION)
    refuse_unseen(document.data)
    return question_of(document)


def uploaded_model(body: bytes) -> str:
    """The text of an SBML or Antimony model that reads no other file. It is never taken for a path.

    Raises
    ------
    UnreadableError
        If it is not UTF-8.
    ModelError
        If an SBML document is not well-formed, declares a document type, entities or another encoding, or is nested too
        deeply; if an Antimony text imports another file.
    """
    text = utf8_text(body).lstrip(_BLANK)
    if text.startswith("<"):
        _Outline().read(text)
    else:
        refuse_imports(text)
    return text.rstrip() + "\n"


class _Outline:
    """An XML document read only so far as to know that it is harmless."""

    def __init__(self) -> None:
        self.depth = 0
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.EntityDeclHandler = self._document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def read(self, text: str) -> None:
        try:
            self.parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "error")
            raise self._refusal(msg("This is not well-formed XML: {reason}.", reason=reason)) from None

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise self._refusal(msg("An SBML document is UTF-8; it declares “{found}”.", found=encoding[:40]))

    def _document_type(self, *_: object) -> None:
        raise self._refusal(msg("An SBML document may not declare a document type or entities."))

    def _start(self, name: str, _attributes: object) -> None:
        if self.depth == 0 and name.rpartition(":")[2] != "sbml":
            raise self._refusal(msg("An SBML document begins with the element sbml; found “{found}”.", found=name[:40]))
        self.depth += 1
        if self.depth > XML_DEPTH:
            raise self._refusal(msg("The SBML document is nested deeper than {limit} levels.", limit=XML_DEPTH))

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _refusal(self, message: Message) -> ModelError:
        return ModelError(Problem(message, Place("SBML text", self.parser.CurrentLineNumber)))
