/* Texts of UTF-8 as they are written and read, character by character. */
#ifndef MINICOV_TEXT_H
#define MINICOV_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define LONGEST_CHARACTER 4
#define FIRST_CHARACTER 35
#define SURROGATES 0xd800
#define SURROGATES_END 0xe000
#define NO_CHARACTER 0x110000

/* Whether a number may stand for a signature or context. */
static inline int
is_character(int64_t number)
{
    return number >= FIRST_CHARACTER && number < NO_CHARACTER && (number < SURROGATES || number >= SURROGATES_END);
}

/* Write a character; where the next one begins. */
static inline char *
write_character(char *text, uint32_t point)
{
    if (point < 0x80) {
        *text = (char)point;
        return text + 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    text[0] = (char)((0xf0 << (4 - length) & 0xff) | point);
    return text + length;
}

/* Read a character of a text that is whole; where the next one begins. */
static inline const char *
read_character(const char *text, uint32_t *point)
{
    unsigned char first = (unsigned char)*text++;
    int more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    *point = more ? first & (0x3f >> more) : first;
    while (more--) {
        *point = *point << 6 | ((unsigned char)*text++ & 0x3f);
    }
    return text;
}

#endif
