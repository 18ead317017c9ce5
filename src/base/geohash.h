/*
 * geohash: places on the earth as integers in which near places mostly share high bits.
 *
 * Latitude and longitude are fractions of their ranges with `step` bits each, interleaved with
 * latitude in the even bits. With 26 bits each a hash fits a double exactly: the score of a member.
 * Sources: G. M. Morton, "A computer oriented geodetic data base", 1966 (the order); the geohash
 * of G. Niemeyer, 2008 (the text form); haversine distance on a sphere.
 */
#ifndef LATCHKEY_BASE_GEOHASH_H
#define LATCHKEY_BASE_GEOHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GEOHASH_STEP_MAX = 26, GEOHASH_TEXT_SIZE = 11, GEOHASH_AREA_MAX = 9, GEOHASH_BOX_MAX = 4 };

/* Degrees. */
struct geohash_place {
    double longitude;
    double latitude;
};

/* A rectangle in degrees, borders included. */
struct geohash_box {
    struct geohash_place min;
    struct geohash_place max;
};

/* Hashes from `first` to before `end`, at GEOHASH_STEP_MAX. */
struct geohash_range {
    uint64_t first;
    uint64_t end;
};

/* True when the place lies in the ranges that scores can hold: ±180 and ±85.05112878. */
bool geohash_is_place(struct geohash_place place);

/* The hash of a place (see geohash_is_place) with so many bits for each coordinate. */
uint64_t geohash_encode(struct geohash_place place, unsigned step);

/* The centre of the cell of a hash of GEOHASH_STEP_MAX, put into the ranges. */
struct geohash_place geohash_decode(uint64_t hash);

/* The score of a member as a hash: other scores than GEOADD gives become some hash as well. */
uint64_t geohash_of_score(double score);

/* Writes the text form of a place, GEOHASH_TEXT_SIZE characters, no zero byte. */
void geohash_print(struct geohash_place place, char text[GEOHASH_TEXT_SIZE]);

/* Metres between two places. */
double geohash_distance(struct geohash_place a, struct geohash_place b);

/* Metres between two latitudes. */
double geohash_latitude_distance(double a, double b);

/* Degrees of latitude that so many metres are. */
double geohash_degrees(double metres);

/* The box around a centre that reaches so many metres to each side. */
struct geohash_box geohash_box_around(struct geohash_place centre, double width_half,
                                      double height_half);

/*
 * The ranges of hashes in which all places of a box lie, at most the cell of the centre and its
 * eight neighbours: centre, north, south, east, west, north-east, north-west, south-east,
 * south-west. Places outside the box lie in them, too.
 * radius  metres from the centre to the farthest place that is looked for
 */
size_t geohash_cover(struct geohash_place centre, const struct geohash_box *box, double radius,
                     struct geohash_range ranges[GEOHASH_AREA_MAX]);

/*
 * As above for a box of places (see geohash_is_place): the cells of one size that it touches, at
 * most GEOHASH_BOX_MAX, column by column.
 */
size_t geohash_cover_box(const struct geohash_box *box,
                         struct geohash_range ranges[GEOHASH_BOX_MAX]);

/* A rectangle of cells of GEOHASH_STEP_MAX, whose columns go on at the other end of the range. */
struct geohash_cells {
    uint32_t first_column;
    uint32_t last_column; /* counted from the first one */
    uint32_t first_row;
    uint32_t last_row; /* counted from the first one */
};

/*
 * The cells in which the places of a box lie, and a few around them, so that rounding does not
 * matter. The box may reach beyond the ranges, by half a turn at most.
 */
struct geohash_cells geohash_cells_of(const struct geohash_box *box);

/* False when no place of this hash lies in the cells. O(1). */
bool geohash_is_among(const struct geohash_cells *cells, uint64_t hash);

#endif
