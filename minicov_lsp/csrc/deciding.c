/* The walk that finds decisions and counts ways; its twins are in decisions.py and complexity.py. */
#include "deciding.h"

#include <stdlib.h>

/* What of a definition runs where it stands waits, its type parameters apart, its body until later. */
static int
definition(Walk *walk, PyObject *node, Kind kind)
{
    if (wait_for_definition(walk->grammar, &walk->waiting, node, kind) < 0
        || wait_for_field(walk->grammar, &walk->apart, node, FIELD_TYPE_PARAMS) < 0) {
        return -1;
    }
    return wait_for_node(&walk->definitions, node);
}

/* Decisions in an annotation are none, but it counts for complexity. */
static int
annotated(Walk *walk, PyObject *node)
{
    Py_ssize_t more = ways_inside(walk->grammar, field_of(walk->grammar, node, FIELD_ANNOTATION));
    walk->ways += more;
    return more < 0 || wait_for_field(walk->grammar, &walk->waiting, node, FIELD_TARGET) < 0
        ? -1
        : wait_for_field(walk->grammar, &walk->waiting, node, FIELD_VALUE);
}

static int
filters(Walk *walk, PyObject *node)
{
    PyObject *ifs = field_of(walk->grammar, node, FIELD_IFS);
    for (Py_ssize_t i = 0; i < length_of(walk->grammar, node, FIELD_IFS); i++) {
        if (decision(walk, "comprehension", PyList_GetItem(ifs, i), 1) == FAILED) {
            return -1;
        }
    }
    return wait_for_field(walk->grammar, &walk->waiting, node, FIELD_TARGET) < 0
        ? -1
        : wait_for_field(walk->grammar, &walk->waiting, node, FIELD_ITER);
}

/* A test and what depends on it. */
static int
choice(Walk *walk, const char *kind, PyObject *node)
{
    if (decision(walk, kind, field_of(walk->grammar, node, FIELD_TEST), 1) == FAILED) {
        return -1;
    }
    return wait_for_field(walk->grammar, &walk->waiting, node, FIELD_BODY) < 0
        ? -1
        : wait_for_field(walk->grammar, &walk->waiting, node, FIELD_ORELSE);
}

static int
asserted(Walk *walk, PyObject *node)
{
    return decision(walk, "assert", field_of(walk->grammar, node, FIELD_TEST), 1) == FAILED
        ? -1
        : wait_for_field(walk->grammar, &walk->waiting, node, FIELD_MSG);
}

static int
guarded(Walk *walk, PyObject *node)
{
    PyObject *guard = field_of(walk->grammar, node, FIELD_GUARD);
    if (guard != NULL && guard != Py_None && decision(walk, "guard", guard, 1) == FAILED) {
        return -1;
    }
    return wait_for_field(walk->grammar, &walk->waiting, node, FIELD_PATTERN) < 0
        ? -1
        : wait_for_field(walk->grammar, &walk->waiting, node, FIELD_BODY);
}

/* A node whose value nothing tests: it has tests, is a decision, or just has nodes inside. */
static int
look_at(Walk *walk, PyObject *node, const NodeClass *class)
{
    switch (class->kind) {
    case FUNCTION_DEF: case ASYNC_FUNCTION_DEF: case CLASS_DEF:
        return definition(walk, node, class->kind);
    case BOOL_OP:   /* It counts its ways itself, as do those in it. */
        return decision(walk, "value", node, 0) == FAILED ? -1 : 0;
    case ANN_ASSIGN:
        return annotated(walk, node);
    default:
        walk->ways += more_ways(walk->grammar, node, class->kind);
    }
    switch (class->kind) {
    case COMPARE:
        if (length_of(walk->grammar, node, FIELD_OPS) > 1) {
            return decision(walk, "value", node, 0) == FAILED ? -1 : 0;
        }
        return wait_for_inside(walk->grammar, &walk->waiting, node, class);
    case IF: case WHILE:
        return choice(walk, class->kind == IF ? "if" : "while", node);
    case IF_EXP:
        return choice(walk, "ifexp", node);
    case ASSERT:
        return asserted(walk, node);
    case COMPREHENSION:
        return filters(walk, node);
    case MATCH_CASE:
        return guarded(walk, node);
    default:
        return wait_for_inside(walk->grammar, &walk->waiting, node, class);
    }
}

/* Until nothing waits any more. */
static int
go_on(Walk *walk)
{
    int status = 0;
    while (status == 0 && walk->waiting.count > 0) {
        PyObject *node = walk->waiting.nodes[--walk->waiting.count];
        status = look_at(walk, node, class_of(walk->grammar, node));
    }
    return status;
}

static int
go_into_definition(Walk *walk, PyObject *node)
{
    walk->ways = 1;
    if (wait_for_field(walk->grammar, &walk->waiting, node, FIELD_BODY) < 0 || go_on(walk) < 0) {
        return -1;
    }
    PyObject *number = PyLong_FromSsize_t(walk->ways);
    int status = number == NULL ? -1 : PyDict_SetItem(walk->complexities, node, number);
    Py_XDECREF(number);
    return status;
}

static int
go_through(Walk *walk, PyObject *tree)
{
    int status = wait_for(walk->grammar, &walk->waiting, tree) < 0 ? -1 : go_on(walk);
    while (status == 0 && walk->definitions.count > 0) {
        status = go_into_definition(walk, walk->definitions.nodes[--walk->definitions.count]);
    }
    while (status == 0 && walk->apart.count > 0) {
        status = wait_for_node(&walk->waiting, walk->apart.nodes[--walk->apart.count]);
    }
    return status < 0 ? -1 : go_on(walk);
}

PyObject *
deciding_of(const Grammar *grammar, PyObject *tree)
{
    Walk walk = {.grammar = grammar, .decisions = PyList_New(0), .complexities = PyDict_New()};
    int status = walk.decisions == NULL || walk.complexities == NULL ? -1 : go_through(&walk, tree);
    free(walk.waiting.nodes);
    free(walk.apart.nodes);
    free(walk.definitions.nodes);
    free(walk.conditions);
    PyObject *found = status < 0 || PyErr_Occurred() ? NULL : PyTuple_Pack(2, walk.decisions, walk.complexities);
    Py_XDECREF(walk.decisions);
    Py_XDECREF(walk.complexities);
    return found;
}
