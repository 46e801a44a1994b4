/* Decisions that need memory, as the core on sys.monitoring has them: made when a code object is met, followed at jumps. */

#include "core.h"
#include "joins.h"

/* New bytes that the maker gives for a code object, or None; NULL with an exception set. Runs Python code. */
static PyObject *
make_machines(Core *self, PyObject *code)
{
    PyObject *meetings = joins_find(code, self->kinds, &self->classes);
    if (meetings == NULL || PyTuple_Size(meetings) == 0) {
        Py_XDECREF(meetings);
        return meetings == NULL ? NULL : Py_NewRef(Py_None);
    }
    give_room(self);
    PyObject *made = PyObject_CallMethod(self->maker, "encoded", "OO", code, meetings);
    take_room(self);
    Py_DECREF(meetings);
    return made;
}

int
core_add_decisions(Core *self, CodeHits *hits)
{
    char *data;
    Py_ssize_t length;
    if (self->maker == NULL || hits->jump_count < 2) {
        return 0;
    }
    PyObject *made = make_machines(self, hits->code);
    if (made == NULL || made == Py_None || PyBytes_AsStringAndSize(made, &data, &length) < 0 || length == 0) {
        int failed = PyErr_Occurred() != NULL;
        Py_XDECREF(made);
        return failed ? -1 : 0;
    }
    Decisions *decisions = decisions_read((const uint64_t *)(const void *)data, (size_t)length / sizeof(uint64_t),
                                          hits->jump_count, hits_end_of_jumps(hits));
    Py_DECREF(made);
    if (decisions == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (hits_add_decisions(hits, decisions) < 0) {
        decisions_free(decisions);
        return -1;
    }
    return 0;
}

static int
set_probe(void *core, void *hits, uint32_t probe)
{
    return core_hit(core, hits, probe);
}

static const void *
current_frame(void)
{
    return PyEval_GetFrame();
}

int
core_decide(Core *self, CodeHits *hits, int32_t jump, uint32_t taken)
{
    Observer observer = {set_probe, self, hits, hits->bits, NULL, current_frame, 0};
    return decisions_on_jump(hits->decisions, &self->evaluations, jump, (int)taken, &observer);
}
