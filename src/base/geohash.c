#include "base/geohash.h"

#include "base/panic.h"

#include <math.h>

static const double longitude_max = 180;
static const double latitude_max = 85.05112878;
static const double text_latitude_max = 90;
static const double earth_radius = 6372797.560856; /* metres */
static const double half_turn = 180;

enum { HASH_BITS = 2 * GEOHASH_STEP_MAX };

/* ---- Bits ---- */

/* Moves bit i of a 32-bit number to bit 2i. */
static uint64_t spread(uint64_t x) {
    x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
    x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x << 2) & UINT64_C(0x3333333333333333);
    return (x | x << 1) & UINT64_C(0x5555555555555555);
}

/* The reverse: takes the even bits. */
static uint32_t gather(uint64_t x) {
    x &= UINT64_C(0x5555555555555555);
    x = (x | x >> 1) & UINT64_C(0x3333333333333333);
    x = (x | x >> 2) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(x | x >> 16);
}

/* ---- Cells ---- */

struct cell {
    uint32_t longitude;
    uint32_t latitude;
};

static uint32_t fraction(double value, double max, unsigned step) {
    return (uint32_t)((value + max) / (max + max) * (double)(UINT64_C(1) << step));
}

static uint64_t hash_of_cell(struct cell cell) {
    return spread(cell.latitude) | spread(cell.longitude) << 1;
}

static struct cell cell_of_hash(uint64_t hash) {
    return (struct cell){gather(hash >> 1), gather(hash)};
}

static double border(double index, double max, unsigned step) {
    return -max + index / (double)(UINT64_C(1) << step) * (max + max);
}

static struct geohash_box box_of_cell(struct cell cell, unsigned step) {
    double x = cell.longitude;
    double y = cell.latitude;
    return (struct geohash_box){
        {border(x, longitude_max, step), border(y, latitude_max, step)},
        {border(x + 1, longitude_max, step), border(y + 1, latitude_max, step)},
    };
}

static double clamp(double value, double max) {
    return value > max ? max : value < -max ? -max : value;
}

bool geohash_is_place(struct geohash_place place) {
    return fabs(place.longitude) <= longitude_max && fabs(place.latitude) <= latitude_max;
}

uint64_t geohash_encode(struct geohash_place place, unsigned step) {
    ASSERT(step <= GEOHASH_STEP_MAX);
    return hash_of_cell((struct cell){fraction(place.longitude, longitude_max, step),
                                      fraction(place.latitude, latitude_max, step)});
}

struct geohash_place geohash_decode(uint64_t hash) {
    struct geohash_box box = box_of_cell(cell_of_hash(hash), GEOHASH_STEP_MAX);
    return (struct geohash_place){
        clamp((box.min.longitude + box.max.longitude) / 2, longitude_max),
        clamp((box.min.latitude + box.max.latitude) / 2, latitude_max),
    };
}

uint64_t geohash_of_score(double score) {
    const double two_to_63 = 9223372036854775808.0;
    if (score >= 2 * two_to_63) {
        return 0;
    }
    if (score < -two_to_63) {
        return UINT64_C(1) << 63;
    }
    return score < 0 ? (uint64_t)(int64_t)score : (uint64_t)score;
}

void geohash_print(struct geohash_place place, char text[GEOHASH_TEXT_SIZE]) {
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    enum { CHARACTER_BITS = 5, CHARACTER_MASK = 31 };
    uint64_t hash =
        hash_of_cell((struct cell){fraction(place.longitude, longitude_max, GEOHASH_STEP_MAX),
                                   fraction(place.latitude, text_latitude_max, GEOHASH_STEP_MAX)});
    for (unsigned i = 0; i + 1 < GEOHASH_TEXT_SIZE; i++) {
        text[i] = alphabet[hash >> (HASH_BITS - (i + 1) * CHARACTER_BITS) & CHARACTER_MASK];
    }
    text[GEOHASH_TEXT_SIZE - 1] = alphabet[0]; /* Two bits are not enough for a character. */
}

/* ---- Distances ---- */

static double radians(double degrees) {
    return degrees * (M_PI / half_turn);
}

static double degrees(double radians_given) {
    return radians_given / (M_PI / half_turn);
}

double geohash_latitude_distance(double a, double b) {
    return earth_radius * fabs(radians(b) - radians(a));
}

double geohash_distance(struct geohash_place a, struct geohash_place b) {
    double latitude_a = radians(a.latitude);
    double latitude_b = radians(b.latitude);
    double v = sin((radians(b.longitude) - radians(a.longitude)) / 2);
    if (v == 0) {
        return geohash_latitude_distance(a.latitude, b.latitude);
    }
    double u = sin((latitude_b - latitude_a) / 2);
    double sine = sqrt(u * u + cos(latitude_a) * cos(latitude_b) * v * v);
    return 2 * earth_radius * asin(sine > 1 ? 1 : sine); /* Rounding at the other side. */
}

double geohash_degrees(double metres) {
    return degrees(metres / earth_radius);
}

struct geohash_box geohash_box_around(struct geohash_place centre, double width_half,
                                      double height_half) {
    double up = geohash_degrees(height_half);
    /* The edge nearer to the pole spans more degrees. */
    double edge = centre.latitude < 0 ? centre.latitude - up : centre.latitude + up;
    double aside = degrees(width_half / earth_radius / cos(radians(edge)));
    return (struct geohash_box){
        {centre.longitude - aside, centre.latitude - up},
        {centre.longitude + aside, centre.latitude + up},
    };
}

/* ---- Covering ---- */

/* Bits so that a cell is at least as large as the radius, at its latitude. */
static unsigned step_for(double radius, double latitude) {
    const double mercator_max = 20037726.37; /* metres */
    const double narrow_latitude = 66;
    const double narrower_latitude = 80;
    enum { MARGIN = 2 };
    if (radius == 0) {
        return GEOHASH_STEP_MAX;
    }
    int step = 1;
    while (radius < mercator_max) {
        radius *= 2;
        step++;
    }
    step -= MARGIN;
    step -= fabs(latitude) > narrow_latitude;
    step -= fabs(latitude) > narrower_latitude;
    step = step < 1 ? 1 : step;
    return (unsigned)(step > GEOHASH_STEP_MAX ? GEOHASH_STEP_MAX : step);
}

static uint32_t moved(uint32_t index, int way, unsigned step) {
    uint32_t mask = (uint32_t)((UINT64_C(1) << step) - 1);
    return way == 0 ? index : (index + (uint32_t)way) & mask;
}

/*
 * A neighbour, over the edges of the ranges too. Places at 180 degrees lie in a row of cells of
 * their own, behind the last one: it goes on to north and south.
 */
static struct cell neighbour(struct cell cell, int x, int y, unsigned step) {
    return (struct cell){moved(cell.longitude, x, step), moved(cell.latitude, y, step)};
}

/* False when the box reaches beyond the neighbours. */
static bool reaches(struct cell centre, unsigned step, const struct geohash_box *box) {
    struct geohash_box north = box_of_cell(neighbour(centre, 0, 1, step), step);
    struct geohash_box south = box_of_cell(neighbour(centre, 0, -1, step), step);
    struct geohash_box east = box_of_cell(neighbour(centre, 1, 0, step), step);
    struct geohash_box west = box_of_cell(neighbour(centre, -1, 0, step), step);
    return north.max.latitude >= box->max.latitude && south.min.latitude <= box->min.latitude &&
           east.max.longitude >= box->max.longitude && west.min.longitude <= box->min.longitude;
}

size_t geohash_cover(struct geohash_place centre, const struct geohash_box *box, double radius,
                     struct geohash_range ranges[GEOHASH_AREA_MAX]) {
    static const struct {
        int x;
        int y;
    } moves[GEOHASH_AREA_MAX] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                                 {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
    unsigned step = step_for(radius, centre.latitude);
    struct cell middle = cell_of_hash(geohash_encode(centre, step));
    if (step > 1 && !reaches(middle, step, box)) {
        step--;
        middle = cell_of_hash(geohash_encode(centre, step));
    }
    struct geohash_box area = box_of_cell(middle, step);
    bool may_skip = step >= 2; /* With fewer bits neighbours are on both sides. */
    unsigned shift = HASH_BITS - 2 * step;
    size_t count = 0;
    uint64_t last_hash = 0;
    for (size_t i = 0; i < GEOHASH_AREA_MAX; i++) {
        if (may_skip && ((moves[i].y < 0 && area.min.latitude < box->min.latitude) ||
                         (moves[i].y > 0 && area.max.latitude > box->max.latitude) ||
                         (moves[i].x < 0 && area.min.longitude < box->min.longitude) ||
                         (moves[i].x > 0 && area.max.longitude > box->max.longitude))) {
            continue;
        }
        struct cell cell = i == 0 ? middle : neighbour(middle, moves[i].x, moves[i].y, step);
        uint64_t hash = hash_of_cell(cell);
        if (count > 0 && hash == last_hash) {
            continue;
        }
        ranges[count++] = (struct geohash_range){hash << shift, (hash + 1) << shift};
        last_hash = hash;
    }
    return count;
}

/* The cell of GEOHASH_STEP_MAX of a place; those on the far borders lie behind the last one. */
static struct cell cell_of_place(struct geohash_place place) {
    return (struct cell){fraction(place.longitude, longitude_max, GEOHASH_STEP_MAX),
                         fraction(place.latitude, latitude_max, GEOHASH_STEP_MAX)};
}

size_t geohash_cover_box(const struct geohash_box *box,
                         struct geohash_range ranges[GEOHASH_BOX_MAX]) {
    struct cell min = cell_of_place(box->min);
    struct cell max = cell_of_place(box->max);
    unsigned shift = 0;
    while ((max.longitude >> shift) - (min.longitude >> shift) > 1 ||
           (max.latitude >> shift) - (min.latitude >> shift) > 1) {
        shift++;
    }
    size_t count = 0;
    for (uint32_t x = min.longitude >> shift; x <= max.longitude >> shift; x++) {
        for (uint32_t y = min.latitude >> shift; y <= max.latitude >> shift; y++) {
            uint64_t hash = hash_of_cell((struct cell){x, y});
            ranges[count++] = (struct geohash_range){hash << 2 * shift, (hash + 1) << 2 * shift};
        }
    }
    return count;
}

/* ---- Cells of a box ---- */

enum { CELL_MARGIN = 2 };
static const uint32_t column_mask = (UINT32_C(1) << GEOHASH_STEP_MAX) - 1;

/* The index of a coordinate's cell; negative below the range. */
static int64_t cell_index(double value, double max) {
    return (int64_t)floor((value + max) / (max + max) * (double)(column_mask + 1));
}

struct geohash_cells geohash_cells_of(const struct geohash_box *box) {
    int64_t west = cell_index(box->min.longitude, longitude_max) - CELL_MARGIN;
    int64_t east = cell_index(box->max.longitude, longitude_max) + CELL_MARGIN;
    int64_t south = cell_index(box->min.latitude, latitude_max) - CELL_MARGIN;
    int64_t north = cell_index(box->max.latitude, latitude_max) + CELL_MARGIN;
    south = south < 0 ? 0 : south;
    ASSERT(west <= east && north >= 0 && north <= UINT32_MAX);
    return (struct geohash_cells){
        .first_column = (uint32_t)west & column_mask,
        .last_column = east - west >= column_mask ? column_mask : (uint32_t)(east - west),
        .first_row = (uint32_t)south,
        .last_row = (uint32_t)(north - south),
    };
}

bool geohash_is_among(const struct geohash_cells *cells, uint64_t hash) {
    struct cell cell = cell_of_hash(hash);
    return ((cell.longitude - cells->first_column) & column_mask) <= cells->last_column &&
           cell.latitude - cells->first_row <= cells->last_row;
}
