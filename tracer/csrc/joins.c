#include "joins.h"

#include "before.h"
#include "code_object.h"

#include <stdlib.h>

enum { LONGEST_CHAIN = 16, EXIT = -1, CERTAIN = -1 };

/* A test and where its two arms lead. */
typedef struct {
    int32_t offset;
    int32_t place;   /* The offset of the instruction that has its position. */
    int32_t arms[2];
    int32_t ends[2]; /* The same beyond tests whose arms lead to one end, such as y in `a or (0 if y else 0)`. */
} Way;

typedef struct {
    Code code;
    const TestClasses *classes;
    uint8_t *is_jumped_to;   /* Owned: for each instruction. */
    Way *ways;               /* Owned */
    int32_t way_count;
} Search;

static uint8_t
class_of(const Search *search, int32_t number)
{
    return search->classes->of[search->code.instructions[number].op];
}

/* Whether a jump leads in between an operand and its test. */
static int
is_of_joined_value(const Search *search, int32_t number)
{
    while (!search->is_jumped_to[number]) {
        uint8_t class = --number < 0 ? NO_TEST : class_of(search, number);
        if (class != COPY && class != NOT && class != TO_BOOL && class != NOTHING) {
            return 0;
        }
    }
    return 1;
}

/* The offset to which control goes on from one, through jumps that are always taken; EXIT where it returns. */
static int32_t
landing(const Search *search, int32_t offset)
{
    const Instruction *found = instruction_at(&search->code, offset);
    for (int i = 0; i < LONGEST_CHAIN && found != NULL; i++) {
        uint8_t class = search->classes->of[found->op];
        if (class != GOES_ON && class != DROPS && class != NOTHING && class != TO_BOOL && class != NOT) {
            break;
        }
        found = instruction_at(&search->code, found->target >= 0 ? found->target : found->next);
    }
    if (found != NULL && search->classes->of[found->op] == LOADS_CONSTANT) {
        const Instruction *after = instruction_at(&search->code, found->next);
        return after != NULL && search->classes->of[after->op] == RETURNS ? EXIT : found->offset;
    }
    return found == NULL || search->classes->of[found->op] == RETURNS ? EXIT : found->offset;
}

/* The offset of the instruction that has the position of what a jump tests; CERTAIN where none has. */
static int32_t
place_of(const Search *search, int32_t number)
{
    if (search->classes->loses_places) {
        int32_t last = before(search->classes, &search->code, number);
        int32_t last_but_one = before(search->classes, &search->code, last);
        int is_walrus = search->code.instructions[last].kind & KIND_STORE && class_of(search, last_but_one) == COPY;
        return search->code.instructions[is_walrus ? last_but_one : last].offset;
    }
    int32_t value = value_before(search->classes, &search->code, number);
    if (value >= 0) {
        const Instruction *operand = &search->code.instructions[value];
        int has_place = class_of(search, value) != LOADS_TWICE && class_of(search, value) != FORMATS;
        return has_place && !(operand->kind & KIND_STORE) ? operand->offset : CERTAIN;
    }
    int32_t last = before(search->classes, &search->code, number);
    int is_lost = search->classes->threads_jumps && is_none_test(class_of(search, number));
    int is_before = class_of(search, last) == TO_BOOL || class_of(search, last) == COMPARES || is_lost;
    return search->code.instructions[is_before ? last : number].offset;
}

/* Whether two landings are one, or copies of one end of the code, which the compiler makes. */
static int
is_same_end(const Search *search, int32_t one, int32_t other)
{
    if (one == other || one == EXIT || other == EXIT) {
        return one == other;
    }
    const Position *a = &search->code.positions[one / 2], *b = &search->code.positions[other / 2];
    return instruction_at(&search->code, one)->op == instruction_at(&search->code, other)->op && a->line == b->line
        && a->column == b->column && a->end_line == b->end_line && a->end_column == b->end_column;
}

/* Where a test's arm leads beyond tests whose arms lead to one end; the ends of later tests are known. */
static int32_t
beyond(const Search *search, int32_t number, int32_t offset)
{
    if (offset <= search->ways[number].offset) {
        return offset;
    }
    int32_t next = number + 1;
    for (int32_t end = search->way_count; next < end;) {
        int32_t middle = next + (end - next) / 2;
        if (search->ways[middle].offset < offset) {
            next = middle + 1;
        } else {
            end = middle;
        }
    }
    const int32_t *ends = next < search->way_count ? search->ways[next].ends : NULL;
    return ends != NULL && is_same_end(search, ends[0], ends[1]) ? ends[0] : offset;
}

static void
find_ends(Search *search)
{
    for (int32_t i = search->way_count - 1; i >= 0; i--) {
        Way *way = &search->ways[i];
        way->ends[0] = beyond(search, i, way->arms[0]);
        way->ends[1] = beyond(search, i, way->arms[1]);
    }
}

/* Whether a test may be that of b in `(a or b) and c`, with this arm leading to c. */
static int
is_joined(const Search *search, int32_t last, int arm)
{
    int32_t meeting = search->ways[last].arms[arm], otherwise = search->ways[last].ends[1 - arm];
    if (meeting <= search->ways[last].offset) {
        return 0;
    }
    int others = 0, goes_on = 0;
    for (int32_t i = 0; i < search->way_count && !(others && goes_on); i++) {
        const Way *way = &search->ways[i];
        others = others || (i != last && (way->arms[0] == meeting || way->arms[1] == meeting));
        goes_on = goes_on
            || (way->offset >= meeting
                && (is_same_end(search, way->ends[0], otherwise) || is_same_end(search, way->ends[1], otherwise)));
    }
    return others && goes_on;
}

/* Finds all tests. 1 where one is certain to need memory, else 0; -1 without memory. */
static int
find_ways(Search *search)
{
    int32_t count = search->code.instruction_count;
    search->is_jumped_to = calloc((size_t)count + 1, 1);
    search->ways = malloc(((size_t)count + 1) * sizeof(Way));
    if (search->is_jumped_to == NULL || search->ways == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < count; i++) {
        const Instruction *target = instruction_at(&search->code, search->code.instructions[i].target);
        if (target != NULL) {
            search->is_jumped_to[target - search->code.instructions] = 1;
        }
    }
    for (int32_t i = 0; i < count; i++) {
        if (!is_test(class_of(search, i))) {
            continue;
        }
        if (is_of_joined_value(search, i)) {
            return 1;
        }
        const Instruction *jump = &search->code.instructions[i];
        int32_t place = place_of(search, i);
        if (place == CERTAIN) {
            return 1;
        }
        search->ways[search->way_count++] =
            (Way){jump->offset, place, {landing(search, jump->next), landing(search, jump->target)}, {0, 0}};
    }
    find_ends(search);
    return 0;
}

/* New tuple of the places of the tests that may be joined. */
static PyObject *
joined_places(const Search *search)
{
    PyObject *found = PyList_New(0);
    for (int32_t i = 0; i < search->way_count && found != NULL; i++) {
        if (is_joined(search, i, 0) || is_joined(search, i, 1)) {
            PyObject *place = PyLong_FromLong(search->ways[i].place);
            if (place == NULL || PyList_Append(found, place) < 0) {
                Py_CLEAR(found);
            }
            Py_XDECREF(place);
        }
    }
    PyObject *places = found == NULL ? NULL : PyList_AsTuple(found);
    Py_XDECREF(found);
    return places;
}

PyObject *
joins_find(PyObject *code, const uint16_t *kinds, const TestClasses *classes)
{
    Search search = {.classes = classes};
    PyObject *found = NULL;
    if (code_read(&search.code, code, kinds) == 0) {
        int is_certain = find_ways(&search);
        if (is_certain < 0) {
            PyErr_NoMemory();
        } else {
            found = is_certain ? Py_BuildValue("(i)", CERTAIN) : joined_places(&search);
        }
    }
    free(search.is_jumped_to);
    free(search.ways);
    code_free(&search.code);
    return found;
}
