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

#define FILE_SHIFT 21
#define MOST_OF_A_FILE ((1 << FILE_SHIFT) - 1)
/* What a row that waits takes, on the average, and a hit. */
#define ROW_BYTES 400
#define HIT_BYTES 8

#define MOST_FILE (INT64_MAX >> FILE_SHIFT)

/* What a number is known of: a file's place in the ledger and one of these kinds; what is known of FILE is places. */
enum { FILE_PLACE = 1, CODE = 1, SIGNATURE, FOOTPRINT };
#define OF(file, kind) (((file) + 1) << 2 | (kind))

typedef struct {
    int64_t id;
    uint32_t last_code, last_signature, last_footprint; /* numbers that are in use */
} File;

typedef struct { /* a row that the data file lacks */
    int64_t id;
    size_t values;      /* where its other values are */
    uint32_t footprint; /* its place, where it is one */
} New;

typedef struct {
    ARRAY(New) rows;
    ARRAY(PyObject *) values; /* Owned; NULL those that were given away. As many for each row. */
} NewRows;

typedef struct { /* rows of a partial file; numbers of rows are from 1 on */
    ARRAY(PyObject *) chunks;                  /* Owned: the bytes that all pointers below point into. */
    ARRAY(uint32_t) files;                     /* their places in the ledger */
    ARRAY(const unsigned char *) codes;        /* Borrowed from chunks, as are signatures. */
    ARRAY(const unsigned char *) signatures;
    KnownTable index;  /* the places of signatures by the number of their file and their key, where it was needed */
    size_t indexed;    /* how many of them are there */
    ARRAY(uint32_t) footprints; /* their places in the ledger */
} Part;

typedef struct {
    PyObject_HEAD
    int is_busy; /* in a method: Python code that runs within it may not call another */
    KnownTable known;
    ARRAY(File) files;
    ARRAY(int64_t) footprints; /* ids; what is known of a FOOTPRINT is the place here */
    Part part;
    NewRows new_codes, new_signatures, new_footprints;
    Hits hits;
    ARRAY(char) text; /* of a footprint's signatures while it is written */
} Ledger;

/* A method; New or NULL with an error. */
typedef PyObject *(*Method)(Ledger *ledger, PyObject *const *args);

/* Find the place of a file, which gets one if need be; 0 with an error. */
int ledger_file(Ledger *ledger, int64_t id, uint32_t *place);

/* Forget the rows of a partial file. */
void part_clear(Part *part);

/* Find the number of a signature that a new footprint has, and that the data file gets if it lacks it; 0 with an error.
 * `there` is the number of the file, `place` its place in the ledger. */
int ledger_signature(Ledger *ledger, uint32_t there, uint32_t place, uint64_t key, uint32_t *number);

/* Add a row to those that wait, with so many values beside its id, which it takes over; 0 with an error, also where one
 * is NULL. */
int new_add(NewRows *new, int64_t id, uint32_t footprint, size_t columns, ...);

PyObject *ledger_load(Ledger *ledger, PyObject *const *args);
PyObject *ledger_begin(Ledger *ledger, PyObject *const *args);
PyObject *ledger_add_codes(Ledger *ledger, PyObject *const *args);
PyObject *ledger_add_signatures(Ledger *ledger, PyObject *const *args);
PyObject *ledger_add_footprints(Ledger *ledger, PyObject *const *args);
PyObject *ledger_add_notes(Ledger *ledger, PyObject *const *args);
PyObject *ledger_add_lists(Ledger *ledger, PyObject *const *args);
PyObject *ledger_take_codes(Ledger *ledger, PyObject *const *args);
PyObject *ledger_take_signatures(Ledger *ledger, PyObject *const *args);
PyObject *ledger_take_footprints(Ledger *ledger, PyObject *const *args);
PyObject *ledger_take_contexts(Ledger *ledger, PyObject *const *args);

#endif
