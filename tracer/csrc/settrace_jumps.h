/* The conditional jumps of a code object: their outcomes are probes after those of lines, seen by opcode events.
 *
 * A jump shows its outcome by the instruction that runs next in the same frame. Events for single instructions cost
 * much, so a frame has them only on a line with a jump that is *open*: one with an outcome that was not seen since the
 * last flush and that no arc tells, or with a decision that needs memory and is not complete. */
#ifndef MINICOV_SETTRACE_JUMPS_H
#define MINICOV_SETTRACE_JUMPS_H

#include "decisions.h"
#include "numbers.h"
#include "settrace_bytecode.h"

struct CodeRecord;

typedef struct {
    uint32_t next, jump;     /* First code units of where it goes on when not taken, taken. */
    int line;
    uint8_t next_more, jump_more; /* So many code units of EXTENDED_ARG come first there. */
    uint8_t is_blind;        /* Both are one place. */
    uint8_t is_told;         /* Bits of outcomes that an arc tells: 1 not taken, 2 taken. */
    uint8_t is_needed;       /* A decision that needs memory is not complete. */
} Jump;

/* An arc that happens exactly when a jump has an outcome. */
typedef struct {
    uint32_t arc;            /* Number in the record's ArcSet. */
    uint32_t probe;
} ToldOutcome;

/* What frames remember of decisions, of one core; it lives as long as one of its users: the core and its records. */
typedef struct {
    Evaluations table;
    size_t users;
} Memory;

typedef struct Jumps {
    uint32_t count;
    uint32_t first_probe;
    Jump *all;               /* Owned: count of them, by place. */
    uint32_t unit_count;
    Numbers number_at;       /* Owned: for each code unit 1 + the number of the jump it belongs to, or 0. */
    uint32_t *open;          /* Owned: for each line's probe how many jumps of it are open. */
    ToldOutcome *told;       /* Owned: told_count of them; found with the flow. */
    uint32_t told_count;
    Decisions *decisions;    /* Owned: those that need memory; NULL for none. */
    Memory *memory;          /* Owned reference where there are decisions, else NULL. */
} Jumps;

/* The jumps of a code object, without decisions. New, or NULL with an exception set, or NULL without one where it has
 * none, or where its bytecode is not what CPython 3.11 compiles. */
Jumps *jumps_new(PyCodeObject *code, uint32_t first_probe);
void jumps_free(Jumps *jumps);

/* How many probes there are after those of lines. */
uint32_t jumps_probe_count(const Jumps *jumps);

Memory *memory_new(void);
void memory_release(Memory *memory);

/* Counts anew what is open. */
void jumps_recount(Jumps *jumps, const struct CodeRecord *record);

/* Begins anew after a flush. */
void jumps_forget_hits(Jumps *jumps, const struct CodeRecord *record);

/* Whether a jump can show nothing more until the next flush. */
int jumps_is_settled(const Jumps *jumps, const struct CodeRecord *record, uint32_t number);

/* The jump at a code unit: 1 + its number, 0 where there is none that can be watched. */
static inline uint32_t
jumps_at(const Jumps *jumps, int64_t unit)
{
    return unit >= 0 && unit < jumps->unit_count ? numbers_get(&jumps->number_at, (uint32_t)unit) : 0;
}

/* The outcome of a jump that is followed by a code unit: 0 not taken, 1 taken, -1 neither. */
static inline int
jumps_outcome(const Jumps *jumps, uint32_t number, int64_t unit)
{
    const Jump *jump = &jumps->all[number];
    if (unit < 0 || unit >= jumps->unit_count) {
        return -1;
    }
    uint32_t at = (uint32_t)unit;
    return at - jump->next <= jump->next_more ? 0 : at - jump->jump <= jump->jump_more ? 1 : -1;
}

/* Finds the outcomes that arcs tell; line_at is for each code unit the line of the last line event when it runs, arcs are
 * the arcs of all ways from one instruction to the next, each as often as it may happen. 0, or -1 without memory (no exception set). */
int told_find(struct CodeRecord *record, const Bytecode *bytecode, const int32_t *line_at, const uint32_t *arcs,
              uint32_t arc_count);

#endif
