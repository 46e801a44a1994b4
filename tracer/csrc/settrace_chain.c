#include "settrace_watcher.h"

/* How a thread is measured on while a debugger, or another tracer, has its trace function.
 *
 * A thread has one trace function. When the program sets its own, its object stays where it is, so sys.gettrace() gives
 * it, but the C function that the interpreter calls becomes ours, which calls the other one, too. The other gets every
 * event that it would have had: frames are never off meanwhile, and nobody has events for single instructions but who
 * asked for them, so outcomes of jumps that no arc tells are not seen. */

/* In a thread's dict: its watcher while it is chained. */
static const char KEY[] = "minicov_tracer._settrace.Watcher";

static int chained_trace(PyObject *object, PyFrameObject *frame, int what, PyObject *argument);

Watcher *
chain_watcher(const PyThreadState *thread)
{
    if (thread->c_tracefunc != chained_trace || thread->dict == NULL) {
        return NULL;
    }
    return (Watcher *)PyDict_GetItemString(thread->dict, KEY);
}

/* Takes back the events for single instructions that we asked for. */
static void
forget_opcodes(Watcher *watcher)
{
    for (size_t place = 0; place < watcher->frame_count; place++) {
        WatchedFrame *watched = &watcher->frames[place];
        watched->at_jump = 0;
        if (watched->is_hooked) {
            watched_stop_opcodes(watched);
        }
    }
}

void
chain_begin(Watcher *watcher, PyThreadState *thread)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *dict = PyThreadState_GetDict();
    if (dict != NULL && PyDict_SetItemString(dict, KEY, (PyObject *)watcher) == 0) {
        watcher->other = thread->c_tracefunc;
        thread->c_tracefunc = chained_trace;
        forget_opcodes(watcher);
    }
    PyErr_Restore(type, value, traceback); /* Without memory the other has the thread for itself. */
}

void
chain_end(Watcher *watcher, PyThreadState *thread)
{
    if (thread->c_tracefunc == chained_trace) {
        thread->c_tracefunc = watcher->other;
    }
    watcher->other = NULL;
    if (thread->dict != NULL && PyDict_DelItemString(thread->dict, KEY) < 0) {
        PyErr_Clear();
    }
}

void
chain_look(Watcher *watcher, PyThreadState *thread)
{
    if (!watcher->core->is_running || watcher->thread_id != thread->id || thread->c_tracefunc == chained_trace ||
        thread->c_tracefunc == watcher_trace) {
        return;
    }
    PyObject *object = thread->c_traceobj;
    if (object != NULL && (watcher_check(object) || core_check(object))) {
        return; /* One of ours that was given to sys.settrace: eval_frame() takes over. */
    }
    if (thread->c_tracefunc != NULL) {
        chain_begin(watcher, thread);
    }
    else if (watcher->other != NULL) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        chain_end(watcher, thread);
        Py_XDECREF(watcher_again(watcher));
        PyErr_Restore(type, value, traceback);
    }
}

/* The trace function of a thread that is chained (Py_tracefunc): the object is the other's. */
static int
chained_trace(PyObject *object, PyFrameObject *frame, int what, PyObject *argument)
{
    PyThreadState *thread = PyThreadState_Get();
    Watcher *watcher = chain_watcher(thread);
    if (watcher == NULL) {
        return 0;
    }
    Py_tracefunc other = watcher->other;
    Py_INCREF(watcher);
    if (watcher->core->is_running && what != PyTrace_OPCODE) {
        watcher_trace((PyObject *)watcher, frame, what, argument);
    }
    else if (!watcher->core->is_running) {
        chain_end(watcher, thread);
    }
    int status = other(object, frame, what, argument);
    chain_look(watcher, thread);
    Py_DECREF(watcher);
    return status;
}
