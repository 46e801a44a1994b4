#include "describe.h"

#include "before.h"
#include "code_object.h"
#include "probe_text.h"

#include <stdlib.h>

enum { LONGEST_PATH = 200, HAS_AROUND = 8, IS_VALUE = 16, IS_AS_WRITTEN = 32 };

typedef struct {
    int32_t start, end, probe, other;
} Arc;

static int
compare_arcs(const void *left, const void *right)
{
    const Arc *a = left, *b = right;
    return a->start != b->start ? (a->start > b->start) - (a->start < b->start) : (a->end > b->end) - (a->end < b->end);
}

/* The lines that control enters from `offset`, coming from `line`, into entered[LONGEST_PATH + 1]; how many. */
static int
follow(const Code *code, int32_t offset, int32_t line, int32_t low, int32_t high, int is_loop, int32_t *entered)
{
    int count = 0;
    for (int step = 0; step < LONGEST_PATH; step++) {
        const Instruction *found = instruction_at(code, offset);
        if (found == NULL) {
            break;
        }
        if (found->line && found->line != line) {
            line = found->line;
            entered[count++] = line;
            int is_inside = low <= line && line < high;
            if (!is_inside && !(found->kind & KIND_STORE) && !(is_loop && line < high)) {
                break;
            }
        }
        if (found->kind & (KIND_CONDITIONAL | KIND_MAY_RAISE_AGAIN)) {
            break;
        }
        if (found->kind & KIND_RETURN) {
            entered[count++] = -code->first;
            break;
        }
        if (found->kind & KIND_RAISE) {
            offset = handler_of(code, found->offset);
            if (offset < 0) {
                entered[count++] = -code->first;
                break;
            }
            continue;
        }
        offset = found->target >= 0 ? found->target : found->next;
    }
    return count;
}

static int
is_branching(const Code *code, int32_t line)
{
    for (int32_t i = 0; i < code->instruction_count; i++) {
        if (code->instructions[i].kind & KIND_CONDITIONAL && code->instructions[i].line == line) {
            return 1;
        }
    }
    return 0;
}

/* The line that a probe stands for; `jump_line` is that of jumps. The entry's is the exit's, -first. */
static int32_t
line_of(const Code *code, int32_t probe, int32_t jump_line)
{
    return probe == 0 ? -code->first : probe <= code->line_count ? code->lines[probe - 1] : jump_line;
}

/* Notes an arc, as what follows its probe if that tells all of it. */
static void
add_arc(const Code *code, Table *table, const Arc *arc, int32_t jump_line)
{
    if (!table->followers[arc->probe] && arc->start == line_of(code, arc->probe, jump_line)) {
        if (arc->end == -code->first && arc->other == arc->probe) {
            table->followers[arc->probe] = 1;
        } else if (arc->other > 0 && arc->other <= code->line_count && arc->end == code->lines[arc->other - 1]) {
            table->followers[arc->probe] = arc->other + 1;
        }
        if (table->followers[arc->probe]) {
            if ((size_t)arc->probe >= table->follower_count) {
                table->follower_count = (size_t)arc->probe + 1;
            }
            return;
        }
    }
    list_extend(&table->arcs, (int64_t[]){arc->probe, arc->other, arc->start, arc->end}, 4);
}

/* What a jump tests that has the place of what is around it, unless it is a value's; `tested` gives what it tests. */
static int32_t
add_placed_test(const Code *code, const Instruction *jump, const Instruction *tested, int kind, NumberList *spans)
{
    const Position *own = &code->positions[jump->offset / 2], *its = &code->positions[tested->offset / 2];
    if (jump->kind & KIND_KEEPS_VALUE || position_equals(own, its)) {
        return kind;
    }
    add_span(spans, its);
    return HAS_AROUND + kind + ANOTHER_SPAN;
}

/* Adds the spans that jumps.Test has, as far as they say more than the jump's own; what that adds to the kind of test. */
static int32_t
add_spans(const Position *own, const Position *tested, const Position *near, NumberList *spans)
{
    int32_t added = 0;
    if (near != NULL || !position_equals(tested, own)) {
        add_span(spans, tested);
        added += ANOTHER_SPAN;
    }
    if (near != NULL) {
        add_span(spans, near);
        added += ANOTHER_SPAN;
    }
    return added;
}

/* What a jump tests, 0 if it tests nothing: its kind with the flags of jumps.row and how many spans it adds. */
static int32_t
add_test(const Code *code, const TestClasses *classes, const Instruction *jump, NumberList *spans)
{
    int32_t number = (int32_t)(jump - code->instructions), last = before(classes, code, number);
    const Instruction *tester = &code->instructions[last];
    uint8_t kind = classes->of[jump->op], class = classes->of[tester->op];
    if (!is_test(kind) || class == UNWINDS || classes->of[code->instructions[before(classes, code, last)].op] == UNWINDS) {
        return 0;
    }
    if (classes->loses_places) {
        const Instruction *copied = &code->instructions[before(classes, code, last)];
        int is_copied = tester->kind & KIND_STORE && classes->of[copied->op] == COPY;
        return add_placed_test(code, jump, is_copied ? copied : tester, kind, spans);
    }
    const Position *own = &code->positions[jump->offset / 2], *its = &code->positions[tester->offset / 2], *near = NULL;
    int32_t value = value_before(classes, code, number);
    if (value >= 0) {
        const Instruction *operand = &code->instructions[value];
        const Position *tested = &code->positions[operand->offset / 2];
        return kind + IS_VALUE + add_spans(own, tested, classes->of[operand->op] == LOADS_TWICE ? tested : NULL, spans);
    }
    int32_t flags = classes->threads_values && !is_none_test(kind) && class == COMPARES ? IS_AS_WRITTEN : 0;
    const Position *tested = class == TO_BOOL || class == COMPARES ? its : own;
    if (classes->threads_jumps && is_none_test(kind) && !position_contains(own, its)) {
        if (class == LOADS_TWICE) {
            near = its;
        } else if (class != GOES_ON) {
            tested = its;
        }
    }
    return kind + flags + add_spans(own, tested, near, spans);
}

static void
add_jump_arcs(const Code *code, const Instruction *jump, int32_t index, Table *table)
{
    const Position *span = &code->positions[jump->offset / 2];
    int32_t low = span->line < jump->line ? span->line : jump->line;
    int32_t high = (span->end_line > jump->line ? span->end_line : jump->line) + 1;
    int32_t entered[LONGEST_PATH + 1];
    for (int taken = 0; taken < 2; taken++) {
        int32_t probe = 1 + code->line_count + 2 * index + taken, source = jump->line;
        int count = follow(code, taken ? jump->target : jump->next, source, low, high, jump->kind & KIND_LOOP && !taken, entered);
        for (int i = 0; i < count; i++) {
            add_arc(code, table, &(Arc){source, entered[i], probe, probe_of(code, entered[i], probe)}, span->line);
            source = entered[i];
        }
    }
}

/* Arcs that happen whenever their lines run. 0, -1 without memory. */
static int
add_straight_arcs(const Code *code, Table *table)
{
    Arc *found = malloc(((size_t)code->instruction_count + 1) * sizeof(Arc));
    if (found == NULL) {
        return -1;
    }
    size_t count = 0;
    int32_t entered[LONGEST_PATH + 1], checked = 0;
    int branches = 0;
    for (int32_t i = 0; i < code->instruction_count; i++) {
        const Instruction *one = &code->instructions[i];
        if (!one->line || one->kind & (KIND_CONDITIONAL | KIND_RAISE)) {
            continue;
        }
        const Instruction *follower = NULL;
        if (!(one->kind & KIND_RETURN)) {
            follower = instruction_at(code, one->target >= 0 ? one->target : one->next);
            if (follower == NULL || follower->line == one->line) {
                continue;
            }
        }
        if (checked != one->line) {
            checked = one->line;
            branches = is_branching(code, checked);
        }
        if (branches) {
            continue;
        }
        if (follower == NULL) {
            found[count++] = (Arc){one->line, -code->first, 0, 0};
        } else if (follow(code, follower->offset, one->line, 0, 0, 0, entered) > 0) {
            found[count++] = (Arc){one->line, entered[0], 0, 0};
        }
    }
    qsort(found, count, sizeof(Arc), compare_arcs);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_arcs(&found[i], &found[i - 1]) != 0) {
            int32_t probe = probe_of(code, found[i].start, 0);
            add_arc(code, table, &(Arc){found[i].start, found[i].end, probe, probe_of(code, found[i].end, probe)}, 0);
        }
    }
    free(found);
    return 0;
}

static void
add_entry_arc(const Code *code, Table *table)
{
    int has_begun = 0; /* What makes a generator comes before its RESUME. */
    for (int32_t i = 0; i < code->instruction_count; i++) {
        int32_t line = code->instructions[i].line;
        has_begun = has_begun || code->instructions[i].kind & KIND_RESUME;
        if (line && has_begun) {
            add_arc(code, table, &(Arc){-code->first, line, 0, probe_of(code, line, 0)}, 0);
            return;
        }
    }
}

static void
add_jump(const Code *code, const TestClasses *classes, const Instruction *jump, Table *table)
{
    int32_t away = jump->target >= jump->offset ? jump->target - jump->offset : jump->offset - jump->target - 1;
    list_extend(&table->jumps, (int64_t[]){jump->offset, jump->next - jump->offset, away}, 3);
    add_span(&table->jumps, &code->positions[jump->offset / 2]);
    int32_t kind = add_test(code, classes, jump, &table->spans);
    list_add(&table->kinds, kind);
    if (kind) {
        table->kind_count = table->kinds.count;
    }
}

/* Reads the parts of a table, which table_free must release in any case. 0, -1 without memory. */
static int
table_read(Table *table, const Code *code, const TestClasses *classes)
{
    size_t probes = 1 + (size_t)code->line_count + 2 * (size_t)code->instruction_count;
    table->followers = calloc(probes, sizeof(int64_t));
    if (table->followers == NULL) {
        return -1;
    }
    for (int32_t i = 0, index = 0; i < code->instruction_count; i++) {
        const Instruction *jump = &code->instructions[i];
        if (!(jump->kind & KIND_CONDITIONAL)) {
            continue;
        }
        add_jump(code, classes, jump, table);
        if (jump->line && !classes->loses_places) {
            add_jump_arcs(code, jump, index, table);
        }
        index++;
    }
    if (!classes->loses_places) { /* There arcs are seen as such. */
        if (add_straight_arcs(code, table) < 0) {
            return -1;
        }
        add_entry_arc(code, table);
    }
    return table->jumps.has_failed || table->kinds.has_failed || table->arcs.has_failed || table->spans.has_failed ? -1 : 0;
}

PyObject *
describe_code(PyObject *object, const uint16_t *kinds, const TestClasses *classes)
{
    Code code = {0};
    Table table = {0};
    PyObject *told = NULL;
    if (code_read(&code, object, kinds) == 0) {
        told = table_read(&table, &code, classes) < 0 ? PyErr_NoMemory() : table_text(&table, &code);
    }
    table_free(&table);
    code_free(&code);
    return told;
}

PyObject *
describe_raise(PyObject *object, const uint16_t *kinds, long offset)
{
    Code code = {0};
    PyObject *told = NULL;
    int32_t entered[LONGEST_PATH + 1];
    if (code_read(&code, object, kinds) == 0) {
        const Instruction *found = offset > INT32_MAX ? NULL : instruction_at(&code, (int32_t)offset);
        int32_t end = 0;
        if (found != NULL && found->line) {
            int32_t target = handler_of(&code, (int32_t)offset);
            if (target >= 0) {
                end = follow(&code, target, found->line, 0, 0, 0, entered) > 0 ? entered[0] : 0;
            } else if (!(found->kind & KIND_YIELD)) {
                end = -code.first;
            }
        }
        told = end ? Py_BuildValue("(ii)", (int)found->line, (int)end) : Py_NewRef(Py_None);
    }
    code_free(&code);
    return told;
}

PyObject *
describe_last_own_line(PyObject *object)
{
    int32_t last = code_last_own_line(object);
    return last < 0 ? NULL : PyLong_FromLong(last);
}
