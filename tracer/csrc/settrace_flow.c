#define Py_BUILD_CORE_MODULE 1
#include "settrace_flow.h"

#include <opcode.h>

#include <stdlib.h>
#include <string.h>

#include "settrace_bytecode.h"

/* Sets of lines, a bit a probe: bit 0 is -first_line, where a call comes from. */
typedef struct {
    CodeRecord *record;
    Bytecode bytecode;
    uint32_t words;       /* Length of a set. */
    uint64_t *sets;       /* Owned: for each instruction, what the line of the last line event may be after it. */
    int *line_of_probe;   /* Owned. */
    Flow *flow;           /* Borrowed: what is being made. */
} FlowMaker;

static inline uint64_t *
set_after(const FlowMaker *maker, uint32_t number)
{
    return maker->sets + (size_t)number * maker->words;
}

static inline uint32_t
followers(const Instruction *instruction, uint32_t follower[2])
{
    uint32_t count = 0;
    if (instruction->next != NOWHERE) {
        follower[count++] = instruction->next;
    }
    if (instruction->jump != NOWHERE) {
        follower[count++] = instruction->jump;
    }
    return count;
}

/* An instruction with a line has a line event unless the one before has the same; so while it runs, its line is that
 * of the last event. One without a line leaves it as it was. A call comes from -first_line. */
static void
maker_find_lines(FlowMaker *maker)
{
    const Bytecode *bytecode = &maker->bytecode;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        const Instruction *found = &bytecode->all[number];
        uint32_t probe = found->line > 0 ? record_probe(maker->record, found->line) : 0;
        int is_entry = found->opcode == RESUME && (found->argument & 3) == 0;
        if (is_entry || found->line > 0) {
            probe = is_entry ? 0 : probe;
            set_after(maker, number)[probe >> 6] |= UINT64_C(1) << (probe & 63);
        }
    }
    for (int has_changed = 1; has_changed;) {
        has_changed = 0;
        for (uint32_t number = 0; number < bytecode->count; number++) {
            uint32_t follower[2], count = followers(&bytecode->all[number], follower);
            for (uint32_t way = 0; way < count; way++) {
                const Instruction *after = &bytecode->all[follower[way]];
                if (after->line > 0 || after->opcode == RESUME) {
                    continue;
                }
                for (uint32_t word = 0; word < maker->words; word++) {
                    uint64_t *into = &set_after(maker, follower[way])[word];
                    uint64_t both = *into | set_after(maker, number)[word];
                    has_changed |= both != *into;
                    *into = both;
                }
            }
        }
    }
}

/* The only line in a set, NO_LINE when there is none or are several. */
static int
maker_only_line(const FlowMaker *maker, uint32_t number)
{
    int line = NO_LINE;
    for (uint32_t word = 0; word < maker->words; word++) {
        uint64_t bits = set_after(maker, number)[word];
        if (bits == 0) {
            continue;
        }
        if (line != NO_LINE || (bits & (bits - 1)) != 0) {
            return NO_LINE;
        }
        line = maker->line_of_probe[word * 64 + (uint32_t)__builtin_ctzll(bits)];
    }
    return line;
}

/* Adds an arc to the block that is being made. 0, or -1 without memory. */
static int
maker_add_arc(FlowMaker *maker, int from, int to)
{
    Flow *flow = maker->flow;
    int64_t arc = record_arc_number(maker->record, from, to);
    if (arc < 0) {
        return -1;
    }
    if (flow->arc_count == flow->arc_room) {
        uint32_t room = flow->arc_room ? 2 * flow->arc_room : 32;
        uint32_t *grown = realloc(flow->arcs, room * sizeof(uint32_t));
        if (grown == NULL) {
            return -1;
        }
        flow->arcs = grown;
        flow->arc_room = room;
    }
    flow->arcs[flow->arc_count++] = (uint32_t)arc;
    return 0;
}

/* Adds the arcs from each line that may be the last after an instruction. 0, or -1 without memory. */
static int
maker_add_arcs(FlowMaker *maker, uint32_t number, int to)
{
    for (uint32_t word = 0; word < maker->words; word++) {
        for (uint64_t bits = set_after(maker, number)[word]; bits != 0; bits &= bits - 1) {
            uint32_t probe = word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (maker_add_arc(maker, maker->line_of_probe[probe], to) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* What an instruction and the way to the next one add to its block. 0, or -1 without memory. */
static int
maker_add_instruction(FlowMaker *maker, uint32_t number, FlowBlock *block)
{
    const Instruction *found = &maker->bytecode.all[number];
    if ((int)found->at < maker->record->code->_co_firsttraceable) {
        return 0;                           /* Before RESUME there are no events. */
    }
    int line = maker_only_line(maker, number);
    for (uint32_t unit = found->first; unit < maker->flow->unit_count && maker->bytecode.number_at[unit] == number;
         unit++) {
        maker->flow->line_at[unit] = line;
    }
    /* Where the last line is not certain an exception or a flush must find the frame watched. */
    block->is_never_quiet |= line == NO_LINE && found->may_act;
    block->is_never_quiet |= found->line == 0 && found->opcode != RESUME;
    uint32_t follower[2], count = followers(found, follower);
    for (uint32_t way = 0; way < count; way++) {
        const Instruction *after = &maker->bytecode.all[follower[way]];
        /* RERAISE with an argument goes back to where the exception was raised, and only that line counts. */
        int is_unsure = found->opcode == RERAISE && found->argument != 0 && after->line > 0;
        block->is_never_quiet |= (uint8_t)is_unsure;
        if (bytecode_is_line_event(maker->record->code, found, after) && maker_add_arcs(maker, number, after->line) < 0) {
            return -1;
        }
    }
    return found->may_leave ? maker_add_arcs(maker, number, -maker->record->first_line) : 0;
}

/* Marks where blocks start. */
static void
maker_find_starts(const FlowMaker *maker, uint8_t *is_start)
{
    const Bytecode *bytecode = &maker->bytecode;
    is_start[0] = 1;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        const Instruction *found = &bytecode->all[number];
        if (found->jump != NOWHERE) {
            is_start[found->jump] = 1;
        }
        if (found->jump != NOWHERE || found->next == NOWHERE || found->opcode == RESUME) {
            is_start[number + 1] = 1;
        }
    }
}

/* 0, or -1 without memory. */
static int
maker_make_blocks(FlowMaker *maker, const uint8_t *is_start)
{
    Flow *flow = maker->flow;
    const Bytecode *bytecode = &maker->bytecode;
    const Jumps *jumps = maker->record->jumps;
    FlowBlock *block = flow->blocks - 1;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        if (is_start[number]) {
            *++block = (FlowBlock){.arcs_start = flow->arc_count, .arcs_end = flow->arc_count};
        }
        for (uint32_t unit = bytecode->all[number].first;
             unit < flow->unit_count && bytecode->number_at[unit] == number; unit++) {
            numbers_set(&flow->block_at, unit, (uint32_t)(block - flow->blocks));
        }
        if (maker_add_instruction(maker, number, block) < 0) {
            return -1;
        }
        block->arcs_end = flow->arc_count;
        block->test = jumps == NULL ? 0 : jumps_at(jumps, bytecode->all[number].at);
        block->next = bytecode->all[number].next;   /* instructions still, of the last in the block */
        block->jump = bytecode->all[number].jump;
    }
    flow->block_count = (uint32_t)(block - flow->blocks) + 1;
    for (uint32_t number = 0; number < flow->block_count; number++) {
        block = &flow->blocks[number];
        block->next = block->next == NOWHERE ? NOWHERE : numbers_get(&flow->block_at, bytecode->all[block->next].first);
        block->jump = block->jump == NOWHERE ? NOWHERE : numbers_get(&flow->block_at, bytecode->all[block->jump].first);
    }
    return 0;
}

/* A flow of nothing but one block that is never quiet, for bytecode that no compiler made. 0, or -1 without memory. */
static int
flow_give_up(Flow *flow)
{
    flow->blocks = calloc(1, sizeof(FlowBlock));
    if (flow->blocks == NULL) {
        return -1;
    }
    flow->blocks[0] = (FlowBlock){.next = NOWHERE, .jump = NOWHERE, .is_never_quiet = 1};
    flow->block_count = 1;
    return 0;
}

/* 0, or -1 without memory. */
static int
maker_make(FlowMaker *maker)
{
    Flow *flow = maker->flow;
    uint32_t count = maker->bytecode.count, probes = maker->record->probe_count;
    int status = -1;
    uint8_t *is_start = calloc((size_t)count + 1, 1);
    maker->words = (probes + 63) / 64;
    maker->sets = calloc((size_t)count * maker->words, sizeof(uint64_t));
    maker->line_of_probe = calloc(probes, sizeof(int));
    flow->blocks = calloc(count, sizeof(FlowBlock));
    if (is_start == NULL || maker->sets == NULL || maker->line_of_probe == NULL || flow->blocks == NULL) {
        goto error;
    }
    maker->line_of_probe[0] = -maker->record->first_line;
    for (uint32_t place = 0; place < maker->record->line_span; place++) {
        uint32_t probe = maker->record->probe_of_line[place];
        maker->line_of_probe[probe] = probe ? maker->record->lowest_line + (int)place : maker->line_of_probe[0];
    }
    maker_find_lines(maker);
    maker_find_starts(maker, is_start);
    status = maker_make_blocks(maker, is_start);
error:
    free(is_start);
    free(maker->sets);
    free(maker->line_of_probe);
    return status;
}

/* Gives back what was more than needed: there are far fewer blocks than instructions. */
static void
flow_shrink(Flow *flow)
{
    FlowBlock *blocks = realloc(flow->blocks, flow->block_count * sizeof(FlowBlock));
    flow->blocks = blocks != NULL ? blocks : flow->blocks;
    uint32_t *arcs = flow->arc_count > 0 ? realloc(flow->arcs, flow->arc_count * sizeof(uint32_t)) : NULL;
    flow->arcs = arcs != NULL ? arcs : flow->arcs;
}

Flow *
flow_new(CodeRecord *record)
{
    Flow *flow = calloc(1, sizeof(Flow));
    if (flow == NULL) {
        return NULL;
    }
    FlowMaker maker = {.record = record, .flow = flow};
    uint32_t unit_count = (uint32_t)Py_SIZE(record->code);
    flow->unit_count = unit_count;
    flow->news = record->news - 1;
    flow->line_at = malloc(((size_t)unit_count + 1) * sizeof(int32_t));
    if (numbers_make(&flow->block_at, unit_count, unit_count) < 0 || flow->line_at == NULL) {
        goto error;
    }
    for (uint32_t unit = 0; unit <= unit_count; unit++) {
        flow->line_at[unit] = NO_LINE;
    }
    int status = bytecode_read(&maker.bytecode, record->code) < 0 ? flow_give_up(flow) : maker_make(&maker);
    if (status == 0 && record->jumps != NULL && record->jumps->told == NULL && maker.bytecode.count > 0) {
        status = told_find(record, &maker.bytecode, flow->line_at, flow->arcs, flow->arc_count);
    }
    bytecode_free(&maker.bytecode);
    if (status == 0) {
        flow_shrink(flow);
        return flow;
    }
error:
    flow_free(flow);
    return NULL;
}

void
flow_free(Flow *flow)
{
    if (flow != NULL) {
        free(flow->line_at);
        numbers_free(&flow->block_at);
        free(flow->blocks);
        free(flow->arcs);
        free(flow);
    }
}

void
flow_update(Flow *flow, const CodeRecord *record)
{
    flow->news = record->news;
    for (uint32_t number = 0; number < flow->block_count; number++) {
        FlowBlock *block = &flow->blocks[number];
        block->is_quiet = !block->is_never_quiet;
        for (uint32_t place = block->arcs_start; block->is_quiet && place < block->arcs_end; place++) {
            block->is_quiet = record->arcs.is_seen[flow->arcs[place]];
        }
        if (block->test != 0 && !jumps_is_settled(record->jumps, record, block->test - 1)) {
            block->is_quiet = 0;
        }
    }
    /* Backwards, so that one round is enough where control only goes forward. */
    for (int has_changed = 1; has_changed;) {
        has_changed = 0;
        for (uint32_t number = flow->block_count; number-- > 0;) {
            FlowBlock *block = &flow->blocks[number];
            if (block->is_quiet && ((block->next != NOWHERE && !flow->blocks[block->next].is_quiet) ||
                                    (block->jump != NOWHERE && !flow->blocks[block->jump].is_quiet))) {
                block->is_quiet = 0;
                has_changed = 1;
            }
        }
    }
}
