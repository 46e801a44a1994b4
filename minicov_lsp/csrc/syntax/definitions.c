/* Functions and classes. */
#include "reader.h"

static void
read_decorators(Reader *reader, Node *node)
{
    while (accept_token(reader, TOKEN_AT)) {
        tree_append(node, read_named(reader), FIELD_DECORATOR_LIST);
        expect_token(reader, TOKEN_NEWLINE);
    }
}

static void
read_function(Reader *reader, Node *node)
{
    expect_token(reader, TOKEN_DEF);
    take_name(reader, node);
    read_type_parameters(reader, node);
    expect_token(reader, TOKEN_LPAR);
    read_parameters(reader, node, TOKEN_RPAR);
    expect_token(reader, TOKEN_RPAR);
    if (accept_token(reader, TOKEN_RARROW)) {
        tree_append(node, read_expression(reader), FIELD_RETURNS);
    }
}

static void
read_class(Reader *reader, Node *node)
{
    next_token(reader);
    take_name(reader, node);
    read_type_parameters(reader, node);
    if (next_kind(reader) == TOKEN_LPAR) {
        read_arguments(reader, node, FIELD_BASES);
    }
}

Node *
read_definition(Reader *reader)
{
    Node *node = add_node(reader, FUNCTION_DEF, next_start(reader));
    read_decorators(reader, node);
    Start start = next_start(reader);
    node->place.line = start.line;
    node->place.column = start.column;
    if (next_kind(reader) == TOKEN_CLASS) {
        node->kind = CLASS_DEF;
        read_class(reader, node);
    } else {
        if (accept_token(reader, TOKEN_ASYNC)) {
            node->kind = ASYNC_FUNCTION_DEF;
        }
        read_function(reader, node);
    }
    read_block(reader, node, FIELD_BODY);
    return finish_node(reader, node);
}
