/* The walk that finds decisions and regions and counts ways; its twins are decisions.py, regions.py, complexity.py. */
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
    walk->definitions.is_kept = walk->waiting.is_kept;
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

/* Whether what follows `else` is an `elif`: an `if` inside of an `else` is further right. */
static int
is_elif(const Grammar *grammar, PyObject *node)
{
    if (length_of(grammar, node, FIELD_ORELSE) != 1) {
        return 0;
    }
    PyObject *only = PyList_GetItem(field_of(grammar, node, FIELD_ORELSE), 0);
    const NodeClass *class = class_of(grammar, only);
    return class != NULL && class->kind == IF
        && number_of(grammar, only, FIELD_COL_OFFSET) == number_of(grammar, node, FIELD_COL_OFFSET);
}

/* One side of a choice. */
static int
side(Walk *walk, PyObject *node, Kind kind, FieldName name, int is_chosen)
{
    int is_body = name == FIELD_BODY, was_kept = walk->waiting.is_kept, status;
    walk->waiting.is_kept = was_kept && is_chosen;
    if (kind == IF_EXP) {
        status = go_into_part(walk, "arm", node, name);
    } else if (kind == IF && !is_body && is_elif(walk->grammar, node)) {
        status = wait_for_field(walk->grammar, &walk->waiting, node, name);
    } else if (kind == IF) {
        status = go_into_suite(walk, is_body ? "if" : "else", node, name, 0);
    } else {
        status = go_into_suite(walk, is_body ? "loop" : "loop-else", node, name, 0);
    }
    walk->waiting.is_kept = was_kept;
    return status;
}

/* `if`, `while`, conditional expression: a test and what it chooses between; what it never chooses is no region. */
static int
choice(Walk *walk, const char *kind, PyObject *node, Kind of)
{
    PyObject *test = field_of(walk->grammar, node, FIELD_TEST);
    int truth = constant_truth(walk->grammar, test);
    return decision(walk, kind, test, 1) == FAILED || side(walk, node, of, FIELD_BODY, truth != 0) < 0
        ? -1
        : side(walk, node, of, FIELD_ORELSE, truth != 1);
}

static int
asserted(Walk *walk, PyObject *node)
{
    PyObject *test = field_of(walk->grammar, node, FIELD_TEST);
    if (decision(walk, "assert", test, 1) == FAILED) {
        return -1;
    }
    walk->waiting.is_kept &= constant_truth(walk->grammar, test) != 1;
    return go_into_part(walk, "message", node, FIELD_MSG);
}

/* A handler or a case: what is asked, perhaps a guard, and the body. */
static int
clause(Walk *walk, PyObject *node, const char *kind, FieldName asked)
{
    PyObject *guard = field_of(walk->grammar, node, FIELD_GUARD);
    if (guard != NULL && guard != Py_None && decision(walk, "guard", guard, 1) == FAILED) {
        return -1;
    }
    return wait_for_field(walk->grammar, &walk->waiting, node, asked) < 0
        ? -1
        : go_into_suite(walk, kind, node, FIELD_BODY, 0);
}

static int
loop(Walk *walk, PyObject *node)
{
    return wait_for_field(walk->grammar, &walk->waiting, node, FIELD_TARGET) < 0
            || wait_for_field(walk->grammar, &walk->waiting, node, FIELD_ITER) < 0
            || go_into_suite(walk, "loop", node, FIELD_BODY, 0) < 0
        ? -1
        : go_into_suite(walk, "loop-else", node, FIELD_ORELSE, 0);
}

/* What gathers elements, each of which is a region. */
static int
gathering(Walk *walk, PyObject *node, const NodeClass *class)
{
    PyObject *key = field_of(walk->grammar, node, FIELD_KEY), *value = field_of(walk->grammar, node, FIELD_VALUE);
    int status = class->kind == DICT_COMP
        ? add_region(walk, "element", key, value == Py_None ? key : value)
        : region_of_node(walk, "element", field_of(walk->grammar, node, FIELD_ELT));
    return status < 0 ? -1 : wait_for_inside(walk->grammar, &walk->waiting, node, class);
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
        return length_of(walk->grammar, node, FIELD_OPS) < 2
            ? wait_for_inside(walk->grammar, &walk->waiting, node, class)
            : decision(walk, "value", node, 0) == FAILED ? -1 : 0;
    case IF: case WHILE: case IF_EXP:
        return choice(walk, class->kind == IF ? "if" : class->kind == WHILE ? "while" : "ifexp", node, class->kind);
    case ASSERT:
        return asserted(walk, node);
    case COMPREHENSION:
        return filters(walk, node);
    case EXCEPT_HANDLER:
        return clause(walk, node, "handler", FIELD_TYPE);
    case MATCH_CASE:
        return clause(walk, node, "case", FIELD_PATTERN);
    case FOR: case ASYNC_FOR:
        return loop(walk, node);
    case LAMBDA:
        return wait_for_field(walk->grammar, &walk->waiting, node, FIELD_ARGS) < 0
            ? -1
            : go_into_part(walk, "lambda", node, FIELD_BODY);
    case LIST_COMP: case SET_COMP: case DICT_COMP: case GENERATOR_EXP:
        return gathering(walk, node, class);
    case TYPE_ALIAS:
        walk->waiting.is_kept = 0;
        return wait_for_inside(walk->grammar, &walk->waiting, node, class);
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
        WaitingNode next = walk->waiting.nodes[--walk->waiting.count];
        const NodeClass *class = class_of(walk->grammar, next.node);
        walk->waiting.is_kept = next.is_kept && is_kept(walk, next.node, class);
        status = look_at(walk, next.node, class);
    }
    return status;
}

static int
go_into_definition(Walk *walk, WaitingNode next)
{
    const NodeClass *class = class_of(walk->grammar, next.node);
    walk->ways = 1;
    walk->waiting.is_kept = next.is_kept;
    if (go_into_suite(walk, class->kind == CLASS_DEF ? "class" : "function", next.node, FIELD_BODY, 1) < 0
        || go_on(walk) < 0) {
        return -1;
    }
    PyObject *number = PyLong_FromSsize_t(walk->ways);
    int status = number == NULL ? -1 : PyDict_SetItem(walk->complexities, next.node, number);
    Py_XDECREF(number);
    return status;
}

static int
go_through(Walk *walk, PyObject *tree)
{
    walk->waiting.is_kept = 1;
    int status = wait_for(walk->grammar, &walk->waiting, tree) < 0 ? -1 : go_on(walk);
    while (status == 0 && walk->definitions.count > 0) {
        status = go_into_definition(walk, walk->definitions.nodes[--walk->definitions.count]);
    }
    walk->waiting.is_kept = 0;
    while (status == 0 && walk->apart.count > 0) {
        status = wait_for_node(&walk->waiting, walk->apart.nodes[--walk->apart.count].node);
    }
    return status < 0 ? -1 : go_on(walk);
}

PyObject *
parts_of(const Grammar *grammar, PyObject *tree, PyObject *code_lines)
{
    Walk walk = {
        .grammar = grammar, .decisions = PyList_New(0), .complexities = PyDict_New(), .regions = PyList_New(0)};
    int is_ready = walk.decisions != NULL && walk.complexities != NULL && walk.regions != NULL;
    int status = !is_ready || read_lines(&walk, code_lines) < 0 ? -1 : go_through(&walk, tree);
    free(walk.waiting.nodes);
    free(walk.apart.nodes);
    free(walk.definitions.nodes);
    free(walk.conditions);
    free(walk.has_code);
    PyObject *found = status < 0 || PyErr_Occurred()
        ? NULL
        : PyTuple_Pack(3, walk.decisions, walk.complexities, walk.regions);
    Py_XDECREF(walk.decisions);
    Py_XDECREF(walk.complexities);
    Py_XDECREF(walk.regions);
    return found;
}
