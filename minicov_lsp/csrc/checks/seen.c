/* The class Seen of the module _checks; its specification is its twin in Python, checks.py. */
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "checks.h"

#define FIRST 35
#define SURROGATES 0xd800
#define SURROGATES_END 0xe000
#define NO_CHARACTER 0x110000

typedef struct {
    long long file;
    uint64_t key; /* its bytes as a number, the first the highest; LAST for the file; NOTHING in a place that is free */
    uint32_t number; /* of LAST the largest that the file has */
} Known;

#define NOTHING UINT64_MAX
#define LAST (UINT64_MAX - 1)

typedef struct {
    long long old_file, file;
    uint64_t key;
    uint32_t number;
} Wanted;

typedef struct {
    PyObject_HEAD
    Known *known; /* a table with open addresses, at most half full */
    size_t room, number, files; /* of the number so many are no keys but LAST */
    Wanted *wanted;
    size_t wanted_room, wanted_number;
} Seen;

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

static uint64_t
key_at(const unsigned char *at)
{
    uint64_t key = 0;
    for (int i = 0; i < KEY_SIZE; i++) {
        key = key << 8 | at[i];
    }
    return key;
}

/* Where a key of a file is, which is put there if need be; there is room. */
static Known *
put(Seen *seen, long long file, uint64_t key, uint32_t number)
{
    Known *known = place_of(seen, file, key);
    if (known->key == NOTHING) {
        *known = (Known){file, key, number};
        seen->number++;
        seen->files += key == LAST;
    }
    return known;
}

static int
note_keys(Seen *seen, long long old_file, long long file, const unsigned char *keys, size_t number)
{
    if (!make_room(seen, number + 1)) {
        PyErr_NoMemory();
        return -1;
    }
    Known *last = put(seen, file, LAST, FIRST - 1);
    for (const unsigned char *at = keys, *end = keys + KEY_SIZE * number; at < end; at += KEY_SIZE) {
        uint64_t key = key_at(at);
        if (place_of(seen, file, key)->key == NOTHING) {
            last->number = last->number + 1 == SURROGATES ? SURROGATES_END : last->number + 1;
            if (last->number >= NO_CHARACTER) {
                PyErr_SetString(PyExc_OverflowError, "a file has too many signatures");
                return -1;
            }
            put(seen, file, key, last->number);
            seen->wanted[seen->wanted_number++] = (Wanted){old_file, file, key, last->number};
        }
    }
    return 0;
}

static PyObject *
seen_load(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    if (number != 3 || !PyBytes_Check(args[1]) || PyBytes_Size(args[1]) != KEY_SIZE) {
        PyErr_SetString(PyExc_TypeError, "load takes a number, a key and a number");
        return NULL;
    }
    long long file = PyLong_AsLongLong(args[0]);
    long long character = PyErr_Occurred() ? -1 : PyLong_AsLongLong(args[2]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (character < FIRST || character >= NO_CHARACTER) {
        PyErr_SetString(PyExc_ValueError, "no number of a signature");
        return NULL;
    }
    if (!make_room((Seen *)self, 2)) {
        return PyErr_NoMemory();
    }
    put((Seen *)self, file, key_at((const unsigned char *)PyBytes_AsString(args[1])), (uint32_t)character);
    Known *last = put((Seen *)self, file, LAST, (uint32_t)character);
    last->number = last->number < character ? (uint32_t)character : last->number;
    return Py_NewRef(Py_None);
}

/* Write a character of UTF-8; how many bytes that took. */
static size_t
write_character(char *text, uint32_t point)
{
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    text[0] = (char)((0xf0 << (4 - length) & 0xff) | point);
    return length;
}

static PyObject *
seen_characters(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    if (number != 2 || !PyBytes_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "characters takes a number and bytes");
        return NULL;
    }
    long long file = PyLong_AsLongLong(args[0]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    const unsigned char *keys = (const unsigned char *)PyBytes_AsString(args[1]);
    size_t count = (size_t)PyBytes_Size(args[1]) / KEY_SIZE, length = 0;
    char *text = malloc(4 * count + 1);
    if (text == NULL || !make_room((Seen *)self, 1)) {
        free(text);
        return PyErr_NoMemory();
    }
    for (size_t i = 0; i < count; i++) {
        Known *known = place_of((Seen *)self, file, key_at(keys + KEY_SIZE * i));
        length += known->key == NOTHING ? 0 : write_character(text + length, known->number);
    }
    PyObject *characters = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
    free(text);
    return characters;
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
        return PyBool_FromLong(0);
    }
    if (length % KEY_SIZE) {
        PyErr_Format(PyExc_ValueError, "signatures of %zu bytes", length);
        return NULL;
    }
    if (note_keys((Seen *)self, old_file, file, (const unsigned char *)signatures, length / KEY_SIZE) < 0) {
        return NULL;
    }
    return PyBool_FromLong(1);
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
        /* Not "y#": what one Python makes of that to be linked to, another of those that load this module lacks. */
        PyObject *told = PyBytes_FromStringAndSize(key, KEY_SIZE);
        PyObject *row = told == NULL ? NULL
            : Py_BuildValue("LLNI", wanted->old_file, wanted->file, told, (unsigned int)wanted->number);
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
    seen->room = seen->number = seen->files = seen->wanted_number = 0;
    return Py_NewRef(Py_None);
}

static PyObject *
seen_number(PyObject *self, PyObject *Py_UNUSED(none))
{
    return PyLong_FromSize_t(((Seen *)self)->number - ((Seen *)self)->files);
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
    {"load", (PyCFunction)(void (*)(void))seen_load, METH_FASTCALL, PyDoc_STR("See checks.Seen.")},
    {"characters", (PyCFunction)(void (*)(void))seen_characters, METH_FASTCALL, PyDoc_STR("See checks.Seen.")},
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

PyType_Spec seen_spec = {
    .name = "minicov_lsp.store._checks.Seen",
    .basicsize = sizeof(Seen),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = seen_slots,
};
