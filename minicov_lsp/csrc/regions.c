/* How regions are noted, and which there are; what is one is said by regions.py. */
#include "deciding.h"

#include <stdlib.h>

int
is_kept(const Walk *walk, PyObject *node, const NodeClass *class)
{
    if (!class->is_statement) {
        return 1;
    }
    long last = number_of(walk->grammar, node, FIELD_END_LINENO);
    for (long line = number_of(walk->grammar, node, FIELD_LINENO); line <= last && line < walk->lines; line++) {
        if (line >= 0 && walk->has_code[line]) {
            return 1;
        }
    }
    return 0;
}

int
add_region(Walk *walk, const char *kind, PyObject *first, PyObject *last)
{
    if (!walk->waiting.is_kept) {
        return 0;
    }
    PyObject *values[] = {
        PyUnicode_InternFromString(kind), new_span(walk->grammar, place_of(walk->grammar, first, last))};
    PyObject *region = new_record(walk->grammar, RECORD_REGION, 2, values);
    int status = region == NULL ? -1 : PyList_Append(walk->regions, region);
    Py_XDECREF(region);
    return status;
}

int
region_of_node(Walk *walk, const char *kind, PyObject *node)
{
    return node == NULL || class_of(walk->grammar, node) == NULL ? 0 : add_region(walk, kind, node, node);
}

int
go_into_part(Walk *walk, const char *kind, PyObject *node, FieldName name)
{
    PyObject *part = field_of(walk->grammar, node, name);
    return region_of_node(walk, kind, part) < 0 ? -1 : wait_for(walk->grammar, &walk->waiting, part);
}

int
go_into_suite(Walk *walk, const char *kind, PyObject *node, FieldName name, int is_always)
{
    PyObject *list = field_of(walk->grammar, node, name);
    Py_ssize_t size = length_of(walk->grammar, node, name);
    int is_any = is_always;
    for (Py_ssize_t i = 0; walk->waiting.is_kept && !is_any && i < size; i++) {
        PyObject *statement = PyList_GetItem(list, i);
        const NodeClass *class = class_of(walk->grammar, statement);
        is_any = class != NULL && is_kept(walk, statement, class);
    }
    if (is_any && size > 0 && add_region(walk, kind, PyList_GetItem(list, 0), PyList_GetItem(list, size - 1)) < 0) {
        return -1;
    }
    return wait_for(walk->grammar, &walk->waiting, list);
}

int
read_lines(Walk *walk, PyObject *code_lines)
{
    PyObject *lines = PySequence_List(code_lines);
    Py_ssize_t size = lines == NULL ? 0 : PyList_Size(lines);
    for (Py_ssize_t i = 0; i < size; i++) {
        long line = PyLong_AsLong(PyList_GetItem(lines, i));
        walk->lines = line >= walk->lines ? line + 1 : walk->lines;
    }
    walk->has_code = calloc((size_t)walk->lines + 1, 1);
    if (walk->has_code == NULL) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; walk->has_code != NULL && i < size; i++) {
        long line = PyLong_AsLong(PyList_GetItem(lines, i));
        if (line >= 0) {
            walk->has_code[line] = 1;
        }
    }
    Py_XDECREF(lines);
    return PyErr_Occurred() ? -1 : 0;
}
