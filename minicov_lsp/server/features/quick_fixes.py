"""Quick fixes on our diagnostics: leave something out of coverage, or sketch a test for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types

from minicov_lsp.documents.pragmas import NO_BRANCH, NO_COVER, Places, comment_for, places_of
from minicov_lsp.documents.text import split_lines
from minicov_lsp.model import Line
from minicov_lsp.server.features.sketches import Sketch, sketch
from minicov_lsp.server.language_server import Wishes
from minicov_lsp.server.positions import to_units
from minicov_lsp.server.snapshot import Snapshot
from minicov_tracer import sources

CODES = ("never-run", "uncovered-branch", "uncovered-condition", "uncovered-region")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is outside of the document; read only when it is needed."""

    folder: Path
    uri_of: Callable[[Path], str]
    opened: Callable[[Path], tuple[tuple[str, ...], int] | None]
    """(lines, version) of a file that the client has open."""

    def lines(self, relative: str) -> tuple[tuple[str, ...], int | None] | None:
        """A file's lines, and its version if the client has it open; None where there is none."""
        path = self.folder / relative
        found = self.opened(path)
        if found is not None:
            return found
        text = sources.read(str(path))
        return (split_lines(text), None) if text is not None else None


def quick_fixes(
    snapshot: Snapshot, told: Iterable[types.Diagnostic], wishes: Wishes, around: Surroundings | None
) -> Iterator[types.CodeAction]:
    """The fixes for diagnostics that the client has at a place; `around` is None outside of all folders."""
    ours = [each for each in told if each.source == "minicov" and each.code in CODES]
    ours = [each for each in ours if each.range.start.line < len(snapshot.lines)]
    for each in ours:
        if not isinstance(each.severity, types.DiagnosticSeverity):
            each.severity = None  # one of a later protocol, which can't be sent back
    if not ours:
        return
    asked = [(str(each.code), each.range.start.line + 1, each.range.end.line + 1) for each in ours]
    found = snapshot.texts.of("\n".join(snapshot.lines), places_of, snapshot.lines, asked)
    for diagnostic, places in zip(ours, found, strict=False):  # of what is no Python there are none
        if around is not None:
            yield from _sketched(snapshot, diagnostic, wishes, around)
        yield from _pragma(snapshot, diagnostic, places, wishes)


def _pragma(
    snapshot: Snapshot, diagnostic: types.Diagnostic, places: Places, wishes: Wishes
) -> Iterator[types.CodeAction]:
    is_branch = diagnostic.code == "uncovered-branch"
    comment = comment_for(*((snapshot.rules.partial, NO_BRANCH) if is_branch else (snapshot.rules.exclude, NO_COVER)))
    if comment is None:
        return
    if places:
        edits = [_appended(snapshot, line, comment) for line in places]
        what = "Count this branch as taken" if is_branch else "Leave this out of coverage"
        edit = workspace_edit(snapshot.uri, snapshot.version, edits, wishes)
        yield _fix(f"{what}: {comment}", diagnostic, edit)


def _appended(snapshot: Snapshot, line: Line, comment: str) -> types.TextEdit:
    text = snapshot.lines[line - 1]
    end = len(text.rstrip())
    start, stop = (to_units(text, column, snapshot.encoding) for column in (end, len(text)))
    range_ = types.Range(types.Position(line - 1, start), types.Position(line - 1, stop))
    return types.TextEdit(range_, f"  {comment}")


def _sketched(
    snapshot: Snapshot, diagnostic: types.Diagnostic, wishes: Wishes, around: Surroundings
) -> Iterator[types.CodeAction]:
    found = sketch(snapshot, diagnostic, around.lines)
    if found is None or (found.is_new and not (wishes.creates_files and wishes.edits_documents)):
        return
    uri = around.uri_of(around.folder / found.path)
    edit = _sketch_edit(found, uri, around, snapshot, wishes)
    action = _fix(f"Sketch a test for this in {found.path}", diagnostic, edit)
    if wishes.shows_documents:
        action.command = types.Command("Show it", "minicov.goTo", arguments=[uri, found.line - 1])
    yield action


def _sketch_edit(
    found: Sketch, uri: str, around: Surroundings, snapshot: Snapshot, wishes: Wishes
) -> types.WorkspaceEdit:
    existing = around.lines(found.path)
    if existing is None:
        start = types.Position(0, 0)
        text = types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier(uri, None),
            [types.TextEdit(types.Range(start, start), found.text)],
        )
        return types.WorkspaceEdit(document_changes=[types.CreateFile(uri), text])
    lines, version = existing
    column = to_units(lines[-1], len(lines[-1]), snapshot.encoding)
    end = types.Position(len(lines) - 1, column)
    return workspace_edit(uri, version, [types.TextEdit(types.Range(end, end), found.text)], wishes)


def workspace_edit(
    uri: str, version: int | None, edits: Sequence[types.TextEdit], wishes: Wishes
) -> types.WorkspaceEdit:
    """Edits of one document, with its version where the client can check that."""
    if not wishes.edits_documents:
        return types.WorkspaceEdit(changes={uri: list(edits)})
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    changes: list[Any] = [types.TextDocumentEdit(document, list(edits))]
    return types.WorkspaceEdit(document_changes=changes)


def _fix(title: str, diagnostic: types.Diagnostic, edit: types.WorkspaceEdit) -> types.CodeAction:
    return types.CodeAction(title=title, kind=types.CodeActionKind.QuickFix, diagnostics=[diagnostic], edit=edit)
