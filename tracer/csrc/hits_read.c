/* What a code object's structure is made from: its lines, its jumps, and places that matter. */
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

/* Adds a line to a list of them. 0, or -1 with MemoryError set. */
static int
add_line(CodeHits *hits, int32_t *room, int32_t line)
{
    if (hits->line_count == *room) {
        int32_t *grown = realloc(hits->lines, (*room ? 2 * (size_t)*room : 16) * sizeof(int32_t));
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        hits->lines = grown;
        *room = *room ? 2 * *room : 16;
    }
    hits->lines[hits->line_count++] = line;
    return 0;
}

/* Reads the lines of code.co_lines() in order of their offsets: those that end at most at `start`, which no event tells,
 * come first; how many, or -1 with an exception set. */
static int32_t
list_lines(CodeHits *hits, long start)
{
    PyObject *iterator = NULL, *entries = PyObject_CallMethod(hits->code, "co_lines", NULL);
    if (entries == NULL || (iterator = PyObject_GetIter(entries)) == NULL) {
        Py_XDECREF(entries);
        return -1;
    }
    Py_DECREF(entries);
    int32_t room = 0, silent = 0, last = 0;
    PyObject *entry;
    int failed = 0;
    while (!failed && (entry = PyIter_Next(iterator)) != NULL) {
        PyObject *item = PyTuple_GetItem(entry, 2); /* Borrowed: (start, end, line or None) */
        long line = item == NULL || item == Py_None ? 0 : PyLong_AsLong(item);
        int is_silent = PyLong_AsLong(PyTuple_GetItem(entry, 1)) <= start;
        Py_DECREF(entry);
        if (line > 0 && line <= INT32_MAX && (is_silent || line != last)) {
            failed = add_line(hits, &room, (int32_t)line) < 0;
            silent += is_silent;
            last = is_silent ? 0 : (int32_t)line;
        }
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : silent;
}

static int
has_line(const int32_t *lines, int32_t count, int32_t line)
{
    int32_t i = 0;
    while (i < count && lines[i] != line) {
        i++;
    }
    return i < count;
}

/* Reads the distinct lines; `start` is the byte offset after the instruction at which a call begins. 0, or -1 with an
 * exception set. */
static int
read_lines(CodeHits *hits, long start)
{
    int32_t early = list_lines(hits, start), count = hits->line_count, silent = 0;
    if (early < 0) {
        return -1;
    }
    for (int32_t i = 0; i < early; i++) {
        silent += !has_line(hits->lines + i + 1, count - i - 1, hits->lines[i]);
    }
    if (count) {
        qsort(hits->lines, (size_t)count, sizeof(int32_t), compare_lines);
    }
    hits->line_count = 0;
    for (int32_t i = 0; i < count; i++) {
        if (hits->line_count == 0 || hits->lines[i] != hits->lines[hits->line_count - 1]) {
            hits->lines[hits->line_count++] = hits->lines[i];
        }
    }
    hits->lines_told = hits->lines_left = hits->line_count - silent;
    return 0;
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
            && hits_set_unit(&hits->awaiting, hits->unit_count, unit) < 0) {
            PyErr_NoMemory();
            status = -1;
        }
    }
    code_free(&code);
    return status;
}

/* Counts the conditional jumps and notes where StopIteration is an end. 0, or -1 with MemoryError set. */
static int
count_jumps(CodeHits *hits, const uint8_t *units, const uint16_t *kinds)
{
    for (int32_t unit = 0; unit < hits->unit_count; unit++) {
        uint16_t kind = kinds[units[2 * unit]];
        hits->jump_count += kind & KIND_CONDITIONAL;
        if ((kind & KIND_ENDS_ON_STOP_ITERATION) && hits_set_unit(&hits->quiet, hits->unit_count, unit) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Finds the conditional jumps. 0, or -1 with MemoryError set. */
static int
read_jumps(CodeHits *hits, const uint8_t *units, const uint16_t *kinds)
{
    if (count_jumps(hits, units, kinds) < 0) {
        return -1;
    }
    if (hits->jump_count > 0) {
        hits->jump_at = calloc((size_t)hits->unit_count, sizeof(int32_t));
        hits->after = malloc((size_t)hits->jump_count * sizeof(int32_t));
        if (hits->jump_at == NULL || hits->after == NULL) {
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
    return 0;
}

/* The first code unit whose opcode has a flag, the number of units if none has. */
static int32_t
first_of_kind(const CodeHits *hits, const uint8_t *units, const uint16_t *kinds, uint16_t flags)
{
    int32_t unit = 0;
    while (unit < hits->unit_count && (kinds[units[2 * unit]] & flags) != flags) {
        unit++;
    }
    return unit;
}

/* The byte offset after RESUME, which has a cache from Python 3.15 on; 0 where there is none. */
static long
start_of_body(const CodeHits *hits, const uint8_t *units, const uint16_t *kinds)
{
    int32_t unit = first_of_kind(hits, units, kinds, KIND_RESUME);
    if (unit == hits->unit_count) {
        return 0;
    }
    do {
        unit++;
    } while (unit < hits->unit_count && units[2 * unit] == 0); /* CACHE */
    return 2 * unit;
}

/* Reads code.co_code and what lies beside it. 0, or -1 with an exception set. */
static int
read_bytecode(CodeHits *hits, const uint16_t *kinds)
{
    char *data;
    Py_ssize_t length;
    PyObject *bytecode = PyObject_GetAttrString(hits->code, "co_code");
    int failed = bytecode == NULL || PyBytes_AsStringAndSize(bytecode, &data, &length) < 0;
    if (!failed) {
        const uint8_t *units = (const uint8_t *)data;
        hits->unit_count = (int32_t)(length / 2);
        failed = read_lines(hits, start_of_body(hits, units, kinds)) < 0 || read_jumps(hits, units, kinds) < 0
            || (first_of_kind(hits, units, kinds, ENDS_ASYNC_LOOP) < hits->unit_count && read_awaiting(hits, kinds) < 0);
    }
    Py_XDECREF(bytecode);
    return failed ? -1 : 0;
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
    if (read_bytecode(hits, kinds) < 0 || (tells_jumps && read_implied(hits, kinds) < 0)) {
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
