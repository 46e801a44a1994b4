"""Which regions ran: from what the tracer recorded of real runs (docs/conditions.md, 15 and 16)."""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap
from collections.abc import Callable
from types import CodeType, ModuleType

import pytest

from minicov_lsp.metrics.functions import called_functions
from minicov_lsp.metrics.metric import Stats
from minicov_lsp.metrics.regions import RegionCoverage, all_evidence, executed_regions, unreached_regions
from minicov_lsp.model import CodeFacts, FileFacts, SourceModel
from minicov_lsp.source.evidence import evidence
from minicov_lsp.source.parser import parse
from minicov_tracer import python_monitoring, python_settrace
from minicov_tracer.bytecode import numbers, probe_table
from minicov_tracer.machine_maker import MachineMaker
from minicov_tracer.naming import PYTHON
from minicov_tracer.opcodes import LOSES_PLACES

CORES: list[ModuleType] = [python_settrace] + ([python_monitoring] if sys.version_info >= (3, 12) else [])
FILENAME = "/measured/regions.py"

Trace = Callable[[str], tuple[SourceModel, FileFacts]]


def traced(text: str, module: ModuleType, python: str = PYTHON) -> tuple[SourceModel, FileFacts]:
    """What a program could run, and what a core saw of it."""
    text = textwrap.dedent(text)
    core = module.Core(lambda code: code.co_filename == FILENAME, MachineMaker(lambda code: text))
    sees_jumps = core.sees_jumps or LOSES_PLACES
    code = compile(text, FILENAME, "exec", dont_inherit=True)
    core.start()
    try:
        with contextlib.suppress(ZeroDivisionError):
            exec(code, {"__name__": "measured"})
    finally:
        core.stop()
    codes = tuple(code_facts(hit.code, hit.probes, sees_jumps, python) for hit in core.flush())
    return parse(text), FileFacts("regions.py", "", text, codes)


def code_facts(code: CodeType, probes: bytes, sees_jumps: bool, python: str) -> CodeFacts:
    """One code object as the data file has it."""
    table = probe_table(code, sees_jumps=sees_jumps)
    jumps = json.loads(json.dumps([[jump.offset, jump.not_taken, jump.taken, *jump.span] for jump in table.jumps]))
    ran = frozenset(table.lines[n - 1] for n in numbers(probes) if 0 < n <= len(table.lines))
    labels = frozenset({""})
    return CodeFacts(
        name=code.co_qualname,
        first_line=code.co_firstlineno,
        python=python,
        probed_lines=frozenset(table.lines),
        hits={(ran, frozenset()): labels},
        jumps=tuple(map(tuple, jumps)),
        probes={int.from_bytes(probes, "little"): labels},
    )


def shown(source: SourceModel, facts: FileFacts) -> dict[str, list[str]]:
    """{"ran" or "missed": "kind text" of regions by place}."""
    ran = executed_regions(source, [facts])
    found: dict[str, list[str]] = {"ran": [], "missed": []}
    for region in source.regions:
        span = region.span
        end = span.end_column if span.line == span.end_line else None
        text = source.lines[span.line - 1][span.column : end]
        found["ran" if region in ran else "missed"].append(f"{region.kind} {text}")
    return found


CASES = {
    "a lambda on the line that makes it": ("f = lambda: g()\n", [], ["lambda g()"]),
    "a lambda that is called": ("(lambda x: x + 1)(1)\n", ["lambda x + 1"], []),
    "a lambda of two": (
        "fs = [lambda x: x or 0, lambda x: x]\nfs[1](2)\n",
        ["lambda x"],
        ["lambda x or 0", "operand 0"],
    ),
    "a lambda in a default": ("f = lambda x=(lambda: a or 1): x\nf()\n", ["lambda x"], ["lambda a or 1", "operand 1"]),
    "a one-line if": (
        "def f(x):\n    if x: return x\n    return 0\nf(0)\n",
        ["function if x: return x"],
        ["if return x"],
    ),
    "a one-line if that ran": ("x = 1\nif x: y = 2\nelse: y = 3\n", ["if y = 2"], ["else y = 3"]),
    "pass and continue": (
        "for x in (0, 1):\n    if x: pass\n    if x > 1: continue\n    if x > 5: break\n",
        ["loop if x: pass", "if pass"],
        ["if continue", "if break"],
    ),
    "operands never needed": ("a = 1\nb = a or c\nd = a and a\n", ["operand a"], ["operand c"]),
    "a chain that ends early": ("a = 1\nb = a < 0 < c\nb = a < 2 < 3\n", ["operand 3"], ["operand c"]),
    "operands in a test": (
        "a = 0\nif (a and b) or (not a and a): c\n",
        ["operand not a and a", "operand a"],
        ["if c", "operand b"],
    ),
    "arms": ("a = 1\nb = a if a else c\nd = (c if not a else a)\n", ["arm a", "arm a"], ["arm c", "arm c"]),
    "constant arms": (
        "def f(x):\n    return x if x else None\ndef g(x):\n    return 1 if x else 2\nf(1), g(0)\n",
        ["function return x if x else None", "arm x", "function return 1 if x else 2", "arm 2"],
        ["arm None", "arm 1"],
    ),
    "a comprehension over nothing": (
        (
            "def g(x): return x\n"
            "a = [g(x) for x in ()]\nb = {g(x) for x in (0, 1) if x > 2}\nc = {k: g(k) for k in (1,)}\n"
        ),
        ["function return x", "element k: g(k)"],
        ["element g(x)", "element g(x)"],
    ),
    "a generator never asked": ("a = (b for b in (1, 2))\nsum(b for b in (1, 2))\n", ["element b"], ["element b"]),
    "messages": (
        "def g(): return ''\na = 1\nassert a, g()\ntry:\n    assert not a, g()\nexcept AssertionError: pass\n",
        ["function return ''", "message g()", "handler pass"],
        ["message g()"],
    ),
    "handlers": (
        "try: 1 / 0\nexcept ValueError: a = 1\nexcept (KeyError, ZeroDivisionError) as e: a = 2\nexcept: a = 3\n",
        ["handler a = 2"],
        ["handler a = 1", "handler a = 3"],
    ),
    "loops": (
        "for a in (): b = 1\nelse: b = 2\nwhile b < 3: b += 1\nelse: pass\nwhile b > 3: b = 4\n",
        ["loop-else b = 2", "loop b += 1", "loop-else pass"],
        ["loop b = 1", "loop b = 4"],
    ),
    "cases": (
        (
            "match (1, 2):\n"
            "    case [a]: b = 1\n    case [a, c] if a > c: b = 2\n    case [_, _]: b = 3\n    case _: b = 4\n"
        ),
        ["case b = 3"],
        ["case b = 1", "case b = 2", "case b = 4"],
    ),
    "finally is compiled twice": (
        "def f(x):\n    try:\n        return x\n    finally:\n        y = x or g\n        z = x and x\nf(1)\n",
        ["function try:", "operand x"],
        ["operand g"],
    ),
    "an exception inside does not matter": ("a = 1\nb = 1 / 0 if a else c\n", ["arm 1 / 0"], ["arm c"]),
    "two on one line": (
        "a = 1\nb = (a or c), (a and a), (a if a else c)\n",
        ["operand a", "arm a"],
        ["operand c", "arm c"],
    ),
    "letters beyond ASCII": ("é = 1\nü = 'ßß', é or 'ñ', é and é\n", ["operand é"], ["operand 'ñ'"]),
    "a class": ("class C:\n    x = 1\n    def f(self): pass\n", ["class x = 1"], ["function pass"]),
    "a constant like what a function ends with": (
        "def f(x):\n    y = x or None\nf(1)\n",
        ["function y = x or None"],
        ["operand None"],
    ),
    "a docstring": ("def f(): 'doc'\ndef g(): 'doc'\ng()\n", ["function 'doc'"], ["function 'doc'"]),
    "a walrus and a call": ("if (n := len('ab')) > 1 and n: m = n\n", ["if m = n", "operand n"], []),
}


@pytest.mark.parametrize("name", CASES)
def test_below_the_line(name: str) -> None:
    """What is on a line is told apart where jumps are seen."""
    text, ran, missed = CASES[name]
    found = shown(*traced(text, CORES[-1]))
    assert (sorted(found["ran"]), sorted(found["missed"])) == (sorted(ran), sorted(missed))


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_made_up(name: str, core: ModuleType) -> None:
    """No core shows a region that didn't run."""
    text, ran, _ = CASES[name]
    found = shown(*traced(text, core))["ran"]
    assert all(found.count(region) <= ran.count(region) for region in found)


LINES = """\
def f(x):
    if x:
        y = 1
    else:
        y = 2
    for i in ():
        y = i
    while y > 5:
        y -= 1
    else:
        y += 1
    try:
        1 / 0
    except ZeroDivisionError:
        z = (x or
             y)
    return [
        y
        for y in ()
    ], (lambda: x)


class C:
    def g(self):
        return 1


f(1)
"""


@pytest.mark.parametrize("python", [PYTHON, "3.1"])
@pytest.mark.parametrize("core", CORES)
def test_lines_and_calls_are_enough_for_most(core: ModuleType, python: str) -> None:
    """What has a line to itself, and what is called, is known from any Python by any core."""
    found = shown(*traced(LINES, core, python))
    assert found["ran"] == ["function if x:", "if y = 1", "loop-else y += 1", "handler z = (x or", "class def g(self):"]
    assert len(found["missed"]) == 7


@pytest.mark.parametrize("text", ["", "\n", "# only this", "'of\\\n two lines'"])
def test_nothing_to_run(text: str) -> None:
    """Where there is no region none ran."""
    source, facts = traced(text, CORES[-1])
    assert executed_regions(source, [facts]) == frozenset()


def test_lambdas_that_look_the_same() -> None:
    """Of several lambdas on one line that nothing tells apart none is said to have run."""
    found = shown(*traced("fs = [lambda: a, lambda: b]\na = 1\nfs[0]()\n", CORES[-1]))
    assert found == {"ran": [], "missed": ["lambda a", "lambda b"]}


@pytest.mark.parametrize("core", CORES)
def test_called(core: ModuleType) -> None:
    """A function is called when its body is entered: its `def` says nothing, nor does making a generator."""
    source, facts = traced(
        """\
        def f(): pass
        def g(): yield
        def h(): "doc"
        class C:
            def f(self): return 1
            def g(self):
                def f(): return 2
                return f
        g(), h(), C().g()()
        """,
        core,
    )
    called = called_functions(source, [facts])
    assert sorted(definition.name for definition in called) == ["C.g", "C.g.f", "h"]


def test_metric() -> None:
    """The metric counts the regions that ran of those that there are."""
    source, facts = traced("a = 0\nif a:\n    b = 1\nelse:\n    b = 2\n", python_settrace)
    metric = RegionCoverage()
    assert metric.get_possible_elements(source) == set(source.regions)
    assert metric.calculate_stats(source, executed_regions(source, [facts])) == Stats(1, 2)


def test_what_changed_since_is_unknown() -> None:
    """Facts of another text's jumps show nothing of this one: they don't fit."""
    _, facts = traced("a = 1\nb = a or c\n", CORES[-1])
    other = parse("a = 1\nb = 0, a or c\n")
    assert executed_regions(other, [facts]) == frozenset()


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.__name__)
@pytest.mark.parametrize("name", CASES)
def test_what_is_read_once_says_the_same(name: str, core: ModuleType) -> None:
    """Whoever paints a file again and again keeps what its text's probes show; nothing else comes out of it."""
    source, facts = traced(CASES[name][0], core)
    evidence = all_evidence(source)
    assert executed_regions(source, [facts], evidence) == executed_regions(source, [facts])
    assert unreached_regions(source, [facts], evidence) == unreached_regions(source, [facts])


def test_what_is_known_to_be_hit_changes_no_evidence() -> None:
    """Code objects that nothing can be shown of are not read, and those that are read show the same."""
    source = parse(
        "class C:\n    a = 1\n    def m(self):\n        return a and b\n"
        "class D:\n    f = lambda: 1\n"
        "def g():\n    return (\n        1 if True else x\n    )\n"
    )
    everything = {one.key: dict(one.shown) for one in evidence(source, sees_jumps=True)}
    some = {one.key: dict(one.shown) for one in evidence(source, sees_jumps=True, hit=dict.fromkeys(everything, -1))}
    assert some == everything
    assert any(everything.values())
