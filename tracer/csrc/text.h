/* A text that grows. */
#ifndef MINICOV_TEXT_H
#define MINICOV_TEXT_H

#include <stddef.h>

typedef struct {
    char *text;                 /* Owned: ends with a zero; NULL before something was added. */
    size_t length, room;
    int has_failed;             /* There was no memory for some of it. */
} Text;

/* Adds a format of %d and %s alone; by hand, because printf was half of what describing code took. */
void text_add(Text *text, const char *format, ...);

#endif
