/* A code object's probe table as JSON; its specification is minicov_tracer/bytecode.py. */
#ifndef MINICOV_DESCRIBE_H
#define MINICOV_DESCRIBE_H

#include <Python.h>
#include <stdint.h>

/* What an opcode means here; minicov_tracer.opcodes.KINDS has the flags of each. */
enum {
    KIND_CONDITIONAL = 1,
    KIND_LOOP = 2,
    KIND_FORWARD = 4,
    KIND_BACKWARD = 8,
    KIND_RETURN = 16,
    KIND_RAISE = 32,
    KIND_STORE = 64,
    KIND_SILENT = 128,
    KIND_MAY_RAISE_AGAIN = 256,
    KIND_YIELD = 512,
    KIND_EXTENDED_ARG = 1024,
    KIND_ENDS_ON_STOP_ITERATION = 2048,
};

/* New str, the same as bytecode.describe; NULL with an exception set. */
PyObject *describe_code(PyObject *code, const uint16_t *kinds);

/* New (line, line) that an exception at a byte offset makes, or None; as bytecode.Flow.raised_at. NULL with an exception set. */
PyObject *describe_raise(PyObject *code, const uint16_t *kinds, long offset);

#endif
