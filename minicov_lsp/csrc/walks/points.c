/* Where the compiled code tests an operand; its twin is minicov_tracer.points. */
#include "finding.h"

TestPoint *
points_of_join(Finding *finding, const Node *node)
{
    Py_ssize_t size = length_of(node, FIELD_VALUES) - 1;
    TestPoint *points = take(finding, (size_t)size * sizeof *points);
    int is_and = node->operator == AND, count = 0, is_compiled = 1;
    const Node *value = node->first;
    for (Py_ssize_t i = 0; points != NULL && i < size; i++, value = value->next) {
        points[i] = (TestPoint){node, count, 0, value, 0, NULL};
        int truth = is_compiled ? folded_truth(finding->learned, finding->tree, value) : 0;
        if (truth == -2) {
            return NULL;
        }
        count += truth < 0;
        is_compiled = is_compiled && (truth < 0 || truth == is_and);   /* What follows may not be compiled. */
    }
    for (Py_ssize_t i = 0; points != NULL && i < size; i++) {
        points[i].total = count;
    }
    return points;
}

/* How many tests of a chain's links come before that of a value, and end where it does. */
static long
links_before(const Node *node, const Node *ending)
{
    Place end = ending->place;
    while (node != NULL) {
        if (node->kind == UNARY_OP && node->operator == NOT) {
            node = node->first;
            continue;
        }
        if (node->place.end_line != end.end_line || node->place.end_column != end.end_column) {
            return 0;
        }
        switch (node->kind) {
        case COMPARE:
            return (long)length_of(node, FIELD_COMPARATORS) - 1;
        case BOOL_OP:
            node = node->last;
            break;
        case IF_EXP:
            node = field_of(node, FIELD_ORELSE);
            break;
        case YIELD: case YIELD_FROM:
            node = field_of(node, FIELD_VALUE);
            break;
        default:
            return 0;
        }
    }
    return 0;
}

/* Add points.End to a list. -1 with an exception. */
static int
add_end(Finding *finding, PyObject *ends, const Node *ending, long order, long total)
{
    PyObject *place = Py_BuildValue("(ii)", ending->place.end_line, ending->place.end_column);
    PyObject *values[] = {place, PyLong_FromLong(order), PyLong_FromLong(total)};
    PyObject *end = new_found_tuple(finding->learned, FOUND_END, 3, values);
    int status = end == NULL ? -1 : PyList_Append(ends, end);
    Py_XDECREF(end);
    return status;
}

/* Whether a string is one replacement field, without text. */
static int
is_only_field(const Node *node)
{
    return node->kind == JOINED_STR && node->first != NULL && node->first->next == NULL && !node->is_true;
}

/* Where the last instruction of an operand may end; `chain` says which of its links is meant. -1 with an exception. */
static int
add_ends(Finding *finding, PyObject *ends, const Node *operand, const TestPoint *chain)
{
    const Node *node = operand, *inner = operand;
    int status = 0;
    for (; inner != NULL && status == 0; node = inner) {
        const Node *ending = node;
        if (node->kind == NAMED_EXPR) {
            ending = field_of(node, FIELD_TARGET);
        } else if (is_only_field(node) && Py_Version >= 0x030C0000) {   /* Before, a field is where its string is. */
            ending = node->first;
        }
        long links = chain == NULL ? links_before(operand, ending) : chain->order;
        status = add_end(finding, ends, ending, links, chain == NULL ? links + 1 : chain->total);
        inner = node->kind == UNARY_OP && node->operator == NOT ? node->first : NULL;
        int is_inverted = inner != NULL
            && ((inner->kind == UNARY_OP && inner->operator == NOT) || (inner->kind == COMPARE && !is_chain(inner)));
        inner = is_inverted ? inner : NULL;   /* Two undo each other, and an operator is inverted. */
    }
    return status;
}

/* Of an `and` or `or` the operands that decide for certain, which the compiler may lay down last. */
static int
add_ends_of_deciders(Finding *finding, PyObject *ends, const Node *node)
{
    int is_or = node->operator == OR, status = 0;
    for (const Node *value = node->first; value != NULL && status == 0; value = value->next) {
        int truth = folded_truth(finding->learned, finding->tree, value);
        status = truth == -2 ? -1 : truth == is_or ? add_ends(finding, ends, value, NULL) : 0;
    }
    return status;
}

/* Where the code of a tested value may end. -1 with an exception. */
static int
add_ends_of_value(Finding *finding, PyObject *ends, const Node *node)
{
    for (;;) {
        if (node->kind == BOOL_OP) {
            if (add_ends_of_deciders(finding, ends, node) < 0) {
                return -1;
            }
            node = node->last;
        } else if (node->kind == IF_EXP) {
            int truth = known_truth(finding->learned, finding->tree, field_of(node, FIELD_TEST));
            if (truth == -2 || (truth == 1 && Py_EnterRecursiveCall(" while looking for decisions") != 0)) {
                return -1;
            }
            if (truth == 1) {
                int status = add_ends_of_value(finding, ends, field_of(node, FIELD_BODY));
                Py_LeaveRecursiveCall();
                if (status < 0) {
                    return -1;
                }
            }
            node = field_of(node, FIELD_ORELSE);
        } else {
            return add_ends(finding, ends, node, NULL);
        }
    }
}

PyObject *
ends_of_point(Finding *finding, const TestPoint *point)
{
    PyObject *list = PyList_New(0), *ends = NULL;
    int status = list == NULL ? -1 : 0;
    if (status == 0 && point->value != NULL) {
        status = point->is_chain ? add_ends(finding, list, point->value, point)
                                 : add_ends_of_value(finding, list, point->value);
    }
    if (status == 0) {
        ends = PyList_AsTuple(list);
    }
    Py_XDECREF(list);
    return ends;
}

static const Node *
last_variable(const Node *target)
{
    while ((target->kind == TUPLE || target->kind == LIST || target->kind == STARRED) && target->last != NULL) {
        target = target->last;
    }
    return target;
}

/* Borrowed: the part of an expression that is evaluated first; NULL where it is worth nothing to look further in. */
static const Node *
begin_of(const Node *node)
{
    switch (node->kind) {
    case BOOL_OP: case TUPLE: case LIST: case COMPARE: case BIN_OP: case UNARY_OP: case ATTRIBUTE: case SUBSCRIPT:
    case CALL:
        return node->first;
    case IF_EXP:
        return field_of(node, FIELD_TEST);
    case NAMED_EXPR:
        return field_of(node, FIELD_VALUE);
    default:
        return NULL;
    }
}

/* Borrowed: what is evaluated first in an expression. */
static const Node *
first_of(const Node *node)
{
    for (const Node *inner = node; inner != NULL; inner = begin_of(inner)) {
        node = inner;
    }
    return node;
}

int
remember_stored(Finding *finding, const Node *comprehension)
{
    const Node *loop = field_of(comprehension, FIELD_GENERATORS);
    const Node *element = field_of(comprehension, comprehension->kind == DICT_COMP ? FIELD_KEY : FIELD_ELT);
    int status = 0;
    if (!finding->now.is_wanted || element == NULL) {
        return 0;
    }
    for (const Node *next; loop != NULL && status == 0; loop = next) {
        next = next_of(loop);
        const Node *filter = field_of(loop, FIELD_IFS);
        const Node *after = filter != NULL ? filter : next != NULL ? field_of(next, FIELD_ITER) : element;
        PyObject *first = plain_span(first_of(after)->place);
        PyObject *variable = plain_span(last_variable(field_of(loop, FIELD_TARGET))->place);
        status = first == NULL || variable == NULL ? -1 : PyDict_SetItem(finding->stored, first, variable);
        Py_XDECREF(first);
        Py_XDECREF(variable);
    }
    return status;
}
