#include "known.h"

#include <Python.h>

#include <stdlib.h>

int
known_grow(KnownTable *table, size_t more)
{
    KnownTable larger = {NULL, 1024, 0, 64 - 10};
    while (larger.room / 4 * 3 < table->number + more) {
        larger.room *= 2;
        larger.shift--;
    }
    larger.places = calloc(larger.room, sizeof *larger.places);
    if (larger.places == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (size_t i = 0; i < table->room; i++) {
        if (table->places[i].of) {
            *known_place(&larger, table->places[i].key, table->places[i].of) = table->places[i];
        }
    }
    larger.number = table->number;
    free(table->places);
    *table = larger;
    return 1;
}
