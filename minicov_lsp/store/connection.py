"""Opening data files: what must be set on every connection, and what damage looks like.

A data file may come from anywhere, so nothing in it is trusted: views and
triggers of its own run no functions, and no value may be large beyond reason.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.store.journals import lacks_shared_memory, leave_log_if_unshared, make_safe
from minicov_lsp.store.merged_schema import MERGED, MERGED_TABLES
from minicov_lsp.store.scripts import statements
from minicov_tracer import schema

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's lock."""
_CACHE_KIB = 32 * 1024
"""A merge that spills its cache locks readers out for seconds; this much never did."""
_PAGE_BYTES = 4096
"""Of a new data file: those of real suites are 3 percent smaller than with 8192, and an empty one half as large."""
_MOST_BYTES = 256 * 1024 * 1024
"""Of one value: more than the largest source that is kept."""
_PARTIAL = "chunk"
"""A table that partial files have, and merged ones have not."""
_OF_THE_DISK = {"SQLITE_FULL", "SQLITE_NOMEM", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_PERM"}


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection to read a data file by, partial or merged, that may come from anywhere; of an older version a copy.

    Raises DataError where there is no data file of ours.
    """
    check_place(path)
    if not is_file(path):
        raise DataError(f"{path}: no data file; run `minicov run` first, or name another with --data")
    try:
        if not opens(path, "ro"):
            return _recovered_copy(path)
        connection = connect(uri_of(path, "ro"))
        try:
            version = check_identity(connection, "main", path)
            return connection if version == schema.VERSION else _copy_in_memory(connection, version)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise damaged(path, error) from error


def open_untrusted(path: Path) -> sqlite3.Connection:
    """A read-only connection to any database at all, which is not looked at. Raises sqlite3.Error."""
    return connect(uri_of(path, "ro"))


def header(path: Path) -> int | None:
    """The application_id of a file that looks like an SQLite database, without opening it as one; else None."""
    if not is_file(path):  # a pipe would be waited for
        return None
    try:
        with path.open("rb") as file:
            data = file.read(72)
    except (OSError, ValueError):
        return None
    return int.from_bytes(data[68:], "big") if len(data) == 72 and data.startswith(b"SQLite format 3\0") else None


def open_merged(path: Path, root: str, *, is_scratch: bool = False) -> sqlite3.Connection:
    """A connection that writes the merged data file, made if need be, brought to this version if it is older.

    `root` is the project's folder, kept where the file is new. A scratch file is
    one that nobody else knows of, and that is of no use after a crash. Raises
    DataError where the file is damaged or not ours: it is never overwritten.
    """
    check_place(path)
    try:
        if header(path) == schema.APPLICATION_ID:
            leave_log_if_unshared(path, uri_of(path, "rw"))
        connection = connect(uri_of(path, "rwc"))
        try:
            _prepare_merged(connection, path, root, is_scratch=is_scratch)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    return connection


def open_in_memory(root: str) -> sqlite3.Connection:
    """A connection to a merged data file with nothing in it, which is in memory."""
    connection = connect("file::memory:")
    _create(connection, root)
    return connection


def is_in_memory(connection: sqlite3.Connection) -> bool:
    """Whether there is no file to the database of a connection."""
    return not connection.execute("PRAGMA database_list").fetchone()[2]


def is_partial(connection: sqlite3.Connection) -> bool:
    """Whether a data file of this version, which was opened, is partial and not merged."""
    return _PARTIAL in _tables(connection, "main")


def check_place(path: Path) -> None:
    """Raise DataError where a path can't be a data file's, because of its name or of what is there."""
    try:
        is_good = not os.path.lexists(path) or os.path.isfile(path)  # noqa: PTH113  # unlike pathlib's, never raises OSError
        path.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        shown = str(path).replace("\0", "\\0")
        raise DataError(
            f"{shown}: can't be the name of a data file ({error.args[-1]}); name another with --data"
        ) from error
    if not is_good:
        raise DataError(f"{path}: is not a file, so no data can be there; name another with --data")


def check_identity(connection: sqlite3.Connection, database: str, path: Path) -> int:
    """The version of an opened database. Raises DataError where it isn't a data file of a version that we know."""
    (application,) = connection.execute(f"PRAGMA {database}.application_id").fetchone()
    (version,) = connection.execute(f"PRAGMA {database}.user_version").fetchone()
    if application != schema.APPLICATION_ID:
        empty = "is empty" if path.stat().st_size == 0 else "not a minicov data file"
        raise DataError(f"{path}: {empty}; name another with --data, or move it away")
    if version > schema.VERSION:
        raise DataError(
            f"{path}: written by a newer minicov (schema {version}, this one knows {schema.VERSION}); upgrade minicov"
        )
    if version < 1:
        raise DataError(f"{path}: no minicov ever wrote a data file of schema {version}; move it away")
    if version == schema.VERSION and not _has_our_tables(connection, database):
        raise DataError(f"{path}: its tables are not those of a minicov data file; move it away")
    return int(version)


def damaged(path: Path, error: Exception) -> DataError:
    """The message for a data file that SQLite can't read; not damaged is one that is held, or has no room."""
    if is_busy(error):
        return DataError(f"{path}: another program holds it ({error}); nothing was lost, try again later")
    if is_of_the_disk(error) or getattr(error, "sqlite_errorname", "").startswith("SQLITE_CANTOPEN"):
        return DataError(f"{path}: can't be used ({error}); make room there or allow it, nothing was lost")
    return DataError(f"{path}: can't be read as a data file ({error}); `minicov erase` removes it, then run again")


def is_of_the_disk(error: Exception) -> bool:
    """Whether SQLite failed for want of room or right, and not for what a file holds."""
    name = getattr(error, "sqlite_errorname", "")
    return any(name.startswith(found) for found in _OF_THE_DISK)


def check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Raise DataError if it is the data file itself that is damaged, and not what was merged into it."""
    try:
        (found,) = connection.execute("PRAGMA main.quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    if found != "ok":
        raise damaged(path, sqlite3.DatabaseError(found))


def is_busy(error: Exception) -> bool:
    """Whether another process held a lock for too long: the file may be perfectly good."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def needs_a_copy(error: sqlite3.OperationalError) -> bool:
    """Whether it takes writing beside a data file to read it, or memory shared with others, and that can't be had."""
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or lacks_shared_memory(error)


def uri_of(path: Path, mode: str) -> str:
    """What SQLite opens a file by; `mode` is ro, rw or rwc."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def scratch_folder(cleanup: ExitStack) -> Path:
    """A folder of our own until `cleanup` is done with."""
    import tempfile  # few data files need a copy

    return Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="minicov-")))


def opens(path: Path, mode: str) -> bool:
    """Whether a data file can be read where it is; opened for writing, a commit that was cut off is undone."""
    try:
        with closing(connect(uri_of(path, mode))) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if needs_a_copy(error):
            return False
        raise
    return True


def copy_with_journals(path: Path, folder: Path) -> Path:
    """A copy that can be written, with what SQLite needs to make it whole."""
    import shutil  # as above

    copy = folder / "data"
    try:
        shutil.copyfile(path, copy)
        for suffix in ("-journal", "-wal"):
            if os.path.isfile(f"{path}{suffix}"):  # noqa: PTH113  # as in is_file
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror}); make it readable, then combine again") from error
    opens(copy, "rw")
    return copy


@contextmanager
def transaction(connection: sqlite3.Connection, data_file: Path) -> Iterator[None]:
    """One transaction on the data file; DataError where that fails."""
    with writing(data_file), immediate(connection):
        yield


@contextmanager
def writing(data_file: Path) -> Iterator[None]:
    """DataError where the data file can't be written."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(f"{data_file}: can't be written ({error}); nothing was lost, try again") from error


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, which holds the lock for writing from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    with committed(connection):
        yield


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit the transaction that was begun; after an exception undo it."""
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def connect(uri: str) -> sqlite3.Connection:
    """A connection to whatever is there, with what every one of ours needs set."""
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
    return connection


def give_space_back(connection: sqlite3.Connection) -> None:
    """Make the data file smaller after much was taken out of it, unless somebody is using it right now."""
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL")):
            raise


def _prepare_merged(connection: sqlite3.Connection, path: Path, root: str, *, is_scratch: bool) -> None:
    """Look whose it is before anything is set: a foreign file is left exactly as it is."""
    is_new = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    version = schema.VERSION if is_new else check_identity(connection, "main", path)
    # Merged files of all versions have these views, and partial ones have none.
    if not is_new and connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'lines'").fetchone() is None:
        raise DataError(f"{path}: what one process left, and no place for more; name another with --data")
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    if is_scratch:
        connection.execute("PRAGMA main.journal_mode = MEMORY")
        connection.execute("PRAGMA main.locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA main.synchronous = OFF")
    else:
        make_safe(connection, path)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if is_new:
        _create(connection, root)
    elif version != schema.VERSION:
        _migrate(connection, version)
        give_space_back(connection)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    from minicov_lsp.store.migrations import migrate  # few data files are of an earlier version

    migrate(connection, version)


def _create(connection: sqlite3.Connection, root: str) -> None:
    """Make the tables, unless another process has just made them."""
    with immediate(connection):
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            for statement in statements(MERGED):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('root', ?), ('generation', '0')", (root,))


def _recovered_copy(path: Path) -> sqlite3.Connection:
    """A data file that can't be read where it is, because that takes writing beside it; in memory."""
    with ExitStack() as cleanup:
        connection = connect(uri_of(copy_with_journals(path, scratch_folder(cleanup)), "ro"))
        try:
            version = check_identity(connection, "main", path)
        except BaseException:
            connection.close()
            raise
        return _copy_in_memory(connection, version)


def _copy_in_memory(connection: sqlite3.Connection, version: int) -> sqlite3.Connection:
    """The same data, brought to this version; closes the connection that it is taken from."""
    copy = connect("file::memory:")
    with closing(connection):
        connection.backup(copy)
    _migrate(copy, version)
    return copy


def has_content(path: Path) -> bool:
    """Whether there is a file that isn't empty: no bytes are what SQLite makes of one that nothing was written to."""
    return is_file(path) and path.stat().st_size > 0


def is_file(path: Path) -> bool:
    """Whether there is a file to open; a path that is too long, or has a NUL in it, names none."""
    try:
        return os.path.isfile(path)  # noqa: PTH113  # unlike pathlib's, it raises for no path
    except ValueError:
        return False


def _has_our_tables(connection: sqlite3.Connection, database: str) -> bool:
    """Whether the tables have our columns, and are tables: a view or a virtual table could run anything."""
    texts = _tables(connection, database)
    ours = _our_texts(is_partial=_PARTIAL in texts)
    if ours.items() <= texts.items():
        return True
    # Those that a migration made are written otherwise.
    kinds = dict(connection.execute(f"SELECT name, type || substr(sql, 1, 13) FROM {database}.sqlite_master"))  # noqa: S608
    if any(kinds.get(table) != "tableCREATE TABLE " for table in ours):
        return False
    return _columns(connection, database, tuple(ours)) == _our_columns(is_partial=_PARTIAL in texts)


def _tables(connection: sqlite3.Connection, database: str) -> Mapping[str, str]:
    """{table: how SQLite keeps what made it}."""
    return dict(connection.execute(f"SELECT name, sql FROM {database}.sqlite_master WHERE type = 'table'"))  # noqa: S608


@cache
def _our_texts(*, is_partial: bool) -> Mapping[str, str]:
    """What `_tables` gives of a data file of ours."""
    with closing(_our_tables(is_partial=is_partial)) as connection:
        return _tables(connection, "main")


@cache
def _our_columns(*, is_partial: bool) -> Mapping[str, tuple[str, ...]]:
    """What `_columns` gives of it."""
    with closing(_our_tables(is_partial=is_partial)) as connection:
        return _columns(connection, "main", tuple(_our_texts(is_partial=is_partial)))


def _our_tables(*, is_partial: bool) -> sqlite3.Connection:
    """A database with the tables of a data file."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(schema.SHARED_TABLES + (schema.PARTIAL_TABLES if is_partial else MERGED_TABLES))
    return connection


def _columns(connection: sqlite3.Connection, database: str, tables: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """{table: its columns}."""
    rows = connection.execute(
        f"SELECT t.value, x.name FROM json_each('{json.dumps(tables)}') t"  # noqa: S608  # names of ours
        f" CROSS JOIN pragma_table_xinfo(t.value, '{database}') x ORDER BY t.key, x.cid"
    )
    found: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        found[table] = (*found.get(table, ()), column)
    return found
