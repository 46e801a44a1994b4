/* What is known of files: the number of each row, by its kind and its digest or key. */
#ifndef MINICOV_KNOWN_H
#define MINICOV_KNOWN_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key; /* the bytes of a digest or key as a number, the first the highest: any number may be one */
    uint32_t of;  /* what it is a key of, never 0; 0 in a place that is free */
    uint32_t number;
} Known;

typedef struct {
    Known *places; /* Owned. A table with open addresses, at most three quarters full; NULL where there is no room */
    size_t room, number;
    int shift; /* of 64 bits so many are not for the place */
} KnownTable;

/* Have room for so many more; 0 with MemoryError where there is no memory. Moves all that is there. */
int known_grow(KnownTable *table, size_t more);

static inline int
known_make_room(KnownTable *table, size_t more)
{
    return table->number + more <= table->room / 4 * 3 || known_grow(table, more);
}

/* Where it is, or may be put, its `of` being 0 until then; there is room for one more. */
static inline Known *
known_place(const KnownTable *table, uint64_t key, uint32_t of)
{
    size_t at = (size_t)((key ^ of * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> table->shift);
    while (table->places[at].of && (table->places[at].key != key || table->places[at].of != of)) {
        at = (at + 1) & (table->room - 1);
    }
    return &table->places[at];
}

/* Set the number of one; there is room for one more. */
static inline void
known_put(KnownTable *table, uint64_t key, uint32_t of, uint32_t number)
{
    Known *known = known_place(table, key, of);
    table->number += known->of == 0;
    *known = (Known){key, of, number};
}

#endif
