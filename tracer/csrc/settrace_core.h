/* One core a process: whom to ask what is measured, and what there is to flush. */
#ifndef MINICOV_SETTRACE_CORE_H
#define MINICOV_SETTRACE_CORE_H

#include <Python.h>
#include <stdint.h>

#include "hit_log.h"
#include "opcodes.h"
#include "settrace_record.h"

typedef struct {
    PyObject_HEAD
    PyObject *in_scope;      /* Owned: asked once per file name. */
    PyObject *maker;         /* Owned: a MachineMaker; NULL where jumps are not watched. */
    Memory *memory;          /* Owned reference. */
    uint16_t kinds[256];     /* opcodes.KINDS */
    TestClasses classes;
    PyObject *measured;      /* Owned: {file name: its number from 1, or 0 if it is not measured}. */
    uint32_t file_count;     /* How many file names are measured. */
    uint32_t signature_count; /* How many signatures were told; the next one's number. */
    PyTypeObject *hits_type; /* Owned: minicov_tracer.cores.Hits. */
    PyTypeObject *watcher_type; /* Owned. */
    Py_ssize_t extra_index;  /* Where in a code object's co_extra its shelf is. */
    uint64_t serial;         /* No other core of this interpreter ever had it. */
    CodeRecord **touched;    /* Owned array of records, each with an owned reference to its code object. */
    size_t touched_count, touched_room;
    uint64_t start_thread_id; /* PyThreadState_GetID of the thread that called start. */
    uint32_t epoch;          /* Flushes so far. */
    uint32_t unhooked;       /* While it is not 0 frames are not evaluated through us (settrace_eval.h). */
    int is_counting;         /* Each line event is counted, and no frame is off. */
    PyObject *counted;       /* Owned list of the code objects that have counts; NULL before the first one. */
    HitLog log;
    PyObject *recorder;      /* Owned: told of code objects, arcs and a full log; NULL without a log. */
    int arcs_file;           /* The recorder's, which is told of arcs; -1 where it wants none. */
    uint32_t recorder_serial;/* Recorders so far. */
    uint32_t next_number;    /* The hit log's next one that stands for nothing yet. */
    uint8_t is_emptying;     /* The recorder is making room in the log. */
    uint8_t is_hooked;
    uint8_t has_greenlets;   /* Then a frame that is measured is never off: see meet(). */
    uint8_t is_running;
    uint8_t has_failed;
} Core;

/* Whether an object is a core. */
int core_check(PyObject *object);

/* An internal error (the exception that is set) must not reach the program: say it once, and watch no more. */
void core_fail(Core *core);

/* The record of a code object, NULL where it is not measured. Borrowed. May run Python code: in_scope.
 * 0, or -1 with an exception set. */
int core_record(Core *core, PyCodeObject *code, CodeRecord **record);

/* The same where no Python code may run: 1, or 0 when the code object was not met yet. */
static inline int
core_known_record(Core *core, PyCodeObject *code, CodeRecord **record)
{
    CodeShelf *shelf = shelf_find(core->extra_index, code);
    *record = shelf == NULL ? NULL : shelf_record(shelf, core->serial);
    return *record != NULL || (shelf != NULL && shelf->unmeasured_by == core->serial);
}

/* Notes that a record has something to flush. 0, or -1 without memory (no exception set). */
int core_touch(Core *core, CodeRecord *record);

/* Marks an outcome of a jump that a frame had, and what it decides. 0, or -1 (an exception may be set). May run Python
 * code. */
int core_on_outcome(Core *core, CodeRecord *record, const void *frame, uint32_t jump, int taken);

/* Marks the outcomes that an arc tells, which was just seen first. The same. */
int core_on_told(Core *core, CodeRecord *record, uint32_t arc);

/* Reads a code object's jumps, and makes what its decisions need; may run Python code: the maker. 0, or -1 with an
 * exception set. */
int core_add_jumps(Core *core, CodeRecord *record);

/* Counts a line. 0, or -1 with an exception set. */
int core_count(Core *core, CodeRecord *record, int line);

/* New list of (code, counts), which begin anew; NULL with an exception set. */
PyObject *core_take_counts(Core *core);

/* Methods flush() and flush_signatures() of the core; the count of flushes goes up. */
PyObject *core_flush(Core *core, PyObject *unused);
PyObject *core_flush_signatures(Core *core, PyObject *unused);

#endif
