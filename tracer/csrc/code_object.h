/* A code object's bytecode, lines and exception table, decoded. */
#ifndef MINICOV_CODE_OBJECT_H
#define MINICOV_CODE_OBJECT_H

#include <Python.h>
#include <stdint.h>

/* What an opcode means here; minicov_tracer.opcodes.KINDS has the flags of each. */
enum {
    KIND_CONDITIONAL = 1,
    KIND_LOOP = 2,
    KIND_FORWARD = 4,
    KIND_BACKWARD = 8,
    KIND_RETURN = 16,
    KIND_RAISE = 32,
    KIND_STORE = 64,
    KIND_SILENT = 128,
    KIND_MAY_RAISE_AGAIN = 256,
    KIND_YIELD = 512,
    KIND_EXTENDED_ARG = 1024,
    KIND_ENDS_ON_STOP_ITERATION = 2048,
    KIND_CANNOT_RAISE = 4096,
    KIND_TAKEN_IF_TRUE = 8192,
    KIND_RESUME = 16384,
    KIND_KEEPS_VALUE = 32768,
    ENDS_ASYNC_LOOP = KIND_ENDS_ON_STOP_ITERATION | KIND_SILENT, /* Both together: END_ASYNC_FOR. */
};

typedef struct {
    int32_t offset, target, next; /* Byte offsets; target is -1 where it is no jump. */
    int32_t line;                 /* 0 where it has none, or where arriving at it is no line event. */
    uint16_t kind;
    uint8_t op;
} Instruction;

typedef struct {
    int32_t line, end_line, column, end_column; /* Zeros where unknown. */
} Position;

static inline int
position_equals(const Position *a, const Position *b)
{
    return a->line == b->line && a->column == b->column && a->end_line == b->end_line && a->end_column == b->end_column;
}

static inline int
position_contains(const Position *outer, const Position *inner)
{
    int begins = outer->line < inner->line || (outer->line == inner->line && outer->column <= inner->column);
    int ends = inner->end_line < outer->end_line
        || (inner->end_line == outer->end_line && inner->end_column <= outer->end_column);
    return begins && ends;
}

typedef struct {
    int32_t start, end, target; /* Byte offsets. */
} Handler;

typedef struct {
    int32_t first;              /* co_firstlineno */
    int32_t unit_count;
    Position *positions;        /* Owned: one a code unit. */
    int32_t *instruction_at;    /* Owned: one a code unit, the number of the instruction that it is part of. */
    Instruction *instructions;  /* Owned */
    int32_t instruction_count;
    Handler *handlers;          /* Owned */
    int32_t handler_count;
    int32_t *lines;             /* Owned: the distinct lines, ascending. */
    int32_t line_count;
} Code;

/* Reads a code object into *code, which code_free must release in any case. 0, -1 with an exception set. */
int code_read(Code *code, PyObject *object, const uint16_t *kinds);
void code_free(Code *code);

/* The last line that any instruction of a code object reaches to, 0 where none has a line; -1 with an exception set. */
int32_t code_last_own_line(PyObject *object);

/* The instruction that a byte offset is part of. Borrowed, NULL where there is none. */
const Instruction *instruction_at(const Code *code, int32_t offset);

/* The byte offset of what handles an exception at an offset, or -1. */
int32_t handler_of(const Code *code, int32_t offset);

/* The number of a line's probe, or `otherwise`. */
int32_t probe_of(const Code *code, int32_t line, int32_t otherwise);

#endif
