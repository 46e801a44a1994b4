/* How often the lines of a code object ran, where every time is counted. */
#ifndef MINICOV_COUNTS_H
#define MINICOV_COUNTS_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

/* New (code, (count of the first line, …)), after which all counts begin anew at 0; NULL with an exception set. `counts`
 * has a number for each of the line_count lines, ascending. */
static inline PyObject *
counts_take(PyObject *code, uint64_t *counts, Py_ssize_t line_count)
{
    PyObject *told = PyTuple_New(line_count);
    for (Py_ssize_t i = 0; told != NULL && i < line_count; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(counts[i]);
        if (number == NULL || PyTuple_SetItem(told, i, number) < 0) { /* Steals number. */
            Py_CLEAR(told);
        }
    }
    if (told == NULL) {
        return NULL;
    }
    memset(counts, 0, (size_t)line_count * sizeof(uint64_t));
    return Py_BuildValue("(ON)", code, told);
}

/* Appends that to a list. 0, or -1 with an exception set. */
static inline int
counts_append(PyObject *list, PyObject *code, uint64_t *counts, Py_ssize_t line_count)
{
    PyObject *taken = counts_take(code, counts, line_count);
    int failed = taken == NULL || PyList_Append(list, taken) < 0;
    Py_XDECREF(taken);
    return failed ? -1 : 0;
}

#endif
