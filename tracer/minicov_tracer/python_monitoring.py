"""The core on sys.monitoring in Python (3.12+): the specification of `_monitoring`, and what runs without a C compiler.

An event that can teach nothing more is switched off at its place (DISABLE);
`flush` switches all of them on again, so each context sees its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from minicov_tracer.bytecode import awaiting_sites, bitmap, jump_sites, line_probes, quiet_sites
from minicov_tracer.cores import Hits, free_tool_id
from minicov_tracer.evaluations import Evaluations
from minicov_tracer.jumps import meetings
from minicov_tracer.machine_maker import MachineMaker

TOOL_NAME = "minicov"


class _Gathered:
    """One code object's probe numbers, and what was hit since the last flush."""

    __slots__ = ("awaiting", "code", "counts", "evaluations", "first_jump", "hit", "jumps", "lines", "quiet", "raised")

    def __init__(self, code: CodeType, maker: MachineMaker | None) -> None:
        lines = line_probes(code)
        self.code = code
        self.lines = {line: number for number, line in enumerate(lines, 1)}
        self.first_jump = 1 + len(lines)
        self.jumps = {
            offset: (self.first_jump + 2 * index, after) for index, (offset, after) in enumerate(jump_sites(code))
        }
        made = None if maker is None else maker.machines(code, meetings(code))
        self.evaluations = None if made is None else Evaluations(made, self.first_jump + 2 * len(self.jumps))
        self.quiet = quiet_sites(code)
        self.awaiting = awaiting_sites(code)
        self.counts = dict.fromkeys(self.lines, 0)
        self.hit: set[int] = set()
        self.raised: set[int] = set()


class Core:
    """Watches with Python callbacks."""

    name = "python"
    sees_jumps = True

    def __init__(
        self, in_scope: Callable[[CodeType], bool], maker: MachineMaker | None = None, counts: bool = False
    ) -> None:
        self._in_scope = in_scope
        self._maker = maker
        self._is_counting = counts
        self._measured: dict[str, bool] = {}
        self._codes: dict[int, _Gathered] = {}
        self._touched: dict[int, _Gathered] = {}
        self._tool = -1

    def start(self) -> None:
        monitoring = sys.monitoring
        self._tool = free_tool_id()
        monitoring.use_tool_id(self._tool, TOOL_NAME)
        events = monitoring.events
        callbacks: dict[int, Callable[..., Any]] = {
            events.PY_START: self._on_start,
            events.LINE: self._on_line,
            events.RAISE: self._on_raise,
            events.RERAISE: self._on_raise,
            events.PY_THROW: self._on_raise,
        }
        if sys.version_info >= (3, 14):
            callbacks[events.BRANCH_LEFT] = self._on_branch_left
            callbacks[events.BRANCH_RIGHT] = self._on_branch_right
            self._local = events.LINE | events.BRANCH_LEFT | events.BRANCH_RIGHT
        else:
            callbacks[events.BRANCH] = self._on_branch
            self._local = events.LINE | events.BRANCH
        for event, callback in callbacks.items():
            monitoring.register_callback(self._tool, event, callback)
        monitoring.set_events(self._tool, events.PY_START | events.RAISE | events.RERAISE | events.PY_THROW)
        monitoring.restart_events()  # what whoever had this id before switched off would stay so

    def stop(self) -> None:
        if self._tool < 0:
            return
        monitoring = sys.monitoring
        monitoring.set_events(self._tool, 0)
        for found in self._codes.values():
            monitoring.set_local_events(self._tool, found.code, 0)
        monitoring.free_tool_id(self._tool)
        self._tool = -1

    def flush(self) -> list[Hits]:
        touched, self._touched = self._touched, {}
        told = []
        for found in touched.values():
            told.append(Hits(found.code, bitmap(found.hit), tuple(sorted(found.raised)), ()))
            found.hit.clear()
            found.raised.clear()
            if found.evaluations is not None:
                found.evaluations.forget_hits()
        if self._tool >= 0:
            sys.monitoring.restart_events()
        return told

    def take_counts(self) -> list[tuple[CodeType, tuple[int, ...]]]:
        told = []
        for found in self._codes.values() if self._is_counting else ():
            told.append((found.code, tuple(found.counts.values())))
            found.counts = dict.fromkeys(found.lines, 0)
        return told

    def _on_start(self, code: CodeType, offset: int) -> Any:
        found = self._codes.get(id(code))
        if found is None:
            measured = self._measured.get(code.co_filename)
            if measured is None:
                measured = self._measured[code.co_filename] = self._in_scope(code)
            if not measured:
                return sys.monitoring.DISABLE
            # Another thread may come first while this one makes it.
            found = self._codes.setdefault(id(code), _Gathered(code, self._maker))
            sys.monitoring.set_local_events(self._tool, code, self._local)
        self._touch(found, 0)
        return sys.monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        found = self._codes.get(id(code))
        if found is not None and line in found.lines:  # an empty module's line is 0
            self._touch(found, found.lines[line])
            found.counts[line] += 1
        return None if self._is_counting else sys.monitoring.DISABLE

    def _on_branch(self, code: CodeType, offset: int, destination: int) -> Any:
        found = self._codes.get(id(code))
        if found is None or offset not in found.jumps:
            return sys.monitoring.DISABLE
        probe, after = found.jumps[offset]
        is_needed = self._evaluate(found, probe, destination != after, depth=2)
        self._touch(found, probe + (destination != after))
        # Both directions go silent together on 3.12 and 3.13, so only when both are known.
        return sys.monitoring.DISABLE if {probe, probe + 1} <= found.hit and not any(is_needed) else None

    def _on_branch_left(self, code: CodeType, offset: int, destination: int) -> Any:
        return self._on_side(code, offset, 0)

    def _on_branch_right(self, code: CodeType, offset: int, destination: int) -> Any:
        return self._on_side(code, offset, 1)

    def _on_side(self, code: CodeType, offset: int, taken: int) -> Any:
        found = self._codes.get(id(code))
        if found is None or offset not in found.jumps:
            return sys.monitoring.DISABLE
        probe, _ = found.jumps[offset]
        is_needed = self._evaluate(found, probe, bool(taken), depth=3)
        self._touch(found, probe + taken)
        return None if is_needed[taken] else sys.monitoring.DISABLE

    def _evaluate(self, found: _Gathered, probe: int, taken: bool, *, depth: int) -> tuple[bool, bool]:
        """Follow the decisions that need memory through a jump of the program's frame, which is `depth` frames up.

        Returns whether they still need it watched: for not being taken, for being taken.
        """
        if found.evaluations is None:
            return False, False
        frame = sys._getframe(depth)  # noqa: SLF001  # there is no other way to a frame
        return found.evaluations.on_jump(id(frame), (probe - found.first_jump) // 2, taken, found.hit)

    def _on_raise(self, code: CodeType, offset: int, exception: BaseException) -> None:
        found = self._codes.get(id(code))
        if found is None or (isinstance(exception, StopIteration) and offset in found.quiet):
            return
        if offset in found.awaiting and not isinstance(exception, StopAsyncIteration):
            return  # the end of the `async for` raises it again
        found.raised.add(offset)
        self._touched[id(code)] = found

    def _touch(self, found: _Gathered, probe: int) -> None:
        found.hit.add(probe)
        self._touched[id(found.code)] = found
