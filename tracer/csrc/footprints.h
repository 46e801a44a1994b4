/* What a flush tells by number: for each file the signatures of its code objects. */
#ifndef MINICOV_FOOTPRINTS_H
#define MINICOV_FOOTPRINTS_H

#include <Python.h>
#include <stdint.h>

/* A signature that a flush found. */
typedef struct {
    uint32_t file, number;
} Found;

/* New list of bytes: for each file the numbers of its signatures, ascending; NULL with an exception set. `found` gets
 * sorted. */
PyObject *footprints_tell(Found *found, size_t count);

#endif
