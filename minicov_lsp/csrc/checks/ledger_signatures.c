/* The class Ledger: rows of signatures that are new. */
#include <stdio.h>
#include <stdlib.h>

#include "ledger.h"
#include "rows.h"

typedef struct {
    uint64_t key;
    int64_t id;
    uint32_t code; /* its number */
    PyObject *key_bytes, *bits, *arcs; /* Owned. */
} Signature;

typedef struct {
    Ledger *ledger;
    uint32_t file; /* its place */
    ARRAY(Signature) found;
} Signatures;

/* Whether a row of `signature` (key, bits, arcs, …, code object's digest) is what its key says; 0 with an error. */
static int
is_whole(PyObject *const *row)
{
    Blake2b hash;
    char told[32];
    Py_ssize_t length;
    const char *arcs = PyUnicode_Check(row[2]) ? PyUnicode_AsUTF8AndSize(row[2], &length) : NULL;
    if (arcs != NULL && PyBytes_Check(row[1])) {
        blake2b_begin(&hash, KEY_SIZE);
        blake2b_add(&hash, PyBytes_AsString(row[4]), SIZE);
        blake2b_add(&hash, told, (size_t)snprintf(told, sizeof told, "%lld.", (long long)PyBytes_Size(row[1])));
        blake2b_add(&hash, PyBytes_AsString(row[1]), (size_t)PyBytes_Size(row[1]));
        blake2b_add(&hash, arcs, (size_t)length);
        if (is_digest(row[0], &hash)) {
            return 1;
        }
    }
    PyErr_SetString(PyExc_ValueError, "a row of table signature is not what its key says");
    return 0;
}

/* Find the number of a code object, which gets one if need be; 0 with an error. */
static int
code_number(Signatures *signatures, int64_t there, uint64_t digest, uint32_t *number)
{
    Ledger *ledger = signatures->ledger;
    if (!known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->new_codes, 1)) {
        return 0;
    }
    File *file = &ledger->files.items[signatures->file];
    Known *known = known_place(&ledger->known, digest, OF(signatures->file, CODE));
    if (known->of == 0) {
        if (file->last_code >= MOST_OF_A_FILE) {
            PyErr_SetString(PyExc_OverflowError, "a file has too many code objects");
            return 0;
        }
        *known = (Known){digest, OF(signatures->file, CODE), ++file->last_code};
        ledger->known.number++;
        ledger->new_codes.items[ledger->new_codes.number++] =
            (NewCode){there, file->id << FILE_SHIFT | known->number};
    }
    *number = known->number;
    return 1;
}

static int
add_signature(void *taker, PyObject *const *row)
{
    Signatures *signatures = taker;
    Ledger *ledger = signatures->ledger;
    uint64_t key, digest;
    int64_t there;
    uint32_t code;
    if (!read_key(row[0], KEY_SIZE, &key) || !read_number(row[3], &there) || !read_key(row[4], SIZE, &digest)
        || !is_whole(row) || !code_number(signatures, there, digest, &code) || !MAKE_ROOM(&signatures->found, 1)) {
        return 0;
    }
    Known *known = known_place(&ledger->known, key, OF(signatures->file, SIGNATURE));
    if (known->of == 0) {
        PyErr_SetString(PyExc_ValueError, "a row of table signature is of no footprint");
        return 0;
    }
    int64_t id = ledger->files.items[signatures->file].id << FILE_SHIFT | known->number;
    signatures->found.items[signatures->found.number++] =
        (Signature){key, id, code, Py_NewRef(row[0]), Py_NewRef(row[1]), Py_NewRef(row[2])};
    return 1;
}

static int
compare(const void *one, const void *other)
{
    const Signature *a = one, *b = other;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : a->key < b->key ? -1 : a->key > b->key;
}

/* New: the rows that were found, in order; NULL with an error. */
static PyObject *
in_order(Signature *found, size_t number)
{
    PyObject *rows = PyList_New((Py_ssize_t)number);
    if (number) {
        qsort(found, number, sizeof *found, compare);
    }
    for (size_t i = 0; i < number && rows != NULL; i++) {
        Signature *one = &found[i];
        PyObject *row = new_row(5, PyLong_FromLongLong(one->id), Py_NewRef(one->key_bytes), Py_NewRef(one->bits),
            Py_NewRef(one->arcs), PyLong_FromUnsignedLong(one->code));
        if (row == NULL || PyList_SetItem(rows, (Py_ssize_t)i, row) < 0) {
            Py_CLEAR(rows);
        }
    }
    return rows;
}

PyObject *
ledger_add_signatures(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    Signatures signatures = {(Ledger *)self, 0, {NULL, 0, 0}};
    PyObject *rows = NULL;
    if (number != 2) {
        PyErr_SetString(PyExc_TypeError, "add_signatures takes a file and an iterable");
        return NULL;
    }
    if (ledger_known_file(signatures.ledger, args[0], &signatures.file)
        && rows_take(args[1], 5, add_signature, &signatures)) {
        rows = in_order(signatures.found.items, signatures.found.number);
    }
    for (size_t i = 0; i < signatures.found.number; i++) {
        Py_DECREF(signatures.found.items[i].key_bytes);
        Py_DECREF(signatures.found.items[i].bits);
        Py_DECREF(signatures.found.items[i].arcs);
    }
    free(signatures.found.items);
    return rows;
}
