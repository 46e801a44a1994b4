"""Texts that have each construct of Python's syntax, for what reads them."""

from __future__ import annotations

LINES = r"""
a
+a - -b ** -c ** d @ ~e // f % g
a << b >> c & d ^ e | f
not a or not not b and c == d
a < b <= c > d >= e == f != g
a is b is not c in d not in e
(a) + (b.c)(d)[e] . f
((a, b)) if (c) else (d if e else f)
lambda: 0
lambda a, b=1, /, c=lambda: 2, *d, e, f=3, **g: (yield)
lambda *, a: a
(a := 1, b)
f(a := 1, *b, c=2, *d, **e)
f(a for a in b)
f((a for a in b), c)
f()(a)(b,)
a[b, c:d, ::e, f:, :g, h:i:j]
a[:], a[::], a[b:=1], a[*b], a[b,], a[()]
a.b.c.match.case.type._
()
(a,)
(a, *b)
*a, b = c = d, *e
[], [a], [*a, b,], {a}, {*a, b}, {}, {a: b, **c, d: lambda: e,}
[a for b, *c in d if e if f async for g in h]
{a for (b) in c}, {a: b for c in d for e in f}, (a async for b in c)
[a for b in c or d if e or f]
x = yield
x = yield from y
x += yield a, b
a: b
a: b = c, d
(a): b = yield
a.b: c
a[b]: c = d
a **= b; c //= d; e >>= f; g <<= h; i @= j; k |= l;
del a, (b, c), d[e], [f]
del (a), b,
assert a, b
return_ = 1; raise_ = 2
raise
raise a
raise a from b
import a, b.c as d
from . import (a as b, c,)
from ...a import *
global a, b; pass
0, 0.0, 0e5, 0j, 0x0, 0b0_0, 0o0, 00, 1, 0.1, 1e5, 1_0, 0x_f, 1J, .5, 5., 1e-400, 1e-5, 0xe, 0b1, 1.5e+10j, 0_0.0_0
1if 0else 2
0x1for x in y
None, True, False, ..., ...  .real, 1 .real, 1..real
'', "", '''''', u'', r'', b'', rb'', Br'', f'', rf'', '\\', ' ', r'\\'
'a' "b" '''c'''
b'a' rb'\x00' b''
'' '' ''
'' 'a'
'a' f'b' 'c'
'' f'' ''
'a' f'{b}' 'c' f'{d}'
f'{a}{b!r}{c:d}{e!s:>{f}}{g=}{h = !a:{i}{j}}{{}}'
f'{a:{b}}', f'{a:}', f'{a,}', f'{a, b}', f'{ {1: 2}[1] }', f'{a[b:c]}', f'{a != b}', f'{a == b}', f'{a:=5}'
f'{(lambda x: 1)}', f'{(a := 5)}', f'{a if b else c}', f'{a or b}', f'{a < b < c}', f'{[a for a in b]}'
print >>f, x
match = case = type = lazy = _ = 1
match(a)
match(a).b
match[a]: int = 1
match * a, match - a, match, match.a
match in a, match is a
match: int
match (a), b
type(a)
type = type + 1
type: int
type in a
lazy(a)
lazy
if a: pass
if a: pass; pass;
with a: pass
with a, b as c: pass
with a as (b, c), d as [e], f as g.h, i as j[k]: pass
with (a): pass
with (a, b): pass
with (a, b,): pass
with (a as b, c as d,): pass
with (a, b) as c: pass
with (a), b: pass
with (a).b as c, (d): pass
with (yield): pass
with (a := b): pass
with (a for a in b): pass
with (a, *b): pass
with (a if b else c): pass
with (a)(b) as c: pass
with (a) if b else c: pass
with (): pass
with ((a, b) as c): pass
def f(a, /, b: c = d, *e: *f, g, h: i = j, **k: l) -> m: pass
def f(*, a): pass
def f(a, /, *, b): pass
def f(*a): return
def f(): return a, *b
class a: pass
class a(): "b"
class a(*b): pass
for a in b: pass
for a, in b,: pass
for a, *b in *c, d: pass
for (a) in b: pass
for a[b], (c, d).e in f: pass
é = ᵃ = 'é' + é
""".strip().split("\n")
"""Each of them is a text."""

BLOCKS = [
    "if a:\n  b\nelif c:\n  d\nelif e: f\nelse:\n  g\n",
    "if a:\n  b\nelse:\n  if c: d\n  else: e;\n",
    "if a:\n\tb\n\tc\n  \n\tif d:\n\t    e\n",
    "if a:\n  b\n  # c\n# d\n\n\x0c  e\n    # f\ng",
    "if a:\n  if b:\n    if c:\n      d\n  e",
    "if a:\\\n  b\nc\n",
    "if a:\n  \\\n  b\n  c\n",
    "while a: b\nelse: c\n",
    "while a:\n  break\n  continue\n",
    "for a in b:\n  c\nelse:\n  d\n",
    "async def f():\n  async for a in b: c\n  else: d\n",
    "async def f():\n  async with a as b, c: d\n  async with (e as f): g\n  return [h async for h in i]\n",
    "try: a\nfinally: b\n",
    "try: a\nexcept: b\n",
    "try:\n  a\nexcept b:\n  c\nexcept (d, e) as f:\n  g\nelse:\n  h\nfinally:\n  i\n",
    "try: a\nexcept* b: c\nexcept *d as e: f\n",
    "class a:\n  '''b'''\n  c: d\n\n  def e(self): ...\n",
    "@a  # b\n\n# c\n@d\nclass e:\n  @f\n  async def g(): pass\n",
    "def f():\n  global a\n  def g():\n    nonlocal b\n",
    "match a:\n  case b: c\n",
    "match a, b:\n  case _: c\n",
    "match *a, b:\n  case c: d\n",
    "match (a):\n  case b: c\n",
    "match -a:\n  case -1 | 1 - 2j | 'b' 'c' | b'd': e\n",
    "match [a]:\n  case [] | () | [_, *_] | [*_, 1]: d\n",
    "match {}:\n  case {}: a\n  case {'a': b, -1: c, d.e: f, None: _, **g}: h\n  case {**i}: j\n",
    "match a:\n  case b.c | d.e.f(): g\n  case h(i, j=k, l=m(),) as n: o\n  case (p): q\n  case (r as s): t\n",
    "match a:\n  case b, c: d\n  case e,: f\n  case *g, h if i: j\n  case k, if l: m\n",
    "match a:\n  case None | True | False: b\n  case 1 + 2j | -1 - 2j: c\n  case f.g if (h := i): j\n",
    "match a:\n  case x:\n    y\n    z\n",
    "match a:\n  case b if c:\n    match = match.case\n    match d:\n      case case: case\n",
    "match(a, b):\n  case c: d\n",
    "match a if b else c:\n  case d: e\n",
    "match (lambda: a):\n  case d: e\n",
    "match yield_:\n  case d: e\n",
    "a = '''b\n  c''' + d\ne\n",
    "a = f'''b\n  {c}\n  {d:>2}''' + e\n",
    "(a,\n#b\n\n  c)\nd\\\n  + e\n",
    "a\r\nif b:\r\n  c\r\n'''d\r\n'''\r\ne",
    "a\rb\r",
    "\n\n# a\n",
    "",
    "# a",
    "   ",
    "a\n   ",
    "a\n   # b",
    "pass\n\x0c\nx\n",
    "x = (  \x0c  a)\n",
    "def f(a,\n      b=1,\n      ): pass\n",
    "'''a'''\n'b'\nc\n",
    "f'\\N{DIGIT ONE}{a}\\\\{b}', rf'\\\\{a}\\N{b}', f'{a}\\\n'\n",
    "f\"{f'{a}'}\", f\"{f'{a or b}'}\"\n",
    "(a\n , b) # c\n",
    "if a: \\\n  pass\n",
    "@a\n@b.c(d)\n@(e := f)\n@lambda: g\n\x0c\ndef h(): pass\n",
    "@a\nclass b(c, d=e, *f, **g): pass\n",
    "@a\nasync def b(): await c ** await d.e(f)[g]\n",
    "def f():\n    return (\n        a)\n",
]

SINCE: dict[tuple[int, int], list[str]] = {
    (3, 12): [
        "type a = b\n",
        "type a[b, *c, **d, e: f, g: (h, i)] = j\n",
        "type type = type\n",
        "def f[a, *b, **c](d: a) -> b: pass\n",
        "class a[b](c): pass\n",
        "class a[b]: pass\n",
        "f'{'a'}'\n",
        "f'{f'{f'{a}'}'}'\n",
        "f'{a\n  # b\n}'\n",
        "f'{a:{b:{c}}}'\n",
        "f'''{a:\n{b}}'''\n",
        "f'{'\\n'.join(a)}'\n",
        "f'{a or b:{c or d}}' f'{e if f else g}'\n",
        "f'{\na\n}'\n",
        "f'{a:{{1: 2}[1]}}'\n",
        "x = [a for b in f'{c}' if d]\n",
        "f'{a:\\N{DIGIT ONE}}'\n",
        "f'{a!r:{b}{c}d}'\n",
        "f'{yield_!r}' f'{lambda_}'\n",
        "f'{a}\\{b}'\n",
    ],
    (3, 13): ["class a[b = c, *d = *e, **f = [g]]: pass\n", "type a[b: c = d] = e\n"],
    (3, 14): [
        "try: a\nexcept b, c: d\nexcept e: f\n",
        "try: a\nexcept* b, c: d\n",
        "t'a{b}c{d!r:e{f}}'\n",
        "t''\n",
        "t'a' t'{b}' rt'{c=}'\n",
        "Tr'{a or b}'\n",
    ],
    (3, 15): [
        "lazy import a\n",
        "lazy from a import b\n",
        "[*a for a in b]\n",
        "{*a for a in b}\n",
        "{**a for a in b}\n",
        "(*a for a in b)\n",
        "f(*a for a in b)\n",
    ],
}
"""Those of a version of Python and later."""
