/* The class Ledger: what the data file is to get. Each takes what it gives out of the ledger first, for Python code may
 * run while objects are made, which may call the ledger. */
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "rows.h"

/* Add a row to a list, taking it over; 0 with an error, also where it is NULL. */
static int
append(PyObject *rows, PyObject *row)
{
    int failed = row == NULL ? -1 : PyList_Append(rows, row);
    Py_XDECREF(row);
    return failed == 0;
}

static int
compare_keys(const void *one, const void *other)
{
    const WantedKeys *a = one, *b = other;
    if (a->there != b->there) {
        return a->there < b->there ? -1 : 1;
    }
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return a->key < b->key ? -1 : a->key > b->key;
}

/* New: the keys from `begin` up to `end` one after the other; NULL with an error. */
static PyObject *
joined(const WantedKeys *begin, const WantedKeys *end)
{
    PyObject *keys = PyBytes_FromStringAndSize(NULL, KEY_SIZE * (end - begin));
    if (keys != NULL) {
        unsigned char *at = (unsigned char *)PyBytes_AsString(keys);
        for (; begin < end; begin++, at += KEY_SIZE) {
            write_key(at, begin->key, KEY_SIZE);
        }
    }
    return keys;
}

PyObject *
ledger_take_keys(PyObject *self, PyObject *Py_UNUSED(none))
{
    Ledger *ledger = (Ledger *)self;
    WantedKeys *wanted = ledger->wanted.items, *last = wanted + ledger->wanted.number;
    memset(&ledger->wanted, 0, sizeof ledger->wanted);
    if (wanted != last) {
        qsort(wanted, (size_t)(last - wanted), sizeof *wanted, compare_keys);
    }
    PyObject *rows = PyList_New(0);
    for (WantedKeys *at = wanted, *end = at; at < last && rows != NULL; at = end) {
        while (end < last && end->there == at->there && end->file == at->file) {
            end++;
        }
        if (!append(rows, new_row(3, PyLong_FromLongLong(at->there), PyLong_FromLongLong(at->file), joined(at, end)))) {
            Py_CLEAR(rows);
        }
    }
    free(wanted);
    return rows;
}

PyObject *
ledger_take_codes(PyObject *self, PyObject *Py_UNUSED(none))
{
    Ledger *ledger = (Ledger *)self;
    NewCode *codes = ledger->new_codes.items;
    size_t number = ledger->new_codes.number;
    memset(&ledger->new_codes, 0, sizeof ledger->new_codes);
    PyObject *rows = PyList_New(0);
    for (size_t i = 0; i < number && rows != NULL; i++) {
        if (!append(rows, new_row(2, PyLong_FromLongLong(codes[i].there), PyLong_FromLongLong(codes[i].id)))) {
            Py_CLEAR(rows);
        }
    }
    free(codes);
    return rows;
}

static int
compare_asked(const void *one, const void *other)
{
    const Asked *a = one, *b = other;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int
compare_new(const void *one, const void *other)
{
    return compare_asked(&((const NewFootprint *)one)->asked, &((const NewFootprint *)other)->asked);
}

/* New: rows of new footprints with their contexts, all of whose hits are taken; NULL with an error. */
static PyObject *
new_rows(Ledger *ledger, NewFootprint *new, size_t number)
{
    Lists lists;
    Asked *asked = calloc(number + 1, sizeof *asked);
    if (asked == NULL) {
        return PyErr_NoMemory();
    }
    for (size_t i = 0; i < number; i++) {
        asked[i] = new[i].asked;
    }
    int is_whole = hits_take(&ledger->hits, ledger->footprints.number, asked, number, &lists);
    free(asked);
    if (!is_whole) {
        return NULL;
    }
    PyObject *rows = PyList_New(0);
    for (size_t i = 0; i < number && rows != NULL; i++) {
        if (!append(rows, new_row(3, PyLong_FromLongLong(new[i].asked.id), Py_NewRef(new[i].signatures),
                              lists_text(&lists, i)))) {
            Py_CLEAR(rows);
        }
    }
    lists_free(&lists);
    return rows;
}

PyObject *
ledger_take_footprints(PyObject *self, PyObject *Py_UNUSED(none))
{
    Ledger *ledger = (Ledger *)self;
    NewFootprint *new = ledger->new_footprints.items;
    size_t number = ledger->new_footprints.number;
    memset(&ledger->new_footprints, 0, sizeof ledger->new_footprints);
    if (number) {
        qsort(new, number, sizeof *new, compare_new);
    }
    PyObject *rows = new_rows(ledger, new, number);
    for (size_t i = 0; i < number; i++) {
        Py_DECREF(new[i].signatures);
    }
    free(new);
    return rows;
}

/* The footprints that hits wait for, by id, which the caller frees; NULL with MemoryError. */
static Asked *
hit_footprints(const Ledger *ledger, size_t *number)
{
    char *is_hit = calloc(ledger->footprints.number + 1, 1);
    Asked *asked = calloc(ledger->footprints.number + 1, sizeof *asked);
    *number = 0;
    if (is_hit == NULL || asked == NULL) {
        free(is_hit);
        free(asked);
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < ledger->hits.number; i++) {
        is_hit[ledger->hits.items[i].footprint] = 1;
    }
    for (size_t i = 0; i < ledger->footprints.number; i++) {
        if (is_hit[i]) {
            asked[(*number)++] = (Asked){ledger->footprints.items[i], (uint32_t)i};
        }
    }
    free(is_hit);
    qsort(asked, *number, sizeof *asked, compare_asked);
    return asked;
}

PyObject *
ledger_take_contexts(PyObject *self, PyObject *Py_UNUSED(none))
{
    Ledger *ledger = (Ledger *)self;
    size_t number;
    Lists lists;
    Asked *asked = hit_footprints(ledger, &number);
    if (asked == NULL || !hits_take(&ledger->hits, ledger->footprints.number, asked, number, &lists)) {
        free(asked);
        return NULL;
    }
    PyObject *rows = PyList_New(0);
    for (size_t i = 0; i < number && rows != NULL; i++) {
        if (!append(rows, new_row(2, PyLong_FromLongLong(asked[i].id), lists_text(&lists, i)))) {
            Py_CLEAR(rows);
        }
    }
    lists_free(&lists);
    free(asked);
    return rows;
}
