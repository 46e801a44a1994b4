/* The core on sys.settrace for Python 3.11; its specification is python_settrace.py.
 *
 * A thread is watched by a C trace function (settrace_watcher.c), which records lines and arcs in a structure that
 * hangs on the code object (settrace_record.c). Everything here runs under the interpreter lock. */

#include "settrace_eval.h"
#include "settrace_log.h"

#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "joins.h"

typedef struct {
    PyTypeObject *core_type;    /* Owned. */
    PyTypeObject *watcher_type; /* Owned. */
    Py_ssize_t extra_index;
    uint64_t core_count;
    uint16_t kinds[256];        /* opcodes.KINDS */
    TestClasses classes;
} ModuleState;

static int
core_init(Core *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"in_scope", "maker", "counts", NULL};
    PyObject *in_scope, *maker = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|Op:Core", names, &in_scope, &maker, &self->is_counting)) {
        return -1;
    }
    if (self->in_scope != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a core is made once");
        return -1;
    }
    ModuleState *state = PyType_GetModuleState(Py_TYPE(self));
    if (state == NULL) {
        return -1;
    }
    PyObject *cores = PyImport_ImportModule("minicov_tracer.cores");
    if (cores == NULL) {
        return -1;
    }
    PyObject *hits_type = PyObject_GetAttrString(cores, "Hits");
    Py_DECREF(cores);
    if (hits_type == NULL) {
        return -1;
    }
    self->hits_type = (PyTypeObject *)hits_type;
    self->measured = PyDict_New();
    if (self->measured == NULL) {
        return -1;
    }
    self->memory = memory_new();
    if (self->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(self->kinds, state->kinds, sizeof(self->kinds));
    self->classes = state->classes;
    self->maker = maker == Py_None ? NULL : Py_NewRef(maker);
    self->in_scope = Py_NewRef(in_scope);
    self->watcher_type = (PyTypeObject *)Py_NewRef(state->watcher_type);
    self->extra_index = state->extra_index;
    self->serial = ++state->core_count;
    return 0;
}

/* threading.settrace(hook) of the threads to come, or what is set when hook is NULL.
 * New, or NULL with an exception set. */
static PyObject *
threading_trace(PyObject *hook)
{
    PyObject *threading = PyImport_ImportModule("threading");
    if (threading == NULL) {
        return NULL;
    }
    PyObject *result = hook == NULL ? PyObject_CallMethod(threading, "gettrace", NULL)
                                    : PyObject_CallMethod(threading, "settrace", "O", hook);
    Py_DECREF(threading);
    return result;
}

static PyObject *
core_start(Core *self, PyObject *Py_UNUSED(unused))
{
    if (self->is_running || self->in_scope == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a core is started once");
        return NULL;
    }
    PyObject *result = threading_trace((PyObject *)self);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    self->is_running = 1;
    self->start_thread_id = PyThreadState_GetID(PyThreadState_Get());
    Watcher *watcher = watcher_install(self);
    if (watcher == NULL) {
        self->is_running = 0;
        return NULL;
    }
    Py_DECREF(watcher);
    eval_hook(self);
    Py_RETURN_NONE;
}

static PyObject *
core_stop(Core *self, PyObject *Py_UNUSED(unused))
{
    int was_running = self->is_running;
    self->is_running = 0;
    eval_unhook(self);
    PyThreadState *thread = PyThreadState_Get();
    PyObject *current = thread->c_traceobj;
    Watcher *chained = chain_watcher(thread);
    if (chained != NULL && chained->core == self) {
        chain_end(chained, thread);
    }
    else if (current == (PyObject *)self || (current != NULL && watcher_check(current))) {
        PyEval_SetTrace(NULL, NULL);
    }
    else if (was_running && PyThreadState_GetID(thread) == self->start_thread_id) {
        PySys_WriteStderr("minicov: the program set a trace function of its own (sys.settrace); "
                          "what ran under it is not measured\n");
    }
    /* Other threads take theirs out at their next event. */
    PyObject *hook = threading_trace(NULL);
    if (hook == (PyObject *)self) {
        Py_XSETREF(hook, threading_trace(Py_None));
    }
    if (hook == NULL) {
        return NULL;
    }
    Py_DECREF(hook);
    Py_RETURN_NONE;
}

static PyObject *
core_counts(Core *self, PyObject *Py_UNUSED(unused))
{
    return core_take_counts(self);
}

/* A thread that threading.settrace gave us to: it gets its own watcher. */
static PyObject *
core_call(Core *self, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    if (!self->is_running) {
        if (PyThreadState_Get()->c_traceobj == (PyObject *)self) {
            PyEval_SetTrace(NULL, NULL);
        }
        Py_RETURN_NONE;
    }
    Watcher *watcher = watcher_install(self);
    if (watcher != NULL && watcher_tell(watcher, arguments) < 0) {
        Py_CLEAR(watcher);
    }
    return (PyObject *)watcher;
}

int
core_check(PyObject *object)
{
    return Py_TYPE(object)->tp_call == (ternaryfunc)core_call;
}

static int
core_traverse(Core *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->in_scope);
    Py_VISIT(self->measured);
    Py_VISIT(self->hits_type);
    Py_VISIT(self->watcher_type);
    Py_VISIT(self->recorder);
    Py_VISIT(self->maker);
    Py_VISIT(self->counted);
    return 0;
}

static int
core_clear(Core *self)
{
    self->is_running = 0;
    hit_log_close(&self->log);
    Py_CLEAR(self->in_scope);
    Py_CLEAR(self->measured);
    Py_CLEAR(self->recorder);
    Py_CLEAR(self->maker);
    Py_CLEAR(self->counted);
    return 0;
}

static void
core_dealloc(Core *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    core_clear(self);
    for (size_t number = 0; number < self->touched_count; number++) {
        self->touched[number]->is_touched = 0;
        Py_DECREF(self->touched[number]->code);
    }
    free(self->touched);
    memory_release(self->memory);
    Py_CLEAR(self->hits_type);
    Py_CLEAR(self->watcher_type);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef core_methods[] = {
    {"start", (PyCFunction)core_start, METH_NOARGS, "Watch all threads, those to come included; called once."},
    {"stop", (PyCFunction)core_stop, METH_NOARGS, "Watch no more; what is gathered stays until it is flushed."},
    {"flush", (PyCFunction)core_flush, METH_NOARGS, "What happened since the last flush, and a fresh start."},
    {"flush_signatures", (PyCFunction)core_flush_signatures, METH_NOARGS, "The same, by numbers."},
    {"take_counts", (PyCFunction)core_counts, METH_NOARGS,
     "How often each line of each code object ran since the last call."},
    {"record", (PyCFunction)core_record_to, METH_VARARGS, "Log each hit to a buffer from now on; None ends it."},
    {"log_context", (PyCFunction)core_log_context, METH_O, "Log that the context of this number begins."},
    {"append", hit_log_append, METH_VARARGS, "Write to a file; no other thread runs meanwhile."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot core_slots[] = {
    {Py_tp_doc, "Core(in_scope): traces every thread with a C function (PyEval_SetTrace)."},
    {Py_tp_init, core_init},
    {Py_tp_call, core_call},
    {Py_tp_methods, core_methods},
    {Py_tp_traverse, core_traverse},
    {Py_tp_clear, core_clear},
    {Py_tp_dealloc, core_dealloc},
    {0, NULL},
};

static PyType_Spec core_spec = {
    .name = "minicov_tracer._settrace.Core",
    .basicsize = sizeof(Core),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = core_slots,
};

static int
module_exec(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    if (read_kinds(state->kinds) < 0 || read_classes(&state->classes) < 0) {
        return -1;
    }
    state->extra_index = _PyEval_RequestCodeExtraIndex(shelf_free);
    if (state->extra_index < 0) {
        PyErr_SetString(PyExc_ImportError, "every place for extra data in code objects is taken");
        return -1;
    }
    state->watcher_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &watcher_spec, NULL);
    state->core_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &core_spec, NULL);
    if (state->watcher_type == NULL || state->core_type == NULL) {
        return -1;
    }
    PyObject *name = PyUnicode_FromString("settrace");
    int status = name == NULL ? -1 : PyDict_SetItemString(state->core_type->tp_dict, "name", name);
    Py_XDECREF(name);
    if (status < 0 || PyDict_SetItemString(state->core_type->tp_dict, "sees_jumps", Py_False) < 0) {
        return -1;
    }
    return PyModule_AddType(module, state->core_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *state = PyModule_GetState(module);
    Py_VISIT(state->core_type);
    Py_VISIT(state->watcher_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    Py_CLEAR(state->core_type);
    Py_CLEAR(state->watcher_type);
    return 0;
}

static PyObject *
module_describe(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    return describe_code(code, state->kinds, &state->classes);
}

static PyObject *
module_meetings(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    return joins_find(code, state->kinds, &state->classes);
}

static PyObject *
module_last_own_line(PyObject *Py_UNUSED(module), PyObject *code)
{
    return describe_last_own_line(code);
}

static PyMethodDef module_functions[] = {
    {"describe", module_describe, METH_O, "A code object's probe table as JSON, without arcs."},
    {"last_own_line", module_last_own_line, METH_O, "The last line of a code object's instructions, or 0."},
    {"meetings", module_meetings, METH_O, "Where ways through one decision may meet again."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_tracer._settrace",
    .m_doc = "The core on sys.settrace in C, for Python 3.11.",
    .m_size = sizeof(ModuleState),
    .m_methods = module_functions,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__settrace(void)
{
    return PyModuleDef_Init(&module_definition);
}
