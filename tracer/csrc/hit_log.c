#include "hit_log.h"
#include <errno.h>
#ifdef _WIN32
#include <io.h>
#define write(file, data, size) _write(file, data, (unsigned int)(size))
#else
#include <unistd.h>
#endif

int
hit_log_open(HitLog *log, PyObject *buffer)
{
    hit_log_close(log);
    if (PyObject_GetBuffer(buffer, &log->view, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    log->is_open = 1;
    if (log->view.len < HIT_LOG_ENTRIES_AT || ((uintptr_t)log->view.buf & 7) != 0) {
        PyErr_SetString(PyExc_ValueError, "a hit log needs an aligned buffer with room for its header");
        hit_log_close(log);
        return -1;
    }
    char *start = log->view.buf;
    log->count = (uint64_t *)(void *)(start + HIT_LOG_COUNT_AT);
    log->entries = (uint32_t *)(void *)(start + HIT_LOG_ENTRIES_AT);
    log->capacity = (uint64_t)(log->view.len - HIT_LOG_ENTRIES_AT) / sizeof(uint32_t);
    return 0;
}

void
hit_log_close(HitLog *log)
{
    if (log->is_open) {
        PyBuffer_Release(&log->view);
        log->is_open = 0;
    }
}

/* os.write gives other threads their turn. In the middle of the program, where it gives none of its own accord, that
 * would be a turn that it never sees without us. */
int
hit_log_write(int file, const char *data, Py_ssize_t size)
{
    while (size > 0) {
        Py_ssize_t done = write(file, data, (size_t)size);
        if (done >= 0) {
            data += done;
            size -= done;
        }
        else if (errno != EINTR) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
    }
    return 0;
}

PyObject *
hit_log_append(PyObject *Py_UNUSED(self), PyObject *arguments)
{
    int file;
    PyObject *bytes;
    char *data;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "iS", &file, &bytes) || PyBytes_AsStringAndSize(bytes, &data, &size) < 0) {
        return NULL;
    }
    return hit_log_write(file, data, size) < 0 ? NULL : Py_NewRef(Py_None);
}
