/* What ids of a partial file stand for: mostly they are 1, 2, 3 and so on, so that their place is known. */
#ifndef MINICOV_NUMBERS_H
#define MINICOV_NUMBERS_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#include "array.h"

typedef struct {
    int64_t from;
    uint32_t to;
} Numbered;

typedef ARRAY(Numbered) Numbers;

#define NO_NUMBER UINT32_MAX

/* Sort them by `from`; 0 with ValueError where one is there twice. */
int numbers_sort(Numbers *numbers);

/* NO_NUMBER where it is not there. They are sorted. */
static inline uint32_t
numbers_find(const Numbers *numbers, int64_t from)
{
    if (numbers->number == 0) {
        return NO_NUMBER;
    }
    uint64_t likely = (uint64_t)from - (uint64_t)numbers->items[0].from;
    if (likely < numbers->number && numbers->items[likely].from == from) {
        return numbers->items[likely].to;
    }
    size_t low = 0, high = numbers->number;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers->items[middle].from < from) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low < numbers->number && numbers->items[low].from == from ? numbers->items[low].to : NO_NUMBER;
}

#endif
