/* How control goes through each kind of statement; its twin is arc_rules.py. */
#include "arcs.h"

/* A statement and those after it, come to from one line, and its exits put behind others. -1 with an exception. */
static int
walk_from(ArcWalk *walk, const Node *first, int line, Why why, Exits *exits, const Scope *scope)
{
    Exits inner = {0};
    int status = exits_add(&inner, line, why);
    if (status == 0) {
        status = walk_body(walk, first, &inner, scope);
    }
    if (status == 0) {
        status = exits_take(exits, &inner);
    }
    exits_clear(&inner);
    return status;
}

static int
walk_if(ArcWalk *walk, const Node *node, Exits *exits, const Scope *scope)
{
    for (;;) {
        const Node *test = field_of(node, FIELD_TEST);
        int line = line_of(walk, test), truth = constant_truth(walk->learned, test);
        if (truth != 0
            && walk_from(walk, field_of(node, FIELD_BODY), line, NEVER_TRUE, exits, scope) < 0) {
            return -1;
        }
        if (truth == 1) {
            break;
        }
        const Node *orelse = field_of(node, FIELD_ORELSE);
        if (orelse == NULL || orelse->kind != IF || next_of(orelse) != NULL || !can_run(walk, orelse)) {
            if (walk_from(walk, orelse, line, ALWAYS_TRUE, exits, scope) < 0) {
                return -1;
            }
            break;
        }
        node = orelse;   /* A chain of `elif` nests as deep as it is long: no recursion here. */
        if (add_arc(walk, line, ALWAYS_TRUE, line_of(walk, node), TO_LINE, NULL) < 0) {
            return -1;
        }
    }
    exits_once(walk, exits);
    return 0;
}

/* The body of a loop, and the arcs back to its top. `loop->breaks` is for leave_loop to clear. */
static int
walk_loop(ArcWalk *walk, const Node *node, Loop *loop, Why why, const Scope *scope)
{
    Scope inside = *scope;
    inside.loop = loop;
    Exits ends = {0};
    int status = walk_from(walk, field_of(node, FIELD_BODY), loop->top, why, &ends, &inside);
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
walk_while(ArcWalk *walk, const Node *node, Exits *exits, const Scope *scope)
{
    const Node *test = field_of(node, FIELD_TEST);
    const Node *orelse = field_of(node, FIELD_ORELSE);
    Loop loop = {.top = line_of(walk, test)};
    int status = walk_loop(walk, node, &loop, NEVER_TRUE, scope);
    if (status == 0 && orelse != NULL) {
        status = walk_from(walk, orelse, loop.top, ALWAYS_TRUE, exits, scope);
    } else if (status == 0 && constant_truth(walk->learned, test) < 0) {
        status = exits_add(exits, loop.top, ALWAYS_TRUE);
    }
    return leave_loop(walk, &loop, exits, status);
}

static int
walk_for(ArcWalk *walk, const Node *node, Exits *exits, const Scope *scope)
{
    Loop loop = {.top = line_of(walk, field_of(node, FIELD_ITER))};
    int status = walk_loop(walk, node, &loop, NEVER_STARTED, scope);
    if (status == 0) {
        status = walk_from(walk, field_of(node, FIELD_ORELSE), loop.top, NEVER_ENDED, exits, scope);
    }
    return leave_loop(walk, &loop, exits, status);
}

static int
walk_match(ArcWalk *walk, const Node *node, int line, Exits *exits, const Scope *scope)
{
    const Node *last = NULL;
    Exits matched = {0};
    Why why = UNKNOWN;
    int status = 0;
    for (const Node *each = field_of(node, FIELD_CASES); status == 0 && each != NULL; each = next_of(each)) {
        int next = line_of(walk, field_of(each, FIELD_PATTERN));
        status = add_arc(walk, line, why, next, TO_LINE, NULL);
        line = next;
        last = each;
        why = ALWAYS_MATCHED;
        if (status == 0) {
            status = walk_from(walk, field_of(each, FIELD_BODY), line, NEVER_MATCHED, &matched, scope);
        }
    }
    if (status == 0 && (last == NULL || !is_irrefutable(last))) {
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
walk_try(ArcWalk *walk, const Node *node, int line, Exits *exits, const Scope *scope)
{
    const Node *handlers = field_of(node, FIELD_HANDLERS), *final = field_of(node, FIELD_FINALBODY);
    Scope rest = *scope, inside = *scope;
    rest.has_handler = scope->has_handler && final == NULL;
    inside.has_handler = handlers != NULL;
    inside.handler = handlers != NULL ? line_of(walk, handlers) : 0;
    Exits handled = {0};
    int status = walk_from(walk, field_of(node, FIELD_BODY), line, UNKNOWN, exits, &inside);
    for (const Node *handler = handlers; status == 0 && handler != NULL; handler = next_of(handler)) {
        status = walk_from(walk, field_of(handler, FIELD_BODY), line_of(walk, handler), NOT_CAUGHT,
                           &handled, &rest);
    }
    if (status == 0) {
        status = walk_body(walk, field_of(node, FIELD_ORELSE), exits, &rest);
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
walk_with(ArcWalk *walk, const Node *node, int line, Exits *exits, const Scope *scope)
{
    int status = with_enter(walk, line);
    if (status == 0) {
        status = walk_from(walk, field_of(node, FIELD_BODY), line, UNKNOWN, exits, scope);
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
walk_definition(ArcWalk *walk, const Node *node, Exits *exits)
{
    int own = node->place.line;
    const Node *decorator = field_of(node, FIELD_DECORATOR_LIST);
    for (const Node *after; decorator != NULL; decorator = after) {
        after = next_of(decorator);
        int line = line_of(walk, decorator), next = after == NULL ? own : line_of(walk, after);
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
walk_statement(ArcWalk *walk, const Node *node, int line, Exits *exits, const Scope *scope)
{
    switch (node->kind) {
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
        return walk_jump(walk, node->kind, line, scope);
    default:
        return exits_add(exits, line, UNKNOWN);
    }
}
