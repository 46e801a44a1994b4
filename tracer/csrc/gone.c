/* Letting go of code objects: a program may compile code for ever, and what is known of code that is gone must not stay. */

#include "core.h"

#include <stdlib.h>

/* How many code objects are held by nobody but the table, those Hits that told of them, and the maker. */
static size_t
count_gone(const HitsTable *table)
{
    size_t count = 0;
    for (size_t slot = 0; slot < table->size; slot++) {
        const CodeHits *hits = table->slots[slot];
        if (hits != NULL) {
            count += Py_REFCNT(hits->code) <= 1 + (Py_ssize_t)hits->signatures.count + (hits->decisions != NULL);
        }
    }
    return count;
}

int
core_drop_gone(Core *self)
{
    if (self->table.used < self->crowd || self->table.used < MANY || self->recorder == NULL || self->is_flushing || self->is_emptying) {
        return 0;
    }
    /* What stays is told to another recorder, so enough must go. A function that is gone counts as soon as the code that
     * defined it was let go. */
    if (3 * count_gone(&self->table) >= self->table.used
        && tell_recorder(self, "let_go", PyTuple_New(0)) < 0) {
        return -1;
    }
    self->crowd = self->table.used + MANY;
    return 0;
}

/* Has the maker let go of what only it and the table hold. 0, or -1 with an exception set. */
static int
free_from_maker(Core *self)
{
    for (size_t slot = 0; slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL && hits->decisions != NULL && !hits->is_touched && Py_REFCNT(hits->code) <= 2) {
            evaluations_forget(&self->evaluations, hits->decisions);
            PyObject *done = PyObject_CallMethod(self->maker, "forget", "O", hits->code);
            Py_XDECREF(done);
            if (done == NULL) {
                return -1;
            }
        }
    }
    return 0;
}

/* Frees the structures of code objects that only the table holds and that show nothing. 0, -1 with an exception set. */
static int
drop_gone(Core *self)
{
    HitsTable old = self->table, kept = {calloc(old.size + 1, sizeof(CodeHits *)), old.size, 0};
    if (kept.slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t slot = 0; slot < old.size; slot++) {
        CodeHits *hits = old.slots[slot];
        if (hits != NULL && (Py_REFCNT(hits->code) > 1 || hits->is_touched)) {
            table_add(&kept, hits); /* It is large enough, so this does not fail. */
            old.slots[slot] = NULL;
        }
    }
    self->table = kept;
    self->last = NULL; /* It may be among those that go. */
    for (size_t slot = 0; slot < old.size; slot++) { /* To free code may run Python code: by now the table is whole. */
        hits_free(old.slots[slot]);
    }
    free(old.slots);
    return 0;
}

PyObject *
core_let_go(Core *self, PyObject *Py_UNUSED(ignored))
{
    for (size_t slot = 0; slot < self->table.size; slot++) {
        if (self->table.slots[slot] != NULL) {
            signatures_clear(&self->table.slots[slot]->signatures);
        }
    }
    self->signature_count = 0;
    if (free_from_maker(self) < 0 || drop_gone(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
