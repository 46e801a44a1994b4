"""docs/schema.md, made from the DDL that makes the data files, so that it can't say anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from minicov_lsp.store.merged_schema import MERGED_TABLES, VIEWS
from minicov_tracer import schema

_GENERATED = re.compile(r"(<!-- schema:[^\n]* -->\n).*?(<!-- :schema -->)", re.DOTALL)
_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\s*(?:-- (.*))?$")
_VIEW = re.compile(r"^CREATE VIEW (\w+) \(([^)]*)\) AS(?:\s+-- (.*)| SELECT.*)?$")
_COLUMN = re.compile(r"^    ([a-z_]+) ([A-Z]+)\b.*?(?:--\s*(.*))?$")
_GOES_ON = re.compile(r"^\s+--\s*(.*)$")
_KEY = re.compile(r"^    ((?:PRIMARY KEY|UNIQUE) \([^)]*\))")


def page(path: Path) -> str:
    """The page with its tables as they should be."""
    parts = [f"Version {schema.VERSION}; application_id 0x{schema.APPLICATION_ID:08X}.\n", "### Views\n", *_views()]
    parts += ["\n### Tables of every data file\n", *_tables(schema.SHARED_TABLES)]
    parts += ["\n### Tables of a merged data file\n", *_tables(MERGED_TABLES)]
    parts += ["\n### Tables of a partial file\n", *_tables(schema.PARTIAL_TABLES)]
    text = "\n".join(parts).rstrip() + "\n"
    return _GENERATED.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", path.read_text("utf-8"))


def _views() -> Iterator[str]:
    yield "| view | columns | rows |"
    yield "| --- | --- | --- |"
    for line in VIEWS.splitlines():
        if found := _VIEW.match(line):
            columns = ", ".join(f"`{name.strip()}`" for name in found[2].split(","))
            yield f"| `{found[1]}` | {columns} | {found[3] or 'one a context'} |"


def _tables(ddl: str) -> Iterator[str]:
    """Each table: what it is, its columns, its keys."""
    rows: list[list[str]] = []
    for line in ddl.splitlines():
        if found := _TABLE.match(line):
            yield f"\n`{found[1]}`: {found[2]}\n"
            rows = []
        elif found := _COLUMN.match(line):
            rows.append([f"`{found[1]}`", found[2], _in_cell(found[3] or "")])
        elif (found := _GOES_ON.match(line)) and rows:
            rows[-1][2] = f"{rows[-1][2]} {_in_cell(found[1])}".strip()
        elif found := _KEY.match(line):
            rows.append(["", "", found[1]])
        elif line.startswith(")"):
            yield "| column | type | holds |"
            yield "| --- | --- | --- |"
            yield from (f"| {' | '.join(cells)} |" for cells in rows)


def _in_cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("[", "\\[").replace("<", "&lt;").strip()
