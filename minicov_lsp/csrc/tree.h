/* The nodes of Python's own syntax trees (`ast`), as the walks over them see them. */
#ifndef MINICOV_TREE_H
#define MINICOV_TREE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>

/* What the walks tell apart; all else just has nodes inside. */
typedef enum {
    OTHER, BARE, ANN_ASSIGN, ARG, ASSERT, ASYNC_FOR, ASYNC_FUNCTION_DEF, ASYNC_WITH, BIN_OP, BOOL_OP, BREAK, CLASS_DEF,
    COMPARE, COMPREHENSION, CONSTANT, CONTINUE, DICT_COMP, EXCEPT_HANDLER, FOR, FUNCTION_DEF, GENERATOR_EXP, IF, IF_EXP,
    JOINED_STR, LAMBDA, LIST_COMP, MATCH, MATCH_AS, MATCH_CASE, MATCH_OR, MODULE, NAME, NOT, OR, RAISE, RETURN,
    SET_COMP, TRY, TRY_STAR, TUPLE, TYPE_ALIAS, UNARY_OP, WHILE, WITH
} Kind;

enum { MOST_FIELDS = 8, MOST_CLASSES = 200, SLOTS = 512 };

typedef struct {
    PyTypeObject *type;              /* Owned */
    Kind kind;
    int is_bare;                     /* Nothing is inside that a walk looks for. */
    int is_statement;
    int field_count, suite_count;
    PyObject *fields[MOST_FIELDS];   /* Owned: names of what holds nodes. */
    PyObject *suites[MOST_FIELDS];   /* Owned: names of what holds statements, handlers and cases, in order. */
} NodeClass;

/* Names of the fields that walks ask for themselves. */
typedef enum {
    FIELD_ANNOTATION, FIELD_ARGS, FIELD_BASES, FIELD_BODY, FIELD_CASES, FIELD_COL_OFFSET, FIELD_COMPARATORS,
    FIELD_DECORATOR_LIST, FIELD_DEFAULTS, FIELD_ELT, FIELD_END_COL_OFFSET, FIELD_END_LINENO, FIELD_FINALBODY,
    FIELD_GENERATORS, FIELD_GUARD, FIELD_HANDLERS, FIELD_ID, FIELD_IFS, FIELD_ITER, FIELD_KEY, FIELD_KEYWORDS,
    FIELD_KW_DEFAULTS, FIELD_LEFT, FIELD_LINENO, FIELD_MSG, FIELD_NAME, FIELD_OP, FIELD_OPERAND, FIELD_OPS,
    FIELD_ORELSE, FIELD_PATTERN, FIELD_PATTERNS, FIELD_TARGET, FIELD_TEST, FIELD_TYPE, FIELD_TYPE_PARAMS, FIELD_VALUE,
    FIELD_VALUES, FIELD_NAMES
} FieldName;

/* The named tuples of model.py that walks give, all places of them in bytes. */
typedef enum { RECORD_SPAN, RECORD_REGION, RECORD_CONDITION, RECORD_DECISION, RECORD_NAMES } RecordName;

typedef struct {
    long line, column, end_line, end_column;
} Place;

typedef struct {
    NodeClass classes[MOST_CLASSES];
    int count;
    uint8_t slots[SLOTS];            /* By the address of a class: its number from 1, 0 for none. */
    PyObject *names[FIELD_NAMES];    /* Owned */
    PyObject *constants;             /* Owned: a dict, {name: its truth}. */
    PyObject *constant;              /* Owned: literals.constant. */
    PyObject *whys, *destinations;   /* Owned: tuples of the words for arcs, in the order of Why and Destination. */
    PyObject *mending;               /* Owned: with_jumps.mending. */
    PyObject *records[RECORD_NAMES]; /* Owned: classes. */
    newfunc new_tuple;               /* How an instance of one is made: tuple.__new__. */
} Grammar;

typedef struct {
    PyObject *node;                  /* Borrowed: the tree that it is of outlives every walk. */
    int is_kept;                     /* Whether what it is in is something that the compiler kept. */
} WaitingNode;

/* Nodes that wait to be looked at. */
typedef struct {
    WaitingNode *nodes;              /* Owned */
    Py_ssize_t count, room;
    int is_kept;                     /* What is said of those that come to wait. */
} Waiting;

/* Memory for one item more than `count`: the same as before while there is room, else twice as much. NULL with an
   exception, and then the memory is as it was. */
static inline void *
room_for_more(void *items, Py_ssize_t count, Py_ssize_t *room, Py_ssize_t least, size_t size)
{
    if (count < *room) {
        return items;
    }
    Py_ssize_t more = *room == 0 ? least : 2 * *room;
    void *moved = realloc(items, (size_t)more * size);
    if (moved == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *room = more;
    return moved;
}

/* Learn what is said of the classes; see `learn` in module.c. -1 with an exception where it can't be. */
int grammar_learn(Grammar *grammar, PyObject *args);
int grammar_traverse(Grammar *grammar, visitproc visit, void *arg);
void grammar_clear(Grammar *grammar);

/* The class of a node; NULL for what is none. */
const NodeClass *class_of(const Grammar *grammar, PyObject *node);
/* Borrowed: the value of a node's field, NULL where there is none. */
PyObject *value_of(PyObject *node, PyObject *name);
PyObject *field_of(const Grammar *grammar, PyObject *node, FieldName name);
/* Length of a field's list, 0 where it is none. */
Py_ssize_t length_of(const Grammar *grammar, PyObject *node, FieldName name);
/* A field's number, 0 where it is none. */
long number_of(const Grammar *grammar, PyObject *node, FieldName name);

/* Let a node wait, or all of a list; what is bare or no node is left out. -1 with an exception. */
int wait_for(const Grammar *grammar, Waiting *waiting, PyObject *value);
int wait_for_field(const Grammar *grammar, Waiting *waiting, PyObject *node, FieldName name);
/* The same for all nodes directly inside one. */
int wait_for_inside(const Grammar *grammar, Waiting *waiting, PyObject *node, const NodeClass *class);
/* A node as it is, bare or not. -1 with an exception. */
int wait_for_node(Waiting *waiting, PyObject *node);
/* What runs where a definition stands: decorators, defaults, bases. */
int wait_for_definition(const Grammar *grammar, Waiting *waiting, PyObject *node, Kind kind);

/* How many ways more a node by itself gives. */
Py_ssize_t more_ways(const Grammar *grammar, PyObject *node, Kind kind);
/* The same of all nodes of an expression. -1 with an exception. */
Py_ssize_t ways_inside(const Grammar *grammar, PyObject *expression);
/* From where one node starts to where another ends. */
Place place_of(const Grammar *grammar, PyObject *first, PyObject *last);
/* A named tuple that takes values over, one that is NULL as well: a new reference, NULL with an exception. */
PyObject *new_record(const Grammar *grammar, RecordName name, Py_ssize_t size, PyObject *const *values);
PyObject *new_span(const Grammar *grammar, Place place);

/* Whether whatever reaches a case matches it; see patterns.is_irrefutable. */
int is_irrefutable(const Grammar *grammar, PyObject *node);
/* The truth of a test that is constant by its form, -1 for none; see patterns.constant_truth. */
int constant_truth(const Grammar *grammar, PyObject *test);

/* The walks; new references, NULL with an exception. */
PyObject *suites_of(const Grammar *grammar, PyObject *tree);
PyObject *spread_of(const Grammar *grammar, PyObject *nodes, PyObject *lines);
PyObject *topmost_of(const Grammar *grammar, PyObject *nodes);
PyObject *parts_of(const Grammar *grammar, PyObject *tree, PyObject *code_lines);
PyObject *following_of(const Grammar *grammar, PyObject *args);
PyObject *choosing_of(const Grammar *grammar, PyObject *args);

#endif
