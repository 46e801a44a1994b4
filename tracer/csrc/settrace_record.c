#include "settrace_record.h"

#include <stdlib.h>

#include "settrace_bytecode.h"
#include "settrace_flow.h"

/* Numbers the distinct lines, ascending, from 1. 0, or -1 without memory. */
static int
record_number_lines(CodeRecord *record)
{
    int lowest = INT32_MAX, highest = 0, line;
    for (LineWalk walk = line_walk(record->code); line_walk_next(&walk, &line);) {
        if (line > 0) {
            lowest = line < lowest ? line : lowest;
            highest = line > highest ? line : highest;
        }
    }
    record->lowest_line = lowest;
    record->line_span = highest == 0 ? 0 : (uint32_t)(highest - lowest) + 1;
    record->probe_of_line = calloc((size_t)record->line_span + 1, sizeof(uint32_t));
    if (record->probe_of_line == NULL) {
        return -1;
    }
    for (LineWalk walk = line_walk(record->code); line_walk_next(&walk, &line);) {
        if (line > 0) {
            record->probe_of_line[line - lowest] = 1;
        }
    }
    record->probe_count = 1;
    for (uint32_t place = 0; place < record->line_span; place++) {
        if (record->probe_of_line[place]) {
            record->probe_of_line[place] = record->probe_count++;
        }
    }
    record->bit_count = record->probe_count;
    record->is_hit = calloc(((size_t)record->bit_count + 7) / 8, 1);
    record->came_from = malloc(record->probe_count * sizeof(int32_t));
    if (record->is_hit == NULL || record->came_from == NULL) {
        return -1;
    }
    record_forget_steps(record);
    return 0;
}

void
record_free(CodeRecord *record)
{
    jumps_free(record->jumps);
    for (uint32_t number = 0; number < record->arcs.count; number++) {
        Py_XDECREF(record->arcs.pairs[number]);
    }
    free(record->arcs.arcs);
    free(record->arcs.pairs);
    free(record->arcs.is_seen);
    free(record->arcs.logged_as);
    free(record->arcs.slots);
    free(record->probe_of_line);
    free(record->is_hit);
    free(record->came_from);
    free(record->counts);
    signatures_clear(&record->signatures);
    flow_free(record->flow);
    free(record);
}

CodeShelf *
shelf_add(Py_ssize_t extra_index, PyCodeObject *code)
{
    CodeShelf *shelf = calloc(1, sizeof(CodeShelf));
    if (shelf == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (_PyCode_SetExtra((PyObject *)code, extra_index, shelf) < 0) {
        free(shelf);
        return NULL;
    }
    return shelf;
}

void
shelf_free(void *place)
{
    CodeShelf *shelf = place;
    if (shelf == NULL) {
        return;
    }
    for (CodeRecord *record = shelf->first, *next; record != NULL; record = next) {
        next = record->next;
        record_free(record);
    }
    free(shelf);
}

CodeRecord *
record_new(uint64_t core_serial, PyCodeObject *code)
{
    CodeRecord *record = calloc(1, sizeof(CodeRecord));
    if (record == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    record->code = code;
    record->core_serial = core_serial;
    record->first_line = code->co_firstlineno;
    if (record_number_lines(record) < 0) {
        record_free(record);
        PyErr_NoMemory();
        return NULL;
    }
    return record;
}

int
record_add_jumps(CodeRecord *record, Jumps *jumps)
{
    record->jumps = jumps;
    uint32_t bit_count = record->probe_count + jumps_probe_count(jumps);
    uint8_t *is_hit = calloc(((size_t)bit_count + 7) / 8, 1);
    if (is_hit == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    free(record->is_hit);
    record->is_hit = is_hit;
    record->bit_count = bit_count;
    jumps_forget_hits(jumps, record);
    return 0;
}

void
shelf_put(CodeShelf *shelf, CodeRecord *record)
{
    /* Only one core measures at a time: what earlier ones left behind goes now. */
    for (CodeRecord **link = &shelf->first; *link != NULL;) {
        CodeRecord *other = *link;
        if (other->use_count == 0 && !other->is_touched) {
            *link = other->next;
            record_free(other);
        }
        else {
            link = &other->next;
        }
    }
    record->next = shelf->first;
    shelf->first = record;
}

void
record_hold(CodeRecord *record)
{
    record->use_count++;
    Py_INCREF(record->code);
}

void
record_release(CodeRecord *record)
{
    record->use_count--;
    Py_DECREF(record->code);
}

/* The multiplier spreads lines, which differ in few low bits, over the upper half (Fibonacci hashing). */
static inline uint32_t
arc_slot(const ArcSet *set, int from, int to)
{
    uint64_t key = (uint64_t)(uint32_t)from << 32 | (uint32_t)to;
    return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (set->slot_count - 1);
}

static void
arcs_place(ArcSet *set, uint32_t number)
{
    uint32_t slot = arc_slot(set, set->arcs[number].from, set->arcs[number].to);
    while (set->slots[slot] != 0) {
        slot = (slot + 1) & (set->slot_count - 1);
    }
    set->slots[slot] = number + 1;
}

/* Makes room for one more arc. 0, or -1 without memory (the set is as it was). */
static int
arcs_grow(ArcSet *set)
{
    uint32_t room = set->room ? 2 * set->room : 8;
    Arc *arcs = realloc(set->arcs, room * sizeof(Arc));
    set->arcs = arcs != NULL ? arcs : set->arcs;
    PyObject **pairs = realloc(set->pairs, room * sizeof(PyObject *));
    set->pairs = pairs != NULL ? pairs : set->pairs;
    uint8_t *is_seen = realloc(set->is_seen, room);
    set->is_seen = is_seen != NULL ? is_seen : set->is_seen;
    uint32_t *logged_as = realloc(set->logged_as, room * sizeof(uint32_t));
    set->logged_as = logged_as != NULL ? logged_as : set->logged_as;
    uint32_t *slots = calloc(2 * (size_t)room, sizeof(uint32_t));
    if (arcs == NULL || pairs == NULL || is_seen == NULL || logged_as == NULL || slots == NULL) {
        free(slots);
        return -1;
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = 2 * room;
    set->room = room;
    for (uint32_t number = 0; number < set->count; number++) {
        arcs_place(set, number);
    }
    return 0;
}

int64_t
record_arc_number(CodeRecord *record, int from, int to)
{
    ArcSet *set = &record->arcs;
    if (set->slots != NULL) {
        uint32_t slot = arc_slot(set, from, to);
        for (uint32_t found; (found = set->slots[slot]) != 0; slot = (slot + 1) & (set->slot_count - 1)) {
            Arc *arc = &set->arcs[found - 1];
            if (arc->from == from && arc->to == to) {
                return found - 1;
            }
        }
    }
    if (set->count == set->room && arcs_grow(set) < 0) {
        return -1;
    }
    uint32_t number = set->count++;
    set->arcs[number] = (Arc){from, to};
    set->pairs[number] = NULL;
    set->is_seen[number] = 0;
    set->logged_as[number] = 0;
    arcs_place(set, number);
    return number;
}
