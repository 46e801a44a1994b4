#define Py_BUILD_CORE_MODULE 1
#include "settrace_eval.h"

#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <opcode.h>

#include <string.h>

#include "settrace_bytecode.h"
#include "settrace_flow.h"

/* How a frame is made to run without events.
 *
 * The interpreter looks for events while `use_tracing` of its _PyCFrame is set. A frame that starts without takes it
 * over from the frame below, so eval_frame() sets it there for each frame anew, and puts it back afterwards. The trace
 * function itself always stays set: so an exception in a frame without events is told all the same, and after that one
 * the interpreter sets use_tracing by itself.
 *
 * In the middle of a frame use_tracing can't be cleared from a trace function, because the interpreter sets it again
 * on leaving that. So eval_pause() makes it return from the frame, by a RETURN_VALUE of our own, to eval_frame(), which
 * starts the evaluation anew at the same instruction, much as a generator goes on. */

int
eval_pause(Watcher *watcher, WatchedFrame *watched)
{
    static _Py_CODEUNIT leave[] = {_Py_MAKECODEUNIT(RETURN_VALUE, 0), _Py_MAKECODEUNIT(RETURN_VALUE, 0)};
    PyThreadState *thread = PyThreadState_Get();
    struct _PyInterpreterFrame *frame = watched->frame;
    PyCodeObject *code = frame->f_code;
    uint8_t opcode = bytecode_opcode(*frame->prev_instr);
    if (thread->c_tracefunc != watcher_trace || watcher_of_thread(thread) != watcher || thread->c_profilefunc != NULL || thread->tracing != 1 ||
        watcher->core->unhooked || !frame->is_entry || frame->frame_obj->f_trace_opcodes ||
        (watcher->core->has_greenlets && watched->record != NULL)) {
        return 0;
    }
    /* Between KW_NAMES and CALL the names are kept in a variable of the evaluation. */
    if (opcode == PRECALL || opcode == CALL || frame->stacktop >= code->co_nlocalsplus + code->co_stacksize) {
        return 0;
    }
    watched->resume_at = frame->prev_instr;
    frame->prev_instr = leave;
    _PyFrame_StackPush(frame, Py_NewRef(Py_None));
    /* Or the interpreter would set use_tracing again, and tell us of our own return. eval_frame() puts it back. */
    thread->c_tracefunc = NULL;
    return 1;
}

/* Sets a core or a watcher that someone gave to sys.settrace or threading.settrace as trace function in the C way.
 * 1, or 0 when the thread has another trace function or none. */
static int
take_over(PyThreadState *thread)
{
    PyObject *object = thread->c_traceobj, *type, *value, *traceback;
    if (object == NULL || thread->tracing) {
        return 0;
    }
    int is_watcher = watcher_check(object);
    Core *core = is_watcher ? ((Watcher *)object)->core : core_check(object) ? (Core *)object : NULL;
    if (core == NULL || !core->is_running) {
        return 0;
    }
    PyErr_Fetch(&type, &value, &traceback);
    Watcher *watcher = is_watcher ? watcher_again((Watcher *)object) : watcher_install(core);
    if (watcher == NULL) {
        core_fail(core);
    }
    Py_XDECREF(watcher);
    PyErr_Restore(type, value, traceback);
    return watcher_of_thread(thread) != NULL;
}

/* An internal error: this thread is watched no more, and no frame is evaluated through us. */
static void
give_up(Core *core, PyThreadState *thread)
{
    core_fail(core);
    eval_unhook(core);
    if (watcher_of_thread(thread) != NULL) {
        PyEval_SetTrace(NULL, NULL);
    }
}

static int
ends_with(PyObject *name, const char *end)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name), end_length = (Py_ssize_t)strlen(end);
    for (Py_ssize_t place = 1; place <= end_length; place++) {
        if (place > length || PyUnicode_READ_CHAR(name, length - place) != (Py_UCS4)end[end_length - place]) {
            return 0;
        }
    }
    return 1;
}

/* Asks whether a code object that was not met before is measured. 0, or -1 when the core has failed.
 *
 * What runs in another greenlet is out of reach while that is suspended (its _PyCFrame is on a C stack that was put
 * away), so a flush can't switch its frames on. From the import of that module on frames keep their events. */
static int
meet(Core *core, PyThreadState *thread, PyCodeObject *code, CodeRecord **record)
{
    PyObject *type, *value, *traceback;
    uint8_t use_tracing = thread->cframe->use_tracing;
    PyErr_Fetch(&type, &value, &traceback);
    PyThreadState_EnterTracing(thread);
    int status = core_record(core, code, record);
    PyThreadState_LeaveTracing(thread);
    thread->cframe->use_tracing = use_tracing;
    if (status < 0) {
        give_up(core, thread);
    }
    else if (!core->has_greenlets && ends_with(code->co_filename, "greenlet/__init__.py")) {
        core->has_greenlets = 1;
        eval_wake(core);
    }
    PyErr_Restore(type, value, traceback);
    return status;
}

/* The line on which a generator goes on without a call event, as after a throw() into `yield from` that came to
 * nothing; NO_LINE where one will tell. */
static int
continued_line(const struct _PyInterpreterFrame *frame, int64_t unit)
{
    uint8_t opcode = bytecode_opcode(frame->prev_instr[1]);
    if (unit <= frame->f_code->_co_firsttraceable || opcode == RESUME) {
        return NO_LINE;
    }
    int line = PyCode_Addr2Line(frame->f_code, (int)(unit - 1) * (int)sizeof(_Py_CODEUNIT));
    return line > 0 ? line : NO_LINE;
}

/* Goes on with a frame after eval_pause(), until it ends: its result. */
static PyObject *
eval_paused(Watcher *watcher, PyThreadState *thread, WatchedFrame *watched)
{
    struct _PyInterpreterFrame *frame = watched->frame;
    for (PyObject *result;;) {
        frame->prev_instr = watched->resume_at - 1;
        watched->resume_at = NULL;
        thread->c_tracefunc = watcher_trace;
        thread->cframe->use_tracing = 0;
        result = _PyEval_EvalFrameDefault(thread, frame, 0);
        watched = watcher_find(watcher, frame);
        if (watched == NULL || watched->resume_at == NULL) {
            return result;
        }
        Py_DECREF(result);
    }
}

/* What use_tracing has to be again below a frame that has ended. */
static uint8_t
tracing_below(Watcher *watcher, PyThreadState *thread, uint8_t before, uint32_t epoch)
{
    if (thread->c_profilefunc != NULL || watcher->core->unhooked || watcher->other != NULL) {
        return 255;
    }
    WatchedFrame *watched = watcher->core->epoch == epoch ? NULL : eval_running_frame(watcher, thread->cframe);
    if (watched == NULL) {
        return before;
    }
    return watched->record != NULL && !watched->is_off ? 255 : 0;
}

/* Sees to what may be another way than before the evaluation of a frame that has ended. */
static void
leave_frame(Watcher *watcher, PyThreadState *thread, uint8_t before, uint32_t epoch)
{
    Core *core = watcher->core;
    if (thread->c_tracefunc != watcher_trace) {
        chain_look(watcher, thread);
    }
    if (thread->interp->eval_frame != eval_frame && core->is_hooked && !core->unhooked) {
        eval_suspend(core);
    }
    if (watcher_of_thread(thread) == watcher) {
        thread->cframe->use_tracing = tracing_below(watcher, thread, before, epoch);
    }
}

/* The result of a frame that has stopped: of eval_pause(), or of its end. Takes it out. */
static PyObject *
end_watched(Watcher *watcher, PyThreadState *thread, struct _PyInterpreterFrame *frame, PyObject *result)
{
    WatchedFrame *watched = watcher_find(watcher, frame);
    if (watched != NULL) {
        if (watched->resume_at != NULL) {
            Py_DECREF(result);
            result = eval_paused(watcher, thread, watched);
            watcher_find(watcher, frame);
        }
        watcher_pop(watcher);
    }
    return result;
}

/* Whether nothing but our own trace function and evaluation is set in a thread, and no frame has events but for them. */
static inline int
is_plain(const PyThreadState *thread, const Watcher *watcher)
{
    const Core *core = watcher->core;
    return thread->c_tracefunc == watcher_trace && thread->c_traceobj == (PyObject *)watcher &&
           thread->c_profilefunc == NULL && thread->interp->eval_frame == eval_frame && watcher->other == NULL &&
           !core->unhooked && !core->has_greenlets;
}

/* Evaluates a frame of code that is not measured, in a thread that is plain. Most frames are such, so it has no entry
 * before an exception gives it events. */
static PyObject *
eval_unmeasured(Watcher *watcher, PyThreadState *thread, struct _PyInterpreterFrame *frame)
{
    const Core *core = watcher->core;
    _PyCFrame *below = thread->cframe;
    uint8_t before = below->use_tracing;
    uint32_t epoch = core->epoch;
    size_t frame_count = watcher->frame_count;
    const struct _PyInterpreterFrame *unmeasured = watcher->unmeasured;
    Py_INCREF(watcher);
    watcher->unmeasured = frame;
    below->use_tracing = 0;
    PyObject *result = _PyEval_EvalFrameDefault(thread, frame, 0);
    if (watcher->frame_count != frame_count) {
        result = end_watched(watcher, thread, frame, result);
    }
    watcher->unmeasured = unmeasured;
    if (core->epoch == epoch && is_plain(thread, watcher)) {
        below->use_tracing = before;
    }
    else {
        leave_frame(watcher, thread, before, epoch);
    }
    Py_DECREF(watcher);
    return result;
}

/* Evaluates a frame that has its entry, the latest. */
static PyObject *
eval_watched(Watcher *watcher, PyThreadState *thread, WatchedFrame *watched, int is_throw)
{
    struct _PyInterpreterFrame *frame = watched->frame;
    Core *core = watcher->core;
    _PyCFrame *below = thread->cframe;
    uint8_t before = below->use_tracing;
    uint32_t epoch = core->epoch;
    int is_deep = (uintptr_t)&frame < watcher->stack_floor;
    if (is_deep) {
        eval_suspend(core);
    }
    Py_INCREF(watcher);
    below->use_tracing =
        watched->is_off && thread->c_profilefunc == NULL && !core->unhooked && watcher->other == NULL ? 0 : 255;
    PyObject *result = _PyEval_EvalFrameDefault(thread, frame, is_throw);
    result = end_watched(watcher, thread, frame, result);
    if (is_deep) {
        eval_resume(core);
    }
    leave_frame(watcher, thread, before, epoch);
    Py_DECREF(watcher);
    return result;
}

PyObject *
eval_frame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int is_throw)
{
    PyCodeObject *code = frame->f_code;
    CodeRecord *record;
    if (thread->c_tracefunc == watcher_trace && !thread->tracing && frame->owner == FRAME_OWNED_BY_THREAD) {
        Watcher *watcher = (Watcher *)thread->c_traceobj;
        const CodeShelf *shelf = shelf_find(watcher->core->extra_index, code);
        if (shelf != NULL && shelf->unmeasured_by == watcher->core->serial && watcher->core->is_running &&
            (uintptr_t)&frame >= watcher->stack_floor && is_plain(thread, watcher)) {
            return eval_unmeasured(watcher, thread, frame);
        }
    }
    if (thread->tracing || (watcher_of_thread(thread) == NULL && !take_over(thread))) {
        return _PyEval_EvalFrameDefault(thread, frame, is_throw);
    }
    Watcher *watcher = watcher_of_thread(thread);
    Core *core = watcher->core;
    if (!core->is_running || (!core_known_record(core, code, &record) && meet(core, thread, code, &record) < 0) ||
        watcher_of_thread(thread) != watcher) {
        return _PyEval_EvalFrameDefault(thread, frame, is_throw);
    }
    WatchedFrame *watched = watcher_push_hooked(watcher, frame, record);
    if (watched == NULL) {
        give_up(core, thread);
        return _PyEval_EvalFrameDefault(thread, frame, is_throw);
    }
    if (record != NULL) {
        int64_t unit = frame->prev_instr + 1 - (const _Py_CODEUNIT *)code->co_code_adaptive;
        watched->last_line = continued_line(frame, unit);
        watched->is_off = !is_throw && !core->has_greenlets && watcher->other == NULL && record_is_quiet(record, unit) &&
                          (record->is_entered || unit > code->_co_firsttraceable);
    }
    return eval_watched(watcher, thread, watched, is_throw);
}
