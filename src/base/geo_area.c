#include "base/geo_area.h"

#include "base/panic.h"

#include <math.h>

static struct geohash_box box_of_corners(const struct geo_area *area) {
    struct geohash_box box = {area->corners[0], area->corners[0]};
    for (size_t i = 1; i < area->corner_count; i++) {
        const struct geohash_place *corner = &area->corners[i];
        box.min.longitude = fmin(box.min.longitude, corner->longitude);
        box.min.latitude = fmin(box.min.latitude, corner->latitude);
        box.max.longitude = fmax(box.max.longitude, corner->longitude);
        box.max.latitude = fmax(box.max.latitude, corner->latitude);
    }
    return box;
}

size_t geo_area_cover(const struct geo_area *area, struct geohash_range ranges[GEOHASH_AREA_MAX]) {
    double width_half = area->radius;
    double height_half = area->radius;
    double reach = area->radius;
    switch (area->kind) {
    case GEO_AREA_CIRCLE:
        break;
    case GEO_AREA_BOX:
        width_half = area->width / 2;
        height_half = area->height / 2;
        reach = sqrt(width_half * width_half + height_half * height_half);
        break;
    case GEO_AREA_POLYGON: {
        struct geohash_box box = box_of_corners(area);
        return geohash_cover_box(&box, ranges);
    }
    }
    struct geohash_box box = geohash_box_around(area->centre, width_half, height_half);
    return geohash_cover(area->centre, &box, reach, ranges);
}

/* ---- Cells ---- */

/* Half the width and height of a box of degrees around the centre that holds the area. */
struct extent {
    double longitude;
    double latitude;
};

static const double quarter_turn = 90;
static const double half_turn = 180;

static double sine(double degrees) {
    return sin(degrees * (M_PI / half_turn));
}

static double arcsine(double value) {
    return asin(value) * (half_turn / M_PI);
}

/* A circle touches the meridians where they are perpendicular to its radius. */
static struct extent extent_of_circle(const struct geo_area *area) {
    double radius = geohash_degrees(area->radius);
    double latitude = fabs(area->centre.latitude);
    if (radius + latitude >= quarter_turn) {
        return (struct extent){half_turn, fmin(radius, half_turn)};
    }
    return (struct extent){arcsine(sine(radius) / sine(quarter_turn - latitude)), radius};
}

/* A box is as wide at each latitude, which is most degrees at the edge nearer to a pole. */
static struct extent extent_of_box(const struct geo_area *area) {
    double height = fmin(geohash_degrees(area->height / 2), half_turn);
    double width = geohash_degrees(area->width / 2);
    double edge = fabs(area->centre.latitude) + height;
    if (width >= quarter_turn || edge >= quarter_turn) {
        return (struct extent){half_turn, height};
    }
    double part = sine(width / 2) / sine(quarter_turn - edge);
    return (struct extent){part >= 1 ? half_turn : 2 * arcsine(part), height};
}

struct geohash_cells geo_area_cells(const struct geo_area *area) {
    struct extent extent;
    struct geohash_box box;
    switch (area->kind) {
    case GEO_AREA_POLYGON:
        box = box_of_corners(area);
        break;
    case GEO_AREA_CIRCLE:
    case GEO_AREA_BOX:
        extent = area->kind == GEO_AREA_CIRCLE ? extent_of_circle(area) : extent_of_box(area);
        box.min.longitude = area->centre.longitude - extent.longitude;
        box.max.longitude = area->centre.longitude + extent.longitude;
        box.min.latitude = area->centre.latitude - extent.latitude;
        box.max.latitude = area->centre.latitude + extent.latitude;
        break;
    }
    return geohash_cells_of(&box);
}

/* Even-odd rule: counts the edges that a ray towards the east crosses. */
static bool polygon_encloses(const struct geo_area *area, struct geohash_place place) {
    bool is_inside = false;
    const struct geohash_place *from = &area->corners[area->corner_count - 1];
    for (size_t i = 0; i < area->corner_count; i++) {
        const struct geohash_place *to = &area->corners[i];
        if ((from->latitude > place.latitude) != (to->latitude > place.latitude)) {
            double part = (place.latitude - from->latitude) / (to->latitude - from->latitude);
            double crossing = from->longitude + part * (to->longitude - from->longitude);
            is_inside ^= place.longitude < crossing;
        }
        from = to;
    }
    return is_inside;
}

bool geo_area_contains(const struct geo_area *area, struct geohash_place place, double *distance) {
    struct geohash_place abreast = {area->centre.longitude, place.latitude};
    switch (area->kind) {
    case GEO_AREA_CIRCLE: {
        double found = geohash_distance(area->centre, place);
        if (found > area->radius) {
            return false;
        }
        *distance = found;
        return true;
    }
    case GEO_AREA_BOX:
        if (geohash_latitude_distance(place.latitude, area->centre.latitude) > area->height / 2 ||
            geohash_distance(place, abreast) > area->width / 2) {
            return false;
        }
        break;
    case GEO_AREA_POLYGON:
        if (!polygon_encloses(area, place)) {
            return false;
        }
        break;
    }
    *distance = geohash_distance(area->centre, place);
    return true;
}

struct geohash_place geo_area_middle(const struct geohash_place *corners, size_t count) {
    ASSERT(count > 0);
    struct geohash_place sum = {0, 0};
    for (size_t i = 0; i < count; i++) {
        sum.longitude += corners[i].longitude;
        sum.latitude += corners[i].latitude;
    }
    return (struct geohash_place){sum.longitude / (double)count, sum.latitude / (double)count};
}
