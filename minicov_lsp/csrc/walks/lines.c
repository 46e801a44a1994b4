/* Tables of what is known of each line of a text. */
#include "arcs.h"

#include <stdlib.h>

int
lines_make(Lines *lines, const Tree *tree, PyObject *firsts)
{
    const Node *last = tree->module->last;
    lines->count = (last == NULL ? 1 : last->place.end_line) + 1;
    lines->firsts = calloc((size_t)lines->count, sizeof *lines->firsts);
    lines->states = calloc((size_t)lines->count, sizeof *lines->states);
    lines->numbers = calloc((size_t)lines->count, sizeof *lines->numbers);
    if (lines->firsts == NULL || lines->states == NULL || lines->numbers == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int line = 0; line < lines->count; line++) {
        lines->firsts[line] = line;
    }
    PyObject *line, *first;
    for (Py_ssize_t at = 0; firsts != NULL && PyDict_Next(firsts, &at, &line, &first);) {
        long number = PyLong_AsLong(line), start = PyLong_AsLong(first);
        if (number >= 0 && number < lines->count && start > 0 && start <= number) {
            lines->firsts[number] = (int)start;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

void
lines_clear(Lines *lines)
{
    for (int line = 0; lines->numbers != NULL && line < lines->count; line++) {
        Py_XDECREF(lines->numbers[line]);
    }
    free(lines->firsts);
    free(lines->states);
    free(lines->numbers);
}

int
lines_mark(Lines *lines, PyObject *marked, int state)
{
    PyObject *all = PyObject_GetIter(marked), *line;
    while (all != NULL && (line = PyIter_Next(all)) != NULL) {
        long number = PyLong_AsLong(line);
        Py_DECREF(line);
        if (number >= 0 && number < lines->count) {
            lines->states[state == RUNS ? lines->firsts[number] : number] |= (uint8_t)state;
        }
    }
    Py_XDECREF(all);
    return PyErr_Occurred() ? -1 : 0;
}

int
first_line(const Lines *lines, int line)
{
    if (line < 0) {
        return -first_line(lines, -line);
    }
    return line < lines->count ? lines->firsts[line] : line;
}

int
state_of(const Lines *lines, int line)
{
    return line >= 0 && line < lines->count ? lines->states[line] : 0;
}

PyObject *
number_for(Lines *lines, int line)
{
    if (line < 0 || line >= lines->count) {
        return PyLong_FromLong(line);
    }
    if (lines->numbers[line] == NULL) {
        lines->numbers[line] = PyLong_FromLong(line);
    }
    Py_XINCREF(lines->numbers[line]);
    return lines->numbers[line];
}

PyObject *
arc_for(Lines *lines, int start, int end)
{
    PyObject *from = number_for(lines, start), *to = number_for(lines, end);
    PyObject *arc = from == NULL || to == NULL ? NULL : PyTuple_Pack(2, from, to);
    Py_XDECREF(from);
    Py_XDECREF(to);
    return arc;
}
