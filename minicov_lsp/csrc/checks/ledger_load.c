/* The class Ledger: what the data file has. */
#include <stdlib.h>

#include "ledger.h"
#include "rows.h"
#include "text.h"

int
ledger_file(Ledger *ledger, int64_t id, uint32_t *place)
{
    if (!known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->files, 1)) {
        return 0;
    }
    Known *known = known_place(&ledger->known, (uint64_t)id, FILE_PLACE);
    if (known->of) {
        *place = known->number;
        return 1;
    }
    if (id < 0 || id > MOST_FILE || ledger->files.number >= UINT32_MAX >> 3) {
        PyErr_SetString(PyExc_OverflowError, "a file's id is too large, or there are too many");
        return 0;
    }
    *place = (uint32_t)ledger->files.number++;
    ledger->files.items[*place] = (File){.id = id, .last_signature = FIRST_CHARACTER - 1};
    *known = (Known){(uint64_t)id, FILE_PLACE, *place};
    ledger->known.number++;
    return 1;
}

static int
compare_keys(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

/* The digest of a footprint of these keys, which it sorts: mostly they are. */
static uint64_t
digest_of_keys(uint64_t *keys, size_t number)
{
    unsigned char bytes[SIZE];
    Blake2b hash;
    for (size_t i = 1; i < number; i++) {
        if (keys[i] < keys[i - 1]) {
            qsort(keys, number, sizeof *keys, compare_keys);
            break;
        }
    }
    blake2b_begin(&hash, SIZE);
    for (size_t i = 0; i < number; i++) {
        write_key(bytes, keys[i], KEY_SIZE);
        blake2b_add(&hash, bytes, KEY_SIZE);
    }
    blake2b_end(&hash, bytes);
    return key_at(bytes, SIZE);
}

typedef struct {
    Ledger *ledger;
    uint32_t file; /* its place */
    int kind;
    Numbers numbers;      /* a signature's number: the place of its key below */
    ARRAY(uint64_t) keys;
    ARRAY(uint64_t) shown; /* of a footprint */
} Loading;

/* Note what is known; 0 with an error. */
static int
load_number(Loading *loading, int64_t id, uint64_t key)
{
    Ledger *ledger = loading->ledger;
    if (!known_make_room(&ledger->known, 1) || !MAKE_ROOM(&ledger->footprints, 1)) {
        return 0;
    }
    File *file = &ledger->files.items[loading->file];
    uint32_t number = (uint32_t)(id & MOST_OF_A_FILE);
    if (id >> FILE_SHIFT != file->id || (loading->kind == SIGNATURE && !is_character(number))) {
        PyErr_Format(PyExc_ValueError, "row %lld is of another file, or stands for no character", (long long)id);
        return 0;
    }
    uint32_t *last = loading->kind == CODE ? &file->last_code
        : loading->kind == SIGNATURE       ? &file->last_signature
                                           : &file->last_footprint;
    *last = *last < number ? number : *last;
    if (loading->kind == FOOTPRINT) {
        number = (uint32_t)ledger->footprints.number;
        ledger->footprints.items[ledger->footprints.number++] = id;
    }
    known_put(&ledger->known, key, OF(loading->file, loading->kind), number);
    return 1;
}

static int
load_keyed(void *taker, PyObject *const *row)
{
    Loading *loading = taker;
    int64_t id;
    uint64_t key;
    if (!read_number(row[0], &id) || !read_key(row[1], loading->kind == SIGNATURE ? KEY_SIZE : SIZE, &key)
        || !load_number(loading, id, key) || !MAKE_ROOM(&loading->numbers, 1) || !MAKE_ROOM(&loading->keys, 1)) {
        return 0;
    }
    loading->numbers.items[loading->numbers.number++] =
        (Numbered){id & MOST_OF_A_FILE, (uint32_t)loading->keys.number};
    loading->keys.items[loading->keys.number++] = key;
    return 1;
}

static int
load_footprint(void *taker, PyObject *const *row)
{
    Loading *loading = taker;
    int64_t id;
    Py_ssize_t length;
    const char *text = PyUnicode_Check(row[1]) ? PyUnicode_AsUTF8AndSize(row[1], &length) : NULL;
    if (text == NULL || !read_number(row[0], &id)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "signatures of a footprint are no text");
        }
        return 0;
    }
    loading->shown.number = 0;
    if (!MAKE_ROOM(&loading->shown, (size_t)length)) {
        return 0;
    }
    for (const char *end = text + length; text < end;) {
        uint32_t point;
        text = read_character(text, &point);
        uint32_t place = numbers_find(&loading->numbers, point);
        if (place == NO_NUMBER) {
            PyErr_SetString(PyExc_ValueError, "a footprint is made of signatures that are not there");
            return 0;
        }
        loading->shown.items[loading->shown.number++] = loading->keys.items[place];
    }
    return load_number(loading, id, digest_of_keys(loading->shown.items, loading->shown.number));
}

PyObject *
ledger_load(Ledger *ledger, PyObject *const *args)
{
    Loading loading = {.ledger = ledger, .kind = CODE};
    int64_t file;
    int is_whole = read_number(args[0], &file) && ledger_file(ledger, file, &loading.file)
        && rows_take(args[CODE], 2, load_keyed, &loading);
    loading.kind = SIGNATURE;
    loading.numbers.number = loading.keys.number = 0;
    is_whole = is_whole && rows_take(args[SIGNATURE], 2, load_keyed, &loading) && numbers_sort(&loading.numbers);
    loading.kind = FOOTPRINT;
    is_whole = is_whole && rows_take(args[FOOTPRINT], 2, load_footprint, &loading);
    free(loading.numbers.items);
    free(loading.keys.items);
    free(loading.shown.items);
    return is_whole ? Py_NewRef(Py_None) : NULL;
}
