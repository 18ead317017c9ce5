#include "base/geo_area.h"

#include "base/panic.h"
#include "base/random.h"
#include "support/unit.h"

#include <math.h>

static double random_between(struct random *random, double low, double high) {
    static const uint64_t steps = UINT64_C(1) << 40;
    return low + (high - low) * (double)random_below(random, steps) / (double)steps;
}

static bool is_among_cells(const struct geo_area *area, struct geohash_place place) {
    struct geohash_cells cells = geo_area_cells(area);
    return geohash_is_among(&cells, geohash_encode(place, GEOHASH_STEP_MAX));
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
            require(is_among_cells(area, place));
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

/* A place near the border of an area, that of the projection and the 180th meridian included. */
static struct geohash_place place_around(struct random *random, const struct geo_area *area,
                                         double metres) {
    double up = geohash_degrees(metres) * random_between(random, -1.05, 1.05);
    double latitude = fmax(-85.05, fmin(85.05, area->centre.latitude + up));
    double aside = geohash_degrees(metres) / cos(latitude * M_PI / 180);
    double longitude = area->centre.longitude + aside * random_between(random, -1.05, 1.05);
    longitude = fmod(longitude + 3 * 180, 360) - 180;
    return (struct geohash_place){longitude < -180 ? longitude + 360 : longitude, latitude};
}

Test(geo_area, what_an_area_holds_lies_among_its_cells_anywhere) {
    struct random random;
    unit_random(&random, "geo_area.cells");
    size_t inside_count = 0;
    for (size_t i = 0; i < 200000; i++) {
        double metres = pow(10, random_between(&random, 0, 7.4));
        struct geo_area area = {
            .kind = i % 2 == 0 ? GEO_AREA_CIRCLE : GEO_AREA_BOX,
            .centre = {random_between(&random, -180, 180), random_between(&random, -85, 85)},
            .radius = metres,
            .width = 2 * metres,
            .height = 2 * metres,
        };
        struct geohash_place place = place_around(&random, &area, metres);
        place = geohash_decode(geohash_encode(place, GEOHASH_STEP_MAX));
        double distance;
        if (geo_area_contains(&area, place, &distance)) {
            require(is_among_cells(&area, place));
            inside_count++;
        }
    }
    require(inside_count > 50000);
}

Test(geo_area, cells_end_near_the_area) {
    struct geo_area circle = {.kind = GEO_AREA_CIRCLE, .centre = {179.99, 50}, .radius = 10000};
    struct geo_area box = {
        .kind = GEO_AREA_BOX, .centre = {179.99, 50}, .width = 20000, .height = 20000};
    const struct geo_area *areas[] = {&circle, &box};
    for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
        require(is_among_cells(areas[i], (struct geohash_place){-179.9, 50}));
        require(!is_among_cells(areas[i], (struct geohash_place){-179.8, 50}));
        require(is_among_cells(areas[i], (struct geohash_place){179.86, 50}));
        require(!is_among_cells(areas[i], (struct geohash_place){179.8, 50}));
        require(is_among_cells(areas[i], (struct geohash_place){179.99, 50.08}));
        require(!is_among_cells(areas[i], (struct geohash_place){179.99, 50.1}));
        require(!is_among_cells(areas[i], (struct geohash_place){179.99, 49.9}));
    }
}

Test(geo_area, areas_without_end_hold_everything) {
    struct geo_area circle = {.kind = GEO_AREA_CIRCLE, .centre = {10, 10}, .radius = INFINITY};
    struct geo_area box = {
        .kind = GEO_AREA_BOX, .centre = {10, 10}, .width = INFINITY, .height = INFINITY};
    require(is_among_cells(&circle, (struct geohash_place){-179, -85}));
    require(is_among_cells(&box, (struct geohash_place){180, 85.05}));
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
