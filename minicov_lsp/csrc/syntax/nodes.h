/* The syntax tree of a text, read by ourselves: small nodes in blocks of memory, without objects of Python. */
#ifndef MINICOV_NODES_H
#define MINICOV_NODES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The classes of `ast` that have an own place in the tree, under their names; those of ast.keyword and ast.withitem too.
   Not in it are ast.alias, ast.expr_context, ast.type_ignore, names that are no expressions. */
typedef enum {
    ANN_ASSIGN, ARG, ARGUMENTS, ASSERT, ASSIGN, ASYNC_FOR, ASYNC_FUNCTION_DEF, ASYNC_WITH, ATTRIBUTE, AUG_ASSIGN, AWAIT,
    BIN_OP, BOOL_OP, BREAK, CALL, CLASS_DEF, COMPARE, COMPREHENSION, CONSTANT, CONTINUE, DELETE, DICT, DICT_COMP,
    EXCEPT_HANDLER, EXPR, FOR, FORMATTED_VALUE, FUNCTION_DEF, GENERATOR_EXP, GLOBAL, IF, IF_EXP, IMPORT, IMPORT_FROM,
    JOINED_STR, KEYWORD, LAMBDA, LIST, LIST_COMP, MATCH, MATCH_AS, MATCH_CASE, MATCH_CLASS, MATCH_MAPPING, MATCH_OR,
    MATCH_SEQUENCE, MATCH_SINGLETON, MATCH_STAR, MATCH_VALUE, MODULE, NAME, NAMED_EXPR, NONLOCAL, PARAM_SPEC, PASS,
    RAISE, RETURN, SET, SET_COMP, SLICE, STARRED, SUBSCRIPT, TEMPLATE_STR, TRY, TRY_STAR, TUPLE, TYPE_ALIAS, TYPE_VAR, TYPE_VAR_TUPLE,
    UNARY_OP, WHILE, WITH, WITHITEM, YIELD, YIELD_FROM, KINDS
} Kind;

/* Where in its parent a node is: the field of `ast` that has it, or whose list does. These differ from `ast`:
   ARGS of ARGUMENTS are all arguments (posonlyargs, args, vararg, kwonlyargs, kwarg), DEFAULTS all defaults (kw_defaults
   too), ELTS both keys and values of a Dict, PATTERNS whatever is in a MatchMapping or MatchClass (keys and class too),
   VALUES of a JoinedStr and of a TemplateStr (which has Interpolations) are its FormattedValues only, and BOUND is a type
   parameter's default too. Lambda and functions always have ARGS, one ARGUMENTS. */
typedef enum {
    NO_FIELD, FIELD_ANNOTATION, FIELD_ARGS, FIELD_BASES, FIELD_BODY, FIELD_BOUND, FIELD_CASES, FIELD_CAUSE,
    FIELD_COMPARATORS, FIELD_CONTEXT_EXPR, FIELD_DECORATOR_LIST, FIELD_DEFAULTS, FIELD_ELT, FIELD_ELTS, FIELD_EXC,
    FIELD_FINALBODY, FIELD_FORMAT_SPEC, FIELD_FUNC, FIELD_GENERATORS, FIELD_GUARD, FIELD_HANDLERS, FIELD_IFS,
    FIELD_ITEMS, FIELD_ITER, FIELD_KEY, FIELD_KEYWORDS, FIELD_LEFT, FIELD_LOWER, FIELD_MSG, FIELD_NAME, FIELD_OPERAND,
    FIELD_OPTIONAL_VARS, FIELD_ORELSE, FIELD_PATTERN, FIELD_PATTERNS, FIELD_RETURNS, FIELD_RIGHT, FIELD_SLICE,
    FIELD_STEP, FIELD_SUBJECT, FIELD_TARGET, FIELD_TARGETS, FIELD_TEST, FIELD_TYPE, FIELD_TYPE_PARAMS, FIELD_UPPER,
    FIELD_VALUE, FIELD_VALUES, FIELDS
} FieldName;

/* Of a BoolOp and a UnaryOp its operator; of a comparator the one before it. */
typedef enum {
    NO_OPERATOR, AND, OR, NOT, INVERT, UADD, USUB, EQ, NOT_EQ, LT, LT_E, GT, GT_E, IS, IS_NOT, IN, NOT_IN
} Operator;

/* What a Constant is; a JoinedStr without FormattedValues is text. */
typedef enum { NO_LITERAL, NONE, TRUE_LITERAL, FALSE_LITERAL, ELLIPSIS_LITERAL, NUMBER, TEXT, BYTES } Literal;

/* Lines from 1, columns in bytes of UTF-8 from 0, as in `ast`. Module, arguments, comprehension, match_case and withitem
   have none there; here they are from their first child to their last (0 where they have none). */
typedef struct {
    int line, column, end_line, end_column;
} Place;

typedef struct Node Node;
struct Node {
    Node *next;            /* Borrowed: the next child of the same parent, in order of the text; NULL after the last. */
    Node *first, *last;    /* Borrowed: of its children, in order of the text, decorators before all else. */
    const char *name;      /* Borrowed, in the text: of Name the name, of a definition, an argument and a type parameter its
                              own, of Attribute the attribute, of MatchAs and MatchStar the target; NULL for none. */
    int name_size;         /* Bytes. */
    uint8_t kind;          /* Kind */
    uint8_t field;         /* FieldName */
    uint8_t operator;      /* Operator: its own. */
    uint8_t link;          /* Operator: the comparison that it is the right side of. */
    uint8_t literal;       /* Literal */
    uint8_t is_true;       /* Of a literal: its truth; of a JoinedStr whether it has text, that of `=` too. */
    Place place;
};

/* Memory for the nodes of one tree. */
typedef struct Block Block;

typedef struct {
    const char *text;      /* Borrowed from who made the tree: UTF-8, ends with \n and then 0. */
    Py_ssize_t size;       /* Bytes, without the 0. */
    Node *module;          /* NULL until it is read. */
    Block *blocks;         /* Owned: all nodes are in them. */
    const Node **suites;   /* Owned: root, statements, handlers and cases, parents before children, in order of the text. */
    Py_ssize_t suite_count;
    const char **lines;    /* Owned: where each line of the text starts, the first at 0, and behind the last where it ends. */
    int line_count;
} Tree;

/* New, all zero but for its kind and place, owned by the tree; NULL with MemoryError. */
Node *tree_add(Tree *tree, Kind kind, int line, int column);
/* Put a node behind the other children of one. */
void tree_append(Node *parent, Node *child, FieldName field);
/* Free all that a tree owns. */
void tree_clear(Tree *tree);
/* Fill in `suites` of a tree with all its nodes. -1 with an exception. */
int tree_list_suites(Tree *tree);
/* Fill in `lines` of a tree with a text. -1 with an exception. */
int tree_list_lines(Tree *tree);

/* Read a text that the compiler has taken: 1 when all of it was understood, 0 where it was not (then only `tree_clear` may
   be called), -1 with an exception. It never reads outside of the text, goes no deeper than MOST_DEPTH and ends after a
   time linear in the size, whatever the text is. */
int tree_read(Tree *tree, const char *text, Py_ssize_t size);
enum { MOST_DEPTH = 400 };

static inline int
is_statement(const Node *node)
{
    switch (node->kind) {
    case ANN_ASSIGN: case ASSERT: case ASSIGN: case ASYNC_FOR: case ASYNC_FUNCTION_DEF: case ASYNC_WITH: case AUG_ASSIGN:
    case BREAK: case CLASS_DEF: case CONTINUE: case DELETE: case EXPR: case FOR: case FUNCTION_DEF: case GLOBAL: case IF:
    case IMPORT: case IMPORT_FROM: case MATCH: case NONLOCAL: case PASS: case RAISE: case RETURN: case TRY: case TRY_STAR:
    case TYPE_ALIAS: case WHILE: case WITH:
        return 1;
    default:
        return 0;
    }
}

/* A statement, handler or case, or the module. */
static inline int
is_suite(const Node *node)
{
    return node->kind == MODULE || node->kind == EXCEPT_HANDLER || node->kind == MATCH_CASE || is_statement(node);
}

static inline int
is_definition(const Node *node)
{
    return node->kind == FUNCTION_DEF || node->kind == ASYNC_FUNCTION_DEF || node->kind == CLASS_DEF;
}

/* Borrowed: the first child in a field, NULL where there is none; loops over all children before it. */
static inline const Node *
field_of(const Node *node, FieldName name)
{
    const Node *child = node->first;
    while (child != NULL && child->field != name) {
        child = child->next;
    }
    return child;
}

/* Borrowed: the next in the same field of the same parent. */
static inline const Node *
next_of(const Node *node)
{
    const Node *child = node->next;
    while (child != NULL && child->field != node->field) {
        child = child->next;
    }
    return child;
}

/* Borrowed: the last child in a field, NULL where there is none. */
static inline const Node *
last_of(const Node *node, FieldName name)
{
    const Node *found = NULL;
    for (const Node *child = field_of(node, name); child != NULL; child = next_of(child)) {
        found = child;
    }
    return found;
}

/* How many children are in a field. Not for a loop's end: it counts each time. */
static inline Py_ssize_t
length_of(const Node *node, FieldName name)
{
    Py_ssize_t length = 0;
    for (const Node *child = field_of(node, name); child != NULL; child = next_of(child)) {
        length++;
    }
    return length;
}

static inline Place
place_of(const Node *first, const Node *last)
{
    return (Place){first->place.line, first->place.column, last->place.end_line, last->place.end_column};
}

/* Memory for one item more than `count`: the same as before while there is room, else twice as much. NULL with an
   exception, and then the memory is as it was. */
static inline void *
room_for_more(void *items, Py_ssize_t count, Py_ssize_t *room, Py_ssize_t least, size_t size)
{
    if (count < *room) {
        return items;
    }
    Py_ssize_t more = *room == 0 ? least : 2 * *room;
    void *moved = realloc(items, (size_t)more * size);
    if (moved == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *room = more;
    return moved;
}

typedef struct {
    const Node *node;                /* Borrowed: the tree that it is of outlives every walk. */
    int is_kept;                     /* Whether what it is in is something that the compiler kept. */
} WaitingNode;

/* Nodes that wait to be looked at. */
typedef struct {
    WaitingNode *nodes;              /* Owned */
    Py_ssize_t count, room;
    int is_kept;                     /* What is said of those that come to wait. */
} Waiting;

/* Let a node wait. -1 with an exception. */
static inline int
wait_for_node(Waiting *waiting, const Node *node)
{
    WaitingNode *nodes = room_for_more(waiting->nodes, waiting->count, &waiting->room, 256, sizeof *nodes);
    if (nodes == NULL) {
        return -1;
    }
    waiting->nodes = nodes;
    waiting->nodes[waiting->count++] = (WaitingNode){node, waiting->is_kept};
    return 0;
}

/* Nothing is inside that a walk looks for. */
static inline int
is_bare(const Node *node)
{
    return node->first == NULL && (node->kind == NAME || node->kind == CONSTANT || node->kind == PASS);
}

/* Let all nodes in a field wait; what is bare is left out. -1 with an exception. */
static inline int
wait_for_field(Waiting *waiting, const Node *node, FieldName name)
{
    for (const Node *child = field_of(node, name); child != NULL; child = next_of(child)) {
        if (!is_bare(child) && wait_for_node(waiting, child) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The same for all nodes directly inside one. */
static inline int
wait_for_inside(Waiting *waiting, const Node *node)
{
    for (const Node *child = node->first; child != NULL; child = child->next) {
        if (!is_bare(child) && wait_for_node(waiting, child) < 0) {
            return -1;
        }
    }
    return 0;
}

#endif
