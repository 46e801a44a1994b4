"""What a core gathers, and the one place that chooses between cores (interfaces.py says what a core is).

A core watches the interpreter and gathers, per code object, what happened since
it was last flushed. It knows nothing of files, contexts or storage.
"""

from __future__ import annotations

import importlib
import sys
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from minicov_tracer.interfaces import Core
    from minicov_tracer.machine_maker import MachineMaker

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


class Tracer(NamedTuple):
    """A core, and how its code objects are described."""

    core: Core
    describe: Callable[[CodeType], str]
    """A code object's probe table, as JSON (schema.py has the form)."""
    raised_at: Callable[[CodeType, int], tuple[int, int] | None]
    """The arc that an exception at a byte offset makes, None for none."""
    warning: str
    """What to tell the user where this is not the core that was to be expected, else ""."""


def choose(
    name: str, in_scope: Callable[[CodeType], bool], maker: MachineMaker | None = None, *, counts: bool = False
) -> Tracer:
    """The core called `name` ("" is the best there is); `in_scope` is asked once per code object or per file name.

    Without a maker no decision is remembered while it is evaluated; with `counts` lines are counted. Raises LookupError
    when there is no core of that name on this Python.
    """
    has_monitoring = sys.version_info >= (3, 12)
    native = "monitoring" if has_monitoring else "settrace"
    if name not in ("", native, "python"):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise LookupError(f"there is no core {name!r} on Python {version}; choose {native} or python")
    warning = ""
    if name != "python" and is_free_threaded():
        warning = "this Python is free-threaded, for which there is no C core; the slower Python core measures the same"
    elif name != "python":
        try:
            module = importlib.import_module(f"minicov_tracer._{native}")
        except ImportError:
            warning = f"the C core (_{native}) is not built for this Python; the slower Python core measures the same"
        else:
            if has_monitoring:
                return Tracer(module.Core(in_scope, maker, counts), module.describe, module.raised_at, "")
            bytecode = importlib.import_module("minicov_tracer.bytecode")
            describe = bytecode.describe_lines if maker is None else module.describe
            return Tracer(module.Core(in_scope, maker, counts), describe, bytecode.raised_at, "")
    bytecode = importlib.import_module("minicov_tracer.bytecode")
    twin = importlib.import_module(f"minicov_tracer.python_{native}")
    if has_monitoring:
        return Tracer(twin.Core(in_scope, maker, counts), bytecode.describe, bytecode.raised_at, warning)
    describe = bytecode.describe_lines if maker is None else bytecode.describe_jumps
    return Tracer(twin.Core(in_scope, maker, counts), describe, bytecode.raised_at, warning)


def is_free_threaded() -> bool:
    """Whether this build of Python has threads that run at once, which the stable ABI and the C cores are not made for.

    A build without the lock can be told to take it, but stays another ABI; sysconfig, which has the flag, takes long.
    """
    return "free-threading" in sys.version


def free_tool_id() -> int:
    """sys.monitoring's id for coverage tools if nobody has it, else another; a debugger's and a profiler's come last.

    Raises RuntimeError where all are taken.
    """
    monitoring = sys.monitoring
    for tool in (monitoring.COVERAGE_ID, 3, 4, monitoring.OPTIMIZER_ID, monitoring.PROFILER_ID, monitoring.DEBUGGER_ID):
        if monitoring.get_tool(tool) is None:
            return tool
    raise RuntimeError("every sys.monitoring tool id is in use")
