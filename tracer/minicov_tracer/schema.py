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
4  code.probes and own_lines are lists of numbers, and no JSON any more
5  signatures of a merged file have numbers, by which footprints tell them
"""

from __future__ import annotations

APPLICATION_ID = 0x6D436F76
"""SQLite's application_id: "mCov"."""
VERSION = 5
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
    number INTEGER NOT NULL DEFAULT 0, -- in a merged file the code point, from "#" on, of the character that stands for
                                -- it in the footprints of its file: in each data file another
    PRIMARY KEY (file_id, key)
) WITHOUT ROWID;

CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of the signatures' keys, sorted, one after the other
    signatures BLOB NOT NULL,   -- those keys; in a merged file TEXT: the character of each signature
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


_CONTEXTS = """CROSS JOIN footprint p ON p.file_id = w.file_id AND instr(p.signatures, char(w.number))
    CROSS JOIN hit h ON h.footprint_id = p.id"""


def number(place: str, probes: str = "w.probes") -> str:
    """SQL for the number at a place, from 0, of a probe table."""
    return f"""CASE WHEN {probes} < '!' THEN json_extract({probes}, '$[' || ({place}) || ']')
        ELSE unicode(substr({probes}, 1 + {place}, 1)) - 35 END"""


def _places(count: str) -> str:
    """SQL for a table whose `key` is 0, 1 and so on up to a count of a probe table; no more than it can have."""
    return f"json_each('[0' || replace(hex(zeroblob(min({count}, length(w.probes)))), '00', ',0') || ']')"


def _line_of(probe: str) -> str:
    """SQL for the line of a probe."""
    at = f"{_jump(f'({probe} - w.lines - 1 >> 1)')} + 3"
    return f"""CASE WHEN {probe} = 0 THEN -w.first_line
        ELSE w.b + {number(f"CASE WHEN {probe} <= w.lines THEN 6 + {probe} ELSE {at} END")} END"""


def _jump(number: str) -> str:
    """SQL for the place of a jump."""
    return f"(7 + w.lines + w.followers + 7 * {number})"


def _end(told: str) -> str:
    """SQL for the end of an arc."""
    return f"CASE WHEN {told} = 0 THEN -w.first_line ELSE (w.b + ({told} >> 1)) * (1 - 2 * ({told} & 1)) END"


_COUNTS = ", ".join(number(str(place), "c.probes") for place in range(5))
_FOLLOWER = number("7 + w.lines + a.key")
_ARC = [number(f"{_jump('w.jumps')} + w.kinds + 4 * a.key + {place}") for place in range(4)]
_JUMP = [number(f"{_jump('j.key')} + {place}") for place in range(3)]

# What a code object showed is unfolded once for each signature, before contexts multiply it: hence the CROSS JOINs,
# which SQLite runs from left to right; and UNION ALL, into which it takes a condition along. All that is put in is
# written above.
VIEWS = f"""
CREATE VIEW contexts (id, label) AS SELECT id, label FROM context;

CREATE VIEW ways (file_path, file_id, number, bits, arcs_seen, name, python, first_line, b, probes, lines, followers,
    jumps, kinds, arcs) AS     -- signatures of each file's newest version, with the counts of their probe tables
    SELECT f.path, f.id, s.number, s.bits, s.arcs, c.name, c.python, c.first_line,
        c.first_line - {number("6", "c.probes")}, c.probes, {_COUNTS}
    FROM file f CROSS JOIN signature s ON s.file_id = f.id CROSS JOIN code c ON c.id = s.code_id
    WHERE {_NEWEST};

CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines, of each file's newest version
    SELECT DISTINCT w.file_path, h.context_id, w.b + {number("6 + l.key")}
    FROM ways w CROSS JOIN {_places("w.lines")} l ON l.key > 0 AND {_bit("l.key", "w.bits")}
    {_CONTEXTS};

CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT DISTINCT w.file_path, h.context_id, w.a, w.z FROM (
        SELECT w.file_path, w.file_id, w.number, {_line_of("w.p")} AS a,
            CASE w.q WHEN 1 THEN -w.first_line ELSE w.b + {number("5 + w.q")} END AS z
        FROM (SELECT w.*, a.key AS p, {_FOLLOWER} AS q
            FROM ways w CROSS JOIN {_places("w.followers")} a ON a.key < w.followers AND {_bit("a.key", "w.bits")}) w
        WHERE w.q = 1 OR w.q > 1 AND {_bit("(w.q - 1)", "w.bits")}
        UNION ALL
        SELECT w.file_path, w.file_id, w.number, {_end("w.a")}, {_end("w.z")}
        FROM (SELECT w.*, {_ARC[0]} AS p, {_ARC[1]} AS q, {_ARC[2]} AS a, {_ARC[3]} AS z
            FROM ways w CROSS JOIN {_places("w.arcs")} a ON a.key < w.arcs) w
        WHERE {_bit("w.p", "w.bits")} AND {_bit("w.q", "w.bits")}
        UNION ALL
        SELECT w.file_path, w.file_id, w.number, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]')
        FROM ways w CROSS JOIN json_each(w.arcs_seen) a) w
    {_CONTEXTS};

CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT w.file_path, h.context_id, w.at,
        w.at + CASE t.taken WHEN 0 THEN w.next ELSE (w.away + (w.away & 1)) * (1 - 2 * (w.away & 1)) END,
        w.name, w.python
    FROM (SELECT w.*, 1 + w.lines + 2 * j.key AS p, {_JUMP[0]} AS at, {_JUMP[1]} AS next, {_JUMP[2]} AS away
        FROM ways w CROSS JOIN {_places("w.jumps")} j ON j.key < w.jumps) w
    CROSS JOIN (SELECT 0 AS taken UNION ALL SELECT 1) t ON {_bit("(w.p + t.taken)", "w.bits")}
    {_CONTEXTS};
"""  # noqa: S608

PARTIAL = f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {VERSION};\n{TABLES}"
"""What a process's own partial file starts with."""
MERGED = f"{PARTIAL}{MERGED_TABLES}{VIEWS}"
"""What a merged data file starts with."""
