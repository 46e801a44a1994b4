/* Expressions: operators by how strongly they bind, and what binds less. */
#include "reader.h"

static const uint8_t POWERS[TOKENS] = {
    [TOKEN_OR] = POWER_OR, [TOKEN_AND] = POWER_AND, [TOKEN_NOT] = POWER_COMPARISON, [TOKEN_IN] = POWER_COMPARISON,
    [TOKEN_IS] = POWER_COMPARISON, [TOKEN_EQEQUAL] = POWER_COMPARISON, [TOKEN_NOTEQUAL] = POWER_COMPARISON,
    [TOKEN_LESS] = POWER_COMPARISON, [TOKEN_LESSEQUAL] = POWER_COMPARISON, [TOKEN_GREATER] = POWER_COMPARISON,
    [TOKEN_GREATEREQUAL] = POWER_COMPARISON, [TOKEN_VBAR] = POWER_BITOR, [TOKEN_CIRCUMFLEX] = POWER_BITXOR,
    [TOKEN_AMPER] = POWER_BITAND, [TOKEN_LEFTSHIFT] = POWER_SHIFT, [TOKEN_RIGHTSHIFT] = POWER_SHIFT,
    [TOKEN_PLUS] = POWER_SUM, [TOKEN_MINUS] = POWER_SUM, [TOKEN_STAR] = POWER_PRODUCT, [TOKEN_SLASH] = POWER_PRODUCT,
    [TOKEN_DOUBLESLASH] = POWER_PRODUCT, [TOKEN_PERCENT] = POWER_PRODUCT, [TOKEN_AT] = POWER_PRODUCT,
    [TOKEN_DOUBLESTAR] = POWER_POWER,
};

static const uint8_t COMPARISONS[TOKENS] = {
    [TOKEN_EQEQUAL] = EQ, [TOKEN_NOTEQUAL] = NOT_EQ, [TOKEN_LESS] = LT, [TOKEN_LESSEQUAL] = LT_E, [TOKEN_GREATER] = GT,
    [TOKEN_GREATEREQUAL] = GT_E, [TOKEN_IS] = IS, [TOKEN_IN] = IN, [TOKEN_NOT] = NOT_IN,
};

int
starts_expression(TokenKind kind)
{
    switch (kind) {
    case TOKEN_NAME: case TOKEN_NUMBER: case TOKEN_STRING: case TOKEN_FSTRING: case TOKEN_LPAR: case TOKEN_LSQB:
    case TOKEN_LBRACE: case TOKEN_ELLIPSIS: case TOKEN_PLUS: case TOKEN_MINUS: case TOKEN_STAR: case TOKEN_TILDE:
    case TOKEN_AWAIT: case TOKEN_FALSE: case TOKEN_LAMBDA: case TOKEN_NONE: case TOKEN_NOT: case TOKEN_TRUE:
        return 1;
    default:
        return 0;
    }
}

static Node *
read_unary(Reader *reader, Operator operator, int least)
{
    Node *node = add_node(reader, UNARY_OP, next_start(reader));
    node->operator = (uint8_t)operator;
    next_token(reader);
    tree_append(node, read_operators(reader, least), FIELD_OPERAND);
    return finish_node(reader, node);
}

/* What an operator can be in front of. */
static Node *
read_operand(Reader *reader)
{
    switch (next_kind(reader)) {
    case TOKEN_NOT:
        return read_unary(reader, NOT, POWER_COMPARISON);
    case TOKEN_PLUS:
        return read_unary(reader, UADD, POWER_POWER);
    case TOKEN_MINUS:
        return read_unary(reader, USUB, POWER_POWER);
    case TOKEN_TILDE:
        return read_unary(reader, INVERT, POWER_POWER);
    case TOKEN_AWAIT: {
        Node *node = add_node(reader, AWAIT, next_start(reader));
        next_token(reader);
        tree_append(node, read_primary(reader), FIELD_VALUE);
        return finish_node(reader, node);
    }
    default:
        return read_primary(reader);
    }
}

/* `and` and `or`: all operands that follow each other. */
static Node *
read_bool_op(Reader *reader, Node *left, Start start)
{
    TokenKind kind = next_kind(reader);
    int power = POWERS[kind];
    Node *node = add_node(reader, BOOL_OP, start);
    node->operator = kind == TOKEN_OR ? OR : AND;
    tree_append(node, left, FIELD_VALUES);
    while (accept_token(reader, kind)) {
        tree_append(node, read_operators(reader, power + 1), FIELD_VALUES);
    }
    return finish_node(reader, node);
}

static Node *
read_comparison(Reader *reader, Node *left, Start start)
{
    Node *node = add_node(reader, COMPARE, start);
    tree_append(node, left, FIELD_LEFT);
    int count = 0;
    while (POWERS[next_kind(reader)] == POWER_COMPARISON) {
        Operator link = (Operator)COMPARISONS[next_kind(reader)];
        next_token(reader);
        if (link == IS && accept_token(reader, TOKEN_NOT)) {
            link = IS_NOT;
        } else if (link == NOT_IN) {
            expect_token(reader, TOKEN_IN);
        }
        Node *right = read_operators(reader, POWER_BITOR);
        right->link = (uint8_t)link;
        tree_append(node, right, FIELD_COMPARATORS);
        count++;
    }
    reader->told_places += count > 1;
    return finish_node(reader, node);
}

static Node *
read_bin_op(Reader *reader, Node *left, Start start)
{
    int power = POWERS[next_kind(reader)];
    Node *node = add_node(reader, BIN_OP, start);
    tree_append(node, left, FIELD_LEFT);
    next_token(reader);
    tree_append(node, read_operators(reader, power == POWER_POWER ? power : power + 1), FIELD_RIGHT);
    return finish_node(reader, node);
}

Node *
read_operators(Reader *reader, int least)
{
    Start start = next_start(reader);
    Node *node = deepen(reader) ? read_operand(reader) : &reader->spare;
    for (int power; (power = POWERS[next_kind(reader)]) >= least;) {
        if (power >= POWER_BITOR) {
            node = read_bin_op(reader, node, start);
        } else if (power == POWER_COMPARISON) {
            node = read_comparison(reader, node, start);
        } else {
            node = read_bool_op(reader, node, start);
        }
    }
    reader->depth--;
    return node;
}

static Node *
read_lambda(Reader *reader)
{
    Node *node = add_node(reader, LAMBDA, next_start(reader));
    next_token(reader);
    read_parameters(reader, node, TOKEN_COLON);
    expect_token(reader, TOKEN_COLON);
    tree_append(node, read_expression(reader), FIELD_BODY);
    return finish_node(reader, node);
}

Node *
read_expression(Reader *reader)
{
    Start start = next_start(reader);
    Node *node;
    if (next_kind(reader) == TOKEN_LAMBDA) {
        node = deepen(reader) ? read_lambda(reader) : &reader->spare;
        reader->depth--;
        return node;
    }
    node = read_operators(reader, POWER_OR);
    if (next_kind(reader) != TOKEN_IF) {
        return node;
    }
    Node *choice = add_node(reader, IF_EXP, start);
    tree_append(choice, node, FIELD_BODY);
    next_token(reader);
    tree_append(choice, read_operators(reader, POWER_OR), FIELD_TEST);
    expect_token(reader, TOKEN_ELSE);
    tree_append(choice, deepen(reader) ? read_expression(reader) : &reader->spare, FIELD_ORELSE);
    reader->depth--;
    return finish_node(reader, choice);
}

Node *
read_named(Reader *reader)
{
    Start start = next_start(reader);
    Node *node = read_expression(reader);
    if (next_kind(reader) != TOKEN_COLONEQUAL) {
        return node;
    }
    Node *named = add_node(reader, NAMED_EXPR, start);
    tree_append(named, node, FIELD_TARGET);
    next_token(reader);
    tree_append(named, read_expression(reader), FIELD_VALUE);
    return finish_node(reader, named);
}

static Node *
read_starred(Reader *reader)
{
    Node *node = add_node(reader, STARRED, next_start(reader));
    next_token(reader);
    tree_append(node, read_operators(reader, POWER_BITOR), FIELD_VALUE);
    return finish_node(reader, node);
}

Node *
read_item(Reader *reader)
{
    return next_kind(reader) == TOKEN_STAR ? read_starred(reader) : read_named(reader);
}

/* Go on with a tuple without brackets after its first element, where a comma follows; else that element. */
static Node *
read_tuple_of(Reader *reader, Node *first, Start start, Node *(*read_element)(Reader *))
{
    if (next_kind(reader) != TOKEN_COMMA) {
        return first;
    }
    Node *node = add_node(reader, TUPLE, start);
    tree_append(node, first, FIELD_ELTS);
    while (accept_token(reader, TOKEN_COMMA) && starts_expression(next_kind(reader))) {
        tree_append(node, read_element(reader), FIELD_ELTS);
    }
    return finish_node(reader, node);
}

Node *
read_tuple(Reader *reader, Node *first, Start start)
{
    return read_tuple_of(reader, first, start, read_item);
}

static Node *
read_yield(Reader *reader)
{
    Node *node = add_node(reader, YIELD, next_start(reader));
    next_token(reader);
    if (accept_token(reader, TOKEN_FROM)) {
        node->kind = YIELD_FROM;
        tree_append(node, read_expression(reader), FIELD_VALUE);
    } else if (starts_expression(next_kind(reader))) {
        tree_append(node, read_items(reader), FIELD_VALUE);
    }
    return finish_node(reader, node);
}

Node *
read_items(Reader *reader)
{
    if (next_kind(reader) == TOKEN_YIELD) {
        return read_yield(reader);
    }
    Start start = next_start(reader);
    return read_tuple(reader, read_item(reader), start);
}

static Node *
read_target(Reader *reader)
{
    return next_kind(reader) == TOKEN_STAR ? read_starred(reader) : read_operators(reader, POWER_BITOR);
}

Node *
read_targets(Reader *reader)
{
    Start start = next_start(reader);
    return read_tuple_of(reader, read_target(reader), start, read_target);
}

void
read_generators(Reader *reader, Node *node)
{
    while (next_kind(reader) == TOKEN_FOR || next_kind(reader) == TOKEN_ASYNC) {
        Node *generator = add_node(reader, COMPREHENSION, next_start(reader));
        accept_token(reader, TOKEN_ASYNC);
        expect_token(reader, TOKEN_FOR);
        tree_append(generator, read_targets(reader), FIELD_TARGET);
        expect_token(reader, TOKEN_IN);
        tree_append(generator, read_operators(reader, POWER_OR), FIELD_ITER);
        while (accept_token(reader, TOKEN_IF)) {
            tree_append(generator, read_operators(reader, POWER_OR), FIELD_IFS);
        }
        tree_append(node, span_children(generator), FIELD_GENERATORS);
    }
}
