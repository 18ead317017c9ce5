/*
 * The seed is spread over the state by splitmix64, as the generator's authors advise.
 */
#include "base/random.h"

#include "base/panic.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

static uint64_t rotate_left(uint64_t word, unsigned count) {
    return word << count | word >> (64 - count);
}

static uint64_t splitmix(uint64_t *state) {
    uint64_t word = *state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

void random_init(struct random *random, uint64_t seed) {
    for (size_t i = 0; i < ARRAY_SIZE(random->state); i++) {
        random->state[i] = splitmix(&seed);
    }
}

uint64_t random_next(struct random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound) {
    ASSERT(bound > 0);
    /* Numbers below 2^64 mod bound would make the low results likelier: draw again. */
    uint64_t threshold = (0 - bound) % bound;
    for (;;) {
        uint64_t number = random_next(random);
        if (number >= threshold) {
            return number % bound;
        }
    }
}

void random_system_bytes(void *buffer, size_t size) {
    unsigned char *at = buffer;
    while (size > 0) {
        ssize_t count = getrandom(at, size, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        ASSERT(count > 0);
        at += count;
        size -= (size_t)count;
    }
}

void random_system_hex(char *buffer, size_t size) {
    static const char digits[] = "0123456789abcdef";
    random_system_bytes(buffer, size);
    for (size_t i = 0; i < size; i++) {
        buffer[i] = digits[(unsigned char)buffer[i] % 16];
    }
}
