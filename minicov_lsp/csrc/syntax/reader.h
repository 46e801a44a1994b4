/* The reader of Python's syntax: a function for each rule of the grammar, each of which takes what the compiler has taken.

   What is asked of a text that the compiler does not take is only that reading it ends: some rules take more than the
   language has. Whatever is not understood fails the whole text; then every token is TOKEN_ERROR, and all rules give nodes
   that nobody uses. */
#ifndef MINICOV_READER_H
#define MINICOV_READER_H

#include "lexer.h"

typedef struct {
    Lexer lexer;
    Tree *tree;
    int last_line, last_column;   /* Where the last token ended that is no end of a line or suite. */
    int depth;                    /* How many rules called each other. */
    int has_odd_fields;           /* Places in nested fields and in those of further lines may be others than in the text. */
    int told_places;              /* How many nodes there were whose places a walk tells by their kinds alone. */
    Node spare;                   /* What is given when it fails. */
} Reader;

typedef struct {
    int line, column;
} Start;

/* A new node that starts and ends at a place; the spare one where it fails. */
Node *add_node(Reader *reader, Kind kind, Start start);
/* Fail. */
Node *refuse(Reader *reader);
/* Go on to the next token. */
void next_token(Reader *reader);
/* Go over a token of a kind, or fail. */
void expect_token(Reader *reader, TokenKind kind);
/* Go into a rule that may call itself; 0 where that would be too deep. To be left with `reader->depth--` in any case. */
int deepen(Reader *reader);

static inline TokenKind
next_kind(const Reader *reader)
{
    return (TokenKind)reader->lexer.token.kind;
}

static inline int
has_failed(const Reader *reader)
{
    return reader->lexer.is_broken;
}

static inline Start
next_start(const Reader *reader)
{
    return (Start){reader->lexer.token.line, reader->lexer.token.column};
}

/* Whether the next token is of a kind, which then is gone over. */
static inline int
accept_token(Reader *reader, TokenKind kind)
{
    if (next_kind(reader) != kind) {
        return 0;
    }
    next_token(reader);
    return 1;
}

/* Let a node end where the last token did. */
static inline Node *
finish_node(const Reader *reader, Node *node)
{
    node->place.end_line = reader->last_line;
    node->place.end_column = reader->last_column;
    return node;
}

/* Let a node reach from its first child to its last, where it has some. */
static inline Node *
span_children(Node *node)
{
    node->place = node->first == NULL ? (Place){0} : place_of(node->first, node->last);
    return node;
}

/* Take the next token, which has to be a name, as that of a node. */
void take_name(Reader *reader, Node *node);
/* Whether the next token is a name that is this word. */
int next_is_word(const Reader *reader, const char *word);

/* How strongly operators bind: the least that `read_operators` is to take. */
enum { NO_POWER, POWER_OR, POWER_AND, POWER_NOT, POWER_COMPARISON, POWER_BITOR, POWER_BITXOR, POWER_BITAND, POWER_SHIFT,
       POWER_SUM, POWER_PRODUCT, POWER_POWER };

/* expressions.c. Names in comments are those of rules in Python's grammar. */
int starts_expression(TokenKind kind);
Node *read_operators(Reader *reader, int least);
Node *read_expression(Reader *reader);
Node *read_named(Reader *reader);        /* named_expression */
Node *read_item(Reader *reader);         /* star_named_expression, star_expression */
Node *read_items(Reader *reader);        /* star_expressions, yield_expr */
Node *read_targets(Reader *reader);      /* star_targets in front of `in` */
/* Go on with a tuple without brackets after its first item, where a comma follows; else that item. */
Node *read_tuple(Reader *reader, Node *first, Start start);
void read_generators(Reader *reader, Node *node);   /* for_if_clauses */

/* primaries.c */
Node *read_primary(Reader *reader);
Node *read_strings(Reader *reader);
/* Arguments in brackets, of which the first is the next token; into FIELD_ARGS or FIELD_BASES, and FIELD_KEYWORDS. */
void read_arguments(Reader *reader, Node *node, FieldName field);

/* brackets.c: from the first bracket on. */
Node *read_parentheses(Reader *reader);
Node *read_list(Reader *reader);
Node *read_braces(Reader *reader);

/* fstrings.c: go over a string with replacement fields, which are put into a node; whether it has other text. */
int read_fstring(Reader *reader, Node *node);

/* parameters.c: up to what closes them, and in square brackets if there are some. */
void read_parameters(Reader *reader, Node *node, TokenKind closing);
void read_type_parameters(Reader *reader, Node *node);

/* case_patterns.c */
Node *read_patterns(Reader *reader);

/* simple_statements.c: all of a line. */
void read_simple_statements(Reader *reader, Node *parent, FieldName field);

/* statements.c */
void read_statement(Reader *reader, Node *parent, FieldName field);
/* From the colon on. */
void read_block(Reader *reader, Node *parent, FieldName field);

/* definitions.c: a function or class, with what is in front of it. */
Node *read_definition(Reader *reader);

/* choices.c: `with` and `match`, of which not the first word says what they are. */
Node *read_with(Reader *reader, Kind kind, Start start);
Node *read_match(Reader *reader);

#endif
