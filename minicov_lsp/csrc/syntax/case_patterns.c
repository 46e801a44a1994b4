/* What follows `case`. */
#include "reader.h"

static Node *read_pattern(Reader *reader);

/* Take the name that a pattern binds: `_` binds none. */
static void
take_target(Reader *reader, Node *node)
{
    int is_wildcard = next_is_word(reader, "_");
    take_name(reader, node);
    if (is_wildcard) {
        node->name = NULL;
        node->name_size = 0;
    }
}

static Node *
read_star(Reader *reader)
{
    Node *node = add_node(reader, MATCH_STAR, next_start(reader));
    next_token(reader);
    take_target(reader, node);
    return finish_node(reader, node);
}

static Node *
read_element(Reader *reader)
{
    return next_kind(reader) == TOKEN_STAR ? read_star(reader) : read_pattern(reader);
}

/* Go on with a sequence whose first pattern is read, up to what ends it. */
static Node *
read_rest(Reader *reader, Node *first, Start start, TokenKind closing)
{
    Node *node = add_node(reader, MATCH_SEQUENCE, start);
    tree_append(node, first, FIELD_PATTERNS);
    while (accept_token(reader, TOKEN_COMMA)) {
        TokenKind kind = next_kind(reader);
        if (kind == closing || kind == TOKEN_COLON || kind == TOKEN_IF) {
            break;
        }
        tree_append(node, read_element(reader), FIELD_PATTERNS);
    }
    return finish_node(reader, node);
}

/* A group or a sequence in brackets. */
static Node *
read_bracketed(Reader *reader, TokenKind closing)
{
    Start start = next_start(reader);
    next_token(reader);
    Node *node;
    if (next_kind(reader) == closing) {
        node = add_node(reader, MATCH_SEQUENCE, start);
    } else {
        Node *first = read_element(reader);
        if (closing == TOKEN_RPAR && next_kind(reader) != TOKEN_COMMA) {
            expect_token(reader, closing);
            return first;
        }
        node = read_rest(reader, first, start, closing);
    }
    expect_token(reader, closing);
    return finish_node(reader, node);
}

static Node *
read_mapping(Reader *reader)
{
    Node *node = add_node(reader, MATCH_MAPPING, next_start(reader));
    next_token(reader);
    while (next_kind(reader) != TOKEN_RBRACE) {
        if (accept_token(reader, TOKEN_DOUBLESTAR)) {
            expect_token(reader, TOKEN_NAME);
        } else {
            tree_append(node, read_operators(reader, POWER_SUM), FIELD_PATTERNS);
            expect_token(reader, TOKEN_COLON);
            tree_append(node, read_pattern(reader), FIELD_PATTERNS);
        }
        if (!accept_token(reader, TOKEN_COMMA)) {
            break;
        }
    }
    expect_token(reader, TOKEN_RBRACE);
    return finish_node(reader, node);
}

static void
read_class_arguments(Reader *reader, Node *node)
{
    next_token(reader);
    while (next_kind(reader) != TOKEN_RPAR) {
        Node *pattern = read_pattern(reader);
        if (accept_token(reader, TOKEN_EQUAL)) {   /* What was read is a keyword. */
            pattern = read_pattern(reader);
        }
        tree_append(node, pattern, FIELD_PATTERNS);
        if (!accept_token(reader, TOKEN_COMMA)) {
            break;
        }
    }
    expect_token(reader, TOKEN_RPAR);
}

/* A name: what it binds, or with dots a value, or with brackets a class. */
static Node *
read_named_pattern(Reader *reader)
{
    Start start = next_start(reader);
    Node *node = add_node(reader, MATCH_AS, start);
    take_target(reader, node);
    finish_node(reader, node);
    if (next_kind(reader) != TOKEN_DOT && next_kind(reader) != TOKEN_LPAR) {
        return node;
    }
    node->kind = NAME;
    while (accept_token(reader, TOKEN_DOT)) {
        Node *attribute = add_node(reader, ATTRIBUTE, start);
        tree_append(attribute, node, FIELD_VALUE);
        take_name(reader, attribute);
        node = finish_node(reader, attribute);
    }
    int is_class = next_kind(reader) == TOKEN_LPAR;
    Node *pattern = add_node(reader, is_class ? MATCH_CLASS : MATCH_VALUE, start);
    tree_append(pattern, node, is_class ? FIELD_PATTERNS : FIELD_VALUE);
    if (is_class) {
        read_class_arguments(reader, pattern);
    }
    return finish_node(reader, pattern);
}

static Node *
read_singleton(Reader *reader)
{
    Node *node = add_node(reader, MATCH_SINGLETON, next_start(reader));
    TokenKind kind = next_kind(reader);
    node->literal = kind == TOKEN_NONE ? NONE : kind == TOKEN_TRUE ? TRUE_LITERAL : FALSE_LITERAL;
    node->is_true = kind == TOKEN_TRUE;
    next_token(reader);
    return finish_node(reader, node);
}

static Node *
read_closed(Reader *reader)
{
    switch (next_kind(reader)) {
    case TOKEN_NAME:
        return read_named_pattern(reader);
    case TOKEN_LPAR:
        return read_bracketed(reader, TOKEN_RPAR);
    case TOKEN_LSQB:
        return read_bracketed(reader, TOKEN_RSQB);
    case TOKEN_LBRACE:
        return read_mapping(reader);
    case TOKEN_NONE: case TOKEN_TRUE: case TOKEN_FALSE:
        return read_singleton(reader);
    default: {
        Node *node = add_node(reader, MATCH_VALUE, next_start(reader));
        tree_append(node, read_operators(reader, POWER_SUM), FIELD_VALUE);
        return finish_node(reader, node);
    }
    }
}

static Node *
read_alternatives(Reader *reader)
{
    Start start = next_start(reader);
    Node *first = read_closed(reader);
    if (next_kind(reader) != TOKEN_VBAR) {
        return first;
    }
    Node *node = add_node(reader, MATCH_OR, start);
    tree_append(node, first, FIELD_PATTERNS);
    while (accept_token(reader, TOKEN_VBAR)) {
        tree_append(node, read_closed(reader), FIELD_PATTERNS);
    }
    return finish_node(reader, node);
}

static Node *
read_pattern(Reader *reader)
{
    Start start = next_start(reader);
    Node *pattern = deepen(reader) ? read_alternatives(reader) : &reader->spare;
    reader->depth--;
    if (!accept_token(reader, TOKEN_AS)) {
        return pattern;
    }
    Node *node = add_node(reader, MATCH_AS, start);
    tree_append(node, pattern, FIELD_PATTERN);
    take_name(reader, node);
    return finish_node(reader, node);
}

Node *
read_patterns(Reader *reader)
{
    Start start = next_start(reader);
    Node *first = read_element(reader);
    return next_kind(reader) == TOKEN_COMMA ? read_rest(reader, first, start, TOKEN_COLON) : first;
}
