/* The walk over statements that gathers arcs; its twin is arcs.py. */
#include "arcs.h"

#include <stdlib.h>

int
exits_add(Exits *exits, int line, Why why)
{
    Exit *items = room_for_more(exits->items, exits->count, &exits->room, 8, sizeof *items);
    if (items == NULL) {
        return -1;
    }
    exits->items = items;
    exits->items[exits->count++] = (Exit){line, why};
    return 0;
}

int
exits_take(Exits *exits, Exits *more)
{
    if (exits->count == 0) {
        Exits empty = *exits;
        *exits = *more;
        *more = empty;
        return 0;
    }
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < more->count; i++) {
        status = exits_add(exits, more->items[i].line, more->items[i].why);
    }
    more->count = 0;
    return status;
}

void
exits_clear(Exits *exits)
{
    free(exits->items);
    *exits = (Exits){0};
}

void
exits_once(ArcWalk *walk, Exits *exits)
{
    Py_ssize_t kept = 0;
    for (Py_ssize_t i = 0; i < exits->count; i++) {
        Exit exit = exits->items[i];
        int is_known = 0;
        if (exit.line >= 0 && exit.line < walk->lines.count) {
            is_known = walk->seen[exit.line] >> exit.why & 1;
            walk->seen[exit.line] |= (uint16_t)(1 << exit.why);
        }
        if (!is_known) {
            exits->items[kept++] = exit;
        }
    }
    exits->count = kept;
    for (Py_ssize_t i = 0; i < kept; i++) {
        int line = exits->items[i].line;
        if (line >= 0 && line < walk->lines.count) {
            walk->seen[line] = 0;
        }
    }
}

int
line_of(const ArcWalk *walk, const Node *node)
{
    if (node->first != NULL && node->first->field == FIELD_DECORATOR_LIST) {
        node = node->first;
    }
    return first_line(&walk->lines, node->place.line);
}

int
can_run(const ArcWalk *walk, const Node *node)
{
    return state_of(&walk->lines, line_of(walk, node)) & RUNS;
}

/* Put a pair of lines into a set, which is made when there is none. */
static int
set_add(ArcWalk *walk, PyObject **set, int start, int end)
{
    if (*set == NULL && (*set = PySet_New(NULL)) == NULL) {
        return -1;
    }
    PyObject *arc = arc_for(&walk->lines, start, end);
    int status = arc == NULL ? -1 : PySet_Add(*set, arc);
    Py_XDECREF(arc);
    return status;
}

/* What WithJumps.saw does. */
static int
saw(ArcWalk *walk, int start, int end)
{
    int state = state_of(&walk->lines, start);
    if (state & IS_OPEN) {
        return set_add(walk, &walk->entries, start, end);
    }
    if (!(state & HAS_WITH)) {
        return 0;
    }
    PyObject *line = number_for(&walk->lines, start), *number = number_for(&walk->lines, end);
    PyObject *ends = line == NULL ? NULL : PyDict_GetItemWithError(walk->left, line);
    int status = ends == NULL || number == NULL ? -1 : PySet_Add(ends, number);
    Py_XDECREF(line);
    Py_XDECREF(number);
    return status;
}

int
with_enter(ArcWalk *walk, int line)
{
    walk->has_with = 1;
    if (line < 0 || line >= walk->lines.count || (walk->left == NULL && (walk->left = PyDict_New()) == NULL)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int was = walk->lines.states[line];
    walk->lines.states[line] = (uint8_t)(was | HAS_WITH | IS_OPEN);
    if (was & HAS_WITH) {
        return 0;
    }
    PyObject *number = number_for(&walk->lines, line), *ends = PySet_New(NULL);
    int status = number == NULL || ends == NULL ? -1 : PyDict_SetItem(walk->left, number, ends);
    Py_XDECREF(number);
    Py_XDECREF(ends);
    return status;
}

void
with_leave(ArcWalk *walk, int line)
{
    if (line >= 0 && line < walk->lines.count) {
        walk->lines.states[line] &= (uint8_t)~IS_OPEN;
    }
}

int
with_returned(ArcWalk *walk, const Exits *exits, int line)
{
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < exits->count; i++) {
        status = set_add(walk, &walk->returns, exits->items[i].line, line);
    }
    return status;
}

int
add_arc(ArcWalk *walk, int line, Why why, int end, Destination destination, const Node *owner)
{
    if (line < 0 || line >= walk->lines.count) {
        return 0;   /* What no tree has: they are sorted by a table of the lines. */
    }
    FoundArc *arcs = room_for_more(walk->arcs, walk->count, &walk->room, 512, sizeof *arcs);
    if (arcs == NULL) {
        return -1;
    }
    walk->arcs = arcs;
    int number = (int)walk->count;
    walk->arcs[walk->count++] = (FoundArc){
        .start = line, .end = end, .first = number, .number = number, .why = why, .destination = destination,
        .owner = owner};
    return walk->has_with ? saw(walk, line, end) : 0;
}

int
add_arcs(ArcWalk *walk, const Exits *exits, int end, Destination destination, const Node *owner)
{
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < exits->count; i++) {
        status = add_arc(walk, exits->items[i].line, exits->items[i].why, end, destination, owner);
    }
    return status;
}

int
walk_body(ArcWalk *walk, const Node *first, Exits *exits, const Scope *scope)
{
    if (first == NULL) {
        return 0;
    }
    int status = Py_EnterRecursiveCall(" in a suite") == 0 ? 0 : -1;
    if (status < 0) {
        return -1;
    }
    for (const Node *node = first; status == 0 && node != NULL; node = next_of(node)) {
        int line = line_of(walk, node);
        if (state_of(&walk->lines, line) & RUNS) {
            status = add_arcs(walk, exits, line, TO_LINE, NULL);
            exits->count = 0;
            if (status == 0) {
                status = walk_statement(walk, node, line, exits, scope);
            }
        }
    }
    Py_LeaveRecursiveCall();
    return status;
}

/* Walk what becomes one code object; definitions inside are walked for themselves. */
static int
walk_code_object(ArcWalk *walk, const Node *node)
{
    Scope scope = {0};
    Exits exits = {0};
    int start = node->kind == MODULE ? first_line(&walk->lines, 1) : line_of(walk, node);
    Destination destination = node->kind == MODULE ? EXIT_MODULE : node->kind == CLASS_DEF ? EXIT_CLASS : EXIT_FUNCTION;
    int status = 0;
    if (node->kind == MODULE && node->first == NULL) {
        status = add_arc(walk, start, UNKNOWN, -start, destination, node);
    }
    if (destination == EXIT_FUNCTION) {
        scope = (Scope){.function = node, .function_line = start, .has_handler = 1, .handler = -start};
    }
    if (status == 0) {
        status = walk_body(walk, field_of(node, FIELD_BODY), &exits, &scope);
    }
    if (status == 0) {
        status = add_arcs(walk, &exits, -start, destination, node);
    }
    exits_clear(&exits);
    return status;
}

static int
walk_all(ArcWalk *walk, const Tree *tree)
{
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < tree->suite_count; i++) {
        const Node *node = tree->suites[i];
        if (node->kind == MODULE || is_definition(node)) {
            status = walk_code_object(walk, node);
        }
    }
    return status == 0 && !PyErr_Occurred() ? 0 : -1;
}

PyObject *
following_of(const Learned *learned, const Tree *tree, PyObject *args)
{
    PyObject *firsts, *code_lines, *excluded, *made = NULL;
    ArcWalk walk = {.learned = learned};
    if (!PyArg_ParseTuple(args, "O!OO:following", &PyDict_Type, &firsts, &code_lines, &excluded)) {
        return NULL;
    }
    if (lines_make(&walk.lines, tree, firsts) == 0 && lines_mark(&walk.lines, code_lines, RUNS) == 0
        && lines_mark(&walk.lines, excluded, IS_EXCLUDED) == 0) {
        walk.seen = calloc((size_t)walk.lines.count, sizeof *walk.seen);
        if (walk.seen == NULL) {
            PyErr_NoMemory();
        } else if (walk_all(&walk, tree) == 0) {
            made = following_made(&walk);
        }
    }
    lines_clear(&walk.lines);
    free(walk.arcs);
    free(walk.seen);
    Py_XDECREF(walk.left);
    Py_XDECREF(walk.entries);
    Py_XDECREF(walk.returns);
    return made;
}
