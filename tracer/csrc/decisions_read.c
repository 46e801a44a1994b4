#include "decisions.h"
#include "required.h"

#include <stdlib.h>
#include <string.h>

enum { NOBODY = -1 };

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
        numbers.at += 2 + states * (5 + 2 * words);
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
        int32_t root = next_number(numbers), is_plain = next_number(numbers);
        uint32_t words = (condition_count + 63) / 64;
        *machine = (Machine){decision_at(made, first_condition, condition_count), state, root, is_plain && words == 1, words,
                             masked};
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

/* Lists the machines of each jump, each once; watch_from has how many states wait for it, one place further on. */
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
            Waiting *place = &made->watching[made->watch_from[state->jump]];
            while (place->machine != NOBODY && place->machine != i) {
                place++;
            }
            *place = (Waiting){i, (int32_t)(state - made->machines[i].states)};
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
    made->watching = malloc((sizes.states + 1) * sizeof(Waiting));
    if (made->decisions == NULL || made->machines == NULL || made->states == NULL || made->masked == NULL
        || made->watch_from == NULL || made->watching == NULL) {
        decisions_free(made);
        return NULL;
    }
    for (size_t i = 0; i <= sizes.states; i++) {
        made->watching[i].machine = NOBODY;
    }
    read_machines(made, &numbers);
    list_watching(made, &sizes);
    for (int32_t i = 0; i < made->machine_count; i++) {
        if (made->machines[i].is_plain) {
            required_prepare(&made->machines[i]);
        }
    }
    decisions_forget_hits(made, &(Evaluations){NULL, 0, 0}); /* So nothing is known yet. */
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
