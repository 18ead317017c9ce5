#include "base/geo_area.h"

#include "base/panic.h"
#include "base/random.h"
#include "support/unit.h"

#include <math.h>

static double random_between(struct random *random, double low, double high) {
    static const uint64_t steps = UINT64_C(1) << 40;
    return low + (high - low) * (double)random_below(random, steps) / (double)steps;
}

static bool is_covered(const struct geo_area *area, struct geohash_place place) {
    struct geohash_range ranges[GEOHASH_AREA_MAX];
    size_t count = geo_area_cover(area, ranges);
    uint64_t hash = geohash_encode(place, GEOHASH_STEP_MAX);
    for (size_t i = 0; i < count; i++) {
        if (hash >= ranges[i].first && hash < ranges[i].end) {
            return true;
        }
    }
    return false;
}

/* Places near an area lie in its ranges when they lie in it. Returns how many lay in it. */
static size_t require_covered(struct random *random, const struct geo_area *area, double spread) {
    size_t inside_count = 0;
    for (size_t i = 0; i < 50; i++) {
        double distance;
        struct geohash_place place = {
            area->centre.longitude + random_between(random, -spread, spread),
            area->centre.latitude + random_between(random, -spread, spread),
        };
        if (geohash_is_place(place) && geo_area_contains(area, place, &distance)) {
            require(is_covered(area, place));
            inside_count++;
        }
    }
    return inside_count;
}

Test(geo_area, what_an_area_holds_lies_in_its_ranges) {
    struct random random;
    unit_random(&random, "geo_area.cover");
    size_t inside_count = 0;
    for (size_t round = 0; round < 2000; round++) {
        double spread = random_between(&random, 0.0001, 2);
        double metres = geohash_latitude_distance(0, spread);
        struct geohash_place centre = {random_between(&random, -170, 170),
                                       random_between(&random, -60, 60)};
        struct geo_area circle = {.kind = GEO_AREA_CIRCLE, .centre = centre, .radius = metres};
        struct geo_area box = {
            .kind = GEO_AREA_BOX, .centre = centre, .width = metres, .height = 2 * metres};
        inside_count += require_covered(&random, &circle, spread);
        inside_count += require_covered(&random, &box, spread);
    }
    require(inside_count > 10000);
}

Test(geo_area, what_a_polygon_holds_lies_in_its_ranges_anywhere) {
    struct random random;
    unit_random(&random, "geo_area.polygon");
    size_t inside_count = 0;
    for (size_t round = 0; round < 2000; round++) {
        struct geohash_place corners[5];
        double spread = random_between(&random, 0.0001, round % 2 == 0 ? 1 : 200);
        struct geohash_place middle = {random_between(&random, -180, 180),
                                       random_between(&random, -85, 85)};
        for (size_t i = 0; i < ARRAY_SIZE(corners); i++) {
            corners[i].longitude =
                fmax(-180, fmin(180, middle.longitude + random_between(&random, -spread, spread)));
            corners[i].latitude =
                fmax(-85, fmin(85, middle.latitude + random_between(&random, -spread, spread)));
        }
        struct geo_area area = {.kind = GEO_AREA_POLYGON,
                                .centre = geo_area_middle(corners, ARRAY_SIZE(corners)),
                                .corners = corners,
                                .corner_count = ARRAY_SIZE(corners)};
        inside_count += require_covered(&random, &area, spread);
    }
    require(inside_count > 5000);
}

Test(geo_area, a_circle_ends_at_its_radius_and_a_box_at_half_its_sides) {
    struct geohash_place centre = {10, 50};
    struct geohash_place north = {10, 50.01};
    struct geohash_place east = {10.01, 50};
    double to_north = geohash_distance(centre, north);
    double to_east = geohash_distance(centre, east);
    double distance = 0;
    struct geo_area circle = {.kind = GEO_AREA_CIRCLE, .centre = centre, .radius = to_north};
    require(geo_area_contains(&circle, north, &distance));
    require(distance == to_north);
    circle.radius = to_north - 0.001;
    require(!geo_area_contains(&circle, north, &distance));
    struct geo_area box = {.kind = GEO_AREA_BOX, .centre = centre, .width = 2 * to_east};
    require(geo_area_contains(&box, east, &distance));
    require(!geo_area_contains(&box, north, &distance));
    box.width = 2 * to_east - 0.001;
    require(!geo_area_contains(&box, east, &distance));
    box.height = 2 * to_north + 0.001;
    require(geo_area_contains(&box, north, &distance));
}

Test(geo_area, a_polygon_with_a_bay_leaves_the_bay_out) {
    /* An L: the square of 0 … 2 without the quarter at its upper right. */
    static const struct geohash_place corners[] = {{0, 0}, {2, 0}, {2, 1}, {1, 1}, {1, 2}, {0, 2}};
    struct geo_area area = {
        .kind = GEO_AREA_POLYGON, .corners = corners, .corner_count = ARRAY_SIZE(corners)};
    double distance;
    require(geo_area_contains(&area, (struct geohash_place){0.5, 1.5}, &distance));
    require(geo_area_contains(&area, (struct geohash_place){1.5, 0.5}, &distance));
    require(!geo_area_contains(&area, (struct geohash_place){1.5, 1.5}, &distance));
    require(!geo_area_contains(&area, (struct geohash_place){-0.5, 0.5}, &distance));
    require(!geo_area_contains(&area, (struct geohash_place){2.5, 0.5}, &distance));
    struct geohash_place middle = geo_area_middle(corners, ARRAY_SIZE(corners));
    require(middle.longitude == 1 && middle.latitude == 1);
}

Test(geo_area, places_on_the_last_meridian_are_covered) {
    static const struct geohash_place corners[] = {{179, -1}, {180, -1}, {180, 1}, {179, 1}};
    struct geo_area area = {
        .kind = GEO_AREA_POLYGON, .corners = corners, .corner_count = ARRAY_SIZE(corners)};
    require(is_covered(&area, (struct geohash_place){180, 0.5}));
    struct geo_area circle = {.kind = GEO_AREA_CIRCLE, .centre = {180, 0}, .radius = 10000};
    require(is_covered(&circle, (struct geohash_place){180, 0.05}));
}
