/*
 * random: seeded pseudo-random numbers (xoshiro256**, Blackman and Vigna, 2018) and bytes from
 * the system. Not for secrets, but for random_system_bytes.
 */
#ifndef LATCHKEY_BASE_RANDOM_H
#define LATCHKEY_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Embedded by its users. */
struct random {
    uint64_t state[4];
};

/* Starts a generator from a seed; the same seed gives the same numbers. */
void random_init(struct random *random, uint64_t seed);

/* The next 64 bits. */
uint64_t random_next(struct random *random);

/* A fair number in [0, bound). bound > 0 (asserted). */
uint64_t random_below(struct random *random, uint64_t bound);

/* Fills with bytes from the operating system. Aborts when it has none. */
void random_system_bytes(void *buffer, size_t size);

/* Fills with `size` random lower-case hexadecimal digits (no zero byte). */
void random_system_hex(char *buffer, size_t size);

#endif
