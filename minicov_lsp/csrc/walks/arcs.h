/* Which line can follow which: what the walk over statements, its rules and what is read off it share. */
#ifndef MINICOV_ARCS_H
#define MINICOV_ARCS_H

#include "walks.h"

/* In the order of arcs.Why. */
typedef enum {
    UNKNOWN, NEVER_TRUE, ALWAYS_TRUE, NEVER_STARTED, NEVER_ENDED, NEVER_MATCHED, ALWAYS_MATCHED, NOT_CAUGHT, NO_RETURN,
    NO_RAISE, NO_BREAK, NO_CONTINUE, WHYS
} Why;

/* In the order of arcs.DESTINATIONS; but for the first two they name a definition. */
typedef enum { TO_LINE, EXIT_MODULE, EXIT_CLASS, EXIT_FUNCTION, LEAVE_FUNCTION, DESTINATIONS } Destination;

/* What is known of a line. */
enum { RUNS = 1, IS_EXCLUDED = 2, HAS_WITH = 4, IS_OPEN = 8 };

typedef struct {
    int *firsts;         /* Owned: for each line from 0 the first of its statement. */
    uint8_t *states;     /* Owned: for each line what is known of it. */
    PyObject **numbers;  /* Owned, so are those in it: lines as numbers of Python, NULL until one is asked for. */
    int count;
} Lines;

typedef struct {
    int line;
    Why why;
} Exit;

typedef struct {
    Exit *items;         /* Owned */
    Py_ssize_t count, room;
} Exits;

/* An arc as the walk found it; the same one may come again with another reason. */
typedef struct {
    int start, end;
    int first, number;   /* Which of all found it is, and the first of those that are the same arc. */
    Why why;
    Destination destination;
    const Node *owner;     /* Borrowed: the definition that the destination names, NULL for none. */
} FoundArc;

/* Where `break` and `continue` go. */
typedef struct {
    int top;
    Exits breaks;
} Loop;

/* Where jumps go from a piece of code; see arcs.Scope. */
typedef struct {
    Loop *loop;          /* Borrowed: NULL for none. */
    const Node *function;  /* Borrowed: NULL for none. */
    int function_line;
    int has_handler, handler;
} Scope;

typedef struct {
    const Learned *learned;
    Lines lines;
    FoundArc *arcs;      /* Owned */
    Py_ssize_t count, room;
    int has_with;
    /* Owned, NULL until there is a `with`: what WithJumps has, see there. */
    PyObject *left, *entries, *returns;
    uint16_t *seen;      /* Owned: for each line a bit for each Why, all 0 between two uses. */
} ArcWalk;

/* What a text has of lines, `firsts` NULL where none is another's. -1 with an exception. */
int lines_make(Lines *lines, const Tree *tree, PyObject *firsts);
void lines_clear(Lines *lines);
/* Let it be known of all lines of a collection. -1 with an exception. */
int lines_mark(Lines *lines, PyObject *marked, int state);
/* First line of a line's statement; the sign of an exit is kept. */
int first_line(const Lines *lines, int line);
int state_of(const Lines *lines, int line);
/* New: a line or an exit as a number. */
PyObject *number_for(Lines *lines, int line);
/* New: a pair of them. */
PyObject *arc_for(Lines *lines, int start, int end);

int exits_add(Exits *exits, int line, Why why);
/* Put those of another behind; the other is empty then. */
int exits_take(Exits *exits, Exits *more);
void exits_clear(Exits *exits);
/* Leave of several that are the same only the first. */
void exits_once(ArcWalk *walk, Exits *exits);

/* First line of the statement that a node is in; of a decorated definition the first decorator's. */
int line_of(const ArcWalk *walk, const Node *node);
int can_run(const ArcWalk *walk, const Node *node);
/* Arcs from exits to a line, or out of the code that starts on line -end. -1 with an exception. */
int add_arcs(ArcWalk *walk, const Exits *exits, int end, Destination destination, const Node *owner);
int add_arc(ArcWalk *walk, int line, Why why, int end, Destination destination, const Node *owner);
/* Walk a statement and those after it in the same field; `exits` are those of what comes before, and then those of the last one. */
int walk_body(ArcWalk *walk, const Node *first, Exits *exits, const Scope *scope);
/* The same for one statement that runs, on a line; `exits` is empty before. */
int walk_statement(ArcWalk *walk, const Node *node, int line, Exits *exits, const Scope *scope);
/* The body's last lines jump back to the `with` on a line. */
int with_returned(ArcWalk *walk, const Exits *exits, int line);
int with_enter(ArcWalk *walk, int line);
void with_leave(ArcWalk *walk, int line);

/* New: what `following` gives, of a walk that is done. */
PyObject *following_made(ArcWalk *walk);

#endif
