#include "signatures.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits (Fowler, Noll, Vo), eight bytes at a time where there are as many. */
static uint64_t
hash_of(uint64_t hash, const uint8_t *bits, size_t length)
{
    for (; length >= 8; bits += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bits, 8);
        hash = (hash ^ word) * UINT64_C(0x100000001B3);
        hash ^= hash >> 29;
    }
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bits[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* 0, or -1 without memory. */
static int
add(Signatures *signatures, Signature *new, const uint8_t *probes, size_t length, const uint8_t *others)
{
    if (signatures->count == signatures->room) {
        uint32_t room = signatures->room ? 2 * signatures->room : 2;
        Signature *grown = realloc(signatures->known, room * sizeof(Signature));
        if (grown == NULL) {
            return -1;
        }
        signatures->known = grown;
        signatures->room = room;
    }
    new->bits = malloc(length + new->more);
    if (new->bits == NULL) {
        return -1;
    }
    memcpy(new->bits, probes, length);
    if (new->more > 0) {
        memcpy(new->bits + length, others, new->more);
    }
    signatures->known[signatures->count++] = *new;
    return 0;
}

int
signatures_number(Signatures *signatures, const uint8_t *probes, size_t length, const uint8_t *others, size_t more,
                  uint32_t next, uint32_t *number)
{
    Signature new = {hash_of(UINT64_C(0xCBF29CE484222325), probes, length), next, (uint32_t)more, NULL};
    new.hash = hash_of(new.hash, others, more);
    for (uint32_t i = signatures->count; i-- > 0;) { /* What was told last comes first. */
        const Signature *known = &signatures->known[i];
        if (known->hash == new.hash && known->more == new.more && memcmp(known->bits, probes, length) == 0
            && (more == 0 || memcmp(known->bits + length, others, more) == 0)) {
            *number = known->number;
            return 1;
        }
    }
    *number = next;
    return add(signatures, &new, probes, length, others);
}

void
signatures_clear(Signatures *signatures)
{
    for (uint32_t i = 0; i < signatures->count; i++) {
        free(signatures->known[i].bits);
    }
    free(signatures->known);
    *signatures = (Signatures){NULL, 0, 0};
}
