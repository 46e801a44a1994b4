/* The class Ledger: rows of partial files that come. */
#include <stdlib.h>
#include <string.h>

#include "chunk.h"
#include "ledger.h"
#include "numbers.h"
#include "rows.h"
#include "text.h"

void
part_clear(Part *part)
{
    part->files.number = part->codes.number = part->signatures.number = part->footprints.number = 0;
    free(part->index.places);
    part->index = (KnownTable){NULL, 0, 0, 0};
    part->indexed = 0;
    while (part->chunks.number) {
        Py_DECREF(part->chunks.items[--part->chunks.number]);
    }
}

PyObject *
ledger_begin(Ledger *ledger, PyObject *const *args)
{
    part_clear(&ledger->part);
    if (!PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "files are no list");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_Size(args[0]); i++) {
        int64_t id;
        uint32_t place;
        if (!read_number(PyList_GetItem(args[0], i), &id) || !ledger_file(ledger, id, &place)
            || !MAKE_ROOM(&ledger->part.files, 1)) {
            return NULL;
        }
        ledger->part.files.items[ledger->part.files.number++] = place;
    }
    return Py_NewRef(Py_None);
}

/* Begin a chunk whose rows are kept; 0 with an error. */
static int
keep_chunk(Part *part, PyObject *rows, Chunk *chunk)
{
    if (!chunk_begin(chunk, rows) || !MAKE_ROOM(&part->chunks, 1)) {
        return 0;
    }
    part->chunks.items[part->chunks.number++] = Py_NewRef(rows);
    return 1;
}

PyObject *
ledger_add_codes(Ledger *ledger, PyObject *const *args)
{
    Chunk chunk;
    if (!keep_chunk(&ledger->part, args[0], &chunk)) {
        return NULL;
    }
    while (chunk.at < chunk.end) {
        const unsigned char *head = chunk_take(&chunk, CODE_HEAD);
        uint64_t size = 0;
        for (int i = 0; i < CODE_TEXTS && head != NULL; i++) {
            size += number_at(head + 8 + 4 * i);
        }
        if (head == NULL || chunk_take(&chunk, size) == NULL || !MAKE_ROOM(&ledger->part.codes, 1)) {
            return NULL;
        }
        ledger->part.codes.items[ledger->part.codes.number++] = head;
    }
    return Py_NewRef(Py_None);
}

PyObject *
ledger_add_signatures(Ledger *ledger, PyObject *const *args)
{
    Chunk chunk;
    if (!keep_chunk(&ledger->part, args[0], &chunk)) {
        return NULL;
    }
    while (chunk.at < chunk.end) {
        const unsigned char *head = chunk_take(&chunk, SIGNATURE_HEAD);
        if (head == NULL || chunk_take(&chunk, (uint64_t)number_at(head + 8) + number_at(head + 12)) == NULL
            || !MAKE_ROOM(&ledger->part.signatures, 1)) {
            return NULL;
        }
        ledger->part.signatures.items[ledger->part.signatures.number++] = head;
    }
    return Py_NewRef(Py_None);
}

/* New: the characters of the signatures that a footprint there has, if its digest is right. NULL with an error. */
static PyObject *
characters(Ledger *ledger, uint32_t place, const unsigned char *footprint)
{
    uint32_t there = number_at(footprint);
    size_t number = number_at(footprint + 4);
    const unsigned char *keys = footprint + FOOTPRINT_HEAD;
    unsigned char digest[SIZE];
    Blake2b hash;
    blake2b_begin(&hash, SIZE);
    blake2b_add(&hash, keys, KEY_SIZE * number);
    blake2b_end(&hash, digest);
    if (memcmp(digest, footprint + FOOTPRINT_HEAD - SIZE, SIZE) != 0) {
        PyErr_SetString(PyExc_ValueError, "a footprint is not what its digest says");
        return NULL;
    }
    ledger->text.number = 0;
    if (!MAKE_ROOM(&ledger->text, LONGEST_CHARACTER * number + 1)) {
        return NULL;
    }
    char *text = ledger->text.items;
    for (size_t i = 0; i < number; i++) {
        uint32_t signature;
        if (!ledger_signature(ledger, there, place, key_at(keys + KEY_SIZE * i, KEY_SIZE), &signature)) {
            return NULL;
        }
        text = write_character(text, signature);
    }
    return PyUnicode_FromStringAndSize(ledger->text.items, text - ledger->text.items);
}

/* Find the place of a footprint there, which the data file gets if it lacks it; 0 with an error. */
static int
footprint_place(Ledger *ledger, uint32_t place, const unsigned char *footprint, uint32_t *found)
{
    uint64_t digest = key_at(footprint + FOOTPRINT_HEAD - SIZE, SIZE);
    if (!known_make_room(&ledger->known, 1)) {
        return 0;
    }
    const Known *known = known_place(&ledger->known, digest, OF(place, FOOTPRINT));
    if (known->of) {
        *found = known->number;
        return 1;
    }
    File *file = &ledger->files.items[place];
    if (file->last_footprint >= MOST_OF_A_FILE || ledger->footprints.number >= NO_NUMBER) {
        PyErr_SetString(PyExc_OverflowError, "a file has too many footprints");
        return 0;
    }
    PyObject *signatures = characters(ledger, place, footprint);
    if (signatures == NULL || !known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->footprints, 1)) {
        Py_XDECREF(signatures);
        return 0;
    }
    int64_t id = file->id << FILE_SHIFT | ++file->last_footprint;
    *found = (uint32_t)ledger->footprints.number++;
    ledger->footprints.items[*found] = id;
    known_put(&ledger->known, digest, OF(place, FOOTPRINT), *found);
    return new_add(&ledger->new_footprints, id, *found, 1, signatures);
}

PyObject *
ledger_add_footprints(Ledger *ledger, PyObject *const *args)
{
    Part *part = &ledger->part;
    Chunk chunk;
    if (!chunk_begin(&chunk, args[0])) {
        return NULL;
    }
    while (chunk.at < chunk.end) {
        const unsigned char *head = chunk_take(&chunk, FOOTPRINT_HEAD);
        if (head == NULL || chunk_take(&chunk, KEY_SIZE * (uint64_t)number_at(head + 4)) == NULL
            || !MAKE_ROOM(&part->footprints, 1)) {
            return NULL;
        }
        uint32_t there = number_at(head), found;
        if (there == 0 || there > part->files.number) {
            PyErr_Format(PyExc_ValueError, "file %u, which is not there", (unsigned int)there);
            return NULL;
        }
        if (!footprint_place(ledger, part->files.items[there - 1], head, &found)) {
            return NULL;
        }
        part->footprints.items[part->footprints.number++] = found;
    }
    return Py_NewRef(Py_None);
}

/* Read a context's id, 0 for none; 0 with an error. */
static int
read_context(void *Py_UNUSED(none), int64_t id, uint32_t *context)
{
    *context = (uint32_t)id;
    if (id && !is_character(id)) {
        PyErr_Format(PyExc_ValueError, "there is no character %lld", (long long)id);
        return 0;
    }
    return 1;
}

/* Add a hit of a context by the number of a footprint there; 0 with an error. */
static inline int
add_hit(Ledger *ledger, int64_t there, uint32_t context)
{
    if (there < 1 || (uint64_t)there > ledger->part.footprints.number) {
        PyErr_Format(PyExc_ValueError, "footprint %lld, which is not there", (long long)there);
        return 0;
    }
    return context == 0 || hits_add(&ledger->hits, ledger->part.footprints.items[there - 1], context);
}

PyObject *
ledger_add_notes(Ledger *ledger, PyObject *const *args)
{
    Chunk chunk;
    if (!chunk_begin(&chunk, args[0])) {
        return NULL;
    }
    if (!PyList_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "contexts are no list");
        return NULL;
    }
    while (chunk.at < chunk.end) {
        const unsigned char *head = chunk_take(&chunk, NOTE_HEAD);
        uint32_t count = head == NULL ? 0 : number_at(head + 8), context;
        const unsigned char *at = head == NULL ? NULL : chunk_take(&chunk, 4 * (uint64_t)count);
        int64_t id;
        if (at == NULL) {
            return NULL;
        }
        Py_ssize_t there = number_at(head);
        if (there < 1 || there > PyList_Size(args[1])) {
            PyErr_Format(PyExc_ValueError, "context %zd, which is not there", there);
            return NULL;
        }
        if (!read_number(PyList_GetItem(args[1], there - 1), &id) || !read_context(NULL, id, &context)) {
            return NULL;
        }
        for (uint32_t i = 0; i < count; i++, at += 4) {
            if (!add_hit(ledger, number_at(at), context)) {
                return NULL;
            }
        }
    }
    return Py_NewRef(Py_None);
}

typedef struct {
    Ledger *ledger;
    Numbers contexts; /* a context's id there: its id in the data file, or 0 */
} Listing;

static int
add_list(void *taker, PyObject *const *row)
{
    Listing *listing = taker;
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
        uint32_t context = numbers_find(&listing->contexts, point);
        if (context == NO_NUMBER) {
            PyErr_Format(PyExc_ValueError, "a footprint of context %u, which is not there", (unsigned int)point);
            return 0;
        }
        if (!add_hit(listing->ledger, there, context)) {
            return 0;
        }
    }
    return 1;
}

PyObject *
ledger_add_lists(Ledger *ledger, PyObject *const *args)
{
    Listing listing = {ledger, {NULL, 0, 0}};
    int is_whole = read_numbers(args[1], &listing.contexts, read_context, NULL)
        && rows_take(args[0], 2, add_list, &listing);
    free(listing.contexts.items);
    return is_whole ? Py_NewRef(Py_None) : NULL;
}
