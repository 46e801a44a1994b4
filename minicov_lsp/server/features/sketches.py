"""A sketch of a test for what is missing: where it goes, what it is called, and what it must bring about."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lsprotocol import types

from minicov_lsp.metrics.truth_tables import text_of, truth_table
from minicov_lsp.model import Line, Span
from minicov_lsp.runs.discovery import definitions_around
from minicov_lsp.runs.selection import file_of, ids_of
from minicov_lsp.server.positions import from_units, range_of
from minicov_lsp.server.snapshot import Snapshot

_Function = ast.FunctionDef | ast.AsyncFunctionDef
Lines = Callable[[str], "tuple[tuple[str, ...], int | None] | None"]
"""What gives a file's lines by its path from the folder; None where there is no such file."""

_FOLDERS = ("tests", "test")
_SOURCE_ROOTS = ("src", "lib")
_LONGEST_NAME = 60
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is to be written."""

    path: str
    """From the workspace folder, with `/`."""
    text: str
    """To be appended, or the whole of a new file."""
    line: Line
    """Where the test begins in the file as it will be."""
    is_new: bool


def sketch(snapshot: Snapshot, diagnostic: types.Diagnostic, lines: Lines) -> Sketch | None:
    """The sketch for one of our diagnostics; None in a test file, and where the text can't be parsed."""
    if not snapshot.relative or snapshot.conventions.is_test_file(snapshot.relative):
        return None
    line = diagnostic.range.start.line + 1
    text = "\n".join(snapshot.lines)
    around = snapshot.texts.of(text, definitions_around, text, line)
    if around is None:
        return None
    path = next(_paths(snapshot, around, lines))
    existing = lines(path)
    before = existing[0] if existing is not None else ()
    called = _Called(snapshot.relative, around)
    name = _free_name(_name(snapshot, called, diagnostic), before)
    body = [*_comments(snapshot, diagnostic), *called.body()]
    imported = called.import_line()
    if imported and (existing is not None and not _is_imported(imported, before)):
        body = [imported, "", *body]
    stub = [f"def {name}():", *(f"    {each}" if each else "" for each in body)]
    if called.is_async:
        stub[0] = f"async {stub[0]}"
    head = ["", ""] if existing is not None else [imported, "", ""] if imported else []
    if existing is not None and before[-1]:
        head = ["", *head]
    elif existing is not None and _blank_end(before) > 1:
        head = head[min(_blank_end(before) - 1, len(head)) :]
    line = (len(before) if existing is not None else 1) + len(head)
    return Sketch(path, "\n".join([*head, *stub]) + "\n", line, existing is None)


def _blank_end(lines: Sequence[str]) -> int:
    """How many empty lines a file ends with, that after its last line end among them."""
    count = 0
    while count < len(lines) and not lines[-1 - count].strip():
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Called:
    """What a test of some code has to call."""

    relative: str
    around: tuple[ast.AST, ...]
    """Classes and functions around it, from outside."""

    @property
    def names(self) -> list[str]:
        """Of what can be reached from outside: up to the first function."""
        found: list[str] = []
        for node in self.around:
            found.append(node.name)  # type: ignore[attr-defined]  # a class or function
            if isinstance(node, _Function):
                break
        return found

    @property
    def function(self) -> _Function | None:
        """The outermost function."""
        return next((node for node in self.around if isinstance(node, _Function)), None)

    @property
    def is_async(self) -> bool:
        """Whether it must be awaited."""
        return isinstance(self.function, ast.AsyncFunctionDef)

    def import_line(self) -> str:
        """How to import it; "" where the file's name is none of a module."""
        parts = list(PurePosixPath(self.relative).with_suffix("").parts)
        if parts[0] in _SOURCE_ROOTS and len(parts) > 1:
            del parts[0]
        if parts[-1] == "__init__" and len(parts) > 1:
            del parts[-1]
        if not all(part.isidentifier() for part in parts):
            return ""
        module = ".".join(parts)
        return f"from {module} import {self.names[0]}" if self.names else f"import {module}"

    def body(self) -> list[str]:
        """Lines that call it."""
        function = self.function
        if function is None:
            return ["raise NotImplementedError"]
        names = self.names
        decorators = {each.id for each in function.decorator_list if isinstance(each, ast.Name)}
        arguments = [*function.args.posonlyargs, *function.args.args]
        found: list[str] = []
        target = ".".join(names)
        if len(names) > 1 and not decorators & {"staticmethod", "classmethod"}:
            found.append(f"instance = {'.'.join(names[:-1])}(...)")
            target = f"instance.{names[-1]}"
        if len(names) > 1 and "staticmethod" not in decorators:
            arguments = arguments[1:]
        found += [f"{argument.arg} = ..." for argument in (*arguments, *function.args.kwonlyargs)]
        given = [argument.arg for argument in arguments]
        given += [f"{argument.arg}={argument.arg}" for argument in function.args.kwonlyargs]
        call = target if "property" in decorators else f"{target}({', '.join(given)})"
        return [*found, f"assert {'await ' if self.is_async else ''}{call} == ..."]


def _paths(snapshot: Snapshot, around: Sequence[ast.AST], lines: Lines) -> Iterator[str]:
    """Where the test could go, the best first: beside the tests that run the function, or the file, or by its name."""
    if around:
        inner = around[-1]
        yield from _most_common(snapshot.picture.labels(inner.lineno, inner.end_lineno))  # type: ignore[attr-defined]
    yield from _most_common(snapshot.picture.contexts)
    path = PurePosixPath(snapshot.relative)
    stem = path.parent.name if path.stem == "__init__" else path.stem
    pattern = next((each for each in snapshot.conventions.python_files if each.count("*") == 1), "test_*.py")
    name = pattern.rpartition("/")[2].replace("*", stem)
    beside = path.parent.as_posix()
    folders = [*snapshot.conventions.testpaths, *_FOLDERS, beside if beside != "." else ""]
    paths = [f"{folder}/{name}" if folder else name for folder in folders]
    yield from (each for each in paths if lines(each) is not None)
    yield paths[0] if snapshot.conventions.testpaths else next(_existing(snapshot, paths))


def _existing(snapshot: Snapshot, paths: Sequence[str]) -> Iterator[str]:
    """The paths whose folder is there; the last is beside the module, whose folder is."""
    root = snapshot.path.parents[snapshot.relative.count("/")]
    yield from (path for path in paths if (root / path).parent.is_dir())
    yield paths[-1]


def _most_common(labels: Iterable[str]) -> Iterator[str]:
    files = Counter(map(file_of, ids_of(labels)))
    yield from (file for file, _ in files.most_common(1) if file.endswith(".py"))


def _comments(snapshot: Snapshot, diagnostic: types.Diagnostic) -> Iterator[str]:
    """What the test has to bring about."""
    line = diagnostic.range.start.line
    source = _INVISIBLE.sub(" ", snapshot.lines[line].strip())
    yield f"# {snapshot.relative}:{line + 1}  {source}"
    yield f"# {_INVISIBLE.sub(' ', diagnostic.message)}"
    wanted = _vector(snapshot, diagnostic)
    if wanted:
        yield f"# missing: {wanted}"


def _vector(snapshot: Snapshot, diagnostic: types.Diagnostic) -> str:
    """The values that would show what a condition lacks; "" for other diagnostics."""
    picture = snapshot.picture
    place = _condition(snapshot, diagnostic)
    if picture.analysis is None or place is None:
        return ""
    source = picture.analysis.source
    for facts in picture.decisions:
        spans = [condition.span for condition in facts.decision.conditions]
        read = snapshot.texts.decisions
        found = truth_table(source, picture.facts, facts.decision, read) if place in spans else None
        lacks = [lack for lack in found.lacks if spans[lack.condition] == place] if found is not None else []
        if lacks and lacks[0].vector is not None:
            told = zip(spans, lacks[0].vector.values, strict=True)
            return ", ".join(f"{text_of(span, source)} {value}" for span, value in told if value is not None)
    return ""


def _condition(snapshot: Snapshot, diagnostic: types.Diagnostic) -> Span | None:
    """Where a diagnostic's condition stood in the text that ran."""
    line_map = snapshot.picture.line_map
    if line_map is None or diagnostic.code != "uncovered-condition":
        return None
    for gap in snapshot.picture.gaps:
        if gap.kind == "condition" and range_of(gap.span, snapshot.lines, snapshot.encoding) == diagnostic.range:
            first, last = line_map.old_line(gap.span.line), line_map.old_line(gap.span.end_line)
            return gap.span._replace(line=first, end_line=last)
    return None


_WHEN = (("never true", "when"), ("always true", "unless"), ("never false", "unless"))


def _name(snapshot: Snapshot, called: _Called, diagnostic: types.Diagnostic) -> str:
    """A name that says the case: "test_sign_when_number_0"."""
    prefix = next((each for each in snapshot.conventions.python_functions if each.isidentifier()), "test")
    words = [prefix.rstrip("_"), *called.names]
    if diagnostic.code != "never-run":
        words.append(next((word for end, word in _WHEN if diagnostic.message.endswith(end)), "with"))
        start, end = diagnostic.range.start, diagnostic.range.end
        line = snapshot.lines[start.line]
        columns = [from_units(line, place.character, snapshot.encoding) for place in (start, end)]
        words.append(line[columns[0] : columns[1] if end.line == start.line else None])
    name = "_".join(re.findall(r"[A-Za-z0-9]+", "_".join(words)))
    return name[:_LONGEST_NAME].rstrip("_").lower()


def _free_name(name: str, lines: Sequence[str]) -> str:
    taken = {found[1] for line in lines if (found := re.match(r"(?:async )?def (\w+)", line))}
    number = 1
    while (free := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return free


def _is_imported(imported: str, lines: Sequence[str]) -> bool:
    """Whether a file imports something by a line of its own."""
    start, _, name = imported.rpartition("import ")
    return any(line.startswith(f"{start}import") and re.search(rf"\b{name}\b", line) for line in lines)
