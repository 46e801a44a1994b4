"""Random small decisions, nastier than people write: constants, arms, chains and walruses in each other.

Both the programs and what they do come from a seed, and what they do depends on nothing but the order in which they
ask, so it is the same when they are rewritten.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine, Generator
from contextlib import nullcontext, suppress
from types import CodeType
from typing import Any

FUNCTIONS = 60
"""Functions in a program, of about 1.6 decisions each."""
_CALLS = 14
_OPERANDS = (
    "a", "b", "c", "d", "t(a)", "t(b)", "x is None", "y is not None", "1", "0", "None", "''", "a < b", "a in z",
    "(w := b)", "(not a)", "a == b", "a < b < c", "(not (a in z))", "(not (y is not None))", "z[a or b]",
    "g(a, b and c)", "(w := a or b)", "[a and b]", "[i for i in (1, 2) if a or b]", "f'{a}'", "a.truth",
    "(lambda: a or b)()", "not x is None", "(a < b < c if x is None else y is None)",
    "[a for x in (x, y) if x is None]", "(v := a < b < c)", "a is b is None", "{a: b or c}",
    "any(b for b in (a, b) if not b)", "[x and a for x in (x, y)]", "any(b or a for b in (c, d) if b is not x)",
)  # fmt: skip
_PLACES = (
    "if {e}:\n        return 1\n    return 2",
    "if {e}: pass",
    "while {e}:\n        if g(): break",
    "while True:\n        if {e}: break\n        if g(): return",
    "assert {e}",
    "return {e}",
    "return not {e}",
    "v = {e}\n    return v",
    "g({e})",
    'return f"{{{e}}}"',
    "return {e} and {e}",
    "return t(1) if {e} else t(0)",
    "return [i for i in (1, 2) if {e}]",
    "return any(i for i in (1, 2) if {e})",
    "for i in (1,):\n        if {e}: continue\n        g()",
    "try:\n        g()\n    finally:\n        if {e}: g()",
    "with m():\n        if {e}: return 1\n    return 2",
    "match a:\n        case _ if {e}:\n            g()\n        case 1 if {e}: pass",
    "if {e}:\n        if {e}:\n            return g()\n    elif {e}: return 1\n    else: return g()",
    "return [{e} for i in (x, y) if i is None]",
    "return {{i for i, x in ((a, x), (b, y)) if x is not None if {e} if i}}",
    "for i, x in ((a, x), (b, y)):\n        if x is None: continue\n        if {e}: break\n        assert x",
    "while x is None or {e}:\n        v = x; x = y\n        if v is None and g(): break\n        if g(): return {e}",
    "v = {e}; w = {e}\n    return v and w",
    "return (lambda x=y, *i: {e})()",
    "def generate():\n        v = (yield {e}) or (yield {e}) and {e}\n        return v\n    return list(generate())",
    "async def run(v):\n        if {e} and await v and {e}: return g()\n    return go(run(Awaited()))",
    "while g():\n        try:\n            if {e}: break\n        finally:\n            if {e}: g()",
    "return [i and {e} for i in (a, b)]",
    "return {{a or c: i or {e} for a, i in ((a, b), (c, d)) if a}}",
    "return list(i and {e} for j in (a, b) for i in (j, d))",
    "for i in (a, b): v = i and {e}\n    w = i or v",
    "with m(x) as i: return i and {e}",
    "v = lambda i: i and {e}; w = v(a) and {e}\n    return w",
    "i = x; v = c; w = v or {e} if i is not None else i; return v and w",
    "match x:\n        case None if {e}: g()\n        case v if v is None or {e}: g()\n        case _ if not {e}: g()",
    "if x is None: return {e}\n    elif not (x is None) is {e}: pass\n    else: return {e}",
    "return [[{e} for i in (j, x) if i is None or j] for j in (x, y) if j is not None if {e}]",
    "assert x is None or {e}, {e}",
    "try:\n        assert {e}\n    except AssertionError:\n        v = {e}\n        return {e}",
)


def program(seed: int) -> str:
    """The source of functions f0, f1 and so on."""
    chance = random.Random(seed)
    return "\n".join(_function(chance, number) for number in range(FUNCTIONS))


def perform(code: CodeType, seed: int, **names: object) -> None:
    """Execute a compiled program and call its functions."""
    chance = random.Random(seed)
    space: dict[str, Any] = {
        "t": lambda value: value,
        "m": nullcontext,
        "g": lambda *_: chance.random() < 0.6,
        "go": _go,
        "Awaited": lambda: _Awaited(chance),
        "__name__": "small",
        **names,
    }
    exec(code, space)
    for number in range(FUNCTIONS):
        for _ in range(_CALLS):
            values = [_Value(chance) for _ in "abcd"]
            with suppress(AssertionError, TypeError):  # None has no order
                space[f"f{number}"](*values, chance.choice([None, 1]), chance.choice([None, 1]), _Value(chance))


class _Value:
    """True or false, and less than or in others by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._truth = chance.random() < 0.5
        self._chance = chance

    def __bool__(self) -> bool:
        return self._truth

    @property
    def truth(self) -> bool:
        """Its own truth."""
        return self._truth

    def __getitem__(self, key: object) -> object:
        return key

    def _compare(self, other: object) -> bool:
        return self._chance.random() < 0.6

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__ = _compare  # type: ignore[assignment]  # all by chance
    __hash__ = None  # type: ignore[assignment]  # equal ones differ


class _Awaited:
    """Awaiting it suspends once, and gives true or false by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def __await__(self) -> Generator[None, None, bool]:
        yield
        return self._chance.random() < 0.6


def _go(coroutine: Coroutine[None, None, object]) -> object:
    """What a coroutine returns; by and by, for it is suspended."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def _function(chance: random.Random, number: int) -> str:
    expression = _expression(chance, chance.choice([1, 2, 2, 3]))
    return f"def f{number}(a, b, c, d, x, y, z):\n    {chance.choice(_PLACES).format(e=expression)}\n"


def _expression(chance: random.Random, depth: int) -> str:
    kind = chance.random()

    def part() -> str:
        return _expression(chance, depth - 1)

    if depth == 0 or kind < 0.25:
        return chance.choice(_OPERANDS)
    if kind < 0.65:
        return f"({(' and ' if kind < 0.45 else ' or ').join(part() for _ in range(chance.choice([2, 2, 3])))})"
    if kind < 0.75:
        return f"(not {part()})"
    if kind < 0.9:
        return f"({part()} if {part()} else {part()})"
    return f"(a < ({part()}) <= c)"
