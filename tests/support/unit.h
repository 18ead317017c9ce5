/*
 * unit: what the unit tests share: a check that is cheap inside long loops, and printed seeds.
 */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include "base/random.h"
#include "base/sds.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Ends the test as failed when the condition is false. Criterion's own assertions send a message
 * to their parent even when they pass, which a loop of a million steps cannot afford.
 */
#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            cr_assert_fail("%s:%d: %s", __FILE__, __LINE__, #condition);                           \
        }                                                                                          \
    } while (0)

/* Ends the test as failed, showing both, when the bytes are not those of the C string. */
#define require_text(bytes_given, text)                                                            \
    do {                                                                                           \
        struct bytes given_ = (bytes_given);                                                       \
        if (!bytes_equal(given_, bytes_of_text(text))) {                                           \
            cr_assert_fail("%s:%d: got [%.*s], wanted [%s]", __FILE__, __LINE__,                   \
                           (int)given_.length, given_.data == NULL ? "" : given_.data, (text));    \
        }                                                                                          \
    } while (0)

/*
 * Starts the generator of a test on random input: with the number in the environment variable
 * TEST_SEED, else with a fresh one. Prints it, so that a failure can be repeated.
 */
static inline void unit_random(struct random *random, const char *test) {
    const char *given = getenv("TEST_SEED");
    uint64_t seed;
    random_system_bytes(&seed, sizeof seed);
    if (given != NULL) {
        seed = strtoull(given, NULL, 10);
    }
    (void)fprintf(stderr, "%s: TEST_SEED=%" PRIu64 "\n", test, seed);
    random_init(random, seed);
}

/* Fills with random bytes: any of 256 if `alphabet` is 0, else that many letters from 'a' on. */
static inline void unit_random_bytes(struct random *random, char *target, size_t size,
                                     unsigned alphabet) {
    for (size_t i = 0; i < size; i++) {
        target[i] = alphabet == 0 ? (char)(unsigned char)random_below(random, 256)
                                  : (char)('a' + (int)random_below(random, alphabet));
    }
}

#endif
