"""Texts that the trees in C and in Python are compared by: of every kind of node, generated, and what people wrote."""

from __future__ import annotations

import ast
import os
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
from hypothesis.strategies import DrawFn

from minicov_tracer import sources

STDLIB = Path(sysconfig.get_path("stdlib"))
TEXTS = [
    "",
    "'''Doc.'''\n",
    "x = 1if a else 2\n",
    "x = a < b < c\ny = a < b\nz = (a <\n b < c)\n",
    "@(p or q)\ndef f(a: b or c, *, d=e or f, g, **h: 1 < i < 2) -> (a and b): pass\n",
    "@(p or q)\nclass C((a or b), c=d if e else f):\n    x: (a or b) = (c or d)\n    y: (a or b)\n",
    "x = [a or b\n     for a in b or c\n     if a\n     if b]\n",
    "async def f(): x = {a or b: c or d for a in b async for c in d}\n",
    "assert a\nassert a, b or c\nassert 1, b or c\nassert not 0, b\n",
    "while a: b\nelse: c\nwhile 1: b\nelse: c\nwhile 0: b\n",
    "if a: b\nelif c: d\nelse: e\nif a: b\nelse:\n    if c: d\n",
    "if 0: a or b\nelse: c\nif 1: a\nelse: b or c\nif __debug__: a\nif __debug__ or a: b\nif not (1 and 0): a\n",
    "x = a or 1 or b\nx = a and 1 and b\nx = a and 0 and b\nx = 1 or a\nx = (1 and 0) or b\nx = 1 if 0 else 2\n",
    "x = f'''{\na or b\n} {c and d!r:{e or f}}'''\n",
    "match a:\n    case b if c: d\n    case [1, *_] | {'k': 2} | C(x=3): e\n    case [_] as f: g\n",
    "match a:\n    case (1 | _) as b: c\nmatch a:\n    case 1 | _: c\nmatch a:\n    case _ if b: c\n",
    "with a as b, c or d:\n    while b:\n        assert c\n",
    "try:\n    assert a\nexcept b or c as d:\n    assert c\nexcept:\n    e\nelse:\n    f or g\nfinally:\n    h or i\n",
    "try: a\nexcept* b: c or d\n",
    "async def f():\n    async for a in b: c\n    else: d\n    async with e as f: await (g or h)\n",
    "def f():\n    return\n    i or j\n",
    "x = lambda a=b or c, *d: lambda: e if f else g\n",
    "if 1 or a: b\nif a or 1 or b: c\nif a and () and b: c\nif not (0 or ''): c\nx = a and (0 and b) or c\n",
    "if a if 1 else b or c: d\nif a and b if 0 else c: d\nif 1 if a else 2: b\nif (1 if a else 0) or b: c\n",
    "if f'' or a: b\nif f'x' and a: b\nif f'{x}' or a: b\nif -1 or a: b\nif (1, 2) or a: b\nif (1, x) or a: b\n",
    "if __debug__ and a: b\nif 1 + 1 and a: b\nif a + 1 and a: b\nif not -x: a\nif not not a: b\nif 1 << 999: a\n",
    "x = not (a < b < c) or d\nx = (a < b < c) and (not (d or e)) or (lambda: f and g)\nx = a < (b or c) < d\n",
    "class C(a or b):\n    def f(self, x: (a or b) = (c or d)) -> (e or f):\n        y: (a or b if c else d)\n",
    "def f():\n    'doc'\ndef g():\n    global a\nclass C: 'doc'\n",
    "x[a or b:c if d else e] = -(f or g) + ~h\ndel x[a or b]\nprint(*(a or b), **(c or d), e=(f := g or h))\n",
    "with a: b()\nc()\n",
    "def f():\n    with a, \\\n         b:\n        if c:\n            return\n        d\n",
    "for a in b:\n    with c:\n        if d: continue\n        with e:\n            if f: break\n    g\n",
    "with a:\n    with b:\n        with c: pass\n    with d:\n        raise e\n",
    "with a: pass\nwith a:\n    global b\nwith c: d\n",
    "async def f():\n    async with a:\n        with b:\n            c\n    async with d:\n        e\n    g\n",
    "while a:\n    if b: break\n    elif c: continue\n    elif d: raise e\nelse:\n    f\ng\n",
    "while True:\n    if a: break\nwhile 1: pass\n",
    "for a in (b,\n          c):\n    try:\n        if d: break\n        if e: continue\n    finally:\n        f\n",
    "def f():\n    try:\n        raise a\n    except b:\n        raise\n    except c: return d\n    else: e\n    g\n",
    "def f():\n    try:\n        return a\n    finally:\n        if b: c\n    d\n",
    "def f():\n    try: raise a\n    finally: b\nclass C:\n    raise d\n",
    "@a\n@b(\n    c)\nasync def f():\n    def g(): pass\n    @h\n    class D: x = 1\n",
    "@a(\n    1) if b else c\ndef f(\n    d,\n): return d\nif f: g\n",
    "if a: b\nelif 0: c\nelif d: e\nelif f:\n    if g: h\n    else: i\n",
    "def f():\n    if 0: return 1\n    elif __debug__: return 2\n    else: return 3\n",
    "match a:\n    case 1: b\n    case 2: pass\nmatch c:\n    case 1:\n        if d: e\n    case _: f\ng\n",
    (
        "def f():\n    while a:\n        match b:\n            case 1: break\n            case 2: continue\n"
        "            case c: return\n"
    ),
    "if a: b; c\nif d: e; \\\n  f\nfor g in h: i; j\n",
    "def f(): return (\n    1 if a\n    else 2)\n",
    *(["type X[T: (a or b)] = c if d else e\ndef f[T: (a or b)](): pass\n"] if hasattr(ast, "TypeAlias") else []),
]
NAMES = ("a", "b", "1", "0", "None", "__debug__", "'s'", "f()", "x.y")
EXPRESSIONS = (
    "({} and {})", "({} or {} or {})", "(not {})", "({} if {} else {})", "({} < {} < {})", "({} is {})",
    "[{} for a in {} if {}]", "{{{}: {} for a in {}}}", "{{{} for a in {}}}", "(lambda a={}: {})", "f({}, *{}, k={})",
    "({}, {})", "f'{{{}}}'", "{{{}: {}}}", "({} + {})",
)  # fmt: skip
STATEMENTS = (
    "x = {}", "assert {}, {}", "x: {} = {}", "del x[{}]", "pass", "import a", "raise E({})", "'text'", "global g",
)  # fmt: skip
SUITES = (
    "if {}:", "while {}:", "for a in {}:", "with {} as a:", "def f(a={}, *b: {}) -> {}:", "class C({}):",
    "async def f(*, a={}):", "@d({})\ndef f():", "@d({})\nclass C:",
    "while {}:\n    if b: break\n    if c: continue", "for a in b:\n    with c:\n        if {}: break",
    "try:\n    raise a\nexcept {}:", "try:\n    if {}: a\nfinally:", "try: a\nexcept b: raise\nelse:",
    "with {}, c:", "with a: b\nwith c:", "match {}:\n    case 1: b\n    case a if {}: c\nif b:",
    "def f():\n    if {}: return", "def f():\n    try:\n        with a: return\n    finally: b",
)  # fmt: skip
FOLLOWED = {"if": ("else", "elif {}"), "while": ("else",), "for": ("else",)}


def is_python(text: str) -> bool:
    """Whether it can be compiled: a global declared after its use can't, for one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<text>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def standard_library() -> Iterator[tuple[Path, str]]:
    """Files that this Python takes, with their texts; all of them with MINICOV_ALL_STDLIB=1, else some."""
    files = sorted(file for file in STDLIB.rglob("*.py") if "site-packages" not in file.parts)
    for file in files[:: 1 if os.environ.get("MINICOV_ALL_STDLIB") else 40]:
        text = sources.read(str(file)) or ""
        if is_python(text):  # it tests itself with some that are not
            yield file, text


@st.composite
def expression(draw: DrawFn, depth: int) -> str:
    """An expression of all kinds."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(NAMES))
    return filled(draw, draw(st.sampled_from(EXPRESSIONS)), depth - 1)


def filled(draw: DrawFn, pattern: str, depth: int) -> str:
    """A pattern with an expression in each place."""
    count = pattern.replace("{{", "").replace("}}", "").count("{}")
    # Inside of an f-string quotes and colons mean something else before 3.12.
    inner = 0 if pattern.startswith("f'") else depth
    parts = [draw(expression(inner)) for _ in range(count)]
    return pattern.format(*("a" if pattern.startswith("f'") and "'" in part else part for part in parts))


@st.composite
def block(draw: DrawFn, depth: int) -> list[str]:
    """Statements that follow each other."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth == 0 or draw(st.booleans()):
            lines.append(filled(draw, draw(st.sampled_from(STATEMENTS)), 2))
            continue
        head = filled(draw, draw(st.sampled_from(SUITES)), 2)
        lines += [*head.split("\n"), *("    " + line for line in draw(block(depth - 1)))]
        word = head.partition(" ")[0]
        if word in FOLLOWED and draw(st.booleans()):
            lines.append(filled(draw, draw(st.sampled_from(FOLLOWED[word])), 2) + ":")
            lines += ["    " + line for line in draw(block(depth - 1))]
    return lines


@st.composite
def programs(draw: DrawFn) -> str:
    """A whole text."""
    return "\n".join(["def outer():", "    pass", *("    " + line for line in draw(block(3))), ""])
