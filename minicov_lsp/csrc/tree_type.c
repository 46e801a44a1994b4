/* The type Tree: the syntax tree of a text, with the walks over it. */
#include "walks.h"

typedef struct {
    PyObject_HEAD
    PyObject *text;   /* Owned: it keeps the UTF-8 that the tree points into. */
    Tree tree;
} TreeObject;

static const Tree *
tree_in(PyObject *self)
{
    return &((TreeObject *)self)->tree;
}

static const Learned *
learned_by(PyObject *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

static PyObject *
tree_is_empty(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(tree_in(self)->module->first == NULL);
}

static PyObject *
tree_extents(PyObject *self, PyObject *lines)
{
    return extents_of(tree_in(self), lines);
}

static PyObject *
tree_docstring_lines(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    return docstring_lines_of(tree_in(self));
}

static PyObject *
tree_statements_at(PyObject *self, PyObject *args)
{
    return statements_at(tree_in(self), args);
}

static PyObject *
tree_with_definitions(PyObject *self, PyObject *args)
{
    return with_definitions(tree_in(self), args);
}

static PyObject *
tree_following(PyObject *self, PyObject *args)
{
    return following_of(learned_by(self), tree_in(self), args);
}

static PyObject *
tree_choosing(PyObject *self, PyObject *args)
{
    return choosing_of(tree_in(self), args);
}

static PyObject *
tree_parts(PyObject *self, PyObject *code_lines)
{
    return parts_of(learned_by(self), tree_in(self), code_lines);
}

static PyObject *
tree_decisions(PyObject *self, PyObject *args)
{
    PyObject *lines = Py_None;
    if (!PyArg_ParseTuple(args, "|O:decisions", &lines)) {
        return NULL;
    }
    return decisions_of(learned_by(self), tree_in(self), lines);
}

static PyObject *
tree_rows(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    return rows_of(tree_in(self));
}

static PyMethodDef tree_methods[] = {
    {"extents", tree_extents, METH_O, PyDoc_STR("See trees.Tree.")},
    {"docstring_lines", tree_docstring_lines, METH_NOARGS, PyDoc_STR("See trees.Tree.")},
    {"statements_at", tree_statements_at, METH_VARARGS, PyDoc_STR("See trees.Tree.")},
    {"with_definitions", tree_with_definitions, METH_VARARGS, PyDoc_STR("See trees.Tree.")},
    {"following", tree_following, METH_VARARGS, PyDoc_STR("See trees.Tree.")},
    {"choosing", tree_choosing, METH_VARARGS, PyDoc_STR("See trees.Tree.")},
    {"parts", tree_parts, METH_O, PyDoc_STR("See trees.Tree.")},
    {"decisions", tree_decisions, METH_VARARGS, PyDoc_STR("See trees.Tree.")},
    {"rows", tree_rows, METH_NOARGS, PyDoc_STR("For tests: the nodes, see walks.h.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef tree_attributes[] = {
    {"is_empty", tree_is_empty, NULL, PyDoc_STR("See trees.Tree."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static void
tree_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    TreeObject *object = (TreeObject *)self;
    tree_clear(&object->tree);
    Py_XDECREF(object->text);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyType_Slot tree_slots[] = {
    {Py_tp_methods, tree_methods},
    {Py_tp_getset, tree_attributes},
    {Py_tp_dealloc, tree_dealloc},
    {0, NULL},
};

static PyType_Spec tree_spec = {
    .name = "minicov_lsp.source._walks.Tree",
    .basicsize = sizeof(TreeObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = tree_slots,
};

PyObject *
new_tree_type(PyObject *module)
{
    return PyType_FromModuleAndSpec(module, &tree_spec, NULL);
}

PyObject *
read_tree(const Learned *learned, PyObject *text)
{
    PyTypeObject *type = (PyTypeObject *)learned->tree_type;
    if (learned->constant == NULL) {
        PyErr_SetString(PyExc_ValueError, "what Python has to say is to be learned first");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    TreeObject *object = (TreeObject *)allocate(type, 0);
    if (object == NULL) {
        return NULL;
    }
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    object->text = Py_NewRef(text);
    int is_read = bytes == NULL ? -1 : tree_read(&object->tree, bytes, size);
    if (is_read <= 0 || tree_list_suites(&object->tree) < 0 || tree_list_lines(&object->tree) < 0) {
        Py_DECREF(object);
        return is_read == 0 ? Py_NewRef(Py_None) : NULL;
    }
    return (PyObject *)object;
}
