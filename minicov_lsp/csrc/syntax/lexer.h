/* Words and signs of Python's syntax, one after the other, out of a text in UTF-8. */
#ifndef MINICOV_LEXER_H
#define MINICOV_LEXER_H

#include "nodes.h"

/* Closing brackets, signs and words in the order of lexer.c's tables; those of one kind stand together. */
typedef enum {
    TOKEN_END, TOKEN_ERROR, TOKEN_NEWLINE, TOKEN_INDENT, TOKEN_DEDENT,
    TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_FSTRING,
    TOKEN_LPAR, TOKEN_RPAR, TOKEN_LSQB, TOKEN_RSQB, TOKEN_LBRACE, TOKEN_RBRACE,
    TOKEN_COLON, TOKEN_COMMA, TOKEN_SEMI, TOKEN_DOT, TOKEN_EXCLAMATION, TOKEN_EQUAL, TOKEN_COLONEQUAL, TOKEN_RARROW,
    TOKEN_ELLIPSIS, TOKEN_PLUS, TOKEN_MINUS, TOKEN_STAR, TOKEN_SLASH, TOKEN_DOUBLESLASH, TOKEN_PERCENT, TOKEN_AT,
    TOKEN_DOUBLESTAR, TOKEN_VBAR, TOKEN_AMPER, TOKEN_CIRCUMFLEX, TOKEN_LEFTSHIFT, TOKEN_RIGHTSHIFT, TOKEN_TILDE,
    TOKEN_AUGMENTED, TOKEN_EQEQUAL, TOKEN_NOTEQUAL, TOKEN_LESS, TOKEN_LESSEQUAL, TOKEN_GREATER, TOKEN_GREATEREQUAL,
    TOKEN_AND, TOKEN_AS, TOKEN_ASSERT, TOKEN_ASYNC, TOKEN_AWAIT, TOKEN_BREAK, TOKEN_CLASS, TOKEN_CONTINUE, TOKEN_DEF,
    TOKEN_DEL, TOKEN_ELIF, TOKEN_ELSE, TOKEN_EXCEPT, TOKEN_FALSE, TOKEN_FINALLY, TOKEN_FOR, TOKEN_FROM, TOKEN_GLOBAL,
    TOKEN_IF, TOKEN_IMPORT, TOKEN_IN, TOKEN_IS, TOKEN_LAMBDA, TOKEN_NONE, TOKEN_NONLOCAL, TOKEN_NOT, TOKEN_OR,
    TOKEN_PASS, TOKEN_RAISE, TOKEN_RETURN, TOKEN_TRUE, TOKEN_TRY, TOKEN_WHILE, TOKEN_WITH, TOKEN_YIELD, TOKENS
} TokenKind;

typedef struct {
    const char *start;     /* Borrowed, in the text. */
    int size;              /* Bytes. */
    int line, column;      /* Where it starts, as in Place. */
    uint8_t kind;          /* TokenKind */
    uint8_t literal;       /* Literal: of a number or string. */
    uint8_t is_true;       /* Of a number or string: whether it is more than nothing. */
    uint8_t is_raw;        /* The rest is of an f-string, of which the token is just the part up to its quotes. */
    uint8_t is_template;   /* It is a t-string. */
    uint8_t quotes;        /* How many quotes end it: 1 or 3. */
    char quote;
} Token;

/* As many as the compiler takes. */
enum { MOST_INDENTS = 100 };

typedef struct {
    const char *at;          /* Borrowed: what follows the token. */
    const char *end;         /* Borrowed: the 0 behind the text. */
    const char *line_start;  /* Borrowed */
    int line;                /* From 1. */
    int brackets;            /* How many are open. */
    int field;               /* How many are open in the innermost replacement field of an f-string, 0 outside of one. */
    int is_line_start;
    int is_at_end;           /* No line follows, nor has the last one more. */
    int dedents;             /* How many are to be told. */
    int is_broken;           /* All that follows is an error. */
    int indent_count;
    int indents[MOST_INDENTS];
    Token token;
} Lexer;

void lexer_start(Lexer *lexer, const char *text, Py_ssize_t size);
/* Go on to the next token; TOKEN_ERROR for whatever is not understood, and from then on. */
void lexer_advance(Lexer *lexer);
/* Go over the end of a line at `at`, be it \n, \r\n or \r. */
void lexer_end_line(Lexer *lexer);
/* Go over a backslash and what it escapes; 0 where a line ends there. */
int lexer_escape(Lexer *lexer);

/* A number or a string that starts at `at`, the latter after a prefix of some bytes; in literals.c. */
void lex_number(Lexer *lexer);
void lex_string(Lexer *lexer, int prefix_size);
/* Whether some bytes are a prefix of strings. */
int is_string_prefix(const char *text, int size);

static inline void
lexer_break(Lexer *lexer)
{
    lexer->is_broken = 1;
    lexer->token.kind = TOKEN_ERROR;
}

enum { MAY_START_NAME = 1, MAY_BE_IN_NAME = 2, IS_DIGIT = 4, IS_HEX_DIGIT = 8, ENDS_RUN = 16 };
/* By byte. ENDS_RUN: quotes, backslashes, braces, ends of lines and 0, at which what goes over strings looks. */
extern const uint8_t CHARACTERS[256];

static inline int
character_is(char character, int what)
{
    return CHARACTERS[(unsigned char)character] & what;
}

#endif
