"""A made-up test suite with the shape of real ones, and its data in our format and in coverage.py's.

The code is real: functions and classes of the standard library, shuffled into
files. How they run is made up: random walks through the interpreter's own line
tables, so that lines, jumps and arcs agree. The proportions are those measured on
the suites of jinja2 3.1.6, attrs 25.3.0 and networkx 3.4.2:

                                    jinja2   attrs  networkx   here
    files that a test runs             9.7     2.1       8.0     10
    code objects it runs in each      11.6    17.4       3.6     12
    signatures per code object         2.5     3.7       2.2    2.5
    footprints per (test, file)       0.27    0.34      0.20   0.25
"""

from __future__ import annotations

import ast
import json
import random
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from minicov_tracer.bytecode import ProbeTable, bitmap, describe, probe_table
from minicov_tracer.naming import RunInfo
from minicov_tracer.own_text import own_digest, own_lines
from minicov_tracer.partial import CodeRow, PartialFile

ROOT = "/project"
_MODULES = 200
_LONGEST_WALK = 80
_SHORTEST, _LONGEST = 4, 90
"""Lines of a definition that is taken."""


@dataclass(frozen=True)
class Shape:
    """How large a suite is."""

    tests: int = 10_000
    files: int = 2_000
    definitions: int = 8
    """Functions and classes in a file."""
    files_per_test: int = 20
    codes_per_file: int = 12
    """Code objects that a test runs of a file that it runs."""
    footprints: int = 12
    """Different ways in which a file runs."""


SHAPES = {
    "jinja2": Shape(files=320, definitions=16, files_per_test=10, codes_per_file=12, footprints=84),
    "attrs": Shape(files=141, definitions=8, files_per_test=2, codes_per_file=17, footprints=50),
    "networkx": Shape(files=841, definitions=6, files_per_test=8, codes_per_file=4, footprints=19),
    "large": Shape(),
}
"""10,000 tests each. The first three have as many tests for a file as the suites that they are called after; the
last is a project of 2,000 files, of which a test runs more than in a small one."""


@dataclass(frozen=True)
class Way:
    """One way in which a code object runs."""

    bits: bytes
    arcs: tuple[tuple[int, int], ...]


@dataclass
class Code:
    """A code object, as it is stored, and its ways."""

    row: CodeRow
    ways: list[Way]


@dataclass
class File:
    """A measured file."""

    path: str
    text: str
    module: list[tuple[Code, Way]] = field(default_factory=list)
    """What its import runs."""
    footprints: list[list[tuple[Code, Way]]] = field(default_factory=list)


@dataclass
class Suite:
    """Everything that a test run of it would tell."""

    files: list[File]
    tests: list[tuple[str, list[tuple[File, list[tuple[Code, Way]]]]]]
    """(node id, [(file, what ran of it)])."""
    root: str = ROOT
    """The project's folder."""

    def shards(self, number: int) -> Iterator[list[tuple[str, list[tuple[File, list[tuple[Code, Way]]]]]]]:
        """The tests in that many parts, as several machines or processes would run them."""
        size = -(-len(self.tests) // number)
        for start in range(0, len(self.tests), size):
            yield self.tests[start : start + size]


def make_suite(shape: Shape, seed: int = 1, root: str = ROOT) -> Suite:
    """A suite of that shape; the same for the same seed on the same Python. Nothing is written below `root`."""
    chance = random.Random(seed)
    pool = list(_definitions())
    files = [_make_file(number, shape, pool, chance, root) for number in range(shape.files)]
    tests = []
    for number in range(shape.tests):
        home = number * shape.files // shape.tests
        around = [_near(home, len(files), chance) for _ in range(2 * shape.files_per_test)]
        ran = []
        for index in list(dict.fromkeys([home, *around]))[: shape.files_per_test]:
            file = files[index]
            ran.append((file, file.footprints[_zipf(len(file.footprints), chance)]))
        tests.append((f"tests/package{home // 20}/test_module{home}.py::TestCase::test_behaviour_{number}", ran))
    return Suite(files, tests, root)


def _definitions() -> Iterator[str]:
    """The source of functions and classes of the standard library."""
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library.glob("*.py"))[:_MODULES]:
        text = path.read_text("utf-8", "replace")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                source = ast.get_source_segment(text, node) or ""
                if _SHORTEST <= source.count("\n") <= _LONGEST:
                    yield source


def _make_file(number: int, shape: Shape, pool: list[str], chance: random.Random, root: str) -> File:
    parts = [
        '"""A module."""',
        "import os\nimport sys\nfrom functools import lru_cache",
        *chance.sample(pool, shape.definitions),
    ]
    text = "\n\n\n".join(parts) + "\n"
    file = File(f"{root}/package{number // 20}/module{number}.py", text)
    lines = text.split("\n")
    functions = []
    for code in _codes(compile(text, file.path, "exec", dont_inherit=True)):
        found = make_code(code, lines, chance)
        if "<locals>" in code.co_qualname or code.co_flags & 2 == 2:  # a function, not a module's or class's body
            functions.append(found)
        elif found.ways:
            file.module.append((found, found.ways[0]))
    functions = [code for code in functions if code.ways]
    for _ in range(shape.footprints):
        size = min(len(functions), max(1, round(shape.codes_per_file * chance.uniform(0.3, 1.7))))
        chosen = dict.fromkeys(_zipf(len(functions), chance) for _ in range(4 * size))
        ran = [(functions[index], functions[index].ways) for index in list(chosen)[:size]]
        file.footprints.append([(code, ways[_zipf(len(ways), chance)]) for code, ways in ran])
    return file


def make_code(code: CodeType, lines: list[str], chance: random.Random) -> Code:
    """A code object as it is stored, and some ways through it."""
    table = probe_table(code, sees_jumps=True)
    own = own_lines(code)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    row = CodeRow(0, code.co_qualname, code.co_firstlineno, version, describe(code), own, own_digest(lines, own))
    wanted = 1 + min(7, int(chance.expovariate(0.4)))
    ways: dict[bytes, Way] = {}
    for _ in range(3 * wanted):
        way = _walk(table, chance)
        if way is not None and len(ways) < wanted:
            ways[way.bits] = way
    return Code(row, list(ways.values()))


def _walk(table: ProbeTable, chance: random.Random) -> Way | None:
    """A random way through a code object."""
    leaving: dict[int, list[tuple[int, int, int, int]]] = {}
    for arc in table.arcs:
        leaving.setdefault(arc[0], []).append(arc)
    at = next((a for a, _, p, _ in table.arcs if p == 0), None)
    hit: set[int] = set()
    for _ in range(_LONGEST_WALK):
        if at not in leaving:
            break
        _, at, p, q = chance.choice(leaving[at])
        hit.update((p, q))
    arcs = tuple(sorted({(a, b) for a, b, p, q in table.arcs if p in hit and q in hit}))
    return Way(bitmap(hit), arcs) if hit else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _zipf(size: int, chance: random.Random) -> int:
    """An index below `size`, the first ones far more often than the last."""
    return min(size - 1, int(size * chance.random() ** 2))


def _near(home: int, size: int, chance: random.Random) -> int:
    """Another file that a test of `home` runs: of its own package, or one that everybody uses."""
    if chance.random() < 0.7:
        return min(size - 1, home // 20 * 20 + chance.randrange(20))
    return _zipf(size, chance)


def write_partials(suite: Suite, number: int, data_file: Path) -> list[Path]:
    """The suite's run as our tracer leaves it: that many partial files."""
    partials = []
    for index, tests in enumerate(suite.shards(number)):
        path = data_file.with_name(f"{data_file.name}.elsewhere.1.{index:08x}")
        partial = PartialFile(str(path), RunInfo(suite.root, "run", False))
        rows = _Rows(partial)
        with partial.transaction():
            context = partial.context("")
            for file in _imported(tests):
                partial.hits((context, rows.signature(file, *ran)) for ran in file.module)
            for label, ran in tests:
                context = partial.context(label)
                partial.hits((context, rows.signature(file, *code)) for file, codes in ran for code in codes)
                partial.outcome(context, "passed", 0.01)
        partial.close()
        partials.append(path)
    return partials


def _imported(tests: list[tuple[str, list[tuple[File, list[tuple[Code, Way]]]]]]) -> list[File]:
    return list({file.path: file for _, ran in tests for file, _ in ran}.values())


class _Rows:
    """Rows of one partial file."""

    def __init__(self, partial: PartialFile) -> None:
        self._partial = partial
        self._files: dict[str, int] = {}
        self._codes: dict[int, int] = {}
        self._signatures: dict[int, int] = {}

    def signature(self, file: File, code: Code, way: Way) -> int:
        found = self._signatures.get(id(way))
        if found is None:
            if file.path not in self._files:
                self._files[file.path] = self._partial.file(file.path, file.text)
            if id(code) not in self._codes:
                self._codes[id(code)] = self._partial.code(code.row.replaced(file=self._files[file.path]))
            found = self._partial.signature(self._codes[id(code)], way.bits, "[]")
            self._signatures[id(way)] = found
        return found


def write_coverage_py(suite: Suite, number: int, data_file: Path) -> list[Path]:
    """The same run as coverage.py leaves it with --branch and a context for each test: that many parallel files."""
    from coverage import CoverageData

    paths = []
    for index, tests in enumerate(suite.shards(number)):
        data = CoverageData(basename=str(data_file), suffix=f"elsewhere.{index:04}")
        data.set_context("")
        data.add_arcs({file.path: [arc for _, way in file.module for arc in way.arcs] for file in _imported(tests)})
        for label, ran in tests:
            data.set_context(label)
            data.add_arcs({file.path: {arc for _, way in codes for arc in way.arcs} for file, codes in ran})
        data.close()
        paths.append(Path(data.data_filename()))
    return paths


def describe_suite(suite: Suite) -> str:
    """The suite's proportions as JSON, to compare with those of real ones."""
    pairs = [(file.path, id(ran)) for _, tests in suite.tests for file, ran in tests]
    ran = [len(codes) for _, tests in suite.tests for _, codes in tests]
    codes = {id(code): code for file in suite.files for ran_there in file.footprints for code, _ in ran_there}
    return json.dumps(
        {
            "tests": len(suite.tests),
            "files": len(suite.files),
            "lines": sum(file.text.count("\n") for file in suite.files),
            "files per test": round(len(pairs) / len(suite.tests), 1),
            "code objects per test and file": round(sum(ran) / len(ran), 1),
            "signatures per code object": round(sum(len(code.ways) for code in codes.values()) / len(codes), 2),
            "footprints per test and file": round(len(set(pairs)) / len(pairs), 2),
        }
    )
