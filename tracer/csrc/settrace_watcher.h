/* What sees the events: one watcher a thread, one core a process. */
#ifndef MINICOV_SETTRACE_WATCHER_H
#define MINICOV_SETTRACE_WATCHER_H

#include <Python.h>
#include <stdint.h>

#include "settrace_record.h"

/* The interpreter's own frame, of which a frame object is only the face. */
struct _PyInterpreterFrame;

struct Watcher;

typedef struct {
    PyObject_HEAD
    PyObject *in_scope;      /* Owned: asked once per file name. */
    PyObject *measured;      /* Owned: {file name: bool}. */
    PyTypeObject *hits_type; /* Owned: minicov_tracer.cores.Hits. */
    PyTypeObject *watcher_type; /* Owned. */
    Py_ssize_t extra_index;  /* Where in a code object's co_extra its records are. */
    uint64_t serial;         /* No other core of this interpreter ever had it. */
    CodeRecord **touched;    /* Owned array of records, each with an owned reference to its code object. */
    size_t touched_count, touched_room;
    struct Watcher *watchers; /* Borrowed: the first of all that live; each takes itself out when it dies. */
    uint64_t start_thread_id; /* PyThreadState_GetID of the thread that called start. */
    int is_running;
    int has_failed;
} Core;

/* A frame that is being watched. */
typedef struct {
    struct _PyInterpreterFrame *frame; /* Borrowed, and only compared: which frame this is. */
    CodeRecord *record;                /* Held; NULL where the code object is not measured. */
    int last_line;                     /* Where the next arc starts: a line, or -first_line after a call. */
} WatchedFrame;

/* Frames are found by identity, the latest first: with greenlets they do not end in the order of a stack. */
typedef struct Watcher {
    PyObject_HEAD
    Core *core;              /* Owned. */
    uint64_t thread_id;      /* PyThreadState_GetID */
    WatchedFrame *frames;    /* Owned. */
    size_t frame_count, frame_room;
    struct Watcher *previous, *next; /* Borrowed: neighbours in core->watchers. */
} Watcher;

/* Makes the current thread's watcher and sets it as trace function. New, or NULL with an exception set. */
Watcher *watcher_install(Core *core);

/* Tells it of an event in Python's way, (frame, event, argument). 0, or -1 with an exception set. */
int watcher_tell(Watcher *watcher, PyObject *arguments);

/* Lets go of all frames. */
void watcher_forget_frames(Watcher *watcher);

/* Whether a trace object (PyThreadState.c_traceobj) is a watcher of that core. */
int watcher_is_of(PyObject *object, Core *core);

/* An internal error (the exception that is set) must not reach the program: say it once, and watch no more. */
void core_fail(Core *core);

extern PyType_Spec watcher_spec;

#endif
