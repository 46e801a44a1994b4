"""What a core is, and the one place that chooses between them.

A core watches the interpreter and gathers, per code object, what happened since
it was last flushed. It knows nothing of files, contexts or storage.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from mmap import mmap
from types import CodeType
from typing import NamedTuple, Protocol, runtime_checkable

from minicov_tracer import bytecode

Arcs = tuple[tuple[int, int], ...]


class Hits(NamedTuple):
    """What one code object did since the last flush."""

    code: CodeType
    probes: bytes
    """Bitmap over `bytecode.probe_table(code)`: probe n is bit n & 7 of byte n >> 3; no trailing zero bytes."""
    raised: tuple[int, ...]
    """Byte offsets of instructions at which an exception was raised or passed through, ascending."""
    arcs: Arcs
    """Line-to-line transitions seen as such, ascending; empty where jumps are probes.

    (a, b): line a was directly followed by line b; (-first, b): the code was
    entered; (a, -first): it was left from line a, by return or exception. `first` is co_firstlineno.
    A generator that yields is not left, one that resumes is not entered.
    """


class Core(Protocol):
    """Anything that can watch a program; one per process."""

    name: str
    """What `--core` calls it: "monitoring", "settrace" or "python"."""
    sees_jumps: bool
    """Whether jumps are probes of their own (sys.monitoring); else `Hits.arcs` says where lines led (sys.settrace)."""

    def start(self) -> None:
        """Watch all threads, those to come included; called once."""

    def stop(self) -> None:
        """Watch no more; what is gathered stays until it is flushed."""

    def flush(self) -> list[Hits]:
        """What happened since the last flush, and a fresh start: whatever happens again is told again."""


@runtime_checkable
class RecordingCore(Protocol):
    """A core that can log each hit the moment it happens."""

    def record(self, buffer: mmap | None, recorder: Listener | None, /) -> None:
        """Log to a buffer (recorder.py) from now on and tell the recorder of code objects met before; None ends it."""

    def log_context(self, number: int, /) -> None:
        """Log that the context of this number begins."""


class Listener(Protocol):
    """What a recording core tells: the recorder."""

    def add_code(self, code: CodeType, base: int, bits: int) -> None:
        """A code object was met; its probes have the numbers from `base` on, `bits` of them."""

    def add_raise(self, code: CodeType, offset: int, number: int) -> None:
        """An instruction raised for the first time; `number` will stand for it."""

    def make_room(self) -> None:
        """The log is full; the core goes on when this returns."""


class Tracer(NamedTuple):
    """A core, and how its code objects are described."""

    core: Core
    describe: Callable[[CodeType], str]
    """A code object's probe table, as JSON (schema.py has the form)."""
    raised_at: Callable[[CodeType, int], tuple[int, int] | None]
    """The arc that an exception at a byte offset makes, None for none."""
    warning: str
    """What to tell the user where this is not the core that was to be expected, else ""."""


def choose(name: str, in_scope: Callable[[CodeType], bool]) -> Tracer:
    """The core called `name` ("" is the best there is); `in_scope` is asked once per code object or per file name.

    Raises LookupError when there is no core of that name on this Python.
    """
    has_monitoring = sys.version_info >= (3, 12)
    native = "monitoring" if has_monitoring else "settrace"
    if name not in ("", native, "python"):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise LookupError(f"there is no core {name!r} on Python {version}; choose {native} or python")
    warning = ""
    if name != "python":
        try:
            module = importlib.import_module(f"minicov_tracer._{native}")
        except ImportError:
            warning = f"the C core (_{native}) is not built for this Python; the slower Python core measures the same"
        else:
            core = module.Core(in_scope)
            if has_monitoring:
                return Tracer(core, module.describe, module.raised_at, "")
            return Tracer(core, bytecode.describe_lines, bytecode.raised_at, "")
    twin = importlib.import_module(f"minicov_tracer.python_{native}")
    describe = bytecode.describe if has_monitoring else bytecode.describe_lines
    return Tracer(twin.Core(in_scope), describe, bytecode.raised_at, warning)
