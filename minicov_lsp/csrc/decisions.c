/* How a decision is understood: its conditions, and what is known of its outcome; see minicov_tracer.decisions. */
#include "deciding.h"

#include <stdlib.h>
#include <string.h>

static Outcome part_of(Walk *walk, PyObject *node, int is_tested);

static int
add_condition(Walk *walk, Place place)
{
    Place *conditions = room_for_more(walk->conditions, walk->count, &walk->room, 64, sizeof *conditions);
    if (conditions == NULL) {
        return -1;
    }
    walk->conditions = conditions;
    walk->conditions[walk->count++] = place;
    return 0;
}

static int
compare_places(const void *left, const void *right)
{
    const Place *a = left, *b = right;
    long differences[] = {
        a->line - b->line, a->column - b->column, a->end_line - b->end_line, a->end_column - b->end_column};
    for (int i = 0; i < 4; i++) {
        if (differences[i] != 0) {
            return differences[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

/* The conditions from `first` on are all of a decision, if there are any: it is noted, they are taken. */
static int
add_decision(Walk *walk, const char *kind, PyObject *node, Py_ssize_t first)
{
    Py_ssize_t size = walk->count - first;
    if (size == 0) {
        return 0;
    }
    walk->count = first;
    qsort(walk->conditions + first, (size_t)size, sizeof *walk->conditions, compare_places);
    PyObject *conditions = PyTuple_New(size);
    for (Py_ssize_t i = 0; conditions != NULL && i < size; i++) {
        PyObject *span = new_span(walk->grammar, walk->conditions[first + i]);
        PyObject *condition = new_record(walk->grammar, RECORD_CONDITION, 1, &span);
        if (condition == NULL || PyTuple_SetItem(conditions, i, condition) < 0) {
            Py_CLEAR(conditions);
        }
    }
    PyObject *values[] = {
        PyUnicode_InternFromString(kind), new_span(walk->grammar, place_of(walk->grammar, node, node)), conditions};
    PyObject *found = new_record(walk->grammar, RECORD_DECISION, 3, values);
    int status = found == NULL ? -1 : PyList_Append(walk->decisions, found);
    Py_XDECREF(found);
    return status;
}

Outcome
decision(Walk *walk, const char *kind, PyObject *node, int is_tested)
{
    Py_ssize_t first = walk->count;
    Outcome outcome = part_of(walk, node, is_tested);
    return outcome != FAILED && add_decision(walk, kind, node, first) < 0 ? FAILED : outcome;
}

static Outcome
outcome_of(int truth)
{
    return truth < 0 ? FAILED : truth ? ALWAYS_TRUE : ALWAYS_FALSE;
}

/* The outcome of a constant operand; see literals.constant, which is asked where the form alone doesn't tell. */
static Outcome
constant_outcome(const Grammar *grammar, PyObject *node, Kind kind)
{
    PyObject *name;
    switch (kind) {
    case CONSTANT:
        return outcome_of(PyObject_IsTrue(field_of(grammar, node, FIELD_VALUE)));
    case NAME:
        name = field_of(grammar, node, FIELD_ID);
        if (name == NULL || PyDict_GetItemWithError(grammar->constants, name) == NULL) {
            return PyErr_Occurred() ? FAILED : UNKNOWN;
        }
        break;
    case JOINED_STR: case UNARY_OP: case BIN_OP: case TUPLE:
        break;
    default:
        return UNKNOWN;
    }
    PyObject *found = PyObject_CallFunctionObjArgs(grammar->constant, node, NULL);
    Outcome outcome = found == NULL ? FAILED : UNKNOWN;
    if (found != NULL && PyTuple_Check(found)) {
        PyObject *value = PyTuple_GetItem(found, 0);
        outcome = value == NULL ? FAILED : outcome_of(PyObject_IsTrue(value));
    }
    Py_XDECREF(found);
    return outcome;
}

/* Anything that is no operator: a condition where it is tested, and what is inside starts afresh. */
static Outcome
operand(Walk *walk, PyObject *node, Kind kind, int is_tested)
{
    if (wait_for(walk->grammar, &walk->waiting, node) < 0) {
        return FAILED;
    }
    Outcome outcome = is_tested ? constant_outcome(walk->grammar, node, kind) : UNKNOWN;
    return is_tested && outcome == UNKNOWN && add_condition(walk, place_of(walk->grammar, node, node)) < 0 ? FAILED : outcome;
}

/* `and` or `or`: the operands up to one that decides for certain. */
static Outcome
joined(Walk *walk, PyObject *node, int is_tested)
{
    const NodeClass *op = class_of(walk->grammar, field_of(walk->grammar, node, FIELD_OP));
    Outcome decider = op != NULL && op->kind == OR ? ALWAYS_TRUE : ALWAYS_FALSE;
    Py_ssize_t first = walk->count, size = length_of(walk->grammar, node, FIELD_VALUES);
    PyObject *values = field_of(walk->grammar, node, FIELD_VALUES);
    int is_decided = 0, is_known = 1, was_kept = walk->waiting.is_kept;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *value = PyList_GetItem(values, i);
        Py_ssize_t before = walk->count;
        Outcome outcome = i > 0 && region_of_node(walk, "operand", value) < 0
            ? FAILED
            : part_of(walk, value, i < size - 1 || is_tested);
        if (outcome == FAILED) {
            return FAILED;
        }
        if (walk->waiting.is_kept && constant_truth(walk->grammar, value) == (int)decider) {
            walk->waiting.is_kept = 0;   /* Nothing after it is a region. */
        }
        if (is_decided) {
            walk->count = before;   /* It is never evaluated. */
            continue;
        }
        is_known &= outcome != UNKNOWN;
        is_decided = outcome == decider;
    }
    walk->waiting.is_kept = was_kept;
    walk->ways += size - 1;
    if (!is_tested || !(is_decided || is_known)) {
        return UNKNOWN;
    }
    walk->count = first;
    return is_decided ? decider : outcome_of(decider == ALWAYS_FALSE);
}

static Outcome
arm(Walk *walk, PyObject *node, FieldName name, int is_tested, int is_kept_too)
{
    PyObject *part = field_of(walk->grammar, node, name);
    int was_kept = walk->waiting.is_kept;
    walk->waiting.is_kept = was_kept && is_kept_too;
    Outcome outcome = region_of_node(walk, "arm", part) < 0 ? FAILED : part_of(walk, part, is_tested);
    walk->waiting.is_kept = was_kept;
    return outcome;
}

/* A conditional expression: its test is a decision, its arms are parts of what it is in. */
static Outcome
arms(Walk *walk, PyObject *node, int is_tested)
{
    int truth = constant_truth(walk->grammar, field_of(walk->grammar, node, FIELD_TEST));
    walk->ways++;
    Outcome test = decision(walk, "ifexp", field_of(walk->grammar, node, FIELD_TEST), 1);
    Py_ssize_t first = walk->count;
    Outcome body = test == FAILED ? FAILED : arm(walk, node, FIELD_BODY, is_tested, truth != 0);
    Py_ssize_t middle = walk->count;
    Outcome orelse = body == FAILED ? FAILED : arm(walk, node, FIELD_ORELSE, is_tested, truth != 1);
    if (orelse == FAILED) {
        return FAILED;
    }
    if (test == ALWAYS_TRUE) {
        walk->count = middle;
        return body;
    }
    if (test == ALWAYS_FALSE) {
        if (middle > first) {
            memmove(walk->conditions + first, walk->conditions + middle,
                    (size_t)(walk->count - middle) * sizeof *walk->conditions);
        }
        walk->count -= middle - first;
        return orelse;
    }
    return is_tested && body == orelse ? body : UNKNOWN;
}

/* A chained comparison: each link is a condition, of a value all but the last. */
static Outcome
chain(Walk *walk, PyObject *node, int is_tested)
{
    const Grammar *grammar = walk->grammar;
    PyObject *left = field_of(grammar, node, FIELD_LEFT), *others = field_of(grammar, node, FIELD_COMPARATORS);
    Py_ssize_t size = length_of(grammar, node, FIELD_COMPARATORS);
    if (wait_for(grammar, &walk->waiting, left) < 0 || wait_for(grammar, &walk->waiting, others) < 0) {
        return FAILED;
    }
    for (Py_ssize_t i = 0; left != NULL && i < size; i++) {
        PyObject *right = PyList_GetItem(others, i);
        if ((i < size - 1 || is_tested) && add_condition(walk, place_of(walk->grammar, left, right)) < 0) {
            return FAILED;
        }
        if (i > 0 && region_of_node(walk, "operand", right) < 0) {   /* It depends on the links before it. */
            return FAILED;
        }
        left = right;
    }
    return UNKNOWN;
}

static int
is_not(const Grammar *grammar, PyObject *node)
{
    PyObject *op = field_of(grammar, node, FIELD_OP);
    const NodeClass *class = op == NULL ? NULL : class_of(grammar, op);
    return class != NULL && class->kind == NOT;
}

/* A part of a decision; `is_tested`: its own truth is. Its conditions are added, what is inside them waits. */
static Outcome
part_of(Walk *walk, PyObject *node, int is_tested)
{
    const NodeClass *class = node == NULL ? NULL : class_of(walk->grammar, node);
    Kind kind = class == NULL ? OTHER : class->kind;
    if (node == NULL) {
        PyErr_SetString(PyExc_ValueError, "not a tree of ast");
        return FAILED;
    }
    if (Py_EnterRecursiveCall(" while looking for decisions") != 0) {
        return FAILED;
    }
    Outcome outcome;
    if (kind == BOOL_OP) {
        outcome = joined(walk, node, is_tested);
    } else if (kind == IF_EXP) {
        outcome = arms(walk, node, is_tested);
    } else if (kind == COMPARE && length_of(walk->grammar, node, FIELD_OPS) > 1) {
        outcome = chain(walk, node, is_tested);
    } else if (kind == UNARY_OP && is_not(walk->grammar, node)) {
        outcome = part_of(walk, field_of(walk->grammar, node, FIELD_OPERAND), is_tested);
        outcome = outcome < 0 ? outcome : outcome_of(outcome == ALWAYS_FALSE);
    } else {
        outcome = operand(walk, node, kind, is_tested);
    }
    Py_LeaveRecursiveCall();
    return outcome;
}
