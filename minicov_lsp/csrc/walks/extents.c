/* Which logical lines are over several lines, read off the tree and the text; its twin is extents.py. */
#include "walks.h"

enum { UNCLEAR = -2, FAILED = -1, FOUND = 0 };

/* The logical lines of a text, one after the other. */
typedef struct {
    const Tree *tree;
    long first, last;        /* Of the one at hand. */
    PyObject *found;         /* Owned: {first line: last line} of those before it that have more than one. */
} Extents;

/* The line at hand, if it has more than one, is done. */
static int
add_line(Extents *extents)
{
    if (extents->last <= extents->first) {
        return FOUND;
    }
    PyObject *first = PyLong_FromLong(extents->first), *last = PyLong_FromLong(extents->last);
    int status = first == NULL || last == NULL ? FAILED : PyDict_SetItem(extents->found, first, last);
    Py_XDECREF(first);
    Py_XDECREF(last);
    return status;
}

/* A statement or header is over these lines: it goes on where another one ended (`a; b`, `if a: b`), or is the next. */
static int
add_piece(Extents *extents, long first, long last)
{
    if (first <= extents->last) {
        extents->last = last > extents->last ? last : extents->last;
        return FOUND;
    }
    int status = add_line(extents);
    extents->first = first;
    extents->last = last;
    return status;
}

/* Whether in its line a node has nothing before it but a word and blanks. */
static int
is_right_behind(const Tree *tree, const Node *node, const char *word)
{
    const char *at = tree->lines[node->place.line - 1], *end = at + node->place.column;
    size_t size = strlen(word);
    at += strspn(at, " \t\f");
    if (at + size > end || memcmp(at, word, size) != 0) {
        return 0;
    }
    at += size;
    return at + strspn(at, " \t\f") >= end;
}

/* Whether the first statement of a suite tells that its header ends on the line where it starts. */
static int
is_right_above(const Tree *tree, int line, const Node *inner)
{
    return inner->place.line == line || (inner->place.line == line + 1 && is_right_behind(tree, inner, ""));
}

/* The line of the first colon behind a place that is followed by no string; UNCLEAR if there is none. */
static int
colon_behind(const Tree *tree, int line, int column)
{
    const char *at = tree->lines[line - 1] + column;
    for (; line <= tree->line_count; line++) {
        const char *end = tree->lines[line];
        while (at < end && *at != ':' && *at != '#') {
            at++;
        }
        if (at < end && *at == ':') {
            return line;
        }
        at = end;
    }
    return UNCLEAR;
}

/* What of a definition's header is last, NULL if it has but a name. */
static const Node *
last_of_definition(const Node *node)
{
    const Node *last = NULL;
    for (const Node *child = node->first; child != NULL && child->field != FIELD_BODY; child = child->next) {
        if (child->field == FIELD_ARGS) {
            last = child->last != NULL ? child->last : last;
        } else if (child->field != FIELD_DECORATOR_LIST) {
            last = child;
        }
    }
    return last;
}

/* The last expression of a header, NULL if it has none. */
static const Node *
last_of_header(const Node *node)
{
    switch (node->kind) {
    case FUNCTION_DEF: case ASYNC_FUNCTION_DEF: case CLASS_DEF:
        return last_of_definition(node);
    case IF: case WHILE:
        return field_of(node, FIELD_TEST);
    case FOR: case ASYNC_FOR:
        return field_of(node, FIELD_ITER);
    case WITH: case ASYNC_WITH:
        return last_of(node, FIELD_ITEMS);
    case EXCEPT_HANDLER:
        return field_of(node, FIELD_TYPE);
    case MATCH:
        return field_of(node, FIELD_SUBJECT);
    case MATCH_CASE:
        return field_of(node, FIELD_GUARD) != NULL ? field_of(node, FIELD_GUARD) : field_of(node, FIELD_PATTERN);
    default:
        return NULL;
    }
}

/* The header of what holds statements, handlers or cases. */
static int
add_header(Extents *extents, const Node *node)
{
    int line = node->place.line, end;
    if (node->kind == MATCH_CASE && !is_right_behind(extents->tree, field_of(node, FIELD_PATTERN), "case")) {
        return UNCLEAR;
    }
    const Node *inner = node->kind == MATCH || node->kind == MATCH_CASE ? NULL : field_of(node, FIELD_BODY);
    if (inner != NULL && is_right_above(extents->tree, line, inner)) {
        end = line;
    } else {
        const Node *last = last_of_header(node);
        end = last == NULL ? colon_behind(extents->tree, line, node->place.column)
                           : colon_behind(extents->tree, last->place.end_line, last->place.end_column);
    }
    return end == UNCLEAR ? UNCLEAR : add_piece(extents, line, end);
}

static int
add_suite(Extents *extents, const Node *node)
{
    switch (node->kind) {
    case MODULE:
        return FOUND;
    case FUNCTION_DEF: case ASYNC_FUNCTION_DEF: case CLASS_DEF:
        for (const Node *each = node->first; each->field == FIELD_DECORATOR_LIST; each = each->next) {
            int status = is_right_behind(extents->tree, each, "@")
                ? add_piece(extents, each->place.line, each->place.end_line)
                : UNCLEAR;
            if (status != FOUND) {
                return status;
            }
        }
        return add_header(extents, node);
    case IF: case WHILE: case FOR: case ASYNC_FOR: case WITH: case ASYNC_WITH: case TRY: case TRY_STAR:
    case EXCEPT_HANDLER: case MATCH: case MATCH_CASE:
        return add_header(extents, node);
    default:
        return add_piece(extents, node->place.line, node->place.end_line);
    }
}

PyObject *
extents_of(const Tree *tree, PyObject *lines)
{
    (void)lines;   /* They are those of the tree's text. */
    Extents extents = {.tree = tree, .found = PyDict_New()};
    int status = extents.found == NULL ? FAILED : FOUND;
    for (Py_ssize_t i = 0; status == FOUND && i < tree->suite_count; i++) {
        status = add_suite(&extents, tree->suites[i]);
    }
    status = status == FOUND ? add_line(&extents) : status;
    if (status == FOUND) {
        return extents.found;
    }
    Py_XDECREF(extents.found);
    return status == UNCLEAR ? Py_NewRef(Py_None) : NULL;
}
