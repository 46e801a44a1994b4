"""The data file's schema: one commented DDL for partial files and the merged file alike.

A test that runs a function mostly runs it the way a hundred others did, and a
file too. So each distinct set of hit probes of a code object is stored once, as a
*signature*, each distinct set of a file's signatures once, as a *footprint*, and
a hit says only that a context left that footprint. Every row has a natural key,
so merging is INSERT OR IGNORE: order-free and repeatable.

Versions, each of which store/migrations.py can bring to the next:
1  each context refers to signatures
2  footprints; runs; which lines are a code object's own; when a context was measured; seals
3  line_count
"""

from __future__ import annotations

APPLICATION_ID = 0x6D436F76
"""SQLite's application_id: "mCov"."""
VERSION = 3
"""SQLite's user_version; raised with every change that a reader must know."""

TABLES = """
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

CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \\n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of `text` as it is here
    text BLOB NOT NULL          -- zlib of that UTF-8
);

CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    digest BLOB NOT NULL,       -- source.digest; empty where the text is unknown
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, digest)
);

CREATE TABLE code (             -- a code object of that version, as one interpreter compiled it
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of name, first_line, python, probes, own_lines and own_digest
    name TEXT NOT NULL,         -- co_qualname
    first_line INTEGER NOT NULL,-- co_firstlineno: of the first decorator, else of the def
    python TEXT NOT NULL,       -- "3.12"; '' where no interpreter is known
    probes TEXT NOT NULL,       -- JSON: [lines, jumps, arcs], or [lines, jumps, arcs, conditions]
                                --  lines: [line, ...]
                                --  jumps: [[offset, offset if not taken, offset if taken,
                                --           line, byte column, end line, end byte column, what it tests], ...]
                                --           (the last is 0, 1, 5 or 9 numbers: jumps.row in the tracer)
                                --  conditions: [[line, byte column, end line, end byte column], ...]:
                                --           those that jumps alone do not decide
                                --  arcs: [[p, q, a, b], ...]: with probes p and q hit, line a was followed by line b;
                                --        [p, q]: a is the line of p and b that of q; [p]: b is the exit and q is p;
                                --        the line of the entry is -first_line, that of a jump's probes is the jump's
    own_lines TEXT NOT NULL,    -- JSON: [[first, last], ...]: its extent without what only code objects inside it run;
                                -- [] where unknown
    own_digest BLOB NOT NULL,   -- BLAKE2b-64 of the text of those lines, each with its \\n; empty where unknown
    UNIQUE (file_id, digest)
);

CREATE TABLE signature (        -- one way in which a code object ran
    file_id INTEGER NOT NULL REFERENCES file(id), -- the code object's
    key BLOB NOT NULL,          -- BLAKE2b-48 of the code object's digest, bits and arcs
    code_id INTEGER NOT NULL REFERENCES code(id),
    bits BLOB NOT NULL,         -- bitmap of hit probes; probe n is bit n & 7 of byte n >> 3.
                                -- 0: entry; 1..L: the L lines; L+1+2j: jump j not taken; L+2+2j: jump j taken;
                                -- after the J jumps L+1+2J+4c, and on: condition c was true; was false; was
                                -- demonstrated at true; at false
    arcs TEXT NOT NULL,         -- JSON: [[a, b], ...]: transitions seen as such; [] for none
    PRIMARY KEY (file_id, key)
) WITHOUT ROWID;

CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of signatures
    signatures BLOB NOT NULL,   -- their keys, sorted, one after the other
    UNIQUE (file_id, digest)
);

CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,-- BLAKE2b-64 of label: an index of labels would be as large as they are
    label TEXT NOT NULL,        -- a test's node id; LABEL|node id; LABEL; ''
    run_id INTEGER NOT NULL REFERENCES run(id), -- the run that last measured it
    time REAL NOT NULL          -- when it last did, in seconds since 1970
);

CREATE TABLE hit (              -- this context left this footprint
    footprint_id INTEGER NOT NULL REFERENCES footprint(id),
    context_id INTEGER NOT NULL REFERENCES context(id),
    PRIMARY KEY (footprint_id, context_id) -- in the columns' order: SQLite 3.40's quick_check fails falsely on another
) WITHOUT ROWID;

CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL,     -- seconds, all phases
    time REAL NOT NULL          -- when, in seconds since 1970; the last one counts
);

CREATE TABLE line_count (       -- how often lines ran, where that was counted: a file's counts are the sum of its rows
    file_id INTEGER NOT NULL REFERENCES file(id),
    part BLOB NOT NULL,         -- 8 random bytes: one process's counts of the file; merged again they add nothing
    total INTEGER NOT NULL,     -- sum of all counts here; of two rows with the same part the one with more is later
    lines TEXT NOT NULL,        -- JSON: [[line, count], ...], ascending; lines that never ran are not there
    PRIMARY KEY (file_id, part)
) WITHOUT ROWID;
"""

MERGED_TABLES = """
CREATE TABLE gone (             -- a file that has no row in `file` any more
    path TEXT PRIMARY KEY,      -- as file.path had it
    generation INTEGER NOT NULL -- of the merge that dropped it
) WITHOUT ROWID;

CREATE TABLE merged (           -- a partial file that is merged and about to be deleted: no merge is to count it again
    path TEXT PRIMARY KEY,      -- absolute
    inode INTEGER NOT NULL,     -- with the two below it tells that file from a later one of the same name
    mtime INTEGER NOT NULL,     -- ns
    size INTEGER NOT NULL       -- bytes
) WITHOUT ROWID;
"""

_NEWEST = "f.id = (SELECT n.id FROM file n WHERE n.path = f.path ORDER BY n.generation DESC, n.id DESC LIMIT 1)"
"""SQL for "no other version of this file changed later": line numbers of several texts say nothing together."""


def _bit(number: str, blob: str) -> str:
    """SQL for "bit `number` of `blob` is set": hexadecimal digits are all that SQLite picks out of a blob by place."""
    digit = f"substr(hex({blob}), 2 * ({number} >> 3) + 2 - (({number} & 7) >> 2), 1)"
    return f"(instr('123456789ABCDEF', {digit}) >> ({number} & 3) & 1)"


# What a code object showed is unfolded once for each signature, before contexts multiply it: hence the CROSS JOINs,
# which SQLite runs from left to right.
_SIGNATURES = "file f CROSS JOIN signature s ON s.file_id = f.id CROSS JOIN code c ON c.id = s.code_id"
_CONTEXTS = """CROSS JOIN footprint p ON p.file_id = f.id AND instr(p.signatures, s.key)
    CROSS JOIN hit h ON h.footprint_id = p.id"""

_P, _Q = "json_extract(a.value, '$[0]')", "coalesce(json_extract(a.value, '$[1]'), json_extract(a.value, '$[0]'))"
_LINES = "json_array_length(c.probes, '$[0]')"
"""How many lines the code object has."""


def _line_of(probe: str) -> str:
    """SQL for the line of a probe."""
    return f"""CASE WHEN {probe} = 0 THEN -c.first_line
        WHEN {probe} <= {_LINES} THEN json_extract(c.probes, '$[0][' || ({probe} - 1) || ']')
        ELSE json_extract(c.probes, '$[1][' || (({probe} - {_LINES} - 1) >> 1) || '][3]') END"""


# All that is put in is written above.
VIEWS = f"""
CREATE VIEW contexts (id, label) AS SELECT id, label FROM context;

CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines, of each file's newest version
    SELECT DISTINCT f.path, h.context_id, l.value
    FROM {_SIGNATURES} CROSS JOIN json_each(c.probes, '$[0]') l ON {_bit("(l.key + 1)", "s.bits")}
    {_CONTEXTS}
    WHERE {_NEWEST};

CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT f.path, h.context_id,
        CASE json_array_length(a.value) WHEN 4 THEN json_extract(a.value, '$[2]') ELSE {_line_of(_P)} END,
        CASE json_array_length(a.value) WHEN 4 THEN json_extract(a.value, '$[3]') WHEN 1 THEN -c.first_line
            ELSE {_line_of(_Q)} END
    FROM {_SIGNATURES} CROSS JOIN json_each(c.probes, '$[2]') a
        ON {_bit(_P, "s.bits")} AND {_bit(_Q, "s.bits")}
    {_CONTEXTS}
    WHERE {_NEWEST}
    UNION
    SELECT f.path, h.context_id, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]')
    FROM {_SIGNATURES} CROSS JOIN json_each(s.arcs) a
    {_CONTEXTS}
    WHERE {_NEWEST};

CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT f.path, h.context_id,
        json_extract(j.value, '$[0]'), json_extract(j.value, '$[' || (1 + t.taken) || ']'), c.name, c.python
    FROM {_SIGNATURES} CROSS JOIN json_each(c.probes, '$[1]') j
    CROSS JOIN (SELECT 0 AS taken UNION ALL SELECT 1) t
        ON {_bit(f"(1 + {_LINES} + 2 * j.key + t.taken)", "s.bits")}
    {_CONTEXTS}
    WHERE {_NEWEST};
"""  # noqa: S608

PARTIAL = f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {VERSION};\n{TABLES}"
"""What a process's own partial file starts with."""
MERGED = f"{PARTIAL}{MERGED_TABLES}{VIEWS}"
"""What a merged data file starts with."""
