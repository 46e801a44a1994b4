"""What every core tells by number: one number for one way in which a code object ran."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import ModuleType
from typing import NamedTuple

import pytest

from minicov_tracer.interfaces import SignatureCore
from minicov_tracer.signatures import Signatures

from .twins import compiled, is_program

TEXT = """\
def f(x):
    if x: return 1
    return [][0]
"""


def told(numbered: SignatureCore) -> tuple[list[list[int]], list[str]]:
    """The numbers of a flush, for each file, and what is new."""
    groups, new = numbered.flush_signatures()
    return [list(array("I", group)) for group in groups], [hits.code.co_name for hits in new]


class Watched(NamedTuple):
    """A function that is measured, and who tells of it by number."""

    function: Callable[[int], int]
    numbered: SignatureCore


@pytest.fixture
def watched(core: ModuleType) -> Iterator[Watched]:
    """The function of TEXT, whose definition was told already."""
    watcher = core.Core(is_program)
    numbered = watcher if hasattr(watcher, "flush_signatures") else Signatures(watcher)
    names: dict[str, Callable[[int], int]] = {}
    watcher.start()
    exec(compiled(TEXT), names)
    numbered.flush_signatures()
    yield Watched(names["f"], numbered)
    watcher.stop()


def test_equal_ways_have_one_number(watched: Watched) -> None:
    """What ran the same way as before is told by the number that it had then."""
    found = []
    for side in (1, 0, 1, 0):
        with suppress(IndexError):
            watched.function(side)
        found.append(told(watched.numbered))
    assert found == [([[1]], ["f"]), ([[2]], ["f"]), ([[1]], []), ([[2]], [])]


def test_a_number_stays_when_more_is_known_of_the_code(watched: Watched) -> None:
    """A core may look closer at code that is called often; the same way keeps its number."""
    found = []
    for times in (1, 300, 1):
        for _ in range(times):
            watched.function(1)
        found.append(told(watched.numbered)[0])
    with suppress(IndexError):
        watched.function(0)
    found.append(told(watched.numbered)[0])
    assert found == [[[1]], [[1]], [[1]], [[2]]]
