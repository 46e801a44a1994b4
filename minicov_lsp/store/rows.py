"""From rows to facts: code objects with the ways in which they ran, and the contexts of each."""

from __future__ import annotations

import json
import sqlite3
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeVar

from minicov_lsp.model import Arc, CodeFacts, Line
from minicov_lsp.store.footprints import MEMBER, members
from minicov_lsp.store.probes import ProbeTable, decode
from minicov_tracer import own_text
from minicov_tracer.own_text import Runs

Ran = tuple[frozenset[Line], frozenset[Arc]]
"""Raw lines and arcs of one way in which a code object ran."""

Way = TypeVar("Way")


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


def read_codes(connection: sqlite3.Connection, file: int) -> tuple[StoredCode, ...]:
    """All code objects of a file's row, by first line; what no context ran is there without hits.

    Raises ValueError, TypeError, KeyError or IndexError where a row isn't what it should be.
    """
    labels = _labels_by_signature(connection, file)
    signatures = _signatures_by_code(connection, file)
    rows = connection.execute(
        "SELECT id, name, first_line, python, probes, own_lines, own_digest FROM code WHERE file_id = ?"
        " ORDER BY first_line, id",
        (file,),
    )
    found = []
    for code, name, first_line, python, probes, own_lines, own_digest in rows:
        table = decode(probes, first_line)
        hits: dict[Ran, frozenset[str]] = {}
        hit_probes: dict[int, frozenset[str]] = {}
        for member, bits, arcs in signatures.get(code, ()):
            if (shown := labels.get(member)) is not None:
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


def _labels_by_signature(connection: sqlite3.Connection, file: int) -> dict[bytes | str, frozenset[str]]:
    """{signature, as `members` has it: labels of the contexts that showed it}."""
    rows = connection.execute(
        """
        SELECT p.id, p.signatures, x.label
        FROM footprint p JOIN hit h ON h.footprint_id = p.id JOIN context x ON x.id = h.context_id
        WHERE p.file_id = ? ORDER BY p.id
        """,
        (file,),
    )
    shown: dict[bytes | str, list[frozenset[str]]] = {}
    for (_, signatures), found in groupby(rows, itemgetter(0, 1)):
        labels = frozenset(label for _, _, label in found)
        for member in members(signatures):
            shown.setdefault(member, []).append(labels)
    return {each: sets[0] if len(sets) == 1 else frozenset().union(*sets) for each, sets in shown.items()}


def _signatures_by_code(connection: sqlite3.Connection, file: int) -> dict[int, list[tuple[bytes | str, bytes, str]]]:
    """{code object's row: (what it is in `members`, bits, arcs) of its signatures}."""
    rows = connection.execute(f"SELECT code_id, {MEMBER}, bits, arcs FROM signature WHERE file_id = ?", (file,))  # noqa: S608  # ours
    found: dict[int, list[tuple[bytes | str, bytes, str]]] = {}
    for code, *signature in rows:
        found.setdefault(code, []).append(tuple(signature))
    return found


def _ran(table: ProbeTable, hit: int, told: str) -> Ran:
    """The lines and arcs that one signature stands for."""
    lines, arcs = table.ran(hit)
    return lines, arcs if told == "[]" else arcs.union((a, b) for a, b in json.loads(told))
