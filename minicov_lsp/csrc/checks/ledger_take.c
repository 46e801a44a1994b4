/* The class Ledger: what the data file is to get. */
#include <stdlib.h>

#include "ledger.h"
#include "rows.h"

#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)

/* Move rows into the order of a digit of their ids, those with the same staying in order. */
static void
sort_digit(const New *from, New *to, size_t number, int shift)
{
    size_t places[DIGITS] = {0}, place = 0;
    for (size_t i = 0; i < number; i++) {
        places[from[i].id >> shift & (DIGITS - 1)]++;
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t count = places[digit];
        places[digit] = place;
        place += count;
    }
    for (size_t i = 0; i < number; i++) {
        to[places[from[i].id >> shift & (DIGITS - 1)]++] = from[i];
    }
}

/* Sort rows that wait by id, which none has below 0: by each digit in which some differ, the lowest first. 0 with
 * MemoryError. */
static int
sort_new(NewRows *new)
{
    int64_t differ = 0;
    for (size_t i = 1; i < new->rows.number; i++) {
        differ |= new->rows.items[i].id ^ new->rows.items[0].id;
    }
    if (differ == 0) {
        return 1;
    }
    New *other = malloc(new->rows.room * sizeof *other);
    if (other == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int shift = 0; shift < 63; shift += DIGIT_BITS) {
        if (differ >> shift & (DIGITS - 1)) {
            New *sorted = other;
            sort_digit(new->rows.items, sorted, new->rows.number, shift);
            other = new->rows.items;
            new->rows.items = sorted;
        }
    }
    free(other);
    return 1;
}

/* Put a value into a list that is new, which takes it over; 0 with an error, also where it is NULL. */
static int
put(PyObject *list, Py_ssize_t *at, PyObject *value)
{
    return value != NULL && PyList_SetItem(list, (*at)++, value) == 0;
}

/* New: the values of rows that wait, which are sorted and then wait no more; NULL with an error. `lists` has the last
 * value of each, if there is one more. */
static PyObject *
taken(NewRows *new, size_t columns, Lists *lists)
{
    size_t width = 1 + columns + (lists != NULL);
    PyObject *found = PyList_New((Py_ssize_t)(width * new->rows.number));
    int is_whole = found != NULL;
    Py_ssize_t at = 0;
    for (size_t i = 0; i < new->rows.number && is_whole; i++) {
        PyObject **values = new->values.items + new->rows.items[i].values;
        is_whole = put(found, &at, PyLong_FromLongLong(new->rows.items[i].id));
        for (size_t column = 0; column < columns && is_whole; column++) {
            is_whole = put(found, &at, values[column]);
            values[column] = NULL;
        }
        is_whole = is_whole && (lists == NULL || put(found, &at, lists_text(lists, i)));
    }
    if (!is_whole) {
        Py_CLEAR(found);
    }
    else {
        new->rows.number = new->values.number = 0;
    }
    return found;
}

PyObject *
ledger_take_codes(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    return sort_new(&ledger->new_codes) ? taken(&ledger->new_codes, 7, NULL) : NULL;
}

PyObject *
ledger_take_signatures(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    return sort_new(&ledger->new_signatures) ? taken(&ledger->new_signatures, 4, NULL) : NULL;
}

PyObject *
ledger_take_footprints(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    NewRows *new = &ledger->new_footprints;
    Lists lists;
    Asked *asked = sort_new(new) ? calloc(new->rows.number + 1, sizeof *asked) : NULL;
    if (asked == NULL) {
        return PyErr_NoMemory();
    }
    for (size_t i = 0; i < new->rows.number; i++) {
        asked[i] = (Asked){new->rows.items[i].id, new->rows.items[i].footprint};
    }
    int is_whole = hits_take(&ledger->hits, ledger->footprints.number, asked, new->rows.number, &lists);
    free(asked);
    if (!is_whole) {
        return NULL;
    }
    PyObject *found = taken(new, 1, &lists);
    lists_free(&lists);
    return found;
}

static int
compare_asked(const void *one, const void *other)
{
    const Asked *a = one, *b = other;
    return a->id < b->id ? -1 : a->id > b->id;
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
ledger_take_contexts(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
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
