/* What all rules of the grammar share, and the text as a whole. */
#include "reader.h"

#include <limits.h>
#include <string.h>

Node *
refuse(Reader *reader)
{
    lexer_break(&reader->lexer);
    reader->spare = (Node){0};
    return &reader->spare;
}

/* Whether a walk tells the place of a node by its kind alone. */
static int
has_told_place(Kind kind)
{
    return kind == BOOL_OP || kind == IF_EXP || kind == LAMBDA || kind == NAMED_EXPR || kind == COMPREHENSION;
}

Node *
add_node(Reader *reader, Kind kind, Start start)
{
    Node *node = has_failed(reader) ? NULL : tree_add(reader->tree, kind, start.line, start.column);
    reader->told_places += has_told_place(kind);
    return node == NULL ? refuse(reader) : node;
}

void
next_token(Reader *reader)
{
    Lexer *lexer = &reader->lexer;
    if (lexer->token.kind > TOKEN_DEDENT) {
        reader->last_line = lexer->line;
        reader->last_column = (int)(lexer->at - lexer->line_start);
    }
    lexer_advance(lexer);
}

void
expect_token(Reader *reader, TokenKind kind)
{
    if (next_kind(reader) == kind) {
        next_token(reader);
    } else {
        refuse(reader);
    }
}

int
deepen(Reader *reader)
{
    if (++reader->depth > MOST_DEPTH) {
        refuse(reader);
    }
    return !has_failed(reader);
}

void
take_name(Reader *reader, Node *node)
{
    node->name = reader->lexer.token.start;
    node->name_size = reader->lexer.token.size;
    expect_token(reader, TOKEN_NAME);
}

int
next_is_word(const Reader *reader, const char *word)
{
    const Token *token = &reader->lexer.token;
    size_t size = strlen(word);
    return token->kind == TOKEN_NAME && (size_t)token->size == size && memcmp(token->start, word, size) == 0;
}

int
tree_read(Tree *tree, const char *text, Py_ssize_t size)
{
    if (size >= INT_MAX) {
        return 0;
    }
    Reader reader = {.tree = tree, .has_odd_fields = Py_Version < 0x030B0700};
    tree->text = text;
    tree->size = size;
    lexer_start(&reader.lexer, text, size);
    Node *module = add_node(&reader, MODULE, (Start){0, 0});
    next_token(&reader);
    while (next_kind(&reader) != TOKEN_END && !has_failed(&reader)) {
        read_statement(&reader, module, FIELD_BODY);
    }
    if (has_failed(&reader)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    tree->module = span_children(module);
    return 1;
}
