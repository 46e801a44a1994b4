#include "describe.h"

#include "before.h"
#include "code_object.h"
#include "text.h"

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

/* Adds [probe, other, start, end], without what follows from the rest (schema.py). */
static void
add_arc(const Code *code, Text *arcs, const Arc *arc, int32_t jump_line)
{
    const char *comma = arcs->length ? "," : "";
    int follows = arc->start == line_of(code, arc->probe, jump_line);
    if (follows && arc->end == -code->first && arc->other == arc->probe) {
        text_add(arcs, "%s[%d]", comma, arc->probe);
    } else if (follows && arc->other && arc->end == line_of(code, arc->other, 0)) {
        text_add(arcs, "%s[%d,%d]", comma, arc->probe, arc->other);
    } else {
        text_add(arcs, "%s[%d,%d,%d,%d]", comma, arc->probe, arc->other, arc->start, arc->end);
    }
}

static void
add_span(Text *text, const Position *span)
{
    text_add(text, ",%d,%d,%d,%d", span->line, span->column, span->end_line, span->end_column);
}

/* The same where a jump has the place of what is around it, unless it is a value's; `tested` gives what it tests. */
static void
add_placed_test(const Code *code, const Instruction *jump, const Instruction *tested, int kind, Text *table)
{
    const Position *own = &code->positions[jump->offset / 2], *its = &code->positions[tested->offset / 2];
    if (jump->kind & KIND_KEEPS_VALUE || position_equals(own, its)) {
        text_add(table, ",%d", kind);
        return;
    }
    text_add(table, ",%d", HAS_AROUND + kind);
    add_span(table, its);
}

/* Adds the spans that jumps.Test has, as far as they say more than the jump's own. */
static void
add_spans(const Position *own, const Position *tested, const Position *near, Text *table)
{
    if (near != NULL || !position_equals(tested, own)) {
        add_span(table, tested);
    }
    if (near != NULL) {
        add_span(table, near);
    }
}

/* Adds what a jump tests, if it tests anything: its kind with the flags of jumps.row, then spans. */
static void
add_test(const Code *code, const TestClasses *classes, const Instruction *jump, Text *table)
{
    int32_t number = (int32_t)(jump - code->instructions), last = before(classes, code, number);
    const Instruction *tester = &code->instructions[last];
    uint8_t kind = classes->of[jump->op], class = classes->of[tester->op];
    if (!is_test(kind) || class == UNWINDS || classes->of[code->instructions[before(classes, code, last)].op] == UNWINDS) {
        return;
    }
    if (classes->loses_places) {
        const Instruction *copied = &code->instructions[before(classes, code, last)];
        add_placed_test(code, jump, tester->kind & KIND_STORE && classes->of[copied->op] == COPY ? copied : tester, kind, table);
        return;
    }
    const Position *own = &code->positions[jump->offset / 2], *its = &code->positions[tester->offset / 2], *near = NULL;
    int32_t value = value_before(classes, code, number);
    if (value >= 0) {
        const Instruction *operand = &code->instructions[value];
        const Position *tested = &code->positions[operand->offset / 2];
        text_add(table, ",%d", kind + IS_VALUE);
        add_spans(own, tested, classes->of[operand->op] == LOADS_TWICE ? tested : NULL, table);
        return;
    }
    text_add(table, ",%d", kind + (classes->threads_values && !is_none_test(kind) && class == COMPARES ? IS_AS_WRITTEN : 0));
    const Position *tested = class == TO_BOOL || class == COMPARES ? its : own;
    if (classes->threads_jumps && is_none_test(kind) && !position_contains(own, its)) {
        if (class == LOADS_TWICE) {
            near = its;
        } else if (class != GOES_ON) {
            tested = its;
        }
    }
    add_spans(own, tested, near, table);
}

static void
add_jump_arcs(const Code *code, const Instruction *jump, int32_t index, Text *arcs)
{
    const Position *span = &code->positions[jump->offset / 2];
    int32_t low = span->line < jump->line ? span->line : jump->line;
    int32_t high = (span->end_line > jump->line ? span->end_line : jump->line) + 1;
    int32_t entered[LONGEST_PATH + 1];
    for (int taken = 0; taken < 2; taken++) {
        int32_t probe = 1 + code->line_count + 2 * index + taken, source = jump->line;
        int count = follow(code, taken ? jump->target : jump->next, source, low, high, jump->kind & KIND_LOOP && !taken, entered);
        for (int i = 0; i < count; i++) {
            add_arc(code, arcs, &(Arc){source, entered[i], probe, probe_of(code, entered[i], probe)}, span->line);
            source = entered[i];
        }
    }
}

/* Arcs that happen whenever their lines run. 0, -1 without memory. */
static int
add_straight_arcs(const Code *code, Text *arcs)
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
            add_arc(code, arcs, &(Arc){found[i].start, found[i].end, probe, probe_of(code, found[i].end, probe)}, 0);
        }
    }
    free(found);
    return 0;
}

static void
add_entry_arc(const Code *code, Text *arcs)
{
    int has_begun = 0; /* What makes a generator comes before its RESUME. */
    for (int32_t i = 0; i < code->instruction_count; i++) {
        int32_t line = code->instructions[i].line;
        has_begun = has_begun || code->instructions[i].kind & KIND_RESUME;
        if (line && has_begun) {
            add_arc(code, arcs, &(Arc){-code->first, line, 0, probe_of(code, line, 0)}, 0);
            return;
        }
    }
}

PyObject *
describe_code(PyObject *object, const uint16_t *kinds, const TestClasses *classes)
{
    Code code = {0};
    Text table = {0}, arcs = {0};
    PyObject *told = NULL;
    if (code_read(&code, object, kinds) < 0) {
        code_free(&code);
        return NULL;
    }
    text_add(&table, "[[");
    for (int32_t i = 0; i < code.line_count; i++) {
        text_add(&table, i ? ",%d" : "%d", code.lines[i]);
    }
    text_add(&table, "],[");
    for (int32_t i = 0, index = 0; i < code.instruction_count; i++) {
        const Instruction *jump = &code.instructions[i];
        if (!(jump->kind & KIND_CONDITIONAL)) {
            continue;
        }
        const Position *span = &code.positions[jump->offset / 2];
        text_add(&table, "%s[%d,%d,%d", index ? "," : "", jump->offset, jump->next, jump->target);
        add_span(&table, span);
        add_test(&code, classes, jump, &table);
        text_add(&table, "]");
        if (jump->line && !classes->loses_places) {
            add_jump_arcs(&code, jump, index, &arcs);
        }
        index++;
    }
    int failed = 0;
    if (!classes->loses_places) { /* There arcs are seen as such. */
        failed = add_straight_arcs(&code, &arcs) < 0;
        add_entry_arc(&code, &arcs);
    }
    text_add(&table, "],[%s]]", arcs.text ? arcs.text : "");
    if (failed || table.has_failed || arcs.has_failed) {
        PyErr_NoMemory();
    } else {
        told = PyUnicode_FromStringAndSize(table.text, (Py_ssize_t)table.length);
    }
    free(table.text);
    free(arcs.text);
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
