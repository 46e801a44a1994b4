#include "decisions.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST_TABLE = 64 };

static size_t
slot_of(const Evaluations *evaluations, const void *frame)
{
    uint64_t mixed = ((uint64_t)(uintptr_t)frame >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed >> 32) & (evaluations->size - 1);
}

Evaluation *
evaluations_find(const Evaluations *evaluations, const void *frame, const Machine *machine)
{
    if (evaluations->size == 0) {
        return NULL;
    }
    for (size_t slot = slot_of(evaluations, frame);; slot = (slot + 1) & (evaluations->size - 1)) {
        Evaluation *found = &evaluations->slots[slot];
        if (found->machine == NULL) {
            return NULL;
        }
        if (found->frame == frame && found->machine == machine) {
            return found;
        }
    }
}

/* Makes room for one more. 0, -1 without memory. */
static int
grow(Evaluations *evaluations)
{
    if (2 * (evaluations->used + 1) <= evaluations->size) {
        return 0;
    }
    Evaluations grown = {NULL, evaluations->size ? 2 * evaluations->size : SMALLEST_TABLE, evaluations->used};
    grown.slots = calloc(grown.size, sizeof(Evaluation));
    if (grown.slots == NULL) {
        return -1;
    }
    for (size_t i = 0; i < evaluations->size; i++) {
        const Evaluation *one = &evaluations->slots[i];
        if (one->machine != NULL) {
            size_t slot = slot_of(&grown, one->frame);
            while (grown.slots[slot].machine != NULL) {
                slot = (slot + 1) & (grown.size - 1);
            }
            grown.slots[slot] = *one;
        }
    }
    free(evaluations->slots);
    *evaluations = grown;
    return 0;
}

void
evaluations_end(Evaluations *evaluations, Evaluation *one)
{
    size_t slot = (size_t)(one - evaluations->slots);
    free(one->many);
    one->owner->going_on--;
    evaluations->used--;
    size_t mask = evaluations->size - 1;
    for (size_t next = (slot + 1) & mask; evaluations->slots[next].machine != NULL; next = (next + 1) & mask) {
        size_t home = slot_of(evaluations, evaluations->slots[next].frame);
        if (((next - home) & mask) >= ((next - slot) & mask)) {
            evaluations->slots[slot] = evaluations->slots[next];
            slot = next;
        }
    }
    evaluations->slots[slot].machine = NULL;
}

Evaluation *
evaluations_begin(Evaluations *evaluations, const void *frame, Decisions *owner, const Machine *machine)
{
    if (grow(evaluations) < 0) {
        return NULL;
    }
    size_t slot = slot_of(evaluations, frame);
    Evaluation *one = &evaluations->slots[slot];
    while (one->machine != NULL && !(one->frame == frame && one->machine == machine)) {
        if (one->frame == frame && one->owner != owner) {
            evaluations_end(evaluations, one); /* A frame runs one code object: that one's is gone. */
        } else {
            slot = (slot + 1) & (evaluations->size - 1);
        }
        one = &evaluations->slots[slot];
    }
    uint64_t *many = one->machine == NULL ? NULL : one->many;
    if (machine->words > 1) {
        if (many == NULL && (many = malloc(2 * machine->words * sizeof(uint64_t))) == NULL) {
            return NULL;
        }
        memset(many, 0, 2 * machine->words * sizeof(uint64_t));
    }
    evaluations->used += one->machine == NULL;
    owner->going_on += one->machine == NULL;
    *one = (Evaluation){frame, owner, machine, machine->root, many, {{0, 0}}};
    return one;
}

void
evaluations_forget(Evaluations *evaluations, const Decisions *owner)
{
    for (size_t slot = 0; slot < evaluations->size;) {
        Evaluation *one = &evaluations->slots[slot];
        if (one->machine != NULL && one->owner == owner) {
            evaluations_end(evaluations, one);
            slot = 0; /* Others may have moved. */
        } else {
            slot++;
        }
    }
}

void
evaluations_clear(Evaluations *evaluations)
{
    for (size_t i = 0; i < evaluations->size; i++) {
        if (evaluations->slots[i].machine != NULL) {
            free(evaluations->slots[i].many);
        }
    }
    free(evaluations->slots);
    *evaluations = (Evaluations){NULL, 0, 0};
}
