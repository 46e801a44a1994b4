"""Bringing what other tools recorded into the data file: as one partial file, merged like any other.

Where no interpreter described its probes, a whole file is one code object: a probe for each line, then one for each
transition, so that a way in which it ran is a bitmap here too.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from minicov_lsp.model import Arc
from minicov_lsp.store.combine import CombineResult, combine
from minicov_lsp.store.connection import has_content
from minicov_lsp.store.coverage_py import CoveragePyData
from minicov_lsp.store.coverage_py_files import beside
from minicov_lsp.store.foreign import ImportedFile, imported
from minicov_tracer import probe_text
from minicov_tracer.bytecode import bitmap
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import CodeRow, PartialFile

_FIRST_LINE = 1


def import_files(
    data_file: Path, files: Iterable[ImportedFile], root: Path, rename: Callable[[str], str] = str
) -> CombineResult:
    """Add files to a data file, made if need be; nothing that it holds is dropped. Raises DataError and OSError."""
    with tempfile.TemporaryDirectory(prefix="minicov-") as folder:
        partial = Path(folder, "imported")
        _write(partial, files, root)
        return combine(data_file, [partial], root=root, rename=rename)


def adopt_coverage_py(data_file: Path, root: Path, rename: Callable[[str], str] = str) -> None:
    """Before the first run adds to a data file: begin it with what coverage.py's own holds, if that is all there is.

    Raises DataError and OSError.
    """
    theirs = None if has_content(data_file) else beside(data_file)
    if theirs is not None:
        with CoveragePyData(theirs, root) as data:
            import_files(data_file, files_of(data), root, rename)


def files_of(data: CoveragePyData) -> Iterator[ImportedFile]:
    """All that a data file of coverage.py says, a file at a time."""
    return (imported(facts) for path in data.files() for facts in data.facts(path))


def _write(path: Path, files: Iterable[ImportedFile], root: Path) -> None:
    partial = PartialFile(str(path), RunInfo(str(root), uuid.uuid4().hex, replaces=False))
    try:
        for file in files:
            with partial.transaction():
                _write_file(partial, file, root)
    finally:
        partial.close()


def _write_file(partial: PartialFile, file: ImportedFile, root: Path) -> None:
    row = partial.file(str(root / file.path), file.text)
    if not file.ran and not file.could_run:
        return
    probes = _Probes(file)
    code = partial.code(CodeRow(row, "", _FIRST_LINE, "", probes.table()))
    hits = []
    for (lines, arcs), labels in file.ran.items():
        bits, told = probes.signature(lines, arcs)
        signature = partial.signature(code, bits, told)
        hits += [(partial.context(label), signature) for label in sorted(labels)]
    partial.hits(hits)


class _Probes:
    """The probe table of a whole file."""

    def __init__(self, file: ImportedFile) -> None:
        lines = {line for ran, _ in file.ran for line in ran} | file.could_run
        arcs = {arc for _, ran in file.ran for arc in ran}
        self._lines = {line: number for number, line in enumerate(sorted(lines), 1)}
        # A probe stands for a line; a transition's, for the one that it is about.
        about = sorted(arc for arc in arcs if max(arc) > 0)
        self._arcs = {arc: number for number, arc in enumerate(about, 1 + len(lines))}

    def table(self) -> str:
        """Its text; probe_text.py in the tracer has the form."""
        lines = [*self._lines, *(start if start > 0 else end for start, end in self._arcs)]
        return probe_text.encode(_FIRST_LINE, lines, (), [(*arc, number, number) for arc, number in self._arcs.items()])

    def signature(self, lines: Iterable[int], arcs: Iterable[Arc]) -> tuple[bytes, str]:
        """(bits, arcs as JSON) of a way in which the file ran."""
        known = [arc for arc in arcs if arc in self._arcs]
        rest = sorted(arc for arc in arcs if arc not in self._arcs)
        bits = bitmap({*(self._lines[line] for line in lines), *(self._arcs[arc] for arc in known)})
        return bits, json.dumps(rest, separators=(",", ":"))
