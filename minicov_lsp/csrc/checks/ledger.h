/* The class Ledger; what its methods are for is said by its specification in Python, ledger.py. */
#ifndef MINICOV_LEDGER_H
#define MINICOV_LEDGER_H

#include <Python.h>

#include <stddef.h>
#include <stdint.h>

#include "array.h"
#include "checks.h"
#include "hits.h"
#include "known.h"
#include "numbers.h"

#define FILE_SHIFT 21
#define MOST_OF_A_FILE ((1 << FILE_SHIFT) - 1)
#define MOST_FILE (INT64_MAX >> FILE_SHIFT)

/* What a number is known of: a file's place in the ledger and one of these kinds; what is known of FILE is places. */
enum { FILE_PLACE = 1, CODE = 1, SIGNATURE, FOOTPRINT };
#define OF(file, kind) (((file) + 1) << 2 | (kind))

typedef struct {
    int64_t id;
    uint32_t last_code, last_signature, last_footprint; /* numbers that are in use */
} File;

typedef struct {
    int64_t there; /* the file's id there */
    int64_t file;
    uint64_t key;
} WantedKeys;

typedef struct {
    int64_t there, id;
} NewCode;

typedef struct { /* a footprint that the data file lacks */
    Asked asked;
    PyObject *signatures; /* Owned. */
} NewFootprint;

typedef struct {
    PyObject_HEAD
    KnownTable known;
    ARRAY(File) files;
    ARRAY(int64_t) footprints; /* ids; what is known of a FOOTPRINT is the place here */
    Numbers there;             /* a footprint's id in the partial file: its place above */
    ARRAY(WantedKeys) wanted;
    ARRAY(NewCode) new_codes;
    ARRAY(NewFootprint) new_footprints;
    Hits hits;
    ARRAY(char) text; /* of a footprint's signatures while it is written */
} Ledger;

/* Find the place of a file, which gets one if need be, or of a file that has one; 0 with an error. */
int ledger_file(Ledger *ledger, int64_t id, uint32_t *place);
int ledger_known_file(Ledger *ledger, PyObject *file, uint32_t *place);

/* The methods; their results are New. */
PyObject *ledger_add_footprints(PyObject *self, PyObject *const *args, Py_ssize_t number);
PyObject *ledger_add_signatures(PyObject *self, PyObject *const *args, Py_ssize_t number);
PyObject *ledger_add_hits(PyObject *self, PyObject *const *args, Py_ssize_t number);
PyObject *ledger_add_lists(PyObject *self, PyObject *const *args, Py_ssize_t number);
PyObject *ledger_take_keys(PyObject *self, PyObject *none);
PyObject *ledger_take_codes(PyObject *self, PyObject *none);
PyObject *ledger_take_footprints(PyObject *self, PyObject *none);
PyObject *ledger_take_contexts(PyObject *self, PyObject *none);

#endif
