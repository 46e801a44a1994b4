/* How a decision is understood: its conditions, and what is known of its outcome; see minicov_tracer.decisions. */
#include "deciding.h"

#include <string.h>

static Outcome part_of(Walk *walk, const Node *node, int is_tested);

static int
add_condition(Walk *walk, Place place)
{
    Place *conditions = room_for_more(walk->conditions, walk->count, &walk->room, 64, sizeof *conditions);
    if (conditions == NULL) {
        return -1;
    }
    walk->conditions = conditions;
    walk->conditions[walk->count++] = place;
    return 0;
}

static int
compare_places(const void *left, const void *right)
{
    const Place *a = left, *b = right;
    int differences[] = {
        a->line - b->line, a->column - b->column, a->end_line - b->end_line, a->end_column - b->end_column};
    for (int i = 0; i < 4; i++) {
        if (differences[i] != 0) {
            return differences[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

/* The conditions from `first` on are all of a decision, if there are any: it is noted, they are taken. */
static int
add_decision(Walk *walk, const char *kind, const Node *node, Py_ssize_t first)
{
    Py_ssize_t size = walk->count - first;
    if (size == 0) {
        return 0;
    }
    walk->count = first;
    qsort(walk->conditions + first, (size_t)size, sizeof *walk->conditions, compare_places);
    PyObject *conditions = PyTuple_New(size);
    for (Py_ssize_t i = 0; conditions != NULL && i < size; i++) {
        PyObject *span = new_span(walk->learned, walk->conditions[first + i]);
        PyObject *condition = new_record(walk->learned, RECORD_CONDITION, 1, &span);
        if (condition == NULL || PyTuple_SetItem(conditions, i, condition) < 0) {
            Py_CLEAR(conditions);
        }
    }
    PyObject *values[] = {new_word(walk, kind), new_span(walk->learned, node->place), conditions};
    PyObject *found = new_record(walk->learned, RECORD_DECISION, 3, values);
    int status = found == NULL ? -1 : PyList_Append(walk->decisions, found);
    Py_XDECREF(found);
    return status;
}

Outcome
decision(Walk *walk, const char *kind, const Node *node, int is_tested)
{
    Py_ssize_t first = walk->count;
    Outcome outcome = part_of(walk, node, is_tested);
    return outcome != FAILED && add_decision(walk, kind, node, first) < 0 ? FAILED : outcome;
}

static Outcome
outcome_of(int truth)
{
    return truth < 0 ? FAILED : truth ? ALWAYS_TRUE : ALWAYS_FALSE;
}

/* Anything that is no operator: a condition where it is tested, and what is inside starts afresh. */
static Outcome
operand(Walk *walk, const Node *node, int is_tested)
{
    if (!is_bare(node) && wait_for_node(&walk->waiting, node) < 0) {
        return FAILED;
    }
    Outcome outcome = is_tested ? (Outcome)constant_operand(walk->learned, walk->tree, node) : UNKNOWN;
    return is_tested && outcome == UNKNOWN && add_condition(walk, node->place) < 0 ? FAILED : outcome;
}

/* `and` or `or`: the operands up to one that decides for certain. */
static Outcome
joined(Walk *walk, const Node *node, int is_tested)
{
    Outcome decider = node->operator == OR ? ALWAYS_TRUE : ALWAYS_FALSE;
    Py_ssize_t first = walk->count;
    int is_decided = 0, is_known = 1, was_kept = walk->waiting.is_kept;
    for (const Node *value = node->first; value != NULL; value = value->next) {
        Py_ssize_t before = walk->count;
        Outcome outcome = value != node->first && region_of_node(walk, "operand", value) < 0
            ? FAILED
            : part_of(walk, value, value->next != NULL || is_tested);
        if (outcome == FAILED) {
            return FAILED;
        }
        if (walk->waiting.is_kept && constant_truth(walk->learned, value) == (int)decider) {
            walk->waiting.is_kept = 0;   /* Nothing after it is a region. */
        }
        walk->ways += value != node->first;
        if (is_decided) {
            walk->count = before;   /* It is never evaluated. */
            continue;
        }
        is_known &= outcome != UNKNOWN;
        is_decided = outcome == decider;
    }
    walk->waiting.is_kept = was_kept;
    if (!is_tested || !(is_decided || is_known)) {
        return UNKNOWN;
    }
    walk->count = first;
    return is_decided ? decider : outcome_of(decider == ALWAYS_FALSE);
}

static Outcome
arm(Walk *walk, const Node *node, FieldName name, int is_tested, int is_kept_too)
{
    const Node *part = field_of(node, name);
    int was_kept = walk->waiting.is_kept;
    walk->waiting.is_kept = was_kept && is_kept_too;
    Outcome outcome = region_of_node(walk, "arm", part) < 0 ? FAILED : part_of(walk, part, is_tested);
    walk->waiting.is_kept = was_kept;
    return outcome;
}

/* A conditional expression: its test is a decision, its arms are parts of what it is in. */
static Outcome
arms(Walk *walk, const Node *node, int is_tested)
{
    int truth = constant_truth(walk->learned, field_of(node, FIELD_TEST));
    walk->ways++;
    Outcome test = decision(walk, "ifexp", field_of(node, FIELD_TEST), 1);
    Py_ssize_t first = walk->count;
    Outcome body = test == FAILED ? FAILED : arm(walk, node, FIELD_BODY, is_tested, truth != 0);
    Py_ssize_t middle = walk->count;
    Outcome orelse = body == FAILED ? FAILED : arm(walk, node, FIELD_ORELSE, is_tested, truth != 1);
    if (orelse == FAILED) {
        return FAILED;
    }
    if (test == ALWAYS_TRUE) {
        walk->count = middle;
        return body;
    }
    if (test == ALWAYS_FALSE) {
        if (middle > first) {
            memmove(walk->conditions + first, walk->conditions + middle,
                    (size_t)(walk->count - middle) * sizeof *walk->conditions);
        }
        walk->count -= middle - first;
        return orelse;
    }
    return is_tested && body == orelse ? body : UNKNOWN;
}

/* A chained comparison: each link is a condition, of a value all but the last. */
static Outcome
chain(Walk *walk, const Node *node, int is_tested)
{
    if (wait_for_inside(&walk->waiting, node) < 0) {
        return FAILED;
    }
    for (const Node *left = node->first; left->next != NULL; left = left->next) {
        const Node *right = left->next;
        if ((right->next != NULL || is_tested) && add_condition(walk, place_of(left, right)) < 0) {
            return FAILED;
        }
        if (left != node->first && region_of_node(walk, "operand", right) < 0) {
            return FAILED;   /* It depends on the links before it. */
        }
    }
    return UNKNOWN;
}

/* A part of a decision; `is_tested`: its own truth is. Its conditions are added, what is inside them waits. */
static Outcome
part_of(Walk *walk, const Node *node, int is_tested)
{
    if (Py_EnterRecursiveCall(" while looking for decisions") != 0) {
        return FAILED;
    }
    Outcome outcome;
    if (node->kind == BOOL_OP) {
        outcome = joined(walk, node, is_tested);
    } else if (node->kind == IF_EXP) {
        outcome = arms(walk, node, is_tested);
    } else if (is_chain(node)) {
        outcome = chain(walk, node, is_tested);
    } else if (node->kind == UNARY_OP && node->operator == NOT) {
        outcome = part_of(walk, field_of(node, FIELD_OPERAND), is_tested);
        outcome = outcome < 0 ? outcome : outcome_of(outcome == ALWAYS_FALSE);
    } else {
        outcome = operand(walk, node, is_tested);
    }
    Py_LeaveRecursiveCall();
    return outcome;
}
