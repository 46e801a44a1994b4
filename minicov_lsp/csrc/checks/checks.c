/* The module _checks: the ledger of a data file, and whether a row is whole, as ledger.py and checks.py say it. */
#include <Python.h>

#include <stdio.h>

#include "checks.h"

/* Add a text in UTF-8; 0 where it is none. */
static int
add_text(Blake2b *hash, PyObject *object)
{
    Py_ssize_t length;
    const char *text = PyUnicode_Check(object) ? PyUnicode_AsUTF8AndSize(object, &length) : NULL;
    if (text == NULL) {
        PyErr_Clear();
        return 0;
    }
    blake2b_add(hash, text, (size_t)length);
    return 1;
}

/* Add a column of a code object's row and what ends it: bytes have no end, for only the last column has them. */
static int
add_column(Blake2b *hash, PyObject *column)
{
    if (PyBytes_Check(column)) {
        blake2b_add(hash, PyBytes_AsString(column), (size_t)PyBytes_Size(column));
        return 1;
    }
    if (PyLong_Check(column)) {
        char told[32];
        long long value = PyLong_AsLongLong(column);
        if (value == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            return 0;
        }
        blake2b_add(hash, told, (size_t)snprintf(told, sizeof told, "%lld", value));
    }
    else if (!add_text(hash, column)) {
        return 0;
    }
    blake2b_add(hash, "", 1);
    return 1;
}

static PyObject *
checks_is_whole_code(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t number)
{
    Blake2b hash;
    blake2b_begin(&hash, SIZE);
    for (Py_ssize_t i = 1; i < number; i++) {
        if (PyBytes_Check(args[i]) != (i == number - 1) || !add_column(&hash, args[i])) {
            return PyBool_FromLong(0);
        }
    }
    return PyBool_FromLong(number > 1 && is_digest(args[0], &hash));
}

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
    {"is_whole_code", (PyCFunction)(void (*)(void))checks_is_whole_code, METH_FASTCALL,
     PyDoc_STR("See checks.Checks.")},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot checks_slots[] = {
    {Py_mod_exec, checks_exec},
    {0, NULL},
};

static struct PyModuleDef checks_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_lsp.store._checks",
    .m_doc = PyDoc_STR("The ledger of a data file, and whether a row is whole, in C."),
    .m_size = 0,
    .m_methods = checks_functions,
    .m_slots = checks_slots,
};

PyMODINIT_FUNC
PyInit__checks(void)
{
    return PyModuleDef_Init(&checks_def);
}
