/* Numbers and strings: where they end, and whether they are true. */
#include "lexer.h"

#include <string.h>

enum { LONGEST_FRACTION = 300 };

/* Go over digits and underscores; whether one of them is not 0. */
static int
skip_digits(Lexer *lexer, int what)
{
    int is_true = 0;
    while (character_is(*lexer->at, what) || *lexer->at == '_') {
        is_true |= *lexer->at != '0' && *lexer->at != '_';
        lexer->at++;
    }
    return is_true;
}

/* Go over what follows the digits of a number, if it has an exponent; whether it is a negative one. */
static int
skip_exponent(Lexer *lexer)
{
    const char *digits = lexer->at + 1;
    if (*lexer->at != 'e' && *lexer->at != 'E') {
        return 0;
    }
    digits += *digits == '+' || *digits == '-';
    if (!character_is(*digits, IS_DIGIT)) {
        return 0;   /* As in `1else`. */
    }
    int is_negative = digits[-1] == '-';
    lexer->at = digits;
    skip_digits(lexer, IS_DIGIT);
    return is_negative;
}

/* Whether a fraction that has other digits than 0 is more than the least that a float can be. */
static int
is_fraction_true(Lexer *lexer, const char *start)
{
    char copy[LONGEST_FRACTION + 1];
    int size = 0;
    for (const char *at = start; at < lexer->at; at++) {
        if (size == LONGEST_FRACTION) {
            lexer_break(lexer);
            return 0;
        }
        if (*at != '_') {
            copy[size++] = *at;
        }
    }
    copy[size] = 0;
    return PyOS_string_to_double(copy, NULL, NULL) != 0.0;
}

void
lex_number(Lexer *lexer)
{
    const char *start = lexer->at;
    char mark = start[0] == '0' ? (char)(start[1] | 0x20) : 0;
    int is_true, is_negative = 0, is_fraction = 0;
    lexer->token.kind = TOKEN_NUMBER;
    if (mark == 'x' || mark == 'o' || mark == 'b') {
        lexer->at += 2;
        is_true = skip_digits(lexer, mark == 'x' ? IS_HEX_DIGIT : IS_DIGIT);
    } else {
        is_true = skip_digits(lexer, IS_DIGIT);
        if (*lexer->at == '.') {
            lexer->at++;
            is_fraction = 1;
            is_true |= skip_digits(lexer, IS_DIGIT);
        }
        is_negative = skip_exponent(lexer);
        if (is_true && (is_negative || (is_fraction && lexer->at - start > LONGEST_FRACTION))) {
            is_true = is_fraction_true(lexer, start);
        }
        lexer->at += *lexer->at == 'j' || *lexer->at == 'J';
    }
    lexer->token.literal = NUMBER;
    lexer->token.is_true = (uint8_t)is_true;
}

int
is_string_prefix(const char *text, int size)
{
    char first = (char)(text[0] | 0x20), second = size == 2 ? (char)(text[1] | 0x20) : 0;
    if (size == 1) {
        return first == 'r' || first == 'b' || first == 'f' || first == 'u' || first == 't';
    }
    return size == 2 && ((first == 'r' && (second == 'b' || second == 'f' || second == 't'))
                         || (second == 'r' && (first == 'b' || first == 'f' || first == 't')));
}

/* Take in what a prefix says; whether it is of a string with replacement fields. */
static int
take_prefix(Token *token, const char *prefix, int size)
{
    int has_fields = 0;
    token->literal = TEXT;
    token->is_raw = token->is_template = 0;
    for (int i = 0; i < size; i++) {
        char letter = (char)(prefix[i] | 0x20);
        token->is_raw |= letter == 'r';
        token->is_template |= letter == 't';
        has_fields |= letter == 'f' || letter == 't';
        if (letter == 'b') {
            token->literal = BYTES;
        }
    }
    return has_fields;
}

void
lex_string(Lexer *lexer, int prefix_size)
{
    Token *token = &lexer->token;
    int has_fields = take_prefix(token, lexer->at, prefix_size), is_true = 0;
    const char *at = lexer->at + prefix_size;
    char quote = *at;
    int is_triple = at[1] == quote && at[2] == quote;
    token->kind = has_fields ? TOKEN_FSTRING : TOKEN_STRING;
    token->quote = quote;
    token->quotes = is_triple ? 3 : 1;
    lexer->at = at + token->quotes;
    while (!has_fields) {
        while (!character_is(*lexer->at, ENDS_RUN)) {
            lexer->at++;
            is_true = 1;
        }
        char character = *lexer->at;
        if (character == quote && (!is_triple || (lexer->at[1] == quote && lexer->at[2] == quote))) {
            lexer->at += token->quotes;
            break;
        }
        if (character == '\\') {   /* What ends a line after it is no part of the text, unless it is raw. */
            is_true |= lexer_escape(lexer) | token->is_raw;
        } else if (is_triple && (character == '\n' || character == '\r')) {
            lexer_end_line(lexer);
            is_true = 1;
        } else if (character == 0 || character == '\n' || character == '\r') {
            lexer_break(lexer);
            break;
        } else {
            lexer->at++;
            is_true = 1;
        }
    }
    token->is_true = (uint8_t)is_true;
}
