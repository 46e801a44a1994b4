"""Large texts are read in a process beside the server (docs/decisions/0011-large-texts-apart.md).

`ast.parse` and `compile` hold the interpreter for as long as they take, 100 ms for 5,000 lines, and the event loop with
it; the trees that they make keep the garbage collector busy for as long again. Small texts are read here.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from minicov_lsp.documents import questions
from minicov_lsp.documents.texts import Texts
from minicov_lsp.documents.ways import DecisionWays
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics import gain
from minicov_lsp.metrics.conditions import DecisionReader
from minicov_lsp.metrics.regions import Known
from minicov_lsp.model import Analysis, DecisionKind, SourceModel, Span
from minicov_lsp.source import packing
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.text import lines_of, of_lines, shown
from minicov_lsp.store.versions import Identity
from minicov_tracer import sources
from minicov_tracer.own_text import Runs

log = logging.getLogger(__name__)

LARGE = 20_000
"""Characters from which a text is read apart: 500 lines or so, which take the compiler 10 ms."""
PATIENCE = 180.0
"""Seconds after which a question is given up."""
IDLE = 10.0
"""Seconds after which a process that nobody asks is let go."""
_START = "import sys; sys.path[:] = sys.argv[1:]; from minicov_lsp.documents.questions import main; main()"
"""The same code as the server's, wherever that comes from, and nothing of the current folder."""

_Answer = TypeVar("_Answer")


class Apart:
    """One process for pure functions; started when it is first asked, and again when it has died. Thread-safe."""

    def __init__(self, patience: float = PATIENCE, idle: float = IDLE) -> None:
        self._patience = patience
        self._idle = idle
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._resting: threading.Timer | None = None
        self._is_closed = False

    def ask(self, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """What a module's function returns there, or raises. Raises SourceError where no process lives to tell it."""
        with self._lock:
            for _ in range(2):  # it may have died of something else
                try:
                    answer, error = self._exchange((question, arguments))
                except (OSError, EOFError) as gone:
                    log.info("the process that reads large texts is gone: %r", gone)
                    self._end()
                    continue
                if error is not None:
                    raise error
                found: _Answer = answer
                return found
        raise SourceError("a text is too much for this Python's compiler; leave the file out with `omit`")

    def close(self) -> None:
        """End the process; whoever waits for an answer gets none."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()

    @property
    def pid(self) -> int | None:
        """The process that is there now."""
        process = self._process
        return process.pid if process is not None else None

    def _exchange(self, message: object) -> Any:
        process = self._started()
        assert process.stdin is not None  # noqa: S101  # as it was started
        try:
            questions.send(process.stdin, message)
            return self._heard(process, self._patience)
        finally:
            self._rest_later()

    def _heard(self, process: subprocess.Popen[bytes], patience: float) -> Any:
        """The next message; a process that says nothing for too long is killed."""
        assert process.stdout is not None  # noqa: S101  # as above
        watch = threading.Timer(patience, process.kill)
        watch.daemon = True
        watch.start()
        try:
            return questions.receive(process.stdout)
        finally:
            watch.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise EOFError
        if self._process is None:
            command = [sys.executable, "-P", "-c", _START, *sys.path]
            here = Path(__file__).parent
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=here)  # noqa: S603  # our own
            self._heard(self._process, PATIENCE)  # that it is there
            log.debug("process %d reads large texts", self._process.pid)
        return self._process

    def _rest_later(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = threading.Timer(self._idle, self._rest)
        self._resting.daemon = True
        self._resting.start()

    def _rest(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            process.wait()


class TextsApart(Texts):
    """Answers of small texts itself, and asks of large ones."""

    def __init__(self, apart: Apart, large: int = LARGE) -> None:
        self._apart = apart
        self._large = large
        self._decisions = lru_cache(maxsize=2)(self._asked_decisions)

    def close(self) -> None:
        """Ask no more."""
        self._apart.close()

    def of(self, text: str, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """What a module's function returns for some arguments, plain data that the text is among, or raises."""
        return question(*arguments) if len(text) < self._large else self._apart.ask(question, *arguments)

    def beside(self, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """What a module's function returns for plain data, or raises; SourceError where nothing can tell it."""
        return self._apart.ask(question, *arguments)

    def parse(self, text: str, rules: ExclusionRules, *, path: str) -> SourceModel:
        """What `source.parser.parse` says of a text, and raises."""
        if len(text) < self._large:
            return super().parse(text, rules, path=path)
        packed = self._apart.ask(questions.packed_model, text, rules, path)
        whole = shown(text)
        return packing.unpack(packed, sources.digest(whole), lines_of(whole))

    def evidence(self, source: SourceModel, rules: ExclusionRules, *, sees_jumps: bool) -> Known:
        """What probes show of a text's regions, whichever were hit."""
        text = of_lines(source.lines)
        if len(text) < self._large:
            return super().evidence(source, rules, sees_jumps=sees_jumps)
        return self._apart.ask(questions.evidence, text, rules, sees_jumps)

    def decisions(self, source: SourceModel) -> DecisionReader:
        """The reader of a text's decisions. Raises SourceError."""
        text = of_lines(source.lines)
        return super().decisions(source) if len(text) < self._large else self._decisions(text)

    def ways(self, source: SourceModel) -> Mapping[tuple[DecisionKind, Span], DecisionWays]:
        """Where each truth of a condition leads."""
        text = of_lines(source.lines)
        return super().ways(source) if len(text) < self._large else self._apart.ask(questions.text_ways, text)

    def gains(self, analysis: Analysis, rules: ExclusionRules) -> tuple[gain.Gap, ...]:
        """What covering would bring. Raises SourceError."""
        text = of_lines(analysis.source.lines)
        if len(text) < self._large:
            return super().gains(analysis, rules)
        missing, partial = analysis.missing, dict(analysis.partial)
        return self._apart.ask(questions.gains, text, rules, analysis.path, missing, partial)

    def identities(self, text: str) -> Mapping[Identity, tuple[int, Runs]]:
        """What the code objects of a normalized text can be known again by."""
        if len(text) < self._large:
            return super().identities(text)
        return self._apart.ask(questions.text_identities, text)

    def _asked_decisions(self, text: str) -> DecisionReader:
        return self._apart.ask(questions.decisions, text)
