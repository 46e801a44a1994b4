/* The different ways in which a code object was seen to run, each with a number. */
#ifndef MINICOV_SIGNATURES_H
#define MINICOV_SIGNATURES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t hash;
    uint32_t number;
    uint32_t more;         /* How many bytes follow those of the probes. */
    uint8_t *bits;         /* Owned */
} Signature;

typedef struct {
    Signature *known;      /* Owned array. */
    uint32_t count, room;
} Signatures;

/* Looks for a signature: the bits of probes, whose length is a code object's own, and `more` bytes of what else a core sees.
 * 1 and its number, or 0 after it was added with `next`; -1 without memory (no exception set). */
int signatures_number(Signatures *signatures, const uint8_t *probes, size_t length, const uint8_t *others, size_t more,
                      uint32_t next, uint32_t *number);

void signatures_clear(Signatures *signatures);

#endif
