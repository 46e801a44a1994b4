#define Py_BUILD_CORE_MODULE 1
#include "settrace_eval.h"

#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>

/* Whether every frame is evaluated through us, and what was off is switched on where that changes. */

/* Neither is there where every frame is evaluated through us: before 3.11.4 BINARY_SUBSCR does not ask (CPython
 * GH-104405). The assertions of a debug build forbid what eval_pause() does. */
static int
may_hook(const PyInterpreterState *interpreter)
{
#ifdef Py_DEBUG
    (void)interpreter;
    return 0;
#else
    return Py_Version >= 0x030B0400 && Py_Version < 0x030C0000 &&
           (interpreter->eval_frame == NULL || interpreter->eval_frame == eval_frame);
#endif
}

/* Whether the greenlet module was imported; where that can't be told it counts as imported. */
static int
has_greenlets(void)
{
    PyObject *name = PyUnicode_FromString("greenlet");
    PyObject *greenlet = name == NULL ? NULL : PyImport_GetModule(name);
    int is_unsure = greenlet == NULL && PyErr_Occurred() != NULL;
    PyErr_Clear();
    Py_XDECREF(name);
    Py_XDECREF(greenlet);
    return greenlet != NULL || is_unsure;
}

void
eval_hook(Core *core)
{
    PyThreadState *thread = PyThreadState_Get();
    core->has_greenlets = (uint8_t)has_greenlets();
    if (may_hook(thread->interp)) {
        _PyInterpreterState_SetEvalFrameFunc(thread->interp, eval_frame);
        core->is_hooked = 1;
        /* Frames that run already are not measured. */
        thread->cframe->use_tracing = thread->c_profilefunc != NULL ? 255 : 0;
    }
}

void
eval_unhook(Core *core)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (interpreter->eval_frame == eval_frame) {
        _PyInterpreterState_SetEvalFrameFunc(interpreter, _PyEval_EvalFrameDefault);
    }
    core->is_hooked = 0;
}

/* The entry of the frame that runs in a C frame. Borrowed, NULL where it has none. */
WatchedFrame *
eval_running_frame(Watcher *watcher, const _PyCFrame *cframe)
{
    /* generator.throw() puts those of generators that only pass it on in front. */
    for (struct _PyInterpreterFrame *frame = cframe->current_frame; frame != NULL; frame = frame->previous) {
        WatchedFrame *watched = watcher_find(watcher, frame);
        if (watched != NULL || frame->owner != FRAME_OWNED_BY_GENERATOR) {
            return watched;
        }
    }
    return NULL;
}

/* Switches on what was off in every thread, and events everywhere when everything is to have them. */
static void
wake_all(const Core *core, int has_events_everywhere)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(interpreter); thread != NULL;
         thread = PyThreadState_Next(thread)) {
        Watcher *watcher = watcher_of_thread(thread);
        if (watcher == NULL || watcher->core != core) {
            continue;
        }
        watcher_wake(watcher, thread);
        if (thread->tracing) {
            continue;           /* In a trace function, whose end sets use_tracing. */
        }
        WatchedFrame *latest = eval_running_frame(watcher, thread->cframe);
        if (latest != NULL && latest->record != NULL) {
            thread->cframe->use_tracing = 255;
        }
        for (_PyCFrame *cframe = thread->cframe; has_events_everywhere && cframe != NULL; cframe = cframe->previous) {
            cframe->use_tracing = 255;
        }
    }
}

void
eval_wake(Core *core)
{
    if (core->is_hooked) {
        wake_all(core, 0);
    }
}

/* A call a Python frame is a call on the C stack while we evaluate them, so a program that recurses very deeply (it has
 * raised the limit) would run out of it: frames are evaluated without us, all with events, until it is back. The same
 * holds for ever when someone else took over the evaluation. */
void
eval_suspend(Core *core)
{
    if (core->unhooked++ == 0) {
        PyInterpreterState *interpreter = PyInterpreterState_Get();
        if (interpreter->eval_frame == eval_frame) {
            _PyInterpreterState_SetEvalFrameFunc(interpreter, _PyEval_EvalFrameDefault);
        }
        wake_all(core, 1);
    }
}

void
eval_resume(Core *core)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (--core->unhooked == 0 && core->is_hooked && interpreter->eval_frame == NULL) {
        _PyInterpreterState_SetEvalFrameFunc(interpreter, eval_frame);
    }
}
