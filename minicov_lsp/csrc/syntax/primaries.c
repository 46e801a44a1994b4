/* Names, literals and what follows them: attributes, calls, subscripts. */
#include "reader.h"

static Node *
read_constant(Reader *reader, Literal literal, int is_true)
{
    Node *node = add_node(reader, CONSTANT, next_start(reader));
    node->literal = (uint8_t)literal;
    node->is_true = (uint8_t)is_true;
    next_token(reader);
    return finish_node(reader, node);
}

Node *
read_strings(Reader *reader)
{
    Node *node = add_node(reader, CONSTANT, next_start(reader));
    int is_true = 0;
    for (; next_kind(reader) == TOKEN_STRING || next_kind(reader) == TOKEN_FSTRING;) {
        const Token *token = &reader->lexer.token;
        if (token->kind == TOKEN_FSTRING) {
            node->kind = token->is_template ? TEMPLATE_STR : JOINED_STR;
            is_true |= read_fstring(reader, node);
            continue;
        }
        node->literal = token->literal;
        is_true |= token->is_true;
        next_token(reader);
    }
    if (node->kind == CONSTANT || (node->kind == JOINED_STR && node->first == NULL)) {
        node->literal = node->literal == BYTES ? BYTES : TEXT;
    } else {
        node->literal = NO_LITERAL;
    }
    node->is_true = node->kind != TEMPLATE_STR && is_true;
    return finish_node(reader, node);
}

static Node *
read_name(Reader *reader)
{
    Node *node = add_node(reader, NAME, next_start(reader));
    take_name(reader, node);
    return finish_node(reader, node);
}

static Node *
read_atom(Reader *reader)
{
    switch (next_kind(reader)) {
    case TOKEN_NAME:
        return read_name(reader);
    case TOKEN_NUMBER:
        return read_constant(reader, NUMBER, reader->lexer.token.is_true);
    case TOKEN_STRING: case TOKEN_FSTRING:
        return read_strings(reader);
    case TOKEN_LPAR:
        return read_parentheses(reader);
    case TOKEN_LSQB:
        return read_list(reader);
    case TOKEN_LBRACE:
        return read_braces(reader);
    case TOKEN_NONE:
        return read_constant(reader, NONE, 0);
    case TOKEN_TRUE:
        return read_constant(reader, TRUE_LITERAL, 1);
    case TOKEN_FALSE:
        return read_constant(reader, FALSE_LITERAL, 0);
    case TOKEN_ELLIPSIS:
        return read_constant(reader, ELLIPSIS_LITERAL, 1);
    default:
        return refuse(reader);
    }
}

/* `*a`, `**a`: what is unpacked in a call, perhaps once for each round of a comprehension. */
static void
read_unpacked(Reader *reader, Node *call, FieldName field, Start bracket)
{
    int is_keyword = next_kind(reader) == TOKEN_DOUBLESTAR;
    Node *node = add_node(reader, is_keyword ? KEYWORD : STARRED, next_start(reader));
    next_token(reader);
    tree_append(node, read_expression(reader), FIELD_VALUE);
    finish_node(reader, node);
    if (next_kind(reader) == TOKEN_FOR || next_kind(reader) == TOKEN_ASYNC) {
        Node *generator = add_node(reader, GENERATOR_EXP, bracket);
        tree_append(generator, node, FIELD_ELT);
        read_generators(reader, generator);
        node = generator;
    }
    tree_append(call, node, is_keyword ? FIELD_KEYWORDS : field);
}

static void
read_argument(Reader *reader, Node *call, FieldName field, Start bracket)
{
    Start start = next_start(reader);
    Node *value = read_named(reader);
    if (next_kind(reader) == TOKEN_EQUAL) {
        Node *keyword = add_node(reader, KEYWORD, start);
        next_token(reader);
        tree_append(keyword, read_expression(reader), FIELD_VALUE);
        tree_append(call, finish_node(reader, keyword), FIELD_KEYWORDS);
    } else if (next_kind(reader) == TOKEN_FOR || next_kind(reader) == TOKEN_ASYNC) {
        Node *generator = add_node(reader, GENERATOR_EXP, bracket);
        tree_append(generator, value, FIELD_ELT);
        read_generators(reader, generator);
        tree_append(call, generator, field);
    } else {
        tree_append(call, value, field);
    }
}

void
read_arguments(Reader *reader, Node *node, FieldName field)
{
    Start bracket = next_start(reader);
    expect_token(reader, TOKEN_LPAR);
    while (next_kind(reader) != TOKEN_RPAR) {
        if (next_kind(reader) == TOKEN_STAR || next_kind(reader) == TOKEN_DOUBLESTAR) {
            read_unpacked(reader, node, field, bracket);
        } else {
            read_argument(reader, node, field, bracket);
        }
        if (!accept_token(reader, TOKEN_COMMA)) {
            break;
        }
    }
    expect_token(reader, TOKEN_RPAR);
    if (node->last != NULL && node->last->kind == GENERATOR_EXP && node->last->place.line == bracket.line
        && node->last->place.column == bracket.column) {
        finish_node(reader, node->last);   /* The brackets are of both. */
    }
}

static Node *
read_slice(Reader *reader)
{
    Start start = next_start(reader);
    Node *lower = next_kind(reader) == TOKEN_COLON ? NULL : read_item(reader);
    if (next_kind(reader) != TOKEN_COLON) {
        return lower;
    }
    Node *node = add_node(reader, SLICE, start);
    if (lower != NULL) {
        tree_append(node, lower, FIELD_LOWER);
    }
    next_token(reader);
    if (starts_expression(next_kind(reader))) {
        tree_append(node, read_expression(reader), FIELD_UPPER);
    }
    if (accept_token(reader, TOKEN_COLON) && starts_expression(next_kind(reader))) {
        tree_append(node, read_expression(reader), FIELD_STEP);
    }
    return finish_node(reader, node);
}

static Node *
read_slices(Reader *reader)
{
    Start start = next_start(reader);
    Node *first = read_slice(reader);
    if (next_kind(reader) != TOKEN_COMMA && first->kind != STARRED) {
        return first;
    }
    Node *node = add_node(reader, TUPLE, start);
    tree_append(node, first, FIELD_ELTS);
    while (accept_token(reader, TOKEN_COMMA) && next_kind(reader) != TOKEN_RSQB) {
        tree_append(node, read_slice(reader), FIELD_ELTS);
    }
    return finish_node(reader, node);
}

Node *
read_primary(Reader *reader)
{
    Start start = next_start(reader);
    Node *node = read_atom(reader);
    for (;;) {
        Node *left = node;
        switch (next_kind(reader)) {
        case TOKEN_DOT:
            node = add_node(reader, ATTRIBUTE, start);
            tree_append(node, left, FIELD_VALUE);
            next_token(reader);
            take_name(reader, node);
            break;
        case TOKEN_LPAR:
            node = add_node(reader, CALL, start);
            tree_append(node, left, FIELD_FUNC);
            read_arguments(reader, node, FIELD_ARGS);
            break;
        case TOKEN_LSQB:
            node = add_node(reader, SUBSCRIPT, start);
            tree_append(node, left, FIELD_VALUE);
            next_token(reader);
            tree_append(node, read_slices(reader), FIELD_SLICE);
            expect_token(reader, TOKEN_RSQB);
            break;
        default:
            return node;
        }
        finish_node(reader, node);
    }
}
