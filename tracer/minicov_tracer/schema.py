"""The data file's schema: one commented DDL for partial files and the merged file alike.

A test that runs a function mostly runs it the way a hundred others did. So each
distinct set of hit probes of a code object is stored once, as a *signature*, and
a hit says only that a context showed that signature. Every row but those of `hit`
has a natural key, so merging is INSERT OR IGNORE: order-free and repeatable.
"""

from __future__ import annotations

APPLICATION_ID = 0x6D436F76
"""SQLite's application_id: "mCov"."""
VERSION = 1
"""SQLite's user_version; raised with every change that a reader must know."""

TABLES = """
CREATE TABLE meta (             -- facts about the whole file
    key TEXT PRIMARY KEY,       -- root: the project's folder; run: the run's id; generation: counts merges;
                                -- replaces: 1 if a test's facts replace what the same test gave before
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE source (           -- a text that ran, once
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,-- SHA-256 of the text's UTF-8 with \\n line ends, hexadecimal; '' where unreadable
    size INTEGER NOT NULL,      -- bytes of that UTF-8
    text BLOB                   -- zlib of that UTF-8; NULL where it couldn't be read
);

CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    source_id INTEGER NOT NULL REFERENCES source(id),
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, source_id)
);

CREATE TABLE code (             -- a code object of that version, as one interpreter compiled it
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-128 of name, first_line, python and probes
    name TEXT NOT NULL,         -- co_qualname
    first_line INTEGER NOT NULL,-- co_firstlineno: of the first decorator, else of the def
    python TEXT NOT NULL,       -- "3.12"
    probes TEXT NOT NULL,       -- JSON: {"lines": [line, ...],
                                --  "jumps": [[offset, to if not taken, to if taken, line, column, end line, column],…],
                                --  "arcs": [[a, b, p, q], ...]}: if probes p and q were hit, line b followed line a;
                                --  columns are UTF-8 bytes, from 0
    UNIQUE (file_id, digest)
);

CREATE TABLE signature (        -- one way in which a code object ran
    id INTEGER PRIMARY KEY,
    code_id INTEGER NOT NULL REFERENCES code(id),
    digest BLOB NOT NULL,       -- BLAKE2b-128 of bits and arcs
    bits BLOB NOT NULL,         -- bitmap of hit probes; probe n is bit n & 7 of byte n >> 3.
                                -- 0: entry; 1..L: the L lines; L+1+2j: jump j not taken; L+2+2j: jump j taken
    arcs TEXT NOT NULL,         -- JSON: [[a, b], ...]: transitions seen as such; [] for none
    UNIQUE (code_id, digest)
);

CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL UNIQUE, -- a test's node id; LABEL|node id; LABEL; ''
    run TEXT NOT NULL DEFAULT ''-- the run that last measured it
);

CREATE TABLE hit (              -- this context ran a code object in this way
    context_id INTEGER NOT NULL REFERENCES context(id),
    signature_id INTEGER NOT NULL REFERENCES signature(id),
    PRIMARY KEY (context_id, signature_id) -- in the columns' order: SQLite 3.40's quick_check fails falsely on another
) WITHOUT ROWID;

CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL      -- seconds, all phases
);
"""

INDEXES = """
CREATE INDEX hit_signature ON hit (signature_id);
"""

_BIT = "(instr('123456789ABCDEF', substr(hex(s.bits), 2 * ({n} >> 3) + 2 - (({n} & 7) >> 2), 1)) >> ({n} & 3) & 1)"
"""SQL for "probe n is in s.bits": hexadecimal digits are the one thing that SQLite can pick out of a blob by place."""

_EVERYTHING = """hit h
    JOIN signature s ON s.id = h.signature_id
    JOIN code c ON c.id = s.code_id
    JOIN file f ON f.id = c.file_id"""

# All that is put in is written above.
VIEWS = f"""
CREATE VIEW contexts (id, label) AS SELECT id, label FROM context;

CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines
    SELECT DISTINCT f.path, h.context_id, p.value
    FROM {_EVERYTHING}, json_each(c.probes, '$.lines') p
    WHERE {_BIT.format(n="(p.key + 1)")};

CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT f.path, h.context_id, json_extract(p.value, '$[0]'), json_extract(p.value, '$[1]')
    FROM {_EVERYTHING}, json_each(c.probes, '$.arcs') p
    WHERE {_BIT.format(n="(json_extract(p.value, '$[2]'))")} AND {_BIT.format(n="(json_extract(p.value, '$[3]'))")}
    UNION
    SELECT f.path, h.context_id, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]')
    FROM {_EVERYTHING}, json_each(s.arcs) a;

CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT f.path, h.context_id,
        json_extract(p.value, '$[0]'), json_extract(p.value, '$[' || (1 + t.taken) || ']'),
        c.name, c.python
    FROM {_EVERYTHING}, json_each(c.probes, '$.jumps') p, (SELECT 0 AS taken UNION ALL SELECT 1) t
    WHERE {_BIT.format(n="(1 + json_array_length(c.probes, '$.lines') + 2 * p.key + t.taken)")};
"""  # noqa: S608

PARTIAL = f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {VERSION};\n{TABLES}"
"""What a process's own partial file starts with: no views, and no index that only readers need."""
MERGED = f"{PARTIAL}{INDEXES}{VIEWS}"
"""What a merged data file starts with."""
