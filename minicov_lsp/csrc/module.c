/* The module _walks: the syntax tree of a text and the walks over it. What each gives is said by its twin in Python, see
   trees.py. */
#include "walks.h"

static PyObject *
module_learn(PyObject *module, PyObject *args)
{
    if (learn(PyModule_GetState(module), args) < 0) {
        return NULL;
    }
    return Py_NewRef(Py_None);   /* Not as if None lived for ever: the .so may be loaded by Python 3.11. */
}

static PyObject *
module_read(PyObject *module, PyObject *text)
{
    return read_tree(PyModule_GetState(module), text);
}

static PyMethodDef module_functions[] = {
    {"learn", module_learn, METH_VARARGS,
     PyDoc_STR("Learn what Python has to say: __debug__, constant_in, the words for arcs (why one is missing, where it "
               "goes), who mends jumps out of `with`, (Span, Region, Condition, Decision, Header), the classes of found decisions. To be "
               "called once, before all else.")},
    {"read", module_read, METH_O, PyDoc_STR("The tree of a text that the compiler took, None if it is not understood.")},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    Learned *learned = PyModule_GetState(module);
    learned->tree_type = new_tree_type(module);
    return learned->tree_type == NULL ? -1 : PyModule_AddObjectRef(module, "Tree", learned->tree_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    return learned_traverse(PyModule_GetState(module), visit, arg);
}

static int
module_clear(PyObject *module)
{
    learned_clear(PyModule_GetState(module));
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_lsp.source._walks",
    .m_doc = PyDoc_STR("Syntax trees and walks over them, in C."),
    .m_size = sizeof(Learned),
    .m_methods = module_functions,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__walks(void)
{
    return PyModuleDef_Init(&module_def);
}
