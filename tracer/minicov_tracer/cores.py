"""What a core gathers, and the one place that chooses between cores (interfaces.py says what a core is).

A core watches the interpreter and gathers, per code object, what happened since
it was last flushed. It knows nothing of files, contexts or storage.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Self

    from minicov_tracer.interfaces import Core, ForgettingCore, RecordingCore, SignatureCore
    from minicov_tracer.machine_maker import MachineMaker

Arcs = tuple[tuple[int, int], ...]
if TYPE_CHECKING:
    _Values = tuple[CodeType, bytes, tuple[int, ...], Arcs]
else:
    _Values = tuple


class Hits(_Values):
    """What one code object did since the last flush; a tuple, which a core in C makes at once."""

    __slots__ = ()

    def __new__(cls, code: CodeType, probes: bytes, raised: tuple[int, ...], arcs: Arcs) -> Self:
        return tuple.__new__(cls, (code, probes, raised, arcs))

    @property
    def code(self) -> CodeType:
        return self[0]

    @property
    def probes(self) -> bytes:
        """Bitmap over `bytecode.probe_table(code)`: probe n is bit n & 7 of byte n >> 3; no trailing zero bytes."""
        return self[1]

    @property
    def raised(self) -> tuple[int, ...]:
        """Byte offsets of instructions at which an exception was raised or passed through, ascending."""
        return self[2]

    @property
    def arcs(self) -> Arcs:
        """Line-to-line transitions seen as such, ascending; empty where jumps are probes.

        (a, b): line a was directly followed by line b; (-first, b): the code was
        entered; (a, -first): it was left from line a, by return or exception. `first` is co_firstlineno.
        A generator that yields is not left, one that resumes is not entered.
        """
        return self[3]


class Tracer:
    """A core, and how its code objects are described."""

    core: Core
    signatures: SignatureCore
    """What tells by number what the core gathered."""
    log: RecordingCore | None
    """The core, if it can keep a hit log."""
    forgetting: ForgettingCore | None = None
    """The core, if it hears of code objects that are gone."""
    describe: Callable[[CodeType], str]
    """A code object's probe table, as JSON (schema.py has the form)."""
    raised_at: Callable[[CodeType, int], tuple[int, int] | None]
    """The arc that an exception at a byte offset makes, None for none."""
    warning: str
    """What to tell the user where this is not the core that was to be expected, else ""."""

    def __init__(
        self,
        core: Core,
        signatures: SignatureCore | None,
        log: RecordingCore | None,
        describe: Callable[[CodeType], str],
        raised_at: Callable[[CodeType, int], tuple[int, int] | None] | None = None,
        warning: str = "",
    ) -> None:
        """A core that can't tell by number is helped to; without `raised_at` it is bytecode.py that knows."""
        self.core = core
        if signatures is None:
            from minicov_tracer.signatures import Signatures

            signatures = Signatures(core)
        self.signatures = signatures
        self.log = log
        self.describe = describe
        self.raised_at = raised_at or _raised_at
        self.warning = warning


def choose(
    name: str, in_scope: Callable[[CodeType], bool], maker: MachineMaker | None = None, *, counts: bool = False
) -> Tracer:
    """The core called `name` ("" is the best there is); `in_scope` is asked once per code object or per file name.

    Without a maker no decision is remembered while it is evaluated; with `counts` lines are counted. Raises LookupError
    when there is no core of that name on this Python.
    """
    native = "monitoring" if sys.version_info >= (3, 12) else "settrace"
    if name not in ("", native, "python"):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise LookupError(f"there is no core {name!r} on Python {version}; choose {native} or python")
    warning = ""
    if name != "python" and is_free_threaded():
        warning = "this Python is free-threaded, for which there is no C core; the slower Python core measures the same"
    elif name != "python":
        try:
            return _native(in_scope, maker, counts)
        except ImportError:
            warning = f"the C core (_{native}) is not built for this Python; the slower Python core measures the same"
    return _twin(in_scope, maker, counts, warning)


def _native(in_scope: Callable[[CodeType], bool], maker: MachineMaker | None, counts: bool) -> Tracer:
    """The core in C. Raises ImportError where it isn't built."""
    if sys.version_info >= (3, 12):
        from minicov_tracer import _monitoring

        watcher = _monitoring.Core(in_scope, maker, counts)
        tracer = Tracer(watcher, watcher, watcher, _monitoring.describe, _monitoring.raised_at)
        tracer.forgetting = watcher
        return tracer
    from minicov_tracer import _settrace

    tracing = _settrace.Core(in_scope, maker, counts)
    if maker is not None:
        return Tracer(tracing, tracing, tracing, _settrace.describe)
    from minicov_tracer.bytecode import describe_lines

    return Tracer(tracing, tracing, tracing, describe_lines)


def _twin(in_scope: Callable[[CodeType], bool], maker: MachineMaker | None, counts: bool, warning: str) -> Tracer:
    """The core in Python."""
    from minicov_tracer import bytecode

    if sys.version_info >= (3, 12):
        from minicov_tracer import python_monitoring

        return Tracer(python_monitoring.Core(in_scope, maker, counts), None, None, bytecode.describe, warning=warning)
    from minicov_tracer import python_settrace

    describe = bytecode.describe_lines if maker is None else bytecode.describe_jumps
    return Tracer(python_settrace.Core(in_scope, maker, counts), None, None, describe, warning=warning)


def _raised_at(code: CodeType, offset: int) -> tuple[int, int] | None:
    # Whoever asks has loaded it: a core that sees arcs as such never does.
    from minicov_tracer.bytecode import raised_at

    return raised_at(code, offset)


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
