BEGIN TRANSACTION;
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
    own_digest BLOB NOT NULL,   -- BLAKE2b-64 of the text of those lines, each with its \n; empty where unknown
    UNIQUE (file_id, digest)
);
INSERT INTO "code" VALUES(1,1,X'E45DD96C1E1AFF10','<module>',1,'3.12','[[],[],[]]','[[1,1]]',X'5030C2A8DB49E9C6');
INSERT INTO "code" VALUES(2,2,X'507F62422E1FBFEC','<module>',1,'3.12','[[1,4,8,9,25],[],[[1,2],[2,3],[3,4],[4,3],[4,5],[5],[0,1]]]','[[1,4],[6,9],[23,25]]',X'0C3C2AC191ADC781');
INSERT INTO "code" VALUES(3,2,X'A578B2708125A499','cached',4,'3.12','[[4,5],[],[[2],[0,2]]]','[[4,5]]',X'71312F01DA274D41');
INSERT INTO "code" VALUES(4,2,X'2E065584BD1B14E8','Basket',25,'3.12','[[25,26,28],[],[[1,2],[2,3],[3],[0,1]]]','[[25,28]]',X'A33EBAC9B44F4BBE');
INSERT INTO "code" VALUES(5,2,X'9D1B3311AF3C034F','price',8,'3.12','[[8,10,11,12,13,14,15,16,17,18,19,20,21],[[10,14,60,11,4,14,21],[24,26,48,12,11,12,19,2],[64,66,94,15,7,15,27,3],[68,70,80,15,33,15,42,1],[78,80,94,15,46,15,57,2],[82,84,94,15,63,15,68,2],[96,98,102,17,25,17,30,1],[124,128,140,18,17,22,5],[132,134,138,21,11,21,15,2]],[[14,4],[15,7],[16,5],[17,6],[19,9],[23,9],[24,8],[25,9],[26,10],[27,10],[28,12],[28,13,20,21],[29],[30,11],[31,11],[2,3],[6,3],[8,9],[11,10],[12,10],[12,13],[0,2]],[[15,7,15,27],[15,33,15,42],[15,46,15,57],[15,63,15,68]]]','[[8,22]]',X'CE35F664EDD34654');
INSERT INTO "code" VALUES(6,2,X'42B174BF8AD690AD','Basket.take',28,'3.12','[[28,29,30,31,32,34],[[4,6,34,29,14,29,18,2],[24,26,28,31,15,31,24,2],[30,32,34,29,14,29,18,2]],[[7,3],[8,6],[9,5],[10,2],[11,3],[12,6],[3,4],[5,2],[6],[0,2]]]','[[28,34]]',X'6AB9DADCC0F9CD27');
CREATE TABLE context (          -- what was going on: a test, a labelled run, or '' for neither
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,-- BLAKE2b-64 of label: an index of labels would be as large as they are
    label TEXT NOT NULL,        -- a test's node id; LABEL|node id; LABEL; ''
    run_id INTEGER NOT NULL REFERENCES run(id), -- the run that last measured it
    time REAL NOT NULL          -- when it last did, in seconds since 1970
);
INSERT INTO "context" VALUES(1,X'F5BC0B35A51447A4','nightly',1,1796078704.84562);
INSERT INTO "context" VALUES(2,X'51A15CCE44AB6EF3','nightly|test_basket.py::TestPrice::test_good[goods0]',1,1796078704.84562);
INSERT INTO "context" VALUES(3,X'1302B627C30F925A','nightly|test_basket.py::TestPrice::test_good[goods1]',1,1796078704.84562);
INSERT INTO "context" VALUES(4,X'741E063E369A8D3C','nightly|test_basket.py::TestPrice::test_bad',1,1796078704.84562);
INSERT INTO "context" VALUES(5,X'2D46A0198B8D3A98','nightly|test_basket.py::test_basket',1,1796078704.84562);
INSERT INTO "context" VALUES(6,X'0E72CECD10C40CEC','nightly|test_basket.py::test_skipped',1,1796078704.84562);
CREATE TABLE file (             -- a version of a measured file
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,         -- relative to meta.root with /, else absolute
    digest BLOB NOT NULL,       -- source.digest; empty where the text is unknown
    generation INTEGER NOT NULL DEFAULT 0, -- of the merge that last changed its facts; see meta.generation
    UNIQUE (path, digest)
);
INSERT INTO "file" VALUES(1,'shop/__init__.py',X'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',0);
INSERT INTO "file" VALUES(2,'shop/basket.py',X'55EF263B1902286BB2CE67D2372FC3C78B53FE1935E59420837D1545AE44FC9C',0);
CREATE TABLE footprint (        -- one way in which a whole file ran
    id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES file(id),
    digest BLOB NOT NULL,       -- BLAKE2b-64 of signatures
    signatures BLOB NOT NULL,   -- their keys, sorted, one after the other
    UNIQUE (file_id, digest)
);
INSERT INTO "footprint" VALUES(1,1,X'E56B781359EA8A40',X'E1BF3F488C08');
INSERT INTO "footprint" VALUES(2,2,X'B97467D740175CDA',X'95583C14B28CADC3FB60B39FEFE43D368BBC');
INSERT INTO "footprint" VALUES(3,2,X'FF02A38D04968634',X'603F2A20607D');
INSERT INTO "footprint" VALUES(4,2,X'1C90BC575E640830',X'4D064D67291E');
INSERT INTO "footprint" VALUES(5,2,X'7EB34E23B8D6FC22',X'A25318F7CA27');
INSERT INTO "footprint" VALUES(6,2,X'1DBCF56C108E5437',X'B44158E95147');
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
CREATE TABLE meta (             -- facts about the whole file
    key TEXT PRIMARY KEY,       -- root: the project's folder; generation: counts merges that changed something;
                                -- in a partial file also seal: see seals.py
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('root','/tmp/shop');
INSERT INTO "meta" VALUES('seal','dca5dcd0ab696a0e');
CREATE TABLE outcome (          -- how a test ended
    context_id INTEGER PRIMARY KEY REFERENCES context(id),
    outcome TEXT NOT NULL,      -- passed, failed, error, skipped, xfailed, xpassed
    duration REAL NOT NULL,     -- seconds, all phases
    time REAL NOT NULL          -- when, in seconds since 1970; the last one counts
);
INSERT INTO "outcome" VALUES(2,'passed',1.72035449941176921129e-02,1.79607870484558391566e+09);
INSERT INTO "outcome" VALUES(3,'passed',8.48190997203346341848e-04,1.79607870484560441966e+09);
INSERT INTO "outcome" VALUES(4,'passed',3.99473996367305517196e-04,1.7960787048456082344e+09);
INSERT INTO "outcome" VALUES(5,'xfailed',9.92464003502391278743e-04,1.79607870484561109539e+09);
INSERT INTO "outcome" VALUES(6,'skipped',5.8500900195213034749e-04,1.79607870484561371799e+09);
CREATE TABLE run (              -- one run of a program or of tests, in however many processes
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,  -- unlike any other's
    replaces INTEGER NOT NULL   -- 1 if a test's facts replace what the same test gave in earlier runs, else 0
);
INSERT INTO "run" VALUES(1,'f89c3a78cc1f461f8c68f281e78bc47e',0);
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
INSERT INTO "signature" VALUES(1,X'E1BF3F488C08',1,X'01','[]');
INSERT INTO "signature" VALUES(2,X'4D064D67291E',5,X'DDFF56792555','[]');
INSERT INTO "signature" VALUES(2,X'603F2A20607D',5,X'8DBE94F4A10A','[]');
INSERT INTO "signature" VALUES(2,X'95583C14B28C',2,X'3F','[]');
INSERT INTO "signature" VALUES(2,X'A25318F7CA27',5,X'3D4001','[[13,-8]]');
INSERT INTO "signature" VALUES(2,X'ADC3FB60B39F',4,X'0F','[]');
INSERT INTO "signature" VALUES(2,X'B44158E95147',6,X'FD1E','[]');
INSERT INTO "signature" VALUES(2,X'EFE43D368BBC',3,X'05','[]');
CREATE TABLE source (           -- a text that ran, once
    digest BLOB PRIMARY KEY,    -- SHA-256 of its UTF-8 with \n line ends
    crc INTEGER NOT NULL,       -- CRC-32 of `text` as it is here
    text BLOB NOT NULL          -- zlib of that UTF-8
);
INSERT INTO "source" VALUES(X'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',3278637884,X'789C030000000001');
INSERT INTO "source" VALUES(X'55EF263B1902286BB2CE67D2372FC3C78B53FE1935E59420837D1545AE44FC9C',1688012813,X'789C5D51C14EC42010BDF72B269C5AADA6ABB78D1835D1A3472FC618964E5D520A1BA031F1EB8561CB6E970B61E6CD9BC77B8CB167D8093F62B8658C5555D5E30052C83DF6F5301B199435CDB682781C86D91958AA11FB94813473704A62FD636DEF5BE89597763681BF5B832D5CB5A0FCF784D30E1D7F13DAE39132D8203470E8E8355807890094A1DB67503A6AC89D07E84E4512259447F8107AC657E7AC23054D81E405D79CA6AB23D3A22E8A0263032491204C0F755109514A9E7D844DD735D4A6C2F682FB86173EEA8C2A223930134959DA96366428C68F03F37642766E689A68E1B3F01E840BE5913C4985E4494D3427779B737BCAD4570C466AE13DBC50AE59B0577F1865DD55F44A81053162ED510F2D99D39C3EF6BB571AA9B8F69A1288FFDDACAA4B349CC3FD1A9F8EB4262833636924132E22CC365042FF7FDEB50A');
COMMIT;
