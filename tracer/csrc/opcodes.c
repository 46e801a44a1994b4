#include "opcodes.h"

#include <string.h>

int
read_kinds(uint16_t *kinds)
{
    char *data;
    Py_ssize_t length;
    PyObject *module = PyImport_ImportModule("minicov_tracer.opcodes");
    PyObject *bytes = module == NULL ? NULL : PyObject_GetAttrString(module, "KINDS");
    Py_XDECREF(module);
    if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &data, &length) < 0) {
        Py_XDECREF(bytes);
        return -1;
    }
    memcpy(kinds, data, (size_t)length < 512 ? (size_t)length : 512);
    Py_DECREF(bytes);
    return 0;
}

int
read_classes(TestClasses *classes)
{
    char *data;
    Py_ssize_t length;
    PyObject *module = PyImport_ImportModule("minicov_tracer.opcodes");
    PyObject *bytes = module == NULL ? NULL : PyObject_GetAttrString(module, "CLASSES");
    PyObject *threads = bytes == NULL ? NULL : PyObject_GetAttrString(module, "THREADS_JUMPS");
    PyObject *values = threads == NULL ? NULL : PyObject_GetAttrString(module, "THREADS_VALUES");
    PyObject *loses = values == NULL ? NULL : PyObject_GetAttrString(module, "LOSES_PLACES");
    int done = -1;
    if (loses != NULL && PyBytes_AsStringAndSize(bytes, &data, &length) == 0) {
        memcpy(classes->of, data, (size_t)length < 256 ? (size_t)length : 256);
        classes->threads_jumps = threads == Py_True;
        classes->threads_values = values == Py_True;
        classes->loses_places = loses == Py_True;
        done = 0;
    }
    Py_XDECREF(module);
    Py_XDECREF(bytes);
    Py_XDECREF(threads);
    Py_XDECREF(values);
    Py_XDECREF(loses);
    return done;
}
