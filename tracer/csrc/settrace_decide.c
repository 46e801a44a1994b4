/* What outcomes of jumps show: probes of their own, and decisions. */
#include "settrace_core.h"

#include "joins.h"
#include "settrace_log.h"

/* Frames that the maker may need where the program is at the end of its recursion. */
enum { MAKER_FRAMES = 1000 };

/* New bytes that the maker gives for a code object, or None; NULL with an exception set. Runs Python code. */
static PyObject *
make_machines(Core *core, PyObject *code)
{
    PyObject *meetings = joins_find(code, core->kinds, &core->classes);
    if (meetings == NULL || PyTuple_GET_SIZE(meetings) == 0) {
        Py_XDECREF(meetings);
        return meetings == NULL ? NULL : Py_NewRef(Py_None);
    }
    PyThreadState *thread = PyThreadState_Get();
    PyObject *maker = Py_NewRef(core->maker);
    thread->recursion_remaining += MAKER_FRAMES;
    PyObject *made = PyObject_CallMethod(maker, "encoded", "OO", code, meetings);
    thread->recursion_remaining -= MAKER_FRAMES;
    Py_DECREF(maker);
    Py_DECREF(meetings);
    return made;
}

/* 0, or -1 with an exception set. */
static int
add_decisions(Core *core, PyObject *code, Jumps *jumps)
{
    char *data;
    Py_ssize_t length;
    PyObject *made = make_machines(core, code);
    if (made == NULL || made == Py_None || PyBytes_AsStringAndSize(made, &data, &length) < 0 || length == 0) {
        int failed = PyErr_Occurred() != NULL;
        Py_XDECREF(made);
        return failed ? -1 : 0;
    }
    jumps->decisions = decisions_read((const uint64_t *)(const void *)data, (size_t)length / sizeof(uint64_t),
                                      (int32_t)jumps->count, jumps->first_probe + 2 * jumps->count);
    Py_DECREF(made);
    if (jumps->decisions == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    jumps->memory = core->memory;
    core->memory->users++;
    return 0;
}

int
core_add_jumps(Core *core, CodeRecord *record)
{
    Jumps *jumps = jumps_new(record->code, record->probe_count);
    if (jumps == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (jumps->count > 1 && add_decisions(core, (PyObject *)record->code, jumps) < 0) {
        jumps_free(jumps);
        return -1;
    }
    return record_add_jumps(record, jumps);
}

/* 0, or -1 (an exception may be set). */
static int
set_probe(void *core, void *record, uint32_t probe)
{
    if (!record_mark(record, probe)) {
        return 0;
    }
    return core_touch(core, record) < 0 ? -1 : core_log_probe(core, record, probe);
}

int
core_on_outcome(Core *core, CodeRecord *record, const void *frame, uint32_t number, int taken)
{
    Jumps *jumps = record->jumps;
    Jump *jump = &jumps->all[number];
    uint32_t news = record->news;
    if (set_probe(core, record, jumps->first_probe + 2 * number + (uint32_t)taken) < 0) {
        return -1;
    }
    if (jump->is_needed) {
        Observer observer = {set_probe, core, record, record->is_hit, frame, NULL, 0};
        int is_needed = decisions_on_jump(jumps->decisions, &jumps->memory->table, (int32_t)number, taken, &observer);
        if (is_needed < 0) {
            return -1;
        }
        jump->is_needed = is_needed != 0;
        record->news += !is_needed;
    }
    if (record->news != news) {
        jumps_recount(jumps, record);
    }
    return 0;
}

int
core_on_told(Core *core, CodeRecord *record, uint32_t arc)
{
    const Jumps *jumps = record->jumps;
    for (uint32_t place = 0; place < jumps->told_count; place++) {
        if (jumps->told[place].arc == arc && set_probe(core, record, jumps->told[place].probe) < 0) {
            return -1;
        }
    }
    return 0;
}
