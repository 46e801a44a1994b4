/* The walk that finds decisions as the tracer understands them: what it remembers, and how its parts are made. Its
   twin, which says what all of it means, is minicov_tracer.decisions. */
#ifndef MINICOV_FINDING_H
#define MINICOV_FINDING_H

#include "constants.h"

/* Where a jump tests something: points.Point. */
typedef struct {
    const Node *node;            /* Borrowed: whose span it is. */
    int order, total;
    const Node *value;           /* Borrowed: what computes the value, or the chain; NULL for an operand of a test. */
    int is_chain;
    PyObject *made;              /* Borrowed from `kept`; NULL until it is made. */
} TestPoint;

/* Where a value's truth is tested. */
typedef struct {
    TestPoint *point;            /* Borrowed: of the block; NULL where it is not tested. */
    int is_inverted, is_shared;
} Observer;

typedef enum { PART_LEAF, PART_KNOWN, PART_UNTESTED, PART_NOT, PART_JOIN, PART_ARMS } PartKind;

/* A node of a decision's tree. */
typedef struct Part Part;
struct Part {
    Part *next;                  /* The next operand of the same join. */
    Part *first, *last;          /* Of a join and of `not` the operands, of arms body and orelse. */
    Part *test;                  /* Of arms. */
    PartKind kind;
    int truth;                   /* What is known; of a join whether it is an `and`. */
    const Node *from, *to;       /* Borrowed: of a leaf where its span begins and ends. */
    Observer observer;
    int none_truth;              /* -1 for none. */
    const Node *left, *within;   /* Borrowed; NULL for none. */
    int is_link;                 /* Of a chain: nothing else is told of it. */
    PyObject *made;              /* Borrowed from `kept`: what was made of it; NULL until then. */
};

/* What waits to be looked at. */
typedef struct {
    const Node *node, *within;   /* Borrowed */
    uint8_t is_dead, is_wanted;
} Pending;

typedef struct {
    Place place;
    PyObject *object;            /* Owned: a decision. Borrowed: a leaf. */
} Placed;

typedef struct {
    Placed *items;               /* Owned */
    Py_ssize_t count, room;
} PlacedList;

typedef struct PartBlock PartBlock;

typedef struct {
    const Learned *learned;
    const Tree *tree;        /* Borrowed */
    Pending *waiting;            /* Owned */
    Py_ssize_t count, room;
    Pending now;                 /* What is being looked at: said of what comes to wait. */
    const int *touched;          /* Borrowed: how many wanted lines there are before each; NULL where all are. */
    int touched_size;
    PartBlock *blocks;           /* Owned: memory of parts and points. */
    PlacedList decisions, leaves;
    PyObject *stored;            /* Owned: {what is loaded first in a comprehension: the variable stored before}. */
    PyObject *kept;              /* Owned: a list of what is made once and used again. */
} Finding;

/* New: zeroed memory that lives as long as the walk. NULL with an exception. */
void *take(Finding *finding, size_t size);
void parts_clear(Finding *finding);

/* Parts, from `take`. NULL with an exception. */
Part *known_part(Finding *finding, int truth);
Part *negated_part(Finding *finding, Part *operand);
Part *joined_part(Finding *finding, Part *operands, int is_and, int is_tested);
Part *arms_part(Finding *finding, Part *test, Part *body, Part *orelse, int is_tested);
Part *leaf_part(Finding *finding, const Node *from, const Node *to, Observer observer);
int is_known(const Part *part, int truth);

/* An expression is looked at when its decision is made. -1 with an exception. */
int later(Finding *finding, const Node *node);
/* A test: it is a decision, of which `body` stands before it and is evaluated after it. NULL with an exception. */
Part *test_part(Finding *finding, const char *kind, const Node *test, const Node *body);
/* The parts of a test, and those of a value that is a decision. NULL with an exception. */
Part *tested_part(Finding *finding, const Node *test);
Part *value_part(Finding *finding, const Node *value);

static inline int
is_same_place(Place a, Place b)
{
    return a.line == b.line && a.column == b.column && a.end_line == b.end_line && a.end_column == b.end_column;
}

/* Points of a value's `and` or `or`, one for each operand but the last. NULL with an exception. */
TestPoint *points_of_join(Finding *finding, const Node *node);
/* New: the tuple of where what a point tests may end. */
PyObject *ends_of_point(Finding *finding, const TestPoint *point);
/* What is loaded first in the loops and the element of a comprehension is remembered. -1 with an exception. */
int remember_stored(Finding *finding, const Node *comprehension);

/* The decision is found, if it has conditions. -1 with an exception. */
int add_found(Finding *finding, const char *kind, const Node *node, Part *root, const Node *body);
void sort_placed(PlacedList *list, Py_ssize_t first);
/* New: a span as the tracer has them. */
PyObject *plain_span(Place place);

#endif
