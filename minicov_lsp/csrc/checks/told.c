/* What a partial file tells of its contexts: when, and how tests ended. */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "chunk.h"
#include "rows.h"

#define NO_OUTCOME 255

/* The order of outcomes' words, by their numbers: error, failed, passed, skipped, xfailed, xpassed. */
static const int ORDER[] = {2, 1, 0, 3, 4, 5};
#define OUTCOMES (sizeof ORDER / sizeof *ORDER)

typedef struct {
    PyObject *name; /* Owned. */
    int has_time;
    uint32_t outcome; /* NO_OUTCOME where it is no test, or did not end */
    double time, ended, duration;
} Context;

typedef ARRAY(Context) Contexts;

/* Take a row off a chunk; 0 with an error. */
typedef int (*TakeNext)(Contexts *contexts, Chunk *chunk);

/* Take the rows of all chunks that an iterable gives; 0 with an error. */
static int
take_chunks(Contexts *contexts, PyObject *chunks, TakeNext take)
{
    PyObject *iterator = PyObject_GetIter(chunks), *rows;
    if (iterator == NULL) {
        return 0;
    }
    int is_whole = 1;
    while (is_whole && (rows = PyIter_Next(iterator)) != NULL) {
        Chunk chunk;
        is_whole = chunk_begin(&chunk, rows);
        while (is_whole && chunk.at < chunk.end) {
            is_whole = take(contexts, &chunk);
        }
        Py_DECREF(rows);
    }
    Py_DECREF(iterator);
    return is_whole && !PyErr_Occurred();
}

static int
take_name(Contexts *contexts, Chunk *chunk)
{
    const unsigned char *head = chunk_take(chunk, CONTEXT_HEAD);
    const unsigned char *name = head == NULL ? NULL : chunk_take(chunk, number_at(head));
    if (name == NULL || !MAKE_ROOM(contexts, 1)) {
        return 0;
    }
    Context *context = &contexts->items[contexts->number];
    *context = (Context){.name = text_of(name, number_at(head)), .outcome = NO_OUTCOME};
    contexts->number += context->name != NULL;
    return context->name != NULL;
}

static double
double_at(const unsigned char *at)
{
    uint64_t bits = number_at(at) | (uint64_t)number_at(at + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Whether an outcome is to count instead of the one that a context has: of a later time, a later word, a longer one. */
static int
is_later(const Context *context, uint32_t outcome, double time, double duration)
{
    if (context->outcome == NO_OUTCOME) {
        return 1;
    }
    if (time != context->ended) {
        return time > context->ended;
    }
    return outcome != context->outcome ? ORDER[outcome] > ORDER[context->outcome] : duration > context->duration;
}

static int
take_note(Contexts *contexts, Chunk *chunk)
{
    const unsigned char *head = chunk_take(chunk, NOTE_HEAD);
    if (head == NULL || chunk_take(chunk, 4 * (uint64_t)number_at(head + 8)) == NULL) {
        return 0;
    }
    uint32_t number = number_at(head), outcome = number_at(head + 4);
    double time = double_at(head + 12), duration = double_at(head + 20);
    if (outcome != NO_OUTCOME && outcome >= OUTCOMES) {
        PyErr_SetString(PyExc_ValueError, "an outcome that is none");
        return 0;
    }
    if (number == 0 || number > contexts->number) {
        return 1; /* the ledger refuses it */
    }
    Context *context = &contexts->items[number - 1];
    if (!context->has_time || time > context->time) {
        context->time = time;
        context->has_time = 1;
    }
    if (outcome != NO_OUTCOME && is_later(context, outcome, time, duration)) {
        context->outcome = outcome;
        context->ended = time;
        context->duration = duration;
    }
    return 1;
}

/* To a whole number, of two that are as near to the even one, as Python does it: larger ones have no fractions. */
static double
rounded(double value)
{
    const double largest = 4503599627370496.0;
    if (!(value > -largest && value < largest)) {
        return value;
    }
    return value < 0 ? value - largest + largest : value + largest - largest;
}

/* New: a row; NULL with an error. */
static PyObject *
told_row(const Context *context, size_t number, PyObject *run)
{
    if (!context->has_time) {
        PyErr_SetString(PyExc_ValueError, "a context of no time");
        return NULL;
    }
    int has_ended = context->outcome != NO_OUTCOME;
    return new_row(7, PyLong_FromSize_t(number), Py_NewRef(context->name), Py_NewRef(run),
        PyFloat_FromDouble(context->time), has_ended ? PyLong_FromUnsignedLong(context->outcome) : Py_NewRef(Py_None),
        has_ended ? PyLong_FromDouble(rounded(context->duration * 1e6)) : Py_NewRef(Py_None),
        has_ended ? PyFloat_FromDouble(context->ended) : Py_NewRef(Py_None));
}

PyObject *
chunk_told(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t number)
{
    Contexts contexts = {NULL, 0, 0};
    if (number != 3) {
        PyErr_SetString(PyExc_TypeError, "told takes names, notes and a run");
        return NULL;
    }
    PyObject *found = NULL;
    if (take_chunks(&contexts, args[0], take_name) && take_chunks(&contexts, args[1], take_note)) {
        found = PyList_New(0);
    }
    for (size_t i = 0; i < contexts.number; i++) {
        if (found != NULL && !append(found, told_row(&contexts.items[i], i + 1, args[2]))) {
            Py_CLEAR(found);
        }
        Py_DECREF(contexts.items[i].name);
    }
    free(contexts.items);
    return found;
}
