#include "hits.h"

#include <stdlib.h>
#include <string.h>

int
hits_set_unit(uint8_t **bitmap, int32_t unit_count, long unit)
{
    if (*bitmap == NULL && (*bitmap = calloc(((size_t)unit_count + 7) / 8, 1)) == NULL) {
        return -1;
    }
    uint8_t bit = (uint8_t)(1u << (unit & 7));
    int is_new = !((*bitmap)[unit >> 3] & bit);
    (*bitmap)[unit >> 3] |= bit;
    return is_new;
}

void
hits_free(CodeHits *hits)
{
    if (hits == NULL) {
        return;
    }
    Py_XDECREF(hits->code);
    free(hits->lines);
    free(hits->jump_at);
    free(hits->after);
    free(hits->bits);
    decisions_free(hits->decisions);
    free(hits->implied);
    free(hits->is_told);
    free(hits->quiet);
    free(hits->awaiting);
    free(hits->raised);
    free(hits->ever_raised);
    free(hits->counts);
    signatures_clear(&hits->signatures);
    free(hits);
}

int
hits_count(CodeHits *hits)
{
    hits->counts = calloc((size_t)hits->line_count + 1, sizeof(uint64_t));
    return hits->counts == NULL ? (PyErr_NoMemory(), -1) : 0;
}

int
hits_add_decisions(CodeHits *hits, Decisions *decisions)
{
    uint32_t bit_count = hits->bit_count + 4 * decisions->condition_count;
    uint8_t *bits = calloc((bit_count + 7) / 8, 1);
    if (bits == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(bits, hits->bits, (hits->bit_count + 7) / 8);
    free(hits->bits);
    hits->bits = bits;
    hits->bit_count = bit_count;
    hits->decisions = decisions;
    return 0;
}

uint32_t
hits_find_line(const CodeHits *hits, long line)
{
    int32_t low = 0, high = hits->line_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (hits->lines[middle] < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < hits->line_count && hits->lines[low] == line ? 1 + (uint32_t)low : 0;
}

int
hits_set_raised(CodeHits *hits, long offset)
{
    long unit = offset >> 1;
    if (unit < 0 || unit >= hits->unit_count) {
        return 0;
    }
    int is_new = hits_set_unit(&hits->raised, hits->unit_count, unit);
    if (is_new <= 0) {
        return is_new;
    }
    int is_first = hits_set_unit(&hits->ever_raised, hits->unit_count, unit);
    return is_first < 0 ? -1 : RAISED_NEW | (is_first ? RAISED_FIRST_EVER : 0);
}

void
hits_be_patient(CodeHits *hits)
{
    if (!hits->is_silenced) {
        hits->wait = hits->waited = 0;
    } else if (hits->waited == hits->wait) { /* It had patience, and that was not enough. */
        hits->wait = hits->wait < 31 ? 2 * hits->wait + 1 : hits->wait;
        hits->waited = 0;
    } else {
        hits->waited++;
    }
    hits->is_silenced = 0;
    /* Measured: to give events back takes about as long as 16 of them, and one for each 4 code units. */
    hits->patience = hits->waited == hits->wait ? 16 + (uint32_t)hits->unit_count / 4 : 0;
}

void
hits_clear(CodeHits *hits, Evaluations *evaluations)
{
    memset(hits->bits, 0, (hits->bit_count + 7) / 8);
    hits->lines_left = hits->lines_told;
    free(hits->raised);
    hits->raised = NULL;
    if (hits->decisions != NULL) {
        decisions_forget_hits(hits->decisions, evaluations);
    }
}

PyObject *
hits_take_bits(CodeHits *hits)
{
    size_t length = (hits->bit_count + 7) / 8;
    while (length > 0 && hits->bits[length - 1] == 0) {
        length--;
    }
    PyObject *taken = PyBytes_FromStringAndSize((const char *)hits->bits, (Py_ssize_t)length);
    if (taken != NULL) {
        memset(hits->bits, 0, length);
    }
    return taken;
}

PyObject *
hits_take_raised(CodeHits *hits)
{
    if (hits->raised == NULL) {
        return PyTuple_New(0);
    }
    Py_ssize_t count = 0;
    for (int32_t unit = 0; unit < hits->unit_count; unit++) {
        count += hits->raised[unit >> 3] >> (unit & 7) & 1;
    }
    PyObject *taken = PyTuple_New(count);
    if (taken == NULL) {
        return NULL;
    }
    for (int32_t unit = 0, index = 0; unit < hits->unit_count; unit++) {
        if (hits->raised[unit >> 3] >> (unit & 7) & 1) {
            PyObject *offset = PyLong_FromLong(2 * unit);
            if (offset == NULL || PyTuple_SetItem(taken, index++, offset) < 0) { /* Steals offset. */
                Py_DECREF(taken);
                return NULL;
            }
        }
    }
    free(hits->raised);
    hits->raised = NULL;
    return taken;
}

static void
table_place(HitsTable *table, CodeHits *hits)
{
    size_t slot = table_slot(table, hits->code);
    while (table->slots[slot] != NULL) {
        slot = (slot + 1) & (table->size - 1);
    }
    table->slots[slot] = hits;
}

int
table_add(HitsTable *table, CodeHits *hits)
{
    if (2 * (table->used + 1) > table->size) {
        HitsTable grown = {NULL, table->size ? 2 * table->size : 256, table->used};
        grown.slots = calloc(grown.size, sizeof(CodeHits *));
        if (grown.slots == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        for (size_t slot = 0; slot < table->size; slot++) {
            if (table->slots[slot] != NULL) {
                table_place(&grown, table->slots[slot]);
            }
        }
        free(table->slots);
        *table = grown;
    }
    table_place(table, hits);
    table->used++;
    return 0;
}

void
table_clear(HitsTable *table)
{
    for (size_t slot = 0; slot < table->size; slot++) {
        hits_free(table->slots[slot]);
    }
    free(table->slots);
    *table = (HitsTable){NULL, 0, 0};
}
