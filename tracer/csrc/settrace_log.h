/* The hit log of the core on sys.settrace: probes and arcs have numbers in it, which the recorder is told of. */
#ifndef MINICOV_SETTRACE_LOG_H
#define MINICOV_SETTRACE_LOG_H

#include "settrace_core.h"

/* record(buffer, recorder): log to a buffer from now on; None ends it. New reference, or NULL with an exception set. */
PyObject *core_record_to(Core *core, PyObject *arguments);

/* log_context(number). New reference, or NULL with an exception set. */
PyObject *core_log_context(Core *core, PyObject *number);

/* Log what is seen first since the last flush; where no log is open nothing happens. They may run Python code: the
 * recorder. 0, or -1 with an exception set. */
int core_log_new_probe(Core *core, CodeRecord *record, uint32_t probe);
int core_log_new_arc(Core *core, CodeRecord *record, uint32_t arc);

static inline int
core_log_probe(Core *core, CodeRecord *record, uint32_t probe)
{
    return core->log.is_open ? core_log_new_probe(core, record, probe) : 0;
}

static inline int
core_log_arc(Core *core, CodeRecord *record, uint32_t arc)
{
    return core->log.is_open ? core_log_new_arc(core, record, arc) : 0;
}

#endif
