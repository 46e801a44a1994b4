"""The schema of a merged data file: what the tracer's schema.py shares with it, and tables made for size and reading.

Code objects, signatures and footprints are found by their file, of whose number
theirs is made, so that no index is needed, and a file lies together. Lists are
texts, of a character for each signature or context that is in them.
"""

from __future__ import annotations

from minicov_tracer.schema import APPLICATION_ID, SHARED_TABLES, VERSION

FILE_SHIFT = 21
"""The id of a code object, signature or footprint is its number in its file, and above so many bits the file's."""
MOST_OF_A_FILE = (1 << FILE_SHIFT) - 1
"""The largest number in a file; no code point is larger."""

MERGED_TABLES = """
CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    digest BLOB NOT NULL,       -- source.digest; empty where the text is unknown
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, digest)
);

CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \\n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of the text as it is packed
    pack_id INTEGER NOT NULL REFERENCES pack(id),
    place INTEGER NOT NULL,     -- of its first byte in the pack, from 1 on
    size INTEGER NOT NULL       -- bytes: substr(pack.texts, place, size) is zlib of that UTF-8
);

CREATE TABLE pack (             -- texts one after the other, because alone each would leave part of a page unused
    id INTEGER PRIMARY KEY,
    texts BLOB NOT NULL
);

CREATE TABLE code (             -- a code object of a file's version, as one interpreter compiled it
    id INTEGER PRIMARY KEY,     -- its file's id * 2097152 + a number of its own from 1 on
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
    own_digest BLOB NOT NULL    -- BLAKE2b-64 of the text of those lines, each with its \\n; empty where unknown
);

CREATE TABLE signature (        -- one way in which a code object ran
    id INTEGER PRIMARY KEY,     -- its file's id * 2097152 + the code point of the character that stands for it in the
                                -- footprints of its file, from "#" on: in each data file another
    key BLOB NOT NULL,          -- BLAKE2b-48 of the code object's digest, bits and arcs
    bits BLOB NOT NULL,         -- bitmap of hit probes; probe n is bit n & 7 of byte n >> 3.
                                -- 0: entry; 1..L: the L lines; L+1+2j: jump j not taken; L+2+2j: jump j taken;
                                -- after the J jumps L+1+2J+4c, and on: condition c was true; was false; was
                                -- demonstrated at true; at false
    arcs TEXT NOT NULL,         -- JSON: [[a, b], ...]: transitions seen as such; '' for none
    code INTEGER NOT NULL       -- the number of its code object, which is of the same file
);

CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,     -- its file's id * 2097152 + a number of its own from 1 on
    signatures TEXT NOT NULL,   -- the character of each signature
    contexts TEXT NOT NULL      -- the character of each context that left it, in order
);

CREATE TABLE prefix (           -- what names of contexts begin with
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL         -- up to the last "::", that included; '' for names without one
);

CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,     -- the code point of the character that stands for it in footprint.contexts, from "#" on
    prefix_id INTEGER NOT NULL REFERENCES prefix(id), -- what its name begins with
    label TEXT NOT NULL,        -- the rest of its name: a test's node id; LABEL|node id; LABEL; ''
    run_id INTEGER NOT NULL REFERENCES run(id), -- the run that last measured it
    time REAL NOT NULL,         -- when it last did, in seconds since 1970
    outcome INTEGER,            -- how the test ended: 0 passed, 1 failed, 2 error, 3 skipped, 4 xfailed, 5 xpassed;
                                -- NULL where it is no test, or did not end
    duration INTEGER,           -- of all its phases, in microseconds
    ended REAL                  -- when, in seconds since 1970, if not at `time`
);

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
    """SQL for "bit `number` of `blob` is set": hexadecimal digits are all that SQLite picks out of a blob by place.

    Past its end there is no digit, which `instr` finds where it finds "0".
    """
    digit = f"substr(hex({blob}), 2 * ({number} >> 3) + 2 - (({number} & 7) >> 2), 1)"
    return f"(instr('0123456789ABCDEF', {digit}) - 1 >> ({number} & 3) & 1)"


def of_file(id_: str, file: str) -> str:
    """SQL for "this row of `code`, `signature` or `footprint` is that file's", which SQLite finds by its place."""
    return f"{id_} BETWEEN {file} << {FILE_SHIFT} AND ({file} << {FILE_SHIFT}) + {MOST_OF_A_FILE}"


_CONTEXTS = f"""CROSS JOIN footprint p ON {of_file("p.id", "w.file_id")} AND instr(p.signatures, char(w.number))
    CROSS JOIN json_each('[0' || replace(hex(zeroblob(length(p.contexts))), '00', ',0') || ']') h
        ON h.key < length(p.contexts)"""
_CONTEXT = "unicode(substr(p.contexts, h.key + 1, 1))"
"""SQL for one of the contexts that _CONTEXTS unfolds."""


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
CREATE VIEW contexts (id, label) AS
    SELECT c.id, p.label || c.label FROM context c JOIN prefix p ON p.id = c.prefix_id;

CREATE VIEW ways (file_path, file_id, number, bits, arcs_seen, name, python, first_line, b, probes, lines, followers,
    jumps, kinds, arcs) AS     -- signatures of each file's newest version, with the counts of their probe tables
    SELECT f.path, f.id, s.id & {MOST_OF_A_FILE}, s.bits, s.arcs, c.name, c.python, c.first_line,
        c.first_line - {number("6", "c.probes")}, c.probes, {_COUNTS}
    FROM file f CROSS JOIN signature s ON {of_file("s.id", "f.id")}
    CROSS JOIN code c ON c.id = (f.id << {FILE_SHIFT}) + s.code
    WHERE {_NEWEST};

CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines, of each file's newest version
    SELECT DISTINCT w.file_path, {_CONTEXT}, w.b + {number("6 + l.key")}
    FROM ways w CROSS JOIN {_places("w.lines")} l ON l.key > 0 AND {_bit("l.key", "w.bits")}
    {_CONTEXTS};

CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT DISTINCT w.file_path, {_CONTEXT}, w.a, w.z FROM (
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
        FROM ways w CROSS JOIN json_each(iif(w.arcs_seen = '', '[]', w.arcs_seen)) a) w
    {_CONTEXTS};

CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT w.file_path, {_CONTEXT}, w.at,
        w.at + CASE t.taken WHEN 0 THEN w.next ELSE (w.away + (w.away & 1)) * (1 - 2 * (w.away & 1)) END,
        w.name, w.python
    FROM (SELECT w.*, 1 + w.lines + 2 * j.key AS p, {_JUMP[0]} AS at, {_JUMP[1]} AS next, {_JUMP[2]} AS away
        FROM ways w CROSS JOIN {_places("w.jumps")} j ON j.key < w.jumps) w
    CROSS JOIN (SELECT 0 AS taken UNION ALL SELECT 1) t ON {_bit("(w.p + t.taken)", "w.bits")}
    {_CONTEXTS};
"""  # noqa: S608

MERGED = f"""\
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
{SHARED_TABLES}
{MERGED_TABLES}
{VIEWS}"""
"""What a merged data file starts with."""
