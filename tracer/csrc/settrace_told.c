#define Py_BUILD_CORE_MODULE 1
#include "settrace_jumps.h"

#include "settrace_record.h"

#include <opcode.h>

#include <stdlib.h>

/* Instructions that are followed from a jump to the next line. */
enum { LONGEST_WALK = 16 };

typedef struct {
    CodeRecord *record;
    const Bytecode *bytecode;
    const int32_t *line_at;
    uint32_t *comes_to;      /* Owned: for each instruction from how many places control comes to it. */
    uint32_t *times;         /* Owned: for each arc in how many ways it may happen. */
    uint32_t arc_count;
    uint8_t *is_handler;     /* Owned: for each line's probe, whether an exception may lead there. */
} Search;

/* Whether nothing can happen in an instruction but that control goes on from it. */
static int
only_goes_on(const Instruction *found)
{
    return (!found->may_act || found->opcode == STORE_FAST || found->opcode == POP_TOP) && !found->may_leave &&
           !found->passes_on && (found->next == NOWHERE) != (found->jump == NOWHERE);
}

static void
search_count_ways(Search *search)
{
    const Bytecode *bytecode = search->bytecode;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        const Instruction *found = &bytecode->all[number];
        search->comes_to[found->next == NOWHERE ? bytecode->count : found->next]++;
        search->comes_to[found->jump == NOWHERE ? bytecode->count : found->jump]++;
    }
}

/* Marks the lines on which exceptions are handled: an exception makes an arc there, too. */
static void
search_find_handlers(Search *search)
{
    const Bytecode *bytecode = search->bytecode;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        uint32_t unit = bytecode_handler_of(search->record->code, bytecode->all[number].at);
        uint32_t at = unit < bytecode->unit_count ? bytecode->number_at[unit] : bytecode->count;
        if (at < bytecode->count) {
            search->comes_to[at] = 2;
        }
        for (int step = 0; step < LONGEST_WALK && at < bytecode->count; step++) {
            const Instruction *found = &bytecode->all[at];
            if (found->line > 0) {
                search->is_handler[record_probe(search->record, found->line)] = 1;
                break;
            }
            at = found->next != NOWHERE ? found->next : found->jump;
        }
    }
}

/* The arc that tells where control went on from a jump: its number, or -1 where none does; -2 without memory. */
static int64_t
search_follow(const Search *search, uint32_t from, uint32_t to)
{
    const Bytecode *bytecode = search->bytecode;
    for (int step = 0; step < LONGEST_WALK && to != NOWHERE; step++) {
        const Instruction *before = &bytecode->all[from], *after = &bytecode->all[to];
        if (bytecode_is_line_event(search->record->code, before, after)) {
            int line = search->line_at[before->at];
            if (line == NO_LINE || search->is_handler[record_probe(search->record, after->line)]) {
                return -1;
            }
            int64_t arc = record_arc_number(search->record, line, after->line);
            return arc < 0 ? -2 : arc < search->arc_count && search->times[arc] == 1 ? arc : -1;
        }
        if (search->comes_to[to] != 1 || !only_goes_on(after)) {
            return -1;
        }
        from = to;
        to = after->next != NOWHERE ? after->next : after->jump;
    }
    return -1;
}

/* 0, or -1 without memory. */
static int
search_all(Search *search, Jumps *jumps)
{
    jumps->told = calloc(2 * (size_t)jumps->count, sizeof(ToldOutcome));
    if (jumps->told == NULL) {
        return -1;
    }
    for (uint32_t unit = 0; unit < jumps->unit_count; unit++) {
        uint32_t jump = numbers_get(&jumps->number_at, unit), at = search->bytecode->number_at[unit];
        if (jump == 0 || search->bytecode->all[at].at != unit) {
            continue;
        }
        const Instruction *found = &search->bytecode->all[at];
        for (uint32_t taken = 0; taken < 2; taken++) {
            int64_t arc = search_follow(search, at, taken ? found->jump : found->next);
            if (arc == -2) {
                return -1;
            }
            if (arc >= 0) {
                uint32_t probe = jumps->first_probe + 2 * (jump - 1) + taken;
                jumps->told[jumps->told_count++] = (ToldOutcome){(uint32_t)arc, probe};
                jumps->all[jump - 1].is_told |= (uint8_t)(1u << taken);
            }
        }
    }
    ToldOutcome *told = jumps->told_count > 0 ? realloc(jumps->told, jumps->told_count * sizeof(ToldOutcome)) : NULL;
    jumps->told = told != NULL ? told : jumps->told; /* NULL would mean that nobody looked yet. */
    return 0;
}

int
told_find(CodeRecord *record, const Bytecode *bytecode, const int32_t *line_at, const uint32_t *arcs,
          uint32_t arc_count)
{
    uint32_t known = record->arcs.count;
    Search search = {.record = record, .bytecode = bytecode, .line_at = line_at, .arc_count = known};
    search.comes_to = calloc((size_t)bytecode->count + 1, sizeof(uint32_t));
    search.times = calloc((size_t)known + 1, sizeof(uint32_t));
    search.is_handler = calloc(record->probe_count, 1);
    int status = -1;
    if (search.comes_to != NULL && search.times != NULL && search.is_handler != NULL) {
        for (uint32_t place = 0; place < arc_count; place++) {
            search.times[arcs[place]]++;
        }
        search_count_ways(&search);
        search_find_handlers(&search);
        status = search_all(&search, record->jumps);
    }
    free(search.comes_to);
    free(search.times);
    free(search.is_handler);
    return status;
}
