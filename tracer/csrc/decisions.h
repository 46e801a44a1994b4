/* What is remembered of decisions while they are evaluated; its specification is minicov_tracer/evaluations.py. */
#ifndef MINICOV_DECISIONS_H
#define MINICOV_DECISIONS_H

#include <stddef.h>
#include <stdint.h>

/* One decision of a code object; its compiled copies are machines. */
typedef struct {
    uint32_t first_condition;  /* Among the code object's. */
    uint32_t condition_count;
    uint32_t generation;       /* How often it was complete before a flush: evaluations from before are void. */
    int is_complete;           /* Nothing is left to learn before the next flush. */
} Decision;

/* Waiting for one jump. */
typedef struct {
    int32_t jump;
    int32_t truth_when_taken;
    int32_t condition;         /* Among the decision's; -1 where it only chooses the way. */
    int32_t next[2];           /* The state after false, after true; -1 is the end. */
} State;

typedef struct {
    Decision *decision;        /* Borrowed */
    State *states;             /* Borrowed */
    int32_t root;
    uint32_t words;            /* 64-bit words in a set of conditions. */
    uint64_t *masked;          /* Borrowed: for each state, two sets: after false, after true. */
} Machine;

/* All machines of one code object. */
typedef struct {
    uint32_t condition_count;
    uint32_t first_probe;      /* Four a condition: true, false, demonstrated true, demonstrated false. */
    int32_t machine_count;
    int32_t jump_count;
    Decision *decisions;       /* Owned, as are the arrays below; as many as machines, though copies share one. */
    Machine *machines;
    State *states;
    uint64_t *masked;
    int32_t *watch_from;       /* For each jump and one more: where its machines begin in watching. */
    int32_t *watching;         /* Numbers of machines. */
} Decisions;

/* One frame's evaluation of one decision. */
typedef struct {
    const void *frame;         /* Only its address: nothing is kept alive. */
    const void *owner;         /* The same of the code object's Decisions. */
    const Machine *machine;    /* Borrowed; NULL is free. */
    uint32_t generation;
    int32_t state;
    uint64_t *many;            /* Owned: the two sets where they need more than a word each; NULL otherwise. */
    uint64_t evaluated[2];     /* Conditions that were false, true, and are not masked. */
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

/* How to set a probe, and log it; set gives 0, or -1 with an exception set, and may run any Python code. */
typedef struct {
    int (*set)(void *core, void *hits, uint32_t probe);
    void *core, *hits;
    const uint8_t *bits;       /* Borrowed: the code object's probes. */
} Setter;

/* Reads Machines.encode(). New structure, NULL without memory. */
Decisions *decisions_read(const uint64_t *numbers, size_t count, int32_t jump_count, uint32_t first_probe);
void decisions_free(Decisions *decisions);

/* Takes an outcome of a jump in a frame into account. 1 if it must go on being watched, 0 if not, -1 with an exception
 * set. */
int decisions_on_jump(Decisions *decisions, Evaluations *evaluations, const void *frame, int32_t jump, int taken,
                      const Setter *setter);

/* After a flush: what was complete is watched again. */
void decisions_forget_hits(Decisions *decisions);

/* Forgets what frames were evaluating of a code object's decisions, which are about to go. */
void evaluations_forget(Evaluations *evaluations, const Decisions *owner);

void evaluations_clear(Evaluations *evaluations);

#endif
