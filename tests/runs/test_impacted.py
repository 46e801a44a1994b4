"""Which tests are chosen after a change; whether any is missed is tried on programs that really run."""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.impacted import ChangedFile, Impact, impacted
from minicov_tracer import sources

PROGRAMS = int(os.environ.get("MINICOV_TEST_PROGRAMS", "150"))
"""How many random changes are tried."""

PIECES = [
    "LIMIT = {0}\n",
    "def first(x, step={0}):\n    if x > {1}:\n        return x - step\n    return x + {2}\n",
    "def second(x):\n    def inner(y, z={0}):\n        return y * z\n    return inner(first(x)) + {1}\n",
    "def third(x):\n    return [abs(n) + {0} for n in range({1})] + [LIMIT]\n",
    "class Base:\n    size = {0}\n    def area(self):\n        return {1}\n    def name(self):\n        return {2}\n",
    "class Derived(Base):\n    def name(self, mark=LIMIT):\n        return super().name() + mark + {0}\n",
    "same = lambda x: x + {0}\n",
]
EXTRA = [
    "",
    "def abs(n):\n    return 7\n",
    "def first(x, step=1):\n    return 0\n",
    "class Base:\n    size = 1\n    area = name = lambda self: 'other'\n",
    "    def area(self):\n        return 1\n",  # fits only after a class
    "def unused():\n    return 1\n",
    "# a comment\n",
]
TESTS = {
    "t.py::test_small": "first(0)",
    "t.py::test_large": "first(5)",
    "t.py::test_second": "second(2)",
    "t.py::test_third": "third(0)",
    "t.py::test_base": "(Base().area(), Base().name())",
    "t.py::test_derived": "(Derived().area(), Derived().name())",
    "t.py::test_name": "Derived().name()",
    "t.py::test_same": "same(1)",
}

numbers = st.integers(0, 3)
filled = st.tuples(*(st.tuples(numbers, numbers, numbers) for _ in PIECES))
extras = st.tuples(*(st.sampled_from(EXTRA) for _ in PIECES))


def program(numbers_: Any, extra: Any) -> str:
    return "".join(piece.format(*n) + more for piece, n, more in zip(PIECES, numbers_, extra, strict=True))


def outcome(text: str, expression: str) -> tuple[str, dict[CodeType, set[int]]]:
    """What a test comes to, and the lines that it ran of the text: the module runs before it, for nobody."""
    ran: dict[CodeType, set[int]] = {}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != "mod.py":
            return None
        ran.setdefault(frame.f_code, set()).add(frame.f_lineno)
        return trace

    names: dict[str, Any] = {}
    try:
        exec(compile(text, "mod.py", "exec"), names)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return repr(eval(expression, names)), ran
        finally:
            sys.settrace(before)
    except Exception as error:  # a test may fail in any way
        return repr(error), ran


def facts(text: str) -> FileFacts:
    """What all tests ran of a text."""
    codes = []
    for label, expression in TESTS.items():
        for code, lines in outcome(text, expression)[1].items():
            hit = frozenset(lines), frozenset[tuple[int, int]]()
            lines_of_code = frozenset(line for *_, line in code.co_lines() if line)
            codes.append(CodeFacts(code.co_name, code.co_firstlineno, "3", lines_of_code, {hit: frozenset({label})}))
    return FileFacts("mod.py", sources.digest(text), text, tuple(codes))


def is_python(text: str) -> bool:
    try:
        compile(text, "mod.py", "exec")
    except SyntaxError:
        return False
    return True


ZEROS = ((0, 0, 0),) * len(PIECES)
NOTHING = ("",) * len(PIECES)
OVERRIDES = (*NOTHING[:5], EXTRA[4], "")


@settings(max_examples=PROGRAMS, deadline=None)
@given(filled, extras, filled, extras, st.booleans())
@example(ZEROS, OVERRIDES, ZEROS, NOTHING, False)  # a method is gone, and what ran is its base class's
@example(ZEROS, NOTHING, ZEROS, OVERRIDES, True)
@example(ZEROS, (*NOTHING[:6], EXTRA[3]), ZEROS, (*NOTHING[:4], EXTRA[3], "", ""), False)  # a base class moved up
def test_no_test_that_comes_to_something_else_is_missed(old, old_extra, new, new_extra, ran_before):
    """Whatever changes in a module, and whichever of the two texts it was that ran."""
    before, after = program(old, old_extra), program(new, new_extra)
    if not is_python(before) or not is_python(after):
        return
    ran = facts(before if ran_before else after)
    found = impacted([ChangedFile("mod.py", before, after, (ran,))], ["t.py"], Conventions()).tests
    missed = [
        test
        for test, expression in TESTS.items()
        if test not in found and outcome(before, expression)[0] != outcome(after, expression)[0]
    ]
    assert missed == []


MODULE = "def f(x):\n    return x\n\n\ndef g(x):\n    return -x\n"


def ran(path: str, text: str, **by_line: int) -> FileFacts:
    """Facts of functions: {test: the line of the function that it ran}."""
    codes = [
        CodeFacts("f", line - 1, "3.12", frozenset({line}), {(frozenset({line}), frozenset()): frozenset({test})})
        for test, line in ((f"t.py::{name}", line) for name, line in by_line.items())
    ]
    return FileFacts(path, sources.digest(text), text, tuple(codes))


def chosen(*changes: ChangedFile, files: tuple[str, ...] = ("t.py", "sub/t_more.py")) -> Impact:
    return impacted(changes, files, Conventions(python_files=("t.py", "t_*.py")))


def test_only_the_tests_of_the_function_that_changed():
    """Of another function, or of a comment, none."""
    known = (ran("mod.py", MODULE, test_f=2, test_g=6),)
    assert chosen(ChangedFile("mod.py", MODULE, MODULE.replace("-x", "+x"), known)).tests == ("t.py::test_g",)
    assert chosen(ChangedFile("mod.py", MODULE, f"# new\n{MODULE}", known)) == Impact(unknown=("mod.py",))


def test_a_function_that_is_gone_and_a_file_that_is_gone():
    """Whoever ran it is concerned."""
    known = (ran("mod.py", MODULE, test_f=2, test_g=6),)
    assert chosen(ChangedFile("mod.py", MODULE, MODULE[: MODULE.index("\n\n\ndef g")], known)).tests == (
        "t.py::test_g",
    )
    assert chosen(ChangedFile("mod.py", MODULE, None, known)).tests == ("t.py::test_f", "t.py::test_g")


def test_what_ran_of_an_older_text_is_held_against_the_text_now():
    """A test that ran another `g` than there is now is concerned when the file is looked at."""
    known = (ran("mod.py", MODULE.replace("-x", "~x"), test_g=6, test_f=2),)
    changed = ChangedFile("mod.py", MODULE, MODULE.replace("return x", "return 0"), known)
    assert chosen(changed).tests == ("t.py::test_f", "t.py::test_g")


def test_a_text_that_is_not_known_concerns_all_that_ran_it():
    """So does one that can't be parsed."""
    lost = FileFacts("mod.py", "0" * 64, None, ran("mod.py", MODULE, test_f=2).codes)
    assert chosen(ChangedFile("mod.py", MODULE, MODULE + "\n", (lost,))).tests == ("t.py::test_f",)
    known = (ran("mod.py", MODULE, test_f=2),)
    assert chosen(ChangedFile("mod.py", MODULE, "def f(:\n", known)).tests == ("t.py::test_f",)


def test_tests_that_changed_and_tests_that_are_new():
    """By function; a file that was not measured, or differs in what runs at import, as a whole."""
    text = "def test_f():\n    return 1\n\n\ndef test_g():\n    return 2\n"
    known = (ran("t.py", text, test_f=2, test_g=6),)
    new = text.replace("2", "3") + "\n\ndef test_new():\n    pass\n"
    assert chosen(ChangedFile("t.py", text, new, known)).tests == ("t.py::test_g", "t.py::test_new")
    assert chosen(ChangedFile("t.py", text, new)).tests == ("t.py",)
    assert chosen(ChangedFile("t.py", text, f"import os\n{text}", known)).tests == ("t.py",)
    assert chosen(ChangedFile("t.py", None, text)).tests == ("t.py",)


def test_fixtures_and_configuration():
    """A conftest.py concerns the tests of its folder, configuration and the root's conftest.py all of them."""
    assert chosen(ChangedFile("sub/conftest.py", "x = 1\n", "x = 2\n")).tests == ("sub/t_more.py",)
    assert chosen(ChangedFile("conftest.py", "x = 1\n", None)).everything == "conftest.py"
    assert chosen(ChangedFile("pyproject.toml", "", "[tool.x]\n")).everything == "pyproject.toml"
