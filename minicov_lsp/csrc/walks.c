/* The walks that need no memory of where they are: all suites, what may be a decision, ways inside an expression. */
#include "tree.h"

#include <stdlib.h>

/* A list's statements, handlers and cases wait so that the first of them is the next. */
static int
wait_for_suites(Waiting *waiting, PyObject *node, const NodeClass *class)
{
    for (int i = class->suite_count - 1; i >= 0; i--) {
        PyObject *list = value_of(node, class->suites[i]);
        Py_ssize_t size = list != NULL && PyList_CheckExact(list) ? PyList_Size(list) : 0;
        for (Py_ssize_t at = size - 1; at >= 0; at--) {
            if (wait_for_node(waiting, PyList_GetItem(list, at)) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

PyObject *
suites_of(const Grammar *grammar, PyObject *tree)
{
    Waiting waiting = {0};
    PyObject *found = PyList_New(0);
    int status = found == NULL ? -1 : wait_for_node(&waiting, tree);
    while (status == 0 && waiting.count > 0) {
        PyObject *node = waiting.nodes[--waiting.count].node;
        const NodeClass *class = class_of(grammar, node);
        status = PyList_Append(found, node);
        if (status == 0 && class != NULL) {
            status = wait_for_suites(&waiting, node, class);
        }
    }
    free(waiting.nodes);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(found);
    }
    return found;
}

/* Whether the first statement of a suite tells that its header ends on the line where it starts. -1 with an exception. */
static int
is_right_above(long line, const Grammar *grammar, PyObject *inner, PyObject *lines)
{
    long below = number_of(grammar, inner, FIELD_LINENO), column = number_of(grammar, inner, FIELD_COL_OFFSET);
    if (below != line + 1) {
        return below == line;
    }
    PyObject *text = PySequence_GetItem(lines, line);
    int is_blank = text == NULL ? -1 : 1;
    for (long at = 0; is_blank > 0 && at < column; at++) {
        Py_UCS4 character = PyUnicode_ReadChar(text, at);
        is_blank = character == ' ' || character == '\t' || character == '\f';
    }
    Py_XDECREF(text);
    return PyErr_Occurred() ? -1 : is_blank;
}

/* Whether a suite may be over several lines; see extents.spread. -1 with an exception. */
static int
may_be_spread(const Grammar *grammar, PyObject *node, PyObject *lines)
{
    const NodeClass *class = class_of(grammar, node);
    long line = number_of(grammar, node, FIELD_LINENO);
    if (class == NULL || class->suite_count == 0) {
        return number_of(grammar, node, FIELD_END_LINENO) != line;
    }
    if (class->kind == MATCH || class->kind == MATCH_CASE || length_of(grammar, node, FIELD_DECORATOR_LIST) > 0) {
        return 1;
    }
    if (class->kind == MODULE || length_of(grammar, node, FIELD_BODY) == 0) {
        return 0;
    }
    int is_above = is_right_above(line, grammar, PyList_GetItem(field_of(grammar, node, FIELD_BODY), 0), lines);
    return is_above < 0 ? -1 : !is_above;
}

PyObject *
spread_of(const Grammar *grammar, PyObject *nodes, PyObject *lines)
{
    PyObject *found = PyList_New(0);
    Py_ssize_t size = found == NULL ? 0 : PyList_Size(nodes);
    int status = size < 0 ? -1 : 0;
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *node = PyList_GetItem(nodes, i);
        status = may_be_spread(grammar, node, lines);
        status = status > 0 ? PyList_Append(found, node) : status;
    }
    if (status < 0) {
        Py_CLEAR(found);
    }
    return found;
}

/* Whether a node may be a decision, have a test, or run what is inside in another order. */
static int
may_decide(const Grammar *grammar, PyObject *node, Kind kind)
{
    switch (kind) {
    case BOOL_OP: case IF: case WHILE: case IF_EXP: case ASSERT:
    case LAMBDA: case LIST_COMP: case SET_COMP: case DICT_COMP: case GENERATOR_EXP:
        return 1;
    case COMPARE:
        return length_of(grammar, node, FIELD_OPS) > 1;
    case COMPREHENSION:
        return length_of(grammar, node, FIELD_IFS) > 0;
    case MATCH_CASE: {
        PyObject *guard = field_of(grammar, node, FIELD_GUARD);
        return guard != NULL && guard != Py_None;
    }
    default:
        return 0;
    }
}

PyObject *
topmost_of(const Grammar *grammar, PyObject *nodes)
{
    Waiting waiting = {0};
    PyObject *found = PyList_New(0);
    int status = found == NULL ? -1 : wait_for(grammar, &waiting, nodes);
    while (status == 0 && waiting.count > 0) {
        PyObject *node = waiting.nodes[--waiting.count].node;
        const NodeClass *class = class_of(grammar, node);
        if (may_decide(grammar, node, class->kind)) {
            status = PyList_Append(found, node);
        } else {
            status = wait_for_inside(grammar, &waiting, node, class);
        }
    }
    free(waiting.nodes);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(found);
    }
    return found;
}

Py_ssize_t
more_ways(const Grammar *grammar, PyObject *node, Kind kind)
{
    Py_ssize_t size;
    switch (kind) {
    case IF: case IF_EXP: case FOR: case ASYNC_FOR: case WHILE: case EXCEPT_HANDLER: case ASSERT:
        return 1;
    case COMPREHENSION:
        return 1 + length_of(grammar, node, FIELD_IFS);
    case BOOL_OP:
        return length_of(grammar, node, FIELD_VALUES) - 1;
    case MATCH:
        size = length_of(grammar, node, FIELD_CASES);
        return size == 0 ? 0 : size - is_irrefutable(grammar, PyList_GetItem(field_of(grammar, node, FIELD_CASES), size - 1));
    default:
        return 0;
    }
}

int
wait_for_definition(const Grammar *grammar, Waiting *waiting, PyObject *node, Kind kind)
{
    if (wait_for_field(grammar, waiting, node, FIELD_DECORATOR_LIST) < 0) {
        return -1;
    }
    if (kind == CLASS_DEF) {
        return wait_for_field(grammar, waiting, node, FIELD_BASES) < 0 ? -1
                                                                  : wait_for_field(grammar, waiting, node, FIELD_KEYWORDS);
    }
    PyObject *arguments = field_of(grammar, node, FIELD_ARGS);
    return arguments == NULL || wait_for_field(grammar, waiting, arguments, FIELD_DEFAULTS) < 0
        ? -1
        : wait_for_field(grammar, waiting, arguments, FIELD_KW_DEFAULTS);
}

Py_ssize_t
ways_inside(const Grammar *grammar, PyObject *expression)
{
    Waiting waiting = {0};
    Py_ssize_t found = 0;
    int status = wait_for(grammar, &waiting, expression);
    while (status == 0 && waiting.count > 0) {
        PyObject *node = waiting.nodes[--waiting.count].node;
        const NodeClass *class = class_of(grammar, node);
        found += more_ways(grammar, node, class->kind);
        status = wait_for_inside(grammar, &waiting, node, class);
    }
    free(waiting.nodes);
    return status < 0 ? -1 : found;
}
