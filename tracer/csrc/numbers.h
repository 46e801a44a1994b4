/* Small numbers, two bytes each: the few code objects that need more have their upper halves apart. */
#ifndef MINICOV_NUMBERS_H
#define MINICOV_NUMBERS_H

#include <stdint.h>
#include <stdlib.h>

typedef struct {
    uint16_t *lower;       /* Owned. */
    uint16_t *upper;       /* Owned; NULL where every number fits into the lower half. */
} Numbers;

/* As many zeros, of which none will be above `most`. 0, or -1 without memory. */
static inline int
numbers_make(Numbers *numbers, size_t count, uint32_t most)
{
    numbers->lower = calloc(count + 1, sizeof(uint16_t));
    numbers->upper = most > UINT16_MAX ? calloc(count + 1, sizeof(uint16_t)) : NULL;
    return numbers->lower == NULL || (most > UINT16_MAX && numbers->upper == NULL) ? -1 : 0;
}

static inline uint32_t
numbers_get(const Numbers *numbers, uint32_t place)
{
    return numbers->lower[place] | (numbers->upper == NULL ? 0 : (uint32_t)numbers->upper[place] << 16);
}

static inline void
numbers_set(const Numbers *numbers, uint32_t place, uint32_t number)
{
    numbers->lower[place] = (uint16_t)number;
    if (numbers->upper != NULL) {
        numbers->upper[place] = (uint16_t)(number >> 16);
    }
}

static inline void
numbers_free(Numbers *numbers)
{
    free(numbers->lower);
    free(numbers->upper);
}

#endif
