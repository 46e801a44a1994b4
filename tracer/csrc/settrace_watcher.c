#define Py_BUILD_CORE_MODULE 1
#include "settrace_watcher.h"

#include <internal/pycore_frame.h>
#include <internal/pycore_runtime.h>

#include <string.h>
#include <sys/resource.h>

int
watcher_grow(Watcher *watcher)
{
    size_t room = watcher->frame_room ? 2 * watcher->frame_room : 64;
    WatchedFrame *grown = realloc(watcher->frames, room * sizeof(WatchedFrame));
    if (grown == NULL) {
        return -1;
    }
    watcher->frames = grown;
    watcher->frame_room = room;
    return 0;
}

/* Makes it the current thread's trace function. 0, or -1 with an exception set. */
static int
watcher_set(Watcher *watcher)
{
    return _PyEval_SetTrace(PyThreadState_Get(), watcher_trace, (PyObject *)watcher);
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
    /* As some frame's local trace function while the thread is chained: then it was told already. */
    if (watcher->other == NULL && watcher_tell(watcher, arguments) < 0) {
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
