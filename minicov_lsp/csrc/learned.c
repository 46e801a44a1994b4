/* What the module was told at import, and what it makes for Python. */
#include "arcs.h"

#include <string.h>

/* New: for each class of what is found that is frozen the names of its fields, in order, which dataclasses tell as what
   they match by. NULL with an exception where there are others. */
static PyObject *
fields_of_found(PyObject *classes)
{
    static const int sizes[FOUND_POINT] = {8, 1, 0, 1, 2, 3, 6};
    PyObject *fields = PyTuple_New(FOUND_POINT);
    int is_whole = fields != NULL && PyTuple_Size(classes) == FOUND_NAMES;
    for (int i = 0; is_whole && i < FOUND_NAMES; i++) {
        PyObject *class = PyTuple_GetItem(classes, i);
        is_whole = PyType_Check(class);
        if (is_whole && i < FOUND_POINT) {
            PyObject *names = PyObject_GetAttrString(class, "__match_args__");
            is_whole = names != NULL && PyTuple_Check(names) && PyTuple_Size(names) == sizes[i];
            PyTuple_SetItem(fields, i, names);   /* It takes it over. */
        }
    }
    if (!is_whole) {
        Py_CLEAR(fields);
        PyErr_SetString(PyExc_ValueError, "not the classes of what is found");
    }
    return fields;
}

/* New: a tuple of a tuple that has room for some values. */
static PyObject *
new_arguments(Py_ssize_t size)
{
    PyObject *values = PyTuple_New(size), *arguments = values == NULL ? NULL : PyTuple_Pack(1, values);
    Py_XDECREF(values);
    return arguments;
}

int
learn(Learned *learned, PyObject *args)
{
    PyObject *constant, *whys, *destinations, *mending, *records[RECORD_NAMES], *found;
    int is_debug;
    if (!PyArg_ParseTuple(args, "pOO!O!O(O!O!O!O!O!)O!:learn", &is_debug, &constant, &PyTuple_Type, &whys,
                          &PyTuple_Type, &destinations, &mending, &PyType_Type, &records[0], &PyType_Type, &records[1],
                          &PyType_Type, &records[2], &PyType_Type, &records[3], &PyType_Type, &records[4],
                          &PyTuple_Type, &found)) {
        return -1;
    }
    if (PyTuple_Size(whys) != WHYS || PyTuple_Size(destinations) != DESTINATIONS) {
        PyErr_SetString(PyExc_ValueError, "not the words for arcs");
        return -1;
    }
    PyObject *found_fields = fields_of_found(found);
    if (found_fields == NULL) {
        return -1;
    }
    PyObject *tree_type = Py_XNewRef(learned->tree_type);
    learned_clear(learned);
    learned->tree_type = tree_type;
    learned->is_debug = is_debug;
    learned->constant = Py_NewRef(constant);
    learned->whys = Py_NewRef(whys);
    learned->destinations = Py_NewRef(destinations);
    learned->mending = Py_NewRef(mending);
    learned->new_tuple = (newfunc)PyType_GetSlot(&PyTuple_Type, Py_tp_new);
    for (int i = 0; i < RECORD_NAMES; i++) {
        learned->records[i] = Py_NewRef(records[i]);
    }
    learned->found = Py_NewRef(found);
    learned->found_fields = found_fields;
    for (Py_ssize_t size = 0; size <= MOST_VALUES; size++) {
        learned->arguments[size] = new_arguments(size);
        if (learned->arguments[size] == NULL) {
            return -1;
        }
    }
    return 0;
}

int
learned_traverse(Learned *learned, visitproc visit, void *arg)
{
    Py_VISIT(learned->constant);
    Py_VISIT(learned->whys);
    Py_VISIT(learned->destinations);
    Py_VISIT(learned->mending);
    Py_VISIT(learned->found);
    Py_VISIT(learned->found_fields);
    Py_VISIT(learned->tree_type);
    for (int i = 0; i < RECORD_NAMES; i++) {
        Py_VISIT(learned->records[i]);
    }
    for (Py_ssize_t size = 0; size <= MOST_VALUES; size++) {
        Py_VISIT(learned->arguments[size]);
    }
    return 0;
}

void
learned_clear(Learned *learned)
{
    Py_CLEAR(learned->constant);
    Py_CLEAR(learned->whys);
    Py_CLEAR(learned->destinations);
    Py_CLEAR(learned->mending);
    Py_CLEAR(learned->found);
    Py_CLEAR(learned->found_fields);
    Py_CLEAR(learned->tree_type);
    for (int i = 0; i < RECORD_NAMES; i++) {
        Py_CLEAR(learned->records[i]);
    }
    for (Py_ssize_t size = 0; size <= MOST_VALUES; size++) {
        Py_CLEAR(learned->arguments[size]);
    }
    memset(learned, 0, sizeof *learned);
}

/* A named tuple of a class; see new_record. */
static PyObject *
new_tuple(const Learned *learned, PyObject *class, Py_ssize_t size, PyObject *const *values)
{
    /* The tuples are the same each time: to make them takes as long as the named one. They are in use where the garbage
       that is collected meanwhile has code to run. */
    PyObject *arguments = learned->arguments[size];
    int is_in_use = Py_REFCNT(PyTuple_GetItem(arguments, 0)) > 1;
    arguments = is_in_use ? new_arguments(size) : Py_NewRef(arguments);
    PyObject *tuple = arguments == NULL ? NULL : PyTuple_GetItem(arguments, 0);
    int is_whole = tuple != NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        if (values[i] == NULL || tuple == NULL) {
            is_whole = 0;
            Py_XDECREF(values[i]);
        } else {
            PyTuple_SetItem(tuple, i, values[i]);   /* It takes it over. */
        }
    }
    PyObject *record = is_whole ? learned->new_tuple((PyTypeObject *)class, arguments, NULL) : NULL;
    Py_XDECREF(arguments);
    return record;
}

PyObject *
new_record(const Learned *learned, RecordName name, Py_ssize_t size, PyObject *const *values)
{
    return new_tuple(learned, learned->records[name], size, values);
}

PyObject *
new_found_tuple(const Learned *learned, FoundName name, Py_ssize_t size, PyObject *const *values)
{
    return new_tuple(learned, PyTuple_GetItem(learned->found, name), size, values);
}

PyObject *
new_span(const Learned *learned, Place place)
{
    PyObject *values[] = {
        PyLong_FromLong(place.line), PyLong_FromLong(place.column), PyLong_FromLong(place.end_line),
        PyLong_FromLong(place.end_column)};
    return new_record(learned, RECORD_SPAN, 4, values);
}

PyObject *
new_name(const Node *node)
{
    PyObject *name = PyUnicode_FromStringAndSize(node->name, node->name_size);
    int is_ascii = 1;
    for (int i = 0; i < node->name_size; i++) {
        is_ascii &= (unsigned char)node->name[i] < 128;
    }
    if (name == NULL || is_ascii) {
        return name;
    }
    PyObject *unicodedata = PyImport_ImportModule("unicodedata");   /* Names that look alike are the same. */
    PyObject *normal = unicodedata == NULL ? NULL : PyObject_CallMethod(unicodedata, "normalize", "sO", "NFKC", name);
    Py_XDECREF(unicodedata);
    Py_DECREF(name);
    return normal;
}
