/* The hit log: a memory map to which each hit is appended the moment it happens; minicov_tracer/recorder.py makes it.
 *
 *   offset  0  magic "MCHITS1\n"
 *           8  uint32 process id · 12 uint32 capacity, in entries
 *          16  uint64 start of the process, in clock ticks since boot; 0 where unknown
 *          24  uint64 count of valid entries; stored last, so a reader needs no lock
 *          64  uint32 entries: a probe's number, or 0x80000000 | a context's number
 *
 * Example: 07 00 00 80 | 2a 00 00 00 | 2b 00 00 00: context 7 began, then probes 42 and 43 were hit. */
#ifndef MINICOV_HIT_LOG_H
#define MINICOV_HIT_LOG_H

#include <Python.h>
#include <stdint.h>

typedef struct {
    Py_buffer view;        /* Owned while is_open. */
    int is_open;
    uint64_t *count;       /* Borrowed: lies in view, as do the entries. */
    uint32_t *entries;
    uint64_t capacity;
} HitLog;

enum { HIT_LOG_COUNT_AT = 24, HIT_LOG_ENTRIES_AT = 64 };

/* Opens a log in a writable buffer, made by minicov_tracer/recorder.py. 0, or -1 with an exception set. */
int hit_log_open(HitLog *log, PyObject *buffer);
void hit_log_close(HitLog *log);

/* Writes at the end of a file, and lets no other thread of Python run meanwhile. 0, or -1 with OSError set. */
int hit_log_write(int file, const char *data, Py_ssize_t size);

/* append(file, data) of both cores: writes at the end of a file, and lets no other thread of Python run meanwhile. */
PyObject *hit_log_append(PyObject *self, PyObject *arguments);

/* Appends an entry: 1, or 0 where there is no room for it. */
static inline int
hit_log_add(HitLog *log, uint32_t entry)
{
    uint64_t count = *log->count;
    if (count >= log->capacity) {
        return 0;
    }
    log->entries[count] = entry;
    __atomic_store_n(log->count, count + 1, __ATOMIC_RELEASE);
    return 1;
}

#endif
