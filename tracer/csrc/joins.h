/* Where ways through one decision may meet again; its specification is minicov_tracer/jumps.py, `meetings`. */
#ifndef MINICOV_JOINS_H
#define MINICOV_JOINS_H

#include <Python.h>
#include <stdint.h>

#include "test_classes.h"

/* New tuple of byte offsets, empty where no decision needs memory, or NULL with an exception set; kinds are the flags of
 * each opcode (code_object.h). */
PyObject *joins_find(PyObject *code, const uint16_t *kinds, const TestClasses *classes);

#endif
