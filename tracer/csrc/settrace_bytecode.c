#define Py_BUILD_CORE_MODULE 1
#define NEED_OPCODE_TABLES 1
#include "settrace_bytecode.h"

#include <internal/pycore_opcode.h>

#include <stdlib.h>
#include <string.h>

uint8_t
bytecode_opcode(_Py_CODEUNIT unit)
{
    return _PyOpcode_Deopt[_Py_OPCODE(unit)];
}

static uint32_t
walk_varint(LineWalk *walk)
{
    uint32_t value = 0;
    for (unsigned shift = 0; walk->at < walk->end; shift += 6) {
        uint8_t byte = *walk->at++;
        value |= (uint32_t)(byte & 63) << (shift & 31);
        if (!(byte & 64)) {
            break;
        }
    }
    return value;
}

LineWalk
line_walk(PyCodeObject *code)
{
    const uint8_t *table = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
    return (LineWalk){table, table + PyBytes_GET_SIZE(code->co_linetable), code->co_firstlineno};
}

uint32_t
line_walk_next(LineWalk *walk, int *line)
{
    if (walk->at >= walk->end) {
        return 0;
    }
    uint8_t head = *walk->at++;
    unsigned kind = head >> 3 & 15;
    if (kind == 13 || kind == 14) {         /* a signed line delta, then perhaps more */
        uint32_t value = walk_varint(walk);
        walk->line += value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
    }
    else if (kind >= 10 && kind <= 12) {    /* the delta is in the kind */
        walk->line += (int)kind - 10;
    }
    *line = kind == 15 ? -1 : walk->line;   /* 15 has no location */
    /* What is left of the entry are columns; only the start of an entry has bit 7. */
    while (walk->at < walk->end && !(*walk->at & 128)) {
        walk->at++;
    }
    return (head & 7u) + 1;
}

/* A number of the exception table (CPython's Objects/exception_handling_notes.txt), big end first. */
static uint32_t
table_number(const uint8_t **at, const uint8_t *end)
{
    uint32_t value = 0;
    while (*at < end) {
        uint8_t byte = *(*at)++;
        value = value << 6 | (byte & 63);
        if (!(byte & 64)) {
            break;
        }
    }
    return value;
}

uint32_t
bytecode_handler_of(PyCodeObject *code, uint32_t unit)
{
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(code->co_exceptiontable);
    const uint8_t *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
    while (at < end) {
        uint32_t start = table_number(&at, end), length = table_number(&at, end), target = table_number(&at, end);
        table_number(&at, end);
        if (unit >= start && unit - start < length) {
            return target;
        }
    }
    return NOWHERE;
}

static int
acts(uint8_t opcode)
{
    switch (opcode) {
        case NOP:
        case COPY:
        case SWAP:
        case LOAD_CONST:
        case PUSH_EXC_INFO:
        case POP_EXCEPT:
        case RERAISE:
        case JUMP_FORWARD:
            return 0;
        default:
            return 1;
    }
}

/* Where a jump goes, in code units; -1 where the instruction is none. */
static int64_t
jump_target(const Instruction *instruction)
{
    int64_t after = (int64_t)instruction->at + 1, distance = instruction->argument;
    switch (instruction->opcode) {
        case FOR_ITER:
        case SEND:
        case JUMP_FORWARD:
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP:
        case POP_JUMP_FORWARD_IF_FALSE:
        case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE:
        case POP_JUMP_FORWARD_IF_NOT_NONE:
            return after + distance;
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
        case POP_JUMP_BACKWARD_IF_FALSE:
        case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE:
        case POP_JUMP_BACKWARD_IF_NOT_NONE:
            return after - distance;
        default:
            return -1;
    }
}

/* Whether the next instruction may be run after it, in the same frame and without an event that tells of it. */
static int
falls_through(uint8_t opcode)
{
    switch (opcode) {
        case RETURN_VALUE:
        case YIELD_VALUE:
        case RERAISE:
        case RAISE_VARARGS:
        case JUMP_FORWARD:
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
            return 0;
        default:
            return 1;
    }
}

/* Fills in `next`, `jump` and what depends on them. 0, or -1 when a jump goes to no instruction. */
static int
bytecode_link(Bytecode *bytecode, PyCodeObject *code)
{
    for (uint32_t number = 0; number < bytecode->count; number++) {
        Instruction *found = &bytecode->all[number];
        /* A bare `raise` goes straight to the handler, as RERAISE does. */
        found->passes_on = found->opcode == RERAISE || found->opcode == END_ASYNC_FOR ||
                           (found->opcode == RAISE_VARARGS && found->argument == 0);
        int64_t target = jump_target(found);
        if (found->passes_on) {
            uint32_t handler = bytecode_handler_of(code, found->at);
            target = handler == NOWHERE ? -1 : (int64_t)handler;
        }
        if (target >= (int64_t)bytecode->unit_count || (target < 0 && jump_target(found) != -1)) {
            return -1;
        }
        found->jump = target < 0 ? NOWHERE : bytecode->number_at[target];
        if (target >= 0 && bytecode->all[found->jump].first != target) {
            return -1;
        }
        found->next = falls_through(found->opcode) && number + 1 < bytecode->count ? number + 1 : NOWHERE;
        found->may_leave = found->opcode == RETURN_VALUE || (found->passes_on && target < 0);
        found->may_act = (uint8_t)acts(found->opcode);
    }
    return 0;
}

/* Splits the code units into instructions, without their lines. */
static void
bytecode_split(Bytecode *bytecode, const _Py_CODEUNIT *units)
{
    uint32_t argument = 0, first = 0;
    for (uint32_t unit = 0; unit < bytecode->unit_count;) {
        uint8_t opcode = bytecode_opcode(units[unit]);
        argument = argument << 8 | _Py_OPARG(units[unit]);
        uint32_t after = unit + 1 + _PyOpcode_Caches[opcode];
        after = after < bytecode->unit_count ? after : bytecode->unit_count;
        for (uint32_t own = unit; own < after; own++) {
            bytecode->number_at[own] = bytecode->count;
        }
        if (opcode != EXTENDED_ARG) {
            bytecode->all[bytecode->count++] =
                (Instruction){.first = first, .at = unit, .opcode = opcode, .argument = argument};
            argument = 0;
            first = after;
        }
        unit = after;
    }
}

int
bytecode_read(Bytecode *bytecode, PyCodeObject *code)
{
    uint32_t unit_count = (uint32_t)Py_SIZE(code), unit = 0;
    int line;
    *bytecode = (Bytecode){.unit_count = unit_count};
    bytecode->all = calloc(unit_count + 1, sizeof(Instruction));
    bytecode->number_at = calloc(unit_count + 1, sizeof(uint32_t));
    if (bytecode->all == NULL || bytecode->number_at == NULL) {
        goto error;
    }
    bytecode_split(bytecode, (const _Py_CODEUNIT *)code->co_code_adaptive);
    LineWalk walk = line_walk(code);
    for (uint32_t length; (length = line_walk_next(&walk, &line)) != 0; unit += length) {
        for (uint32_t own = unit; own < unit + length && own < unit_count; own++) {
            uint32_t number = bytecode->number_at[own];
            if (number < bytecode->count && bytecode->all[number].at == own) {
                bytecode->all[number].line = line;
            }
        }
    }
    if (unit != unit_count || bytecode->count == 0 || bytecode_link(bytecode, code) < 0) {
        goto error;
    }
    return 0;
error:
    bytecode_free(bytecode);
    return -1;
}

int
bytecode_is_line_event(const PyCodeObject *code, const Instruction *before, const Instruction *after)
{
    if (after->line <= 0 || after->opcode == RESUME) {
        return 0;
    }
    if (before->opcode == RESUME && (int)before->at <= code->_co_firsttraceable) {
        return 1;
    }
    /* A loop's end is one although the line may be the same; yield from and await go back to SEND without. */
    return after->line != before->line || (after->first < before->at && after->opcode != SEND);
}

void
bytecode_free(Bytecode *bytecode)
{
    free(bytecode->all);
    free(bytecode->number_at);
    *bytecode = (Bytecode){0};
}
