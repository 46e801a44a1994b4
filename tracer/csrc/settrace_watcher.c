#define Py_BUILD_CORE_MODULE 1
#include "settrace_watcher.h"

#include <internal/pycore_frame.h>
#include <opcode.h>

#include <limits.h>
#include <stdlib.h>

/* A line nobody knows: no arc starts there. */
#define NO_LINE INT_MIN

void
core_fail(Core *core)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    core->is_running = 0;
    if (!core->has_failed) {
        core->has_failed = 1;
        PyObject *text = value == NULL ? NULL : PyObject_Str(value);
        const char *words = text == NULL ? NULL : PyUnicode_AsUTF8(text);
        PySys_FormatStderr("minicov: measuring stopped by an internal error: %.500s\n", words ? words : "out of memory");
        Py_XDECREF(text);
        PyErr_Clear();
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* Whether a code object is measured: 1 or 0, -1 with an exception set. */
static int
core_measures(Core *core, PyCodeObject *code)
{
    PyObject *known = PyDict_GetItemWithError(core->measured, code->co_filename);
    if (known != NULL) {
        return known == Py_True;
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    PyObject *answer = PyObject_CallOneArg(core->in_scope, (PyObject *)code);
    if (answer == NULL) {
        return -1;
    }
    int is_measured = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    if (is_measured < 0 ||
        PyDict_SetItem(core->measured, code->co_filename, is_measured ? Py_True : Py_False) < 0) {
        return -1;
    }
    return is_measured;
}

/* The record of a code object, NULL where it is not measured. Borrowed. 0, or -1 with an exception set. */
static int
core_record(Core *core, PyCodeObject *code, CodeRecord **record)
{
    CodeShelf *shelf = shelf_find(core->extra_index, code);
    *record = NULL;
    if (shelf != NULL) {
        *record = shelf_record(shelf, core->serial);
        if (*record != NULL || shelf->unmeasured_by == core->serial) {
            return 0;
        }
    }
    int is_measured = core_measures(core, code);
    if (is_measured < 0) {
        return -1;
    }
    /* Asking ran Python code, which may have come here before us. */
    shelf = shelf_find(core->extra_index, code);
    if (shelf == NULL) {
        shelf = shelf_add(core->extra_index, code);
        if (shelf == NULL) {
            return -1;
        }
    }
    if (!is_measured) {
        shelf->unmeasured_by = core->serial;
        return 0;
    }
    *record = shelf_record(shelf, core->serial);
    if (*record == NULL) {
        *record = record_add(shelf, core->serial, code);
    }
    return *record == NULL ? -1 : 0;
}

/* Notes that a record has something to flush. 0, or -1 without memory (no exception set). */
static int
core_touch(Core *core, CodeRecord *record)
{
    if (record->is_touched) {
        return 0;
    }
    if (core->touched_count == core->touched_room) {
        size_t room = core->touched_room ? 2 * core->touched_room : 256;
        CodeRecord **grown = realloc(core->touched, room * sizeof(CodeRecord *));
        if (grown == NULL) {
            return -1;
        }
        core->touched = grown;
        core->touched_room = room;
    }
    core->touched[core->touched_count++] = record;
    record->is_touched = 1;
    Py_INCREF(record->code);
    return 0;
}

/* The entry of a frame, which becomes the first to be looked at. Borrowed, NULL where it is not watched. */
static inline WatchedFrame *
watcher_find(Watcher *watcher, struct _PyInterpreterFrame *frame)
{
    size_t count = watcher->frame_count;
    if (count == 0) {
        return NULL;
    }
    WatchedFrame *top = &watcher->frames[count - 1];
    if (top->frame == frame) {
        return top;
    }
    for (WatchedFrame *found = top; found-- > watcher->frames;) {
        if (found->frame == frame) {
            WatchedFrame moved = *found;
            *found = *top;
            *top = moved;
            return top;
        }
    }
    return NULL;
}

/* 0, or -1 without memory (no exception set). */
static int
watcher_push(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record, int last_line)
{
    if (watcher->frame_count == watcher->frame_room) {
        size_t room = watcher->frame_room ? 2 * watcher->frame_room : 64;
        WatchedFrame *grown = realloc(watcher->frames, room * sizeof(WatchedFrame));
        if (grown == NULL) {
            return -1;
        }
        watcher->frames = grown;
        watcher->frame_room = room;
    }
    if (record != NULL) {
        record_hold(record);
    }
    watcher->frames[watcher->frame_count++] = (WatchedFrame){frame, record, last_line};
    return 0;
}

static void
watcher_pop(Watcher *watcher)
{
    CodeRecord *record = watcher->frames[--watcher->frame_count].record;
    if (record != NULL) {
        record_release(record);
    }
}

void
watcher_forget_frames(Watcher *watcher)
{
    while (watcher->frame_count > 0) {
        watcher_pop(watcher);
    }
}

static inline int
is_resume(_Py_CODEUNIT word)
{
    return _Py_OPCODE(word) == RESUME || _Py_OPCODE(word) == RESUME_QUICK;
}

/* 0, or -1 without memory (no exception set). */
static int
watcher_arc(Watcher *watcher, WatchedFrame *watched, int to)
{
    if (watched->last_line == NO_LINE) {
        return 0;
    }
    int is_new = record_arc(watched->record, watched->last_line, to);
    return is_new > 0 ? core_touch(watcher->core, watched->record) : is_new;
}

/* 0, or -1 with an exception set. */
static int
watcher_on_call(Watcher *watcher, PyFrameObject *frame)
{
    struct _PyInterpreterFrame *inner = frame->f_frame;
    CodeRecord *record;
    if (core_record(watcher->core, inner->f_code, &record) < 0) {
        return -1;
    }
    int last_line = frame->f_lineno > 0 ? frame->f_lineno : NO_LINE;
    _Py_CODEUNIT word = *inner->prev_instr;
    int is_resumed = is_resume(word) && (_Py_OPARG(word) & 3) != 0;
    if (record != NULL && !is_resumed) {
        last_line = -record->first_line;
        record->is_entered = 1;
        if (core_touch(watcher->core, record) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (record != NULL && frame->f_trace == NULL) {
        /* So events of this frame find us again after sys.settrace(None); sys.settrace(what sys.gettrace() gave). */
        frame->f_trace = Py_NewRef(watcher);
    }
    if (watcher_push(watcher, inner, record, last_line) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* 0, or -1 without memory (no exception set). */
static int
watcher_on_line(Watcher *watcher, PyFrameObject *frame)
{
    WatchedFrame *watched = watcher_find(watcher, frame->f_frame);
    if (watched == NULL || watched->record == NULL) {
        return 0;
    }
    int line = frame->f_lineno;
    record_line(watched->record, line);
    int status = watcher_arc(watcher, watched, line);
    watched->last_line = line;
    return status;
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
    if (watched->record != NULL) {
        /* The unit after any other instruction may be a cache, whose contents mean nothing. */
        int is_yield = _Py_OPCODE(inner->prev_instr[0]) == YIELD_VALUE && is_resume(inner->prev_instr[1]);
        if (!is_yield) {
            status = watcher_arc(watcher, watched, -watched->record->first_line);
        }
    }
    watcher_pop(watcher);
    return status;
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
        if (status == 0) {
            return 0;
        }
        core_fail(watcher->core);
    }
    if (PyThreadState_Get()->c_traceobj == object) {
        PyEval_SetTrace(NULL, NULL);
    }
    return 0;
}

/* 0, or -1 with an exception set. */
static int
watcher_set(Watcher *watcher)
{
    return _PyEval_SetTrace(PyThreadState_Get(), watcher_trace, (PyObject *)watcher);
}

Watcher *
watcher_install(Core *core)
{
    PyTypeObject *type = core->watcher_type;
    Watcher *watcher = (Watcher *)type->tp_alloc(type, 0);
    if (watcher == NULL) {
        return NULL;
    }
    watcher->core = (Core *)Py_NewRef(core);
    watcher->thread_id = PyThreadState_GetID(PyThreadState_Get());
    watcher->next = core->watchers;
    if (core->watchers != NULL) {
        core->watchers->previous = watcher;
    }
    core->watchers = watcher;
    if (watcher_set(watcher) < 0) {
        Py_CLEAR(watcher);
    }
    return watcher;
}

int
watcher_is_of(PyObject *object, Core *core)
{
    return object != NULL && Py_IS_TYPE(object, core->watcher_type) && ((Watcher *)object)->core == core;
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
        if (PyThreadState_GetID(thread) != self->thread_id) {
            Py_DECREF(watcher);
            watcher = watcher_install(self->core);
            if (watcher == NULL) {
                return NULL;
            }
        }
        else if (watcher_set(watcher) < 0) {
            goto error;
        }
    }
    if (watcher_tell(watcher, arguments) < 0) {
        goto error;
    }
    return (PyObject *)watcher;
error:
    Py_DECREF(watcher);
    return NULL;
}

static int
watcher_traverse(Watcher *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->core);
    return 0;
}

static int
watcher_clear(Watcher *self)
{
    watcher_forget_frames(self);
    return 0;
}

static void
watcher_dealloc(Watcher *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    watcher_forget_frames(self);
    free(self->frames);
    if (self->previous != NULL) {
        self->previous->next = self->next;
    }
    else if (self->core->watchers == self) {
        self->core->watchers = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    Py_DECREF(self->core);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot watcher_slots[] = {
    {Py_tp_doc, "A thread's trace function: what sys.gettrace() gives while a program is measured."},
    {Py_tp_call, watcher_call},
    {Py_tp_traverse, watcher_traverse},
    {Py_tp_clear, watcher_clear},
    {Py_tp_dealloc, watcher_dealloc},
    {0, NULL},
};

PyType_Spec watcher_spec = {
    .name = "minicov_tracer._settrace.Watcher",
    .basicsize = sizeof(Watcher),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = watcher_slots,
};
