/*
 * hash: the keyed hash of all tables, and the digests that commands and files use.
 *
 * hash_bytes is SipHash-1-3 with a key of the process, drawn at start, so that a client cannot
 * choose colliding keys. Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012.
 */
#ifndef LATCHKEY_BASE_HASH_H
#define LATCHKEY_BASE_HASH_H

#include "base/sds.h"

#include <stdint.h>
#include <sys/uio.h>

enum { HASH_SEED_SIZE = 16, HASH_SHA1_SIZE = 20, HASH_SHA256_SIZE = 32 };

/* Sets the process's key. Once, before the first table is built (tests: a fixed one). */
void hash_set_seed(const uint8_t seed[HASH_SEED_SIZE]);

/* The hash of the bytes under the process's key. */
uint64_t hash_bytes(struct bytes source);

/* As hash_bytes, of the bytes with ASCII letters made lower case: for command and option names. */
uint64_t hash_bytes_nocase(struct bytes source);

/* XXH3-64 with seed 0: the value of DIGEST. */
uint64_t hash_xxh3(struct bytes source);

/* XXH3-64 of all the bytes of the vectors, one after the other: the checksum of AOF frames. */
uint64_t hash_xxh3_vectors(const struct iovec *vectors, size_t count, uint64_t seed);

/* The same for bytes that come in parts. Free with hash_stream_destroy. */
struct hash_stream;
struct hash_stream *hash_stream_create(uint64_t seed);
void hash_stream_destroy(struct hash_stream *stream);

/* Begins anew with a seed. */
void hash_stream_reset(struct hash_stream *stream, uint64_t seed);
void hash_stream_add(struct hash_stream *stream, struct bytes part);

/* The hash of all parts so far. */
uint64_t hash_stream_value(const struct hash_stream *stream);

/* SHA-1 and SHA-256 (FIPS 180-4). */
void hash_sha1(struct bytes source, uint8_t digest[HASH_SHA1_SIZE]);
void hash_sha256(struct bytes source, uint8_t digest[HASH_SHA256_SIZE]);

#endif
