#include "settrace_core.h"

#include <stdlib.h>

#include "counts.h"

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

/* The number of a code object's file, from 1, or 0 if it is not measured; -1 with an exception set. */
static long
core_measures(Core *core, PyCodeObject *code)
{
    PyObject *known = PyDict_GetItemWithError(core->measured, code->co_filename);
    if (known != NULL) {
        return PyLong_AsLong(known);
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
    if (is_measured < 0) {
        return -1;
    }
    PyObject *number = PyLong_FromUnsignedLong(is_measured ? ++core->file_count : 0);
    long told = number == NULL || PyDict_SetItem(core->measured, code->co_filename, number) < 0 ? -1 : PyLong_AsLong(number);
    Py_XDECREF(number);
    return told;
}

int
core_record(Core *core, PyCodeObject *code, CodeRecord **record)
{
    if (core_known_record(core, code, record)) {
        return 0;
    }
    long file = core_measures(core, code);
    if (file < 0) {
        return -1;
    }
    /* Asking ran Python code, which may have come here before us. */
    CodeShelf *shelf = shelf_find(core->extra_index, code);
    if (shelf == NULL) {
        shelf = shelf_add(core->extra_index, code);
        if (shelf == NULL) {
            return -1;
        }
    }
    if (file == 0) {
        shelf->unmeasured_by = core->serial;
        return 0;
    }
    *record = shelf_record(shelf, core->serial);
    if (*record != NULL) {
        return 0;
    }
    CodeRecord *made = record_new(core->serial, code);
    if (made == NULL || (core->maker != NULL && core_add_jumps(core, made) < 0)) {
        if (made != NULL) {
            record_free(made);
        }
        return -1;
    }
    made->file = (uint32_t)file;
    *record = shelf_record(shelf, core->serial);
    if (*record != NULL) { /* That ran Python code, too. */
        record_free(made);
        return 0;
    }
    shelf_put(shelf, made);
    *record = made;
    return 0;
}

int
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

int
core_count(Core *core, CodeRecord *record, int line)
{
    if (record->counts == NULL) {
        record->counts = calloc(record->probe_count, sizeof(uint64_t));
        core->counted = core->counted == NULL ? PyList_New(0) : core->counted;
        if (record->counts == NULL || core->counted == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (PyList_Append(core->counted, (PyObject *)record->code) < 0) {
            return -1;
        }
    }
    record->counts[record_probe(record, line)]++;
    return 0;
}

PyObject *
core_take_counts(Core *core)
{
    PyObject *told = PyList_New(0), *counted = core->counted;
    core->counted = NULL;
    for (Py_ssize_t place = 0; told != NULL && counted != NULL && place < PyList_GET_SIZE(counted); place++) {
        PyObject *code = PyList_GET_ITEM(counted, place);
        CodeShelf *shelf = shelf_find(core->extra_index, (PyCodeObject *)code);
        CodeRecord *record = shelf == NULL ? NULL : shelf_record(shelf, core->serial);
        if (record != NULL && record->counts != NULL) {
            uint64_t *counts = record->counts;
            record->counts = NULL;
            if (counts_append(told, code, counts + 1, (Py_ssize_t)record->probe_count - 1) < 0) {
                Py_CLEAR(told);
            }
            free(counts);
        }
    }
    Py_XDECREF(counted);
    return told;
}
