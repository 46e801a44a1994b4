/* BLAKE2b without a key (RFC 7693), as hashlib.blake2b(data, digest_size=size) gives it. */
#ifndef MINICOV_BLAKE2B_H
#define MINICOV_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2B_BLOCK 128

typedef struct {
    uint64_t state[8];
    uint64_t hashed; /* bytes; a row has fewer than 2^64 */
    size_t held;     /* bytes of `block` that are not hashed yet */
    size_t size;
    unsigned char block[BLAKE2B_BLOCK];
} Blake2b;

/* `size` is that of the digest in bytes, 1 to 64. */
void blake2b_begin(Blake2b *hash, size_t size);
void blake2b_add(Blake2b *hash, const void *data, size_t length);
/* Writes `size` bytes. */
void blake2b_end(Blake2b *hash, unsigned char *digest);

#endif
