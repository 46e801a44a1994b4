#define Py_BUILD_CORE_MODULE 1
#include "settrace_jumps.h"

#include "settrace_record.h"

#include <opcode.h>

#include <stdlib.h>
#include <string.h>

static int
is_conditional(uint8_t opcode)
{
    switch (opcode) {
        case FOR_ITER:
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP:
        case POP_JUMP_FORWARD_IF_FALSE:
        case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE:
        case POP_JUMP_FORWARD_IF_NOT_NONE:
        case POP_JUMP_BACKWARD_IF_FALSE:
        case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE:
        case POP_JUMP_BACKWARD_IF_NOT_NONE:
            return 1;
        default:
            return 0;
    }
}

/* Where an instruction (its number) begins, and how many code units of EXTENDED_ARG it has. */
static uint32_t
first_unit(const Bytecode *bytecode, uint32_t number, uint8_t *more)
{
    if (number == NOWHERE) {
        return NOWHERE;
    }
    *more = (uint8_t)(bytecode->all[number].at - bytecode->all[number].first);
    return bytecode->all[number].first;
}

/* Fills in everything. 0, or -1 without memory. */
static int
jumps_read(Jumps *jumps, const Bytecode *bytecode)
{
    for (uint32_t number = 0; number < bytecode->count; number++) {
        jumps->count += (uint32_t)is_conditional(bytecode->all[number].opcode);
    }
    jumps->unit_count = bytecode->unit_count;
    jumps->all = calloc((size_t)jumps->count + 1, sizeof(Jump));
    jumps->open = calloc(jumps->first_probe, sizeof(uint32_t));
    if (numbers_make(&jumps->number_at, bytecode->unit_count, jumps->count) < 0 || jumps->all == NULL || jumps->open == NULL) {
        return -1;
    }
    Jump *jump = jumps->all;
    for (uint32_t number = 0; number < bytecode->count; number++) {
        const Instruction *found = &bytecode->all[number];
        if (!is_conditional(found->opcode)) {
            continue;
        }
        jump->line = found->line;
        jump->next = first_unit(bytecode, found->next, &jump->next_more);
        jump->jump = first_unit(bytecode, found->jump, &jump->jump_more);
        jump->is_blind = jump->next == jump->jump;
        jump++;
        for (uint32_t unit = found->first; unit <= found->at && !jump[-1].is_blind; unit++) {
            numbers_set(&jumps->number_at, unit, (uint32_t)(jump - jumps->all));
        }
    }
    return 0;
}

Jumps *
jumps_new(PyCodeObject *code, uint32_t first_probe)
{
    Bytecode bytecode;
    if (bytecode_read(&bytecode, code) < 0) {
        return NULL;
    }
    Jumps *jumps = calloc(1, sizeof(Jumps));
    if (jumps != NULL) {
        jumps->first_probe = first_probe;
    }
    if (jumps == NULL || jumps_read(jumps, &bytecode) < 0) {
        jumps_free(jumps);
        jumps = NULL;
        PyErr_NoMemory();
    }
    else if (jumps->count == 0) {
        jumps_free(jumps);
        jumps = NULL;
    }
    bytecode_free(&bytecode);
    return jumps;
}

void
jumps_free(Jumps *jumps)
{
    if (jumps != NULL) {
        if (jumps->memory != NULL) {
            evaluations_forget(&jumps->memory->table, jumps->decisions);
            memory_release(jumps->memory);
        }
        decisions_free(jumps->decisions);
        free(jumps->all);
        numbers_free(&jumps->number_at);
        free(jumps->open);
        free(jumps->told);
        free(jumps);
    }
}

uint32_t
jumps_probe_count(const Jumps *jumps)
{
    return 2 * jumps->count + (jumps->decisions == NULL ? 0 : 4 * jumps->decisions->condition_count);
}

Memory *
memory_new(void)
{
    Memory *memory = calloc(1, sizeof(Memory));
    if (memory != NULL) {
        memory->users = 1;
    }
    return memory;
}

void
memory_release(Memory *memory)
{
    if (memory != NULL && --memory->users == 0) {
        evaluations_clear(&memory->table);
        free(memory);
    }
}

int
jumps_is_settled(const Jumps *jumps, const CodeRecord *record, uint32_t number)
{
    const Jump *jump = &jumps->all[number];
    uint32_t probe = jumps->first_probe + 2 * number;
    return jump->is_blind ||
           (!jump->is_needed && (jump->is_told & 1 || record_has(record, probe)) &&
            (jump->is_told & 2 || record_has(record, probe + 1)));
}

void
jumps_recount(Jumps *jumps, const CodeRecord *record)
{
    memset(jumps->open, 0, jumps->first_probe * sizeof(uint32_t));
    for (uint32_t number = 0; number < jumps->count; number++) {
        uint32_t line = jumps->all[number].line > 0 ? record_probe(record, jumps->all[number].line) : 0;
        jumps->open[line] += !jumps_is_settled(jumps, record, number);
    }
    jumps->open[0] = 0;
}

void
jumps_forget_hits(Jumps *jumps, const CodeRecord *record)
{
    if (jumps->decisions != NULL) {
        decisions_forget_hits(jumps->decisions, &jumps->memory->table);
        for (uint32_t number = 0; number < jumps->count; number++) {
            const int32_t *from = &jumps->decisions->watch_from[number];
            jumps->all[number].is_needed = from[0] < from[1];
        }
    }
    jumps_recount(jumps, record);
}
