#include "chunk.h"

#include <string.h>

#include "rows.h"

int
chunk_begin(Chunk *chunk, PyObject *rows)
{
    if (!PyBytes_Check(rows)) {
        PyErr_SetString(PyExc_TypeError, "a chunk that is no bytes");
        return 0;
    }
    chunk->at = (const unsigned char *)PyBytes_AsString(rows);
    chunk->end = chunk->at + PyBytes_Size(rows);
    return 1;
}

/* New: the next row; NULL with an error. */
typedef PyObject *(*NextRow)(Chunk *chunk);

static PyObject *
all_rows(PyObject *rows, NextRow next)
{
    Chunk chunk;
    PyObject *found = chunk_begin(&chunk, rows) ? PyList_New(0) : NULL;
    while (found != NULL && chunk.at < chunk.end) {
        if (!append(found, next(&chunk))) {
            Py_CLEAR(found);
        }
    }
    return found;
}

static PyObject *
next_file(Chunk *chunk)
{
    const unsigned char *head = chunk_take(chunk, 8);
    const unsigned char *path = head == NULL ? NULL : chunk_take(chunk, number_at(head));
    const unsigned char *digest = path == NULL ? NULL : chunk_take(chunk, number_at(head + 4));
    if (digest == NULL) {
        return NULL;
    }
    return new_row(2, text_of(path, number_at(head)), bytes_of(digest, number_at(head + 4)));
}

static PyObject *
next_context(Chunk *chunk)
{
    const unsigned char *head = chunk_take(chunk, 4);
    const unsigned char *name = head == NULL ? NULL : chunk_take(chunk, number_at(head));
    return name == NULL ? NULL : text_of(name, number_at(head));
}

static PyObject *
new_float(const unsigned char *at)
{
    uint64_t bits = number_at(at) | (uint64_t)number_at(at + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return PyFloat_FromDouble(value);
}

static PyObject *
next_note(Chunk *chunk)
{
    const unsigned char *head = chunk_take(chunk, NOTE_HEAD);
    if (head == NULL || chunk_take(chunk, 4 * (uint64_t)number_at(head + 8)) == NULL) {
        return NULL;
    }
    return new_row(4, PyLong_FromUnsignedLong(number_at(head)), PyLong_FromUnsignedLong(number_at(head + 4)),
        new_float(head + 12), new_float(head + 20));
}

PyObject *
chunk_files(PyObject *Py_UNUSED(module), PyObject *rows)
{
    return all_rows(rows, next_file);
}

PyObject *
chunk_contexts(PyObject *Py_UNUSED(module), PyObject *rows)
{
    return all_rows(rows, next_context);
}

PyObject *
chunk_notes(PyObject *Py_UNUSED(module), PyObject *rows)
{
    return all_rows(rows, next_note);
}
