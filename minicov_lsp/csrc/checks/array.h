/* Arrays that grow. */
#ifndef MINICOV_ARRAY_H
#define MINICOV_ARRAY_H

#include <Python.h>

#include <stddef.h>
#include <stdlib.h>

/* Owned by whoever has it, who frees `items`; all 0 is an empty one. */
#define ARRAY(type)          \
    struct {                 \
        type *items;         \
        size_t room, number; \
    }

/* Have room for so many more; 0 with MemoryError where there is no memory. */
#define MAKE_ROOM(array, more)                 \
    ((array)->number + (more) <= (array)->room \
     || array_grow((void **)&(array)->items, &(array)->room, (array)->number + (more), sizeof *(array)->items))

static inline int
array_grow(void **items, size_t *room, size_t wanted, size_t size)
{
    size_t larger = wanted < 32 ? 64 : 2 * wanted;
    void *moved = larger < PY_SSIZE_T_MAX / size ? realloc(*items, larger * size) : NULL;
    if (moved == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    *items = moved;
    *room = larger;
    return 1;
}

#endif
