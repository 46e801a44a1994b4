/* What is read off suites by themselves: docstrings, compound statements, and what exclusion takes with it. */
#include "arcs.h"

#include <limits.h>
#include <string.h>

/* Put lines into a set. -1 with an exception. */
static int
add_lines(PyObject *set, int first, int last)
{
    int status = 0;
    for (int line = first; status == 0 && line <= last; line++) {
        PyObject *number = PyLong_FromLong(line);
        status = number == NULL ? -1 : PySet_Add(set, number);
        Py_XDECREF(number);
    }
    return status;
}

PyObject *
docstring_lines_of(const Tree *tree)
{
    PyObject *found = PySet_New(NULL);
    int status = found == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; status == 0 && i < tree->suite_count; i++) {
        const Node *node = tree->suites[i];
        const Node *first = node->kind == MODULE || is_definition(node) ? field_of(node, FIELD_BODY) : NULL;
        if (first != NULL && first->kind == EXPR && first->first->kind == CONSTANT && first->first->literal == TEXT) {
            status = add_lines(found, first->place.line, first->place.end_line);
        }
    }
    if (status < 0) {
        Py_CLEAR(found);
    }
    return found;
}

/* What excluded lines take with them. */
enum { IS_CODE = 16 };

typedef struct {
    Lines lines;
    PyObject *excluded;   /* Owned: a set. */
    PyObject *code_lines; /* Borrowed: NULL when they are marked. */
} Exclusion;

/* Whether one of some lines has a state. */
static int
has_any(const Lines *lines, int first, int last, int state)
{
    int found = 0;
    for (int line = first; !found && line <= last; line++) {
        found = state_of(lines, line) & state;
    }
    return found;
}

/* Exclude more lines. -1 with an exception. */
static int
exclude(Exclusion *exclusion, int first, int last)
{
    int status = 0;
    for (int line = first; status == 0 && line <= last; line++) {
        if (!(state_of(&exclusion->lines, line) & IS_EXCLUDED)) {
            exclusion->lines.states[line] |= IS_EXCLUDED;
            status = add_lines(exclusion->excluded, line, line);
        }
    }
    return status;
}

/* Whether a case's body has code, all of it on excluded lines. */
static int
is_body_excluded(const Lines *lines, const Node *node)
{
    int has_code = 0;
    for (int line = field_of(node, FIELD_BODY)->place.line; line <= node->place.end_line; line++) {
        int state = state_of(lines, line);
        if (state & IS_CODE && !(state & IS_EXCLUDED)) {
            return 0;
        }
        has_code |= state & IS_CODE;
    }
    return has_code;
}

static int
take_with(Exclusion *exclusion, const Node *node)
{
    if (is_definition(node)) {
        const Node *start = node->first != NULL && node->first->field == FIELD_DECORATOR_LIST ? node->first : node;
        if (has_any(&exclusion->lines, start->place.line, node->place.line, IS_EXCLUDED)) {
            return exclude(exclusion, start->place.line, node->place.end_line);
        }
    } else if (node->kind == MATCH_CASE && is_irrefutable(node)) {
        if (exclusion->code_lines != NULL && lines_mark(&exclusion->lines, exclusion->code_lines, IS_CODE) < 0) {
            return -1;
        }
        exclusion->code_lines = NULL;
        if (!is_body_excluded(&exclusion->lines, node)) {
            return 0;
        }
        const Node *pattern = field_of(node, FIELD_PATTERN);
        return exclude(exclusion, pattern->place.line, pattern->place.end_line);
    }
    return 0;
}

PyObject *
with_definitions(const Tree *tree, PyObject *args)
{
    PyObject *excluded, *code_lines;
    if (!PyArg_ParseTuple(args, "OO:with_definitions", &excluded, &code_lines)) {
        return NULL;
    }
    Exclusion exclusion = {.excluded = PySet_New(excluded), .code_lines = code_lines};
    if (exclusion.excluded == NULL || PySet_Size(exclusion.excluded) == 0) {
        return exclusion.excluded;
    }
    int status = lines_make(&exclusion.lines, tree, NULL);
    if (status == 0) {
        status = lines_mark(&exclusion.lines, excluded, IS_EXCLUDED);
    }
    for (Py_ssize_t i = 0; status == 0 && i < tree->suite_count; i++) {
        status = take_with(&exclusion, tree->suites[i]);
    }
    lines_clear(&exclusion.lines);
    if (status < 0) {
        Py_CLEAR(exclusion.excluded);
    }
    return exclusion.excluded;
}

/* Which statements some lines are in. */
typedef struct {
    PyObject *lines;       /* Borrowed: a sequence. */
    PyObject *wanted;      /* Owned: a list of lines, ascending. */
    Py_ssize_t at, count;  /* The wanted line that is next, and how many there are. */
    PyObject *found;       /* Owned: a list of pairs, ascending. */
    int first, last;       /* The latest one found. */
} Segments;

/* What opens suites. */
static int
is_compound(const Node *node)
{
    switch (node->kind) {
    case IF: case FOR: case ASYNC_FOR: case WHILE: case WITH: case ASYNC_WITH: case TRY: case TRY_STAR: case MATCH:
        return 1;
    default:
        return is_definition(node);
    }
}

/* The first character of a line but for blanks, if it is before a byte column; else 0. -1 with an exception. */
static int
first_character(PyObject *lines, int line, Py_ssize_t before)
{
    Py_ssize_t size = 0, at = 0;
    PyObject *text = PySequence_GetItem(lines, line - 1);
    const char *bytes = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == NULL) {
        Py_XDECREF(text);
        return -1;
    }
    while (at < size && at < before && strchr(" \t\f", bytes[at]) != NULL) {
        at++;
    }
    int found = at < size && at < before ? (unsigned char)bytes[at] : 0;
    Py_DECREF(text);
    return found;
}

/* The line that a statement starts on; of a decorated definition that with the `@`. -1 with an exception. */
static int
start_of(const Node *node, PyObject *lines)
{
    if (!is_definition(node) || node->first->field != FIELD_DECORATOR_LIST) {
        return node->place.line;
    }
    int line = node->first->place.line, character = 0;
    /* Nothing but brackets, comments and blank lines can be between `@` and what comes after it. */
    while (line > 1 && (character = first_character(lines, line, PY_SSIZE_T_MAX)) != '@') {
        if (character < 0) {
            return -1;
        }
        line--;
    }
    return line;
}

/* From which line on all lines of a definition are certainly not of its header: after its end where none is. -1 with an
   exception. */
static int
body_start(const Node *node, PyObject *lines)
{
    const Node *inner = field_of(node, FIELD_BODY);
    int before = inner->place.line > node->place.line ? first_character(lines, inner->place.line, inner->place.column) : 1;
    return before < 0 ? -1 : before > 0 ? node->place.end_line + 1 : start_of(inner, lines);
}

/* Put a statement behind the others, unless it is the last of them. -1 with an exception. */
static int
put_segment(Segments *segments, int first, int last)
{
    if (first == segments->first && last == segments->last) {
        return 0;
    }
    segments->first = first;
    segments->last = last;
    PyObject *pair = Py_BuildValue("(ii)", first, last);
    int status = pair == NULL ? -1 : PyList_Append(segments->found, pair);
    Py_XDECREF(pair);
    return status;
}

/* Find what wanted lines are in up to a line, that is the last of what holds the statements. -1 with an exception. */
static int
find_segments(Segments *segments, const Node *node, int last)
{
    int status = Py_EnterRecursiveCall(" in a suite") == 0 ? 0 : -1;
    if (status < 0) {
        return -1;
    }
    const Node *known = NULL;
    int first = 0, body = 0;   /* Of what is known: where it starts, and where its body is. */
    while (status == 0 && segments->at < segments->count) {
        long line = PyLong_AsLong(PyList_GetItem(segments->wanted, segments->at));
        if (line > last) {
            break;
        }
        while (node != NULL && node->place.end_line < line) {
            node = next_of(node);
        }
        if (node == NULL) {
            segments->at++;
            continue;
        }
        if (node != known) {
            known = node;
            first = start_of(node, segments->lines);
            body = first < 0 || !is_definition(node) ? INT_MAX : body_start(node, segments->lines);
        }
        if (first < 0 || body < 0) {
            status = -1;
        } else if (line >= body) {
            status = find_segments(segments, field_of(node, FIELD_BODY), node->place.end_line);
        } else {
            status = first <= line && is_compound(node) ? put_segment(segments, first, node->place.end_line) : 0;
            segments->at++;
        }
    }
    Py_LeaveRecursiveCall();
    return status;
}

PyObject *
statements_at(const Tree *tree, PyObject *args)
{
    PyObject *wanted;
    Segments segments = {0};
    if (!PyArg_ParseTuple(args, "OO:statements_at", &segments.lines, &wanted)) {
        return NULL;
    }
    segments.wanted = PySequence_List(wanted);
    segments.found = PyList_New(0);
    int status = segments.wanted == NULL || segments.found == NULL ? -1 : PyList_Sort(segments.wanted);
    if (status == 0) {
        segments.count = PyList_Size(segments.wanted);
        status = find_segments(&segments, tree->module->first, tree->module->place.end_line);
    }
    Py_XDECREF(segments.wanted);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(segments.found);
    }
    return segments.found;
}
