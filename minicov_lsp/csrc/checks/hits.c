#include "hits.h"

#include <stdlib.h>

#include "text.h"

/* Move the hits of those that were asked for to their lists, all others to the front; both stay in their order.
 * `places` are, by footprint, that of its list + 1, or 0. */
static void
part(Hits *hits, const uint32_t *places, Lists *lists)
{
    size_t kept = 0;
    for (size_t i = 0; i < hits->number; i++) {
        Hit hit = hits->items[i];
        uint32_t place = places[hit.footprint];
        if (place) {
            lists->contexts[lists->ends[place - 1]++] = hit.context;
        }
        else {
            hits->items[kept++] = hit;
        }
    }
    hits->number = kept;
}

/* Set where each list begins, which moves to its end as it is filled; the length of the longest. */
static size_t
begin_lists(const Hits *hits, const uint32_t *places, size_t number, size_t *ends)
{
    for (size_t i = 0; i < hits->number; i++) {
        uint32_t place = places[hits->items[i].footprint];
        if (place) {
            ends[place - 1]++;
        }
    }
    size_t begin = 0, longest = 0;
    for (size_t n = 0; n < number; n++) {
        size_t length = ends[n];
        ends[n] = begin;
        begin += length;
        longest = length > longest ? length : longest;
    }
    return longest;
}

int
hits_take(Hits *hits, size_t footprints, const Asked *asked, size_t number, Lists *lists)
{
    uint32_t *places = calloc(footprints + 1, sizeof *places);
    lists->contexts = malloc((hits->number + 1) * sizeof *lists->contexts);
    lists->ends = calloc(number + 1, sizeof *lists->ends);
    lists->text = NULL;
    if (places != NULL && lists->contexts != NULL && lists->ends != NULL) {
        for (size_t n = 0; n < number; n++) {
            places[asked[n].footprint] = (uint32_t)n + 1;
        }
        lists->text = malloc(LONGEST_CHARACTER * begin_lists(hits, places, number, lists->ends) + 1);
        if (lists->text != NULL) {
            part(hits, places, lists);
        }
    }
    free(places);
    if (lists->text == NULL) {
        lists_free(lists);
        PyErr_NoMemory();
        return 0;
    }
    return 1;
}

static int
compare(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

PyObject *
lists_text(Lists *lists, size_t n)
{
    size_t begin = n ? lists->ends[n - 1] : 0, end = lists->ends[n];
    uint32_t *contexts = lists->contexts;
    char *text = lists->text;
    for (size_t i = begin + 1; i < end; i++) {
        if (contexts[i] < contexts[i - 1]) {
            qsort(contexts + begin, end - begin, sizeof *contexts, compare);
            break;
        }
    }
    for (size_t i = begin; i < end; i++) {
        if (i == begin || contexts[i] != contexts[i - 1]) {
            text = write_character(text, contexts[i]);
        }
    }
    return PyUnicode_FromStringAndSize(lists->text, text - lists->text);
}

void
lists_free(Lists *lists)
{
    free(lists->contexts);
    free(lists->ends);
    free(lists->text);
    *lists = (Lists){NULL, NULL, NULL};
}
