#include "decisions.h"

#include <Python.h>

#include <stdlib.h>
#include <string.h>

enum { PROBES_PER_CONDITION = 4, SMALLEST_TABLE = 64 };

/* The numbers that Machines.encode wrote, in order. */
typedef struct {
    const uint64_t *at, *end;
} Numbers;

static int32_t
next_number(Numbers *numbers)
{
    return numbers->at < numbers->end ? (int32_t)*numbers->at++ : 0;
}

/* The sizes of all parts, found by a first reading. */
typedef struct {
    size_t states, words;
} Sizes;

static Sizes
measure(Numbers numbers, int32_t machine_count)
{
    Sizes sizes = {0, 0};
    for (int32_t i = 0; i < machine_count; i++) {
        next_number(&numbers);
        size_t words = ((size_t)next_number(&numbers) + 63) / 64;
        size_t states = (size_t)next_number(&numbers);
        numbers.at += 1 + states * (5 + 2 * words);
        sizes.states += states;
        sizes.words += states * 2 * words;
    }
    return sizes;
}

/* The decision that begins with a condition: a copy's is there already. */
static Decision *
decision_at(Decisions *made, uint32_t first_condition, uint32_t condition_count)
{
    Decision *found = made->decisions;
    while (found->condition_count != 0 && found->first_condition != first_condition) {
        found++;
    }
    found->first_condition = first_condition;
    found->condition_count = condition_count;
    return found;
}

static void
read_machines(Decisions *made, Numbers *numbers)
{
    State *state = made->states;
    uint64_t *masked = made->masked;
    for (int32_t i = 0; i < made->machine_count; i++) {
        Machine *machine = &made->machines[i];
        uint32_t first_condition = (uint32_t)next_number(numbers), condition_count = (uint32_t)next_number(numbers);
        int32_t state_count = next_number(numbers);
        *machine = (Machine){decision_at(made, first_condition, condition_count), state, next_number(numbers),
                             (condition_count + 63) / 64, masked};
        for (int32_t j = 0; j < state_count; j++, state++) {
            state->jump = next_number(numbers);
            state->truth_when_taken = next_number(numbers);
            state->condition = next_number(numbers);
            state->next[0] = next_number(numbers);
            state->next[1] = next_number(numbers);
            memcpy(masked, numbers->at, 2 * machine->words * sizeof(uint64_t));
            numbers->at += 2 * machine->words;
            masked += 2 * machine->words;
            made->watch_from[state->jump + 1]++;
        }
    }
}

/* Lists the machines of each jump; watch_from has how many there are, one place further on. */
static void
list_watching(Decisions *made, const Sizes *sizes)
{
    for (int32_t jump = 0; jump < made->jump_count; jump++) {
        made->watch_from[jump + 1] += made->watch_from[jump];
    }
    const State *state = made->states;
    for (int32_t i = 0; i < made->machine_count; i++) {
        const State *end = i + 1 < made->machine_count ? made->machines[i + 1].states : made->states + sizes->states;
        for (; state < end; state++) {
            int32_t place = made->watch_from[state->jump];
            while (made->watching[place] != -1) {
                place++;
            }
            made->watching[place] = i;
        }
    }
}

Decisions *
decisions_read(const uint64_t *data, size_t count, int32_t jump_count, uint32_t first_probe)
{
    Numbers numbers = {data, data + count};
    Decisions *made = calloc(1, sizeof(Decisions));
    if (made == NULL) {
        return NULL;
    }
    made->condition_count = (uint32_t)next_number(&numbers);
    made->machine_count = next_number(&numbers);
    made->jump_count = jump_count;
    made->first_probe = first_probe;
    Sizes sizes = measure(numbers, made->machine_count);
    made->decisions = calloc((size_t)made->machine_count + 1, sizeof(Decision));
    made->machines = calloc((size_t)made->machine_count + 1, sizeof(Machine));
    made->states = calloc(sizes.states + 1, sizeof(State));
    made->masked = calloc(sizes.words + 1, sizeof(uint64_t));
    made->watch_from = calloc((size_t)jump_count + 1, sizeof(int32_t));
    made->watching = malloc((sizes.states + 1) * sizeof(int32_t));
    if (made->decisions == NULL || made->machines == NULL || made->states == NULL || made->masked == NULL
        || made->watch_from == NULL || made->watching == NULL) {
        decisions_free(made);
        return NULL;
    }
    memset(made->watching, 0xFF, (sizes.states + 1) * sizeof(int32_t));
    read_machines(made, &numbers);
    list_watching(made, &sizes);
    return made;
}

void
decisions_free(Decisions *decisions)
{
    if (decisions != NULL) {
        free(decisions->decisions);
        free(decisions->machines);
        free(decisions->states);
        free(decisions->masked);
        free(decisions->watch_from);
        free(decisions->watching);
        free(decisions);
    }
}

void
decisions_forget_hits(Decisions *decisions)
{
    for (int32_t i = 0; i < decisions->machine_count; i++) {
        Decision *decision = &decisions->decisions[i];
        decision->generation += (uint32_t)decision->is_complete;
        decision->is_complete = 0;
    }
}

static size_t
slot_of(const Evaluations *evaluations, const void *frame)
{
    uint64_t mixed = ((uint64_t)(uintptr_t)frame >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed >> 32) & (evaluations->size - 1);
}

/* Borrowed, NULL where the frame is not evaluating the decision as far as is known. */
static Evaluation *
find(const Evaluations *evaluations, const void *frame, const Machine *machine)
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

/* Takes an evaluation out, moving those that it pushed on back. */
static void
end(Evaluations *evaluations, size_t slot)
{
    free(evaluations->slots[slot].many);
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

/* Begins an evaluation at its machine's root; what another left undone is forgotten. Borrowed, NULL without memory. */
static Evaluation *
begin(Evaluations *evaluations, const void *frame, const Decisions *owner, const Machine *machine)
{
    if (grow(evaluations) < 0) {
        return NULL;
    }
    size_t slot = slot_of(evaluations, frame);
    Evaluation *one = &evaluations->slots[slot];
    while (one->machine != NULL && !(one->frame == frame && one->machine == machine)) {
        if (one->frame == frame && one->owner != owner) {
            end(evaluations, slot); /* A frame runs one code object: that one's is gone. */
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
    *one = (Evaluation){frame, owner, machine, machine->decision->generation, machine->root, many, {0, 0}};
    return one;
}

void
evaluations_forget(Evaluations *evaluations, const Decisions *owner)
{
    for (size_t slot = 0; slot < evaluations->size;) {
        const Evaluation *one = &evaluations->slots[slot];
        if (one->machine != NULL && one->owner == owner) {
            end(evaluations, slot);
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

/* The set of conditions that came out as truth and are not masked. Borrowed */
static uint64_t *
evaluated(Evaluation *one, int truth)
{
    return one->many == NULL ? &one->evaluated[truth] : one->many + (truth ? one->machine->words : 0);
}

/* Sets the probes that conditions were demonstrated at a truth. 0, or -1 with an exception set. */
static int
demonstrate(const Decisions *decisions, const Decision *decision, const uint64_t *conditions, int truth,
            const Setter *setter)
{
    uint32_t probe = decisions->first_probe + PROBES_PER_CONDITION * decision->first_condition + (truth ? 2 : 3);
    for (uint32_t i = 0; i < decision->condition_count; i++, probe += PROBES_PER_CONDITION) {
        if (conditions[i / 64] >> i % 64 & 1 && setter->set(setter->core, setter->hits, probe) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
is_complete(const Decisions *decisions, const Decision *decision, const Setter *setter)
{
    uint32_t probe = decisions->first_probe + PROBES_PER_CONDITION * decision->first_condition;
    for (uint32_t i = 0; i < decision->condition_count; i++, probe += PROBES_PER_CONDITION) {
        for (uint32_t one = probe + 2; one < probe + 4; one++) {
            if (!(setter->bits[one >> 3] >> (one & 7) & 1)) {
                return 0;
            }
        }
    }
    return 1;
}

/* Nothing is left to evaluate. The evaluation is taken out first: setting a probe may run any code. 0, or -1 with an
 * exception set. */
static int
finish(const Decisions *decisions, Evaluations *evaluations, Evaluation *one, const Setter *setter)
{
    Decision *decision = one->machine->decision;
    Evaluation last = *one;
    one->many = NULL;
    end(evaluations, (size_t)(one - evaluations->slots));
    int failed = demonstrate(decisions, decision, evaluated(&last, 0), 0, setter) < 0
        || demonstrate(decisions, decision, evaluated(&last, 1), 1, setter) < 0;
    free(last.many);
    decision->is_complete = !failed && is_complete(decisions, decision, setter);
    return failed ? -1 : 0;
}

/* Takes a jump into account for one machine. 0, or -1 with an exception set. */
static int
step(const Decisions *decisions, Evaluations *evaluations, const void *frame, const Machine *machine, int32_t jump,
     int taken, const Setter *setter)
{
    int begins = machine->states[machine->root].jump == jump;
    Evaluation *one = begins ? begin(evaluations, frame, decisions, machine) : find(evaluations, frame, machine);
    if (one == NULL || one->generation != machine->decision->generation) {
        return begins ? (PyErr_NoMemory(), -1) : 0;
    }
    const State *state = &machine->states[one->state];
    if (state->jump != jump) {
        return 0; /* The value of an operand that is decided already is tested once more. */
    }
    int truth = taken == state->truth_when_taken;
    const uint64_t *masked = machine->masked + (2 * (size_t)one->state + (size_t)truth) * machine->words;
    if (state->condition >= 0) {
        evaluated(one, truth)[state->condition / 64] |= UINT64_C(1) << state->condition % 64;
    }
    for (uint32_t i = 0; i < machine->words; i++) {
        evaluated(one, 0)[i] &= ~masked[i];
        evaluated(one, 1)[i] &= ~masked[i];
    }
    one->state = state->next[truth];
    if (one->state < 0 && finish(decisions, evaluations, one, setter) < 0) {
        return -1;
    }
    if (state->condition < 0) {
        return 0;
    }
    uint32_t number = machine->decision->first_condition + (uint32_t)state->condition;
    uint32_t probe = decisions->first_probe + PROBES_PER_CONDITION * number + !truth;
    return setter->set(setter->core, setter->hits, probe);
}

int
decisions_on_jump(Decisions *decisions, Evaluations *evaluations, const void *frame, int32_t jump, int taken,
                  const Setter *setter)
{
    int is_needed = 0;
    for (int32_t i = decisions->watch_from[jump]; i < decisions->watch_from[jump + 1]; i++) {
        const Machine *machine = &decisions->machines[decisions->watching[i]];
        if (!machine->decision->is_complete) {
            if (step(decisions, evaluations, frame, machine, jump, taken, setter) < 0) {
                return -1;
            }
            is_needed = is_needed || !machine->decision->is_complete;
        }
    }
    return is_needed;
}
