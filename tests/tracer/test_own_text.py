"""The lines and the text that belong to one code object alone."""

from __future__ import annotations

import textwrap
from types import CodeType

from minicov_tracer.own_text import Runs, moved, own_digest, own_lines

NESTED = """\
    @decorated
    def outer(x):
        total = [
            x,
        ]
        @cached
        def inner(y,
                  z=x):
            # of inner
            return y

        return inner(x)

    class Box:
        size = 1
        def area(self):
            return self.size
        key = lambda self: (
            self.size
        )
"""


def codes(source: str) -> dict[str, CodeType]:
    """{qualified name: code object} of a text."""
    found = {}
    pending = [compile(textwrap.dedent(source), "text.py", "exec")]
    while pending:
        code = pending.pop()
        found[code.co_qualname] = code
        pending += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return found


def digest_of(source: str, name: str) -> bytes:
    """The own digest of a code object of a text."""
    return own_digest(textwrap.dedent(source).splitlines(), own_lines(codes(source)[name]))


def test_leaf_owns_from_its_decorator_to_its_last_line():
    """A function without others inside owns every line of its extent, comments and closing brackets too."""
    assert own_lines(codes(NESTED)["outer.<locals>.inner"]) == ((6, 10),)
    assert own_lines(codes(NESTED)["Box.<lambda>"]) == ((18, 19),)


def test_inner_body_is_not_the_outers():
    """A function does not own the body of one inside it, but the lines on which it makes it."""
    assert own_lines(codes(NESTED)["outer"]) == ((1, 8), (11, 12))


def test_class_owns_no_bodies_of_methods():
    """A class owns its header, its assignments, the lines that make its methods, and brackets after a lambda."""
    assert own_lines(codes(NESTED)["Box"]) == ((14, 16), (18, 18), (20, 20))


def test_module_owns_what_is_left():
    """A module owns its statements, and the blank lines between them."""
    assert own_lines(codes(NESTED)["<module>"]) == ((1, 2), (13, 14))


def test_edit_inside_changes_only_the_inner_digest():
    """The digest of a function stays when a function inside it is edited; that one's changes."""
    edited = NESTED.replace("return y", "return y + 1")
    changed = {name for name in codes(NESTED) if digest_of(NESTED, name) != digest_of(edited, name)}
    assert changed == {"outer.<locals>.inner"}


def test_lines_above_change_no_digest_of_functions():
    """Lines added above a function leave its digest as it was."""
    edited = "import os\n\n" + textwrap.dedent(NESTED)
    for name in ("outer", "outer.<locals>.inner", "Box", "Box.area", "Box.<lambda>"):
        assert digest_of(NESTED, name) == digest_of(edited, name)
    assert digest_of(NESTED, "<module>") != digest_of(edited, "<module>")


def test_else_taken_away_changes_the_digest():
    """Words that have no instruction of their own are part of the text: an `else` decides where control goes."""
    with_else = "def f(a):\n    if a:\n        g()\n    else:\n        h()\n"
    assert digest_of(with_else, "f") != digest_of(with_else.replace("    else:\n", "    # else\n"), "f")


def test_moved_goes_by_order():
    """A line of one text is the line of the same rank among the own lines of the other; others are nowhere."""
    old: Runs = ((1, 8), (11, 12))
    new: Runs = ((3, 10), (20, 21))
    assert [moved(line, old, new) for line in (1, 8, 9, 10, 11, 12, 13)] == [3, 10, 0, 0, 20, 21, 0]


def test_invented_line_numbers_cost_nothing():
    """A code object with line numbers far from any text is handled without walking through them."""
    far = codes(NESTED)["outer"].replace(co_firstlineno=1_000_000_000)
    runs = own_lines(far)
    assert runs[0][0] == 1_000_000_000
    assert isinstance(own_digest(["x = 1"], runs), bytes)
