/* The different ways in which a code object was seen to run, each with a number. */
#ifndef MINICOV_SIGNATURES_H
#define MINICOV_SIGNATURES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t hash;
    uint32_t number;
    uint32_t has_raised;   /* Whether the bits of what raised follow those of the probes. */
    uint8_t *bits;         /* Owned */
} Signature;

typedef struct {
    Signature *known;      /* Owned array. */
    uint32_t count, room;
} Signatures;

/* Looks for a signature: the bits of probes, and of what raised (NULL for nothing); the lengths are a code object's own.
 * 1 and its number, or 0 after it was added with `next`; -1 without memory (no exception set). */
int signatures_number(Signatures *signatures, const uint8_t *probes, size_t probes_length, const uint8_t *raised,
                      size_t raised_length, uint32_t next, uint32_t *number);

void signatures_clear(Signatures *signatures);

#endif
