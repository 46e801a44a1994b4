BEGIN TRANSACTION;
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
    own_digest BLOB NOT NULL,   -- BLAKE2b-64 of the text of those lines, each with its \n; empty where unknown
    UNIQUE (file_id, digest)
);
INSERT INTO "code" VALUES(1,1,X'A6BC69295DC761F2','<module>',1,'3.12','######$','##',X'5030C2A8DB49E9C6');
INSERT INTO "code" VALUES(2,2,X'FA970136D911A330','<module>',1,'3.12','()##$#$$''+,<%&''(''$''(5U','#&%&1%',X'0C3C2AC191ADC781');
INSERT INTO "code" VALUES(3,2,X'FAA03ED5C7BDCDD9','cached',4,'3.12','%&####$$%&#$','#$',X'71312F01DA274D41');
INSERT INTO "code" VALUES(4,2,X'A2EE9463142F2EED','Basket',25,'3.12','&''####$$%''%&''$','#&',X'A33EBAC9B44F4BBE');
INSERT INTO "code" VALUES(5,2,X'E8B2B5F69E8C901C','price',8,'3.12','0C,,%''$$&''()*+,-./01&#''###''#-##..#(+)*#-###-,-..0$//-''U''''&8;%;(.#6c%A+*#>g%/+D#Mq%3+Q#\u%/+b#g%)-<#A''3.4''(§%)1.#2#%&$%%$#%?0=?/0=?+*#>+D#M+Q#\+b#g','#1',X'CE35F664EDD34654');
INSERT INTO "code" VALUES(6,2,X'82B960C265CBB50B','Basket.take',28,'3.12',')0&&##$$%&''(*&##(#&$''*)&''*''%A%1#5;%''''2#;A%''%1#5%%%','#)',X'6AB9DADCC0F9CD27');
CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,-- BLAKE2b-64 of label: an index of labels would be as large as they are
    label TEXT NOT NULL,        -- a test's node id; LABEL|node id; LABEL; ''
    run_id INTEGER NOT NULL REFERENCES run(id), -- the run that last measured it
    time REAL NOT NULL          -- when it last did, in seconds since 1970
);
INSERT INTO "context" VALUES(1,X'F5BC0B35A51447A4','nightly',1,1.79607870682288551329e+09);
INSERT INTO "context" VALUES(2,X'51A15CCE44AB6EF3','nightly|test_basket.py::TestPrice::test_good[goods0]',1,1.79607870682288551329e+09);
INSERT INTO "context" VALUES(3,X'1302B627C30F925A','nightly|test_basket.py::TestPrice::test_good[goods1]',1,1.79607870682288551329e+09);
INSERT INTO "context" VALUES(4,X'741E063E369A8D3C','nightly|test_basket.py::TestPrice::test_bad',1,1.79607870682288551329e+09);
INSERT INTO "context" VALUES(5,X'2D46A0198B8D3A98','nightly|test_basket.py::test_basket',1,1.79607870682288551329e+09);
INSERT INTO "context" VALUES(6,X'0E72CECD10C40CEC','nightly|test_basket.py::test_skipped',1,1.79607870682288551329e+09);
CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    digest BLOB NOT NULL,       -- source.digest; empty where the text is unknown
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, digest)
);
INSERT INTO "file" VALUES(1,'shop/__init__.py',X'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',1);
INSERT INTO "file" VALUES(2,'shop/basket.py',X'55EF263B1902286BB2CE67D2372FC3C78B53FE1935E59420837D1545AE44FC9C',1);
CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of signatures
    signatures BLOB NOT NULL,   -- their keys, sorted, one after the other
    UNIQUE (file_id, digest)
);
INSERT INTO "footprint" VALUES(1,1,X'31E302688194087D',X'3695695F489E');
INSERT INTO "footprint" VALUES(2,2,X'B036B458395453B9',X'2D44B2849078D3D9064E21ACFFDA352CCFEA');
INSERT INTO "footprint" VALUES(3,2,X'8484816712989BC0',X'1A80A49349B0');
INSERT INTO "footprint" VALUES(4,2,X'0B063EB37EB1DE71',X'DC054FAE960E');
INSERT INTO "footprint" VALUES(5,2,X'BD655FDBD6F767C7',X'B3CF0564F9CF');
INSERT INTO "footprint" VALUES(6,2,X'8C61A1D6226FB2F6',X'E16A6E23A033');
CREATE TABLE gone (             -- a file that has no row in `file` any more
    path TEXT PRIMARY KEY,      -- as file.path had it
    generation INTEGER NOT NULL -- of the merge that dropped it
) WITHOUT ROWID;
CREATE TABLE hit (              -- this context left this footprint
    footprint_id INTEGER NOT NULL REFERENCES footprint(id),
    context_id INTEGER NOT NULL REFERENCES context(id),
    PRIMARY KEY (footprint_id, context_id) -- in the columns' order: SQLite 3.40's quick_check fails falsely on another
) WITHOUT ROWID;
INSERT INTO "hit" VALUES(1,1);
INSERT INTO "hit" VALUES(2,1);
INSERT INTO "hit" VALUES(3,2);
INSERT INTO "hit" VALUES(4,3);
INSERT INTO "hit" VALUES(5,4);
INSERT INTO "hit" VALUES(6,5);
INSERT INTO "hit" VALUES(6,6);
CREATE TABLE line_count (       -- how often lines ran, where that was counted: a file's counts are the sum of its rows
    file_id INTEGER NOT NULL REFERENCES file(id),
    part BLOB NOT NULL,         -- 8 random bytes: one process's counts of the file; merged again they add nothing
    total INTEGER NOT NULL,     -- sum of all counts here; of two rows with the same part the one with more is later
    lines TEXT NOT NULL,        -- JSON: [[line, count], ...], ascending; lines that never ran are not there
    PRIMARY KEY (file_id, part)
) WITHOUT ROWID;
CREATE TABLE merged (           -- a partial file that is merged and about to be deleted: no merge is to count it again
    path TEXT PRIMARY KEY,      -- absolute
    inode INTEGER NOT NULL,     -- with the two below it tells that file from a later one of the same name
    mtime INTEGER NOT NULL,     -- ns
    size INTEGER NOT NULL       -- bytes
) WITHOUT ROWID;
CREATE TABLE meta (             -- facts about the whole file
    key TEXT PRIMARY KEY,       -- root: the project's folder; generation: counts merges that changed something;
                                -- prunes: counts how often facts of any version may have become fewer;
                                -- in a partial file also seal: see seals.py; in a merged one also kept: see kept.py
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('generation','1');
INSERT INTO "meta" VALUES('root','/tmp/shop');
CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL,     -- seconds, all phases
    time REAL NOT NULL          -- when, in seconds since 1970; the last one counts
);
INSERT INTO "outcome" VALUES(2,'passed',2.1309237999957986176e-02,1.79607870682288551329e+09);
INSERT INTO "outcome" VALUES(3,'passed',7.69213002058677375316e-04,1.79607870682288551329e+09);
INSERT INTO "outcome" VALUES(4,'passed',3.82608996005728840827e-04,1.79607870682288551329e+09);
INSERT INTO "outcome" VALUES(5,'xfailed',0.000983862002613023,1.79607870682288551329e+09);
INSERT INTO "outcome" VALUES(6,'skipped',4.39653005742002278566e-04,1.79607870682288551329e+09);
CREATE TABLE run (              -- one run of a program or of tests, in however many processes
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,  -- unlike any other's
    replaces INTEGER NOT NULL   -- 1 if a test's facts replace what the same test gave in earlier runs, else 0
);
INSERT INTO "run" VALUES(1,'c1c6c5ac317b4c9dae78d1970495c244',0);
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
INSERT INTO "signature" VALUES(1,X'3695695F489E',1,X'01','[]');
INSERT INTO "signature" VALUES(2,X'1A80A49349B0',5,X'8DBE94F4A10A','[]');
INSERT INTO "signature" VALUES(2,X'2D44B2849078',4,X'0F','[]');
INSERT INTO "signature" VALUES(2,X'B3CF0564F9CF',5,X'3D4001','[[13,-8]]');
INSERT INTO "signature" VALUES(2,X'D3D9064E21AC',3,X'05','[]');
INSERT INTO "signature" VALUES(2,X'DC054FAE960E',5,X'DDFF56792555','[]');
INSERT INTO "signature" VALUES(2,X'E16A6E23A033',6,X'FD1E','[]');
INSERT INTO "signature" VALUES(2,X'FFDA352CCFEA',2,X'3F','[]');
CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of `text` as it is here
    text BLOB NOT NULL          -- zlib of that UTF-8
);
INSERT INTO "source" VALUES(X'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',3278637884,X'789C030000000001');
INSERT INTO "source" VALUES(X'55EF263B1902286BB2CE67D2372FC3C78B53FE1935E59420837D1545AE44FC9C',1688012813,X'789C5D51C14EC42010BDF72B269C5AADA6ABB78D1835D1A3472FC618964E5D520A1BA031F1EB8561CB6E970B61E6CD9BC77B8CB167D8093F62B8658C5555D5E30052C83DF6F5301B199435CDB682781C86D91958AA11FB94813473704A62FD636DEF5BE89597763681BF5B832D5CB5A0FCF784D30E1D7F13DAE39132D8203470E8E8355807890094A1DB67503A6AC89D07E84E4512259447F8107AC657E7AC23054D81E405D79CA6AB23D3A22E8A0263032491204C0F755109514A9E7D844DD735D4A6C2F682FB86173EEA8C2A223930134959DA96366428C68F03F37642766E689A68E1B3F01E840BE5913C4985E4494D3427779B737BCAD4570C466AE13DBC50AE59B0577F1865DD55F44A81053162ED510F2D99D39C3EF6BB571AA9B8F69A1288FFDDACAA4B349CC3FD1A9F8EB4262833636924132E22CC365042FF7FDEB50A');
CREATE VIEW contexts (id, label) AS SELECT id, label FROM context;
CREATE VIEW ways (file_path, file_id, key, bits, arcs_seen, name, python, first_line, b, probes, lines, followers,
    jumps, kinds, arcs) AS     -- signatures of each file's newest version, with the counts of their probe tables
    SELECT f.path, f.id, s.key, s.bits, s.arcs, c.name, c.python, c.first_line,
        c.first_line - CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (6) || ']')
        ELSE unicode(substr(c.probes, 1 + 6, 1)) - 35 END, c.probes, CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (0) || ']')
        ELSE unicode(substr(c.probes, 1 + 0, 1)) - 35 END, CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (1) || ']')
        ELSE unicode(substr(c.probes, 1 + 1, 1)) - 35 END, CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (2) || ']')
        ELSE unicode(substr(c.probes, 1 + 2, 1)) - 35 END, CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (3) || ']')
        ELSE unicode(substr(c.probes, 1 + 3, 1)) - 35 END, CASE WHEN c.probes < '!' THEN json_extract(c.probes, '$[' || (4) || ']')
        ELSE unicode(substr(c.probes, 1 + 4, 1)) - 35 END
    FROM file f CROSS JOIN signature s ON s.file_id = f.id CROSS JOIN code c ON c.id = s.code_id
    WHERE f.id = (SELECT n.id FROM file n WHERE n.path = f.path ORDER BY n.generation DESC, n.id DESC LIMIT 1);
CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines, of each file's newest version
    SELECT DISTINCT w.file_path, h.context_id, w.b + CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || (6 + l.key) || ']')
        ELSE unicode(substr(w.probes, 1 + 6 + l.key, 1)) - 35 END
    FROM ways w CROSS JOIN json_each('[0' || replace(hex(zeroblob(min(w.lines, length(w.probes)))), '00', ',0') || ']') l ON l.key > 0 AND (instr('123456789ABCDEF', substr(hex(w.bits), 2 * (l.key >> 3) + 2 - ((l.key & 7) >> 2), 1)) >> (l.key & 3) & 1)
    CROSS JOIN footprint p ON p.file_id = w.file_id AND instr(p.signatures, w.key)
    CROSS JOIN hit h ON h.footprint_id = p.id;
CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT DISTINCT w.file_path, h.context_id, w.a, w.z FROM (
        SELECT w.file_path, w.file_id, w.key, CASE WHEN w.p = 0 THEN -w.first_line
        ELSE w.b + CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || (CASE WHEN w.p <= w.lines THEN 6 + w.p ELSE (7 + w.lines + w.followers + 7 * (w.p - w.lines - 1 >> 1)) + 3 END) || ']')
        ELSE unicode(substr(w.probes, 1 + CASE WHEN w.p <= w.lines THEN 6 + w.p ELSE (7 + w.lines + w.followers + 7 * (w.p - w.lines - 1 >> 1)) + 3 END, 1)) - 35 END END AS a,
            CASE w.q WHEN 1 THEN -w.first_line ELSE w.b + CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || (5 + w.q) || ']')
        ELSE unicode(substr(w.probes, 1 + 5 + w.q, 1)) - 35 END END AS z
        FROM (SELECT w.*, a.key AS p, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || (7 + w.lines + a.key) || ']')
        ELSE unicode(substr(w.probes, 1 + 7 + w.lines + a.key, 1)) - 35 END AS q
            FROM ways w CROSS JOIN json_each('[0' || replace(hex(zeroblob(min(w.followers, length(w.probes)))), '00', ',0') || ']') a ON a.key < w.followers AND (instr('123456789ABCDEF', substr(hex(w.bits), 2 * (a.key >> 3) + 2 - ((a.key & 7) >> 2), 1)) >> (a.key & 3) & 1)) w
        WHERE w.q = 1 OR w.q > 1 AND (instr('123456789ABCDEF', substr(hex(w.bits), 2 * ((w.q - 1) >> 3) + 2 - (((w.q - 1) & 7) >> 2), 1)) >> ((w.q - 1) & 3) & 1)
        UNION ALL
        SELECT w.file_path, w.file_id, w.key, CASE WHEN w.a = 0 THEN -w.first_line ELSE (w.b + (w.a >> 1)) * (1 - 2 * (w.a & 1)) END, CASE WHEN w.z = 0 THEN -w.first_line ELSE (w.b + (w.z >> 1)) * (1 - 2 * (w.z & 1)) END
        FROM (SELECT w.*, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 0) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 0, 1)) - 35 END AS p, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 1) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 1, 1)) - 35 END AS q, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 2) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 2, 1)) - 35 END AS a, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 3) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * w.jumps) + w.kinds + 4 * a.key + 3, 1)) - 35 END AS z
            FROM ways w CROSS JOIN json_each('[0' || replace(hex(zeroblob(min(w.arcs, length(w.probes)))), '00', ',0') || ']') a ON a.key < w.arcs) w
        WHERE (instr('123456789ABCDEF', substr(hex(w.bits), 2 * (w.p >> 3) + 2 - ((w.p & 7) >> 2), 1)) >> (w.p & 3) & 1) AND (instr('123456789ABCDEF', substr(hex(w.bits), 2 * (w.q >> 3) + 2 - ((w.q & 7) >> 2), 1)) >> (w.q & 3) & 1)
        UNION ALL
        SELECT w.file_path, w.file_id, w.key, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]')
        FROM ways w CROSS JOIN json_each(w.arcs_seen) a) w
    CROSS JOIN footprint p ON p.file_id = w.file_id AND instr(p.signatures, w.key)
    CROSS JOIN hit h ON h.footprint_id = p.id;
CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT w.file_path, h.context_id, w.at,
        w.at + CASE t.taken WHEN 0 THEN w.next ELSE (w.away + (w.away & 1)) * (1 - 2 * (w.away & 1)) END,
        w.name, w.python
    FROM (SELECT w.*, 1 + w.lines + 2 * j.key AS p, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * j.key) + 0) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * j.key) + 0, 1)) - 35 END AS at, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * j.key) + 1) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * j.key) + 1, 1)) - 35 END AS next, CASE WHEN w.probes < '!' THEN json_extract(w.probes, '$[' || ((7 + w.lines + w.followers + 7 * j.key) + 2) || ']')
        ELSE unicode(substr(w.probes, 1 + (7 + w.lines + w.followers + 7 * j.key) + 2, 1)) - 35 END AS away
        FROM ways w CROSS JOIN json_each('[0' || replace(hex(zeroblob(min(w.jumps, length(w.probes)))), '00', ',0') || ']') j ON j.key < w.jumps) w
    CROSS JOIN (SELECT 0 AS taken UNION ALL SELECT 1) t ON (instr('123456789ABCDEF', substr(hex(w.bits), 2 * ((w.p + t.taken) >> 3) + 2 - (((w.p + t.taken) & 7) >> 2), 1)) >> ((w.p + t.taken) & 3) & 1)
    CROSS JOIN footprint p ON p.file_id = w.file_id AND instr(p.signatures, w.key)
    CROSS JOIN hit h ON h.footprint_id = p.id;
COMMIT;
