/* Statements that are known by more than their first word: one way to read them is tried, and another where that fails. */
#include "reader.h"

/* Go back to where a try began; what it made stays in the tree's memory, part of nothing. */
static void
go_back(Reader *reader, const Reader *before)
{
    if (!PyErr_Occurred()) {
        *reader = *before;
    }
}

static void
read_withitem(Reader *reader, Node *parent)
{
    Node *node = add_node(reader, WITHITEM, next_start(reader));
    tree_append(node, read_expression(reader), FIELD_CONTEXT_EXPR);
    if (accept_token(reader, TOKEN_AS)) {
        tree_append(node, read_operators(reader, POWER_BITOR), FIELD_OPTIONAL_VARS);
    }
    tree_append(parent, span_children(node), FIELD_ITEMS);
}

/* Items in brackets; 0 where the brackets are of something else. */
static int
read_items_in_brackets(Reader *reader, Node *node)
{
    Reader before = *reader;
    next_token(reader);
    do {
        read_withitem(reader, node);
    } while (accept_token(reader, TOKEN_COMMA) && next_kind(reader) != TOKEN_RPAR);
    expect_token(reader, TOKEN_RPAR);
    if (next_kind(reader) == TOKEN_COLON) {
        return 1;
    }
    node->first = node->last = NULL;
    go_back(reader, &before);
    return 0;
}

Node *
read_with(Reader *reader, Kind kind, Start start)
{
    Node *node = add_node(reader, kind, start);
    next_token(reader);
    if (next_kind(reader) != TOKEN_LPAR || !read_items_in_brackets(reader, node)) {
        do {
            read_withitem(reader, node);
        } while (accept_token(reader, TOKEN_COMMA));
    }
    read_block(reader, node, FIELD_BODY);
    return finish_node(reader, node);
}

static void
read_case(Reader *reader, Node *parent)
{
    Node *node = add_node(reader, MATCH_CASE, next_start(reader));
    if (!next_is_word(reader, "case")) {
        refuse(reader);
        return;
    }
    next_token(reader);
    tree_append(node, read_patterns(reader), FIELD_PATTERN);
    if (accept_token(reader, TOKEN_IF)) {
        tree_append(node, read_named(reader), FIELD_GUARD);
    }
    read_block(reader, node, FIELD_BODY);
    tree_append(parent, span_children(node), FIELD_CASES);
}

/* `match` and what is matched; NULL where that is no such statement, but begins with a name. */
static Node *
read_subject(Reader *reader)
{
    Reader before = *reader;
    Node *node = add_node(reader, MATCH, next_start(reader));
    next_token(reader);
    tree_append(node, read_items(reader), FIELD_SUBJECT);
    if (accept_token(reader, TOKEN_COLON) && next_kind(reader) == TOKEN_NEWLINE) {
        return node;
    }
    go_back(reader, &before);
    return NULL;
}

Node *
read_match(Reader *reader)
{
    Node *node = read_subject(reader);
    if (node == NULL) {
        return NULL;
    }
    expect_token(reader, TOKEN_NEWLINE);
    expect_token(reader, TOKEN_INDENT);
    while (next_kind(reader) != TOKEN_DEDENT && !has_failed(reader)) {
        read_case(reader, node);
    }
    expect_token(reader, TOKEN_DEDENT);
    return finish_node(reader, node);
}
