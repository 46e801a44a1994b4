BEGIN TRANSACTION;
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
INSERT INTO "code" VALUES(1,1,X'D89D747788D4013177295568D8A3DDCA','<module>',1,'3.12','{"lines":[1,4,8,9,25],"jumps":[],"arcs":[[1,4,1,2],[4,8,2,3],[8,9,3,4],[9,8,4,3],[9,25,4,5],[25,-1,5,5],[-1,1,0,1]]}');
INSERT INTO "code" VALUES(2,1,X'BEE8FABD47FBBA4C51E1A87BE59DE9AE','cached',4,'3.12','{"lines":[4,5],"jumps":[],"arcs":[[5,-4,2,2],[-4,5,0,2]]}');
INSERT INTO "code" VALUES(3,1,X'BEA304AEDD46BED7836E17698A60E023','Basket',25,'3.12','{"lines":[25,26,28],"jumps":[],"arcs":[[25,26,1,2],[26,28,2,3],[28,-25,3,3],[-25,25,0,1]]}');
INSERT INTO "code" VALUES(4,1,X'D81D85172E7A1179354E99DD050E59E6','price',8,'3.12','{"lines":[8,10,11,12,13,14,15,16,17,18,19,20,21],"jumps":[[10,14,60,11,4,14,21],[24,26,48,12,11,12,19],[64,66,94,15,7,15,27],[68,70,80,15,33,15,42],[78,80,94,15,46,15,57],[82,84,94,15,63,15,68],[96,98,102,17,25,17,30],[124,128,140,18,17,22,5],[132,134,138,21,11,21,15]],"arcs":[[11,12,14,4],[11,15,15,7],[12,13,16,5],[12,14,17,6],[15,17,19,9],[15,17,23,9],[15,16,24,8],[15,17,25,9],[17,18,26,10],[17,18,27,10],[18,20,28,12],[20,21,28,13],[18,-8,29,29],[21,19,30,11],[21,19,31,11],[10,11,2,3],[14,11,6,3],[16,17,8,9],[19,18,11,10],[20,18,12,10],[20,21,12,13],[-8,10,0,2]]}');
INSERT INTO "code" VALUES(5,1,X'B99AA11EB1F335ECA4B8DFBEC60B2B4F','Basket.take',28,'3.12','{"lines":[28,29,30,31,32,34],"jumps":[[4,6,34,29,14,29,18],[24,26,28,31,15,31,24],[30,32,34,29,14,29,18]],"arcs":[[29,30,7,3],[29,34,8,6],[31,32,9,5],[31,29,10,2],[29,30,11,3],[29,34,12,6],[30,31,3,4],[32,29,5,2],[34,-28,6,6],[-28,29,0,2]]}');
CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL UNIQUE, -- a test's node id; LABEL|node id; LABEL; ''
    run TEXT NOT NULL DEFAULT ''-- the run that last measured it
);
INSERT INTO "context" VALUES(1,'nightly','cfb3e1b626aa401f964aec3e94b590bb');
INSERT INTO "context" VALUES(2,'nightly|test_basket.py::TestPrice::test_bad','cfb3e1b626aa401f964aec3e94b590bb');
INSERT INTO "context" VALUES(3,'nightly|test_basket.py::TestPrice::test_good[goods0]','cfb3e1b626aa401f964aec3e94b590bb');
INSERT INTO "context" VALUES(4,'nightly|test_basket.py::TestPrice::test_good[goods1]','cfb3e1b626aa401f964aec3e94b590bb');
INSERT INTO "context" VALUES(5,'nightly|test_basket.py::test_basket','cfb3e1b626aa401f964aec3e94b590bb');
INSERT INTO "context" VALUES(6,'nightly|test_basket.py::test_skipped','cfb3e1b626aa401f964aec3e94b590bb');
CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    source_id INTEGER NOT NULL REFERENCES source(id),
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, source_id)
);
INSERT INTO "file" VALUES(1,'shop/basket.py',1,1);
CREATE TABLE hit (              -- this context ran a code object in this way
    context_id INTEGER NOT NULL REFERENCES context(id),
    signature_id INTEGER NOT NULL REFERENCES signature(id),
    PRIMARY KEY (context_id, signature_id) -- in the columns' order: SQLite 3.40's quick_check fails falsely on another
) WITHOUT ROWID;
INSERT INTO "hit" VALUES(1,1);
INSERT INTO "hit" VALUES(1,2);
INSERT INTO "hit" VALUES(1,3);
INSERT INTO "hit" VALUES(3,4);
INSERT INTO "hit" VALUES(4,5);
INSERT INTO "hit" VALUES(2,6);
INSERT INTO "hit" VALUES(5,7);
INSERT INTO "hit" VALUES(6,7);
CREATE TABLE meta (             -- facts about the whole file
    key TEXT PRIMARY KEY,       -- root: the project's folder; run: the run's id; generation: counts merges;
                                -- replaces: 1 if a test's facts replace what the same test gave before
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('generation','1');
INSERT INTO "meta" VALUES('root','/tmp/shop1');
CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL      -- seconds, all phases
);
INSERT INTO "outcome" VALUES(2,'passed',5.38400992809329181909e-04);
INSERT INTO "outcome" VALUES(3,'passed',1.25223000213736668229e-03);
INSERT INTO "outcome" VALUES(4,'passed',7.79718997364398092031e-04);
INSERT INTO "outcome" VALUES(5,'xfailed',1.42040900391293689608e-03);
INSERT INTO "outcome" VALUES(6,'skipped',6.74751994665712118148e-04);
CREATE TABLE signature (        -- one way in which a code object ran
    id INTEGER PRIMARY KEY,
    code_id INTEGER NOT NULL REFERENCES code(id),
    digest BLOB NOT NULL,       -- BLAKE2b-128 of bits and arcs
    bits BLOB NOT NULL,         -- bitmap of hit probes; probe n is bit n & 7 of byte n >> 3.
                                -- 0: entry; 1..L: the L lines; L+1+2j: jump j not taken; L+2+2j: jump j taken
    arcs TEXT NOT NULL,         -- JSON: [[a, b], ...]: transitions seen as such; [] for none
    UNIQUE (code_id, digest)
);
INSERT INTO "signature" VALUES(1,1,X'5B438F09FB8F9FA1EC128E5245D286AD',X'3F','[]');
INSERT INTO "signature" VALUES(2,2,X'13EB118F716576F6C88058601C8C8AC9',X'05','[]');
INSERT INTO "signature" VALUES(3,3,X'AE5535D94F50D4EE74A31C7CBFA76A09',X'0F','[]');
INSERT INTO "signature" VALUES(4,4,X'25B2EFDAA46C6E68357D8E0A706A583C',X'8DBE94F4','[]');
INSERT INTO "signature" VALUES(5,4,X'6DC450DD93D13FB3CF6D8D20CDF6E681',X'DDFF5679','[]');
INSERT INTO "signature" VALUES(6,4,X'00351F42FD62DA167B4D0A4D7FE32F1A',X'3D4001','[[13,-8]]');
INSERT INTO "signature" VALUES(7,5,X'F1A430C9719361B33CFEDA987682A9FF',X'FD1E','[]');
CREATE TABLE source (           -- a text that ran, once
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,-- SHA-256 of the text's UTF-8 with \n line ends, hexadecimal; '' where unreadable
    size INTEGER NOT NULL,      -- bytes of that UTF-8
    text BLOB                   -- zlib of that UTF-8; NULL where it couldn't be read
);
INSERT INTO "source" VALUES(1,'55ef263b1902286bb2ce67d2372fc3c78b53fe1935e59420837d1545ae44fc9c',656,X'789C5D51C14EC42010BDF72B269C5AADA6ABB78D1835D1A3472FC618964E5D520A1BA031F1EB8561CB6E970B61E6CD9BC77B8CB167D8093F62B8658C5555D5E30052C83DF6F5301B199435CDB682781C86D91958AA11FB94813473704A62FD636DEF5BE89597763681BF5B832D5CB5A0FCF784D30E1D7F13DAE39132D8203470E8E8355807890094A1DB67503A6AC89D07E84E4512259447F8107AC657E7AC23054D81E405D79CA6AB23D3A22E8A0263032491204C0F755109514A9E7D844DD735D4A6C2F682FB86173EEA8C2A223930134959DA96366428C68F03F37642766E689A68E1B3F01E840BE5913C4985E4494D3427779B737BCAD4570C466AE13DBC50AE59B0577F1865DD55F44A81053162ED510F2D99D39C3EF6BB571AA9B8F69A1288FFDDACAA4B349CC3FD1A9F8EB4262833636924132E22CC365042FF7FDEB50A');
CREATE INDEX hit_signature ON hit (signature_id);
CREATE VIEW contexts (id, label) AS SELECT id, label FROM context;
CREATE VIEW lines (file_path, context_id, line_no) AS      -- executed lines
    SELECT DISTINCT f.path, h.context_id, p.value
    FROM hit h
    JOIN signature s ON s.id = h.signature_id
    JOIN code c ON c.id = s.code_id
    JOIN file f ON f.id = c.file_id, json_each(c.probes, '$.lines') p
    WHERE (instr('123456789ABCDEF', substr(hex(s.bits), 2 * ((p.key + 1) >> 3) + 2 - (((p.key + 1) & 7) >> 2), 1)) >> ((p.key + 1) & 3) & 1);
CREATE VIEW arcs (file_path, context_id, start_line, end_line) AS  -- line to line; negative: entry, exit
    SELECT f.path, h.context_id, json_extract(p.value, '$[0]'), json_extract(p.value, '$[1]')
    FROM hit h
    JOIN signature s ON s.id = h.signature_id
    JOIN code c ON c.id = s.code_id
    JOIN file f ON f.id = c.file_id, json_each(c.probes, '$.arcs') p
    WHERE (instr('123456789ABCDEF', substr(hex(s.bits), 2 * ((json_extract(p.value, '$[2]')) >> 3) + 2 - (((json_extract(p.value, '$[2]')) & 7) >> 2), 1)) >> ((json_extract(p.value, '$[2]')) & 3) & 1) AND (instr('123456789ABCDEF', substr(hex(s.bits), 2 * ((json_extract(p.value, '$[3]')) >> 3) + 2 - (((json_extract(p.value, '$[3]')) & 7) >> 2), 1)) >> ((json_extract(p.value, '$[3]')) & 3) & 1)
    UNION
    SELECT f.path, h.context_id, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]')
    FROM hit h
    JOIN signature s ON s.id = h.signature_id
    JOIN code c ON c.id = s.code_id
    JOIN file f ON f.id = c.file_id, json_each(s.arcs) a;
CREATE VIEW instruction_arcs (file_path, context_id, from_offset, to_offset, code, python) AS -- outcomes of jumps
    SELECT DISTINCT f.path, h.context_id,
        json_extract(p.value, '$[0]'), json_extract(p.value, '$[' || (1 + t.taken) || ']'),
        c.name, c.python
    FROM hit h
    JOIN signature s ON s.id = h.signature_id
    JOIN code c ON c.id = s.code_id
    JOIN file f ON f.id = c.file_id, json_each(c.probes, '$.jumps') p, (SELECT 0 AS taken UNION ALL SELECT 1) t
    WHERE (instr('123456789ABCDEF', substr(hex(s.bits), 2 * ((1 + json_array_length(c.probes, '$.lines') + 2 * p.key + t.taken) >> 3) + 2 - (((1 + json_array_length(c.probes, '$.lines') + 2 * p.key + t.taken) & 7) >> 2), 1)) >> ((1 + json_array_length(c.probes, '$.lines') + 2 * p.key + t.taken) & 3) & 1);
COMMIT;
