#define Py_BUILD_CORE_MODULE 1
#include "settrace_watcher.h"

#include <internal/pycore_frame.h>
#include <opcode.h>

#include "settrace_eval.h"
#include "settrace_flow.h"
#include "settrace_log.h"

/* A flow is worked out when a code object has been called twice, or has had this many events. */
#define WARM 64

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

/* Notes a call, 1 when it is the first since the last flush, else 0. -1 without memory (no exception set). */
static int
watcher_note_call(Watcher *watcher, WatchedFrame *watched)
{
    CodeRecord *record = watched->record;
    watched->last_line = -record->first_line;
    if (record->is_entered) {
        return 0;
    }
    record->is_entered = 1;
    record->news++;
    return core_touch(watcher->core, record) < 0 ? -1 : 1;
}

/* The same, and logs it. 0, or -1 (an exception may be set). */
static int
watcher_enter(Watcher *watcher, WatchedFrame *watched)
{
    int is_new = watcher_note_call(watcher, watched);
    return is_new > 0 ? core_log_probe(watcher->core, watched->record, 0) : is_new;
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

/* Whether a frame is on a line with a jump that is open. */
static inline int
watched_is_open(const WatchedFrame *watched)
{
    const Jumps *jumps = watched->record->jumps;
    return jumps != NULL && watched->last_line > 0 &&
           jumps->open[record_probe(watched->record, watched->last_line)] != 0;
}

/* Gives a frame that may never have had an event its events for single instructions, if it is where it needs them. */
static void
watched_watch(WatchedFrame *watched, PyThreadState *thread)
{
    if (watched->record->jumps == NULL) {
        return;
    }
    if (watched->frame->frame_obj == NULL && watched_is_open(watched)) {
        /* That makes the objects of all frames down to ours. Nothing may run meanwhile, as the collector might. */
        int was_enabled = PyGC_Disable();
        PyFrameObject *frame = PyThreadState_GetFrame(thread);
        while (frame != NULL && frame->f_frame != watched->frame) {
            Py_SETREF(frame, PyFrame_GetBack(frame));
        }
        Py_XDECREF(frame);
        if (was_enabled) {
            PyGC_Enable();
        }
    }
    if (watched->frame->frame_obj != NULL) {
        watched->frame->frame_obj->f_trace_opcodes = (char)watched_is_open(watched);
    }
}

void
watched_stop_opcodes(WatchedFrame *watched)
{
    if (watched->frame->frame_obj != NULL) {
        watched->frame->frame_obj->f_trace_opcodes = 0;
    }
}

void
watcher_wake(Watcher *watcher, PyThreadState *thread)
{
    for (WatchedFrame *watched = watcher->frames; watched < watcher->frames + watcher->frame_count; watched++) {
        if (watched->record != NULL && !watched->is_off && watcher->other == NULL) {
            watched_watch(watched, thread);
        }
        if (!watched->is_off || watched->record == NULL) {
            continue;
        }
        watched_switch_on(watched);
        if (watcher->other == NULL) {
            watched_watch(watched, thread);
        }
        /* Interrupted at its very start it still has its call to tell, for which no event will come. It is not logged:
         * that may run Python code. */
        if (unit_of(watched->frame) >= 0 && is_call(*watched->frame->prev_instr) &&
            watcher_note_call(watcher, watched) < 0) {
            core_fail(watcher->core);
        }
    }
}

/* 1 when an arc is the first since the last flush, 0 when not; -1 (an exception may be set). */
static inline int
watcher_arc(Watcher *watcher, CodeRecord *record, int from, int to)
{
    if (from == NO_LINE) {
        return 0;
    }
    int64_t arc = record_arc(record, from, to);
    if (arc == NO_NEWS) {
        return 0;
    }
    if (arc < 0 || core_touch(watcher->core, record) < 0) {
        return -1;
    }
    if (core_log_arc(watcher->core, record, (uint32_t)arc) < 0 ||
        (record->jumps != NULL && core_on_told(watcher->core, record, (uint32_t)arc) < 0)) {
        return -1;
    }
    return 1;
}

/* Notes a step to a line. 1 when it was news, 0 when not, -1 (an exception may be set). */
static int
watcher_step(Watcher *watcher, WatchedFrame *watched, int line)
{
    CodeRecord *record = watched->record;
    uint32_t probe = record_probe(record, line);
    int is_new_line = record_line(record, line);
    if (is_new_line &&
        (core_touch(watcher->core, record) < 0 || core_log_probe(watcher->core, record, probe) < 0)) {
        return -1;
    }
    int is_new_arc = watcher_arc(watcher, record, watched->last_line, line);
    if (is_new_arc < 0) {
        return -1;
    }
    if (probe != 0) {
        record->came_from[probe] = watched->last_line;
    }
    return is_new_line | is_new_arc;
}

/* Counts what a code object does until its flow pays. 0, or -1 without memory (no exception set). */
static int
record_warm(const Core *core, CodeRecord *record, uint32_t amount)
{
    record->warmth += amount;
    if (record->warmth >= WARM && record->flow == NULL && !core->is_counting) {
        record->flow = flow_new(record);
        return record->flow == NULL ? -1 : 0;
    }
    return 0;
}

/* Adds a frame that eval_frame() does not evaluate. Borrowed, or NULL without memory (no exception set). */
static WatchedFrame *
push_held(Watcher *watcher, struct _PyInterpreterFrame *frame, CodeRecord *record)
{
    WatchedFrame *watched = watcher_push(watcher, frame, record, NO_LINE);
    if (watched != NULL && record != NULL) {
        record_hold(record);
    }
    return watched;
}

/* 0, or -1 (an exception may be set). */
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
        watched = push_held(watcher, inner, record);
        if (watched == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (watched->record == NULL) {
        return 0;
    }
    watched->is_off = 0;
    if (frame->f_trace == NULL && watcher->other == NULL) {
        /* So events of this frame find us again after sys.settrace(None); sys.settrace(what sys.gettrace() gave). */
        frame->f_trace = Py_NewRef(watcher);
    }
    if (!is_call(*inner->prev_instr)) {
        watched->last_line = frame->f_lineno > 0 ? frame->f_lineno : NO_LINE;
        if (watched->record->jumps != NULL && watcher->other == NULL) {
            frame->f_trace_opcodes = (char)watched_is_open(watched);
        }
        return 0;
    }
    if (watcher_enter(watcher, watched) < 0) {
        return -1;
    }
    return watched->is_hooked ? record_warm(watcher->core, watched->record, WARM / 2) : 0;
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
    return push_held(watcher, frame->f_frame, record);
}

/* Takes the outcome of the jump that a frame has come from, if it has come from one. 0, or -1 (an exception may be set). */
static int
watcher_arrive(Watcher *watcher, WatchedFrame *watched)
{
    if (watched->at_jump == 0) {
        return 0;
    }
    uint32_t number = watched->at_jump - 1;
    int taken = jumps_outcome(watched->record->jumps, number, unit_of(watched->frame));
    watched->at_jump = 0;
    return taken < 0 ? 0 : core_on_outcome(watcher->core, watched->record, watched->frame, number, taken);
}

/* 0, or -1 (an exception may be set). */
static int
watcher_on_opcode(Watcher *watcher, PyFrameObject *frame)
{
    WatchedFrame *watched = watcher_find(watcher, frame->f_frame);
    if (watched == NULL || watched->record == NULL || watched->record->jumps == NULL || watched->is_off ||
        watched->resume_at != NULL) {
        return 0;
    }
    int status = watcher_arrive(watcher, watched);
    watched->at_jump = jumps_at(watched->record->jumps, unit_of(watched->frame));
    return status;
}

/* 0, or -1 (an exception may be set). */
static int
watcher_on_line(Watcher *watcher, PyFrameObject *frame)
{
    WatchedFrame *watched = watcher_find(watcher, frame->f_frame);
    if (watched == NULL) {
        watched = watcher->unmeasured == frame->f_frame ? watcher_push_hooked(watcher, frame->f_frame, NULL)
                                                        : watcher_find_continued(watcher, frame);
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
    if (watcher->core->is_counting && core_count(watcher->core, watched->record, line) < 0) {
        return -1;
    }
    int was_off = watched->is_off;
    if (was_off) {
        /* Someone else switched events on. Coming here was no news, or the frame would not have been off. */
        watched->is_off = 0;
        watched->at_jump = 0;
    }
    else if (watcher_arrive(watcher, watched) < 0) {
        return -1;
    }
    if (!was_off && !record_knows(watched->record, watched->last_line, line)) {
        is_new = watcher_step(watcher, watched, line);
    }
    watched->last_line = line;
    if (watcher->other != NULL) {
        return is_new < 0 ? -1 : 0;
    }
    if (watched->record->jumps != NULL) {
        frame->f_trace_opcodes = (char)watched_is_open(watched);
    }
    if (is_new != 0 || !watched->is_hooked) {
        return is_new < 0 ? -1 : 0;
    }
    if (record_is_quiet(watched->record, unit_of(watched->frame))) {
        frame->f_trace_opcodes = 0;
        watched->is_off = (uint8_t)eval_pause(watcher, watched);
        return 0;
    }
    return record_warm(watcher->core, watched->record, 1);
}

/* 0, or -1 (an exception may be set). */
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
            CodeRecord *record = watched->record;
            status = watcher_arc(watcher, record, watched->last_line, -record->first_line);
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
    watched->at_jump = 0;
    if (watched->is_off) {
        watched_switch_on(watched);
    }
    /* Interrupted before its call could be told. */
    if (is_resume(word)) {
        watched->last_line = is_call(word) ? NO_LINE : frame->f_lineno;
    }
}

int
watcher_trace(PyObject *object, PyFrameObject *frame, int what, PyObject *Py_UNUSED(argument))
{
    Watcher *watcher = (Watcher *)object;
    int status = 0;
    if (watcher->core->is_running) {
        if (what == PyTrace_LINE) {
            status = watcher_on_line(watcher, frame);
        }
        else if (what == PyTrace_OPCODE) {
            status = watcher_on_opcode(watcher, frame);
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
        eval_unhook(watcher->core);
    }
    if (PyThreadState_Get()->c_traceobj == object) {
        PyEval_SetTrace(NULL, NULL);
    }
    return 0;
}
