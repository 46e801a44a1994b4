/* A list of numbers that grows, and its text; the specification of that is minicov_tracer/number_lists.py. */
#ifndef MINICOV_NUMBER_LIST_H
#define MINICOV_NUMBER_LIST_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t *numbers;           /* Owned, NULL before something was added. */
    size_t count, room;
    int has_failed;             /* There was no memory for some of it. */
} NumberList;

void list_add(NumberList *list, int64_t number);
void list_extend(NumberList *list, const int64_t *numbers, size_t count);

/* New str, NULL with an exception set. */
PyObject *list_text(const NumberList *list);

#endif
