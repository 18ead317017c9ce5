/*
 * SipHash-1-3 over whole 8-byte words; the last word carries the rest and the length. The digests
 * follow FIPS 180-4 directly; they are for scripts and passwords, not for speed.
 */
#include "base/hash.h"

#include "base/alloc.h"

#include "base/panic.h"

#include <ctype.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* for a state on the stack */
#include <xxhash.h>

enum {
    WORD_SIZE = 8,
    BLOCK_SIZE = 64,
    LENGTH_OFFSET = 56,
    BITS_PER_BYTE = 8,
    NAME_MAX_SIZE = 64,
};

static uint64_t seed_words[2];

void hash_set_seed(const uint8_t seed[HASH_SEED_SIZE]) {
    memcpy(seed_words, seed, sizeof seed_words);
}

struct sip_state {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
};

static inline uint64_t rotate_left(uint64_t word, unsigned count) {
    return word << count | word >> (64 - count);
}

static inline void sip_round(struct sip_state *s) {
    s->v0 += s->v1;
    s->v1 = rotate_left(s->v1, 13);
    s->v1 ^= s->v0;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate_left(s->v3, 16);
    s->v3 ^= s->v2;
    s->v0 += s->v3;
    s->v3 = rotate_left(s->v3, 21);
    s->v3 ^= s->v0;
    s->v2 += s->v1;
    s->v1 = rotate_left(s->v1, 17);
    s->v1 ^= s->v2;
    s->v2 = rotate_left(s->v2, 32);
}

uint64_t hash_bytes(struct bytes source) {
    struct sip_state state = {
        .v0 = seed_words[0] ^ 0x736f6d6570736575,
        .v1 = seed_words[1] ^ 0x646f72616e646f6d,
        .v2 = seed_words[0] ^ 0x6c7967656e657261,
        .v3 = seed_words[1] ^ 0x7465646279746573,
    };
    const char *at = source.data;
    size_t left = source.length;
    for (; left >= WORD_SIZE; left -= WORD_SIZE, at += WORD_SIZE) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        state.v3 ^= word;
        sip_round(&state);
        state.v0 ^= word;
    }
    uint64_t last = (uint64_t)source.length << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)(unsigned char)at[i] << (i * BITS_PER_BYTE);
    }
    state.v3 ^= last;
    sip_round(&state);
    state.v0 ^= last;
    state.v2 ^= 0xff;
    sip_round(&state);
    sip_round(&state);
    sip_round(&state);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

uint64_t hash_bytes_nocase(struct bytes source) {
    char lower[NAME_MAX_SIZE];
    size_t length = source.length < sizeof lower ? source.length : sizeof lower;
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char)tolower((unsigned char)source.data[i]);
    }
    return hash_bytes((struct bytes){lower, length}) ^ source.length;
}

uint64_t hash_xxh3(struct bytes source) {
    return XXH3_64bits(source.data == NULL ? "" : source.data, source.length);
}

uint64_t hash_xxh3_vectors(const struct iovec *vectors, size_t count, uint64_t seed) {
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    (void)XXH3_64bits_reset_withSeed(&state, seed);
    for (size_t i = 0; i < count; i++) {
        (void)XXH3_64bits_update(&state, vectors[i].iov_base, vectors[i].iov_len);
    }
    return XXH3_64bits_digest(&state);
}

struct hash_stream {
    XXH3_state_t state;
};

struct hash_stream *hash_stream_create(uint64_t seed) {
    struct hash_stream *stream = alloc_aligned(_Alignof(struct hash_stream), sizeof *stream);
    XXH3_INITSTATE(&stream->state);
    hash_stream_reset(stream, seed);
    return stream;
}

void hash_stream_destroy(struct hash_stream *stream) {
    alloc_free(stream);
}

void hash_stream_reset(struct hash_stream *stream, uint64_t seed) {
    (void)XXH3_64bits_reset_withSeed(&stream->state, seed);
}

void hash_stream_add(struct hash_stream *stream, struct bytes part) {
    (void)XXH3_64bits_update(&stream->state, part.data, part.length);
}

uint64_t hash_stream_value(const struct hash_stream *stream) {
    return XXH3_64bits_digest(&stream->state);
}

/* ---- The SHA family: both hash 64-byte blocks with the length in bits at the end ---- */

static uint32_t rotate_left32(uint32_t word, unsigned count) {
    return word << count | word >> (32 - count);
}

static uint32_t rotate_right32(uint32_t word, unsigned count) {
    return word >> count | word << (32 - count);
}

static uint32_t load_big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void store_big_endian(uint8_t *at, uint32_t word) {
    at[0] = (uint8_t)(word >> 24);
    at[1] = (uint8_t)(word >> 16);
    at[2] = (uint8_t)(word >> 8);
    at[3] = (uint8_t)word;
}

typedef void (*block_function)(uint32_t *state, const uint8_t *block);

static void hash_blocks(struct bytes source, uint32_t *state, block_function hash_block) {
    size_t done = 0;
    for (; source.length - done >= BLOCK_SIZE; done += BLOCK_SIZE) {
        hash_block(state, (const uint8_t *)source.data + done);
    }
    uint8_t tail[2 * BLOCK_SIZE] = {0};
    size_t rest = source.length - done;
    if (rest > 0) {
        memcpy(tail, source.data + done, rest);
    }
    tail[rest] = 0x80;
    size_t tail_size = rest < LENGTH_OFFSET ? BLOCK_SIZE : 2 * BLOCK_SIZE;
    uint64_t bits = (uint64_t)source.length * BITS_PER_BYTE;
    store_big_endian(tail + tail_size - WORD_SIZE, (uint32_t)(bits >> 32));
    store_big_endian(tail + tail_size - WORD_SIZE / 2, (uint32_t)bits);
    for (size_t i = 0; i < tail_size; i += BLOCK_SIZE) {
        hash_block(state, tail + i);
    }
}

enum { SHA1_ROUNDS = 80, SHA1_PHASE = 20, SHA256_ROUNDS = 64, BLOCK_WORDS = 16 };

static uint32_t sha1_mix(size_t round, const uint32_t s[5]) {
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    size_t phase = round / SHA1_PHASE;
    uint32_t parity = s[1] ^ s[2] ^ s[3];
    uint32_t choice = (s[1] & s[2]) | (~s[1] & s[3]);
    uint32_t majority = (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3]);
    uint32_t mixed = phase == 0 ? choice : phase == 2 ? majority : parity;
    return mixed + constants[phase];
}

static void sha1_block(uint32_t *state, const uint8_t *block) {
    uint32_t words[SHA1_ROUNDS];
    for (size_t i = 0; i < SHA1_ROUNDS; i++) {
        words[i] =
            i < BLOCK_WORDS
                ? load_big_endian(block + 4 * i)
                : rotate_left32(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    uint32_t s[5];
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < SHA1_ROUNDS; i++) {
        uint32_t next = rotate_left32(s[0], 5) + sha1_mix(i, s) + s[4] + words[i];
        s[4] = s[3];
        s[3] = s[2];
        s[2] = rotate_left32(s[1], 30);
        s[1] = s[0];
        s[0] = next;
    }
    for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
        state[i] += s[i];
    }
}

void hash_sha1(struct bytes source, uint8_t digest[HASH_SHA1_SIZE]) {
    uint32_t state[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    hash_blocks(source, state, sha1_block);
    for (size_t i = 0; i < ARRAY_SIZE(state); i++) {
        store_big_endian(digest + 4 * i, state[i]);
    }
}

static const uint32_t sha256_constants[SHA256_ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_expand(const uint8_t *block, uint32_t words[SHA256_ROUNDS]) {
    for (size_t i = 0; i < SHA256_ROUNDS; i++) {
        if (i < BLOCK_WORDS) {
            words[i] = load_big_endian(block + 4 * i);
            continue;
        }
        uint32_t a = words[i - 15];
        uint32_t b = words[i - 2];
        uint32_t low = rotate_right32(a, 7) ^ rotate_right32(a, 18) ^ a >> 3;
        uint32_t high = rotate_right32(b, 17) ^ rotate_right32(b, 19) ^ b >> 10;
        words[i] = words[i - 16] + low + words[i - 7] + high;
    }
}

static void sha256_block(uint32_t *state, const uint8_t *block) {
    uint32_t words[SHA256_ROUNDS];
    sha256_expand(block, words);
    uint32_t s[8];
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < SHA256_ROUNDS; i++) {
        uint32_t high =
            rotate_right32(s[4], 6) ^ rotate_right32(s[4], 11) ^ rotate_right32(s[4], 25);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t first = s[7] + high + choice + sha256_constants[i] + words[i];
        uint32_t low =
            rotate_right32(s[0], 2) ^ rotate_right32(s[0], 13) ^ rotate_right32(s[0], 22);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += first;
        s[0] = first + low + majority;
    }
    for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
        state[i] += s[i];
    }
}

void hash_sha256(struct bytes source, uint8_t digest[HASH_SHA256_SIZE]) {
    uint32_t state[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    hash_blocks(source, state, sha256_block);
    for (size_t i = 0; i < ARRAY_SIZE(state); i++) {
        store_big_endian(digest + 4 * i, state[i]);
    }
}
