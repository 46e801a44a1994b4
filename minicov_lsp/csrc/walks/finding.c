/* Finding decisions: which nodes are visited, in which state. */
#include "finding.h"

#include <string.h>

static int
wait_here(Finding *finding, const Node *node)
{
    Pending *waiting = room_for_more(finding->waiting, finding->count, &finding->room, 256, sizeof *waiting);
    if (waiting == NULL) {
        return -1;
    }
    finding->waiting = waiting;
    finding->waiting[finding->count] = finding->now;
    finding->waiting[finding->count++].node = node;
    return 0;
}

int
later(Finding *finding, const Node *node)
{
    int is_needed = node != NULL && !is_bare(node) && (finding->now.is_wanted || is_suite(node));
    return is_needed ? wait_here(finding, node) : 0;
}

static int
later_field(Finding *finding, const Node *node, FieldName name)
{
    for (const Node *child = field_of(node, name); child != NULL; child = next_of(child)) {
        if (later(finding, child) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
later_inside(Finding *finding, const Node *node)
{
    for (const Node *child = node->first; child != NULL; child = child->next) {
        if (later(finding, child) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What is in a field is only evaluated where a test has that truth. */
static int
if_alive(Finding *finding, const Part *test, int truth, const Node *node, FieldName name)
{
    uint8_t was_dead = finding->now.is_dead;
    finding->now.is_dead |= (uint8_t)is_known(test, !truth);
    int status = later_field(finding, node, name);
    finding->now.is_dead = was_dead;
    return status;
}

Part *
test_part(Finding *finding, const char *kind, const Node *test, const Node *body)
{
    Part *root = tested_part(finding, test);
    return root != NULL && add_found(finding, kind, test, root, body) < 0 ? NULL : root;
}

static int
go_into_branches(Finding *finding, const char *kind, const Node *node)
{
    const Node *body = node->kind == IF_EXP ? field_of(node, FIELD_BODY) : NULL;
    const Part *test = test_part(finding, kind, field_of(node, FIELD_TEST), body);
    return test == NULL || if_alive(finding, test, 1, node, FIELD_BODY) < 0
            || if_alive(finding, test, 0, node, FIELD_ORELSE) < 0
        ? -1
        : 0;
}

static int
go_into_assertion(Finding *finding, const Node *node)
{
    const Part *test = test_part(finding, "assert", field_of(node, FIELD_TEST), NULL);
    return test == NULL ? -1 : if_alive(finding, test, 0, node, FIELD_MSG);
}

/* One loop of a comprehension: its filters, up to one that is never true, and what it goes over. */
static int
go_into_loop(Finding *finding, const Node *node)
{
    uint8_t was_dead = finding->now.is_dead;
    for (const Node *filter = field_of(node, FIELD_IFS); filter != NULL; filter = next_of(filter)) {
        const Part *test = test_part(finding, "comprehension", filter, NULL);
        if (test == NULL) {
            return -1;
        }
        finding->now.is_dead |= (uint8_t)is_known(test, 0);
    }
    finding->now.is_dead = was_dead;
    return later_field(finding, node, FIELD_TARGET) < 0 ? -1 : later_field(finding, node, FIELD_ITER);
}

static int
go_into_case(Finding *finding, const Node *node)
{
    const Node *guard = field_of(node, FIELD_GUARD);
    return (guard != NULL && test_part(finding, "guard", guard, NULL) == NULL)
            || later_field(finding, node, FIELD_PATTERN) < 0 || later_field(finding, node, FIELD_BODY) < 0
        ? -1
        : 0;
}

static int
go_into_lambda(Finding *finding, const Node *node)
{
    const Node *value = field_of(node, FIELD_BODY);
    if (later_field(finding, node, FIELD_ARGS) < 0) {
        return -1;
    }
    finding->now.within = value;
    return later(finding, value);
}

/* Whether a statement has some of the wanted lines, but for its suites. */
static int
is_touched(const Finding *finding, const Node *node)
{
    int first = node->place.line, last = first, most = finding->touched_size - 1;
    int is_simple = 1;
    for (const Node *child = node->first; child != NULL; child = child->next) {
        if (is_suite(child)) {
            is_simple = 0;
        } else if (child->place.line > 0) {
            first = child->place.line < first ? child->place.line : first;
            last = child->place.end_line > last ? child->place.end_line : last;
        }
    }
    last = is_simple && node->place.end_line > last ? node->place.end_line : last;
    first = first < 0 ? 0 : first > most ? most : first;
    last = last >= most ? most : last + 1;
    return last > first && finding->touched[last] > finding->touched[first];
}

/* A node in value context: makes decisions of its tests, is one itself, or just has children. */
static int
visit(Finding *finding, const Node *node)
{
    Part *root;
    if (is_suite(node) && finding->touched != NULL) {
        finding->now.is_wanted = (uint8_t)is_touched(finding, node);
    }
    switch (node->kind) {
    case COMPARE:
        if (!is_chain(node)) {
            return later_inside(finding, node);
        }
        /* fall through */
    case BOOL_OP:
        root = value_part(finding, node);
        return root == NULL ? -1 : add_found(finding, "value", node, root, NULL);
    case IF: case WHILE: case IF_EXP:
        return go_into_branches(finding, node->kind == IF ? "if" : node->kind == WHILE ? "while" : "ifexp", node);
    case ASSERT:
        return go_into_assertion(finding, node);
    case COMPREHENSION:
        return go_into_loop(finding, node);
    case MATCH_CASE:
        return go_into_case(finding, node);
    case LAMBDA:
        return go_into_lambda(finding, node);
    case LIST_COMP: case SET_COMP: case DICT_COMP: case GENERATOR_EXP:
        finding->now.within = node->kind == GENERATOR_EXP ? node : finding->now.within;
        return remember_stored(finding, node) < 0 ? -1 : later_inside(finding, node);
    default:
        return later_inside(finding, node);
    }
}

/* How many of the wanted lines are before each line, up to two after `most`. NULL with an exception. */
static int *
read_touched(PyObject *lines, int most)
{
    int *touched = calloc((size_t)most + 3, sizeof *touched);
    PyObject *each = touched == NULL ? PyErr_NoMemory() : PyObject_GetIter(lines);
    for (PyObject *item; each != NULL && (item = PyIter_Next(each)) != NULL;) {
        int overflow = 0;
        long line = PyLong_AsLongAndOverflow(item, &overflow);
        if (line >= 0 && line <= most && !overflow && !PyErr_Occurred()) {
            touched[line + 1] = 1;
        }
        Py_DECREF(item);
    }
    Py_XDECREF(each);
    if (PyErr_Occurred()) {
        free(touched);
        return NULL;
    }
    for (int line = 1; line < most + 3; line++) {
        touched[line] += touched[line - 1];
    }
    return touched;
}

/* New: a list of what was found, by span, which takes it over. */
static PyObject *
list_of(Finding *finding)
{
    PlacedList *decisions = &finding->decisions;
    PyObject *found = PyList_New(decisions->count);
    if (found == NULL) {
        return NULL;
    }
    sort_placed(decisions, 0);
    for (Py_ssize_t i = 0; i < decisions->count; i++) {
        PyList_SetItem(found, i, decisions->items[i].object);
    }
    decisions->count = 0;
    return found;
}

static void
finding_clear(Finding *finding)
{
    for (Py_ssize_t i = 0; i < finding->decisions.count; i++) {
        Py_DECREF(finding->decisions.items[i].object);
    }
    free(finding->decisions.items);
    free(finding->leaves.items);
    free(finding->waiting);
    parts_clear(finding);
    Py_XDECREF(finding->stored);
    Py_XDECREF(finding->kept);
}

PyObject *
decisions_of(const Learned *learned, const Tree *tree, PyObject *lines)
{
    int most = tree->module->place.end_line, *touched = NULL;
    if (lines != Py_None && (touched = read_touched(lines, most)) == NULL) {
        return NULL;
    }
    Finding finding = {
        .learned = learned, .tree = tree, .now = {.is_wanted = 1}, .touched = touched,
        .touched_size = most + 3, .stored = PyDict_New(), .kept = PyList_New(0)};
    int status = finding.stored == NULL || finding.kept == NULL ? -1 : wait_here(&finding, tree->module);
    while (status == 0 && finding.count > 0) {
        finding.now = finding.waiting[--finding.count];
        status = visit(&finding, finding.now.node);
    }
    PyObject *found = status < 0 ? NULL : list_of(&finding);
    finding_clear(&finding);
    free(touched);
    return found;
}
