/* The walk that finds decisions and regions and counts ways: what it remembers, and how its parts are understood. */
#ifndef MINICOV_DECIDING_H
#define MINICOV_DECIDING_H

#include "tree.h"

/* What is known of the outcome of an operand or a subtree. */
typedef enum { FAILED = -2, UNKNOWN = -1, ALWAYS_FALSE = 0, ALWAYS_TRUE = 1 } Outcome;

typedef struct {
    const Grammar *grammar;
    Waiting waiting;         /* Of the definition at hand; `is_kept` is said of the node at hand. */
    Waiting apart;           /* Type parameters: they count for no definition, nor have regions. */
    Waiting definitions;     /* Those that were not gone into yet. */
    Py_ssize_t ways;         /* Of the definition at hand, so far. */
    uint8_t *has_code;       /* Owned: for each line from 0 whether the compiler kept some of it. */
    long lines;
    Place *conditions;       /* Owned: of the decisions at hand, those of an inner one last. */
    Py_ssize_t count, room;
    PyObject *decisions;     /* Owned: a list of model.Decision. */
    PyObject *complexities;  /* Owned: a dict, {definition: its number}. */
    PyObject *regions;       /* Owned: a list of model.Region. */
} Walk;

/* A test, or a value that is a decision: it is noted, and what is known of its outcome given. */
Outcome decision(Walk *walk, const char *kind, PyObject *node, int is_tested);

/* Which lines the compiler kept, from a set of them. -1 with an exception. */
int read_lines(Walk *walk, PyObject *code_lines);
/* Whether the compiler made code of a statement; expressions go with theirs. */
int is_kept(const Walk *walk, PyObject *node, const NodeClass *class);
/* From one node to another there is a region, if it is kept. -1 with an exception. */
int add_region(Walk *walk, const char *kind, PyObject *first, PyObject *last);
/* One node is a region, if there is one. */
int region_of_node(Walk *walk, const char *kind, PyObject *node);
/* A field is a region, and waits. */
int go_into_part(Walk *walk, const char *kind, PyObject *node, FieldName name);
/* A suite waits, and is a region if a statement of it was kept; `is_always`: a function's body can be a docstring. */
int go_into_suite(Walk *walk, const char *kind, PyObject *node, FieldName name, int is_always);

#endif
