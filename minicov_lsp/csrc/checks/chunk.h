/* Rows of a partial file's chunks, as chunks.py of the tracer has them: numbers are little endian. Anything may be
 * damaged. */
#ifndef MINICOV_CHUNK_H
#define MINICOV_CHUNK_H

#include <Python.h>

#include <stdint.h>

#define FILE_HEAD 8       /* sizes of path and digest */
#define CONTEXT_HEAD 4    /* size of its name */
#define CODE_HEAD 36      /* file, first line, sizes of five texts, digest */
#define CODE_TEXTS 5      /* name, Python, probes, own lines and their digest */
#define SIGNATURE_HEAD 22 /* file, code object, sizes of bits and arcs, key */
#define FOOTPRINT_HEAD 16 /* file, number of keys, digest */
#define NOTE_HEAD 28      /* context, outcome, number of footprints, time, duration */

typedef struct {
    const unsigned char *at, *end; /* Borrowed from the bytes that it was begun with. */
} Chunk;

/* 0 with TypeError where it is no bytes. */
int chunk_begin(Chunk *chunk, PyObject *rows);

/* Borrowed: what follows. NULL with ValueError where it is cut off. */
static inline const unsigned char *
chunk_take(Chunk *chunk, uint64_t size)
{
    const unsigned char *taken = chunk->at;
    if (size > (uint64_t)(chunk->end - chunk->at)) {
        PyErr_SetString(PyExc_ValueError, "a chunk of which something is cut off");
        return NULL;
    }
    chunk->at += size;
    return taken;
}

static inline uint32_t
number_at(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* New: UTF-8 as a text; NULL with an error. */
static inline PyObject *
text_of(const unsigned char *at, uint64_t size)
{
    return PyUnicode_FromStringAndSize((const char *)at, (Py_ssize_t)size);
}

/* New: bytes as they are; NULL with an error. */
static inline PyObject *
bytes_of(const unsigned char *at, uint64_t size)
{
    return PyBytes_FromStringAndSize((const char *)at, (Py_ssize_t)size);
}

/* Functions of the module; see chunk_rows.py. */
PyObject *chunk_files(PyObject *module, PyObject *rows);
PyObject *chunk_told(PyObject *module, PyObject *const *args, Py_ssize_t number);

#endif
