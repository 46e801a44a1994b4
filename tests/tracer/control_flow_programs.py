"""Programs of every kind of control flow, for hypothesis.

A program's decisions come from a tape of small numbers, so that it does the same
on each run; when the tape has ended it says no, and so every program ends.
"""

from __future__ import annotations

from hypothesis import strategies as st

Lines = list[str]

_HEAD = '''\
import types
class E(Exception): pass
class F(E): pass
position = depth = 0
fuel = 60
def number():
    global position
    position += 1
    return tape[position - 1] if position <= len(tape) else 0
def t(): return number() % 2 == 1
def is_enough():
    global fuel
    fuel -= 1
    return fuel < 0 or depth == 4
class Manager:
    def __init__(self, swallows): self.swallows = swallows
    def __enter__(self): return self
    def __exit__(self, *what): return self.swallows
    async def __aenter__(self):
        await pause()
        return self
    async def __aexit__(self, *what): return self.swallows
class Mapping:
    def __getitem__(self, key):
        if key: raise E
        return key
@types.coroutine
def pause():
    return (yield number())
def drive(it):
    """Sends, throws into and closes a generator or a coroutine, as the tape has it."""
    send = None
    for _ in range(8):
        what = number()
        if what == 5:
            it.throw(E())
        elif what == 6:
            it.close()
            return
        elif what == 7:
            it.throw(F())
        else:
            send = it.send(send)
            send = None
def run(function):
    global depth
    if is_enough(): return 0
    depth += 1
    try:
        value = function(0)
        if hasattr(value, "send"):
            drive(value)
        elif hasattr(value, "asend"):
            drive(consume(value))
    except StopIteration as stop:
        return 2
    finally:
        depth -= 1
    return 1
def within(function):
    global depth
    if is_enough(): return 0
    depth += 1
    try:
        return (yield from function(0))
    finally:
        depth -= 1
async def inside(function):
    global depth
    if is_enough(): return 0
    depth += 1
    try:
        return await function(0)
    finally:
        depth -= 1
async def each(function):
    global depth
    if is_enough(): return
    depth += 1
    try:
        async for x in function(0): yield x
    finally:
        depth -= 1
async def consume(agen):
    async for x in agen:
        if t(): break
    if t(): await agen.aclose()
def safely(function):
    try:
        return run(function)
    except Exception:
        return 3
'''
_SIMPLE = [
    "x = 1", "x = x + 1; y = x", "if t(): raise E", "if t(): x = 2", "run(f0)", "run(f1)", "safely(f2)", "flush()",
    "x = [i for i in range(number()) if t()]", "x = sum(number() for i in range(2))", "x = (lambda: t())()",
    "assert not t(), (\n    x)", "x = 1 if t() else 2", "x = t() and t() or t()", "Mapping()[t()]", "1 // number()",
]  # fmt: skip
_OF_KIND = {
    "def": ["if t(): return x", "return", "x = sorted([3, 1], key=lambda a: -a if t() else a)", "deep(6)"],
    "gen": ["if t(): return x", "x = yield x", "yield", "x = yield from within(f3)", "x = yield from range(2)"],
    "async": ["if t(): return x", "await pause()", "x = await inside(f4)", "async with Manager(t()): await pause()"],
    "agen": ["if t(): return", "yield x", "await pause()", "yield await inside(f4)", "async for x in each(f5): pass"],
}
_LOOPS = ["while t():", "for i in range(number()):", "async for i in each(f5):"]
_HEADS = [
    ["if t():"], ["if t():", "else:"], ["if t():", "elif t():", "else:"], ["while t():"], ["for i in range(number()):"],
    ["try:", "except E as e:"], ["try:", "except F:", "except E:", "else:"], ["try:", "finally:"],
    ["try:", "except E:", "else:", "finally:"], ["with Manager(t()) as m, Manager(False):"],
    ["match number():", "case 0 | 1:", "case n if t():"],
]  # fmt: skip
_ASYNC_HEADS = [["async with Manager(t()):"], ["async for i in each(f5):"]]
_EXITS: list[Lines] = [[], ["if t(): break"], ["if t(): continue"], ["if t(): break", "if t(): continue"]]


def _indented(lines: Lines) -> Lines:
    return [f"    {line}" for part in lines for line in part.split("\n")]


@st.composite
def _block(draw: st.DrawFn, kind: str, depth: int) -> Lines:
    """A few statements, some of them around others."""
    lines: Lines = []
    for _ in range(draw(st.integers(1, 3))):
        if depth > 0 and draw(st.integers(0, 2)) == 0:
            lines += draw(_compound(kind, depth - 1))
        else:
            lines.append(draw(st.sampled_from(_SIMPLE + 2 * _OF_KIND[kind])))
    return lines


@st.composite
def _compound(draw: st.DrawFn, kind: str, depth: int) -> Lines:
    """A statement around statements."""

    def under(*heads: str) -> Lines:
        return [line for head in heads for line in (head, *_indented(draw(_block(kind, depth))))]

    def loop(head: str) -> Lines:
        exits = st.sampled_from(_EXITS)
        lines = [head, *_indented([*draw(exits), *draw(_block(kind, depth)), *draw(exits)])]
        return lines + (under("else:") if draw(st.booleans()) else [])

    heads = draw(st.sampled_from(_HEADS + (_ASYNC_HEADS if kind in ("async", "agen") else [])))
    if heads[0] in _LOOPS:
        return loop(heads[0])
    if heads[0].startswith("match"):
        return [heads[0], *_indented(under(*heads[1:]))]
    return [*under(*heads), *(["    raise"] if draw(st.booleans()) and heads[-1].startswith("except") else [])]


_DEEP = ["def deep(n):", "    if n == 0: return t()", "    return deep(n - 1)"]
_THREAD = [
    "import threading",
    "def in_thread(function):",
    "    thread = threading.Thread(target=function)",
    "    thread.start(); thread.join()",
    "def group():",
    "    try:",
    "        if t(): raise ExceptionGroup('', [E(), F()])",
    "    except* F:",
    "        x = 1",
    "    except* E:",
    "        if t(): raise",
]
_CALLS = [*(f"safely(f{number})" for number in range(6)), "flush()", "in_thread(lambda: safely(f2))", "safely(group)"]
_KINDS = ["def", "gen", "def", "gen", "async", "agen"]


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, list[int]]:
    """(source, tape): the source finds the names `tape` and `flush` in its globals."""
    lines = [*_DEEP, *_THREAD]
    for number, kind in enumerate(_KINDS):
        lines.append(f"{'async ' if kind in ('async', 'agen') else ''}def f{number}(x, n=0):")
        lines += _indented(draw(_block(kind, 3)))
        if kind in ("gen", "agen"):
            lines.append("    if n: yield")
    calls = draw(st.lists(st.sampled_from(_CALLS), min_size=4, max_size=12))
    # Again and again the same, or half of it: so there is nothing new in it, until a flush.
    lines += ["for again in range(4):", *_indented(["fuel, position = 60, again // 3 * 7", *calls])]
    return _HEAD + "\n".join([*lines, ""]), draw(st.lists(st.integers(0, 7), max_size=120))
