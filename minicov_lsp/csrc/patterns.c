/* What can be known of a test or a pattern without running it; its twin is patterns.py. */
#include "tree.h"

int
is_irrefutable(const Grammar *grammar, PyObject *node)
{
    PyObject *pattern = field_of(grammar, node, FIELD_GUARD) == Py_None ? field_of(grammar, node, FIELD_PATTERN) : NULL;
    const NodeClass *class = NULL;
    while (pattern != NULL && (class = class_of(grammar, pattern)) != NULL && class->kind == MATCH_OR) {
        Py_ssize_t size = length_of(grammar, pattern, FIELD_PATTERNS);
        pattern = size == 0 ? NULL : PyList_GetItem(field_of(grammar, pattern, FIELD_PATTERNS), size - 1);
    }
    while (pattern != NULL && (class = class_of(grammar, pattern)) != NULL && class->kind == MATCH_AS) {
        pattern = field_of(grammar, pattern, FIELD_PATTERN);
        if (pattern == Py_None) {
            return 1;
        }
    }
    return 0;
}

int
constant_truth(const Grammar *grammar, PyObject *test)
{
    const NodeClass *class = test == NULL ? NULL : class_of(grammar, test);
    PyObject *known;
    switch (class == NULL ? OTHER : class->kind) {
    case CONSTANT:
        return PyObject_IsTrue(field_of(grammar, test, FIELD_VALUE));
    case NAME:
        known = PyDict_GetItemWithError(grammar->constants, field_of(grammar, test, FIELD_ID));
        return known == NULL ? -1 : known == Py_True;
    case UNARY_OP: {
        const NodeClass *op = class_of(grammar, field_of(grammar, test, FIELD_OP));
        int truth = op != NULL && op->kind == NOT ? constant_truth(grammar, field_of(grammar, test, FIELD_OPERAND)) : -1;
        return truth < 0 ? -1 : !truth;
    }
    case BOOL_OP: {
        const NodeClass *op = class_of(grammar, field_of(grammar, test, FIELD_OP));
        int is_or = op != NULL && op->kind == OR, found = !is_or;
        for (Py_ssize_t i = 0; i < length_of(grammar, test, FIELD_VALUES); i++) {
            int truth = constant_truth(grammar, PyList_GetItem(field_of(grammar, test, FIELD_VALUES), i));
            if (truth < 0) {
                return -1;
            }
            found = is_or ? found | truth : found & truth;
        }
        return found;
    }
    default:
        return -1;
    }
}
