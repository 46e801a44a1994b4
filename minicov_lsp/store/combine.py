"""Merging partial files into the data file: in constant memory, in any order, as often as you like.

A partial file is one transaction, and is deleted only after its commit; where
none is seen before all are there, small ones share one. Killed anywhere and run
again, the result is the same.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from minicov_lsp.errors import DataError
from minicov_lsp.store.connection import (
    check_place,
    check_whole,
    has_content,
    immediate,
    is_busy,
    is_of_the_disk,
    open_merged,
    transaction,
)
from minicov_lsp.store.interrupts import held_back
from minicov_lsp.store.journals import make_safe
from minicov_lsp.store.merging import Merger
from minicov_lsp.store.partials import (
    abandoned_scratch_files,
    delete_partial,
    gather_partials,
    is_being_written,
    scratch_file,
    set_aside,
)
from minicov_lsp.store.parts import opened_part
from minicov_lsp.store.reader import file_stamp
from minicov_lsp.store.soundness import UnsoundError

_OF_DAMAGE = (sqlite3.Error, UnsoundError, DataError, TypeError, ValueError, LookupError, OverflowError, AttributeError)
"""What a damaged file raises: the last five come of values of the wrong type or size."""
_TOGETHER = 256
"""Partial files that are merged in one transaction: one of them that is damaged is found by merging each alone."""


class Problem(NamedTuple):
    """A partial file that was not merged, and why."""

    partial: Path
    """What it is called now: `<partial>.bad` where it was set aside, else its own name."""
    message: str
    """What is the matter with it, and what became of it; one line."""
    is_set_aside: bool
    """Whether it was renamed; else it is where it was, and another merge will find it."""


class CombineResult(NamedTuple):
    """What became of the partial files."""

    merged: int
    """How many were merged."""
    damaged: tuple[Path, ...]
    """Where those that can't be read were set aside: `<partial>.bad`."""
    problems: tuple[Problem, ...] = ()
    """All that were not merged, the damaged ones among them."""


def combine(
    data_file: Path,
    partials: Iterable[Path] | None = None,
    *,
    append: bool = True,
    keep: bool = False,
    root: Path | None = None,
    rename: Callable[[str], str] = str,
    progress: Callable[[int, int], None] | None = None,
) -> CombineResult:
    """Merge partial files (by default those beside it) into a data file.

    Without `append` what the data file held is forgotten, in the same
    transaction in which the new facts arrive. A damaged partial is set aside as
    `.bad`, the rest is merged. Partials are deleted after their commit, unless
    `keep`, or their process is still running. `rename` maps recorded paths;
    `progress` is told (done, of). Raises DataError where the data file itself is
    damaged, foreign or can't be written; then nothing is lost. Ctrl-C is raised
    between two partials.
    """
    check_place(data_file)
    finish_deletions(data_file)
    for abandoned in abandoned_scratch_files(data_file):
        _remove(abandoned)
    wanted = tuple(dict.fromkeys(gather_partials(data_file) if partials is None else partials))
    wanted = tuple(partial for partial in wanted if os.path.lexists(partial) and not _is_same(partial, data_file))
    if not wanted:
        return CombineResult(0, ())
    work = _Combining(data_file, str(root or data_file.absolute().parent), rename, progress, len(wanted))
    if append and has_content(data_file):
        return work.add(wanted, delete=not keep)
    return work.gather(wanted, append=append, delete=not keep)


def finish_deletions(data_file: Path) -> None:
    """Delete the partial files that an interrupted merge had merged and was about to delete. Raises DataError."""
    if not has_content(data_file):
        return
    with contextlib.closing(open_merged(data_file, "")) as connection, transaction(connection, data_file):
        for path, *stamp in connection.execute("SELECT path, inode, mtime, size FROM merged").fetchall():
            if file_stamp(Path(path)) == tuple(stamp):
                delete_partial(Path(path))
        connection.execute("DELETE FROM merged")


class _Target(NamedTuple):
    """What is merged into, and how."""

    data_file: Path
    connection: sqlite3.Connection
    merger: Merger

    def merge(self, partial: Path, *, anew: bool = False) -> None:
        """Merge a partial file, within a transaction."""
        with opened_part(partial, is_live=is_being_written(partial)) as part:
            self.merger.merge(part, anew=anew)


class _Combining:
    """One call of `combine`."""

    def __init__(
        self,
        data_file: Path,
        root: str,
        rename: Callable[[str], str],
        progress: Callable[[int, int], None] | None,
        total: int,
    ) -> None:
        self._data_file = data_file
        self._root = root
        self._rename = rename
        self._progress = progress or (lambda done, of: None)
        self._total = total
        self._done = 0
        self._problems: list[Problem] = []

    def add(self, partials: Sequence[Path], *, delete: bool) -> CombineResult:
        """Merge each in a transaction of its own; a reader never sees half of one."""
        return self._result(len(self._merge_all(self._data_file, partials, delete=delete)))

    def gather(self, partials: Sequence[Path], *, append: bool, delete: bool) -> CombineResult:
        """Merge them into a file beside the data file, and that into the data file, or in its place: all at once.

        None is deleted before. Those that are then to be deleted are listed in the same commit, so that a merge that
        was killed between two deletions is not taken for one that found only the rest.
        """
        scratch = scratch_file(self._data_file)
        _remove(scratch)
        try:
            if has_content(self._data_file):
                open_merged(self._data_file, self._root).close()  # before all the work: it may be damaged
            merged = self._merge_all(scratch, partials, is_scratch=True, delete=False)
            if merged:
                finished = [partial for partial in merged if delete and not is_being_written(partial)]
                with held_back():
                    self._put_in_place(scratch, finished, append=append)
        finally:
            _remove(scratch)
        finish_deletions(self._data_file)
        return self._result(len(merged))

    def _put_in_place(self, scratch: Path, finished: Iterable[Path], *, append: bool) -> None:
        """Let what was gathered be the data file, or be in it; `finished` are the partials that are to be deleted."""
        rows = [(str(partial.absolute()), *file_stamp(partial)) for partial in finished]
        sql = "INSERT OR REPLACE INTO main.merged VALUES (?, ?, ?, ?)"
        with contextlib.closing(open_merged(scratch, self._root, is_scratch=True)) as connection:
            Merger(connection).stamp_changes()
            connection.executemany(sql, rows)
            make_safe(connection, self._data_file)
        if _place(scratch, self._data_file):
            return
        with contextlib.closing(open_merged(self._data_file, self._root)) as connection:
            target = _Target(self._data_file, connection, Merger(connection))
            with transaction(connection, self._data_file):
                target.merge(scratch, anew=not append)
                target.merger.flush()
                target.merger.stamp_changes()
                connection.executemany(sql, rows)

    def _merge_all(
        self, data_file: Path, partials: Sequence[Path], *, delete: bool, is_scratch: bool = False
    ) -> list[Path]:
        """Merge each in a transaction of its own, or in one with others where nobody else reads; those that were."""
        merged: list[Path] = []
        left = list(partials)
        alone = 0
        """Of the first left, which were tried together: one of them is damaged."""
        while left:  # a connection that met with damage is not used again
            with self._target(data_file, is_scratch=is_scratch) as target, held_back() as let_through:
                is_good = True
                while is_good and left:
                    group = left[: _TOGETHER if is_scratch and not alone else 1]
                    is_good = self._merge_group(target, group, len(left), let_through)
                    if not is_good and len(group) > 1:
                        alone = len(group)
                        break
                    alone = max(alone - 1, 0)
                    del left[: len(group)]
                    if is_good:
                        merged += group
                        for partial in group:
                            if delete and not is_being_written(partial):
                                delete_partial(partial)
                    self._tell(self._total - len(left))
                    let_through()
        return merged

    @contextlib.contextmanager
    def _target(self, data_file: Path, *, is_scratch: bool) -> Iterator[_Target]:
        with contextlib.closing(open_merged(data_file, self._root, is_scratch=is_scratch)) as connection:
            merger = Merger(connection, self._rename, notes_changes=not is_scratch)
            yield _Target(data_file, connection, merger)

    def _merge_group(self, target: _Target, group: Sequence[Path], left: int, let_through: Callable[[], None]) -> bool:
        """Merge the first of those left in one transaction; whether that could be. Of one alone it notes why not."""
        try:
            with immediate(target.connection):
                for number, partial in enumerate(group):
                    if number:
                        self._tell(self._total - left + number)
                        let_through()
                    target.merge(partial)
                target.merger.flush()
                if target.merger.notes_changes:
                    target.merger.stamp_changes()
        except _OF_DAMAGE as error:
            if is_of_the_disk(error):
                what = f"{target.data_file}: can't be written ({error}); nothing was lost, try again"
                raise DataError(what) from error
            if len(group) == 1:
                check_whole(target.connection, target.data_file)
                self._problems.append(self._problem(group[0], error))
            return False
        return True

    def _tell(self, done: int) -> None:
        """Tell how many are done, never fewer than before: those merged with a damaged one are merged again."""
        if done > self._done:
            self._done = done
            self._progress(done, self._total)

    def _problem(self, partial: Path, error: Exception) -> Problem:
        """Set a damaged partial aside; one that is still written, locked or not ours to read stays where it is."""
        if is_busy(error):
            return Problem(
                partial,
                f"{partial}: another program holds it; it was not merged, combine again later",
                is_set_aside=False,
            )
        if why := _why_unreadable(partial):
            message = f"{partial}: can't be read ({why}); it was not merged, make it readable and combine again"
            return Problem(partial, message, is_set_aside=False)
        what = str(error) if isinstance(error, DataError) else f"{partial}: damaged ({error})"
        if is_being_written(partial):
            message = f"{what}; it was not merged, and is left to its process, which still runs"
            return Problem(partial, message, is_set_aside=False)
        try:
            aside = set_aside(partial)
        except OSError as problem:
            message = f"{what}; it was not merged, and can't be set aside ({problem.strerror})"
            return Problem(partial, message, is_set_aside=False)
        return Problem(aside, f"{what}; it was not merged, and is kept as {aside}", is_set_aside=True)

    def _result(self, merged: int) -> CombineResult:
        damaged = tuple(found.partial for found in self._problems if found.is_set_aside)
        return CombineResult(merged, damaged, tuple(self._problems))


def _why_unreadable(file: Path) -> str:
    """What keeps us from reading a file, which then need not be damaged; "" where nothing does."""
    try:
        if os.path.isfile(file):  # noqa: PTH113  # as below
            file.open("rb").close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one file: `combine .coverage.db*` names the data file too."""
    try:
        return os.path.samefile(one, other)  # noqa: PTH121  # the paths may be anything
    except (OSError, ValueError):
        return one == other


def _place(scratch: Path, data_file: Path) -> bool:
    """Give a whole data file its name, if no file with something in it has it; whether that was so."""
    if has_content(data_file):
        return False
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        data_file.unlink(missing_ok=True)
        os.link(scratch, data_file)  # unlike a rename it never overwrites
    except FileExistsError:
        return False
    except OSError:  # no links on this file system
        if has_content(data_file):
            return False
        scratch.replace(data_file)
    return True


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.lexists(f"{database}{suffix}"):  # a read-only file system forbids to remove even what is not there
            Path(f"{database}{suffix}").unlink(missing_ok=True)
