#include "blake2b.h"

#include <string.h>

static const uint64_t INITIAL[8] = {
    0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
    0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u,
};

/* Bytes in the order of the file, whatever the machine's is: compilers see that this is one load. */
static uint64_t
read_word(const unsigned char *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24
        | (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static uint64_t
turned(uint64_t word, int bits)
{
    return word >> bits | word << (64 - bits);
}

#define MIX(a, b, c, d, x, y)           \
    do {                                \
        v[a] += v[b] + (x);             \
        v[d] = turned(v[d] ^ v[a], 32); \
        v[c] += v[d];                   \
        v[b] = turned(v[b] ^ v[c], 24); \
        v[a] += v[b] + (y);             \
        v[d] = turned(v[d] ^ v[a], 16); \
        v[c] += v[d];                   \
        v[b] = turned(v[b] ^ v[c], 63); \
    } while (0)

/* Places that the compiler knows let what is mixed stay in registers, as far as there are some. */
#define ROUND(a, b, c, d, e, f, g, h, i, j, k, l, n, o, p, q) \
    do {                                                      \
        MIX(0, 4, 8, 12, m[a], m[b]);                         \
        MIX(1, 5, 9, 13, m[c], m[d]);                         \
        MIX(2, 6, 10, 14, m[e], m[f]);                        \
        MIX(3, 7, 11, 15, m[g], m[h]);                        \
        MIX(0, 5, 10, 15, m[i], m[j]);                        \
        MIX(1, 6, 11, 12, m[k], m[l]);                        \
        MIX(2, 7, 8, 13, m[n], m[o]);                         \
        MIX(3, 4, 9, 14, m[p], m[q]);                         \
    } while (0)

static void
compress(Blake2b *hash, const unsigned char *block, int is_last)
{
    uint64_t *state = hash->state, m[16];
    uint64_t v[16] = {
        state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7],
        INITIAL[0], INITIAL[1], INITIAL[2], INITIAL[3],
        INITIAL[4] ^ hash->hashed, INITIAL[5], is_last ? ~INITIAL[6] : INITIAL[6], INITIAL[7],
    };
    for (int i = 0; i < 16; i++) {
        m[i] = read_word(block + 8 * i);
    }
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    state[0] ^= v[0] ^ v[8];
    state[1] ^= v[1] ^ v[9];
    state[2] ^= v[2] ^ v[10];
    state[3] ^= v[3] ^ v[11];
    state[4] ^= v[4] ^ v[12];
    state[5] ^= v[5] ^ v[13];
    state[6] ^= v[6] ^ v[14];
    state[7] ^= v[7] ^ v[15];
}

void
blake2b_begin(Blake2b *hash, size_t size)
{
    memcpy(hash->state, INITIAL, sizeof INITIAL);
    hash->state[0] ^= 0x01010000u ^ size;
    hash->hashed = 0;
    hash->held = 0;
    hash->size = size;
}

void
blake2b_add(Blake2b *hash, const void *data, size_t length)
{
    const unsigned char *at = data;
    while (length) {
        if (hash->held == BLAKE2B_BLOCK) { /* the last block, full or not, is hashed by blake2b_end */
            hash->hashed += BLAKE2B_BLOCK;
            compress(hash, hash->block, 0);
            hash->held = 0;
        }
        size_t room = BLAKE2B_BLOCK - hash->held, taken = length < room ? length : room;
        memcpy(hash->block + hash->held, at, taken);
        hash->held += taken;
        at += taken;
        length -= taken;
    }
}

void
blake2b_end(Blake2b *hash, unsigned char *digest)
{
    hash->hashed += hash->held;
    memset(hash->block + hash->held, 0, BLAKE2B_BLOCK - hash->held);
    compress(hash, hash->block, 1);
    for (size_t i = 0; i < hash->size; i++) {
        digest[i] = (unsigned char)(hash->state[i / 8] >> 8 * (i % 8));
    }
}
