"""textDocument/publishDiagnostics and textDocument/diagnostic: what never ran, and tests that fail."""

from __future__ import annotations

import asyncio
import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from lsprotocol import types

from minicov_lsp.documents.gaps import Target
from minicov_lsp.documents.line_map import LineMap, map_lines
from minicov_lsp.documents.picture import Picture
from minicov_lsp.model import Line, Span
from minicov_lsp.server.folder import Folder
from minicov_lsp.server.language_server import MinicovServer, Wishes
from minicov_lsp.server.positions import Encoding, line_of, plain_range, span_of_lines
from minicov_lsp.server.protocol import KEPT, Written, written, written_list
from minicov_lsp.server.refreshing import Refresh
from minicov_lsp.server.settings import Severity
from minicov_lsp.server.snapshot import Failure, Snapshot
from minicov_lsp.server.uris import to_fs_path

SOURCE = "minicov"

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error.value,
    "warning": types.DiagnosticSeverity.Warning.value,
    "information": types.DiagnosticSeverity.Information.value,
    "hint": types.DiagnosticSeverity.Hint.value,
}
_NOTHING_SAID = (None, "[]")
_CODES = {"branch": "uncovered-branch", "condition": "uncovered-condition", "region": "uncovered-region"}


class _Told(NamedTuple):
    """One diagnostic."""

    span: Span
    code: str
    text: str
    """As JSON."""

    def place(self) -> tuple[Line, int, str]:
        """What they are sorted by."""
        return self.span.line, self.span.column, self.code


def diagnostics(snapshot: Snapshot, *, related: bool = True) -> str:
    """All there is to say of one document, by place, as JSON; `related`: also where a branch never went."""
    page = _Page(snapshot.lines, snapshot.encoding, snapshot.settings.diagnostics)
    found = [*_failures(snapshot.failures, page)]
    if "never-run" in page.severities:
        found += _never_run(snapshot.picture, page)
    if "regressed" in page.severities:
        found += _regressed(snapshot, page)
    for gap in snapshot.picture.gaps:
        code = _CODES[gap.kind]
        if code in page.severities:
            targets = gap.targets if related else ()
            found.append(page.told(gap.span, code, gap.message, tuple([_related(snapshot, each) for each in targets])))
    return _by_place(found).text


def _by_place(found: Iterable[_Told]) -> Written:
    return written_list(each.text for each in sorted(found, key=_Told.place))


class _Elsewhere(NamedTuple):
    """Where a branch never went."""

    uri: str
    span: Span
    text: str
    """Of its line."""
    message: str

    def plain(self, encoding: Encoding) -> dict[str, Any]:
        """As JSON has it."""
        range_ = plain_range(self.span, self.text, self.text, encoding)
        return {"location": {"uri": self.uri, "range": range_}, "message": self.message}


class _Page(NamedTuple):
    """A text, and how it is written of."""

    lines: tuple[str, ...]
    encoding: Encoding
    severities: Mapping[str, Severity]

    def told(self, span: Span, code: str, message: str, related: tuple[_Elsewhere, ...] = ()) -> _Told:
        """A diagnostic."""
        first, last = line_of(span.line, self.lines), line_of(span.end_line, self.lines)
        return _told(span, first, last, self.encoding, code, message, self.severities[code], related)

    def told_of_lines(self, first: Line, last: Line, code: str, message: str) -> _Told:
        """A diagnostic of whole lines."""
        return self.told(span_of_lines(first, last, self.lines), code, message)


@lru_cache(maxsize=KEPT)
def _told(
    span: Span,
    first: str,
    last: str,
    encoding: Encoding,
    code: str,
    message: str,
    severity: Severity,
    related: tuple[_Elsewhere, ...],
) -> _Told:
    """Most are the same from one keystroke to the next; `first` and `last` are the lines of both ends."""
    told = {
        "range": plain_range(span, first, last, encoding),
        "message": message,
        "severity": _SEVERITIES[severity],
        "code": code,
        "source": SOURCE,
    }
    if related:
        told["relatedInformation"] = [each.plain(encoding) for each in related]
    return _Told(span, code, json.dumps(told))


def _related(snapshot: Snapshot, target: Target) -> _Elsewhere:
    span, text = span_of_lines(target.line, target.line, snapshot.lines), line_of(target.line, snapshot.lines)
    return _Elsewhere(snapshot.uri, span, text, target.message)


def _never_run(picture: Picture, page: _Page) -> Iterator[_Told]:
    """One for missed lines with nothing but lines without a mark between them."""
    uncalled = _uncalled(picture)
    for mark, grouped in groupby(picture.runs, attrgetter("mark")):
        if mark == "missed":
            runs = list(grouped)
            first, last = runs[0].first, runs[-1].last
            message = "this line never ran" if first == last else "these lines never ran"
            if first in uncalled:
                message = f"{uncalled[first]} was never called"
            yield page.told_of_lines(first, last, "never-run", message)


def _regressed(snapshot: Snapshot, page: _Page) -> Iterator[_Told]:
    """One for regressed lines next to each other."""
    build = snapshot.regressions.build
    if build is None:
        return
    then = f"covered in build @{build.number} ({build.branch}, {build.commit[:10]}), and missed now"
    for _, grouped in groupby(enumerate(snapshot.regressions.lines), lambda item: item[1] - item[0]):
        lines = [line for _, line in grouped]
        subject = "this line was" if len(lines) == 1 else "these lines were"
        yield page.told_of_lines(lines[0], lines[-1], "regressed", f"{subject} {then}")


def _uncalled(picture: Picture) -> dict[Line, str]:
    """{first line of the missed lines with which it begins: name} of the functions of which nothing ran."""
    found: dict[Line, str] = {}
    missed = [run for run in picture.runs if run.mark == "missed"]
    ran = [run for run in picture.runs if run.mark in ("covered", "partial")]
    missed_ends, ran_ends = [run.last for run in missed], [run.last for run in ran]
    for definition in picture.definitions:
        start = max(definition.body_line, definition.line + (definition.end_line > definition.line))
        first, other = bisect_left(missed_ends, start), bisect_left(ran_ends, start)
        is_missed = first < len(missed) and missed[first].first <= definition.end_line
        has_run = other < len(ran) and ran[other].first <= definition.end_line
        if definition.kind == "function" and is_missed and not has_run:
            found.setdefault(missed[first].first, definition.name)
    return found


def _failures(failures: Iterable[Failure], page: _Page) -> Iterator[_Told]:
    """Tests that fail now, where they failed, in a text that may have changed since."""
    if "test-failed" not in page.severities:
        return
    maps: dict[tuple[str, ...], LineMap] = {}
    for failure in failures:
        if failure.lines != page.lines and failure.lines not in maps:
            maps[failure.lines] = map_lines(failure.lines, page.lines)
        line = maps[failure.lines].nearest_new(failure.line) if failure.lines in maps else failure.line
        message = f"{failure.test} failed: {failure.message or 'no reason was given'}"
        yield page.told_of_lines(line, line, "test-failed", message)


class DiagnosticsPush:
    """Sends diagnostics to a client that doesn't pull them; those of files that aren't open to every client."""

    def __init__(self, ls: MinicovServer) -> None:
        self._ls = ls
        self._last: dict[str, tuple[int | None, str]] = {}
        """{URI, unquoted: (version, what was said of it, written)}."""
        self._closed_files: dict[str, dict[Path, str]] = {}
        """{URI of a folder: {file that is not open, of which failures were told: its URI}}."""

    def prepare(self, snapshot: Snapshot) -> str | None:
        """The diagnostics, written; None for a client that pulls them."""
        if self._ls.wishes.pulls_diagnostics:
            return None
        return diagnostics(snapshot, related=self._ls.wishes.shows_related)

    def send(self, snapshot: Snapshot, prepared: str | None) -> None:
        """A document has a new picture."""
        if prepared is not None:
            self._send(snapshot.uri, snapshot.version, prepared)
        else:
            self._take_back(snapshot.uri)  # said while it was closed: the client asks for it by itself now

    def failures_changed(self, folder: Folder) -> None:
        """Tell of failing tests in files that are not open, and take back what no longer fails."""
        if all(each is not folder for each in self._ls.state.folders.values()):
            return  # it was removed, and its run is about to end
        failing = {each.path for each in folder.failures.values() if not self._ls.state.is_open(each.path)}
        told = {path: self._ls.state.uri_of(path) for path in failing}
        for path, uri in (self._closed_files.get(folder.uri, {}) | told).items():
            self._tell_closed(folder, path, uri)
        self._closed_files[folder.uri] = told

    def folder_closed(self, folder: Folder) -> None:
        """Take back what was told of a folder's files that are not open."""
        for uri in self._closed_files.pop(folder.uri, {}).values():
            self._take_back(uri)

    def _tell_closed(self, folder: Folder, path: Path, uri: str) -> None:
        if not self._ls.state.is_open(path):
            here = [each for each in folder.failures.values() if each.path == path]
            lines = here[0].lines if here else ()
            page = _Page(lines, self._ls.state.encoding, folder.settings.diagnostics)
            self._send(uri, None, _by_place(_failures(here, page)).text)

    def forget(self, uri: str) -> None:
        """A document was closed: what was said of its text is taken back, but for tests that fail in it."""
        self._take_back(uri)
        path = Path(to_fs_path(uri) or "").resolve()
        folder = self._ls.state.folder_of(path)
        if folder is not None and any(each.path == path for each in folder.failures.values()):
            self._tell_closed(folder, path, uri)
            self._closed_files.setdefault(folder.uri, {})[path] = uri

    def _take_back(self, uri: str) -> None:
        if self._last.pop(unquote(uri), _NOTHING_SAID)[1] != _NOTHING_SAID[1]:
            self._publish(uri, *_NOTHING_SAID)

    def _send(self, uri: str, version: int | None, found: str) -> None:
        if self._last.get(unquote(uri), _NOTHING_SAID) != (version, found):
            self._last[unquote(uri)] = version, found
            self._publish(uri, version, found)

    def _publish(self, uri: str, version: int | None, found: str) -> None:
        about = {"uri": uri} if version is None else {"uri": uri, "version": version}
        told = written({**about, "diagnostics": Written(found)})
        self._ls.protocol.notify_written(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, told)


async def pull(ls: MinicovServer, params: types.DocumentDiagnosticParams) -> Written:
    """Answer with the diagnostics of the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    return await asyncio.get_running_loop().run_in_executor(
        ls.executor, _report, ls, snapshot, params.previous_result_id
    )


def _report(ls: MinicovServer, snapshot: Snapshot | None, previous: str | None) -> Written:
    """A DocumentDiagnosticReport; made in a worker thread, for there can be thousands."""
    found = diagnostics(snapshot, related=ls.wishes.shows_related) if snapshot is not None else "[]"
    identity = _identity(found)
    if identity == previous:
        return Written(written({"kind": "unchanged", "resultId": identity}))
    return Written(written({"kind": "full", "resultId": identity, "items": Written(found)}))


def _identity(found: str) -> str:
    """The same for the same diagnostics."""
    return hashlib.sha256(found.encode("ascii")).hexdigest()[:16]


def _pulls(wishes: Wishes) -> bool:
    return wishes.pulls_diagnostics and wishes.refreshes_diagnostics


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    options = types.DiagnosticOptions(identifier=SOURCE, inter_file_dependencies=True, workspace_diagnostics=False)
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(pull)
    push = DiagnosticsPush(server)
    server.state.painted.append(push)
    server.state.forgotten.append(push.forget)
    server.state.failed.append(push.failures_changed)
    server.state.closed.append(push.folder_closed)
    Refresh(server, types.WORKSPACE_DIAGNOSTIC_REFRESH, _pulls, lambda told: _identity(diagnostics(told))).register()
