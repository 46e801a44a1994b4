/* The parts of a code object's probe table, and its text; the specification is minicov_tracer/probe_text.py. */
#ifndef MINICOV_PROBE_TEXT_H
#define MINICOV_PROBE_TEXT_H

#include "code_object.h"
#include "number_list.h"

enum { ANOTHER_SPAN = 64 }; /* What a span adds to a jump's kind of test. */

/* Lines and the ends of arcs are what they are, until all are known. */
typedef struct {
    NumberList jumps, kinds, arcs, spans;
    size_t kind_count;          /* How many there are up to the last that says something. */
    int64_t *followers;         /* Owned: one for each probe. */
    size_t follower_count;      /* How many there are up to the last that says something. */
} Table;

void add_span(NumberList *list, const Position *span);

/* The text of a table, whose parts are of no use after it. New str, NULL with an exception set. */
PyObject *table_text(Table *table, const Code *code);
void table_free(Table *table);

#endif
