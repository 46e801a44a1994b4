#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 12 };

/* Has room for so many more bytes, and a zero. Whether it has. */
static int
text_has_room(Text *text, size_t needed)
{
    if (needed < text->room - text->length) {
        return 1;
    }
    size_t room = 2 * text->room + needed + 256;
    char *grown = realloc(text->text, room);
    if (grown == NULL) {
        text->has_failed = 1;
        return 0;
    }
    text->text = grown;
    text->room = room;
    return 1;
}

static void
text_add_number(Text *text, int number)
{
    char digits[LONGEST_NUMBER];
    int at = LONGEST_NUMBER;
    unsigned left = number < 0 ? 0u - (unsigned)number : (unsigned)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    size_t length = (size_t)(LONGEST_NUMBER - at);
    if (text_has_room(text, length)) {
        memcpy(text->text + text->length, digits + at, length);
        text->length += length;
    }
}

static void
text_add_string(Text *text, const char *string)
{
    size_t length = strlen(string);
    if (text_has_room(text, length)) {
        memcpy(text->text + text->length, string, length);
        text->length += length;
    }
}

void
text_add(Text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (const char *at = format; *at; at++) {
        if (*at != '%') {
            if (text_has_room(text, 1)) {
                text->text[text->length++] = *at;
            }
        } else if (*++at == 'd') {
            text_add_number(text, va_arg(arguments, int));
        } else {
            text_add_string(text, va_arg(arguments, const char *));
        }
    }
    va_end(arguments);
    if (text_has_room(text, 0)) {
        text->text[text->length] = '\0';
    }
}
