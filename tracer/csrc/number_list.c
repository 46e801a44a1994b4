#include "number_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZERO = 35, LIMIT = 0xD800 - ZERO, LONGEST_CHARACTER = 3, LONGEST_NUMBER = 24 };

/* Whether there is room for so many more. */
static int
has_room(NumberList *list, size_t more)
{
    if (more <= list->room - list->count) {
        return 1;
    }
    size_t room = 2 * list->room + more + 64;
    int64_t *grown = realloc(list->numbers, room * sizeof(int64_t));
    if (grown == NULL) {
        list->has_failed = 1;
        return 0;
    }
    list->numbers = grown;
    list->room = room;
    return 1;
}

void
list_add(NumberList *list, int64_t number)
{
    if (has_room(list, 1)) {
        list->numbers[list->count++] = number;
    }
}

void
list_extend(NumberList *list, const int64_t *numbers, size_t count)
{
    if (count > 0 && has_room(list, count)) {
        memcpy(list->numbers + list->count, numbers, count * sizeof(int64_t));
        list->count += count;
    }
}

/* Writes a number as a character of UTF-8; how many bytes that took. */
static size_t
write_character(char *text, int64_t number)
{
    unsigned point = (unsigned)(ZERO + number);
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        text[0] = (char)(0xC0 | point >> 6);
        text[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    text[0] = (char)(0xE0 | point >> 12);
    text[1] = (char)(0x80 | (point >> 6 & 0x3F));
    text[2] = (char)(0x80 | (point & 0x3F));
    return 3;
}

/* Whether there is a character for each number. */
static int
has_characters(const NumberList *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] < 0 || list->numbers[i] >= LIMIT) {
            return 0;
        }
    }
    return 1;
}

PyObject *
list_text(const NumberList *list)
{
    int is_short = has_characters(list);
    char *text = malloc((is_short ? LONGEST_CHARACTER : LONGEST_NUMBER) * list->count + LONGEST_NUMBER);
    if (text == NULL) {
        return PyErr_NoMemory();
    }
    size_t length = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_short) {
            length += write_character(text + length, list->numbers[i]);
        } else {
            length += (size_t)sprintf(text + length, i ? ",%lld" : " [%lld", (long long)list->numbers[i]);
        }
    }
    if (!is_short) {
        text[length++] = ']';
    }
    PyObject *made = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
    free(text);
    return made;
}
