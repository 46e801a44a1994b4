#include "describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_PATH = 200 };

typedef struct {
    int32_t offset, target, next; /* Byte offsets; target is -1 where it is no jump. */
    int32_t line;                 /* 0 where it has none, or where arriving at it is no line event. */
    uint16_t kind;
} Instruction;

typedef struct {
    int32_t line, end_line, column, end_column; /* Zeros where unknown. */
} Position;

typedef struct {
    int32_t start, end, target; /* Byte offsets. */
} Handler;

typedef struct {
    int32_t first;              /* co_firstlineno */
    int32_t unit_count;
    Position *positions;        /* Owned: one a code unit. */
    int32_t *instruction_at;    /* Owned: one a code unit, the number of the instruction that it is part of. */
    Instruction *instructions;  /* Owned */
    int32_t instruction_count;
    Handler *handlers;          /* Owned */
    int32_t handler_count;
    int32_t *lines;             /* Owned: the distinct lines, ascending. */
    int32_t line_count;
} Code;

typedef struct {
    int32_t start, end, probe, other;
} Arc;

typedef struct {
    char *text;                 /* Owned */
    size_t length, room;
    int has_failed;
} Text;

static void
text_add(Text *text, const char *format, ...)
{
    for (;;) {
        va_list arguments;
        va_start(arguments, format);
        size_t left = text->room - text->length;
        int needed = left ? vsnprintf(text->text + text->length, left, format, arguments)
                          : vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (needed >= 0 && (size_t)needed < left) {
            text->length += (size_t)needed;
            return;
        }
        size_t room = 2 * text->room + (size_t)(needed > 0 ? needed : 0) + 256;
        char *grown = needed < 0 ? NULL : realloc(text->text, room);
        if (grown == NULL) {
            text->has_failed = 1;
            return;
        }
        text->text = grown;
        text->room = room;
    }
}

static int
compare_numbers(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static int
compare_arcs(const void *left, const void *right)
{
    const Arc *a = left, *b = right;
    return a->start != b->start ? (a->start > b->start) - (a->start < b->start) : (a->end > b->end) - (a->end < b->end);
}

/* Little-endian 6-bit groups of the location table: 0x40 says that more follow. */
static uint32_t
read_location_varint(const uint8_t **at, const uint8_t *end)
{
    uint32_t value = 0;
    for (int shift = 0; *at < end; shift += 6) {
        uint8_t byte = *(*at)++;
        if (shift < 32) {
            value |= (uint32_t)(byte & 63) << shift;
        }
        if (!(byte & 64)) {
            break;
        }
    }
    return value;
}

static int32_t
read_location_signed(const uint8_t **at, const uint8_t *end)
{
    uint32_t value = read_location_varint(at, end);
    return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}

/* Reads co_linetable, CPython's Objects/locations.md. */
static void
read_positions(Code *code, const uint8_t *at, const uint8_t *end)
{
    int32_t line = code->first, unit = 0;
    while (at < end && unit < code->unit_count) {
        uint8_t head = *at++;
        int form = head >> 3 & 15, length = (head & 7) + 1;
        Position position = {0, 0, 0, 0};
        if (form == 14) {
            line += read_location_signed(&at, end);
            position.end_line = line + (int32_t)read_location_varint(&at, end);
            position.column = (int32_t)read_location_varint(&at, end) - 1;
            position.end_column = (int32_t)read_location_varint(&at, end) - 1;
        } else if (form == 13) {
            line += read_location_signed(&at, end);
            position.end_line = line;
        } else if (form >= 10 && form < 13 && end - at >= 2) {
            line += form - 10;
            position = (Position){line, line, at[0], at[1]};
            at += 2;
        } else if (form < 10 && end - at >= 1) {
            position = (Position){line, line, form << 3 | at[0] >> 4, (form << 3 | at[0] >> 4) + (at[0] & 15)};
            at += 1;
        }
        position.line = form == 15 ? 0 : line;
        position.column = position.column < 0 ? 0 : position.column;
        position.end_column = position.end_column < 0 ? 0 : position.end_column;
        for (; length > 0 && unit < code->unit_count; length--) {
            code->positions[unit++] = position;
        }
    }
}

/* Reads co_exceptiontable, CPython's Objects/exception_handling_notes.txt: big-endian 6-bit groups. 0, -1 without memory. */
static int
read_handlers(Code *code, const uint8_t *table, Py_ssize_t length)
{
    code->handlers = malloc(((size_t)length / 4 + 1) * sizeof(Handler));
    if (code->handlers == NULL) {
        return -1;
    }
    uint32_t values[4] = {0, 0, 0, 0};
    int count = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        values[count] = values[count] << 6 | (table[i] & 63);
        if (table[i] & 64) {
            continue;
        }
        if (++count == 4) {
            int32_t start = 2 * (int32_t)values[0];
            code->handlers[code->handler_count++] =
                (Handler){start, start + 2 * (int32_t)values[1], 2 * (int32_t)values[2]};
            count = 0;
            memset(values, 0, sizeof(values));
        }
    }
    return 0;
}

/* Reads co_code; positions must be there. 0, -1 without memory. */
static int
read_instructions(Code *code, const uint8_t *units, const uint16_t *kinds)
{
    size_t count = (size_t)code->unit_count;
    code->instructions = malloc((count + 1) * sizeof(Instruction));
    code->instruction_at = malloc((count + 1) * sizeof(int32_t));
    if (code->instructions == NULL || code->instruction_at == NULL) {
        return -1;
    }
    int32_t start = 0, argument = 0;
    for (int32_t unit = 0; unit < code->unit_count;) {
        uint16_t kind = kinds[units[2 * unit]];
        int32_t after = unit + 1;
        argument = (int32_t)((uint32_t)argument << 8 | units[2 * unit + 1]);
        if (kind & KIND_EXTENDED_ARG) {
            unit = after;
            continue;
        }
        while (after < code->unit_count && units[2 * after] == 0) { /* CACHE */
            after++;
        }
        int32_t target = -1;
        if (kind & (KIND_CONDITIONAL | KIND_FORWARD)) {
            target = 2 * after + 2 * argument;
        } else if (kind & KIND_BACKWARD) {
            target = 2 * after - 2 * argument;
        }
        int32_t line = kind & KIND_SILENT ? 0 : code->positions[unit].line;
        code->instructions[code->instruction_count] = (Instruction){2 * unit, target, 2 * after, line, kind};
        for (; start < after; start++) {
            code->instruction_at[start] = code->instruction_count;
        }
        code->instruction_count++;
        argument = 0;
        unit = after;
    }
    for (; start < code->unit_count; start++) {
        code->instruction_at[start] = -1; /* EXTENDED_ARG at the very end */
    }
    return 0;
}

/* The distinct lines of all positions. 0, -1 without memory. */
static int
read_lines(Code *code)
{
    code->lines = malloc(((size_t)code->unit_count + 1) * sizeof(int32_t));
    if (code->lines == NULL) {
        return -1;
    }
    int32_t count = 0;
    for (int32_t unit = 0; unit < code->unit_count; unit++) {
        int32_t line = code->positions[unit].line;
        if (line > 0 && (count == 0 || code->lines[count - 1] != line)) {
            code->lines[count++] = line;
        }
    }
    qsort(code->lines, (size_t)count, sizeof(int32_t), compare_numbers);
    for (int32_t i = 0; i < count; i++) {
        if (code->line_count == 0 || code->lines[code->line_count - 1] != code->lines[i]) {
            code->lines[code->line_count++] = code->lines[i];
        }
    }
    return 0;
}

static void
code_free(Code *code)
{
    free(code->positions);
    free(code->instruction_at);
    free(code->instructions);
    free(code->handlers);
    free(code->lines);
}

/* New bytes of an attribute, with where they lie. NULL with an exception set. */
static PyObject *
bytes_of(PyObject *object, const char *name, const uint8_t **data, Py_ssize_t *length)
{
    char *start;
    PyObject *found = PyObject_GetAttrString(object, name);
    if (found != NULL && PyBytes_AsStringAndSize(found, &start, length) < 0) {
        Py_CLEAR(found);
    }
    if (found != NULL) {
        *data = (const uint8_t *)start;
    }
    return found;
}

/* Reads a code object into *code, which code_free must release in any case. 0, -1 with an exception set. */
static int
code_read(Code *code, PyObject *object, const uint16_t *kinds)
{
    const uint8_t *units, *locations, *exceptions;
    Py_ssize_t size, location_size, exception_size;
    PyObject *first = PyObject_GetAttrString(object, "co_firstlineno");
    PyObject *bytecode = first == NULL ? NULL : bytes_of(object, "co_code", &units, &size);
    PyObject *linetable = bytecode == NULL ? NULL : bytes_of(object, "co_linetable", &locations, &location_size);
    PyObject *table = linetable == NULL ? NULL : bytes_of(object, "co_exceptiontable", &exceptions, &exception_size);
    int done = -1;
    if (table != NULL) {
        code->first = (int32_t)PyLong_AsLong(first);
        code->unit_count = (int32_t)(size / 2);
        code->positions = calloc((size_t)code->unit_count + 1, sizeof(Position));
        if (code->positions != NULL) {
            read_positions(code, locations, locations + location_size);
            if (read_handlers(code, exceptions, exception_size) == 0 && read_instructions(code, units, kinds) == 0
                && read_lines(code) == 0) {
                done = 0;
            }
        }
        if (done < 0) {
            PyErr_NoMemory();
        }
    }
    Py_XDECREF(first);
    Py_XDECREF(bytecode);
    Py_XDECREF(linetable);
    Py_XDECREF(table);
    return done;
}

/* Borrowed, NULL where there is none. */
static const Instruction *
instruction_at(const Code *code, int32_t offset)
{
    int32_t unit = offset / 2;
    if (offset < 0 || unit >= code->unit_count || code->instruction_at[unit] < 0) {
        return NULL;
    }
    return &code->instructions[code->instruction_at[unit]];
}

static int32_t
handler_of(const Code *code, int32_t offset)
{
    for (int32_t i = 0; i < code->handler_count; i++) {
        if (code->handlers[i].start <= offset && offset < code->handlers[i].end) {
            return code->handlers[i].target;
        }
    }
    return -1;
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

/* The number of a line's probe, or `otherwise`. */
static int32_t
probe_of(const Code *code, int32_t line, int32_t otherwise)
{
    int32_t *found = bsearch(&line, code->lines, (size_t)code->line_count, sizeof(int32_t), compare_numbers);
    return found == NULL ? otherwise : (int32_t)(found - code->lines) + 1;
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
            text_add(arcs, "%s[%d,%d,%d,%d]", arcs->length ? "," : "", source, entered[i], probe,
                     probe_of(code, entered[i], probe));
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
            text_add(arcs, "%s[%d,%d,%d,%d]", arcs->length ? "," : "", found[i].start, found[i].end, probe,
                     probe_of(code, found[i].end, probe));
        }
    }
    free(found);
    return 0;
}

static void
add_entry_arc(const Code *code, Text *arcs)
{
    for (int32_t i = 0; i < code->instruction_count; i++) {
        int32_t line = code->instructions[i].line;
        if (line) {
            text_add(arcs, "%s[%d,%d,0,%d]", arcs->length ? "," : "", -code->first, line, probe_of(code, line, 0));
            return;
        }
    }
}

PyObject *
describe_code(PyObject *object, const uint16_t *kinds)
{
    Code code = {0};
    Text table = {0}, arcs = {0};
    PyObject *told = NULL;
    if (code_read(&code, object, kinds) < 0) {
        code_free(&code);
        return NULL;
    }
    text_add(&table, "{\"lines\":[");
    for (int32_t i = 0; i < code.line_count; i++) {
        text_add(&table, i ? ",%d" : "%d", code.lines[i]);
    }
    text_add(&table, "],\"jumps\":[");
    for (int32_t i = 0, index = 0; i < code.instruction_count; i++) {
        const Instruction *jump = &code.instructions[i];
        if (!(jump->kind & KIND_CONDITIONAL)) {
            continue;
        }
        const Position *span = &code.positions[jump->offset / 2];
        text_add(&table, "%s[%d,%d,%d,%d,%d,%d,%d]", index ? "," : "", jump->offset, jump->next, jump->target, span->line,
                 span->column, span->end_line, span->end_column);
        if (jump->line) {
            add_jump_arcs(&code, jump, index, &arcs);
        }
        index++;
    }
    int failed = add_straight_arcs(&code, &arcs) < 0;
    add_entry_arc(&code, &arcs);
    text_add(&table, "],\"arcs\":[%s]}", arcs.text ? arcs.text : "");
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
