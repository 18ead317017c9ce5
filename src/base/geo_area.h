/*
 * geo_area: circles, boxes and polygons on the earth, and which geohashes can lie in them.
 *
 * An area is asked in steps: geo_area_cover gives ranges of hashes that hold all its places, the
 * cells of geo_area_cells leave out most others there, geo_area_contains decides. Polygons are flat
 * figures in degrees: they do not reach over the 180th meridian.
 */
#ifndef LATCHKEY_BASE_GEO_AREA_H
#define LATCHKEY_BASE_GEO_AREA_H

#include "base/geohash.h"

#include <stdbool.h>
#include <stddef.h>

enum geo_area_kind { GEO_AREA_CIRCLE, GEO_AREA_BOX, GEO_AREA_POLYGON };

/* Filled by the caller; lengths in metres. */
struct geo_area {
    enum geo_area_kind kind;
    struct geohash_place centre; /* distances are measured from here */
    double radius;               /* of a circle */
    double width;                /* of a box */
    double height;
    const struct geohash_place *corners; /* of a polygon: borrowed, three at least */
    size_t corner_count;
};

/*
 * The ranges of hashes in which all places of an area lie, each searched once, at most
 * GEOHASH_AREA_MAX. The order is that of geohash_cover or, for a polygon, of geohash_cover_box.
 */
size_t geo_area_cover(const struct geo_area *area, struct geohash_range ranges[GEOHASH_AREA_MAX]);

/* The cells in which all hashes of an area lie, as few as a box of degrees allows. */
struct geohash_cells geo_area_cells(const struct geo_area *area);

/*
 * True when the area holds the place; then *distance is that from the centre, in metres. A polygon
 * holds what an odd number of its edges encloses. O(1), polygon: O(corners).
 */
bool geo_area_contains(const struct geo_area *area, struct geohash_place place, double *distance);

/* The mean of the corners of a polygon. */
struct geohash_place geo_area_middle(const struct geohash_place *corners, size_t count);

#endif
