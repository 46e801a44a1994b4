#include "footprints.h"

#include <stdlib.h>

static int
compare_found(const void *left, const void *right)
{
    const Found *a = left, *b = right;
    return a->file != b->file ? (a->file > b->file) - (a->file < b->file) : (a->number > b->number) - (a->number < b->number);
}

PyObject *
footprints_tell(Found *found, size_t count)
{
    PyObject *told = PyList_New(0);
    uint32_t *numbers = malloc((count + 1) * sizeof(uint32_t));
    if (told == NULL || numbers == NULL) {
        Py_XDECREF(told);
        free(numbers);
        return PyErr_NoMemory();
    }
    if (count > 0) {
        qsort(found, count, sizeof(Found), compare_found);
    }
    for (size_t first = 0, last; told != NULL && first < count; first = last) {
        for (last = first; last < count && found[last].file == found[first].file; last++) {
            numbers[last] = found[last].number;
        }
        PyObject *group = PyBytes_FromStringAndSize((const char *)(numbers + first), (Py_ssize_t)((last - first) * sizeof(uint32_t)));
        if (group == NULL || PyList_Append(told, group) < 0) {
            Py_CLEAR(told);
        }
        Py_XDECREF(group);
    }
    free(numbers);
    return told;
}
