/* What is remembered of decisions while they are evaluated; its specification is minicov_tracer/evaluations.py. */
#ifndef MINICOV_DECISIONS_H
#define MINICOV_DECISIONS_H

#include <stddef.h>
#include <stdint.h>

/* One decision of a code object; its compiled copies are machines. */
typedef struct {
    uint32_t first_condition;  /* Among the code object's. */
    uint32_t condition_count;
    int is_complete;           /* Nothing is left to learn before the next flush. */
} Decision;

/* Two sets of conditions: those that were false, those that were true. */
typedef struct {
    uint64_t of[2];
} Sets;

/* Waiting for one jump. The sets are of plain machines only. */
typedef struct {
    int32_t jump;
    int32_t truth_when_taken;
    int32_t condition;         /* Among the decision's; -1 where it only chooses the way. */
    int32_t next[2];           /* The state after false, after true; -1 is the end. Lower than its own number. */
    uint8_t is_needed[2];      /* Whether its jump must be watched for the operand being false, being true. */
    Sets surely, possibly;     /* What is live where an evaluation comes here by any way, by some way. */
    Sets history;              /* What must be known to be live or not, and follows from the way alone. */
} State;

typedef struct {
    Decision *decision;        /* Borrowed */
    State *states;             /* Borrowed */
    int32_t root;
    int32_t is_plain;          /* Each jump tells the state. And each set of conditions is one word. */
    uint32_t words;            /* 64-bit words in a set of conditions. */
    uint64_t *masked;          /* Borrowed: for each state, two sets: after false, after true. */
} Machine;

/* A machine, and its state (the only one if it is plain) that waits for a jump. */
typedef struct {
    int32_t machine, state;
} Waiting;

/* All machines of one code object. */
typedef struct {
    uint32_t condition_count;
    uint32_t first_probe;      /* Four a condition: true, false, demonstrated true, demonstrated false. */
    int32_t machine_count;
    int32_t jump_count;
    size_t going_on;           /* How many evaluations of them are remembered. */
    Decision *decisions;       /* Owned, as are the arrays below; as many as machines, though copies share one. */
    Machine *machines;
    State *states;
    uint64_t *masked;
    int32_t *watch_from;       /* For each jump and one more: where its machines begin in watching. */
    Waiting *watching;
} Decisions;

/* One frame's evaluation of one decision. */
typedef struct {
    const void *frame;         /* Only its address: nothing is kept alive. */
    Decisions *owner;          /* Borrowed: the code object's. */
    const Machine *machine;    /* Borrowed; NULL is free. */
    int32_t state;
    uint64_t *many;            /* Owned: the two sets where they need more than a word each; NULL otherwise. */
    Sets live;                 /* Conditions that were evaluated, and are not masked. */
} Evaluation;

/* All evaluations that go on, or were left undone, by frame: open addressing, linear probing.
 *
 * Nothing tells that a frame has ended. What it left undone stays until its address is another frame's, and a decision
 * of another code object begins there; so there is never more than there were frames at a time. */
typedef struct {
    Evaluation *slots;         /* Owned */
    size_t size;               /* A power of two, or 0. */
    size_t used;
} Evaluations;

/* Who saw a jump. */
typedef struct {
    int (*set)(void *core, void *hits, uint32_t probe); /* Sets a probe and logs it, and may run any Python code. 0, or -1
                                                         * with an exception set. */
    void *core, *hits;
    const uint8_t *bits;       /* Borrowed: the code object's probes. */
    const void *frame;         /* NULL until it is asked for. */
    const void *(*find_frame)(void);
    int has_learned;           /* A probe was set that was not. */
} Observer;

/* What decisions_on_jump answers: flags. */
enum { NEEDED_NOT_TAKEN = 1, NEEDED_TAKEN = 2 };

/* Reads Machines.encode(). New structure, NULL without memory. */
Decisions *decisions_read(const uint64_t *numbers, size_t count, int32_t jump_count, uint32_t first_probe);
void decisions_free(Decisions *decisions);

/* Takes an outcome of a jump in the observer's frame into account. Flags: for what it must go on being watched; -1 with
 * an exception set. */
int decisions_on_jump(Decisions *decisions, Evaluations *evaluations, int32_t jump, int taken, Observer *observer);

/* Whether a code object's decisions, NULL for none, ask about a jump at all. */
static inline int
decisions_ask(const Decisions *decisions, int32_t jump)
{
    return decisions != NULL && decisions->watch_from[jump] < decisions->watch_from[jump + 1];
}

/* After a flush: all is watched again. */
void decisions_forget_hits(Decisions *decisions, Evaluations *evaluations);

/* What an evaluation of a frame is remembered by. Borrowed, NULL where none is. */
Evaluation *evaluations_find(const Evaluations *evaluations, const void *frame, const Machine *machine);

/* Remembers an evaluation, at its machine's root with nothing live; what another left undone is forgotten. Borrowed, NULL
 * without memory (no exception set). */
Evaluation *evaluations_begin(Evaluations *evaluations, const void *frame, Decisions *owner, const Machine *machine);

/* Takes an evaluation out, moving those that it pushed on back. */
void evaluations_end(Evaluations *evaluations, Evaluation *one);

/* Forgets what frames were evaluating of a code object's decisions, which are about to go. */
void evaluations_forget(Evaluations *evaluations, const Decisions *owner);

void evaluations_clear(Evaluations *evaluations);

#endif
