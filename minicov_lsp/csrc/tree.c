#include "tree.h"

#include <stdlib.h>
#include <string.h>

static const char *const FIELD_TEXTS[FIELD_NAMES] = {
    "annotation", "args", "bases", "body", "cases", "col_offset", "comparators", "decorator_list", "defaults", "elt",
    "end_col_offset", "end_lineno", "finalbody", "generators", "guard", "handlers", "id", "ifs", "iter", "key",
    "keywords", "kw_defaults", "left", "lineno", "msg", "name", "op", "operand", "ops", "orelse", "pattern", "patterns",
    "target", "test", "type", "type_params", "value", "values",
};

static const struct {
    const char *name;
    Kind kind;
} KINDS[] = {
    {"arg", ARG}, {"AnnAssign", ANN_ASSIGN}, {"Assert", ASSERT}, {"AsyncFor", ASYNC_FOR},
    {"AsyncFunctionDef", ASYNC_FUNCTION_DEF}, {"AsyncWith", ASYNC_WITH}, {"BinOp", BIN_OP}, {"BoolOp", BOOL_OP},
    {"Break", BREAK}, {"ClassDef", CLASS_DEF}, {"Compare", COMPARE}, {"comprehension", COMPREHENSION},
    {"Constant", CONSTANT}, {"Continue", CONTINUE}, {"DictComp", DICT_COMP}, {"ExceptHandler", EXCEPT_HANDLER},
    {"For", FOR}, {"FunctionDef", FUNCTION_DEF}, {"GeneratorExp", GENERATOR_EXP}, {"If", IF}, {"IfExp", IF_EXP},
    {"JoinedStr", JOINED_STR}, {"Lambda", LAMBDA}, {"ListComp", LIST_COMP}, {"Match", MATCH},
    {"match_case", MATCH_CASE}, {"MatchAs", MATCH_AS}, {"MatchOr", MATCH_OR}, {"Module", MODULE}, {"Name", NAME},
    {"Not", NOT}, {"Or", OR}, {"Raise", RAISE}, {"Return", RETURN}, {"SetComp", SET_COMP}, {"Try", TRY},
    {"TryStar", TRY_STAR}, {"Tuple", TUPLE}, {"TypeAlias", TYPE_ALIAS}, {"UnaryOp", UNARY_OP}, {"While", WHILE},
    {"With", WITH},
};

static Kind
kind_of_name(PyObject *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (PyUnicode_CompareWithASCIIString(name, KINDS[i].name) == 0) {
            return KINDS[i].kind;
        }
    }
    return OTHER;
}

static unsigned
slot_of(PyTypeObject *type)
{
    uintptr_t address = (uintptr_t)type;
    return (unsigned)((address >> 4 ^ address >> 12) % SLOTS);
}

/* Copy interned names out of a tuple. -1 with an exception. */
static int
copy_names(PyObject *tuple, PyObject **names, int *count)
{
    Py_ssize_t size = tuple == NULL ? 0 : PyTuple_Size(tuple);
    if (size < 0 || size > MOST_FIELDS) {
        PyErr_SetString(PyExc_ValueError, "a class with too many fields");
        return -1;
    }
    for (*count = 0; *count < size; ++*count) {
        PyObject *name = PyTuple_GetItem(tuple, *count);
        Py_INCREF(name);
        PyUnicode_InternInPlace(&name);
        names[*count] = name;
    }
    return 0;
}

static int
learn_class(Grammar *grammar, PyObject *type, PyObject *fields, PyObject *suites, PyObject *bare, PyObject *statement)
{
    if (grammar->count == MOST_CLASSES || !PyType_Check(type)) {
        PyErr_SetString(PyExc_ValueError, "not the classes of ast");
        return -1;
    }
    NodeClass *class = &grammar->classes[grammar->count++];
    Py_INCREF(type);
    class->type = (PyTypeObject *)type;
    PyObject *name = PyObject_GetAttrString(type, "__name__");
    class->kind = name == NULL ? OTHER : kind_of_name(name);
    Py_XDECREF(name);
    class->is_bare = PySet_Contains(bare, type);
    class->is_statement = PyType_IsSubtype(class->type, (PyTypeObject *)statement);
    unsigned slot = slot_of(class->type);
    while (grammar->slots[slot] != 0) {
        slot = (slot + 1) % SLOTS;
    }
    grammar->slots[slot] = (uint8_t)grammar->count;
    if (name == NULL || class->is_bare < 0 || copy_names(fields, class->fields, &class->field_count) < 0) {
        return -1;
    }
    return copy_names(PyDict_GetItemWithError(suites, type), class->suites, &class->suite_count);
}

int
grammar_learn(Grammar *grammar, PyObject *args)
{
    PyObject *fields, *suites, *bare, *statement, *constants, *constant, *type, *names;
    PyObject *records[RECORD_NAMES];
    if (!PyArg_ParseTuple(args, "O!O!OO!O!O(O!O!O!O!):learn", &PyDict_Type, &fields, &PyDict_Type, &suites, &bare,
                          &PyType_Type, &statement, &PyDict_Type, &constants, &constant, &PyType_Type, &records[0],
                          &PyType_Type, &records[1], &PyType_Type, &records[2], &PyType_Type, &records[3])) {
        return -1;
    }
    grammar_clear(grammar);
    Py_INCREF(constants);
    grammar->constants = constants;
    Py_INCREF(constant);
    grammar->constant = constant;
    grammar->new_tuple = (newfunc)PyType_GetSlot(&PyTuple_Type, Py_tp_new);
    for (int i = 0; i < RECORD_NAMES; i++) {
        Py_INCREF(records[i]);
        grammar->records[i] = records[i];
    }
    for (int i = 0; i < FIELD_NAMES; i++) {
        grammar->names[i] = PyUnicode_InternFromString(FIELD_TEXTS[i]);
        if (grammar->names[i] == NULL) {
            return -1;
        }
    }
    for (Py_ssize_t at = 0; PyDict_Next(fields, &at, &type, &names);) {
        if (learn_class(grammar, type, names, suites, bare, statement) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int
grammar_traverse(Grammar *grammar, visitproc visit, void *arg)
{
    for (int i = 0; i < grammar->count; i++) {
        Py_VISIT(grammar->classes[i].type);
    }
    Py_VISIT(grammar->constants);
    Py_VISIT(grammar->constant);
    Py_VISIT(grammar->whys);
    Py_VISIT(grammar->destinations);
    Py_VISIT(grammar->mending);
    for (int i = 0; i < RECORD_NAMES; i++) {
        Py_VISIT(grammar->records[i]);
    }
    return 0;
}

void
grammar_clear(Grammar *grammar)
{
    for (int i = 0; i < grammar->count; i++) {
        NodeClass *class = &grammar->classes[i];
        for (int j = 0; j < MOST_FIELDS; j++) {
            Py_CLEAR(class->fields[j]);
            Py_CLEAR(class->suites[j]);
        }
        Py_CLEAR(class->type);
    }
    for (int i = 0; i < FIELD_NAMES; i++) {
        Py_CLEAR(grammar->names[i]);
    }
    Py_CLEAR(grammar->constants);
    Py_CLEAR(grammar->constant);
    Py_CLEAR(grammar->whys);
    Py_CLEAR(grammar->destinations);
    Py_CLEAR(grammar->mending);
    for (int i = 0; i < RECORD_NAMES; i++) {
        Py_CLEAR(grammar->records[i]);
    }
    memset(grammar, 0, sizeof *grammar);
}

const NodeClass *
class_of(const Grammar *grammar, PyObject *node)
{
    PyTypeObject *type = Py_TYPE(node);
    for (unsigned slot = slot_of(type); grammar->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const NodeClass *class = &grammar->classes[grammar->slots[slot] - 1];
        if (class->type == type) {
            return class;
        }
    }
    return NULL;
}

PyObject *
value_of(PyObject *node, PyObject *name)
{
    PyObject *fields = PyObject_GenericGetDict(node, NULL);
    PyObject *value = fields == NULL ? NULL : PyDict_GetItemWithError(fields, name);
    Py_XDECREF(fields);   /* The node keeps it. */
    return value;
}

PyObject *
field_of(const Grammar *grammar, PyObject *node, FieldName name)
{
    return value_of(node, grammar->names[name]);
}

Py_ssize_t
length_of(const Grammar *grammar, PyObject *node, FieldName name)
{
    PyObject *list = field_of(grammar, node, name);
    return list != NULL && PyList_CheckExact(list) ? PyList_Size(list) : 0;
}

long
number_of(const Grammar *grammar, PyObject *node, FieldName name)
{
    PyObject *number = field_of(grammar, node, name);
    return number != NULL && PyLong_Check(number) ? PyLong_AsLong(number) : 0;
}

int
wait_for_node(Waiting *waiting, PyObject *node)
{
    WaitingNode *nodes = room_for_more(waiting->nodes, waiting->count, &waiting->room, 256, sizeof *nodes);
    if (nodes == NULL) {
        return -1;
    }
    waiting->nodes = nodes;
    waiting->nodes[waiting->count++] = (WaitingNode){node, waiting->is_kept};
    return 0;
}

int
wait_for(const Grammar *grammar, Waiting *waiting, PyObject *value)
{
    if (value == NULL) {
        return 0;
    }
    if (!PyList_CheckExact(value)) {
        const NodeClass *class = class_of(grammar, value);
        return class == NULL || class->is_bare ? 0 : wait_for_node(waiting, value);
    }
    Py_ssize_t size = PyList_Size(value);
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *node = PyList_GetItem(value, i);
        const NodeClass *class = class_of(grammar, node);
        if (class != NULL && !class->is_bare && wait_for_node(waiting, node) < 0) {
            return -1;
        }
    }
    return 0;
}

int
wait_for_field(const Grammar *grammar, Waiting *waiting, PyObject *node, FieldName name)
{
    return wait_for(grammar, waiting, field_of(grammar, node, name));
}

int
wait_for_inside(const Grammar *grammar, Waiting *waiting, PyObject *node, const NodeClass *class)
{
    PyObject *fields = class->field_count == 0 ? NULL : PyObject_GenericGetDict(node, NULL);
    int status = 0;
    for (int i = 0; fields != NULL && status == 0 && i < class->field_count; i++) {
        status = wait_for(grammar, waiting, PyDict_GetItemWithError(fields, class->fields[i]));
    }
    Py_XDECREF(fields);
    return status;
}

PyObject *
new_record(const Grammar *grammar, RecordName name, Py_ssize_t size, PyObject *const *values)
{
    PyObject *tuple = PyTuple_New(size), *record = NULL;
    int is_whole = tuple != NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        if (values[i] == NULL || tuple == NULL) {
            is_whole = 0;
            Py_XDECREF(values[i]);
        } else {
            PyTuple_SetItem(tuple, i, values[i]);   /* It takes it over. */
        }
    }
    PyObject *arguments = is_whole ? PyTuple_Pack(1, tuple) : NULL;
    if (arguments != NULL) {
        record = grammar->new_tuple((PyTypeObject *)grammar->records[name], arguments, NULL);
    }
    Py_XDECREF(arguments);
    Py_XDECREF(tuple);
    return record;
}

PyObject *
new_span(const Grammar *grammar, Place place)
{
    PyObject *values[] = {
        PyLong_FromLong(place.line), PyLong_FromLong(place.column), PyLong_FromLong(place.end_line),
        PyLong_FromLong(place.end_column)};
    return new_record(grammar, RECORD_SPAN, 4, values);
}

Place
place_of(const Grammar *grammar, PyObject *first, PyObject *last)
{
    return (Place){
        number_of(grammar, first, FIELD_LINENO), number_of(grammar, first, FIELD_COL_OFFSET),
        number_of(grammar, last, FIELD_END_LINENO), number_of(grammar, last, FIELD_END_COL_OFFSET)};
}
