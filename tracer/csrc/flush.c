/* What happened since the last flush, as it is, or by the numbers of what was told before. */

#include "core.h"
#include "footprints.h"

#include <stdlib.h>

/* New Hits of one structure, which is cleared; NULL with an exception set. Runs Python code. */
static PyObject *
take(Core *self, CodeHits *hits)
{
    PyObject *bits = hits_take_bits(hits), *raised = hits_take_raised(hits), *arcs = PyTuple_New(0), *taken = NULL;
    if (bits != NULL && raised != NULL && arcs != NULL) {
        taken = PyObject_CallFunctionObjArgs(self->make_hits, hits->code, bits, raised, arcs, NULL);
    }
    Py_XDECREF(bits);
    Py_XDECREF(raised);
    Py_XDECREF(arcs);
    hits_clear(hits, &self->evaluations);
    return taken;
}

PyObject *
core_flush(Core *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *told = PyList_New(0);
    self->is_flushing++;
    while (told != NULL && self->touched_count > 0) {
        CodeHits *hits = self->touched[--self->touched_count];
        hits->is_touched = 0;
        PyObject *taken = take(self, hits);
        if (taken == NULL || PyList_Append(told, taken) < 0 || tools_rearm(self, hits) < 0) {
            Py_CLEAR(told);
        }
        Py_XDECREF(taken);
    }
    self->is_flushing--;
    if (told != NULL && tools_restart(self) < 0) {
        Py_CLEAR(told);
    }
    return told;
}

/* Numbers what one structure shows, and clears it; a new signature's Hits are appended to a list. 0, or -1 with an
 * exception set. */
static int
take_number(Core *self, CodeHits *hits, PyObject *new, Found *found)
{
    found->file = hits->file;
    size_t raised_length = hits->raised == NULL ? 0 : ((size_t)hits->unit_count + 7) / 8;
    int is_known = signatures_number(&hits->signatures, hits->bits, (hits->bit_count + 7) / 8, hits->raised, raised_length,
                                     self->signature_count, &found->number);
    if (is_known < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (is_known) {
        hits_clear(hits, &self->evaluations);
        return 0;
    }
    self->signature_count++;
    PyObject *taken = take(self, hits);
    int failed = taken == NULL || PyList_Append(new, taken) < 0;
    Py_XDECREF(taken);
    return failed ? -1 : 0;
}

PyObject *
core_flush_signatures(Core *self, PyObject *Py_UNUSED(ignored))
{
    size_t count = 0, room = self->touched_count;
    Found *found = malloc((room + 1) * sizeof(Found));
    PyObject *new = PyList_New(0), *groups = NULL;
    int failed = found == NULL || new == NULL;
    self->is_flushing++;
    /* No more than there were: what another thread touches while Python code runs in here is for the next flush. */
    while (!failed && count < room && self->touched_count > 0) {
        CodeHits *hits = self->touched[--self->touched_count];
        hits->is_touched = 0;
        failed = take_number(self, hits, new, &found[count++]) < 0 || tools_rearm(self, hits) < 0;
    }
    self->is_flushing--;
    if (!failed && tools_restart(self) == 0) {
        groups = footprints_tell(found, count);
    }
    free(found);
    PyObject *told = groups == NULL ? NULL : PyTuple_Pack(2, groups, new);
    Py_XDECREF(groups);
    Py_XDECREF(new);
    if (told == NULL && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return told;
}
