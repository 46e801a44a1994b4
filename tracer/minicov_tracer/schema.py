"""The data file's schema: the commented DDL of what a process writes, and of what partial and merged files share.

A test that runs a function mostly runs it the way a hundred others did, and a
file too. So each distinct set of hit probes of a code object is stored once, as a
*signature*, each distinct set of a file's signatures once, as a *footprint*, and
a hit says only that a context left that footprint. Every row has a natural key,
so merging is order-free and repeatable. A merged file's own tables are in the
language server's store/merged_schema.py: they are made for size and reading,
these for a process that has other things to do.

Versions, each of which store/migrations.py can bring to the next:
1  each context refers to signatures
2  footprints; runs; which lines are a code object's own; when a context was measured; seals
3  line_count
4  code.probes and own_lines are lists of numbers, and no JSON any more
5  signatures of a merged file have numbers, by which footprints tell them
6  a merged file has tables of its own, in which footprints tell their contexts; names of contexts have prefixes
"""

from __future__ import annotations

APPLICATION_ID = 0x6D436F76
"""SQLite's application_id: "mCov"."""
VERSION = 6
"""SQLite's user_version; raised with every change that a reader must know."""

CODE_COLUMNS = """\
    digest BLOB NOT NULL,       -- BLAKE2b-64 of name, first_line, python, probes, own_lines and own_digest
    name TEXT NOT NULL,         -- co_qualname
    first_line INTEGER NOT NULL,-- co_firstlineno: of the first decorator, else of the def
    python TEXT NOT NULL,       -- "3.12"; '' where no interpreter is known
    probes TEXT NOT NULL,       -- a list of numbers, each a character ("#" is 0, "$" is 1 …), or a space and JSON:
                                --  how many lines L, followers F, jumps J, kinds K, arcs A, conditions C;
                                --   first_line - b, b being a line before all: a line is told as line - b, none as 0;
                                --  L lines;
                                --  F followers, of probes 0, 1 …: q + 1 if, with this probe and q hit, the line of q
                                --   came after that of this one; 1 if the exit did; 0 if nothing is told;
                                --  J jumps of seven: offset; bytes to where it goes if not taken; if taken (an odd
                                --   number n: n + 1 bytes back); line, byte column, lines to its end, end byte column;
                                --  K kinds of tests, of jumps 0, 1 …: jumps.row's in the tracer, + 64 for each span;
                                --  A arcs of four: with probes p and q hit, end a was followed by end b: 0 for the
                                --   entry or exit -first_line, 2 * (line - b) for others, one more where negative;
                                --  C conditions of four that jumps alone do not decide: line, byte column, lines to its
                                --   end, end byte column; then the spans of jumps in the same form;
                                --  the line of the entry's probe is -first_line, that of a jump's probes is the jump's
    own_lines TEXT NOT NULL,    -- a list of numbers too: its extent without what only code objects inside it run, as
                                -- first and last lines of ranges, each less the one before, the first less first_line;
                                -- '' where unknown
    own_digest BLOB NOT NULL    -- BLAKE2b-64 of the text of those lines, each with its \\n; empty where unknown"""
"""Of the table `code`, in partial and merged files alike."""

SIGNATURE_COLUMNS = """\
    bits BLOB NOT NULL,         -- bitmap of hit probes; probe n is bit n & 7 of byte n >> 3.
                                -- 0: entry; 1..L: the L lines; L+1+2j: jump j not taken; L+2+2j: jump j taken;
                                -- after the J jumps L+1+2J+4c, and on: condition c was true; was false; was
                                -- demonstrated at true; at false
    arcs TEXT NOT NULL,         -- JSON: [[a, b], ...]: transitions seen as such; [] for none"""
"""Of the table `signature`, in partial and merged files alike."""

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

CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    digest BLOB NOT NULL,       -- source.digest; empty where the text is unknown
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, digest)
);

CREATE TABLE prefix (           -- what names of contexts begin with
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL         -- up to the last "::", that included; '' for names without one
);

CREATE TABLE line_count (       -- how often lines ran, where that was counted: a file's counts are the sum of its rows
    file_id INTEGER NOT NULL REFERENCES file(id),
    part BLOB NOT NULL,         -- 8 random bytes: one process's counts of the file; merged again they add nothing
    total INTEGER NOT NULL,     -- sum of all counts here; of two rows with the same part the one with more is later
    lines TEXT NOT NULL,        -- JSON: [[line, count], ...], ascending; lines that never ran are not there
    PRIMARY KEY (file_id, part)
) WITHOUT ROWID;
"""

PARTIAL_TABLES = f"""
CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \\n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of `text` as it is here
    text BLOB NOT NULL          -- zlib of that UTF-8
);

CREATE TABLE code (             -- a code object of that version, as one interpreter compiled it
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
{CODE_COLUMNS}
);

CREATE TABLE signature (        -- one way in which a code object ran
    file_id INTEGER NOT NULL REFERENCES file(id), -- the code object's
    key BLOB NOT NULL,          -- BLAKE2b-48 of the code object's digest, bits and arcs
    code_id INTEGER NOT NULL REFERENCES code(id),
{SIGNATURE_COLUMNS}
    PRIMARY KEY (file_id, key)
) WITHOUT ROWID;

CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of `signatures`
    signatures BLOB NOT NULL    -- the keys of its signatures, sorted, one after the other
);

CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,       -- BLAKE2b-64 of its name: a test's node id; LABEL|node id; LABEL; ''
    prefix_id INTEGER NOT NULL REFERENCES prefix(id), -- what its name begins with
    label TEXT NOT NULL,        -- the rest of its name
    run_id INTEGER NOT NULL REFERENCES run(id), -- the run that last measured it
    time REAL NOT NULL          -- when it last did, in seconds since 1970
);

CREATE TABLE hit (              -- what a context left; of one context there may be several rows
    context_id INTEGER NOT NULL REFERENCES context(id),
    footprints BLOB NOT NULL    -- footprints, each an id of four bytes, the lowest first
);

CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL,     -- seconds, all phases
    time REAL NOT NULL          -- when, in seconds since 1970; the last one counts
);
"""
"""Of a process's own partial file."""

PARTIAL = f"""\
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
{SHARED_TABLES}
{PARTIAL_TABLES}"""
"""What a process's own partial file starts with."""
