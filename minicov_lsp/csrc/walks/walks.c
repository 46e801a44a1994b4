/* What several walks ask of a node or of what is inside of one. */
#include "walks.h"

Py_ssize_t
more_ways(const Node *node)
{
    const Node *last;
    switch (node->kind) {
    case IF: case IF_EXP: case FOR: case ASYNC_FOR: case WHILE: case EXCEPT_HANDLER: case ASSERT:
        return 1;
    case COMPREHENSION:
        return 1 + length_of(node, FIELD_IFS);
    case BOOL_OP:
        return length_of(node, FIELD_VALUES) - 1;
    case MATCH:
        last = last_of(node, FIELD_CASES);
        return last == NULL ? 0 : length_of(node, FIELD_CASES) - is_irrefutable(last);
    default:
        return 0;
    }
}

int
wait_for_definition(Waiting *waiting, const Node *node)
{
    const Node *arguments = field_of(node, FIELD_ARGS);
    return wait_for_field(waiting, node, FIELD_DECORATOR_LIST) < 0 || wait_for_field(waiting, node, FIELD_BASES) < 0
            || wait_for_field(waiting, node, FIELD_KEYWORDS) < 0
            || (arguments != NULL && wait_for_field(waiting, arguments, FIELD_DEFAULTS) < 0)
        ? -1
        : 0;
}

Py_ssize_t
ways_inside(const Node *expression)
{
    Waiting waiting = {0};
    Py_ssize_t found = 0;
    int status = expression == NULL ? 0 : wait_for_node(&waiting, expression);
    while (status == 0 && waiting.count > 0) {
        const Node *node = waiting.nodes[--waiting.count].node;
        found += more_ways(node);
        status = wait_for_inside(&waiting, node);
    }
    free(waiting.nodes);
    return status < 0 ? -1 : found;
}
