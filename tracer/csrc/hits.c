#include "hits.h"

#include "code_object.h"

#include <stdlib.h>
#include <string.h>

static int
compare_lines(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* Reads the distinct lines of code.co_lines(). 0, or -1 with an exception set. */
static int
read_lines(CodeHits *hits)
{
    PyObject *iterator = NULL, *entries = PyObject_CallMethod(hits->code, "co_lines", NULL);
    if (entries == NULL || (iterator = PyObject_GetIter(entries)) == NULL) {
        Py_XDECREF(entries);
        return -1;
    }
    Py_DECREF(entries);
    int32_t count = 0, room = 0, last = 0;
    PyObject *entry;
    while ((entry = PyIter_Next(iterator)) != NULL) {
        PyObject *item = PyTuple_GetItem(entry, 2); /* Borrowed: (start, end, line or None) */
        long line = item == NULL || item == Py_None ? 0 : PyLong_AsLong(item);
        Py_DECREF(entry);
        if (line <= 0 || line > INT32_MAX || line == last) {
            continue;
        }
        if (count == room) {
            room = room ? 2 * room : 16;
            int32_t *grown = realloc(hits->lines, (size_t)room * sizeof(int32_t));
            if (grown == NULL) {
                PyErr_NoMemory();
                break;
            }
            hits->lines = grown;
        }
        hits->lines[count++] = last = (int32_t)line;
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred()) {
        return -1;
    }
    if (count) {
        qsort(hits->lines, (size_t)count, sizeof(int32_t), compare_lines);
    }
    for (int32_t i = 0; i < count; i++) {
        if (hits->line_count == 0 || hits->lines[i] != hits->lines[hits->line_count - 1]) {
            hits->lines[hits->line_count++] = hits->lines[i];
        }
    }
    return 0;
}

/* Sets a code unit's bit in a bitmap that is made with its first bit. 1 if it was not set, 0 if it was, -1 without memory. */
static int
set_unit(uint8_t **bitmap, int32_t unit_count, long unit)
{
    if (*bitmap == NULL && (*bitmap = calloc(((size_t)unit_count + 7) / 8, 1)) == NULL) {
        return -1;
    }
    uint8_t bit = (uint8_t)(1u << (unit & 7));
    int is_new = !((*bitmap)[unit >> 3] & bit);
    (*bitmap)[unit >> 3] |= bit;
    return is_new;
}

/* Finds the code units from which an exception goes to the end of an `async for`. 0, or -1 with an exception set. */
static int
read_awaiting(CodeHits *hits, const uint16_t *kinds)
{
    Code code = {0};
    int status = code_read(&code, hits->code, kinds);
    for (int32_t unit = 0; status == 0 && unit < hits->unit_count; unit++) {
        int32_t target = handler_of(&code, 2 * unit);
        const Instruction *handler = target < 0 ? NULL : instruction_at(&code, target);
        if (handler != NULL && (handler->kind & ENDS_ASYNC_LOOP) == ENDS_ASYNC_LOOP
            && set_unit(&hits->awaiting, hits->unit_count, unit) < 0) {
            PyErr_NoMemory();
            status = -1;
        }
    }
    code_free(&code);
    return status;
}

/* Finds the conditional jumps in code.co_code. 0, or -1 with an exception set. */
static int
read_jumps(CodeHits *hits, const uint16_t *kinds)
{
    char *data;
    Py_ssize_t length;
    PyObject *bytecode = PyObject_GetAttrString(hits->code, "co_code");
    if (bytecode == NULL || PyBytes_AsStringAndSize(bytecode, &data, &length) < 0) {
        Py_XDECREF(bytecode);
        return -1;
    }
    const uint8_t *units = (const uint8_t *)data;
    int ends_async_loop = 0;
    hits->unit_count = (int32_t)(length / 2);
    for (int32_t unit = 0; unit < hits->unit_count; unit++) {
        uint16_t kind = kinds[units[2 * unit]];
        hits->jump_count += kind & KIND_CONDITIONAL;
        ends_async_loop |= (kind & ENDS_ASYNC_LOOP) == ENDS_ASYNC_LOOP;
        if ((kind & KIND_ENDS_ON_STOP_ITERATION) && set_unit(&hits->quiet, hits->unit_count, unit) < 0) {
            Py_DECREF(bytecode);
            PyErr_NoMemory();
            return -1;
        }
    }
    if (hits->jump_count > 0) {
        hits->jump_at = calloc((size_t)hits->unit_count, sizeof(int32_t));
        hits->after = malloc((size_t)hits->jump_count * sizeof(int32_t));
        if (hits->jump_at == NULL || hits->after == NULL) {
            Py_DECREF(bytecode);
            PyErr_NoMemory();
            return -1;
        }
    }
    for (int32_t unit = 0, jump = 0; jump < hits->jump_count; unit++) {
        if (!(kinds[units[2 * unit]] & KIND_CONDITIONAL)) {
            continue;
        }
        int32_t after = unit + 1;
        while (after < hits->unit_count && units[2 * after] == 0) { /* CACHE */
            after++;
        }
        hits->after[jump] = 2 * after;
        hits->jump_at[unit] = ++jump;
    }
    Py_DECREF(bytecode);
    return ends_async_loop ? read_awaiting(hits, kinds) : 0;
}

/* Finds out which outcomes line events tell. 0, or -1 with an exception set. */
static int
read_implied(CodeHits *hits, const uint16_t *kinds)
{
    if (hits->jump_count == 0) {
        return 0;
    }
    hits->implied_count = implied_outcomes(hits->code, kinds, &hits->implied);
    hits->is_told = hits->implied_count < 0 ? NULL : calloc(2 * (size_t)hits->jump_count, 1);
    if (hits->is_told == NULL) {
        return hits->implied_count < 0 ? -1 : (PyErr_NoMemory(), -1);
    }
    for (int32_t i = 0; i < hits->implied_count; i++) {
        hits->is_told[hits->implied[i].outcome] = 1;
    }
    return 0;
}

CodeHits *
hits_new(PyObject *code, const uint16_t *kinds, int tells_jumps)
{
    CodeHits *hits = calloc(1, sizeof(CodeHits));
    if (hits == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    hits->code = Py_NewRef(code);
    if (read_lines(hits) < 0 || read_jumps(hits, kinds) < 0 || (tells_jumps && read_implied(hits, kinds) < 0)) {
        goto error;
    }
    hits->bit_count = hits_end_of_jumps(hits);
    hits->bits = calloc((hits->bit_count + 7) / 8, 1);
    if (hits->bits == NULL) {
        PyErr_NoMemory();
        goto error;
    }
    return hits;
error:
    hits_free(hits);
    return NULL;
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
hits_line_probe(const CodeHits *hits, long line)
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
    int is_new = set_unit(&hits->raised, hits->unit_count, unit);
    if (is_new <= 0) {
        return is_new;
    }
    int is_first = set_unit(&hits->ever_raised, hits->unit_count, unit);
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
hits_clear(CodeHits *hits)
{
    memset(hits->bits, 0, (hits->bit_count + 7) / 8);
    free(hits->raised);
    hits->raised = NULL;
    if (hits->decisions != NULL) {
        decisions_forget_hits(hits->decisions);
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
