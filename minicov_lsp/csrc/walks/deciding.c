/* The walk that finds decisions and regions and counts ways; its twins are decisions.py, regions.py, complexity.py. */
#include "deciding.h"

/* What of a definition runs where it stands waits, its type parameters apart, its body until later. */
static int
definition(Walk *walk, const Node *node)
{
    if (wait_for_definition(&walk->waiting, node) < 0 || wait_for_field(&walk->apart, node, FIELD_TYPE_PARAMS) < 0) {
        return -1;
    }
    walk->definitions.is_kept = walk->waiting.is_kept;
    return wait_for_node(&walk->definitions, node);
}

/* Decisions in an annotation are none, but it counts for complexity. */
static int
annotated(Walk *walk, const Node *node)
{
    Py_ssize_t more = ways_inside(field_of(node, FIELD_ANNOTATION));
    walk->ways += more;
    return more < 0 || wait_for_field(&walk->waiting, node, FIELD_TARGET) < 0
        ? -1
        : wait_for_field(&walk->waiting, node, FIELD_VALUE);
}

static int
filters(Walk *walk, const Node *node)
{
    for (const Node *filter = field_of(node, FIELD_IFS); filter != NULL; filter = next_of(filter)) {
        if (decision(walk, "comprehension", filter, 1) == FAILED) {
            return -1;
        }
    }
    return wait_for_field(&walk->waiting, node, FIELD_TARGET) < 0
        ? -1
        : wait_for_field(&walk->waiting, node, FIELD_ITER);
}

/* Whether what follows `else` is an `elif`: an `if` inside of an `else` is further right. */
static int
is_elif(const Node *node)
{
    const Node *inner = field_of(node, FIELD_ORELSE);
    return inner != NULL && inner->kind == IF && next_of(inner) == NULL && inner->place.column == node->place.column;
}

/* One side of a choice. */
static int
side(Walk *walk, const Node *node, FieldName name, int is_chosen)
{
    int is_body = name == FIELD_BODY, was_kept = walk->waiting.is_kept, status;
    walk->waiting.is_kept = was_kept && is_chosen;
    if (node->kind == IF_EXP) {
        status = go_into_part(walk, "arm", node, name);
    } else if (node->kind == IF && !is_body && is_elif(node)) {
        status = wait_for_field(&walk->waiting, node, name);
    } else if (node->kind == IF) {
        status = go_into_suite(walk, is_body ? "if" : "else", node, name, 0);
    } else {
        status = go_into_suite(walk, is_body ? "loop" : "loop-else", node, name, 0);
    }
    walk->waiting.is_kept = was_kept;
    return status;
}

/* `if`, `while`, conditional expression: a test and what it chooses between; what it never chooses is no region. */
static int
choice(Walk *walk, const char *kind, const Node *node)
{
    const Node *test = field_of(node, FIELD_TEST);
    int truth = constant_truth(walk->learned, test);
    return decision(walk, kind, test, 1) == FAILED || side(walk, node, FIELD_BODY, truth != 0) < 0
        ? -1
        : side(walk, node, FIELD_ORELSE, truth != 1);
}

static int
asserted(Walk *walk, const Node *node)
{
    const Node *test = field_of(node, FIELD_TEST);
    if (decision(walk, "assert", test, 1) == FAILED) {
        return -1;
    }
    walk->waiting.is_kept &= constant_truth(walk->learned, test) != 1;
    return go_into_part(walk, "message", node, FIELD_MSG);
}

/* A handler or a case: what is asked, perhaps a guard, and the body. */
static int
clause(Walk *walk, const Node *node, const char *kind, FieldName asked)
{
    const Node *guard = field_of(node, FIELD_GUARD);
    if (guard != NULL && decision(walk, "guard", guard, 1) == FAILED) {
        return -1;
    }
    return wait_for_field(&walk->waiting, node, asked) < 0
        ? -1
        : go_into_suite(walk, kind, node, FIELD_BODY, 0);
}

static int
loop(Walk *walk, const Node *node)
{
    return wait_for_field(&walk->waiting, node, FIELD_TARGET) < 0
            || wait_for_field(&walk->waiting, node, FIELD_ITER) < 0
            || go_into_suite(walk, "loop", node, FIELD_BODY, 0) < 0
        ? -1
        : go_into_suite(walk, "loop-else", node, FIELD_ORELSE, 0);
}

/* What gathers elements, each of which is a region. */
static int
gathering(Walk *walk, const Node *node)
{
    const Node *first = field_of(node, node->kind == DICT_COMP ? FIELD_KEY : FIELD_ELT);
    const Node *value = field_of(node, FIELD_VALUE);
    return add_region(walk, "element", first, value == NULL ? first : value) < 0
        ? -1
        : wait_for_inside(&walk->waiting, node);
}

/* What a node by itself makes of those inside it. */
static int
look_inside(Walk *walk, const Node *node)
{
    switch (node->kind) {
    case IF: case WHILE: case IF_EXP:
        return choice(walk, node->kind == IF ? "if" : node->kind == WHILE ? "while" : "ifexp", node);
    case ASSERT:
        return asserted(walk, node);
    case COMPREHENSION:
        return filters(walk, node);
    case EXCEPT_HANDLER:
        return clause(walk, node, "handler", FIELD_TYPE);
    case MATCH_CASE:
        return clause(walk, node, "case", FIELD_PATTERN);
    case FOR: case ASYNC_FOR:
        return loop(walk, node);
    case LAMBDA:
        return wait_for_field(&walk->waiting, field_of(node, FIELD_ARGS), FIELD_DEFAULTS) < 0
            ? -1
            : go_into_part(walk, "lambda", node, FIELD_BODY);
    case LIST_COMP: case SET_COMP: case DICT_COMP: case GENERATOR_EXP:
        return gathering(walk, node);
    case TYPE_ALIAS:
        walk->waiting.is_kept = 0;
        return wait_for_inside(&walk->waiting, node);
    default:
        return wait_for_inside(&walk->waiting, node);
    }
}

/* A node whose value nothing tests: it has tests, is a decision, or just has nodes inside. */
static int
look_at(Walk *walk, const Node *node)
{
    switch (node->kind) {
    case FUNCTION_DEF: case ASYNC_FUNCTION_DEF: case CLASS_DEF:
        return definition(walk, node);
    case ANN_ASSIGN:
        return annotated(walk, node);
    case BOOL_OP:   /* It counts its ways itself, as do those in it. */
        return decision(walk, "value", node, 0) == FAILED ? -1 : 0;
    case COMPARE:
        if (is_chain(node)) {
            return decision(walk, "value", node, 0) == FAILED ? -1 : 0;
        }
        return wait_for_inside(&walk->waiting, node);
    default:
        walk->ways += more_ways(node);
        return look_inside(walk, node);
    }
}

/* Until nothing waits any more. */
static int
go_on(Walk *walk)
{
    int status = 0;
    while (status == 0 && walk->waiting.count > 0) {
        WaitingNode next = walk->waiting.nodes[--walk->waiting.count];
        walk->waiting.is_kept = next.is_kept && is_kept(walk, next.node);
        status = look_at(walk, next.node);
    }
    return status;
}

static int
go_into_definition(Walk *walk, WaitingNode next)
{
    walk->ways = 1;
    walk->waiting.is_kept = next.is_kept;
    if (go_into_suite(walk, next.node->kind == CLASS_DEF ? "class" : "function", next.node, FIELD_BODY, 1) < 0
        || go_on(walk) < 0) {
        return -1;
    }
    Counted *counted = room_for_more(walk->counted, walk->counted_count, &walk->counted_room, 64, sizeof *counted);
    if (counted == NULL) {
        return -1;
    }
    walk->counted = counted;
    walk->counted[walk->counted_count++] = (Counted){next.node, walk->ways};
    return 0;
}

static int
go_through(Walk *walk)
{
    walk->waiting.is_kept = 1;
    int status = wait_for_node(&walk->waiting, walk->tree->module) < 0 ? -1 : go_on(walk);
    while (status == 0 && walk->definitions.count > 0) {
        status = go_into_definition(walk, walk->definitions.nodes[--walk->definitions.count]);
    }
    walk->waiting.is_kept = 0;
    while (status == 0 && walk->apart.count > 0) {
        status = wait_for_node(&walk->waiting, walk->apart.nodes[--walk->apart.count].node);
    }
    return status < 0 ? -1 : go_on(walk);
}

static int
compare_counted(const void *left, const void *right)
{
    Place a = ((const Counted *)left)->node->place, b = ((const Counted *)right)->node->place;
    return a.line != b.line ? (a.line > b.line) - (a.line < b.line) : (a.column > b.column) - (a.column < b.column);
}

/* What is said of the definitions that were gone into, in order of the text. -1 with an exception. */
static int
add_headers(Walk *walk)
{
    if (walk->counted_count > 1) {
        qsort(walk->counted, (size_t)walk->counted_count, sizeof *walk->counted, compare_counted);
    }
    int status = 0;
    for (Py_ssize_t i = 0; status == 0 && i < walk->counted_count; i++) {
        const Node *node = walk->counted[i].node, *decorator = field_of(node, FIELD_DECORATOR_LIST);
        PyObject *values[] = {
            new_name(node),
            PyBool_FromLong(node->kind == CLASS_DEF),
            PyLong_FromLong(node->place.line),
            PyLong_FromLong(decorator == NULL ? node->place.line : decorator->place.line),
            PyLong_FromLong(field_of(node, FIELD_BODY)->place.line),
            PyLong_FromLong(node->last->place.end_line),   /* Nothing comes after the body. */
            PyLong_FromSsize_t(walk->counted[i].ways)};
        PyObject *header = new_record(walk->learned, RECORD_HEADER, 7, values);
        status = header == NULL ? -1 : PyList_Append(walk->headers, header);
        Py_XDECREF(header);
    }
    return status;
}

PyObject *
parts_of(const Learned *learned, const Tree *tree, PyObject *code_lines)
{
    Walk walk = {
        .learned = learned, .tree = tree,
        .decisions = PyList_New(0), .headers = PyList_New(0), .regions = PyList_New(0)};
    int is_ready = walk.decisions != NULL && walk.headers != NULL && walk.regions != NULL;
    int is_whole = is_ready && read_lines(&walk, code_lines) == 0 && go_through(&walk) == 0 && add_headers(&walk) == 0;
    free(walk.waiting.nodes);
    free(walk.apart.nodes);
    free(walk.definitions.nodes);
    free(walk.counted);
    free(walk.conditions);
    free(walk.kept_before);
    while (walk.word_count > 0) {
        Py_DECREF(walk.words[--walk.word_count].string);
    }
    PyObject *found = is_whole ? PyTuple_Pack(3, walk.decisions, walk.headers, walk.regions) : NULL;
    Py_XDECREF(walk.decisions);
    Py_XDECREF(walk.headers);
    Py_XDECREF(walk.regions);
    return found;
}
