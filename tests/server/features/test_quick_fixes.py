"""What quick fixes make of a text is read back by the parser, which must agree."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lsprotocol import types

from minicov_lsp.documents.pragmas import NO_COVER, Statements, comment_for
from minicov_lsp.server.features.quick_fixes import Surroundings, quick_fixes
from minicov_lsp.server.language_server import Wishes
from minicov_lsp.source.exclusion import DEFAULT_EXCLUDE, ExclusionRules
from minicov_lsp.source.parser import parse
from tests.server.reading import read_diagnostics

WISHES = Wishes(edits_documents=True, creates_files=True, shows_documents=True)


@dataclass
class Files:
    """Files beside the document."""

    texts: dict[str, str] = field(default_factory=dict)

    def around(self) -> Surroundings:
        def opened(path: Path) -> tuple[tuple[str, ...], int] | None:
            text = self.texts.get(path.relative_to("/p").as_posix())
            return (tuple(text.split("\n")), 7) if text is not None else None

        return Surroundings(Path("/p"), Path.as_uri, opened)


def fixes(snapshot, code=None, wishes=WISHES, files=None):
    told = [each for each in read_diagnostics(snapshot) if code in (None, each.code)]
    return list(quick_fixes(snapshot, told, wishes, files.around() if files is not None else None))


def applied(text: str, edit: types.WorkspaceEdit) -> str:
    """The text after the edits of one document."""
    edits = edit.document_changes[-1].edits if edit.document_changes else next(iter(edit.changes.values()))
    lines = text.split("\n")
    for each in sorted(edits, key=lambda each: each.range.start.line, reverse=True):
        start, end = each.range.start, each.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + each.new_text + line[end.character :]
    return "\n".join(lines)


PRAGMAS = {
    "a simple statement": ("x = 1\nif x:\n    y = 2\n", {1, 2}, "    y = 2  # pragma: no cover"),
    "behind a comment": ("x = 1\nif x:\n    y = 2  # noqa\n", {1, 2}, "    y = 2  # noqa  # pragma: no cover"),
    "a function, by its def": (
        '@d\ndef f(\n    a,\n):\n    """doc"""\n    return a\n',
        {1, 2},
        "):  # pragma: no cover",
    ),
    "an else, by its line": (
        "def f(x):\n    if x:\n        return 1\n    else:\n        y = 1\n        return y\n",
        {1, 2, 3},
        "    else:  # pragma: no cover",
    ),
    "a statement over lines, at its end": (
        "x = 1\nif x:\n    y = f(\n        1,\n    )\n",
        {1, 2},
        "    )  # pragma: no cover",
    ),
    "a string over lines": ('x = 1\nif x:\n    y = """\n  a\n"""\n', {1, 2}, '"""  # pragma: no cover'),
    "a compound statement, by its header": (
        "def f(x):\n    if x:\n        for y in x:\n            print(y)\n        return 1\n    return 2\n",
        {1, 2, 6},
        "        for y in x:  # pragma: no cover",
    ),
    "a case": (
        "x = 1\nmatch x:\n    case 2:\n        y = 1\n    case 1:\n        y = 2\n",
        {1, 2, 3, 5, 6},
        "        y = 1  # pragma: no cover",
    ),
    "a handler": ("try:\n    x = 1\nexcept E:\n    x = 2\n", {1, 2}, "except E:  # pragma: no cover"),
    "trailing blanks": ("x = 1\nif x:\n    y = 2   \n", {1, 2}, "    y = 2  # pragma: no cover"),
}


@pytest.mark.parametrize("name", PRAGMAS)
def test_what_never_ran_is_left_out_and_nothing_else(name, snapshot):
    """The comment stands where it counts; the parser leaves out just those statements."""
    text, ran, line = PRAGMAS[name]
    made = snapshot(text, {"": ran})
    (fix,) = fixes(made, "never-run")
    after = applied(text, fix.edit)
    assert line in after.split("\n")
    assert parse(after).statements == parse(text).statements & (ran if "def f(\n" not in text else set())
    assert fix.edit.document_changes[0].text_document.version == made.version
    assert (fix.kind, fix.diagnostics[0].code) == ("quickfix", "never-run")


def test_a_branch_counts_as_taken(snapshot):
    """Over several lines the comment stands at the end of the header."""
    text = "def f(a):\n    if (\n        a  # why\n        and 1\n    ):\n        return 1\n    return 2\n"
    made = snapshot(text, {"": {1, 2, 3, 6}}, arcs={(2, 6), (6, -1)})
    (fix,) = fixes(made, "uncovered-branch")
    after = applied(text, fix.edit)
    assert "    ):  # pragma: no branch" in after.split("\n")
    (branch,) = parse(after).branches
    assert branch.partial_ok


def test_the_comment_is_one_that_the_project_takes():
    """A usual one if its patterns match that, else what one of them says, else none."""
    assert comment_for(DEFAULT_EXCLUDE, NO_COVER) == "# pragma: no cover"
    assert comment_for((r"#\s*nocov",), NO_COVER) == "# nocov"
    assert comment_for((r"raise X", r"#\s*LCOV_EXCL\.LINE"), NO_COVER) == "# LCOV_EXCL.LINE"
    assert comment_for((r"raise NotImplementedError",), NO_COVER) is None
    assert comment_for((), NO_COVER) is None


def test_no_comment_no_fix(snapshot):
    """Where nothing that stands in a comment is left out."""
    made = snapshot("x = 1\nif x:\n    y = 2\n", {"": {1, 2}}, rules=ExclusionRules(("raise X",)))
    assert fixes(made, "never-run") == []


def test_a_client_without_versioned_edits_gets_plain_ones(snapshot):
    """And none that would make a file."""
    made = snapshot("x = 1\nif x:\n    y = 2\n", {"": {1, 2}})
    (fix,) = fixes(made, "never-run", Wishes(), Files())
    assert fix.edit.document_changes is None
    assert list(fix.edit.changes) == [made.uri]


def test_what_is_no_python_and_diagnostics_of_others_have_no_fix(snapshot):
    """Nor one of a text that is no longer there."""
    made = snapshot("x = 1\nif x:\n    y = 2\n", {"": {1, 2}})
    told = read_diagnostics(made)
    broken = snapshot("x = (\nif x:\n    y = 2\n", {"": {1, 2}}, ran="x = 1\nif x:\n    y = 2\n")
    assert list(quick_fixes(broken, told, WISHES, None)) == []
    far = types.Range(types.Position(50, 0), types.Position(50, 1))
    others = [types.Diagnostic(far, "", source="minicov", code="never-run"), types.Diagnostic(far, "", source="ruff")]
    assert list(quick_fixes(made, others, WISHES, None)) == []


SIGN = "def sign(number):\n    if number < 0:\n        return -1\n    return 1\n"


def sketched(snapshot, files=None, code="uncovered-branch", wishes=WISHES):
    (fix,) = [each for each in fixes(snapshot, code, wishes, files or Files()) if each.title.startswith("Sketch")]
    return fix


def test_a_sketch_names_the_case_and_goes_where_the_tests_are(snapshot):
    """Appended to the file whose tests run the function, as it is open in the editor."""
    made = snapshot(SIGN, {"": {1}, "t/test_x.py::test_a[1]": {2, 4}}, arcs={(2, 4), (4, -1)})
    before = "from m import sign\n\n\ndef test_a():\n    assert sign(1) == 1\n"
    fix = sketched(made, Files({"t/test_x.py": before}))
    assert fix.title == "Sketch a test for this in t/test_x.py"
    (change,) = fix.edit.document_changes
    assert (change.text_document.uri, change.text_document.version) == ("file:///p/t/test_x.py", 7)
    after = applied(before, fix.edit)
    assert after == before + (
        "\n\ndef test_sign_when_number_0():\n"
        "    # m.py:2  if number < 0:\n"
        "    # the condition on line 2 was never true\n"
        "    number = ...\n"
        "    assert sign(number) == ...\n"
    )
    ast.parse(after)
    line = after.split("\n").index("def test_sign_when_number_0():")
    assert fix.command.arguments == ["file:///p/t/test_x.py", line]


def test_a_sketch_makes_its_file_where_there_is_none(snapshot):
    """By the project's naming, with what it needs; only for clients that can make files."""
    made = snapshot(
        SIGN, {"": {1, 2, 4}}, arcs={(2, 4), (4, -1)}, relative="src/pkg/m.py", path=Path("/p/src/pkg/m.py")
    )
    fix = sketched(made)
    create, change = fix.edit.document_changes
    assert (create.kind, create.uri) == ("create", "file:///p/src/pkg/test_m.py")
    assert change.edits[0].new_text.startswith("from pkg.m import sign\n\n\ndef test_sign_when_number_0():\n")
    assert fixes(made, "uncovered-branch", Wishes(edits_documents=True), Files())[0].title.startswith("Count")


def test_a_second_sketch_has_a_name_of_its_own_and_brings_its_import(snapshot):
    """An existing file may not have it."""
    made = snapshot(SIGN, {"": {1}, "test_m.py::test_a": {2, 4}}, arcs={(2, 4), (4, -1)})
    before = "def test_sign_when_number_0():\n    pass"
    after = applied(before, sketched(made, Files({"test_m.py": before})).edit)
    assert "\n\n\ndef test_sign_when_number_0_2():\n    from m import sign\n\n    # m.py:2" in after
    ast.parse(after)


METHODS = """\
class Box:
    def area(self, width, *, height):
        return width

    @staticmethod
    def empty():
        return 0

    @property
    def size(self):
        return 1

    async def wait(self):
        return 2
"""


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (
            3,
            "Box(...)\n    width = ...\n    height = ...\n    assert instance.area(width, height=height) == ...\n",
        ),
        (7, "    assert Box.empty() == ...\n"),
        (11, "    instance = Box(...)\n    assert instance.size == ...\n"),
        (14, "    instance = Box(...)\n    assert await instance.wait() == ...\n"),
    ],
)
def test_a_sketch_calls_what_is_missing(snapshot, line, call):
    """A method of an instance, with its arguments."""
    made = snapshot(METHODS, {"": {1, 2, 5, 6, 9, 10, 13}})
    (diagnostic,) = [each for each in read_diagnostics(made) if each.range.start.line == line - 1]
    fix, _ = quick_fixes(made, [diagnostic], WISHES, Files().around())
    text = fix.edit.document_changes[-1].edits[0].new_text
    assert text.endswith(call)
    assert text.startswith("from m import Box\n")
    ast.parse(text)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no core sees jumps")
def test_a_sketch_for_a_condition_names_the_missing_vector(snapshot, measured):
    """The values that would show that it matters."""
    text = "def f(a, b, c):\n    if (a or b) and c:\n        return 1\n    return 2\n"
    known = measured(text, {"": "f(1, 0, 1), f(0, 1, 0), f(0, 0, 1)"})
    fix = sketched(snapshot(text, {}, recorded=known), code="uncovered-condition")
    assert "    # missing: a False, b True, c True\n" in fix.edit.document_changes[-1].edits[0].new_text


def test_no_sketch_in_a_test(snapshot):
    """Tests aren't tested."""
    made = snapshot("x = 1\nif x:\n    y = 2\n", {"": {1, 2}}, relative="test_m.py")
    assert [each.title for each in fixes(made, "never-run", WISHES, Files())] == [
        "Leave this out of coverage: # pragma: no cover"
    ]


def test_any_text_that_never_ran_can_be_left_out():
    """Of this very file: whatever range is asked for, the result is Python, and leaves out no line outside of it."""
    lines = Path(__file__).read_text("utf-8").splitlines()
    statements = Statements(lines)
    tree = parse("\n".join(lines))
    for first in range(1, len(lines), 7):
        places = statements.places(first, first + 3)
        changed = [f"{line}  # pragma: no cover" if n in places else line for n, line in enumerate(lines, 1)]
        left = tree.statements - parse("\n".join(changed)).statements
        touched = {tree.first_line(line) for line in range(first, first + 4)}
        functions = [each for each in tree.definitions if first <= each.body_line <= first + 3]
        inside = {line for each in functions for line in range(each.first_line, each.end_line + 1)}
        assert all(_is_inside(line, touched, tree) for line in left - touched - inside)


def _is_inside(line, touched, tree):
    """Whether a line is in the suite of a statement that was asked for."""
    indent = len(tree.lines[line - 1]) - len(tree.lines[line - 1].lstrip())
    return any(n < line and len(tree.lines[n - 1]) - len(tree.lines[n - 1].lstrip()) < indent for n in touched)
