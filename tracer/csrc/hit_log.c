#include "hit_log.h"

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
