/* The walk that finds regions; what is one is said by regions.py, its twin. */
#include "tree.h"

#include <stdlib.h>

typedef struct {
    const Grammar *grammar;
    Waiting waiting;
    uint8_t *has_code;   /* Owned: for each line from 0 whether the compiler kept some of it. */
    long lines;
    PyObject *found;     /* Owned: a list of model.Region. */
} Walk;

/* Whether the compiler made code of a statement; expressions go with theirs. */
static int
is_kept(const Walk *walk, PyObject *node, const NodeClass *class)
{
    if (!class->is_statement) {
        return 1;
    }
    long last = number_of(walk->grammar, node, FIELD_END_LINENO);
    for (long line = number_of(walk->grammar, node, FIELD_LINENO); line <= last && line < walk->lines; line++) {
        if (line >= 0 && walk->has_code[line]) {
            return 1;
        }
    }
    return 0;
}

/* A node waits if it is kept: 1 if so, bare ones too; -1 with an exception. */
static int
go_into(Walk *walk, PyObject *node)
{
    const NodeClass *class = node == NULL ? NULL : class_of(walk->grammar, node);
    if (class == NULL || !is_kept(walk, node, class)) {
        return 0;
    }
    return class->is_bare || wait_for_node(&walk->waiting, node) == 0 ? 1 : -1;
}

/* The same for a list: whether any was kept. */
static int
go_into_all(Walk *walk, PyObject *list)
{
    int is_any = 0;
    Py_ssize_t size = list != NULL && PyList_CheckExact(list) ? PyList_Size(list) : 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        int status = go_into(walk, PyList_GetItem(list, i));
        if (status < 0) {
            return -1;
        }
        is_any |= status;
    }
    return is_any;
}

static int
go_into_field(Walk *walk, PyObject *node, FieldName name)
{
    PyObject *value = field_of(walk->grammar, node, name);
    int status = value != NULL && PyList_CheckExact(value) ? go_into_all(walk, value) : go_into(walk, value);
    return status < 0 ? -1 : 0;
}

/* The same for all fields of a node. */
static int
go_into_fields(Walk *walk, PyObject *node, const NodeClass *class)
{
    PyObject *fields = class->field_count == 0 ? NULL : PyObject_GenericGetDict(node, NULL);
    int status = 0;
    for (int i = 0; fields != NULL && status >= 0 && i < class->field_count; i++) {
        PyObject *value = PyDict_GetItemWithError(fields, class->fields[i]);
        status = value != NULL && PyList_CheckExact(value) ? go_into_all(walk, value) : go_into(walk, value);
    }
    Py_XDECREF(fields);
    return status < 0 ? -1 : 0;
}

static int
add(Walk *walk, const char *kind, PyObject *first, PyObject *last)
{
    const Grammar *grammar = walk->grammar;
    PyObject *values[] = {PyUnicode_InternFromString(kind), new_span(grammar, place_of(grammar, first, last))};
    PyObject *region = new_record(grammar, RECORD_REGION, 2, values);
    int status = region == NULL ? -1 : PyList_Append(walk->found, region);
    Py_XDECREF(region);
    return status;
}

/* One node is a region, if there is one. */
static int
region_of_node(Walk *walk, const char *kind, PyObject *node)
{
    int status = go_into(walk, node);
    return status > 0 ? add(walk, kind, node, node) : status;
}

/* A list of statements is a region, if the compiler kept one; `is_always`: a function's body can be a docstring. */
static int
region_of_list(Walk *walk, const char *kind, PyObject *list, int is_always)
{
    int status = go_into_all(walk, list);
    if (status < 0 || (status == 0 && !is_always) || list == NULL || !PyList_CheckExact(list)) {
        return status < 0 ? -1 : 0;
    }
    Py_ssize_t size = PyList_Size(list);
    return size == 0 ? 0 : add(walk, kind, PyList_GetItem(list, 0), PyList_GetItem(list, size - 1));
}

static int
regions_of_function(Walk *walk, PyObject *node)
{
    if (go_into_field(walk, node, FIELD_DECORATOR_LIST) < 0 || go_into_field(walk, node, FIELD_ARGS) < 0) {
        return -1;
    }
    return region_of_list(walk, "function", field_of(walk->grammar, node, FIELD_BODY), 1);
}

static int
regions_of_class(Walk *walk, PyObject *node)
{
    if (go_into_field(walk, node, FIELD_DECORATOR_LIST) < 0 || go_into_field(walk, node, FIELD_BASES) < 0
        || go_into_field(walk, node, FIELD_KEYWORDS) < 0) {
        return -1;
    }
    return region_of_list(walk, "class", field_of(walk->grammar, node, FIELD_BODY), 1);
}

/* Whether what follows `else` is an `elif`: an `if` inside of an `else` is further right. */
static int
is_elif(const Grammar *grammar, PyObject *node)
{
    if (length_of(grammar, node, FIELD_ORELSE) != 1) {
        return 0;
    }
    PyObject *only = PyList_GetItem(field_of(grammar, node, FIELD_ORELSE), 0);
    const NodeClass *class = class_of(grammar, only);
    return class != NULL && class->kind == IF
        && number_of(grammar, only, FIELD_COL_OFFSET) == number_of(grammar, node, FIELD_COL_OFFSET);
}

/* `if`, `while`, conditional expression: a test and what it chooses between, without what it never chooses. */
static int
regions_of_choice(Walk *walk, PyObject *node, Kind kind)
{
    const Grammar *grammar = walk->grammar;
    PyObject *body = field_of(grammar, node, FIELD_BODY), *orelse = field_of(grammar, node, FIELD_ORELSE);
    int truth = constant_truth(grammar, field_of(grammar, node, FIELD_TEST));
    int status = go_into_field(walk, node, FIELD_TEST);
    if (status == 0 && truth != 0) {
        status = kind == IF_EXP ? region_of_node(walk, "arm", body)
                                : region_of_list(walk, kind == IF ? "if" : "loop", body, 0);
    }
    if (status < 0 || truth == 1) {
        return status;
    }
    if (kind == IF_EXP) {
        return region_of_node(walk, "arm", orelse);
    }
    if (kind == IF && is_elif(grammar, node)) {
        return go_into_field(walk, node, FIELD_ORELSE);
    }
    return region_of_list(walk, kind == IF ? "else" : "loop-else", orelse, 0);
}

static int
regions_of_for(Walk *walk, PyObject *node)
{
    if (go_into_field(walk, node, FIELD_TARGET) < 0 || go_into_field(walk, node, FIELD_ITER) < 0
        || region_of_list(walk, "loop", field_of(walk->grammar, node, FIELD_BODY), 0) < 0) {
        return -1;
    }
    return region_of_list(walk, "loop-else", field_of(walk->grammar, node, FIELD_ORELSE), 0);
}

/* A handler or a case: what is asked, perhaps a guard, and the body. */
static int
regions_of_clause(Walk *walk, PyObject *node, const char *kind, FieldName asked)
{
    if (go_into_field(walk, node, asked) < 0 || go_into_field(walk, node, FIELD_GUARD) < 0) {
        return -1;
    }
    return region_of_list(walk, kind, field_of(walk->grammar, node, FIELD_BODY), 0);
}

static int
regions_of_assert(Walk *walk, PyObject *node)
{
    if (go_into_field(walk, node, FIELD_TEST) < 0) {
        return -1;
    }
    return constant_truth(walk->grammar, field_of(walk->grammar, node, FIELD_TEST)) == 1
        ? 0
        : region_of_node(walk, "message", field_of(walk->grammar, node, FIELD_MSG));
}

/* The operands of `and` or `or`, up to one that is constant and decides. */
static int
regions_of_operands(Walk *walk, PyObject *node)
{
    const Grammar *grammar = walk->grammar;
    const NodeClass *op = class_of(grammar, field_of(grammar, node, FIELD_OP));
    PyObject *values = field_of(grammar, node, FIELD_VALUES);
    for (Py_ssize_t i = 0; i < length_of(grammar, node, FIELD_VALUES); i++) {
        PyObject *value = PyList_GetItem(values, i);
        int status = i == 0 ? go_into(walk, value) : region_of_node(walk, "operand", value);
        if (status < 0 || constant_truth(grammar, value) == (op != NULL && op->kind == OR)) {
            return status < 0 ? -1 : 0;
        }
    }
    return 0;
}

/* The operands of a comparison: from the third on they depend on the links before them. */
static int
regions_of_links(Walk *walk, PyObject *node)
{
    int status = go_into_field(walk, node, FIELD_LEFT);
    PyObject *others = field_of(walk->grammar, node, FIELD_COMPARATORS);
    for (Py_ssize_t i = 0; status == 0 && i < length_of(walk->grammar, node, FIELD_COMPARATORS); i++) {
        PyObject *other = PyList_GetItem(others, i);
        status = i == 0 ? go_into(walk, other) : region_of_node(walk, "operand", other);
        status = status < 0 ? -1 : 0;
    }
    return status;
}

static int
regions_of_items(Walk *walk, PyObject *node)
{
    PyObject *key = field_of(walk->grammar, node, FIELD_KEY), *value = field_of(walk->grammar, node, FIELD_VALUE);
    if (go_into(walk, key) < 0 || go_into(walk, value) < 0 || add(walk, "element", key, value) < 0) {
        return -1;
    }
    return go_into_field(walk, node, FIELD_GENERATORS);
}

/* The regions that a node is or has, and what is to be looked at next. */
static int
look_at(Walk *walk, PyObject *node, const NodeClass *class)
{
    const Grammar *grammar = walk->grammar;
    switch (class->kind) {
    case FUNCTION_DEF: case ASYNC_FUNCTION_DEF:
        return regions_of_function(walk, node);
    case LAMBDA:
        return go_into_field(walk, node, FIELD_ARGS) < 0 ? -1
                                                    : region_of_node(walk, "lambda", field_of(grammar, node, FIELD_BODY));
    case CLASS_DEF:
        return regions_of_class(walk, node);
    case IF: case WHILE: case IF_EXP:
        return regions_of_choice(walk, node, class->kind);
    case FOR: case ASYNC_FOR:
        return regions_of_for(walk, node);
    case EXCEPT_HANDLER:
        return regions_of_clause(walk, node, "handler", FIELD_TYPE);
    case MATCH_CASE:
        return regions_of_clause(walk, node, "case", FIELD_PATTERN);
    case ASSERT:
        return regions_of_assert(walk, node);
    case BOOL_OP:
        return regions_of_operands(walk, node);
    case COMPARE:
        return regions_of_links(walk, node);
    case LIST_COMP: case SET_COMP: case GENERATOR_EXP:
        return region_of_node(walk, "element", field_of(grammar, node, FIELD_ELT)) < 0
            ? -1
            : go_into_field(walk, node, FIELD_GENERATORS);
    case DICT_COMP:
        return regions_of_items(walk, node);
    case ANN_ASSIGN:
        return go_into_field(walk, node, FIELD_TARGET) < 0 ? -1 : go_into_field(walk, node, FIELD_VALUE);
    case ARG: case TYPE_ALIAS:
        return 0;
    default:
        return go_into_fields(walk, node, class);
    }
}

/* Which lines the compiler kept, from a set of them. -1 with an exception. */
static int
read_lines(Walk *walk, PyObject *code_lines)
{
    PyObject *lines = PySequence_List(code_lines);
    Py_ssize_t size = lines == NULL ? 0 : PyList_Size(lines);
    for (Py_ssize_t i = 0; i < size; i++) {
        long line = PyLong_AsLong(PyList_GetItem(lines, i));
        walk->lines = line >= walk->lines ? line + 1 : walk->lines;
    }
    walk->has_code = calloc((size_t)walk->lines + 1, 1);
    if (walk->has_code == NULL) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; walk->has_code != NULL && i < size; i++) {
        long line = PyLong_AsLong(PyList_GetItem(lines, i));
        if (line >= 0) {
            walk->has_code[line] = 1;
        }
    }
    Py_XDECREF(lines);
    return PyErr_Occurred() ? -1 : 0;
}

PyObject *
regions_of(const Grammar *grammar, PyObject *tree, PyObject *code_lines)
{
    Walk walk = {.grammar = grammar, .found = PyList_New(0)};
    int status = walk.found == NULL || read_lines(&walk, code_lines) < 0 ? -1 : wait_for(grammar, &walk.waiting, tree);
    while (status == 0 && walk.waiting.count > 0) {
        PyObject *node = walk.waiting.nodes[--walk.waiting.count];
        status = look_at(&walk, node, class_of(grammar, node));
        status = status < 0 ? -1 : 0;
    }
    free(walk.waiting.nodes);
    free(walk.has_code);
    if (status < 0 || PyErr_Occurred()) {
        Py_CLEAR(walk.found);
    }
    return walk.found;
}
