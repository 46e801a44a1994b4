/* Reads the tables and instructions of a CPython 3.11 code object. */
#ifndef MINICOV_SETTRACE_BYTECODE_H
#define MINICOV_SETTRACE_BYTECODE_H

#include <Python.h>
#include <stdint.h>

/* A walk over the location table (CPython's Objects/locations.md), a run of code units with one line at a time. */
typedef struct {
    const uint8_t *at, *end;  /* Borrowed: the code object's table. */
    int line;                 /* What the next delta counts from. */
} LineWalk;

LineWalk line_walk(PyCodeObject *code);
/* The next run: its length in code units, 0 at the end; its line, -1 where it has none. */
uint32_t line_walk_next(LineWalk *walk, int *line);

/* Nothing follows, or an instruction's number. */
#define NOWHERE UINT32_MAX

/* One instruction with its EXTENDED_ARG prefixes and its caches. */
typedef struct {
    uint32_t first;      /* Code unit where it starts: its first prefix. */
    uint32_t at;         /* Code unit of the opcode. */
    int line;            /* -1 where it has none. */
    uint32_t argument;
    uint32_t next;       /* Number of the instruction run after it when it does not jump, or NOWHERE. */
    uint32_t jump;       /* Number of the instruction that it may jump to, or NOWHERE. */
    uint8_t opcode;      /* Not the quickened one. */
    uint8_t may_leave;   /* It may end the frame without an event of its own: a return, or an exception passed on. */
    uint8_t may_act;     /* It may raise, or run anything else: not so for the stack's and the exceptions' own. */
    uint8_t passes_on;   /* It passes an exception on, and `jump` is the handler: no exception event tells of it. */
} Instruction;

typedef struct {
    Instruction *all;    /* Owned: count of them, in order. */
    uint32_t count;
    uint32_t *number_at; /* Owned: for each code unit the number of the instruction it belongs to. */
    uint32_t unit_count;
} Bytecode;

/* The opcode of a code unit, not the quickened one. */
uint8_t bytecode_opcode(_Py_CODEUNIT unit);

/* The code unit of what handles an exception at a code unit, or NOWHERE. */
uint32_t bytecode_handler_of(PyCodeObject *code, uint32_t unit);

/* Whether arriving at an instruction from another is a line event: 1 or 0. (CPython's maybe_call_line_trace.) */
int bytecode_is_line_event(const PyCodeObject *code, const Instruction *before, const Instruction *after);

/* 0, or -1 without memory (no exception set) or when the bytecode is not what CPython 3.11 compiles. */
int bytecode_read(Bytecode *bytecode, PyCodeObject *code);
void bytecode_free(Bytecode *bytecode);

#endif
