/* What one code object has shown since the last flush: lines as bits, transitions between lines as a set. */
#ifndef MINICOV_SETTRACE_RECORD_H
#define MINICOV_SETTRACE_RECORD_H

#include <Python.h>
#include <stdint.h>

#include "settrace_jumps.h"
#include "signatures.h"

/* A line that nobody knows: no arc starts there. */
#define NO_LINE INT32_MIN
/* No arc was seen. */
#define NEVER (INT32_MIN + 1)

typedef struct {
    int32_t from, to;
} Arc;

/* Every arc this code object was ever seen to make; an arc keeps its number. Open addressing, linear probing. */
typedef struct {
    Arc *arcs;             /* Owned: count of them. */
    PyObject **pairs;      /* Owned array of Owned tuples (from, to), made when first flushed, else NULL. */
    uint8_t *is_seen;      /* Owned: one for each arc, since the last flush. */
    uint32_t *logged_as;   /* Owned: the number of each in the hit log, 0 where it has none yet. */
    uint32_t *slots;       /* Owned: 1 + an arc's number, 0 is free; NULL before the first arc. */
    uint32_t count, room;
    uint32_t slot_count;   /* A power of two, at least twice `count`. */
} ArcSet;

/* Hangs on the code object, so it is found without a search and freed with the code object. While it is in use or
 * touched it keeps the code object alive, so both of them live. */
typedef struct CodeRecord {
    PyCodeObject *code;      /* Borrowed; one owned reference while use_count or is_touched. */
    struct CodeRecord *next; /* Owned: records that other cores made for the same code object. */
    uint64_t core_serial;    /* Which core made it. */
    uint32_t use_count;      /* Frames that hold it. */
    uint8_t is_touched;      /* Something was recorded since the last flush. */
    uint8_t is_entered;
    int32_t first_line;      /* co_firstlineno */
    int32_t lowest_line;     /* Line of probe_of_line[0]. */
    uint32_t line_span;      /* Length of probe_of_line. */
    uint32_t *probe_of_line; /* Owned: the probe of each line from lowest_line on, 0 where there is none. */
    uint32_t probe_count;    /* 1 + distinct lines. */
    uint32_t bit_count;      /* Lines' probes and those of jumps and conditions. */
    uint8_t *is_hit;         /* Owned: a bit a probe, as in Hits.probes. */
    Jumps *jumps;            /* Owned; NULL where there are none, or nobody asks for them. */
    int32_t *came_from;      /* Owned: for each line's probe where the latest arc to it started, or NEVER. */
    ArcSet arcs;
    uint32_t told_to;        /* Core.recorder_serial of the recorder that knows it, or 0. */
    uint32_t base;           /* The hit log's number of probe 0. */
    uint64_t *counts;        /* Owned: for each probe how often its line ran; NULL until the first one is counted. */
    Signatures signatures;   /* All that were told of it by number. */
    uint32_t file;           /* The number of its file. */
    uint32_t news;           /* Changes whenever a line or an arc is seen first, and at a flush. */
    uint32_t warmth;         /* Events and calls so far, until there is a flow. */
    struct Flow *flow;       /* Owned: which arcs may still happen; NULL until it may pay (settrace_flow.h). */
} CodeRecord;

/* What cores know of a code object; its place in co_extra belongs to this module. */
typedef struct {
    CodeRecord *first;       /* Owned: the record of the latest core that measures it, and those before. */
    uint64_t unmeasured_by;  /* Serial of the latest core that does not measure it. */
} CodeShelf;

/* What PyCodeObject.co_extra points to (CPython's Objects/codeobject.c), which is asked too often for a call. */
typedef struct {
    Py_ssize_t count;
    void *places[1];
} CodeExtra;

/* The shelf of a code object. Borrowed, NULL where no core met it yet. */
static inline CodeShelf *
shelf_find(Py_ssize_t extra_index, const PyCodeObject *code)
{
    const CodeExtra *extra = code->co_extra;
    return extra != NULL && extra_index < extra->count ? extra->places[extra_index] : NULL;
}

/* Makes one. Borrowed, or NULL with an exception set. */
CodeShelf *shelf_add(Py_ssize_t extra_index, PyCodeObject *code);

/* Frees a shelf and its records (the destructor of the place in co_extra). */
void shelf_free(void *shelf);

/* The record that a core made for a code object. Borrowed, NULL where there is none; sets no exception. */
static inline CodeRecord *
shelf_record(const CodeShelf *shelf, uint64_t core_serial)
{
    CodeRecord *record = shelf->first;
    while (record != NULL && record->core_serial != core_serial) {
        record = record->next;
    }
    return record;
}

/* Makes a core's record. New, or NULL with an exception set. */
CodeRecord *record_new(uint64_t core_serial, PyCodeObject *code);
void record_free(CodeRecord *record);

/* Makes room for the probes of jumps, and owns them from now on. 0, or -1 with an exception set. */
int record_add_jumps(CodeRecord *record, Jumps *jumps);

/* Puts a record on the shelf of its code object, which owns it. */
void shelf_put(CodeShelf *shelf, CodeRecord *record);

/* A frame holds it, and lets it go: the record may be freed by the latter. */
void record_hold(CodeRecord *record);
void record_release(CodeRecord *record);

/* The probe of a line, 0 where it has none. */
static inline uint32_t
record_probe(const CodeRecord *record, int line)
{
    uint32_t place = (uint32_t)line - (uint32_t)record->lowest_line;
    return place < record->line_span ? record->probe_of_line[place] : 0;
}

/* Whether this very step was the latest to its line since the last flush: then it is no news. */
static inline int
record_knows(const CodeRecord *record, int from, int to)
{
    return record->came_from[record_probe(record, to)] == from;
}

/* No step is the latest to any line. */
static inline void
record_forget_steps(CodeRecord *record)
{
    for (uint32_t probe = 0; probe < record->probe_count; probe++) {
        record->came_from[probe] = NEVER;
    }
}

static inline int
record_has(const CodeRecord *record, uint32_t probe)
{
    return record->is_hit[probe >> 3] >> (probe & 7) & 1;
}

/* Marks a line. Lines that are not in the code's table have no probe and leave no mark.
 * 1 when it is the first time since the last flush, else 0. */
static inline int
record_line(CodeRecord *record, int line)
{
    uint32_t probe = record_probe(record, line);
    uint8_t bit = (uint8_t)(1u << (probe & 7));
    if (probe == 0 || (record->is_hit[probe >> 3] & bit)) {
        return 0;
    }
    record->is_hit[probe >> 3] |= bit;
    record->news++;
    return 1;
}

/* The number of an arc in record->arcs, where it is added unseen when it is not there yet.
 * -1 without memory (no exception set). */
int64_t record_arc_number(CodeRecord *record, int from, int to);

/* The arc was seen since the last flush. */
#define NO_NEWS INT64_MAX

/* Marks an arc. Its number when it is the first time since the last flush, NO_NEWS when not, -1 without memory (no
 * exception set). */
static inline int64_t
record_arc(CodeRecord *record, int from, int to)
{
    int64_t number = record_arc_number(record, from, to);
    if (number < 0 || record->arcs.is_seen[number]) {
        return number < 0 ? -1 : NO_NEWS;
    }
    record->arcs.is_seen[number] = 1;
    record->news++;
    return number;
}

/* What a record had to tell at a flush. */
typedef struct {
    CodeRecord *record;    /* Borrowed; whoever has this keeps the code object alive. */
    uint8_t *bits;         /* Owned: bit_size bytes, as in Hits.probes. */
    Py_ssize_t bit_size;
    uint32_t *arcs;        /* In the same block of memory: arc_count numbers, in the order of the arcs. */
    uint32_t arc_count;
} Taken;

/* Marks any other probe. 1 when it is the first time since the last flush, else 0. */
static inline int
record_mark(CodeRecord *record, uint32_t probe)
{
    if (record_has(record, probe)) {
        return 0;
    }
    record->is_hit[probe >> 3] |= (uint8_t)(1u << (probe & 7));
    record->news++;
    return 1;
}

/* Takes everything out of a record, which starts afresh. Runs no Python code.
 * 0, or -1 without memory (no exception set; the record starts afresh all the same). */
int record_take(CodeRecord *record, Taken *taken);

/* The same by number: 1 when what the record has to tell was told before, as *number, else 0: then that is `next`, and taken
 * has it. -1 without memory. */
int record_take_number(CodeRecord *record, uint32_t next, uint32_t *number, Taken *taken);

/* New Hits, or NULL with an exception set. */
PyObject *taken_hits(const Taken *taken, PyTypeObject *hits_type);

/* Frees what it owns. */
void taken_free(Taken *taken);

#endif
