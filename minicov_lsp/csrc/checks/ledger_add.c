/* The class Ledger: rows of partial files that come. */
#include <stdlib.h>

#include "ledger.h"
#include "rows.h"
#include "text.h"

typedef struct {
    Ledger *ledger;
    Numbers files; /* a file's id there: its place in the ledger */
} Footprints;

static int
file_place(void *ledger, int64_t file, uint32_t *place)
{
    return ledger_file(ledger, file, place);
}

/* Write the character of each signature, of which those that are new get one; where the text ends, NULL with an error.
 * There is room. */
static char *
write_signatures(Ledger *ledger, uint32_t place, int64_t there, const unsigned char *keys, size_t number)
{
    char *text = ledger->text.items;
    File *file = &ledger->files.items[place];
    for (const unsigned char *end = keys + KEY_SIZE * number; keys < end; keys += KEY_SIZE) {
        uint64_t key = key_at(keys, KEY_SIZE);
        Known *known = known_place(&ledger->known, key, OF(place, SIGNATURE));
        if (known->of == 0) {
            uint32_t next = file->last_signature + 1 == SURROGATES ? SURROGATES_END : file->last_signature + 1;
            if (next >= NO_CHARACTER) {
                PyErr_SetString(PyExc_OverflowError, "there are too many signatures of a file");
                return NULL;
            }
            file->last_signature = next;
            *known = (Known){key, OF(place, SIGNATURE), next};
            ledger->known.number++;
            ledger->wanted.items[ledger->wanted.number++] = (WantedKeys){there, file->id, key};
        }
        text = write_character(text, known->number);
    }
    return text;
}

/* New: the characters of the signatures that a footprint has, if its digest is right. NULL with an error. */
static PyObject *
characters(Ledger *ledger, uint32_t place, int64_t there, PyObject *digest, PyObject *signatures)
{
    if (!PyBytes_Check(signatures)) {
        PyErr_SetString(PyExc_TypeError, "signatures of a footprint are no bytes");
        return NULL;
    }
    const unsigned char *keys = (const unsigned char *)PyBytes_AsString(signatures);
    size_t length = (size_t)PyBytes_Size(signatures), number = length / KEY_SIZE;
    Blake2b hash;
    blake2b_begin(&hash, SIZE);
    blake2b_add(&hash, keys, length);
    if (!is_digest(digest, &hash) || length % KEY_SIZE) {
        PyErr_SetString(PyExc_ValueError, "a row of table footprint is not what its digest says");
        return NULL;
    }
    ledger->text.number = 0;
    if (!known_make_room(&ledger->known, number) || !MAKE_ROOM(&ledger->wanted, number)
        || !MAKE_ROOM(&ledger->text, LONGEST_CHARACTER * number + 1)) {
        return NULL;
    }
    char *end = write_signatures(ledger, place, there, keys, number);
    return end == NULL ? NULL : PyUnicode_FromStringAndSize(ledger->text.items, end - ledger->text.items);
}

/* Find the place of a footprint that the data file lacks, which gets one; 0 with an error. */
static int
add_new(Ledger *ledger, uint32_t place, int64_t there, uint64_t key, PyObject *const *row, uint32_t *footprint)
{
    if (ledger->files.items[place].last_footprint >= MOST_OF_A_FILE || ledger->footprints.number >= NO_NUMBER) {
        PyErr_SetString(PyExc_OverflowError, "a file has too many footprints");
        return 0;
    }
    PyObject *signatures = characters(ledger, place, there, row[2], row[3]);
    if (signatures == NULL || !known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->footprints, 1)
        || !MAKE_ROOM(&ledger->new_footprints, 1)) {
        Py_XDECREF(signatures);
        return 0;
    }
    File *file = &ledger->files.items[place];
    int64_t id = file->id << FILE_SHIFT | ++file->last_footprint;
    *footprint = (uint32_t)ledger->footprints.number++;
    ledger->footprints.items[*footprint] = id;
    known_put(&ledger->known, key, OF(place, FOOTPRINT), *footprint);
    ledger->new_footprints.items[ledger->new_footprints.number++] =
        (NewFootprint){{id, *footprint}, signatures};
    return 1;
}

static int
add_footprint(void *taker, PyObject *const *row)
{
    Footprints *footprints = taker;
    Ledger *ledger = footprints->ledger;
    int64_t id, there;
    uint64_t key;
    if (!read_number(row[0], &id) || !read_number(row[1], &there) || !read_key(row[2], SIZE, &key)
        || !known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->there, 1)) {
        return 0;
    }
    uint32_t place = numbers_find(&footprints->files, there);
    if (place == NO_NUMBER) {
        PyErr_Format(PyExc_ValueError, "a footprint of file %lld, which is not there", (long long)there);
        return 0;
    }
    Known *known = known_place(&ledger->known, key, OF(place, FOOTPRINT));
    uint32_t footprint = known->number;
    if (known->of == 0 && !add_new(ledger, place, there, key, row, &footprint)) {
        return 0;
    }
    ledger->there.items[ledger->there.number++] = (Numbered){id, footprint};
    return 1;
}

PyObject *
ledger_add_footprints(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    Footprints footprints = {(Ledger *)self, {NULL, 0, 0}};
    if (number != 2) {
        PyErr_SetString(PyExc_TypeError, "add_footprints takes a dict and an iterable");
        return NULL;
    }
    footprints.ledger->there.number = 0;
    int is_whole = read_numbers(args[0], &footprints.files, file_place, self)
        && rows_take(args[1], 4, add_footprint, &footprints) && numbers_sort(&footprints.ledger->there);
    free(footprints.files.items);
    return is_whole ? Py_NewRef(Py_None) : NULL;
}

typedef struct {
    Ledger *ledger;
    Numbers contexts; /* a context's id there: its id in the data file, or 0 */
    uint64_t total, count;
} HitRows;

#define CONTEXT_SHARE 8191 /* as in HIT_TALLY of seals.py */

/* A context's id as it is; none with another is a character. */
static int
context_number(void *Py_UNUSED(ledger), int64_t context, uint32_t *number)
{
    *number = (uint32_t)context;
    if (context && !is_character(context)) {
        PyErr_Format(PyExc_ValueError, "there is no character %lld", (long long)context);
        return 0;
    }
    return 1;
}

/* Add a hit of a context by a footprint of the partial file; 0 with an error. */
static inline int
add_hit(Ledger *ledger, int64_t there, uint32_t context)
{
    uint32_t footprint = numbers_find(&ledger->there, there);
    if (footprint == NO_NUMBER) {
        PyErr_Format(PyExc_ValueError, "a hit of footprint %lld, which is not there", (long long)there);
        return 0;
    }
    return context == 0 || hits_add(&ledger->hits, footprint, context);
}

static int
add_hits_of(void *taker, PyObject *const *row)
{
    HitRows *hits = taker;
    int64_t there;
    if (!read_number(row[0], &there)) {
        return 0;
    }
    uint32_t context = numbers_find(&hits->contexts, there);
    if (context == NO_NUMBER || !PyBytes_Check(row[1]) || PyBytes_Size(row[1]) % 4) {
        PyErr_SetString(PyExc_ValueError, "a row of table hit is of no context, or no list of footprints");
        return 0;
    }
    const unsigned char *at = (const unsigned char *)PyBytes_AsString(row[1]);
    uint64_t number = (uint64_t)PyBytes_Size(row[1]) / 4;
    uint64_t most = number ? (INT64_MAX - hits->total) / number : INT64_MAX; /* that each may add */
    if (there < 0 || there > INT64_MAX >> 16 || (uint64_t)there * CONTEXT_SHARE + UINT32_MAX > most) {
        PyErr_SetString(PyExc_OverflowError, "a row of table hit is of a context with too large an id");
        return 0;
    }
    hits->total += (uint64_t)there * CONTEXT_SHARE * number;
    hits->count += number;
    for (const unsigned char *end = at + 4 * number; at < end; at += 4) {
        uint32_t footprint = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
        hits->total += footprint;
        if (!add_hit(hits->ledger, footprint, context)) {
            return 0;
        }
    }
    return 1;
}

PyObject *
ledger_add_hits(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    HitRows hits = {(Ledger *)self, {NULL, 0, 0}, 0, 0};
    if (number != 2) {
        PyErr_SetString(PyExc_TypeError, "add_hits takes an iterable and a dict");
        return NULL;
    }
    int is_whole =
        read_numbers(args[1], &hits.contexts, context_number, NULL) && rows_take(args[0], 2, add_hits_of, &hits);
    free(hits.contexts.items);
    if (!is_whole) {
        return NULL;
    }
    return new_row(2, PyLong_FromUnsignedLongLong(hits.total), PyLong_FromUnsignedLongLong(hits.count));
}

static int
add_list(void *taker, PyObject *const *row)
{
    HitRows *hits = taker;
    int64_t there;
    Py_ssize_t length;
    if (!read_number(row[0], &there)) {
        return 0;
    }
    if (!PyUnicode_Check(row[1])) {
        PyErr_SetString(PyExc_TypeError, "contexts of a footprint are no text");
        return 0;
    }
    const char *text = PyUnicode_AsUTF8AndSize(row[1], &length);
    if (text == NULL) {
        return 0;
    }
    for (const char *end = text + length; text < end;) {
        uint32_t point;
        text = read_character(text, &point);
        uint32_t context = numbers_find(&hits->contexts, point);
        if (context == NO_NUMBER) {
            PyErr_Format(PyExc_ValueError, "a footprint of context %u, which is not there", (unsigned int)point);
            return 0;
        }
        if (!add_hit(hits->ledger, there, context)) {
            return 0;
        }
    }
    return 1;
}

PyObject *
ledger_add_lists(PyObject *self, PyObject *const *args, Py_ssize_t number)
{
    HitRows hits = {(Ledger *)self, {NULL, 0, 0}, 0, 0};
    if (number != 2) {
        PyErr_SetString(PyExc_TypeError, "add_lists takes an iterable and a dict");
        return NULL;
    }
    int is_whole =
        read_numbers(args[1], &hits.contexts, context_number, NULL) && rows_take(args[0], 2, add_list, &hits);
    free(hits.contexts.items);
    return is_whole ? Py_NewRef(Py_None) : NULL;
}
