/* The core on sys.monitoring (PEP 669), for Python 3.12 and later; its specification is python_monitoring.py.
 *
 * A callback finds the code object's structure, sets one bit and switches the event off at its place as soon
 * as it can teach nothing more. A flush takes the bits and switches all events on again. */

#include "core.h"
#include "counts.h"

#include <stdlib.h>
#include <string.h>

static PyObject *
core_start(Core *self, PyObject *Py_UNUSED(ignored))
{
    if (tools_take(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
core_stop(Core *self, PyObject *Py_UNUSED(ignored))
{
    if (self->tool >= 0 && tools_give_back(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
core_take_counts(Core *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *told = PyList_New(0);
    for (size_t slot = 0; told != NULL && slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL && hits->counts != NULL
            && counts_append(told, hits->code, hits->counts, hits->line_count) < 0) {
            Py_CLEAR(told);
        }
    }
    return told;
}

/* record(buffer, recorder): log to a buffer from now on, and tell the recorder of what was met before. */
static PyObject *
core_record(Core *self, PyObject *args)
{
    PyObject *buffer, *recorder;
    if (!PyArg_ParseTuple(args, "OO:record", &buffer, &recorder)) {
        return NULL;
    }
    Py_CLEAR(self->recorder);
    hit_log_close(&self->log);
    if (buffer == Py_None) {
        Py_RETURN_NONE;
    }
    if (hit_log_open(&self->log, buffer) < 0) {
        return NULL;
    }
    self->recorder = Py_NewRef(recorder);
    for (size_t slot = 0; slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL) {
            free(hits->ever_raised); /* This recorder has heard of none. */
            hits->ever_raised = NULL;
            if (core_tell(self, hits) < 0) {
                return NULL;
            }
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
core_log_context(Core *self, PyObject *number)
{
    unsigned long context = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred() || core_log(self, UINT32_C(0x80000000) | (uint32_t)context) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static int
core_init(Core *self, PyObject *args, PyObject *Py_UNUSED(keywords))
{
    PyObject *in_scope, *maker = Py_None;
    if (!PyArg_ParseTuple(args, "O|Op:Core", &in_scope, &maker, &self->is_counting)) {
        return -1;
    }
    if (self->in_scope != NULL) {
        PyErr_SetString(PyExc_TypeError, "a core is made once");
        return -1;
    }
    PyObject *cores = PyImport_ImportModule("minicov_tracer.cores");
    if (cores == NULL) {
        return -1;
    }
    self->tool = self->finder = -1;
    self->in_scope = Py_NewRef(in_scope);
    self->maker = maker == Py_None ? NULL : Py_NewRef(maker);
    self->make_hits = PyObject_GetAttrString(cores, "Hits");
    Py_DECREF(cores);
    self->measured = PyDict_New();
    self->filename_name = PyUnicode_InternFromString("co_filename");
    PyObject *monitoring = PySys_GetObject("monitoring"); /* Borrowed */
    self->monitoring = Py_XNewRef(monitoring);
    if (self->make_hits == NULL || self->measured == NULL || self->filename_name == NULL || monitoring == NULL) {
        return -1;
    }
    self->disable = PyObject_GetAttrString(monitoring, "DISABLE");
    self->set_local = PyObject_GetAttrString(monitoring, "set_local_events");
    if (self->disable == NULL || self->set_local == NULL || read_classes(&self->classes) < 0) {
        return -1;
    }
    return read_kinds(self->kinds);
}

static int
core_traverse(Core *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE((PyObject *)self));
    Py_VISIT(self->in_scope);
    Py_VISIT(self->maker);
    Py_VISIT(self->measured);
    Py_VISIT(self->make_hits);
    Py_VISIT(self->monitoring);
    Py_VISIT(self->set_local);
    Py_VISIT(self->recorder);
    return 0; /* Code objects are no containers for the collector. */
}

static int
core_clear(Core *self)
{
    Py_CLEAR(self->in_scope);
    Py_CLEAR(self->maker);
    Py_CLEAR(self->measured);
    Py_CLEAR(self->make_hits);
    Py_CLEAR(self->monitoring);
    Py_CLEAR(self->set_local);
    Py_CLEAR(self->recorder);
    hit_log_close(&self->log);
    return 0;
}

static void
core_dealloc(Core *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    PyObject_GC_UnTrack(self);
    core_clear(self);
    Py_CLEAR(self->disable);
    Py_CLEAR(self->filename_name);
    free(self->touched);
    evaluations_clear(&self->evaluations);
    table_clear(&self->table);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *
core_name(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("monitoring");
}

static PyObject *
core_sees_jumps(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_TRUE;
}

#define CALLBACK(name, function) {name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL, NULL}
static PyMethodDef core_methods[] = {
    {"start", (PyCFunction)core_start, METH_NOARGS, PyDoc_STR("Watch all threads, those to come included; called once.")},
    {"stop", (PyCFunction)core_stop, METH_NOARGS, PyDoc_STR("Watch no more; what is gathered stays until it is flushed.")},
    {"flush", (PyCFunction)core_flush, METH_NOARGS, PyDoc_STR("What happened since the last flush, and a fresh start.")},
    {"flush_signatures", (PyCFunction)core_flush_signatures, METH_NOARGS, PyDoc_STR("The same, by numbers.")},
    {"append", hit_log_append, METH_VARARGS, PyDoc_STR("Write to a file; no other thread runs meanwhile.")},
    {"let_go", (PyCFunction)core_let_go, METH_NOARGS,
     PyDoc_STR("Forget what was told by number, and code objects that nobody else holds.")},
    {"take_counts", (PyCFunction)core_take_counts, METH_NOARGS,
     PyDoc_STR("How often each line of each code object ran since the last call.")},
    {"record", (PyCFunction)core_record, METH_VARARGS, PyDoc_STR("Log each hit to a buffer from now on; None ends it.")},
    {"log_context", (PyCFunction)core_log_context, METH_O, PyDoc_STR("Log that the context of this number begins.")},
    CALLBACK("_on_find", core_on_find),
    CALLBACK("_on_start", core_on_start),
    CALLBACK("_on_line", core_on_line),
    CALLBACK("_on_branch", core_on_branch),
    CALLBACK("_on_branch_left", core_on_branch_left),
    CALLBACK("_on_branch_right", core_on_branch_right),
    CALLBACK("_on_raise", core_on_raise),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef core_attributes[] = {
    {"name", core_name, NULL, PyDoc_STR("What --core calls it."), NULL},
    {"sees_jumps", core_sees_jumps, NULL, PyDoc_STR("Whether jumps are probes of their own."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot core_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("Watches with sys.monitoring.")},
    {Py_tp_init, core_init},
    {Py_tp_traverse, core_traverse},
    {Py_tp_clear, core_clear},
    {Py_tp_dealloc, core_dealloc},
    {Py_tp_methods, core_methods},
    {Py_tp_getset, core_attributes},
    {0, NULL},
};

PyType_Spec core_spec = {
    .name = "minicov_tracer._monitoring.Core",
    .basicsize = sizeof(Core),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = core_slots,
};
