/* The walks over a tree, and what they were told of Python at import. */
#ifndef MINICOV_WALKS_H
#define MINICOV_WALKS_H

#include "nodes.h"

#include <string.h>

/* The named tuples that walks give, all places of them in bytes. */
typedef enum { RECORD_SPAN, RECORD_REGION, RECORD_CONDITION, RECORD_DECISION, RECORD_HEADER, RECORD_NAMES } RecordName;

/* The classes of minicov_tracer that make up a found decision, the last two named tuples, the others frozen. */
typedef enum {
    FOUND_LEAF, FOUND_KNOWN, FOUND_UNTESTED, FOUND_NOT, FOUND_JOIN, FOUND_ARMS, FOUND_DECISION, FOUND_POINT, FOUND_END,
    FOUND_NAMES
} FoundName;

enum { MOST_VALUES = 7 };   /* That one of them has. */

/* The module's state. */
typedef struct {
    int is_debug;                    /* The truth of __debug__. */
    PyObject *constant;              /* Owned: (text of an expression) -> (value,) or None; see literals.constant. */
    PyObject *whys, *destinations;   /* Owned: tuples of the words for arcs, in the order of Why and Destination. */
    PyObject *mending;               /* Owned: with_jumps.mending. */
    PyObject *records[RECORD_NAMES]; /* Owned: classes. */
    PyObject *found;                 /* Owned: a tuple of classes, by FoundName. */
    PyObject *found_fields;          /* Owned: for those that are frozen a tuple of tuples of the names of their fields. */
    PyObject *arguments[MOST_VALUES + 1];   /* Owned: for new_tuple with so many values, a tuple of a tuple of them. */
    newfunc new_tuple;               /* How an instance of one is made: tuple.__new__. */
    PyObject *tree_type;             /* Owned */
} Learned;

/* See `learn` in module.c. -1 with an exception where it can't be. */
int learn(Learned *learned, PyObject *args);
int learned_traverse(Learned *learned, visitproc visit, void *arg);
void learned_clear(Learned *learned);

/* A named tuple that takes values over, one that is NULL as well: a new reference, NULL with an exception. */
PyObject *new_record(const Learned *learned, RecordName name, Py_ssize_t size, PyObject *const *values);
PyObject *new_found_tuple(const Learned *learned, FoundName name, Py_ssize_t size, PyObject *const *values);
PyObject *new_span(const Learned *learned, Place place);
/* New: a node's name, as Python sees it. */
PyObject *new_name(const Node *node);

/* How many ways more a node by itself gives. */
Py_ssize_t more_ways(const Node *node);
/* The same of a node and all inside it. -1 with an exception. */
Py_ssize_t ways_inside(const Node *expression);
/* What runs where a definition stands waits: decorators, defaults, bases. -1 with an exception. */
int wait_for_definition(Waiting *waiting, const Node *node);
/* Whether whatever reaches a case matches it; see patterns.is_irrefutable. */
int is_irrefutable(const Node *node);
/* Whether a node is the name `__debug__`. */
static inline int
is_debug_name(const Node *node)
{
    return node->kind == NAME && node->name_size == 9 && memcmp(node->name, "__debug__", 9) == 0;
}

/* Whether a comparison has several links. */
static inline int
is_chain(const Node *node)
{
    return node->kind == COMPARE && node->first->next != node->last;
}

/* The truth of a test that is constant by its form, -1 for none; see patterns.constant_truth. */
int constant_truth(const Learned *learned, const Node *test);

/* The type Tree, which has the walks as methods: a new reference, NULL with an exception. */
PyObject *new_tree_type(PyObject *module);
/* New: a Tree, None where the text was not understood. */
PyObject *read_tree(const Learned *learned, PyObject *text);

/* The walks; what each gives is said by its twin in Python, see trees.py. New references, NULL with an exception. */
PyObject *extents_of(const Tree *tree, PyObject *lines);
PyObject *docstring_lines_of(const Tree *tree);
PyObject *statements_at(const Tree *tree, PyObject *args);
PyObject *with_definitions(const Tree *tree, PyObject *args);
PyObject *following_of(const Learned *learned, const Tree *tree, PyObject *args);
PyObject *choosing_of(const Tree *tree, PyObject *args);
PyObject *parts_of(const Learned *learned, const Tree *tree, PyObject *code_lines);
PyObject *decisions_of(const Learned *learned, const Tree *tree, PyObject *lines);
/* For tests, nodes as tuples, parents before children: depth, kind, field, operator, link, literal, truth, line, column,
   line and column of the end, name. */
PyObject *rows_of(const Tree *tree);

#endif
