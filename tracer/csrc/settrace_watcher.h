/* What sees a thread's events. */
#ifndef MINICOV_SETTRACE_WATCHER_H
#define MINICOV_SETTRACE_WATCHER_H

#include "settrace_core.h"

/* The interpreter's own frame, of which a frame object is only the face. */
struct _PyInterpreterFrame;

/* A frame that is being watched. */
typedef struct {
    struct _PyInterpreterFrame *frame; /* Borrowed. Only compared, unless is_hooked: then it is alive. */
    CodeRecord *record;                /* Held; NULL where the code object is not measured. */
    _Py_CODEUNIT *resume_at;           /* Borrowed: where eval_frame() is to go on with it, NULL otherwise. */
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
    WatchedFrame *frames;    /* Owned. */
    size_t frame_count, frame_room;
} Watcher;

/* The current thread's watcher, which becomes its trace function. New, or NULL with an exception set. */
Watcher *watcher_install(Core *core);

/* Sets what someone gave to sys.settrace, a watcher of this thread or another, as trace function in the C way.
 * New: it or this thread's own, or NULL with an exception set. */
Watcher *watcher_again(Watcher *watcher);

/* The watcher that is a thread's trace function. Borrowed, or NULL. */
Watcher *watcher_of_thread(PyThreadState *thread);

/* The trace function that goes with a watcher. */
Py_tracefunc watcher_function(void);

/* Whether an object is a watcher. */
int watcher_check(PyObject *object);

/* Tells it of an event in Python's way, (frame, event, argument). 0, or -1 with an exception set. */
int watcher_tell(Watcher *watcher, PyObject *arguments);

/* Adds a frame, and takes it out. push: borrowed, or NULL without memory (no exception set). */
WatchedFrame *watcher_push(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record, int last_line);
void watcher_pop(Watcher *watcher);

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

/* Switches on the frames that were off: all that they do from now on is news. */
void watcher_wake(Watcher *watcher);

extern PyType_Spec watcher_spec;

#endif
