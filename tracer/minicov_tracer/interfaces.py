"""What a core is, and what it tells: for type checkers and readers; nothing imports this when a program runs."""

from __future__ import annotations

from mmap import mmap
from types import CodeType
from typing import Protocol

from minicov_tracer.cores import Hits


class Core(Protocol):
    """Anything that can watch a program; one per process."""

    name: str
    """What `--core` calls it: "monitoring", "settrace" or "python"."""
    sees_jumps: bool
    """Whether arcs follow from jumps (sys.monitoring); else `Hits.arcs` says where lines led (sys.settrace)."""

    def start(self) -> None:
        """Watch all threads, those to come included; called once."""

    def stop(self) -> None:
        """Watch no more; what is gathered stays until it is flushed."""

    def flush(self) -> list[Hits]:
        """What happened since the last flush, and a fresh start: whatever happens again is told again."""

    def take_counts(self) -> list[tuple[CodeType, tuple[int, ...]]]:
        """How often each line of a code object ran since the last call, for `bytecode.line_probes`; where it counts.

        A line runs each time that control comes to it from another, or from further down in it.
        """


class SignatureCore(Protocol):
    """A core that knows what it told before."""

    def flush_signatures(self) -> tuple[list[bytes], list[Hits]]:
        """`flush`, by numbers: (for each file that ran the numbers of its signatures, those that are new).

        A signature is one way in which a code object ran; the nth that was ever told as new has the number n, from 0.
        Numbers are array("I"), ascending, so the same bytes are the same facts.
        """


class RecordingCore(Protocol):
    """A core that can log each hit the moment it happens."""

    def record(self, buffer: mmap | None, recorder: Listener | None, /) -> None:
        """Log to a buffer (recorder.py) from now on and tell the recorder of code objects met before; None ends it."""

    def log_context(self, number: int, /) -> None:
        """Log that the context of this number begins."""

    def append(self, file: int, data: bytes, /) -> object:
        """Write at the end of a file, and let no other thread of the program run meanwhile."""


class ForgettingCore(RecordingCore, Protocol):
    """One that also hears of code objects that are gone."""

    def let_go(self) -> None:
        """Forget what was told by number, whose numbers begin at 0 again, and code objects that nobody else holds.

        Everything must have been flushed and written.
        """


class Listener(Protocol):
    """What a recording core tells: the recorder."""

    arcs_file: int
    """The file at whose end a core that sees arcs as such tells of each, as recorder.py has it; -1 for nowhere."""

    def add_code(self, code: CodeType, base: int, bits: int) -> None:
        """A code object was met; its probes have the numbers from `base` on, `bits` of them."""

    def add_raise(self, code: CodeType, offset: int, number: int) -> None:
        """An instruction raised for the first time; `number` will stand for it."""

    def lose(self, error: OSError) -> None:
        """The core could not tell of an arc."""

    def make_room(self) -> None:
        """The log is full; the core goes on when this returns."""

    def let_go(self) -> None:
        """There are many code objects that are gone."""


class Source(Protocol):
    """What the recorder asks for: the writer."""

    def describe(self, code: CodeType) -> str:
        """A code object's probe table, as JSON."""

    def raised_at(self, code: CodeType, offset: int) -> tuple[int, int] | None:
        """The arc that an exception at an offset makes."""

    def path(self, code: CodeType) -> str:
        """The absolute path of a code object's file."""

    def text(self, path: str) -> str | None:
        """The text of a file."""


class Room(Protocol):
    """What the recorder calls when the log is full: the session."""

    def checkpoint(self) -> None:
        """Write all that was gathered."""

    def let_go(self) -> None:
        """Write all that was gathered, and keep nothing of code objects that are gone."""

    def lose_log(self, error: OSError) -> None:
        """The log can't be kept any more; go on without."""
