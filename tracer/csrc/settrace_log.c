#include "settrace_log.h"

/* Frames that the recorder may need where the program is at the end of its recursion. */
enum { RECORDER_FRAMES = 1000 };

/* Calls a method of the recorder; takes the arguments' tuple over. 0, or -1 with an exception set. */
static int
tell_recorder(Core *core, const char *method, PyObject *arguments)
{
    PyThreadState *thread = PyThreadState_Get();
    PyObject *recorder = Py_XNewRef(core->recorder);
    if (recorder == NULL) {
        Py_XDECREF(arguments);
        return 0;               /* Another thread has ended the log. */
    }
    /* Of this thread alone: Py_SetRecursionLimit would be seen by all. */
    thread->recursion_remaining += RECORDER_FRAMES;
    PyObject *function = arguments == NULL ? NULL : PyObject_GetAttrString(recorder, method);
    PyObject *done = function == NULL ? NULL : PyObject_Call(function, arguments, NULL);
    thread->recursion_remaining -= RECORDER_FRAMES;
    Py_XDECREF(arguments);
    Py_DECREF(recorder);
    Py_XDECREF(function);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Appends to the log; a full one is written out and begun anew. 0, or -1 with an exception set. */
static int
core_log(Core *core, uint32_t entry)
{
    if (!core->log.is_open || hit_log_add(&core->log, entry) || core->is_emptying) {
        return 0;
    }
    core->is_emptying = 1;
    int failed = tell_recorder(core, "make_room", PyTuple_New(0)) < 0;
    core->is_emptying = 0;
    if (failed) {
        return -1;
    }
    if (core->log.is_open) {
        hit_log_add(&core->log, entry);
    }
    return 0;
}

/* Takes `count` numbers that stand for nothing yet. */
static uint32_t
core_take_numbers(Core *core, uint32_t count)
{
    uint32_t first = core->next_number;
    core->next_number = (first + count) & INT32_MAX;
    return first;
}

/* Tells the recorder of a code object before the first entry of it. 0, or -1 with an exception set.
 *
 * Another thread may run meanwhile and do the same: either's numbers are good. */
static int
core_introduce(Core *core, CodeRecord *record)
{
    uint32_t serial = core->recorder_serial;
    if (record->told_to == serial) {
        return 0;
    }
    uint32_t base = core_take_numbers(core, record->bit_count);
    if (tell_recorder(core, "add_code", Py_BuildValue("(OII)", record->code, base, record->bit_count)) < 0) {
        return -1;
    }
    if (core->recorder_serial == serial) {
        record->told_to = serial;
        record->base = base;
        for (uint32_t arc = 0; arc < record->arcs.count; arc++) {
            record->arcs.logged_as[arc] = 0;
        }
    }
    return 0;
}

int
core_log_new_probe(Core *core, CodeRecord *record, uint32_t probe)
{
    return core_introduce(core, record) < 0 ? -1 : core_log(core, record->base + probe);
}

/* Tells the recorder of an arc, in the form of recorder.py: a call of it would take longer than all else that an arc
 * costs. 0, or -1 with an exception set. */
static int
core_tell_arc(Core *core, Arc arc, uint32_t number, uint32_t base)
{
    char text[96];
    if (core->recorder == NULL || core->arcs_file < 0) {
        return 0;
    }
    int size = PyOS_snprintf(text, sizeof text, "{\"arc\": [%d, %d], \"number\": %u, \"of\": %u}\n", (int)arc.from,
                             (int)arc.to, (unsigned)number, (unsigned)base);
    if (hit_log_write(core->arcs_file, text, size) == 0) {
        return 0;
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    int status = tell_recorder(core, "lose", PyTuple_Pack(1, error));
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    return status;
}

int
core_log_new_arc(Core *core, CodeRecord *record, uint32_t arc)
{
    if (core_introduce(core, record) < 0) {
        return -1;
    }
    uint32_t number = record->arcs.logged_as[arc], serial = core->recorder_serial;
    if (number == 0) {
        Arc told = record->arcs.arcs[arc];
        number = core_take_numbers(core, 1);
        if (core_tell_arc(core, told, number, record->base) < 0) {
            return -1;
        }
        if (core->recorder_serial == serial) {
            record->arcs.logged_as[arc] = number;
        }
    }
    return core_log(core, number);
}

PyObject *
core_record_to(Core *core, PyObject *arguments)
{
    PyObject *buffer, *recorder;
    if (!PyArg_ParseTuple(arguments, "OO:record", &buffer, &recorder)) {
        return NULL;
    }
    hit_log_close(&core->log);
    Py_CLEAR(core->recorder);
    if (buffer == Py_None) {
        Py_RETURN_NONE;
    }
    PyObject *file = PyObject_GetAttrString(recorder, "arcs_file");
    core->arcs_file = file == NULL ? -1 : (int)PyLong_AsLong(file);
    Py_XDECREF(file);
    if (PyErr_Occurred()) {
        return NULL;
    }
    core->recorder_serial++;
    core->recorder = Py_NewRef(recorder);
    if (hit_log_open(&core->log, buffer) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
core_log_context(Core *core, PyObject *number)
{
    unsigned long context = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred() || core_log(core, UINT32_C(0x80000000) | (uint32_t)context) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
