/* Which outcomes of jumps another event tells; its specification is minicov_tracer/implied.py. */
#ifndef MINICOV_IMPLIED_H
#define MINICOV_IMPLIED_H

#include <Python.h>
#include <stdint.h>

typedef struct {
    int32_t line;     /* Whose event tells it, or -1 - the byte offset of an instruction that raises. */
    int32_t outcome;  /* 2 * the jump's number + taken */
} Implied;

/* Fills *found with a new array, sorted by line and outcome, that the caller frees. Its length, -1 with an exception set. */
int32_t implied_outcomes(PyObject *code, const uint16_t *kinds, Implied **found);

#endif
