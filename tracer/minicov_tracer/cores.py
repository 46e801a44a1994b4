"""What a core is, and the one place that chooses between them.

A core watches the interpreter and gathers, per code object, what happened since
it was last flushed. It knows nothing of files, contexts or storage.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import CodeType
from typing import NamedTuple, Protocol

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


CoreFactory = Callable[[Callable[[CodeType], bool]], Core]
"""Makes a core from a question: is this code object measured? It is asked once per code object (or per file name)."""


def choose(name: str, in_scope: Callable[[CodeType], bool]) -> tuple[Core, str]:
    """The core called `name` ("" is the best there is), and a warning where it is not what was asked for.

    Raises LookupError when there is no core of that name on this Python.
    """
    monitoring = sys.version_info >= (3, 12)
    native = "monitoring" if monitoring else "settrace"
    if name not in ("", native, "python"):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise LookupError(f"there is no core {name!r} on Python {version}; choose {native} or python")
    warning = ""
    if name != "python":
        try:
            return importlib.import_module(f"minicov_tracer._{native}").Core(in_scope), ""
        except ImportError:
            warning = f"the C core (_{native}) is not built for this Python; the slower Python core measures the same"
    twin = "python_monitoring" if monitoring else "python_settrace"
    return importlib.import_module(f"minicov_tracer.{twin}").Core(in_scope), warning
