/* What sees a thread's events. */
#ifndef MINICOV_SETTRACE_WATCHER_H
#define MINICOV_SETTRACE_WATCHER_H

#include "settrace_core.h"

#include <stdlib.h>

/* The interpreter's own frame, of which a frame object is only the face. */
struct _PyInterpreterFrame;

/* A frame that is being watched. */
typedef struct {
    struct _PyInterpreterFrame *frame; /* Borrowed. Only compared, unless is_hooked: then it is alive. */
    CodeRecord *record;                /* NULL where the code object is not measured. Held, unless is_hooked. */
    _Py_CODEUNIT *resume_at;           /* Borrowed: where eval_frame() is to go on with it, NULL otherwise. */
    uint32_t at_jump;                  /* 1 + the jump that it has come to, whose outcome is next; or 0. */
    int last_line;                     /* Where the next arc starts: a line, -first_line after a call, or NO_LINE. */
    uint8_t is_hooked;                 /* eval_frame() evaluates it, and takes it out when it ends. */
    uint8_t is_off;                    /* It has nothing to tell until it is switched on; last_line is not kept. */
} WatchedFrame;

/* Frames are found by identity, the latest first: with greenlets they do not end in the order of a stack. */
typedef struct Watcher {
    PyObject_HEAD
    Core *core;              /* Owned. */
    uint64_t thread_id;      /* PyThreadState_GetID */
    uintptr_t stack_floor;   /* Below this address the C stack is too short for a frame evaluation a call. */
    Py_tracefunc other;      /* The program's own trace function while the thread is chained, else NULL. */
    WatchedFrame *frames;    /* Owned. */
    size_t frame_count, frame_room;
    /* Borrowed: the latest frame that eval_frame() evaluates without an entry, as its code is not measured; or NULL. It
     * gets one when it has a line event. */
    const struct _PyInterpreterFrame *unmeasured;
} Watcher;

extern PyType_Spec watcher_spec;

/* The current thread's watcher, which becomes its trace function. New, or NULL with an exception set. */
Watcher *watcher_install(Core *core);

/* Sets what someone gave to sys.settrace, a watcher of this thread or another, as trace function in the C way.
 * New: it or this thread's own, or NULL with an exception set. */
Watcher *watcher_again(Watcher *watcher);

/* Whether an object is a watcher. */
int watcher_check(PyObject *object);

/* Tells it of an event in Python's way, (frame, event, argument). 0, or -1 with an exception set. */
int watcher_tell(Watcher *watcher, PyObject *arguments);

/* The trace function that goes with a watcher (Py_tracefunc). Never fails: the program goes on whatever happens. */
int watcher_trace(PyObject *object, PyFrameObject *frame, int what, PyObject *argument);

/* The watcher of a thread that is chained: measured while the trace function is the program's own (settrace_chain.c).
 * Borrowed, or NULL. */
Watcher *chain_watcher(const PyThreadState *thread);

/* The watcher that is a thread's trace function, or chained to it. Borrowed, or NULL. */
static inline Watcher *
watcher_of_thread(const PyThreadState *thread)
{
    return thread->c_tracefunc == watcher_trace ? (Watcher *)thread->c_traceobj
                                                : thread->c_tracefunc == NULL ? NULL : chain_watcher(thread);
}

/* Looks whether the program has set a trace function of its own in the current thread, or none any more, and chains or
 * unchains its watcher. */
void chain_look(Watcher *watcher, PyThreadState *thread);

/* Chains a watcher of the current thread to what is its trace function, and lets that have the thread again. */
void chain_begin(Watcher *watcher, PyThreadState *thread);
void chain_end(Watcher *watcher, PyThreadState *thread);

/* Ends the events for single instructions of a frame that is alive. */
void watched_stop_opcodes(WatchedFrame *watched);

/* Switches on the frames of its thread that were off: all that they do from now on is news. */
void watcher_wake(Watcher *watcher, PyThreadState *thread);

/* Makes room for more frames. 0, or -1 without memory (no exception set). */
int watcher_grow(Watcher *watcher);

/* Adds a frame, not held and neither hooked nor off. Borrowed until the next push or pop, or NULL without memory
 * (no exception set). */
static inline WatchedFrame *
watcher_push(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record, int last_line)
{
    if (watcher->frame_count == watcher->frame_room && watcher_grow(watcher) < 0) {
        return NULL;
    }
    WatchedFrame *watched = &watcher->frames[watcher->frame_count++];
    *watched = (WatchedFrame){.frame = frame, .record = record, .last_line = last_line};
    return watched;
}

/* Adds one that eval_frame() evaluates, off. The same. */
static inline WatchedFrame *
watcher_push_hooked(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record)
{
    WatchedFrame *watched = watcher_push(watcher, frame, record, NO_LINE);
    if (watched != NULL) {
        watched->is_hooked = watched->is_off = 1;
    }
    return watched;
}

/* The entry of a frame, which becomes the latest. Borrowed until the next push or pop; NULL where it has none. */
static inline WatchedFrame *
watcher_find(Watcher *watcher, const struct _PyInterpreterFrame *frame)
{
    if (watcher->frame_count == 0) {
        return NULL;
    }
    WatchedFrame *latest = &watcher->frames[watcher->frame_count - 1];
    if (latest->frame == frame) {
        return latest;
    }
    for (WatchedFrame *found = latest; found-- > watcher->frames;) {
        if (found->frame == frame) {
            WatchedFrame moved = *found;
            *found = *latest;
            *latest = moved;
            return latest;
        }
    }
    return NULL;
}

/* Takes the latest frame out. */
static inline void
watcher_pop(Watcher *watcher)
{
    WatchedFrame *latest = &watcher->frames[--watcher->frame_count];
    if (!latest->is_hooked && latest->record != NULL) {
        record_release(latest->record);
    }
}

#endif
