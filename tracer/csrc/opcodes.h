/* What minicov_tracer/opcodes.py says of this Python's opcodes. */
#ifndef MINICOV_OPCODES_H
#define MINICOV_OPCODES_H

#include <Python.h>
#include <stdint.h>

#include "test_classes.h"

/* Copies KINDS, 256 numbers. 0, -1 with an exception set. */
int read_kinds(uint16_t *kinds);

/* Copies CLASSES, THREADS_JUMPS and LOSES_PLACES. 0, -1 with an exception set. */
int read_classes(TestClasses *classes);

#endif
