"""From rows to facts: code objects with the ways in which they ran, and the contexts of each."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple, TypeVar

from minicov_lsp.model import Arc, CodeFacts, Line
from minicov_lsp.store.merged_schema import MOST_OF_A_FILE, of_file
from minicov_lsp.store.names import Names
from minicov_lsp.store.probes import ProbeTable, decode
from minicov_tracer import own_text
from minicov_tracer.own_text import Runs

Ran = tuple[frozenset[Line], frozenset[Arc]]
"""Raw lines and arcs of one way in which a code object ran."""

Way = TypeVar("Way")

_FOOTPRINTS = f"SELECT signatures, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608  # ours, as below
_SIGNATURES = f"""
    SELECT code, char(id & {MOST_OF_A_FILE}), bits, arcs FROM signature WHERE {of_file("id", ":file")}
"""  # noqa: S608
# Of code objects on the same line the digest tells the order, which then is the same in each data file.
_CODES = f"""
    SELECT id & {MOST_OF_A_FILE}, name, first_line, python, probes, own_lines, own_digest FROM code
    WHERE {of_file("id", ":file")} ORDER BY first_line, digest
"""  # noqa: S608


class StoredCode(NamedTuple):
    """A code object with what ran of it, and what tells whether its text is still the same."""

    facts: CodeFacts
    own_lines: str
    """As its row has it: few ask for it."""
    own_digest: bytes

    @property
    def runs(self) -> Runs:
        """The lines that are its own. Raises ValueError or TypeError where they are not what they should be."""
        return own_text.decode(self.own_lines, self.facts.first_line)


def read_codes(connection: sqlite3.Connection, file: int, names: Names) -> tuple[StoredCode, ...]:
    """All code objects of a file's row, by first line; what no context ran is there without hits.

    `names` are of that connection. Raises ValueError, TypeError, KeyError or IndexError where a row isn't what it
    should be.
    """
    labels = _labels_by_signature(connection, file, names)
    signatures = _signatures_by_code(connection, file)
    found = []
    for code, name, first_line, python, probes, own_lines, own_digest in connection.execute(_CODES, {"file": file}):
        table = decode(probes, first_line)
        hits: dict[Ran, frozenset[str]] = {}
        hit_probes: dict[int, frozenset[str]] = {}
        for signature, bits, arcs in signatures.get(code, ()):
            if (shown := labels.get(signature)) is not None:
                hit = int.from_bytes(bits, "little")
                _add(hits, _ran(table, hit, arcs), shown)
                _add(hit_probes, hit, shown)
        facts = CodeFacts(
            name,
            first_line,
            python,
            frozenset(table.lines),
            hits,
            table.jumps,
            hit_probes if python else {},
            table.tests,
            table.conditions,
        )
        found.append(StoredCode(facts, own_lines, own_digest))
    return tuple(found)


def _add(found: dict[Way, frozenset[str]], way: Way, labels: frozenset[str]) -> None:
    """Note that contexts ran something so; a set is copied only where two signatures stand for the same."""
    known = found.setdefault(way, labels)
    if known is not labels:
        found[way] = known | labels


def read_counts(connection: sqlite3.Connection, file: int) -> dict[Line, int]:
    """How often lines of a file's row ran, over all processes that counted. Raises ValueError or TypeError."""
    counts: dict[Line, int] = {}
    for (lines,) in connection.execute("SELECT lines FROM line_count WHERE file_id = ?", (file,)):
        for line, count in json.loads(lines):
            counts[line] = counts.get(line, 0) + int(count)
    return counts


def _labels_by_signature(connection: sqlite3.Connection, file: int, names: Names) -> dict[str, frozenset[str]]:
    """{signature's character: labels of the contexts that showed it}."""
    footprints = connection.execute(_FOOTPRINTS, {"file": file}).fetchall()
    label = names.of(connection, "".join([contexts for _, contexts in footprints])).__getitem__
    shown: dict[str, list[frozenset[str]]] = {}
    for signatures, contexts in footprints:
        if contexts:
            labels = frozenset(map(label, contexts))
            for signature in signatures:
                shown.setdefault(signature, []).append(labels)
    return {each: sets[0] if len(sets) == 1 else frozenset().union(*sets) for each, sets in shown.items()}


def _signatures_by_code(connection: sqlite3.Connection, file: int) -> dict[int, list[tuple[str, bytes, str]]]:
    """{code object's number: (character, bits, arcs) of its signatures}."""
    found: dict[int, list[tuple[str, bytes, str]]] = {}
    for code, *signature in connection.execute(_SIGNATURES, {"file": file}):
        found.setdefault(code, []).append(tuple(signature))
    return found


def _ran(table: ProbeTable, hit: int, told: str) -> Ran:
    """The lines and arcs that one signature stands for."""
    lines, arcs = table.ran(hit)
    return lines, arcs if not told else arcs.union((a, b) for a, b in json.loads(told))
