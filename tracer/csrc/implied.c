#include "implied.h"

#include "code_object.h"

#include <stdlib.h>

enum { LONGEST_STEP = 6 };

typedef struct {
    const Code *code;
    int32_t *start;        /* Owned: for each instruction, where its edges begin in from[]; one more at the end. */
    int32_t *from;         /* Owned: the instructions from which control comes. */
    uint8_t *is_caught;    /* Owned: for each instruction, whether control can come from elsewhere: entry or exception. */
} Graph;

static int
is_unconditional(const Instruction *found)
{
    return found->kind & (KIND_FORWARD | KIND_BACKWARD) && !(found->kind & KIND_ENDS_ON_STOP_ITERATION);
}

/* The instructions that follow one, as numbers, into next[2]; how many. */
static int
followers(const Code *code, int32_t index, int32_t next[2])
{
    const Instruction *found = &code->instructions[index];
    int count = 0;
    if (found->kind & (KIND_RETURN | KIND_RAISE)) {
        return 0;
    }
    if (!is_unconditional(found) && index + 1 < code->instruction_count) {
        next[count++] = index + 1;
    }
    const Instruction *target = found->target >= 0 ? instruction_at(code, found->target) : NULL;
    if (target != NULL) {
        next[count++] = (int32_t)(target - code->instructions);
    }
    return count;
}

static void
graph_free(Graph *graph)
{
    free(graph->start);
    free(graph->from);
    free(graph->is_caught);
}

/* 0, or -1 without memory; graph_free must be called in any case. */
static int
graph_make(Graph *graph, const Code *code)
{
    size_t count = (size_t)code->instruction_count;
    int32_t next[2];
    graph->code = code;
    graph->start = calloc(count + 1, sizeof(int32_t));
    graph->from = malloc((2 * count + 1) * sizeof(int32_t));
    graph->is_caught = calloc(count + 1, 1);
    if (graph->start == NULL || graph->from == NULL || graph->is_caught == NULL) {
        return -1;
    }
    int32_t *start = graph->start;
    for (int32_t i = 0; i < code->instruction_count; i++) {
        for (int edges = followers(code, i, next); edges > 0; edges--) {
            start[next[edges - 1]]++;
        }
    }
    for (size_t i = 1; i <= count; i++) {
        start[i] += start[i - 1];
    }
    /* start[i] is where the edges of i end; each edge that is put in moves it down, at last to where they begin. */
    for (int32_t i = code->instruction_count - 1; i >= 0; i--) {
        for (int edges = followers(code, i, next); edges > 0; edges--) {
            graph->from[--start[next[edges - 1]]] = i;
        }
    }
    graph->is_caught[0] = 1;
    for (int32_t i = 0; i < code->handler_count; i++) {
        const Instruction *target = instruction_at(code, code->handlers[i].target);
        if (target != NULL) {
            graph->is_caught[target - code->instructions] = 1;
        }
    }
    return 0;
}

static int32_t
edges_of(const Graph *graph, int32_t index, const int32_t **from)
{
    *from = graph->from + graph->start[index];
    return graph->start[index + 1] - graph->start[index];
}

static const Position *
position_of(const Code *code, const Instruction *one)
{
    return &code->positions[one->offset / 2];
}

/* Whether what comes before two jumps at the same place, and belongs to it, is the same. Links of a chained comparison,
 * or the operands of an `and`, have one place and are different tests. And a jump may have the place of another, to
 * which it once led (Python 3.13). */
static int
is_computed_alike(const Code *code, const Instruction *one, const Instruction *other)
{
    const Position *place = position_of(code, one);
    for (int back = 1; one - back >= code->instructions && other - back >= code->instructions; back++) {
        const Position *a = position_of(code, one - back), *b = position_of(code, other - back);
        int is_inside = position_contains(place, a);
        if (is_inside != position_contains(place, b)) {
            return 0;
        }
        if (!is_inside) {
            return back > 1;
        }
        if (!position_equals(a, b) || (one - back)->op != (other - back)->op) {
            return 0;
        }
    }
    return 1;
}

/* Two jumps that the compiler made of one test. */
static int
is_copy(const Code *code, const Instruction *one, const Instruction *other)
{
    if (!(other->kind & KIND_CONDITIONAL) || !position_equals(position_of(code, one), position_of(code, other))
        || (one->kind & KIND_LOOP) != (other->kind & KIND_LOOP)) {
        return 0;
    }
    return one == other || is_computed_alike(code, one, other);
}

/* Whether control passes through an instruction, whatever happens, without leaving the jump's line. */
static int
is_passed(const Instruction *found, const Instruction *jump)
{
    return (found->kind & KIND_CANNOT_RAISE || is_unconditional(found)) && (!found->line || found->line == jump->line);
}

/* Whether every way to an instruction leads back to copies of a jump, with this truth of their test. */
static int
leads_back(const Graph *graph, int32_t index, const Instruction *jump, int truth, int depth)
{
    const Code *code = graph->code;
    const int32_t *from;
    int32_t count = edges_of(graph, index, &from);
    if (graph->is_caught[index] || count == 0 || depth == 0) {
        return 0;
    }
    for (int32_t i = 0; i < count; i++) {
        const Instruction *source = &code->instructions[from[i]];
        if (is_copy(code, jump, source)) {
            int is_next = from[i] + 1 == index, is_target = instruction_at(code, source->target) == &code->instructions[index];
            int taken_means = (source->kind & KIND_TAKEN_IF_TRUE) != 0;
            if (is_next == is_target || (is_target ? taken_means : !taken_means) != truth) {
                return 0;
            }
        } else if (!is_passed(source, jump) || !leads_back(graph, from[i], jump, truth, depth - 1)) {
            return 0;
        }
    }
    return 1;
}

static int32_t
place(const Code *code, int32_t index)
{
    return code->positions[code->instructions[index].offset / 2].line;
}

/* Whether a line's event comes only when control arrives at this instruction: it is one run, entered at its start. */
static int
is_entered_here(const Graph *graph, int32_t index)
{
    const Code *code = graph->code;
    int32_t line = code->instructions[index].line, last = index;
    while (last + 1 < code->instruction_count && place(code, last + 1) == line) {
        last++;
        const int32_t *from;
        int32_t count = edges_of(graph, last, &from);
        for (int32_t i = 0; i < count; i++) {
            if (place(code, from[i]) != line) {
                return 0;
            }
        }
        if (graph->is_caught[last]) {
            return 0;
        }
    }
    for (int32_t i = 0; i < code->instruction_count; i++) {
        if ((i < index || i > last) && place(code, i) == line) {
            return 0;
        }
    }
    return 1;
}

/* The line whose event tells this outcome of a jump, or -1 - the offset of what raises, 0 where none does. */
static int32_t
telling_line(const Graph *graph, const Instruction *jump, int taken)
{
    const Code *code = graph->code;
    int truth = taken == ((jump->kind & KIND_TAKEN_IF_TRUE) != 0);
    const Instruction *found = instruction_at(code, taken ? jump->target : jump->next);
    for (int steps = 0; found != NULL && steps < LONGEST_STEP; steps++) {
        int32_t index = (int32_t)(found - code->instructions);
        if (!leads_back(graph, index, jump, truth, LONGEST_STEP)) {
            return 0;
        }
        if (found->line && found->line != jump->line) {
            return is_entered_here(graph, index) ? found->line : 0;
        }
        if (found->kind & KIND_RAISE) {
            return -1 - found->offset;
        }
        if (!is_passed(found, jump)) {
            return 0;
        }
        found = instruction_at(code, is_unconditional(found) ? found->target : found->next);
    }
    return 0;
}

static int
compare_implied(const void *left, const void *right)
{
    const Implied *a = left, *b = right;
    return a->line != b->line ? (a->line > b->line) - (a->line < b->line) : (a->outcome > b->outcome) - (a->outcome < b->outcome);
}

int32_t
implied_outcomes(PyObject *object, const uint16_t *kinds, Implied **found)
{
    Code code = {0};
    Graph graph = {0};
    int32_t count = 0, jumps = 0;
    *found = NULL;
    if (code_read(&code, object, kinds) < 0) {
        code_free(&code);
        return -1;
    }
    for (int32_t i = 0; i < code.instruction_count; i++) {
        jumps += code.instructions[i].kind & KIND_CONDITIONAL;
    }
    if (jumps > 0) {
        *found = malloc(2 * (size_t)jumps * sizeof(Implied));
        if (*found == NULL || graph_make(&graph, &code) < 0) {
            free(*found);
            *found = NULL;
            PyErr_NoMemory();
            count = -1;
        }
    }
    for (int32_t i = 0, number = 0; count >= 0 && number < jumps; i++) {
        const Instruction *jump = &code.instructions[i];
        if (!(jump->kind & KIND_CONDITIONAL)) {
            continue;
        }
        for (int taken = 0; jump->line && taken < 2; taken++) {
            int32_t line = telling_line(&graph, jump, taken);
            if (line) {
                (*found)[count++] = (Implied){line, 2 * number + taken};
            }
        }
        number++;
    }
    if (count > 0) {
        qsort(*found, (size_t)count, sizeof(Implied), compare_implied);
    }
    graph_free(&graph);
    code_free(&code);
    return count;
}
