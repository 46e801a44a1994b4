/* What decides where a line goes on to; its twin is branches.choosing. */
#include "arcs.h"

#include <stdlib.h>

/* What is known of a line here. */
enum { IS_WANTED = 16, HAS_OTHER = 32, HAS_DECIDING = 64 };

typedef struct {
    Lines lines;
    PyObject *found;   /* Owned: a dict, {line: (line, byte column, end line, byte end column)}. */
} Search;

/* Whether a place for the line that a node starts on would tell more than what is known of it. */
static int
is_news(const Search *search, const Node *node, int known)
{
    int state = state_of(&search->lines, first_line(&search->lines, node->place.line));
    return state & IS_WANTED && !(state & known);
}

/* A place for the line that it starts on. -1 with an exception. */
static int
put_place(Search *search, Place at, int state)
{
    int line = first_line(&search->lines, at.line);
    search->lines.states[line] |= (uint8_t)state;
    PyObject *number = number_for(&search->lines, line);
    PyObject *place = Py_BuildValue("(iiii)", at.line, at.column, at.end_line, at.end_column);
    int status = number == NULL || place == NULL ? -1 : PyDict_SetItem(search->found, number, place);
    Py_XDECREF(number);
    Py_XDECREF(place);
    return status;
}

/* A test, a loop's head or a pattern: the first on its line is what decides. */
static int
see_deciding(Search *search, const Node *first, const Node *last)
{
    if (first == NULL || last == NULL || !is_news(search, first, HAS_DECIDING)) {
        return 0;
    }
    return put_place(search, place_of(first, last), HAS_DECIDING);
}

/* Any other statement or decorator: the first, where nothing decides. */
static int
see_other(Search *search, const Node *node)
{
    return is_news(search, node, HAS_OTHER | HAS_DECIDING) ? put_place(search, node->place, HAS_OTHER) : 0;
}

static int
see(Search *search, const Node *node)
{
    const Node *test;
    switch (node->kind) {
    case IF: case WHILE:
        test = field_of(node, FIELD_TEST);
        return see_deciding(search, test, test);
    case FOR: case ASYNC_FOR:
        return see_deciding(search, node, field_of(node, FIELD_ITER));
    case MATCH_CASE:
        test = field_of(node, FIELD_PATTERN);
        return see_deciding(search, test, test);
    case MODULE:
        return 0;
    default: {
        int status = see_other(search, node);
        const Node *each = field_of(node, FIELD_DECORATOR_LIST);
        for (; status == 0 && each != NULL; each = next_of(each)) {
            status = see_other(search, each);
        }
        return status;
    }
    }
}

PyObject *
choosing_of(const Tree *tree, PyObject *args)
{
    PyObject *firsts, *wanted;
    Search search = {0};
    if (!PyArg_ParseTuple(args, "O!O:choosing", &PyDict_Type, &firsts, &wanted)) {
        return NULL;
    }
    search.found = PyDict_New();
    int status = search.found == NULL ? -1 : lines_make(&search.lines, tree, firsts);
    if (status == 0) {
        status = lines_mark(&search.lines, wanted, IS_WANTED);
    }
    for (Py_ssize_t i = 0; status == 0 && i < tree->suite_count; i++) {
        status = see(&search, tree->suites[i]);
    }
    lines_clear(&search.lines);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(search.found);
    }
    return search.found;
}
