#include "decisions.h"
#include "required.h"

#include <Python.h>

#include <stdlib.h>

enum { PROBES_PER_CONDITION = 4, SEEN = 0, DEMONSTRATED = 2, END = -1 };

static int
has(const Observer *observer, uint32_t probe)
{
    return observer->bits[probe >> 3] >> (probe & 7) & 1;
}

/* 0, or -1 with an exception set. */
static int
set(Observer *observer, uint32_t probe)
{
    if (has(observer, probe)) {
        return 0;
    }
    observer->has_learned = 1;
    return observer->set(observer->core, observer->hits, probe);
}

/* The probe that a condition of a decision was seen, or demonstrated, at a truth. */
static uint32_t
probe_of(const Decisions *decisions, const Decision *decision, uint32_t condition, uint32_t kind, int truth)
{
    return decisions->first_probe + PROBES_PER_CONDITION * (decision->first_condition + condition) + kind + !truth;
}

/* The conditions of a plain machine whose probes of a kind are not set. */
static Sets
missing(const Decisions *decisions, const Decision *decision, uint32_t kind, const Observer *observer)
{
    Sets found = {{0, 0}};
    for (uint32_t i = 0; i < decision->condition_count; i++) {
        for (int truth = 0; truth < 2; truth++) {
            uint64_t is_missing = observer == NULL || !has(observer, probe_of(decisions, decision, i, kind, truth));
            found.of[truth] |= is_missing << i;
        }
    }
    return found;
}

static int
is_complete(const Decisions *decisions, const Decision *decision, const Observer *observer)
{
    for (uint32_t i = 0; i < decision->condition_count; i++) {
        if (!has(observer, probe_of(decisions, decision, i, DEMONSTRATED, 0))
            || !has(observer, probe_of(decisions, decision, i, DEMONSTRATED, 1))) {
            return 0;
        }
    }
    return 1;
}

/* Finds out what there is still to learn of a decision; without an observer nothing is known yet. */
static void
learn(const Decisions *decisions, Decision *decision, const Observer *observer)
{
    decision->is_complete = observer != NULL && is_complete(decisions, decision, observer);
    Sets unseen = {{0, 0}}, undemonstrated = unseen;
    for (int32_t i = 0, is_read = 0; i < decisions->machine_count; i++) {
        const Machine *machine = &decisions->machines[i];
        if (machine->decision == decision && machine->is_plain) {
            if (!is_read++) {
                unseen = missing(decisions, decision, SEEN, observer);
                undemonstrated = missing(decisions, decision, DEMONSTRATED, observer);
            }
            required_learn(machine, unseen, undemonstrated);
        }
    }
}

/* Of an evaluation that goes on only that is known for which jumps were watched. Whether that is nothing. */
static int
keep_what_was_asked(Evaluation *one)
{
    if (!one->machine->is_plain) {
        return one->machine->decision->is_complete;
    }
    const Sets *history = &one->machine->states[one->state].history;
    one->live.of[0] &= history->of[0];
    one->live.of[1] &= history->of[1];
    return (history->of[0] | history->of[1]) == 0;
}

void
decisions_forget_hits(Decisions *decisions, Evaluations *evaluations)
{
    for (size_t slot = 0; decisions->going_on > 0 && slot < evaluations->size;) {
        Evaluation *one = &evaluations->slots[slot];
        if (one->machine != NULL && one->owner == decisions && keep_what_was_asked(one)) {
            evaluations_end(evaluations, one); /* Another may be in this place now. */
        } else {
            slot++;
        }
    }
    for (Decision *one = decisions->decisions; one->condition_count != 0; one++) {
        learn(decisions, one, NULL);
    }
}

/* The set of conditions that came out as a truth and are not masked. Borrowed */
static uint64_t *
live_of(Evaluation *one, int truth)
{
    return one->many == NULL ? &one->live.of[truth] : one->many + (truth ? one->machine->words : 0);
}

/* Sets the probes that conditions were demonstrated at a truth, and thus seen, though maybe not by whoever watched. 0, or
 * -1 with an exception set. */
static int
demonstrate(const Decisions *decisions, const Decision *decision, const uint64_t *conditions, int truth,
            Observer *observer)
{
    for (uint32_t i = 0; i < decision->condition_count; i++) {
        if (conditions[i / 64] >> i % 64 & 1
            && (set(observer, probe_of(decisions, decision, i, SEEN, truth)) < 0
                || set(observer, probe_of(decisions, decision, i, DEMONSTRATED, truth)) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Nothing is left to evaluate. The evaluation is taken out first: setting a probe may run any code. 0, or -1 with an
 * exception set. */
static int
finish(const Decisions *decisions, Evaluations *evaluations, Evaluation *one, Observer *observer)
{
    const Decision *decision = one->machine->decision;
    Evaluation last = *one;
    one->many = NULL;
    evaluations_end(evaluations, one);
    int failed = demonstrate(decisions, decision, live_of(&last, 0), 0, observer) < 0
        || demonstrate(decisions, decision, live_of(&last, 1), 1, observer) < 0;
    free(last.many);
    return failed ? -1 : 0;
}

static const void *
frame_of(Observer *observer)
{
    if (observer->frame == NULL) {
        observer->frame = observer->find_frame();
    }
    return observer->frame;
}

/* Sets that a condition was seen. 0, or -1 with an exception set. */
static int
see(const Decisions *decisions, const Machine *machine, const State *state, int truth, Observer *observer)
{
    return state->condition < 0
        ? 0
        : set(observer, probe_of(decisions, machine->decision, (uint32_t)state->condition, SEEN, truth));
}

/* Takes a jump into account for a machine that is followed from its root to its end, for its jumps don't tell where an
 * evaluation is. 0, or -1 with an exception set. */
static int
follow(Decisions *decisions, Evaluations *evaluations, const Machine *machine, int32_t jump, int taken,
       Observer *observer)
{
    const void *frame = frame_of(observer);
    int begins = machine->states[machine->root].jump == jump;
    Evaluation *one = begins ? evaluations_begin(evaluations, frame, decisions, machine)
                             : evaluations_find(evaluations, frame, machine);
    if (one == NULL) {
        return begins ? (PyErr_NoMemory(), -1) : 0;
    }
    const State *state = &machine->states[one->state];
    if (state->jump != jump) {
        return 0; /* The value of an operand that is decided already is tested once more. */
    }
    int truth = taken == state->truth_when_taken;
    const uint64_t *masked = machine->masked + (2 * (size_t)one->state + (size_t)truth) * machine->words;
    if (state->condition >= 0) {
        live_of(one, truth)[state->condition / 64] |= UINT64_C(1) << state->condition % 64;
    }
    for (uint32_t i = 0; i < machine->words; i++) {
        live_of(one, 0)[i] &= ~masked[i];
        live_of(one, 1)[i] &= ~masked[i];
    }
    one->state = state->next[truth];
    if (one->state == END && finish(decisions, evaluations, one, observer) < 0) {
        return -1;
    }
    return see(decisions, machine, state, truth, observer);
}

/* What is live where an evaluation comes to a plain machine's state. Takes out what was remembered of it. */
static Sets
arrive(Evaluations *evaluations, const Machine *machine, const State *state, Observer *observer)
{
    Sets live = state->surely;
    if (state->history.of[0] | state->history.of[1]) {
        Evaluation *one = evaluations_find(evaluations, frame_of(observer), machine);
        if (one != NULL && &machine->states[one->state] == state) {
            live.of[0] |= one->live.of[0] & state->history.of[0];
            live.of[1] |= one->live.of[1] & state->history.of[1];
            evaluations_end(evaluations, one);
        }
    }
    return live;
}

/* Takes a jump into account for a plain machine. 0, or -1 with an exception set. */
static int
step(Decisions *decisions, Evaluations *evaluations, const Machine *machine, const State *state, int truth,
     Observer *observer)
{
    Sets live = required_after(machine, state, arrive(evaluations, machine, state, observer), truth);
    int32_t next = state->next[truth];
    if (next == END) {
        if (demonstrate(decisions, machine->decision, &live.of[0], 0, observer) < 0
            || demonstrate(decisions, machine->decision, &live.of[1], 1, observer) < 0) {
            return -1;
        }
    } else if (machine->states[next].history.of[0] | machine->states[next].history.of[1]) {
        Evaluation *one = evaluations_begin(evaluations, frame_of(observer), decisions, machine);
        if (one == NULL) {
            return PyErr_NoMemory(), -1;
        }
        one->state = next;
        one->live = live;
    }
    return see(decisions, machine, state, truth, observer);
}

/* For which outcomes a machine needs a jump watched: flags. */
static int
needed(const Machine *machine, const State *state)
{
    if (!machine->is_plain) {
        return machine->decision->is_complete ? 0 : NEEDED_NOT_TAKEN | NEEDED_TAKEN;
    }
    int taken = state->is_needed[state->truth_when_taken], not_taken = state->is_needed[!state->truth_when_taken];
    return (taken ? NEEDED_TAKEN : 0) | (not_taken ? NEEDED_NOT_TAKEN : 0);
}

int
decisions_on_jump(Decisions *decisions, Evaluations *evaluations, int32_t jump, int taken, Observer *observer)
{
    int answer = 0;
    for (int32_t i = decisions->watch_from[jump]; i < decisions->watch_from[jump + 1]; i++) {
        const Waiting *waiting = &decisions->watching[i];
        if (waiting->machine < 0) {
            break; /* A machine whose states wait for one jump is listed once. */
        }
        const Machine *machine = &decisions->machines[waiting->machine];
        const State *state = &machine->states[waiting->state];
        if (needed(machine, state) & (taken ? NEEDED_TAKEN : NEEDED_NOT_TAKEN)) {
            int truth = taken == state->truth_when_taken;
            int failed = machine->is_plain
                ? step(decisions, evaluations, machine, state, truth, observer) < 0
                : follow(decisions, evaluations, machine, jump, taken, observer) < 0;
            if (failed) {
                return -1;
            }
            if (observer->has_learned) {
                observer->has_learned = 0;
                learn(decisions, machine->decision, observer);
            }
        }
        answer |= needed(machine, state);
    }
    return answer;
}
