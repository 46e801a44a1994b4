/* Values of rows. They come from files that may be damaged: of any type and size. */
#ifndef MINICOV_ROWS_H
#define MINICOV_ROWS_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#include "numbers.h"

#define MOST_COLUMNS 2

/* What to do with a row, whose values are Borrowed; 0 with an error. */
typedef int (*TakeRow)(void *taker, PyObject *const *row);

/* Take all rows that an iterable gives, tuples of so many columns; 0 with an error. */
int rows_take(PyObject *rows, Py_ssize_t columns, TakeRow take, void *taker);

/* The number that a value is; 0 with TypeError or OverflowError. */
int read_number(PyObject *value, int64_t *number);

/* Add a row to a list, taking it over; 0 with an error, also where it is NULL. */
static inline int
append(PyObject *rows, PyObject *row)
{
    int failed = row == NULL ? -1 : PyList_Append(rows, row);
    Py_XDECREF(row);
    return failed == 0;
}

/* {number: number} as it is in a dict, sorted; each goes through `convert`, which gives 0 with an error. `numbers` is
 * empty; the caller frees its items, after an error too. */
int read_numbers(PyObject *dict, Numbers *numbers, int (*convert)(void *, int64_t, uint32_t *), void *converter);

static inline uint64_t
key_at(const unsigned char *at, size_t size)
{
    uint64_t key = 0;
    for (size_t i = 0; i < size; i++) {
        key = key << 8 | at[i];
    }
    return key;
}

/* The key or digest of so many bytes that a value is; 0 with ValueError. */
int read_key(PyObject *value, size_t size, uint64_t *key);

static inline void
write_key(unsigned char *at, uint64_t key, size_t size)
{
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (unsigned char)key;
        key >>= 8;
    }
}

/* New: a tuple of so many values, which it takes over; NULL with an error, also where a value is NULL. */
PyObject *new_row(Py_ssize_t columns, ...);

#endif
