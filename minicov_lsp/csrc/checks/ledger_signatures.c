/* The class Ledger: signatures and code objects that new footprints need. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chunk.h"
#include "ledger.h"
#include "rows.h"
#include "text.h"

int
new_add(NewRows *new, int64_t id, uint32_t footprint, size_t columns, ...)
{
    int is_whole = MAKE_ROOM(&new->rows, 1) && MAKE_ROOM(&new->values, columns);
    size_t first = new->values.number;
    va_list values;
    va_start(values, columns);
    for (size_t i = 0; i < columns; i++) {
        PyObject *value = va_arg(values, PyObject *);
        if (!is_whole || value == NULL) {
            is_whole = 0;
            Py_XDECREF(value);
        }
        else {
            new->values.items[new->values.number++] = value;
        }
    }
    va_end(values);
    if (is_whole) {
        new->rows.items[new->rows.number++] = (New){id, first, footprint};
    }
    return is_whole;
}

/* Borrowed: the signature of a file there that has this key; NULL with an error. */
static const unsigned char *
find_signature(Part *part, uint32_t there, uint64_t key)
{
    size_t number = part->signatures.number;
    if (!known_make_room(&part->index, number - part->indexed + 1)) {
        return NULL;
    }
    for (; part->indexed < number; part->indexed++) {
        const unsigned char *row = part->signatures.items[part->indexed];
        if (number_at(row)) { /* no file has the number 0 */
            known_put(&part->index, key_at(row + 16, KEY_SIZE), number_at(row), (uint32_t)part->indexed);
        }
    }
    const Known *known = known_place(&part->index, key, there);
    if (known->of == 0) {
        PyErr_SetString(PyExc_ValueError, "a signature is not there, or of another file");
        return NULL;
    }
    return part->signatures.items[known->number];
}

/* Borrowed: the code object of a signature there, if the signature is what its key says; NULL with an error. */
static const unsigned char *
checked_code(const Part *part, const unsigned char *signature)
{
    uint32_t number = number_at(signature + 4), bits = number_at(signature + 8), arcs = number_at(signature + 12);
    if (number == 0 || number > part->codes.number) {
        PyErr_Format(PyExc_ValueError, "code object %u, which is not there", (unsigned int)number);
        return NULL;
    }
    const unsigned char *code = part->codes.items[number - 1], *digest = code + CODE_HEAD - SIZE;
    unsigned char key[KEY_SIZE];
    char told[16];
    Blake2b hash;
    blake2b_begin(&hash, KEY_SIZE);
    blake2b_add(&hash, digest, SIZE);
    blake2b_add(&hash, told, (size_t)snprintf(told, sizeof told, "%u.", (unsigned int)bits));
    blake2b_add(&hash, signature + SIGNATURE_HEAD, (size_t)bits + arcs); /* arcs follow */
    blake2b_end(&hash, key);
    if (number_at(code) != number_at(signature) || memcmp(key, signature + 16, KEY_SIZE) != 0) {
        PyErr_SetString(PyExc_ValueError, "a signature is not what its key says");
        return NULL;
    }
    return code;
}

/* Whether a code object there is what its digest says; 0 with ValueError. */
static int
is_whole(const unsigned char *code)
{
    const unsigned char *text = code + CODE_HEAD;
    unsigned char digest[SIZE];
    char told[16];
    Blake2b hash;
    blake2b_begin(&hash, SIZE);
    for (int i = 0; i < CODE_TEXTS; i++) {
        size_t size = number_at(code + 8 + 4 * i);
        blake2b_add(&hash, text, size);
        text += size;
        if (i < CODE_TEXTS - 1) {
            blake2b_add(&hash, "", 1);
        }
        if (i == 0) {
            blake2b_add(&hash, told, (size_t)snprintf(told, sizeof told, "%d", (int)(int32_t)number_at(code + 4)) + 1);
        }
    }
    blake2b_end(&hash, digest);
    if (memcmp(digest, code + CODE_HEAD - SIZE, SIZE) != 0) {
        PyErr_SetString(PyExc_ValueError, "a code object is not what its digest says");
        return 0;
    }
    return 1;
}

/* New: a value for SQLite; NULL with an error. A bytearray, because the module sqlite3 looks for an adapter of each value
 * that is not of one of its own types, of which bytes are none: that takes a thousand instructions. */
static PyObject *
blob_of(const unsigned char *at, uint64_t size)
{
    return PyByteArray_FromStringAndSize((const char *)at, (Py_ssize_t)size);
}

/* Let a code object there wait as a row; 0 with an error. */
static int
add_code(Ledger *ledger, int64_t id, const unsigned char *code)
{
    const unsigned char *at[CODE_TEXTS + 1] = {code + CODE_HEAD};
    uint32_t sizes[CODE_TEXTS];
    for (int i = 0; i < CODE_TEXTS; i++) {
        sizes[i] = number_at(code + 8 + 4 * i);
        at[i + 1] = at[i] + sizes[i];
    }
    return new_add(&ledger->new_codes, id, 0, 7, blob_of(code + CODE_HEAD - SIZE, SIZE), text_of(at[0], sizes[0]),
        PyLong_FromLong((int32_t)number_at(code + 4)), text_of(at[1], sizes[1]), text_of(at[2], sizes[2]),
        text_of(at[3], sizes[3]), blob_of(at[4], sizes[4]));
}

/* Find the number of a code object, which the data file gets if it lacks it; 0 with an error. */
static int
code_number(Ledger *ledger, uint32_t place, const unsigned char *code, uint32_t *number)
{
    uint64_t digest = key_at(code + CODE_HEAD - SIZE, SIZE);
    File *file = &ledger->files.items[place];
    if (!known_make_room(&ledger->known, 1)) {
        return 0;
    }
    Known *known = known_place(&ledger->known, digest, OF(place, CODE));
    if (known->of == 0) {
        if (file->last_code >= MOST_OF_A_FILE) {
            PyErr_SetString(PyExc_OverflowError, "a file has too many code objects");
            return 0;
        }
        int64_t id = file->id << FILE_SHIFT | (file->last_code + 1);
        if (!is_whole(code) || !add_code(ledger, id, code)) {
            return 0;
        }
        *known = (Known){digest, OF(place, CODE), ++file->last_code};
        ledger->known.number++;
    }
    *number = known->number;
    return 1;
}

int
ledger_signature(Ledger *ledger, uint32_t there, uint32_t place, uint64_t key, uint32_t *number)
{
    if (!known_make_room(&ledger->known, 2)) {
        return 0;
    }
    Known *known = known_place(&ledger->known, key, OF(place, SIGNATURE));
    if (known->of) {
        *number = known->number;
        return 1;
    }
    File *file = &ledger->files.items[place];
    const unsigned char *signature = find_signature(&ledger->part, there, key);
    const unsigned char *code = signature == NULL ? NULL : checked_code(&ledger->part, signature);
    uint32_t of_code, bits;
    *number = file->last_signature + 1 == SURROGATES ? SURROGATES_END : file->last_signature + 1;
    if (code == NULL || !code_number(ledger, place, code, &of_code)) {
        return 0;
    }
    if (*number >= NO_CHARACTER) {
        PyErr_SetString(PyExc_OverflowError, "there are too many signatures of a file");
        return 0;
    }
    file->last_signature = *number;
    known_put(&ledger->known, key, OF(place, SIGNATURE), *number);
    bits = number_at(signature + 8);
    int64_t id = file->id << FILE_SHIFT | *number;
    return new_add(&ledger->new_signatures, id, 0, 4, blob_of(signature + 16, KEY_SIZE),
        blob_of(signature + SIGNATURE_HEAD, bits),
        text_of(signature + SIGNATURE_HEAD + bits, number_at(signature + 12)), PyLong_FromUnsignedLong(of_code));
}
