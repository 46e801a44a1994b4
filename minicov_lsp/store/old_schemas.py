"""What the steps of migrations.py need of the tables of earlier versions."""

TABLES_2 = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    replaces INTEGER NOT NULL
);

CREATE TABLE source (
    digest BLOB PRIMARY KEY,
    crc INTEGER NOT NULL,
    text BLOB NOT NULL
);

CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    digest BLOB NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    UNIQUE (path, digest)
);

CREATE TABLE code (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    first_line INTEGER NOT NULL,
    python TEXT NOT NULL,
    probes TEXT NOT NULL,
    own_lines TEXT NOT NULL,
    own_digest BLOB NOT NULL,
    UNIQUE (file_id, digest)
);

CREATE TABLE signature (
    file_id INTEGER NOT NULL REFERENCES file(id),
    key BLOB NOT NULL,
    code_id INTEGER NOT NULL REFERENCES code(id),
    bits BLOB NOT NULL,
    arcs TEXT NOT NULL,
    PRIMARY KEY (file_id, key)
) WITHOUT ROWID;

CREATE TABLE footprint (
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,
    signatures BLOB NOT NULL,
    UNIQUE (file_id, digest)
);

CREATE TABLE context (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run(id),
    time REAL NOT NULL
);

CREATE TABLE hit (
    footprint_id INTEGER NOT NULL REFERENCES footprint(id),
    context_id INTEGER NOT NULL REFERENCES context(id),
    PRIMARY KEY (footprint_id, context_id)
) WITHOUT ROWID;

CREATE TABLE outcome (
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,
    duration REAL NOT NULL,
    time REAL NOT NULL
);
"""
"""All but `meta`, which version 1 had already."""

LINE_COUNT_3 = """
CREATE TABLE IF NOT EXISTS line_count (
    file_id INTEGER NOT NULL REFERENCES file(id),
    part BLOB NOT NULL,
    total INTEGER NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (file_id, part)
) WITHOUT ROWID
"""

MERGED_TABLES_2 = """
CREATE TABLE gone (
    path TEXT PRIMARY KEY,
    generation INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE merged (
    path TEXT PRIMARY KEY,
    inode INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    size INTEGER NOT NULL
) WITHOUT ROWID;
"""
"""Of a merged file alone; version 1 had none, and told it by its views."""
