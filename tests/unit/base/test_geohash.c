#include "base/geohash.h"

#include "base/random.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static double random_between(struct random *random, double low, double high) {
    static const uint64_t steps = UINT64_C(1) << 40;
    return low + (high - low) * (double)random_below(random, steps) / (double)steps;
}

static struct geohash_place random_place(struct random *random) {
    return (struct geohash_place){random_between(random, -180, 180),
                                  random_between(random, -85, 85)};
}

Test(geohash, a_place_comes_back_from_its_hash) {
    struct random random;
    unit_random(&random, "geohash.round_trip");
    for (size_t i = 0; i < 10000; i++) {
        struct geohash_place place = random_place(&random);
        struct geohash_place found = geohash_decode(geohash_encode(place, GEOHASH_STEP_MAX));
        require(fabs(found.longitude - place.longitude) < 1e-5);
        require(fabs(found.latitude - place.latitude) < 1e-5);
        require(geohash_distance(place, found) < 1);
    }
}

Test(geohash, text_and_hash_of_a_known_place) {
    struct geohash_place palermo = {13.361389, 38.115556};
    require(geohash_encode(palermo, GEOHASH_STEP_MAX) == UINT64_C(3479099956230698));
    char text[GEOHASH_TEXT_SIZE];
    geohash_print(geohash_decode(UINT64_C(3479099956230698)), text);
    require(memcmp(text, "sqc8b49rny0", sizeof text) == 0);
    require(geohash_of_score(3479099956230698.0) == UINT64_C(3479099956230698));
}

Test(geohash, places_end_at_the_borders_of_the_projection) {
    require(geohash_is_place((struct geohash_place){180, 85.05112878}));
    require(geohash_is_place((struct geohash_place){-180, -85.05112878}));
    require(!geohash_is_place((struct geohash_place){180.0001, 0}));
    require(!geohash_is_place((struct geohash_place){0, 85.0512}));
    require(!geohash_is_place((struct geohash_place){NAN, 0}));
}

Test(geohash, distances_are_those_on_a_sphere) {
    struct geohash_place palermo = {13.361389, 38.115556};
    struct geohash_place catania = {15.087269, 37.502669};
    require(fabs(geohash_distance(palermo, catania) - 166274) < 10);
    require(geohash_distance(palermo, palermo) < 0.001);
    require(fabs(geohash_latitude_distance(0, 1) - 111226) < 100);
}

static bool is_covered(const struct geohash_range *ranges, size_t count, uint64_t hash) {
    for (size_t i = 0; i < count; i++) {
        if (hash >= ranges[i].first && hash < ranges[i].end) {
            return true;
        }
    }
    return false;
}

Test(geohash, all_places_of_a_box_lie_in_its_ranges) {
    struct random random;
    unit_random(&random, "geohash.cover");
    for (size_t round = 0; round < 2000; round++) {
        struct geohash_place centre = {random_between(&random, -170, 170),
                                       random_between(&random, -70, 70)};
        double half = random_between(&random, 1, 200000);
        struct geohash_box box = geohash_box_around(centre, half, half);
        struct geohash_range ranges[GEOHASH_AREA_MAX];
        size_t count = geohash_cover(centre, &box, half, ranges);
        require(count >= 1 && count <= GEOHASH_AREA_MAX);
        for (size_t i = 0; i < 20; i++) {
            struct geohash_place place = {
                random_between(&random, box.min.longitude, box.max.longitude),
                random_between(&random, box.min.latitude, box.max.latitude)};
            if (geohash_distance(centre, place) < half) {
                require(is_covered(ranges, count, geohash_encode(place, GEOHASH_STEP_MAX)));
            }
        }
    }
}
