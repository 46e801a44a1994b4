/* Statements of one line. */
#include "reader.h"

/* Whether a statement ends before the next token. */
static int
is_over(const Reader *reader)
{
    TokenKind kind = next_kind(reader);
    return kind == TOKEN_NEWLINE || kind == TOKEN_SEMI || kind == TOKEN_ERROR || kind == TOKEN_END;
}

/* A statement of a word and what may follow it, of which names are not wanted. */
static Node *
read_words(Reader *reader, Kind kind)
{
    Node *node = add_node(reader, kind, next_start(reader));
    while (!is_over(reader)) {
        next_token(reader);
    }
    return finish_node(reader, node);
}

static Node *
read_return(Reader *reader)
{
    Node *node = add_node(reader, RETURN, next_start(reader));
    next_token(reader);
    if (!is_over(reader)) {
        tree_append(node, read_items(reader), FIELD_VALUE);
    }
    return finish_node(reader, node);
}

static Node *
read_raise(Reader *reader)
{
    Node *node = add_node(reader, RAISE, next_start(reader));
    next_token(reader);
    if (!is_over(reader)) {
        tree_append(node, read_expression(reader), FIELD_EXC);
    }
    if (accept_token(reader, TOKEN_FROM)) {
        tree_append(node, read_expression(reader), FIELD_CAUSE);
    }
    return finish_node(reader, node);
}

static Node *
read_delete(Reader *reader)
{
    Node *node = add_node(reader, DELETE, next_start(reader));
    do {
        next_token(reader);
        if (is_over(reader)) {
            break;
        }
        tree_append(node, read_operators(reader, POWER_BITOR), FIELD_TARGETS);
    } while (next_kind(reader) == TOKEN_COMMA);
    return finish_node(reader, node);
}

static Node *
read_assert(Reader *reader)
{
    Node *node = add_node(reader, ASSERT, next_start(reader));
    next_token(reader);
    tree_append(node, read_expression(reader), FIELD_TEST);
    if (accept_token(reader, TOKEN_COMMA)) {
        tree_append(node, read_expression(reader), FIELD_MSG);
    }
    return finish_node(reader, node);
}

/* `type`, which is also a name: 0 where it is that. */
static Node *
read_type_alias(Reader *reader)
{
    Reader before = *reader;
    Node *node = add_node(reader, TYPE_ALIAS, next_start(reader));
    next_token(reader);
    if (next_kind(reader) != TOKEN_NAME) {
        *reader = before;
        return NULL;
    }
    Node *name = add_node(reader, NAME, next_start(reader));
    take_name(reader, name);
    tree_append(node, finish_node(reader, name), FIELD_NAME);
    read_type_parameters(reader, node);
    expect_token(reader, TOKEN_EQUAL);
    tree_append(node, read_expression(reader), FIELD_VALUE);
    return finish_node(reader, node);
}

/* `lazy`, which is also a name: NULL where it is that. */
static Node *
read_lazy_import(Reader *reader)
{
    Reader before = *reader;
    next_token(reader);
    TokenKind kind = next_kind(reader);
    *reader = before;
    return kind == TOKEN_IMPORT ? read_words(reader, IMPORT) : kind == TOKEN_FROM ? read_words(reader, IMPORT_FROM) : NULL;
}

/* From the first `=` on: all targets, and the value. */
static Node *
read_assignment(Reader *reader, Node *target, Start start)
{
    Node *node = add_node(reader, ASSIGN, start), *value = target;
    while (accept_token(reader, TOKEN_EQUAL)) {
        tree_append(node, value, FIELD_TARGETS);
        value = read_items(reader);
    }
    tree_append(node, value, FIELD_VALUE);
    return finish_node(reader, node);
}

/* An expression, and what it is assigned. */
static Node *
read_expression_statement(Reader *reader)
{
    Start start = next_start(reader);
    Node *first = read_items(reader), *node;
    switch (next_kind(reader)) {
    case TOKEN_EQUAL:
        return read_assignment(reader, first, start);
    case TOKEN_AUGMENTED:
        node = add_node(reader, AUG_ASSIGN, start);
        tree_append(node, first, FIELD_TARGET);
        next_token(reader);
        tree_append(node, read_items(reader), FIELD_VALUE);
        return finish_node(reader, node);
    case TOKEN_COLON:
        node = add_node(reader, ANN_ASSIGN, start);
        tree_append(node, first, FIELD_TARGET);
        next_token(reader);
        tree_append(node, read_expression(reader), FIELD_ANNOTATION);
        if (accept_token(reader, TOKEN_EQUAL)) {
            tree_append(node, read_items(reader), FIELD_VALUE);
        }
        return finish_node(reader, node);
    default:
        node = add_node(reader, EXPR, start);
        tree_append(node, first, FIELD_VALUE);
        return finish_node(reader, node);
    }
}

static Node *
read_simple_statement(Reader *reader)
{
    Node *node = NULL;
    switch (next_kind(reader)) {
    case TOKEN_PASS:
        return read_words(reader, PASS);
    case TOKEN_BREAK:
        return read_words(reader, BREAK);
    case TOKEN_CONTINUE:
        return read_words(reader, CONTINUE);
    case TOKEN_GLOBAL:
        return read_words(reader, GLOBAL);
    case TOKEN_NONLOCAL:
        return read_words(reader, NONLOCAL);
    case TOKEN_IMPORT:
        return read_words(reader, IMPORT);
    case TOKEN_FROM:
        return read_words(reader, IMPORT_FROM);
    case TOKEN_RETURN:
        return read_return(reader);
    case TOKEN_RAISE:
        return read_raise(reader);
    case TOKEN_DEL:
        return read_delete(reader);
    case TOKEN_ASSERT:
        return read_assert(reader);
    case TOKEN_NAME:
        if (next_is_word(reader, "type")) {
            node = read_type_alias(reader);
        } else if (next_is_word(reader, "lazy")) {
            node = read_lazy_import(reader);
        }
        return node == NULL ? read_expression_statement(reader) : node;
    default:
        return read_expression_statement(reader);
    }
}

void
read_simple_statements(Reader *reader, Node *parent, FieldName field)
{
    do {
        tree_append(parent, read_simple_statement(reader), field);
    } while (accept_token(reader, TOKEN_SEMI) && next_kind(reader) != TOKEN_NEWLINE);
    expect_token(reader, TOKEN_NEWLINE);
}
