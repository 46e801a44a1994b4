/* The walk that finds decisions and counts ways: what it remembers, and how a decision is understood. */
#ifndef MINICOV_DECIDING_H
#define MINICOV_DECIDING_H

#include "tree.h"

/* What is known of the outcome of an operand or a subtree. */
typedef enum { FAILED = -2, UNKNOWN = -1, ALWAYS_FALSE = 0, ALWAYS_TRUE = 1 } Outcome;

typedef struct {
    const Grammar *grammar;
    Waiting waiting;         /* Of the definition at hand. */
    Waiting apart;           /* Type parameters: they count for no definition. */
    Waiting definitions;     /* Those that were not gone into yet. */
    Py_ssize_t ways;         /* Of the definition at hand, so far. */
    Place *conditions;       /* Owned: of the decisions at hand, those of an inner one last. */
    Py_ssize_t count, room;
    PyObject *decisions;     /* Owned: a list of model.Decision. */
    PyObject *complexities;  /* Owned: a dict, {definition: its number}. */
} Walk;

/* A test, or a value that is a decision: it is noted, and what is known of its outcome given. */
Outcome decision(Walk *walk, const char *kind, PyObject *node, int is_tested);

#endif
