#include "rows.h"

#include <stdarg.h>

int
rows_take(PyObject *rows, Py_ssize_t columns, TakeRow take, void *taker)
{
    PyObject *iterator = PyObject_GetIter(rows), *row;
    if (iterator == NULL) {
        return 0;
    }
    int is_whole = 1;
    while (is_whole && (row = PyIter_Next(iterator)) != NULL) {
        if (!PyTuple_Check(row) || PyTuple_Size(row) != columns) {
            PyErr_Format(PyExc_TypeError, "a row is no tuple of %zd", columns);
            is_whole = 0;
        }
        else {
            PyObject *values[MOST_COLUMNS]; /* Borrowed from the row. */
            for (Py_ssize_t i = 0; i < columns; i++) {
                values[i] = PyTuple_GetItem(row, i);
            }
            is_whole = take(taker, values);
        }
        Py_DECREF(row);
    }
    Py_DECREF(iterator);
    return is_whole && !PyErr_Occurred();
}

int
read_number(PyObject *value, int64_t *number)
{
    if (!PyLong_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "a value of a row is no number");
        return 0;
    }
    *number = PyLong_AsLongLong(value);
    return *number != -1 || !PyErr_Occurred();
}

int
read_numbers(PyObject *dict, Numbers *numbers, int (*convert)(void *, int64_t, uint32_t *), void *converter)
{
    PyObject *from, *to; /* Borrowed. */
    Py_ssize_t at = 0;
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "what ids stand for is no dict");
        return 0;
    }
    if (!MAKE_ROOM(numbers, (size_t)PyDict_Size(dict))) {
        return 0;
    }
    while (PyDict_Next(dict, &at, &from, &to) && numbers->number < numbers->room) {
        Numbered *numbered = &numbers->items[numbers->number];
        int64_t number;
        if (!read_number(from, &numbered->from) || !read_number(to, &number)
            || !convert(converter, number, &numbered->to)) {
            return 0;
        }
        numbers->number++;
    }
    return numbers_sort(numbers);
}

int
read_key(PyObject *value, size_t size, uint64_t *key)
{
    if (!PyBytes_Check(value) || (size_t)PyBytes_Size(value) != size) {
        PyErr_Format(PyExc_ValueError, "a value of a row is no digest of %zu bytes", size);
        return 0;
    }
    *key = key_at((const unsigned char *)PyBytes_AsString(value), size);
    return 1;
}

PyObject *
new_row(Py_ssize_t columns, ...)
{
    PyObject *row = PyTuple_New(columns);
    int is_whole = row != NULL;
    va_list values;
    va_start(values, columns);
    for (Py_ssize_t i = 0; i < columns; i++) {
        PyObject *value = va_arg(values, PyObject *);
        is_whole = is_whole && value != NULL;
        if (row == NULL) {
            Py_XDECREF(value);
        }
        else {
            PyTuple_SetItem(row, i, value); /* cannot fail: the tuple is new */
        }
    }
    va_end(values);
    if (!is_whole) {
        Py_XDECREF(row);
        return NULL;
    }
    return row;
}
