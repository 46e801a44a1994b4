/* What the compiler knows of an expression without running it. */
#include "constants.h"

/* New: the text of a node. */
static PyObject *
text_of(const Tree *tree, const Node *node)
{
    const char *start = tree->lines[node->place.line - 1] + node->place.column;
    return PyUnicode_FromStringAndSize(start, tree->lines[node->place.end_line - 1] + node->place.end_column - start);
}

/* Whether an expression is made of literals, `__debug__` and operators alone. -1 with an exception. */
static int
is_closed(const Node *expression)
{
    Waiting waiting = {0};
    int status = wait_for_node(&waiting, expression), is_any_open = 0;
    while (status == 0 && !is_any_open && waiting.count > 0) {
        const Node *node = waiting.nodes[--waiting.count].node;
        switch (node->kind) {
        case UNARY_OP: case BIN_OP: case TUPLE:
            for (const Node *child = node->first; status == 0 && child != NULL; child = child->next) {
                status = wait_for_node(&waiting, child);
            }
            break;
        default:
            is_any_open = node->kind != CONSTANT && !is_debug_name(node);
        }
    }
    free(waiting.nodes);
    return status < 0 ? -1 : !is_any_open;
}

/* Ask Python of an expression that is closed. */
static int
asked(const Learned *learned, const Tree *tree, const Node *node)
{
    PyObject *text = text_of(tree, node);
    PyObject *found = text == NULL ? NULL : PyObject_CallFunctionObjArgs(learned->constant, text, NULL);
    int truth = found == NULL ? -2 : -1;
    if (found != NULL && PyTuple_Check(found)) {
        PyObject *value = PyTuple_GetItem(found, 0);
        truth = value == NULL ? -1 : PyObject_IsTrue(value);
        truth = truth < 0 ? -2 : truth;
    }
    Py_XDECREF(text);
    Py_XDECREF(found);
    return truth;
}

static int
closed_truth(const Learned *learned, const Tree *tree, const Node *node)
{
    if (node->kind == NAME) {
        return is_debug_name(node) ? learned->is_debug : -1;
    }
    if (node->kind != UNARY_OP && node->kind != BIN_OP && node->kind != TUPLE) {
        return -1;
    }
    if (node->kind == UNARY_OP && node->operator == USUB && node->first->literal == NUMBER) {
        return node->first->is_true;
    }
    int closed = is_closed(node);
    return closed < 0 ? -2 : closed ? asked(learned, tree, node) : -1;
}

int
constant_operand(const Learned *learned, const Tree *tree, const Node *node)
{
    return node->literal != NO_LITERAL ? node->is_true : closed_truth(learned, tree, node);
}

int
folded_truth(const Learned *learned, const Tree *tree, const Node *node)
{
    if (node->kind == JOINED_STR) {   /* Without any text it is made when it is come to. */
        return node->literal != NO_LITERAL && node->is_true ? 1 : -1;
    }
    return constant_operand(learned, tree, node);
}

/* Of `and` and `or`: one operand may decide for certain, else all have to be known. */
static int
known_of_join(const Learned *learned, const Tree *tree, const Node *node)
{
    int decider = node->operator == OR, is_decided = 0, is_known = 1;
    for (const Node *value = node->first; value != NULL; value = value->next) {
        int truth = known_truth(learned, tree, value);
        if (truth == -2) {
            return -2;
        }
        is_decided |= truth == decider;
        is_known &= truth >= 0;
    }
    return is_decided ? decider : is_known ? !decider : -1;
}

static int
known_of_arms(const Learned *learned, const Tree *tree, const Node *node)
{
    int test = known_truth(learned, tree, field_of(node, FIELD_TEST));
    if (test == -2) {
        return -2;
    }
    int body = test == 0 ? -1 : known_truth(learned, tree, field_of(node, FIELD_BODY));
    int orelse = test == 1 || body == -2 ? -1 : known_truth(learned, tree, field_of(node, FIELD_ORELSE));
    if (body == -2 || orelse == -2) {
        return -2;
    }
    return test == 1 || (test < 0 && body == orelse) ? body : test == 0 ? orelse : -1;
}

int
known_truth(const Learned *learned, const Tree *tree, const Node *node)
{
    int truth = folded_truth(learned, tree, node);
    if (truth != -1 || Py_EnterRecursiveCall(" while looking for constants") != 0) {
        return truth == -1 ? -2 : truth;
    }
    if (node->kind == UNARY_OP && node->operator == NOT) {
        truth = known_truth(learned, tree, node->first);
        truth = truth < 0 ? truth : !truth;
    } else if (node->kind == BOOL_OP) {
        truth = known_of_join(learned, tree, node);
    } else if (node->kind == IF_EXP) {
        truth = known_of_arms(learned, tree, node);
    }
    Py_LeaveRecursiveCall();
    return truth;
}
