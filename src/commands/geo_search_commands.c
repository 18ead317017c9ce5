/*
 * Searches for places: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS family.
 *
 * The ranges of hashes that cover the area are read from the sorted set one after another, and
 * what lies in the area is copied into one buffer, since what a visitor gets is dead after its
 * call. Unsorted results keep this order; equal distances do, too. Of a search for the nearest few
 * only as many are kept, in a heap.
 */
#include "base/alloc.h"
#include "base/geo_area.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/geo.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/zset_type.h"

#include <math.h>
#include <stdlib.h>

/* Options that not all commands take. */
enum takes {
    TAKES_AREA = 1 << 0,   /* FROM… and BY… */
    TAKES_TARGET = 1 << 1, /* STORE and STOREDIST with keys */
    IS_STORED = 1 << 2,    /* under the key at 1: STOREDIST is a word alone */
    TAKES_ALWAYS = 1 << 3,
};

/* What is particular to a command. */
struct form {
    size_t source;       /* argument with the key that is searched */
    size_t centre_count; /* arguments of a centre behind it: a member, or a place; 0 = none */
    unsigned takes;
};

enum word {
    WORD_NONE,
    WORD_WITHDIST,
    WORD_WITHHASH,
    WORD_WITHCOORD,
    WORD_ANY,
    WORD_ASC,
    WORD_DESC,
    WORD_COUNT,
    WORD_STORE,
    WORD_STOREDIST,
    WORD_FROMMEMBER,
    WORD_FROMLONLAT,
    WORD_BYRADIUS,
    WORD_BYBOX,
    WORD_BYPOLYGON,
};

/* Words as a set of bits. */
enum {
    PLACE_WORDS = 1 << WORD_FROMMEMBER | 1 << WORD_FROMLONLAT,
    AREA_WORDS = 1 << WORD_BYRADIUS | 1 << WORD_BYBOX | 1 << WORD_BYPOLYGON,
    COLUMN_WORDS = 1 << WORD_WITHDIST | 1 << WORD_WITHHASH | 1 << WORD_WITHCOORD,
};

enum order { ORDER_NONE, ORDER_NEAREST, ORDER_FARTHEST };

struct options {
    const struct value *value; /* what is searched; NULL when the key is absent */
    unsigned given;            /* words, by bit */
    struct geo_area area;
    double unit;                   /* metres */
    struct geohash_place *corners; /* owned */
    enum order order;
    int64_t limit; /* 0 = none */
    size_t store;  /* argument with the key, 0 = none */
    bool stores_distance;
};

static bool has(const struct options *options, enum word word) {
    return (options->given >> word & 1) != 0;
}

/* ---- Options ---- */

static bool parse_length(const struct request *req, size_t index, const char *error, double *length,
                         struct reply *reply) {
    if (!text_parse_double(request_arg(req, index), length)) {
        reply_error(reply, error);
        return false;
    }
    return true;
}

/* A radius and its unit. */
static bool parse_circle(const struct request *req, size_t index, struct options *options,
                         struct reply *reply) {
    double radius;
    if (!parse_length(req, index, "ERR need numeric radius", &radius, reply)) {
        return false;
    }
    if (radius < 0) {
        reply_error(reply, "ERR radius cannot be negative");
        return false;
    }
    if (!geo_parse_unit(req, index + 1, &options->unit, reply)) {
        return false;
    }
    options->area.kind = GEO_AREA_CIRCLE;
    options->area.radius = radius * options->unit;
    return true;
}

/* Width, height and their unit. */
static bool parse_box(const struct request *req, size_t index, struct options *options,
                      struct reply *reply) {
    double width;
    double height;
    if (!parse_length(req, index, "ERR need numeric width", &width, reply) ||
        !parse_length(req, index + 1, "ERR need numeric height", &height, reply)) {
        return false;
    }
    if (width < 0 || height < 0) {
        reply_error(reply, "ERR height or width cannot be negative");
        return false;
    }
    if (!geo_parse_unit(req, index + 2, &options->unit, reply)) {
        return false;
    }
    options->area.kind = GEO_AREA_BOX;
    options->area.width = width * options->unit;
    options->area.height = height * options->unit;
    return true;
}

/* A number of corners and their places; *operand_count: of BYPOLYGON. */
static bool parse_polygon(const struct request *req, size_t index, struct options *options,
                          size_t *operand_count, struct reply *reply) {
    enum { CORNERS_MIN = 3, CORNERS_MAX = 10000 }; /* Each candidate is held against each edge. */
    int64_t count;
    if (!args_integer(req, index, &count, reply)) {
        return false;
    }
    if (count < CORNERS_MIN) {
        reply_error(reply, "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
        return false;
    }
    if (count > CORNERS_MAX) {
        reply_error(reply, "ERR GEOSEARCH BYPOLYGON must have at most 10000 vertices");
        return false;
    }
    size_t corner_count = (size_t)count;
    if (index + 2 * corner_count >= request_argc(req)) {
        reply_syntax_error(reply);
        return false;
    }
    alloc_free(options->corners);
    options->corners = alloc_new(corner_count * sizeof *options->corners);
    for (size_t i = 0; i < corner_count; i++) {
        if (!geo_parse_place(req, index + 1 + 2 * i, &options->corners[i], reply)) {
            return false;
        }
    }
    options->area.kind = GEO_AREA_POLYGON;
    options->area.corners = options->corners;
    options->area.corner_count = corner_count;
    *operand_count = 1 + 2 * corner_count;
    return true;
}

/* The centre is a member, if there is a value; else it does not matter. */
static bool take_member(const struct request *req, size_t index, struct options *options,
                        struct reply *reply) {
    if (options->value != NULL &&
        !geo_member_place(options->value, request_arg(req, index), &options->area.centre)) {
        reply_error(reply, "ERR could not decode requested zset member");
        return false;
    }
    return true;
}

/* A search has one centre and one area; of several of the same kind the last counts. */
static bool is_contradicted(enum word word, const struct options *options) {
    unsigned bit = 1u << word;
    unsigned rivals = (PLACE_WORDS & bit) != 0 ? PLACE_WORDS : (AREA_WORDS & bit) ? AREA_WORDS : 0;
    return (options->given & rivals & ~bit) != 0;
}

/* The option at an argument, if the command takes it there and its operands are there. */
static enum word word_at(const struct request *req, size_t index, unsigned takes,
                         const struct options *options, size_t *operand_count) {
    static const struct {
        const char *text;
        enum word word;
        size_t operand_count;
        unsigned takes;
    } words[] = {
        {"asc", WORD_ASC, 0, TAKES_ALWAYS},
        {"desc", WORD_DESC, 0, TAKES_ALWAYS},
        {"count", WORD_COUNT, 1, TAKES_ALWAYS},
        {"any", WORD_ANY, 0, TAKES_ALWAYS},
        {"withdist", WORD_WITHDIST, 0, TAKES_ALWAYS},
        {"withhash", WORD_WITHHASH, 0, TAKES_ALWAYS},
        {"withcoord", WORD_WITHCOORD, 0, TAKES_ALWAYS},
        {"store", WORD_STORE, 1, TAKES_TARGET},
        {"storedist", WORD_STOREDIST, 1, TAKES_TARGET},
        {"storedist", WORD_STOREDIST, 0, IS_STORED},
        {"frommember", WORD_FROMMEMBER, 1, TAKES_AREA},
        {"fromlonlat", WORD_FROMLONLAT, 2, TAKES_AREA},
        {"byradius", WORD_BYRADIUS, 2, TAKES_AREA},
        {"bybox", WORD_BYBOX, 3, TAKES_AREA},
        {"bypolygon", WORD_BYPOLYGON, 1, TAKES_AREA},
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (((takes | TAKES_ALWAYS) & words[i].takes) != 0 && args_is(req, index, words[i].text) &&
            index + words[i].operand_count < request_argc(req) &&
            !is_contradicted(words[i].word, options)) {
            *operand_count = words[i].operand_count;
            return words[i].word;
        }
    }
    return WORD_NONE;
}

static bool take_count(const struct request *req, size_t index, struct options *options,
                       struct reply *reply) {
    int64_t limit;
    if (!args_integer(req, index, &limit, reply)) {
        return false;
    }
    if (limit <= 0) {
        reply_error(reply, "ERR COUNT must be > 0");
        return false;
    }
    options->limit = limit;
    return true;
}

/* Takes an option; *operand_count is set anew where it depends on the operands. */
static bool take_word(const struct request *req, size_t index, enum word word,
                      struct options *options, size_t *operand_count, struct reply *reply) {
    switch (word) {
    case WORD_NONE:
        reply_syntax_error(reply);
        return false;
    case WORD_WITHDIST:
    case WORD_WITHHASH:
    case WORD_WITHCOORD:
    case WORD_ANY:
        return true;
    case WORD_ASC:
    case WORD_DESC:
        options->order = word == WORD_ASC ? ORDER_NEAREST : ORDER_FARTHEST;
        return true;
    case WORD_COUNT:
        return take_count(req, index + 1, options, reply);
    case WORD_STORE:
    case WORD_STOREDIST:
        options->store = *operand_count > 0 ? index + 1 : options->store;
        options->stores_distance = word == WORD_STOREDIST;
        return true;
    case WORD_FROMMEMBER:
        return take_member(req, index + 1, options, reply);
    case WORD_FROMLONLAT:
        return geo_parse_place(req, index + 1, &options->area.centre, reply);
    case WORD_BYRADIUS:
        return parse_circle(req, index + 1, options, reply);
    case WORD_BYBOX:
        return parse_box(req, index + 1, options, reply);
    case WORD_BYPOLYGON:
        return parse_polygon(req, index + 1, options, operand_count, reply);
    }
    UNREACHABLE();
}

/* Checks what the options mean together. */
static bool settle_options(const struct request *req, const struct form *form,
                           struct options *options, struct reply *reply) {
    struct bytes name = request_arg(req, 0);
    bool is_search = (form->takes & TAKES_AREA) != 0;
    bool has_centre = (options->given & PLACE_WORDS) != 0;
    if (options->store != 0 && (options->given & COLUMN_WORDS) != 0) {
        reply_error_format(reply,
                           "ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
                           is_search ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS");
        return false;
    }
    if (is_search && !has_centre && !has(options, WORD_BYPOLYGON)) {
        reply_error_format(reply,
                           "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %.*s",
                           (int)name.length, name.data);
        return false;
    }
    if (is_search && (options->given & AREA_WORDS) == 0) {
        reply_error_format(reply, "ERR exactly one of BYRADIUS and BYBOX can be specified for %.*s",
                           (int)name.length, name.data);
        return false;
    }
    if (has(options, WORD_ANY) && options->limit == 0) {
        reply_error(reply, "ERR the ANY argument requires COUNT argument");
        return false;
    }
    if (is_search && !has_centre) {
        options->area.centre = geo_area_middle(options->corners, options->area.corner_count);
    }
    if (options->limit != 0 && !has(options, WORD_ANY) && options->order == ORDER_NONE) {
        options->order = ORDER_NEAREST;
    }
    return true;
}

/* The centre and the radius in front of the options of GEORADIUS and its kin. */
static bool parse_front(const struct request *req, const struct form *form, struct options *options,
                        struct reply *reply) {
    size_t centre = form->source + 1;
    if (form->centre_count == 1) { /* As on the oracle a radius around nothing is not looked at. */
        return options->value == NULL || (take_member(req, centre, options, reply) &&
                                          parse_circle(req, centre + 1, options, reply));
    }
    return geo_parse_place(req, centre, &options->area.centre, reply) &&
           parse_circle(req, centre + 2, options, reply);
}

/* options->corners is to be freed whatever is returned. */
static bool parse_options(const struct request *req, const struct form *form,
                          struct options *options, struct reply *reply) {
    enum { RADIUS_COUNT = 2 };
    size_t first = form->source + 1;
    options->unit = 1;
    options->store = (form->takes & IS_STORED) != 0 ? 1 : 0;
    if (form->centre_count > 0) {
        if (!parse_front(req, form, options, reply)) {
            return false;
        }
        first += form->centre_count + RADIUS_COUNT;
    }
    size_t operand_count = 0;
    for (size_t i = first; i < request_argc(req); i += 1 + operand_count) {
        operand_count = 0;
        enum word word = word_at(req, i, form->takes, options, &operand_count);
        if (!take_word(req, i, word, options, &operand_count, reply)) {
            return false;
        }
        options->given |= 1u << word;
    }
    return settle_options(req, form, options, reply);
}

/* ---- Searching ---- */

/* A member that was found; its bytes stand in the buffer of the search. */
struct hit {
    size_t at;
    size_t length;
    double score;
    double distance; /* metres */
};

struct search {
    const struct options *options;
    struct geohash_cells cells;
    double end;    /* the range that is read ends before this score */
    size_t wanted; /* so many hits end the search; or only the best so many are kept */
    bool keeps_best;
    sds buffer;
    struct hit *hits; /* of keeps_best when there are as many as wanted: a heap, the last on top */
    size_t count;
    size_t capacity;
};

/* Below 0: the first is to stand before the second. Equally far ones stand as they were found. */
static int compare_hits(const void *a, const void *b, void *context) {
    const struct search *search = context;
    const struct hit *first = a;
    const struct hit *second = b;
    if (first->distance != second->distance) {
        bool is_before =
            (first->distance < second->distance) == (search->options->order == ORDER_NEAREST);
        return is_before ? -1 : 1;
    }
    if (first->at != second->at) {
        return first->at < second->at ? -1 : 1;
    }
    return (first->length > second->length) - (first->length < second->length);
}

/* Moves the hit at an index of the heap down to where it belongs. */
static void sink_hit(struct search *search, size_t index) {
    for (;;) {
        size_t last = index;
        for (size_t child = 2 * index + 1; child <= 2 * index + 2 && child < search->count;
             child++) {
            if (compare_hits(&search->hits[child], &search->hits[last], search) > 0) {
                last = child;
            }
        }
        if (last == index) {
            return;
        }
        struct hit moved = search->hits[index];
        search->hits[index] = search->hits[last];
        search->hits[last] = moved;
        index = last;
    }
}

static struct hit make_hit(struct search *search, struct bytes member, double score,
                           double distance) {
    struct hit hit = {sds_length(search->buffer), member.length, score, distance};
    search->buffer = sds_append(search->buffer, member);
    return hit;
}

static void add_hit(struct search *search, struct bytes member, double score, double distance) {
    enum { FIRST_CAPACITY = 64 };
    if (search->keeps_best && search->count == search->wanted) {
        bool is_nearer = distance < search->hits[0].distance;
        bool is_farther = distance > search->hits[0].distance;
        if (search->options->order == ORDER_NEAREST ? is_nearer : is_farther) {
            search->hits[0] = make_hit(search, member, score, distance);
            sink_hit(search, 0);
        }
        return;
    }
    if (search->count == search->capacity) {
        search->capacity = search->capacity == 0 ? FIRST_CAPACITY : 2 * search->capacity;
        search->hits = alloc_resize(search->hits, search->capacity * sizeof *search->hits);
    }
    search->hits[search->count++] = make_hit(search, member, score, distance);
    for (size_t i = search->count / 2;
         search->keeps_best && search->count == search->wanted && i > 0; i--) {
        sink_hit(search, i - 1);
    }
}

static bool visit_candidate(void *context, struct bytes member, double score) {
    struct search *search = context;
    double distance;
    if (score >= search->end) {
        return false;
    }
    uint64_t hash = geohash_of_score(score);
    if (geohash_is_among(&search->cells, hash) &&
        geo_area_contains(&search->options->area, geohash_decode(hash), &distance)) {
        add_hit(search, member, score, distance);
    }
    return search->keeps_best || search->count < search->wanted;
}

static void find_hits(struct search *search) {
    const struct options *options = search->options;
    const struct value *value = options->value;
    struct geohash_range ranges[GEOHASH_AREA_MAX];
    size_t range_count = geo_area_cover(&options->area, ranges);
    search->cells = geo_area_cells(&options->area);
    search->wanted = options->limit != 0 ? (size_t)options->limit : SIZE_MAX;
    search->keeps_best = options->limit != 0 && !has(options, WORD_ANY);
    for (size_t i = 0; i < range_count; i++) {
        if (!search->keeps_best && search->count == search->wanted) {
            break;
        }
        struct score_bound bound = {BOUND_BY_SCORE, false, (double)ranges[i].first, {NULL, 0}};
        size_t rank = zset_type_count_before(value, &bound);
        search->end = (double)ranges[i].end;
        zset_type_range(value, rank, zset_type_length(value) - rank, false, visit_candidate,
                        search);
    }
    if (options->order != ORDER_NONE && search->count > 1) {
        qsort_r(search->hits, search->count, sizeof *search->hits, compare_hits, search);
    }
}

/* ---- Results ---- */

static struct bytes member_of(const struct search *search, const struct hit *hit) {
    return (struct bytes){search->buffer + hit->at, hit->length};
}

static void reply_hits(const struct search *search, struct reply *reply) {
    const struct options *options = search->options;
    size_t columns = 1 + (size_t)__builtin_popcount(options->given & COLUMN_WORDS);
    reply_array(reply, search->count);
    for (size_t i = 0; i < search->count; i++) {
        const struct hit *hit = &search->hits[i];
        if (columns > 1) {
            reply_array(reply, columns);
        }
        reply_bulk(reply, member_of(search, hit));
        if (has(options, WORD_WITHDIST)) {
            geo_reply_distance(reply, hit->distance / options->unit);
        }
        if (has(options, WORD_WITHHASH)) {
            reply_integer(reply, (int64_t)hit->score);
        }
        if (has(options, WORD_WITHCOORD)) {
            geo_reply_place(reply, geohash_decode(geohash_of_score(hit->score)));
        }
    }
}

static double score_of(const struct search *search, const struct hit *hit) {
    const struct options *options = search->options;
    return options->stores_distance ? hit->distance / options->unit : hit->score;
}

/* Records what a search in a polygon stores, since older servers know none. */
static void replay_as_zadd(struct request *req, const struct search *search, bool is_present) {
    enum { PAIR = 2 };
    if (!request_is_recorded(req)) {
        return;
    }
    struct bytes target = request_arg(req, search->options->store);
    if (is_present) {
        request_replay_as(req, (const struct bytes[]){BYTES("DEL"), target}, PAIR);
    }
    if (search->count == 0) {
        return;
    }
    struct bytes *args = alloc_new((PAIR + PAIR * search->count) * sizeof *args);
    char(*scores)[TEXT_DOUBLE_MAX_SIZE] = alloc_new(search->count * sizeof *scores);
    size_t argc = 0;
    args[argc++] = BYTES("ZADD");
    args[argc++] = target;
    for (size_t i = 0; i < search->count; i++) {
        size_t length = text_print_double(scores[i], score_of(search, &search->hits[i]));
        args[argc++] = (struct bytes){scores[i], length};
        args[argc++] = member_of(search, &search->hits[i]);
    }
    request_replay_as(req, args, argc);
    alloc_free(scores);
    alloc_free(args);
}

static void store_hits(struct request *req, const struct search *search, enum key_event event,
                       struct reply *reply) {
    const struct options *options = search->options;
    struct open_key target;
    bool is_present = request_write_any(req, options->store, &target);
    if (has(options, WORD_BYPOLYGON)) {
        replay_as_zadd(req, search, is_present);
    }
    if (search->count == 0) {
        if (is_present) {
            request_removed(req, &target, EVENT_DEL, true);
        }
        reply_integer(reply, 0);
        return;
    }
    size_t longest = 0;
    for (size_t i = 0; i < search->count; i++) {
        longest = search->hits[i].length > longest ? search->hits[i].length : longest;
    }
    struct value result;
    zset_type_create_for(&result, search->count, longest);
    for (size_t i = 0; i < search->count; i++) {
        const struct hit *hit = &search->hits[i];
        (void)zset_type_set(&result, member_of(search, hit), score_of(search, hit));
    }
    request_replaced(req, &target, &result, DEADLINE_NONE, event);
    request_count_changes(req, (int64_t)search->count - 1);
    reply_integer(reply, (int64_t)search->count);
}

/* ---- Commands ---- */

static void search_places(struct request *req, const struct form *form, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_read(req, form->source, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    struct options options = {.value = status == KEY_PRESENT ? &key.value : NULL};
    if (parse_options(req, form, &options, reply)) {
        struct search search = {.options = &options, .buffer = sds_with_capacity(0)};
        if (options.value != NULL) {
            find_hits(&search);
        }
        if (options.store != 0) {
            enum key_event event =
                form->takes & IS_STORED ? EVENT_GEOSEARCHSTORE : EVENT_GEORADIUSSTORE;
            store_hits(req, &search, event, reply);
        } else {
            reply_hits(&search, reply);
        }
        sds_free(search.buffer);
        alloc_free(search.hits);
    }
    alloc_free(options.corners);
}

/*
 * GEORADIUS key longitude latitude radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]
 *      [COUNT count [ANY]] [ASC | DESC] [STORE key | STOREDIST key]
 */
static void georadius_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 1, .centre_count = 2, .takes = TAKES_TARGET};
    search_places(req, &form, reply);
}

/* As GEORADIUS but for STORE and STOREDIST. */
static void georadius_ro_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 1, .centre_count = 2};
    search_places(req, &form, reply);
}

/* GEORADIUSBYMEMBER key member radius <M | KM | FT | MI> …, as GEORADIUS */
static void georadiusbymember_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 1, .centre_count = 1, .takes = TAKES_TARGET};
    search_places(req, &form, reply);
}

/* As GEORADIUSBYMEMBER but for STORE and STOREDIST. */
static void georadiusbymember_ro_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 1, .centre_count = 1};
    search_places(req, &form, reply);
}

/*
 * GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude>
 *      <BYRADIUS radius unit | BYBOX width height unit | BYPOLYGON count longitude latitude …>
 *      [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
 * With BYPOLYGON a centre may be left out: then distances are those from the mean of its corners.
 */
static void geosearch_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 1, .takes = TAKES_AREA};
    search_places(req, &form, reply);
}

/* GEOSEARCHSTORE destination source …, as GEOSEARCH but for WITH…; [STOREDIST] */
static void geosearchstore_command(struct request *req, struct reply *reply) {
    static const struct form form = {.source = 2, .takes = TAKES_AREA | IS_STORED};
    search_places(req, &form, reply);
}

#define RADIUS_SYNTAX                                                                              \
    "radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "                                 \
    "[COUNT count [ANY]] [ASC | DESC]"
#define TARGET_SYNTAX " [STORE key | STOREDIST key]"
#define AREA_SYNTAX                                                                                \
    "<FROMMEMBER member | FROMLONLAT longitude latitude> "                                         \
    "<BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI> | "               \
    "BYPOLYGON count longitude latitude [longitude latitude ...]> "                                \
    "[ASC | DESC] [COUNT count [ANY]]"

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "georadius", .handler = georadius_command, .arity = -6,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_GEO, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS},
                     {.begin = KEY_KEYWORD("STORE", 6), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_KEYWORD("STOREDIST", 6), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(N+log(M))",
        .syntax = "key longitude latitude " RADIUS_SYNTAX TARGET_SYNTAX,
        .summary = "Finds or stores the members within a distance of a place.",
        .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
        .deprecated_since = "6.2.0",
        .history = HISTORY({"6.2.0", "The option ANY of COUNT."}),
    },
    {
        .name = "georadiusbymember", .handler = georadiusbymember_command, .arity = -5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_GEO, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS},
                     {.begin = KEY_KEYWORD("STORE", 5), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_KEYWORD("STOREDIST", 5), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(N+log(M))",
        .syntax = "key member " RADIUS_SYNTAX TARGET_SYNTAX,
        .summary = "Finds or stores the members within a distance of one of them.",
        .replaced_by =
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
        .deprecated_since = "6.2.0",
        .history = HISTORY({"6.2.0", "The option ANY of COUNT."}),
    },
    {
        .name = "georadiusbymember_ro", .handler = georadiusbymember_ro_command, .arity = -5,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "3.2.10", .complexity = "O(N+log(M))",
        .syntax = "key member " RADIUS_SYNTAX,
        .summary = "Finds the members within a distance of one of them.",
        .replaced_by = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
        .deprecated_since = "6.2.0",
    },
    {
        .name = "georadius_ro", .handler = georadius_ro_command, .arity = -6,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "3.2.10", .complexity = "O(N+log(M))",
        .syntax = "key longitude latitude " RADIUS_SYNTAX,
        .summary = "Finds the members within a distance of a place.",
        .replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument",
        .deprecated_since = "6.2.0",
        .history = HISTORY({"6.2.0", "The option ANY of COUNT."}),
    },
    {
        .name = "geosearch", .handler = geosearch_command, .arity = -7,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "6.2.0", .complexity = "O(N+log(M))",
        .syntax = "key " AREA_SYNTAX " [WITHCOORD] [WITHDIST] [WITHHASH]",
        .summary = "Finds the members in a circle, a box or a polygon.",
    },
    {
        .name = "geosearchstore", .handler = geosearchstore_command, .arity = -8,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_GEO, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_OW | KEY_UPDATE},
                     {.begin = KEY_INDEX(2), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "6.2.0", .complexity = "O(N+log(M))",
        .syntax = "destination source " AREA_SYNTAX " [STOREDIST]",
        .summary = "Stores the members in a circle, a box or a polygon.",
    },
};
/* clang-format on */

const struct command_table geo_search_commands = {rows, ARRAY_SIZE(rows)};
