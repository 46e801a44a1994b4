/* The module _checks: whether rows of data files are whole. What each gives is said by its twin in Python, checks.py. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blake2b.h"

#define SIZE 8
#define KEY_SIZE 6

typedef struct {
    long long file;
    uint64_t key; /* its bytes as a number, the first the highest; NOTHING in a place that is free */
} Known;

#define NOTHING UINT64_MAX

typedef struct {
    long long old_file, file;
    uint64_t key;
} Wanted;

typedef struct {
    PyObject_HEAD
    Known *known; /* a table with open addresses, at most half full */
    size_t room, number;
    Wanted *wanted;
    size_t wanted_room, wanted_number;
} Seen;

/* Whether an object is bytes that are the digest; none of these calls can fail. */
static int
is_digest(PyObject *object, Blake2b *hash)
{
    unsigned char digest[SIZE];
    if (!PyBytes_Check(object) || (size_t)PyBytes_Size(object) != hash->size) {
        return 0;
    }
    blake2b_end(hash, digest);
    return memcmp(PyBytes_AsString(object), digest, hash->size) == 0;
}

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

static PyObject *
checks_is_whole_signature(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t number)
{
    if (number != 4) {
        PyErr_SetString(PyExc_TypeError, "is_whole_signature takes 4 arguments");
        return NULL;
    }
    PyObject *code = args[1], *bits = args[2];
    Blake2b hash;
    char told[32];
    if (!PyBytes_Check(code) || !PyBytes_Check(bits)) {
        Py_RETURN_FALSE;
    }
    blake2b_begin(&hash, KEY_SIZE);
    blake2b_add(&hash, PyBytes_AsString(code), (size_t)PyBytes_Size(code));
    blake2b_add(&hash, told, (size_t)snprintf(told, sizeof told, "%lld.", (long long)PyBytes_Size(bits)));
    blake2b_add(&hash, PyBytes_AsString(bits), (size_t)PyBytes_Size(bits));
    return PyBool_FromLong(add_text(&hash, args[3]) && is_digest(args[0], &hash));
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
            Py_RETURN_FALSE;
        }
    }
    return PyBool_FromLong(number > 1 && is_digest(args[0], &hash));
}

/* Where a key of a file is in the table, or would be. */
static Known *
place_of(const Seen *seen, long long file, uint64_t key)
{
    size_t mask = seen->room - 1;
    size_t at = (size_t)((key ^ (uint64_t)file * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> 20) & mask;
    while (seen->known[at].key != NOTHING && (seen->known[at].key != key || seen->known[at].file != file)) {
        at = (at + 1) & mask;
    }
    return &seen->known[at];
}

/* Have room for that many more; 0 where there is no memory. */
static int
make_room(Seen *seen, size_t more)
{
    size_t room = seen->room ? seen->room : 1024;
    while (room < 2 * (seen->number + more)) {
        room *= 2;
    }
    if (room != seen->room) {
        Seen larger = *seen;
        larger.known = malloc(room * sizeof *larger.known);
        if (larger.known == NULL) {
            return 0;
        }
        larger.room = room;
        memset(larger.known, 0xff, room * sizeof *larger.known);
        for (size_t i = 0; i < seen->room; i++) {
            if (seen->known[i].key != NOTHING) {
                *place_of(&larger, seen->known[i].file, seen->known[i].key) = seen->known[i];
            }
        }
        free(seen->known);
        *seen = larger;
    }
    if (seen->wanted_number + more > seen->wanted_room) {
        size_t wanted_room = 2 * (seen->wanted_number + more);
        Wanted *wanted = realloc(seen->wanted, wanted_room * sizeof *wanted);
        if (wanted == NULL) {
            return 0;
        }
        seen->wanted = wanted;
        seen->wanted_room = wanted_room;
    }
    return 1;
}

static int
note_keys(Seen *seen, long long old_file, long long file, const unsigned char *keys, size_t number)
{
    if (!make_room(seen, number)) {
        PyErr_NoMemory();
        return -1;
    }
    for (const unsigned char *at = keys, *end = keys + KEY_SIZE * number; at < end; at += KEY_SIZE) {
        uint64_t key = 0;
        for (int i = 0; i < KEY_SIZE; i++) {
            key = key << 8 | at[i];
        }
        Known *known = place_of(seen, file, key);
        if (known->key == NOTHING) {
            known->file = file;
            known->key = key;
            seen->number++;
            seen->wanted[seen->wanted_number++] = (Wanted){old_file, file, key};
        }
    }
    return 0;
}

static PyObject *
seen_add(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    if (number != 4 || !PyBytes_Check(args[3])) {
        PyErr_SetString(PyExc_TypeError, "add takes two numbers and bytes twice");
        return NULL;
    }
    long long old_file = PyLong_AsLongLong(args[0]);
    long long file = old_file == -1 && PyErr_Occurred() ? -1 : PyLong_AsLongLong(args[1]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    const char *signatures = PyBytes_AsString(args[3]);
    size_t length = (size_t)PyBytes_Size(args[3]);
    Blake2b hash;
    blake2b_begin(&hash, SIZE);
    blake2b_add(&hash, signatures, length);
    if (!is_digest(args[2], &hash)) {
        Py_RETURN_FALSE;
    }
    if (length % KEY_SIZE) {
        PyErr_Format(PyExc_ValueError, "signatures of %zu bytes", length);
        return NULL;
    }
    if (note_keys((Seen *)self, old_file, file, (const unsigned char *)signatures, length / KEY_SIZE) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}

static int
compare(const void *one, const void *other)
{
    const Wanted *a = one, *b = other;
    if (a->old_file != b->old_file) {
        return a->old_file < b->old_file ? -1 : 1;
    }
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return a->key < b->key ? -1 : a->key > b->key;
}

static PyObject *
seen_take(PyObject *self, PyObject *Py_UNUSED(none))
{
    Seen *seen = (Seen *)self;
    if (seen->wanted_number) {
        qsort(seen->wanted, seen->wanted_number, sizeof *seen->wanted, compare);
    }
    PyObject *rows = PyList_New((Py_ssize_t)seen->wanted_number);
    if (rows == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < seen->wanted_number; i++) {
        Wanted *wanted = &seen->wanted[i];
        char key[KEY_SIZE];
        for (int j = 0; j < KEY_SIZE; j++) {
            key[j] = (char)(wanted->key >> 8 * (KEY_SIZE - 1 - j));
        }
        PyObject *row = Py_BuildValue("LLy#", wanted->old_file, wanted->file, key, (Py_ssize_t)KEY_SIZE);
        if (row == NULL || PyList_SetItem(rows, (Py_ssize_t)i, row) < 0) {
            Py_DECREF(rows);
            return NULL;
        }
    }
    seen->wanted_number = 0;
    return rows;
}

static PyObject *
seen_clear(PyObject *self, PyObject *Py_UNUSED(none))
{
    Seen *seen = (Seen *)self;
    free(seen->known);
    seen->known = NULL;
    seen->room = seen->number = seen->wanted_number = 0;
    Py_RETURN_NONE;
}

static PyObject *
seen_number(PyObject *self, PyObject *Py_UNUSED(none))
{
    return PyLong_FromSize_t(((Seen *)self)->number);
}

static void
seen_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    free(((Seen *)self)->known);
    free(((Seen *)self)->wanted);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef seen_methods[] = {
    {"add", (PyCFunction)(void (*)(void))seen_add, METH_FASTCALL, PyDoc_STR("See checks.Seen.")},
    {"take", seen_take, METH_NOARGS, PyDoc_STR("See checks.Seen.")},
    {"clear", seen_clear, METH_NOARGS, PyDoc_STR("See checks.Seen.")},
    {"number", seen_number, METH_NOARGS, PyDoc_STR("See checks.Seen.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot seen_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("See checks.Seen.")},
    {Py_tp_methods, seen_methods},
    {Py_tp_dealloc, seen_dealloc},
    {0, NULL},
};

static PyType_Spec seen_spec = {
    .name = "minicov_lsp.store._checks.Seen",
    .basicsize = sizeof(Seen),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = seen_slots,
};

static int
checks_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &seen_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return failed;
}

static PyMethodDef checks_functions[] = {
    {"is_whole_signature", (PyCFunction)(void (*)(void))checks_is_whole_signature, METH_FASTCALL,
     PyDoc_STR("See checks.Checks.")},
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
    .m_doc = PyDoc_STR("Whether rows of data files are whole, in C."),
    .m_size = 0,
    .m_methods = checks_functions,
    .m_slots = checks_slots,
};

PyMODINIT_FUNC
PyInit__checks(void)
{
    return PyModuleDef_Init(&checks_def);
}
