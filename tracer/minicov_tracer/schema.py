"""The data file's schema: the commented DDL of what a process writes, and of what partial and merged files share.

A test that runs a function mostly runs it the way a hundred others did, and a
file too. So each distinct set of hit probes of a code object is stored once, as a
*signature*, each distinct set of a file's signatures once, as a *footprint*, and
a hit says only that a context left that footprint. Every row has a natural key,
so merging is order-free and repeatable. A merged file's own tables are in the
language server's store/merged_schema.py: they are made for size and reading. A
partial file is one list of rows that is added to, many to a blob: its process
has other things to do, and who merges it reads it once, from its beginning.

Versions, each of which store/migrations.py can bring to the next:
1  each context refers to signatures
2  footprints; runs; which lines are a code object's own; when a context was measured; seals
3  line_count
4  code.probes and own_lines are lists of numbers, and no JSON any more
5  signatures of a merged file have numbers, by which footprints tell them
6  partial files have chunks of rows; a merged file tables of its own, in which footprints tell their contexts
"""

from __future__ import annotations

APPLICATION_ID = 0x6D436F76
"""SQLite's application_id: "mCov"."""
VERSION = 6
"""SQLite's user_version; raised with every change that a reader must know."""

SHARED_TABLES = """
CREATE TABLE meta (             -- facts about the whole file
    key TEXT PRIMARY KEY,       -- root: the project's folder; generation: counts merges that changed something;
                                -- prunes: counts how often facts of any version may have become fewer;
                                -- in a partial file also seal: see seals.py; in a merged one also kept: see kept.py
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (              -- one run of a program or of tests, in however many processes
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,  -- unlike any other's
    replaces INTEGER NOT NULL   -- 1 if a test's facts replace what the same test gave in earlier runs, else 0
);

CREATE TABLE line_count (       -- how often lines ran, where that was counted: a file's counts are the sum of its rows
    file_id INTEGER NOT NULL,  -- in a partial file the number of its row
    part BLOB NOT NULL,         -- 8 random bytes: one process's counts of the file; merged again they add nothing
    total INTEGER NOT NULL,     -- sum of all counts here; of two rows with the same part the one with more is later
    lines TEXT NOT NULL,        -- JSON: [[line, count], ...], ascending; lines that never ran are not there
    PRIMARY KEY (file_id, part)
) WITHOUT ROWID;
"""

PARTIAL_TABLES = """
CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \\n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of `text` as it is here
    text BLOB NOT NULL          -- zlib of that UTF-8
);

CREATE TABLE chunk (            -- rows of a kind, one after the other; over all chunks they have numbers from 1 on
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,      -- integers have four bytes, the lowest first; texts are UTF-8; what has a size follows.
                                -- 1) file: sizes of path and digest; path, digest: see merged_schema's `file`
                                -- 2) code object: number of its file, first_line, sizes of the five last; digest, name,
                                --   python, probes, own_lines, own_digest: see merged_schema's `code`
                                -- 3) signature: numbers of its file and its code object, sizes of bits and arcs; key,
                                --   bits, arcs: see merged_schema's `signature`
                                -- 4) footprint: number of its file, how many signatures; BLAKE2b-64 of their keys, the
                                --   keys, sorted
                                -- 5) context: size of its name; the name
                                -- 6) note, of what a context did since its note before: number of the context, outcome
                                --   (see merged_schema's `context`; 255 for none), how many footprints; when, seconds
                                --   since 1970, how long the test took, in seconds, both 64-bit floats; the footprints'
                                --   numbers
    rows BLOB NOT NULL
);
"""
"""Of a process's own partial file."""

PARTIAL = f"""\
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
{SHARED_TABLES}
{PARTIAL_TABLES}"""
"""What a process's own partial file starts with."""
