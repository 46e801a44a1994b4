"""Finding tests by convention, from the text alone: nothing is imported, no interpreter starts."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from minicov_lsp.runs.conventions import Conventions

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class FoundTest:
    """A test, or what holds tests; lines count from 1."""

    id: str
    """pytest's node id, relative to the workspace folder, without parameters."""
    label: str
    kind: Literal["file", "class", "function"]
    first_line: int
    """Of decorators too."""
    line: int
    """Of the `def` or `class`; 1 for a file."""
    column: int
    """Where the name begins, in characters."""
    end_line: int
    children: tuple[FoundTest, ...] = ()
    is_unittest: bool = False
    """Whether it is a class that unittest alone can run, or a file with one."""

    def functions(self) -> Iterator[FoundTest]:
        """The tests in it, itself if it is one."""
        if self.kind == "function":
            yield self
        for child in self.children:
            yield from child.functions()


def discover(path: str, text: str, conventions: Conventions) -> FoundTest | None:
    """The tests of one file as a tree, or None where it holds none or can't be parsed.

    `path` is relative to the workspace folder, with `/`.
    """
    if not conventions.is_test_file(path):
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    children = _Finder(lines, conventions, _unittest_classes(tree)).items(tree.body, path)
    if not children:
        return None
    is_unittest = any(child.is_unittest for child in children)
    return FoundTest(path, path.rpartition("/")[2], "file", 1, 1, 0, len(lines), children, is_unittest)


@dataclass(frozen=True, slots=True)
class _Finder:
    """Walks one file."""

    lines: Sequence[str]
    conventions: Conventions
    unittest_classes: frozenset[str]

    def items(self, body: Sequence[ast.stmt], prefix: str, *, in_unittest: bool = False) -> tuple[FoundTest, ...]:
        """The tests defined in a suite; of two with one name the later one counts, as it does for Python."""
        found: dict[str, FoundTest] = {}
        for node in _definitions(body):
            item = self._class(node, prefix) if isinstance(node, ast.ClassDef) else None
            if not isinstance(node, ast.ClassDef) and self._is_test(node.name, in_unittest=in_unittest):
                item = self._item(node, prefix, "function", ())
            found.pop(node.name, None)
            if item is not None:
                found[node.name] = item
        return tuple(found.values())

    def _is_test(self, name: str, *, in_unittest: bool) -> bool:
        return name.startswith("test") if in_unittest else self.conventions.is_test_function(name)

    def _class(self, node: ast.ClassDef, prefix: str) -> FoundTest | None:
        is_unittest = node.name in self.unittest_classes
        if not is_unittest and (not self.conventions.is_test_class(node.name) or _has_constructor(node)):
            return None
        if _is_switched_off(node):
            return None
        children = self.items(node.body, f"{prefix}::{node.name}", in_unittest=is_unittest)
        return replace(self._item(node, prefix, "class", children), is_unittest=is_unittest) if children else None

    def _item(
        self, node: _Definition, prefix: str, kind: Literal["class", "function"], children: tuple[FoundTest, ...]
    ) -> FoundTest:
        first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
        column = max(self.lines[node.lineno - 1].find(node.name), 0)
        end = node.end_lineno or node.lineno
        return FoundTest(f"{prefix}::{node.name}", node.name, kind, first, node.lineno, column, end, children)


def _definitions(body: Sequence[ast.stmt]) -> Iterator[_Definition]:
    """Functions and classes of a suite, those under `if`, `try` and `with` among them."""
    for node in body:
        if isinstance(node, _Definition):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _definitions(node.body)
            yield from _definitions(getattr(node, "orelse", []))


def _unittest_classes(tree: ast.Module) -> frozenset[str]:
    """Names of classes that derive from a `…TestCase`, as far as the file itself tells."""
    found: set[str] = set()
    for node in _definitions(tree.body):
        if isinstance(node, ast.ClassDef):
            names = {_last_name(base) for base in node.bases}
            if any(name.endswith("TestCase") or name in found for name in names):
                found.add(node.name)
    return frozenset(found)


def _last_name(node: ast.expr) -> str:
    """`TestCase` of `unittest.TestCase`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _has_constructor(node: ast.ClassDef) -> bool:
    """Whether instances can't be made without arguments; pytest passes such a class over."""
    return any(isinstance(each, ast.FunctionDef) and each.name in ("__init__", "__new__") for each in node.body)


def _is_switched_off(node: ast.ClassDef) -> bool:
    """Whether the class says `__test__ = False`."""
    return any(
        isinstance(each, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__test__" for target in each.targets)
        and isinstance(each.value, ast.Constant)
        and not each.value.value
        for each in node.body
    )


def find_test_files(folder: Path, conventions: Conventions) -> Iterator[Path]:
    """The files below a folder that hold tests by their name, sorted within each folder.

    Folders that pytest passes over and virtual environments are not entered;
    symbolic links to folders are not followed.
    """
    starts = [folder / start for start in conventions.testpaths] or [folder]
    for start in starts:
        if start.is_file():
            yield start
            continue
        for root, folders, files in os.walk(start):
            here = Path(root)
            folders[:] = sorted(
                name
                for name in folders
                if not conventions.is_skipped_folder(name)
                and name != "__pycache__"
                and not (here / name / "pyvenv.cfg").exists()
            )
            for name in sorted(files):
                if name.endswith(".py") and conventions.is_test_file((here / name).relative_to(folder).as_posix()):
                    yield here / name


def innermost(items: Iterable[FoundTest], line: int) -> list[FoundTest]:
    """The items around a line, outermost first."""
    for item in items:
        if item.first_line <= line <= item.end_line:
            return [item, *innermost(item.children, line)]
    return []


def definitions_around(text: str, line: int) -> tuple[_Definition, ...] | None:
    """The classes and functions around a line, from outside, without their bodies; None for what is no Python."""
    try:
        waiting: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[_Definition] = []
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
                first = getattr(node, "lineno", 0) or node.pattern.lineno  # type: ignore[union-attr]  # a case
                if first <= line <= (getattr(node, "end_lineno", None) or line):
                    waiting.append(node)
                    if isinstance(node, _Definition):
                        found.append(node)
    for each in found:
        each.body = []
    return tuple(found)


def top_level_names(text: str) -> frozenset[str] | None:
    """Every name that a module may make at its top level, imports among them; None where the text doesn't tell.

    That is where it can't be parsed or imports all of another module.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, _Definition):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return None if "*" in names else frozenset(names)
