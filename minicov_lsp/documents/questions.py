"""The process beside the server that reads large texts, and the questions that it answers (see `server.apart`).

It imports what reads texts, nothing of the protocol and nothing of anyone's project. A message, either way:

    8 bytes    how long the rest is, big-endian
    rest       pickled: (question, arguments), and back (answer, None) or (None, error); first of all "ready"
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from minicov_lsp.documents.texts import HERE
from minicov_lsp.documents.ways import DecisionWays
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.conditions import DecisionReader
from minicov_lsp.metrics.gain import Gap
from minicov_lsp.metrics.regions import Known
from minicov_lsp.model import Analysis, DecisionKind, Line, SourceModel, Span
from minicov_lsp.source import packing, syntax
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.latest import Latest
from minicov_lsp.source.parser import parse
from minicov_lsp.store.versions import Identities, identities_of

_LENGTH_BYTES = 8


def packed_model(text: str, rules: ExclusionRules, path: str) -> bytes:
    """The model of a text as `packing` has it. Raises what `parse` does."""
    try:
        return packing.pack(_model(text, rules))
    except SourceError:
        parse(text, rules, path=path)  # the same error, with the right name
        raise


def evidence(text: str, rules: ExclusionRules, sees_jumps: bool) -> Known:
    """See `Texts`."""
    return HERE.evidence(_model(text, rules), rules, sees_jumps=sees_jumps)


def decisions(text: str) -> DecisionReader:
    """See `Texts`; not kept here, for the server keeps it."""
    return DecisionReader(text)


def text_ways(text: str) -> Mapping[tuple[DecisionKind, Span], DecisionWays]:
    """See `Texts`."""
    return HERE.ways(_only_lines(text))


def text_identities(text: str) -> Identities:
    """See `Texts`."""
    try:
        return identities_of(syntax.read(text, "<text>").code, text)
    except SourceError:
        return {}


def gains(
    text: str, rules: ExclusionRules, path: str, missing: frozenset[Line], partial: Mapping[Line, tuple[int, ...]]
) -> tuple[Gap, ...]:
    """See `Texts`; what of an analysis it takes. Raises SourceError."""
    none = frozenset[Any]()
    return HERE.gains(Analysis(path, _model(text, rules), none, missing, none, none, partial), rules)


@Latest
def _model(text: str, rules: ExclusionRules) -> SourceModel:
    """A text is asked about several times, one right after the other."""
    return parse(text, rules)


def _only_lines(text: str) -> SourceModel:
    none = frozenset[Any]()
    return SourceModel("", tuple(text.split("\n")[:-1]), none, none, {}, {}, none, ())


def send(stream: IO[bytes], message: object) -> None:
    """Write a message. Raises OSError."""
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(len(packed).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(packed)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message. Raises EOFError where the stream ends."""
    length = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "big")
    return pickle.loads(_exactly(stream, length))  # noqa: S301  # from the server to its own child, and back


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _answer(question: Any, arguments: tuple[Any, ...]) -> tuple[object, Exception | None]:
    try:
        return question(*arguments), None
    except Exception as error:  # whatever it is, it is for whoever asked
        return None, error


def main() -> None:
    """Answer questions until there are no more: the server has closed the stream, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the server
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not be taken for an answer
    with suppress(EOFError, OSError):
        send(answers, "ready")
        while True:
            question, arguments = receive(questions)
            send(answers, _answer(question, arguments))
