/* Which contexts left which footprints: of hits as they come, lists. */
#ifndef MINICOV_HITS_H
#define MINICOV_HITS_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#include "array.h"

typedef struct {
    uint32_t footprint, context;
} Hit;

typedef ARRAY(Hit) Hits;

static inline int
hits_add(Hits *hits, uint32_t footprint, uint32_t context)
{
    if (!MAKE_ROOM(hits, 1)) {
        return 0;
    }
    hits->items[hits->number++] = (Hit){footprint, context};
    return 1;
}

/* A footprint whose contexts are asked for. */
typedef struct {
    int64_t id;
    uint32_t footprint;
} Asked;

/* The contexts of some footprints, one list after the other. */
typedef struct {
    uint32_t *contexts; /* Owned. */
    size_t *ends;       /* Owned. Where in `contexts` the list of each footprint ends. */
    char *text;         /* Owned. Room for the longest of them. */
} Lists;

/* Take the hits of some of so many footprints out of all; 0 with MemoryError. The caller frees the lists. */
int hits_take(Hits *hits, size_t footprints, const Asked *asked, size_t number, Lists *lists);

/* New: the characters of the contexts of the n-th footprint that was asked for, in order, each once. */
PyObject *lists_text(Lists *lists, size_t n);

void lists_free(Lists *lists);

#endif
