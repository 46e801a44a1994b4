/* The core on sys.monitoring: its state, and what its two parts need of each other. */
#ifndef MINICOV_CORE_H
#define MINICOV_CORE_H

#include "hit_log.h"
#include "hits.h"
#include "opcodes.h"

enum { MANY = 1024 };  /* So much of what is gone may be kept before it is let go: code objects, names of files. */

typedef struct {
    PyObject_HEAD
    PyObject *in_scope;        /* Owned: asked once per file name. */
    PyObject *maker;           /* Owned: a MachineMaker; NULL where no decision is to be remembered. */
    PyObject *measured;        /* Owned: {file name: its number from 1, or 0 if it is not measured}. */
    uint32_t file_count;       /* How many file names are measured. */
    PyObject *make_hits;       /* Owned: minicov_tracer.cores.Hits. */
    PyObject *disable;         /* Owned: sys.monitoring.DISABLE. */
    PyObject *monitoring;      /* Owned: the sys.monitoring module. */
    PyObject *set_local;       /* Owned: sys.monitoring.set_local_events. */
    PyObject *filename_name;   /* Owned: "co_filename". */
    HitsTable table;
    CodeHits *last;            /* Borrowed: whose event came last; NULL after the table let go of some. */
    CodeHits **touched;        /* Owned array of Borrowed structures (the table's). */
    size_t touched_count, touched_room;
    uint32_t signature_count;  /* How many signatures were told; the next one's number. */
    Evaluations evaluations;
    HitLog log;
    PyObject *recorder;        /* Owned: told of code objects, raises and a full log; NULL without a log. */
    uint32_t next_base;        /* The hit log's number for the next code object's probes. */
    size_t crowd;              /* With so many code objects it is time to look which are gone. */
    int is_flushing;           /* How many flushes go on. */
    int is_emptying;           /* The recorder is making room in the log. */
    long tool;                 /* The tool id that has the local events of measured code; -1 when not started. */
    long finder;               /* The one that has the global events; the same as `tool` where no second one was free. */
    long local_events;
    long line_event;           /* One of them. */
    int is_counting;           /* Each line event is counted, and none is switched off. */
    int has_sides;             /* BRANCH_LEFT and BRANCH_RIGHT go silent apart: 3.14 and later. */
    int has_failed;
    int room_users;            /* Callbacks that run Python code now. */
    int limit_without_room;    /* The recursion limit before the first of them. */
    uint16_t kinds[256];       /* Flags of each opcode: opcodes.KINDS. */
    TestClasses classes;
} Core;

/* Python code that a callback calls must run even where the program is at the end of its recursion: it gets room of its
 * own. The limit is that of all threads: it is the program's own again when no callback needs room any more, unless the
 * program has set another meanwhile. Each give_room() needs its take_room(). */
void give_room(Core *self);
void take_room(Core *self);

/* Sets a probe, and logs it if it was not set. 0, or -1 with an exception set. */
int core_hit(Core *self, CodeHits *hits, uint32_t probe);

/* Makes a code object that was just met ready for decisions that need memory. Runs Python code. 0, or -1 with an
 * exception set. */
int core_add_decisions(Core *self, CodeHits *hits);

/* Follows the decisions that need memory, which the code object must have, through a jump. Flags of
 * decisions_on_jump, -1 with an exception set. */
int core_decide(Core *self, CodeHits *hits, int32_t jump, uint32_t taken);

/* Tells the recorder which numbers are a code object's. 0, or -1 with an exception set. */
int core_tell(Core *self, const CodeHits *hits);

/* Appends to the hit log; a full one is written out and begun anew. 0, or -1 with an exception set. */
int core_log(Core *self, uint32_t entry);

/* Takes tool ids, registers all callbacks and switches the global events on. 0, -1 with an exception set. */
int tools_take(Core *self);

/* Switches all events off and gives the tool ids back. 0, -1 with an exception set. */
int tools_give_back(Core *self);

/* Watches a code object. 0, or -1 with an exception set. */
int tools_watch(Core *self, PyObject *code);

/* Switches the line events of a code object off. 0, or -1 with an exception set. */
int tools_drop_lines(Core *self, PyObject *code);

/* Switch on again what was switched off, if the core watches: the first in one code object, the second wherever the first
 * can't. 0, or -1 with an exception set. */
int tools_rearm(Core *self, CodeHits *hits);
int tools_restart(Core *self);

/* Methods flush() and flush_signatures() of the core. */
PyObject *core_flush(Core *self, PyObject *ignored);
PyObject *core_flush_signatures(Core *self, PyObject *ignored);

/* Calls a method of the recorder that gives None; takes the arguments' tuple over. 0, or -1 with an exception set. */
int tell_recorder(Core *self, const char *method, PyObject *arguments);

/* Has what is known of code objects that are gone written out and dropped, where there are many. 0, or -1 with an
 * exception set. */
int core_drop_gone(Core *self);

/* Method let_go() of the core. */
PyObject *core_let_go(Core *self, PyObject *ignored);

/* What the core's type is made from. */
extern PyType_Spec core_spec;

/* The callbacks of sys.monitoring, methods of the core (METH_FASTCALL). */
PyObject *core_on_find(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_start(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_line(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_branch(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_branch_left(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_branch_right(Core *self, PyObject *const *args, Py_ssize_t count);
PyObject *core_on_raise(Core *self, PyObject *const *args, Py_ssize_t count);

#endif
