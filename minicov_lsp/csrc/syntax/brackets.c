/* What stands in brackets: groups, tuples, lists, sets, dicts and comprehensions. */
#include "reader.h"

static int
starts_generators(const Reader *reader)
{
    return next_kind(reader) == TOKEN_FOR || next_kind(reader) == TOKEN_ASYNC;
}

/* Items up to a bracket, the first of which is read. */
static void
read_rest(Reader *reader, Node *node, Node *first, TokenKind closing)
{
    tree_append(node, first, FIELD_ELTS);
    while (accept_token(reader, TOKEN_COMMA) && next_kind(reader) != closing) {
        tree_append(node, read_item(reader), FIELD_ELTS);
    }
}

/* What is made of an item for each round. */
static void
read_comprehension(Reader *reader, Node *node, Kind kind, Node *element)
{
    node->kind = (uint8_t)kind;
    tree_append(node, element, FIELD_ELT);
    read_generators(reader, node);
}

Node *
read_parentheses(Reader *reader)
{
    Node *node = add_node(reader, TUPLE, next_start(reader));
    next_token(reader);
    if (next_kind(reader) != TOKEN_RPAR) {
        Node *first = next_kind(reader) == TOKEN_YIELD ? read_items(reader) : read_item(reader);
        if (next_kind(reader) == TOKEN_COMMA) {
            read_rest(reader, node, first, TOKEN_RPAR);
        } else if (starts_generators(reader)) {
            read_comprehension(reader, node, GENERATOR_EXP, first);
        } else {
            expect_token(reader, TOKEN_RPAR);
            return first;
        }
    }
    expect_token(reader, TOKEN_RPAR);
    return finish_node(reader, node);
}

Node *
read_list(Reader *reader)
{
    Node *node = add_node(reader, LIST, next_start(reader));
    next_token(reader);
    if (next_kind(reader) != TOKEN_RSQB) {
        Node *first = read_item(reader);
        if (starts_generators(reader)) {
            read_comprehension(reader, node, LIST_COMP, first);
        } else {
            read_rest(reader, node, first, TOKEN_RSQB);
        }
    }
    expect_token(reader, TOKEN_RSQB);
    return finish_node(reader, node);
}

/* An item of a dict, whose key may be read already; 1 where it was all: a comprehension. */
static int
read_pair(Reader *reader, Node *node, Node *key)
{
    Node *value = NULL;
    if (key == NULL && accept_token(reader, TOKEN_DOUBLESTAR)) {
        key = read_operators(reader, POWER_BITOR);
    } else {
        key = key == NULL ? read_expression(reader) : key;
        expect_token(reader, TOKEN_COLON);
        value = read_expression(reader);
    }
    int is_comprehension = node->first == NULL && starts_generators(reader);
    tree_append(node, key, is_comprehension ? FIELD_KEY : FIELD_ELTS);
    if (value != NULL) {
        tree_append(node, value, is_comprehension ? FIELD_VALUE : FIELD_ELTS);
    }
    if (is_comprehension) {
        node->kind = DICT_COMP;
        read_generators(reader, node);
    }
    return is_comprehension;
}

static void
read_pairs(Reader *reader, Node *node, Node *first)
{
    if (read_pair(reader, node, first)) {
        return;
    }
    while (accept_token(reader, TOKEN_COMMA) && next_kind(reader) != TOKEN_RBRACE) {
        read_pair(reader, node, NULL);
    }
}

Node *
read_braces(Reader *reader)
{
    Node *node = add_node(reader, DICT, next_start(reader));
    next_token(reader);
    if (next_kind(reader) == TOKEN_DOUBLESTAR) {
        read_pairs(reader, node, NULL);
    } else if (next_kind(reader) != TOKEN_RBRACE) {
        Node *first = read_item(reader);
        if (next_kind(reader) == TOKEN_COLON) {
            read_pairs(reader, node, first);
        } else if (starts_generators(reader)) {
            read_comprehension(reader, node, SET_COMP, first);
        } else {
            node->kind = SET;
            read_rest(reader, node, first, TOKEN_RBRACE);
        }
    }
    expect_token(reader, TOKEN_RBRACE);
    return finish_node(reader, node);
}
