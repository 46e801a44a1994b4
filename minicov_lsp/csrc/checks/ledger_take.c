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
sort_new(NewRows *rows)
{
    int64_t differ = 0;
    for (size_t i = 1; i < rows->number; i++) {
        differ |= rows->items[i].id ^ rows->items[0].id;
    }
    if (differ == 0) {
        return 1;
    }
    New *other = malloc(rows->room * sizeof *other);
    if (other == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int shift = 0; shift < 63; shift += DIGIT_BITS) {
        if (differ >> shift & (DIGITS - 1)) {
            New *sorted = other;
            sort_digit(rows->items, sorted, rows->number, shift);
            other = rows->items;
            rows->items = sorted;
        }
    }
    free(other);
    return 1;
}

/* New: the rows that wait, by id, which then wait no more; NULL with an error. */
static PyObject *
taken(NewRows *rows)
{
    PyObject *found = sort_new(rows) ? PyList_New((Py_ssize_t)rows->number) : NULL;
    for (size_t i = 0; i < rows->number && found != NULL; i++) {
        PyList_SetItem(found, (Py_ssize_t)i, rows->items[i].row); /* cannot fail: the list is new */
    }
    rows->number = found == NULL ? rows->number : 0;
    return found;
}

PyObject *
ledger_take_codes(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    return taken(&ledger->new_codes);
}

PyObject *
ledger_take_signatures(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    return taken(&ledger->new_signatures);
}

PyObject *
ledger_take_footprints(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    NewRows *new = &ledger->new_footprints;
    Lists lists;
    if (!sort_new(new)) {
        return NULL;
    }
    Asked *asked = calloc(new->number + 1, sizeof *asked);
    if (asked == NULL) {
        return PyErr_NoMemory();
    }
    for (size_t i = 0; i < new->number; i++) {
        asked[i] = (Asked){new->items[i].id, new->items[i].footprint};
    }
    int is_whole = hits_take(&ledger->hits, ledger->footprints.number, asked, new->number, &lists);
    free(asked);
    if (!is_whole) {
        return NULL;
    }
    PyObject *rows = PyList_New(0);
    for (size_t i = 0; i < new->number; i++) {
        New *one = &new->items[i];
        if (rows != NULL && !append(rows, new_row(3, PyLong_FromLongLong(one->id), Py_NewRef(one->row),
                                              lists_text(&lists, i)))) {
            Py_CLEAR(rows);
        }
        Py_DECREF(one->row);
    }
    new->number = 0;
    lists_free(&lists);
    return rows;
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
