/* The text of a code object's probe table; its specification is minicov_tracer/bytecode.py. */
#ifndef MINICOV_DESCRIBE_H
#define MINICOV_DESCRIBE_H

#include <Python.h>
#include <stdint.h>

#include "test_classes.h"

/* New str, the same as bytecode.describe, or (before 3.12) describe_jumps; NULL with an exception set. */
PyObject *describe_code(PyObject *code, const uint16_t *kinds, const TestClasses *classes);

/* New (line, line) that an exception at a byte offset makes, or None; as bytecode.Flow.raised_at. NULL with an exception set. */
PyObject *describe_raise(PyObject *code, const uint16_t *kinds, long offset);

/* The last line that any instruction of a code object reaches to, 0 where none has a line. New reference, NULL with an
 * exception set. */
PyObject *describe_last_own_line(PyObject *code);

#endif
