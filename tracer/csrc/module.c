/* The module _monitoring: the core's type, and what it can tell of code objects. */

#include "core.h"
#include "describe.h"
#include "joins.h"

#include <stdlib.h>

typedef struct {
    PyTypeObject *core_type;   /* Owned */
    uint16_t kinds[256];       /* Flags of each opcode: opcodes.KINDS. */
    TestClasses classes;
} ModuleState;

static PyObject *
module_describe(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    return describe_code(code, state->kinds, &state->classes);
}

static PyObject *
module_raised_at(PyObject *module, PyObject *args)
{
    ModuleState *state = PyModule_GetState(module);
    PyObject *code;
    long offset;
    return PyArg_ParseTuple(args, "Ol:raised_at", &code, &offset) ? describe_raise(code, state->kinds, offset) : NULL;
}

static PyObject *
module_implied_outcomes(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    Implied *found;
    int32_t count = implied_outcomes(code, state->kinds, &found);
    PyObject *told = count < 0 ? NULL : PyList_New(count);
    for (int32_t i = 0; told != NULL && i < count; i++) {
        PyObject *pair = Py_BuildValue("(ii)", (int)found[i].line, (int)found[i].outcome);
        if (pair == NULL || PyList_SetItem(told, i, pair) < 0) { /* Steals pair. */
            Py_CLEAR(told);
        }
    }
    free(found);
    return told;
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
    {"meetings", module_meetings, METH_O, PyDoc_STR("Where ways through one decision may meet again.")},
    {"implied_outcomes", module_implied_outcomes, METH_O, PyDoc_STR("Which outcomes of jumps a line event tells.")},
    {"describe", module_describe, METH_O, PyDoc_STR("A code object's probe table as JSON.")},
    {"last_own_line", module_last_own_line, METH_O, PyDoc_STR("The last line of a code object's instructions, or 0.")},
    {"raised_at", module_raised_at, METH_VARARGS, PyDoc_STR("The arc that an exception at an offset makes, or None.")},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    if (read_kinds(state->kinds) < 0 || read_classes(&state->classes) < 0) {
        return -1;
    }
    state->core_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &core_spec, NULL);
    return state->core_type == NULL ? -1 : PyModule_AddType(module, state->core_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *state = PyModule_GetState(module);
    Py_VISIT(state->core_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    Py_CLEAR(state->core_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_tracer._monitoring",
    .m_doc = PyDoc_STR("The core on sys.monitoring, in C."),
    .m_size = sizeof(ModuleState),
    .m_methods = module_functions,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__monitoring(void)
{
    return PyModuleDef_Init(&module_def);
}
