/* How control goes through each kind of statement; its twin is arc_rules.py. */
#include "arcs.h"

/* A list of statements that is come to from one line, and its exits put behind others. -1 with an exception. */
static int
walk_from(ArcWalk *walk, PyObject *list, int line, Why why, Exits *exits, const Scope *scope)
{
    Exits inner = {0};
    int status = exits_add(&inner, line, why);
    if (status == 0) {
        status = walk_body(walk, list, &inner, scope);
    }
    if (status == 0) {
        status = exits_take(exits, &inner);
    }
    exits_clear(&inner);
    return status;
}

static int
walk_if(ArcWalk *walk, PyObject *node, Exits *exits, const Scope *scope)
{
    const Grammar *grammar = walk->grammar;
    for (;;) {
        PyObject *test = field_of(grammar, node, FIELD_TEST);
        int line = line_of(walk, test, OTHER), truth = constant_truth(grammar, test);
        if (truth != 0
            && walk_from(walk, field_of(grammar, node, FIELD_BODY), line, NEVER_TRUE, exits, scope) < 0) {
            return -1;
        }
        if (truth == 1) {
            break;
        }
        PyObject *orelse = field_of(grammar, node, FIELD_ORELSE);
        PyObject *next = length_of(grammar, node, FIELD_ORELSE) == 1 ? PyList_GetItem(orelse, 0) : NULL;
        const NodeClass *class = next == NULL ? NULL : class_of(grammar, next);
        if (class == NULL || class->kind != IF || !can_run(walk, next)) {
            if (walk_from(walk, orelse, line, ALWAYS_TRUE, exits, scope) < 0) {
                return -1;
            }
            break;
        }
        node = next;   /* A chain of `elif` nests as deep as it is long: no recursion here. */
        if (add_arc(walk, line, ALWAYS_TRUE, line_of(walk, node, IF), TO_LINE, NULL) < 0) {
            return -1;
        }
    }
    exits_once(walk, exits);
    return 0;
}

/* The body of a loop, and the arcs back to its top. `loop->breaks` is for leave_loop to clear. */
static int
walk_loop(ArcWalk *walk, PyObject *node, Loop *loop, Why why, const Scope *scope)
{
    Scope inside = *scope;
    inside.loop = loop;
    Exits ends = {0};
    int status = walk_from(walk, field_of(walk->grammar, node, FIELD_BODY), loop->top, why, &ends, &inside);
    if (status == 0) {
        status = add_arcs(walk, &ends, loop->top, TO_LINE, NULL);
    }
    exits_clear(&ends);
    return status;
}

/* What breaks out of a loop goes on behind it, if all went well so far. */
static int
leave_loop(ArcWalk *walk, Loop *loop, Exits *exits, int status)
{
    if (status == 0) {
        status = exits_take(exits, &loop->breaks);
    }
    exits_clear(&loop->breaks);
    exits_once(walk, exits);
    return status;
}

static int
walk_while(ArcWalk *walk, PyObject *node, Exits *exits, const Scope *scope)
{
    PyObject *test = field_of(walk->grammar, node, FIELD_TEST);
    Loop loop = {.top = line_of(walk, test, OTHER)};
    int status = walk_loop(walk, node, &loop, NEVER_TRUE, scope);
    if (status == 0 && length_of(walk->grammar, node, FIELD_ORELSE) > 0) {
        status = walk_from(walk, field_of(walk->grammar, node, FIELD_ORELSE), loop.top, ALWAYS_TRUE, exits, scope);
    } else if (status == 0 && constant_truth(walk->grammar, test) < 0) {
        status = exits_add(exits, loop.top, ALWAYS_TRUE);
    }
    return leave_loop(walk, &loop, exits, status);
}

static int
walk_for(ArcWalk *walk, PyObject *node, Exits *exits, const Scope *scope)
{
    Loop loop = {.top = line_of(walk, field_of(walk->grammar, node, FIELD_ITER), OTHER)};
    int status = walk_loop(walk, node, &loop, NEVER_STARTED, scope);
    if (status == 0) {
        status = walk_from(walk, field_of(walk->grammar, node, FIELD_ORELSE), loop.top, NEVER_ENDED, exits, scope);
    }
    return leave_loop(walk, &loop, exits, status);
}

static int
walk_match(ArcWalk *walk, PyObject *node, int line, Exits *exits, const Scope *scope)
{
    const Grammar *grammar = walk->grammar;
    PyObject *cases = field_of(grammar, node, FIELD_CASES);
    Py_ssize_t size = length_of(grammar, node, FIELD_CASES);
    Exits matched = {0};
    Why why = UNKNOWN;
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *each = PyList_GetItem(cases, i);
        int next = line_of(walk, field_of(grammar, each, FIELD_PATTERN), OTHER);
        status = add_arc(walk, line, why, next, TO_LINE, NULL);
        line = next;
        why = ALWAYS_MATCHED;
        if (status == 0) {
            status = walk_from(walk, field_of(grammar, each, FIELD_BODY), line, NEVER_MATCHED, &matched, scope);
        }
    }
    if (status == 0 && (size == 0 || !is_irrefutable(grammar, PyList_GetItem(cases, size - 1)))) {
        status = exits_add(exits, line, why);
    }
    if (status == 0) {
        status = exits_take(exits, &matched);
    }
    exits_clear(&matched);
    exits_once(walk, exits);
    return status;
}

/* A `finally` comes once, after whatever completes; exceptions and jumps through it make no arcs. */
static int
walk_try(ArcWalk *walk, PyObject *node, int line, Exits *exits, const Scope *scope)
{
    const Grammar *grammar = walk->grammar;
    PyObject *handlers = field_of(grammar, node, FIELD_HANDLERS), *final = field_of(grammar, node, FIELD_FINALBODY);
    Py_ssize_t size = length_of(grammar, node, FIELD_HANDLERS);
    Scope rest = *scope, inside = *scope;
    rest.has_handler = scope->has_handler && length_of(grammar, node, FIELD_FINALBODY) == 0;
    inside.has_handler = size > 0;
    inside.handler = size > 0 ? line_of(walk, PyList_GetItem(handlers, 0), OTHER) : 0;
    Exits handled = {0};
    int status = walk_from(walk, field_of(grammar, node, FIELD_BODY), line, UNKNOWN, exits, &inside);
    for (Py_ssize_t i = 0; status == 0 && i < size; i++) {
        PyObject *handler = PyList_GetItem(handlers, i);
        status = walk_from(walk, field_of(grammar, handler, FIELD_BODY), line_of(walk, handler, OTHER), NOT_CAUGHT,
                           &handled, &rest);
    }
    if (status == 0) {
        status = walk_body(walk, field_of(grammar, node, FIELD_ORELSE), exits, &rest);
    }
    if (status == 0) {
        status = exits_take(exits, &handled);
    }
    exits_clear(&handled);
    exits_once(walk, exits);
    int completes = exits->count > 0;
    if (status == 0) {
        status = walk_body(walk, final, exits, scope);
    }
    if (!completes) {
        exits->count = 0;
    }
    return status;
}

static int
walk_with(ArcWalk *walk, PyObject *node, int line, Exits *exits, const Scope *scope)
{
    int status = with_enter(walk, line);
    if (status == 0) {
        status = walk_from(walk, field_of(walk->grammar, node, FIELD_BODY), line, UNKNOWN, exits, scope);
    }
    with_leave(walk, line);
    if (status < 0 || exits->count == 0) {
        return status;
    }
    if (add_arcs(walk, exits, line, TO_LINE, NULL) < 0 || with_returned(walk, exits, line) < 0) {
        return -1;
    }
    exits->count = 0;
    return exits_add(exits, line, UNKNOWN);
}

/* The body is another code object's; decorators run one after another, then the definition. */
static int
walk_definition(ArcWalk *walk, PyObject *node, Exits *exits)
{
    PyObject *decorators = field_of(walk->grammar, node, FIELD_DECORATOR_LIST);
    Py_ssize_t size = length_of(walk->grammar, node, FIELD_DECORATOR_LIST);
    int own = (int)number_of(walk->grammar, node, FIELD_LINENO);
    for (Py_ssize_t i = 0; i < size; i++) {
        int line = line_of(walk, PyList_GetItem(decorators, i), OTHER);
        int next = i + 1 < size ? line_of(walk, PyList_GetItem(decorators, i + 1), OTHER) : own;
        if (add_arc(walk, line, UNKNOWN, next, TO_LINE, NULL) < 0) {
            return -1;
        }
    }
    return exits_add(exits, own, UNKNOWN);
}

/* What goes on somewhere else than to the next statement. */
static int
walk_jump(ArcWalk *walk, Kind kind, int line, const Scope *scope)
{
    if (kind == RETURN && scope->function != NULL) {
        return add_arc(walk, line, NO_RETURN, -scope->function_line, EXIT_FUNCTION, scope->function);
    }
    if (kind == RAISE && scope->has_handler) {
        int leaves = scope->handler < 0 && scope->function != NULL;
        return add_arc(walk, line, NO_RAISE, scope->handler, leaves ? LEAVE_FUNCTION : TO_LINE,
                       leaves ? scope->function : NULL);
    }
    if (kind == BREAK && scope->loop != NULL) {
        return exits_add(&scope->loop->breaks, line, NO_BREAK);
    }
    if (kind == CONTINUE && scope->loop != NULL) {
        return add_arc(walk, line, NO_CONTINUE, scope->loop->top, TO_LINE, NULL);
    }
    return 0;
}

int
walk_statement(ArcWalk *walk, PyObject *node, int line, Exits *exits, const Scope *scope)
{
    const NodeClass *class = class_of(walk->grammar, node);
    switch (class == NULL ? OTHER : class->kind) {
    case IF:
        return walk_if(walk, node, exits, scope);
    case WHILE:
        return walk_while(walk, node, exits, scope);
    case FOR: case ASYNC_FOR:
        return walk_for(walk, node, exits, scope);
    case MATCH:
        return walk_match(walk, node, line, exits, scope);
    case TRY: case TRY_STAR:
        return walk_try(walk, node, line, exits, scope);
    case WITH: case ASYNC_WITH:
        return walk_with(walk, node, line, exits, scope);
    case CLASS_DEF: case FUNCTION_DEF: case ASYNC_FUNCTION_DEF:
        return walk_definition(walk, node, exits);
    case RETURN: case RAISE: case BREAK: case CONTINUE:
        return walk_jump(walk, class->kind, line, scope);
    default:
        return exits_add(exits, line, UNKNOWN);
    }
}
