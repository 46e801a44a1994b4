/* The class Ledger: its methods as Python sees them, and its life. */
#include "ledger.h"

#include <stdlib.h>

/* Call a method that takes so many arguments. */
static PyObject *
call(PyObject *self, PyObject *const *args, Py_ssize_t number, Py_ssize_t wanted, Method method)
{
    Ledger *ledger = (Ledger *)self;
    if (number != wanted) {
        PyErr_Format(PyExc_TypeError, "this takes %zd arguments", wanted);
        return NULL;
    }
    if (ledger->is_busy) {
        PyErr_SetString(PyExc_RuntimeError, "a ledger is asked while it is at work");
        return NULL;
    }
    ledger->is_busy = 1;
    PyObject *result = method(ledger, args);
    ledger->is_busy = 0;
    return result;
}

static PyObject *
ledger_size(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    return PyLong_FromSize_t(ledger->known.number - ledger->files.number);
}

static PyObject *
ledger_waiting(Ledger *ledger, PyObject *const *Py_UNUSED(args))
{
    size_t rows = ledger->new_codes.rows.number + ledger->new_signatures.rows.number
        + ledger->new_footprints.rows.number;
    return PyLong_FromSize_t(ROW_BYTES * rows + HIT_BYTES * ledger->hits.number);
}

#define METHOD(name, wanted)                                                       \
    static PyObject *call_##name(PyObject *self, PyObject *const *args, Py_ssize_t number) \
    {                                                                              \
        return call(self, args, number, wanted, ledger_##name);                    \
    }

METHOD(load, 4)
METHOD(size, 0)
METHOD(waiting, 0)
METHOD(begin, 1)
METHOD(add_codes, 1)
METHOD(add_signatures, 1)
METHOD(add_footprints, 1)
METHOD(add_notes, 2)
METHOD(add_lists, 2)
METHOD(take_codes, 0)
METHOD(take_signatures, 0)
METHOD(take_footprints, 0)
METHOD(take_contexts, 0)

static void
free_new(NewRows *new)
{
    for (size_t i = 0; i < new->values.number; i++) {
        Py_XDECREF(new->values.items[i]);
    }
    free(new->values.items);
    free(new->rows.items);
}

static void
ledger_dealloc(PyObject *self)
{
    Ledger *ledger = (Ledger *)self;
    PyTypeObject *type = Py_TYPE(self);
    part_clear(&ledger->part);
    free(ledger->part.chunks.items);
    free(ledger->part.files.items);
    free(ledger->part.codes.items);
    free(ledger->part.signatures.items);
    free(ledger->part.footprints.items);
    free_new(&ledger->new_codes);
    free_new(&ledger->new_signatures);
    free_new(&ledger->new_footprints);
    free(ledger->known.places);
    free(ledger->files.items);
    free(ledger->footprints.items);
    free(ledger->hits.items);
    free(ledger->text.items);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

#define ROW(name) {#name, (PyCFunction)(void (*)(void))call_##name, METH_FASTCALL, PyDoc_STR("See ledger.Ledger.")}

static PyMethodDef ledger_methods[] = {
    ROW(load),
    ROW(size),
    ROW(waiting),
    ROW(begin),
    ROW(add_codes),
    ROW(add_signatures),
    ROW(add_footprints),
    ROW(add_notes),
    ROW(add_lists),
    ROW(take_codes),
    ROW(take_signatures),
    ROW(take_footprints),
    ROW(take_contexts),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot ledger_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("See ledger.Ledger.")},
    {Py_tp_methods, ledger_methods},
    {Py_tp_dealloc, ledger_dealloc},
    {0, NULL},
};

PyType_Spec ledger_spec = {
    .name = "minicov_lsp.store._checks.Ledger",
    .basicsize = sizeof(Ledger),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = ledger_slots,
};
