/* The walk that finds decisions and regions and counts ways: what it remembers, and how its parts are understood. */
#ifndef MINICOV_DECIDING_H
#define MINICOV_DECIDING_H

#include "constants.h"

/* What is known of the outcome of an operand or a subtree. */
typedef enum { FAILED = -2, UNKNOWN = -1, ALWAYS_FALSE = 0, ALWAYS_TRUE = 1 } Outcome;

enum { MOST_WORDS = 32 };

/* A kind of decision or region. */
typedef struct {
    const char *text;        /* Borrowed from the code. */
    PyObject *string;        /* Owned */
} Word;

typedef struct {
    const Node *node;        /* Borrowed: a definition. */
    Py_ssize_t ways;
} Counted;

typedef struct {
    const Learned *learned;
    const Tree *tree;        /* Borrowed */
    Waiting waiting;         /* Of the definition at hand; `is_kept` is said of the node at hand. */
    Waiting apart;           /* Type parameters: they count for no definition, nor have regions. */
    Waiting definitions;     /* Those that were not gone into yet. */
    Py_ssize_t ways;         /* Of the definition at hand, so far. */
    Counted *counted;        /* Owned: the definitions that were gone into. */
    Py_ssize_t counted_count, counted_room;
    int *kept_before;        /* Owned: for each line how many of those before it the compiler kept some of. */
    Place *conditions;       /* Owned: of the decisions at hand, those of an inner one last. */
    Py_ssize_t count, room;
    Word words[MOST_WORDS];  /* Those that were said, each once for each place in the code. */
    int word_count;
    PyObject *decisions;     /* Owned: a list of model.Decision. */
    PyObject *headers;       /* Owned: a list of definitions.Header. */
    PyObject *regions;       /* Owned: a list of model.Region. */
} Walk;

/* A test, or a value that is a decision: it is noted, and what is known of its outcome given. */
Outcome decision(Walk *walk, const char *kind, const Node *node, int is_tested);

/* Which lines the compiler kept, from a set of them; others than the text has don't matter. -1 with an exception. */
int read_lines(Walk *walk, PyObject *code_lines);
/* New: a word that is said for kinds; NULL with an exception. */
PyObject *new_word(Walk *walk, const char *text);
/* Whether the compiler made code of a statement; expressions go with theirs. */
int is_kept(const Walk *walk, const Node *node);
/* From one node to another there is a region, if it is kept. -1 with an exception. */
int add_region(Walk *walk, const char *kind, const Node *first, const Node *last);
/* One node is a region, if there is one. */
int region_of_node(Walk *walk, const char *kind, const Node *node);
/* A field is a region, and waits. */
int go_into_part(Walk *walk, const char *kind, const Node *node, FieldName name);
/* A suite waits, and is a region if a statement of it was kept; `is_always`: a function's body can be a docstring. */
int go_into_suite(Walk *walk, const char *kind, const Node *node, FieldName name, int is_always);

#endif
