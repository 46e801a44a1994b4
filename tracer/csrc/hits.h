/* What one code object has shown since the last flush, and the table of all of them. */
#ifndef MINICOV_HITS_H
#define MINICOV_HITS_H

#include <Python.h>
#include <stdint.h>

#include "decisions.h"
#include "implied.h"
#include "signatures.h"

/* Probe numbers are those of minicov_tracer/bytecode.py:
 *   0 entry · 1 … line_count the lines, ascending · then two a conditional jump: not taken, taken · then four a
 *   condition of a decision that needs memory. */
typedef struct {
    PyObject *code;        /* Owned: so the address stays this code object's own. */
    int32_t line_count;
    int32_t *lines;        /* Owned: line_count lines, ascending. */
    uint32_t latest;       /* The probe of the line that was asked for last, or 0. */
    int32_t lines_told;    /* How many of them have events. */
    int32_t lines_left;    /* Of those: how many were not hit since the last flush. */
    int32_t unit_count;    /* Code units (2 bytes each) of the bytecode. */
    int32_t jump_count;
    int32_t *jump_at;      /* Owned: for each code unit, 1 + the number of the jump there, else 0; NULL without jumps. */
    int32_t *after;        /* Owned: for each jump, the byte offset of the instruction after it. */
    Implied *implied;      /* Owned: outcomes that a line event tells, by line; NULL for none. */
    int32_t implied_count;
    uint8_t *is_told;      /* Owned: for each outcome (2 a jump), whether a line event tells it; NULL for none. */
    Decisions *decisions;  /* Owned: those that need memory; NULL for none. */
    uint32_t base;         /* The hit log's number of probe 0; those of its code units that raise come after the probes. */
    uint32_t bit_count;
    uint8_t *bits;         /* Owned: which probes were hit. */
    uint8_t *quiet;        /* Owned: a bit a code unit where StopIteration is an end, not an exception; NULL for none. */
    uint8_t *awaiting;     /* Owned: a bit a code unit whose exceptions go to the end of an `async for`; NULL for none. */
    uint8_t *raised;       /* Owned: a bit a code unit that raised since the last flush; NULL before the first one. */
    uint8_t *ever_raised;  /* Owned: the same, since the beginning; NULL before the first one. */
    uint64_t *counts;      /* Owned: for each line how often it ran since counts were taken; NULL where nobody counts. */
    Signatures signatures; /* All that were told of it by number. */
    uint32_t file;         /* The number of its file. */
    uint32_t patience;     /* How many events are still answered before they go silent; see hits_be_patient. */
    uint32_t wait, waited; /* For how many flushes it is of no use, and how many of them are over. */
    int is_silenced;       /* Some event went silent since the last flush. */
    int is_touched;        /* Something was set since the last flush. */
} CodeHits;

/* Reads a code object's lines and jumps, and with tells_jumps which outcomes line events tell; kinds has the flags of each opcode (code_object.h).
 * New structure, or NULL with an exception set. */
CodeHits *hits_new(PyObject *code, const uint16_t *kinds, int tells_jumps);
void hits_free(CodeHits *hits);

/* The number of the first probe after those of entry, lines and jumps. */
static inline uint32_t
hits_end_of_jumps(const CodeHits *hits)
{
    return 1 + (uint32_t)hits->line_count + 2 * (uint32_t)hits->jump_count;
}

/* Makes room for the probes of decisions and owns them from now on. 0, or -1 with MemoryError set (then it does not). */
int hits_add_decisions(CodeHits *hits, Decisions *decisions);

/* The same as hits_line_probe, for any line. */
uint32_t hits_find_line(const CodeHits *hits, long line);

/* The number of a line's probe, 0 where the line has none. Mostly the line is the next one, or the same again. */
static inline uint32_t
hits_line_probe(CodeHits *hits, long line)
{
    uint32_t latest = hits->latest;
    if (latest < (uint32_t)hits->line_count && hits->lines[latest] == line) {
        return hits->latest = latest + 1;
    }
    if (latest > 0 && hits->lines[latest - 1] == line) {
        return latest;
    }
    return hits->latest = hits_find_line(hits, line);
}

/* The number of the "not taken" probe of the jump at a byte offset, 0 where there is no jump. */
static inline uint32_t
hits_jump_probe(const CodeHits *hits, long offset)
{
    long unit = offset >> 1;
    if (hits->jump_at == NULL || unit < 0 || unit >= hits->unit_count || hits->jump_at[unit] == 0) {
        return 0;
    }
    return 1 + (uint32_t)hits->line_count + 2 * (uint32_t)(hits->jump_at[unit] - 1);
}

static inline int
hits_has(const CodeHits *hits, uint32_t probe)
{
    return hits->bits[probe >> 3] >> (probe & 7) & 1;
}

/* Sets a probe that is not set. */
static inline void
hits_set(CodeHits *hits, uint32_t probe)
{
    hits->lines_left -= probe - 1 < (uint32_t)hits->line_count;
    hits->bits[probe >> 3] |= (uint8_t)(1u << (probe & 7));
}

/* Whether a line event tells the other outcome of a jump (its "not taken" probe) than the one given. */
static inline int
hits_other_is_told(const CodeHits *hits, uint32_t probe, uint32_t taken)
{
    return hits->is_told != NULL && hits->is_told[probe - 1 - (uint32_t)hits->line_count + 1 - taken];
}

/* Sets a code unit's bit in a bitmap that is made with its first bit. 1 if it was not set, 0 if it was, -1 without memory
 * (no exception set). */
int hits_set_unit(uint8_t **bitmap, int32_t unit_count, long unit);

static inline int
hits_has_unit(const CodeHits *hits, const uint8_t *bitmap, long offset)
{
    long unit = offset >> 1;
    return bitmap != NULL && unit >= 0 && unit < hits->unit_count && (bitmap[unit >> 3] >> (unit & 7) & 1);
}

/* What hits_set_raised found out: flags. */
enum { RAISED_NEW = 1, RAISED_FIRST_EVER = 2 };

/* Notes that the instruction at a byte offset raised. Flags, or -1 without memory (no exception set). */
int hits_set_raised(CodeHits *hits, long offset);

/* Counts lines from now on. 0, or -1 with MemoryError set. */
int hits_count(CodeHits *hits);

/* Gives patience for the time until the next flush, which takes nothing that went silent to be given back: that costs as
 * much as some events do. Code that used it all up, as loops do, gets none for a while; longer each time. */
void hits_be_patient(CodeHits *hits);

/* Clears everything that a flush takes; evaluations has those that go on. */
void hits_clear(CodeHits *hits, Evaluations *evaluations);

/* New bytes: the bitmap without trailing zero bytes; the bits are cleared. */
PyObject *hits_take_bits(CodeHits *hits);
/* New tuple of byte offsets, ascending; the bits are cleared. */
PyObject *hits_take_raised(CodeHits *hits);

/* All code objects that are measured, by address: open addressing, linear probing. */
typedef struct {
    CodeHits **slots;      /* Owned, as are the structures; NULL is free. */
    size_t size;           /* A power of two, or 0. */
    size_t used;
} HitsTable;

static inline size_t
table_slot(const HitsTable *table, const PyObject *code)
{
    /* Addresses are multiples of 16; the product's upper half mixes all their bits (Knuth's multiplicative hash). */
    return (size_t)(((uint64_t)(uintptr_t)code >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (table->size - 1);
}

/* Borrowed structure, NULL where the code object is not in the table. */
static inline CodeHits *
table_find(const HitsTable *table, const PyObject *code)
{
    if (table->size == 0) {
        return NULL;
    }
    for (size_t slot = table_slot(table, code);; slot = (slot + 1) & (table->size - 1)) {
        CodeHits *found = table->slots[slot];
        if (found == NULL || found->code == code) {
            return found;
        }
    }
}

/* Takes ownership of hits, which must not be in the table. 0, or -1 with MemoryError set (then it owns nothing). */
int table_add(HitsTable *table, CodeHits *hits);
void table_clear(HitsTable *table);

#endif
