#include "code_object.h"

#include <stdlib.h>
#include <string.h>

static int
compare_numbers(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
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

/* Reads one entry of co_linetable, CPython's Objects/locations.md; *line is that of the entry before. How many code units
 * have that position. */
static int
read_position(const uint8_t **at, const uint8_t *end, int32_t *line, Position *position)
{
    uint8_t head = *(*at)++;
    int form = head >> 3 & 15;
    *position = (Position){0, 0, 0, 0};
    if (form == 14) {
        *line += read_location_signed(at, end);
        position->end_line = *line + (int32_t)read_location_varint(at, end);
        position->column = (int32_t)read_location_varint(at, end) - 1;
        position->end_column = (int32_t)read_location_varint(at, end) - 1;
    } else if (form == 13) {
        *line += read_location_signed(at, end);
        position->end_line = *line;
    } else if (form >= 10 && form < 13 && end - *at >= 2) {
        *line += form - 10;
        *position = (Position){*line, *line, (*at)[0], (*at)[1]};
        *at += 2;
    } else if (form < 10 && end - *at >= 1) {
        int32_t column = form << 3 | (*at)[0] >> 4;
        *position = (Position){*line, *line, column, column + ((*at)[0] & 15)};
        *at += 1;
    }
    position->line = form == 15 ? 0 : *line;
    position->column = position->column < 0 ? 0 : position->column;
    position->end_column = position->end_column < 0 ? 0 : position->end_column;
    return (head & 7) + 1;
}

/* Reads co_linetable. */
static void
read_positions(Code *code, const uint8_t *at, const uint8_t *end)
{
    int32_t line = code->first, unit = 0;
    while (at < end && unit < code->unit_count) {
        Position position;
        int length = read_position(&at, end, &line, &position);
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
        if (kind & KIND_BACKWARD) {
            target = 2 * after - 2 * argument;
        } else if (kind & (KIND_CONDITIONAL | KIND_FORWARD)) {
            target = 2 * after + 2 * argument;
        }
        int32_t line = kind & KIND_SILENT ? 0 : code->positions[unit].line;
        code->instructions[code->instruction_count] =
            (Instruction){2 * unit, target, 2 * after, line, kind, units[2 * unit]};
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

void
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

int32_t
code_last_own_line(PyObject *object)
{
    const uint8_t *at;
    Py_ssize_t size;
    int32_t last = -1;
    PyObject *first = PyObject_GetAttrString(object, "co_firstlineno");
    PyObject *linetable = first == NULL ? NULL : bytes_of(object, "co_linetable", &at, &size);
    if (linetable != NULL) {
        int32_t line = (int32_t)PyLong_AsLong(first);
        last = 0;
        for (const uint8_t *end = at + size; at < end;) {
            Position position;
            read_position(&at, end, &line, &position);
            last = position.end_line > last ? position.end_line : last;
        }
    }
    Py_XDECREF(first);
    Py_XDECREF(linetable);
    return last;
}

int
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

const Instruction *
instruction_at(const Code *code, int32_t offset)
{
    int32_t unit = offset / 2;
    if (offset < 0 || unit >= code->unit_count || code->instruction_at[unit] < 0) {
        return NULL;
    }
    return &code->instructions[code->instruction_at[unit]];
}

int32_t
handler_of(const Code *code, int32_t offset)
{
    for (int32_t i = 0; i < code->handler_count; i++) {
        if (code->handlers[i].start <= offset && offset < code->handlers[i].end) {
            return code->handlers[i].target;
        }
    }
    return -1;
}

int32_t
probe_of(const Code *code, int32_t line, int32_t otherwise)
{
    int32_t *found = bsearch(&line, code->lines, (size_t)code->line_count, sizeof(int32_t), compare_numbers);
    return found == NULL ? otherwise : (int32_t)(found - code->lines) + 1;
}
