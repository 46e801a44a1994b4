/* What can be known of a test or a pattern without running it; its twin is patterns.py. */
#include "walks.h"

int
is_irrefutable(const Node *node)
{
    const Node *pattern = field_of(node, FIELD_GUARD) == NULL ? field_of(node, FIELD_PATTERN) : NULL;
    while (pattern != NULL && pattern->kind == MATCH_OR) {
        pattern = last_of(pattern, FIELD_PATTERNS);
    }
    while (pattern != NULL && pattern->kind == MATCH_AS) {
        pattern = field_of(pattern, FIELD_PATTERN);
        if (pattern == NULL) {
            return 1;
        }
    }
    return 0;
}

int
constant_truth(const Learned *learned, const Node *test)
{
    int truth, found;
    switch (test == NULL ? KINDS : test->kind) {
    case CONSTANT:
        return test->is_true;
    case NAME:
        return is_debug_name(test) ? learned->is_debug : -1;
    case UNARY_OP:
        truth = test->operator == NOT ? constant_truth(learned, field_of(test, FIELD_OPERAND)) : -1;
        return truth < 0 ? -1 : !truth;
    case BOOL_OP:
        found = test->operator == AND;
        for (const Node *value = test->first; value != NULL; value = value->next) {
            truth = constant_truth(learned, value);
            if (truth < 0) {
                return -1;
            }
            found = test->operator == OR ? found | truth : found & truth;
        }
        return found;
    default:
        return -1;
    }
}
