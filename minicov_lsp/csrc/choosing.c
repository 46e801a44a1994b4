/* What decides where a line goes on to; its twin is branches.choosing. */
#include "arcs.h"

#include <stdlib.h>

/* What is known of a line here. */
enum { IS_WANTED = 16, HAS_OTHER = 32, HAS_DECIDING = 64 };

typedef struct {
    const Grammar *grammar;
    Lines lines;
    PyObject *found;   /* Owned: a dict, {line: (line, byte column, end line, byte end column)}. */
} Search;

/* Whether a place for the line that a node starts on would tell more than what is known of it. */
static int
is_news(const Search *search, PyObject *node, int known)
{
    int state = state_of(&search->lines, first_line(&search->lines, (int)number_of(search->grammar, node, FIELD_LINENO)));
    return state & IS_WANTED && !(state & known);
}

/* The place from the start of one node to the end of another. -1 with an exception. */
static int
put_place(Search *search, PyObject *first, PyObject *last, int state)
{
    const Grammar *grammar = search->grammar;
    long start = number_of(grammar, first, FIELD_LINENO);
    int line = first_line(&search->lines, (int)start);
    search->lines.states[line] |= (uint8_t)state;
    PyObject *number = number_for(&search->lines, line);
    PyObject *place = Py_BuildValue(
        "(llll)", start, number_of(grammar, first, FIELD_COL_OFFSET), number_of(grammar, last, FIELD_END_LINENO),
        number_of(grammar, last, FIELD_END_COL_OFFSET));
    int status = number == NULL || place == NULL ? -1 : PyDict_SetItem(search->found, number, place);
    Py_XDECREF(number);
    Py_XDECREF(place);
    return status;
}

/* A test, a loop's head or a pattern: the first on its line is what decides. */
static int
see_deciding(Search *search, PyObject *first, PyObject *last)
{
    if (first == NULL || last == NULL || !is_news(search, first, HAS_DECIDING)) {
        return 0;
    }
    return put_place(search, first, last, HAS_DECIDING);
}

/* Any other statement or decorator: the first, where nothing decides. */
static int
see_other(Search *search, PyObject *node)
{
    return is_news(search, node, HAS_OTHER | HAS_DECIDING) ? put_place(search, node, node, HAS_OTHER) : 0;
}

static int
see(Search *search, PyObject *node, Kind kind)
{
    const Grammar *grammar = search->grammar;
    PyObject *test;
    switch (kind) {
    case IF: case WHILE:
        test = field_of(grammar, node, FIELD_TEST);
        return see_deciding(search, test, test);
    case FOR: case ASYNC_FOR:
        return see_deciding(search, node, field_of(grammar, node, FIELD_ITER));
    case MATCH_CASE:
        test = field_of(grammar, node, FIELD_PATTERN);
        return see_deciding(search, test, test);
    case MODULE:
        return 0;
    default: {
        int status = see_other(search, node);
        PyObject *decorators = kind == CLASS_DEF || kind == FUNCTION_DEF || kind == ASYNC_FUNCTION_DEF
            ? field_of(grammar, node, FIELD_DECORATOR_LIST)
            : NULL;
        Py_ssize_t size = decorators != NULL && PyList_CheckExact(decorators) ? PyList_Size(decorators) : 0;
        for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
            status = see_other(search, PyList_GetItem(decorators, i));
        }
        return status;
    }
    }
}

PyObject *
choosing_of(const Grammar *grammar, PyObject *args)
{
    PyObject *nodes, *firsts, *wanted;
    Search search = {.grammar = grammar};
    if (!PyArg_ParseTuple(args, "O!O!O:choosing", &PyList_Type, &nodes, &PyDict_Type, &firsts, &wanted)) {
        return NULL;
    }
    search.found = PyDict_New();
    int status = search.found == NULL ? -1 : lines_make(&search.lines, grammar, nodes, firsts);
    if (status == 0) {
        status = lines_mark(&search.lines, wanted, IS_WANTED);
    }
    Py_ssize_t size = PyList_Size(nodes);
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *node = PyList_GetItem(nodes, i);
        const NodeClass *class = class_of(grammar, node);
        status = class == NULL ? 0 : see(&search, node, class->kind);
    }
    lines_clear(&search.lines);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(search.found);
    }
    return search.found;
}
