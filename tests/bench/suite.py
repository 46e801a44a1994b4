"""A made-up test suite with the shape of real ones, and its data in our format and in coverage.py's.

The code is real: functions and classes of the standard library, shuffled into
files. How they run is made up: random walks through the interpreter's own line
tables, so that lines, jumps and arcs agree. The proportions are those that
proportions.py finds in the data of suites under Python 3.12, as their own configuration has it (jinja2 3.1.6, with
its tests' files; attrs 25.3.0; 4,784 of the tests of networkx 3.6.1), beside which stands what it finds in ours:

                                    jinja2   ours   attrs   ours   networkx   ours
    lines per file                     424    475     447    516        439    265
    files per test                    11.6   12.0     2.0    2.0        7.5    8.0
    code objects per pair             10.4   10.9    17.5   17.2        4.3    4.0
    arcs per pair                       79     76     210    198         28     32
    ways per code object               1.7    1.7     3.7    1.6        2.3    1.8
    footprints per pair               0.28   0.28    0.32   0.34       0.20   0.20

networkx's lines are docstrings for the most part: a file of it has 3.5 KiB of compressed text and 2.3 of probes, one of
ours 3.1 and 3.6.
"""

from __future__ import annotations

import ast
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
_ENDS_EARLY = 0.3
"""Share of the walks that end somewhere in the middle, as by an exception."""
_LONGEST = 90
"""Lines of the longest definition that is taken."""


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
    shortest: int = 4
    """Lines of the shortest definitions."""
    calls: int = 1
    """How often a test calls each code object that it runs, at most: each call adds arcs."""
    folder: str = "tests"
    """Of the tests: their names begin with it."""


SHAPES = {
    "jinja2": Shape(files=583, definitions=18, files_per_test=12, codes_per_file=11, footprints=65, calls=3),
    "attrs": Shape(files=97, files_per_test=2, codes_per_file=22, footprints=85, shortest=45, calls=12),
    "networkx": Shape(
        files=480,
        definitions=5,
        files_per_test=8,
        codes_per_file=4,
        footprints=36,
        shortest=30,
        folder="networkx/algorithms/connections",
    ),
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
    pool = list(_definitions(shape.shortest))
    files = [_make_file(number, shape, pool, chance, root) for number in range(shape.files)]
    tests = []
    for number in range(shape.tests):
        home = number * shape.files // shape.tests
        around = [_near(home, len(files), chance) for _ in range(2 * shape.files_per_test)]
        ran = []
        for index in list(dict.fromkeys([home, *around]))[: shape.files_per_test]:
            file = files[index]
            ran.append((file, file.footprints[_zipf(len(file.footprints), chance)]))
        tests.append(
            (f"{shape.folder}/package{home // 20}/test_module{home}.py::TestCase::test_behaviour_{number}", ran)
        )
    return Suite(files, tests, root)


def _definitions(shortest: int) -> Iterator[str]:
    """The source of functions and classes of the standard library."""
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library.glob("*.py"))[:_MODULES]:
        text = path.read_text("utf-8", "replace")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                source = ast.get_source_segment(text, node) or ""
                if shortest <= source.count("\n") <= _LONGEST:
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
        found = make_code(code, lines, chance, shape.calls)
        if "<locals>" in code.co_qualname or code.co_flags & 2 == 2:  # a function, not a module's or class's body
            functions.append(found)
        elif found.ways:
            file.module.append((found, found.ways[0]))
    functions = [code for code in functions if code.ways]
    for _ in range(shape.footprints):
        size = min(len(functions), max(1, round(shape.codes_per_file * chance.uniform(0.3, 1.7))))
        chosen = dict.fromkeys(_zipf(len(functions), chance) for _ in range(4 * size))
        ran = [(functions[index], functions[index].ways) for index in list(chosen)[:size]]
        file.footprints.append([(code, chance.choice(ways)) for code, ways in ran])
    return file


def make_code(code: CodeType, lines: list[str], chance: random.Random, calls: int = 1) -> Code:
    """A code object as it is stored, and some ways in which that many calls at most run it."""
    table = probe_table(code, sees_jumps=True)
    own = own_lines(code)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    row = CodeRow(0, code.co_qualname, code.co_firstlineno, version, describe(code), own, own_digest(lines, own))
    wanted = 1 + min(7, int(chance.expovariate(0.4)))
    ways: dict[bytes, Way] = {}
    for _ in range(3 * wanted):
        way = _way(table, chance, chance.randint(1, calls))
        if way is not None and len(ways) < wanted:
            ways[way.bits] = way
    return Code(row, list(ways.values()))


def _way(table: ProbeTable, chance: random.Random, calls: int) -> Way | None:
    """What that many random walks through a code object hit together."""
    hit = set().union(*(_walk(table, chance) for _ in range(calls)))
    arcs = tuple(sorted({(a, b) for a, b, p, q in table.arcs if p in hit and q in hit}))
    return Way(bitmap(hit), arcs) if hit else None


def _walk(table: ProbeTable, chance: random.Random) -> set[int]:
    """The probes that a random walk through a code object hits."""
    leaving: dict[int, list[tuple[int, int, int, int]]] = {}
    for arc in table.arcs:
        leaving.setdefault(arc[0], []).append(arc)
    at = next((a for a, _, p, _ in table.arcs if p == 0), None)
    hit: set[int] = set()
    ends_early = chance.random() < _ENDS_EARLY
    for _ in range(chance.randrange(1, 8) if ends_early else _LONGEST_WALK):
        if at not in leaving:
            break
        _, at, p, q = chance.choice(leaving[at])
        hit.update((p, q))
    return hit


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
