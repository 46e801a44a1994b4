#include "chunk.h"

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

PyObject *
chunk_files(PyObject *Py_UNUSED(module), PyObject *rows)
{
    Chunk chunk;
    PyObject *found = chunk_begin(&chunk, rows) ? PyList_New(0) : NULL;
    while (found != NULL && chunk.at < chunk.end) {
        const unsigned char *head = chunk_take(&chunk, FILE_HEAD);
        const unsigned char *path = head == NULL ? NULL : chunk_take(&chunk, number_at(head));
        const unsigned char *digest = path == NULL ? NULL : chunk_take(&chunk, number_at(head + 4));
        if (digest == NULL
            || !append(found, new_row(2, text_of(path, number_at(head)), bytes_of(digest, number_at(head + 4))))) {
            Py_CLEAR(found);
        }
    }
    return found;
}
