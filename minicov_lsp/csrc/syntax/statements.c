/* Statements that have suites. */
#include "reader.h"

void
read_block(Reader *reader, Node *parent, FieldName field)
{
    expect_token(reader, TOKEN_COLON);
    if (!accept_token(reader, TOKEN_NEWLINE)) {
        read_simple_statements(reader, parent, field);
        return;
    }
    expect_token(reader, TOKEN_INDENT);
    while (next_kind(reader) != TOKEN_DEDENT && !has_failed(reader)) {
        read_statement(reader, parent, field);
    }
    expect_token(reader, TOKEN_DEDENT);
}

static void
read_else(Reader *reader, Node *node)
{
    if (accept_token(reader, TOKEN_ELSE)) {
        read_block(reader, node, FIELD_ORELSE);
    }
}

/* `if` with all `elif`, each of which is inside of the one before and ends where all do. */
static Node *
read_if(Reader *reader)
{
    Node *node = add_node(reader, IF, next_start(reader)), *innermost = node;
    for (;;) {
        next_token(reader);
        tree_append(innermost, read_named(reader), FIELD_TEST);
        read_block(reader, innermost, FIELD_BODY);
        if (next_kind(reader) != TOKEN_ELIF) {
            break;
        }
        Node *next = add_node(reader, IF, next_start(reader));
        tree_append(innermost, next, FIELD_ORELSE);
        innermost = next;
    }
    read_else(reader, innermost);
    for (Node *each = node; !has_failed(reader) && each != innermost; each = each->last) {
        finish_node(reader, each);
    }
    finish_node(reader, innermost);
    return node;
}

static Node *
read_while(Reader *reader)
{
    Node *node = add_node(reader, WHILE, next_start(reader));
    next_token(reader);
    tree_append(node, read_named(reader), FIELD_TEST);
    read_block(reader, node, FIELD_BODY);
    read_else(reader, node);
    return finish_node(reader, node);
}

static Node *
read_for(Reader *reader, Kind kind, Start start)
{
    Node *node = add_node(reader, kind, start);
    next_token(reader);
    tree_append(node, read_targets(reader), FIELD_TARGET);
    expect_token(reader, TOKEN_IN);
    tree_append(node, read_items(reader), FIELD_ITER);
    read_block(reader, node, FIELD_BODY);
    read_else(reader, node);
    return finish_node(reader, node);
}

/* A handler; whether it is one of groups. */
static int
read_handler(Reader *reader, Node *parent)
{
    Node *node = add_node(reader, EXCEPT_HANDLER, next_start(reader));
    next_token(reader);
    int is_star = accept_token(reader, TOKEN_STAR);
    if (next_kind(reader) != TOKEN_COLON) {
        tree_append(node, read_items(reader), FIELD_TYPE);
    }
    if (accept_token(reader, TOKEN_AS)) {
        expect_token(reader, TOKEN_NAME);
    }
    read_block(reader, node, FIELD_BODY);
    tree_append(parent, finish_node(reader, node), FIELD_HANDLERS);
    return is_star;
}

static Node *
read_try(Reader *reader)
{
    Node *node = add_node(reader, TRY, next_start(reader));
    next_token(reader);
    read_block(reader, node, FIELD_BODY);
    while (next_kind(reader) == TOKEN_EXCEPT) {
        if (read_handler(reader, node)) {
            node->kind = TRY_STAR;
        }
    }
    read_else(reader, node);
    if (accept_token(reader, TOKEN_FINALLY)) {
        read_block(reader, node, FIELD_FINALBODY);
    }
    return finish_node(reader, node);
}

/* What may follow `async` but a function, which is a definition. */
static Node *
read_async(Reader *reader)
{
    Start start = next_start(reader);
    Reader before = *reader;
    next_token(reader);
    switch (next_kind(reader)) {
    case TOKEN_FOR:
        return read_for(reader, ASYNC_FOR, start);
    case TOKEN_WITH:
        return read_with(reader, ASYNC_WITH, start);
    default:
        *reader = before;
        return read_definition(reader);
    }
}

/* NULL for what has no suite. */
static Node *
read_compound_statement(Reader *reader)
{
    switch (next_kind(reader)) {
    case TOKEN_IF:
        return read_if(reader);
    case TOKEN_WHILE:
        return read_while(reader);
    case TOKEN_FOR:
        return read_for(reader, FOR, next_start(reader));
    case TOKEN_TRY:
        return read_try(reader);
    case TOKEN_WITH:
        return read_with(reader, WITH, next_start(reader));
    case TOKEN_ASYNC:
        return read_async(reader);
    case TOKEN_DEF: case TOKEN_CLASS: case TOKEN_AT:
        return read_definition(reader);
    default:
        return next_is_word(reader, "match") ? read_match(reader) : NULL;
    }
}

void
read_statement(Reader *reader, Node *parent, FieldName field)
{
    Node *node = deepen(reader) ? read_compound_statement(reader) : NULL;
    reader->depth--;
    if (node != NULL) {
        tree_append(parent, node, field);
    } else {
        read_simple_statements(reader, parent, field);
    }
}
