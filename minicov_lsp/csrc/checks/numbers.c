#include "numbers.h"

#include <stdlib.h>

static int
compare(const void *one, const void *other)
{
    const Numbered *a = one, *b = other;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* Index of the first that is not larger than the one before it; how many there are if all are. */
static size_t
ascending(const Numbers *numbers)
{
    for (size_t i = 1; i < numbers->number; i++) {
        if (numbers->items[i].from <= numbers->items[i - 1].from) {
            return i;
        }
    }
    return numbers->number;
}

int
numbers_sort(Numbers *numbers)
{
    if (ascending(numbers) == numbers->number) {
        return 1;
    }
    qsort(numbers->items, numbers->number, sizeof *numbers->items, compare);
    if (ascending(numbers) == numbers->number) {
        return 1;
    }
    PyErr_SetString(PyExc_ValueError, "an id is there twice");
    return 0;
}
