"""Asking pytest itself which tests there are. It imports them, so only an explicit wish leads here."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from minicov_lsp.errors import RunError
from minicov_lsp.runs.discovery import FoundTest
from minicov_lsp.runs.events import Collected, EventFile
from minicov_lsp.runs.process_group import ProcessGroup
from minicov_lsp.runs.runners import Plan, lacks_pytest, pytest_command
from minicov_lsp.runs.selection import without_parameters
from minicov_tracer import events, settings
from minicov_tracer.launch import environment

NO_LINE = 0
"""The line of what pytest names and the text doesn't show: made by a plugin, or inherited."""


async def collect(plan: Plan) -> tuple[str, ...]:
    """Every test's node id, in pytest's order. Cancelling ends pytest. Raises RunError where it can't tell."""
    output: list[str] = []
    asked = replace(plan, arguments=(*plan.arguments, "--collect-only", "-q"))
    with tempfile.TemporaryDirectory(prefix="minicov-", ignore_cleanup_errors=True) as scratch:
        told = Path(scratch, "events")
        surroundings = environment(plan.settings, plan.environment) | {events.VARIABLE: str(told)}
        del surroundings[settings.VARIABLE]  # nothing is measured
        command = pytest_command(asked, plan.tests, Path(scratch))
        group = await ProcessGroup.start(command, plan.folder, surroundings, output.append)
        try:
            status = await group.wait()
        except asyncio.CancelledError:
            await group.end()
            raise
        found = [event for event in EventFile(told).read() if isinstance(event, Collected)]
    said = "".join(output)
    if not found:
        reason = "it has no pytest" if lacks_pytest(said) else f"pytest ended with status {status}: {_last_line(said)}"
        raise RunError(f"{plan.python} can't list the tests of {plan.folder}: {reason}")
    return tuple(dict.fromkeys(test for event in found for test in event.tests))


def _last_line(text: str) -> str:
    return next(iter(text.strip().splitlines()[-1:]), "it wrote nothing")[:300]


_Tree: TypeAlias = dict[str, "_Tree"]
"""{part of a node id: what is below it}."""


def as_trees(ids: Iterable[str], known: Iterable[FoundTest]) -> tuple[FoundTest, ...]:
    """Node ids as trees of files, classes, functions and parameters; `known` says where they stand in their files."""
    tree: _Tree = {}
    for test in ids:
        below = tree
        for part in _parts(test):
            below = below.setdefault(part, {})
    places = {item.id: item for file in known for item in _all(file)}
    return tuple(_item(path, path, below, places) for path, below in tree.items())


def _parts(test: str) -> tuple[str, ...]:
    """`tests/t.py`, `::TestA`, `::test_b`, `[1]` of `tests/t.py::TestA::test_b[1]`."""
    bare = without_parameters(test)
    path, *names = bare.split("::")
    return (path, *(f"::{name}" for name in names), *filter(None, [test.removeprefix(bare)]))


def _all(item: FoundTest) -> Iterator[FoundTest]:
    yield item
    for child in item.children:
        yield from _all(child)


def _item(own: str, part: str, below: _Tree, places: Mapping[str, FoundTest]) -> FoundTest:
    children = tuple(_item(own + each, each, deeper, places) for each, deeper in below.items())
    if own in places:
        return replace(places[own], children=children)
    is_class = any(each.startswith("::") for each in below)
    kind: Literal["file", "class", "function"] = "file" if part == own else "class" if is_class else "function"
    return FoundTest(own, part.removeprefix("::"), kind, NO_LINE, NO_LINE, 0, NO_LINE, children)
