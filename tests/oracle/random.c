/*
 * xorshift64*, its seed spread by one multiplication.
 */
#include "oracle/random.h"

#define SEED_FACTOR 0x9e3779b97f4a7c15ULL
#define OUTPUT_FACTOR 0x2545f4914f6cdd1dULL

enum { SHIFT_A = 12, SHIFT_B = 25, SHIFT_C = 27, SHIFT_HIGH = 32, HUNDRED = 100 };

struct random random_create(uint64_t seed) {
    uint64_t state = (seed + 1) * SEED_FACTOR;
    return (struct random){state == 0 ? 1 : state};
}

uint64_t random_next(struct random *random) {
    uint64_t state = random->state;
    state ^= state >> SHIFT_A;
    state ^= state << SHIFT_B;
    state ^= state >> SHIFT_C;
    random->state = state;
    return state * OUTPUT_FACTOR;
}

uint64_t random_below(struct random *random, uint64_t limit) {
    uint64_t number = random_next(random);
    return (number ^ (number >> SHIFT_HIGH)) % limit;
}

int64_t random_between(struct random *random, int64_t low, int64_t high) {
    return low + (int64_t)random_below(random, (uint64_t)(high - low) + 1);
}

bool random_percent(struct random *random, unsigned percent) {
    return random_below(random, HUNDRED) < percent;
}
