/* The lines, indentation, words and signs of a text. */
#include "lexer.h"

#include <string.h>

enum { N = MAY_START_NAME | MAY_BE_IN_NAME, H = N | IS_HEX_DIGIT, D = MAY_BE_IN_NAME | IS_DIGIT | IS_HEX_DIGIT, E = ENDS_RUN };

#define N16 N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N

const uint8_t CHARACTERS[256] = {
    E, 0, 0, 0, 0, 0, 0, 0, 0, 0, E, 0, 0, E, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, E, 0, 0, 0, 0, E, 0, 0, 0, 0, 0, 0, 0, 0,  D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0,   /*  ! to ? */
    0, H, H, H, H, H, H, N, N, N, N, N, N, N, N, N,  N, N, N, N, N, N, N, N, N, N, N, 0, E, 0, 0, N,   /* @ to _ */
    0, H, H, H, H, H, H, N, N, N, N, N, N, N, N, N,  N, N, N, N, N, N, N, N, N, N, N, E, 0, E, 0, 0,   /* ` to ~ */
    N16, N16, N16, N16, N16, N16, N16, N16,
};

/* By their first letters, for each letter those from FIRST_WORD on. */
static const char *const WORDS[] = {
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
    "pass", "raise", "return", "try", "while", "with", "yield",
};

static const uint8_t TOKENS_OF_WORDS[] = {
    TOKEN_FALSE, TOKEN_NONE, TOKEN_TRUE, TOKEN_AND, TOKEN_AS, TOKEN_ASSERT, TOKEN_ASYNC, TOKEN_AWAIT, TOKEN_BREAK,
    TOKEN_CLASS, TOKEN_CONTINUE, TOKEN_DEF, TOKEN_DEL, TOKEN_ELIF, TOKEN_ELSE, TOKEN_EXCEPT, TOKEN_FINALLY, TOKEN_FOR,
    TOKEN_FROM, TOKEN_GLOBAL, TOKEN_IF, TOKEN_IMPORT, TOKEN_IN, TOKEN_IS, TOKEN_LAMBDA, TOKEN_NONLOCAL, TOKEN_NOT,
    TOKEN_OR, TOKEN_PASS, TOKEN_RAISE, TOKEN_RETURN, TOKEN_TRY, TOKEN_WHILE, TOKEN_WITH, TOKEN_YIELD,
};

/* From `a` to `z`, and where the last of them end. */
static const uint8_t FIRST_WORD[27] = {
    3, 8, 9, 11, 13, 16, 19, 20, 20, 24, 24, 24, 25, 25, 27, 28, 29, 29, 31, 31, 32, 32, 32, 34, 34, 35, 35,
};

static int
kind_of_word(const char *word, int size)
{
    unsigned letter = (unsigned char)word[0] - 'a';
    int from = letter < 26 ? FIRST_WORD[letter] : 0, to = letter < 26 ? FIRST_WORD[letter + 1] : 3;
    if (size < 2 || size > 8) {
        return TOKEN_NAME;
    }
    for (int i = from; i < to; i++) {
        if (strncmp(word, WORDS[i], (size_t)size) == 0 && WORDS[i][size] == 0) {
            return TOKENS_OF_WORDS[i];
        }
    }
    return TOKEN_NAME;
}

void
lexer_start(Lexer *lexer, const char *text, Py_ssize_t size)
{
    *lexer = (Lexer){.at = text, .end = text + size, .line_start = text, .line = 1, .is_line_start = 1};
}

void
lexer_end_line(Lexer *lexer)
{
    lexer->at += lexer->at[0] == '\r' && lexer->at[1] == '\n' ? 2 : 1;
    lexer->line++;
    lexer->line_start = lexer->at;
}

int
lexer_escape(Lexer *lexer)
{
    lexer->at++;
    if (*lexer->at == '\n' || *lexer->at == '\r') {
        lexer_end_line(lexer);
        return 0;
    }
    lexer->at += lexer->at < lexer->end;
    return 1;
}

/* Go over what stands at the start of a line: how far right its first word is, as tabs are counted. */
static int
indentation(Lexer *lexer)
{
    int column = 0, before = 0;
    for (;; lexer->at++) {
        switch (*lexer->at) {
        case ' ':
            column++;
            break;
        case '\t':
            column = (column / 8 + 1) * 8;
            break;
        case '\f':
            column = 0;
            break;
        case '\\':   /* What is in front of the first one that joins lines counts. */
            before = before ? before : column;
            if (lexer_escape(lexer)) {
                lexer_break(lexer);
                return 0;
            }
            lexer->at--;
            break;
        default:
            return before ? before : column;
        }
    }
}

/* Take in how far right a line starts. */
static void
indent(Lexer *lexer, int column)
{
    int count = lexer->indent_count;
    if (column > (count == 0 ? 0 : lexer->indents[count - 1])) {
        if (count == MOST_INDENTS) {
            lexer_break(lexer);
            return;
        }
        lexer->indents[lexer->indent_count++] = column;
        lexer->dedents = -1;
        return;
    }
    while (count > 0 && column < lexer->indents[count - 1]) {
        count--;
        lexer->dedents++;
    }
    lexer->indent_count = count;
    if (column != (count == 0 ? 0 : lexer->indents[count - 1])) {
        lexer_break(lexer);
    }
}

static void
skip_comment(Lexer *lexer)
{
    while (*lexer->at != '\n' && *lexer->at != '\r' && *lexer->at != 0) {
        lexer->at++;
    }
}

/* Go on to the first line that has more than a comment, and take in its indentation. */
static void
start_line(Lexer *lexer)
{
    while (!lexer->is_broken) {
        int column = indentation(lexer);
        if (*lexer->at == '#') {
            skip_comment(lexer);
        }
        if (*lexer->at == '\n' || *lexer->at == '\r') {
            lexer_end_line(lexer);
            continue;
        }
        lexer->is_line_start = 0;
        lexer->is_at_end = lexer->at == lexer->end;
        if (!lexer->is_broken) {
            indent(lexer, lexer->is_at_end ? 0 : column);
        }
        return;
    }
}

/* Go over what is between two tokens of a line; 0 where the line ends. */
static int
skip_space(Lexer *lexer)
{
    for (;;) {
        switch (*lexer->at) {
        case ' ': case '\t': case '\f':
            lexer->at++;
            break;
        case '#':
            skip_comment(lexer);
            break;
        case '\\':
            if (lexer_escape(lexer)) {
                lexer_break(lexer);
                return 1;
            }
            break;
        case '\n': case '\r':
            if (lexer->brackets == 0) {
                return 0;
            }
            lexer_end_line(lexer);
            break;
        default:
            return 1;
        }
    }
}

/* The end of a line, or of the text. */
static void
lex_end(Lexer *lexer)
{
    if (lexer->at < lexer->end && *lexer->at != 0) {
        lexer_end_line(lexer);
        lexer->is_line_start = 1;
        lexer->token.kind = TOKEN_NEWLINE;
    } else if (lexer->at < lexer->end || lexer->brackets > 0) {
        lexer_break(lexer);
    } else if (lexer->is_at_end) {
        lexer->token.kind = TOKEN_END;
    } else {   /* The last line need not end. */
        lexer->is_line_start = 1;
        lexer->token.kind = TOKEN_NEWLINE;
    }
}

static void
lex_word(Lexer *lexer)
{
    const char *start = lexer->at;
    while (character_is(*lexer->at, MAY_BE_IN_NAME)) {
        lexer->at++;
    }
    int size = (int)(lexer->at - start);
    if ((*lexer->at == '\'' || *lexer->at == '"') && is_string_prefix(start, size)) {
        lexer->at = start;
        lex_string(lexer, size);
        return;
    }
    lexer->token.kind = (uint8_t)kind_of_word(start, size);
}

/* By character, signs: alone, before `=`, doubled. What is doubled before `=` augments. */
static const uint8_t ALONE[128] = {
    ['('] = TOKEN_LPAR, [')'] = TOKEN_RPAR, ['['] = TOKEN_LSQB, [']'] = TOKEN_RSQB, ['{'] = TOKEN_LBRACE,
    ['}'] = TOKEN_RBRACE, [':'] = TOKEN_COLON, [','] = TOKEN_COMMA, [';'] = TOKEN_SEMI, ['.'] = TOKEN_DOT,
    ['!'] = TOKEN_EXCLAMATION, ['='] = TOKEN_EQUAL, ['+'] = TOKEN_PLUS, ['-'] = TOKEN_MINUS, ['*'] = TOKEN_STAR,
    ['/'] = TOKEN_SLASH, ['%'] = TOKEN_PERCENT, ['@'] = TOKEN_AT, ['|'] = TOKEN_VBAR, ['&'] = TOKEN_AMPER,
    ['^'] = TOKEN_CIRCUMFLEX, ['~'] = TOKEN_TILDE, ['<'] = TOKEN_LESS, ['>'] = TOKEN_GREATER,
};

static const uint8_t BEFORE_EQUAL[128] = {
    ['='] = TOKEN_EQEQUAL, ['!'] = TOKEN_NOTEQUAL, ['<'] = TOKEN_LESSEQUAL, ['>'] = TOKEN_GREATEREQUAL,
    [':'] = TOKEN_COLONEQUAL, ['+'] = TOKEN_AUGMENTED, ['-'] = TOKEN_AUGMENTED, ['*'] = TOKEN_AUGMENTED,
    ['/'] = TOKEN_AUGMENTED, ['%'] = TOKEN_AUGMENTED, ['@'] = TOKEN_AUGMENTED, ['|'] = TOKEN_AUGMENTED,
    ['&'] = TOKEN_AUGMENTED, ['^'] = TOKEN_AUGMENTED,
};

static const uint8_t DOUBLED[128] = {
    ['*'] = TOKEN_DOUBLESTAR, ['/'] = TOKEN_DOUBLESLASH, ['<'] = TOKEN_LEFTSHIFT, ['>'] = TOKEN_RIGHTSHIFT,
};

/* The longest sign that starts here. */
static void
lex_sign(Lexer *lexer)
{
    const char *at = lexer->at;
    unsigned first = (unsigned char)at[0];
    unsigned kind = first < 128 ? ALONE[first] : 0;
    int size = 1;
    if (kind == 0) {
        lexer_break(lexer);
        return;
    }
    if (at[1] == '=' && BEFORE_EQUAL[first] && !(first == ':' && lexer->field && lexer->brackets == lexer->field)) {
        kind = BEFORE_EQUAL[first];
        size = 2;
    } else if (at[1] == at[0] && DOUBLED[first]) {
        size = at[2] == '=' ? 3 : 2;
        kind = size == 3 ? TOKEN_AUGMENTED : DOUBLED[first];
    } else if (first == '-' && at[1] == '>') {
        kind = TOKEN_RARROW;
        size = 2;
    } else if (first == '.' && at[1] == '.' && at[2] == '.') {
        kind = TOKEN_ELLIPSIS;
        size = 3;
    } else if (kind >= TOKEN_LPAR && kind <= TOKEN_RBRACE) {
        lexer->brackets += kind == TOKEN_LPAR || kind == TOKEN_LSQB || kind == TOKEN_LBRACE ? 1 : -1;
    }
    lexer->at += size;
    lexer->token.kind = (uint8_t)kind;
    if (lexer->brackets < 0) {
        lexer_break(lexer);
    }
}

void
lexer_advance(Lexer *lexer)
{
    if (lexer->is_line_start && !lexer->is_broken) {
        start_line(lexer);
    }
    if (lexer->is_broken) {
        lexer->token.kind = TOKEN_ERROR;
        return;
    }
    if (lexer->dedents != 0) {
        lexer->token.kind = lexer->dedents < 0 ? TOKEN_INDENT : TOKEN_DEDENT;
        lexer->dedents = lexer->dedents < 0 ? 0 : lexer->dedents - 1;
        return;
    }
    if (!skip_space(lexer) || *lexer->at == 0) {
        lex_end(lexer);
        return;
    }
    lexer->token.start = lexer->at;
    lexer->token.line = lexer->line;
    lexer->token.column = (int)(lexer->at - lexer->line_start);
    if (character_is(*lexer->at, MAY_START_NAME)) {
        lex_word(lexer);
    } else if (*lexer->at == '"' || *lexer->at == '\'') {
        lex_string(lexer, 0);
    } else if (character_is(*lexer->at, IS_DIGIT) || (*lexer->at == '.' && character_is(lexer->at[1], IS_DIGIT))) {
        lex_number(lexer);
    } else {
        lex_sign(lexer);
    }
    lexer->token.size = (int)(lexer->at - lexer->token.start);
}
