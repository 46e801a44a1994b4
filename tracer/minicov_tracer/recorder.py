"""The flight recorder: what was hit is in files the moment it happens, whatever then becomes of the process.

Beside a partial file P there are, while its process runs,

    P.hits      a memory map: a header, then a 32-bit entry for each hit (csrc/hit_log.h draws it)
    P.probes    a JSON object a line, which says what the entries mean, each before its first use:

    {"minicov": 1, "python": "3.12", "root": ..., "run": ..., "replaces": false}     the first line
    {"path": absolute path, "text": the text that ran, or null}
    {"code": number of probe 0, "bits": how many probes, "path": ..., "name": ..., "line": first line, "probes": text}
    {"raise": number, "arc": [a, b]}        that entry is an exception, which made this arc
    {"arc": [a, b], "number": number, "of": number of probe 0}  that entry is this arc (a core that sees arcs as such)
    {"context": number, "label": ...}
    {"outcome": context's number, "word": "passed", "duration": seconds}

A hit costs one store and one increment; the kernel keeps the pages if the
process dies, and readers need no lock. At a checkpoint all of it goes into the
partial file and the log starts over, so what a reader finds in both is the same
fact twice.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys

from minicov_tracer.naming import PYTHON, RunInfo
from minicov_tracer.plain_json import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from minicov_tracer.interfaces import Room, Source

MAGIC = b"MCHITS1\n"
HEADER = "<8sIIQQ"
"""Magic, process id, capacity in entries, start of the process in clock ticks, count; as the module struct has it."""
ENTRIES_AT = 64
COUNT_AT = 24
CAPACITY = 1024 * 1024
"""Entries; a checkpoint makes room when they are used up. Four megabytes of disk; of memory see _RESIDENT."""
LOG_SIZE = ENTRIES_AT + 4 * CAPACITY
"""Bytes, all of them taken when a log is made."""
_RESIDENT = 16 * 1024
"""Entries; after so many, at the next edge of a context, the pages of the map are memory of the process no longer."""
CONTEXT = 0x80000000
"""Marks an entry that begins a context."""


class NoMapError(OSError):
    """Files can be written there, but not mapped into memory, as on some network shares."""


class Recorder:
    """The two files of one process. Raises OSError where they can't be made: no room, or no right to write there."""

    def __init__(
        self,
        path: str,
        run: RunInfo,
        source: Source,
        room: Room,
        append: Callable[[int, bytes], object],
        *,
        has_arcs: bool = True,
    ) -> None:
        """Without `has_arcs` arcs that are seen as such are not wanted; `append` is the core's (RecordingCore)."""
        self.path = path
        self._is_lost = False
        self._source = source
        self._room = room
        self._append = append
        self._known_files: set[str] = set()
        self._contexts: dict[str, int] = {}  # label -> number, of those that were told
        self._released = 0  # how many entries were in the log when its pages were given back last
        self._probes = os.open(f"{path}.probes", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        self.arcs_file = self._probes if has_arcs else -1
        try:
            self.map = _make_map(f"{path}.hits")
            replaces = "true" if run.replaces else "false"
            about = f'"root": {quoted(run.root)}, "run": {quoted(run.run_id)}, "replaces": {replaces}'
            self._write(f'{{"minicov": 1, "python": "{PYTHON}", {about}}}')
        except OSError:
            self.remove()
            raise

    def add_code(self, code: CodeType, base: int, bits: int) -> None:
        """A code object was met; its probes have the numbers from `base` on, `bits` of them."""
        path = self._source.path(code)
        if path not in self._known_files:
            self._known_files.add(path)
            text = self._source.text(path)
            self._tell(f'{{"path": {quoted(path)}, "text": {"null" if text is None else quoted(text)}}}')
        about = f'"path": {quoted(path)}, "name": {quoted(code.co_qualname)}, "line": {code.co_firstlineno}'
        self._tell(f'{{"code": {base}, "bits": {bits}, {about}, "probes": {quoted(self._source.describe(code))}}}')

    def add_raise(self, code: CodeType, offset: int, number: int) -> None:
        """An instruction raised for the first time; `number` will stand for it."""
        arc = self._source.raised_at(code, offset)
        if arc is not None:
            self._tell(f'{{"raise": {number}, "arc": [{arc[0]}, {arc[1]}]}}')

    def begin(self, label: str, ended: tuple[int, str, float] | None = None) -> int:
        """The number of the context with this label, which begins; of a test that ended: number, outcome, seconds."""
        told = []
        if ended is not None:
            number, word, duration = ended
            told.append(f'{{"outcome": {number}, "word": "{word}", "duration": {float(duration)!r}}}')
        number = self._contexts.get(label, 0)
        if number == 0:
            number = self._contexts[label] = len(self._contexts) + 1
            told.append(f'{{"context": {number}, "label": {quoted(label)}}}')
        if told:
            self._tell("\n".join(told))  # at once: a call of the system is most of what an edge costs
        if int.from_bytes(self.map[COUNT_AT : COUNT_AT + 8], "little") - self._released >= _RESIDENT:
            self._release()
        return number

    def _release(self) -> None:
        """Give the pages of the map back: what is in them is the file's, and nobody here looks at it again."""
        self._released = int.from_bytes(self.map[COUNT_AT : COUNT_AT + 8], "little")
        if hasattr(mmap, "MADV_DONTNEED"):
            self.map.madvise(mmap.MADV_DONTNEED)

    def make_room(self) -> None:
        """The log is full: called by the core, from the middle of the program."""
        self._room.checkpoint()

    def let_go(self) -> None:
        """Many code objects are gone: called by the core, from the middle of the program."""
        self._room.let_go()

    def clear(self) -> None:
        """Start the log over, after a checkpoint."""
        self.map[COUNT_AT : COUNT_AT + 8] = bytes(8)
        self._released = 0

    def abandon(self) -> None:
        """After a fork, in the child: let go of the parent's files, which stay."""
        self.map.close()
        os.close(self._probes)

    def remove(self) -> None:
        """Delete the files: everything is in the partial file."""
        os.close(self._probes)
        if hasattr(self, "map"):
            self.map.close()
        for suffix in (".hits", ".probes"):
            try:
                os.unlink(self.path + suffix)
            except FileNotFoundError:
                pass

    def _tell(self, line: str) -> None:
        try:
            if not self._is_lost:
                self._write(line)
        except OSError as error:
            self.lose(error)

    def lose(self, error: OSError) -> None:
        """No more can be said; what was said before still holds."""
        self._is_lost = True
        self._room.lose_log(error)

    def _write(self, line: str) -> None:
        self._append(self._probes, line.encode("utf-8", "surrogatepass") + b"\n")


def _make_map(path: str) -> mmap.mmap:
    """A new map with its header, all of its disk space taken: a hole that can't be filled would kill the program."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        take_space(file, LOG_SIZE)
        try:
            mapped = mmap.mmap(file, LOG_SIZE)
        except (OSError, ValueError) as error:
            raise NoMapError(*error.args) from error
    finally:
        os.close(file)
    pid = os.getpid()
    fields = (pid, 4), (CAPACITY, 4), (process_start(pid), 8), (0, 8)  # value, bytes: HEADER, without the module struct
    header = MAGIC + b"".join(value.to_bytes(size, "little") for value, size in fields)
    mapped[: len(header)] = header
    return mapped


def take_space(file: int, size: int) -> None:
    """Have an empty file take up so many bytes of the disk, with zeros. Raises OSError."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):  # a file system that can't do it
                raise
        else:
            return
    zeros = bytes(64 * 1024)
    while size > 0:
        size -= os.write(file, zeros[:size])


def process_start(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where that can't be known (proc(5), field 22 of stat)."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
