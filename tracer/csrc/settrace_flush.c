/* What happened since the last flush, as it is, or by the numbers of what was told before. */
#include "settrace_core.h"

#include <stdlib.h>
#include <string.h>

#include "footprints.h"
#include "settrace_eval.h"

typedef struct {
    Arc arc;
    uint32_t number;
} SeenArc;

static int
seen_arc_order(const void *left, const void *right)
{
    const Arc *a = &((const SeenArc *)left)->arc, *b = &((const SeenArc *)right)->arc;
    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    return a->to < b->to ? -1 : a->to > b->to;
}

/* Forgets what happened since the last flush. */
static void
record_start_afresh(CodeRecord *record)
{
    memset(record->is_hit, 0, ((size_t)record->bit_count + 7) / 8);
    memset(record->arcs.is_seen, 0, record->arcs.count);
    record_forget_steps(record);
    record->is_entered = 0;
    record->is_touched = 0;
    record->news++;
    if (record->jumps != NULL) {
        jumps_forget_hits(record->jumps, record);
    }
}

int
record_take(CodeRecord *record, Taken *taken)
{
    ArcSet *set = &record->arcs;
    uint32_t count = 0;
    size_t byte_count = ((size_t)record->bit_count + 7) / 8;
    *taken = (Taken){.record = record, .bit_size = (Py_ssize_t)byte_count};
    SeenArc *seen = malloc(((size_t)set->count + 1) * sizeof(SeenArc));
    for (uint32_t number = 0; seen != NULL && number < set->count; number++) {
        if (set->is_seen[number]) {
            seen[count++] = (SeenArc){set->arcs[number], number};
        }
    }
    /* The numbers come first in the block, for their alignment. */
    taken->arcs = seen == NULL ? NULL : malloc(count * sizeof(uint32_t) + byte_count);
    if (taken->arcs != NULL) {
        qsort(seen, count, sizeof(SeenArc), seen_arc_order);
        for (uint32_t place = 0; place < count; place++) {
            taken->arcs[place] = seen[place].number;
        }
        taken->arc_count = count;
        taken->bits = (uint8_t *)(taken->arcs + count);
        memcpy(taken->bits, record->is_hit, byte_count);
        taken->bits[0] = (uint8_t)((taken->bits[0] & ~1u) | record->is_entered);
    }
    free(seen);
    record_start_afresh(record);
    return taken->arcs == NULL ? -1 : 0;
}

int
record_take_number(CodeRecord *record, uint32_t next, uint32_t *number, Taken *taken)
{
    const ArcSet *set = &record->arcs;
    size_t byte_count = ((size_t)record->bit_count + 7) / 8, length = 0;
    uint8_t small[64] = {0}, *arcs = set->count <= 8 * sizeof(small) ? small : calloc(((size_t)set->count + 7) / 8, 1);
    if (arcs == NULL) {
        *taken = (Taken){.record = record};
        record_start_afresh(record);
        return -1;
    }
    for (uint32_t arc = 0; arc < set->count; arc++) {
        if (set->is_seen[arc]) {
            arcs[arc >> 3] |= (uint8_t)(1u << (arc & 7));
            length = (arc >> 3) + 1;        /* More arcs may be met later: no zero bytes at the end. */
        }
    }
    record->is_hit[0] = (uint8_t)((record->is_hit[0] & ~1u) | record->is_entered);
    int status = signatures_number(&record->signatures, record->is_hit, byte_count, arcs, length, next, number);
    if (arcs != small) {
        free(arcs);
    }
    if (status == 0) {
        return record_take(record, taken);
    }
    *taken = (Taken){.record = record};
    record_start_afresh(record);
    return status;
}

void
taken_free(Taken *taken)
{
    free(taken->arcs);
    taken->arcs = NULL;
}

/* The tuple of an arc. Borrowed, or NULL with an exception set. */
static PyObject *
record_pair(CodeRecord *record, uint32_t number)
{
    PyObject *pair = record->arcs.pairs[number];
    if (pair == NULL) {
        pair = Py_BuildValue("(ii)", record->arcs.arcs[number].from, record->arcs.arcs[number].to);
        /* Making it may have run a finalizer, which may have added arcs or made this very pair. */
        if (pair != NULL) {
            Py_XSETREF(record->arcs.pairs[number], pair);
        }
    }
    return pair;
}

PyObject *
taken_hits(const Taken *taken, PyTypeObject *hits_type)
{
    PyObject *fields = NULL, *arguments = NULL, *hits = NULL, *probes = NULL;
    PyObject *arcs = PyTuple_New(taken->arc_count);
    for (uint32_t place = 0; arcs != NULL && place < taken->arc_count; place++) {
        PyObject *pair = record_pair(taken->record, taken->arcs[place]);
        if (pair == NULL) {
            goto error;
        }
        PyTuple_SET_ITEM(arcs, place, Py_NewRef(pair));
    }
    Py_ssize_t size = taken->bit_size;
    while (size > 0 && taken->bits[size - 1] == 0) {
        size--;
    }
    probes = PyBytes_FromStringAndSize((const char *)taken->bits, size);
    if (arcs == NULL || probes == NULL) {
        goto error;
    }
    fields = Py_BuildValue("(OO()O)", taken->record->code, probes, arcs);
    arguments = fields == NULL ? NULL : PyTuple_Pack(1, fields);
    if (arguments != NULL) {
        /* Hits is a named tuple: tuple's own constructor makes it without running its Python __new__. */
        hits = PyTuple_Type.tp_new(hits_type, arguments, NULL);
    }
error:
    Py_XDECREF(probes);
    Py_XDECREF(arcs);
    Py_XDECREF(fields);
    Py_XDECREF(arguments);
    return hits;
}

/* Frees what was taken and lets the code objects go. */
static void
core_free_taken(Taken *all, size_t count)
{
    for (size_t number = 0; number < count; number++) {
        PyCodeObject *code = all[number].record->code;
        taken_free(&all[number]);
        Py_DECREF(code);
    }
    free(all);
}

/* Takes what there is to flush, without running Python code: *count of them; by number where `found` has room for as many.
 * Owned; NULL with MemoryError set. */
static Taken *
core_take(Core *core, size_t *count, Found *found)
{
    Taken *all = malloc((core->touched_count + 1) * sizeof(Taken));
    if (all == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *count = core->touched_count;
    int has_failed = 0;
    for (size_t place = 0; place < *count; place++) {
        CodeRecord *record = core->touched[place];
        if (found == NULL) {
            has_failed |= record_take(record, &all[place]) < 0;
            continue;
        }
        uint32_t next = core->signature_count;
        int is_known = record_take_number(record, next, &found[place].number, &all[place]);
        found[place].file = record->file;
        core->signature_count += is_known == 0;
        has_failed |= is_known < 0;
    }
    core->touched_count = 0;
    core->epoch++;
    if (has_failed) {
        core_free_taken(all, *count);
        PyErr_NoMemory();
        return NULL;
    }
    return all;
}

/* New list of Hits of what was taken and not told before; it is freed. NULL with an exception set. */
static PyObject *
core_tell(Core *core, Taken *all, size_t count)
{
    PyObject *list = PyList_New(0);
    for (size_t place = 0; list != NULL && place < count; place++) {
        PyObject *hits = all[place].arcs == NULL ? NULL : taken_hits(&all[place], core->hits_type);
        if (all[place].arcs != NULL && (hits == NULL || PyList_Append(list, hits) < 0)) {
            Py_CLEAR(list);
        }
        Py_XDECREF(hits);
    }
    core_free_taken(all, count);
    return list;
}

PyObject *
core_flush(Core *core, PyObject *Py_UNUSED(unused))
{
    size_t count;
    Taken *all = core_take(core, &count, NULL);
    /* Nothing may run between the two, or it would go unseen. */
    eval_wake(core);
    return all == NULL ? NULL : core_tell(core, all, count);
}

PyObject *
core_flush_signatures(Core *core, PyObject *Py_UNUSED(unused))
{
    size_t count;
    Found *found = malloc((core->touched_count + 1) * sizeof(Found));
    if (found == NULL) {
        return PyErr_NoMemory();
    }
    Taken *all = core_take(core, &count, found);
    eval_wake(core); /* As above. */
    PyObject *new = all == NULL ? NULL : core_tell(core, all, count);
    PyObject *groups = new == NULL ? NULL : footprints_tell(found, count);
    free(found);
    PyObject *told = groups == NULL ? NULL : PyTuple_Pack(2, groups, new);
    Py_XDECREF(groups);
    Py_XDECREF(new);
    return told;
}
