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
line_of(const ArcWalk *walk, PyObject *node, Kind kind)
{
    if (kind == CLASS_DEF || kind == FUNCTION_DEF || kind == ASYNC_FUNCTION_DEF) {
        PyObject *decorators = field_of(walk->grammar, node, FIELD_DECORATOR_LIST);
        if (decorators != NULL && PyList_CheckExact(decorators) && PyList_Size(decorators) > 0) {
            node = PyList_GetItem(decorators, 0);
        }
    }
    return node == NULL ? 0 : first_line(&walk->lines, (int)number_of(walk->grammar, node, FIELD_LINENO));
}

int
can_run(const ArcWalk *walk, PyObject *node)
{
    const NodeClass *class = class_of(walk->grammar, node);
    return class != NULL && state_of(&walk->lines, line_of(walk, node, class->kind)) & RUNS;
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
add_arc(ArcWalk *walk, int line, Why why, int end, Destination destination, PyObject *owner)
{
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
add_arcs(ArcWalk *walk, const Exits *exits, int end, Destination destination, PyObject *owner)
{
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < exits->count; i++) {
        status = add_arc(walk, exits->items[i].line, exits->items[i].why, end, destination, owner);
    }
    return status;
}

int
walk_body(ArcWalk *walk, PyObject *list, Exits *exits, const Scope *scope)
{
    Py_ssize_t size = list != NULL && PyList_CheckExact(list) ? PyList_Size(list) : 0;
    int status = size == 0 ? 0 : Py_EnterRecursiveCall(" in a suite");
    if (size == 0 || status != 0) {
        return status == 0 ? 0 : -1;
    }
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *node = PyList_GetItem(list, i);
        const NodeClass *class = class_of(walk->grammar, node);
        int line = line_of(walk, node, class == NULL ? OTHER : class->kind);
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
walk_code_object(ArcWalk *walk, PyObject *node, Kind kind)
{
    Scope scope = {0};
    Exits exits = {0};
    int start = kind == MODULE ? first_line(&walk->lines, 1) : line_of(walk, node, kind);
    Destination destination = kind == MODULE ? EXIT_MODULE : kind == CLASS_DEF ? EXIT_CLASS : EXIT_FUNCTION;
    int status = 0;
    if (kind == MODULE && length_of(walk->grammar, node, FIELD_BODY) == 0) {
        status = add_arc(walk, start, UNKNOWN, -start, destination, node);
    }
    if (destination == EXIT_FUNCTION) {
        scope = (Scope){.function = node, .function_line = start, .has_handler = 1, .handler = -start};
    }
    if (status == 0) {
        status = walk_body(walk, field_of(walk->grammar, node, FIELD_BODY), &exits, &scope);
    }
    if (status == 0) {
        status = add_arcs(walk, &exits, -start, destination, node);
    }
    exits_clear(&exits);
    return status;
}

static int
walk_all(ArcWalk *walk, PyObject *nodes)
{
    Py_ssize_t size = PyList_Size(nodes);
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *node = PyList_GetItem(nodes, i);
        const NodeClass *class = class_of(walk->grammar, node);
        switch (class == NULL ? OTHER : class->kind) {
        case MODULE: case CLASS_DEF: case FUNCTION_DEF: case ASYNC_FUNCTION_DEF:
            status = walk_code_object(walk, node, class->kind);
            break;
        default:
            break;
        }
    }
    return status == 0 && !PyErr_Occurred() ? 0 : -1;
}

int
grammar_learn_arcs(Grammar *grammar, PyObject *args)
{
    PyObject *whys, *destinations, *mending;
    if (!PyArg_ParseTuple(args, "O!O!O:learn_arcs", &PyTuple_Type, &whys, &PyTuple_Type, &destinations, &mending)) {
        return -1;
    }
    if (PyTuple_Size(whys) != WHYS || PyTuple_Size(destinations) != DESTINATIONS) {
        PyErr_SetString(PyExc_ValueError, "not the words for arcs");
        return -1;
    }
    PyObject *before[] = {grammar->whys, grammar->destinations, grammar->mending};
    grammar->whys = Py_NewRef(whys);
    grammar->destinations = Py_NewRef(destinations);
    grammar->mending = Py_NewRef(mending);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(before[i]);
    }
    return 0;
}

PyObject *
following_of(const Grammar *grammar, PyObject *args)
{
    PyObject *nodes, *firsts, *code_lines, *excluded, *made = NULL;
    ArcWalk walk = {.grammar = grammar};
    if (grammar->mending == NULL) {
        PyErr_SetString(PyExc_ValueError, "the words for arcs are to be learned first");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!O!OO:following", &PyList_Type, &nodes, &PyDict_Type, &firsts, &code_lines,
                          &excluded)) {
        return NULL;
    }
    if (lines_make(&walk.lines, grammar, nodes, firsts) == 0 && lines_mark(&walk.lines, code_lines, RUNS) == 0
        && lines_mark(&walk.lines, excluded, IS_EXCLUDED) == 0) {
        walk.seen = calloc((size_t)walk.lines.count, sizeof *walk.seen);
        if (walk.seen == NULL) {
            PyErr_NoMemory();
        } else if (walk_all(&walk, nodes) == 0) {
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
