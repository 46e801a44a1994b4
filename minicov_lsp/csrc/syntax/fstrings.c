/* Strings with replacement fields: text, fields, and formats, which are such strings themselves. */
#include "reader.h"

static void read_parts(Reader *reader, Node *node, const Token *string, int is_format, int *has_text);

static void
end_here(Reader *reader)
{
    reader->last_line = reader->lexer.line;
    reader->last_column = (int)(reader->lexer.at - reader->lexer.line_start);
}

/* What follows the colon of a field, up to the brace that closes it. */
static void
read_format(Reader *reader, Node *field, const Token *string)
{
    int has_text = 0;
    Node *format = add_node(reader, JOINED_STR, next_start(reader));
    if (deepen(reader)) {
        read_parts(reader, format, string, 1, &has_text);
    }
    reader->depth--;
    if (format->first == NULL) {
        format->literal = TEXT;
    }
    format->is_true = (uint8_t)has_text;
    end_here(reader);
    tree_append(field, finish_node(reader, format), FIELD_FORMAT_SPEC);
}

/* A field, from its brace on to the brace that closes it, behind which the lexer then is. */
static void
read_field(Reader *reader, Node *parent, const Token *string, int *has_text)
{
    Lexer *lexer = &reader->lexer;
    int outer = lexer->field, told_before = reader->told_places;
    Node *field = add_node(reader, FORMATTED_VALUE, (Start){lexer->line, (int)(lexer->at - lexer->line_start)});
    lexer->at++;
    lexer->field = ++lexer->brackets;
    lexer->token.kind = TOKEN_LBRACE;
    next_token(reader);
    tree_append(field, read_items(reader), FIELD_VALUE);
    *has_text |= accept_token(reader, TOKEN_EQUAL);
    if (accept_token(reader, TOKEN_EXCLAMATION)) {
        expect_token(reader, TOKEN_NAME);
    }
    if (next_kind(reader) == TOKEN_COLON) {
        read_format(reader, field, string);
        next_token(reader);
    }
    if (next_kind(reader) != TOKEN_RBRACE) {
        refuse(reader);
    }
    int is_odd = reader->has_odd_fields && (outer || lexer->line != string->line);
    if (is_odd && reader->told_places != told_before) {
        refuse(reader);
    }
    lexer->field = outer;
    end_here(reader);
    tree_append(parent, finish_node(reader, field), FIELD_VALUES);
}

/* Go over a backslash: `\{` is no escape, and the braces of `\N{...}` are of no field. */
static void
skip_escape(Lexer *lexer, int is_raw)
{
    if (lexer->at[1] == '{' || lexer->at[1] == '}') {
        lexer->at++;
        return;
    }
    int is_named = !is_raw && lexer->at[1] == 'N' && lexer->at[2] == '{';
    lexer_escape(lexer);
    if (is_named) {
        do {
            lexer->at++;
        } while (!character_is(*lexer->at, ENDS_RUN));
        lexer->at += *lexer->at == '}';
    }
}

/* What stops a run of plain text; 0 where it ends the string or format. */
static int
read_part(Reader *reader, Node *node, const Token *string, int is_format, int *has_text)
{
    Lexer *lexer = &reader->lexer;
    char character = *lexer->at;
    int is_triple = string->quotes == 3;
    if (character == string->quote && (!is_triple || (lexer->at[1] == character && lexer->at[2] == character))) {
        return 0;
    }
    if (character == '{' && (is_format || lexer->at[1] != '{')) {
        read_field(reader, node, string, has_text);
        return !has_failed(reader);
    }
    if (character == '}' && is_format) {
        return 0;
    }
    if (character == 0) {
        refuse(reader);
        return 0;
    }
    if (character == '\\') {
        const char *start = lexer->at;
        skip_escape(lexer, string->is_raw);
        *has_text |= string->is_raw || (start[1] != '\n' && start[1] != '\r');
    } else if (character == '\n' || character == '\r') {
        if (!is_triple) {   /* It may end a format, after which the brace then is on a line of its own. */
            return is_format ? 0 : (refuse(reader), 0);
        }
        lexer_end_line(lexer);
        *has_text = 1;
    } else {
        lexer->at += 1 + (character == '{' || (character == '}' && lexer->at[1] == '}'));
        *has_text = 1;
    }
    return 1;
}

static void
read_parts(Reader *reader, Node *node, const Token *string, int is_format, int *has_text)
{
    Lexer *lexer = &reader->lexer;
    do {
        while (!character_is(*lexer->at, ENDS_RUN)) {
            lexer->at++;
            *has_text = 1;
        }
    } while (read_part(reader, node, string, is_format, has_text));
}

int
read_fstring(Reader *reader, Node *node)
{
    Token string = reader->lexer.token;
    int has_text = 0;
    read_parts(reader, node, &string, 0, &has_text);
    if (!has_failed(reader)) {
        reader->lexer.at += string.quotes;
        reader->lexer.token.kind = TOKEN_FSTRING;
        next_token(reader);
    }
    return has_text;
}
