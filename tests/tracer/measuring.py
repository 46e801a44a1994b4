"""Runs a piece of source under one core and tells what the core saw, in lines and arcs."""

from __future__ import annotations

import re
import textwrap
from types import CodeType, ModuleType
from typing import NamedTuple

from minicov_tracer.bytecode import Flow, numbers, probe_table
from minicov_tracer.cores import Hits
from minicov_tracer.interfaces import Core

FILENAME = "/measured/program.py"


class Seen(NamedTuple):
    """What ran, over all code objects of the program."""

    lines: frozenset[int]
    arcs: frozenset[tuple[int, int]]
    entered: frozenset[str]
    """Qualified names of code objects that were called."""


def in_program(code: CodeType) -> bool:
    return code.co_filename == FILENAME


def run(module: ModuleType, source: str, **names: object) -> Seen:
    """Execute dedented source under a fresh core; `names` are its globals."""
    watcher: Core = module.Core(in_program)
    program = compile(textwrap.dedent(source), FILENAME, "exec", dont_inherit=True)
    watcher.start()
    try:
        exec(program, {"__name__": "measured", **names})
    finally:
        watcher.stop()
    return seen(watcher.flush(), sees_jumps=watcher.sees_jumps)


def seen(hits: list[Hits], *, sees_jumps: bool) -> Seen:
    """What some hits mean, as a reader of the data file would see it."""
    lines: set[int] = set()
    arcs: set[tuple[int, int]] = set()
    entered = set()
    for found in hits:
        table = probe_table(found.code, sees_jumps=sees_jumps)
        hit = set(numbers(found.probes))
        lines |= {table.lines[n - 1] for n in hit if 0 < n <= len(table.lines)}
        arcs |= {(a, b) for a, b, p, q in table.arcs if p in hit and q in hit} | set(found.arcs)
        flow = Flow(found.code)
        arcs |= {arc for arc in map(flow.raised_at, found.raised) if arc is not None}
        if 0 in hit:
            entered.add(found.code.co_qualname)
    return Seen(frozenset(lines), frozenset(arcs), frozenset(entered))


def check_lines(module: ModuleType, source: str, **names: object) -> Seen:
    """Run source whose lines end in `# hit` or `# miss`, and compare each of those lines."""
    found = run(module, source, **names)
    told = {
        number: match[1]
        for number, line in enumerate(textwrap.dedent(source).splitlines(), 1)
        if (match := re.search(r"# (hit|miss)$", line))
    }
    assert told, "the source says nothing about its lines"
    assert {n: "hit" if n in found.lines else "miss" for n in told} == told
    return found
