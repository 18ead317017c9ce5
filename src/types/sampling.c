/*
 * Drawing costs at most half again as many draws as elements while less than a third is wanted;
 * beyond that the walk wins, and its order is that of the structure.
 */
#include "types/sampling.h"

#include "base/alloc.h"
#include "base/random.h"

enum { WALK_SHARE = 3, PLACES_PER_NUMBER = 2, HASH_SHIFT = 32 };

static const uint64_t multiplier = 0x9e3779b97f4a7c15;

bool sampling_takes_next(struct sampling_walk *walk) {
    bool takes = walk->wanted > 0 && random_below(walk->random, walk->total) < walk->wanted;
    walk->total--;
    walk->wanted -= takes;
    return takes;
}

bool sampling_should_walk(size_t total, size_t wanted) {
    return wanted > total / WALK_SHARE;
}

void drawn_numbers_init(struct drawn_numbers *drawn, size_t count) {
    size_t size = 2;
    while (size < PLACES_PER_NUMBER * count) {
        size *= 2;
    }
    drawn->mask = size - 1;
    drawn->places = alloc_zeroed(size * sizeof *drawn->places);
}

void drawn_numbers_release(struct drawn_numbers *drawn) {
    alloc_free(drawn->places);
}

bool drawn_numbers_add(struct drawn_numbers *drawn, uint64_t number) {
    size_t place = (size_t)((number * multiplier) >> HASH_SHIFT) & drawn->mask;
    while (drawn->places[place] != 0) {
        if (drawn->places[place] == number + 1) {
            return false;
        }
        place = (place + 1) & drawn->mask;
    }
    drawn->places[place] = number + 1;
    return true;
}
