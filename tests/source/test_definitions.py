"""Functions and classes of a text."""

from __future__ import annotations

import textwrap

import pytest

from minicov_lsp.source.parser import parse

pytestmark = pytest.mark.usefixtures("walks_by")

TEXT = textwrap.dedent(
    """\
    @decorate
    @again(
        1)
    class Outer:
        '''Doc.'''
        class Inner:
            def method(self):
                class Local:
                    def deep(self): return 10
                return 11
        async def other(
            self,
        ):
            @wraps
            def helper():
                return 16

            return helper
    if x:
        def twice(): ...
    elif y:
        def twice():
            return 23
    else:
        try:
            pass
        except E:
            def handler(): pass
        finally:
            match z:
                case 1:
                    def case(): pass
    """
)
FOUND = {found.name: found for found in parse(TEXT).definitions}


def test_names_hold_what_they_are_nested_in() -> None:
    """A name has those of all functions and classes around it, in order of the text."""
    names = [(found.kind, found.name) for found in parse(TEXT).definitions]
    assert names == [
        ("class", "Outer"),
        ("class", "Outer.Inner"),
        ("function", "Outer.Inner.method"),
        ("class", "Outer.Inner.method.Local"),
        ("function", "Outer.Inner.method.Local.deep"),
        ("function", "Outer.other"),
        ("function", "Outer.other.helper"),
        ("function", "twice"),
        ("function", "twice"),
        ("function", "handler"),
        ("function", "case"),
    ]


def test_lines_of_a_definition() -> None:
    """A decorated definition starts at its first decorator; the body is from its first statement to its end."""
    outer, other, helper = FOUND["Outer"], FOUND["Outer.other"], FOUND["Outer.other.helper"]
    assert (outer.first_line, outer.line, outer.body_line, outer.end_line) == (1, 4, 5, 18)
    assert (other.first_line, other.line, other.body_line, other.end_line) == (11, 11, 15, 18)
    assert (helper.first_line, helper.line, helper.body_line, helper.end_line) == (14, 15, 16, 16)


def test_a_function_leaves_out_nested_functions() -> None:
    """Nested functions' bodies, also those in nested classes, are theirs alone."""
    assert FOUND["Outer.Inner.method"].own_lines == ((8, 8), (10, 10))
    assert FOUND["Outer.Inner.method.Local.deep"].own_lines == ((9, 9),)
    assert FOUND["Outer.other"].own_lines == ((15, 15), (17, 18))


def test_a_class_has_its_methods_lines() -> None:
    """A class has its methods' bodies, functions nested in them included, but not those of nested classes."""
    assert FOUND["Outer"].own_lines == ((15, 18),)
    assert FOUND["Outer.Inner"].own_lines == ((8, 8), (10, 10))
    assert FOUND["Outer.Inner.method.Local"].own_lines == ((9, 9),)
