#define Py_BUILD_CORE_MODULE 1
#include "settrace_watcher.h"

#include <internal/pycore_frame.h>
#include <internal/pycore_runtime.h>
#include <opcode.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "settrace_eval.h"
#include "settrace_flow.h"

/* A flow is worked out when a code object has been called twice, or has had this many events. */
#define WARM 64

WatchedFrame *
watcher_push(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record, int last_line)
{
    if (watcher->frame_count == watcher->frame_room) {
        size_t room = watcher->frame_room ? 2 * watcher->frame_room : 64;
        WatchedFrame *grown = realloc(watcher->frames, room * sizeof(WatchedFrame));
        if (grown == NULL) {
            return NULL;
        }
        watcher->frames = grown;
        watcher->frame_room = room;
    }
    if (record != NULL) {
        record_hold(record);
    }
    WatchedFrame *watched = &watcher->frames[watcher->frame_count++];
    *watched = (WatchedFrame){.frame = frame, .record = record, .last_line = last_line};
    return watched;
}

void
watcher_pop(Watcher *watcher)
{
    CodeRecord *record = watcher->frames[--watcher->frame_count].record;
    if (record != NULL) {
        record_release(record);
    }
}

static inline int
is_resume(_Py_CODEUNIT word)
{
    return _Py_OPCODE(word) == RESUME || _Py_OPCODE(word) == RESUME_QUICK;
}

/* Whether that is where a call begins, and not where a generator goes on. */
static inline int
is_call(_Py_CODEUNIT word)
{
    return is_resume(word) && (_Py_OPARG(word) & 3) == 0;
}

static inline int64_t
unit_of(const struct _PyInterpreterFrame *frame)
{
    return frame->prev_instr - (const _Py_CODEUNIT *)frame->f_code->co_code_adaptive;
}

/* Notes a call. 0, or -1 without memory (no exception set). */
static int
watcher_enter(Watcher *watcher, WatchedFrame *watched)
{
    CodeRecord *record = watched->record;
    watched->last_line = -record->first_line;
    if (!record->is_entered) {
        record->is_entered = 1;
        record->news++;
    }
    return core_touch(watcher->core, record);
}

/* Ends the time that a frame was off: what it did meanwhile is known, and where it is. */
static void
watched_switch_on(WatchedFrame *watched)
{
    int64_t unit = unit_of(watched->frame);
    const Flow *flow = watched->record->flow;
    watched->is_off = 0;
    watched->last_line = flow != NULL && unit >= 0 && unit < flow->unit_count ? flow->line_at[unit] : NO_LINE;
}

void
watcher_wake(Watcher *watcher)
{
    for (WatchedFrame *watched = watcher->frames; watched < watcher->frames + watcher->frame_count; watched++) {
        if (!watched->is_off || watched->record == NULL) {
            continue;
        }
        watched_switch_on(watched);
        /* Interrupted at its very start it still has its call to tell, for which no event will come. */
        if (unit_of(watched->frame) >= 0 && is_call(*watched->frame->prev_instr) &&
            watcher_enter(watcher, watched) < 0) {
            core_fail(watcher->core);
        }
    }
}

/* 0 or 1 as record_arc; -1 without memory (no exception set). */
static inline int
watcher_arc(Watcher *watcher, WatchedFrame *watched, int to)
{
    if (watched->last_line == NO_LINE) {
        return 0;
    }
    int is_new = record_arc(watched->record, watched->last_line, to);
    return is_new > 0 && core_touch(watcher->core, watched->record) < 0 ? -1 : is_new;
}

/* Counts what a code object does until its flow pays. 0, or -1 without memory (no exception set). */
static int
record_warm(CodeRecord *record, uint32_t amount)
{
    record->warmth += amount;
    if (record->warmth >= WARM && record->flow == NULL) {
        record->flow = flow_new(record);
        return record->flow == NULL ? -1 : 0;
    }
    return 0;
}

/* 0, or -1 with an exception set. */
static int
watcher_on_call(Watcher *watcher, PyFrameObject *frame)
{
    struct _PyInterpreterFrame *inner = frame->f_frame;
    WatchedFrame *watched = watcher_find(watcher, inner);
    if (watched == NULL) {
        CodeRecord *record;
        if (core_record(watcher->core, inner->f_code, &record) < 0) {
            return -1;
        }
        watched = watcher_push(watcher, inner, record, NO_LINE);
        if (watched == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (watched->record == NULL) {
        return 0;
    }
    watched->is_off = 0;
    if (frame->f_trace == NULL) {
        /* So events of this frame find us again after sys.settrace(None); sys.settrace(what sys.gettrace() gave). */
        frame->f_trace = Py_NewRef(watcher);
    }
    if (!is_call(*inner->prev_instr)) {
        watched->last_line = frame->f_lineno > 0 ? frame->f_lineno : NO_LINE;
        return 0;
    }
    if (watcher_enter(watcher, watched) < 0 ||
        (watched->is_hooked && record_warm(watched->record, WARM / 2) < 0)) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* The entry of a generator that goes on without a call event: a throw() into `yield from` can do that. Borrowed, or
 * NULL. (eval_frame() sees that it goes on, and knows where from.) */
static WatchedFrame *
watcher_find_continued(Watcher *watcher, PyFrameObject *frame)
{
    CodeRecord *record;
    if (frame->f_trace == NULL || !watcher_check(frame->f_trace) || frame->f_frame->owner != FRAME_OWNED_BY_GENERATOR ||
        !core_known_record(watcher->core, frame->f_frame->f_code, &record) || record == NULL) {
        return NULL;
    }
    return watcher_push(watcher, frame->f_frame, record, NO_LINE);
}

/* 0, or -1 without memory (no exception set). */
static int
watcher_on_line(Watcher *watcher, PyFrameObject *frame)
{
    WatchedFrame *watched = watcher_find(watcher, frame->f_frame);
    if (watched == NULL) {
        watched = watcher_find_continued(watcher, frame);
        if (watched == NULL) {
            return 0;
        }
    }
    if (watched->record == NULL) {
        if (watched->is_hooked) {
            eval_pause(watcher, watched);
        }
        return 0;
    }
    int line = frame->f_lineno, is_new = 0;
    if (watched->is_off) {
        /* Someone else switched events on. Coming here was no news, or the frame would not have been off. */
        watched->is_off = 0;
    }
    else {
        if (record_line(watched->record, line) && core_touch(watcher->core, watched->record) < 0) {
            return -1;
        }
        is_new = watcher_arc(watcher, watched, line);
    }
    watched->last_line = line;
    if (is_new != 0 || !watched->is_hooked) {
        return is_new < 0 ? -1 : 0;
    }
    if (record_is_quiet(watched->record, unit_of(watched->frame))) {
        watched->is_off = (uint8_t)eval_pause(watcher, watched);
        return 0;
    }
    return record_warm(watched->record, 1);
}

/* 0, or -1 without memory (no exception set). */
static int
watcher_on_return(Watcher *watcher, PyFrameObject *frame)
{
    struct _PyInterpreterFrame *inner = frame->f_frame;
    WatchedFrame *watched = watcher_find(watcher, inner);
    if (watched == NULL) {
        return 0;
    }
    int status = 0;
    if (watched->record != NULL && !watched->is_off) {
        /* Thrown out of a yield counts as one. */
        _Py_CODEUNIT word = *inner->prev_instr;
        if (_Py_OPCODE(word) != YIELD_VALUE && (!is_resume(word) || is_call(word))) {
            status = watcher_arc(watcher, watched, -watched->record->first_line);
        }
    }
    if (!watched->is_hooked) {
        watcher_pop(watcher);
    }
    return status;
}

static void
watcher_on_exception(Watcher *watcher, PyFrameObject *frame)
{
    WatchedFrame *watched = watcher_find(watcher, frame->f_frame);
    if (watched == NULL || watched->record == NULL) {
        return;
    }
    _Py_CODEUNIT word = *frame->f_frame->prev_instr;
    if (watched->is_off) {
        watched_switch_on(watched);
    }
    /* Interrupted before its call could be told. */
    if (is_resume(word)) {
        watched->last_line = is_call(word) ? NO_LINE : frame->f_lineno;
    }
}

/* The C trace function (Py_tracefunc). Never fails: the program goes on whatever happens to us. */
static int
watcher_trace(PyObject *object, PyFrameObject *frame, int what, PyObject *Py_UNUSED(argument))
{
    Watcher *watcher = (Watcher *)object;
    int status = 0;
    if (watcher->core->is_running) {
        if (what == PyTrace_LINE) {
            status = watcher_on_line(watcher, frame);
        }
        else if (what == PyTrace_CALL) {
            status = watcher_on_call(watcher, frame);
        }
        else if (what == PyTrace_RETURN) {
            status = watcher_on_return(watcher, frame);
        }
        else if (what == PyTrace_EXCEPTION) {
            watcher_on_exception(watcher, frame);
        }
        if (status >= 0) {
            return 0;
        }
        core_fail(watcher->core);
    }
    if (PyThreadState_Get()->c_traceobj == object) {
        PyEval_SetTrace(NULL, NULL);
    }
    return 0;
}

/* Makes it the current thread's trace function. 0, or -1 with an exception set. */
static int
watcher_set(Watcher *watcher)
{
    return _PyEval_SetTrace(PyThreadState_Get(), watcher_trace, (PyObject *)watcher);
}

Py_tracefunc
watcher_function(void)
{
    return watcher_trace;
}

Watcher *
watcher_of_thread(PyThreadState *thread)
{
    return thread->c_tracefunc == watcher_trace ? (Watcher *)thread->c_traceobj : NULL;
}

/* How many bytes of C stack this thread may use for frames: half of what there should be. */
static uintptr_t
stack_room(void)
{
    uintptr_t room = 4u << 20;
    struct rlimit limit;
    if (PyThread_get_thread_ident() != _PyRuntime.main_thread) {
        /* What the limit says is not what every C library gives to a thread. */
        room = PyThread_get_stacksize() != 0 ? PyThread_get_stacksize() / 2 : 512u << 10;
    }
    else if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur / 2 < room) {
        room = (uintptr_t)limit.rlim_cur / 2;
    }
    return room;
}

Watcher *
watcher_install(Core *core)
{
    PyTypeObject *type = core->watcher_type;
    Watcher *watcher = (Watcher *)type->tp_alloc(type, 0);
    if (watcher == NULL) {
        return NULL;
    }
    uintptr_t here = (uintptr_t)&watcher, room = stack_room();
    watcher->core = (Core *)Py_NewRef(core);
    watcher->thread_id = PyThreadState_GetID(PyThreadState_Get());
    watcher->stack_floor = here > room ? here - room : 0;
    if (watcher_set(watcher) < 0) {
        Py_CLEAR(watcher);
    }
    return watcher;
}

Watcher *
watcher_again(Watcher *watcher)
{
    if (PyThreadState_GetID(PyThreadState_Get()) != watcher->thread_id) {
        return watcher_install(watcher->core);
    }
    return watcher_set(watcher) < 0 ? NULL : (Watcher *)Py_NewRef(watcher);
}

int
watcher_tell(Watcher *watcher, PyObject *arguments)
{
    static const char *const NAMES[] = {"call", "exception", "line", "return"};  /* in the order of PyTrace_… */
    PyFrameObject *frame;
    const char *event;
    PyObject *argument;
    if (!PyArg_ParseTuple(arguments, "O!sO:trace", &PyFrame_Type, &frame, &event, &argument)) {
        return -1;
    }
    for (int what = PyTrace_CALL; what <= PyTrace_RETURN; what++) {
        if (strcmp(event, NAMES[what]) == 0) {
            /* The interpreter sets f_lineno while it calls a trace function; anyone else may not have. */
            int line_before = frame->f_lineno;
            frame->f_lineno = PyFrame_GetLineNumber(frame);
            watcher_trace((PyObject *)watcher, frame, what, argument);
            frame->f_lineno = line_before;
        }
    }
    return 0;
}

/* What sys.gettrace() gives can be called, and given to sys.settrace() again, in this thread or another. */
static PyObject *
watcher_call(Watcher *self, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    PyThreadState *thread = PyThreadState_Get();
    Watcher *watcher = (Watcher *)Py_NewRef(self);
    if (self->core->is_running && thread->c_traceobj == (PyObject *)self && thread->c_tracefunc != watcher_trace) {
        /* The interpreter calls us as the thread's trace function: from now on without the detour. */
        Py_SETREF(watcher, watcher_again(self));
        if (watcher == NULL) {
            return NULL;
        }
    }
    if (watcher_tell(watcher, arguments) < 0) {
        Py_CLEAR(watcher);
    }
    return (PyObject *)watcher;
}

int
watcher_check(PyObject *object)
{
    return Py_TYPE(object)->tp_call == (ternaryfunc)watcher_call;
}

static int
watcher_traverse(Watcher *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->core);
    return 0;
}

static void
watcher_dealloc(Watcher *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    while (self->frame_count > 0) {
        watcher_pop(self);
    }
    free(self->frames);
    Py_DECREF(self->core);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot watcher_slots[] = {
    {Py_tp_doc, "A thread's trace function: what sys.gettrace() gives while a program is measured."},
    {Py_tp_call, watcher_call},
    {Py_tp_traverse, watcher_traverse},
    {Py_tp_dealloc, watcher_dealloc},
    {0, NULL},
};

PyType_Spec watcher_spec = {
    .name = "minicov_tracer._settrace.Watcher",
    .basicsize = sizeof(Watcher),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = watcher_slots,
};
