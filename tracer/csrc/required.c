#include "required.h"

enum { END = -1 };

static int
is_empty(Sets sets)
{
    return (sets.of[0] | sets.of[1]) == 0;
}

static uint64_t
own_bit(const State *state)
{
    return state->condition < 0 ? 0 : UINT64_C(1) << state->condition;
}

static uint64_t
masked_after(const Machine *machine, const State *state, int truth)
{
    return machine->masked[2 * (state - machine->states) + truth];
}

Sets
required_after(const Machine *machine, const State *state, Sets live, int truth)
{
    uint64_t kept = ~masked_after(machine, state, truth);
    live.of[truth] |= own_bit(state);
    return (Sets){{live.of[0] & kept, live.of[1] & kept}};
}

/* Joins what is live by one more way into a state. */
static void
arrive(State *state, Sets surely, Sets possibly, int is_first)
{
    for (int value = 0; value < 2; value++) {
        state->surely.of[value] = is_first ? surely.of[value] : state->surely.of[value] & surely.of[value];
        state->possibly.of[value] |= possibly.of[value];
    }
}

void
required_prepare(const Machine *machine)
{
    /* While this goes on, history tells which states were come to. */
    machine->states[machine->root].history.of[0] = 1;
    for (int32_t number = machine->root; number >= 0; number--) {
        const State *state = &machine->states[number];
        for (int truth = 0; truth < 2 && state->history.of[0]; truth++) {
            State *follower = state->next[truth] == END ? NULL : &machine->states[state->next[truth]];
            if (follower != NULL) {
                arrive(follower, required_after(machine, state, state->surely, truth),
                       required_after(machine, state, state->possibly, truth), !follower->history.of[0]);
                follower->history.of[0] = 1;
            }
        }
    }
}

/* Adds to a state's history what must be known there for `asked` to be known after an arm was taken. */
static void
ask_before(const Machine *machine, State *state, Sets asked, int truth)
{
    uint64_t masked = masked_after(machine, state, truth);
    for (int value = 0; value < 2; value++) {
        uint64_t open = state->possibly.of[value] & ~state->surely.of[value];
        uint64_t own = value == truth ? own_bit(state) : 0;
        state->history.of[value] |= asked.of[value] & ~masked & ~own & open;
    }
}

void
required_learn(const Machine *machine, Sets unseen, Sets undemonstrated)
{
    for (int32_t number = 0; number <= machine->root; number++) {
        State *state = &machine->states[number];
        state->history = (Sets){{0, 0}};
        for (int truth = 0; truth < 2; truth++) {
            int is_end = state->next[truth] == END;
            Sets asked = is_end ? undemonstrated : machine->states[state->next[truth]].history;
            Sets here = required_after(machine, state, state->possibly, truth);
            int decides = is_end ? (asked.of[0] & here.of[0]) != 0 || (asked.of[1] & here.of[1]) != 0 : !is_empty(asked);
            state->is_needed[truth] = (unseen.of[truth] & own_bit(state)) != 0 || decides;
            ask_before(machine, state, asked, truth);
        }
    }
}
