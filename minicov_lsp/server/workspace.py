"""All mutable state of the server: folders, documents, and what goes on in them.

Only the event loop's thread touches it; handlers get snapshots.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from concurrent.futures import Executor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import quote, unquote

from lsprotocol import types

from minicov_lsp.documents.text import Place, replace, split_lines
from minicov_lsp.documents.texts import Texts
from minicov_lsp.errors import DataError
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.events import Outcome
from minicov_lsp.runs.selection import still_there
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.document import Document
from minicov_lsp.server.folder import Folder, Selection, new_folder, open_project
from minicov_lsp.server.positions import Encoding, from_units
from minicov_lsp.server.settings import Settings
from minicov_lsp.server.snapshot import Failure, Snapshot
from minicov_lsp.server.summaries import Summaries
from minicov_lsp.server.uris import to_fs_path
from minicov_lsp.source.exclusion import ExclusionRules

log = logging.getLogger(__name__)

SECOND_LOOK = 0.5
"""Seconds after which a data file that seems damaged is looked at again."""
LONGEST_SETTLING = 2.0
"""Seconds for which the end of a run waits for the pictures."""
_NO_SETTINGS = Settings()
_NO_CONVENTIONS = Conventions()
_NO_RULES = ExclusionRules()


class Listener(Protocol):
    """Hears of every new picture of a document."""

    def prepare(self, snapshot: Snapshot) -> Any:
        """What there is to say of it; called in any thread, and changes nothing."""

    def send(self, snapshot: Snapshot, prepared: Any) -> None:
        """Say it; called on the event loop."""


class Workspace:
    """Everything that the client has opened."""

    def __init__(self, executor: Executor, warn: Callable[[str], None], texts: Texts) -> None:
        self.encoding: Encoding = types.PositionEncodingKind.Utf16
        self.layers: tuple[object, ...] = ()
        """The client's settings for all folders, later ones over earlier ones."""
        self.folders: dict[str, Folder] = {}
        """{URI, unquoted: folder}."""
        self.painted: list[Listener] = []
        """Who wants to hear of every new picture."""
        self.opened: list[Callable[[Folder], None]] = []
        """Who wants to hear that a folder was added, or is read from elsewhere now."""
        self.closed: list[Callable[[Folder], None]] = []
        """Who wants to hear that a folder was removed."""
        self.changed: list[Callable[[Folder], None]] = []
        """Who wants to hear that a folder's data has changed."""
        self.forgotten: list[Callable[[str], None]] = []
        """Who wants to hear, by its URI, that a document was closed."""
        self.failed: list[Callable[[Folder], None]] = []
        """Who wants to hear that other tests fail now."""
        self._documents: dict[str, Document] = {}
        self._executor = executor
        self._texts = texts
        self._warn = warn
        self._told: set[str] = set()
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self._refresh_again: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on, whoever started it."""
        return any(folder.running or folder.source.is_live for folder in self.folders.values())

    # Folders

    def open_folder(self, uri: str, name: str) -> None:
        """Add a workspace folder; what has no path on this machine is passed over."""
        path = to_fs_path(uri)
        if path is None or unquote(uri) in self.folders:
            return
        folder = new_folder(uri, Path(path).resolve(), name, self.layers, self._executor, self._texts)
        self.folders[unquote(uri)] = folder
        self._announce(folder)

    async def close_folder(self, uri: str) -> None:
        """Remove a folder: its runs end, its documents have no picture any more."""
        folder = self.folders.pop(unquote(uri), None)
        if folder is None:
            return
        for told in self.closed:
            told(folder)
        self._reassign(folder)
        await folder.runs.close()
        folder.source.close()

    def configure(self, folder: Folder, configuration: object) -> None:
        """Take the client's settings for a folder."""
        if folder.configuration != configuration:
            folder.configuration = configuration
            self.reopen(folder)

    def reopen(self, folder: Folder) -> None:
        """Read a folder's settings and configuration anew."""
        old = folder.source
        folder.opened = open_project(folder.path, (*self.layers, folder.configuration), self._texts)
        folder.source = DataSource(folder.opened.project, conditions=folder.settings.conditions)
        folder.summaries = Summaries(folder.source)
        self._announce(folder)
        old.close()

    def _announce(self, folder: Folder) -> None:
        for warning in folder.opened.warnings:
            self.warn_once(warning)
        for told in self.opened:
            told(folder)
        self._reassign(folder)
        self.refresh(folder)

    def _reassign(self, folder: Folder) -> None:
        """Let the documents below a folder be read from where they belong now."""
        for document in self._documents.values():
            if folder.contains(document.path):
                owner = self.folder_of(document.path)
                document.set_source(owner.source if owner is not None else None)

    def folder_of(self, path: Path) -> Folder | None:
        """The innermost folder that a file lies in."""
        holding = [folder for folder in self.folders.values() if folder.contains(path)]
        return max(holding, key=lambda folder: len(folder.path.parts), default=None)

    def warn_once(self, message: str) -> None:
        """Tell the user, unless they were told already."""
        if message not in self._told:
            self._told.add(message)
            self._warn(message)

    # Documents

    def open_document(self, uri: str, text: str, version: int) -> None:
        """Take a document that the client opened."""
        path = to_fs_path(uri)
        if path is None:
            return
        self.close_document(uri)
        document = self._documents[unquote(uri)] = Document(
            uri, Path(path).resolve(), self._executor, self._tell_painted
        )
        document.set_whole_text(text, version)
        if self.folder_of(document.path) is None:
            for folder in self.folders.values():
                folder.follow(Path(path))
        owner = self.folder_of(document.path)
        if owner is not None:
            document.set_source(owner.source)

    def change_document(self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Apply the client's changes, in order."""
        document = self._documents.get(unquote(uri))
        if document is None:
            return
        lines = document.lines
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = (self._place(lines, place) for place in (change.range.start, change.range.end))
                lines = replace(lines, start, end, change.text)
            else:
                lines = split_lines(change.text)
        document.set_text(lines, version)

    def _place(self, lines: Sequence[str], position: types.Position) -> Place:
        """A client's position; beyond the text it stays there, for `replace` knows what that means."""
        line = lines[position.line] if position.line < len(lines) else ""
        return position.line, from_units(line, position.character, self.encoding)

    def close_document(self, uri: str) -> None:
        """Forget a document."""
        document = self._documents.pop(unquote(uri), None)
        if document is not None:
            document.close()
            for told in self.forgotten:
                told(document.uri)

    def rename(self, old: Path, new: Path) -> None:
        """A file or folder is called otherwise now; its document may be open already, or will be."""
        folder = self.folder_of(new)
        if folder is None or not folder.contains(old):
            return
        folder.source.rename(old, new)
        for document in self._documents.values():
            if document.path.is_relative_to(new):
                document.forget_recorded()

    async def snapshot(self, uri: str) -> Snapshot | None:
        """A document as it is now, once its picture is painted; None where it isn't open."""
        document = self._documents.get(unquote(uri))
        if document is None:
            return None
        await document.settle()
        return self._snapshot(document)

    def uri_of(self, path: Path) -> str:
        """A file's URI: the client's own string where it is open, else below that of its folder."""
        for document in list(self._documents.values()):  # also asked by worker threads
            if document.path == path:
                return document.uri
        folder = self.folder_of(path)
        return f"{folder.uri.rstrip('/')}/{quote(folder.relative(path))}" if folder is not None else path.as_uri()

    def is_open(self, path: Path) -> bool:
        """Whether the client has a file open."""
        return any(document.path == path for document in self._documents.values())

    def text_of(self, path: Path) -> tuple[tuple[str, ...], int] | None:
        """The lines and version of a file that the client has open."""
        found = next((each for each in list(self._documents.values()) if each.path == path), None)
        return (found.lines, found.version) if found is not None else None

    async def _tell_painted(self, document: Document) -> None:
        """Tell a new picture."""
        await self._tell(document, self._snapshot(document))

    async def _tell(self, document: Document, snapshot: Snapshot) -> None:
        """Tell a picture; what is to be said of it is made in a worker thread, for there can be much."""
        listeners = tuple(self.painted)
        async with document.telling:
            prepared = await asyncio.get_running_loop().run_in_executor(
                self._executor, lambda: [listener.prepare(snapshot) for listener in listeners]
            )
            if self._documents.get(unquote(document.uri)) is document:
                for listener, told in zip(listeners, prepared, strict=True):
                    listener.send(snapshot, told)

    def _tell_again(self, folder: Folder, files: Container[Path] | None = None) -> None:
        """Tell the pictures of a folder, or of some files in it, because what surrounds them has changed."""
        for document in () if self._is_closed else self._documents.values():
            is_concerned = files is None or document.path in files
            if is_concerned and document.is_settled and self.folder_of(document.path) is folder:
                task = asyncio.get_running_loop().create_task(self._tell(document, self._snapshot(document)))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)

    def _snapshot(self, document: Document) -> Snapshot:
        folder = self.folder_of(document.path)
        failures = folder.failures.values() if folder is not None else ()
        return Snapshot(
            uri=document.uri,
            version=document.version,
            path=document.path,
            relative=folder.relative(document.path) if folder is not None else "",
            folder=folder.uri if folder is not None else "",
            lines=document.lines,
            picture=document.picture,
            is_running=folder is not None and folder.is_touched(document),
            encoding=self.encoding,
            settings=folder.settings if folder is not None else _NO_SETTINGS,
            conventions=folder.opened.conventions if folder is not None else _NO_CONVENTIONS,
            rules=folder.opened.project.rules if folder is not None else _NO_RULES,
            outcomes=MappingProxyType(folder.outcomes if folder is not None else {}),
            failures=tuple(failure for failure in failures if failure.path == document.path),
            regressions=document.regressions,
            texts=self._texts,
        )

    # Data

    def refresh(self, folder: Folder) -> None:
        """Look whether a folder's data has changed, and repaint what that concerns."""
        if self._is_closed:
            return
        key = folder.uri
        task = self._refreshing.get(key)
        if task is None or task.done():
            self._refreshing[key] = asyncio.get_running_loop().create_task(self._refresh(folder))
        else:
            self._refresh_again.add(key)

    async def refreshed(self, folder: Folder) -> None:
        """Wait until a refresh that goes on has ended."""
        task = self._refreshing.get(folder.uri)
        if task is not None:
            await asyncio.wait([task])

    async def look(self, folder: Folder) -> None:
        """Read what there is to read now: whoever asks of data need not wait for an event to tell of it."""
        self.refresh(folder)
        await self.refreshed(folder)

    async def _refresh(self, folder: Folder) -> None:
        again = True
        while again:
            self._refresh_again.discard(folder.uri)
            try:
                self._repaint(folder, await self._changed_files(folder.source))
                folder.damage = ""
                await self._forget_gone(folder)
            except DataError as error:
                self._tell_damage(folder, str(error))
            except Exception:
                log.exception("the data of %s could not be looked at", folder.path)
            again = folder.uri in self._refresh_again

    async def _changed_files(self, source: DataSource) -> frozenset[Path]:
        """What changed in the data. A file that is just being made looks damaged, so damage is looked at twice."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, source.refresh)
        except DataError:
            await asyncio.sleep(SECOND_LOOK)
            return await loop.run_in_executor(self._executor, source.refresh)

    def _tell_damage(self, folder: Folder, message: str) -> None:
        if folder.damage != message:
            folder.damage = message
            self._warn(message)

    def _repaint(self, folder: Folder, changed: frozenset[Path]) -> None:
        if changed:
            for told in self.changed:
                told(folder)
        folder.summaries.forget(changed)
        for document in self._documents.values():
            if document.path in changed and self.folder_of(document.path) is folder:
                document.forget_recorded()

    # Runs

    def begin_run(self, folder: Folder, run_id: str, selection: Selection) -> None:
        """A run goes on from now on."""
        folder.running[run_id] = selection
        self._tell_again(folder)

    async def end_run(self, folder: Folder, run_id: str) -> None:
        """A run has ended and its data is merged: show that, and only then that nothing runs any more."""
        await self.look(folder)
        settling = [
            asyncio.ensure_future(document.settle())
            for document in self._documents.values()
            if self.folder_of(document.path) is folder
        ]
        if settling:
            # Someone who types without a pause must not keep the run from ending.
            _, late = await asyncio.wait(settling, timeout=LONGEST_SETTLING)
            for task in late:
                task.cancel()
        folder.running.pop(run_id, None)
        self._tell_again(folder)
        if self._telling:
            await asyncio.wait(self._telling)

    def take_outcome(self, folder: Folder, outcome: Outcome, failure: Failure | None) -> None:
        """Remember how a test ended."""
        self._tell_failures(folder, folder.take_outcome(outcome, failure))

    async def _forget_gone(self, folder: Folder) -> None:
        """Forget the failures of tests that are no longer there: no run would ever take them back."""
        failing = tuple(folder.failed_tests())
        if failing and not folder.source.is_live:
            may_hold = folder.opened.tests.may_hold
            kept = await asyncio.get_running_loop().run_in_executor(self._executor, still_there, failing, may_hold)
            self._tell_failures(folder, folder.forget_outcomes(set(failing).difference(kept)))

    def _tell_failures(self, folder: Folder, concerned: frozenset[Path]) -> None:
        if concerned:
            self._tell_again(folder, concerned)
            for each in self.failed:
                each(folder)

    async def close(self, timeout: float) -> None:
        """End everything, in so many seconds at most."""
        closing = [folder.runs.close() for folder in self.folders.values()]
        if closing:
            await asyncio.wait([asyncio.ensure_future(each) for each in closing], timeout=timeout)
        for folder in self.folders.values():
            folder.runs.kill()
        for document in self._documents.values():
            document.close()
        self._is_closed = True
        for task in (*self._refreshing.values(), *self._telling):
            task.cancel()  # there will be no threads for what they want to do next
