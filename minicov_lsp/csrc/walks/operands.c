/* What of a test or a value is an operand of it. */
#include "finding.h"

/* A test or a value: all parts of it are understood alike, but for who says where each is tested. */
typedef struct {
    int is_value;
    int is_odd;                  /* Of a test: an odd number of `not` stands right before it. */
    Observer observer;           /* Of a value. */
} Role;

static Part *part_of(Finding *finding, const Node *node, Role role);

static const Role IN_TEST = {0, 0, {NULL, 0, 0}};

static int
is_tested(Role role)
{
    return !role.is_value || role.observer.point != NULL;
}

/* Others come to where the value is tested, too. */
static Role
shared(Role role)
{
    role.is_odd = 0;
    role.observer.is_shared = 1;
    return role;
}

/* Build a part that comes after others; one that is ruled out is never evaluated, nor what is inside. */
static Part *
part_unless(Finding *finding, int is_ruled_out, const Node *node, Role role)
{
    uint8_t was_dead = finding->now.is_dead;
    finding->now.is_dead |= (uint8_t)is_ruled_out;
    Part *part = part_of(finding, node, role);
    finding->now.is_dead = was_dead;
    return part;
}

/* `and` or `or`: the operands up to one that decides for certain. */
static Part *
join(Finding *finding, const Node *node, Role role)
{
    int is_and = node->operator == AND, is_decided = 0;
    TestPoint *points = role.is_value ? points_of_join(finding, node) : NULL;
    if (role.is_value && points == NULL) {
        return NULL;
    }
    Part *first = NULL, *last = NULL;
    for (const Node *value = node->first; value != NULL; value = value->next) {
        Role own = !role.is_value ? IN_TEST : value->next == NULL ? shared(role) : (Role){1, 0, {points++, 0, 0}};
        Part *part = part_unless(finding, is_decided, value, own);
        if (part == NULL) {
            return NULL;
        }
        if (is_decided) {
            continue;
        }
        if (last == NULL) {
            first = part;
        } else {
            last->next = part;
        }
        last = part;
        is_decided = is_known(part, !is_and);
    }
    return joined_part(finding, first, is_and, is_tested(role));
}

/* A conditional expression: its test is a decision, its arms are parts of what it is in. */
static Part *
arms(Finding *finding, const Node *node, Role role)
{
    const Node *body = field_of(node, FIELD_BODY);
    Role own = role.is_value ? shared(role) : IN_TEST;
    Part *test = test_part(finding, "ifexp", field_of(node, FIELD_TEST), body);
    Part *if_true = test == NULL ? NULL : part_unless(finding, is_known(test, 0), body, own);
    Part *if_false =
        if_true == NULL ? NULL : part_unless(finding, is_known(test, 1), field_of(node, FIELD_ORELSE), own);
    return if_false == NULL ? NULL : arms_part(finding, test, if_true, if_false, is_tested(role));
}

/* The truth of `x OP right` when x is None, where that is all the compiled code asks; -1 for none. */
static int
none_truth(const Node *right)
{
    return (right->link == IS || right->link == IS_NOT) && right->kind == CONSTANT && right->literal == NONE
        ? right->link == IS
        : -1;
}

/* A chained comparison: each link is tested, of a value the last one where that is. */
static Part *
chain(Finding *finding, const Node *node, Role role)
{
    int size = (int)length_of(node, FIELD_COMPARATORS), count = role.is_value ? size - 1 : size;
    TestPoint *points = take(finding, (size_t)count * sizeof *points);
    const Node *left = field_of(node, FIELD_LEFT), *right = field_of(node, FIELD_COMPARATORS);
    if (points == NULL || later(finding, left) < 0) {
        return NULL;
    }
    Part *first = NULL, *last = NULL;
    for (int order = 0; right != NULL; order++, left = right, right = next_of(right)) {
        Observer observer = shared(role).observer;
        if (order < count) {
            points[order] = (TestPoint){node, order, count, role.is_value ? node : NULL, 1, NULL};
            observer = (Observer){&points[order], 0, 0};
        }
        Part *link = leaf_part(finding, left, right, observer);
        if (link == NULL || later(finding, right) < 0) {
            return NULL;
        }
        const TestPoint *point = observer.point;
        int is_last = point != NULL && is_same_place(point->node->place, node->place) && point->order == size - 1
            && point->total == size;
        link->none_truth = is_last ? none_truth(right) : -1;
        link->is_link = 1;
        if (last == NULL) {
            first = link;
        } else {
            last->next = link;
        }
        last = link;
    }
    return joined_part(finding, first, 1, is_tested(role));
}

/* Anything that is no operator: what is inside starts afresh. */
static Part *
operand(Finding *finding, const Node *node, Observer observer)
{
    if (later(finding, node) < 0) {
        return NULL;
    }
    int truth = observer.point == NULL ? -1 : constant_operand(finding->learned, finding->tree, node);
    if (truth != -1) {
        return truth < 0 ? NULL : known_part(finding, truth);
    }
    Part *leaf = leaf_part(finding, node, node, observer);
    if (leaf != NULL && leaf->kind == PART_LEAF && node->kind == COMPARE) {
        int is_own = is_same_place(observer.point->node->place, node->place);
        leaf->left = is_own ? field_of(node, FIELD_LEFT) : NULL;
        leaf->none_truth = is_own || !observer.is_shared ? none_truth(field_of(node, FIELD_COMPARATORS)) : -1;
    }
    if (leaf != NULL) {
        leaf->within = finding->now.within;
    }
    return leaf;
}

/* An operand of a test has a jump of its own; what the compiler inverts where `not` stands before it is tested so. */
static Part *
operand_of_test(Finding *finding, const Node *node, int is_odd)
{
    const Node *right = node->kind == COMPARE ? field_of(node, FIELD_COMPARATORS) : NULL;
    Operator link = right == NULL ? NO_OPERATOR : right->link;
    TestPoint *point = take(finding, sizeof *point);
    if (point == NULL) {
        return NULL;
    }
    *point = (TestPoint){node, 0, 1, NULL, 0, NULL};
    return operand(finding, node, (Observer){point, is_odd && link >= IS && link <= NOT_IN, 0});
}

static Part *
part_of(Finding *finding, const Node *node, Role role)
{
    if (Py_EnterRecursiveCall(" while looking for decisions") != 0) {
        return NULL;
    }
    Part *part;
    if (node->kind == UNARY_OP && node->operator == NOT) {
        role.is_odd = !role.is_odd;
        role.observer.is_inverted = !role.observer.is_inverted;
        part = negated_part(finding, part_of(finding, node->first, role));
    } else if (node->kind == BOOL_OP) {
        part = join(finding, node, role);
    } else if (node->kind == IF_EXP) {
        part = arms(finding, node, role);
    } else if (is_chain(node)) {
        part = chain(finding, node, role);
    } else {
        part = role.is_value ? operand(finding, node, role.observer) : operand_of_test(finding, node, role.is_odd);
    }
    Py_LeaveRecursiveCall();
    return part;
}

Part *
tested_part(Finding *finding, const Node *node)
{
    return part_of(finding, node, IN_TEST);
}

Part *
value_part(Finding *finding, const Node *node)
{
    return part_of(finding, node, (Role){1, 0, {NULL, 0, 0}});
}
