/* Which arcs may still happen from a place in a code object on, if nothing is raised.
 *
 * A frame needs no line events while all arcs that are possible from where it is have been seen: it is *quiet* there.
 * That an exception was raised or came through is told by an event of its own, except for the few instructions that
 * pass one on, which count as jumps here. So what is left unseen while a frame is quiet is nothing at all. */
#ifndef MINICOV_SETTRACE_FLOW_H
#define MINICOV_SETTRACE_FLOW_H

#include "numbers.h"
#include "settrace_record.h"

/* Instructions that are always run one after the other, if nothing is raised. */
typedef struct {
    uint32_t arcs_start, arcs_end; /* In Flow.arcs: what it may do, up to the first line of a block after it. */
    uint32_t next, jump;           /* Blocks that may follow, or NOWHERE. */
    uint32_t test;                 /* 1 + the number of the watched jump that it ends with, or 0. */
    uint8_t is_never_quiet;
    uint8_t is_quiet;
} FlowBlock;

typedef struct Flow {
    uint32_t unit_count;
    int32_t *line_at;    /* Owned: for each code unit the line of the last line event when it runs, or NO_LINE. */
    Numbers block_at;    /* Owned: for each code unit its block. */
    FlowBlock *blocks;   /* Owned. */
    uint32_t block_count;
    uint32_t *arcs;      /* Owned: numbers in the record's ArcSet. */
    uint32_t arc_count, arc_room;
    uint32_t news;       /* CodeRecord.news when is_quiet was last worked out. */
} Flow;

/* Works out a code object's flow, and adds its arcs to the record, unseen.
 * New, or NULL without memory (no exception set). */
Flow *flow_new(CodeRecord *record);
void flow_free(Flow *flow);

/* Works out again which blocks are quiet. */
void flow_update(Flow *flow, const CodeRecord *record);

/* Whether a frame of that code is quiet before the instruction at a code unit. */
static inline int
record_is_quiet(const CodeRecord *record, int64_t unit)
{
    Flow *flow = record->flow;
    if (flow == NULL || unit < 0 || unit >= flow->unit_count) {
        return 0;
    }
    if (flow->news != record->news) {
        flow_update(flow, record);
    }
    return flow->blocks[numbers_get(&flow->block_at, (uint32_t)unit)].is_quiet;
}

#endif
