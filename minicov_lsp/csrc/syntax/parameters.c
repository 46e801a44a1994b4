/* Parameters of functions, and those of types. */
#include "reader.h"

/* A parameter behind its stars; of a lambda it has no annotation. */
static void
read_parameter(Reader *reader, Node *node, int is_annotated)
{
    Node *parameter = add_node(reader, ARG, next_start(reader));
    take_name(reader, parameter);
    if (is_annotated && accept_token(reader, TOKEN_COLON)) {
        tree_append(parameter, read_item(reader), FIELD_ANNOTATION);
    }
    tree_append(node, finish_node(reader, parameter), FIELD_ARGS);
    if (accept_token(reader, TOKEN_EQUAL)) {
        tree_append(node, read_expression(reader), FIELD_DEFAULTS);
    }
}

void
read_parameters(Reader *reader, Node *node, TokenKind closing)
{
    Node *parameters = add_node(reader, ARGUMENTS, next_start(reader));
    while (next_kind(reader) != closing) {
        if (accept_token(reader, TOKEN_STAR) || accept_token(reader, TOKEN_DOUBLESTAR)) {
            if (next_kind(reader) == TOKEN_NAME) {
                read_parameter(reader, parameters, closing == TOKEN_RPAR);
            }
        } else if (!accept_token(reader, TOKEN_SLASH)) {
            read_parameter(reader, parameters, closing == TOKEN_RPAR);
        }
        if (!accept_token(reader, TOKEN_COMMA)) {
            break;
        }
    }
    tree_append(node, span_children(parameters), FIELD_ARGS);
}

static void
read_type_parameter(Reader *reader, Node *node)
{
    Node *parameter = add_node(reader, TYPE_VAR, next_start(reader));
    if (accept_token(reader, TOKEN_STAR)) {
        parameter->kind = TYPE_VAR_TUPLE;
    } else if (accept_token(reader, TOKEN_DOUBLESTAR)) {
        parameter->kind = PARAM_SPEC;
    }
    take_name(reader, parameter);
    if (accept_token(reader, TOKEN_COLON)) {
        tree_append(parameter, read_expression(reader), FIELD_BOUND);
    }
    if (accept_token(reader, TOKEN_EQUAL)) {
        tree_append(parameter, read_item(reader), FIELD_BOUND);
    }
    tree_append(node, finish_node(reader, parameter), FIELD_TYPE_PARAMS);
}

void
read_type_parameters(Reader *reader, Node *node)
{
    if (!accept_token(reader, TOKEN_LSQB)) {
        return;
    }
    do {
        read_type_parameter(reader, node);
    } while (accept_token(reader, TOKEN_COMMA) && next_kind(reader) != TOKEN_RSQB);
    expect_token(reader, TOKEN_RSQB);
}
