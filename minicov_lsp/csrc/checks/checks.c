/* The module _checks: the ledger of a data file, and rows of chunks, as ledger.py and chunk_rows.py say it. */
#include <Python.h>

#include "checks.h"
#include "chunk.h"

static int
checks_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &ledger_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return failed;
}

static PyMethodDef checks_functions[] = {
    {"files", chunk_files, METH_O, PyDoc_STR("See checks.Checks.")},
    {"told", (PyCFunction)(void (*)(void))chunk_told, METH_FASTCALL, PyDoc_STR("See checks.Checks.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot checks_slots[] = {
    {Py_mod_exec, checks_exec},
    {0, NULL},
};

static struct PyModuleDef checks_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_lsp.store._checks",
    .m_doc = PyDoc_STR("The ledger of a data file, and rows of chunks, in C."),
    .m_size = 0,
    .m_methods = checks_functions,
    .m_slots = checks_slots,
};

PyMODINIT_FUNC
PyInit__checks(void)
{
    return PyModuleDef_Init(&checks_def);
}
