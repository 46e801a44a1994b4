/* The module _walks: walks over syntax trees. What each gives is said by its twin in Python, see walks.py. */
#include "arcs.h"

static PyObject *
module_learn(PyObject *module, PyObject *args)
{
    if (grammar_learn(PyModule_GetState(module), args) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
module_suites(PyObject *module, PyObject *tree)
{
    return suites_of(PyModule_GetState(module), tree);
}

static PyObject *
module_spread(PyObject *module, PyObject *args)
{
    PyObject *nodes, *lines;
    return PyArg_ParseTuple(args, "O!O:spread", &PyList_Type, &nodes, &lines)
        ? spread_of(PyModule_GetState(module), nodes, lines)
        : NULL;
}

static PyObject *
module_topmost(PyObject *module, PyObject *nodes)
{
    return topmost_of(PyModule_GetState(module), nodes);
}

static PyObject *
module_parts(PyObject *module, PyObject *args)
{
    PyObject *tree, *code_lines;
    return PyArg_ParseTuple(args, "OO:parts", &tree, &code_lines)
        ? parts_of(PyModule_GetState(module), tree, code_lines)
        : NULL;
}

static PyObject *
module_learn_arcs(PyObject *module, PyObject *args)
{
    if (grammar_learn_arcs(PyModule_GetState(module), args) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
module_following(PyObject *module, PyObject *args)
{
    return following_of(PyModule_GetState(module), args);
}

static PyObject *
module_choosing(PyObject *module, PyObject *args)
{
    return choosing_of(PyModule_GetState(module), args);
}

static PyMethodDef module_functions[] = {
    {"learn", module_learn, METH_VARARGS,
     PyDoc_STR("Learn the classes of nodes: {class: fields that hold nodes}, {class: fields that hold statements}, the "
               "set of bare ones, the class of statements, {name: its truth}, literals.constant, (Span, Region, Condition, "
               "Decision). To be called once, before all else.")},
    {"learn_arcs", module_learn_arcs, METH_VARARGS,
     PyDoc_STR("Learn the words for arcs: why one is missing, where it goes; and who mends jumps out of `with`. To be "
               "called once, after `learn`.")},
    {"suites", module_suites, METH_O, PyDoc_STR("See walks.Walks.")},
    {"spread", module_spread, METH_VARARGS, PyDoc_STR("See walks.Walks.")},
    {"topmost", module_topmost, METH_O, PyDoc_STR("See walks.Walks.")},
    {"parts", module_parts, METH_VARARGS, PyDoc_STR("See walks.Walks.")},
    {"following", module_following, METH_VARARGS, PyDoc_STR("See walks.Walks.")},
    {"choosing", module_choosing, METH_VARARGS, PyDoc_STR("See walks.Walks.")},
    {NULL, NULL, 0, NULL},
};

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    return grammar_traverse(PyModule_GetState(module), visit, arg);
}

static int
module_clear(PyObject *module)
{
    grammar_clear(PyModule_GetState(module));
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_lsp.source._walks",
    .m_doc = PyDoc_STR("Walks over syntax trees, in C."),
    .m_size = sizeof(Grammar),
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
